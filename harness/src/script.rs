//! What to do next with a running node: a case against what the node said so far.
//!
//! Sans-IO: it is told what happened and when, and answers with what to send,
//! when to close the input, and when to stop. It judges nothing, and it never
//! looks at a clock: every `now` is the time since the node was started. Several nodes at once are
//! driven by [`cluster`].
//!
//! A line, a sleep and the end of the input each wait until the node has done what it owes by then
//! ([`owed`]), or has rested for so long that it won't ([`stillness`]).

pub mod cluster;
pub mod eventually;
pub mod grace;
pub mod owed;
pub mod pace;
pub mod patience;
pub mod served;
pub mod set_up;
pub mod stillness;
pub mod told;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::case::background::Background;
use crate::case::mode::{MatchMode, PaceMode};
use crate::case::{Case, Step, StepPlaceholder};
use crate::matching::difference::Rules;
use crate::peers::Peers;
use crate::transcript::InVain;
use grace::Grace;
use owed::{Awaited, END, Owed, OwedHeard};
use patience::Patience;
use served::ServedNode;
use stillness::{CALM, Glance};

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action<'case> {
    /// Send these bytes.
    Send(Cow<'case, [u8]>),
    /// Close the node's input once everything is sent.
    CloseInput,
    /// End the run; the node is still there.
    Stop(Stop),
}

/// Why a run was ended before the node exited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The case's time is over.
    TimedOut,
    /// The node said all that it should, and had its moment to exit.
    Lingered,
}

/// How a case is played.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Which sequences of messages pass.
    pub mode: MatchMode,
    pub pace: PaceMode,
    /// Which messages are waited for.
    pub awaited: Awaited,
    /// From start to exit.
    pub timeout: Duration,
}

/// What the next step waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// A message that the node owes.
    Owed,
    /// That the node rests: what it may still write comes before what is sent next.
    Calm,
    /// The message that binds a name.
    Name,
    /// That the node reads what it was sent, before time passes.
    Delivery,
    /// The end of a sleep.
    Sleep(Duration),
}

/// The state of one run.
#[derive(Debug)]
pub struct Script<'case> {
    steps: &'case [Step],
    next: usize,
    manner: Manner,
    /// How many lines `.expected` has, where that is all that the node may write.
    lines_expected: Option<usize>,
    owed: Owed,
    background: &'case Background,
    services: ServedNode<'case>,
    peers: Peers<'case>,
    lines_heard: usize,
    /// How many of them aren't background messages.
    compared_heard: usize,
    patience: Patience,
    /// Nothing is waited for any longer.
    is_hurried: bool,
    /// The line up to which the node has read.
    read_line: usize,
    /// When the sleep under way is over.
    asleep_until: Option<Duration>,
    grace: Grace,
    in_vain: Option<InVain>,
    /// Whether something came after stdin was closed that had been waited for in vain.
    came_late: bool,
    sent_line: usize,
}

impl<'case> Script<'case> {
    /// The run of a case.
    pub fn new(case: &'case Case, rules: &'case Rules, manner: Manner) -> Self {
        let expected = case.expected.as_deref().unwrap_or_default();
        let calm_part = match manner.awaited {
            Awaited::Expected => 10,
            Awaited::EveryReply => 4,
        };
        Self {
            steps: &case.steps,
            next: 0,
            manner,
            lines_expected: match manner.mode {
                MatchMode::Exact | MatchMode::Unordered | MatchMode::Prefix => Some(expected.len()),
                MatchMode::Contains => None,
            },
            owed: Owed::of(case, manner.mode, manner.awaited, &rules.background),
            background: &rules.background,
            services: ServedNode::of(&rules.background.services),
            peers: Peers::of(&case.steps, expected, rules),
            lines_heard: 0,
            compared_heard: 0,
            patience: Patience::of(manner.timeout, manner.timeout / calm_part),
            is_hurried: false,
            read_line: 0,
            asleep_until: None,
            grace: Grace::default(),
            in_vain: None,
            came_late: false,
            sent_line: 0,
        }
    }

    /// What to do at `now`; to be asked again until there is nothing.
    pub fn next(&mut self, now: Duration) -> Option<Action<'case>> {
        if let Some(stop) = self.stop(now) {
            return Some(Action::Stop(stop));
        }
        if let Some(reply) = self
            .services
            .next_reply()
            .filter(|_| !self.grace.is_closed())
        {
            return Some(Action::Send(Cow::Owned(reply)));
        }
        loop {
            if self.grace.is_closed() || self.waits(now) {
                return None;
            }
            let Some(step) = self.steps.get(self.next) else {
                self.grace.closed(now);
                return Some(Action::CloseInput);
            };
            self.next += 1;
            let Step::Send {
                line, bytes, names, ..
            } = step
            else {
                // Time has passed. (A single node has no cluster that anything could be done to.)
                continue;
            };
            match self.peers.fill_in(bytes, names) {
                Some(bytes) => {
                    self.sent(now, *line);
                    return Some(Action::Send(bytes));
                }
                None => self.give_up(*line, names),
            }
        }
    }

    fn sent(&mut self, now: Duration, line: usize) {
        self.sent_line = line;
        self.patience.renew(now);
    }

    /// Whether the next step still waits for something; where that is in vain, it does so no longer.
    fn waits(&mut self, now: Duration) -> bool {
        while let Some(wait) = self.wait() {
            if wait == Wait::Calm {
                return !self.patience.is_calm(now);
            }
            self.patience.end_calm(now);
            match wait {
                Wait::Owed if self.patience.has_rested(self.patience.long()) => self.forgive(),
                Wait::Name if self.patience.has_rested(self.manner.timeout / 2) => return false,
                Wait::Sleep(end) if now >= end => {
                    self.asleep_until = None;
                    return false;
                }
                Wait::Owed | Wait::Calm | Wait::Name | Wait::Delivery | Wait::Sleep(_) => {
                    return true;
                }
            }
        }
        self.patience.end_calm(now);
        if let Some(Step::Sleep { duration, .. }) = self.steps.get(self.next) {
            self.asleep_until = Some(now.saturating_add(*duration));
            return true;
        }
        false
    }

    /// What the next step waits for; `None`: nothing.
    fn wait(&self) -> Option<Wait> {
        if let Some(end) = self.asleep_until {
            return Some(Wait::Sleep(end));
        }
        let is_lockstep = self.manner.pace == PaceMode::Lockstep && !self.is_hurried;
        match self.steps.get(self.next) {
            Some(Step::Send { line, names, .. }) => {
                if is_lockstep && self.owed.reply_before(*line).is_some() {
                    return Some(Wait::Owed);
                }
                if self.peers.fill_in(b"", names).is_none() {
                    return Some(Wait::Name).filter(|_| !self.is_hurried);
                }
                (is_lockstep && self.wants_calm(*line)).then_some(Wait::Calm)
            }
            Some(Step::Sleep { .. }) => {
                if !self.is_hurried && self.owed.reply_before(self.next_line()).is_some() {
                    return Some(Wait::Owed);
                }
                (self.read_line != self.sent_line).then_some(Wait::Delivery)
            }
            Some(Step::Act { .. }) => None,
            // A node that waits for a service answers nothing once its input is closed.
            None if (is_lockstep || self.waits_for_services()) && self.owes_at_end() => {
                Some(Wait::Owed)
            }
            None => (is_lockstep && self.wants_calm(END)).then_some(Wait::Calm),
        }
    }

    /// The line that is sent next, or the end.
    fn next_line(&self) -> usize {
        let steps = self.steps.iter().skip(self.next);
        let mut lines = steps.filter_map(|step| match step {
            Step::Send { line, .. } => Some(*line),
            Step::Sleep { .. } | Step::Act { .. } => None,
        });
        lines.next().unwrap_or(END)
    }

    /// Whether the node should rest before a line is sent, or before stdin is closed.
    fn wants_calm(&self, line: usize) -> bool {
        let is_first = self.sent_line == 0;
        if is_first || !self.patience.has_calm_left() {
            return false;
        }
        let is_blessed = self.manner.awaited == Awaited::EveryReply;
        let is_unanswered = !self.owed.is_asked(self.sent_line);
        let is_between = line != END && (is_unanswered || self.owed.is_reaction(line));
        is_blessed || is_between || self.owed.is_message_before(line)
    }

    fn waits_for_services(&self) -> bool {
        self.services.are_played() && !self.is_hurried
    }

    /// Whether something is still to come before stdin is closed.
    fn owes_at_end(&self) -> bool {
        let owes = self.owed.reply_before(END).is_some() || self.owed.is_message_before(END);
        owes || self.owes_lines()
    }

    fn owes_lines(&self) -> bool {
        let is_run = self.manner.awaited == Awaited::Expected;
        is_run
            && self
                .lines_expected
                .is_some_and(|lines| self.compared_heard < lines)
    }

    /// The node rests and owes something: that is not waited for any longer. One that has said nothing so
    /// far may read everything before it answers.
    fn forgive(&mut self) {
        let line = self.next_line();
        self.in_vain.get_or_insert(InVain {
            line: self.owed.reply_before(line).unwrap_or(self.sent_line),
            name: None,
            came_late: false,
            rested: self.patience.long(),
        });
        self.owed.forgive(line);
        let is_end = self.next >= self.steps.len();
        let goes_on = self.patience.lose() && self.compared_heard > 0;
        self.is_hurried = is_end || !goes_on;
    }

    /// When to ask again at the latest.
    pub fn deadline(&self) -> Duration {
        let step = match self.wait().filter(|_| !self.grace.is_closed()) {
            Some(Wait::Sleep(end)) => Some(end),
            Some(Wait::Calm) => {
                let end = self.patience.calm_ends();
                self.next_look().map(|look| look.min(end))
            }
            Some(Wait::Owed | Wait::Name) => self.next_look(),
            Some(Wait::Delivery) | None => None,
        };
        let ends = [step, self.grace.ends()];
        ends.into_iter()
            .flatten()
            .fold(self.manner.timeout, Duration::min)
    }

    /// When to look next at how the node stands, if that matters before it has said all it should.
    fn next_look(&self) -> Option<Duration> {
        let long = match self.wait().filter(|_| !self.grace.is_closed())? {
            Wait::Owed => self.patience.long(),
            Wait::Calm => CALM,
            Wait::Name => self.manner.timeout / 2,
            Wait::Delivery | Wait::Sleep(_) => return None,
        };
        Some(self.patience.next_look(long))
    }

    /// Whether the next step waits for the node to take what was sent.
    pub fn awaits_delivery(&self) -> bool {
        !self.grace.is_closed() && self.wait() == Some(Wait::Delivery)
    }

    /// The node has taken all that was sent, or will take no more.
    pub fn delivered(&mut self) {
        self.read_line = self.sent_line;
    }

    /// Whether it matters how the node stands: when something waits for it to rest, and when its moment
    /// to exit is over.
    ///
    /// Not before, for to ask costs something, and nearly every node answers and exits at once.
    pub fn asks_for_look(&self, now: Duration) -> bool {
        let looks = [self.next_look(), self.grace.ends()];
        looks.into_iter().flatten().any(|look| now >= look)
    }

    pub fn looked(&mut self, now: Duration, look: Glance) {
        if !self.grace.is_closed() {
            return self.patience.looked(now, look);
        }
        if let Some((time, wants_more)) = look.work {
            self.grace.worked(now, time, wants_more);
        }
    }

    /// Whether it matters what the node's lines say, and not only that they come.
    pub fn listens(&self) -> bool {
        self.owed.is_open() || self.peers.are_awaited() || !self.background.is_empty()
    }

    /// So many bytes wait for the node to read them.
    pub fn unsent(&mut self, bytes: usize) {
        self.services.unsent(bytes);
    }

    /// The node wrote a line.
    pub fn heard(&mut self, now: Duration, line: &[u8]) {
        self.lines_heard += 1;
        if self.services.heard(line) || self.background.has_line(line) {
            return;
        }
        let owed_lines = self.owes_lines();
        self.compared_heard += 1;
        let heard = self.owed.heard(line);
        if heard == OwedHeard::Awaited {
            self.patience.answered();
        }
        if heard == OwedHeard::Awaited || owed_lines {
            self.patience.renew(now);
        }
        let was_given_up = heard == OwedHeard::Forgiven || (self.is_hurried && owed_lines);
        self.came_late |= was_given_up && self.grace.is_closed();
        if self.said_enough() && !self.owed.wants_more() {
            self.grace.complete(now);
        }
        self.peers.heard(self.lines_heard, line);
    }

    /// The node will write no more.
    pub fn output_ended(&mut self, now: Duration) {
        self.grace.output_ended(now);
    }

    /// The node has exited: stdin counts as closed where the node was to get nothing more.
    pub fn exited(&mut self, now: Duration) {
        let owes = matches!(self.wait(), Some(Wait::Owed));
        if self.next >= self.steps.len() && !owes {
            self.grace.closed(now);
        }
    }

    /// The line of the `.in` that was sent last; 0 if none was.
    pub fn sent_line(&self) -> usize {
        self.sent_line
    }

    /// Whether everything was sent and the input closed.
    pub fn input_closed(&self) -> bool {
        self.grace.is_closed()
    }

    /// What the names in the `.in` stood for, and what was waited for in vain.
    pub fn finish(self) -> (BTreeMap<String, Value>, Option<InVain>) {
        let in_vain = self.in_vain.map(|in_vain| InVain {
            came_late: match &in_vain.name {
                Some(name) => self.peers.is_bound(name),
                None => self.came_late,
            },
            ..in_vain
        });
        (self.peers.names(), in_vain)
    }

    fn stop(&self, now: Duration) -> Option<Stop> {
        let timed_out = now >= self.manner.timeout;
        let graced = self.grace.ends().is_some_and(|end| now >= end);
        if graced || (timed_out && self.input_closed() && self.said_enough()) {
            return Some(Stop::Lingered);
        }
        timed_out.then_some(Stop::TimedOut)
    }

    /// Whether the node has said what is expected, as far as one can tell while it runs.
    fn said_enough(&self) -> bool {
        match self.lines_expected {
            Some(lines_expected) => self.compared_heard >= lines_expected,
            None => self.owed.is_all().unwrap_or_default(),
        }
    }

    /// Closes the input instead of sending what was held back, and all that comes after.
    fn give_up(&mut self, line: usize, names: &[StepPlaceholder]) {
        self.in_vain = Some(self.peers.held_back(line, names));
        self.next = self.steps.len();
        self.is_hurried = true;
    }
}

#[cfg(test)]
mod tests;

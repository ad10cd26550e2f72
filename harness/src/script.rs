//! What to do next with a running node: a case against what the node said so far.
//!
//! Sans-IO: it is told what happened and when, and answers with what to send,
//! when to close the input, and when to stop. It judges nothing, and it never
//! looks at a clock: every `now` is the time since the node was started. Several nodes at once are
//! driven by [`cluster`].

pub mod cluster;
pub mod eventually;
pub mod pace;
pub mod set_up;
pub mod told;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::answers::Answers;
use crate::case::Placeholder;
use crate::case::mode::MatchMode;
use crate::case::{Case, Request, Step};
use crate::matching::compare::Rules;
use crate::peers::Peers;
use crate::transcript::InVain;

/// How long a node that has said all it should, and whose input has ended, may take to exit.
pub const GRACE: Duration = Duration::from_millis(500);

/// How much processor time it must have had in a moment more, if it still wants some: on a machine
/// that others keep busy the first could be over before it had its turn. One that spins has had it soon.
const TURN: Duration = Duration::from_millis(250);

/// How long an `@sleep` waits for the answers to what was sent before it; in a cluster, every step.
///
/// Time is let pass after the node has dealt with a message, not after it was sent: a node that
/// is slow to start must not eat up the sleep. A node that never answers must not hold the case
/// up for long either.
pub const SETTLE_MAX: Duration = Duration::from_secs(1);

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

/// What shows that the node has said all that it should.
#[derive(Debug)]
enum Enough {
    /// So many lines.
    Lines(usize),
    /// These answers.
    Answers(Answers),
    /// Nothing, before it ends its output.
    Unknown,
}

/// The state of one run.
#[derive(Debug)]
pub struct Script<'case> {
    steps: &'case [Step],
    next: usize,
    /// Which answers each `@sleep` waits for.
    answers: Answers,
    peers: Peers<'case>,
    timeout: Duration,
    enough: Enough,
    /// The answers that are waited for besides.
    wanted: Answers,
    lines_heard: usize,
    lines_heard_open: usize,
    /// When the node had taken all that was sent.
    delivered_at: Option<Duration>,
    /// When the sleep under way is over.
    asleep_until: Option<Duration>,
    closed_at: Option<Duration>,
    /// When the last thing that could still matter happened.
    complete_at: Option<Duration>,
    /// How much processor time the node had had when its moment to exit was first over.
    worked_before: Option<Duration>,
    /// When it had had less of that moment than its turn.
    held_up_at: Option<Duration>,
    in_vain: Option<InVain>,
    sent_line: usize,
    /// How long the input stays open for a node that has taken it all and said nothing.
    patience: Option<Duration>,
    /// How long that was in vain.
    waited_in_vain: Option<Duration>,
}

impl<'case> Script<'case> {
    /// The run of a case that may take `timeout` from start to exit.
    pub fn new(case: &'case Case, mode: MatchMode, rules: &'case Rules, timeout: Duration) -> Self {
        let expected = case.expected.as_deref().unwrap_or_default();
        Self {
            steps: &case.steps,
            next: 0,
            answers: Answers::of(&case.steps, &case.requests, expected),
            peers: Peers::of(&case.steps, expected, rules),
            timeout,
            enough: match mode {
                MatchMode::Exact | MatchMode::Unordered | MatchMode::Prefix => {
                    Enough::Lines(expected.len())
                }
                MatchMode::Contains => {
                    Answers::only(&case.requests, expected).map_or(Enough::Unknown, Enough::Answers)
                }
            },
            wanted: Answers::default(),
            lines_heard: 0,
            lines_heard_open: 0,
            delivered_at: None,
            asleep_until: None,
            closed_at: None,
            complete_at: None,
            worked_before: None,
            held_up_at: None,
            in_vain: None,
            sent_line: 0,
            patience: None,
            waited_in_vain: None,
        }
    }

    /// Gives the node time to answer every request, whatever is expected.
    #[must_use]
    pub fn answering(self, requests: &[Request]) -> Self {
        let wanted = Answers::wanted(requests);
        Self { wanted, ..self }
    }

    /// Keeps the input open for so long once the node has taken it all, or until the node says something:
    /// so it shows whether its stdout is flushed.
    #[must_use]
    pub fn patient(self, patience: Option<Duration>) -> Self {
        Self { patience, ..self }
    }

    /// What to do at `now`; to be asked again until there is nothing.
    pub fn next(&mut self, now: Duration) -> Option<Action<'case>> {
        if let Some(stop) = self.stop(now) {
            return Some(Action::Stop(stop));
        }
        loop {
            match self.steps.get(self.next) {
                Some(Step::Send {
                    bytes, names, line, ..
                }) => {
                    let Some(bytes) = self.peers.fill_in(bytes, names) else {
                        if self.holds_on(now) {
                            return None;
                        }
                        self.give_up(*line, names);
                        continue;
                    };
                    self.next += 1;
                    self.sent_line = *line;
                    self.delivered_at = None;
                    return Some(Action::Send(bytes));
                }
                Some(Step::Sleep { duration, line }) => {
                    if !self.slept(now, *line, *duration) {
                        return None;
                    }
                    self.next += 1;
                }
                // A single node has no cluster that anything could be done to.
                Some(Step::Act { .. }) => self.next += 1,
                None if self.patience_ends().is_some_and(|end| now < end) => return None,
                None if self.closed_at.is_none() => {
                    let end = self.patience_ends();
                    self.waited_in_vain = end
                        .zip(self.delivered_at)
                        .map(|(end, taken)| end.saturating_sub(taken));
                    self.closed_at = Some(now);
                    return Some(Action::CloseInput);
                }
                None => return None,
            }
        }
    }

    /// When to ask again at the latest.
    pub fn deadline(&self) -> Duration {
        let step = self.asleep_until.or_else(|| self.waits_until());
        let grace = self.grace_ends();
        [step, grace, self.patience_ends()]
            .into_iter()
            .flatten()
            .fold(self.timeout, Duration::min)
    }

    /// Whether the next step waits for the node to take what was sent.
    pub fn awaits_delivery(&self) -> bool {
        let waits = self.next < self.steps.len() || self.patience_ends().is_some();
        self.delivered_at.is_none() && self.next > 0 && waits
    }

    /// The node has taken all that was sent, or will take no more.
    pub fn delivered(&mut self, now: Duration) {
        self.delivered_at.get_or_insert(now);
    }

    /// Whether it matters what the node's lines say, and not only that they come.
    pub fn listens(&self) -> bool {
        let for_enough = matches!(&self.enough, Enough::Answers(answers) if answers.are_missing());
        let for_answers = self.answers.are_missing() || self.wanted.are_missing();
        for_enough || for_answers || self.peers.are_awaited()
    }

    /// The node wrote a line.
    pub fn heard(&mut self, now: Duration, line: &[u8]) {
        self.lines_heard += 1;
        if self.closed_at.is_none() {
            self.lines_heard_open += 1;
        }
        let enough = match &mut self.enough {
            Enough::Answers(answers) => Some(answers),
            Enough::Lines(_) | Enough::Unknown => None,
        };
        let awaited = [Some(&mut self.answers), Some(&mut self.wanted), enough];
        for answers in awaited.into_iter().flatten() {
            if answers.are_missing() {
                answers.heard(line);
            }
        }
        if self.said_enough() && !self.wanted.are_missing() {
            self.complete_at = Some(now);
        }
        self.peers.heard(self.lines_heard, line);
    }

    /// The node will write no more.
    pub fn output_ended(&mut self, now: Duration) {
        self.complete_at.get_or_insert(now);
    }

    /// Whether it matters how much the node has worked: when its moment to exit is over.
    ///
    /// Not before, for to ask costs something, and nearly every node exits at once.
    pub fn asks_for_work(&self, now: Duration) -> bool {
        self.grace_ends().is_some_and(|end| now >= end)
    }

    /// How much processor time the node has had since it was started, and whether it wants more at once.
    pub fn worked(&mut self, now: Duration, time: Duration, wants_more: bool) {
        let before = *self.worked_before.get_or_insert(time);
        if wants_more && time.saturating_sub(before) < TURN {
            self.held_up_at = Some(now);
        }
    }

    /// The line of the `.in` that was sent last; 0 if none was.
    pub fn sent_line(&self) -> usize {
        self.sent_line
    }

    /// Whether everything was sent and the input closed.
    pub fn input_closed(&self) -> bool {
        self.closed_at.is_some()
    }

    /// How long the node said nothing, before it said something when its input had ended.
    pub fn not_flushed(&self) -> Option<Duration> {
        if !self.came_late() {
            return None;
        }
        // A sleep has waited for an answer, too.
        let slept = self
            .in_vain
            .as_ref()
            .filter(|in_vain| in_vain.name.is_none());
        self.waited_in_vain.or(slept.map(|_| SETTLE_MAX))
    }

    /// Whether all that the node said came when its input had ended.
    fn came_late(&self) -> bool {
        self.lines_heard_open == 0 && self.lines_heard > 0
    }

    /// What the names in the `.in` stood for, and what was waited for in vain.
    pub fn finish(self) -> (BTreeMap<String, Value>, Option<InVain>) {
        let came_late = self.came_late();
        let in_vain = self.in_vain.map(|in_vain| InVain {
            came_late: match &in_vain.name {
                Some(name) => self.peers.is_bound(name),
                None => came_late,
            },
            ..in_vain
        });
        (self.peers.names(), in_vain)
    }

    fn stop(&self, now: Duration) -> Option<Stop> {
        let timed_out = now >= self.timeout;
        let graced = self.grace_ends().is_some_and(|end| now >= end);
        if graced || (timed_out && self.input_closed() && self.said_enough()) {
            return Some(Stop::Lingered);
        }
        timed_out.then_some(Stop::TimedOut)
    }

    /// Whether the node has said what is expected, as far as one can tell while it runs.
    fn said_enough(&self) -> bool {
        match &self.enough {
            Enough::Lines(expected) => self.lines_heard >= *expected,
            Enough::Answers(answers) => !answers.are_missing(),
            Enough::Unknown => false,
        }
    }

    fn grace_ends(&self) -> Option<Duration> {
        let said_it_all = self.closed_at?.max(self.complete_at?);
        Some(said_it_all.max(self.held_up_at.unwrap_or_default()) + GRACE)
    }

    /// When the input is closed at the latest; `None` where nothing is waited for.
    fn patience_ends(&self) -> Option<Duration> {
        let patience = self.patience?;
        let is_over = self.closed_at.or(self.complete_at).is_some() || self.in_vain.is_some();
        if is_over || self.next < self.steps.len() || self.lines_heard > 0 {
            return None;
        }
        let latest = self.timeout / 2;
        let taken = self
            .delivered_at
            .map(|taken| taken.saturating_add(patience));
        Some(taken.map_or(latest, |end| end.min(latest)))
    }

    /// Whether the sleep on `line` is over; starts it when its time has come.
    fn slept(&mut self, now: Duration, line: usize, duration: Duration) -> bool {
        if self.asleep_until.is_none() {
            let Some(settled_by) = self.waits_until() else {
                return false;
            };
            if self.answers.missing_before(line) {
                if now < settled_by {
                    return false;
                }
                self.in_vain.get_or_insert(InVain {
                    line,
                    name: None,
                    came_late: false,
                });
            }
            self.asleep_until = Some(now.saturating_add(duration));
        }
        let over = self.asleep_until.is_some_and(|end| now >= end);
        if over {
            self.asleep_until = None;
        }
        over
    }

    /// Whether a message that is held back is held back longer.
    fn holds_on(&self, now: Duration) -> bool {
        self.waits_until().is_none_or(|end| now < end)
    }

    /// Closes the input instead of sending what was held back, and all that comes after.
    fn give_up(&mut self, line: usize, names: &[Placeholder]) {
        let unbound = names.iter().find(|name| !self.peers.is_bound(&name.text));
        let name = unbound.map(|name| name.text.clone());
        self.in_vain.get_or_insert(InVain {
            line,
            name,
            came_late: false,
        });
        self.next = self.steps.len();
    }

    /// How long the next step waits for the node; `None` while messages are on their way to it.
    fn waits_until(&self) -> Option<Duration> {
        // What is sent first waits for nobody, but may be held back all the same.
        let since = if self.next == 0 {
            Some(Duration::ZERO)
        } else {
            self.delivered_at
        };
        match self.steps.get(self.next)? {
            Step::Sleep { .. } | Step::Act { .. } => Some(since? + SETTLE_MAX),
            Step::Send { .. } => Some(since? + self.timeout / 2),
        }
    }
}

#[cfg(test)]
mod tests;

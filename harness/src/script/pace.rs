//! When a case with a cluster takes its next step: once the message before it is answered, if `.expected` has
//! the reply, or else read by its node; and at the latest after a second. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Manner;
use super::owed::Awaited;
use super::patience::PATIENCE;
use crate::answers::Answers;
use crate::case::cluster::Cluster;
use crate::case::mode::PaceMode;
use crate::case::{Case, InputMessage, Step};
use crate::message;

/// How far a case has come, and what its next step waits for.
#[derive(Debug)]
pub struct Pace {
    mode: PaceMode,
    answers: Answers,
    /// To which node the request on a line goes.
    receivers: BTreeMap<usize, usize>,
    /// When the last step was done.
    stepped_at: Duration,
    /// The line of the `.in` that was sent last; 0 if none was.
    sent_line: usize,
    /// Up to this line nothing is waited for any longer.
    waited_up_to: usize,
    /// What was sent to this node is promised no answer: but it has to take it.
    untaken: Option<usize>,
    asleep_until: Option<Duration>,
}

impl Pace {
    pub fn of(case: &Case, cluster: &Cluster, manner: Manner) -> Self {
        let receiver = |request: &InputMessage| {
            let name = message::destination(&request.message)?;
            Some((request.line, cluster.number(name)?))
        };
        let expected = case.expected.as_deref();
        Self {
            mode: manner.pace,
            answers: match manner.awaited {
                Awaited::Expected => Answers::of_all(&case.requests, expected),
                Awaited::EveryReply => Answers::wanted(&case.requests),
            },
            receivers: case.requests.iter().filter_map(receiver).collect(),
            stepped_at: Duration::ZERO,
            sent_line: 0,
            waited_up_to: 0,
            untaken: None,
            asleep_until: None,
        }
    }

    /// To which node the request on a line goes.
    pub fn receiver(&self, line: usize) -> Option<usize> {
        self.receivers.get(&line).copied()
    }

    /// The line of the `.in` that was sent last; 0 if none was.
    pub fn sent_line(&self) -> usize {
        self.sent_line
    }

    /// The request on a line was sent; `node`: to whom, if that one can take it.
    pub fn sent(&mut self, line: usize, node: Option<usize>) {
        let is_promised = self.answers.missing().any(|missing| missing == line);
        self.sent_line = line;
        self.untaken = node.filter(|_| !is_promised);
    }

    pub fn stepped(&mut self, now: Duration) {
        self.stepped_at = now;
    }

    pub fn stepped_at(&self) -> Duration {
        self.stepped_at
    }

    /// A line has reached a client.
    pub fn told(&mut self, line: &[u8]) {
        self.answers.heard(line);
    }

    /// The node that has to take what was sent to it.
    pub fn untaken(&self) -> Option<usize> {
        self.untaken
    }

    /// It has, or takes no more.
    pub fn taken(&mut self) {
        self.untaken = None;
    }

    /// Whether a step waits for the ones before it.
    pub fn waits(&self, step: Option<&Step>) -> bool {
        let passes_time = matches!(step, Some(Step::Sleep { .. } | Step::Act { .. }));
        self.mode == PaceMode::Lockstep || passes_time
    }

    /// Whether what was sent has been dealt with, or was waited for in vain. `answers`: whether a node
    /// can answer at all.
    pub fn is_settled(&mut self, now: Duration, answers: impl Fn(usize) -> bool) -> bool {
        if self.untaken.is_none() && !self.awaits_answer(answers) {
            return true;
        }
        let over = now >= self.stepped_at.saturating_add(PATIENCE);
        if over {
            self.untaken = None;
            self.waited_up_to = self.sent_line;
        }
        over
    }

    fn awaits_answer(&self, answers: impl Fn(usize) -> bool) -> bool {
        let mut awaited = self
            .answers
            .missing()
            .skip_while(|line| *line <= self.waited_up_to)
            .take_while(|line| *line <= self.sent_line);
        awaited.any(|line| self.receiver(line).is_some_and(&answers))
    }

    /// Whether every request has its answer that was promised one.
    pub fn has_all_answers(&self) -> bool {
        !self.answers.are_missing()
    }

    /// Whether a sleep is over; starts it when it is not under way.
    pub fn slept(&mut self, now: Duration, duration: Duration) -> bool {
        let end = now.saturating_add(duration);
        let over = now >= *self.asleep_until.get_or_insert(end);
        if over {
            self.asleep_until = None;
        }
        over
    }

    /// When the next step may be done at the latest, as far as one can tell.
    pub fn deadlines(&self) -> impl Iterator<Item = Duration> {
        let settled = self.stepped_at.saturating_add(PATIENCE);
        [Some(settled), self.asleep_until].into_iter().flatten()
    }
}

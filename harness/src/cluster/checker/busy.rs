//! What a busy machine excuses: requests that were answered too late, and final reads that were not answered, where
//! the node had less than its time. The run can't be judged then. Latencies are excused where latencies are.

use std::collections::BTreeMap;
use std::time::Duration;

use super::finding::{Finding, Unchecked, Unjudged};
use super::story::{Operation, Story};
use crate::cluster::delays::Delays;
use crate::cluster::history::{Outcome, Phase, Reason};
use crate::cluster::recording::Recording;

/// How busy the machine was in a run.
#[derive(Debug)]
pub struct BusyMachine {
    delays: Delays,
    /// How long a client waits.
    timeout: Duration,
    /// How long the run lasted.
    end: Duration,
}

impl BusyMachine {
    pub fn of(recording: &Recording) -> Self {
        Self {
            delays: Delays::of(&recording.events),
            timeout: recording.settings.client_timeout,
            end: recording.duration(),
        }
    }

    /// Whether a request may not have been answered in time for the machine's sake alone: it was answered in the
    /// end, and without the delays would have been in time; or the run was over before its time was.
    pub fn made_late(&self, request: &Operation<'_>) -> bool {
        let asked = request.invoked.time;
        self.is_timed_out(request)
            && match request.late {
                Some((late, Outcome::Ok(_))) => {
                    self.delays.undelayed(asked, late.time) <= self.timeout
                }
                Some(_) => false,
                None => self.shortened(asked, self.end).is_some(),
            }
    }

    fn is_timed_out(&self, request: &Operation<'_>) -> bool {
        !self.delays.is_empty() && request.reason() == Some(&Reason::TimedOut)
    }

    /// What a node had of the time to answer something, if that was much less than a client waits.
    fn shortened(&self, asked: Duration, until: Duration) -> Option<Duration> {
        let had = self.delays.undelayed(asked, until);
        (had < self.timeout / 10 * 9).then_some(had)
    }

    /// The node, when it was asked for its final read, and what it had of the time to answer it, if it did not and
    /// that was too short.
    fn excused(&self, read: &Operation<'_>) -> Option<(usize, Duration, Duration)> {
        let asked = read.invoked.time;
        let (ended, _) = read.end.filter(|_| self.is_timed_out(read))?;
        Some((read.asked.node, asked, self.shortened(asked, ended.time)?))
    }

    /// Takes the nodes from these findings that had less than their time to answer the final read.
    pub fn excuse(&self, story: &Story<'_>, findings: &mut Vec<Finding>) -> Option<Unjudged> {
        let reads = story.operations.iter();
        let last: BTreeMap<_, _> = reads
            .filter(|read| read.asked.phase == Phase::FinalReads)
            .map(|read| (read.asked.node, read))
            .collect();
        let mut excused = Vec::new();
        findings.retain_mut(|finding| {
            let Finding::Unanswered { node, others, .. } = finding else {
                return true;
            };
            let mut blamed = Vec::new();
            for one in [*node].iter().chain(others.iter()) {
                match last.get(one).and_then(|read| self.excused(read)) {
                    Some(excuse) => excused.push(excuse),
                    None => blamed.push(*one),
                }
            }
            let Some((first, rest)) = blamed.split_first() else {
                return false;
            };
            (*node, *others) = (*first, rest.to_vec());
            true
        });
        let (node, asked, had) = *excused.first()?;
        // It is the same that nobody was asked.
        findings.retain(|finding| *finding != Finding::Unchecked(Unchecked::NothingRead));
        Some(Unjudged::Unanswered {
            node,
            others: excused.iter().skip(1).map(|(node, ..)| *node).collect(),
            asked,
            had,
            timeout: self.timeout,
        })
    }
}

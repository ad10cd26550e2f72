//! Nodes that don't answer in time: the evidence for the report, and more time for nodes that got no CPU.
//!
//! Time in which a node could have run and got no CPU is not counted against its `init_timeout`: on a
//! machine that is busy with others (or with the other nodes) a right node may start late.

use std::time::Duration;

use super::pending::{Pending, RequestPurpose};
use super::{Engine, Life};
use crate::cluster::history::{Phase, Silence, What, Work};

/// A request of the set-up is waited for no longer than so many times `init_timeout` in all.
pub const INIT_TIMEOUTS_MAX: u32 = 3;

/// A node that waited for a CPU for less than this part of `init_timeout` gets no more time.
const PART_MIN: u32 = 20;

/// What was seen of a node whose time is over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Examined {
    /// The part of its stderr that tells most.
    pub stderr: String,
    /// Its processor time; `None` where the system can't tell.
    pub cpu: Option<Duration>,
    /// How long it could have run, and got no CPU, until it got one; `None` where the system can't tell.
    pub waited: Option<Duration>,
    /// Whether it runs or waits for a CPU now. Such a wait is known only when it is over.
    pub is_runnable: bool,
    /// Whether it has read anything; `None` where the system can't tell.
    pub has_read: Option<bool>,
}

impl Engine {
    /// The nodes whose time to answer is over by now, and of which it matters why: they are to be
    /// [`Engine::examined`] before [`Engine::advance`].
    pub fn overdue(&self, now: Duration) -> Vec<usize> {
        let overdue = self.pending.overdue(now);
        let matters = overdue.filter(|pending| self.is_silence_told(pending));
        let mut nodes: Vec<_> = matters.map(|pending| pending.node).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    /// This was seen of a node.
    pub fn examined(&mut self, node: usize, examined: Examined) {
        self.examined.insert(node, examined);
    }

    /// The process of a node runs: its time to answer begins now. On a busy machine it takes long to start
    /// many.
    pub fn started(&mut self, now: Duration, node: usize) {
        let until = now.saturating_add(self.recording.settings.init_timeout);
        self.pending.begin(node, now, until);
    }

    /// Of each node once while there is load, and always in the set-up and at the final reads.
    fn is_silence_told(&self, pending: &Pending) -> bool {
        match pending.purpose {
            RequestPurpose::Init | RequestPurpose::Introduction { .. } => true,
            RequestPurpose::Operation(_) => {
                self.phase == Phase::FinalReads || !self.told_silent.contains(&pending.node)
            }
        }
    }

    /// Until when a request of the set-up is waited for after all, as its node got no CPU.
    pub(super) fn more_time(&self, now: Duration, pending: &Pending) -> Option<Duration> {
        let timeout = self.recording.settings.init_timeout;
        if pending.hurried {
            return None;
        }
        let end = pending
            .asked
            .saturating_add(timeout.saturating_mul(INIT_TIMEOUTS_MAX));
        let until = pending.asked.saturating_add(timeout);
        let until = until.saturating_add(self.waited(pending.node)).min(end);
        let part = timeout / PART_MIN;
        if until > now.saturating_add(part) {
            return Some(until);
        }
        // It may have waited for long, which is known only when it gets a CPU.
        let again = now.saturating_add(2 * part).min(end);
        let may_wait = self.unknown_wait(now, pending) > part;
        (may_wait && again > now).then_some(again)
    }

    /// For how long a node that wants to run may have waited already, beside what is known.
    fn unknown_wait(&self, now: Duration, pending: &Pending) -> Duration {
        let examined = self.examined.get(&pending.node);
        let Some(examined) = examined.filter(|examined| examined.is_runnable) else {
            return Duration::ZERO;
        };
        let known = examined.cpu.unwrap_or_default() + examined.waited.unwrap_or_default();
        now.saturating_sub(pending.asked).saturating_sub(known)
    }

    /// How long a node waited for a CPU; where the system can't tell, for how long the harness did.
    fn waited(&self, node: usize) -> Duration {
        let examined = self.examined.get(&node);
        let waited = examined.and_then(|examined| examined.waited);
        waited.unwrap_or(self.machine.set_up_late())
    }

    /// Tells what is known of a node that did not answer, if it was examined.
    pub(super) fn tell_silence(&mut self, now: Duration, pending: &Pending) {
        let node = pending.node;
        if !self.is_silence_told(pending) {
            return;
        }
        let waited = self.waited(node) + self.unknown_wait(now, pending);
        let Some(examined) = self.examined.get(&node).cloned() else {
            return;
        };
        if matches!(pending.purpose, RequestPurpose::Operation(_)) {
            self.told_silent.insert(node);
        }
        let work = examined
            .has_read
            .zip(examined.cpu)
            .map(|(has_read, cpu)| Work {
                elapsed: now.saturating_sub(pending.asked),
                cpu,
                waited,
                has_read,
                cores: self.machine.cores(),
            });
        let silence = Silence {
            node,
            request: pending.purpose.kind().into(),
            stderr: examined.stderr,
            work,
        };
        self.happened(now, What::Silent(Box::new(silence)));
    }

    /// Tells what a node had not answered when it exited in the set-up. Its stderr is told with the
    /// exit.
    pub(super) fn crashed_in_set_up(&mut self, now: Duration, node: usize) {
        if self.life(node) != Life::Starting {
            return;
        }
        if let Some((_, purpose)) = self.pending.to(node) {
            let silence = Silence {
                node,
                request: purpose.kind().into(),
                stderr: String::new(),
                work: None,
            };
            self.happened(now, What::Silent(Box::new(silence)));
        }
    }
}

//! All is healed: the nodes are asked until they have everything, and then once more.

use std::time::Duration;

use super::{Engine, Life};
use crate::cluster::history::Phase;

impl Engine {
    pub(super) fn recover(&mut self, now: Duration) {
        let over = self.is_recovery_over(now);
        let waits = self.nodes.contains(&Life::Starting) || self.busy.contains(&true);
        let lacking = self.lacking();
        if over || (!waits && lacking.is_empty()) {
            self.ask_finally(now);
            return;
        }
        self.ask_again(now, lacking);
    }

    pub(super) fn recovery_deadline(&self) -> Duration {
        let next = self
            .lacking()
            .into_iter()
            .filter_map(|node| self.settling.next(node));
        next.fold(self.recovery_ends.unwrap_or_default(), Duration::min)
    }

    fn ask_again(&mut self, now: Duration, nodes: Vec<usize>) {
        for node in nodes {
            if self.settling.next(node).is_some_and(|next| next <= now) {
                self.ask_last(now, node);
            }
        }
    }

    /// Waits for the final reads. What is right by chance, as it is read from parts of different age, may be
    /// wrong in the next read: nodes for which that can be are asked again while there is time.
    pub(super) fn read_finally(&mut self, now: Duration) {
        if !self.is_recovery_over(now) && self.reads_again() {
            let lacking = self.lacking();
            self.ask_again(now, lacking);
        } else if self.pending.is_empty() {
            self.finish(now);
        }
    }

    /// Whether a final read is to be followed by another one.
    fn reads_again(&self) -> bool {
        self.settling.may_be_right_by_chance() && !self.lacking().is_empty()
    }

    pub(super) fn final_reads_deadline(&self) -> Option<Duration> {
        let may_ask = self.recovery_ends.is_some() && self.reads_again();
        may_ask.then(|| self.recovery_deadline())
    }

    fn is_recovery_over(&mut self, now: Duration) -> bool {
        self.recovery_ends = self.recovery_ends.filter(|ends| now < *ends);
        self.recovery_ends.is_none()
    }

    /// The nodes that have not shown yet that they have everything.
    pub(super) fn lacking(&self) -> Vec<usize> {
        let spread = &self.recording.spread;
        let mut up = self.up();
        up.retain(|node| !self.settling.has_all(*node, spread));
        up
    }

    /// Asks every live node what it holds in the end. What is still under way has run out of time.
    pub(super) fn ask_finally(&mut self, now: Duration) {
        self.end_pending(now);
        self.enter(now, Phase::FinalReads);
        for node in self.up() {
            self.ask_last(now, node);
        }
    }

    fn ask_last(&mut self, now: Duration, node: usize) {
        self.settling.asked(node);
        if let Some(request) = self.settling.request(node, self.phase) {
            self.operate(now, 0, node, request);
        }
    }
}

//! All is healed: the nodes are asked until they have everything, and then once more.

use std::time::Duration;

use super::{Engine, Life};
use crate::cluster::history::Phase;

impl Engine {
    pub(super) fn recover(&mut self, now: Duration) {
        let over = now
            >= self
                .phase_began
                .saturating_add(self.recording.settings.recovery);
        let waits = self.nodes.contains(&Life::Starting) || self.busy.contains(&true);
        let lacking = self.lacking();
        if over || (!waits && lacking.is_empty()) {
            self.ask_finally(now);
            return;
        }
        for node in lacking {
            if self.settling.next(node).is_some_and(|next| next <= now) {
                self.settling.asked(node);
                self.ask_last(now, node);
            }
        }
    }

    pub(super) fn recovery_deadline(&self) -> Duration {
        let end = self
            .phase_began
            .saturating_add(self.recording.settings.recovery);
        let next = self
            .lacking()
            .into_iter()
            .filter_map(|node| self.settling.next(node));
        next.fold(end, Duration::min)
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
        if let Some(request) = self.recording.settings.workload.last() {
            self.operate(now, 0, node, request);
        }
    }
}

//! All is healed: the nodes are asked until they have everything, and then once more.

use std::time::Duration;

use super::{Engine, Life};
use crate::cluster::history::{Phase, Request};

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
            if self.recovery.next(node).is_some_and(|next| next <= now) {
                self.recovery.asked(node);
                self.operate(now, 0, node, Request::Read);
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
            .filter_map(|node| self.recovery.next(node));
        next.fold(end, Duration::min)
    }

    /// The nodes that have not shown yet that they have everything.
    pub(super) fn lacking(&self) -> Vec<usize> {
        let spread = &self.recording.spread;
        let mut up = self.up();
        up.retain(|node| !self.recovery.has_all(*node, spread));
        up
    }

    /// Asks every live node what it holds in the end. What is still under way has run out of time.
    pub(super) fn ask_finally(&mut self, now: Duration) {
        self.end_pending(now);
        self.enter(now, Phase::FinalReads);
        for node in self.up() {
            self.operate(now, 0, node, Request::Read);
        }
    }
}

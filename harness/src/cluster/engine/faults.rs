//! Faults begin and end: on the network, on the nodes, in the record.

use std::time::Duration;

use super::{Engine, Life, ProcessAction};
use crate::cluster::history::{Phase, What};
use crate::cluster::nemesis::Strike;
use crate::net::fault::Fault;

impl Engine {
    pub(super) fn strike(&mut self, now: Duration, number: usize, strike: Strike) {
        // Whoever crashed by itself can't be struck any more.
        if strike
            .fault
            .node()
            .is_some_and(|node| self.life(node) == Life::Dead)
        {
            return;
        }
        self.router.settle(now);
        self.take_deliveries();
        let fault = strike.fault.clone();
        self.happened(now, What::FaultBegan { number, fault });
        self.router.begin(number, &strike.fault);
        match strike.fault {
            Fault::Cut(_) => {}
            Fault::Pause(node) => self.actions.push_back(ProcessAction::Pause(node)),
            Fault::Kill(node) | Fault::Restart(node) => {
                self.actions.push_back(ProcessAction::Kill(node));
                self.die(now, node);
            }
        }
        self.lasting.insert(number, strike);
    }

    pub(super) fn end_faults(&mut self, now: Duration, is_over: impl Fn(Duration) -> bool) {
        let over = self
            .lasting
            .iter()
            .filter(|(_, strike)| strike.ends.is_some_and(&is_over));
        let over: Vec<_> = over.map(|(number, _)| *number).collect();
        for number in over {
            let Some(strike) = self.lasting.remove(&number) else {
                continue;
            };
            self.router.settle(now);
            // What waited for a node reaches it once that goes on, not before.
            self.happened(now, What::FaultEnded { number });
            self.router.end(number);
            match strike.fault {
                Fault::Pause(node) if self.life(node) != Life::Dead => {
                    self.actions.push_back(ProcessAction::Resume(node));
                }
                Fault::Restart(node) => self.start(now, node),
                Fault::Cut(_) | Fault::Kill(_) | Fault::Pause(_) => {}
            }
        }
    }

    /// Ends the load and everything that is wrong but death.
    pub(super) fn heal(&mut self, now: Duration) {
        self.router.settle(now);
        self.enter(now, Phase::Recovery);
        self.recovery_ends = Some(now.saturating_add(self.recording.settings.recovery));
        self.end_faults(now, |_| true);
        self.router.heal();
    }
}

//! What is done to a case's nodes and to the network between them.

use super::{ClusterScript, NodeFate};
use crate::case::act::Act;
use crate::cluster::engine::ProcessAction;
use crate::net::fault::Fault;

impl ClusterScript<'_> {
    /// Does it, as a line of the case says.
    pub(super) fn act(&mut self, act: &Act) {
        self.router.settle(self.now);
        match act {
            Act::Kill(node) => self.kill(*node),
            Act::Restart(node) => {
                if self.fate(*node) != NodeFate::Dead {
                    self.kill(*node);
                }
                self.start(*node);
            }
            Act::Pause(node) => {
                self.take_deliveries();
                self.becomes(*node, NodeFate::Paused);
                self.actions.push_back(ProcessAction::Pause(*node));
            }
            Act::Resume(node) => self.resume(*node),
            Act::Cut(cut) => {
                self.cuts += 1;
                self.router.begin(self.cuts, &Fault::Cut(cut.clone()));
            }
            Act::Heal => {
                self.router.heal();
                for node in 0..self.fates.len() {
                    if self.fate(node) == NodeFate::Paused {
                        self.resume(node);
                    }
                }
            }
            Act::Lose(probability) => self.router.lose(*probability),
            Act::Duplicate(probability) => self.router.duplicate(*probability),
        }
    }

    /// Starts a node and tells it who it is; until it has answered nothing else reaches it. What was to be
    /// sent before it died is sent first, to nobody.
    pub(super) fn start(&mut self, node: usize) {
        self.take_deliveries();
        self.becomes(node, NodeFate::Well);
        self.actions.push_back(ProcessAction::Start(node));
        self.router.starts(node);
        let asked = self.set_up.begin(node);
        self.router.ask(self.now, 0, node, asked);
    }

    pub(super) fn kill(&mut self, node: usize) {
        self.take_deliveries();
        self.becomes(node, NodeFate::Dead);
        self.router.died(node, None);
        self.actions.push_back(ProcessAction::Kill(node));
    }

    fn resume(&mut self, node: usize) {
        self.becomes(node, NodeFate::Well);
        self.actions.push_back(ProcessAction::Resume(node));
    }

    fn becomes(&mut self, node: usize, fate: NodeFate) {
        if let Some(place) = self.fates.get_mut(node) {
            *place = fate;
        }
    }

    pub(super) fn fate(&self, node: usize) -> NodeFate {
        self.fates.get(node).copied().unwrap_or(NodeFate::Dead)
    }
}

//! One value on its way through the cluster.

use std::time::Duration;

use fixedbitset::FixedBitSet;

use super::{Attempt, Death, FirstArrival};
use crate::cluster::journal::Carried;

/// What is known of one value.
#[derive(Debug, Clone)]
pub struct Trace {
    pub acknowledged: Option<Duration>,
    /// By node: how it came there, in the node's current life.
    pub arrivals: Vec<Option<FirstArrival>>,
    /// How many nodes hold it.
    holders: usize,
    /// By node: the message sent last with it, in whichever life.
    pub attempts: Vec<Option<Attempt>>,
    /// The nodes that held it in a life that is over.
    pub held_before: FixedBitSet,
    /// The end of its last holder, if nobody has held it since.
    pub gone: Option<Death>,
}

impl Trace {
    pub fn new(nodes: usize) -> Self {
        Self {
            acknowledged: None,
            arrivals: vec![None; nodes],
            holders: 0,
            attempts: vec![None; nodes],
            held_before: FixedBitSet::new(),
            gone: None,
        }
    }

    /// A message with it ended. Messages end in another order than they were sent in.
    pub fn attempt(&mut self, node: usize, carried: &Carried) {
        let Some(last) = self.attempts.get_mut(node) else {
            return;
        };
        if last.is_none_or(|last| (last.sent, last.id) <= (carried.sent, carried.id)) {
            *last = Some(Attempt {
                id: carried.id,
                from: carried.source,
                sent: carried.sent,
                settled: carried.settled,
                fate: carried.fate,
            });
        }
    }

    /// It came to a node; says whether for the first time.
    pub fn arrive(&mut self, node: usize, arrival: FirstArrival) -> bool {
        let mut is_first = false;
        if let Some(first) = self.arrivals.get_mut(node) {
            is_first = first.is_none();
            self.holders += usize::from(is_first);
            first.get_or_insert(arrival);
            self.gone = None;
        }
        is_first
    }

    /// Takes the value from a node; `None` if that one did not hold it.
    pub fn die(&mut self, death: Death) -> Option<()> {
        self.arrivals.get_mut(death.node)?.take()?;
        self.held_before.grow_and_insert(death.node);
        self.holders -= 1;
        if self.holders == 0 {
            self.gone = Some(death);
        }
        Some(())
    }
}

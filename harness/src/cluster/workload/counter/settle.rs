//! Which nodes still have to agree on the sum once all is healed.

use super::sums::SubsetSums;
use super::{CounterReply, CounterRequest};

/// What is known of the sum, and of what each node shows.
#[derive(Debug)]
pub struct CounterSettling {
    acknowledged: i128,
    /// What may have been added.
    unknown: SubsetSums,
    /// By node, the sum that it showed last since all is healed.
    shown: Vec<Option<i64>>,
}

impl CounterSettling {
    /// Nothing was added, and so many nodes showed nothing.
    pub fn new(nodes: usize) -> Self {
        Self {
            acknowledged: 0,
            unknown: SubsetSums::default(),
            shown: vec![None; nodes],
        }
    }

    /// A node replied. `is_healed`: whether faults and load are over.
    pub fn replied(
        &mut self,
        node: usize,
        request: CounterRequest,
        reply: CounterReply,
        is_healed: bool,
    ) {
        match (request, reply) {
            (CounterRequest::Add(delta), _) => {
                self.acknowledged = self.acknowledged.saturating_add(delta.into());
            }
            (CounterRequest::Read, CounterReply::Sum(sum)) if is_healed => {
                if let Some(shown) = self.shown.get_mut(node) {
                    *shown = Some(sum);
                }
            }
            (CounterRequest::Read, _) => {}
        }
    }

    /// It is not known whether this was added.
    pub fn unknown(&mut self, request: CounterRequest) {
        if let CounterRequest::Add(delta) = request {
            self.unknown.add(delta);
        }
    }

    /// Whether a node shows a right sum, and the one that all others show.
    pub fn has_all(&self, node: usize) -> bool {
        let Some(Some(sum)) = self.shown.get(node) else {
            return false;
        };
        let others_agree = self.shown.iter().flatten().all(|other| other == sum);
        others_agree && self.unknown.contains(i128::from(*sum) - self.acknowledged)
    }
}

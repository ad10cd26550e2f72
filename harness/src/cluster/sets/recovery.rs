//! What each node still lacks once all is healed, and when to ask it again.
//!
//! A node is asked until it shows every value that was acknowledged and every value that another one
//! shows. What went down with its holders nobody waits for.

use std::time::Duration;

use fixedbitset::FixedBitSet;

use crate::cluster::spread::Spread;

/// How soon a node that lacks something is asked again, at first and at last.
const GAP_MIN: Duration = Duration::from_millis(10);
const GAP_MAX: Duration = Duration::from_millis(250);

/// How far all nodes are.
#[derive(Debug)]
pub struct Recovery {
    acknowledged: FixedBitSet,
    /// What any node showed since all is healed.
    seen: FixedBitSet,
    nodes: Vec<Poll>,
}

/// How far a node is.
#[derive(Debug, Clone)]
struct Poll {
    next: Duration,
    gap: Duration,
    under_way: bool,
    shown: Option<FixedBitSet>,
}

impl Recovery {
    /// So many nodes, of which nothing is known.
    pub fn new(nodes: usize) -> Self {
        let poll = Poll {
            next: Duration::ZERO,
            gap: GAP_MIN,
            under_way: false,
            shown: None,
        };
        Self {
            acknowledged: FixedBitSet::new(),
            seen: FixedBitSet::new(),
            nodes: vec![poll; nodes],
        }
    }

    /// A value was acknowledged.
    pub fn acknowledged(&mut self, value: usize) {
        self.acknowledged.grow_and_insert(value);
    }

    /// A node was asked what it holds.
    pub fn asked(&mut self, node: usize) {
        if let Some(poll) = self.nodes.get_mut(node) {
            poll.under_way = true;
        }
    }

    /// It showed whomever what it holds.
    pub fn showed(&mut self, node: usize, shown: &FixedBitSet) {
        self.seen.union_with(shown);
        if let Some(poll) = self.nodes.get_mut(node) {
            poll.shown = Some(shown.clone());
        }
    }

    /// The read that it was asked for here ended, well or not.
    pub fn ended(&mut self, now: Duration, node: usize) {
        if let Some(poll) = self.nodes.get_mut(node) {
            poll.under_way = false;
            poll.next = now.saturating_add(poll.gap);
            poll.gap = (poll.gap * 2).min(GAP_MAX);
        }
    }

    /// Whether a node showed all that it has to.
    pub fn has_all(&self, node: usize, spread: &Spread) -> bool {
        let shown = self.nodes.get(node).and_then(|poll| poll.shown.as_ref());
        let Some(shown) = shown else {
            return false;
        };
        let is_gone = |value| !self.seen.contains(value) && spread.gone(value).is_some();
        self.seen.is_subset(shown) && self.acknowledged.difference(shown).all(is_gone)
    }

    /// When a node is to be asked again; `None` while it has not answered.
    pub fn next(&self, node: usize) -> Option<Duration> {
        let poll = self.nodes.get(node)?;
        (!poll.under_way).then_some(poll.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(values: &[usize]) -> FixedBitSet {
        values.iter().copied().collect()
    }

    #[test]
    fn a_node_has_all_when_it_shows_what_was_acknowledged_and_what_others_show() {
        let (mut recovery, spread) = (Recovery::new(2), Spread::new(2));
        assert!(!recovery.has_all(0, &spread), "nobody asked it");
        recovery.acknowledged(3);
        recovery.showed(0, &set(&[3]));
        assert!(recovery.has_all(0, &spread));
        recovery.showed(1, &set(&[3, 5]));
        assert!(!recovery.has_all(0, &spread), "the other shows 5");
        recovery.showed(0, &set(&[3, 5]));
        assert!(recovery.has_all(0, &spread) && recovery.has_all(1, &spread));
        recovery.acknowledged(200);
        assert!(!recovery.has_all(0, &spread), "it is not gone");
    }

    #[test]
    fn it_is_asked_again_ever_more_slowly() {
        let mut recovery = Recovery::new(1);
        let mut now = Duration::ZERO;
        let mut gaps = Vec::new();
        for _ in 0..7 {
            assert_eq!(recovery.next(0), Some(now));
            recovery.asked(0);
            assert_eq!(recovery.next(0), None);
            recovery.showed(0, &set(&[]));
            assert_eq!(recovery.next(0), None, "a client's read is another one");
            recovery.ended(now, 0);
            let next = recovery.next(0).unwrap();
            gaps.push(next.saturating_sub(now).as_millis());
            now = next;
        }
        assert_eq!(gaps, [10, 20, 40, 80, 160, 250, 250]);
    }
}

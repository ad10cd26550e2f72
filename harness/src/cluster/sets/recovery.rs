//! What each node still lacks of a set once all is healed.
//!
//! A node is asked until it shows every value that was acknowledged and every value that another one
//! shows. What went down with its holders nobody waits for.

use fixedbitset::FixedBitSet;

use crate::cluster::spread::Spread;

/// How far all nodes are.
#[derive(Debug)]
pub struct Recovery {
    acknowledged: FixedBitSet,
    /// What any node showed since all is healed.
    seen: FixedBitSet,
    /// By node, what it showed last.
    shown: Vec<Option<FixedBitSet>>,
}

impl Recovery {
    /// So many nodes, of which nothing is known.
    pub fn new(nodes: usize) -> Self {
        Self {
            acknowledged: FixedBitSet::new(),
            seen: FixedBitSet::new(),
            shown: vec![None; nodes],
        }
    }

    pub fn acknowledged(&mut self, value: usize) {
        self.acknowledged.grow_and_insert(value);
    }

    /// A node showed whomever what it holds.
    pub fn showed(&mut self, node: usize, shown: &FixedBitSet) {
        self.seen.union_with(shown);
        if let Some(last) = self.shown.get_mut(node) {
            *last = Some(shown.clone());
        }
    }

    /// Whether a node showed all that it has to.
    pub fn has_all(&self, node: usize, spread: &Spread) -> bool {
        let Some(Some(shown)) = self.shown.get(node) else {
            return false;
        };
        let is_gone = |value| !self.seen.contains(value) && spread.gone(value).is_some();
        self.seen.is_subset(shown) && self.acknowledged.difference(shown).all(is_gone)
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
}

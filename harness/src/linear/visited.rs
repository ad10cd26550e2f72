//! The configurations that a search has been in: one that it has been in with fewer unknown operations leads
//! nowhere else.

use std::collections::HashMap;

/// What an entry takes beside its words, in bytes: two allocations and their places in the table.
const ENTRY_OVERHEAD: usize = 120;

/// A memo.
#[derive(Debug, Default)]
pub struct VisitedConfigurations {
    /// By return, value and operations under way that have taken effect, the sets of unknown operations that
    /// have, one after the other.
    sets: HashMap<Box<[u64]>, Vec<u64>>,
    bytes: usize,
}

impl VisitedConfigurations {
    /// How much memory it takes, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether a configuration leads anywhere the search has not been. `unknown` has the same length each time.
    pub fn insert(&mut self, known: &[u64], unknown: &[u64]) -> bool {
        let Some(sets) = self.sets.get_mut(known) else {
            self.sets.insert(known.into(), unknown.to_vec());
            self.bytes += ENTRY_OVERHEAD + 8 * (known.len() + unknown.len());
            return true;
        };
        if unknown.is_empty() {
            return false;
        }
        let is_part = |set: &[u64]| {
            set.iter()
                .zip(unknown)
                .all(|(one, other)| one & !other == 0)
        };
        if sets.chunks_exact(unknown.len()).any(is_part) {
            return false;
        }
        sets.extend_from_slice(unknown);
        self.bytes += 8 * unknown.len();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::VisitedConfigurations;

    #[test]
    fn a_configuration_is_entered_unless_it_was_with_as_few_unknown_operations() {
        let mut visited = VisitedConfigurations::default();
        let mut enters = |known: u64, unknown: u64| visited.insert(&[known], &[unknown]);
        assert!(enters(1, 0b01));
        assert!(!enters(1, 0b01));
        assert!(!enters(1, 0b11), "with more");
        assert!(enters(1, 0b10), "with others");
        assert!(enters(1, 0), "with fewer");
        assert!(enters(2, 0b11), "another one");
        assert!(visited.insert(&[3], &[]) && !visited.insert(&[3], &[]));
    }
}

//! All orders of a few operations, one after the other: slow and plain, to hold the search against.

use super::{RegisterOperation, ValueId};

/// Whether some order explains all results.
pub fn is_linearizable(operations: &[RegisterOperation], start: ValueId) -> bool {
    let left: Vec<_> = operations.to_vec();
    explains(&left, start)
}

fn explains(left: &[RegisterOperation], value: ValueId) -> bool {
    if left.iter().all(RegisterOperation::is_optional) {
        return true;
    }
    (0..left.len()).any(|next| {
        let one = left[next];
        // Whoever returned before its call has come before it, or never took effect.
        let is_before = |other: &&RegisterOperation| {
            other.returned.is_some_and(|returned| returned < one.called)
        };
        let mut rest = left.to_vec();
        rest.remove(next);
        let before = rest.iter().filter(is_before);
        if !one.access.is_legal(value) || before.clone().any(|other| !other.is_optional()) {
            return false;
        }
        rest.retain(|other| !is_before(&other));
        explains(&rest, one.access.apply(value))
    })
}

//! Where in an order what shows only which value there was not has room.

use super::gaps::Gaps;
use super::{Access, RegisterOperation, ValueId};

/// Adds what shows which value there was not to an order; `None` if it has no room there, each as early as it can
/// be.
pub fn fit(
    operations: &[RegisterOperation],
    order: &[usize],
    start: ValueId,
) -> Option<Vec<usize>> {
    let gaps = Gaps::of(operations, order, start);
    let refusals = operations.iter().enumerate();
    let refusals = refusals.filter_map(|(place, one)| match (one.access, one.returned) {
        (Access::IsNot(refused), Some(returned)) if one.is_certain => {
            Some((one.called, returned, place, refused))
        }
        _ => None,
    });
    let mut refusals: Vec<_> = refusals.collect();
    refusals.sort_unstable();
    let mut by_return: Vec<_> = (0..refusals.len()).collect();
    by_return.sort_by_key(|number| refusals.get(*number).map(|(_, returned, ..)| *returned));
    let mut over = by_return.into_iter().peekable();
    let mut earliest = 0;
    let mut fitted: Vec<(usize, usize)> = Vec::new();
    for (called, returned, place, refused) in &refusals {
        // Those that had returned by then come before.
        let is_over = |number: &usize| {
            let other = refusals.get(*number);
            other.is_some_and(|(_, returned, ..)| returned < called)
        };
        while let Some(number) = over.next_if(is_over) {
            let gap = fitted.get(number).map_or(0, |(gap, _)| *gap);
            earliest = gap.max(earliest);
        }
        let mut room = gaps.of_time(*called, *returned);
        let gap = room.find(|gap| *gap >= earliest && gaps.value(*gap) != Some(*refused))?;
        fitted.push((gap, *place));
    }
    // Stable: in one gap they stand in the order of their calls.
    fitted.sort_by_key(|(gap, _)| *gap);
    let mut fitted = fitted.into_iter().peekable();
    let mut whole = Vec::new();
    for gap in 0..=order.len() {
        while let Some((_, place)) = fitted.next_if(|(of, _)| *of == gap) {
            whole.push(place);
        }
        whole.extend(order.get(gap));
    }
    Some(whole)
}

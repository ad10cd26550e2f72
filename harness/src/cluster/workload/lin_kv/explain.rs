//! Why a key is not linearizable: the operations that contradict each other, and why what could have made them
//! right does not.

use super::evidence::KeyHistory;
use super::finding::{Helpers, KeyOperation, NotLinearizable};
use super::near;
use crate::linear::contradiction::{self, ContradictingOperations};
use crate::linear::{Bound, Contradicted, RegisterOperation};

/// More operations than these, which the search for the fewest may leave where it ends at its bound, explain
/// nothing.
const CONTRADICTING_MAX: usize = 8;

/// So many of the requests under way are told.
const UNDER_WAY_MAX: usize = 8;

/// Explains why no order explains all that had returned when the operation at this place did.
pub fn explain(
    history: &KeyHistory<'_>,
    contradicted: &Contradicted,
    is_bare: bool,
    bound: Bound<'_>,
) -> Option<NotLinearizable> {
    let last = contradicted.operation;
    let found = contradiction::find(&history.operations, last, bound);
    let found = found.filter(|found| found.operations.len() <= CONTRADICTING_MAX);
    let told = history.told.get(last)?;
    Some(NotLinearizable {
        key: history.key.clone(),
        last: told.clone(),
        is_certain: found
            .as_ref()
            .is_some_and(|found| is_certain(history, found, last)),
        around: near::around(history, contradicted, found.as_ref()),
        others: found.map(|found| others(history, &found, last)),
        helpers: helpers(history, last),
        is_conflict: false,
        is_bare,
    })
}

fn others(
    history: &KeyHistory<'_>,
    found: &ContradictingOperations,
    last: usize,
) -> Vec<KeyOperation> {
    let others = found.operations.iter().filter(|place| **place != last);
    let others = others.filter_map(|place| history.told.get(*place));
    others.cloned().collect()
}

/// The requests that leave behind what the last operation needs.
fn helpers(history: &KeyHistory<'_>, last: usize) -> Helpers {
    let Some(RegisterOperation {
        access,
        called,
        returned: Some(returned),
        ..
    }) = history.operations.get(last).copied()
    else {
        return Helpers::default();
    };
    let mut helpers = Helpers::default();
    let mut latest = 0;
    let all = history.operations.iter().zip(&history.told).enumerate();
    for (place, (one, told)) in all {
        if place == last || one.called > returned || !one.access.enables(access) {
            continue;
        }
        match one.returned.filter(|returned| *returned < called) {
            Some(over) if over >= latest => {
                latest = over;
                helpers.over = Some(told.clone());
            }
            None if helpers.under_way.len() < UNDER_WAY_MAX => helpers.under_way.push(told.clone()),
            Some(_) | None => {}
        }
    }
    helpers
}

/// Whether the only other operation ended before the last one was asked for, and nothing that changes the value
/// was under way at the same time.
fn is_certain(history: &KeyHistory<'_>, found: &ContradictingOperations, last: usize) -> bool {
    let mut others = found.operations.iter().filter(|place| **place != last);
    let (Some(other), None) = (others.next(), others.next()) else {
        return false;
    };
    let pair = (history.operations.get(*other), history.operations.get(last));
    let (Some(one), Some(last)) = pair else {
        return false;
    };
    let Some(returned) = one.returned.filter(|returned| *returned < last.called) else {
        return false;
    };
    let mut rest = history.operations.iter().enumerate();
    rest.all(|(place, rest)| {
        let is_over = rest.returned.is_some_and(|returned| returned < one.called);
        place == *other || rest.access.is_pure() || is_over || rest.called > returned
    })
}

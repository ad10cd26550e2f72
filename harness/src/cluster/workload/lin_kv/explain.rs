//! Why a key is not linearizable: the operations that contradict each other, and why what could have made them
//! right does not.

use super::evidence::KeyHistory;
use super::finding::{
    ContradictingRequest, Exclusion, Helper, Helpers, NotLinearizable, OtherRequests,
};
use super::near;
use crate::linear::contradiction::{self, ContradictingOperation, ContradictingOperations};
use crate::linear::{Bound, Contradicted, RegisterOperation};

/// More operations explain nothing.
const CONTRADICTING_MAX: usize = 5;

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
    let (over, under_way) = helpers(history, last);
    let found = contradiction::find(&history.operations, last, &under_way, bound);
    let excluded_by = found.as_ref().map_or(&[][..], |found| &found.excluded_by);
    let excluded_by = excluded_by.iter().map(Vec::as_slice);
    let excluded_by = excluded_by.chain(std::iter::repeat(&[][..]));
    let helper = |(place, excluded_by): (&usize, &[usize])| {
        Some(Helper {
            operation: history.told.get(*place)?.clone(),
            exclusion: exclusion(history, found.as_ref(), *place, excluded_by),
        })
    };
    let helpers = Helpers {
        over: over.and_then(|over| history.told.get(over)).cloned(),
        under_way: (under_way.iter().zip(excluded_by))
            .filter_map(helper)
            .collect(),
    };
    let few = found.filter(|found| found.operations.len() <= CONTRADICTING_MAX);
    Some(NotLinearizable {
        key: history.key.clone(),
        last: history.told.get(last)?.clone(),
        around: near::around(history, contradicted, few.as_ref()),
        others: few.map(|few| others(history, &few, last)),
        helpers,
        is_conflict: false,
        is_bare,
    })
}

fn others(history: &KeyHistory<'_>, few: &ContradictingOperations, last: usize) -> OtherRequests {
    let told = |place: usize| history.told.get(place).cloned();
    let others = few.operations.iter().filter(|one| one.place != last);
    let others = others.filter_map(|one| {
        Some(ContradictingRequest {
            operation: told(one.place)?,
            shown_by: one.shown_by.and_then(told),
        })
    });
    OtherRequests {
        requests: others.collect(),
        is_least: few.is_least,
        is_certain: is_certain(history, few, last),
    }
}

/// Why a request under way does not help, by those that would be impossible.
fn exclusion(
    history: &KeyHistory<'_>,
    found: Option<&ContradictingOperations>,
    place: usize,
    excluded_by: &[usize],
) -> Exclusion {
    let told = |place: usize| history.told.get(place).cloned();
    let own = |found: &ContradictingOperations| {
        let own = found.operations.iter().find(|one| one.place == place);
        own.and_then(|one| one.shown_by)
    };
    let shown_by = found.filter(|_| excluded_by.contains(&place)).and_then(own);
    match (shown_by.and_then(told), excluded_by) {
        (Some(shown_by), _) => Exclusion::TookEffect(Box::new(shown_by)),
        (None, []) => Exclusion::Other,
        (None, others) => Exclusion::Excludes(others.iter().copied().filter_map(told).collect()),
    }
}

/// The requests that leave behind what the last operation needs: of those that were over by then the last, and some
/// of the others.
fn helpers(history: &KeyHistory<'_>, last: usize) -> (Option<usize>, Vec<usize>) {
    let Some(RegisterOperation {
        access,
        called,
        returned: Some(returned),
        ..
    }) = history.operations.get(last).copied()
    else {
        return (None, Vec::new());
    };
    let (mut over, mut under_way, mut latest) = (None, Vec::new(), 0);
    for (place, one) in history.operations.iter().enumerate() {
        if place == last || one.called > returned || !one.access.enables(access) {
            continue;
        }
        match one.returned.filter(|returned| *returned < called) {
            Some(ended) if ended >= latest => (latest, over) = (ended, Some(place)),
            None if under_way.len() < UNDER_WAY_MAX => under_way.push(place),
            Some(_) | None => {}
        }
    }
    (over, under_way)
}

/// Whether the only other operation ended before the last one was asked for, and nothing that changes the value
/// was under way at the same time.
fn is_certain(history: &KeyHistory<'_>, few: &ContradictingOperations, last: usize) -> bool {
    let mut others = few.operations.iter().filter(|one| one.place != last);
    let (Some(ContradictingOperation { place: other, .. }), None) = (others.next(), others.next())
    else {
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

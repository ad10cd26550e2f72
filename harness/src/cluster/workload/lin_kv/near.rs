//! The operations around a contradiction, for a diagram.

use super::evidence::KeyHistory;
use super::finding::{NearOperation, NearRole};
use crate::linear::contradiction::ContradictingOperations;
use crate::linear::{Contradicted, RegisterOperation};

/// So many operations are drawn.
const NEAR_MAX: usize = 48;

/// From the first operation that belongs to the contradiction to the last: those, what could have helped, and
/// of the others the latest.
pub fn around(
    history: &KeyHistory<'_>,
    contradicted: &Contradicted,
    found: Option<&ContradictingOperations>,
) -> Vec<NearOperation> {
    let operations = &history.operations;
    let last = contradicted.operation;
    let core = found.iter().flat_map(|found| &found.operations);
    let core: Vec<_> = core.map(|one| one.place).collect();
    let call = |place: &usize| operations.get(*place).map(|one| one.called);
    let Some(until) = operations.get(last).and_then(|one| one.returned) else {
        return Vec::new();
    };
    let from = core.iter().chain([&last]).filter_map(call).min();
    let from = from.unwrap_or_default();
    let is_near = |one: &RegisterOperation| {
        one.called < until && one.returned.is_none_or(|returned| returned >= from)
    };
    let near = operations.iter().enumerate();
    let near = near.filter(|(_, one)| is_near(one));
    let mut near: Vec<_> = near
        .map(|(place, one)| (role(operations, place, one, last, &core), place))
        .collect();
    // Those that tell most; of others the latest.
    near.sort_by_key(|(role, place)| (*role == NearRole::Other, std::cmp::Reverse(*place)));
    near.truncate(NEAR_MAX);
    near.sort_by_key(|(_, place)| *place);
    placed(history, &near, until, &contradicted.before)
}

fn role(
    operations: &[RegisterOperation],
    place: usize,
    one: &RegisterOperation,
    last: usize,
    core: &[usize],
) -> NearRole {
    let is_over =
        |last: &RegisterOperation| one.returned.is_some_and(|returned| returned < last.called);
    let needs = operations.get(last).filter(|last| !is_over(last));
    if place == last {
        NearRole::Last
    } else if core.contains(&place) {
        NearRole::Contradicts
    } else if needs.is_some_and(|last| one.access.enables(last.access)) {
        NearRole::CouldHelp
    } else {
        NearRole::Other
    }
}

/// Gives each its place in the diagram.
fn placed(
    history: &KeyHistory<'_>,
    near: &[(NearRole, usize)],
    until: usize,
    order: &[usize],
) -> Vec<NearOperation> {
    let of = |place: &usize| history.operations.get(*place);
    let ends = |one: &RegisterOperation| one.returned.filter(|returned| *returned <= until);
    let shown = near.iter().filter_map(|(_, place)| of(place));
    let mut steps: Vec<_> = shown
        .flat_map(|one| [Some(one.called), ends(one)])
        .flatten()
        .collect();
    steps.sort_unstable();
    let step = |moment: usize| steps.partition_point(|step| *step < moment);
    // An operation takes effect after its own call and after those before it in the order; where several do so
    // between two steps, they share the room there.
    let mut reached = 0;
    let mut points: Vec<(usize, usize)> = Vec::new();
    for place in order {
        reached = reached.max(of(place).map_or(0, |one| one.called));
        if near.iter().any(|(_, near)| near == place) {
            points.push((*place, step(reached)));
        }
    }
    let point = |place: usize| {
        let at = points.iter().position(|(one, _)| *one == place)?;
        let (_, step) = points.get(at)?;
        let before = points
            .iter()
            .take(at)
            .filter(|(_, other)| other == step)
            .count();
        let all = points.iter().filter(|(_, other)| other == step).count();
        #[expect(clippy::cast_precision_loss, reason = "there are few steps")]
        Some(*step as f64 + (before + 1) as f64 / (all + 1) as f64)
    };
    let operation = |(role, place): &(NearRole, usize)| {
        let one = of(place)?;
        Some(NearOperation {
            operation: history.told.get(*place)?.clone(),
            role: *role,
            from: step(one.called),
            until: ends(one).map(step),
            point: point(*place),
        })
    };
    near.iter().filter_map(operation).collect()
}

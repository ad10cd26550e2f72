//! The mode `contains`: these messages in this order, anything in between and after.

use super::actual::ActualLine;
use super::bindings::{Bindings, Checkpoint};
use super::compare;
use super::difference::Rules;
use super::unordered;
use super::{Agreement, Mismatch, alike, same_kind};
use crate::case::ExpectedLine;

/// How often pairs are tried before the search gives up, once it has had to go back.
const TRIES_MAX: usize = 1_000_000;

/// Looks for the expected messages among the actual ones.
///
/// The first match is the best unless names are shared; then, later ones are tried too.
pub fn compare(
    expected: &[ExpectedLine],
    actual: &[ActualLine],
    rules: &Rules,
    mut bindings: Bindings,
) -> Agreement {
    let are_tied = unordered::are_tied(expected, rules);
    // For each message that was found, where it was, and how things stood before.
    let mut found: Vec<(usize, Checkpoint)> = Vec::new();
    let (mut start, mut tries) = (0, 0);
    let mut furthest: Option<(usize, usize, Bindings)> = None;
    while let Some(wanted) = expected.get(found.len()) {
        let mark = bindings.mark();
        let rest = actual.iter().enumerate().skip(start);
        let mut next = None;
        for (position, line) in rest {
            tries += 1;
            if compare::matches(wanted, line, rules, &mut bindings) {
                next = Some(position);
                break;
            }
        }
        if let Some(position) = next {
            found.push((position, mark));
            start = position + 1;
            continue;
        }
        if furthest
            .as_ref()
            .is_none_or(|(reached, ..)| *reached < found.len())
        {
            let after = found.last().map_or(0, |(position, _)| position + 1);
            furthest = Some((found.len(), after, bindings.clone()));
        }
        let hopeless = !are_tied || tries > TRIES_MAX;
        let Some((position, mark)) = found.pop().filter(|_| !hopeless) else {
            break;
        };
        bindings.roll_back(mark);
        start = position + 1;
    }
    match furthest.filter(|_| found.len() < expected.len()) {
        None => Agreement {
            mismatch: None,
            bindings,
        },
        Some((reached, after, mut bindings)) => {
            let mismatch = classify(reached, after, expected, actual, rules, &mut bindings);
            Agreement { mismatch, bindings }
        }
    }
}

/// How the message that was not found relates to those that could have been it.
fn classify(
    at: usize,
    after: usize,
    expected: &[ExpectedLine],
    actual: &[ActualLine],
    rules: &Rules,
    bindings: &mut Bindings,
) -> Option<Mismatch> {
    let wanted = expected.get(at)?;
    let rest = || actual.iter().enumerate().skip(after);
    let nearest = rest()
        .find(|(_, line)| alike(wanted, line))
        .or_else(|| rest().find(|(_, line)| same_kind(wanted, line)));
    Some(match nearest {
        None => Mismatch::Missing { expected: at },
        Some((position, line)) => Mismatch::Differs {
            expected: at,
            actual: position,
            differences: compare::lines(wanted, line, rules, bindings),
        },
    })
}

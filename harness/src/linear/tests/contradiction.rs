//! Operations that contradict each other do so whatever the others did.

use super::*;
use crate::linear::contradiction::{ContradictingOperation, ContradictingOperations, find};

/// No more operations than these contradict each other.
const CONTRADICTING_MAX: usize = 5;

/// The history until then, in which only these must be explained: those with an unknown end by the time that shows
/// them.
fn relaxed(
    history: &[RegisterOperation],
    few: &[ContradictingOperation],
    until: usize,
) -> Vec<RegisterOperation> {
    let mut relaxed = prefix(history, until);
    for (place, one) in relaxed.iter_mut().enumerate() {
        let of_few = few.iter().find(|one| one.place == place);
        one.is_certain &= of_few.is_some();
        if let Some(by) = of_few.and_then(|one| one.shown_by) {
            one.returned = history[by].returned;
            one.is_certain = true;
        }
    }
    relaxed
}

/// The same without an operation of which another is said to show that it took effect.
fn without(
    history: &[RegisterOperation],
    shown: &ContradictingOperation,
) -> Option<Vec<RegisterOperation>> {
    let until = history[shown.shown_by?].returned?;
    let mut without = prefix(history, until);
    without[shown.place].access = Access::IsNot(ABSENT);
    without[shown.place].is_certain = false;
    Some(without)
}

/// What contradicts itself in a history, if anything does; `is_impossible` confirms it.
fn contradiction(
    seed: u64,
    history: &[RegisterOperation],
    is_impossible: impl Fn(&[RegisterOperation]) -> bool,
) -> Option<ContradictingOperations> {
    let Linearization::Impossible(Contradicted { operation, .. }) = judge(history) else {
        return None;
    };
    let until = history[operation].returned?;
    let found = find(history, operation, &[], NO_BOUND);
    let found = found.unwrap_or_else(|| panic!("{seed}: it takes too long"));
    assert!(found.is_least, "{seed}");
    let operations = &found.operations;
    assert!(
        operations.iter().any(|one| one.place == operation),
        "{seed}"
    );
    assert!(
        is_impossible(&relaxed(history, operations, until)),
        "{seed}: {found:?}"
    );
    for without in operations.iter().filter_map(|one| without(history, one)) {
        assert!(is_impossible(&without), "{seed}: {found:?}");
    }
    Some(found)
}

#[test]
fn operations_contradict_each_other_whatever_the_others_did() {
    let mut sizes = [0; 9];
    for seed in 0..1_500 {
        let mut random = Rng::with_seed(seed);
        let operations = random.usize(2..=8);
        let history = any_history(&mut random, operations);
        let by_all_orders = |some: &[RegisterOperation]| !is_linearizable(some, ABSENT);
        if let Some(found) = contradiction(seed, &history, by_all_orders) {
            sizes[found.operations.len()] += 1;
        }
    }
    assert!(sizes[1] > 50 && sizes[2] > 50 && sizes[3] > 0, "{sizes:?}");
}

/// How many of these histories of clients, in which one result is changed, are impossible; at most five operations
/// say why.
fn explained(seeds: u64, operations: usize, processes: usize, unknown: usize) -> usize {
    let simulation = Simulation {
        operations,
        processes,
        unknown,
        is_unique: false,
    };
    let found = (0..seeds).filter(|seed| {
        let mut random = Rng::with_seed(*seed);
        let mut history = simulation.run(&mut random);
        let mut late = operations * 2 / 3..operations;
        let changed = late.find_map(|place| {
            let other = changed(&mut random, history[place].access, VALUE_MAX)?;
            history[place].is_certain.then_some((place, other))
        });
        let (place, other) = changed.unwrap();
        history[place].access = other;
        let by_search = |some: &[RegisterOperation]| is_impossible(some, &[ABSENT], NO_BOUND);
        let found = contradiction(*seed, &history, by_search);
        let found = found.inspect(|found| {
            assert!(
                found.operations.len() <= CONTRADICTING_MAX,
                "{seed}: {found:?}"
            );
        });
        found.is_some()
    });
    found.count()
}

#[test]
fn at_most_five_operations_explain_a_changed_result() {
    let found = explained(25, 85, 5, 5);
    assert!(found > 15, "{found}");
}

#[test]
#[ignore = "10 s in release: make fuzz runs it"]
fn at_most_five_operations_explain_each_of_many_changed_results() {
    for (seeds, operations, processes, unknown) in [(1_000, 85, 5, 5), (500, 300, 10, 3)] {
        let found = explained(seeds, operations, processes, unknown);
        println!("{operations} operations: {found} of {seeds} are impossible, and explained");
    }
}

#[test]
fn what_could_help_is_excluded_by_what_would_be_impossible_then() {
    let read = |value, called| one(Access::Is(value), called, called + 1);
    let late = unknown(Access::Write(3), 0);
    let write = one(Access::Write(5), 1, 2);
    // The write of 3 had taken effect when it was read; it can't do so again.
    let again = one(Access::Write(5), 5, 6);
    let history = [late, write, read(3, 3), again, read(3, 7)];
    let found = find(&history, 4, &[0], NO_BOUND).unwrap();
    let few: Vec<_> = found
        .operations
        .iter()
        .map(|one| (one.place, one.shown_by))
        .collect();
    assert_eq!(few, [(0, Some(2)), (3, None), (4, None)]);
    assert_eq!(found.excluded_by, [[0]]);
    // A CAS that nothing gives what it needs never helps.
    let cas = unknown(Access::Cas(7, 3), 0);
    let found = find(&[cas, write, read(3, 3)], 2, &[0], NO_BOUND).unwrap();
    assert_eq!(found.excluded_by, [[0_usize; 0]]);
    // A write under way can't be before and after another value.
    let history = [one(Access::Write(3), 0, 20), read(3, 1), read(ABSENT, 3)];
    let found = find(&history, 2, &[], NO_BOUND).unwrap();
    assert_eq!(found.operations.len(), 2);
}

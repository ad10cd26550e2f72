//! What values alone tell, held against all orders, and against the search.

use super::*;
use crate::linear::values::tell;

/// Some operations that write each value once; what they show is made up.
fn unique_history(random: &mut Rng) -> Vec<RegisterOperation> {
    let operations = random.usize(1..=8);
    let mut history = any_history(random, operations);
    let mut next = ABSENT;
    for one in &mut history {
        // A value that was written, is to be, or never is.
        let mut any = || random.u32(next.saturating_sub(2)..=next + 1);
        match &mut one.access {
            Access::Write(to) => {
                next += 1;
                *to = next;
            }
            Access::Cas(from, to) => {
                *from = any();
                next += 1;
                *to = next;
            }
            Access::Is(value) | Access::IsNot(value) => *value = any(),
        }
    }
    history
}

fn tells_as_all_orders(seed: u64) -> (bool, bool) {
    let mut random = Rng::with_seed(seed);
    let history = unique_history(&mut random);
    let is_valid = agrees(seed, &history, &judge(&history));
    (is_valid, tell(&history, &[ABSENT]) != ValuesTell::Nothing)
}

/// How many histories are linearizable, and of how many values alone tell.
fn tried(seeds: u64) -> (u64, u64) {
    (0..seeds).fold((0, 0), |(valid, told), seed| {
        let (is_valid, is_told) = tells_as_all_orders(seed);
        (valid + u64::from(is_valid), told + u64::from(is_told))
    })
}

#[test]
fn values_that_are_written_once_tell_as_all_orders() {
    let (valid, told) = tried(2_000);
    assert!((200..1_800).contains(&valid), "{valid}");
    assert!(told > 1_800, "{told}");
}

#[test]
#[ignore = "2 s in release: make fuzz runs it"]
fn values_that_are_written_once_tell_as_all_orders_of_many_histories() {
    let (valid, told) = tried(200_000);
    println!("{valid} of 200,000 are linearizable; of {told} values alone tell");
}

#[test]
fn value_that_nothing_could_write_by_then_is_impossible_without_a_search() {
    // Without the last one there are more orders than can be tried.
    let mut history: Vec<_> = (1..=40)
        .map(|value| one(Access::Write(1 + value % 20), 0, 100))
        .collect();
    history.push(one(Access::IsNot(21), 90, 101));
    history.push(one(Access::Is(22), 102, 103));
    history.push(one(Access::Write(22), 104, 105));
    let found = judge(&history);
    assert!(
        matches!(
            found,
            Linearization::Impossible(Contradicted { operation: 41, .. })
        ),
        "{found:?}"
    );
    history[42].called = 103;
    assert_eq!(tell(&history, &[ABSENT]), ValuesTell::Nothing);
}

#[test]
fn many_concurrent_writes_of_values_that_come_once_need_no_search() {
    let simulation = Simulation {
        operations: 1_000,
        processes: 60,
        unknown: 30,
        is_unique: true,
    };
    let no_steps = Cell::new(1);
    let bound = Bound {
        steps: Some(&no_steps),
        ..NO_BOUND
    };
    let mut random = Rng::with_seed(1);
    let mut history = simulation.run(&mut random);
    history.retain(|one| !matches!(one.access, Access::IsNot(_)));
    let found = check(&history, &[ABSENT], bound);
    assert!(matches!(found, Linearization::Found(_)), "{found:?}");
    let is_read = |one: &RegisterOperation| matches!(one.access, Access::Is(shown) if shown > 0);
    let read = history.iter().rposition(is_read).unwrap();
    history[read].access = Access::Is(ABSENT);
    let found = check(&history, &[ABSENT], bound);
    assert!(
        matches!(found, Linearization::Impossible(Contradicted { operation, .. }) if operation == read),
        "{found:?}"
    );
}

#[test]
fn refusal_within_the_time_of_its_value_is_impossible_without_a_search() {
    let within = |called| {
        let refused = one(Access::IsNot(3), called, called + 1);
        let read = one(Access::Is(3), 6, 7);
        tell(&[one(Access::Write(3), 1, 2), refused, read], &[ABSENT])
    };
    assert_eq!(within(0), ValuesTell::Order(vec![1, 0, 2]));
    assert_eq!(within(3), ValuesTell::Impossible(2));
}

#[test]
fn values_that_come_again_tell_too_little() {
    let write = |value, called| one(Access::Write(value), called, called + 1);
    let read = one(Access::Is(ABSENT), 4, 5);
    for first in [3, ABSENT] {
        let again = [write(first, 0), write(3, 1), write(ABSENT, 2), read];
        assert_eq!(tell(&again, &[ABSENT]), ValuesTell::Nothing);
    }
}

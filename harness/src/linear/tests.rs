//! Searches held against all orders, and registers that are right.

mod contradiction;
mod values;

use fastrand::Rng;

use super::brute_force::is_linearizable;
use super::simulated::{Simulation, VALUE_MAX, changed};
use super::*;

const NO_BOUND: Bound<'static> = Bound {
    is_over: &|| false,
    memory: usize::MAX,
    steps: None,
};

fn judge(operations: &[RegisterOperation]) -> Linearization {
    check(operations, &[ABSENT], NO_BOUND)
}

/// An operation that took effect.
fn one(access: Access, called: usize, returned: usize) -> RegisterOperation {
    RegisterOperation {
        access,
        called,
        returned: Some(returned),
        is_certain: true,
    }
}

/// An operation that may have taken effect.
fn unknown(access: Access, called: usize) -> RegisterOperation {
    RegisterOperation {
        access,
        called,
        returned: None,
        is_certain: false,
    }
}

fn any_access(random: &mut Rng) -> Access {
    let mut value = || random.u32(0..3);
    let (one, other) = (value(), value());
    match random.u8(0..6) {
        0 | 1 => Access::Write(one.max(1)),
        2 => Access::Cas(one.max(1), other.max(1)),
        3 => Access::IsNot(one.max(1)),
        _ => Access::Is(one),
    }
}

/// Some operations of a few processes; most of what they show is made up.
fn any_history(random: &mut Rng, operations: usize) -> Vec<RegisterOperation> {
    let processes = random.usize(1..=5);
    let mut open: Vec<Option<usize>> = vec![None; processes];
    let mut all: Vec<RegisterOperation> = Vec::new();
    let mut place = 0;
    while all.len() < operations || open.iter().any(Option::is_some) {
        place += 1;
        let process = random.usize(0..processes);
        match open[process].take() {
            Some(operation) if random.u8(0..8) == 0 => {
                // Gives up, or is not waited for.
                all[operation].is_certain = false;
                let has_end = random.u8(0..3) == 0;
                all[operation].returned = has_end.then_some(place);
            }
            Some(operation) => all[operation].returned = Some(place),
            None if all.len() < operations => {
                open[process] = Some(all.len());
                all.push(one(any_access(random), place, usize::MAX));
            }
            None => {}
        }
    }
    all
}

fn agrees_with_all_orders(seed: u64) -> bool {
    let mut random = Rng::with_seed(seed);
    let operations = random.usize(1..=8);
    let history = any_history(&mut random, operations);
    agrees(seed, &history, &judge(&history))
}

/// Whether there is an order, as what was found says: the order, or the first return that nothing explains.
fn agrees(seed: u64, history: &[RegisterOperation], found: &Linearization) -> bool {
    let expected = is_linearizable(history, ABSENT);
    match found {
        Linearization::Found(order) => {
            assert!(explains_all(order, history), "{seed}: {history:?}");
        }
        Linearization::Impossible(contradicted) => {
            let returned = history[contradicted.operation].returned.unwrap();
            let prefix = |until| prefix(history, until);
            assert!(
                !is_linearizable(&prefix(returned), ABSENT),
                "{seed}: {history:?}"
            );
            assert!(
                is_linearizable(&prefix(returned - 1), ABSENT),
                "{seed}: {history:?}"
            );
            assert!(
                explains_all(&contradicted.before, &prefix(returned - 1)),
                "{seed}: {history:?}"
            );
        }
        Linearization::GaveUp { .. } => panic!("{seed}: there is no bound"),
    }
    let is_found = matches!(found, Linearization::Found(_));
    assert_eq!(is_found, expected, "{seed}: {history:?}");
    expected
}

/// What had happened until then: what returned later may have taken effect.
fn prefix(history: &[RegisterOperation], until: usize) -> Vec<RegisterOperation> {
    let known = history.iter().map(|one| match one.returned {
        Some(returned) if returned > until => RegisterOperation {
            returned: None,
            is_certain: false,
            ..*one
        },
        _ => *one,
    });
    known.collect()
}

fn explains_all(order: &[usize], history: &[RegisterOperation]) -> bool {
    let mut value = ABSENT;
    let mut latest = 0;
    for place in order {
        let one = history[*place];
        if !one.access.is_legal(value) || one.returned.is_some_and(|returned| returned < latest) {
            return false;
        }
        latest = latest.max(one.called);
        value = one.access.apply(value);
    }
    let is_in = |place: usize| order.contains(&place);
    let mut all = history.iter().enumerate();
    all.all(|(place, one)| one.is_optional() || is_in(place))
}

#[test]
fn search_agrees_with_all_orders() {
    let valid = (0..3_000)
        .filter(|seed| agrees_with_all_orders(*seed))
        .count();
    assert!((300..2_700).contains(&valid), "{valid}");
}

#[test]
#[ignore = "4 s in release: make fuzz runs it"]
fn search_agrees_with_all_orders_of_many_histories() {
    let valid = (0..1_000_000)
        .filter(|seed| agrees_with_all_orders(*seed))
        .count();
    println!("{valid} of 1,000,000 are linearizable");
}

#[test]
fn searches_end_when_the_steps_that_they_share_are_used_up() {
    let history: Vec<_> = (1..=9)
        .map(|value| one(Access::Write(1 + value % 3), 0, 100))
        .collect();
    let steps = Cell::new(20);
    let bound = Bound {
        steps: Some(&steps),
        ..NO_BOUND
    };
    let found = || check(&history, &[ABSENT], bound);
    assert!(matches!(found(), Linearization::Found(_)));
    assert!(steps.get() < 20);
    let ends = (0..9).filter(|_| matches!(found(), Linearization::GaveUp { .. }));
    assert!(ends.count() > 0);
}

#[test]
fn what_was_called_once_another_had_returned_comes_later() {
    let write = |value, called| one(Access::Write(value), called, called + 1);
    let read = |value, called| one(Access::Is(value), called, called + 1);
    for (last, is_valid) in [
        (read(5, 4), true),
        (read(3, 4), false),
        (read(ABSENT, 4), false),
    ] {
        let found = judge(&[write(3, 0), write(5, 2), last]);
        assert_eq!(
            matches!(found, Linearization::Found(_)),
            is_valid,
            "{last:?}"
        );
    }
}

#[test]
fn calls_and_returns_at_one_place_are_concurrent() {
    let write = one(Access::Write(3), 0, 5);
    let found = |called| judge(&[write, one(Access::Is(ABSENT), called, called + 1)]);
    assert!(matches!(found(5), Linearization::Found(_)));
    assert!(matches!(found(6), Linearization::Impossible(_)));
}

#[test]
fn an_unknown_write_may_take_effect_late_once_or_never() {
    let late = unknown(Access::Write(3), 0);
    let write = one(Access::Write(5), 1, 2);
    let read = |value, called| one(Access::Is(value), called, called + 1);
    for (reads, is_valid) in [
        (&[read(5, 3), read(3, 5)][..], true),
        (&[read(5, 3), read(5, 5)], true),
        (&[read(3, 3), read(5, 5)], false),
        (&[read(5, 3), read(3, 5), read(5, 7)], false),
    ] {
        let found = judge(&[&[late, write], reads].concat());
        assert_eq!(
            matches!(found, Linearization::Found(_)),
            is_valid,
            "{reads:?}"
        );
    }
}

#[test]
fn first_return_that_nothing_explains_is_told_with_what_came_before() {
    let history = [
        one(Access::Write(3), 0, 1),
        one(Access::Is(4), 2, 5),
        one(Access::Is(5), 3, 4),
    ];
    let expected = Contradicted {
        operation: 2,
        before: vec![0],
    };
    assert_eq!(judge(&history), Linearization::Impossible(expected));
}

#[test]
fn a_search_ends_at_its_bound() {
    let mut history: Vec<_> = (1..=40)
        .map(|value| one(Access::Write(1 + value % 20), 0, 100))
        .collect();
    history.push(one(Access::Is(0), 101, 102));
    for (is_over, memory) in [(true, usize::MAX), (false, 1 << 20)] {
        let is_over = &move || is_over;
        let bound = Bound {
            is_over,
            memory,
            steps: None,
        };
        let found = check(&history, &[ABSENT], bound);
        assert!(
            matches!(found, Linearization::GaveUp { of: 41, .. }),
            "{found:?}"
        );
    }
}

#[test]
fn what_a_right_register_shows_is_linearizable_and_a_change_that_no_order_allows_is_not() {
    let (mut tried, mut refused) = (0, 0);
    for seed in 0..300 {
        let mut random = Rng::with_seed(seed);
        let seven = Simulation {
            operations: 7,
            processes: 3,
            unknown: 1,
            is_unique: false,
        };
        let mut history = seven.run(&mut random);
        assert!(
            matches!(judge(&history), Linearization::Found(_)),
            "{seed}: {history:?}"
        );
        let place = random.usize(0..history.len());
        let Some(changed_to) = changed(&mut random, history[place].access, VALUE_MAX) else {
            continue;
        };
        history[place].access = changed_to;
        tried += 1;
        let is_valid = is_linearizable(&history, ABSENT);
        refused += usize::from(!is_valid);
        assert_eq!(
            matches!(judge(&history), Linearization::Found(_)),
            is_valid,
            "{seed}: {history:?}"
        );
    }
    assert!(refused > 50 && tried - refused > 10, "{refused} of {tried}");
}

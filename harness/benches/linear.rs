//! What it costs to tell whether a history is linearizable: right ones, and the same with one result changed,
//! which may take much longer. It fails where a bound is missed.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark that can't go on ends, and prints what it saw"
)]

use std::time::{Duration, Instant};

use fastrand::Rng;
use harness::cluster::limit::Limit;
use harness::linear::contradiction;
use harness::linear::simulated::{Simulation, VALUE_MAX, changed};
use harness::linear::{ABSENT, Bound, Linearization, RegisterOperation, check};
use harness::parallel;

/// How many seeds there are of each size.
const SEEDS: u64 = 20;

/// How many keys are judged together.
const KEYS: u64 = 64;

/// How much memory a search may take here, in bytes: as much as in a check.
const MEMORY_MAX: usize = 300 << 20;

/// No more operations than these are to contradict each other.
const CONTRADICTING_MAX: usize = 5;

/// How much the whole program may take.
const RESIDENT_MAX: usize = 500 << 20;

fn main() {
    for (operations, processes, unknown, limit) in [
        (85, 5, 5, Duration::from_millis(20)),
        (6_000, 10, 10, Duration::from_secs(1)),
        (3_000, 20, 0, Duration::from_secs(5)),
        (3_000, 20, 20, Duration::from_secs(5)),
        (3_000, 30, 20, Duration::from_secs(5)),
    ] {
        let simulation = Simulation {
            operations,
            processes,
            unknown,
            is_unique: false,
        };
        measure(simulation, limit);
    }
    many_keys();
    unique_values();
    let resident = resident();
    println!("memory: {} MB at most", resident >> 20);
    assert!(resident < RESIDENT_MAX);
}

fn measure(simulation: Simulation, limit: Duration) {
    let mut right = Duration::ZERO;
    let (mut wrong, mut explained) = (Duration::ZERO, Duration::ZERO);
    let (mut found, mut gave_up, mut most, mut unexplained) = (0, 0, 0, 0);
    for seed in 0..SEEDS {
        let mut random = Rng::with_seed(seed);
        let mut history = simulation.run(&mut random);
        let (judged, took) = timed(&history, limit);
        assert!(matches!(judged, Linearization::Found(_)), "seed {seed}");
        right = right.max(took);
        change(&mut random, &mut history);
        let (judged, took) = timed(&history, limit);
        wrong = wrong.max(took);
        match judged {
            Linearization::Impossible(contradicted) => {
                let began = Instant::now();
                let bound = Bound {
                    is_over: &|| began.elapsed() > limit,
                    memory: MEMORY_MAX,
                    steps: None,
                };
                let few = contradiction::find(&history, contradicted.operation, &[], bound);
                let few = few.map(|few| few.operations.len());
                most = most.max(few.unwrap_or_default());
                unexplained += usize::from(few.is_none_or(|few| few > CONTRADICTING_MAX));
                explained = explained.max(began.elapsed());
                found += 1;
            }
            Linearization::GaveUp { .. } => gave_up += 1,
            Linearization::Found(_) => {}
        }
    }
    let Simulation {
        operations,
        processes,
        unknown,
        ..
    } = simulation;
    println!(
        "{operations} operations, {processes} processes, {unknown} unknown: {right:.1?} at most where right, \
         {wrong:.1?} with one result changed ({found} of {SEEDS} found, explained in {explained:.1?} at most \
         by {most} operations at most; {gave_up} given up)"
    );
    assert_eq!(
        unexplained, 0,
        "more than {CONTRADICTING_MAX} operations contradict each other"
    );
    assert!(right < limit, "a right history took too long");
    // A search looks at the clock now and then.
    assert!(wrong < limit + limit / 4, "a wrong history took too long");
}

/// Many keys on one core, and on all.
fn many_keys() {
    let simulation = Simulation {
        operations: 6_000,
        processes: 10,
        unknown: 10,
        is_unique: false,
    };
    let keys: Vec<_> = (0..KEYS)
        .map(|seed| simulation.run(&mut Rng::with_seed(seed)))
        .collect();
    let judged = |limit: Limit<'_>| {
        let began = Instant::now();
        let found = limit.map(&keys, |key| timed(key, Duration::from_secs(60)).0);
        let is_right = |found: &Linearization| matches!(found, Linearization::Found(_));
        assert!(found.iter().all(is_right));
        began.elapsed()
    };
    let one = judged(Limit::NONE);
    let all = judged(Limit::until(&|| false, &parallel::for_each));
    let ratio = one.as_secs_f64() / all.as_secs_f64();
    println!(
        "{KEYS} keys: {one:.1?} on one core, {all:.1?} on all {}: {ratio:.2} times as fast",
        parallel::cores()
    );
}

/// Values that are written once tell more than a search could find out in time.
fn unique_values() {
    let simulation = Simulation {
        operations: 6_000,
        processes: 60,
        unknown: 60,
        is_unique: true,
    };
    let (mut longest, mut gave_up, mut wrong) = (Duration::ZERO, 0, 0);
    for seed in 0..SEEDS {
        let mut random = Rng::with_seed(seed);
        let mut history = simulation.run(&mut random);
        for _ in 0..2 {
            let (judged, took) = timed(&history, Duration::from_secs(5));
            longest = longest.max(took);
            gave_up += usize::from(matches!(judged, Linearization::GaveUp { .. }));
            wrong += usize::from(matches!(judged, Linearization::Impossible(_)));
            change(&mut random, &mut history);
        }
    }
    println!(
        "6000 operations, 60 processes, 60 unknown, each value written once: {longest:.1?} at most, \
         {gave_up} of {} given up, {wrong} not linearizable",
        2 * SEEDS
    );
}

/// Changes a result near the end: all before it has to be gone over.
fn change(random: &mut Rng, history: &mut [RegisterOperation]) {
    let from = history.len() * 9 / 10;
    let found = (from..history.len()).find_map(|place| {
        let other = changed(random, history[place].access, VALUE_MAX)?;
        history[place].is_certain.then_some((place, other))
    });
    let (place, other) = found.unwrap();
    history[place].access = other;
}

fn timed(history: &[RegisterOperation], limit: Duration) -> (Linearization, Duration) {
    let began = Instant::now();
    let bound = Bound {
        is_over: &|| began.elapsed() > limit,
        memory: MEMORY_MAX,
        steps: None,
    };
    let judged = check(history, &[ABSENT], bound);
    (judged, began.elapsed())
}

/// The most memory that this program has had, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
    kilobytes.parse::<usize>().unwrap() << 10
}

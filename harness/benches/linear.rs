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
use harness::linear::contradiction;
use harness::linear::simulated::{Simulation, changed};
use harness::linear::{ABSENT, Bound, Linearization, RegisterOperation, check};

/// How many seeds there are of each size.
const SEEDS: u64 = 20;

/// How much memory a search may take here, in bytes: as much as in a check.
const MEMORY_MAX: usize = 300 << 20;

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
        };
        measure(simulation, limit);
    }
    let resident = resident();
    println!("memory: {} MB at most", resident >> 20);
    assert!(resident < RESIDENT_MAX);
}

fn measure(simulation: Simulation, limit: Duration) {
    let mut right = Duration::ZERO;
    let (mut wrong, mut explained) = (Duration::ZERO, Duration::ZERO);
    let (mut found, mut gave_up, mut most) = (0, 0, 0);
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
                let few = contradiction::find(&history, contradicted.operation, bound);
                // Where that takes too many steps, what is left is not the fewest.
                most = most.max(few.map_or(0, |few| few.operations.len()));
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
    } = simulation;
    println!(
        "{operations} operations, {processes} processes, {unknown} unknown: {right:.1?} at most where right, \
         {wrong:.1?} with one result changed ({found} of {SEEDS} found, explained in {explained:.1?} at most \
         by {most} operations at most; {gave_up} given up)"
    );
    assert!(right < limit, "a right history took too long");
    // A search looks at the clock now and then.
    assert!(wrong < limit + limit / 4, "a wrong history took too long");
}

/// Changes a result near the end: all before it has to be gone over.
fn change(random: &mut Rng, history: &mut [RegisterOperation]) {
    let from = history.len() * 9 / 10;
    let found = (from..history.len()).find_map(|place| {
        let other = changed(random, history[place].access)?;
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

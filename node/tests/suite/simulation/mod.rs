//! Whole clusters of real nodes over the harness's network model, in virtual time: thousands of
//! runs, each of them fixed by its seed.
//!
//! A failure prints its seed and the smallest schedule found that still fails.
//! `SIMULATION_SEEDS=100000 cargo test --release --test suite promise` runs more of them,
//! `SIMULATION_SEED=7 cargo test --test suite promise` one alone.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that finds something else than it expects may panic, and it says what it found"
)]

mod ablation;
mod cluster;
mod figures;
mod foreign;
mod plan;
mod shrink;
mod verdict;
mod wire;

use std::env;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use node::settings::Settings;

use ablation::Safeguard;
use plan::Plan;

/// How many seeds are run unless said.
const SEEDS: u64 = 500;

/// Among how many seeds a missing safeguard has to be noticed.
const SEEDS_WITHOUT: u64 = 2000;

/// Runs `plan`, with nodes that lack a safeguard or with whole ones.
fn check(plan: &Plan, without: Option<Safeguard>) -> Result<(), String> {
    let gossip_interval = match without {
        Some(Safeguard::AntiEntropy) => Duration::ZERO,
        _ => plan.gossip_interval,
    };
    let settings = Settings {
        gossip_interval,
        flush_interval: plan.flush_interval,
        seed: plan.seed,
        ..Settings::default()
    };
    verdict::check(plan, settings, without)
}

/// The first seed that fails, if one does; all cores look for it.
fn first_failure(seeds: Range<u64>, without: Option<Safeguard>) -> Option<Plan> {
    let next = AtomicU64::new(seeds.start);
    let look = || {
        loop {
            let plan = Some(next.fetch_add(1, Ordering::Relaxed));
            let plan = plan.filter(|seed| *seed < seeds.end).map(Plan::new)?;
            if without.is_some_and(|safeguard| !safeguard.matters_in(plan.mode)) {
                continue;
            }
            if check(&plan, without).is_err() {
                next.store(seeds.end, Ordering::Relaxed);
                return Some(plan);
            }
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(look)).collect();
        let found = threads
            .into_iter()
            .filter_map(|thread| thread.join().unwrap());
        found.min_by_key(|plan| plan.seed)
    })
}

fn shrunk(plan: Plan, without: Option<Safeguard>) -> Plan {
    shrink::shrink(plan, |plan| check(plan, without).is_err())
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().expect("a number"))
}

#[test]
fn the_promise_is_kept() {
    let seeds = match number("SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SIMULATION_SEEDS").unwrap_or(SEEDS),
    };
    if let Some(plan) = first_failure(seeds, None) {
        let seed = plan.seed;
        let plan = shrunk(plan, None);
        let error = check(&plan, None).unwrap_err();
        panic!("seed {seed} fails; as small as can be: {error}\n{plan}");
    }
}

/// A checker that can't fail proves nothing: it has to notice when a safeguard is missing, and to
/// show it in a cluster small enough to be understood.
fn check_missed(safeguard: Safeguard) {
    let without = Some(safeguard);
    let plan = first_failure(0..SEEDS_WITHOUT, without).expect("nobody noticed");
    assert_eq!(
        check(&plan, None),
        Ok(()),
        "the whole node survives seed {}",
        plan.seed
    );
    let plan = shrunk(plan, without);
    println!(
        "without {safeguard:?}: {}\n{plan}",
        check(&plan, without).unwrap_err()
    );
    assert!(
        plan.nodes <= 4 && plan.values() <= 2 && plan.faults() <= 4,
        "{plan}"
    );
}

#[test]
fn it_is_noticed_if_nothing_is_sent_again() {
    check_missed(Safeguard::Retry);
}

#[test]
fn it_is_noticed_if_nothing_goes_around_a_failed_node() {
    check_missed(Safeguard::Fallback);
}

#[test]
fn it_is_noticed_if_values_are_stored_twice() {
    check_missed(Safeguard::Dedup);
}

#[test]
fn it_is_noticed_if_only_new_values_are_acknowledged() {
    check_missed(Safeguard::AckAlways);
}

#[test]
fn it_is_noticed_if_nodes_never_compare() {
    check_missed(Safeguard::AntiEntropy);
}

//! Whole clusters of real nodes over the harness's network model, in virtual time: thousands of
//! runs, each of them fixed by its seed.
//!
//! `SIMULATION_SEEDS=100000 cargo test --release --test simulation promise` runs more of them,
//! `SIMULATION_SEED=7` one alone. A failure prints its seed and its schedule.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that finds something else than it expects may panic"
)]

mod cluster;
mod figures;
mod plan;
mod verdict;
mod wire;

use node::settings::Settings;

use crate::plan::Plan;

fn settings(plan: &Plan) -> Settings {
    Settings {
        gossip_interval: plan.gossip_interval,
        flush_interval: plan.flush_interval,
        seed: plan.seed,
        ..Settings::default()
    }
}

#[test]
fn the_promise_is_kept() {
    for plan in (0..2000).map(Plan::new) {
        if let Err(error) = verdict::check(&plan, settings(&plan)) {
            panic!("{error}\n{plan}");
        }
    }
}

//! Whatever a file holds and a node writes: it is read or refused, with a place, and soon.
//!
//! `FUZZ_CASES=20000 cargo test --test pure fuzz -- --include-ignored` looks longer and at larger texts;
//! `make fuzz` does that. A failing text is shown as small as it could be made.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on fails"
)]

mod clock;
mod clusters;
mod edges;
mod extremes;
mod growth;
mod histories;
mod judging;
mod matcher;
mod parsers;
mod runs;
mod samples;
mod texts;

use std::env;

use proptest::test_runner::Config;

/// How many texts each property is tried with.
fn config() -> Config {
    let asked = env::var("FUZZ_CASES").ok();
    let cases = asked.map_or(48, |text| text.parse().unwrap());
    Config {
        cases,
        max_shrink_iters: 2000,
        failure_persistence: None,
        ..Config::default()
    }
}

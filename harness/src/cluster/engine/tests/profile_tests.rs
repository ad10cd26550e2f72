//! Challenges as `harness test --profile` sets them up, with right nodes in virtual time.

use clap::{Args, Command, FromArgMatches};

use super::service_node::Design;
use super::*;
use crate::cli::test::TestArguments;

/// What `harness test --profile` makes of these words.
pub(super) fn profile(words: &str, seed: u64) -> Settings {
    let line = TestArguments::augment_args(Command::new("test"));
    let words = ["test", "--profile"].into_iter().chain(words.split(' '));
    let matches = line.get_matches_from(words);
    let arguments = TestArguments::from_arg_matches(&matches).unwrap();
    arguments.settings(seed).unwrap()
}

/// A right node for each; `shorter`: how many times shorter than it is a challenge takes.
fn pass_right_nodes(seeds: u64, shorter: u32) {
    for (words, way) in [
        ("1", Way::Right),
        ("2", Way::Right),
        ("2", Way::Asks(Design::Timestamps)),
        ("4", Way::Asks(Design::OneKey)),
        ("4", Way::Asks(Design::KeyPerNode)),
    ] {
        for seed in 0..seeds {
            let mut settings = profile(words, seed);
            settings.time_limit /= shorter;
            settings.nemesis_interval /= shorter;
            let asked = f64::from(u32::try_from(settings.time_limit.as_millis()).unwrap()) / 1000.0
                * settings.rate;
            let recording = run(settings, way);
            let (verdict, _) = judge(&recording);
            let (findings, unjudged) = (&verdict.findings, &verdict.unjudged);
            assert!(
                verdict.is_valid(),
                "{words} {way:?} {seed}: {findings:#?} {unjudged:#?}"
            );
            let is_load = |event: &&Event| matches!(&event.what, What::Invoked(asked) if asked.phase == Phase::Load);
            let requests = recording.events.iter().filter(is_load).count();
            let requests = f64::from(u32::try_from(requests).unwrap());
            assert!(
                (requests / asked - 1.0).abs() < 0.4,
                "{words} {seed}: {requests} of {asked}"
            );
            let took = |from: Phase, to: Phase| {
                let began = |phase| {
                    let mut events = recording.events.iter();
                    let found = events
                        .find(|event| matches!(event.what, What::Began(began) if began == phase));
                    found.map(|event| event.time)
                };
                began(to)
                    .zip(began(from))
                    .map(|(to, from)| to.saturating_sub(from))
            };
            let most = recording.settings.time_limit + Duration::from_millis(500);
            let load = took(Phase::Load, Phase::Recovery).or(took(Phase::Load, Phase::End));
            assert!(load.unwrap() < most, "{words} {seed}: {load:?}");
        }
    }
}

#[test]
fn short_challenges_pass_right_nodes() {
    pass_right_nodes(2, 10);
}

#[test]
#[ignore = "a million requests: make fuzz runs it"]
fn challenges_pass_right_nodes_over_seeds() {
    pass_right_nodes(20, 1);
}

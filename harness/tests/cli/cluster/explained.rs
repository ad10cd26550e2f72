//! What a run says first, and what it warns of: storms, retries without end, rings.

use super::{results, runs, test, texts};
use crate::fake::Cases;

/// A load that is over soon.
const LOAD: [&str; 6] = ["--time-limit", "1", "--rate", "40", "--seed", "1"];

#[test]
fn a_storm_is_the_first_finding_of_a_run_that_failed_and_a_warning_of_another() {
    let storm = "storm: n0 sent n1 5,";
    let question = "is each message forwarded again and again?";
    let folder = Cases::new();
    let ran = test(&folder, &LOAD, "storms-and-shows-twice");
    assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
    let first = ran.stdout.split_once("NOT VALID\n  ").unwrap().1;
    let first = first.lines().next().unwrap();
    assert!(
        first.starts_with(storm) && first.ends_with(question),
        "{first}"
    );
    let results = results(&folder.path().join("out"));
    let kinds = results["findings"].as_array().unwrap().iter();
    let kinds: Vec<_> = kinds.map(|finding| finding["kind"].as_str()).collect();
    assert_eq!(kinds, [Some("storm"), Some("duplicate")]);
    let page = folder.read("out/report.html");
    let at = |words: &str| page.find(words).unwrap_or_else(|| panic!("{words}"));
    assert!(at(storm) < at("duplicate: n1 showed"));

    let folder = Cases::new();
    let ran = test(&folder, &LOAD, "storms");
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    let warning = format!("valid\n  warning: {storm}");
    assert!(ran.stdout.contains(&warning), "{}", ran.stdout);
}

#[test]
fn a_value_that_is_sent_for_ever_is_a_warning() {
    let folder = Cases::new();
    let load = ["--time-limit", "2.5", "--rate", "20", "--seed", "1"];
    let ran = test(&folder, &load, "tells-for-ever");
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    let warning = "warning: resent: n0 sent n1 the value 0 again ";
    let found = ran.stdout.lines().find(|line| line.contains(warning));
    let found = found.unwrap_or_else(|| panic!("{}", ran.stdout));
    assert!(
        found.contains(" times after n1 had acknowledged it at "),
        "{found}"
    );
}

#[test]
fn the_advice_for_ci_catches_a_flood_that_sends_nothing_again() {
    let cut = [
        "--time-limit",
        "1.2",
        "--rate",
        "50",
        "--topology",
        "total",
        "--nemesis",
        "partition",
        "--nemesis-interval",
        "0.6",
        "--recovery",
        "0.5",
    ];
    let folder = Cases::new();
    let seeds = ["--seed", "1", "--test-count", "3", "--jobs", "3"];
    let ran = test(&folder, &[&cut[..], &seeds].concat(), "never-retries");
    assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
    let lost = runs(&folder)
        .into_iter()
        .map(|run| texts(&results(&run), "findings").join("\n"));
    let lost: Vec<_> = lost
        .filter(|told| told.contains("dropped by cut #1"))
        .collect();
    assert!(!lost.is_empty(), "{}", ran.stdout);

    // Through a ring every value finds its way, which is said.
    let folder = Cases::new();
    let ran = test(
        &folder,
        &[&cut[..], &["--seed", "4"]].concat(),
        "never-retries",
    );
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    let warning = "warning: the only partition (cut #1) was a ring, in which every node could still \
                   reach a majority: no node was isolated";
    assert!(ran.stdout.contains(warning), "{}", ran.stdout);
}

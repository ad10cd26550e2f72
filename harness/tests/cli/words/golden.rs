//! Cases with hostile words, with nodes that say them, through all commands that read cases.

use std::ffi::OsStr;

use serde_json::Value;

use super::outcomes::check_xml;
use super::{WORDS, check_annotations, check_inert, check_once, check_outputs, commands, places};
use crate::fake::{self, Cases};

#[test]
fn no_word_acts_in_what_commands_say_of_cases() {
    let cases = places::few();
    let check = |arguments: &str| {
        let arguments: Vec<_> = arguments.split(' ').map(OsStr::new).collect();
        let ran = check_once(&cases, &arguments);
        assert!(!ran.stderr.contains("Usage:"), "{}", ran.stderr);
        ran
    };
    check_run(&cases);
    check_records(&cases);
    check("config cases --bin node");
    check("audit cases --bin node --pace all-at-once");
    check("bless cases --bin node --force --pace all-at-once");
    let ran = check("list cases");
    assert!(
        ran.stdout.lines().count() > 3 * WORDS.len(),
        "{}",
        ran.stdout
    );
    for shown in [
        "\\u{1b}[5;35mblink",
        "\\u{9b}5m",
        "\\u{202e}gpj",
        "\\xff\\xc3(",
        "\\u{34f}\\u{115f}",
    ] {
        assert!(ran.stdout.contains(shown), "{shown} isn't shown");
    }
    assert!(!cases.path().join("pwned").exists());
}

/// One run with all of its reports, in a log of GitHub Actions.
fn check_run(cases: &Cases) {
    let arguments = "run cases --bin node --pace all-at-once --verbose --slowest 99 --junit junit.xml --json run.jsonl";
    let mut harness = fake::harness();
    harness
        .args(arguments.split(' '))
        .env_remove("GITHUB_WORKSPACE")
        .envs([("GITHUB_ACTIONS", "true"), ("CLICOLOR_FORCE", "1")]);
    let ran = cases.ran(&mut harness);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    check_outputs("a run", &ran);
    let annotations = commands(&ran);
    assert!((12..=20).contains(&annotations.len()), "{annotations:?}");
    check_annotations(annotations);
    let found = check_xml(&cases.read("junit.xml"));
    let lines = cases.read("run.jsonl");
    check_inert("run.jsonl", &lines);
    let records = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_cases = records.filter(|record| record["type"] == "case").count();
    assert_eq!(found, of_cases);
    assert!(found > 3 * WORDS.len(), "{found}");
}

/// Records on stdout, and annotations beside them. No node is needed for these.
fn check_records(cases: &Cases) {
    let arguments = "run cases/skip cases/errors --bin node --format json --annotations always";
    let ran = cases.harness(&arguments.split(' ').collect::<Vec<_>>());
    check_outputs("records", &ran);
    for line in ran.stdout.lines() {
        let _: Value = serde_json::from_str(line).unwrap();
    }
    let annotations = commands(&ran);
    assert_eq!(annotations.len(), 10, "{}", ran.stderr);
    check_annotations(annotations);
}

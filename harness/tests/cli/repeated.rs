//! Cases that are run more than once, and runs that end before their last case.

use crate::fake::{self, Cases};

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const PONG: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"ping_ok\",\"in_reply_to\":1}}\n";

/// The failures of a node that fails so often before it answers.
fn fails_at_first(times: &str, arguments: &[&str]) -> fake::Ran {
    let arguments = [&["."], arguments].concat();
    let cases = Cases::one(PING, PONG);
    cases.write("harness.toml", "cwd = \".\"\n");
    cases.run_with(&arguments, &["fails-at-first", "starts", times])
}

#[test]
fn a_case_that_passes_when_tried_again_is_flaky() {
    fails_at_first("2", &["--retries", "2"]).check(
        0,
        &[
            "FLAKY ./case.in",
            "it passed on try 3, after 2 failed tries; the first failed so:",
            "body.type should be \"ping_ok\", is \"wrong\"",
            "again: ",
        ],
        "golden: 1 passed, 0 failed, 1 flaky",
    );
    fails_at_first("3", &["--retries", "2"]).check(
        1,
        &["FAIL ./case.in", "it failed in all 3 runs"],
        "golden: 0 passed, 1 failed",
    );
    fails_at_first("0", &["--retries", "2"])
        .check(0, &[], "golden: 1 passed, 0 failed")
        .never_says("FLAKY");
    fails_at_first("1", &["--retries", "0"]).check(1, &[], "golden: 0 passed, 1 failed");
}

#[test]
fn a_case_that_is_repeated_must_pass_every_time() {
    fails_at_first("3", &["--repeat", "10"]).check(
        1,
        &["is \"wrong\"", "it failed in 3 of 10 runs"],
        "golden: 0 passed, 1 failed",
    );
    fails_at_first("0", &["--repeat", "10"]).check(0, &[], "golden: 1 passed, 0 failed");
    let both = fails_at_first("0", &["--repeat", "10", "--retries", "1"]);
    assert_eq!(both.status, 2, "{}", both.stdout);
}

#[test]
fn a_case_that_is_not_run_is_not_tried_again() {
    let cases = Cases::one(&format!("@skip not now\n{PING}"), PONG);
    cases.write("bare.in", PING);
    cases.run_with(&[".", "--retries", "3"], &["good"]).check(
        1,
        &["SKIP ./case.in"],
        "golden: 0 passed, 1 failed, 1 skipped",
    );
    cases
        .harness(&["run", ".", "--repeat", "3", "--bin", "case.in"])
        .check(
            1,
            &["FAIL ./bare.in"],
            "golden: 0 passed, 1 failed, 1 skipped",
        )
        .never_says("runs");
}

#[test]
fn enough_failures_end_a_run() {
    let cases = Cases::new();
    for name in ["a", "b", "c", "d", "e"] {
        cases.add(name, PING, PONG);
    }
    let run = |arguments: &[&str]| {
        let arguments = [&[".", "--jobs", "1"], arguments].concat();
        cases.run_with(&arguments, &["wrong-source"])
    };
    run(&["--fail-fast"]).check(
        1,
        &["that is enough failures: 4 cases not run"],
        "golden: 0 passed, 1 failed",
    );
    run(&["--max-fail", "4"]).check(
        1,
        &["that is enough failures: 1 case not run"],
        "golden: 0 passed, 4 failed",
    );
    run(&["--max-fail", "5"])
        .check(1, &[], "golden: 0 passed, 5 failed")
        .never_says("enough");
    assert_eq!(run(&["--max-fail", "1", "--fail-fast"]).status, 2);
    assert_eq!(run(&["--max-fail", "0"]).status, 2);
}

#[test]
fn the_slowest_cases_are_told() {
    let cases = Cases::new();
    cases.add("quick", PING, PONG);
    fake::sooner_or_later(["@sleep 300ms", "@sleep 2s", "@sleep 10s"], |sleep| {
        cases.add("slow", &format!("{PING}{sleep}\n{PING}"), &PONG.repeat(2));
        let ran = cases.run_with(&[".", "--slowest", "1", "--timeout", "60s"], &["good"]);
        ran.check(0, &["the slowest:\n"], "golden: 2 passed, 0 failed");
        assert!(ran.stdout.contains(" ms  ./slow.in\n"), "{}", ran.stdout);
        ran.never_says("quick");
    });
}

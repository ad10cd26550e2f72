//! Two runs held against each other by the reports that they left.

use std::fs;

use crate::fake::Cases;

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const PONG: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"ping_ok\",\"in_reply_to\":1}}\n";
const WRONG: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"pong\",\"in_reply_to\":1}}\n";

/// A run whose report is this file.
fn run(cases: &Cases, report: &str) {
    let ran = cases.run_with(&["cases", "--json", report], &["good"]);
    assert!(ran.status <= 1, "{}", ran.stderr);
}

/// Four cases, of which one fails, and their report.
fn before() -> Cases {
    let cases = Cases::new();
    for name in ["breaks", "gone", "same"] {
        cases.add(&format!("cases/{name}"), PING, PONG);
    }
    cases.add("cases/mended", PING, WRONG);
    run(&cases, "a.jsonl");
    cases
}

const COMPARE: [&str; 3] = ["compare", "a.jsonl", "b.jsonl"];

#[test]
fn what_passes_and_fails_now_is_told() {
    let cases = before();
    cases.add("cases/breaks", PING, WRONG);
    cases.add("cases/mended", PING, PONG);
    cases.add("cases/new", PING, WRONG);
    fs::remove_file(cases.path().join("cases/gone.in")).unwrap();
    fs::remove_file(cases.path().join("cases/gone.expected")).unwrap();
    run(&cases, "b.jsonl");
    let ran = cases.harness(&COMPARE);
    let says = [
        "1 case fails now:\n  cases/breaks.in: cases/breaks.expected:1: body.type should be \"pong\", is \"ping_ok\"",
        "\n1 case passes now:\n  cases/mended.in\n",
        "\n1 case is only in a.jsonl:\n  cases/gone.in\n",
        "\n1 case is only in b.jsonl:\n  cases/new.in: ",
    ];
    let last = "compare: 1 fails now, 1 passes now, 0 slower, 1 as before";
    ran.check(1, &says, last);
    assert_eq!(ran.stderr, "");
    // Backwards it gets better.
    let last = "compare: 1 fails now, 1 passes now, 0 slower, 1 as before";
    cases
        .harness(&["compare", "b.jsonl", "a.jsonl"])
        .check(1, &[], last);
    let ran = cases.harness(&["compare", "a.jsonl", "a.jsonl"]);
    ran.check(
        0,
        &[],
        "compare: 0 fail now, 0 pass now, 0 slower, 4 as before",
    );
}

#[test]
fn what_takes_longer_is_told_and_no_failure() {
    let cases = before();
    let text = cases.read("a.jsonl");
    let at = |ms: u64| {
        let lines = text.lines().map(|line| {
            let (head, rest) = line.split_once("\"duration_ms\":").unwrap_or((line, ""));
            let is_same = line.contains("cases/same.in") && !rest.is_empty();
            let (_, tail) = rest.split_once(',').unwrap_or_default();
            if is_same {
                format!("{head}\"duration_ms\":{ms},{tail}\n")
            } else {
                format!("{line}\n")
            }
        });
        lines.collect::<String>()
    };
    cases.write("a.jsonl", &at(120));
    cases.write("b.jsonl", &at(450));
    let says = ["1 case takes longer:\n  cases/same.in: 120 ms, now 450 ms\n"];
    let last = "compare: 0 fail now, 0 pass now, 1 slower, 3 as before";
    cases.harness(&COMPARE).check(0, &says, last);
}

#[test]
fn run_that_ended_early_is_not_as_good() {
    let cases = before();
    let arguments = [
        "cases",
        "--json",
        "b.jsonl",
        "--fail-fast",
        "--jobs",
        "1",
        "--exclude",
        "gone",
    ];
    cases.run_with(&arguments, &["good"]);
    let says = ["b.jsonl is of a run that did not come to all of its cases\n"];
    let last = "compare: 0 fail now, 0 pass now, 0 slower, 2 as before";
    cases.harness(&COMPARE).check(2, &says, last);
    // What fails for certain counts for more.
    cases.add("cases/breaks", PING, WRONG);
    cases.run_with(&arguments, &["good"]);
    cases.harness(&COMPARE).check(
        1,
        &says,
        "compare: 1 fails now, 0 pass now, 0 slower, 0 as before",
    );
}

#[test]
fn what_is_no_report_is_refused_with_its_line() {
    let cases = before();
    let refuses = |says: &str| {
        let ran = cases.harness(&COMPARE);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains(says), "no {says:?} in {}", ran.stderr);
        assert!(
            ran.stderr.contains("`harness run --json FILE`"),
            "{}",
            ran.stderr
        );
    };
    refuses("error: b.jsonl: it can't be read: ");
    cases.write("b.jsonl", "golden: 1 passed\n");
    refuses("error: b.jsonl: line 1 is no record of a run: ");
    let text = cases.read("a.jsonl");
    let (whole, _) = text.trim_end().rsplit_once('\n').unwrap();
    cases.write("b.jsonl", whole);
    refuses("error: b.jsonl: the last line, its `summary`, is missing");
    cases.write("b.jsonl", &text.replace("cases/", "other/"));
    refuses("error: b.jsonl: it has no case in common with a.jsonl");
    cases.write(
        "b.jsonl",
        &text.replace("cases/same.in", "cases/\\u001b[31m.in"),
    );
    let ran = cases.harness(&["compare", "b.jsonl", "b.jsonl"]);
    assert_eq!(
        (ran.status, ran.stdout.contains('\u{1b}')),
        (0, false),
        "{}",
        ran.stderr
    );
    cases.write(
        "a.jsonl",
        &text.replace("cases/same.in", "cases/\\u001b[32m.in"),
    );
    let ran = cases.harness(&COMPARE);
    ran.check(
        0,
        &["  cases/\\u{1b}[31m.in\n"],
        "compare: 0 fail now, 0 pass now, 0 slower, 3 as before",
    );
}

/// The results of a test of logs.
fn results(valid: &str, per_request: f64, median: f64) -> String {
    format!(
        r#"{{"workload":"kafka","valid":{valid},"requests":{{"count":21910,"availability":1.0}},
           "messages":{{"between_nodes":1000,"per_request":{per_request}}},
           "kafka":{{"latencies":{{"send":{{"0.5":{median}}}}}}}}}"#
    )
}

#[test]
fn figures_of_two_tests_stand_beside_each_other() {
    let cases = Cases::new();
    for (folder, text) in [
        ("5b", results("true", 12.0, 0.0021)),
        ("5c", results("true", 3.0, 0.001)),
        ("bad", results("false", 3.0, 0.001)),
        (
            "other",
            results("true", 3.0, 0.001).replace("kafka", "echo"),
        ),
        ("none", "{}".to_owned()),
    ] {
        cases.write(&format!("{folder}/results.json"), &text);
    }
    let ran = cases.harness(&["compare", "5b", "5c"]);
    let table = "\
kafka                          5b       5c
  verdict                   valid    valid
  requests                 21,910   21,910
  availability            100.00%  100.00%
  messages between nodes    1,000    1,000
  … per request             12.00     3.00  -75%
  send, median             2.1 ms   1.0 ms  -52%
";
    assert_eq!(ran.stdout, table);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    for (folder, rate) in [("5b", 1000), ("5c", 500)] {
        let again = format!("{{\"again\": \"harness test --rate {rate}\", ");
        let text = results("true", 3.0, 0.001).replacen('{', &again, 1);
        cases.write(&format!("{folder}/results.json"), &text);
    }
    let of = |after| cases.harness(&["compare", "5b", after]).stdout;
    let commands = "  5b: harness test --rate 1000\n  5c: harness test --rate 500\n";
    assert!(of("5c").ends_with(commands), "{}", of("5c"));
    assert!(!of("5b").contains("harness test"), "{}", of("5b"));
    for (after, status, says) in [
        ("bad", 1, ""),
        (
            "other",
            2,
            "other: it is of echo, and 5b of kafka; name the folders of two runs",
        ),
        ("none", 2, "none/results.json: it has no results of a test"),
        ("5d", 2, "5d/results.json: it can't be read: No such file"),
    ] {
        let ran = cases.harness(&["compare", "5b", after]);
        assert_eq!(ran.status, status, "{after}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
}

//! Texts of megabytes, wherever somebody may say one: what is told of them has an end.

use std::os::unix::fs::symlink;
use std::time::Duration;

use harness::case::Loader;
use harness::case::find::find;
use harness::outcome::{CaseOutcome, RunEnd};
use harness::process::STDERR_TAIL_MAX;
use harness::report::again::{Again, TestedNode};
use harness::report::annotations::{Annotations, Folders};
use harness::report::json::{CaseRecord, Record};
use harness::report::junit::Junit;
use harness::report::terminal;
use serde_json::Value;

use super::outcomes::outcome;
use super::places::PING;
use crate::fake::{self, Cases};

/// How long a text of a node is, in bytes: longer than what is kept anywhere.
const LONG: usize = 320 << 10;

/// How long one is that a process writes: less than what ends a node for writing too much.
const LONG_WRITTEN: usize = 3 << 19;

/// How long a text of a case is: nobody but its author makes it longer, and words are compared.
const LONG_OWN: usize = 128 << 10;

/// How much is said of a case at most, in bytes: on the terminal or in an annotation, in JUnit, where the
/// end of stderr is, too, and in a text of a record.
const SAID_MAX: usize = 4 << 10;
const JUNIT_MAX: usize = 2 * SAID_MAX + STDERR_TAIL_MAX;
const TEXT_MAX: usize = 66 << 10;

const PONG: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"x_ok\",\"in_reply_to\":1,\"v\":\"w\"}}\n";

/// Cases with a long text, each in another place; of those one in `step`.
fn cases(long: usize, step: usize) -> Cases {
    let cases = Cases::new();
    // The harness waits for the first node, to tell whether it flushes: one that answers at once.
    cases.add("0", &format!("@args good\n{PING}"), PONG);
    for (number, (what, said)) in (100..).zip(said_by_a_node(long)).step_by(step) {
        let name = format!("{number} {what}").replace(' ', "-");
        cases.write(&format!("{name}.said"), &said);
        cases.add(&name, &format!("@args says {name}.said\n{PING}"), PONG);
    }
    let said = PONG.replace("\"w\"", "[1,2]");
    cases.write("said", &said);
    for (number, (what, input, expected)) in (200..).zip(said_by_a_case()).step_by(step) {
        let input = input.replacen('{', "@args says said\n{", 1);
        let name = format!("{number} {what}").replace(' ', "-");
        cases.add(&name, &input, &expected);
    }
    cases
}

fn said_by_a_node(length: usize) -> Vec<(&'static str, String)> {
    let long = "x".repeat(length);
    let body = |fields: &str| format!("{{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{{{fields}}}}}\n");
    vec![
        ("a line", long.clone()),
        ("a line of JSON", format!("{{\"src\":\"{long}")),
        ("a type", body(&format!("\"type\":\"{long}\""))),
        (
            "a type and a bad reply",
            body(&format!("\"type\":\"{long}\",\"in_reply_to\":\"1\"")),
        ),
        (
            "a key",
            body(&format!("\"type\":\"x_ok\",\"in_reply_to\":1,\"{long}\":1")),
        ),
        (
            "a value",
            body(&format!(
                "\"type\":\"x_ok\",\"in_reply_to\":1,\"v\":\"{long}\""
            )),
        ),
        (
            "an id",
            body(&format!(
                "\"type\":\"x_ok\",\"in_reply_to\":1,\"msg_id\":1{}",
                "0".repeat(length)
            )),
        ),
        (
            "an error",
            body(&format!(
                "\"type\":\"error\",\"in_reply_to\":1,\"code\":\"{long}\",\"text\":\"{long:.9}\""
            )),
        ),
        (
            "a sender",
            format!("{{\"src\":\"{long}\",\"dest\":\"c1\",\"body\":{{\"type\":\"x\"}}}}\n"),
        ),
        (
            "a receiver",
            format!("{{\"src\":\"n1\",\"dest\":\"{long}\",\"body\":{{\"type\":\"x\"}}}}\n"),
        ),
        (
            "a body",
            format!("{{\"src\":\"n1\",\"dest\":\"c1\",\"body\":\"{long}\"}}\n"),
        ),
    ]
}

fn said_by_a_case() -> Vec<(&'static str, String, String)> {
    let long = "x".repeat(LONG_OWN);
    let quoted = format!("\"{long}\"");
    vec![
        ("a title", format!("# {long}\n{PING}"), PONG.to_owned()),
        (
            "a verb",
            format!("@{}\n{PING}", "x".repeat(LONG_OWN / 64)),
            PONG.to_owned(),
        ),
        (
            "an argument",
            format!("@timeout {long}\n{PING}"),
            PONG.to_owned(),
        ),
        ("a reason", format!("@skip {long}\n{PING}"), PONG.to_owned()),
        (
            "an expected failure",
            format!("@xfail {long}\n{PING}"),
            PONG.to_owned(),
        ),
        ("a type", PING.replace("\"x\"", &quoted), PONG.to_owned()),
        ("a sender", PING.replace("\"c1\"", &quoted), PONG.to_owned()),
        (
            "a node",
            format!("@cluster {long}\n{PING}"),
            PONG.to_owned(),
        ),
        (
            "a receiver",
            format!("@cluster n1\n{PING}"),
            PONG.replace("\"c1\"", &quoted),
        ),
        (
            "an expected value",
            PING.to_owned(),
            PONG.replace("\"w\"", &quoted),
        ),
        (
            "a placeholder",
            PING.to_owned(),
            PONG.replace("\"w\"", &format!("\"<{long}>\"")),
        ),
        (
            "a pattern",
            PING.to_owned(),
            PONG.replace("\"w\"", &format!("\"<re:({}>\"", "x".repeat(LONG_OWN / 64))),
        ),
        (
            "a name",
            PING.replace("\"x\"", &format!("\"<id:{long}>\"")),
            PONG.to_owned(),
        ),
        (
            "a bound name",
            PING.to_owned(),
            PONG.replace("\"w\"", &format!("[\"<any:{long}>\",\"<any:{long}>\"]")),
        ),
        ("broken JSON", format!("{PING}{{{long}\n"), PONG.to_owned()),
        ("an expected line", PING.to_owned(), format!("{{{long}\n")),
    ]
}

fn again() -> Again {
    Again {
        harness: "harness".into(),
        before: Vec::new(),
        after: Vec::new(),
    }
}

/// Asserts that little is said of what became of a case.
#[track_caller]
fn check_size(what: &str, outcome: &CaseOutcome) {
    let mut annotations = Annotations::new(Folders {
        here: "/w".into(),
        root: "/w".into(),
    });
    annotations.outcome(outcome);
    let mut junit = Junit::new(again(), TestedNode::default());
    junit.outcome(outcome);
    let said = [
        terminal::plain(outcome, &again()),
        annotations.text(),
        junit.xml(RunEnd::Complete, Duration::ZERO).unwrap(),
    ];
    let sizes = said.map(|said| said.len());
    let most = [SAID_MAX, SAID_MAX, JUNIT_MAX];
    assert!(
        sizes.iter().zip(most).all(|(size, most)| *size < most),
        "{what}: {sizes:?}"
    );
    let record = Record::Case(Box::new(CaseRecord::of(outcome, None, &again()))).line();
    let longest = longest(&serde_json::from_str(&record).unwrap());
    assert!(longest < TEXT_MAX, "{what}: {longest}");
}

/// How long the longest text in a record is, or the longest number.
fn longest(value: &Value) -> usize {
    match value {
        Value::Array(elements) => elements.iter().map(longest).max().unwrap_or_default(),
        Value::Object(fields) => {
            let keys = fields.keys().map(String::len);
            keys.chain(fields.values().map(longest))
                .max()
                .unwrap_or_default()
        }
        Value::String(text) => text.len(),
        other => other.to_string().len(),
    }
}

#[test]
fn what_is_said_without_end_is_cut_in_each_report() {
    let cases = cases(LONG, 1);
    let found = find(&[cases.path().to_owned()]).unwrap();
    assert!(found.cases.len() > 25);
    let loader = Loader::default();
    for files in found.cases {
        let what = files.input.display().to_string();
        check_size(&what, &outcome(&cases, &loader, files));
    }
}

#[test]
fn what_is_said_without_end_is_cut_by_each_command() {
    let cases = cases(LONG_WRITTEN, 6);
    symlink(fake::node(), cases.path().join("node")).unwrap();
    let run =
        "run . --bin node --timeout 60s --annotations always --junit junit.xml --json run.jsonl";
    let ran = cases.harness(&run.split(' ').collect::<Vec<_>>());
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    let count = 6;
    assert_eq!(cases.read("run.jsonl").lines().count(), 2 + count);
    for record in cases.read("run.jsonl").lines() {
        let longest = longest(&serde_json::from_str(record).unwrap());
        assert!(longest < TEXT_MAX, "{longest}");
    }
    let xml = cases.read("junit.xml");
    assert!(xml.len() < count * JUNIT_MAX, "{}", xml.len());
    // Of one case there is an annotation, too.
    assert!(
        ran.stdout.len() < 2 * count * SAID_MAX,
        "{}",
        ran.stdout.len()
    );
    for command in ["list .", "config .", "audit . --bin node"] {
        let ran = cases.harness(&command.split(' ').collect::<Vec<_>>());
        let size = ran.stdout.len().max(ran.stderr.len());
        assert!(size < count * SAID_MAX, "{command}: {size}");
    }
}

//! Texts of megabytes, wherever somebody may say one: what is told of them has an end.

use std::os::unix::fs::symlink;

use roxmltree::Document;

use crate::fake::{self, Cases};

/// How long a text is, in bytes: less than what ends a node for writing too much.
const LONG: usize = 3 << 19;

/// How long a text of a case is: nobody but its author makes it longer, and words are compared.
const LONG_OWN: usize = 128 << 10;

/// How much may be said of a case, in bytes: on the terminal and in JUnit, and in JSON, which has rows
/// and values as they stand up to a size.
const SAID_MAX: usize = 48 << 10;
const JSON_MAX: usize = 1 << 20;

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"x\",\"msg_id\":1}}\n";
const PONG: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"x_ok\",\"in_reply_to\":1,\"v\":\"w\"}}\n";

/// Asserts that little is said of a case.
#[track_caller]
fn check_size(what: &str, input: &str, expected: &str, said: &str) {
    let cases = Cases::one(
        &input.replacen('{', "@args says said\n{", usize::from(!said.is_empty())),
        expected,
    );
    cases.write("said", said);
    symlink(fake::node(), cases.path().join("node")).unwrap();
    let run = [
        "run",
        ".",
        "--bin",
        "node",
        "--timeout",
        "60s",
        "--annotations",
        "always",
    ];
    let ran = cases.harness(&[&run[..], &["--junit", "junit.xml", "--json", "run.jsonl"]].concat());
    assert!((0..3).contains(&ran.status), "{what}: {}", ran.stderr);
    let (xml, json) = (cases.read("junit.xml"), cases.read("run.jsonl"));
    let sizes = [ran.stdout.len(), ran.stderr.len(), xml.len(), json.len()];
    let most = [2 * SAID_MAX, SAID_MAX, 2 * SAID_MAX, JSON_MAX];
    assert!(
        sizes.iter().zip(most).all(|(size, most)| *size < most),
        "{what}: {sizes:?}"
    );
    Document::parse(&xml).unwrap();
    for command in [
        &["list", "."][..],
        &["config", "."],
        &["audit", ".", "--bin", "node"],
    ] {
        let ran = cases.harness(command);
        let size = ran.stdout.len().max(ran.stderr.len());
        // How a case is run is shown as it is: it is one's own.
        assert!(
            size < SAID_MAX || command[0] == "config" && what.starts_with("env"),
            "{what}, {command:?}: {size}"
        );
    }
}

#[test]
fn what_a_node_says_without_end_is_cut() {
    let long = "x".repeat(LONG);
    let body = |fields: &str| format!("{{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{{{fields}}}}}\n");
    for (what, said) in [
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
                "0".repeat(LONG)
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
    ] {
        check_size(what, PING, PONG, &said);
    }
}

#[test]
fn what_a_case_says_without_end_is_cut() {
    let long = "x".repeat(LONG_OWN);
    let quoted = format!("\"{long}\"");
    for (what, input, expected) in [
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
    ] {
        let said = "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"x_ok\",\"in_reply_to\":1,\"v\":[1,2]}}\n";
        if what == "a reason" {
            // Not run, and so nothing failed.
            let cases = Cases::one(&input, &expected);
            let ran = cases.harness(&[
                "run",
                ".",
                "--bin",
                fake::node().to_str().unwrap(),
                "--format",
                "json",
            ]);
            assert!(ran.stdout.len() < JSON_MAX, "{}", ran.stdout.len());
            continue;
        }
        check_size(what, &input, &expected, said);
    }
}

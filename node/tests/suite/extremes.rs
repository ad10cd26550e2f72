//! What the node makes of lines at the edges, one by one: this table is the definition.
//!
//! After each of them a client asks something, and gets its answer. `make fuzz` runs those of 50 MB
//! and of a million lines, too.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that finds something else than it expects may panic"
)]

use std::io::{Cursor, Read};

use node::driver;
use node::settings::Settings;
use serde_json::Value;

const INIT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}"#;
const READ: &str = r#"{"src":"c9","dest":"n1","body":{"type":"read","msg_id":9}}"#;

/// What the node holds after a text, and what it says to it: replies, and the log.
struct Said {
    values: String,
    replies: Vec<String>,
    log: String,
}

/// Runs the node over `init`, a text, and a `read`, each on lines of its own.
fn hear(text: &[u8]) -> Said {
    let whole = [INIT.as_bytes(), b"\n", text, b"\n", READ.as_bytes()].concat();
    hear_all(Cursor::new(whole))
}

fn hear_all(input: impl Read + Send + 'static) -> Said {
    let (mut output, mut log) = (Vec::new(), Vec::new());
    driver::run(input, &mut output, &mut log, Settings::default()).unwrap();
    let output = String::from_utf8(output).unwrap();
    let mut values = String::new();
    let mut replies = Vec::new();
    for line in output.lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        let body = &message["body"];
        match body["type"].as_str().unwrap() {
            "read_ok" if message["dest"] == "c9" => values = body["messages"].to_string(),
            "error" => replies.push(format!("{}: {}", body["code"], body["text"])),
            kind => replies.push(kind.to_owned()),
        }
    }
    let log = String::from_utf8(log).unwrap();
    Said {
        values,
        replies,
        log,
    }
}

fn broadcast(value: &str) -> Vec<u8> {
    let (start, end) = (
        r#"{"src":"c1","dest":"n1","body":{"type":"broadcast","msg_id":2,"message":"#,
        "}}",
    );
    format!("{start}{value}{end}").into_bytes()
}

/// Of a text: the values that it brings, the last reply to it, and a part of the log.
#[track_caller]
fn check(name: &str, text: &[u8], values: &str, reply: &str, log: &str) {
    let said = hear(text);
    assert_eq!(said.values, values, "{name}: {}", said.log);
    let last = said.replies.last().unwrap();
    assert!(last.starts_with(reply), "{name}: {last}, not {reply}");
    assert!(said.log.contains(log), "{name}: {}", said.log);
    assert_eq!(said.log.is_empty(), log.is_empty(), "{name}: {}", said.log);
    assert!(said.log.len() < 1000, "{name}: {} bytes", said.log.len());
}

#[test]
fn lines_and_their_ends() {
    for (name, text, log) in [
        ("nothing", b"".as_slice(), ""),
        ("blank lines", b"\n\r\n  \n\t\r\n", ""),
        (
            "a mark alone",
            b"\xef\xbb\xbf",
            "line 2: no JSON object: expected value at column 1",
        ),
        (
            "NUL bytes",
            b"\0\0\0",
            "line 2: no JSON object: expected value at column 1",
        ),
        ("UTF-16", b"\xff\xfe{\0", "line 2: not UTF-8 after byte 0"),
        ("no object", b"[1]", "line 2: no JSON object"),
        (
            "a line that is cut off",
            b"{\"src\":\"c1\",\"bo",
            "line 2: no JSON object: EOF",
        ),
        (
            "two on a line",
            b"{} {}",
            "line 2: no JSON object: trailing characters",
        ),
    ] {
        check(name, text, "[]", "init_ok", log);
    }
    let message = broadcast("1");
    check(
        "CRLF",
        &[&message, b"\r\n".as_slice()].concat(),
        "[1]",
        "broadcast_ok",
        "",
    );
    let marked = [b"\xef\xbb\xbf", message.as_slice()].concat();
    check(
        "a mark before a message",
        &marked,
        "[]",
        "init_ok",
        "line 2: no JSON object: expected value at column 1",
    );
}

#[test]
fn a_mark_at_the_start_hides_no_init() {
    let text = format!("\u{feff}{INIT}\r\n{READ}\r\n");
    let said = hear_all(Cursor::new(text.into_bytes()));
    assert_eq!(said.values, "[]", "{}", said.log);
    assert_eq!(said.log, "");
}

#[test]
fn values_of_all_kinds() {
    let digits = "9".repeat(1000);
    for (name, value, values, reply, log) in [
        (
            "beyond 64 bits",
            "18446744073709551616",
            "[18446744073709551616]",
            "broadcast_ok",
            "",
        ),
        ("many digits", digits.as_str(), "", "broadcast_ok", ""),
        ("1e400", "1e400", "[1e+400]", "broadcast_ok", ""),
        ("-0", "-0", "[-0]", "broadcast_ok", ""),
        (
            "an exponent beyond 64 bits",
            "1e99999999999999999999",
            "[1e+99999999999999999999]",
            "broadcast_ok",
            "",
        ),
        (
            "an escaped NUL",
            r#""\u0000""#,
            r#"["\u0000"]"#,
            "broadcast_ok",
            "",
        ),
        ("a lone surrogate", r#""\ud800""#, "[]", "12: ", ""),
        (
            "equal keys in a value",
            r#"{"a":1,"a":2}"#,
            r#"[{"a":2}]"#,
            "broadcast_ok",
            "",
        ),
        (
            "equal keys in a body",
            r#"1,"message":2"#,
            "[2]",
            "broadcast_ok",
            "",
        ),
        (
            "a NUL in a string",
            "\"\0\"",
            "[]",
            "init_ok",
            "line 2: no JSON object",
        ),
        ("no number", "01", "[]", "init_ok", "line 2: no JSON object"),
    ] {
        let many = format!("[{value}]");
        let values = if values.is_empty() { &many } else { values };
        check(name, &broadcast(value), values, reply, log);
    }
}

#[test]
fn depths_and_lengths() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes));
    let held = |value: &str| format!("[{value}]");
    check(
        "100 levels",
        &broadcast(&deep(100)),
        &held(&deep(100)),
        "broadcast_ok",
        "",
    );
    check(
        "10000 levels",
        &broadcast(&deep(10_000)),
        "[]",
        "12: \"broadcast: body.message is nested deeper than 128 levels\"",
        "",
    );
    check(
        "10000 openings",
        "{\"a\":".repeat(10_000).as_bytes(),
        "[]",
        "init_ok",
        "line 2: no JSON object",
    );
    check(
        "a megabyte",
        &broadcast(&text(1 << 20)),
        &held(&text(1 << 20)),
        "broadcast_ok",
        "",
    );
    let rubbish = "x".repeat(1 << 20);
    check(
        "a megabyte of nothing",
        rubbish.as_bytes(),
        "[]",
        "init_ok",
        "line 2: no JSON object",
    );
}

/// As many broadcasts as lines, and as many replies.
fn lines_are_answered(count: usize) {
    let values = (0..count).map(|value| broadcast(&value.to_string()));
    let text: Vec<Vec<u8>> = values.collect();
    let said = hear(&text.join(&b'\n'));
    assert_eq!(said.replies.len(), count + 1);
    assert_eq!(said.values.matches(',').count(), count - 1);
    assert_eq!(said.log, "");
}

#[test]
fn many_lines() {
    lines_are_answered(10_000);
}

#[test]
#[ignore = "`make fuzz` runs it: it takes a while"]
fn fifty_megabytes_and_a_million_lines() {
    let text = format!("\"{}\"", "x".repeat(50 << 20));
    check(
        "50 MB",
        &broadcast(&text),
        &format!("[{text}]"),
        "broadcast_ok",
        "",
    );
    let rubbish = "[".repeat(50 << 20);
    check(
        "50 MB of openings",
        rubbish.as_bytes(),
        "[]",
        "init_ok",
        "line 2: no JSON object",
    );
    lines_are_answered(1_000_000);
}

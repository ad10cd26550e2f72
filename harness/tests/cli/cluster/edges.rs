//! What nodes may say to each other at the edges of JSON, and what breaks the protocol there: a whole run
//! of each, as the files of a run have it.

use std::fs;

use super::{AT_ONCE, each_of, results, runs, test, texts};
use crate::fake::Cases;

/// A message from n0 to n1 with this value.
fn message(value: &[u8]) -> Vec<u8> {
    let start = br#"{"src":"n0","dest":"n1","body":{"type":"edge","value":"#;
    [start, value, b"}}\n"].concat()
}

/// Runs two nodes, of which n0 says this once it knows whom to tell, and waits so many seconds for all to
/// be well.
fn run(said: &[u8], recovery: u32) -> (Cases, serde_json::Value) {
    let folder = Cases::new();
    fs::write(folder.path().join("said"), said).unwrap();
    let arguments = format!("--node-count 2 --time-limit 1 --rate 20 --recovery {recovery}");
    let arguments: Vec<_> = arguments.split(' ').collect();
    let ran = test(&folder, &arguments, "says-file");
    let results = results(&runs(&folder)[0]);
    let status = i32::from(results["valid"] != true);
    assert_eq!(ran.status, status, "{}{}", ran.stdout, ran.stderr);
    (folder, results)
}

#[test]
fn what_keeps_to_the_protocol_arrives_as_it_was_written() {
    let deep = "[".repeat(120) + &"]".repeat(120);
    // Of what nodes write to stderr 16 KiB are kept.
    let long = format!("\"{}\"", "x".repeat(10_000));
    let values = [
        &deep,
        &long,
        r#""\u0000""#,
        "[18446744073709551616,-9223372036854775809,1e400,-0,1.0]",
        "1 \r",
        r#""\ud83d\ude00 \u2028""#,
    ];
    let said: Vec<_> = values
        .iter()
        .flat_map(|value| message(value.as_bytes()))
        .collect();
    let (folder, results) = run(&said, 10);
    assert_eq!(results["valid"], true, "{results:#}");
    let heard = folder.read("out/nodes/n1.log");
    let heard: Vec<_> = heard.lines().collect();
    assert_eq!(heard.len(), values.len());
    for (line, value) in heard.iter().zip(values) {
        assert!(line.contains(value.trim_end()), "{value:.200}: {line:.200}");
    }
}

#[test]
fn what_does_not_is_told_with_what_is_wrong() {
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let long = format!("\"{}\"", "x".repeat(17 << 20));
    let marked = [b"\xef\xbb\xbf", &message(b"1")[..]].concat();
    let all = [
        (marked, "starts with a byte-order mark"),
        (message("\u{feff}1".as_bytes()), "expected value"),
        (message(deep.as_bytes()), "nested deeper than 127 levels"),
        (message(br#""\ud800""#), "hex escape"),
        (message(br#"{"a":1,"a":2}"#), "twice in one object"),
        (message(b"\"\0\""), "control character"),
        (message(b"\"\xff\""), "code point"),
        (message(long.as_bytes()), "wrote without end"),
    ];
    each_of(AT_ONCE, &all, |(said, says)| {
        let (_, results) = run(said, 1);
        let findings = texts(&results, "findings");
        assert_eq!(results["findings"][0]["kind"], "protocol", "{results:#}");
        assert!(findings[0].contains(says), "{findings:?}");
        assert!(findings[0].len() < 1000, "{findings:?}");
    });
}

//! JSON lines and their description in `cases/README.md` say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::fake::Cases;

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const PONG: &str = "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"ping_ok\",\"in_reply_to\":1,\"msg_id\":7}}\n";

fn file(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(name)).unwrap()
}

/// What stands between backticks.
fn code(text: &str) -> Vec<String> {
    let parts = text.split('`').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}

/// The keys of each kind of record, as `case.runs.total`, each with the names that its values have.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let text = file("cases/README.md");
    let (_, section) = text.split_once("### JSON lines").unwrap();
    let mut record = String::new();
    let mut keys = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| ")) {
        let (key, meaning) = line[2..].split_once(" | ").unwrap();
        if key.starts_with("key of ") {
            record = code(key).remove(0);
            keys.insert(format!("{record}.type"), BTreeSet::new());
            continue;
        }
        for key in code(key) {
            let names = code(meaning).into_iter().collect();
            let twice = keys.insert(format!("{record}.{key}"), names);
            assert_eq!(twice, None, "{record}.{key}");
        }
    }
    keys
}

fn collect(prefix: &str, value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let key = format!("{prefix}.{key}");
                // A value of a message has keys of its own.
                let is_value = key.ends_with(".expected") || key.ends_with(".actual");
                if !is_value {
                    collect(&key, value, keys);
                }
                keys.insert(key);
            }
        }
        Value::Array(elements) => {
            let prefix = format!("{prefix}[]");
            for value in elements {
                collect(&prefix, value, keys);
            }
        }
        _ => {}
    }
}

/// The records of runs in which every key has a value at least once.
fn records() -> Vec<Value> {
    let cases = Cases::new();
    cases.add(
        "wrong",
        &PING.repeat(2),
        &(PONG.to_owned() + &PONG.replace("ping_ok", "x")),
    );
    cases.add("clash", &PING.repeat(2), &PONG.repeat(2));
    cases.write("lost.expected", PONG);
    std::os::unix::fs::symlink("nowhere", cases.path().join("broken.in")).unwrap();
    let json = [".", "--format", "json", "--timeout", "60s"];
    let ways = ["renumbered", "reused-id", "lingers", "exits-early"];
    let mut text: String = ways
        .map(|way| cases.run_with(&json, &[way]).stdout)
        .concat();
    // Another one, so that there are several, and that is not there.
    let several = [
        &json[..],
        &["--bin", "none", "--partition", "1/1", "--shuffle", "1"],
    ]
    .concat();
    text += &cases.run_with(&several, &["double"]).stdout;
    let lines = text.lines().map(serde_json::from_str);
    lines.map(Result::unwrap).collect()
}

#[test]
fn every_key_is_described_and_every_described_key_is_there() {
    let mut found = BTreeSet::new();
    for record in records() {
        let kind = record["type"].as_str().unwrap().to_owned();
        collect(&kind, &record, &mut found);
    }
    let documented: BTreeSet<_> = documented().into_keys().collect();
    assert_eq!(found, documented);
}

#[test]
fn a_record_always_has_all_of_its_keys() {
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in records() {
        let keys: Vec<_> = record.as_object().unwrap().keys().cloned().collect();
        let kind = record["type"].as_str().unwrap().to_owned();
        let first = known.entry(kind).or_insert_with(|| keys.clone());
        assert_eq!(*first, keys);
    }
    assert_eq!(known.len(), 6, "{known:?}");
}

/// The names that a function of `names.rs` can give.
fn names_of(function: &str) -> BTreeSet<String> {
    let source = file("harness/src/report/names.rs");
    let start = format!("fn {function}(");
    let (_, rest) = source.split_once(&start).unwrap();
    let (body, _) = rest.split_once("\n}\n").unwrap();
    strings(body)
}

fn strings(code: &str) -> BTreeSet<String> {
    let strings = code.split('"').skip(1).step_by(2);
    strings.map(str::to_owned).collect()
}

#[test]
fn every_name_is_described_and_every_described_name_is_there() {
    let documented = documented();
    let all = |functions: &[&str]| functions.iter().flat_map(|name| names_of(name)).collect();
    for (key, names) in [
        ("case.result", names_of("result")),
        ("case.cause", all(&["cause", "failed", "not_run"])),
        (
            "case.diagnoses[].kind",
            strings(&file("harness/src/diagnosis/facts.rs")),
        ),
        ("case.mismatch.kind", names_of("mismatch")),
        ("case.mismatch.differences[].kind", names_of("difference")),
        ("case.mismatch.rows[].side", names_of("side")),
        ("case.notes[].kind", names_of("note")),
        ("summary.end", names_of("run_end")),
    ] {
        assert!(!names.is_empty(), "{key}");
        let mut described = documented[key].clone();
        // What stands there beside the names.
        described.retain(|name| !name.starts_with(['-', '.']));
        assert_eq!(names, described, "{key}");
    }
}

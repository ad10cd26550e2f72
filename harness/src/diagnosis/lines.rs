//! Lines that are no message, and what they may be instead.

use serde_json::Value;

use super::{Diagnosis, Evidence, Guess, shown};
use crate::matching::actual::{ActualContent, ActualLine};

pub fn not_json(evidence: Evidence<'_>) -> Option<Diagnosis> {
    if evidence.expected.iter().any(|line| line.json().is_none()) {
        return None;
    }
    let mut bad = evidence
        .actual
        .lines
        .iter()
        .filter(|line| line.json().is_none());
    let first = bad.next()?;
    Some(Diagnosis::NotJson {
        line: first.number,
        bytes: first.bytes.clone(),
        guess: guess(first),
        count: 1 + bad.count(),
    })
}

fn guess(line: &ActualLine) -> Guess {
    let ActualContent::NotJson { offset, reason } = &line.content else {
        return Guess::LogLine;
    };
    let text = line.bytes.trim_ascii();
    if text.is_empty() {
        return Guess::Empty;
    }
    if !text.starts_with(b"{") {
        return Guess::LogLine;
    }
    if let Some(second) = second_value(&line.bytes) {
        return Guess::TwoMessages(second);
    }
    if text.starts_with(b"{'") {
        return Guess::PythonDictionary;
    }
    if line.unfinished && *offset >= line.bytes.len().saturating_sub(1) {
        return Guess::CutShort;
    }
    Guess::BrokenJson {
        offset: *offset,
        reason: reason.clone(),
    }
}

/// Where a second JSON value starts, if the line holds two or more of them and nothing else.
fn second_value(bytes: &[u8]) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    values.next()?.ok()?;
    let end = values.byte_offset();
    let all = values.try_fold(0, |count, value| value.ok().map(|_| count + 1))?;
    (all > 0).then_some(end)
}

pub fn no_envelope(evidence: Evidence<'_>) -> Option<Diagnosis> {
    if shown(evidence).any(|value| missing_field(value).is_some()) {
        return None;
    }
    evidence.actual.lines.iter().find_map(|line| {
        Some(Diagnosis::NoEnvelope {
            line: line.number,
            bytes: line.bytes.clone(),
            missing: missing_field(line.json()?)?,
        })
    })
}

fn missing_field(value: &Value) -> Option<&'static str> {
    if !value.is_object() {
        return Some("");
    }
    let body = value.get("body").and_then(Value::as_object);
    let is_text = |value: Option<&Value>| value.is_some_and(Value::is_string);
    let fields = [
        ("src", is_text(value.get("src"))),
        ("dest", is_text(value.get("dest"))),
        ("body", body.is_some()),
        ("body.type", is_text(body.and_then(|body| body.get("type")))),
    ];
    let missing = fields.into_iter().find(|(_, is_there)| !is_there)?;
    Some(missing.0)
}

//! Lines that are no message, and what they may be instead.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::{Diagnosis, Evidence, Guess, shown};
use crate::case::expected::ExpectedContent;
use crate::case::{Step, allowed};
use crate::json::member;
use crate::matching::actual::{ActualContent, ActualLine, read};
use crate::matching::comparison::pruned;
use crate::message;
use crate::message::malformed::{self, Allowed, Malformed};
use crate::transcript::Ending;

/// How many bytes of a line are kept on either side of a place in it: nobody reads more, and a node
/// may write megabytes.
const BYTES_KEPT: usize = 4096;

/// A line that is no JSON, unless `.expected` shows it or shows nothing but text.
pub fn not_json(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let mut texts = Vec::new();
    for line in evidence.expected {
        if let ExpectedContent::Text(text) = &line.content {
            texts.push(text);
        }
    }
    if !texts.is_empty() && texts.len() == evidence.expected.len() {
        return None;
    }
    let is_shown = |line: &ActualLine| texts.iter().any(|text| line.is_text(text));
    let lines = evidence.actual.lines.iter();
    // Of a node that wrote too much it is the harness that cut the last line.
    let is_flooded = matches!(evidence.transcript.ending, Ending::Flooded { .. });
    let is_bad = |line: &&ActualLine| {
        let is_cut = is_flooded && line.unfinished;
        !is_cut && matches!(line.content, ActualContent::NotJson { .. })
    };
    let mut bad = lines.filter(|line| is_bad(line) && !is_shown(line));
    let first = bad.next()?;
    let (bytes, guess) = around(&first.bytes, guess(first));
    Some(Diagnosis::NotJson {
        line: first.number,
        bytes,
        guess,
        count: 1 + bad.count(),
        or_more: evidence.actual.lines.len() < evidence.actual.total,
    })
}

/// The part of a line that a guess speaks of, and the guess that speaks of this part.
fn around(line: &[u8], mut guess: Guess) -> (Vec<u8>, Guess) {
    let mut start = 0;
    if let Guess::TwoMessages(offset) | Guess::BrokenJson { offset, .. } = &mut guess {
        start = offset.saturating_sub(BYTES_KEPT);
        *offset -= start;
    }
    (part_of(line, start), guess)
}

fn part_of(line: &[u8], start: usize) -> Vec<u8> {
    let part = line.get(start..).unwrap_or_default();
    part.get(..2 * BYTES_KEPT).unwrap_or(part).to_vec()
}

/// What a line by itself may be, if it is no JSON.
pub fn guess_of(line: &[u8]) -> Guess {
    let mut line = read(1, line);
    line.unfinished = false;
    guess(&line)
}

fn guess(line: &ActualLine) -> Guess {
    let ActualContent::NotJson { offset, reason } = &line.content else {
        return Guess::LogLine;
    };
    let text = line.bytes.trim_ascii();
    if text.is_empty() {
        return Guess::Empty;
    }
    if text.starts_with(b"\xef\xbb\xbf") {
        return Guess::ByteOrderMark;
    }
    if !text.starts_with(b"{") && !text.starts_with(b"[") {
        return Guess::LogLine;
    }
    if reason.contains("recursion limit") {
        return Guess::TooDeep;
    }
    if let Some(second) = second_value(&line.bytes) {
        return Guess::TwoMessages(second);
    }
    guess_broken(line, text, *offset, reason)
}

fn guess_broken(line: &ActualLine, text: &[u8], offset: usize, reason: &str) -> Guess {
    let inside = text.get(1..).unwrap_or_default().trim_ascii_start();
    if inside.starts_with(b"'") {
        return Guess::PythonDictionary;
    }
    if reason == "key must be a string" && inside.first().is_some_and(u8::is_ascii_alphabetic) {
        return Guess::JavaScriptObject;
    }
    let rest = line
        .bytes
        .get(offset.saturating_sub(1)..)
        .unwrap_or_default();
    let words: [&[u8]; 4] = [b"True", b"False", b"None", b"NaN"];
    if words.iter().any(|word| {
        rest.starts_with(word) || rest.get(1..).is_some_and(|rest| rest.starts_with(word))
    }) {
        return Guess::PythonWord;
    }
    if reason.starts_with("EOF") {
        return if line.unfinished {
            Guess::CutShort
        } else {
            Guess::SeveralLines
        };
    }
    Guess::BrokenJson {
        offset,
        reason: reason.to_owned(),
    }
}

/// Where a second JSON value starts, if the line holds two or more of them and nothing else.
fn second_value(bytes: &[u8]) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    let end = values.byte_offset();
    let all = values.try_fold(0, |count, value| value.ok().map(|_| count + 1))?;
    (all > 0).then_some(end)
}

/// A line that is JSON, but no message, unless `.expected` shows such lines.
pub fn no_envelope(evidence: Evidence<'_>) -> Option<Diagnosis> {
    if shows_bare_bodies(evidence) {
        return None;
    }
    evidence.actual.all().find_map(|line| {
        let (field, found) = lacks(line.json()?)?;
        Some(Diagnosis::NoEnvelope {
            line: line.number,
            bytes: line.bytes.iter().take(BYTES_KEPT).copied().collect(),
            field,
            found: found.map(pruned),
        })
    })
}

/// A line that Maelstrom refuses though it has all that a message needs, or one with a key twice.
pub fn malformed(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let first = |allowed: &Allowed| {
        let mut lines = evidence.actual.all();
        lines.find_map(|line| {
            let malformed = malformed::of(&line.bytes, line.json()?, allowed)?;
            Some((line, malformed))
        })
    };
    // Nearly always there is nothing to allow.
    first(&Allowed::default())?;
    let (line, mut malformed) = first(&allowed::of(evidence.steps, evidence.expected))?;
    let mut start = 0;
    if let Malformed::RepeatedKey { offset, .. } = &mut malformed {
        start = offset.saturating_sub(BYTES_KEPT);
        *offset -= start;
    }
    Some(Diagnosis::Malformed {
        line: line.number,
        bytes: part_of(&line.bytes, start),
        malformed,
    })
}

/// Whether `.expected` shows JSON that is no message.
pub fn shows_bare_bodies(evidence: Evidence<'_>) -> bool {
    shown(evidence).any(|value| lacks(value).is_some())
}

/// The first field that a message must have and this value hasn't, and what stands there.
pub fn lacks(value: &Value) -> Option<(&'static str, Option<&Value>)> {
    let Some(message) = value.as_object() else {
        return Some(("", None));
    };
    let body = member(message, "body");
    let fields = [
        (
            "src",
            member(message, "src"),
            Value::is_string as fn(&Value) -> bool,
        ),
        ("dest", member(message, "dest"), Value::is_string),
        ("body", body, Value::is_object),
        (
            "body.type",
            body.and_then(|body| member(body.as_object()?, "type")),
            Value::is_string,
        ),
    ];
    let wrong = fields
        .into_iter()
        .find(|(_, found, is_right)| !found.is_some_and(is_right))?;
    Some((wrong.0, wrong.1))
}

/// An `.in` without a message: whatever the node does with it, the file is wrong.
pub fn nothing_sent(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let expects_messages = shown(evidence).any(|value| message::body(value).is_some());
    if !evidence.requests.is_empty() || !expects_messages {
        return None;
    }
    evidence.steps.iter().find_map(|step| match step {
        Step::Send { line, bytes, .. } => Some(Diagnosis::NothingSent {
            line: *line,
            bytes: part_of(bytes.trim_ascii_end(), 0),
        }),
        Step::Sleep { .. } | Step::Act { .. } => None,
    })
}

/// An `.expected` without a message, for a node that writes nothing else.
pub fn no_message_expected(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let mut written = evidence.actual.lines.iter();
    let writes_messages = written.all(|line| line.json().is_some_and(Value::is_object));
    let first = evidence.expected.first()?;
    let ExpectedContent::Text(text) = &first.content else {
        return None;
    };
    let is_one = evidence.actual.total > 0 && writes_messages && shown(evidence).next().is_none();
    is_one.then(|| Diagnosis::NoMessageExpected {
        line: first.number,
        bytes: part_of(text.as_bytes(), 0),
    })
}

/// A text in `.expected` that was surely meant to be JSON, or that stands among messages, for a node that
/// printed no text.
pub fn expected_not_json(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let mut written = evidence.actual.lines.iter();
    let is_of_messages =
        shown(evidence).next().is_some() && written.all(|line| line.json().is_some());
    evidence.expected.iter().find_map(|line| {
        let ExpectedContent::Text(text) = &line.content else {
            return None;
        };
        let line = line.number;
        if let Some(reason) = broken(text.as_bytes()) {
            return Some(Diagnosis::ExpectedNotJson { line, reason });
        }
        let bytes = part_of(text.as_bytes(), 0);
        is_of_messages.then_some(Diagnosis::ExpectedText { line, bytes })
    })
}

/// A message of the `.in` that was surely meant to be JSON.
pub fn input_not_json(evidence: Evidence<'_>) -> Option<Diagnosis> {
    evidence.steps.iter().find_map(|step| match step {
        Step::Send { line, bytes, .. } => Some(Diagnosis::InputNotJson {
            line: *line,
            reason: broken(bytes)?,
        }),
        Step::Sleep { .. } | Step::Act { .. } => None,
    })
}

/// What is wrong with a line that starts like JSON.
fn broken(line: &[u8]) -> Option<String> {
    let starts_like_json = matches!(line.trim_ascii().first(), Some(b'{' | b'['));
    let ActualContent::NotJson { offset, reason } = read(1, line).content else {
        return None;
    };
    starts_like_json.then(|| format!("{reason} at column {}", offset + 1))
}

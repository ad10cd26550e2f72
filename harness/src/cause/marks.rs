//! What tells one cause from another: what it is, and its evidence without names and numbers.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::Debug;

use serde_json::Value;

use crate::case::{CaseError, config};
use crate::diagnosis::{Diagnosis, Guess};
use crate::escape;
use crate::excerpt::{Excerpt, Side};
use crate::judge::{Failure, Note};
use crate::matching::Mismatch;
use crate::matching::difference::{Difference, DifferenceKind};
use crate::message::malformed::Malformed;
use crate::message::rule::Rule;
use crate::outcome::NotRun;
use crate::{json, message};

/// How much of a text tells one cause from another, in characters.
const TEXT_MAX: usize = 200;

/// What something is, and its evidence without names and numbers.
pub type CauseMark = (&'static str, String);

/// The marks of a failure; `None` where its own files are wrong, or nothing is known.
pub fn of_failure(failure: &Failure) -> Option<Vec<CauseMark>> {
    let mut marks = Vec::new();
    for diagnosis in failure.causes() {
        marks.push(of_diagnosis(diagnosis)?);
        if !is_symptom(diagnosis) {
            return Some(marks);
        }
    }
    marks.extend(failure.excerpt.as_ref().map(of_excerpt));
    (!marks.is_empty()).then_some(marks)
}

/// Whether it has causes of many kinds, so that what else is known of the failure counts, too.
fn is_symptom(diagnosis: &Diagnosis) -> bool {
    matches!(
        diagnosis,
        Diagnosis::TimedOut { .. } | Diagnosis::AskedInVain { .. } | Diagnosis::WrongOrder
    )
}

/// The mark of a diagnosis; `None` for what is wrong in the case's own files.
fn of_diagnosis(diagnosis: &Diagnosis) -> Option<CauseMark> {
    Some(match diagnosis {
        Diagnosis::BadExit {
            exit, last_words, ..
        }
        | Diagnosis::Crashed {
            exit, last_words, ..
        } => ("exit", format!("{exit:?} {}", of_bytes(last_words))),
        Diagnosis::Broke {
            rule, bytes, guess, ..
        } => of_rule(rule, bytes, guess.as_ref()),
        Diagnosis::NotJson { bytes, guess, .. } => not_json(guess, bytes),
        Diagnosis::NoEnvelope { field, .. } => ("no envelope", (*field).to_owned()),
        Diagnosis::Malformed { malformed, .. } => of_malformed(malformed),
        Diagnosis::ForeignSource { source, .. } => ("source", of_text(source)),
        Diagnosis::UnknownDestination { destination, .. } => ("destination", of_text(destination)),
        Diagnosis::BadId { found, .. } => ("bad id", of_value(found)),
        Diagnosis::Unlinked { kind, found, .. } => {
            let found = found.as_ref().map(of_value).unwrap_or_default();
            ("unlinked", format!("{} {found}", of_text(kind)))
        }
        Diagnosis::ErrorReply {
            kind, code, text, ..
        } => (
            "error",
            format!("{} {code} {}", of_text(kind), of_text(text)),
        ),
        Diagnosis::MissingReply { kind, .. } => ("no reply", of_text(kind)),
        // A number of bytes is nothing by which one could tell it from another.
        Diagnosis::TimedOut { state, .. } => ("timed out", of_text(&format!("{state:?}"))),
        Diagnosis::Flooded { in_values, .. } => ("flooded", in_values.to_string()),
        Diagnosis::LeftEarly { .. }
        | Diagnosis::ReusedId { .. }
        | Diagnosis::ReplyToNothing { .. }
        | Diagnosis::DoubleReply { .. }
        | Diagnosis::NotFlushed(_)
        | Diagnosis::HeldBack { .. }
        | Diagnosis::AskedInVain { .. }
        | Diagnosis::WrongOrder
        | Diagnosis::Silent => (diagnosis.facts().kind.name, String::new()),
        Diagnosis::NothingSent { .. }
        | Diagnosis::NoMessageExpected { .. }
        | Diagnosis::ExpectedNotJson { .. }
        | Diagnosis::ExpectedText { .. }
        | Diagnosis::InputNotJson { .. } => return None,
    })
}

/// What a node of a cluster breaks has the mark that it has where there is only one node.
fn of_rule(rule: &Rule, bytes: &[u8], guess: Option<&Guess>) -> CauseMark {
    match rule {
        Rule::NotJson { reason } => match guess {
            Some(guess) => not_json(guess, bytes),
            None => ("not JSON", of_text(reason)),
        },
        Rule::Lacks { field } => ("no envelope", field.to_string()),
        Rule::Malformed(malformed) => of_malformed(malformed),
        Rule::ForeignSource { source } => ("source", of_text(source)),
        Rule::UnknownDestination { destination } => ("destination", of_text(destination)),
        Rule::BadReply(fault) => ("bad reply", of_debug(fault)),
        Rule::NotSetUp { request, answer } => {
            ("no set-up", format!("{request} {}", of_debug(answer)))
        }
        Rule::Flood { .. } => ("flooded", String::new()),
    }
}

/// The bytes count only where nothing is recognized in them: a dictionary in Python's style is one with any
/// message in it.
fn not_json(guess: &Guess, bytes: &[u8]) -> CauseMark {
    let text = match guess {
        Guess::LogLine => of_bytes(bytes),
        Guess::BrokenJson { reason, .. } => of_text(reason),
        Guess::Empty
        | Guess::TwoMessages(_)
        | Guess::PythonDictionary
        | Guess::JavaScriptObject
        | Guess::PythonWord
        | Guess::ByteOrderMark
        | Guess::SeveralLines
        | Guess::TooDeep
        | Guess::CutShort => of_debug(guess),
    };
    ("not JSON", text)
}

fn of_malformed(malformed: &Malformed) -> CauseMark {
    match malformed {
        Malformed::RepeatedKey { key, .. } => ("repeated key", of_text(key)),
        Malformed::UnknownKey { key } => ("unknown key", of_text(key)),
        Malformed::BadId { found } => ("bad envelope id", of_text(found)),
    }
}

/// The mark of a difference that no diagnosis explains: the message's type, and the places in it.
fn of_excerpt(excerpt: &Excerpt) -> CauseMark {
    let name = match &excerpt.mismatch {
        Mismatch::Differs { .. } => "differs",
        Mismatch::Missing { .. } => "missing",
        Mismatch::Unexpected { .. } => "unexpected",
        Mismatch::Late { .. } => "late",
    };
    let is_about = |side: Side| side != Side::Context;
    let row = excerpt.rows.iter().find(|row| is_about(row.side));
    let text: String = row
        .iter()
        .flat_map(|row| &row.line.0)
        .map(|span| span.text.as_str())
        .collect();
    let message = json::read(text.as_bytes()).ok();
    let what = match message.as_ref().and_then(message::kind) {
        Some(kind) => of_text(kind),
        None => of_text(&text),
    };
    // Each once: a list that lacks five values differs as one that lacks two.
    let differences: BTreeSet<_> = excerpt
        .mismatch
        .differences()
        .iter()
        .map(of_difference)
        .collect();
    let differences: Vec<_> = std::iter::once(what).chain(differences).collect();
    (name, differences.join("\n"))
}

fn of_difference(difference: &Difference) -> String {
    let path = difference.path.to_string();
    let how = match &difference.kind {
        DifferenceKind::Value { expected, actual } => {
            format!("{} {}", of_value(expected), of_value(actual))
        }
        // Which value is the matter of the case.
        DifferenceKind::Missing { .. } => "missing".to_owned(),
        DifferenceKind::Unexpected { .. } => "unexpected".to_owned(),
        DifferenceKind::Id { .. } => "id".to_owned(),
        DifferenceKind::Name {
            expected, actual, ..
        } => format!("{expected} {}", of_value(actual)),
        DifferenceKind::Text => String::new(),
    };
    format!("{} {how}", of_text(&path))
}

/// The marks of what kept a case from being run; `None` for what is wrong with its own files. A `harness.toml`
/// belongs to many cases.
pub fn of_not_run(reason: &NotRun) -> Option<Vec<CauseMark>> {
    let mark = match reason {
        NotRun::BadCase(CaseError::Unreadable { file, .. } | CaseError::Syntax { file, .. })
            if file.file_name() == Some(OsStr::new(config::FILE_NAME)) =>
        {
            ("settings", file.display().to_string())
        }
        NotRun::BadCase(_) => return None,
        NotRun::NeverSpoke(failure) => return of_failure(failure),
        NotRun::NotStarted { program, error, .. } => {
            ("not started", format!("{} {error}", program.display()))
        }
        NotRun::NoWorkplace { folder, error, .. } => {
            ("no workplace", format!("{} {error}", folder.display()))
        }
        NotRun::Broken(error) => ("broken", error.to_string()),
    };
    Some(vec![mark])
}

/// The marks of what is noted about the node; `None` if there is nothing, or something about the case.
pub fn of_notes(notes: &[Note]) -> Option<Vec<CauseMark>> {
    let marks: Option<Vec<CauseMark>> = notes.iter().map(of_note).collect();
    marks.filter(|marks| !marks.is_empty())
}

fn of_note(note: &Note) -> Option<CauseMark> {
    Some(match note {
        Note::Lingered => ("lingered", String::new()),
        Note::LeftChildren => ("left children", String::new()),
        Note::NotFlushed(_) => ("not flushed", String::new()),
        Note::BadExit { exit, last_words } => {
            ("exit", format!("{exit:?} {}", of_bytes(last_words)))
        }
        Note::Unended => ("unended", String::new()),
        Note::NoReply { .. } => return None,
    })
}

fn of_bytes(bytes: &[u8]) -> String {
    let start = bytes.get(..4 * TEXT_MAX).unwrap_or(bytes);
    of_text(&escape::utf8(start))
}

fn of_value(value: &Value) -> String {
    match value {
        // Of all that it holds nothing would be left.
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            of_text(&value.to_string())
        }
    }
}

/// A value of our own by its variants and words.
fn of_debug(value: &impl Debug) -> String {
    without_numbers(&format!("{value:?}"))
}

/// A text without what is other in each case: its numbers, those in names (`n1`) included, and what stands
/// in brackets, for that is a message or a list.
fn of_text(text: &str) -> String {
    let mut depth = 0_usize;
    let mut outside = String::new();
    for character in text.chars().take(TEXT_MAX) {
        match character {
            '{' | '[' => {
                if depth == 0 {
                    outside.push(character);
                }
                depth += 1;
            }
            '}' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(character),
            _ => {}
        }
    }
    without_numbers(&outside)
}

/// A number goes as far as letters and digits do: `0x7f`, `1.5`, `300ms`.
fn without_numbers(text: &str) -> String {
    let mut characters = text.chars().take(TEXT_MAX).peekable();
    let mut rest = String::new();
    while let Some(character) = characters.next() {
        if character.is_ascii_digit() {
            let is_in_it = |next: &char| next.is_ascii_alphanumeric() || *next == '.';
            while characters.next_if(is_in_it).is_some() {}
            rest.push('0');
        } else {
            rest.push(character);
        }
    }
    rest
}

//! Remarks on an `.expected` that was written from one run of a node: requests with no reply or several, what
//! differed in a second run, output that came only after stdin was closed. Each may be right, so it is told
//! and left to the author of the case. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::answers::Answers;
use crate::case::ignored::IgnoredTypes;
use crate::case::{Case, ExpectedLine, Request};
use crate::json;
use crate::judge::{self, Failure, Note, Trial, Verdict};
use crate::matching::Mismatch;
use crate::matching::path::Path;
use crate::message::{self, Id};
use crate::transcript::Transcript;

/// Something to know of what was written.
#[derive(Debug)]
pub enum Remark {
    /// The node answered a request with nothing.
    Unanswered {
        /// Its line in the `.in`.
        line: usize,
        /// Its type.
        kind: String,
    },
    /// The node answered a request more than once.
    Repeated {
        /// Its line in the `.in`.
        line: usize,
        /// Its type.
        kind: String,
        /// How often.
        times: usize,
    },
    /// A second run doesn't pass.
    Varies {
        /// Why not.
        failure: Box<Failure>,
        /// The array whose elements came in another order.
        permuted: Option<Path>,
    },
    /// Something about the run itself.
    Note(Note),
}

/// The requests that a node didn't answer exactly once. Messages of the `ignored` types answer nothing.
pub fn not_answered_once(case: &Case, output: &[u8], ignored: &IgnoredTypes) -> Vec<Remark> {
    let mut given: BTreeMap<(String, Id), usize> = BTreeMap::new();
    let mut answers = Answers::of_all(&case.requests, None);
    let lines = output.split(|byte| *byte == b'\n');
    for line in lines.filter(|line| !ignored.has_line(line)) {
        if let Ok(message) = json::read(line) {
            let Some(receiver) = message::destination(&message) else {
                // Bodies without an envelope don't say whom they answer.
                return Vec::new();
            };
            if let Some(id) = message::in_reply_to(&message) {
                *given.entry((receiver.to_owned(), id)).or_default() += 1;
            }
        }
        answers.heard(line);
    }
    let missing: Vec<_> = answers.missing().collect();
    let mut asked: BTreeMap<(&str, Option<Id>), usize> = BTreeMap::new();
    for request in &case.requests {
        *asked
            .entry((request.source(), request.msg_id()))
            .or_default() += 1;
    }
    let remark = |request: &Request| {
        let (line, kind) = (request.line, request.kind().to_owned());
        let wants_answer = request.wants_answer() && !ignored.has_reply_to(request);
        if wants_answer && missing.contains(&line) {
            return Some(Remark::Unanswered { line, kind });
        }
        let (source, id) = (request.source(), request.msg_id()?);
        let times = *given.get(&(source.to_owned(), id.clone()))?;
        // Which of those that share a number was answered, nobody knows.
        let is_alone = asked.get(&(source, Some(id))) == Some(&1);
        (times > 1 && is_alone).then_some(Remark::Repeated { line, kind, times })
    };
    case.requests.iter().filter_map(remark).collect()
}

/// How the node ended that was written down, and whether it spoke only then.
pub fn of_end(run: &Transcript) -> Vec<Remark> {
    let notes = judge::notes(run, &Verdict::Passed).into_iter();
    let is_told = |note: &Note| matches!(note, Note::NotFlushed { .. } | Note::BadExit { .. });
    notes.filter(is_told).map(Remark::Note).collect()
}

/// What a second run has to say of what was written after the first. `trial`: by what was written.
pub fn second(trial: Trial<'_>, run: &Transcript) -> Vec<Remark> {
    let varies = match trial.judge(run) {
        Verdict::Passed => None,
        Verdict::Failed(failure) => Some(Remark::Varies {
            permuted: permuted(&failure, trial.expected, &run.output),
            failure,
        }),
    };
    varies.into_iter().collect()
}

/// The array that only the order of its elements makes differ.
fn permuted(failure: &Failure, expected: &[ExpectedLine], output: &[u8]) -> Option<Path> {
    let excerpt = failure.excerpt.as_ref()?;
    let Mismatch::Differs { differences, .. } = &excerpt.mismatch else {
        return None;
    };
    let expected = expected.iter().find(|line| line.number == excerpt.line)?;
    let position = excerpt.actual_line?.checked_sub(1)?;
    let line = output.split(|byte| *byte == b'\n').nth(position)?;
    let (expected, actual) = (expected.json()?, json::read(line).ok()?);
    let mut path = differences.first()?.path.clone();
    while !path.is_root() {
        path.pop();
        if is_permuted(path.value_in(expected)?, path.value_in(&actual)?) {
            return Some(path);
        }
    }
    None
}

fn is_permuted(one: &Value, other: &Value) -> bool {
    let sorted = |value: &Value| {
        let texts = value.as_array()?.iter().map(Value::to_string);
        let mut texts: Vec<_> = texts.collect();
        texts.sort();
        Some(texts)
    };
    sorted(one).is_some_and(|texts| sorted(other) == Some(texts))
}

//! What one should know of an `.expected` that was written from one run of a node: the requests that it
//! answers with nothing, what came otherwise in a second run, that nothing came before the input ended.
//! Nothing is wrong with any of that for sure, so it is told and left to its author. Pure.

use std::time::Duration;

use serde_json::Value;

use crate::answers::Answers;
use crate::case::{Case, ExpectedLine};
use crate::json;
use crate::judge::{Failure, Trial, Verdict};
use crate::matching::Mismatch;
use crate::matching::path::Path;
use crate::message;
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
    /// A second run doesn't pass.
    Varies {
        /// Why not.
        failure: Box<Failure>,
        /// The array whose elements came in another order.
        permuted: Option<Path>,
    },
    /// Nothing came before the input ended, though so long was waited for it.
    NotFlushed(Duration),
}

/// The requests that a node answered with nothing.
pub fn unanswered(case: &Case, output: &[u8]) -> Vec<Remark> {
    let mut answers = Answers::of_all(&case.requests, None);
    for line in output.split(|byte| *byte == b'\n') {
        let message = json::read(line).ok();
        if message.is_some_and(|message| message::destination(&message).is_none()) {
            // Bodies without an envelope don't say whom they answer.
            return Vec::new();
        }
        answers.heard(line);
    }
    let missing: Vec<_> = answers.missing().collect();
    let requests = case.requests.iter();
    let asking = requests.filter(|request| request.wants_answer());
    let unanswered = asking.filter(|request| missing.contains(&request.line));
    let remark = |request: &crate::case::Request| Remark::Unanswered {
        line: request.line,
        kind: request.kind().to_owned(),
    };
    unanswered.map(remark).collect()
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
    let not_flushed = run.not_flushed.map(Remark::NotFlushed);
    varies.into_iter().chain(not_flushed).collect()
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

//! What became of a case, as a record.

use serde::Serialize;

use super::super::again::Again;
use super::super::gist::{self, BriefPlace};
use super::super::{escape, names, words};
use super::failure::{DiagnosisRecord, MismatchRecord};
use super::{milliseconds, path, value};
use crate::judge::{Failure, Note};
use crate::outcome::{CaseOutcome, CaseResult};

/// What became of a case. Of a flaky one `cause` and what follows tell of its first failure.
#[derive(Debug, Clone, Serialize)]
pub struct CaseRecord {
    /// The node that it was run with, if there are several.
    node: Option<String>,
    /// Its `.in`.
    input: String,
    /// Its `.expected`.
    expected: String,
    /// Its title; empty if it has none.
    title: String,
    result: &'static str,
    /// What its `@skip` or `@xfail` says.
    reason: Option<String>,
    /// Why it didn't pass, in general.
    cause: Option<&'static str>,
    /// What is wrong, in words; the first thing to fix.
    sentence: Option<String>,
    r#where: Option<PlaceRecord>,
    /// Where the output parts from what was expected.
    mismatch: Option<MismatchRecord>,
    /// What a person should fix, the first thing first.
    diagnoses: Vec<DiagnosisRecord>,
    /// What else is worth saying.
    notes: Vec<NoteRecord>,
    duration_ms: u64,
    runs: RunsRecord,
    /// The end of the node's stderr.
    stderr: Option<String>,
    /// The command that runs it alone.
    again: String,
}

#[derive(Debug, Clone, Serialize)]
struct PlaceRecord {
    file: String,
    line: Option<usize>,
    column: Option<usize>,
    path: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct RunsRecord {
    total: usize,
    failed: usize,
}

#[derive(Debug, Clone, Serialize)]
struct NoteRecord {
    kind: &'static str,
    input_line: Option<usize>,
    sentence: String,
}

impl CaseRecord {
    /// What became of a case, with one of several nodes if it has a name.
    pub fn of(outcome: &CaseOutcome, node: Option<&str>, again: &Again) -> Self {
        let failure = outcome.result.failure();
        let cause = names::cause(&outcome.result);
        Self {
            node: node.map(str::to_owned),
            input: path(&outcome.files.input),
            expected: path(&outcome.files.expected()),
            title: value::cut(&outcome.title),
            result: names::result(&outcome.result),
            reason: reason(&outcome.result),
            cause,
            sentence: gist::sentences(outcome).into_iter().next(),
            r#where: cause.map(|_| place(&gist::place(outcome))),
            mismatch: failure
                .and_then(|failure| failure.excerpt.as_ref())
                .map(MismatchRecord::of),
            diagnoses: failure.map_or_else(Vec::new, |failure| diagnoses(outcome, failure)),
            notes: notes(outcome),
            duration_ms: milliseconds(outcome.duration),
            runs: RunsRecord {
                total: outcome.runs.total,
                failed: outcome.runs.failed,
            },
            stderr: failure.map(|failure| value::cut(&escape::utf8(&failure.stderr))),
            again: again.command(&outcome.files.input),
        }
    }
}

fn reason(result: &CaseResult) -> Option<String> {
    match result.shown() {
        CaseResult::FailedAsExpected { reason }
        | CaseResult::UnexpectedPass { reason }
        | CaseResult::Skipped { reason } => Some(value::cut(reason)),
        CaseResult::Passed
        | CaseResult::Flaky(_)
        | CaseResult::Failed(_)
        | CaseResult::NothingExpected
        | CaseResult::NotRun(_) => None,
    }
}

fn diagnoses(outcome: &CaseOutcome, failure: &Failure) -> Vec<DiagnosisRecord> {
    let of = |diagnosis| DiagnosisRecord::of(diagnosis, &outcome.files);
    failure.diagnoses.iter().map(of).collect()
}

fn place(place: &BriefPlace) -> PlaceRecord {
    PlaceRecord {
        file: path(&place.file),
        line: place.line,
        column: place.column,
        path: place.path.as_deref().map(value::cut),
    }
}

fn notes(outcome: &CaseOutcome) -> Vec<NoteRecord> {
    let record = |note| NoteRecord {
        kind: names::note(note),
        input_line: match note {
            Note::NoReply { line, .. } => Some(*line),
            Note::NotFlushed(late) => Some(late.line),
            Note::Lingered | Note::LeftChildren | Note::BadExit { .. } | Note::Unended => None,
        },
        sentence: words::note(note, &outcome.files),
    };
    outcome.notes.iter().map(record).collect()
}

//! An outcome in brief: where to look and what is wrong, for reports that show a case on one line.

use std::path::{Path, PathBuf};

use super::{causes, words};
use crate::case::CaseError;
use crate::diagnosis::Diagnosis;
use crate::escape::file_name;
use crate::excerpt::Excerpt;
use crate::judge::Failure;
use crate::matching::Mismatch;
use crate::outcome::{CaseResult, NotRun, Outcome};

/// A place in one of the user's own files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1, if the whole file isn't meant.
    pub line: Option<usize>,
    /// The column, from 1, in characters, if the whole line isn't meant.
    pub column: Option<usize>,
    /// The path inside the message, if one value in it is meant.
    pub path: Option<String>,
}

impl Place {
    /// A whole file.
    pub fn file(file: &Path) -> Self {
        Self {
            file: file.to_path_buf(),
            line: None,
            column: None,
            path: None,
        }
    }
}

/// Where to look first: in a flaky case, for its first failure.
pub fn place(outcome: &Outcome) -> Place {
    let input = Place::file(&outcome.files.input);
    match outcome.result.shown() {
        CaseResult::Failed(failure) => match &failure.excerpt {
            Some(excerpt) => Place {
                line: Some(excerpt.line),
                path: first_path(excerpt),
                ..Place::file(&outcome.files.expected())
            },
            None => Place {
                line: failure
                    .diagnoses
                    .first()
                    .and_then(|first| lines(first).input),
                ..input
            },
        },
        CaseResult::NotRun(NotRun::BadCase(CaseError::Syntax { file, error })) => Place {
            line: Some(error.line),
            column: Some(error.column),
            ..Place::file(file)
        },
        CaseResult::NotRun(NotRun::BadCase(CaseError::Unreadable { file, .. })) => {
            Place::file(file)
        }
        _ => input,
    }
}

/// The lines that a cause speaks of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lines {
    /// Of the node's stdout.
    pub stdout: Option<usize>,
    /// Of the `.in`.
    pub input: Option<usize>,
    /// Of the `.expected`.
    pub expected: Option<usize>,
}

/// The lines that a cause speaks of first.
pub fn lines(diagnosis: &Diagnosis) -> Lines {
    let (input, expected) = match diagnosis {
        Diagnosis::DoubleReply { request, .. }
        | Diagnosis::Unlinked { request, .. }
        | Diagnosis::ErrorReply { request, .. }
        | Diagnosis::AskedInVain { request, .. }
        | Diagnosis::MissingReply { request, .. } => (Some(*request), None),
        Diagnosis::NotFlushed { waiting } => (Some(*waiting), None),
        Diagnosis::HeldBack { waiting, binds, .. } => (Some(*waiting), Some(*binds)),
        Diagnosis::LeftEarly { sent_line } => (Some(*sent_line), None),
        Diagnosis::InputNotJson { line, .. } | Diagnosis::NothingSent { line, .. } => {
            (Some(*line), None)
        }
        Diagnosis::ExpectedNotJson { line, .. } | Diagnosis::NoMessageExpected { line, .. } => {
            (None, Some(*line))
        }
        Diagnosis::NotJson { .. }
        | Diagnosis::NoEnvelope { .. }
        | Diagnosis::Malformed { .. }
        | Diagnosis::ForeignSource { .. }
        | Diagnosis::ReusedId { .. }
        | Diagnosis::BadId { .. }
        | Diagnosis::UnknownDestination { .. }
        | Diagnosis::ReplyToNothing { .. }
        | Diagnosis::BadExit { .. }
        | Diagnosis::Crashed { .. }
        | Diagnosis::Broke { .. }
        | Diagnosis::Flooded { .. }
        | Diagnosis::TimedOut { .. }
        | Diagnosis::WrongOrder
        | Diagnosis::Silent => (None, None),
    };
    Lines {
        stdout: diagnosis.output_line(),
        // 0 where nothing was sent.
        input: input.filter(|line| *line > 0),
        expected,
    }
}

fn first_path(excerpt: &Excerpt) -> Option<String> {
    match &excerpt.mismatch {
        Mismatch::Differs { differences, .. } => {
            let first = differences.first()?;
            (!first.path.is_root()).then(|| first.path.to_string())
        }
        _ => None,
    }
}

/// What is wrong, the first thing to fix first; empty where nothing is.
pub fn sentences(outcome: &Outcome) -> Vec<String> {
    match outcome.result.shown() {
        CaseResult::Failed(failure) => failure_sentences(outcome, failure),
        CaseResult::UnexpectedPass { reason } => vec![words::unexpected_pass(reason)],
        CaseResult::NothingExpected => vec![words::nothing_expected(&outcome.files.expected())],
        CaseResult::NotRun(reason) => vec![words::not_run(reason)],
        CaseResult::Passed
        | CaseResult::Flaky(_)
        | CaseResult::FailedAsExpected { .. }
        | CaseResult::Skipped { .. } => Vec::new(),
    }
}

fn failure_sentences(outcome: &Outcome, failure: &Failure) -> Vec<String> {
    let input = file_name(&outcome.files.input);
    let expected = file_name(&outcome.files.expected());
    let sentence = |cause: &Diagnosis| causes::diagnosis(cause, &input, &expected).sentence;
    let causes = failure.causes().map(sentence);
    let consequences = failure.consequences().map(sentence);
    let mismatch = failure.excerpt.iter().flat_map(|excerpt| {
        let place = format!("{expected}:{}", excerpt.line);
        let mut sentences = words::mismatch(excerpt);
        if let Some(first) = sentences.first_mut() {
            *first = format!("{place}: {first}");
        }
        sentences
    });
    causes.chain(mismatch).chain(consequences).collect()
}

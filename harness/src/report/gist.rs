//! An outcome in brief: where to look and what is wrong, for reports that show a case on one line.

use std::path::{Path, PathBuf};

use super::{causes, words};
use crate::case::CaseError;
use crate::diagnosis::Diagnosis;
use crate::escape::file_name;
use crate::excerpt::Excerpt;
use crate::judge::Failure;
use crate::outcome::{CaseOutcome, CaseResult, NotRun};

/// A place in one of the user's own files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BriefPlace {
    pub file: PathBuf,
    /// The line, from 1, if the whole file isn't meant.
    pub line: Option<usize>,
    /// The column, from 1, in characters, if the whole line isn't meant.
    pub column: Option<usize>,
    /// The path inside the message, if one value in it is meant.
    pub path: Option<String>,
}

impl BriefPlace {
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
pub fn place(outcome: &CaseOutcome) -> BriefPlace {
    let input = BriefPlace::file(&outcome.files.input);
    match outcome.result.shown() {
        CaseResult::Failed(failure) => match &failure.excerpt {
            Some(excerpt) => BriefPlace {
                line: Some(excerpt.line),
                path: first_path(excerpt),
                ..BriefPlace::file(&outcome.files.expected())
            },
            None => BriefPlace {
                line: failure
                    .diagnoses
                    .first()
                    .and_then(|first| first.facts().input),
                ..input
            },
        },
        CaseResult::NotRun(NotRun::BadCase(CaseError::Syntax { file, error })) => BriefPlace {
            line: Some(error.line),
            column: Some(error.column),
            ..BriefPlace::file(file)
        },
        CaseResult::NotRun(NotRun::BadCase(CaseError::Unreadable { file, .. })) => {
            BriefPlace::file(file)
        }
        CaseResult::Passed
        | CaseResult::Flaky(_)
        | CaseResult::FailedAsExpected { .. }
        | CaseResult::UnexpectedPass { .. }
        | CaseResult::NothingExpected
        | CaseResult::Skipped { .. }
        | CaseResult::NotRun(_) => input,
    }
}

fn first_path(excerpt: &Excerpt) -> Option<String> {
    let first = excerpt.mismatch.differences().first()?;
    (!first.path.is_root()).then(|| first.path.to_string())
}

/// What to fix first, without the place; empty where nothing is wrong.
pub fn brief(outcome: &CaseOutcome) -> String {
    let failure = outcome.result.failure();
    let excerpt = failure.filter(|failure| failure.causes().next().is_none());
    let excerpt = excerpt.and_then(|failure| failure.excerpt.as_ref());
    let sentences = excerpt.map_or_else(|| sentences(outcome), words::mismatch);
    sentences.into_iter().next().unwrap_or_default()
}

/// What is wrong, the first thing to fix first; empty where nothing is.
pub fn sentences(outcome: &CaseOutcome) -> Vec<String> {
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

fn failure_sentences(outcome: &CaseOutcome, failure: &Failure) -> Vec<String> {
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

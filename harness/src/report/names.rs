//! The names by which programs know what a run can come to. They are part of the format of the
//! reports: `cases/README.md` lists them, and none is ever renamed.

use crate::case::CaseError;
use crate::excerpt::Side;
use crate::judge::{Failure, Note};
use crate::matching::Mismatch;
use crate::matching::difference::DifferenceKind;
use crate::outcome::{CaseResult, NotRun, RunEnd};

/// What became of a case.
pub fn result(result: &CaseResult) -> &'static str {
    match result {
        CaseResult::Passed => "passed",
        CaseResult::Flaky(_) => "flaky",
        CaseResult::Failed(_) | CaseResult::NothingExpected => "failed",
        CaseResult::FailedAsExpected { .. } => "xfail",
        CaseResult::UnexpectedPass { .. } => "xpass",
        CaseResult::Skipped { .. } => "skipped",
        CaseResult::NotRun(_) => "error",
    }
}

/// Why a case didn't pass, in general; `None`: it is as its author says.
pub fn cause(result: &CaseResult) -> Option<&'static str> {
    match result.shown() {
        CaseResult::Failed(failure) => Some(failed(failure)),
        CaseResult::UnexpectedPass { .. } => Some("unexpected_pass"),
        CaseResult::NothingExpected => Some("nothing_expected"),
        CaseResult::NotRun(reason) => Some(not_run(reason)),
        CaseResult::Passed
        | CaseResult::Flaky(_)
        | CaseResult::FailedAsExpected { .. }
        | CaseResult::Skipped { .. } => None,
    }
}

fn failed(failure: &Failure) -> &'static str {
    match failure.excerpt {
        Some(_) => "mismatch",
        None => "misbehavior",
    }
}

fn not_run(reason: &NotRun) -> &'static str {
    match reason {
        NotRun::BadCase(CaseError::Syntax { .. }) => "syntax",
        NotRun::BadCase(CaseError::Unreadable { .. }) => "unreadable",
        NotRun::NotStarted { .. } | NotRun::NoWorkplace { .. } | NotRun::NeverSpoke(_) => {
            "not_started"
        }
        NotRun::Broken(_) => "broken",
    }
}

pub fn mismatch(mismatch: &Mismatch) -> &'static str {
    match mismatch {
        Mismatch::Differs { .. } => "differs",
        Mismatch::Missing { .. } => "missing",
        Mismatch::Unexpected { .. } => "unexpected",
        Mismatch::Late { .. } => "late",
    }
}

/// How two messages differ at one place.
pub fn difference(kind: &DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Value { .. } => "value",
        DifferenceKind::Missing { .. } => "missing",
        DifferenceKind::Unexpected { .. } => "unexpected",
        DifferenceKind::Id { .. } => "id",
        DifferenceKind::Name { .. } => "name",
        DifferenceKind::Text => "text",
    }
}

/// Where a line that is shown is from.
pub fn side(side: Side) -> &'static str {
    match side {
        Side::Context => "context",
        Side::Expected => "expected",
        Side::Actual => "actual",
        Side::Missing => "missing",
        Side::Surplus => "surplus",
    }
}

/// Something worth saying about a run.
pub fn note(note: &Note) -> &'static str {
    match note {
        Note::Lingered => "lingered",
        Note::LeftChildren => "left_children",
        Note::NotFlushed(_) => "not_flushed",
        Note::BadExit { .. } => "bad_exit",
        Note::Unended => "unended",
        Note::NoReply { .. } => "no_reply",
    }
}

/// How a run came to its end.
pub fn run_end(end: RunEnd) -> &'static str {
    match end {
        RunEnd::Complete => "complete",
        RunEnd::EnoughFailures { .. } => "enough_failures",
        RunEnd::Interrupted => "interrupted",
    }
}

//! Which outcomes have one cause: the same diagnosis, place and bytes, up to names and numbers. A node that
//! prints a greeting fails every case with it; a report tells that once. Pure.

mod marks;

use std::collections::BTreeMap;

use marks::{CauseMark, of_failure, of_not_run, of_notes};

use crate::case::CaseFiles;
use crate::outcome::{CaseOutcome, CaseResult};

/// How many further cases of one cause are named.
const NAMED_MAX: usize = 3;

/// How many causes are kept; a case with a further one has it to itself.
const CAUSES_MAX: usize = 1000;

/// What cases have in common that have one cause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Cause {
    end: CaseEnd,
    /// What to fix first, and what belongs to it.
    marks: Vec<CauseMark>,
}

/// How a case ended that has a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseEnd {
    Failed,
    /// It could not be run.
    NotRun,
    /// It failed, and passed when it was tried again.
    Flaky,
    /// It passed, with something to note about the node.
    Passed,
}

/// Cases of one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseGroup {
    pub end: CaseEnd,
    /// The first of them.
    pub first: CaseFiles,
    /// How many more there are.
    pub more: usize,
    /// The first of those.
    pub named: Vec<CaseFiles>,
}

/// The causes of a run, in the order of their first cases.
#[derive(Debug, Default)]
pub struct Causes {
    known: BTreeMap<Cause, usize>,
    groups: Vec<CauseGroup>,
}

impl Causes {
    /// Adds one more outcome. Whether an earlier one had the same cause.
    pub fn add(&mut self, outcome: &CaseOutcome) -> bool {
        let Some(cause) = cause(outcome) else {
            return false;
        };
        let position = self.known.get(&cause);
        if let Some(group) = position.and_then(|at| self.groups.get_mut(*at)) {
            group.more += 1;
            if group.named.len() < NAMED_MAX {
                group.named.push(outcome.files.clone());
            }
            return true;
        }
        if self.groups.len() < CAUSES_MAX {
            self.groups.push(CauseGroup {
                end: cause.end,
                first: outcome.files.clone(),
                more: 0,
                named: Vec::new(),
            });
            self.known.insert(cause, self.groups.len() - 1);
        }
        false
    }

    /// The cause that most cases have, those that failed before those that only note something.
    pub fn commonest(&self) -> Option<&CauseGroup> {
        let rank = |group: &&CauseGroup| {
            let is_failure = matches!(group.end, CaseEnd::Failed | CaseEnd::NotRun);
            (is_failure, group.more)
        };
        // Of several the first: the last is what `max_by_key` gives.
        self.groups.iter().rev().max_by_key(rank)
    }

    /// The causes that several cases have.
    pub fn shared(&self) -> impl Iterator<Item = &CauseGroup> {
        self.groups.iter().filter(|group| group.more > 0)
    }
}

/// What an outcome comes of; `None` where a person must look at this very case: a fault in its files, or
/// nothing at all.
fn cause(outcome: &CaseOutcome) -> Option<Cause> {
    let (end, marks) = match &outcome.result {
        CaseResult::Passed => (CaseEnd::Passed, of_notes(&outcome.notes)?),
        CaseResult::Flaky(_) => (CaseEnd::Flaky, of_failure(outcome.result.failure()?)?),
        CaseResult::Failed(failure) => (CaseEnd::Failed, of_failure(failure)?),
        CaseResult::NotRun(reason) => (CaseEnd::NotRun, of_not_run(reason)?),
        CaseResult::FailedAsExpected { .. }
        | CaseResult::UnexpectedPass { .. }
        | CaseResult::NothingExpected
        | CaseResult::Skipped { .. } => return None,
    };
    Some(Cause { end, marks })
}

#[cfg(test)]
mod tests;

//! What a case lets through: nodes that do next to nothing, and good outputs changed on purpose, that
//! it passes all the same. Pure.
//!
//! What a case leaves open in so many words is no weakness of it: the order under `unordered`, whatever
//! may come in between or after under `contains` and `prefix`, further keys under `"<...>"`.

mod changes;
mod impostors;

use crate::judge::Trial;
use crate::matching::actual;
use crate::matching::path::Path;
use crate::outcome::{ExitCode, NotRun};
use crate::transcript::Transcript;
use changes::Replies;
pub use impostors::Impostor;

/// How many bytes are judged for one case at most, over all changes of a kind; of more changes some
/// are left out, evenly.
const BYTES_JUDGED_MAX: usize = 8 * 1024 * 1024;

/// How many changes of a kind are judged however long the output.
const CHANGES_MIN: usize = 16;

/// Something wrong that a case lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Weakness {
    /// A node that solves nothing passes.
    Impostor(Impostor),
    /// A reply may be changed so.
    Change(Change, AuditedReply),
}

/// What was done to a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Dropped,
    /// It came twice, the second time with a number of its own.
    Doubled,
    /// It came last.
    Moved,
    /// A value in it was replaced by others of its kind.
    Value {
        path: Path,
        /// The line of the `.expected` that lets it through.
        line: Option<usize>,
    },
}

/// A reply of a node that passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedReply {
    /// Its line on stdout, from 1.
    pub line: usize,
    /// Its type; empty if it has none.
    pub kind: String,
    /// The line of the `.in` that it answers; `None` if it is a line of text.
    pub request: Option<usize>,
}

/// What became of a case that was to be audited.
#[derive(Debug)]
pub enum AuditOutcome {
    /// It was audited. An empty list is a good one.
    Audited(Vec<Weakness>),
    /// The node doesn't pass it, so there is no good output to change.
    Fails,
    /// It has no `.expected`.
    NothingExpected,
    /// It says that it is not to be run, or that it fails.
    Skipped { reason: String },
    /// It could not be run.
    NotRun(NotRun),
}

/// How many cases came to which end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditTally {
    pub audited: usize,
    /// Those among them that let something through.
    pub weak: usize,
    /// Those that the node fails, and those without an `.expected`.
    pub failing: usize,
    /// Those that were not to be run.
    pub skipped: usize,
    /// Those that could not be run.
    pub not_run: usize,
}

impl AuditTally {
    pub fn add(&mut self, outcome: &AuditOutcome) {
        match outcome {
            AuditOutcome::Audited(weaknesses) => {
                self.audited += 1;
                self.weak += usize::from(!weaknesses.is_empty());
            }
            AuditOutcome::Fails | AuditOutcome::NothingExpected => self.failing += 1,
            AuditOutcome::Skipped { .. } => self.skipped += 1,
            AuditOutcome::NotRun(_) => self.not_run += 1,
        }
    }

    /// Whether every case was skipped.
    pub fn ran_nothing(self) -> bool {
        self.skipped > 0 && self.audited + self.failing + self.not_run == 0
    }

    /// What it amounts to, if it was not interrupted.
    pub fn exit(self) -> ExitCode {
        match (self.not_run, self.weak + self.failing) {
            (0, 0) if self.ran_nothing() => ExitCode::CouldNotRun,
            (0, 0) => ExitCode::Passed,
            (0, _) => ExitCode::Failed,
            _ => ExitCode::CouldNotRun,
        }
    }
}

/// Audits a case, given a run of it; `None` if that run doesn't pass.
pub fn weaknesses(trial: Trial<'_>, good: &Transcript) -> Option<Vec<Weakness>> {
    if !trial.passes(good) {
        return None;
    }
    let impostors = Impostor::ALL.into_iter();
    let passing = impostors.filter(|impostor| {
        let output = impostor.output(&trial.case.requests);
        output.is_some_and(|output| trial.passes(&Transcript::clean(output)))
    });
    let passing: Vec<_> = passing.map(Weakness::Impostor).collect();
    if !passing.is_empty() {
        // All else that it lets through follows from that.
        return Some(passing);
    }
    // What isn't compared is left out of the changed outputs, too.
    let background = &trial.rules.background;
    let lines = actual::lines_but(background, &good.output, usize::MAX).lines;
    let replies = Replies::of(trial, &lines);
    let passes = |output: Vec<u8>| {
        trial.passes(&Transcript {
            output,
            ..good.clone()
        })
    };
    let max = (BYTES_JUDGED_MAX / good.output.len().max(1)).max(CHANGES_MIN);
    let mut found = unnoticed_changes(&replies, max, passes);
    found.extend(unnoticed_values(&replies, max, &found, passes));
    found.sort_by_key(|(_, position)| *position);
    let weakness = |(change, position)| Some(Weakness::Change(change, replies.reply(position)?));
    Some(found.into_iter().filter_map(weakness).collect())
}

/// A change and the position of the reply that it was done to.
type Changed = (Change, usize);

/// The changes of whole replies that pass.
fn unnoticed_changes(
    replies: &Replies<'_>,
    max: usize,
    passes: impl Fn(Vec<u8>) -> bool,
) -> Vec<Changed> {
    let mut changes = replies.whole();
    thin_out(&mut changes, max);
    changes.retain(|(change, position)| passes(replies.changed(change, *position)));
    changes
}

/// The values that may be any of their kind, but for those in replies that may be missing.
fn unnoticed_values(
    replies: &Replies<'_>,
    max: usize,
    known: &[Changed],
    passes: impl Fn(Vec<u8>) -> bool,
) -> Vec<Changed> {
    let mut values = replies.values();
    values.retain(|(_, position)| !known.contains(&(Change::Dropped, *position)));
    thin_out(&mut values, max);
    values.retain(|(path, position)| replies.replaced(path, *position).all(&passes));
    let change = |(path, position)| {
        let line = replies.shown_on(position);
        (Change::Value { path, line }, position)
    };
    values.into_iter().map(change).collect()
}

/// Leaves out so many, evenly, that no more than `max` stay.
fn thin_out<T>(all: &mut Vec<T>, max: usize) {
    let stride = all.len().div_ceil(max.max(1)).max(1);
    let mut position = 0;
    all.retain(|_| {
        position += 1;
        (position - 1) % stride == 0
    });
}

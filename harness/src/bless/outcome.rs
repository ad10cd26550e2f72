//! What became of the cases that were to be blessed. Values only.

use super::BlessRefused;
use super::open::OpenPlace;
use super::remarks::Remark;
use crate::judge::Failure;
use crate::outcome::{ExitCode, NotRun};

/// What became of one case that was to be blessed.
#[derive(Debug)]
pub enum BlessOutcome {
    /// Its `.expected` says what the node answers.
    Unchanged,
    /// Its `.expected` should read so.
    Changed {
        /// What it says so far; `None`: there is no such file.
        old: Option<String>,
        new: String,
        /// What is left open in it, for it differed between runs of the node.
        open: Vec<OpenPlace>,
        /// What to know of it.
        remarks: Vec<Remark>,
    },
    /// It differs between runs of the node. Its `.expected` is left alone, but could leave open what differs.
    Differs {
        /// What it says so far; `None`: there is no such file.
        old: Option<String>,
        new: String,
        /// What is left open in that.
        open: Vec<OpenPlace>,
    },
    /// Another run of the node doesn't pass, and no placeholder would let it.
    Varies(Box<Failure>),
    Refused(BlessRefused),
    /// It says that it is not to be run, or that it fails.
    Skipped {
        reason: String,
    },
    /// It could not be run.
    NotRun(NotRun),
    /// Its `.expected` could not be written.
    Unwritable {
        reason: String,
    },
}

/// How many cases came to which end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BlessTally {
    /// Those that got an `.expected`.
    pub new: usize,
    /// Those whose `.expected` changed.
    pub changed: usize,
    /// Those whose `.expected` was right.
    pub unchanged: usize,
    /// Those that were not to be run.
    pub skipped: usize,
    /// Those that were left alone.
    pub refused: usize,
    /// Those that could not be run or written.
    pub failed: usize,
}

impl BlessTally {
    pub fn add(&mut self, outcome: &BlessOutcome) {
        *match outcome {
            BlessOutcome::Unchanged => &mut self.unchanged,
            BlessOutcome::Changed { old: None, .. } => &mut self.new,
            BlessOutcome::Changed { old: Some(_), .. } => &mut self.changed,
            BlessOutcome::Refused(_) | BlessOutcome::Differs { .. } | BlessOutcome::Varies(_) => {
                &mut self.refused
            }
            BlessOutcome::Skipped { .. } => &mut self.skipped,
            BlessOutcome::NotRun(_) | BlessOutcome::Unwritable { .. } => &mut self.failed,
        } += 1;
    }

    /// Whether every case was skipped.
    pub fn ran_nothing(self) -> bool {
        let skipped = self.skipped;
        skipped > 0
            && self
                == Self {
                    skipped,
                    ..Self::default()
                }
    }

    /// What it amounts to, if it was not interrupted. `dry_run`: what is new or changed was not written.
    pub fn exit(self, dry_run: bool) -> ExitCode {
        let pending = if dry_run { self.new + self.changed } else { 0 };
        match (self.failed, self.refused + pending) {
            (0, 0) if self.ran_nothing() => ExitCode::CouldNotRun,
            (0, 0) => ExitCode::Passed,
            (0, _) => ExitCode::Failed,
            _ => ExitCode::CouldNotRun,
        }
    }
}

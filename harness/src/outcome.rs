//! What became of the cases: values that a report renders, and the exit code that they amount to.

use std::cmp::Reverse;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::case::{CaseError, CaseFiles};
use crate::judge::{Failure, Note};

/// What became of one case.
#[derive(Debug)]
pub struct CaseOutcome {
    pub files: CaseFiles,
    /// Its title; empty if it has none.
    pub title: String,
    /// How long it ran, the time that is shown if it ran more than once; zero if it didn't.
    pub duration: Duration,
    pub runs: Runs,
    pub result: CaseResult,
    /// What else is worth saying.
    pub notes: Vec<Note>,
}

/// How often a case was run: more than once where `--retries` or `--repeat` asks for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Runs {
    /// In all; zero if it could not be run or was not to be.
    pub total: usize,
    pub failed: usize,
}

/// What became of one case.
#[derive(Debug)]
pub enum CaseResult {
    /// The node did what it should.
    Passed,
    /// The node did what it should when it was tried again.
    Flaky(Box<Self>),
    Failed(Box<Failure>),
    /// It failed, as it says it will.
    FailedAsExpected {
        reason: String,
    },
    /// It passed, though it says that it won't.
    UnexpectedPass {
        reason: String,
    },
    /// It has no `.expected`, so nothing was run.
    NothingExpected,
    /// It says that it is not to be run.
    Skipped {
        reason: String,
    },
    /// It could not be run.
    NotRun(NotRun),
}

impl CaseResult {
    /// The run that is shown: of a flaky case the first that failed.
    pub fn shown(&self) -> &Self {
        if let Self::Flaky(first) = self {
            first
        } else {
            self
        }
    }

    /// How it failed, if a node's conduct is what failed it.
    pub fn failure(&self) -> Option<&Failure> {
        let Self::Failed(failure) = self.shown() else {
            return None;
        };
        Some(failure)
    }

    /// Whether it makes the whole run fail.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Passed
            | Self::Flaky(_)
            | Self::FailedAsExpected { .. }
            | Self::Skipped { .. } => false,
            Self::Failed(_)
            | Self::UnexpectedPass { .. }
            | Self::NothingExpected
            | Self::NotRun(_) => true,
        }
    }
}

/// Why a case could not be run.
#[derive(Debug)]
pub enum NotRun {
    BadCase(CaseError),
    /// The node could not be started.
    NotStarted {
        program: PathBuf,
        error: io::Error,
        /// The file's first line, if it could be read: a script names its interpreter there.
        first_line: Option<Vec<u8>>,
    },
    /// The folder that the node was to run in can't be used.
    NoWorkplace {
        folder: PathBuf,
        /// Whether it is a fresh one, where temporary files are.
        is_fresh: bool,
        error: io::Error,
    },
    /// It says that it fails, but its node never got so far as to give an answer, right or wrong.
    NeverSpoke(Box<Failure>),
    /// The harness itself met an error that it didn't expect.
    Broken(io::Error),
}

/// The cases that took longest.
#[derive(Debug, Clone)]
pub struct Slowest {
    count: usize,
    cases: Vec<(Duration, CaseFiles)>,
}

impl Slowest {
    pub fn new(count: usize) -> Self {
        let cases = Vec::new();
        Self { count, cases }
    }

    pub fn add(&mut self, outcome: &CaseOutcome) {
        if self.count == 0 || outcome.runs.total == 0 {
            return;
        }
        self.cases.push((outcome.duration, outcome.files.clone()));
        self.cases.sort_by_key(|(duration, _)| Reverse(*duration));
        self.cases.truncate(self.count);
    }

    /// The cases, the slowest first.
    pub fn cases(&self) -> &[(Duration, CaseFiles)] {
        &self.cases
    }
}

/// How many cases came to which end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those that passed, also those that did when tried again, and those that failed as expected.
    pub passed: usize,
    /// Those that failed, and those that could not be run.
    pub failed: usize,
    /// Those that were not to be run.
    pub skipped: usize,
    /// Those that could not be run, counted among the failed too.
    pub not_run: usize,
    /// Those that passed only when tried again, counted among the passed too.
    pub flaky: usize,
    /// Those that passed and need no reply but that to `init`, of a node that gave no other.
    pub only_init: usize,
}

impl Tally {
    pub fn add(&mut self, result: &CaseResult) {
        match result {
            CaseResult::Passed | CaseResult::FailedAsExpected { .. } => self.passed += 1,
            CaseResult::Flaky(_) => {
                self.passed += 1;
                self.flaky += 1;
            }
            CaseResult::Failed(_)
            | CaseResult::UnexpectedPass { .. }
            | CaseResult::NothingExpected => self.failed += 1,
            CaseResult::Skipped { .. } => self.skipped += 1,
            CaseResult::NotRun(_) => {
                self.failed += 1;
                self.not_run += 1;
            }
        }
    }

    /// Counts what was worth saying about one more.
    pub fn add_notes(&mut self, notes: &[Note]) {
        let is_one = |note: &Note| {
            matches!(
                note,
                Note::NoReply {
                    only_init: true,
                    ..
                }
            )
        };
        self.only_init += usize::from(notes.iter().any(is_one));
    }

    /// Counts what may have been a case, but could not be read.
    pub fn add_unreadable(&mut self) {
        self.failed += 1;
        self.not_run += 1;
    }

    /// Counts those of another node, too.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
            not_run: self.not_run + other.not_run,
            flaky: self.flaky + other.flaky,
            only_init: self.only_init + other.only_init,
        }
    }

    /// Whether every case ran and passed at once.
    pub fn is_all_passed(self) -> bool {
        self.failed + self.skipped + self.flaky == 0
    }

    /// Whether every case was skipped: then nothing shows that the node does anything right.
    pub fn ran_nothing(self) -> bool {
        self.passed + self.failed == 0 && self.skipped > 0
    }

    /// What a run that came to this end amounts to.
    pub fn exit(self, end: RunEnd) -> ExitCode {
        match (end, self.not_run, self.failed) {
            (RunEnd::Interrupted, _, _) => ExitCode::Interrupted,
            (_, 0, 0) if self.ran_nothing() => ExitCode::CouldNotRun,
            (_, 0, 0) => ExitCode::Passed,
            (_, 0, _) => ExitCode::Failed,
            _ => ExitCode::CouldNotRun,
        }
    }
}

/// How a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunEnd {
    Complete,
    EnoughFailures {
        /// How many cases were not begun.
        left: usize,
    },
    Interrupted,
}

impl RunEnd {
    /// How a run of several nodes came to its end, one of which came to each of these.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Interrupted, _) | (_, Self::Interrupted) => Self::Interrupted,
            (Self::EnoughFailures { left }, Self::EnoughFailures { left: more }) => {
                Self::EnoughFailures { left: left + more }
            }
            (Self::EnoughFailures { left }, Self::Complete)
            | (Self::Complete, Self::EnoughFailures { left }) => Self::EnoughFailures { left },
            (Self::Complete, Self::Complete) => Self::Complete,
        }
    }
}

/// What a whole run amounts to, and the status that says so: the worse, the higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitCode {
    Passed = 0,
    Failed = 1,
    /// It could not be run: bad arguments, a bad case, no such node, nothing selected.
    CouldNotRun = 2,
    Interrupted = 130,
}

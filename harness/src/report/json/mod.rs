//! A run as JSON lines, for programs: one record a line, as `cases/README.md` describes them.
//!
//! A record always has all of its keys; one that means nothing is `null`. Keys and names stay as
//! they are as long as [`SCHEMA`] does; others may be added.

mod case;
mod failure;
mod value;

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

pub use case::CaseRecord;

use super::again::TestedNode;
use super::{escape, names};
use crate::case::find::Unreadable;
use crate::outcome::{RunEnd, Tally};

/// The version of the format: another one where a program that reads it would have to change.
pub const SCHEMA: u32 = 1;

/// One line.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Record {
    /// The first one: a run begins.
    Run {
        /// The version of the format.
        schema: u32,
        /// That of the harness.
        version: &'static str,
        /// How many cases were selected.
        cases: usize,
        /// The node, if it is one for all cases.
        bin: Option<String>,
        /// Its arguments on the command line, which count for all cases.
        args: Option<Vec<String>>,
    },
    /// An `.expected` that nothing checks.
    Orphan {
        /// Which one.
        file: String,
    },
    /// A path that could not be searched for cases.
    Unreadable {
        /// Which one.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// What became of a case.
    Case(Box<CaseRecord>),
    /// The last one: the run is over.
    Summary {
        /// How it came to its end.
        end: &'static str,
        /// How many cases were not begun, where it ended after enough failures.
        not_begun: Option<usize>,
        /// How many passed, flaky ones and those that failed as expected included.
        passed: usize,
        /// How many failed, those that could not be run included.
        failed: usize,
        /// How many were not to be run.
        skipped: usize,
        /// How many could not be run.
        could_not_run: usize,
        /// How many passed only when tried again.
        flaky: usize,
        /// How many passed that need no reply but that to `init`, of a node that gave no other.
        only_init: usize,
        /// How long the run took.
        duration_ms: u64,
        /// The status that the harness exits with.
        exit: u8,
    },
}

impl Record {
    /// A run of so many cases with this node begins.
    pub fn run(cases: usize, node: &TestedNode) -> Self {
        Self::Run {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            cases,
            bin: node.bin.as_deref().map(path),
            args: node.args.as_deref().map(arguments),
        }
    }

    /// An `.expected` that nothing checks.
    pub fn orphan(expected: &Path) -> Self {
        let file = path(expected);
        Self::Orphan { file }
    }

    /// A path that could not be searched.
    pub fn unreadable(unreadable: &Unreadable) -> Self {
        Self::Unreadable {
            path: path(&unreadable.path),
            reason: unreadable.reason.clone(),
        }
    }

    /// The run is over.
    pub fn summary(tally: Tally, end: RunEnd, duration: Duration) -> Self {
        Self::Summary {
            end: names::run_end(end),
            not_begun: match end {
                RunEnd::EnoughFailures { left } => Some(left),
                RunEnd::Complete => Some(0),
                // What was still running then was begun, and is no case that was left.
                RunEnd::Interrupted => None,
            },
            passed: tally.passed,
            failed: tally.failed,
            skipped: tally.skipped,
            could_not_run: tally.not_run,
            flaky: tally.flaky,
            only_init: tally.only_init,
            duration_ms: milliseconds(duration),
            exit: tally.exit(end) as u8,
        }
    }

    /// The record as its line, in which no character acts on a terminal or in a log.
    pub fn line(&self) -> String {
        line(self)
    }
}

/// A record as its line.
pub(super) fn line(record: &impl Serialize) -> String {
    // Every key of a record is a string, so there is nothing that JSON couldn't say.
    let text = serde_json::to_string(record).unwrap_or_default();
    escape::json(&text) + "\n"
}

/// Arguments as text.
pub(super) fn arguments(args: &[OsString]) -> Vec<String> {
    let args = args.iter();
    args.map(|arg| arg.to_string_lossy().into_owned()).collect()
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(super) fn path(path: &Path) -> String {
    escape::utf8(path.as_os_str().as_encoded_bytes())
}

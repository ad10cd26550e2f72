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
use super::matrix::{CommonCause, NodeResult, NodeTotal};
use super::{escape, names};
use crate::case::find::Unreadable;
use crate::outcome::{ExitCode, RunEnd, Tally};

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
        version: &'static str,
        /// How many cases were selected.
        cases: usize,
        /// The node, if it is one for all cases.
        bin: Option<String>,
        /// Its arguments on the command line, which count for all cases.
        args: Option<Vec<String>>,
        /// How many nodes there are.
        nodes: usize,
        /// Which share of the selected cases it is.
        partition: Option<String>,
        /// What gave the order of the cases.
        shuffle: Option<u64>,
    },
    /// One of several nodes had its turn.
    Node {
        /// What tells it from the others.
        name: String,
        bin: Option<String>,
        args: Option<Vec<String>>,
        /// Why it was not run.
        not_run: Option<String>,
        /// How its run came to its end.
        end: Option<&'static str>,
        /// How many cases passed, flaky ones and those that failed as expected included.
        passed: usize,
        /// How many failed, those that could not be run included.
        failed: usize,
        /// How many were not to be run.
        skipped: usize,
        /// How many could not be run.
        could_not_run: usize,
        /// How many passed only when tried again.
        flaky: usize,
        /// What most of its failures come of.
        commonest: Option<CommonRecord>,
        /// The status that the harness would exit with, were it the only one.
        exit: u8,
    },
    /// An `.expected` that nothing checks.
    Orphan { file: String },
    /// A path that could not be searched for cases.
    Unreadable { path: String, reason: String },
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

/// A cause that cases have in common.
#[derive(Debug, Clone, Serialize)]
pub struct CommonRecord {
    cases: usize,
    sentence: String,
}

/// What is run.
#[derive(Debug, Clone)]
pub struct RunPlan {
    /// How many cases were selected.
    pub cases: usize,
    /// How many nodes run them.
    pub nodes: usize,
    /// Which share of the selected cases it is, in words.
    pub partition: Option<String>,
    /// What gave their order.
    pub shuffle: Option<u64>,
}

impl Record {
    /// A run begins; `node`: if it is one for all cases.
    pub fn run(plan: RunPlan, node: &TestedNode) -> Self {
        Self::Run {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            cases: plan.cases,
            bin: node.bin.as_deref().map(path),
            args: node.args.as_deref().map(arguments),
            nodes: plan.nodes,
            partition: plan.partition,
            shuffle: plan.shuffle,
        }
    }

    /// One of several nodes had its turn.
    pub fn node(total: &NodeTotal) -> Self {
        let NodeTotal { node, result } = total;
        let (not_run, tally, end, commonest) = match result {
            NodeResult::NotRun { reason, .. } => {
                (Some(reason.clone()), Tally::default(), None, None)
            }
            NodeResult::Ran {
                tally,
                commonest,
                end,
                ..
            } => (None, *tally, Some(names::run_end(*end)), commonest.clone()),
        };
        let common = |CommonCause { cases, sentence }| CommonRecord { cases, sentence };
        Self::Node {
            name: node.name.clone().unwrap_or_default(),
            bin: node.bin.as_deref().map(path),
            args: node.args.as_deref().map(arguments),
            not_run,
            end,
            passed: tally.passed,
            failed: tally.failed,
            skipped: tally.skipped,
            could_not_run: tally.not_run,
            flaky: tally.flaky,
            commonest: commonest.map(common),
            exit: total.exit() as u8,
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

    pub fn summary(tally: Tally, end: RunEnd, duration: Duration, exit: ExitCode) -> Self {
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
            exit: exit as u8,
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

//! Runs of clusters as JSON lines, for programs: one record a line.
//!
//! A record always has all of its keys. Keys and names stay as they are as long as the schema does; others may
//! be added.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::results;
use crate::cluster::checker::finding::Judgement;
use crate::cluster::judged::Judged;
use crate::outcome::ExitCode;
use crate::report::again::TestedNode;
use crate::report::json::{self, SCHEMA, milliseconds};

/// One line.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClusterRecord {
    /// The first one.
    Test {
        /// The version of the format.
        schema: u32,
        version: &'static str,
        /// How many runs there are to be.
        runs: usize,
        bin: Option<String>,
        args: Option<Vec<String>>,
    },
    /// A run that was judged.
    Cluster {
        folder: String,
        /// `valid`, `not_valid`, or `could_not_be_judged`.
        verdict: &'static str,
        /// Whether the user cut it short.
        interrupted: bool,
        duration_ms: u64,
        /// What its `results.json` says.
        results: Value,
    },
    /// The last one.
    Summary {
        /// How many runs came to what.
        #[serde(flatten)]
        counts: RunCounts,
        /// How long all of it took.
        duration_ms: u64,
        /// The status that the harness exits with.
        exit: u8,
    },
}

/// How many runs came to what.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct RunCounts {
    pub valid: usize,
    pub not_valid: usize,
    /// How many could not be judged.
    pub could_not_be_judged: usize,
    /// How many the user cut short.
    pub interrupted: usize,
    /// How many were not begun.
    pub not_run: usize,
}

impl RunCounts {
    /// How many runs there were to be and did not come to their end.
    pub fn left(&self) -> usize {
        self.interrupted + self.not_run
    }
}

impl ClusterRecord {
    /// So many runs with this node begin.
    pub fn test(runs: usize, node: &TestedNode) -> Self {
        Self::Test {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            runs,
            bin: node.bin.as_deref().map(json::path),
            args: node.args.as_deref().map(json::arguments),
        }
    }

    /// A run in this folder; `again`: the command that repeats it.
    pub fn cluster(judged: &Judged, folder: &Path, again: &str, interrupted: bool) -> Self {
        Self::Cluster {
            folder: json::path(folder),
            verdict: match judged.verdict.judgement() {
                Judgement::Valid => "valid",
                Judgement::Invalid => "not_valid",
                Judgement::Unjudged => "could_not_be_judged",
            },
            interrupted,
            duration_ms: milliseconds(judged.recording.duration()),
            results: results::results(judged, again),
        }
    }

    pub fn summary(counts: RunCounts, exit: ExitCode, duration: Duration) -> Self {
        Self::Summary {
            counts,
            duration_ms: milliseconds(duration),
            exit: exit as u8,
        }
    }

    /// The record as its line, in which no character acts on a terminal or in a log.
    pub fn line(&self) -> String {
        json::line(self)
    }
}

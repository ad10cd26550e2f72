//! A run with its verdict.

use super::checker;
use super::checker::finding::{Finding, Unchecked, Verdict};
use super::limit::Limit;
use super::recording::Recording;

/// A judged run.
#[derive(Debug)]
pub struct Judged {
    /// What happened.
    pub recording: Recording,
    /// What is wrong with it.
    pub verdict: Verdict,
}

impl Judged {
    /// Judges a run.
    pub fn of(recording: Recording, limit: Limit<'_>) -> Self {
        let verdict = checker::judge(&recording, limit);
        Self { recording, verdict }
    }

    /// Judges what there is of a run whose harness was stopped: whatever that is, it is not valid.
    pub fn of_part(recording: Recording, limit: Limit<'_>) -> Self {
        let mut judged = Self::of(recording, limit);
        let broken_off = Finding::Unchecked(Unchecked::BrokenOff);
        judged.verdict.findings.push(broken_off);
        judged
    }
}

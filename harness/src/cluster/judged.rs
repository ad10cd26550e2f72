//! A run with its two verdicts: ours, and the one of Maelstrom's own rule.

use super::checker;
use super::checker::finding::{Finding, Unchecked, Verdict};
use super::recording::Recording;
use super::set_full::SetFull;

/// A judged run.
#[derive(Debug)]
pub struct Judged {
    /// What happened.
    pub recording: Recording,
    /// What is wrong with it.
    pub verdict: Verdict,
    /// What Maelstrom would say.
    pub set_full: SetFull,
}

impl Judged {
    /// Judges a run.
    pub fn of(recording: Recording) -> Self {
        let set_full = SetFull::of(&recording.events);
        let verdict = checker::judge(&recording, &set_full.stable_latencies);
        Self {
            recording,
            verdict,
            set_full,
        }
    }

    /// Judges what there is of a run whose harness was stopped: whatever that is, it is not valid.
    pub fn of_part(recording: Recording) -> Self {
        let mut judged = Self::of(recording);
        let broken_off = Finding::Unchecked(Unchecked::BrokenOff);
        judged.verdict.findings.push(broken_off);
        judged
    }
}

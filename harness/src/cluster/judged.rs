//! A run with its verdict.

use super::checker;
use super::checker::finding::{Finding, Unchecked, Unjudged, Verdict};
use super::limit::Limit;
use super::recording::Recording;

/// A judged run.
#[derive(Debug)]
pub struct Judged {
    pub recording: Recording,
    /// What is wrong with it.
    pub verdict: Verdict,
}

impl Judged {
    pub fn of(recording: Recording, limit: Limit<'_>) -> Self {
        let verdict = checker::judge(&recording, limit);
        Self { recording, verdict }
    }

    /// Judges what there is of a run whose harness was stopped: it is not valid, and what nobody asked for any
    /// more is no fault of the nodes.
    pub fn of_part(recording: Recording, limit: Limit<'_>) -> Self {
        let mut judged = Self::of(recording, limit);
        let Verdict {
            findings, unjudged, ..
        } = &mut judged.verdict;
        findings.retain(|finding| {
            !matches!(finding, Finding::Unchecked(_) | Finding::Unanswered { .. })
        });
        unjudged.push(Unjudged::NothingToCheck(Unchecked::BrokenOff));
        judged
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::settings::Settings;

    #[test]
    fn what_a_stopped_harness_did_not_ask_any_more_is_no_fault_of_the_nodes() {
        let nothing = || Recording::new(Settings::of_nodes(1));
        assert!(
            !Judged::of(nothing(), Limit::NONE)
                .verdict
                .findings
                .is_empty()
        );
        let Verdict {
            findings, unjudged, ..
        } = Judged::of_part(nothing(), Limit::NONE).verdict;
        assert_eq!(findings, []);
        assert_eq!(unjudged, [Unjudged::NothingToCheck(Unchecked::BrokenOff)]);
    }
}

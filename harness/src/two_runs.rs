//! Two runs of cases, held against each other by their JSON lines: what passes, fails or takes longer in the
//! second one. Pure.

pub mod run_figures;
pub mod run_report;

use std::collections::BTreeMap;

use run_report::{CaseKey, CaseReport, CaseState, RunReport};

/// Less than this is noise: so much longer must a case take, in milliseconds, …
const LONGER_MIN: u64 = 100;

/// … and so many times as long, in percent.
const LONGER_MIN_PERCENT: u64 = 150;

/// What is other in the second run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunChange {
    /// It passed, and fails now.
    FailsNow,
    /// It failed, and passes now.
    PassesNow,
    /// It passed, and does now only when tried again.
    FlakyNow,
    /// It passed and still does, but takes longer.
    Slower,
    /// It was run, and is skipped now.
    SkippedNow,
    /// It was skipped, and passes now.
    RunAndPasses,
    /// It was skipped, and fails now.
    RunAndFails,
    /// It is only in the first run.
    OnlyBefore,
    /// It is only in the second run.
    OnlyAfter,
}

/// A case that came out otherwise.
#[derive(Debug, PartialEq, Eq)]
pub struct ChangedCase<'a> {
    pub key: &'a CaseKey,
    /// What became of it in the first run.
    pub before: Option<&'a CaseReport>,
    /// What became of it in the second one.
    pub after: Option<&'a CaseReport>,
}

/// How two runs differ.
#[derive(Debug, Default)]
pub struct RunComparison<'a> {
    /// The cases of each kind of change, those with none left out.
    pub changes: BTreeMap<RunChange, Vec<ChangedCase<'a>>>,
    /// How many came out as they did before.
    pub as_before: usize,
    /// How many are in both.
    pub common: usize,
    /// Whether the second run did not come to cases of the first.
    pub is_cut_off: bool,
}

/// Holds two runs against each other.
pub fn compare<'a>(before: &'a RunReport, after: &'a RunReport) -> RunComparison<'a> {
    let mut comparison = RunComparison::default();
    let only_after = after.cases.keys();
    let only_after = only_after.filter(|key| !before.cases.contains_key(*key));
    for key in before.cases.keys().chain(only_after) {
        let (before, after) = (before.cases.get(key), after.cases.get(key));
        comparison.common += usize::from(before.is_some() && after.is_some());
        match change(before, after) {
            None => comparison.as_before += 1,
            Some(change) => {
                let of_kind = comparison.changes.entry(change).or_default();
                of_kind.push(ChangedCase { key, before, after });
            }
        }
    }
    let lost = comparison.changes.contains_key(&RunChange::OnlyBefore);
    comparison.is_cut_off = lost && !after.is_complete;
    comparison
}

fn change(before: Option<&CaseReport>, after: Option<&CaseReport>) -> Option<RunChange> {
    use CaseState::{Failed, Flaky, Passed, Skipped};
    let (before, after) = match (before, after) {
        (Some(before), Some(after)) => (before, after),
        (Some(_), None) => return Some(RunChange::OnlyBefore),
        (None, _) => return Some(RunChange::OnlyAfter),
    };
    match (before.state, after.state) {
        (Passed | Flaky, Failed) => Some(RunChange::FailsNow),
        (Failed, Passed | Flaky) => Some(RunChange::PassesNow),
        (Passed, Flaky) => Some(RunChange::FlakyNow),
        (Passed, Passed) => is_slower(before, after).then_some(RunChange::Slower),
        (Passed | Flaky | Failed, Skipped) => Some(RunChange::SkippedNow),
        (Skipped, Passed | Flaky) => Some(RunChange::RunAndPasses),
        (Skipped, Failed) => Some(RunChange::RunAndFails),
        (Flaky, Passed | Flaky) | (Failed, Failed) | (Skipped, Skipped) => None,
    }
}

fn is_slower(before: &CaseReport, after: &CaseReport) -> bool {
    let (before, after) = (before.duration_ms, after.duration_ms);
    let times = after.saturating_mul(100) >= before.saturating_mul(LONGER_MIN_PERCENT);
    times && after.saturating_sub(before) >= LONGER_MIN
}

#[cfg(test)]
mod tests {
    use super::RunChange::{FailsNow, FlakyNow, PassesNow, RunAndFails, RunAndPasses, SkippedNow};
    use super::run_report::parse;
    use super::*;

    const RUN: &str = r#"{"type":"run","schema":1}"#;
    const SUMMARY: &str = r#"{"type":"summary","end":"complete"}"#;

    fn report(cases: &[(&str, &str, u64)], end: &str) -> RunReport {
        let case = |(input, result, ms): &(&str, &str, u64)| {
            format!(r#"{{"type":"case","input":"{input}","result":"{result}","duration_ms":{ms}}}"#)
        };
        let cases: Vec<_> = cases.iter().map(case).collect();
        let summary = SUMMARY.replace("complete", end);
        parse(&format!("{RUN}\n{}\n{summary}\n", cases.join("\n"))).unwrap()
    }

    fn changes(before: &RunReport, after: &RunReport) -> Vec<(RunChange, String)> {
        let comparison = compare(before, after);
        let all = comparison.changes.iter();
        all.flat_map(|(change, cases)| {
            let named = |changed: &ChangedCase<'_>| (*change, changed.key.input.clone());
            cases.iter().map(named).collect::<Vec<_>>()
        })
        .collect()
    }

    #[test]
    fn each_change_is_found() {
        let states = ["passed", "flaky", "failed", "skipped"];
        let change = |before: &str, after: &str| {
            let (before, after) = (
                report(&[("./a", before, 1)], "complete"),
                report(&[("a", after, 1)], "complete"),
            );
            changes(&before, &after).first().map(|(change, _)| *change)
        };
        let all = [
            [None, Some(FlakyNow), Some(FailsNow), Some(SkippedNow)],
            [None, None, Some(FailsNow), Some(SkippedNow)],
            [Some(PassesNow), Some(PassesNow), None, Some(SkippedNow)],
            [
                Some(RunAndPasses),
                Some(RunAndPasses),
                Some(RunAndFails),
                None,
            ],
        ];
        for (before, row) in states.iter().zip(all) {
            for (after, expected) in states.iter().zip(row) {
                assert_eq!(change(before, after), expected, "{before} {after}");
            }
        }
        for (same, as_this) in [
            ("xfail", "passed"),
            ("xpass", "failed"),
            ("error", "failed"),
        ] {
            assert_eq!(change(same, as_this), None);
        }
    }

    #[test]
    fn only_what_is_beyond_noise_is_slower() {
        for (before, after, is_slower) in [
            (10, 109, false),
            (10, 110, true),
            (1000, 1499, false),
            (1000, 1500, true),
            (200, 300, true),
            (201, 301, false),
            (0, u64::MAX, true),
            (500, 100, false),
        ] {
            let of = |ms| report(&[("a", "passed", ms)], "complete");
            let found = !changes(&of(before), &of(after)).is_empty();
            assert_eq!(found, is_slower, "{before} {after}");
        }
        // A case that fails may take as long as it likes.
        let of = |ms| report(&[("a", "failed", ms)], "complete");
        assert_eq!(changes(&of(1), &of(9999)), []);
    }

    #[test]
    fn what_a_run_did_not_come_to_makes_it_cut_off() {
        let before = report(&[("a", "passed", 1), ("b", "passed", 1)], "complete");
        let after = |end| report(&[("b", "passed", 1), ("c", "failed", 1)], end);
        let whole = after("complete");
        let expected = [
            (RunChange::OnlyBefore, "a".to_owned()),
            (RunChange::OnlyAfter, "c".to_owned()),
        ];
        assert_eq!(changes(&before, &whole), expected);
        assert!(!compare(&before, &whole).is_cut_off);
        assert!(compare(&before, &after("interrupted")).is_cut_off);
        assert!(compare(&before, &after("enough_failures")).is_cut_off);
        assert!(
            !compare(
                &whole,
                &report(&[("b", "passed", 1), ("c", "failed", 1)], "interrupted")
            )
            .is_cut_off
        );
        let missing =
            format!("{RUN}\n{{\"type\":\"node\",\"name\":\"x\",\"not_run\":\"why\"}}\n{SUMMARY}");
        assert!(!parse(&missing).unwrap().is_complete);
    }
}

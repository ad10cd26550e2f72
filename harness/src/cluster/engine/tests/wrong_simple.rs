//! Nodes whose ids are not unique, or whose sums are wrong, each in its own way: all are found.

use super::fake_node::{WrongIds, WrongSum};
use super::*;

const IDS: [WrongIds; 8] = [
    WrongIds::Null,
    WrongIds::BeginAnew,
    WrongIds::Time,
    WrongIds::Concatenated,
    WrongIds::FewBits,
    WrongIds::Rounded,
    WrongIds::OneForAll,
    WrongIds::Borrowed,
];

#[test]
fn ids_that_are_not_unique_are_found_whatever_the_reason() {
    for seed in 0..seeds(1) {
        for reason in IDS {
            let settings = Settings {
                workload: WorkloadKind::UniqueIds,
                nodes: names(12),
                clients: 12,
                rate: 200.0,
                time_limit: Duration::from_secs(2),
                ..settings(seed)
            };
            let (verdict, _) = judge(&run(settings, Way::Ids(reason)));
            let [Finding::Workload(WorkloadFinding::Id(duplicate))] = &verdict.findings[..] else {
                panic!("seed {seed}, {reason:?}: {:#?}", verdict.findings);
            };
            assert!(duplicate.first.time < duplicate.second.time);
            let replies = verdict.figures.replies.unwrap();
            assert_eq!(replies.maelstrom(), "not valid", "{seed} {reason:?}");
        }
    }
}

#[test]
fn sums_that_are_not_right_are_found_whatever_the_reason() {
    for seed in 0..seeds(1) {
        for (reason, workload) in [
            (WrongSum::AddsWhatIsTold, WorkloadKind::GCounter),
            (WrongSum::TakesGreater, WorkloadKind::GCounter),
            (WrongSum::Overwrites, WorkloadKind::PnCounter),
            (WrongSum::ShowsOwn, WorkloadKind::GCounter),
            (WrongSum::LosesSign, WorkloadKind::PnCounter),
            (WrongSum::CountsAdds, WorkloadKind::GCounter),
            (WrongSum::ShowsOneLess, WorkloadKind::PnCounter),
            (WrongSum::StartsLate, WorkloadKind::GCounter),
        ] {
            let settings = Settings {
                workload,
                rate: 50.0,
                time_limit: Duration::from_secs(2),
                recovery: Duration::from_secs(1),
                ..settings(seed)
            };
            let (verdict, _) = judge(&run(settings, Way::Sums(reason)));
            let is_counter = |finding: &Finding| {
                matches!(finding, Finding::Workload(WorkloadFinding::Counter(_)))
            };
            let named = verdict.findings.iter().any(is_counter);
            assert!(named, "seed {seed}, {reason:?}: {:#?}", verdict.findings);
        }
    }
}

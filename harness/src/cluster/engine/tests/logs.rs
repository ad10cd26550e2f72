//! Nodes that keep logs, right ones and wrong ones, and what the checker says of them.

use super::log_node::{LogWay, WrongLog};
use super::*;
use crate::cluster::workload::figures::WorkloadFigures;

/// Settings of all sorts for logs. What lies in a service outlives its nodes; what an owner of keys has in
/// memory does not, and while it is dead nobody has it.
fn any_log_settings(seed: u64, way: LogWay) -> Settings {
    let mut settings = any_settings(seed);
    let is_alone = way == LogWay::Memory;
    settings.nemesis.retain(|kind| match way {
        LogWay::Memory | LogWay::Owner => *kind != FaultKind::Kill,
        LogWay::LinKv => true,
        LogWay::CommitsInMemory | LogWay::Wrong(_) => false,
    });
    Settings {
        workload: WorkloadKind::Kafka,
        nodes: if is_alone { names(1) } else { settings.nodes },
        rate: 30.0,
        durable: way == LogWay::LinKv,
        recovery: Duration::from_secs(8),
        ..settings
    }
}

#[test]
fn logs_that_are_right_never_fail() {
    let mut faults = BTreeMap::new();
    for seed in 0..seeds(3) {
        for way in [LogWay::Memory, LogWay::Owner, LogWay::LinKv] {
            let settings = any_log_settings(seed, way);
            let (verdict, _) = judge(&run(settings, Way::Keeps(way)));
            let findings = &verdict.findings;
            assert!(verdict.is_valid(), "seed {seed}, {way:?}: {findings:#?}");
            let Some(WorkloadFigures::Kafka(figures)) = &verdict.figures.replies else {
                panic!("{:?}", verdict.figures);
            };
            assert!(figures.sent > 0, "seed {seed}, {way:?}: {figures:?}");
            for figure in &verdict.figures.faults {
                *faults.entry(figure.span.fault.kind()).or_insert(0) += 1;
            }
        }
    }
    assert!(faults.len() > 1, "{faults:?}");
}

#[test]
fn logs_that_are_wrong_are_found_by_name() {
    let catalogue: [(WrongLog, &[&str]); 18] = [
        (WrongLog::OffsetTwice, &["inconsistent-offsets"]),
        (WrongLog::Loses, &["lost-write", "unseen"]),
        (WrongLog::KeepsRefused, &["G1a"]),
        (WrongLog::KeepsTwice, &["duplicate"]),
        (WrongLog::Falls, &["nonmonotonic-send", "send-behind-poll"]),
        (
            WrongLog::FillsGaps,
            &["send-behind-poll", "nonmonotonic-send"],
        ),
        (WrongLog::Negative, &["negative-offset"]),
        (WrongLog::Fractions, &["protocol"]),
        (WrongLog::Reverses, &["int-nonmonotonic-poll"]),
        (WrongLog::SkipsFirst, &["poll-skip"]),
        (WrongLog::SkipsInside, &["int-poll-skip"]),
        (WrongLog::GoesBack, &["nonmonotonic-poll"]),
        (WrongLog::HidesLast, &["unseen"]),
        (WrongLog::Invents, &["phantom"]),
        (WrongLog::ShowsAll, &["poll-unasked"]),
        (WrongLog::MixesKeys, &["phantom"]),
        (WrongLog::ForgetsCommits, &["lost-commit"]),
        (WrongLog::ListsMore, &["commit-too-high"]),
    ];
    for (wrong, expected) in catalogue {
        for seed in 0..seeds(1) {
            let settings = Settings {
                nodes: names(1),
                // One request in 64 assigns keys: before that nobody commits anything.
                rate: match wrong {
                    WrongLog::ForgetsCommits | WrongLog::ListsMore => 600.0,
                    _ => 100.0,
                },
                ..log_settings(seed)
            };
            let found = found(settings, LogWay::Wrong(wrong));
            let is_named = expected.iter().any(|name| found.contains(name));
            assert!(is_named, "seed {seed}, {wrong:?}: {found:?}");
        }
    }
}

#[test]
fn logs_that_nodes_do_not_share_or_forget_are_found() {
    for seed in 0..seeds(1) {
        let apart = found(log_settings(seed), LogWay::Memory);
        assert!(apart.contains(&"inconsistent-offsets"), "{seed}: {apart:?}");
        let durable = Settings {
            nemesis: vec![FaultKind::Restart],
            durable: true,
            rate: 600.0,
            ..log_settings(seed)
        };
        let forgot = found(durable.clone(), LogWay::Owner);
        let names = ["inconsistent-offsets", "lost-commit"];
        let is_named = names.iter().all(|name| forgot.contains(name));
        assert!(is_named, "{seed}: {forgot:?}");
        let commits = found(durable, LogWay::CommitsInMemory);
        assert_eq!(commits, ["lost-commit"], "{seed}");
    }
}

fn log_settings(seed: u64) -> Settings {
    Settings {
        workload: WorkloadKind::Kafka,
        nodes: names(2),
        clients: 4,
        rate: 100.0,
        time_limit: Duration::from_secs(2),
        nemesis_interval: Duration::from_millis(300),
        recovery: Duration::from_secs(1),
        ..settings(seed)
    }
}

/// The names of what is wrong.
fn found(settings: Settings, way: LogWay) -> Vec<&'static str> {
    let (verdict, _) = judge(&run(settings, Way::Keeps(way)));
    let names = verdict.findings.iter().map(|finding| match finding {
        Finding::Workload(finding) => finding.kind(),
        Finding::Broke { .. } => "protocol",
        Finding::Unchecked(_) => "unchecked",
        other => panic!("{other:#?}"),
    });
    names.collect()
}

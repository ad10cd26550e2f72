//! Nodes that run transactions, right ones and wrong ones, and which models the checker says that they keep.

use std::num::NonZeroUsize;

use super::txn_node::TxnDesign;
use super::*;
use crate::cluster::checker::finding::Warning;
use crate::cluster::settings::{Judging, KeyChoice};
use crate::cluster::workload::findings::WorkloadWarning;
use crate::cluster::workload::txn::finding::TxnFinding;
use crate::txn::model::Model;

/// Runs of two nodes and four clients.
fn any_txn_settings(seed: u64, workload: WorkloadKind) -> Settings {
    Settings {
        workload,
        nodes: names(2),
        clients: 4,
        rate: 30.0,
        time_limit: Duration::from_secs(3),
        recovery: Duration::from_secs(1),
        latency: Duration::from_millis(seed % 3 * 40),
        ..settings(seed)
    }
}

/// Runs in which transactions overlap, and meet at two keys.
fn racing_settings(seed: u64, workload: WorkloadKind) -> Settings {
    let two = NonZeroUsize::MIN.saturating_add(1);
    Settings {
        clients: 8,
        rate: 100.0,
        time_limit: Duration::from_secs(1),
        latency: Duration::from_millis(10),
        keys: KeyChoice {
            count: two,
            ..KeyChoice::default()
        },
        ..any_txn_settings(seed, workload)
    }
}

/// The names of what is wrong where these models must hold, and nodes must agree.
fn wrong(settings: Settings, design: TxnDesign, model: Model) -> Vec<&'static str> {
    let recording = run(
        Settings {
            judging: Judging {
                models: vec![model],
                converges: true,
                ..Judging::default()
            },
            ..settings
        },
        Way::Transacts(design),
    );
    let findings = judge(&recording).0.findings;
    let found = findings.iter().map(|finding| match finding {
        Finding::Workload(WorkloadFinding::Txn(finding)) => {
            if let TxnFinding::Anomaly(finding) = finding {
                assert!(!finding.members.is_empty());
            }
            finding.name()
        }
        Finding::Storm(_) => "storm",
        other => panic!("{design:?} {model:?}: {other:#?}"),
    });
    found.collect()
}

const BOTH: [WorkloadKind; 2] = [WorkloadKind::TxnListAppend, WorkloadKind::TxnRwRegister];

#[test]
fn right_nodes_that_run_transactions_never_fail() {
    for seed in 0..seeds(2) {
        for workload in BOTH {
            let mut settings = any_txn_settings(seed, workload);
            settings.nemesis = match seed % 4 {
                0 => vec![FaultKind::Partition],
                1 => vec![FaultKind::Pause],
                2 => vec![FaultKind::Restart],
                _ => Vec::new(),
            };
            let model = Model::StrictSerializable;
            let found = wrong(settings.clone(), TxnDesign::OneValue, model);
            assert_eq!(found, [""; 0], "{seed} {workload:?}");
            settings.nodes = names(1);
            settings.nemesis.clear();
            let found = wrong(settings, TxnDesign::Alone, model);
            assert_eq!(found, [""; 0], "{seed} {workload:?}");
        }
        // Lists that each node appends to for itself can't be merged.
        let mut settings = any_txn_settings(seed, WorkloadKind::TxnRwRegister);
        settings.nemesis = vec![FaultKind::Partition];
        settings.loss = if seed.is_multiple_of(2) { 0.2 } else { 0.0 };
        let found = wrong(settings, TxnDesign::Gossip, Model::ReadCommitted);
        assert_eq!(found, [""; 0], "{seed}");
    }
}

#[test]
fn nodes_that_do_not_agree_are_a_warning_unless_they_must() {
    let settings = any_txn_settings(1, WorkloadKind::TxnRwRegister);
    let settings = Settings {
        judging: Judging {
            models: vec![Model::ReadUncommitted],
            ..Judging::default()
        },
        ..settings
    };
    let recording = run(settings, Way::Transacts(TxnDesign::NeverTells));
    let (verdict, _) = judge(&recording);
    assert!(verdict.is_valid(), "{:#?}", verdict.findings);
    let is_it = |warning: &Warning| match warning {
        Warning::Workload(WorkloadWarning::Txn(warning)) => warning.name() == "not-converged",
        _ => false,
    };
    assert!(verdict.warnings.iter().any(is_it));
}

/// A wrong node, the models that it breaks, by which anomaly, and one that it keeps.
type Wrong = (
    TxnDesign,
    WorkloadKind,
    usize,
    Model,
    &'static str,
    Option<Model>,
);

use {Model as M, TxnDesign as D};

const LIST: WorkloadKind = WorkloadKind::TxnListAppend;
const REGISTER: WorkloadKind = WorkloadKind::TxnRwRegister;

// A row each.
#[rustfmt::skip]
const WRONG: [Wrong; 22] = [
    (D::Gossip, REGISTER, 2, M::SnapshotIsolation, "lost-update", Some(M::ReadCommitted)),
    (D::NeverTells, REGISTER, 2, M::ReadUncommitted, "not-converged", None),
    (D::NeverTells, REGISTER, 2, M::StrictSerializable, "realtime", None),
    (D::KeepsAborted, LIST, 1, M::ReadCommitted, "G1a", Some(M::ReadUncommitted)),
    (D::KeepsAborted, REGISTER, 1, M::ReadCommitted, "G1a", Some(M::ReadUncommitted)),
    (D::ShowsIntermediate, REGISTER, 1, M::ReadCommitted, "G1b", Some(M::ReadUncommitted)),
    (D::WritesBlindly, REGISTER, 2, M::StrictSerializable, "lost-update", None),
    (D::WritesBlindly, LIST, 2, M::Serializable, "lost-update", None),
    (D::ChecksWrites, LIST, 2, M::Serializable, "G2-item", Some(M::SnapshotIsolation)),
    (D::ReadsCache, LIST, 2, M::StrictSerializable, "G-single-item", Some(M::Serializable)),
    (D::ReadsCache, REGISTER, 2, M::StrictSerializable, "G-single-item", Some(M::Serializable)),
    (D::MissesOwnWrites, LIST, 1, M::ReadCommitted, "internal", None),
    (D::MissesOwnWrites, REGISTER, 1, M::ReadCommitted, "internal", None),
    (D::LeavesOut, REGISTER, 1, M::ReadUncommitted, "wrong-reply", None),
    (D::LeavesOut, LIST, 1, M::ReadUncommitted, "wrong-reply", None),
    (D::ChangesWrites, REGISTER, 1, M::ReadUncommitted, "wrong-reply", None),
    (D::Invents, REGISTER, 1, M::ReadUncommitted, "garbage-read", None),
    (D::AppendsTwice, LIST, 1, M::ReadUncommitted, "duplicate-elements", None),
    (D::AppendsBackwards, LIST, 1, M::ReadUncommitted, "reordered-appends", None),
    (D::ShowsNothing, LIST, 1, M::StrictSerializable, "G-single-item", Some(M::ReadUncommitted)),
    (D::ShowsNothing, REGISTER, 1, M::StrictSerializable, "G-single-item", Some(M::ReadUncommitted)),
    (D::Alone, LIST, 2, M::StrictSerializable, "incompatible-order", None),
];

#[test]
fn wrong_nodes_that_run_transactions_are_told_by_their_anomaly() {
    let mut unexpected = Vec::new();
    let rows = WRONG.into_iter();
    let rows = rows.flat_map(|row| (0..seeds(1)).map(move |seed| (row, seed)));
    for ((design, workload, nodes, broken, anomaly, kept), seed) in rows {
        let mut settings = Settings {
            nodes: names(nodes),
            ..racing_settings(seed, workload)
        };
        // Both nodes are to read a key before they know that the other one wrote it.
        if design == D::Gossip {
            settings.latency = Duration::from_millis(250);
            settings.rate = 50.0;
            settings.keys.writes_max = settings.keys.count;
            settings.txn_length_max = NonZeroUsize::MIN.saturating_add(7);
        }
        // In one second it may happen to be right, but not in ten more.
        let is_told = |seconds| {
            let mut settings = settings.clone();
            settings.time_limit = Duration::from_secs(seconds);
            let found = wrong(settings, design, broken);
            found.iter().any(|name| name.contains(anomaly))
        };
        if ![1, 10].into_iter().any(is_told) {
            unexpected.push(format!("{design:?} {workload:?} {broken:?} {seed}"));
        }
        if let Some(kept) = kept {
            let mut found = wrong(settings, design, kept);
            found.retain(|name| *name != "not-converged" || nodes == 1);
            if !found.is_empty() {
                unexpected.push(format!(
                    "{design:?} {workload:?} {kept:?} {seed}: {found:?}"
                ));
            }
        }
    }
    assert!(unexpected.is_empty(), "{unexpected:#?}");
}

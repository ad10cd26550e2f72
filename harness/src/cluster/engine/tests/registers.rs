//! Stores of keys, linearizable ones and others, and what the checker says of them.

use serde_json::Value;

use super::raft_node::{RAFT_FAULTS, RaftFault};
use super::store_node::{STORE_FAULTS, StoreFault};
use super::*;
use crate::cluster::checker::finding::Unchecked;
use crate::cluster::workload::lin_kv::RegisterWish;
use crate::cluster::workload::lin_kv::finding::{NotLinearizable, RegisterResult};

/// No more operations than these contradict each other.
const CONTRADICTING_MAX: usize = 5;

/// Settings of all sorts for stores.
pub(in crate::cluster) fn any_register_settings(seed: u64) -> Settings {
    let mut random = Rng::with_seed(seed);
    let nodes = random.usize(1..=5);
    let kinds = FaultKind::ALL.into_iter();
    Settings {
        workload: WorkloadKind::LinKv,
        nodes: names(nodes),
        clients: 2 * nodes * random.usize(1..=2),
        rate: 60.0,
        client_timeout: Duration::from_secs(1),
        nemesis: kinds.filter(|_| random.bool()).collect(),
        ..any_settings(seed)
    }
}

/// What a store with this fault is found in.
fn telling_settings(seed: u64, way: Way) -> Settings {
    let milliseconds = Duration::from_millis;
    let nodes = 3;
    let (nemesis, interval, time_limit) = match way {
        Way::Replicates(RaftFault::ForgetsAll | RaftFault::ForgetsLast) => {
            (Some(FaultKind::Restart), 300, 1500)
        }
        // The others need time to find another leader.
        Way::Replicates(RaftFault::LeaderReads | RaftFault::AcknowledgesEarly) => {
            (Some(FaultKind::Partition), 1200, 2400)
        }
        Way::Replicates(RaftFault::VotesForAnybody) => (Some(FaultKind::Partition), 1500, 4000),
        _ => (None, 500, 2000),
    };
    Settings {
        workload: WorkloadKind::LinKv,
        clients: 4 * nodes,
        nodes: names(nodes),
        rate: 60.0,
        time_limit: milliseconds(time_limit),
        client_timeout: Duration::from_secs(1),
        latency: milliseconds(10),
        distribution: Distribution::Uniform,
        duplicate: 0.2,
        nemesis_interval: milliseconds(interval),
        nemesis: nemesis.into_iter().collect(),
        ..settings(seed)
    }
}

#[test]
fn linearizable_stores_never_fail() {
    let mut faults = BTreeMap::new();
    for seed in 0..seeds(2) {
        for way in [
            Way::Stores(StoreFault::None),
            Way::Replicates(RaftFault::None),
        ] {
            let settings = any_register_settings(seed);
            let (mut verdict, _) = judge(&run(settings, way));
            // Where a majority is dead there may be no leader.
            verdict.findings.retain(|finding| {
                !matches!(
                    finding,
                    Finding::Unchecked(Unchecked::NothingAcknowledged { .. })
                )
            });
            assert!(
                verdict.is_valid(),
                "seed {seed}, {way:?}: {:#?}",
                verdict.findings
            );
            assert_eq!(verdict.figures.replies.unwrap().maelstrom(), "valid");
            for figure in &verdict.figures.faults {
                *faults.entry(figure.span.fault.kind()).or_insert(0) += 1;
            }
        }
    }
    let mut kinds = FaultKind::ALL.into_iter();
    assert!(kinds.all(|kind| faults.contains_key(&kind)), "{faults:?}");
}

/// What is wrong with a run of this node, the first thing first.
fn found(seed: u64, way: Way) -> Vec<NotLinearizable> {
    let (verdict, _) = judge(&run(telling_settings(seed, way), way));
    let found = verdict.findings.into_iter().map(|finding| match finding {
        Finding::Workload(WorkloadFinding::LinKv(found)) => *found,
        other => panic!("seed {seed}, {way:?}: {other:#?}"),
    });
    found.collect()
}

/// The first seed with which this node is found.
fn first_seed(way: Way) -> u64 {
    match way {
        Way::Replicates(RaftFault::VotesForAnybody) => 1,
        Way::Stores(StoreFault::ComparesFirst) => 3,
        Way::Replicates(RaftFault::LeaderReads) => 5,
        Way::Replicates(RaftFault::ForgetsAll | RaftFault::ForgetsLast) => 6,
        Way::Replicates(RaftFault::DoesTwice) => 25,
        _ => 0,
    }
}

#[test]
fn stores_that_are_not_linearizable_are_found_with_the_few_requests_that_contradict_each_other() {
    let stores = STORE_FAULTS.into_iter().map(Way::Stores);
    let ways = stores.chain(RAFT_FAULTS.into_iter().map(Way::Replicates));
    for way in ways {
        let wanted = seeds(1).min(10);
        let found = (first_seed(way)..).take(200).map(|seed| found(seed, way));
        let found = found.filter(|found| !found.is_empty());
        let found: Vec<_> = found.take(usize::try_from(wanted).unwrap()).collect();
        assert!(!found.is_empty(), "{way:?}");
        for found in found.concat() {
            let others = found.others.as_ref().expect("they are found in time");
            let count = others.requests.len();
            assert!(
                count < CONTRADICTING_MAX && others.is_least,
                "{way:?}: {found:#?}"
            );
            assert!(found.around.len() > count);
            assert!(is_named(way, &found), "{way:?}: {found:#?}");
        }
    }
}

/// Whether a finding says what is wrong, where that is to be seen in one reply.
fn is_named(way: Way, found: &NotLinearizable) -> bool {
    let (wish, result) = (&found.last.wish, &found.last.result);
    match way {
        Way::Stores(StoreFault::ShowsNull) => *result == RegisterResult::Value(Value::Null),
        Way::Stores(StoreFault::LosesKey) => *result == RegisterResult::NoKey,
        Way::Stores(StoreFault::Invents) => *result == RegisterResult::Value(77.into()),
        Way::Stores(StoreFault::RefusesMatching) => found.is_conflict,
        Way::Replicates(RaftFault::AnyoneReads) => *wish == RegisterWish::Read,
        _ => true,
    }
}

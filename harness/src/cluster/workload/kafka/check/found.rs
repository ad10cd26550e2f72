//! What was found, a finding for each kind: the earliest, and how often.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::workload::kafka::LogKey;
use crate::cluster::workload::kafka::finding::{
    KafkaFault, KafkaFinding, KafkaWarning, LogEntry, ReorderedSends,
};

/// What was found so far.
#[derive(Debug, Default)]
pub struct FoundFaults {
    by_kind: BTreeMap<(u8, &'static str), Counted>,
    reordered: Option<ReorderedSends>,
}

/// The first of a kind, and who and what was concerned.
#[derive(Debug)]
struct Counted {
    first: KafkaFinding,
    nodes: BTreeSet<usize>,
    keys: BTreeSet<LogKey>,
}

impl FoundFaults {
    pub fn add(&mut self, key: &LogKey, fault: KafkaFault) {
        let time = fault.witness().time;
        let counted = self.by_kind.entry((fault.rank(), fault.name()));
        let counted = counted.or_insert_with(|| Counted {
            first: KafkaFinding {
                key: key.clone(),
                fault: fault.clone(),
                time,
                others: Vec::new(),
                times: 0,
                keys: 0,
            },
            nodes: BTreeSet::new(),
            keys: BTreeSet::new(),
        });
        counted.nodes.extend(fault.nodes());
        if !counted.keys.contains(key) {
            counted.keys.insert(key.clone());
        }
        counted.first.times += 1;
        if time < counted.first.time {
            counted.first.key = key.clone();
            counted.first.fault = fault;
            counted.first.time = time;
        }
    }

    /// A send of one client got a lower offset than an earlier one of another.
    pub fn reordered(&mut self, key: &LogKey, entries: [LogEntry; 2]) {
        let first = self.reordered.get_or_insert_with(|| ReorderedSends {
            key: key.clone(),
            entries,
            times: 0,
        });
        first.times += 1;
    }

    /// The kinds that were found, with how often.
    pub fn kinds(&self) -> impl Iterator<Item = (&KafkaFault, usize)> {
        let all = self.by_kind.values();
        all.map(|counted| (&counted.first.fault, counted.first.times))
    }

    pub fn into_told(self) -> (Vec<KafkaFinding>, Vec<KafkaWarning>) {
        let findings = self.by_kind.into_values().map(|counted| {
            let told = counted.first.fault.nodes();
            let others = counted.nodes.into_iter();
            let others = others.filter(|node| !told.contains(node));
            KafkaFinding {
                others: others.collect(),
                keys: counted.keys.len(),
                ..counted.first
            }
        });
        let warnings = self.reordered.map(KafkaWarning::Reordered);
        (findings.collect(), warnings.into_iter().collect())
    }
}

//! What is wrong with what replies show, of whichever workload.

use std::time::Duration;

use super::counter::finding::{CounterFinding, CounterWarning};
use super::echo::finding::WrongEcho;
use super::kafka::finding::{KafkaFinding, KafkaWarning};
use super::lin_kv::finding::NotLinearizable;
use super::txn::finding::{AnomalyFinding, TxnFinding};
use super::unique_ids::finding::{DuplicateId, SameDouble};
use crate::cluster::names::Names;
use crate::cluster::sets::finding::{SetFinding, SetWarning, Values};
use crate::cluster::sets::words;

/// Something that makes a run invalid.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkloadFinding {
    /// Of a set of values.
    Set(SetFinding),
    Counter(CounterFinding),
    Echo(WrongEcho),
    Id(DuplicateId),
    Kafka(KafkaFinding),
    LinKv(Box<NotLinearizable>),
    Txn(TxnFinding),
}

/// Something one should know of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkloadWarning {
    /// Of a set of values.
    Set(SetWarning),
    Counter(CounterWarning),
    Id(SameDouble),
    Kafka(KafkaWarning),
    Txn(TxnFinding),
}

/// What a finding or a warning is about, as far as a page can show it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Subject<'a> {
    /// Values, and what is wrong with them in a word.
    Values(&'static str, &'a Values),
    Time(Duration),
    Run,
}

impl WorkloadFinding {
    /// Its place among the findings of the workload, and among those of its kind that of its cause.
    pub fn rank(&self) -> (u8, u8) {
        match self {
            Self::Set(finding) => finding.rank(),
            Self::Counter(finding) => (finding.rank(), 0),
            Self::Echo(_) | Self::Id(_) | Self::LinKv(_) => (0, 0),
            Self::Kafka(finding) => (finding.rank(), 0),
            Self::Txn(finding) => (0, finding.rank()),
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Set(finding) => finding.kind(),
            Self::Counter(finding) => finding.kind(),
            Self::Echo(_) => "wrong_echo",
            Self::Id(_) => "duplicate_id",
            Self::Kafka(finding) => finding.name(),
            Self::LinKv(_) => "not_linearizable",
            Self::Txn(finding) => finding.name(),
        }
    }

    /// What it is called where it is counted.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Set(finding) => words::label(finding),
            Self::Counter(finding) => finding.label(),
            Self::Echo(_) => "wrong echo",
            Self::Id(_) => "duplicate id",
            Self::Kafka(finding) => finding.name(),
            Self::LinKv(_) => "not linearizable",
            Self::Txn(finding) => finding.name(),
        }
    }

    pub fn subject(&self) -> Subject<'_> {
        match self {
            Self::Set(finding) => match (finding.values(), finding.time()) {
                (Some(values), _) => Subject::Values(finding.kind(), values),
                (None, Some(time)) => Subject::Time(time),
                (None, None) => Subject::Run,
            },
            Self::Counter(finding) => finding.time().map_or(Subject::Run, Subject::Time),
            Self::Echo(wrong) => Subject::Time(wrong.time),
            Self::Id(duplicate) => Subject::Time(duplicate.second.time),
            Self::Kafka(finding) => Subject::Time(finding.time),
            Self::LinKv(found) => Subject::Time(found.time()),
            Self::Txn(finding) => finding.time().map_or(Subject::Run, Subject::Time),
        }
    }

    /// The key that is not linearizable, if it is about one.
    pub fn key(&self) -> Option<&NotLinearizable> {
        match self {
            Self::LinKv(found) => Some(found),
            Self::Set(_)
            | Self::Counter(_)
            | Self::Echo(_)
            | Self::Id(_)
            | Self::Kafka(_)
            | Self::Txn(_) => None,
        }
    }

    /// The anomaly of transactions, if it is one.
    pub fn anomaly(&self) -> Option<&AnomalyFinding> {
        match self {
            Self::Txn(TxnFinding::Anomaly(found)) => Some(found),
            Self::Set(_)
            | Self::Counter(_)
            | Self::Echo(_)
            | Self::Id(_)
            | Self::Kafka(_)
            | Self::LinKv(_)
            | Self::Txn(TxnFinding::NotConverged(_) | TxnFinding::NothingShown { .. }) => None,
        }
    }

    /// What else there is to say, a line each.
    pub fn details(&self, names: &Names<'_>) -> Vec<String> {
        match self {
            Self::LinKv(found) => found.diagram(names),
            Self::Txn(finding) => finding.details(names),
            Self::Set(_) | Self::Counter(_) | Self::Echo(_) | Self::Id(_) | Self::Kafka(_) => {
                Vec::new()
            }
        }
    }

    pub fn words(&self, names: &Names<'_>) -> String {
        match self {
            Self::Set(finding) => words::finding(finding, names),
            Self::Counter(finding) => finding.words(names),
            Self::Echo(wrong) => wrong.words(names),
            Self::Id(duplicate) => duplicate.words(names),
            Self::Kafka(finding) => finding.words(names),
            Self::LinKv(found) => found.words(names),
            Self::Txn(finding) => finding.words(names),
        }
    }
}

impl WorkloadWarning {
    /// Its place among the warnings of the workload.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Set(warning) => warning.rank(),
            Self::Counter(_) | Self::Id(_) => 0,
            Self::Kafka(warning) => warning.rank(),
            Self::Txn(finding) => finding.warning_rank(),
        }
    }

    /// What it is called where it is counted.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Set(warning) => words::warning_label(warning),
            Self::Counter(warning) => warning.label(),
            Self::Id(_) => "one double",
            Self::Kafka(warning) => warning.label(),
            Self::Txn(finding) => finding.name(),
        }
    }

    pub fn subject(&self) -> Subject<'_> {
        match self {
            Self::Set(warning) => match warning.values() {
                Some((word, values)) => Subject::Values(word, values),
                None => Subject::Run,
            },
            Self::Counter(warning) => warning.time().map_or(Subject::Run, Subject::Time),
            Self::Id(_) => Subject::Run,
            Self::Kafka(warning) => warning.time().map_or(Subject::Run, Subject::Time),
            Self::Txn(finding) => finding.time().map_or(Subject::Run, Subject::Time),
        }
    }

    pub fn words(&self, names: &Names<'_>) -> String {
        match self {
            Self::Set(warning) => words::warning(warning, names),
            Self::Counter(warning) => warning.words(names),
            Self::Id(same) => same.words(),
            Self::Kafka(warning) => warning.words(names),
            Self::Txn(finding) => finding.words(names),
        }
    }
}

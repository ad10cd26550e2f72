//! What a run is told of its transactions: anomalies, with the transactions that show each, and what else is
//! wrong or proves nothing.

use std::time::Duration;

use super::convergence::NotConverged;
use crate::cluster::names::{self, Names};
use crate::txn::anomaly::{Anomaly, AnomalyKind};
use crate::txn::model::Model;
use crate::txn::{Ended, MicroOperation, ObjectKind};

/// What can be wrong with transactions.
#[derive(Debug, Clone, PartialEq)]
pub enum TxnFinding {
    /// They break a consistency model.
    Anomaly(Box<AnomalyFinding>),
    /// Nodes don't agree once all is healed.
    NotConverged(NotConverged),
    /// No read showed any value, though so many transactions wrote some: a store that keeps nothing would do so.
    NothingShown { wrote: usize },
}

/// An anomaly, with the transactions that show it.
#[derive(Debug, Clone, PartialEq)]
pub struct AnomalyFinding {
    /// What it is; transactions are numbers.
    pub anomaly: Anomaly,
    /// The first model asked for that forbids it.
    pub model: Option<Model>,
    pub objects: ObjectKind,
    /// The transactions that the anomaly names, in its order.
    pub members: Vec<Member>,
}

/// A transaction of an anomaly.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub txn: usize,
    /// Its client; `None` where every process of a history is taken for a node.
    pub client: Option<usize>,
    /// Whether the harness asked it once the load was over.
    pub is_final: bool,
    /// The node that was asked.
    pub node: usize,
    pub invoked: Duration,
    /// When it ended, as far as that is known.
    pub ended: Option<Duration>,
    pub outcome: Ended,
    /// What it did, as far as that is known.
    pub operations: Vec<MicroOperation>,
    /// What was asked, where it did something else.
    pub asked: Option<Vec<MicroOperation>>,
}

impl TxnFinding {
    /// Its place among findings of its workload.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Anomaly(finding) => finding.rank(),
            Self::NotConverged(_) | Self::NothingShown { .. } => 40,
        }
    }

    /// Its place among warnings of its workload.
    pub fn warning_rank(&self) -> u8 {
        match self {
            Self::Anomaly(_) => 0,
            Self::NotConverged(_) => 1,
            Self::NothingShown { .. } => 2,
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Anomaly(finding) => finding.anomaly.kind.name(),
            Self::NotConverged(_) => "not-converged",
            Self::NothingShown { .. } => "nothing-shown",
        }
    }

    /// When it was known, if there is a moment.
    pub fn time(&self) -> Option<Duration> {
        match self {
            Self::Anomaly(finding) => finding.time(),
            Self::NotConverged(_) | Self::NothingShown { .. } => None,
        }
    }

    pub fn words(&self, names: &Names<'_>) -> String {
        match self {
            Self::Anomaly(finding) => finding.words(),
            Self::NotConverged(finding) => finding.words(names),
            Self::NothingShown { wrote } => format!(
                "no read showed a value, though {} committed: that proves nothing about reads",
                names::count(
                    *wrote,
                    "transaction with writes",
                    "transactions with writes"
                )
            ),
        }
    }

    /// What is shown below the sentence.
    pub fn details(&self, names: &Names<'_>) -> Vec<String> {
        match self {
            Self::Anomaly(finding) => finding.details(names),
            Self::NotConverged(_) | Self::NothingShown { .. } => Vec::new(),
        }
    }
}

impl AnomalyFinding {
    /// Its place among findings of its workload.
    pub fn rank(&self) -> u8 {
        match self.anomaly.kind {
            AnomalyKind::WrongReply => 0,
            AnomalyKind::GarbageRead => 1,
            AnomalyKind::EarlyRead => 2,
            AnomalyKind::FutureRead | AnomalyKind::FutureRegisterRead => 3,
            AnomalyKind::OwnWrite => 4,
            AnomalyKind::ChangedRead => 5,
            AnomalyKind::ReorderedAppends | AnomalyKind::DuplicateElements => 6,
            AnomalyKind::IncompatibleOrder => 7,
            AnomalyKind::CyclicVersions => 8,
            AnomalyKind::G1a => 9,
            AnomalyKind::G1b => 10,
            AnomalyKind::DirtyUpdate => 11,
            AnomalyKind::LostUpdate => 12,
            AnomalyKind::Cycle(kind, extra) => 13 + 3 * kind as u8 + extra as u8,
        }
    }

    /// When the last of its transactions was known to have ended.
    pub fn time(&self) -> Option<Duration> {
        let ends = self.members.iter();
        ends.map(|member| member.ended.unwrap_or(member.invoked))
            .max()
    }
}

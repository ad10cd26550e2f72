//! The challenges of Gossip Glomers as defaults of a test.

use std::time::Duration;

use clap::ValueEnum;

use crate::cluster::settings::{self, Budgets, Judging, Settings};
use crate::cluster::workload::kind::WorkloadKind;
use crate::net::fault::FaultKind;
use crate::txn::model::Model;

/// A challenge of Gossip Glomers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Echo
    #[value(name = "1")]
    Echo,
    /// Unique ids
    #[value(name = "2")]
    UniqueIds,
    /// Single-node broadcast
    #[value(name = "3a")]
    SingleNode,
    /// Multi-node broadcast
    #[value(name = "3b")]
    MultiNode,
    /// Fault-tolerant broadcast
    #[value(name = "3c")]
    FaultTolerant,
    /// Efficient broadcast, part one
    #[value(name = "3d")]
    EfficientOne,
    /// Efficient broadcast, part two
    #[value(name = "3e")]
    EfficientTwo,
    /// Grow-only counter
    #[value(name = "4")]
    Counter,
    /// Single-node kafka-style log
    #[value(name = "5a")]
    SingleLog,
    /// Multi-node kafka-style log
    #[value(name = "5b")]
    MultiLog,
    /// Efficient kafka-style log
    #[value(name = "5c")]
    EfficientLog,
    /// Single-node, totally-available transactions
    #[value(name = "6a")]
    SingleTxn,
    /// Totally-available, read uncommitted transactions
    #[value(name = "6b")]
    UncommittedTxn,
    /// Totally-available, read committed transactions
    #[value(name = "6c")]
    CommittedTxn,
}

impl Profile {
    /// What it stands for.
    pub(super) fn settings(self) -> Settings {
        let workload = match self {
            Self::Echo => WorkloadKind::Echo,
            Self::UniqueIds => WorkloadKind::UniqueIds,
            Self::Counter => WorkloadKind::GCounter,
            Self::SingleLog | Self::MultiLog | Self::EfficientLog => WorkloadKind::Kafka,
            Self::SingleTxn | Self::UncommittedTxn | Self::CommittedTxn => {
                WorkloadKind::TxnRwRegister
            }
            Self::SingleNode
            | Self::MultiNode
            | Self::FaultTolerant
            | Self::EfficientOne
            | Self::EfficientTwo => WorkloadKind::Broadcast,
        };
        let seconds = match self {
            Self::Echo => 10,
            Self::UniqueIds => 30,
            Self::SingleNode
            | Self::MultiNode
            | Self::FaultTolerant
            | Self::EfficientOne
            | Self::EfficientTwo
            | Self::Counter
            | Self::SingleLog
            | Self::MultiLog
            | Self::EfficientLog
            | Self::SingleTxn
            | Self::UncommittedTxn
            | Self::CommittedTxn => 20,
        };
        let (nodes, rate) = match self {
            Self::Echo => (1, 5.0),
            Self::UniqueIds => (3, 1000.0),
            Self::Counter => (3, 100.0),
            Self::SingleLog | Self::SingleTxn => (1, 1000.0),
            Self::MultiLog | Self::EfficientLog | Self::UncommittedTxn | Self::CommittedTxn => {
                (2, 1000.0)
            }
            Self::SingleNode => (1, 10.0),
            Self::MultiNode | Self::FaultTolerant => (5, 10.0),
            Self::EfficientOne | Self::EfficientTwo => (25, 100.0),
        };
        let milliseconds = Duration::from_millis;
        let (messages, latency) = match self {
            Self::Echo
            | Self::UniqueIds
            | Self::SingleNode
            | Self::MultiNode
            | Self::FaultTolerant
            | Self::Counter
            | Self::SingleLog
            | Self::MultiLog
            | Self::EfficientLog
            | Self::SingleTxn
            | Self::UncommittedTxn
            | Self::CommittedTxn => (None, Vec::new()),
            Self::EfficientOne => (
                Some(30.0),
                vec![(0.5, milliseconds(400)), (1.0, milliseconds(600))],
            ),
            Self::EfficientTwo => (
                Some(20.0),
                vec![(0.5, milliseconds(1000)), (1.0, milliseconds(2000))],
            ),
        };
        let is_total = matches!(self, Self::UniqueIds | Self::SingleTxn | Self::CommittedTxn);
        let is_slow = messages.is_some();
        let partitions = matches!(
            self,
            Self::FaultTolerant | Self::UniqueIds | Self::Counter | Self::CommittedTxn
        );
        let partitions = partitions.then_some(FaultKind::Partition);
        Settings {
            workload,
            nodes: settings::names(nodes),
            clients: nodes
                * if matches!(workload, WorkloadKind::Kafka | WorkloadKind::TxnRwRegister) {
                    2
                } else {
                    1
                },
            rate,
            time_limit: Duration::from_secs(seconds),
            latency: if is_slow {
                milliseconds(100)
            } else {
                Duration::ZERO
            },
            nemesis: partitions.into_iter().collect(),
            budgets: Budgets {
                availability: is_total.then_some(1.0),
                messages_per_operation: messages,
                latency,
            },
            judging: self.judging(),
            ..Settings::default()
        }
    }

    /// How its transactions are judged. That nodes agree in the end is no part of these models, but of their
    /// tasks: to replicate what is written.
    fn judging(self) -> Judging {
        let model = match self {
            Self::SingleTxn | Self::UncommittedTxn => Some(Model::ReadUncommitted),
            Self::CommittedTxn => Some(Model::ReadCommitted),
            Self::Echo
            | Self::UniqueIds
            | Self::SingleNode
            | Self::MultiNode
            | Self::FaultTolerant
            | Self::EfficientOne
            | Self::EfficientTwo
            | Self::Counter
            | Self::SingleLog
            | Self::MultiLog
            | Self::EfficientLog => None,
        };
        Judging {
            models: model.into_iter().collect(),
            converges: matches!(self, Self::UncommittedTxn | Self::CommittedTxn),
            ..Judging::default()
        }
    }
}

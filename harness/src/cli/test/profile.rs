//! The challenges of Gossip Glomers as defaults of a test.

use std::time::Duration;

use clap::ValueEnum;

use crate::cluster::settings::{self, Budgets, Settings};
use crate::cluster::workload::kind::WorkloadKind;
use crate::net::fault::FaultKind;

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
}

impl Profile {
    /// What it stands for.
    pub(super) fn settings(self) -> Settings {
        let workload = match self {
            Self::Echo => WorkloadKind::Echo,
            Self::UniqueIds => WorkloadKind::UniqueIds,
            Self::Counter => WorkloadKind::GCounter,
            Self::SingleLog | Self::MultiLog | Self::EfficientLog => WorkloadKind::Kafka,
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
            | Self::EfficientLog => 20,
        };
        let (nodes, rate) = match self {
            Self::Echo => (1, 5.0),
            Self::UniqueIds => (3, 1000.0),
            Self::Counter => (3, 100.0),
            Self::SingleLog => (1, 1000.0),
            Self::MultiLog | Self::EfficientLog => (2, 1000.0),
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
            | Self::EfficientLog => (None, Vec::new()),
            Self::EfficientOne => (
                Some(30.0),
                vec![(0.5, milliseconds(400)), (1.0, milliseconds(600))],
            ),
            Self::EfficientTwo => (
                Some(20.0),
                vec![(0.5, milliseconds(1000)), (1.0, milliseconds(2000))],
            ),
        };
        let is_slow = messages.is_some();
        let partitions = matches!(self, Self::FaultTolerant | Self::UniqueIds | Self::Counter);
        let partitions = partitions.then_some(FaultKind::Partition);
        Settings {
            workload,
            nodes: settings::names(nodes),
            clients: nodes
                * if workload == WorkloadKind::Kafka {
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
                availability: (self == Self::UniqueIds).then_some(1.0),
                messages_per_operation: messages,
                latency,
            },
            ..Settings::default()
        }
    }
}

//! The names of the workloads.

use serde::{Deserialize, Serialize};

/// What clients ask of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadKind {
    /// Values are broadcast, and each node is asked for all of them.
    #[default]
    Broadcast,
    /// Each node sends back what it is sent.
    Echo,
    /// A number grows, and each node is asked for it.
    GCounter,
    /// Elements are added to a set, and each node is asked for all of them.
    GSet,
    /// Messages are sent to logs, and polled from them in their order.
    Kafka,
    /// Each key has a value, which is read, written, and compared and set.
    LinKv,
    /// A number grows and shrinks, and each node is asked for it.
    PnCounter,
    /// Transactions append to lists and read them.
    TxnListAppend,
    /// Transactions write registers and read them.
    TxnRwRegister,
    /// Each reply has an id that no other one has.
    UniqueIds,
}

impl WorkloadKind {
    /// Its name, as Maelstrom has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Broadcast => "broadcast",
            Self::Echo => "echo",
            Self::GCounter => "g-counter",
            Self::GSet => "g-set",
            Self::Kafka => "kafka",
            Self::LinKv => "lin-kv",
            Self::PnCounter => "pn-counter",
            Self::TxnListAppend => "txn-list-append",
            Self::TxnRwRegister => "txn-rw-register",
            Self::UniqueIds => "unique-ids",
        }
    }
}

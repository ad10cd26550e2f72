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
    /// Elements are added to a set, and each node is asked for all of them.
    GSet,
    /// Each reply has an id that no other one has.
    UniqueIds,
}

impl WorkloadKind {
    /// Its name, as Maelstrom has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Broadcast => "broadcast",
            Self::Echo => "echo",
            Self::GSet => "g-set",
            Self::UniqueIds => "unique-ids",
        }
    }
}

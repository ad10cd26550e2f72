//! What a message between nodes is for. Which types have a meaning is known to the workload; all others are
//! counted under their own names.

use serde::{Deserialize, Serialize};

/// How much of a type's name is kept, in characters.
pub const NAME_LENGTH_MAX: usize = 60;

/// What a message between nodes is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Values on their usual way.
    Forward,
    Ack,
    /// Values straight to their node, marked `"direct": true`.
    Direct,
    /// Values that somebody missed, marked `"repair": true`.
    Repair,
    /// A type that has no meaning here, by its name.
    Other(String),
    Rest,
}

impl Purpose {
    /// That of a type that has no meaning here.
    pub fn of_type(name: &str) -> Self {
        Self::Other(name.chars().take(NAME_LENGTH_MAX).collect())
    }
}

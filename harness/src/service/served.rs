//! Which of its states a store answered from.

use serde::{Deserialize, Serialize};

/// The state that a reply of `seq-kv` came from. Each change makes the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedState {
    pub state: u64,
    /// That of the newest one then.
    pub newest: u64,
}

impl ServedState {
    /// How many changes the reply does not know of.
    pub fn lag(self) -> u64 {
        self.newest.saturating_sub(self.state)
    }
}

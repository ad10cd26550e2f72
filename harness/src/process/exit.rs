//! How a process exited. Pure.

use serde::{Deserialize, Serialize};

/// How a process exited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    Status(i32),
    /// By a signal, by its number.
    Signal(i32),
}

impl Exit {
    pub fn is_success(self) -> bool {
        self == Self::Status(0)
    }
}

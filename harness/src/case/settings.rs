//! How a case is run and compared, as far as one place says: a case's own head, a `harness.toml`,
//! or the command line. Laid over each other, they say it all.

use std::path::PathBuf;
use std::time::Duration;

use super::mode::{MatchMode, MsgIdMode};

/// How long a case may take if nobody says.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(5);

/// What one place says; `None`: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The node, a file.
    pub bin: Option<PathBuf>,
    /// The node's arguments.
    pub args: Option<Vec<String>>,
    /// What is added to the node's environment, in order.
    pub env: Vec<(String, String)>,
    /// How long the case may take, from start to exit.
    pub timeout: Option<Duration>,
    /// Which sequences of messages pass.
    pub match_mode: Option<MatchMode>,
    /// How `msg_id`s are compared.
    pub msg_id: Option<MsgIdMode>,
}

impl Settings {
    /// These settings, and where they say nothing, those of `lower`.
    #[must_use]
    pub fn over(&self, lower: &Self) -> Self {
        Self {
            bin: self.bin.clone().or_else(|| lower.bin.clone()),
            args: self.args.clone().or_else(|| lower.args.clone()),
            env: lower.env.iter().chain(&self.env).cloned().collect(),
            timeout: self.timeout.or(lower.timeout),
            match_mode: self.match_mode.or(lower.match_mode),
            msg_id: self.msg_id.or(lower.msg_id),
        }
    }

    /// How long the case may take.
    pub fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(TIMEOUT_DEFAULT)
    }
}

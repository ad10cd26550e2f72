//! The settings of a case, as far as one source has them: the case's own head, a `harness.toml`, or the
//! command line. Laid over each other they are complete; each value remembers its source.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::background::Background;
use super::ignored::IgnoredTypes;
use super::mode::{ExitMode, MatchMode, MsgIdMode, PaceMode};
use super::played::PlayedServices;

/// How long a case may take if nobody says.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(5);

/// How many bytes a node may write to stdout if nobody says.
pub const OUTPUT_MAX_DEFAULT: usize = 2 * 1024 * 1024;

/// What one place says; `None`: nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseSettings {
    pub bin: Option<Said<PathBuf>>,
    pub args: Option<Said<Vec<OsString>>>,
    /// The node's working folder; `None`: a fresh one.
    pub cwd: Option<Said<PathBuf>>,
    /// What is added to the node's environment; of a name that stands twice the last one counts.
    pub env: Vec<Said<(String, String)>>,
    /// How long the case may take, from start to exit.
    pub timeout: Option<Said<Duration>>,
    /// How many bytes the node may write to stdout.
    pub output_max: Option<Said<usize>>,
    /// Which sequences of messages pass.
    pub match_mode: Option<Said<MatchMode>>,
    /// How `msg_id`s are compared.
    pub msg_id: Option<Said<MsgIdMode>>,
    pub pace: Option<Said<PaceMode>>,
    /// Whether the exit counts once stdin was closed.
    pub exit: Option<Said<ExitMode>>,
    /// The types of messages that aren't compared.
    pub ignore: Option<Said<IgnoredTypes>>,
    /// The services that the harness plays.
    pub services: Option<Said<PlayedServices>>,
}

/// A value and who said it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<T> {
    pub value: T,
    pub by: Origin,
}

/// Who said something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    CommandLine,
    /// A line of the case's `.in`.
    Case {
        /// The line, from 1.
        line: usize,
    },
    /// A line of a `harness.toml`.
    Config {
        file: Arc<Path>,
        /// The line, from 1.
        line: usize,
    },
}

impl<T> Said<T> {
    /// A value from the command line.
    pub fn on_command_line(value: T) -> Self {
        Self {
            value,
            by: Origin::CommandLine,
        }
    }
}

impl CaseSettings {
    /// These settings, and where they say nothing, those of `lower`.
    #[must_use]
    pub fn over(&self, lower: &Self) -> Self {
        Self {
            bin: self.bin.clone().or_else(|| lower.bin.clone()),
            args: self.args.clone().or_else(|| lower.args.clone()),
            cwd: self.cwd.clone().or_else(|| lower.cwd.clone()),
            env: lower.env.iter().chain(&self.env).cloned().collect(),
            timeout: self.timeout.clone().or_else(|| lower.timeout.clone()),
            output_max: self.output_max.clone().or_else(|| lower.output_max.clone()),
            match_mode: self.match_mode.clone().or_else(|| lower.match_mode.clone()),
            msg_id: self.msg_id.clone().or_else(|| lower.msg_id.clone()),
            pace: self.pace.clone().or_else(|| lower.pace.clone()),
            exit: self.exit.clone().or_else(|| lower.exit.clone()),
            ignore: self.ignore.clone().or_else(|| lower.ignore.clone()),
            services: self.services.clone().or_else(|| lower.services.clone()),
        }
    }

    /// How long the case may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
            .as_ref()
            .map_or(TIMEOUT_DEFAULT, |said| said.value)
    }

    /// How many bytes the node may write to stdout.
    pub fn output_max(&self) -> usize {
        let said = self.output_max.as_ref();
        said.map_or(OUTPUT_MAX_DEFAULT, |said| said.value)
    }

    /// Which sequences of messages pass.
    pub fn match_mode(&self) -> MatchMode {
        self.match_mode
            .as_ref()
            .map(|said| said.value)
            .unwrap_or_default()
    }

    pub fn pace(&self) -> PaceMode {
        let said = self.pace.as_ref().map(|said| said.value);
        said.unwrap_or_default()
    }

    /// Whether the exit counts once stdin was closed.
    pub fn exit(&self) -> ExitMode {
        let said = self.exit.as_ref().map(|said| said.value);
        said.unwrap_or_default()
    }

    /// The messages that aren't compared.
    pub fn background(&self) -> Background {
        let types = self.ignore.as_ref().map(|said| said.value.clone());
        let services = self.services.as_ref().map(|said| said.value.clone());
        Background {
            types: types.unwrap_or_default(),
            services: services.unwrap_or_default(),
        }
    }

    /// How `msg_id`s are compared.
    pub fn msg_id(&self) -> MsgIdMode {
        self.msg_id
            .as_ref()
            .map(|said| said.value)
            .unwrap_or_default()
    }
}

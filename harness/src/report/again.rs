//! The command that runs one case alone, in the same way.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::shell;

/// What does something with a case alone in the same way, but for what it does and the case's name.
#[derive(Debug, Clone)]
pub struct Again {
    /// The harness, as the user called it.
    pub harness: OsString,
    /// What goes before the case.
    pub before: Vec<OsString>,
    pub after: Vec<OsString>,
}

/// The node of a run, as far as one is named for all of its cases.
#[derive(Debug, Clone, Default)]
pub struct TestedNode {
    /// What tells it from the other nodes of the run, if there are any.
    pub name: Option<String>,
    pub bin: Option<PathBuf>,
    /// Its arguments, from the command line.
    pub args: Option<Vec<OsString>>,
}

/// The list of failed cases that selects the cases of a run.
#[derive(Debug, Clone)]
pub struct UsedList {
    /// The node whose failures it lists, as the command line names it.
    pub node: TestedNode,
    /// How many of the cases that were selected are in it.
    pub cases: usize,
    /// When it was written, since 1970.
    pub written: Duration,
    /// How long ago that is.
    pub age: Duration,
}

impl Again {
    /// The command that runs this case, to be copied into a shell.
    pub fn command(&self, case: &Path) -> String {
        self.command_that("run", case)
    }

    /// The command that does this (`bless`) with a case.
    pub fn command_that(&self, verb: &str, case: &Path) -> String {
        let case = shell::path(case);
        let words = [self.harness.as_os_str(), OsStr::new(verb)].into_iter();
        let words = words.chain(self.before.iter().map(OsString::as_os_str));
        let words = words.chain([case.as_os_str()]);
        let words = words.chain(self.after.iter().map(OsString::as_os_str));
        shell::quoted(&words.collect::<Vec<_>>())
    }
}

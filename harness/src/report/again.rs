//! The command that runs one case alone, in the same way.

use std::path::Path;

use super::words;

/// What does something with a case alone in the same way, but for what it does and the case's name.
#[derive(Debug, Clone)]
pub struct Again {
    /// The harness, as the user called it.
    pub harness: String,
    /// What goes before the case.
    pub before: Vec<String>,
    /// What goes after it.
    pub after: Vec<String>,
}

impl Again {
    /// The command that runs this case, to be copied into a shell.
    pub fn command(&self, case: &Path) -> String {
        self.command_that("run", case)
    }

    /// The command that does this (`bless`) with a case.
    pub fn command_that(&self, verb: &str, case: &Path) -> String {
        let (verb, case) = (verb.to_owned(), case.display().to_string());
        let words = [&self.harness, &verb].into_iter();
        let words = words.chain(&self.before).chain([&case]).chain(&self.after);
        words::quoted_words(&words.cloned().collect::<Vec<_>>())
    }
}

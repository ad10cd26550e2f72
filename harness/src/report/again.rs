//! The command that runs one case alone, in the same way.

use std::path::Path;

use super::words;

/// What runs a case alone in the same way, but for the case's name.
#[derive(Debug, Clone)]
pub struct Again {
    /// The harness and what goes before the case.
    pub before: Vec<String>,
    /// What goes after it.
    pub after: Vec<String>,
}

impl Again {
    /// The command for this case, to be copied into a shell.
    pub fn command(&self, case: &Path) -> String {
        let case = case.display().to_string();
        let words = self.before.iter().chain([&case]).chain(&self.after);
        words::quoted_words(&words.cloned().collect::<Vec<_>>())
    }
}

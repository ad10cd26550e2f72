//! The commands: from valid arguments to an exit. Each has a room of its own.

mod failed;
mod github;
mod manual;
mod progress;
mod report_file;
mod reports;
mod run;
mod screen;
mod selection;
mod show;

pub use failed::Failed;

use crate::cli::{Arguments, Command};
use crate::outcome::Exit;

/// Does what the arguments say.
///
/// # Errors
/// Why nothing could be done at all; what became of single cases is told on stdout.
pub fn execute(arguments: Arguments) -> Result<Exit, Failed> {
    match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::List(selection) => show::list(&selection),
        Command::Config(arguments) => show::config(&arguments),
        Command::Completions { shell } => Ok(manual::completions(shell)),
        Command::Man { of } => Ok(manual::man(of.as_deref())?),
    }
}

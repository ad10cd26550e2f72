//! The commands: from valid arguments to an exit. Each has a room of its own.

mod again;
mod audit;
mod bless;
mod check;
mod compare;
mod each;
mod failed;
mod github;
mod import;
mod interrupts;
mod judging;
mod keys;
mod last_run;
mod live;
mod manual;
mod new;
mod node_list;
mod node_report;
mod nodes;
mod own_node;
mod progress;
mod report_file;
mod reports;
mod run;
mod screen;
mod selection;
mod show;
mod test;
mod test_reports;
mod verdict;
mod watch;

pub use failed::Failed;
pub use import::Refused;
pub use screen::{complain, misused};

use crate::cli::{Arguments, Command};
use crate::outcome::ExitCode;

/// Does what the arguments say.
///
/// # Errors
/// Why nothing could be done at all; what became of single cases is told on stdout.
pub fn execute(arguments: Arguments) -> Result<ExitCode, Failed> {
    match done(arguments) {
        // An interrupt is the user's own, whatever could not be shown.
        Ok(ExitCode::Interrupted) => Ok(ExitCode::Interrupted),
        Ok(_) | Err(Failed::System(_)) if screen::complains_of_lost_output() => {
            Ok(ExitCode::CouldNotRun)
        }
        other => other,
    }
}

fn done(arguments: Arguments) -> Result<ExitCode, Failed> {
    match arguments.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Watch(arguments) => watch::watch(&arguments),
        Command::Test(arguments) => test::test(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::New(arguments) => new::new(&arguments),
        Command::Audit(arguments) => audit::audit(&arguments),
        Command::Bless(arguments) => bless::bless(&arguments),
        Command::List(selection) => show::list(&selection),
        Command::Config(arguments) => show::config(&arguments),
        Command::Import(arguments) => import::import(&arguments),
        Command::Completions { shell } => Ok(manual::completions(shell)),
        Command::Man { of } => Ok(manual::man(of.as_deref())?),
    }
}

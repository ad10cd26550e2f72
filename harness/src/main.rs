//! The harness: arguments, then a command, then an exit code. Or its own watcher.

use std::env;
use std::process::ExitCode;

use harness::cli::Arguments;
use harness::command;
use harness::outcome::Exit;
use harness::watcher::Watch;

fn main() -> ExitCode {
    if let Some(watch) = Watch::asked_for(env::args_os()) {
        watch.keep();
        return ExitCode::SUCCESS;
    }
    let arguments = match Arguments::of(&env::args_os().collect::<Vec<_>>()) {
        Ok(arguments) => arguments,
        Err(error) => return ExitCode::from(command::misused(error)),
    };
    let exit = command::execute(arguments).unwrap_or_else(|failed| {
        command::complain(&failed);
        Exit::CouldNotRun
    });
    ExitCode::from(exit as u8)
}

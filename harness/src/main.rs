//! The harness: arguments, then a command, then an exit code. Or its own watcher.

use std::{env, process};

use harness::cli::Arguments;
use harness::command;
use harness::outcome::ExitCode;
use harness::watcher::Watch;

fn main() -> process::ExitCode {
    if let Some(watch) = Watch::asked_for(env::args_os()) {
        watch.keep();
        return process::ExitCode::SUCCESS;
    }
    let arguments = match Arguments::of(&env::args_os().collect::<Vec<_>>()) {
        Ok(arguments) => arguments,
        Err(error) => return process::ExitCode::from(command::misused(error)),
    };
    let exit = command::execute(arguments).unwrap_or_else(|failed| {
        command::complain(&failed);
        ExitCode::CouldNotRun
    });
    process::ExitCode::from(exit as u8)
}

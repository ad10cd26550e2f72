//! The harness: arguments, then a command, then an exit code. Or its own watcher.

use std::env;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use harness::cli::Arguments;
use harness::command;
use harness::outcome::Exit;
use harness::watcher::Watch;

fn main() -> ExitCode {
    if let Some(watch) = Watch::asked_for(env::args_os()) {
        watch.keep();
        return ExitCode::SUCCESS;
    }
    let exit = command::execute(Arguments::parse()).unwrap_or_else(|failed| {
        // If stderr is gone, the exit still tells.
        let _ = writeln!(anstream::stderr(), "error: {failed}");
        Exit::CouldNotRun
    });
    ExitCode::from(exit as u8)
}

//! EDGE. `harness run`: the cases against a node.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;

use anstream::AutoStream;

use super::Failed;
use super::selection::{command_line, default_program, jobs_default, select};
use crate::cli::RunArguments;
use crate::family;
use crate::golden::{self, Options};
use crate::interrupt::Interrupt;
use crate::outcome::{Exit, Tally};
use crate::report::terminal::{Again, Terminal};
use crate::report::words;

pub fn run(arguments: &RunArguments) -> Result<Exit, Failed> {
    let (found, planned) = select(&arguments.selection)?;
    let settings = command_line(arguments)?;
    let options = Options {
        program: default_program(&planned, &settings)?,
        settings,
        jobs: arguments.jobs.map_or_else(jobs_default, NonZeroUsize::get),
    };
    let interrupt = Interrupt::catch()?;
    family::adopt_orphans();
    let mut terminal = terminal(arguments);
    // Where nobody reads the report any more (`harness run | head`), the exit still tells.
    for orphan in &found.orphans {
        let _ = terminal.orphan(orphan);
    }
    let mut tally = Tally::default();
    for unreadable in &found.unreadable {
        tally.add_unreadable();
        let _ = terminal.unreadable(unreadable);
    }
    let ended = golden::run(planned, &options, &interrupt, |outcome| {
        tally.add(&outcome.result);
        let _ = terminal.outcome(&outcome);
    });
    let _ = terminal.tally(tally, ended.is_err());
    Ok(ended.map_or(Exit::Interrupted, |()| tally.exit()))
}

fn terminal(arguments: &RunArguments) -> Terminal<impl Write> {
    let out = AutoStream::auto(io::stdout());
    Terminal::new(out, width(), arguments.verbose, again(arguments))
}

/// The width of the terminal that stdout is, if it is one.
fn width() -> Option<usize> {
    let stdout = io::stdout();
    let size = stdout
        .is_terminal()
        .then(|| rustix::termios::tcgetwinsize(&stdout).ok());
    let columns = size.flatten()?.ws_col;
    (columns > 0).then_some(usize::from(columns))
}

fn again(arguments: &RunArguments) -> Again {
    let harness = env::args().next().unwrap_or_else(|| "harness".to_owned());
    let mut before = vec![harness, "run".to_owned()];
    if let Some(bin) = &arguments.bin {
        before.extend(["--bin".to_owned(), bin.display().to_string()]);
    }
    if let Some(timeout) = arguments.timeout {
        before.extend([
            "--timeout".to_owned(),
            words::duration(timeout).replace(' ', ""),
        ]);
    }
    let mut after = arguments.node_args.clone();
    if !after.is_empty() {
        after.insert(0, "--".to_owned());
    }
    Again { before, after }
}

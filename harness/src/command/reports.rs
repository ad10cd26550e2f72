//! EDGE. What tells of a run, and where to.

use std::env;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;

use anstream::AutoStream;

use super::progress::Progress;
use crate::case::find::Found;
use crate::cli::{NodeArguments, RunArguments};
use crate::golden::Event;
use crate::outcome::{Outcome, RunEnd, Slowest, Tally};
use crate::report::terminal::{Again, Terminal};
use crate::report::words;

/// All that tells of one run.
///
/// Where nobody reads a report any more (`harness run | head`), the exit still tells: that a line
/// can't be written is no error.
pub struct Reports {
    tally: Tally,
    slowest: Slowest,
    terminal: Terminal<AutoStream<io::Stdout>>,
    progress: Option<Progress>,
}

impl Reports {
    /// The reports that the arguments ask for, on a run of so many cases.
    pub fn open(arguments: &RunArguments, cases: usize) -> Self {
        let slowest = arguments.slowest.map_or(0, NonZeroUsize::get);
        Self {
            tally: Tally::default(),
            slowest: Slowest::new(slowest),
            terminal: terminal(&arguments.node, arguments.verbose),
            progress: io::stderr().is_terminal().then(|| Progress::new(cases)),
        }
    }

    /// Whether they want to know when a case is begun.
    pub fn want_begun(&self) -> bool {
        self.progress.is_some()
    }

    /// The run begins.
    pub fn begin(&mut self, found: &Found) {
        for orphan in &found.orphans {
            let _ = self.terminal.orphan(orphan);
        }
        for unreadable in &found.unreadable {
            self.tally.add_unreadable();
            let _ = self.terminal.unreadable(unreadable);
        }
    }

    /// Something happened.
    pub fn event(&mut self, event: Event) {
        match (event, &mut self.progress) {
            (Event::Begun(files), Some(progress)) => progress.begun(files),
            (Event::Judged { files, failed }, Some(progress)) => progress.judged(&files, failed),
            (Event::Begun(_) | Event::Judged { .. }, None) => {}
            (Event::Outcome(outcome), _) => self.outcome(&outcome),
        }
    }

    fn outcome(&mut self, outcome: &Outcome) {
        self.tally.add(&outcome.result);
        self.slowest.add(outcome);
        if !self.terminal.shows(outcome) {
            return;
        }
        let mut write = || self.terminal.outcome(outcome);
        let _ = match &self.progress {
            Some(progress) => progress.aside(write),
            None => write(),
        };
    }

    /// The run is over.
    pub fn finish(mut self, end: RunEnd) -> Tally {
        if let Some(progress) = &self.progress {
            progress.finish();
        }
        let _ = self.terminal.slowest(&self.slowest);
        let _ = self.terminal.tally(self.tally, end);
        self.tally
    }
}

/// The terminal, or whatever stdout is. `verbose`: cases that pass are shown too.
pub fn terminal(arguments: &NodeArguments, verbose: bool) -> Terminal<AutoStream<io::Stdout>> {
    let out = AutoStream::auto(io::stdout());
    Terminal::new(out, width(), verbose, again(arguments))
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

fn again(arguments: &NodeArguments) -> Again {
    let mut before = Vec::new();
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
    Again {
        harness: harness_name(),
        before,
        after,
    }
}

/// The harness, as the user called it.
pub fn harness_name() -> String {
    env::args().next().unwrap_or_else(|| "harness".to_owned())
}

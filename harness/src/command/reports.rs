//! EDGE. What tells of a run, and where to.

use std::env;
use std::io::{self, IsTerminal};
use std::num::NonZeroUsize;

use super::progress::Progress;
use super::screen::{self, Screen};
use crate::case::find::Found;
use crate::cli::RunArguments;
use crate::golden::Event;
use crate::outcome::{Outcome, RunEnd, Slowest, Tally};
use crate::report::again::Again;
use crate::report::terminal::Terminal;
use crate::report::words;

/// All that tells of one run.
///
/// Where nobody reads a report any more (`harness run | head`), the exit still tells: that a line
/// can't be written is no error.
pub struct Reports {
    tally: Tally,
    slowest: Slowest,
    terminal: Terminal,
    screen: Screen,
    progress: Option<Progress>,
}

impl Reports {
    /// The reports that the arguments ask for, on a run of so many cases.
    pub fn open(arguments: &RunArguments, cases: usize) -> Self {
        let slowest = arguments.slowest.map_or(0, NonZeroUsize::get);
        let screen = Screen::open();
        Self {
            tally: Tally::default(),
            slowest: Slowest::new(slowest),
            terminal: Terminal::new(screen::width(), arguments.verbose, again(arguments)),
            screen,
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
            self.terminal.orphan(orphan);
        }
        for unreadable in &found.unreadable {
            self.tally.add_unreadable();
            self.terminal.unreadable(unreadable);
        }
        self.show();
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
        self.terminal.outcome(outcome);
        self.show();
    }

    /// Shows what was rendered.
    fn show(&mut self) {
        let text = self.terminal.take();
        match &self.progress {
            Some(progress) => progress.aside(|| self.screen.show(&text)),
            None => self.screen.show(&text),
        }
    }

    /// The run is over.
    pub fn finish(mut self, end: RunEnd) -> Tally {
        if let Some(progress) = &self.progress {
            progress.finish();
        }
        self.terminal.slowest(&self.slowest);
        self.terminal.tally(self.tally, end);
        self.show();
        self.tally
    }
}

fn again(arguments: &RunArguments) -> Again {
    let harness = env::args().next().unwrap_or_else(|| "harness".to_owned());
    let mut before = vec![harness, "run".to_owned()];
    if let Some(bin) = &arguments.node.bin {
        before.extend(["--bin".to_owned(), bin.display().to_string()]);
    }
    if let Some(timeout) = arguments.node.timeout {
        before.extend([
            "--timeout".to_owned(),
            words::duration(timeout).replace(' ', ""),
        ]);
    }
    let mut after = arguments.node.node_args.clone();
    if !after.is_empty() {
        after.insert(0, "--".to_owned());
    }
    Again { before, after }
}

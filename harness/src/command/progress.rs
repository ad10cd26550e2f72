//! EDGE. The line at the foot of a terminal that says how far a run is. Nothing of it stays, and
//! where stderr is no terminal there is none.

use indicatif::{ProgressBar, ProgressStyle};

use crate::case::CaseFiles;
use crate::escape::file_name;

/// How many of the cases under way are named.
const NAMED_MAX: usize = 2;

/// How far a run is.
pub struct Progress {
    bar: ProgressBar,
    running: Vec<CaseFiles>,
    failed: usize,
}

impl Progress {
    /// A run of so many cases is about to begin.
    pub fn new(cases: usize) -> Self {
        let style = ProgressStyle::with_template("{pos} of {len} cases{wide_msg}");
        let bar = ProgressBar::new(u64::try_from(cases).unwrap_or(u64::MAX));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self {
            bar,
            running: Vec::new(),
            failed: 0,
        }
    }

    pub fn begun(&mut self, files: CaseFiles) {
        self.running.push(files);
        self.show();
    }

    pub fn judged(&mut self, files: &CaseFiles, failed: bool) {
        self.running.retain(|running| running != files);
        self.failed += usize::from(failed);
        self.bar.inc(1);
        self.show();
    }

    /// Makes way for what is written elsewhere on the terminal.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// The run is over: the line goes.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self) {
        let failed = match self.failed {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        };
        let named = self.running.iter().take(NAMED_MAX);
        let named: Vec<_> = named.map(|files| file_name(&files.input)).collect();
        let more = self.running.len().saturating_sub(NAMED_MAX);
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let running = named.join(", ");
        self.bar.set_message(format!("{failed}  {running}{more}"));
    }
}

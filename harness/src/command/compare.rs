//! `harness compare`: two runs of cases, by the JSON lines that they left.

use std::path::Path;

use super::Failed;
use super::screen::{self, Screen};
use crate::cli::CompareArguments;
use crate::escape;
use crate::files;
use crate::outcome::Exit;
use crate::report::compare;
use crate::report::page::Page;
use crate::two_runs::run_report::{self, RunReport};
use crate::two_runs::{self, RunChange, RunComparison};

pub fn compare(arguments: &CompareArguments) -> Result<Exit, Failed> {
    let CompareArguments { before, after } = arguments;
    let reports = (read(before)?, read(after)?);
    let comparison = two_runs::compare(&reports.0, &reports.1);
    if comparison.common == 0 {
        let other = escape::file_name(before);
        return Err(bad(after, format!("it has no case in common with {other}")));
    }
    let mut page = Page::new(screen::width());
    compare::put(&mut page, &comparison, before, after);
    // Where it can't be shown, the exit still tells.
    let _ = Screen::open(false).show(&page.take());
    Ok(exit(&comparison))
}

fn exit(comparison: &RunComparison<'_>) -> Exit {
    if comparison.changes.contains_key(&RunChange::FailsNow) {
        Exit::Failed
    } else if comparison.is_cut_off {
        Exit::CouldNotRun
    } else {
        Exit::Passed
    }
}

fn read(file: &Path) -> Result<RunReport, Failed> {
    let bytes = files::read(file);
    let bytes = bytes.map_err(|error| bad(file, format!("it can't be read: {error}")))?;
    run_report::parse(&escape::utf8(&bytes)).map_err(|error| bad(file, error.to_string()))
}

fn bad(file: &Path, reason: String) -> Failed {
    let file = file.to_path_buf();
    Failed::BadReport { file, reason }
}

//! `harness compare`: two runs of cases, by the JSON lines that they left; two tests of a cluster, by the
//! results in their folders.

use std::path::Path;

use super::Failed;
use super::screen::{self, Screen};
use crate::cli::CompareArguments;
use crate::cluster::store;
use crate::escape;
use crate::files;
use crate::outcome::ExitCode;
use crate::report::page::Page;
use crate::report::{compare, compare_figures};
use crate::two_runs::run_figures::{self, TestResults};
use crate::two_runs::run_report::{self, RunReport};
use crate::two_runs::{self, RunChange, RunComparison};

pub fn compare(arguments: &CompareArguments) -> Result<ExitCode, Failed> {
    let CompareArguments { before, after } = arguments;
    if before.is_dir() || after.is_dir() {
        return tests(before, after);
    }
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

/// Two tests; the second one fails if it is not valid and the first one is.
fn tests(before: &Path, after: &Path) -> Result<ExitCode, Failed> {
    let (first, second) = (results(before)?, results(after)?);
    if first.workload != second.workload {
        let reason = format!(
            "it is of {}, and {} of {}",
            second.workload,
            escape::file_name(before),
            first.workload
        );
        return Err(no_test(after, &reason));
    }
    let mut page = Page::new(screen::width());
    compare_figures::put(&mut page, [(before, &first), (after, &second)]);
    let _ = Screen::open(false).show(&page.take());
    Ok(match (first.is_valid, second.is_valid) {
        (Some(true), Some(false)) => ExitCode::Failed,
        (_, None) | (None, _) => ExitCode::CouldNotRun,
        (Some(_), Some(_)) => ExitCode::Passed,
    })
}

fn results(folder: &Path) -> Result<TestResults, Failed> {
    let file = folder.join(store::RESULTS);
    let bytes = files::read(&file);
    let bytes = bytes.map_err(|error| no_test(&file, &format!("it can't be read: {error}")))?;
    let results = serde_json::from_slice(&bytes).ok();
    let results = results.as_ref().and_then(run_figures::read);
    results.ok_or_else(|| no_test(&file, "it has no results of a test"))
}

fn no_test(file: &Path, reason: &str) -> Failed {
    let file = escape::file_name(file);
    Failed::NotRun(format!(
        "{file}: {reason}; name the folders of two runs of `harness test` with one workload"
    ))
}

fn exit(comparison: &RunComparison<'_>) -> ExitCode {
    if comparison.changes.contains_key(&RunChange::FailsNow) {
        ExitCode::Failed
    } else if comparison.is_cut_off {
        ExitCode::CouldNotRun
    } else {
        ExitCode::Passed
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

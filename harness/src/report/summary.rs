//! What is said of a run as a whole: in the end, which failures have one
//! cause, and how many there are.

use super::page::{INDENT, Page};
use super::words;
use crate::cause::{CaseEnd, CauseGroup, Causes};
use crate::escape::file_name;
use crate::outcome::Tally;

/// The cases that have the cause of one that was shown; whether there are any.
pub fn causes(page: &mut Page, causes: &Causes) -> bool {
    for group in causes.shared() {
        page.put("");
        // Further in than the names below it.
        let inner = [INDENT, INDENT].concat();
        page.wrapped(&same_cause(group), "", &inner);
        for files in &group.named {
            page.put(&format!("{INDENT}{}", file_name(&files.input)));
        }
        let unnamed = group.more - group.named.len();
        if unnamed > 0 {
            page.put(&format!("{INDENT}and {unnamed} more"));
        }
    }
    let are_any = causes.shared().next().is_some();
    if are_any {
        page.put(HOW_TO_SHOW_ALL);
    }
    are_any
}

/// That so many more cases have the cause of one that was shown.
fn same_cause(group: &CauseGroup) -> String {
    let (one, several, what) = match group.end {
        CaseEnd::Failed => ("fails", "fail", "cause"),
        CaseEnd::NotRun => ("could not be run", "could not be run", "cause"),
        CaseEnd::Flaky => ("is flaky", "are flaky", "cause"),
        CaseEnd::Passed => ("passes", "pass", "note"),
    };
    let first = file_name(&group.first.input);
    match group.more {
        1 => format!("1 more case {one} with the same {what} as {first}:"),
        more => format!("{more} more cases {several} with the same {what} as {first}:"),
    }
}

/// How each case is told, also those with a cause that was told.
const HOW_TO_SHOW_ALL: &str = "--verbose tells each of them in full";

/// How many cases came to which end.
pub fn tally(tally: Tally) -> String {
    let Tally {
        passed,
        failed,
        skipped,
        flaky,
        ..
    } = tally;
    let rest = words::counts(&[(skipped, "skipped"), (flaky, "flaky")]);
    format!("{passed} passed, {failed} failed{rest}")
}

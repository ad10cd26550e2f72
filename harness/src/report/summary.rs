//! What is said of a run as a whole: which list its cases are from, and in the end which failures have one
//! cause, which cases took longest, and how many of each folder passed.

use std::cmp::Reverse;
use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use textwrap::core::display_width;

use super::again::{TestedNode, UsedList};
use super::page::{INDENT, Page};
use super::{shell, words};
use crate::cause::{CaseEnd, CauseGroup, Causes};
use crate::escape::file_name;
use crate::folders::{FolderTotal, FolderTotals};
use crate::outcome::{Slowest, Tally};
use crate::phrases::{duration, fit};

/// How many folders are shown in a summary.
const FOLDERS_MAX: usize = 20;

/// How far their counts are moved to the right to stand below each other, in columns.
const FOLDER_WIDTH_MAX: usize = 50;

/// Which cases `--failed` runs.
pub fn failed_list(list: &UsedList) -> String {
    let cases = match list.cases {
        1 => "the case".to_owned(),
        count => format!("the {count} cases"),
    };
    format!(
        "--failed: {cases} that failed when last run {}; list written {}",
        from_here(&list.node),
        age(list)
    )
}

/// One of several nodes, and what is run.
pub fn node(name: &str, node: &TestedNode) -> String {
    let bin = node.bin.iter().map(|bin| shell::path(bin));
    let words: Vec<_> = bin.chain(node.args.iter().flatten().cloned()).collect();
    format!("node {name}: {}", fit::told(&shell::quoted(&words)))
}

/// In which order the cases are.
pub fn shuffled(seed: u64) -> String {
    format!("the cases are in the order of --shuffle {seed}")
}

/// When a list was written.
pub fn age(list: &UsedList) -> String {
    let written = humantime::format_rfc3339_seconds(UNIX_EPOCH + list.written);
    let age = Duration::from_secs(list.age.as_secs());
    format!("{written}, {} ago", duration(age))
}

/// The runs that share a list of failed cases, by the words of their command line.
pub fn from_here(node: &TestedNode) -> String {
    let args = node.args.iter().flat_map(|args| {
        let separator = OsString::from("--");
        std::iter::once(separator).chain(args.iter().cloned())
    });
    let bin = node.bin.iter();
    let bin = bin.flat_map(|bin| ["--bin".into(), shell::path(bin)]);
    let words: Vec<_> = bin.chain(args).collect();
    let words = shell::quoted(&words);
    match (&node.bin, &node.args) {
        (None, None) => "from this folder without --bin".to_owned(),
        (None, Some(_)) => format!("from this folder without --bin and with `{words}`"),
        (Some(_), _) => format!("from this folder with `{words}`"),
    }
}

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

/// The cases that took longest, and those of each folder, where there are several.
pub fn slowest(page: &mut Page, slowest: &Slowest, folders: &FolderTotals) {
    page.put("the slowest:");
    for (duration, files) in slowest.cases() {
        slow_case(page, *duration, &file_name(&files.input));
    }
    let mut all: Vec<_> = folders.all().collect();
    if all.len() < 2 {
        return;
    }
    all.sort_by_key(|(_, total)| Reverse(total.duration));
    page.put("the slowest of each folder:");
    for (folder, total) in all.iter().take(FOLDERS_MAX) {
        let milliseconds = total.duration.as_millis();
        let folder = file_name(folder);
        page.put(&format!("{INDENT}{folder} ({milliseconds} ms in all):"));
        for (duration, files) in total.slowest.cases() {
            let name = files.input.file_name().map(Path::new);
            slow_case(page, *duration, &name.map_or_else(String::new, file_name));
        }
    }
    more_folders(page, all.len().saturating_sub(FOLDERS_MAX));
}

fn slow_case(page: &mut Page, duration: Duration, name: &str) {
    let milliseconds = duration.as_millis();
    page.put(&format!("{INDENT}{milliseconds:>6} ms  {name}"));
}

fn more_folders(page: &mut Page, count: usize) {
    match count {
        0 => {}
        1 => page.put(&format!("{INDENT}and 1 more folder")),
        _ => page.put(&format!("{INDENT}and {count} more folders")),
    }
}

/// How many cases of each folder came to which end: of all, or of those in which not all passed.
pub fn folders(page: &mut Page, folders: &FolderTotals, all: bool) {
    let is_shown = |total: &FolderTotal| all || !total.tally.is_all_passed();
    let shown: Vec<_> = folders
        .all()
        .filter(|(_, total)| is_shown(total))
        .take(FOLDERS_MAX)
        .map(|(folder, total)| (file_name(folder) + ":", total.tally))
        .collect();
    let widths = shown.iter().map(|(name, _)| display_width(name));
    let width = widths.max().unwrap_or_default().min(FOLDER_WIDTH_MAX);
    for (name, counts) in &shown {
        let blank = " ".repeat(width.saturating_sub(display_width(name)));
        let counts = tally(*counts);
        page.put(&format!("{INDENT}{name}{blank} {counts}"));
    }
    more_folders(page, folders.all().len() - shown.len());
}

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

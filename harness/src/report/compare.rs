//! How two runs of cases differ, in words.

use std::path::Path;

use super::page::{BOLD, INDENT, Page};
use crate::escape::file_name;
use crate::phrases::fit;
use crate::two_runs::{ChangedCase, RunChange, RunComparison};

/// The cases of each kind of change, and as the last line how many there are.
pub fn put(page: &mut Page, comparison: &RunComparison<'_>, before: &Path, after: &Path) {
    for (change, cases) in &comparison.changes {
        let heading = heading(*change, cases.len(), before, after);
        page.put(&format!("{BOLD}{heading}{BOLD:#}"));
        for changed in cases {
            let inner = [INDENT, INDENT].concat();
            page.wrapped(&line(*change, changed), INDENT, &inner);
        }
    }
    if comparison.is_cut_off {
        let after = file_name(after);
        page.put(&format!(
            "{after} is of a run that did not come to all of its cases"
        ));
    }
    let count = |change| comparison.changes.get(&change).map_or(0, Vec::len);
    let (fail, pass) = (count(RunChange::FailsNow), count(RunChange::PassesNow));
    let fails = if fail == 1 { "fails" } else { "fail" };
    let passes = if pass == 1 { "passes" } else { "pass" };
    let (slower, same) = (count(RunChange::Slower), comparison.as_before);
    page.put(&format!(
        "compare: {fail} {fails} now, {pass} {passes} now, {slower} slower, {same} as before"
    ));
}

fn heading(change: RunChange, count: usize, before: &Path, after: &Path) -> String {
    let (one, several) = match change {
        RunChange::FailsNow => ("case fails now", "cases fail now"),
        RunChange::PassesNow => ("case passes now", "cases pass now"),
        RunChange::FlakyNow => ("case is flaky now", "cases are flaky now"),
        RunChange::Slower => ("case takes longer", "cases take longer"),
        RunChange::SkippedNow => ("case is skipped now", "cases are skipped now"),
        RunChange::RunAndPasses => (
            "case is not skipped any more, and passes",
            "cases are not skipped any more, and pass",
        ),
        RunChange::RunAndFails => (
            "case is not skipped any more, and fails",
            "cases are not skipped any more, and fail",
        ),
        RunChange::OnlyBefore | RunChange::OnlyAfter => ("case is", "cases are"),
    };
    let what = if count == 1 { one } else { several };
    let only_in = if change == RunChange::OnlyBefore {
        format!(" only in {}", file_name(before))
    } else if change == RunChange::OnlyAfter {
        format!(" only in {}", file_name(after))
    } else {
        String::new()
    };
    format!("{count} {what}{only_in}:")
}

fn line(change: RunChange, changed: &ChangedCase<'_>) -> String {
    let key = changed.key;
    let node = key.node.as_deref().map(|node| fit::told(node) + ": ");
    let name = node.unwrap_or_default() + &fit::told(&key.input);
    let said = match change {
        RunChange::Slower => {
            let times = changed.before.zip(changed.after);
            times.map(|(before, after)| {
                format!("{} ms, now {} ms", before.duration_ms, after.duration_ms)
            })
        }
        RunChange::FailsNow
        | RunChange::FlakyNow
        | RunChange::RunAndFails
        | RunChange::OnlyAfter => {
            let sentence = changed.after.and_then(|after| after.sentence.as_deref());
            sentence.map(fit::told)
        }
        RunChange::PassesNow
        | RunChange::SkippedNow
        | RunChange::RunAndPasses
        | RunChange::OnlyBefore => None,
    };
    said.map_or_else(|| name.clone(), |said| format!("{name}: {said}"))
}

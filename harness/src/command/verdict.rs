//! The verdict on one run of a cluster or several, as text on stdout and as an exit status.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use anstyle::AnsiColor;

use crate::cluster::checker::finding::Judgement;
use crate::cluster::judged::Judged;
use crate::cluster::run::End;
use crate::cluster::store;
use crate::escape::file_name;
use crate::outcome::ExitCode;
use crate::report::cluster::cause::RunCause;
use crate::report::cluster::records::RunCounts;
use crate::report::cluster::{again, summary};

/// How many causes are told in full, where many runs are invalid.
const TOLD_MAX: usize = 3;

/// How much is said of each run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Of invalid ones, each cause in full once.
    Usual,
    /// Each invalid one in full.
    Verbose,
    /// The first thing that is wrong.
    Quiet,
}

/// The runs so far.
pub struct RunTally {
    /// How many there are to be.
    planned: usize,
    /// What the harness was called with.
    command: Vec<OsString>,
    /// The width of the terminal, if it is one.
    width: Option<usize>,
    detail: Detail,
    /// The causes so far, each with the seed of the first run that failed for it.
    causes: BTreeMap<RunCause, u64>,
    done: usize,
    /// How many runs of several the user cut short: they are not counted.
    interrupted: usize,
    /// The seeds of those that are not valid.
    invalid: Vec<u64>,
    /// The seeds of those that could not be judged.
    unjudged: Vec<u64>,
}

impl RunTally {
    /// None of `planned` runs is done yet.
    pub fn new(
        planned: usize,
        command: Vec<OsString>,
        width: Option<usize>,
        detail: Detail,
    ) -> Self {
        Self {
            planned,
            command,
            width,
            detail,
            causes: BTreeMap::new(),
            done: 0,
            interrupted: 0,
            invalid: Vec::new(),
            unjudged: Vec::new(),
        }
    }

    /// One more is done. What to say of it: all that there is if it is the only one.
    pub fn add(&mut self, judged: &Judged, folder: &Path, end: End) -> String {
        let seed = judged.recording.settings.seed;
        let judgement = judged.verdict.judgement();
        let is_valid = judgement == Judgement::Valid;
        let is_counted = self.planned == 1 || end == End::Complete;
        if is_counted {
            self.done += 1;
        } else {
            self.interrupted += 1;
        }
        match judgement {
            Judgement::Invalid if is_counted => self.invalid.push(seed),
            Judgement::Unjudged if is_counted => self.unjudged.push(seed),
            Judgement::Valid | Judgement::Invalid | Judgement::Unjudged => {}
        }
        if self.detail == Detail::Quiet {
            return text(&Self::briefly(judged, folder), self.width);
        }
        let mut lines = Vec::new();
        if self.planned > 1 {
            let valid = word(judgement);
            lines.push(format!("seed {seed}: {valid}  {}", file_name(folder)));
            if is_valid {
                let idle = summary::proved_nothing(judged).into_iter();
                lines.extend(idle.map(|warning| format!("  {warning}")));
            }
            if end == End::Interrupted {
                lines.push("  interrupted: it is not counted".to_owned());
            }
            if is_valid {
                return text(&lines, self.width);
            }
            if let Some(known) = self.told_before(judged) {
                lines.push(format!("  {known}"));
                return text(&lines, self.width);
            }
        }
        lines.extend(one(judged, folder, self.planned == 1));
        if end == End::Interrupted && self.planned == 1 {
            lines.push("interrupted: this is what there was by then".to_owned());
        }
        if self.planned == 1 {
            lines.push(format!(
                "report: {}",
                file_name(&folder.join(store::REPORT))
            ));
            lines.push(format!("again: {}", again::command(&self.command, seed)));
        }
        text(&lines, self.width)
    }

    /// The first thing that is wrong with a run; nothing of a valid one.
    fn briefly(judged: &Judged, folder: &Path) -> Vec<String> {
        let judgement = judged.verdict.judgement();
        if judgement == Judgement::Valid {
            return Vec::new();
        }
        let complaints = summary::complaints(judged, folder).into_iter();
        let first = complaints.filter_map(|one| one.lines().next().map(str::to_owned));
        let first = first.take(1).collect::<String>();
        let seed = judged.recording.settings.seed;
        vec![format!("seed {seed}: {}  {first}", word(judgement))]
    }

    /// What to say of an invalid run in place of what is wrong with it, if an earlier one had the same cause.
    fn told_before(&mut self, judged: &Judged) -> Option<String> {
        let cause = RunCause::of(judged);
        let labels = cause.labels.join(", ");
        let seed = judged.recording.settings.seed;
        if self.detail == Detail::Verbose {
            return None;
        }
        if let Some(first) = self.causes.get(&cause) {
            return Some(format!("as with seed {first}: {labels}"));
        }
        if self.causes.len() >= TOLD_MAX {
            return Some(labels);
        }
        self.causes.insert(cause, seed);
        None
    }

    /// What to say in the end; the last line is plain.
    pub fn finish(&self) -> String {
        let repeats = self.invalid.iter().chain(&self.unjudged);
        let is_told = self.planned > 1 && self.detail != Detail::Quiet;
        let repeats = repeats.filter(|_| is_told);
        let repeats =
            repeats.map(|seed| format!("again: {}", again::command(&self.command, *seed)));
        let mut lines: Vec<_> = repeats.collect();
        let RunCounts {
            valid,
            not_valid,
            could_not_be_judged,
            interrupted,
            not_run,
        } = self.counts();
        let mut last = count(valid, not_valid, could_not_be_judged);
        for (count, what) in [(interrupted, "interrupted"), (not_run, "not run")] {
            if count > 0 {
                last = format!("{last}, {count} {what}");
            }
        }
        lines.push(last);
        text(&lines, self.width)
    }

    /// How many runs came to what.
    pub fn counts(&self) -> RunCounts {
        let (not_valid, could_not_be_judged) = (self.invalid.len(), self.unjudged.len());
        RunCounts {
            valid: self.done - not_valid - could_not_be_judged,
            not_valid,
            could_not_be_judged,
            interrupted: self.interrupted,
            not_run: self.planned - self.done - self.interrupted,
        }
    }

    /// How all of it ended.
    pub fn exit(&self, interrupted: bool) -> ExitCode {
        if interrupted {
            ExitCode::Interrupted
        } else if !self.invalid.is_empty() {
            ExitCode::Failed
        } else if !self.unjudged.is_empty() {
            ExitCode::CouldNotRun
        } else {
            ExitCode::Passed
        }
    }
}

/// What is to be said of a run in this folder, line by line; `all`: its figures, too.
pub fn one(judged: &Judged, folder: &Path, all: bool) -> Vec<String> {
    let valid = word(judged.verdict.judgement());
    let complaints = summary::complaints(judged, folder);
    let complaints = complaints
        .into_iter()
        .map(|complaint| format!("  {complaint}"));
    if !all {
        return complaints.collect();
    }
    let verdict = std::iter::once(valid).chain(complaints);
    let blank = || std::iter::once(String::new());
    let figures = blank().chain(summary::figures(judged)).chain(blank());
    verdict.chain(figures).collect()
}

fn word(judgement: Judgement) -> String {
    let (style, word) = match judgement {
        Judgement::Valid => (AnsiColor::Green.on_default(), "valid"),
        Judgement::Invalid => (AnsiColor::Red.on_default().bold(), "NOT VALID"),
        Judgement::Unjudged => (AnsiColor::Yellow.on_default().bold(), "could not be judged"),
    };
    format!("{style}{word}{style:#}")
}

/// The last line of all: how many runs were valid, how many not, and how many could not be judged.
pub fn count(valid: usize, not: usize, unjudged: usize) -> String {
    let unjudged = match unjudged {
        0 => String::new(),
        unjudged => format!(", {unjudged} could not be judged"),
    };
    format!("cluster: {valid} valid, {not} not valid{unjudged}")
}

/// Lines as a text, for a terminal of this width, if it is one.
pub fn text(lines: &[String], width: Option<usize>) -> String {
    let lines = lines.iter().map(|line| match width {
        // A command is there to be copied.
        Some(width) if !line.starts_with("again:") => wrapped(line, width),
        _ => line.clone(),
    });
    lines.flat_map(|line| [line, "\n".to_owned()]).collect()
}

/// A line that goes on below its own text: below its second column, if it has two.
fn wrapped(line: &str, width: usize) -> String {
    let start = line.len() - line.trim_start().len();
    let column = line.get(start..).and_then(|text| text.find("  "));
    let gap = column.and_then(|column| line.get(start + column..));
    let gap = gap.map(|gap| gap.len() - gap.trim_start().len());
    let indent = match (column, gap) {
        (Some(column), Some(gap)) if start + column + gap < width / 2 => start + column + gap,
        _ => start + 2,
    };
    let indent = " ".repeat(indent);
    let options = textwrap::Options::new(width).subsequent_indent(&indent);
    textwrap::fill(line, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_goes_on_below_its_text_and_a_command_stays_whole() {
        for (line, shown) in [
            (
                "  lost: n0 lacks 17 and 18",
                "  lost: n0 lacks 17\n    and 18\n",
            ),
            (
                "  one     two three four",
                "  one     two three\n          four\n",
            ),
            (
                "again: harness test --seed 7",
                "again: harness test --seed 7\n",
            ),
            ("short", "short\n"),
        ] {
            assert_eq!(text(&[line.to_owned()], Some(22)), shown);
            assert_eq!(text(&[line.to_owned()], None), format!("{line}\n"));
        }
    }
}

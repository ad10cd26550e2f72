//! What a run or several came to, as text on stdout and as an exit.

use std::ffi::OsString;
use std::path::Path;

use anstyle::AnsiColor;

use crate::cluster::judged::Judged;
use crate::cluster::run::End;
use crate::cluster::store;
use crate::escape::file_name;
use crate::outcome::Exit;
use crate::report::cluster::{again, summary};

/// How many invalid runs of many are told with what is wrong with them.
const TOLD_MAX: usize = 3;

/// The runs so far.
pub struct Tally {
    /// How many there are to be.
    planned: usize,
    /// What the harness was called with.
    command: Vec<OsString>,
    /// The width of the terminal, if it is one.
    width: Option<usize>,
    done: usize,
    /// How many runs of several the user cut short: they are not counted.
    interrupted: usize,
    /// The seeds of those that are not valid.
    invalid: Vec<u64>,
}

impl Tally {
    /// None of `planned` runs is done yet.
    pub fn new(planned: usize, command: Vec<OsString>, width: Option<usize>) -> Self {
        Self {
            planned,
            command,
            width,
            done: 0,
            interrupted: 0,
            invalid: Vec::new(),
        }
    }

    /// One more is done. What to say of it: all that there is if it is the only one.
    pub fn add(&mut self, judged: &Judged, folder: &Path, end: End) -> String {
        let seed = judged.recording.settings.seed;
        let is_valid = judged.verdict.is_valid();
        let is_counted = self.planned == 1 || end == End::Complete;
        if is_counted {
            self.done += 1;
        } else {
            self.interrupted += 1;
        }
        if is_counted && !is_valid {
            self.invalid.push(seed);
        }
        let mut lines = Vec::new();
        if self.planned > 1 {
            let valid = validity(is_valid);
            lines.push(format!("seed {seed}: {valid}  {}", file_name(folder)));
            if is_valid {
                let idle = summary::proved_nothing(judged).into_iter();
                lines.extend(idle.map(|warning| format!("  {warning}")));
            }
            if end == End::Interrupted {
                lines.push("  interrupted: it is not counted".to_owned());
            }
            if is_valid || self.invalid.len() > TOLD_MAX {
                return text(&lines, self.width);
            }
        }
        lines.extend(one(judged, self.planned == 1));
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

    /// What to say in the end; the last line is plain.
    pub fn finish(&self) -> String {
        let repeats = self.invalid.iter().filter(|_| self.planned > 1);
        let repeats =
            repeats.map(|seed| format!("again: {}", again::command(&self.command, *seed)));
        let mut lines: Vec<_> = repeats.collect();
        let mut last = count(self.done - self.invalid.len(), self.invalid.len());
        let not_run = self.planned - self.done - self.interrupted;
        for (count, what) in [(self.interrupted, "interrupted"), (not_run, "not run")] {
            if count > 0 {
                last = format!("{last}, {count} {what}");
            }
        }
        lines.push(last);
        text(&lines, self.width)
    }

    /// How all of it ended.
    pub fn exit(&self, interrupted: bool) -> Exit {
        match (interrupted, self.invalid.is_empty()) {
            (true, _) => Exit::Interrupted,
            (false, true) => Exit::Passed,
            (false, false) => Exit::Failed,
        }
    }
}

/// What is to be said of a run, line by line; `all`: its figures, too.
pub fn one(judged: &Judged, all: bool) -> Vec<String> {
    let valid = validity(judged.verdict.is_valid());
    let complaints = summary::complaints(judged);
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

fn validity(is_valid: bool) -> String {
    let (style, word) = if is_valid {
        (AnsiColor::Green.on_default(), "valid")
    } else {
        (AnsiColor::Red.on_default().bold(), "NOT VALID")
    };
    format!("{style}{word}{style:#}")
}

/// The last line of all: how many runs were valid and how many not.
pub fn count(valid: usize, not: usize) -> String {
    format!("cluster: {valid} valid, {not} not valid")
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

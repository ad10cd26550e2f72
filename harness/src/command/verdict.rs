//! What a run or several came to, as text on stdout and as an exit.

use std::path::Path;

use crate::cluster::judged::Judged;
use crate::cluster::run::End;
use crate::outcome::Exit;
use crate::report::cluster::{again, summary};
use crate::report::terminal::file_name;

/// How many invalid runs of many are told with what is wrong with them.
const TOLD_MAX: usize = 3;

/// The runs so far.
pub struct Tally {
    /// How many there are to be.
    planned: usize,
    /// What the harness was called with.
    command: Vec<String>,
    done: usize,
    /// The seeds of those that are not valid.
    invalid: Vec<u64>,
}

impl Tally {
    /// None of `planned` runs is done yet.
    pub fn new(planned: usize, command: Vec<String>) -> Self {
        Self {
            planned,
            command,
            done: 0,
            invalid: Vec::new(),
        }
    }

    /// One more is done. What to say of it: all that there is if it is the only one.
    pub fn add(&mut self, judged: &Judged, folder: &Path, end: End) -> String {
        let seed = judged.recording.settings.seed;
        let is_valid = judged.verdict.is_valid();
        self.done += 1;
        if !is_valid {
            self.invalid.push(seed);
        }
        let mut lines = Vec::new();
        if self.planned > 1 {
            let valid = if is_valid { "valid" } else { "NOT VALID" };
            lines.push(format!("seed {seed}: {valid}  {}", file_name(folder)));
            if is_valid || self.invalid.len() > TOLD_MAX {
                return text(&lines);
            }
        }
        lines.extend(one(judged, self.planned == 1));
        if end == End::Interrupted {
            lines.push("interrupted: this is what there was by then".to_owned());
        }
        if self.planned == 1 {
            lines.push(format!("files: {}", file_name(folder)));
            lines.push(format!("again: {}", again::command(&self.command, seed)));
        }
        text(&lines)
    }

    /// What to say in the end; the last line is plain.
    pub fn finish(&self) -> String {
        let repeats = self.invalid.iter().filter(|_| self.planned > 1);
        let repeats =
            repeats.map(|seed| format!("again: {}", again::command(&self.command, *seed)));
        let mut lines: Vec<_> = repeats.collect();
        lines.push(count(self.done - self.invalid.len(), self.invalid.len()));
        text(&lines)
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
    let valid = if judged.verdict.is_valid() {
        "valid"
    } else {
        "NOT VALID"
    };
    let complaints = summary::complaints(judged);
    let complaints = complaints
        .into_iter()
        .map(|complaint| format!("  {complaint}"));
    if !all {
        return complaints.collect();
    }
    let verdict = std::iter::once(valid.to_owned()).chain(complaints);
    let blank = || std::iter::once(String::new());
    let figures = blank().chain(summary::figures(judged)).chain(blank());
    verdict.chain(figures).collect()
}

/// The last line of all: how many runs were valid and how many not.
pub fn count(valid: usize, not: usize) -> String {
    format!("cluster: {valid} valid, {not} not valid")
}

/// Lines as a text.
pub fn text(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

//! A sample as its source gives it: found, cut into its parts, and not yet understood.

use crate::json;

use super::finding::{ImportFinding, SourceWarning};
use super::source::{SourceLine, SourcePlace};
use super::title::Timeout;

/// One sample.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The title; empty if there is none.
    pub title: String,
    /// The title of its task, if it is one of many tasks.
    pub task: Option<String>,
    pub place: SourcePlace,
    /// What is said about it, line by line.
    pub note: Vec<SourceLine>,
    /// The timeout, if there is one, and where it stands.
    pub timeout: Option<(SourcePlace, Timeout)>,
    pub input: Vec<SourceLine>,
    /// What it must answer; `None` if the source doesn't say.
    pub expected: Option<Vec<SourceLine>>,
}

impl Draft {
    /// A sample of which nothing but its title is known.
    pub fn new(title: String, place: SourcePlace) -> Self {
        Self {
            title,
            task: None,
            place,
            note: Vec::new(),
            timeout: None,
            input: Vec::new(),
            expected: None,
        }
    }

    /// The title of its case, with that of the task that it is of.
    pub fn case_title(&self) -> String {
        match &self.task {
            Some(task) if !task.is_empty() && *task != self.title => {
                format!("{task}: {}", self.title)
            }
            Some(_) | None => self.title.clone(),
        }
    }

    /// Whether it has a message to send and says what must be answered.
    pub fn is_whole(&self) -> bool {
        let is_message =
            |line: &SourceLine| json::read(&line.bytes).is_ok_and(|json| json.is_object());
        self.expected.is_some() && self.input.iter().any(is_message)
    }
}

/// What was found in a source.
#[derive(Debug, Default)]
pub struct Reading {
    /// The samples, in order.
    pub drafts: Vec<Draft>,
    /// What there is to tell.
    pub warnings: Vec<SourceWarning>,
}

impl Reading {
    /// Tells something about a place.
    pub fn warn(&mut self, place: &SourcePlace, finding: ImportFinding) {
        self.warnings.push(SourceWarning {
            place: place.clone(),
            finding,
        });
    }

    /// Tells that a line belongs to nothing; lines in a row are told once.
    pub fn unused(&mut self, line: &SourceLine) {
        if let Some(SourceWarning { place, finding }) = self.warnings.last_mut()
            && let ImportFinding::Unused { lines, .. } = finding
            && place.line + *lines == line.place.line
        {
            *lines += 1;
            return;
        }
        let text = line.words();
        self.warn(&line.place, ImportFinding::Unused { text, lines: 1 });
    }
}

//! What failed as annotations: commands in a log of GitHub Actions, which shows them at the line of
//! the file that they name. And the other side of it: text that can be no such command.
//!
//! The source is GitHub's runner (`ActionCommand.cs`): a line is a command if it starts with `::`,
//! white space aside, or if it has `##[` anywhere.

use std::path::{Component, Path, PathBuf};

use super::gist::{self, BriefPlace};
use super::{escape, words};
use crate::case::find::Unreadable;
use crate::escape::file_name;
use crate::outcome::{CaseOutcome, CaseResult};
use crate::phrases::fit;

/// How many errors, and how many warnings, GitHub shows of one step.
const SHOWN_MAX: usize = 10;

/// Where the files are.
#[derive(Debug, Clone)]
pub struct Folders {
    /// The folder that paths start from.
    pub here: PathBuf,
    /// The folder of the whole repository, which GitHub's paths start from.
    pub root: PathBuf,
}

/// What is worth an annotation, as a run goes.
#[derive(Debug)]
pub struct Annotations {
    folders: Folders,
    errors: Level,
    warnings: Level,
    /// Why a case could not be run, the last time: a node that doesn't start is told once.
    not_run_last: Option<String>,
    /// The name of the node at hand, if there are several.
    node: Option<String>,
}

/// The annotations of one level, as many as are shown, and how many there are.
#[derive(Debug)]
struct Level {
    name: &'static str,
    commands: Vec<String>,
    total: usize,
}

impl Annotations {
    /// None yet.
    pub fn new(folders: Folders) -> Self {
        let level = |name| Level {
            name,
            commands: Vec::new(),
            total: 0,
        };
        Self {
            folders,
            errors: level("error"),
            warnings: level("warning"),
            not_run_last: None,
            node: None,
        }
    }

    /// The cases that come are those of the node with this name.
    pub fn node(&mut self, name: &str) {
        self.node = Some(fit::told(name));
        self.not_run_last = None;
    }

    /// That node was not run.
    pub fn node_not_run(&mut self, reason: &str) {
        let name = self.node.as_deref().unwrap_or_default();
        let title = format!("title={}", property(name));
        self.errors.add(&title, reason);
    }

    /// An `.expected` that nothing checks.
    pub fn orphan(&mut self, expected: &Path) {
        let title = file_name(expected);
        let place = self.properties(&BriefPlace::file(expected), &title);
        self.warnings.add(&place, &words::orphan(expected));
    }

    /// A path that could not be searched for cases.
    pub fn unreadable(&mut self, unreadable: &Unreadable) {
        let title = file_name(&unreadable.path);
        let place = self.properties(&BriefPlace::file(&unreadable.path), &title);
        let reason = escape::text(&unreadable.reason);
        self.errors.add(&place, &reason);
    }

    pub fn outcome(&mut self, outcome: &CaseOutcome) {
        let is_flaky = matches!(outcome.result, CaseResult::Flaky(_));
        if !is_flaky && !outcome.result.is_failure() || self.is_told(&outcome.result) {
            return;
        }
        let mut title = file_name(&outcome.files.input);
        if !outcome.title.is_empty() {
            title = format!("{title}: {}", fit::told(&outcome.title));
        }
        if let Some(node) = &self.node {
            title = format!("{node}: {title}");
        }
        let place = self.properties(&gist::place(outcome), &title);
        let message = gist::sentences(outcome).join("\n");
        if is_flaky {
            let message = format!("{}\n{message}", words::flaky(outcome.runs));
            self.warnings.add(&place, &message);
        } else {
            self.errors.add(&place, &message);
        }
    }

    fn is_told(&mut self, result: &CaseResult) -> bool {
        let CaseResult::NotRun(reason) = result else {
            return false;
        };
        let reason = Some(words::not_run(reason));
        let is_told = self.not_run_last == reason;
        self.not_run_last = reason;
        is_told
    }

    /// The commands, one a line.
    pub fn text(&self) -> String {
        self.errors.text() + &self.warnings.text()
    }

    fn properties(&self, place: &BriefPlace, title: &str) -> String {
        let file = property(&self.folders.path(&place.file));
        let number = |name: &str, number: Option<usize>| {
            number.map_or_else(String::new, |number| format!("{name}={number},"))
        };
        let (line, column) = (number("line", place.line), number("col", place.column));
        format!("file={file},{line}{column}title={}", property(title))
    }
}

impl Level {
    fn add(&mut self, properties: &str, message: &str) {
        self.total += 1;
        if self.total <= SHOWN_MAX {
            let (name, message) = (self.name, data(message));
            self.commands
                .push(format!("::{name} {properties}::{message}\n"));
        }
    }

    /// The last one that is shown counts what is not.
    fn text(&self) -> String {
        if self.total <= SHOWN_MAX {
            return self.commands.concat();
        }
        let told = self.commands.get(..SHOWN_MAX - 1).unwrap_or_default();
        let (name, more) = (self.name, self.total - told.len());
        let kind = if name == "error" {
            "failures"
        } else {
            "warnings"
        };
        let rest =
            format!("::{name}::and {more} more {kind}: the log of this step tells each cause\n");
        told.concat() + &rest
    }
}

impl Folders {
    /// A file's path from the root; one that lies elsewhere has its whole path.
    fn path(&self, file: &Path) -> String {
        let whole = straight(&self.here.join(file));
        let root = straight(&self.root);
        file_name(whole.strip_prefix(root).unwrap_or(&whole))
    }
}

/// A path without `.` and `..`.
fn straight(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                straight.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => straight.push(part),
        }
    }
    straight
}

/// What stands after a command's `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// What stands after a property's `=`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Text of several lines of which none is a command, whoever wrote it.
pub fn harmless(text: &str) -> String {
    let lines: String = text.split_inclusive('\n').map(harmless_line).collect();
    lines.replace("##[", "#\\u{23}[")
}

fn harmless_line(line: &str) -> String {
    let start = line.trim_start();
    let Some(rest) = start.strip_prefix("::") else {
        return line.to_owned();
    };
    let indent = line.strip_suffix(start).unwrap_or_default();
    format!("{indent}\\u{{3a}}:{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_text_is_a_command() {
        for (text, shown) in [
            ("::error::x\n", "\\u{3a}:error::x\n"),
            ("a\n \t\u{a0}::x\nb", "a\n \t\u{a0}\\u{3a}:x\nb"),
            ("a ::b\n\n:c\n", "a ::b\n\n:c\n"),
            ("  | ##[add-mask]e\n", "  | #\\u{23}[add-mask]e\n"),
            ("###[x", "##\\u{23}[x"),
            (":::x", "\\u{3a}::x"),
        ] {
            assert_eq!(harmless(text), shown);
        }
    }

    #[test]
    fn what_means_something_in_a_command_is_escaped() {
        assert_eq!(data("100%\r\n::a,b"), "100%25%0D%0A::a,b");
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }

    #[test]
    fn paths_start_at_the_repository() {
        let folders = Folders {
            here: "/w/repo/sub".into(),
            root: "/w/repo".into(),
        };
        let path = |file: &str| folders.path(Path::new(file));
        assert_eq!(path("./cases/a.in"), "sub/cases/a.in");
        assert_eq!(path("../cases/a.in"), "cases/a.in");
        assert_eq!(path("/w/repo/a.in"), "a.in");
        assert_eq!(path("/elsewhere/a.in"), "/elsewhere/a.in");
    }

    #[test]
    fn the_last_that_is_shown_counts_the_others() {
        let mut annotations = Annotations::new(Folders {
            here: "/w".into(),
            root: "/w".into(),
        });
        let lines = |annotations: &Annotations| annotations.text().lines().count();
        for count in 1..=SHOWN_MAX {
            annotations.orphan(Path::new("a.expected"));
            assert_eq!(lines(&annotations), count);
        }
        annotations.orphan(Path::new("b.expected"));
        let text = annotations.text();
        assert_eq!(lines(&annotations), SHOWN_MAX);
        assert!(text.contains("::warning::and 2 more warnings"), "{text}");
    }
}

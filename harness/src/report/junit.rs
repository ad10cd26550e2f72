//! A run as JUnit XML, for the viewers of CI services.
//!
//! A suite for each folder, for most viewers show suites as groups; a test case for each case, with
//! the text that a person reads on the terminal. What is expected to fail counts as skipped, as
//! with pytest: viewers know no other word that is neither good nor bad.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use quick_junit::{
    NonSuccessKind, Property, Report, SerializeError, TestCase, TestCaseStatus, TestRerun,
    TestSuite,
};

use super::again::{Again, TestedNode};
use super::terminal;
use super::{escape, gist, names, shell, words};
use crate::case::find::Unreadable;
use crate::escape::file_name;
use crate::judge::Failure;
use crate::outcome::{CaseOutcome, CaseResult, ExitCode, RunEnd};
use crate::phrases::fit;

/// A report as it grows.
#[derive(Debug)]
pub struct Junit {
    suites: BTreeMap<String, TestSuite>,
    again: Again,
    node: TestedNode,
}

impl Junit {
    /// One without cases, of a run with this node.
    pub fn new(again: Again, node: TestedNode) -> Self {
        let suites = BTreeMap::new();
        Self {
            suites,
            again,
            node,
        }
    }

    /// The cases that come are those of this node, one of several.
    pub fn node(&mut self, node: TestedNode, again: Again) {
        (self.node, self.again) = (node, again);
    }

    /// That node was not run; `exit`: what that amounts to.
    pub fn node_not_run(&mut self, reason: &str, exit: ExitCode) {
        let mut status = match exit {
            ExitCode::Passed => TestCaseStatus::skipped(),
            ExitCode::Failed | ExitCode::CouldNotRun | ExitCode::Interrupted => {
                TestCaseStatus::non_success(NonSuccessKind::Error)
            }
        };
        status.set_type("not_started");
        status.set_message(safe(reason));
        self.add_to(String::new(), TestCase::new("node", status));
    }

    pub fn outcome(&mut self, outcome: &CaseOutcome) {
        let input = &outcome.files.input;
        let name = last_of(&input.with_extension(""));
        let mut case = TestCase::new(name, self.status(outcome));
        case.set_time(outcome.duration);
        case.extra.insert("file".into(), tidy(input).into());
        if !outcome.title.is_empty() {
            case.add_property(Property::new("title", fit::told(&outcome.title)));
        }
        if let CaseResult::Failed(failure) = outcome.result.shown() {
            add_stderr(&mut case, failure);
        }
        self.add(input, case);
    }

    /// A path that could not be searched for cases: a run without it is no whole run.
    pub fn unreadable(&mut self, unreadable: &Unreadable) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("unreadable");
        status.set_message(safe(&unreadable.reason));
        let name = last_of(&unreadable.path);
        self.add(&unreadable.path, TestCase::new(name, status));
    }

    fn add(&mut self, path: &Path, case: TestCase) {
        self.add_to(tidy(path.parent().unwrap_or(Path::new(""))), case);
    }

    fn add_to(&mut self, folder: String, mut case: TestCase) {
        let name = self.node.name.as_deref().map(|name| safe(&fit::told(name)));
        let class = match name {
            Some(name) if folder.is_empty() => name,
            Some(name) => format!("{name}: {folder}"),
            None => folder,
        };
        case.set_classname(&class);
        let time = case.time.unwrap_or_default();
        let suite = self.suites.entry(class);
        let suite = suite.or_insert_with_key(|class| {
            let mut suite = TestSuite::new(class);
            suite.add_properties(properties(&self.node));
            suite
        });
        suite.set_time(suite.time.unwrap_or_default() + time);
        suite.add_test_case(case);
    }

    fn status(&self, outcome: &CaseOutcome) -> TestCaseStatus {
        let sentence = gist::sentences(outcome).into_iter().next();
        let sentence = safe(&sentence.unwrap_or_default());
        let non_success = |kind| {
            let mut status = TestCaseStatus::non_success(kind);
            status.set_type(kind_of(&outcome.result));
            status.set_message(&sentence);
            status.set_description(self.text(outcome));
            status
        };
        match &outcome.result {
            CaseResult::Passed => TestCaseStatus::success(),
            CaseResult::Flaky(_) => {
                let mut run = TestRerun::new(NonSuccessKind::Failure);
                run.set_type(kind_of(&outcome.result));
                run.set_message(&sentence);
                run.set_description(self.text(outcome));
                let mut status = TestCaseStatus::success();
                status.add_rerun(run);
                status
            }
            CaseResult::FailedAsExpected { reason } => {
                skipped(&format!("expected to fail: {}", fit::told(reason)), "xfail")
            }
            CaseResult::Skipped { reason } => skipped(&fit::told(reason), "skip"),
            CaseResult::Failed(_)
            | CaseResult::UnexpectedPass { .. }
            | CaseResult::NothingExpected => non_success(NonSuccessKind::Failure),
            CaseResult::NotRun(_) => non_success(NonSuccessKind::Error),
        }
    }

    fn text(&self, outcome: &CaseOutcome) -> String {
        safe(&terminal::plain(outcome, &self.again))
    }

    /// The whole report as XML. A run that was interrupted says so in an error of its own, for
    /// what is left out can't be seen.
    ///
    /// # Errors
    /// Those of the XML writer, on a text that it can't take; none is known.
    pub fn xml(mut self, end: RunEnd, duration: Duration) -> Result<String, SerializeError> {
        if end == RunEnd::Interrupted {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type(names::run_end(end));
            status.set_message(words::run_end(end).unwrap_or_default());
            let mut suite = TestSuite::new("harness");
            suite.add_test_case(TestCase::new("run", status));
            self.suites.insert("harness".to_owned(), suite);
        }
        let mut report = Report::new("golden");
        report.set_time(duration);
        report.add_test_suites(self.suites.into_values());
        report.to_string()
    }
}

pub(super) fn properties(node: &TestedNode) -> Vec<Property> {
    let property = |name: &str, value: String| Property::new(name, safe(&value));
    let args = |args: &Vec<OsString>| property("args", shell::quoted(args));
    let bin = node
        .bin
        .as_deref()
        .map(|bin| property("bin", file_name(bin)));
    bin.into_iter()
        .chain(node.args.as_ref().map(args))
        .collect()
}

fn skipped(reason: &str, kind: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_type(kind);
    status.set_message(safe(reason));
    status
}

/// The first cause by its name, or else how it failed.
fn kind_of(result: &CaseResult) -> &'static str {
    let first = result.failure().and_then(|failure| failure.causes().next());
    let cause = || names::cause(result).unwrap_or_default();
    first.map_or_else(cause, |first| first.facts().kind.name)
}

fn add_stderr(case: &mut TestCase, failure: &Failure) {
    let stderr = escape::utf8(&failure.stderr);
    if !stderr.trim().is_empty() {
        case.set_system_err(safe(stderr.trim_end()));
    }
}

/// Text in which nothing acts, and so nothing that XML forbids; its lines stay.
pub(super) fn safe(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(escape::text).collect();
    lines.join("\n")
}

/// The last part of a path.
fn last_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    file_name(Path::new(name))
}

/// A path as it is the same wherever one starts from within it: without `./`.
fn tidy(path: &Path) -> String {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let tidy: PathBuf = parts.collect();
    if tidy.as_os_str().is_empty() {
        return ".".to_owned();
    }
    safe(&file_name(&tidy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_xml_forbids_is_left() {
        assert_eq!(
            safe("a\u{0}\u{1b}[31m\u{fffe}\u{ffff}\u{9b}\r\nb\t]]>"),
            "a\\u{0}\\u{1b}[31m\\u{fffe}\\u{ffff}\\u{9b}\\r\nb\\t]]>"
        );
        // What the XML writer takes out on its own would be lost.
        let kept = safe("a\u{1b}[31mb\tc");
        assert_eq!(quick_junit::XmlString::new(&kept).as_str(), kept);
    }

    #[test]
    fn one_folder_has_one_name() {
        assert_eq!(tidy(Path::new("./a/./b.in")), "a/b.in");
        assert_eq!(tidy(Path::new(".")), ".");
        assert_eq!(tidy(Path::new("")), ".");
        assert_eq!(tidy(Path::new("../a")), "../a");
        assert_eq!(tidy(Path::new("/a/b")), "/a/b");
    }

    #[test]
    fn suite_names_its_node() {
        let again = Again {
            harness: "harness".into(),
            before: Vec::new(),
            after: Vec::new(),
        };
        let node = TestedNode {
            name: None,
            bin: Some("my_node.py".into()),
            args: Some(vec!["--a b".into(), "c".into()]),
        };
        let mut junit = Junit::new(again, node);
        junit.unreadable(&Unreadable {
            path: "a/b".into(),
            reason: String::new(),
        });
        let xml = junit.xml(RunEnd::Complete, Duration::ZERO).unwrap();
        assert!(
            xml.contains(r#"<property name="bin" value="my_node.py"/>"#),
            "{xml}"
        );
        assert!(
            xml.contains(r#"<property name="args" value="&apos;--a b&apos; c"/>"#),
            "{xml}"
        );
    }

    #[test]
    fn an_interrupted_run_is_no_good_one() {
        let again = || Again {
            harness: "harness".into(),
            before: Vec::new(),
            after: Vec::new(),
        };
        let xml = |end| {
            Junit::new(again(), TestedNode::default())
                .xml(end, Duration::ZERO)
                .unwrap()
        };
        assert!(xml(RunEnd::Interrupted).contains("errors=\"1\""));
        assert!(xml(RunEnd::Complete).contains("errors=\"0\""));
    }
}

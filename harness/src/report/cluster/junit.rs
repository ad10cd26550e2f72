//! Runs of clusters as JUnit XML: a suite of the workload, a test case for each seed, with the text that a
//! person reads on the terminal.

use std::path::Path;
use std::time::Duration;

use quick_junit::{
    NonSuccessKind, Property, Report, SerializeError, TestCase, TestCaseStatus, TestSuite,
};

use super::summary;
use crate::cluster::checker::finding::Judgement;
use crate::cluster::judged::Judged;
use crate::escape::file_name;
use crate::report::again::TestedNode;
use crate::report::escape;
use crate::report::junit::{properties, safe};

/// A report as it grows.
#[derive(Debug)]
pub struct ClusterJunit(TestSuite);

impl ClusterJunit {
    /// One without runs, of this workload with this node.
    pub fn new(workload: &str, node: &TestedNode) -> Self {
        let mut suite = TestSuite::new(workload);
        suite.add_properties(properties(node));
        Self(suite)
    }

    /// One more run, whose files are in this folder; `again`: the command that repeats it.
    pub fn run(&mut self, judged: &Judged, folder: &Path, again: &str) {
        let status = match judged.verdict.judgement() {
            Judgement::Valid => TestCaseStatus::success(),
            Judgement::Invalid => told(NonSuccessKind::Failure, judged, folder, again),
            Judgement::Unjudged => told(NonSuccessKind::Error, judged, folder, again),
        };
        let seed = judged.recording.settings.seed;
        let mut case = TestCase::new(format!("seed {seed}"), status);
        case.set_classname(self.0.name.as_str());
        case.set_time(judged.recording.duration());
        case.add_property(Property::new("folder", file_name(folder)));
        self.0.add_test_case(case);
    }

    /// The whole report as XML; `left`: how many runs there were to be and are not in it.
    ///
    /// # Errors
    /// Those of the XML writer, on a text that it can't take; none is known.
    pub fn xml(mut self, left: usize, duration: Duration) -> Result<String, SerializeError> {
        if left > 0 {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("interrupted");
            status.set_message(format!("interrupted: not run or cut short: {left}"));
            self.0.add_test_case(TestCase::new("run", status));
        }
        self.0.set_time(duration);
        let mut report = Report::new("cluster");
        report.set_time(duration);
        report.add_test_suite(self.0);
        report.to_string()
    }
}

fn told(kind: NonSuccessKind, judged: &Judged, folder: &Path, again: &str) -> TestCaseStatus {
    let complaints = summary::complaints(judged, folder).join("\n");
    let text = escape::said(&format!("{complaints}\nagain: {again}"), false);
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(safe(text.lines().next().unwrap_or_default()));
    status.set_description(safe(&text));
    status
}

//! EDGE. The files for programs that tell of runs of clusters.

use std::io;
use std::path::Path;
use std::time::Instant;

use super::report_file::{self, ReportFile};
use super::{Failed, github};
use crate::cli::test::TestArguments;
use crate::cluster::checker::finding::Judgement;
use crate::cluster::judged::Judged;
use crate::cluster::run::End;
use crate::outcome::ExitCode;
use crate::report::again::TestedNode;
use crate::report::cluster::junit::ClusterJunit;
use crate::report::cluster::records::{ClusterRecord, RunCounts};
use crate::report::cluster::summary;
use crate::report::step_summary::StepSummary;

/// What is being written.
pub struct TestReports {
    started: Instant,
    workload: String,
    node: TestedNode,
    step_summary: StepSummary,
    json: Option<ReportFile>,
    junit: Option<(ClusterJunit, ReportFile)>,
}

impl TestReports {
    /// The reports that the arguments ask for, on so many runs of a workload with this node.
    ///
    /// # Errors
    /// That one of them can't be written: better now than when everything has run.
    pub fn open(
        arguments: &TestArguments,
        runs: usize,
        workload: &str,
        program: &Path,
    ) -> Result<Self, Failed> {
        let args = Some(arguments.node_args.clone());
        let node = TestedNode {
            name: None,
            bin: Some(program.to_path_buf()),
            args: args.filter(|args| !args.is_empty()),
        };
        let names = [arguments.json.as_deref(), arguments.junit.as_deref()];
        let [mut json, junit] = report_file::create_all(names)?;
        for report in [&json, &junit].into_iter().flatten() {
            report.spares(program)?;
        }
        if let Some(json) = &mut json {
            json.write(&ClusterRecord::test(runs, &node).line());
        }
        Ok(Self {
            started: Instant::now(),
            workload: workload.to_owned(),
            step_summary: StepSummary::default(),
            json,
            junit: junit.map(|file| (ClusterJunit::new(workload, &node), file)),
            node,
        })
    }

    /// One more run, whose files are in this folder; `again`: the command that repeats it.
    pub fn run(&mut self, judged: &Judged, folder: &Path, again: &str, end: End) {
        let is_interrupted = end == End::Interrupted;
        if let Some(json) = &mut self.json {
            json.write(&ClusterRecord::cluster(judged, folder, again, is_interrupted).line());
        }
        if is_interrupted {
            return;
        }
        if let Some((junit, _)) = &mut self.junit {
            junit.run(judged, folder, again);
        }
        if judged.verdict.judgement() != Judgement::Valid {
            let name = format!("seed {}", judged.recording.settings.seed);
            let complaints = summary::complaints(judged, folder);
            let first = complaints.first().map_or("", String::as_str);
            self.step_summary.failed(name, first);
        }
    }

    /// All runs are over.
    ///
    /// # Errors
    /// That a report could not be written.
    pub fn finish(self, counts: RunCounts, exit: ExitCode) -> Result<(), Failed> {
        let duration = self.started.elapsed();
        let json = self.json.map(|mut file| {
            file.write(&ClusterRecord::summary(counts, exit, duration).line());
            file.finish()
        });
        // Each is put where it belongs, whatever becomes of the other.
        let junit = self.junit.map(|(junit, mut file)| {
            let xml = junit.xml(counts.left(), duration);
            file.write(&xml.map_err(io::Error::other)?);
            file.finish()
        });
        let summary = github::add_to_summary(|| {
            let summary = &self.step_summary;
            summary.clusters(&self.node, &self.workload, counts)
        });
        let mut written = [json, junit, Some(summary)].into_iter().flatten();
        written.find(Result::is_err).unwrap_or(Ok(()))
    }
}

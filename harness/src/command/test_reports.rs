//! EDGE. The files for programs that tell of runs of clusters.

use std::io;
use std::path::Path;
use std::time::Instant;

use super::Failed;
use super::report_file::{self, ReportFile};
use crate::cli::test::TestArguments;
use crate::cluster::judged::Judged;
use crate::cluster::run::End;
use crate::outcome::Exit;
use crate::report::again::TestedNode;
use crate::report::cluster::junit::ClusterJunit;
use crate::report::cluster::records::{ClusterRecord, RunCounts};

/// What is being written.
pub struct TestReports {
    started: Instant,
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
            json,
            junit: junit.map(|file| (ClusterJunit::new(workload, &node), file)),
        })
    }

    /// One more run, whose files are in this folder; `again`: the command that repeats it.
    pub fn run(&mut self, judged: &Judged, folder: &Path, again: &str, end: End) {
        let is_interrupted = end == End::Interrupted;
        if let Some(json) = &mut self.json {
            json.write(&ClusterRecord::cluster(judged, folder, again, is_interrupted).line());
        }
        if let Some((junit, _)) = &mut self.junit
            && !is_interrupted
        {
            junit.run(judged, folder, again);
        }
    }

    /// All runs are over.
    ///
    /// # Errors
    /// That a report could not be written.
    pub fn finish(self, counts: RunCounts, exit: Exit) -> Result<(), Failed> {
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
        json.unwrap_or(Ok(())).and(junit.unwrap_or(Ok(())))
    }
}

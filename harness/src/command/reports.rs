//! EDGE. The reports of a run of cases, and the files and streams that they go to.

use std::collections::BTreeSet;
use std::io;
use std::mem;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::node_report::NodeReport;
use super::progress::Progress;
use super::report_file::{self, ReportFile};
use super::screen::{self, Screen};
use super::{Failed, github};
use crate::case::find::Found;
use crate::cli::run::{Format, RunArguments, When};
use crate::golden::Planned;
use crate::outcome::{CaseOutcome, ExitCode, RunEnd, Tally};
use crate::parallel::WorkEvent;
use crate::report::again::{Again, TestedNode, UsedList};
use crate::report::annotations::Annotations;
use crate::report::html::cases::CasesPage;
use crate::report::json::{CaseRecord, Record, RunPlan};
use crate::report::junit::Junit;
use crate::report::matrix::{NodeResult, NodeTotal};
use crate::report::step_summary::StepSummary;
use crate::report::summary;
use crate::report::terminal::{Terminal, Verbosity};

/// All that tells of one run.
///
/// Where nobody reads stdout any more (`harness run | head`), the exit still tells: that a line
/// can't be written there is no error. That a file can't be written is one.
pub struct Reports {
    /// How many of the slowest cases are kept.
    slowest_max: usize,
    /// What was told of the node at hand, and before the first of several.
    at_hand: NodeReport,
    /// The nodes that had their turn, of several.
    nodes: Vec<NodeTotal>,
    nodes_max: usize,
    /// All cases of the nodes that had their turn.
    tally: Tally,
    end: RunEnd,
    /// The worst that something amounts to.
    exit: ExitCode,
    started: Instant,
    screen: Screen,
    /// Where stdout has text for people.
    terminal: Option<Terminal>,
    verbosity: Verbosity,
    json_file: Option<ReportFile>,
    junit: Option<(Junit, ReportFile)>,
    html: Option<(CasesPage, ReportFile)>,
    step_summary: StepSummary,
    annotations: Option<Annotations>,
    progress: Option<Progress>,
    /// The first thing that went wrong on stdout.
    stdout_error: Option<io::Error>,
}

impl Reports {
    /// The reports that the arguments ask for, on a run of this plan. `node`: if it is one for all cases,
    /// with what runs one of them alone; `node_files`: what the nodes are made of.
    ///
    /// # Errors
    /// That one of them can't be written: better now than when everything has run.
    pub fn open(
        arguments: &RunArguments,
        plan: RunPlan,
        (node, again): (&TestedNode, Again),
        node_files: &BTreeSet<PathBuf>,
    ) -> Result<Self, Failed> {
        let slowest_max = arguments.slowest.map_or(0, NonZeroUsize::get);
        let human = arguments.format == Format::Human;
        let verbosity = verbosity(arguments);
        let terminal = || Terminal::new(screen::width(), verbosity, again.clone());
        let names = [&arguments.json, &arguments.junit, &arguments.html];
        let files = report_file::create_all(names.map(Option::as_deref))?;
        for report in files.iter().flatten() {
            for file in node_files {
                report.spares(file)?;
            }
        }
        let [json_file, junit_file, html_file] = files;
        let annotations = annotations(arguments.annotations)?;
        let (nodes_max, cases) = (plan.nodes, plan.cases.saturating_mul(plan.nodes));
        let shuffle = plan.shuffle;
        let record = Record::run(plan, node);
        let mut reports = Self {
            slowest_max,
            nodes: Vec::new(),
            nodes_max,
            tally: Tally::default(),
            end: RunEnd::Complete,
            exit: ExitCode::Passed,
            started: Instant::now(),
            screen: Screen::open(annotations.is_some()),
            terminal: human.then(terminal),
            verbosity,
            json_file,
            junit: junit_file.map(|file| (Junit::new(again.clone(), node.clone()), file)),
            step_summary: StepSummary::default(),
            html: html_file.map(|file| (CasesPage::new(again.clone(), node.clone()), file)),
            annotations,
            progress: screen::has_foot().then(|| Progress::new(cases)),
            stdout_error: None,
            at_hand: NodeReport::new(node, again, slowest_max),
        };
        reports.record(|_| record);
        if let Some(seed) = shuffle {
            let line = summary::shuffled(seed);
            if verbosity == Verbosity::Quiet {
                let _ = screen::write_aside(&format!("{line}\n"));
            } else {
                reports.human(|terminal| terminal.say(&line));
            }
        }
        Ok(reports)
    }

    /// Nobody named a node: this one is run.
    pub fn default_node(&mut self, program: &Path) {
        self.human(|terminal| terminal.default_node(program));
    }

    /// The cases are those of this list.
    pub fn failed_list(&mut self, list: &UsedList) {
        self.human(|terminal| terminal.failed_list(list));
    }

    pub fn begin(&mut self, found: &Found) {
        for orphan in &found.orphans {
            self.human(|terminal| terminal.orphan(orphan));
            self.record(|_| Record::orphan(orphan));
            if let Some(annotations) = &mut self.annotations {
                annotations.orphan(orphan);
            }
        }
        for unreadable in &found.unreadable {
            self.at_hand.tally.add_unreadable();
            self.at_hand.folders.add_unreadable(&unreadable.path);
            self.human(|terminal| terminal.unreadable(unreadable));
            self.record(|_| Record::unreadable(unreadable));
            if let Some((junit, _)) = &mut self.junit {
                junit.unreadable(unreadable);
            }
            if let Some(annotations) = &mut self.annotations {
                annotations.unreadable(unreadable);
            }
        }
    }

    /// One of several nodes begins.
    pub fn begin_node(&mut self, node: &TestedNode, again: Again) {
        self.count();
        if let Some((junit, _)) = &mut self.junit {
            junit.node(node.clone(), again.clone());
        }
        if let Some(annotations) = &mut self.annotations {
            annotations.node(node.name.as_deref().unwrap_or_default());
        }
        if let Some((page, _)) = &mut self.html {
            page.node(node.clone(), again.clone());
        }
        if self.terminal.is_some() {
            let fresh = Terminal::new(screen::width(), self.verbosity, again.clone());
            self.terminal = Some(fresh);
        }
        let is_first = self.nodes.is_empty();
        self.human(|terminal| terminal.node(node, is_first));
        self.at_hand = NodeReport::new(node, again, self.slowest_max);
    }

    /// It is not run, for this reason.
    pub fn node_not_run(&mut self, why: &Failed) {
        let (node, reason) = (self.at_hand.node.clone(), why.to_string());
        // With `--failed` other nodes may have cases that failed.
        let exit = if matches!(why, Failed::NothingFailed(_)) {
            ExitCode::Passed
        } else {
            ExitCode::CouldNotRun
        };
        self.human(|terminal| terminal.node_not_run(&reason, exit));
        if let Some((junit, _)) = &mut self.junit {
            junit.node_not_run(&reason, exit);
        }
        if exit != ExitCode::Passed {
            if let Some((page, _)) = &mut self.html {
                page.node_not_run(&reason);
            }
            if let Some(annotations) = &mut self.annotations {
                annotations.node_not_run(&reason);
            }
        }
        let result = NodeResult::NotRun { reason, exit };
        self.node_had_its_turn(NodeTotal { node, result });
    }

    /// The user ended the run before all nodes had their turn.
    pub fn interrupted(&mut self) {
        (self.end, self.exit) = (RunEnd::Interrupted, ExitCode::Interrupted);
    }

    fn node_had_its_turn(&mut self, total: NodeTotal) {
        self.record(|_| Record::node(&total));
        self.exit = self.exit.max(total.exit());
        self.nodes.push(total);
    }

    pub fn event(&mut self, event: WorkEvent<'_, Planned, CaseOutcome>) {
        match (event, &mut self.progress) {
            (WorkEvent::Begun(planned), Some(progress)) => progress.begun(planned.files.clone()),
            (WorkEvent::Done(outcome), Some(progress)) => {
                progress.judged(&outcome.files, outcome.result.is_failure());
            }
            (WorkEvent::Begun(_) | WorkEvent::Done(_), None) => {}
            (WorkEvent::InOrder(outcome), _) => self.outcome(&outcome),
        }
    }

    fn outcome(&mut self, outcome: &CaseOutcome) {
        self.at_hand.add(outcome);
        self.human(|terminal| terminal.outcome(outcome));
        self.record(|at_hand| {
            let name = at_hand.node.name.as_deref();
            Record::Case(Box::new(CaseRecord::of(outcome, name, &at_hand.again)))
        });
        if let Some((junit, _)) = &mut self.junit {
            junit.outcome(outcome);
        }
        let name = self.at_hand.node.name.as_deref();
        self.step_summary.outcome(name, outcome);
        if let Some((page, _)) = &mut self.html {
            page.outcome(outcome);
        }
        if let Some(annotations) = &mut self.annotations {
            annotations.outcome(outcome);
        }
    }

    /// The cases of the node at hand came to this end.
    pub fn end_node(&mut self, end: RunEnd) {
        if self.nodes_max == 1 {
            self.settle();
        }
        let NodeReport { tally, .. } = self.at_hand;
        let (slowest, folders) = (self.at_hand.slowest.clone(), self.at_hand.folders.clone());
        self.human(|terminal| {
            terminal.causes();
            terminal.slowest(&slowest, &folders);
            terminal.folders(&folders);
            terminal.tally(tally, end);
        });
        self.end = self.end.and(end);
        self.exit = self.exit.max(tally.exit(end));
        if self.at_hand.node.name.is_some() {
            let result = NodeResult::Ran {
                tally,
                folders,
                commonest: self.at_hand.causes.commonest(),
                end,
            };
            let node = self.at_hand.node.clone();
            self.node_had_its_turn(NodeTotal { node, result });
        }
    }

    /// All cases were told: what stands before the totals.
    fn settle(&mut self) {
        if let Some(progress) = &self.progress {
            progress.finish();
        }
        self.annotate();
    }

    /// Adds what was counted to what was counted before.
    fn count(&mut self) {
        let counted = mem::take(&mut self.at_hand.tally);
        self.exit = self.exit.max(counted.exit(RunEnd::Complete));
        self.tally = self.tally.and(counted);
    }

    /// The run is over.
    ///
    /// # Errors
    /// That a report could not be written.
    pub fn finish(mut self) -> Result<ExitCode, Failed> {
        self.count();
        if self.nodes_max > 1 && !self.nodes.iter().any(NodeTotal::was_run) {
            self.exit = self.exit.max(ExitCode::CouldNotRun);
        }
        let (tally, end, exit) = (self.tally, self.end, self.exit);
        let duration = self.started.elapsed();
        let nodes = mem::take(&mut self.nodes);
        if self.nodes_max > 1 {
            self.settle();
            let not_begun = self.nodes_max - nodes.len();
            self.human(|terminal| terminal.nodes(&nodes, not_begun, tally));
        }
        self.record(|_| Record::summary(tally, end, duration, exit));
        // Each is put where it belongs, whatever becomes of the other.
        let junit = self.junit.map(|(junit, mut file)| {
            file.write(&junit.xml(end, duration).map_err(io::Error::other)?);
            file.finish()
        });
        let html = self.html.map(|(page, mut file)| {
            file.write(&page.page(&nodes, tally, end, duration));
            file.finish()
        });
        let json = self.json_file.map(ReportFile::finish);
        let summary = github::add_to_summary(|| {
            let summary = &self.step_summary;
            if self.nodes_max > 1 {
                return summary.nodes(&nodes, tally, end);
            }
            summary.cases(&self.at_hand.node, &self.at_hand.folders, tally, end)
        });
        for written in [junit, html, json, Some(summary)].into_iter().flatten() {
            written?;
        }
        if let Some(error) = self.stdout_error {
            let file = "on stdout".into();
            return Err(Failed::UnwritableReport { file, error });
        }
        Ok(exit)
    }

    fn human(&mut self, render: impl FnOnce(&mut Terminal)) {
        if let Some(terminal) = &mut self.terminal {
            render(terminal);
            let text = terminal.take();
            if !text.is_empty() {
                let written = self.aside(|| self.screen.show(&text));
                self.keep(written);
            }
        }
    }

    fn record(&mut self, record: impl FnOnce(&NodeReport) -> Record) {
        if self.terminal.is_some() && self.json_file.is_none() {
            return;
        }
        let line = record(&self.at_hand).line();
        if let Some(file) = &mut self.json_file {
            file.write(&line);
        }
        if self.terminal.is_none() {
            let written = self.aside(|| screen::write(&line));
            self.keep(written);
        }
    }

    /// Keeps the first error of stdout: a run goes on without its report.
    fn keep(&mut self, written: io::Result<()>) {
        if self.stdout_error.is_none() {
            self.stdout_error = written.err();
        }
    }

    /// The annotations: together at the end, so that the log stays legible, and where no record is.
    fn annotate(&mut self) {
        let Some(annotations) = &self.annotations else {
            return;
        };
        let text = annotations.text();
        if self.terminal.is_some() {
            let written = screen::write(&text);
            self.keep(written);
        } else {
            let _ = screen::write_aside(&text);
        }
    }

    /// Writes while the progress line is out of the way.
    fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.progress {
            Some(progress) => progress.aside(write),
            None => write(),
        }
    }
}

fn verbosity(arguments: &RunArguments) -> Verbosity {
    match (arguments.quiet, arguments.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, true) => Verbosity::All,
        (false, false) => Verbosity::EachCause,
    }
}

fn annotations(when: When) -> io::Result<Option<Annotations>> {
    let wanted = match when {
        When::Auto => github::is_here(),
        When::Always => true,
        When::Never => false,
    };
    let annotations = || github::folders().map(Annotations::new);
    wanted.then(annotations).transpose()
}

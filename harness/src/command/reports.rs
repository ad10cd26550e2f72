//! EDGE. The reports of a run of cases, and the files and streams that they go to.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::progress::Progress;
use super::report_file::{self, ReportFile};
use super::screen::{self, Screen};
use super::{Failed, github};
use crate::case::find::Found;
use crate::case::mode::PaceMode;
use crate::cli::{Format, NodeArguments, RunArguments, When};
use crate::folders::FolderTotals;
use crate::golden::Planned;
use crate::outcome::{Exit, Outcome, RunEnd, Slowest, Tally};
use crate::parallel::WorkEvent;
use crate::phrases;
use crate::report::again::{Again, TestedNode, UsedList};
use crate::report::annotations::Annotations;
use crate::report::html::cases::CasesPage;
use crate::report::json::{CaseRecord, Record};
use crate::report::junit::Junit;
use crate::report::shell;
use crate::report::step_summary::StepSummary;
use crate::report::terminal::{Terminal, Verbosity};

/// All that tells of one run.
///
/// Where nobody reads stdout any more (`harness run | head`), the exit still tells: that a line
/// can't be written there is no error. That a file can't be written is one.
pub struct Reports {
    tally: Tally,
    slowest: Slowest,
    folders: FolderTotals,
    started: Instant,
    again: Again,
    screen: Screen,
    /// Where stdout has text for people.
    terminal: Option<Terminal>,
    json_file: Option<ReportFile>,
    junit: Option<(Junit, ReportFile)>,
    html: Option<(CasesPage, ReportFile)>,
    step_summary: StepSummary,
    node: TestedNode,
    annotations: Option<Annotations>,
    progress: Option<Progress>,
    /// The first thing that went wrong on stdout.
    stdout_error: Option<io::Error>,
}

impl Reports {
    /// The reports that the arguments ask for, on a run of so many cases with this node, which is made of these
    /// files.
    ///
    /// # Errors
    /// That one of them can't be written: better now than when everything has run.
    pub fn open(
        arguments: &RunArguments,
        cases: usize,
        node: &TestedNode,
        node_files: &BTreeSet<PathBuf>,
    ) -> Result<Self, Failed> {
        let slowest = arguments.slowest.map_or(0, NonZeroUsize::get);
        let again = again(&arguments.node);
        let human = arguments.format == Format::Human;
        let terminal = || Terminal::new(screen::width(), verbosity(arguments), again.clone());
        let names = [&arguments.json, &arguments.junit, &arguments.html];
        let files = report_file::create_all(names.map(Option::as_deref))?;
        for report in files.iter().flatten() {
            for file in node_files {
                report.spares(file)?;
            }
        }
        let [json_file, junit_file, html_file] = files;
        let annotations = annotations(arguments.annotations)?;
        let record = Record::run(cases, node);
        let mut reports = Self {
            tally: Tally::default(),
            slowest: Slowest::new(slowest),
            folders: FolderTotals::new(slowest),
            started: Instant::now(),
            screen: Screen::open(annotations.is_some()),
            terminal: human.then(terminal),
            json_file,
            junit: junit_file.map(|file| (Junit::new(again.clone(), node.clone()), file)),
            step_summary: StepSummary::default(),
            node: node.clone(),
            html: html_file.map(|file| (CasesPage::new(again.clone(), node.clone()), file)),
            annotations,
            progress: screen::has_foot().then(|| Progress::new(cases)),
            stdout_error: None,
            again,
        };
        reports.record(|_| record);
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

    /// The run begins.
    pub fn begin(&mut self, found: &Found) {
        for orphan in &found.orphans {
            self.human(|terminal| terminal.orphan(orphan));
            self.record(|_| Record::orphan(orphan));
            if let Some(annotations) = &mut self.annotations {
                annotations.orphan(orphan);
            }
        }
        for unreadable in &found.unreadable {
            self.tally.add_unreadable();
            self.folders.add_unreadable(&unreadable.path);
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

    /// Something happened.
    pub fn event(&mut self, event: WorkEvent<'_, Planned, Outcome>) {
        match (event, &mut self.progress) {
            (WorkEvent::Begun(planned), Some(progress)) => progress.begun(planned.files.clone()),
            (WorkEvent::Done(outcome), Some(progress)) => {
                progress.judged(&outcome.files, outcome.result.is_failure());
            }
            (WorkEvent::Begun(_) | WorkEvent::Done(_), None) => {}
            (WorkEvent::InOrder(outcome), _) => self.outcome(&outcome),
        }
    }

    fn outcome(&mut self, outcome: &Outcome) {
        self.tally.add(&outcome.result);
        self.tally.add_notes(&outcome.notes);
        self.slowest.add(outcome);
        self.folders.add(outcome);
        self.human(|terminal| terminal.outcome(outcome));
        self.record(|again| Record::Case(Box::new(CaseRecord::of(outcome, again))));
        if let Some((junit, _)) = &mut self.junit {
            junit.outcome(outcome);
        }
        self.step_summary.outcome(outcome);
        if let Some((page, _)) = &mut self.html {
            page.outcome(outcome);
        }
        if let Some(annotations) = &mut self.annotations {
            annotations.outcome(outcome);
        }
    }

    /// The run is over.
    ///
    /// # Errors
    /// That a report could not be written.
    pub fn finish(mut self, end: RunEnd) -> Result<Exit, Failed> {
        let (tally, duration) = (self.tally, self.started.elapsed());
        if let Some(progress) = &self.progress {
            progress.finish();
        }
        self.annotate();
        let (slowest, folders) = (self.slowest.clone(), self.folders.clone());
        self.human(|terminal| {
            terminal.causes();
            terminal.slowest(&slowest, &folders);
            terminal.folders(&folders);
            terminal.tally(tally, end);
        });
        self.record(|_| Record::summary(tally, end, duration));
        // Each is put where it belongs, whatever becomes of the other.
        let junit = self.junit.map(|(junit, mut file)| {
            file.write(&junit.xml(end, duration).map_err(io::Error::other)?);
            file.finish()
        });
        let html = self.html.map(|(page, mut file)| {
            file.write(&page.page(tally, end, duration));
            file.finish()
        });
        let json = self.json_file.map(ReportFile::finish);
        let summary = github::add_to_summary(|| {
            let summary = &self.step_summary;
            summary.cases(&self.node, &self.folders, tally, end)
        });
        for written in [junit, html, json, Some(summary)].into_iter().flatten() {
            written?;
        }
        if let Some(error) = self.stdout_error {
            let file = "on stdout".into();
            return Err(Failed::UnwritableReport { file, error });
        }
        Ok(tally.exit(end))
    }

    /// Text for people.
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

    /// A record for programs.
    fn record(&mut self, record: impl FnOnce(&Again) -> Record) {
        if self.terminal.is_some() && self.json_file.is_none() {
            return;
        }
        let line = record(&self.again).line();
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

/// What runs one case alone in the same way.
pub fn again(arguments: &NodeArguments) -> Again {
    let mut before = Vec::new();
    if let Some(bin) = &arguments.bin {
        before.extend(["--bin".into(), shell::path(bin)]);
    }
    if let Some(timeout) = arguments.timeout {
        before.extend([
            "--timeout".into(),
            phrases::duration(timeout).replace(' ', "").into(),
        ]);
    }
    if let Some(pace) = arguments.pace {
        let mut names = PaceMode::ALL.iter();
        let name = names.find(|(_, known)| *known == pace);
        before.extend(["--pace", name.map_or("", |(name, _)| name)].map(Into::into));
    }
    let mut after: Vec<OsString> = arguments.node_args.clone();
    if !after.is_empty() {
        after.insert(0, "--".into());
    }
    Again {
        harness: harness_name(),
        before,
        after,
    }
}

/// The harness, as the user called it.
pub fn harness_name() -> OsString {
    env::args_os().next().unwrap_or_else(|| "harness".into())
}

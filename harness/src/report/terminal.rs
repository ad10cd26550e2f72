//! A run on the terminal, for people: each cause of failures with its place, the messages around it and the
//! command that runs the case alone; which other cases have that cause, and the count, at the end. Text,
//! written by others.

use std::collections::BTreeMap;
use std::path::Path;

use anstyle::Style;

use super::again::{Again, TestedNode, UsedList};
use super::matrix::{self, NodeTotal};
use super::page::{BOLD, GREEN, INDENT, Page, RED, YELLOW};
use super::{escape, stderr, summary, words};
use crate::case::find::Unreadable;
use crate::cause::Causes;
use crate::escape::file_name;
use crate::folders::FolderTotals;
use crate::judge::Failure;
use crate::outcome::{CaseOutcome, CaseResult, ExitCode, NotRun, RunEnd, Slowest, Tally};
use crate::phrases::fit;

/// How many different ends of stderr are kept, to tell whether one is shown again.
const STDERR_KEPT_MAX: usize = 32;

/// How much is told of the cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// Of each failure the first line.
    Quiet,
    /// Of the failures of one cause the first in full, of the others how many there are.
    EachCause,
    /// All in full, also those that passed.
    All,
}

/// Renders a run as it goes.
#[derive(Debug)]
pub struct Terminal {
    page: Page,
    verbosity: Verbosity,
    again: Again,
    causes: Causes,
    /// Ends of stderr that were shown, and with which case.
    stderr_shown: BTreeMap<Vec<u8>, String>,
    /// Whether an empty line is due before the next case.
    gap: bool,
    /// What the first line about a case comes below.
    heading: Option<String>,
    /// The name of the node at hand, if there are several.
    node: Option<String>,
}

impl Terminal {
    /// `width`: that of the terminal in columns, if it is one; elsewhere prose isn't wrapped.
    pub fn new(width: Option<usize>, verbosity: Verbosity, again: Again) -> Self {
        Self {
            page: Page::new(width),
            verbosity,
            again,
            causes: Causes::default(),
            stderr_shown: BTreeMap::new(),
            gap: false,
            heading: None,
            node: None,
        }
    }

    /// One of several nodes begins.
    pub fn node(&mut self, node: &TestedNode, is_first: bool) {
        let name = fit::told(node.name.as_deref().unwrap_or_default());
        let heading = summary::node(&name, node);
        self.node = Some(name);
        if self.verbosity == Verbosity::Quiet {
            self.heading = Some(heading);
        } else {
            if !is_first {
                self.page.put("");
            }
            self.page.put(&format!("{BOLD}{heading}{BOLD:#}"));
        }
    }

    /// It is not run; `exit`: what that amounts to.
    pub fn node_not_run(&mut self, reason: &str, exit: ExitCode) {
        let name = self.node.clone().unwrap_or_default();
        if exit != ExitCode::Passed {
            self.headline(RED, "ERROR", &name, reason);
        } else if self.verbosity != Verbosity::Quiet {
            self.page.wrapped(reason, "", INDENT);
        }
    }

    /// The table of several nodes, and the count of all of them, as the last line.
    pub fn nodes(&mut self, nodes: &[NodeTotal], not_begun: usize, tally: Tally) {
        self.page.put("");
        matrix::table(&mut self.page, nodes);
        match not_begun {
            0 => {}
            1 => self.page.put("1 node was not begun"),
            count => self.page.put(&format!("{count} nodes were not begun")),
        }
        let passed = nodes.iter().filter(|node| node.has_passed());
        let (passed, all) = (passed.count(), nodes.len() + not_begun);
        let tally = summary::tally(tally);
        self.page
            .put(&format!("golden: {tally}; {passed} of {all} nodes passed"));
    }

    /// What was rendered since the last time, with its colors.
    pub fn take(&mut self) -> String {
        self.page.take()
    }

    /// Which node is run where nobody named one.
    pub fn default_node(&mut self, program: &Path) {
        if self.verbosity != Verbosity::Quiet {
            self.page.put(&words::default_node(program));
        }
    }

    /// Which list the cases are from.
    pub fn failed_list(&mut self, list: &UsedList) {
        if self.verbosity != Verbosity::Quiet {
            self.page.wrapped(&summary::failed_list(list), "", INDENT);
        }
    }

    /// A line about the whole run.
    pub fn say(&mut self, line: &str) {
        self.page.put(line);
    }

    /// An `.expected` that nothing checks.
    pub fn orphan(&mut self, expected: &Path) {
        if self.verbosity == Verbosity::Quiet {
            return;
        }
        let (name, sentence) = (file_name(expected), words::orphan(expected));
        self.headline(YELLOW, "WARN", &name, &sentence);
    }

    /// A path that could not be searched for cases.
    pub fn unreadable(&mut self, unreadable: &Unreadable) {
        let reason = escape::text(&unreadable.reason);
        self.headline(RED, "ERROR", &file_name(&unreadable.path), &reason);
    }

    /// Whether there is anything to show of a case. The first failure of a cause is shown at once: how many
    /// more have it is known only at the end.
    fn shows(&mut self, outcome: &CaseOutcome) -> bool {
        match self.verbosity {
            Verbosity::Quiet => outcome.result.is_failure(),
            Verbosity::EachCause => {
                let is_plain = matches!(outcome.result, CaseResult::Passed);
                let is_told = self.causes.add(outcome);
                !(is_told || is_plain && outcome.notes.is_empty())
            }
            Verbosity::All => true,
        }
    }

    pub fn outcome(&mut self, outcome: &CaseOutcome) {
        if !self.shows(outcome) {
            return;
        }
        if self.verbosity == Verbosity::Quiet {
            return self.case_headline(outcome);
        }
        self.case_headline(outcome);
        if let CaseResult::Flaky(_) = outcome.result {
            self.page.line(&words::flaky(outcome.runs));
        }
        self.details(outcome, outcome.result.shown());
        if outcome.runs.total > 1 && outcome.result.is_failure() {
            self.page.line(&words::failed_runs(outcome.runs));
        }
        for note in &outcome.notes {
            self.page
                .line(&format!("note: {}", words::note(note, &outcome.files)));
        }
        self.gap = matches!(outcome.result, CaseResult::Failed(_) | CaseResult::Flaky(_));
        if let CaseResult::Failed(_)
        | CaseResult::Flaky(_)
        | CaseResult::UnexpectedPass { .. }
        | CaseResult::NotRun(NotRun::NotStarted { .. }) = outcome.result
        {
            // Not wrapped: it is there to be copied.
            let command = self.again.command(&outcome.files.input);
            self.page.put(&format!("{INDENT}again: {command}"));
        }
    }

    fn case_headline(&mut self, outcome: &CaseOutcome) {
        let name = file_name(&outcome.files.input);
        let title = fit::told(&outcome.title);
        let (style, word, text) = match &outcome.result {
            CaseResult::Passed => {
                let milliseconds = outcome.duration.as_millis();
                let title = if title.is_empty() { title } else { title + " " };
                (GREEN, "PASS", format!("{title}({milliseconds} ms)"))
            }
            CaseResult::Flaky(_) => (YELLOW, "FLAKY", title),
            CaseResult::FailedAsExpected { reason } => (YELLOW, "XFAIL", fit::told(reason)),
            CaseResult::Skipped { reason } => (YELLOW, "SKIP", fit::told(reason)),
            CaseResult::UnexpectedPass { .. }
            | CaseResult::Failed(_)
            | CaseResult::NothingExpected => (RED, "FAIL", title),
            CaseResult::NotRun(_) => (RED, "ERROR", title),
        };
        self.headline(style, word, &name, &text);
    }

    /// What is wrong, if anything is.
    fn details(&mut self, outcome: &CaseOutcome, result: &CaseResult) {
        match result {
            CaseResult::Failed(failure) => self.failure(outcome, failure),
            CaseResult::UnexpectedPass { reason } => {
                self.page.line(&words::unexpected_pass(reason));
            }
            CaseResult::NothingExpected => {
                let expected = outcome.files.expected();
                self.page.line(&words::nothing_expected(&expected));
                let bless = self.again.command_that("bless", &outcome.files.input);
                self.page.put(&format!("{INDENT}bless: {bless}"));
            }
            CaseResult::NotRun(reason) => self.not_run(outcome, reason),
            CaseResult::Passed
            | CaseResult::Flaky(_)
            | CaseResult::FailedAsExpected { .. }
            | CaseResult::Skipped { .. } => {}
        }
    }

    fn not_run(&mut self, outcome: &CaseOutcome, reason: &NotRun) {
        let sentence = words::not_run(reason);
        if let NotRun::NeverSpoke(failure) = reason {
            self.page.diagnoses(&outcome.files, failure.causes());
            self.stderr(outcome, &failure.stderr);
        }
        self.page.line(&sentence);
    }

    /// The cases that were not shown, for an earlier one has the same cause.
    pub fn causes(&mut self) {
        let causes = std::mem::take(&mut self.causes);
        self.gap |= summary::causes(&mut self.page, &causes);
    }

    /// The cases that took longest, of all and of each folder.
    pub fn slowest(&mut self, slowest: &Slowest, folders: &FolderTotals) {
        if !slowest.cases().is_empty() {
            self.put_gap();
            summary::slowest(&mut self.page, slowest, folders);
            self.gap = true;
        }
    }

    /// How many cases of each folder came to which end, where there are several; unless all are told of,
    /// of those in which not all passed, where there are several of these.
    pub fn folders(&mut self, folders: &FolderTotals) {
        let all = self.verbosity == Verbosity::All;
        let told = folders
            .all()
            .filter(|(_, total)| all || !total.tally.is_all_passed());
        if self.verbosity != Verbosity::Quiet && told.count() > 1 {
            self.put_gap();
            summary::folders(&mut self.page, folders, all);
        }
    }

    /// The count, as the last line, and what is to be known of it.
    pub fn tally(&mut self, tally: Tally, end: RunEnd) {
        if self.verbosity != Verbosity::Quiet {
            self.hints(tally, end);
        }
        let counts = summary::tally(tally);
        match &self.node {
            None => self.page.put(&format!("golden: {counts}")),
            Some(_) if self.verbosity == Verbosity::Quiet => {}
            Some(name) => self.page.put(&format!("{name}: {counts}")),
        }
    }

    fn hints(&mut self, tally: Tally, end: RunEnd) {
        let Tally {
            passed,
            not_run,
            only_init,
            ..
        } = tally;
        if not_run > 0 {
            let cases = if not_run == 1 { "case" } else { "cases" };
            self.page
                .put(&format!("{not_run} {cases} could not be run"));
        }
        if let Some(sentence) = words::run_end(end) {
            self.page.put(&sentence);
        }
        if only_init > 0 {
            let of_them = format!("{passed} passed, {only_init} of them check only `init`");
            self.page.put(&of_them);
        }
        if tally.ran_nothing() {
            self.page.put(words::RAN_NOTHING);
        }
    }

    fn put_gap(&mut self) {
        if std::mem::take(&mut self.gap) {
            self.page.put("");
        }
    }

    fn headline(&mut self, style: Style, word: &str, name: &str, text: &str) {
        if let Some(heading) = self.heading.take() {
            self.page.put(&format!("{BOLD}{heading}{BOLD:#}"));
        }
        self.put_gap();
        self.page.headline(style, word, name, text);
    }

    fn failure(&mut self, outcome: &CaseOutcome, failure: &Failure) {
        let expected = file_name(&outcome.files.expected());
        self.page.diagnoses(&outcome.files, failure.causes());
        if let Some(excerpt) = &failure.excerpt {
            self.page.excerpt(&expected, excerpt);
        }
        self.page.diagnoses(&outcome.files, failure.consequences());
        if let Some(diagram) = &failure.diagram {
            self.page.diagram(diagram);
        }
        self.stderr(outcome, &failure.stderr);
    }

    /// A node that crashes does so in many cases: its traceback is shown once, if it's more than is said
    /// in its place.
    fn stderr(&mut self, outcome: &CaseOutcome, stderr: &[u8]) {
        let lines = stderr::shown(stderr);
        let end = stderr::essence(&lines);
        if let Some(name) = self.stderr_shown.get(&end) {
            let sentence = format!("the node's stderr ends as it did with {name}");
            return self.page.line(&sentence);
        }
        self.page.stderr(stderr);
        if lines.len() > 1 && self.stderr_shown.len() < STDERR_KEPT_MAX {
            let name = file_name(&outcome.files.input);
            self.stderr_shown.insert(end, name);
        }
    }
}

/// The text of one case as a terminal shows it, without colors and not wrapped.
pub fn plain(outcome: &CaseOutcome, again: &Again) -> String {
    let mut terminal = Terminal::new(None, Verbosity::All, again.clone());
    terminal.outcome(outcome);
    escape::said(&terminal.take(), false)
}

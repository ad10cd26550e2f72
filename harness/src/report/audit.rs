//! What cases let through, for people: each weak one with what passes, the count at the end.

use std::path::Path;

use super::again::Again;
use super::page::{INDENT, Page, RED, YELLOW};
use super::words;
use crate::audit::{AuditOutcome, AuditTally, AuditedReply, Change, Impostor, Weakness};
use crate::case::CaseFiles;
use crate::escape::file_name;
use crate::phrases::fit;

/// How many weaknesses of one case are told.
const WEAKNESSES_TOLD: usize = 5;

/// Renders an audit as it goes.
pub struct AuditReport {
    page: Page,
    again: Again,
}

impl AuditReport {
    /// Renders on a page. `again`: what runs a case alone.
    pub fn new(page: Page, again: Again) -> Self {
        Self { page, again }
    }

    /// What was rendered since the last time, with its colors.
    pub fn take(&mut self) -> String {
        self.page.take()
    }

    /// Which node is run where nobody named one.
    pub fn default_node(&mut self, program: &Path) {
        self.page.put(&words::default_node(program));
    }

    pub fn outcome(&mut self, files: &CaseFiles, outcome: &AuditOutcome) {
        let input = file_name(&files.input);
        match outcome {
            AuditOutcome::Audited(weaknesses) if weaknesses.is_empty() => {}
            AuditOutcome::Audited(weaknesses) => {
                self.page.headline(YELLOW, "WEAK", &input, "");
                self.weaknesses(files, weaknesses);
            }
            AuditOutcome::Fails => {
                self.page.headline(RED, "FAIL", &input, "");
                self.page
                    .line("your node fails it, so there is nothing to audit; why is said by");
                let again = self.again.command(&files.input);
                self.page.put(&format!("{INDENT}{again}"));
            }
            AuditOutcome::NothingExpected => {
                self.page.headline(RED, "FAIL", &input, "");
                let expected = file_name(&files.expected());
                self.page.line(&format!("there is no {expected}"));
            }
            AuditOutcome::Skipped { reason } => {
                let reason = fit::told(reason);
                self.page.headline(YELLOW, "SKIP", &input, &reason);
            }
            AuditOutcome::NotRun(reason) => {
                self.page.headline(RED, "ERROR", &input, "");
                self.page.line(&words::not_run(reason));
            }
        }
    }

    /// The count, as the last line.
    pub fn tally(&mut self, tally: AuditTally) {
        if tally.ran_nothing() {
            self.page.put(words::RAN_NOTHING);
        }
        let AuditTally {
            audited,
            weak,
            failing,
            skipped,
            not_run,
        } = tally;
        let rest = words::counts(&[
            (failing, "failing"),
            (skipped, "skipped"),
            (not_run, "not run"),
        ]);
        let line = format!("audit: {audited} audited, {weak} weak{rest}");
        self.page.put(&line);
    }

    fn weaknesses(&mut self, files: &CaseFiles, weaknesses: &[Weakness]) {
        for weakness in weaknesses.iter().take(WEAKNESSES_TOLD) {
            self.page.line(&sentence(weakness, files));
        }
        let more = weaknesses.len().saturating_sub(WEAKNESSES_TOLD);
        if more > 0 {
            self.page.line(&format!("and {more} more"));
        }
    }
}

fn sentence(weakness: &Weakness, files: &CaseFiles) -> String {
    match weakness {
        Weakness::Impostor(impostor) => format!("a node that {} passes", does(*impostor)),
        Weakness::Change(change, reply) => {
            let reply = of_reply(reply, files);
            match change {
                Change::Dropped => format!("{reply} may be missing"),
                Change::Doubled => format!("{reply} may come twice"),
                Change::Moved => format!("{reply} may come last"),
                Change::Value { path, .. } if path.is_root() => format!("{reply} may be another"),
                Change::Value { path, line } => {
                    let path = fit::told(&path.to_string());
                    let expected = file_name(&files.expected());
                    let place = line.map(|line| format!(" ({expected}:{line})"));
                    let place = place.unwrap_or_default();
                    format!("{path} in {reply} may be another{place}")
                }
            }
        }
    }
}

fn does(impostor: Impostor) -> &'static str {
    match impostor {
        Impostor::Silent => "does nothing",
        Impostor::InitOnly => "answers init, and nothing else,",
        Impostor::YesMan => "answers everything with an empty ..._ok",
        Impostor::Echo => "answers everything with ..._ok and the request's own fields",
        Impostor::Mirror => "writes back each line as it came",
    }
}

fn of_reply(reply: &AuditedReply, files: &CaseFiles) -> String {
    let (line, kind) = (reply.line, fit::told(&reply.kind));
    match reply.request {
        Some(request) => {
            let input = file_name(&files.input);
            format!("the reply to {input}:{request} (stdout line {line}, {kind})")
        }
        None => format!("stdout line {line}"),
    }
}

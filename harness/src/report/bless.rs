//! What was blessed, for people: each file with its differences, each case that was left alone with
//! the reason, the count at the end.

use std::path::Path;

use anstyle::Style;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::page::{DIM, GREEN, INDENT, Page, RED, YELLOW};
use super::words;
use crate::bless::open::OpenPlace;
use crate::bless::remarks::Remark;
use crate::bless::{BlessOutcome, BlessRefused, BlessTally};
use crate::case::CaseFiles;
use crate::diagnosis::Diagnosis;
use crate::escape::file_name;
use crate::judge::Failure;
use crate::phrases::fit;

/// How many lines that stay are shown around a change.
const CONTEXT: usize = 2;

/// How many places that are left open are told of a case.
const PLACES_MAX: usize = 20;

/// Renders a blessing as it goes.
pub struct BlessReport {
    page: Page,
    dry_run: bool,
    /// Whether a new file expects a `msg_id`.
    shows_id: bool,
}

impl BlessReport {
    /// Renders on a page. `dry_run`: nothing is written, and that is said.
    pub fn new(page: Page, dry_run: bool) -> Self {
        Self {
            page,
            dry_run,
            shows_id: false,
        }
    }

    /// What was rendered since the last time, with its colors.
    pub fn take(&mut self) -> String {
        self.page.take()
    }

    /// Which node is run where nobody named one.
    pub fn default_node(&mut self, program: &Path) {
        self.page.put(&words::default_node(program));
    }

    pub fn outcome(&mut self, files: &CaseFiles, outcome: &BlessOutcome) {
        let (input, expected) = (file_name(&files.input), file_name(&files.expected()));
        match outcome {
            BlessOutcome::Unchanged => {}
            BlessOutcome::Changed {
                old,
                new,
                open,
                remarks,
            } => {
                let (style, word) = match old {
                    None => (GREEN, "NEW"),
                    Some(_) => (YELLOW, "CHANGED"),
                };
                self.page.headline(style, word, &expected, "");
                self.shows_id |= old.is_none() && new.contains("\"msg_id\"");
                self.differences(old.as_deref().unwrap_or_default(), new);
                if !open.is_empty() {
                    self.page
                        .line("what differed between runs of the node is left open:");
                    self.open(&expected, open);
                }
                for remark in remarks {
                    self.remark(files, remark);
                }
            }
            BlessOutcome::Differs { old, new, open } => {
                self.page.headline(RED, "REFUSED", &input, "");
                self.page
                    .line("the node answered otherwise when it was run again; what differs could be left open:");
                self.open(&expected, open);
                self.differences(old.as_deref().unwrap_or_default(), new);
                self.page.line("--open writes it so");
            }
            BlessOutcome::Varies(failure) => {
                self.page.headline(RED, "REFUSED", &input, "");
                self.varies(files, failure);
            }
            BlessOutcome::Skipped { reason } => {
                let reason = fit::told(reason);
                self.page.headline(YELLOW, "SKIP", &input, &reason);
            }
            BlessOutcome::Refused(BlessRefused::Unclean { diagnoses, stderr }) => {
                self.page.headline(RED, "REFUSED", &input, "");
                self.page.diagnoses(files, diagnoses);
                if diagnoses.iter().any(is_of_form) {
                    self.page.line(&format!(
                        "(if that is how this node speaks, write one such line into {expected} first)"
                    ));
                }
                self.page.stderr(stderr);
            }
            BlessOutcome::Refused(refused) => {
                self.page.headline(RED, "REFUSED", &input, "");
                self.page.line(&words::refused(refused, &input, &expected));
            }
            BlessOutcome::NotRun(reason) => {
                self.page.headline(RED, "ERROR", &input, "");
                self.page.line(&words::not_run(reason));
            }
            BlessOutcome::Unwritable { reason } => {
                self.page.headline(RED, "ERROR", &expected, "");
                let reason = fit::told(reason);
                self.page.line(&format!("it can't be written: {reason}"));
            }
        }
    }

    fn remark(&mut self, files: &CaseFiles, remark: &Remark) {
        let input = file_name(&files.input);
        match remark {
            Remark::Unanswered { line, kind } => {
                let kind = fit::told(kind);
                self.page.line(&format!(
                    "note: the node gave no reply to the {kind} request on {input}:{line}, so none is expected"
                ));
            }
            Remark::Repeated { line, kind, times } => {
                let kind = fit::told(kind);
                self.page.line(&format!(
                    "note: the node answered the {kind} request on {input}:{line} {times} times, so that many \
                     replies are expected"
                ));
            }
            Remark::Note(note) => {
                let sentence = words::note(note, files);
                self.page.line(&format!("note: {sentence}"));
            }
        }
    }

    /// The places that are left open, or could be.
    fn open(&mut self, expected: &str, places: &[OpenPlace]) {
        for place in places.iter().take(PLACES_MAX) {
            let OpenPlace { line, path, .. } = place;
            let path = fit::told(&path.to_string());
            let placeholder = fit::told(&place.placeholder.to_string());
            let mut seen: Vec<_> = place.seen.iter().map(Value::to_string).collect();
            seen.dedup();
            let seen: Vec<_> = seen.iter().map(|value| fit::told(value)).collect();
            let seen = seen.join(", then ");
            self.page.line(&format!(
                "{expected}:{line}: {path} was {seen}: {placeholder}"
            ));
        }
        let more = places.len().saturating_sub(PLACES_MAX);
        if more > 0 {
            self.page.line(&format!("... and {more} more places"));
        }
    }

    /// Why nothing can be left open so that another run passes.
    fn varies(&mut self, files: &CaseFiles, failure: &Failure) {
        let expected = file_name(&files.expected());
        if failure.diagnoses.iter().any(is_of_end) {
            self.page.line("a second run of the node failed");
            self.page.diagnoses(files, &failure.diagnoses);
            self.page.stderr(&failure.stderr);
            return;
        }
        self.page
            .line("a second run of the node differed; `expected` is what the first one answered");
        match &failure.excerpt {
            Some(excerpt) => self.page.excerpt(&expected, excerpt),
            None => self.page.diagnoses(files, &failure.diagnoses),
        }
        self.page.line(advice(failure));
    }

    /// The count, as the last line.
    pub fn tally(&mut self, tally: BlessTally) {
        if tally.ran_nothing() {
            self.page.put(words::RAN_NOTHING);
        }
        let BlessTally {
            new,
            changed,
            unchanged,
            skipped,
            refused,
            failed,
        } = tally;
        if self.shows_id {
            self.page.put(
                "note: a message that is expected with a msg_id fails without one; delete it where nodes may leave \
                 it out",
            );
        }
        if self.dry_run && new + changed > 0 {
            self.page.put("nothing was written: this was a dry run");
        }
        let rest = words::counts(&[
            (skipped, "skipped"),
            (refused, "refused"),
            (failed, "failed"),
        ]);
        self.page.put(&format!(
            "bless: {new} new, {changed} changed, {unchanged} unchanged{rest}"
        ));
    }

    /// Where two texts differ, line by line.
    fn differences(&mut self, old: &str, new: &str) {
        let diff = TextDiff::from_lines(old, new);
        for (position, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
            if position > 0 {
                self.page.put(&format!("{INDENT}..."));
            }
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                let (sign, style) = match change.tag() {
                    ChangeTag::Delete => ("-", RED),
                    ChangeTag::Insert => ("+", GREEN),
                    ChangeTag::Equal => (" ", DIM),
                };
                let line = change.value().trim_end_matches(['\r', '\n']);
                self.difference(style, sign, line);
            }
        }
    }

    fn difference(&mut self, style: Style, sign: &str, line: &str) {
        let line = fit::whole(line);
        self.page
            .put(&format!("{INDENT}{style}{sign} {line}{style:#}"));
    }
}

/// What lets a second run differ from the first, where no placeholder does.
fn advice(failure: &Failure) -> &'static str {
    if failure.diagnoses.contains(&Diagnosis::WrongOrder) {
        "if any order of the messages is right, say `@match unordered` in the .in"
    } else {
        "is the node right in both? If so, leave out what varies, with `@match contains` or `@ignore`"
    }
}

/// Whether a cause speaks of how the node ended, or was ended.
fn is_of_end(diagnosis: &Diagnosis) -> bool {
    matches!(
        diagnosis,
        Diagnosis::BadExit { .. }
            | Diagnosis::Crashed { .. }
            | Diagnosis::LeftEarly { .. }
            | Diagnosis::Flooded { .. }
            | Diagnosis::TimedOut { .. }
            | Diagnosis::Silent
    )
}

/// Whether a cause speaks of lines that an `.expected` may show all the same: text, or bodies without
/// an envelope.
fn is_of_form(diagnosis: &Diagnosis) -> bool {
    matches!(
        diagnosis,
        Diagnosis::NotJson { .. } | Diagnosis::NoEnvelope { .. }
    )
}

//! EDGE. `harness bless`: runs cases and writes down what their node answers.

use std::{env, fs};

use super::each::{Each, each};
use super::screen::{self, Screen};
use super::{Failed, github};
use crate::bless::{self, Blessing, Outcome, Run, Tally};
use crate::case::{Case, CaseError, CaseFiles};
use crate::cli::BlessArguments;
use crate::files;
use crate::outcome::{Exit, NotRun};
use crate::play::Played;
use crate::report::bless::Report;
use crate::report::page::Page;

pub fn bless(arguments: &BlessArguments) -> Result<Exit, Failed> {
    if is_ci() && !arguments.force && !arguments.dry_run {
        return Err(Failed::BlessInCi);
    }
    let mut report = Report::new(Page::new(screen::width()), arguments.dry_run);
    let screen = Screen::open(github::is_here());
    let mut tally = Tally::default();
    let tell = |files: &CaseFiles, each| {
        let outcome = match each {
            Each::Played(outcome) => write(files, outcome, arguments.dry_run),
            Each::Skipped { reason } => Outcome::Skipped { reason },
            Each::NotRun(reason) => Outcome::NotRun(reason),
        };
        tally.add(&outcome);
        report.outcome(files, &outcome);
        screen.show(&report.take());
    };
    let overruled = each(&arguments.node, blessed, tell)?;
    report.tally(tally);
    screen.show(&report.take());
    Ok(overruled.unwrap_or(tally.exit()))
}

/// Whether this is a machine that no person sits before.
fn is_ci() -> bool {
    let value = env::var_os("CI").unwrap_or_default();
    !value.is_empty() && value != "false" && value != "0"
}

/// What its `.expected` should say.
fn blessed(case: &Case, played: &Played) -> Outcome {
    let old = match &case.expected {
        None => None,
        Some(_) => match fs::read_to_string(case.files.expected()) {
            Ok(text) => Some(text),
            Err(error) => {
                let file = case.files.expected();
                return Outcome::NotRun(NotRun::BadCase(CaseError::Unreadable { file, error }));
            }
        },
    };
    let run = Run {
        case,
        old: old.as_deref(),
        mode: played.mode,
        rules: &played.rules,
        transcript: &played.transcript,
    };
    match bless::bless(run) {
        Ok(Blessing::Unchanged) => Outcome::Unchanged,
        Ok(Blessing::Changed(new)) => Outcome::Changed { old, new },
        Err(refused) => Outcome::Refused(refused),
    }
}

/// Writes what is to be written.
fn write(files: &CaseFiles, outcome: Outcome, dry_run: bool) -> Outcome {
    let Outcome::Changed { new, .. } = &outcome else {
        return outcome;
    };
    if dry_run {
        return outcome;
    }
    match files::write(&files.expected(), new.as_bytes()) {
        Ok(()) => outcome,
        Err(error) => Outcome::Unwritable {
            reason: error.to_string(),
        },
    }
}

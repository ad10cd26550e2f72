//! EDGE. `harness bless`: runs cases and writes down what their node answers.

use std::path::Path;
use std::{env, fs, io};

use super::Failed;
use super::each::{Each, PlayEvent, each};
use super::screen::{self, Screen};
use crate::bless::open;
use crate::bless::remarks::{self, Remark};
use crate::bless::{self, BlessOutcome, BlessRefused, BlessTally, Blessing, Run};
use crate::case::{Case, CaseError, CaseFiles, expected};
use crate::cli::BlessArguments;
use crate::escape::file_name;
use crate::files;
use crate::golden::Runner;
use crate::judge::CaseVerdict;
use crate::outcome::{ExitCode, NotRun};
use crate::play::{NotPlayed, Played};
use crate::report::bless::BlessReport;
use crate::report::page::Page;
use crate::script::owed::Awaited;

/// How often a node is run at most until all that differs between its runs is left open.
const RUNS_MAX: usize = 5;

pub fn bless(arguments: &BlessArguments) -> Result<ExitCode, Failed> {
    if is_ci() && !arguments.force && !arguments.dry_run {
        return Err(Failed::BlessInCi);
    }
    let mut report = BlessReport::new(Page::new(screen::width()), arguments.dry_run);
    let screen = Screen::open(false);
    let mut tally = BlessTally::default();
    let work = |case: &Case, played: &Played, runner: &Runner<'_>| {
        let outcome = blessed(case, played, arguments);
        let outcome = if let BlessOutcome::Changed { old, new, .. } = outcome {
            confirmed(case, played, runner, arguments, (old, new))
        } else {
            outcome
        };
        if arguments.dry_run {
            outcome
        } else {
            write(&case.files, outcome)
        }
    };
    let tell = |told: PlayEvent<'_, BlessOutcome>| {
        match told {
            PlayEvent::DefaultNode(program) => report.default_node(program),
            PlayEvent::Case(files, each) => {
                let outcome = match each {
                    Each::Played(outcome) => outcome,
                    Each::Skipped { reason } => BlessOutcome::Skipped { reason },
                    Each::NotRun(reason) => BlessOutcome::NotRun(reason),
                };
                tally.add(&outcome);
                report.outcome(files, &outcome);
            }
        }
        // Where it can't be shown, the exit still tells.
        let _ = screen.show(&report.take());
    };
    let overruled = each(&arguments.node, Awaited::EveryReply, work, tell)?;
    report.tally(tally);
    let _ = screen.show(&report.take());
    Ok(overruled.unwrap_or(tally.exit(arguments.dry_run)))
}

/// Whether this is a machine that no person sits before.
fn is_ci() -> bool {
    // Azure Pipelines sets only the second.
    ["CI", "TF_BUILD"].into_iter().any(|name| {
        let value = env::var_os(name).unwrap_or_default();
        !value.is_empty() && value != "false" && value != "False" && value != "0"
    })
}

/// What its `.expected` should say, held against what it says now: it may have been edited since.
fn blessed(case: &Case, played: &Played, arguments: &BlessArguments) -> BlessOutcome {
    let file = case.files.expected();
    let old = match read(&file) {
        Ok(old) => old,
        Err(error) => {
            return BlessOutcome::NotRun(NotRun::BadCase(CaseError::Unreadable { file, error }));
        }
    };
    let expected = old.as_ref().map(|text| expected::parse(text.as_bytes()));
    let expected = match expected.transpose() {
        Ok(expected) => expected,
        Err(error) => {
            return BlessOutcome::NotRun(NotRun::BadCase(CaseError::Syntax { file, error }));
        }
    };
    let run = Run {
        old: old.as_deref().zip(expected.as_deref()),
        adds_missing: arguments.missing,
        is_partial: arguments.partial,
        ..run_of(case, played)
    };
    match bless::bless(run) {
        Ok(Blessing::Unchanged) => BlessOutcome::Unchanged,
        Ok(Blessing::Changed(new)) => match elsewhere(&case.files) {
            None => BlessOutcome::Changed {
                open: Vec::new(),
                remarks: Vec::new(),
                old,
                new,
            },
            Some(reason) => BlessOutcome::Unwritable { reason },
        },
        Err(refused) => BlessOutcome::Refused(refused),
    }
}

fn run_of<'a>(case: &'a Case, played: &'a Played) -> Run<'a> {
    Run {
        case,
        old: None,
        mode: played.mode,
        msg_id: played.rules.msg_id,
        background: &played.rules.background,
        transcript: &played.transcript,
        adds_missing: false,
        is_partial: false,
    }
}

/// The node is run again before anything is written: a value that is not the same each time is not written
/// down. Whether what is to be written stands then, or what differs is left open, or nothing can be.
fn confirmed(
    case: &Case,
    played: &Played,
    runner: &Runner<'_>,
    arguments: &BlessArguments,
    (old, first): (Option<String>, String),
) -> BlessOutcome {
    let mut runs = vec![played.transcript.clone()];
    let (mut new, mut open) = (first.clone(), Vec::new());
    loop {
        let Ok(expected) = expected::parse(new.as_bytes()) else {
            return BlessOutcome::Refused(BlessRefused::Inexpressible);
        };
        let again = match runner.play(case, &expected) {
            Ok(again) => again,
            Err(NotPlayed::NotRun(reason)) => return BlessOutcome::NotRun(reason),
            // Nobody is told any more.
            Err(NotPlayed::Interrupted) => return BlessOutcome::Unchanged,
        };
        let CaseVerdict::Failed(failure) = again.trial(case, &expected).judge(&again.transcript)
        else {
            break;
        };
        runs.push(again.transcript);
        match open::open(run_of(case, played), &first, &runs) {
            Some(opened) if runs.len() < RUNS_MAX => {
                (new, open) = (opened.text, opened.places);
            }
            _ => return BlessOutcome::Varies(failure),
        }
    }
    if open.is_empty() || arguments.open {
        let remarks = remarked(case, played);
        BlessOutcome::Changed {
            old,
            new,
            open,
            remarks,
        }
    } else {
        BlessOutcome::Differs { old, new, open }
    }
}

/// What to know of what is written.
fn remarked(case: &Case, played: &Played) -> Vec<Remark> {
    let (run, background) = (&played.transcript, &played.rules.background);
    let mut remarks = remarks::not_answered_once(case, &run.output, background);
    remarks.extend(remarks::of_end(run));
    remarks
}

/// Why an `.expected` that is a link must not be written: a case has no business out of its folder.
fn elsewhere(files: &CaseFiles) -> Option<String> {
    let file = files.expected();
    if !fs::symlink_metadata(&file).is_ok_and(|found| found.is_symlink()) {
        return None;
    }
    let Ok(target) = fs::canonicalize(&file) else {
        return Some("it is a link that leads nowhere".to_owned());
    };
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")));
    let is_inside = folder.is_ok_and(|folder| target.starts_with(folder));
    (!is_inside).then(|| {
        let target = file_name(&target);
        format!("it is a link that leads out of its folder, to {target}")
    })
}

/// A file's text; `None` if there is no such file.
fn read(file: &Path) -> io::Result<Option<String>> {
    match files::read(file) {
        Ok(bytes) => String::from_utf8(bytes)
            .map(Some)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes what is to be written, unless somebody else has written there meanwhile.
fn write(files: &CaseFiles, outcome: BlessOutcome) -> BlessOutcome {
    let BlessOutcome::Changed { old, new, .. } = &outcome else {
        return outcome;
    };
    let file = files.expected();
    if read(&file).is_ok_and(|now| now != *old) {
        return BlessOutcome::Refused(BlessRefused::Edited);
    }
    let written = match old {
        Some(_) => files::write(&file, new.as_bytes()),
        None => files::create(&file, new.as_bytes()),
    };
    match written {
        Ok(()) => outcome,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            BlessOutcome::Refused(BlessRefused::Edited)
        }
        Err(error) => BlessOutcome::Unwritable {
            reason: error.to_string(),
        },
    }
}

//! EDGE. `harness bless`: runs cases and writes down what their node answers.

use std::path::Path;
use std::{env, fs, io};

use super::Failed;
use super::each::{Each, PlayEvent, each};
use super::screen::{self, Screen};
use crate::bless::remarks::{self, Remark};
use crate::bless::{self, BlessOutcome, BlessRefused, BlessTally, Blessing, Run};
use crate::case::{Case, CaseError, CaseFiles, expected};
use crate::cli::BlessArguments;
use crate::escape::file_name;
use crate::files;
use crate::golden::Runner;
use crate::outcome::{Exit, NotRun};
use crate::play::Played;
use crate::report::bless::BlessReport;
use crate::report::page::Page;
use crate::script::owed::Awaited;

pub fn bless(arguments: &BlessArguments) -> Result<Exit, Failed> {
    if is_ci() && !arguments.force && !arguments.dry_run {
        return Err(Failed::BlessInCi);
    }
    let mut report = BlessReport::new(Page::new(screen::width()), arguments.dry_run);
    let screen = Screen::open(false);
    let mut tally = BlessTally::default();
    let work = |case: &Case, played: &Played, runner: &Runner<'_>| {
        let outcome = blessed(case, played, arguments.missing);
        let mut outcome = if arguments.dry_run {
            outcome
        } else {
            write(&case.files, outcome)
        };
        if let BlessOutcome::Changed { new, remarks, .. } = &mut outcome {
            *remarks = remarked(case, played, new, runner);
        }
        outcome
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
fn blessed(case: &Case, played: &Played, adds_missing: bool) -> BlessOutcome {
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
        case,
        old: old.as_deref().zip(expected.as_deref()),
        mode: played.mode,
        msg_id: played.rules.msg_id,
        ignored: &played.rules.ignored,
        transcript: &played.transcript,
        adds_missing,
    };
    match bless::bless(run) {
        Ok(Blessing::Unchanged) => BlessOutcome::Unchanged,
        Ok(Blessing::Changed(new)) => match elsewhere(&case.files) {
            None => BlessOutcome::Changed {
                remarks: Vec::new(),
                old,
                new,
            },
            Some(reason) => BlessOutcome::Unwritable { reason },
        },
        Err(refused) => BlessOutcome::Refused(refused),
    }
}

/// What to know of what is written, a second run of the node included.
fn remarked(case: &Case, played: &Played, new: &str, runner: &Runner<'_>) -> Vec<Remark> {
    let mut remarks =
        remarks::not_answered_once(case, &played.transcript.output, &played.rules.ignored);
    remarks.extend(remarks::of_end(&played.transcript));
    let second = || {
        let expected = expected::parse(new.as_bytes()).ok()?;
        let second = runner.play(case, &expected).ok()?;
        let trial = second.trial(case, &expected);
        Some(remarks::second(trial, &second.transcript))
    };
    remarks.extend(second().into_iter().flatten());
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

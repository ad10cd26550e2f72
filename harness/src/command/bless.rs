//! EDGE. `harness bless`: runs cases and writes down what their node answers.

use std::{env, fs};

use super::screen::{self, Screen};
use super::selection::{command_line, default_program, jobs, select};
use super::{Failed, github};
use crate::bless::{self, Blessing, Outcome, Run, Tally};
use crate::case::{Case, CaseError, CaseFiles};
use crate::cli::BlessArguments;
use crate::golden::Planned;
use crate::interrupt::Interrupt;
use crate::outcome::{Exit, NotRun};
use crate::parallel::{self, Event, Plan};
use crate::play::{self, NotPlayed, Setup};
use crate::report::bless::Report;
use crate::report::page::Page;
use crate::{family, files};

pub fn bless(arguments: &BlessArguments) -> Result<Exit, Failed> {
    if is_ci() && !arguments.force && !arguments.dry_run {
        return Err(Failed::BlessInCi);
    }
    let (_, planned) = select(&arguments.node.selection)?;
    let settings = command_line(&arguments.node)?;
    let setup = Setup {
        program: default_program(&planned, &settings)?,
        settings,
    };
    let interrupt = Interrupt::catch()?;
    family::adopt_orphans();
    let plan = Plan {
        jobs: jobs(&arguments.node),
        tells_begun: false,
    };
    let work = |planned: Planned| {
        let files = planned.files.clone();
        let outcome = outcome(planned, &setup, &interrupt)?;
        Some((files, outcome))
    };
    let mut report = Report::new(Page::new(screen::width()), arguments.dry_run);
    let screen = Screen::open(github::is_here());
    let mut tally = Tally::default();
    parallel::run(planned, plan, work, |event| {
        if let Event::InOrder((files, outcome)) = event
            && !interrupt.is_raised()
        {
            let outcome = write(&files, outcome, arguments.dry_run);
            tally.add(&outcome);
            report.outcome(&files, &outcome);
            screen.show(&report.take());
        }
    });
    family::end_adopted();
    report.tally(tally);
    screen.show(&report.take());
    Ok(if interrupt.is_raised() {
        Exit::Interrupted
    } else {
        tally.exit()
    })
}

/// Whether this is a machine that no person sits before.
fn is_ci() -> bool {
    let value = env::var_os("CI").unwrap_or_default();
    !value.is_empty() && value != "false" && value != "0"
}

/// What becomes of a case; `None` after an interrupt.
fn outcome(planned: Planned, setup: &Setup, interrupt: &Interrupt) -> Option<Outcome> {
    if interrupt.is_raised() {
        return None;
    }
    let case = match planned.case {
        Ok(case) => case,
        Err(error) => return Some(Outcome::NotRun(NotRun::BadCase(error))),
    };
    let directives = &case.directives;
    if let Some(reason) = directives.skip.as_ref().or(directives.xfail.as_ref()) {
        let reason = reason.clone();
        return Some(Outcome::Skipped { reason });
    }
    let expected = case.expected.as_deref().unwrap_or_default();
    match play::play(&case, expected, setup, interrupt) {
        Ok(played) => Some(blessed(&case, &played)),
        Err(NotPlayed::NotRun(reason)) => Some(Outcome::NotRun(reason)),
        Err(NotPlayed::Interrupted) => None,
    }
}

fn blessed(case: &Case, played: &play::Played) -> Outcome {
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

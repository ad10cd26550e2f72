//! EDGE. `harness audit`: what cases let through.

use super::screen::{self, Screen};
use super::selection::{command_line, default_program, jobs, select};
use super::{Failed, github};
use crate::audit::{self, Outcome, Tally};
use crate::case::Case;
use crate::cli::AuditArguments;
use crate::family;
use crate::golden::Planned;
use crate::interrupt::Interrupt;
use crate::judge::Trial;
use crate::outcome::{Exit, NotRun};
use crate::parallel::{self, Event, Plan};
use crate::play::{self, NotPlayed, Setup};
use crate::report::audit::Report;
use crate::report::page::Page;

pub fn audit(arguments: &AuditArguments) -> Result<Exit, Failed> {
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
    let mut report = Report::new(Page::new(screen::width()));
    let screen = Screen::open(github::is_here());
    let mut tally = Tally::default();
    parallel::run(planned, plan, work, |event| {
        if let Event::InOrder((files, outcome)) = event {
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
    if case.expected.is_none() {
        return Some(Outcome::NothingExpected);
    }
    audited(&case, setup, interrupt)
}

fn audited(case: &Case, setup: &Setup, interrupt: &Interrupt) -> Option<Outcome> {
    let expected = case.expected.as_deref().unwrap_or_default();
    let played = match play::play(case, expected, setup, interrupt) {
        Ok(played) => played,
        Err(NotPlayed::NotRun(reason)) => return Some(Outcome::NotRun(reason)),
        Err(NotPlayed::Interrupted) => return None,
    };
    let trial = Trial {
        case,
        expected,
        mode: played.mode,
        rules: &played.rules,
    };
    let weaknesses = audit::weaknesses(trial, &played.transcript);
    Some(weaknesses.map_or(Outcome::Fails, Outcome::Audited))
}

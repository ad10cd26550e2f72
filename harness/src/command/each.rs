//! What `bless` and `audit` have in common: each selected case is played once, and something is
//! made of what happened.

use std::path::Path;

use super::selection::{
    command_line, complain_of_unreadable, default_program, jobs, needs_default, select,
};
use super::{Failed, interrupts};
use crate::case::{Case, CaseFiles, ExpectedLine};
use crate::cli::NodeArguments;
use crate::family;
use crate::golden::Planned;
use crate::interrupt::Interrupt;
use crate::outcome::{Exit, NotRun};
use crate::parallel::{self, Event, Plan};
use crate::play::{self, NotPlayed, Played, Setup};
use crate::script::owed::Awaited;
use crate::watcher::Watcher;

/// What became of a case.
pub enum Each<O> {
    /// It was played, and this was made of it.
    Played(O),
    /// It says that it is not to be run, or that it fails.
    Skipped {
        /// Why.
        reason: String,
    },
    /// It could not be run.
    NotRun(NotRun),
}

/// Plays a case once more, with these expected lines; `None` if nothing came of it.
pub type Again<'a> = &'a (dyn Fn(&Case, &[ExpectedLine]) -> Option<Played> + Sync);

/// Something to tell of while cases are played.
pub enum Told<'a, O> {
    /// Nobody named a node: this one is run.
    DefaultNode(&'a Path),
    /// What became of a case, in their order.
    Case(&'a CaseFiles, Each<O>),
}

/// Plays the cases, several at once, makes `work` of each, and tells of them in order. What it amounts
/// to if the user ended it or something could not be searched; else `None`: that is for the caller.
///
/// # Errors
/// Why nothing could be done.
pub fn each<O: Send>(
    arguments: &NodeArguments,
    awaited: Awaited,
    work: impl Fn(&Case, &Played, Again<'_>) -> O + Sync,
    mut tell: impl FnMut(Told<'_, O>) + Send,
) -> Result<Option<Exit>, Failed> {
    let (found, planned) = select(&arguments.selection)?;
    let settings = command_line(arguments)?;
    let setup = Setup {
        program: default_program(&planned, &settings)?,
        settings,
        awaited,
    };
    if needs_default(&planned, &setup.settings) {
        tell(Told::DefaultNode(&setup.program));
    }
    let interrupt = interrupts::catch()?;
    let _watcher = Watcher::start();
    let plan = Plan {
        jobs: jobs(arguments),
        tells_begun: false,
    };
    let again = |case: &Case, expected: &[ExpectedLine]| {
        play::play(case, expected, &setup, &interrupt).ok()
    };
    let one = |planned: Planned| {
        let files = planned.files.clone();
        let each = match played(planned, &setup, &interrupt)? {
            Ok((case, played)) => Each::Played(played.judged(|played| work(&case, played, &again))),
            Err(each) => each,
        };
        Some((files, each))
    };
    let tell = |event: Event<'_, (CaseFiles, Each<O>)>| {
        if let Event::InOrder((files, each)) = event
            && !interrupt.is_raised()
        {
            tell(Told::Case(&files, each));
        }
    };
    parallel::run(planned, plan, one, tell);
    family::end_adopted();
    let unreadable = complain_of_unreadable(&found);
    Ok(interrupt
        .is_raised()
        .then_some(Exit::Interrupted)
        .or(unreadable))
}

/// A case that was played, or what else becomes of it; `None` after an interrupt.
fn played<O>(
    planned: Planned,
    setup: &Setup,
    interrupt: &Interrupt,
) -> Option<Result<(Case, Played), Each<O>>> {
    if interrupt.is_raised() {
        return None;
    }
    let case = match planned.into_case() {
        Ok(case) => case,
        Err(error) => return Some(Err(Each::NotRun(NotRun::BadCase(error)))),
    };
    let directives = &case.directives;
    if let Some(reason) = directives.skip.as_ref().or(directives.xfail.as_ref()) {
        let reason = reason.clone();
        return Some(Err(Each::Skipped { reason }));
    }
    let expected = case.expected.as_deref().unwrap_or_default();
    match play::play(&case, expected, setup, interrupt) {
        Ok(played) => Some(Ok((case, played))),
        Err(NotPlayed::NotRun(reason)) => Some(Err(Each::NotRun(reason))),
        Err(NotPlayed::Interrupted) => None,
    }
}

//! What `bless` and `audit` have in common: each selected case is played once, and something is
//! made of what happened.

use std::path::Path;

use super::selection::{complain_of_unreadable, jobs, needs_default, select, setup};
use super::{Failed, interrupts, nodes};
use crate::case::{Case, CaseError, CaseFiles};
use crate::cli::NodeArguments;
use crate::golden::Runner;
use crate::outcome::{ExitCode, NotRun};
use crate::parallel::WorkEvent;
use crate::play::{NotPlayed, Played};
use crate::script::owed::Awaited;
use crate::watcher::Watcher;

/// What became of a case.
pub enum Each<O> {
    /// It was played, and this was made of it.
    Played(O),
    /// It says that it is not to be run, or that it fails.
    Skipped { reason: String },
    /// It could not be run.
    NotRun(NotRun),
}

/// Something to tell of while cases are played.
pub enum PlayEvent<'a, O> {
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
    work: impl Fn(&Case, &Played, &Runner<'_>) -> O + Sync,
    mut tell: impl FnMut(PlayEvent<'_, O>) + Send,
) -> Result<Option<ExitCode>, Failed> {
    let (found, planned) = select(&arguments.selection)?;
    let setup = setup(arguments, &nodes::one(arguments)?, &planned, awaited)?;
    if needs_default(&planned, &setup.settings) {
        tell(PlayEvent::DefaultNode(&setup.program));
    }
    let interrupt = interrupts::catch()?;
    let _watcher = Watcher::start();
    let runner = Runner {
        setup,
        jobs: jobs(arguments),
        interrupt: &interrupt,
    };
    let one = |files, case| Some((files, one(case, &runner, &work)?));
    runner.each(planned, one, |event| {
        if let WorkEvent::InOrder((files, each)) = event
            && !interrupt.is_raised()
        {
            tell(PlayEvent::Case(&files, each));
        }
    });
    let unreadable = complain_of_unreadable(&found);
    Ok(interrupt
        .is_raised()
        .then_some(ExitCode::Interrupted)
        .or(unreadable))
}

/// What becomes of a case; `None` after an interrupt.
fn one<O: Send>(
    case: Result<Case, CaseError>,
    runner: &Runner<'_>,
    work: impl Fn(&Case, &Played, &Runner<'_>) -> O + Sync,
) -> Option<Each<O>> {
    let case = match case {
        Ok(case) => case,
        Err(error) => return Some(Each::NotRun(NotRun::BadCase(error))),
    };
    let directives = &case.directives;
    if let Some(reason) = directives.skip.as_ref().or(directives.xfail.as_ref()) {
        let reason = reason.clone();
        return Some(Each::Skipped { reason });
    }
    let expected = case.expected.as_deref().unwrap_or_default();
    match runner.play(&case, expected) {
        Ok(played) => Some(Each::Played(
            played.judged(|played| work(&case, played, runner)),
        )),
        Err(NotPlayed::NotRun(reason)) => Some(Each::NotRun(reason)),
        Err(NotPlayed::Interrupted) => None,
    }
}

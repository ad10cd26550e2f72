//! The one runner of many cases: plays them in parallel, and tells what comes of each, in order.
//!
//! A straight pipe: [`Planned`] case → [`play`] → transcript → what a command makes of it. `bless` and
//! `audit` make their own of each run; [`run`] judges it.

use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::case::{Case, CaseError, CaseFiles, ExpectedLine, Loader};
use crate::family;
use crate::interrupt::Interrupt;
use crate::judge::{self, CaseVerdict, Note};
use crate::outcome::{CaseOutcome, CaseResult, NotRun, RunEnd, Runs};
use crate::parallel::{self, WorkEvent};
use crate::play::{self, NotPlayed, Played, Setup};

/// What plays cases.
#[derive(Debug)]
pub struct Runner<'a> {
    /// Where the settings of the cases come from, but for what they say themselves.
    pub setup: Setup,
    /// How many cases run at once, at least one.
    pub jobs: usize,
    /// Ends the run: no further case is begun, and nodes that run are ended.
    pub interrupt: &'a Interrupt,
}

impl Runner<'_> {
    /// Does `work` with each case, several at once, until it gives `None`, and tells what comes of it in order.
    /// When this returns, every node is gone.
    pub fn each<O: Send>(
        &self,
        planned: Vec<Planned>,
        work: impl Fn(CaseFiles, Result<Case, CaseError>) -> Option<O> + Sync,
        tell: impl FnMut(WorkEvent<'_, Planned, O>) + Send,
    ) {
        let work = |planned: Planned| {
            let files = planned.files.clone();
            if self.interrupt.is_raised() {
                return None;
            }
            work(files, planned.into_case())
        };
        parallel::run(planned, self.jobs, work, tell);
        family::end_adopted();
    }

    /// Plays a case once, with these expected lines.
    ///
    /// # Errors
    /// Why nothing came of it.
    pub fn play(&self, case: &Case, expected: &[ExpectedLine]) -> Result<Played, NotPlayed> {
        play::play(case, expected, &self.setup, self.interrupt)
    }
}

/// How often a case is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempts {
    /// Until it passes, and so many times more than once at most.
    Retries(usize),
    /// So many times, at least once; it passes if it does every time.
    Repeat(usize),
}

/// A case that was found. It is read when somebody asks for it, at the latest when it is run: so the
/// first node starts while the other cases are unread, and no more of them are kept than are needed.
#[derive(Debug)]
pub struct Planned {
    pub files: CaseFiles,
    case: OnceCell<Result<Case, CaseError>>,
    loader: Arc<Loader>,
}

impl Planned {
    /// What its files say, or why they can't be read.
    pub fn case(&self) -> Result<&Case, &CaseError> {
        let load = || self.loader.load(self.files.clone());
        self.case.get_or_init(load).as_ref()
    }

    pub fn into_case(self) -> Result<Case, CaseError> {
        let load = || self.loader.load(self.files);
        self.case.into_inner().unwrap_or_else(load)
    }
}

/// The cases that the files make.
pub fn plan(files: Vec<CaseFiles>) -> Vec<Planned> {
    let loader = Arc::new(Loader::default());
    let planned = |files| Planned {
        files,
        case: OnceCell::new(),
        loader: Arc::clone(&loader),
    };
    files.into_iter().map(planned).collect()
}

/// Runs the cases, each as often as `attempts` says, and judges them. After `failures_max` failures no
/// further case is begun.
pub fn run(
    runner: &Runner<'_>,
    planned: Vec<Planned>,
    attempts: Attempts,
    failures_max: Option<usize>,
    mut tell: impl FnMut(WorkEvent<'_, Planned, CaseOutcome>) + Send,
) -> RunEnd {
    let mut left = planned.len();
    let failures_left = AtomicUsize::new(failures_max.unwrap_or(usize::MAX));
    let work = |files, case: Result<Case, _>| {
        if failures_left.load(Ordering::SeqCst) == 0 {
            return None;
        }
        let outcome = match case {
            Ok(case) => attempted(runner, &case, attempts)?,
            Err(error) => {
                let result = CaseResult::NotRun(NotRun::BadCase(error));
                not_run(files, String::new(), result)
            }
        };
        if outcome.result.is_failure() {
            let one_less = |left: usize| left.checked_sub(1);
            let _ = failures_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
        }
        Some(outcome)
    };
    runner.each(planned, work, |event| {
        left -= usize::from(matches!(event, WorkEvent::InOrder(_)));
        tell(event);
    });
    match left {
        _ if runner.interrupt.is_raised() => RunEnd::Interrupted,
        0 => RunEnd::Complete,
        left => RunEnd::EnoughFailures { left },
    }
}

fn not_run(files: CaseFiles, title: String, result: CaseResult) -> CaseOutcome {
    CaseOutcome {
        files,
        title,
        duration: Duration::ZERO,
        runs: Runs::default(),
        result,
        notes: Vec::new(),
    }
}

/// Runs a case as often as is asked for. Of several failures the first is shown. `None` after an interrupt.
fn attempted(runner: &Runner<'_>, case: &Case, attempts: Attempts) -> Option<CaseOutcome> {
    let mut shown = attempt(runner, case)?;
    let (times_max, until_it_passes) = match attempts {
        Attempts::Retries(retries) => (retries.saturating_add(1), true),
        Attempts::Repeat(times) => (times, false),
    };
    while shown.runs.total > 0
        && shown.runs.total < times_max
        && (shown.result.is_failure() || !until_it_passes)
    {
        let next = attempt(runner, case)?;
        if next.runs.total == 0 {
            // The node ran, and now it can't be started: that is what to tell.
            return Some(next);
        }
        let runs = Runs {
            total: shown.runs.total + next.runs.total,
            failed: shown.runs.failed + next.runs.failed,
        };
        match (shown.result.is_failure(), next.result.is_failure()) {
            (true, false) if until_it_passes => {
                shown.result = CaseResult::Flaky(Box::new(shown.result));
            }
            (false, true) => shown = next,
            _ => {}
        }
        shown.runs = runs;
    }
    Some(shown)
}

/// Runs a case once.
fn attempt(runner: &Runner<'_>, case: &Case) -> Option<CaseOutcome> {
    let not_run = |result| not_run(case.files.clone(), case.title.clone(), result);
    if let Some(reason) = case.directives.skip.clone() {
        return Some(not_run(CaseResult::Skipped { reason }));
    }
    let Some(expected) = &case.expected else {
        return Some(not_run(CaseResult::NothingExpected));
    };
    let played = match runner.play(case, expected) {
        Ok(played) => played,
        Err(NotPlayed::NotRun(reason)) => return Some(not_run(CaseResult::NotRun(reason))),
        Err(NotPlayed::Interrupted) => return None,
    };
    let transcript = &played.transcript;
    let (verdict, notes) = played.judged(|played| judge(case, expected, played));
    let verdict = match (verdict, &case.directives.xfail) {
        (CaseVerdict::Failed(failure), Some(_)) if transcript.never_spoke() => {
            return Some(not_run(CaseResult::NotRun(NotRun::NeverSpoke(failure))));
        }
        (verdict, _) => verdict,
    };
    let result = result(verdict, case.directives.xfail.as_ref());
    Some(CaseOutcome {
        files: case.files.clone(),
        title: case.title.clone(),
        duration: transcript.duration,
        runs: Runs {
            total: 1,
            failed: usize::from(result.is_failure()),
        },
        result,
        notes,
    })
}

fn judge(case: &Case, expected: &[ExpectedLine], played: &Played) -> (CaseVerdict, Vec<Note>) {
    let trial = played.trial(case, expected);
    let verdict = trial.judge(&played.transcript);
    let mut notes = judge::notes(&played.transcript, &verdict);
    if matches!(verdict, CaseVerdict::Passed) {
        notes.extend(judge::no_reply(trial, &played.transcript));
    }
    (verdict, notes)
}

fn result(verdict: CaseVerdict, xfail: Option<&String>) -> CaseResult {
    match (verdict, xfail.cloned()) {
        (CaseVerdict::Passed, None) => CaseResult::Passed,
        (CaseVerdict::Passed, Some(reason)) => CaseResult::UnexpectedPass { reason },
        (CaseVerdict::Failed(failure), None) => CaseResult::Failed(failure),
        (CaseVerdict::Failed(_), Some(reason)) => CaseResult::FailedAsExpected { reason },
    }
}

//! The main job: run the cases in parallel and judge each, in order.
//!
//! A straight pipe: [`Planned`] case → [`play`] → transcript → [`judge`] → [`Outcome`].

use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::case::{Case, CaseError, CaseFiles, ExpectedLine, Loader};
use crate::family;
use crate::interrupt::Interrupt;
use crate::judge::{self, Note, Trial, Verdict};
use crate::outcome::{CaseResult, NotRun, Outcome, RunEnd, Runs};
use crate::parallel::{self, Plan};
use crate::play::{self, NotPlayed, Played, Setup};

/// How the cases are run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where their settings come from, but for what they say themselves.
    pub setup: Setup,
    /// How many cases run at once, at least one.
    pub jobs: usize,
    /// How often each case is run.
    pub attempts: Attempts,
    /// After so many failures no further case is begun.
    pub failures_max: Option<usize>,
    /// Whether to report when a case is begun, too.
    pub reports_begun: bool,
}

/// How often a case is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempts {
    /// Until it passes, and so many times more than once at most.
    Retries(usize),
    /// So many times, at least once; it passes if it does every time.
    Repeat(usize),
}

/// Something to report of a run.
#[derive(Debug)]
pub enum Event {
    /// A case was begun.
    Begun(CaseFiles),
    /// A case was judged; those before it may not have been yet.
    Judged {
        /// Its files.
        files: CaseFiles,
        /// Whether it makes the run fail.
        failed: bool,
    },
    /// What became of a case, in the order of the cases.
    Outcome(Outcome),
}

/// A case that was found. It is read when somebody asks for it, at the latest when it is run: so the
/// first node starts while the other cases are unread, and no more of them are kept than are needed.
#[derive(Debug)]
pub struct Planned {
    /// Its files.
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

    /// The same, to keep.
    pub fn into_case(self) -> Result<Case, CaseError> {
        let load = || self.loader.load(self.files);
        self.case.into_inner().unwrap_or_else(load)
    }
}

/// The user ended the run, and with it this case.
struct Interrupted;

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

/// Runs the cases and reports what happens; when it returns, every node is gone.
pub fn run(
    planned: Vec<Planned>,
    options: &Options,
    interrupt: &Interrupt,
    mut report: impl FnMut(Event) + Send,
) -> RunEnd {
    let mut left = planned.len();
    let files: Vec<_> = planned.iter().map(|case| case.files.clone()).collect();
    let failures_left = AtomicUsize::new(options.failures_max.unwrap_or(usize::MAX));
    let plan = Plan {
        jobs: options.jobs,
        tells_begun: options.reports_begun,
    };
    let work = |planned: Planned| {
        if interrupt.is_raised() || failures_left.load(Ordering::SeqCst) == 0 {
            return None;
        }
        let outcome = outcome(planned, options, interrupt).ok()?;
        if outcome.result.is_failure() {
            let one_less = |left: usize| left.checked_sub(1);
            let _ = failures_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
        }
        Some(outcome)
    };
    let tell = |event: parallel::Event<'_, Outcome>| match event {
        parallel::Event::Begun(position) => {
            report_files(&files, position, Event::Begun, &mut report);
        }
        parallel::Event::Done(position, outcome) => {
            let failed = outcome.result.is_failure();
            let judged = |files| Event::Judged { files, failed };
            report_files(&files, position, judged, &mut report);
        }
        parallel::Event::InOrder(outcome) => {
            left -= 1;
            report(Event::Outcome(outcome));
        }
    };
    parallel::run(planned, plan, work, tell);
    family::end_adopted();
    match left {
        _ if interrupt.is_raised() => RunEnd::Interrupted,
        0 => RunEnd::Complete,
        left => RunEnd::EnoughFailures { left },
    }
}

fn report_files(
    files: &[CaseFiles],
    position: usize,
    event: impl FnOnce(CaseFiles) -> Event,
    report: &mut impl FnMut(Event),
) {
    if let Some(files) = files.get(position) {
        report(event(files.clone()));
    }
}

fn outcome(
    planned: Planned,
    options: &Options,
    interrupt: &Interrupt,
) -> Result<Outcome, Interrupted> {
    let files = planned.files.clone();
    match planned.into_case() {
        Ok(case) => attempts(&case, options, interrupt),
        Err(error) => {
            let result = CaseResult::NotRun(NotRun::BadCase(error));
            Ok(not_run(files, String::new(), result))
        }
    }
}

fn not_run(files: CaseFiles, title: String, result: CaseResult) -> Outcome {
    Outcome {
        files,
        title,
        duration: Duration::ZERO,
        runs: Runs::default(),
        result,
        notes: Vec::new(),
    }
}

/// Runs a case as often as is asked for. Of several failures the first is shown.
fn attempts(case: &Case, options: &Options, interrupt: &Interrupt) -> Result<Outcome, Interrupted> {
    let mut shown = attempt(case, options, interrupt)?;
    let (times_max, until_it_passes) = match options.attempts {
        Attempts::Retries(retries) => (retries.saturating_add(1), true),
        Attempts::Repeat(times) => (times, false),
    };
    while shown.runs.total > 0
        && shown.runs.total < times_max
        && (shown.result.is_failure() || !until_it_passes)
    {
        let next = attempt(case, options, interrupt)?;
        if next.runs.total == 0 {
            // The node ran, and now it can't be started: that is what to tell.
            return Ok(next);
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
    Ok(shown)
}

/// Runs a case once.
fn attempt(case: &Case, options: &Options, interrupt: &Interrupt) -> Result<Outcome, Interrupted> {
    let not_run = |result| not_run(case.files.clone(), case.title.clone(), result);
    if let Some(reason) = case.directives.skip.clone() {
        return Ok(not_run(CaseResult::Skipped { reason }));
    }
    let Some(expected) = &case.expected else {
        return Ok(not_run(CaseResult::NothingExpected));
    };
    let played = match play::play(case, expected, &options.setup, interrupt) {
        Ok(played) => played,
        Err(NotPlayed::NotRun(reason)) => return Ok(not_run(CaseResult::NotRun(reason))),
        Err(NotPlayed::Interrupted) => return Err(Interrupted),
    };
    let transcript = &played.transcript;
    let (verdict, notes) = played.judged(|played| judge(case, expected, played));
    let verdict = match (verdict, &case.directives.xfail) {
        (Verdict::Failed(failure), Some(_)) if transcript.never_spoke() => {
            return Ok(not_run(CaseResult::NotRun(NotRun::NeverSpoke(failure))));
        }
        (verdict, _) => verdict,
    };
    let result = result(verdict, case.directives.xfail.as_ref());
    Ok(Outcome {
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

fn judge(case: &Case, expected: &[ExpectedLine], played: &Played) -> (Verdict, Vec<Note>) {
    let trial = Trial {
        case,
        expected,
        mode: played.mode,
        rules: &played.rules,
    };
    let verdict = trial.judge(&played.transcript);
    let mut notes = judge::notes(&played.transcript, &verdict);
    if matches!(verdict, Verdict::Passed) {
        notes.extend(judge::no_reply(trial, &played.transcript));
    }
    (verdict, notes)
}

fn result(verdict: Verdict, xfail: Option<&String>) -> CaseResult {
    match (verdict, xfail.cloned()) {
        (Verdict::Passed, None) => CaseResult::Passed,
        (Verdict::Passed, Some(reason)) => CaseResult::UnexpectedPass { reason },
        (Verdict::Failed(failure), None) => CaseResult::Failed(failure),
        (Verdict::Failed(_), Some(reason)) => CaseResult::FailedAsExpected { reason },
    }
}

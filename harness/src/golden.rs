//! EDGE. The main job: run the cases in parallel and judge each, in order.
//!
//! A straight pipe: [`Planned`] case → node process driven by its script →
//! transcript → verdict → [`Outcome`]. Outcomes come out in the order of the
//! cases, however long each took.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::case::settings::Settings;
use crate::case::{Case, CaseError, CaseFiles, Loader};
use crate::family;
use crate::interrupt::Interrupt;
use crate::judge::{self, Verdict};
use crate::matching::bindings::KnownIds;
use crate::matching::compare::Rules;
use crate::outcome::{CaseResult, NotRun, Outcome, RunEnd, Runs};
use crate::process::{self, Launch, Process, Woke};
use crate::script::{Action, Script, Stop};
use crate::transcript::{Ending, Transcript};

/// How much of a node's stdout is kept, in bytes; one that writes more is ended.
pub const OUTPUT_MAX: usize = 16 * 1024 * 1024;

/// How often is looked whether a node has taken its input while the case waits for that.
const DELIVERY_TICK: Duration = Duration::from_millis(5);

/// How the cases are run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The node if nobody names another, a file.
    pub program: PathBuf,
    /// What the command line says; it beats what a case says for itself.
    pub settings: Settings,
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

/// A case that was found, and whether it could be read.
#[derive(Debug)]
pub struct Planned {
    /// Its files.
    pub files: CaseFiles,
    /// What they say.
    pub case: Result<Case, CaseError>,
}

/// The user ended the run, and with it this case.
struct Interrupted;

/// Reads the cases.
pub fn plan(files: Vec<CaseFiles>) -> Vec<Planned> {
    let mut loader = Loader::default();
    let planned = |files: CaseFiles| Planned {
        case: loader.load(files.clone()),
        files,
    };
    files.into_iter().map(planned).collect()
}

/// Runs the cases and reports what happens; when it returns, every node is gone.
pub fn run(
    planned: Vec<Planned>,
    options: &Options,
    interrupt: &Interrupt,
    mut report: impl FnMut(Event),
) -> RunEnd {
    let queue = Queue::new(planned, options.failures_max);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        let mut workers = 0;
        for _ in 0..options.jobs.min(queue.len()) {
            let (queue, sender) = (&queue, sender.clone());
            let work = move || work(queue, options, interrupt, &sender);
            let Ok(_) = thread::Builder::new().spawn_scoped(scope, work) else {
                // The system has no more threads: those that there are do the work.
                break;
            };
            workers += 1;
        }
        if workers == 0 {
            work(&queue, options, interrupt, &sender);
        }
        drop(sender);
        in_order(receiver, &mut report);
    });
    family::end_adopted();
    match queue.left() {
        _ if interrupt.is_raised() => RunEnd::Interrupted,
        0 => RunEnd::Complete,
        left => RunEnd::EnoughFailures { left },
    }
}

/// Reports what the workers say, outcomes in the order of the cases.
fn in_order(said: mpsc::Receiver<Said>, report: &mut impl FnMut(Event)) {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for said in said {
        match said {
            Said::Begun(files) => report(Event::Begun(files)),
            Said::Judged(position, outcome) => {
                report(Event::Judged {
                    files: outcome.files.clone(),
                    failed: outcome.result.is_failure(),
                });
                waiting.insert(position, outcome);
            }
        }
        while let Some(outcome) = waiting.remove(&next) {
            report(Event::Outcome(outcome));
            next += 1;
        }
    }
    // After an interrupt there are gaps; what was judged is still reported.
    for outcome in waiting.into_values() {
        report(Event::Outcome(outcome));
    }
}

/// What a worker says.
enum Said {
    Begun(CaseFiles),
    Judged(usize, Outcome),
}

/// The cases that nobody has taken yet.
struct Queue {
    planned: Vec<Mutex<Option<Planned>>>,
    next: AtomicUsize,
    /// How many more failures there may be.
    failures_left: AtomicUsize,
}

impl Queue {
    fn new(planned: Vec<Planned>, failures_max: Option<usize>) -> Self {
        let planned = planned.into_iter().map(|planned| Mutex::new(Some(planned)));
        Self {
            planned: planned.collect(),
            next: AtomicUsize::new(0),
            failures_left: AtomicUsize::new(failures_max.unwrap_or(usize::MAX)),
        }
    }

    fn len(&self) -> usize {
        self.planned.len()
    }

    fn take(&self) -> Option<(usize, Planned)> {
        if self.failures_left.load(Ordering::SeqCst) == 0 {
            return None;
        }
        let position = self.next.fetch_add(1, Ordering::Relaxed);
        let planned = self.planned.get(position)?.lock().ok()?.take()?;
        Some((position, planned))
    }

    /// A case failed.
    fn count_failure(&self) {
        let one_less = |left: usize| Some(left.saturating_sub(1));
        let _ = self
            .failures_left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
    }

    /// How many cases nobody has taken.
    fn left(&self) -> usize {
        self.len().saturating_sub(self.next.load(Ordering::Relaxed))
    }
}

fn work(queue: &Queue, options: &Options, interrupt: &Interrupt, sender: &mpsc::Sender<Said>) {
    while !interrupt.is_raised()
        && let Some((position, planned)) = queue.take()
    {
        if options.reports_begun && sender.send(Said::Begun(planned.files.clone())).is_err() {
            return;
        }
        let Ok(outcome) = outcome(planned, options, interrupt) else {
            return;
        };
        if outcome.result.is_failure() {
            queue.count_failure();
        }
        if sender.send(Said::Judged(position, outcome)).is_err() {
            return;
        }
    }
}

fn outcome(
    planned: Planned,
    options: &Options,
    interrupt: &Interrupt,
) -> Result<Outcome, Interrupted> {
    match planned.case {
        Ok(case) => attempts(&case, options, interrupt),
        Err(error) => {
            let result = CaseResult::NotRun(NotRun::BadCase(error));
            Ok(not_run(planned.files, String::new(), result))
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
    let settings = options.settings.over(&case.settings());
    let mode = settings.match_mode();
    let rules = Rules {
        msg_id: settings.msg_id(),
        known: KnownIds::of(&case.requests, expected),
    };
    let launch = launch(&settings, options);
    let script = Script::new(case, mode, &rules, settings.timeout());
    let transcript = match perform(launch, script, settings.timeout(), interrupt) {
        Ok(transcript) => transcript,
        Err(PerformError::NotRun(reason)) => return Ok(not_run(CaseResult::NotRun(reason))),
        Err(PerformError::Interrupted) => return Err(Interrupted),
    };
    let verdict = judge::judge(case, expected, mode, &rules, &transcript);
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
        notes: judge::notes(&transcript),
    })
}

fn result(verdict: Verdict, xfail: Option<&String>) -> CaseResult {
    match (verdict, xfail.cloned()) {
        (Verdict::Passed, None) => CaseResult::Passed,
        (Verdict::Passed, Some(reason)) => CaseResult::UnexpectedPass { reason },
        (Verdict::Failed(failure), None) => CaseResult::Failed(failure),
        (Verdict::Failed(_), Some(reason)) => CaseResult::FailedAsExpected { reason },
    }
}

enum PerformError {
    NotRun(NotRun),
    Interrupted,
}

fn launch(settings: &Settings, options: &Options) -> Launch {
    let bin = settings.bin.as_ref().map(|said| &said.value);
    let args = settings.args.as_ref().map(|said| said.value.clone());
    Launch {
        program: bin.unwrap_or(&options.program).clone(),
        args: args.unwrap_or_default(),
        env: settings.env.iter().map(|said| said.value.clone()).collect(),
    }
}

/// Runs one case's node from start to end.
fn perform(
    launch: Launch,
    mut script: Script<'_>,
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<Transcript, PerformError> {
    let started = Instant::now();
    let mut process = Process::start(&launch).map_err(|error| {
        PerformError::NotRun(NotRun::NotStarted {
            first_line: process::first_line(&launch.program),
            program: launch.program,
            error,
        })
    })?;
    let driven = drive(&mut process, &mut script, started, interrupt);
    let unread = process.unread_bytes();
    let input_refused = process.input_refused();
    let broken = |error| PerformError::NotRun(NotRun::Broken(error));
    let ended = process.end(OUTPUT_MAX).map_err(broken)?;
    let ending = match driven.map_err(broken)? {
        Driven::Interrupted => return Err(PerformError::Interrupted),
        Driven::Exited => Ending::Exited(ended.exit),
        Driven::Stopped(ending) => ending,
    };
    let (input_closed, sent_line) = (script.input_closed(), script.sent_line());
    let (names, in_vain) = script.finish();
    Ok(Transcript {
        output: ended.output,
        stderr: ended.stderr,
        ending,
        duration: started.elapsed(),
        left_children: ended.left_children,
        unread,
        input_closed,
        sent_line,
        input_refused,
        timeout,
        names,
        in_vain,
    })
}

/// How driving a node came to its end.
enum Driven {
    Exited,
    Stopped(Ending),
    Interrupted,
}

fn drive(
    process: &mut Process,
    script: &mut Script<'_>,
    started: Instant,
    interrupt: &Interrupt,
) -> io::Result<Driven> {
    let mut lines = LineEnds::default();
    loop {
        let now = started.elapsed();
        hear(process, script, now, &mut lines);
        if process.has_exited() {
            return Ok(Driven::Exited);
        }
        if process.output().len() >= OUTPUT_MAX {
            let output_max = OUTPUT_MAX;
            return Ok(Driven::Stopped(Ending::Flooded { output_max }));
        }
        while let Some(action) = script.next(now) {
            match action {
                Action::Send(bytes) => process.send(&bytes),
                Action::CloseInput => process.close_input(),
                Action::Stop(Stop::Lingered) => return Ok(Driven::Stopped(Ending::Lingered)),
                Action::Stop(Stop::TimedOut) => return Ok(Driven::Stopped(Ending::TimedOut)),
            }
        }
        let mut wait = script.deadline().saturating_sub(now);
        if script.awaits_delivery() {
            // Nothing tells when a node takes what stands in its pipe.
            wait = wait.min(DELIVERY_TICK);
        }
        if process.wait(wait, interrupt)? == Woke::Interrupted {
            return Ok(Driven::Interrupted);
        }
    }
}

/// Tells the script what has happened since the last time.
fn hear(process: &Process, script: &mut Script<'_>, now: Duration, lines: &mut LineEnds) {
    while let Some(line) = lines.next(process.output()) {
        script.heard(now, line);
    }
    if script.awaits_delivery() && process.is_delivered() {
        script.delivered(now);
    }
    if process.output_ended() {
        script.output_ended(now);
    }
}

/// How far a growing output was split into lines. A line without end is looked at only once.
#[derive(Default)]
struct LineEnds {
    line_start: usize,
    looked_at: usize,
}

impl LineEnds {
    fn next<'output>(&mut self, output: &'output [u8]) -> Option<&'output [u8]> {
        let new = output.get(self.looked_at..)?;
        let Some(end) = memchr::memchr(b'\n', new) else {
            self.looked_at = output.len();
            return None;
        };
        let start = self.line_start;
        self.looked_at += end + 1;
        self.line_start = self.looked_at;
        output.get(start..self.line_start)
    }
}

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
use crate::outcome::{CaseResult, NotRun, Outcome};
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
}

/// A case that was found, and whether it could be read.
#[derive(Debug)]
pub struct Planned {
    /// Its files.
    pub files: CaseFiles,
    /// What they say.
    pub case: Result<Case, CaseError>,
}

/// A run that the user ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

/// Reads the cases.
pub fn plan(files: Vec<CaseFiles>) -> Vec<Planned> {
    let mut loader = Loader::default();
    let planned = |files: CaseFiles| Planned {
        case: loader.load(files.clone()),
        files,
    };
    files.into_iter().map(planned).collect()
}

/// Runs all cases; gives each outcome to `report`, in the order of the cases.
///
/// # Errors
/// [`Interrupted`], when every node is gone.
pub fn run(
    planned: Vec<Planned>,
    options: &Options,
    interrupt: &Interrupt,
    mut report: impl FnMut(Outcome),
) -> Result<(), Interrupted> {
    let queue = Queue::new(planned);
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
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        for (position, outcome) in receiver {
            waiting.insert(position, outcome);
            while let Some(outcome) = waiting.remove(&next) {
                report(outcome);
                next += 1;
            }
        }
        // After an interrupt there are gaps; what was judged is still reported.
        waiting.into_values().for_each(report);
    });
    family::end_adopted();
    if interrupt.is_raised() {
        return Err(Interrupted);
    }
    Ok(())
}

/// The cases that nobody has taken yet.
struct Queue {
    planned: Vec<Mutex<Option<Planned>>>,
    next: AtomicUsize,
}

impl Queue {
    fn new(planned: Vec<Planned>) -> Self {
        let planned = planned.into_iter().map(|planned| Mutex::new(Some(planned)));
        Self {
            planned: planned.collect(),
            next: AtomicUsize::new(0),
        }
    }

    fn len(&self) -> usize {
        self.planned.len()
    }

    fn take(&self) -> Option<(usize, Planned)> {
        let position = self.next.fetch_add(1, Ordering::Relaxed);
        let planned = self.planned.get(position)?.lock().ok()?.take()?;
        Some((position, planned))
    }
}

fn work(
    queue: &Queue,
    options: &Options,
    interrupt: &Interrupt,
    sender: &mpsc::Sender<(usize, Outcome)>,
) {
    while !interrupt.is_raised()
        && let Some((position, planned)) = queue.take()
        && let Ok(outcome) = outcome(planned, options, interrupt)
        && sender.send((position, outcome)).is_ok()
    {}
}

fn outcome(
    planned: Planned,
    options: &Options,
    interrupt: &Interrupt,
) -> Result<Outcome, Interrupted> {
    let mut outcome = Outcome {
        files: planned.files,
        title: String::new(),
        duration: Duration::ZERO,
        result: CaseResult::Passed,
        notes: Vec::new(),
    };
    let case = match planned.case {
        Ok(case) => case,
        Err(error) => {
            outcome.result = CaseResult::NotRun(NotRun::BadCase(error));
            return Ok(outcome);
        }
    };
    outcome.title.clone_from(&case.title);
    if let Some(reason) = &case.directives.skip {
        outcome.result = CaseResult::Skipped {
            reason: reason.clone(),
        };
        return Ok(outcome);
    }
    let Some(expected) = &case.expected else {
        outcome.result = CaseResult::NothingExpected;
        return Ok(outcome);
    };
    let settings = options.settings.over(&case.settings());
    let mode = settings.match_mode();
    let rules = Rules {
        msg_id: settings.msg_id(),
        known: KnownIds::of(&case.requests, expected),
    };
    let launch = launch(&settings, options);
    let script = Script::new(&case, mode, &rules, settings.timeout());
    match perform(launch, script, settings.timeout(), interrupt) {
        Ok(transcript) => {
            outcome.duration = transcript.duration;
            outcome.notes = judge::notes(&transcript);
            let verdict = judge::judge(&case, expected, mode, &rules, &transcript);
            outcome.result = result(verdict, case.directives.xfail.as_ref());
        }
        Err(PerformError::NotRun(not_run)) => outcome.result = CaseResult::NotRun(not_run),
        Err(PerformError::Interrupted) => return Err(Interrupted),
    }
    Ok(outcome)
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

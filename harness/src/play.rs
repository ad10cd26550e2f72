//! EDGE. One case's node, from start to end: its script says what to send and when to stop, its
//! process carries the bytes. What comes out is a transcript, and no judgement.

pub mod cluster;

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::case::mode::MatchMode;
use crate::case::settings::Settings;
use crate::case::{Case, ExpectedLine};
use crate::interrupt::Interrupt;
use crate::matching::bindings::KnownIds;
use crate::matching::compare::Rules;
use crate::outcome::NotRun;
use crate::process::{self, Launch, Process, Woke};
use crate::script::cluster::ClusterScript;
use crate::script::{Action, Script, Stop};
use crate::transcript::{Ending, Transcript};

/// How much of a node's stdout is kept, in bytes; one that writes more is ended.
pub const OUTPUT_MAX: usize = 16 * 1024 * 1024;

/// How often is looked whether a node has taken its input while the case waits for that.
const DELIVERY_TICK: Duration = Duration::from_millis(5);

/// What is said from outside about how a case is run.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The node if nobody names another, a file.
    pub program: PathBuf,
    /// What the command line says; it beats what a case says for itself.
    pub settings: Settings,
}

/// A case that was run, before it is judged.
#[derive(Debug)]
pub struct Played {
    /// Which sequences of messages pass.
    pub mode: MatchMode,
    /// How messages are compared.
    pub rules: Rules,
    /// What happened.
    pub transcript: Transcript,
}

/// Why there is nothing to judge.
#[derive(Debug)]
pub enum NotPlayed {
    /// It could not be run.
    NotRun(NotRun),
    /// The user ended the run.
    Interrupted,
}

/// Runs a case once. `expected`: what its `.expected` says, if there is one.
///
/// # Errors
/// Why nothing came of it.
pub fn play(
    case: &Case,
    expected: &[ExpectedLine],
    setup: &Setup,
    interrupt: &Interrupt,
) -> Result<Played, NotPlayed> {
    let settings = setup.settings.over(&case.settings());
    let mode = settings.match_mode();
    let rules = Rules {
        msg_id: settings.msg_id(),
        known: KnownIds::of(&case.requests, expected).counted_anew(case.restarted()),
    };
    let launch = launch(&settings, setup);
    let timeout = settings.timeout();
    let transcript = match &case.directives.cluster {
        None => {
            let script = Script::new(case, mode, &rules, timeout);
            perform(launch, script, timeout, interrupt)?
        }
        Some(nodes) => {
            let limits = cluster::limits(timeout);
            let script = ClusterScript::new(case, nodes, mode, &rules, limits);
            cluster::perform(launch, nodes, script, timeout, interrupt)?
        }
    };
    Ok(Played {
        mode,
        rules,
        transcript,
    })
}

fn launch(settings: &Settings, setup: &Setup) -> Launch {
    let bin = settings.bin.as_ref().map(|said| &said.value);
    let args = settings.args.as_ref().map(|said| said.value.clone());
    Launch {
        program: bin.unwrap_or(&setup.program).clone(),
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
) -> Result<Transcript, NotPlayed> {
    let started = Instant::now();
    let mut process = Process::start(&launch).map_err(|error| {
        NotPlayed::NotRun(NotRun::NotStarted {
            first_line: process::first_line(&launch.program),
            program: launch.program,
            error,
        })
    })?;
    let driven = drive(&mut process, &mut script, started, interrupt);
    let unread = process.unread_bytes();
    let input_refused = process.input_refused();
    let broken = |error| NotPlayed::NotRun(NotRun::Broken(error));
    let ended = process.end(OUTPUT_MAX).map_err(broken)?;
    let ending = match driven.map_err(broken)? {
        Driven::Interrupted => return Err(NotPlayed::Interrupted),
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
        mishaps: Vec::new(),
        asked_in_vain: Vec::new(),
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

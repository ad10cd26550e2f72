//! EDGE. One case's node, from start to end: its script says what to send and when to stop, its
//! process carries the bytes. What comes out is a transcript, and no judgement.

pub mod cluster;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::case::mode::{ExitMode, MatchMode};
use crate::case::settings::{Origin, Settings};
use crate::case::{Case, CaseFiles, ExpectedLine};
use crate::interrupt::Interrupt;
use crate::json::weight;
use crate::launch::{self, Launch};
use crate::matching::bindings::KnownIds;
use crate::matching::difference::Rules;
use crate::outcome::NotRun;
use crate::output::{Lines, Output};
use crate::process::clock::Clock;
use crate::process::{self, Process, Woke};
use crate::script::cluster::ClusterScript;
use crate::script::owed::Awaited;
use crate::script::stillness::Look;
use crate::script::{Action, Manner, Script, Stop};
use crate::transcript::{Ending, Transcript};
use crate::workplace::{self, Workplace};

/// How much of a node's stdout is kept, in bytes; one that writes more is ended.
pub const OUTPUT_MAX: usize = 16 * 1024 * 1024;

/// How often is looked whether a node has taken its input while the case waits for that.
const DELIVERY_TICK: Duration = Duration::from_millis(5);

/// The most memory that a line may take, in bytes, to be heard at the same time as those
/// of other nodes.
const HEARD_AT_ONCE_MAX: usize = 256 * 1024;

/// The most memory that a run may take, in bytes, to be judged at the same time as others.
const LIGHT_MAX: usize = 512 * 1024;

/// What is said from outside about how a case is run.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The node if nobody names another, a file.
    pub program: PathBuf,
    /// What the command line says; it beats what a case says for itself.
    pub settings: Settings,
    /// Which messages are waited for.
    pub awaited: Awaited,
}

/// A case that was run, before it is judged.
#[derive(Debug)]
pub struct Played {
    mode: MatchMode,
    rules: Rules,
    /// Without the output, if that is still aside.
    transcript: Transcript,
    /// The output, if it was put aside.
    aside: Option<Output>,
}

impl Played {
    /// Whether it takes so much memory to judge that it shouldn't be done to others meanwhile.
    pub fn is_large(&self) -> bool {
        let output = &self.transcript.output;
        let may_be = weight::may_reach(output.len(), LIGHT_MAX);
        self.aside.is_some() || (may_be && weight::of(output, LIGHT_MAX) >= LIGHT_MAX)
    }

    /// Gets the output back if it was put aside, and gives away what happened.
    ///
    /// # Errors
    /// Those of the file in which it is.
    pub fn open(self) -> io::Result<Opened> {
        let mut transcript = self.transcript;
        if let Some(output) = self.aside {
            transcript.output = output.into_bytes()?;
        }
        Ok(Opened {
            mode: self.mode,
            rules: self.rules,
            transcript,
        })
    }
}

/// The same with the whole output in memory.
#[derive(Debug)]
pub struct Opened {
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
    let mut launch = launch(&settings, &setup.program, &case.files);
    let manner = Manner {
        mode,
        pace: settings.pace(),
        awaited: setup.awaited,
        timeout: settings.timeout(),
    };
    let timeout = manner.timeout;
    let (mut transcript, aside) = match &case.directives.cluster {
        None => {
            let script = Script::new(case, &rules, manner);
            let place = workplace(&settings)?;
            launch.folder = Some(place.path().to_path_buf());
            perform(launch, script, timeout, interrupt)?
        }
        Some(nodes) => {
            let script = ClusterScript::new(case, nodes, &rules, manner, OUTPUT_MAX);
            let places = nodes.nodes.iter().map(|_| workplace(&settings));
            let places: Vec<_> = places.collect::<Result<_, _>>()?;
            let transcript = cluster::perform(launch, nodes, &places, script, timeout, interrupt)?;
            (transcript, None)
        }
    };
    transcript.exit_mode = settings.exit();
    Ok(Played {
        mode,
        rules,
        transcript,
        aside,
    })
}

/// What is started for a case with these settings, but for the working folder. `program`: the node if
/// the settings name none.
pub fn launch(settings: &Settings, program: &Path, files: &CaseFiles) -> Launch {
    let bin = settings.bin.as_ref().map(|said| said.value.as_path());
    let args = settings.args.as_ref().map(|said| {
        // What a file names lies beside it, or where the harness runs.
        let by = match &said.by {
            Origin::CommandLine => None,
            Origin::Case { .. } => files.input.parent(),
            Origin::Config { file, .. } => file.parent(),
        };
        let here = Path::new("");
        launch::with_absolute_paths(&said.value, &[by.unwrap_or(here), here])
    });
    Launch {
        program: bin.unwrap_or(program).to_path_buf(),
        args: args.unwrap_or_default(),
        env: settings.env.iter().map(|said| said.value.clone()).collect(),
        folder: None,
    }
}

/// The folder for one node.
fn workplace(settings: &Settings) -> Result<Workplace, NotPlayed> {
    let chosen = settings.cwd.as_ref().map(|said| said.value.as_path());
    chosen
        .map_or_else(Workplace::fresh, Workplace::chosen)
        .map_err(|error| {
            let folder = chosen.map_or_else(workplace::place, Path::to_path_buf);
            NotPlayed::NotRun(NotRun::NoWorkplace { folder, error })
        })
}

/// Runs one case's node from start to end.
fn perform(
    launch: Launch,
    mut script: Script<'_>,
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<(Transcript, Option<Output>), NotPlayed> {
    let clock = Clock::start();
    let mut process = Process::start(&launch).map_err(|error| {
        NotPlayed::NotRun(NotRun::NotStarted {
            first_line: process::first_line(&launch.program),
            program: launch.program,
            error,
        })
    })?;
    let mut output = Output::default();
    let driven = drive(&mut process, &mut script, &mut output, &clock, interrupt);
    let unread = process.unread_bytes();
    let input_refused = process.input_refused();
    let broken = |error| NotPlayed::NotRun(NotRun::Broken(error));
    let left = OUTPUT_MAX.saturating_sub(output.len());
    let ended = process.end(left).map_err(broken)?;
    let ending = match driven.map_err(broken)? {
        Driven::Interrupted => return Err(NotPlayed::Interrupted),
        Driven::Exited => Ending::Exited(ended.exit),
        Driven::Stopped(ending) => ending,
    };
    output.push(&ended.output).map_err(broken)?;
    let (output, aside) = match output.in_memory() {
        Some(_) => (output.into_bytes().map_err(broken)?, None),
        None => (Vec::new(), Some(output)),
    };
    let (input_closed, sent_line) = (script.input_closed(), script.sent_line());
    let (names, in_vain) = script.finish();
    let transcript = Transcript {
        output,
        stderr: ended.stderr,
        ending,
        duration: clock.now(),
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
        idle: Vec::new(),
        exit_mode: ExitMode::default(),
    };
    Ok((transcript, aside))
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
    output: &mut Output,
    clock: &Clock,
    interrupt: &Interrupt,
) -> io::Result<Driven> {
    let mut lines = Lines::default();
    loop {
        let now = clock.now();
        let new = process.take_output();
        output.push(&new)?;
        lines.push(&new, script.listens(), |line| hear(script, now, line));
        look(process, script, now);
        if process.has_exited() {
            script.exited(now);
            return Ok(Driven::Exited);
        }
        if output.len() >= OUTPUT_MAX {
            let output_max = OUTPUT_MAX;
            return Ok(Driven::Stopped(Ending::Flooded { output_max }));
        }
        while let Some(action) = script.next(now) {
            match action {
                Action::Send(bytes) => process.send(&bytes),
                Action::CloseInput => {
                    process.close_input();
                }
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

/// Tells the script of a line. What it takes to read one mustn't be taken for each of many nodes.
fn hear(script: &mut Script<'_>, now: Duration, line: &[u8]) {
    static LONG: Mutex<()> = Mutex::new(());
    if !script.listens() {
        return script.heard(now, b"");
    }
    let weight = if weight::may_reach(line.len(), HEARD_AT_ONCE_MAX) {
        weight::of(line, weight::HEARD_MAX)
    } else {
        0
    };
    if weight < HEARD_AT_ONCE_MAX {
        return script.heard(now, line);
    }
    // What a panic elsewhere left behind holds nobody up.
    let _alone = LONG.lock().unwrap_or_else(PoisonError::into_inner);
    let is_heard = weight < weight::HEARD_MAX;
    script.heard(now, if is_heard { line } else { b"" });
}

/// Tells the script how the node's pipes stand.
fn look(process: &Process, script: &mut Script<'_>, now: Duration) {
    if script.awaits_delivery() && process.is_delivered() {
        script.delivered();
    }
    if process.output_ended() {
        script.output_ended(now);
    }
    if script.asks_for_look(now) {
        let work = process.work();
        let look = Look {
            is_delivered: process.is_delivered(),
            work: work.map(|work| (work.time, work.wants_more)),
        };
        script.looked(now, look);
    }
}

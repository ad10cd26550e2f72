//! EDGE. One case's node, from start to end: its script says what to send and when to stop, its
//! process carries the bytes. What comes out is a transcript, and no judgement.

pub mod cluster;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::case::mode::MatchMode;
use crate::case::settings::{CaseSettings, Origin};
use crate::case::{Case, CaseFiles, ExpectedLine};
use crate::interrupt::Interrupt;
use crate::judge::Trial;
use crate::launch::{self, Launch};
use crate::matching::bindings::KnownIds;
use crate::matching::difference::Rules;
use crate::outcome::NotRun;
use crate::output::{self, Output};
use crate::parallel::OneThread;
use crate::process::clock::Clock;
use crate::process::{self, Process, Woke};
use crate::script::cluster::ClusterScript;
use crate::script::owed::Awaited;
use crate::script::stillness::Glance;
use crate::script::{Action, Manner, Script, Stop};
use crate::transcript::{Ending, Transcript};
use crate::workplace::{self, Workplace};

/// How often is looked whether a node has taken its input while the case waits for that.
const DELIVERY_TICK: Duration = Duration::from_millis(5);

/// Where large lines are heard: read, they take memory that not each of many nodes can have. Another one than
/// where they are judged, for a node's time runs meanwhile.
static HEARING: OneThread = OneThread::lazy();

/// Where large outputs are judged.
static JUDGING: OneThread = OneThread::lazy();

/// What is said from outside about how a case is run.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The node if nobody names another, a file.
    pub program: PathBuf,
    /// What the command line says; it beats what a case says for itself.
    pub settings: CaseSettings,
    /// Which messages are waited for.
    pub awaited: Awaited,
}

/// A case that was run, before it is judged.
#[derive(Debug)]
pub struct Played {
    /// Which sequences of messages pass.
    pub mode: MatchMode,
    pub rules: Rules,
    pub transcript: Transcript,
}

impl Played {
    /// What it is judged by, with these expected lines.
    pub fn trial<'a>(&'a self, case: &'a Case, expected: &'a [ExpectedLine]) -> Trial<'a> {
        Trial {
            case,
            expected,
            mode: self.mode,
            rules: &self.rules,
        }
    }

    /// Judges it; a large one while no other large one is.
    pub fn judged<T: Send>(&self, judge: impl FnOnce(&Self) -> T + Send) -> T {
        if output::is_large(&self.transcript.output) {
            JUDGING.run(|| judge(self))
        } else {
            judge(self)
        }
    }
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
        background: settings.background(),
    };
    let mut launch = launch(&settings, &setup.program, &case.files);
    let manner = Manner {
        mode,
        pace: settings.pace(),
        awaited: setup.awaited,
        timeout: settings.timeout(),
    };
    let output_max = settings.output_max();
    let mut transcript = match &case.directives.cluster {
        None => {
            let script = Script::new(case, &rules, manner);
            let place = workplace(&settings)?;
            launch.folder = Some(place.path().to_path_buf());
            perform(&launch, script, output_max, interrupt)?
        }
        Some(nodes) => {
            let script = ClusterScript::new(case, nodes, &rules, manner, output_max);
            let places = nodes.nodes.iter().map(|_| workplace(&settings));
            let places: Vec<_> = places.collect::<Result<_, _>>()?;
            cluster::perform(launch, nodes, &places, script, interrupt)?
        }
    };
    transcript.timeout = manner.timeout;
    transcript.exit_mode = settings.exit();
    Ok(Played {
        mode,
        rules,
        transcript,
    })
}

/// What is started for a case with these settings, but for the working folder. `program`: the node if
/// the settings name none.
pub fn launch(settings: &CaseSettings, program: &Path, files: &CaseFiles) -> Launch {
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
fn workplace(settings: &CaseSettings) -> Result<Workplace, NotPlayed> {
    let chosen = settings.cwd.as_ref().map(|said| said.value.as_path());
    chosen
        .map_or_else(Workplace::fresh, Workplace::chosen)
        .map_err(|error| {
            let folder = chosen.map_or_else(workplace::place, Path::to_path_buf);
            let is_fresh = chosen.is_none();
            NotPlayed::NotRun(NotRun::NoWorkplace {
                folder,
                is_fresh,
                error,
            })
        })
}

/// Runs one case's node from start to end; `output_max`: the bytes that it may write to stdout.
fn perform(
    launch: &Launch,
    mut script: Script<'_>,
    output_max: usize,
    interrupt: &Interrupt,
) -> Result<Transcript, NotPlayed> {
    let clock = Clock::start();
    let started = Process::start(launch);
    let mut process =
        started.map_err(|error| NotPlayed::NotRun(not_started(&launch.program, error)))?;
    let mut output = Output::default();
    let watch = (&clock, interrupt);
    let driven = drive(&mut process, &mut script, &mut output, output_max, watch);
    let scheduled = matches!(driven, Ok(Driven::Stopped(Ending::TimedOut)))
        .then(|| process.scheduled())
        .flatten();
    let unread = process.unread_bytes();
    let input_refused = process.input_refused();
    // One more: so it is seen whether there was more.
    let left = (output_max + 1).saturating_sub(output.bytes().len());
    let ended = process.end(left).map_err(broken)?;
    output.push(&ended.output, false, |_| {});
    let floods = output.exceeds(output_max);
    output.truncate(output_max);
    let ending = match driven.map_err(broken)? {
        Driven::Interrupted => return Err(NotPlayed::Interrupted),
        _ if floods => Ending::Flooded { output_max },
        Driven::Exited => Ending::Exited(ended.exit),
        Driven::Stopped(ending) => ending,
    };
    let (input_closed, sent_line) = (script.input_closed(), script.sent_line());
    let (names, in_vain) = script.finish();
    Ok(Transcript {
        stderr: ended.stderr,
        ending,
        duration: clock.now(),
        left_children: ended.left_children,
        unread,
        input_closed,
        sent_line,
        input_refused,
        waited: scheduled.map_or(Duration::ZERO, |scheduled| scheduled.waited),
        names,
        in_vain,
        ..Transcript::clean(output.into_bytes())
    })
}

/// Why a node was not started.
pub fn not_started(program: &Path, error: io::Error) -> NotRun {
    NotRun::NotStarted {
        program: program.to_path_buf(),
        error,
        first_line: process::first_line(program),
    }
}

fn broken(error: io::Error) -> NotPlayed {
    NotPlayed::NotRun(NotRun::Broken(error))
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
    output_max: usize,
    (clock, interrupt): (&Clock, &Interrupt),
) -> io::Result<Driven> {
    loop {
        let now = clock.now();
        script.unsent(process.unsent_bytes());
        let new = process.take_output();
        output.push(&new, script.listens(), |line| hear(script, now, line));
        look(process, script, now);
        if process.has_exited() {
            script.exited(now);
            return Ok(Driven::Exited);
        }
        if output.exceeds(output_max) {
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

/// Tells the script of a line.
fn hear(script: &mut Script<'_>, now: Duration, line: &[u8]) {
    let line = if script.listens() { line } else { b"" };
    if output::is_large(line) {
        HEARING.run(|| script.heard(now, line));
    } else {
        script.heard(now, line);
    }
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
        let look = Glance {
            is_delivered: process.is_delivered(),
            work: work.map(|work| (work.time, work.wants_more)),
        };
        script.looked(now, look);
    }
}

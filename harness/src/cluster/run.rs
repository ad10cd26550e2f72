//! EDGE. A test with real processes and a real clock: the engine says what to do, the nodes say what
//! they say, and whoever watches is told all of it. Nothing is decided or judged here.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::engine::{Engine, Examined, ProcessAction};
use super::history::{Event, Phase};
use super::journal::Carried;
use super::nodes::{NodeSaid, Nodes};
use super::recording::Recording;
use super::rest::Kept;
use super::settings::Settings;
use crate::diagnosis;
use crate::interrupt::Interrupt;
use crate::launch::Launch;
use crate::parallel::cores;
use crate::process::STDERR_TAIL_MAX;
use crate::process::clock::Clock;

/// How long nothing may happen before somebody who watches is told the time.
const TICK: Duration = Duration::from_millis(100);

/// How much of a node's stderr is kept for the case that it crashes or doesn't answer, in bytes.
const LAST_WORDS_MAX: usize = 2048;

/// How often is looked at what nodes have had of the processors.
const SHARE_EVERY: Duration = Duration::from_millis(500);

/// Something that happens in a test.
#[derive(Debug)]
pub enum Sight<'run> {
    /// So much time has passed.
    Time(Duration),
    Event(&'run Event),
    /// A message came to the end of its way; this is to be written down of it.
    Carried(&'run Carried, &'run Kept),
    /// A node wrote this line to its stdout, at this time.
    Said(Duration, &'run [u8]),
    /// A node wrote this to its stderr.
    Log(usize, &'run [u8]),
}

/// Why a test could not be run to its end.
#[derive(Debug)]
pub enum RunFailed {
    /// A node could not be started.
    NotStarted(io::Error),
    /// What is watched could not be kept, or the system refused something else.
    System(io::Error),
}

impl From<io::Error> for RunFailed {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// How a test came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself.
    Complete,
    /// The user cut it short.
    Interrupted,
}

/// Runs a test; `folders`: the working folder of each node, which is there.
///
/// # Errors
/// Where a node can't be started, and where `watch` or the system fails. No process is left then,
/// either.
pub fn run(
    settings: Settings,
    launch: Launch,
    folders: Vec<PathBuf>,
    interrupt: &Interrupt,
    watch: &mut dyn FnMut(Sight<'_>) -> io::Result<()>,
) -> Result<(Recording, End), RunFailed> {
    let nodes = settings.nodes.len();
    let exit_timeout = settings.exit_timeout;
    let mut run = ClusterRun {
        nodes: Nodes::new(launch, folders),
        last_words: vec![Vec::new(); nodes],
        engine: Engine::new(settings),
        clock: Clock::start(),
        interrupts: 0,
        shared: Duration::ZERO,
        phase: Phase::SetUp,
    };
    run.engine.has_cores(cores());
    let end = run.drive(interrupt, watch);
    // Whatever happened: nothing of the cluster outlives its test.
    run.nodes.end(exit_timeout, &mut |node, said| {
        if let NodeSaid::Log(log) = said {
            let _ = watch(Sight::Log(node, &log));
        }
    })?;
    Ok((run.engine.into_recording(), end?))
}

struct ClusterRun {
    nodes: Nodes,
    /// The end of each node's stderr.
    last_words: Vec<Vec<u8>>,
    engine: Engine,
    clock: Clock,
    interrupts: usize,
    /// When was last looked at what nodes have had of the processors.
    shared: Duration,
    /// In which part of the test that was.
    phase: Phase,
}

impl ClusterRun {
    fn drive(
        &mut self,
        interrupt: &Interrupt,
        watch: &mut dyn FnMut(Sight<'_>) -> io::Result<()>,
    ) -> Result<End, RunFailed> {
        loop {
            let now = self.clock.now();
            for node in self.engine.overdue(now) {
                let examined = Examined {
                    stderr: self.last_words(node),
                    ..self.nodes.examine(node)
                };
                self.engine.examined(node, examined);
            }
            self.engine.advance(now);
            self.look_at_shares();
            self.act(watch)?;
            self.show(watch)?;
            if self.engine.phase() == Phase::End {
                break;
            }
            self.wait(interrupt, watch)?;
            self.hear_interrupts(interrupt);
        }
        Ok(match self.interrupts {
            0 => End::Complete,
            _ => End::Interrupted,
        })
    }

    /// Tells the engine what nodes have had of the processors, from time to time and whenever a part of
    /// the test is over.
    fn look_at_shares(&mut self) {
        let (now, phase) = (self.clock.now(), self.engine.phase());
        let is_new = phase != self.phase;
        let is_time = is_new || now >= self.shared + SHARE_EVERY;
        // Nothing comes after the end.
        if matches!(phase, Phase::SetUp | Phase::End) || !is_time {
            return;
        }
        let share = self.nodes.share(self.shared);
        // What they had in the set-up is no part of the load.
        if let Some(share) = share.filter(|_| self.phase != Phase::SetUp) {
            self.engine.shared(now, share);
        }
        self.shared = now;
        self.phase = phase;
    }

    fn last_words(&self, node: usize) -> String {
        let words = self.last_words.get(node).map(Vec::as_slice);
        let telling = diagnosis::telling_part(words.unwrap_or_default(), LAST_WORDS_MAX);
        String::from_utf8_lossy(&telling).into_owned()
    }

    /// Does to the processes what the engine wants.
    fn act(&mut self, watch: &mut dyn FnMut(Sight<'_>) -> io::Result<()>) -> Result<(), RunFailed> {
        while let Some(action) = self.engine.next_action() {
            match action {
                ProcessAction::Start(node) => {
                    self.nodes.start(node).map_err(RunFailed::NotStarted)?;
                    self.engine.started(self.clock.now(), node);
                }
                ProcessAction::Send(node, bytes) => self.nodes.send(node, &bytes),
                ProcessAction::Pause(node) => self.nodes.pause(node),
                ProcessAction::Resume(node) => self.nodes.resume(node),
                ProcessAction::Kill(node) => {
                    let mut said = Vec::new();
                    self.nodes
                        .kill(node, &mut |node, words| said.push((node, words)))?;
                    self.hear(said, watch)?;
                }
            }
        }
        Ok(())
    }

    fn wait(
        &mut self,
        interrupt: &Interrupt,
        watch: &mut dyn FnMut(Sight<'_>) -> io::Result<()>,
    ) -> Result<(), RunFailed> {
        let now = self.clock.now();
        for (node, line) in self.nodes.unended() {
            self.engine.unended(now, node, line);
        }
        let deadline = self.engine.deadline().unwrap_or(Duration::MAX);
        let begun = self.clock.now();
        let wait = deadline.saturating_sub(begun).min(TICK);
        let due = deadline.min(begun.saturating_add(TICK));
        // Once it was heard, an interrupt would end every wait at once.
        let interrupt = Some(interrupt).filter(|_| self.interrupts == 0);
        let mut said = Vec::new();
        let listens = |node| self.engine.listens_to(node);
        self.nodes
            .wait(wait, interrupt, listens, &mut |node, words| {
                said.push((node, words));
            })?;
        let now = self.clock.now();
        // While nodes are started there is always something to do at once.
        if due <= now && !due.is_zero() {
            self.engine.woke(now, due);
        }
        // Before what nodes said: it may be an answer to what they just took.
        for (node, bytes) in self.nodes.unread() {
            self.engine.unsent(now, node, bytes);
        }
        Ok(self.hear(said, watch)?)
    }

    /// Tells the engine what nodes said.
    fn hear(
        &mut self,
        said: Vec<(usize, NodeSaid)>,
        watch: &mut dyn FnMut(Sight<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let now = self.clock.now();
        for (node, words) in said {
            match words {
                NodeSaid::Line(line) => {
                    watch(Sight::Said(now, &line))?;
                    self.engine.heard(now, node, &line);
                }
                NodeSaid::Flooded(bytes) => self.engine.flooded(now, node, bytes),
                NodeSaid::Exited(exit) => {
                    let stderr = self.last_words(node);
                    self.engine.exited(now, node, exit, stderr);
                }
                NodeSaid::Log(log) => {
                    self.remember(node, &log);
                    watch(Sight::Log(node, &log))?;
                }
            }
        }
        Ok(())
    }

    fn remember(&mut self, node: usize, log: &[u8]) {
        if let Some(words) = self.last_words.get_mut(node) {
            words.extend_from_slice(log);
            let surplus = words.len().saturating_sub(STDERR_TAIL_MAX);
            words.drain(..surplus);
        }
    }

    /// Shows whoever watches what has happened.
    fn show(&mut self, watch: &mut dyn FnMut(Sight<'_>) -> io::Result<()>) -> io::Result<()> {
        for event in self.engine.new_events() {
            watch(Sight::Event(event))?;
        }
        for (carried, kept) in self.engine.take_carried() {
            watch(Sight::Carried(&carried, &kept))?;
        }
        watch(Sight::Time(self.clock.now()))
    }

    /// The first interrupt cuts the load short, the second the recovery, the third all the rest.
    fn hear_interrupts(&mut self, interrupt: &Interrupt) {
        let raised = interrupt.count();
        while self.interrupts < raised {
            self.interrupts += 1;
            self.engine.interrupt(self.clock.now());
        }
    }
}

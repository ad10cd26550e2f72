//! EDGE. One case's cluster, from start to end: its script says what to do, its nodes carry the bytes.
//! What comes out is a transcript, and no judgement.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::{DELIVERY_TICK, NotPlayed, broken, not_started};
use crate::case::cluster::Cluster;
use crate::cluster::engine::ProcessAction;
use crate::cluster::nodes::{NodeSaid, Nodes};
use crate::cluster::settings::EXIT_TIMEOUT;
use crate::interrupt::Interrupt;
use crate::launch::Launch;
use crate::process::clock::Clock;
use crate::process::{STDERR_TAIL_MAX, Woke};
use crate::script::cluster::ClusterScript;
use crate::transcript::{Ending, Transcript};
use crate::workplace::Workplace;

/// Runs one case's cluster from start to end; `places`: the working folder of each node.
///
/// # Errors
/// Why nothing came of it. No process is left then, either.
pub fn perform(
    launch: Launch,
    cluster: &Cluster,
    places: &[Workplace],
    script: ClusterScript<'_>,
    interrupt: &Interrupt,
) -> Result<Transcript, NotPlayed> {
    let count = cluster.nodes.len();
    let folders = places.iter().map(|place| place.path().to_path_buf());
    let mut play = Play {
        program: launch.program.clone(),
        nodes: Nodes::new(launch, folders.collect()),
        stderr: vec![Vec::new(); count],
        script,
        clock: Clock::start(),
    };
    let driven = play.drive(interrupt);
    let waited = if matches!(driven, Ok(Ending::TimedOut)) {
        let nodes = 0..count;
        let waited = nodes.filter_map(|node| play.nodes.examine(node).waited);
        waited.max().unwrap_or_default()
    } else {
        Duration::ZERO
    };
    // Whatever happened: nothing of the cluster outlives its case.
    let is_done = matches!(driven, Ok(Ending::Done));
    play.end(is_done).map_err(broken)?;
    let ending = driven?;
    Ok(Transcript {
        waited,
        ..play.transcript(ending, cluster)
    })
}

/// Whether more is to come from a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hearing {
    GoesOn,
    Last,
}

struct Play<'case> {
    program: PathBuf,
    nodes: Nodes,
    /// The end of each node's stderr.
    stderr: Vec<Vec<u8>>,
    script: ClusterScript<'case>,
    clock: Clock,
}

impl Play<'_> {
    fn drive(&mut self, interrupt: &Interrupt) -> Result<Ending, NotPlayed> {
        loop {
            self.script.advance(self.clock.now());
            self.act()?;
            if let Some(ending) = self.script.ending() {
                return Ok(ending);
            }
            if self.wait(interrupt).map_err(broken)? == Woke::Interrupted {
                return Err(NotPlayed::Interrupted);
            }
        }
    }

    /// Does to the processes what the script wants.
    fn act(&mut self) -> Result<(), NotPlayed> {
        while let Some(action) = self.script.next_action() {
            match action {
                ProcessAction::Start(node) => self.start(node)?,
                ProcessAction::Send(node, bytes) => self.nodes.send(node, &bytes),
                ProcessAction::Pause(node) => self.nodes.pause(node),
                ProcessAction::Resume(node) => self.nodes.resume(node),
                ProcessAction::Kill(node) => {
                    let mut said = Vec::new();
                    let tell = &mut |node, words| said.push((node, words));
                    self.nodes.kill(node, tell).map_err(broken)?;
                    self.hear(said, Hearing::Last);
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, node: usize) -> Result<(), NotPlayed> {
        let started = self.nodes.start(node);
        started.map_err(|error| NotPlayed::NotRun(not_started(&self.program, error)))
    }

    fn wait(&mut self, interrupt: &Interrupt) -> io::Result<Woke> {
        let deadline = self.script.deadline();
        let mut wait = deadline.saturating_sub(self.clock.now());
        if self.script.awaits_delivery().is_some() {
            // Nothing tells when a node takes what stands in its pipe.
            wait = wait.min(DELIVERY_TICK);
        }
        let mut said = Vec::new();
        let listens = |node| self.script.listens_to(node);
        let tell = &mut |node, words| said.push((node, words));
        let woke = self.nodes.wait(wait, Some(interrupt), listens, tell)?;
        for (node, bytes) in self.nodes.unread() {
            self.script.unread(node, bytes);
        }
        self.script.unended(self.nodes.unended());
        self.hear(said, Hearing::GoesOn);
        let awaited = self.script.awaits_delivery();
        if awaited.is_some_and(|node| self.nodes.is_delivered(node)) {
            self.script.delivered();
        }
        Ok(woke)
    }

    /// Tells the script what nodes said.
    fn hear(&mut self, said: Vec<(usize, NodeSaid)>, hearing: Hearing) {
        let now = self.clock.now();
        for (node, words) in said {
            match words {
                NodeSaid::Line(line) if hearing == Hearing::Last => {
                    self.script.heard_last(now, node, &line);
                }
                NodeSaid::Line(line) => self.script.heard(now, node, &line),
                NodeSaid::Flooded(bytes) => self.script.flooded(node, bytes),
                NodeSaid::Exited(exit) => {
                    let stderr = self.stderr.get(node).map(Vec::as_slice);
                    self.script.exited(node, exit, stderr.unwrap_or_default());
                }
                NodeSaid::Log(log) => self.keep(node, &log),
            }
        }
    }

    /// Ends all nodes; `is_done`: they have a moment to end by themselves.
    fn end(&mut self, is_done: bool) -> io::Result<()> {
        let mut said = Vec::new();
        let tell = &mut |node, words| said.push((node, words));
        let nodes = 0..self.stderr.len();
        let ended = if is_done {
            self.nodes.end(EXIT_TIMEOUT, tell)
        } else {
            // All are, even if one can't be.
            let ends = nodes.map(|node| self.nodes.kill(node, tell));
            ends.fold(Ok(()), io::Result::and)
        };
        self.hear(said, Hearing::Last);
        ended
    }

    fn keep(&mut self, node: usize, log: &[u8]) {
        if let Some(stderr) = self.stderr.get_mut(node) {
            stderr.extend_from_slice(log);
            let surplus = stderr.len().saturating_sub(STDERR_TAIL_MAX);
            stderr.drain(..surplus);
        }
    }

    fn transcript(self, ending: Ending, cluster: &Cluster) -> Transcript {
        let told = self.script.finish();
        Transcript {
            stderr: named(&self.stderr, cluster),
            ending,
            duration: self.clock.now(),
            unread: None,
            input_closed: told.is_done,
            sent_line: told.sent_line,
            names: told.names,
            in_vain: told.in_vain,
            mishaps: told.mishaps,
            asked_in_vain: told.asked_in_vain,
            ..Transcript::clean(told.output.into_bytes())
        }
    }
}

/// What the nodes wrote to stderr, each line with its node's name before it.
fn named(all: &[Vec<u8>], cluster: &Cluster) -> Vec<u8> {
    let mut text = Vec::new();
    for (stderr, name) in all.iter().zip(&cluster.nodes) {
        let lines = stderr.split(|byte| *byte == b'\n');
        for line in lines.filter(|line| !line.is_empty()) {
            text.extend_from_slice(format!("{name}: ").as_bytes());
            text.extend_from_slice(line);
            text.push(b'\n');
        }
    }
    text
}

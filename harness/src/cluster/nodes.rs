//! EDGE. The processes of a cluster's nodes: starts them, carries bytes to and from all of them at
//! once, stops and ends them. One thread, one wait for all; what lines mean is not known here.
//!
//! A node's stderr goes to whoever takes it, line ends or not.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::engine::{Examined, Share};
use crate::family::Scheduled;
use crate::interrupt::Interrupt;
use crate::launch::Launch;
use crate::process::exit::Exit;
use crate::process::{self, Ended, Listening, Process, Woke};

/// How long a line may be, in bytes, and how much is taken of a node that is ended.
const LINE_MAX: usize = 16 * 1024 * 1024;

/// How much a node may write to its stdout in all, in bytes: no test of ours needs that much, and a
/// disk has an end.
const OUTPUT_MAX: u64 = 256 * 1024 * 1024;

/// Something that came from a node.
#[derive(Debug)]
pub enum NodeSaid {
    /// A line of its stdout, without the line break.
    Line(Vec<u8>),
    /// A part of its stderr.
    Log(Vec<u8>),
    Exited(Exit),
    /// It wrote a line without end, or lines without end; so many bytes by now.
    Flooded(u64),
}

/// What a last line without a line break is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LastLine {
    /// A line: the node exited by itself.
    Whole,
    /// Nothing: the node was killed while it wrote.
    CutOff,
}

/// The nodes of a cluster.
#[derive(Debug)]
pub struct Nodes {
    launch: Launch,
    /// The working folder of each.
    folders: Vec<PathBuf>,
    running: Vec<Option<Running>>,
}

/// A running node.
#[derive(Debug)]
struct Running {
    process: Process,
    output: NodeStdout,
    /// How many bytes it was sent.
    sent: u64,
    /// What it had had of the processors when it was last looked at.
    scheduled: Scheduled,
}

/// What a node has written to its stdout.
#[derive(Debug, Default)]
struct NodeStdout {
    /// The line that it hasn't ended yet.
    partial: Vec<u8>,
    written: u64,
}

impl Nodes {
    /// Nodes that are all of one program, each with a working folder. None of them runs yet.
    pub fn new(launch: Launch, folders: Vec<PathBuf>) -> Self {
        Self {
            launch,
            running: folders.iter().map(|_| None).collect(),
            folders,
        }
    }

    /// Starts a node.
    ///
    /// # Errors
    /// As [`Process::start`].
    pub fn start(&mut self, node: usize) -> io::Result<()> {
        self.launch.folder = self.folders.get(node).cloned();
        let process = Process::start(&self.launch)?;
        if let Some(place) = self.running.get_mut(node) {
            *place = Some(Running {
                process,
                output: NodeStdout::default(),
                sent: 0,
                scheduled: Scheduled::default(),
            });
        }
        Ok(())
    }

    /// Queues bytes for a node's stdin.
    pub fn send(&mut self, node: usize, bytes: &[u8]) {
        if let Some(running) = self.running(node) {
            running.process.send(bytes);
            running.sent += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        }
    }

    /// Lets a node stand still.
    pub fn pause(&mut self, node: usize) {
        if let Some(running) = self.running(node) {
            running.process.pause();
        }
    }

    pub fn resume(&mut self, node: usize) {
        if let Some(running) = self.running(node) {
            running.process.resume();
        }
    }

    /// Kills a node and all its children; the lines that it had written by then are told.
    ///
    /// # Errors
    /// Those of waiting for it.
    pub fn kill(&mut self, node: usize, tell: &mut impl FnMut(usize, NodeSaid)) -> io::Result<()> {
        if let Some(running) = self.running.get_mut(node).and_then(Option::take) {
            running.end(node, LastLine::CutOff, tell)?;
        }
        Ok(())
    }

    /// Waits until something happens at any node, at most `wait`, and tells what came. `listens`:
    /// whether more of a node's output is wanted now.
    ///
    /// # Errors
    /// Those of the system on waiting.
    pub fn wait(
        &mut self,
        wait: Duration,
        interrupt: Option<&Interrupt>,
        listens: impl Fn(usize) -> bool,
        tell: &mut impl FnMut(usize, NodeSaid),
    ) -> io::Result<Woke> {
        for (node, running) in self.running.iter_mut().enumerate() {
            let listening = if listens(node) {
                Listening::On
            } else {
                Listening::Off
            };
            if let Some(running) = running {
                running.process.listen(listening);
            }
        }
        let running = self.running.iter_mut().flatten();
        let mut processes: Vec<_> = running.map(|running| &mut running.process).collect();
        let woke = process::wait_for_any(&mut processes, wait, interrupt)?;
        for node in 0..self.running.len() {
            self.listen(node, tell)?;
        }
        Ok(woke)
    }

    /// How many bytes wait to be taken by each node.
    pub fn unread(&self) -> impl Iterator<Item = (usize, usize)> {
        let all = self.running.iter().enumerate();
        all.filter_map(|(node, running)| Some((node, running.as_ref()?.process.unsent_bytes())))
    }

    /// What each node has written of a line that it hasn't ended.
    pub fn unended(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let all = self.running.iter().enumerate();
        let begun = all.filter_map(|(node, running)| Some((node, running.as_ref()?)));
        begun
            .map(|(node, running)| (node, running.output.partial.as_slice()))
            .filter(|(_, partial)| !partial.is_empty())
    }

    /// What the system knows of a node that does not answer.
    pub fn examine(&mut self, node: usize) -> Examined {
        let Some(running) = self.running(node) else {
            return Examined::default();
        };
        // First, as a wait that ends between the two looks is in the second one.
        let work = running.process.work();
        let scheduled = running.process.scheduled();
        let unread = running.process.unread_bytes();
        Examined {
            stderr: String::new(),
            cpu: scheduled.map(|scheduled| scheduled.ran),
            waited: scheduled.map(|scheduled| scheduled.waited),
            is_runnable: work.is_some_and(|work| work.wants_more),
            has_read: unread.map(|unread| unread < running.sent),
        }
    }

    /// What nodes had of the processors since `since`; `None` where the system can't tell.
    pub fn share(&mut self, since: Duration) -> Option<Share> {
        let mut share = None;
        for running in self.running.iter_mut().flatten() {
            let Some(scheduled) = running.process.scheduled() else {
                continue;
            };
            let before = std::mem::replace(&mut running.scheduled, scheduled);
            let waited = scheduled.waited.saturating_sub(before.waited);
            let sum = share.get_or_insert(Share {
                since,
                ran: Duration::ZERO,
                waited: Duration::ZERO,
                waited_max: Duration::ZERO,
            });
            sum.ran += scheduled.ran.saturating_sub(before.ran);
            sum.waited += waited;
            sum.waited_max = sum.waited_max.max(waited);
        }
        share
    }

    /// Whether a node has taken all that was sent to it, or takes no more.
    pub fn is_delivered(&self, node: usize) -> bool {
        let running = self.running.get(node).and_then(Option::as_ref);
        running.is_none_or(|running| running.process.is_delivered())
    }

    fn running(&mut self, node: usize) -> Option<&mut Running> {
        self.running.get_mut(node)?.as_mut()
    }

    fn listen(&mut self, node: usize, tell: &mut impl FnMut(usize, NodeSaid)) -> io::Result<()> {
        let Some(running) = self.running(node) else {
            return Ok(());
        };
        running.tell_new(node, tell);
        if running.output.floods() {
            tell(node, NodeSaid::Flooded(running.output.written));
        } else if running.process.has_exited()
            && let Some(running) = self.running.get_mut(node).and_then(Option::take)
        {
            let exit = running.end(node, LastLine::Whole, tell)?;
            tell(node, NodeSaid::Exited(exit));
        }
        Ok(())
    }

    /// Closes the input of all nodes, gives them `timeout` to exit, and ends those that don't.
    ///
    /// # Errors
    /// Those of waiting for them.
    pub fn end(
        &mut self,
        timeout: Duration,
        tell: &mut impl FnMut(usize, NodeSaid),
    ) -> io::Result<()> {
        for running in self.running.iter_mut().flatten() {
            running.process.close_input();
        }
        let started = std::time::Instant::now();
        while self.running.iter().any(Option::is_some) {
            let left = timeout.saturating_sub(started.elapsed());
            if left.is_zero() {
                break;
            }
            self.wait(left, None, |_| true, tell)?;
        }
        for node in 0..self.running.len() {
            self.kill(node, tell)?;
        }
        Ok(())
    }
}

impl Running {
    /// Tells what it has written since the last time.
    fn tell_new(&mut self, node: usize, tell: &mut impl FnMut(usize, NodeSaid)) {
        let log = self.process.take_errors();
        if !log.is_empty() {
            tell(node, NodeSaid::Log(log));
        }
        let output = self.process.take_output();
        self.output.tell_lines(node, &output, tell);
    }

    /// Ends it, and tells what it had still written.
    fn end(
        mut self,
        node: usize,
        last_line: LastLine,
        tell: &mut impl FnMut(usize, NodeSaid),
    ) -> io::Result<Exit> {
        self.tell_new(node, tell);
        let Ended {
            exit,
            output,
            stderr,
            ..
        } = self.process.end(LINE_MAX)?;
        if !stderr.is_empty() {
            tell(node, NodeSaid::Log(stderr));
        }
        self.output.tell_lines(node, &output, tell);
        let partial = self.output.partial;
        if last_line == LastLine::Whole && !partial.is_empty() {
            tell(node, NodeSaid::Line(partial));
        }
        Ok(exit)
    }
}

impl NodeStdout {
    fn tell_lines(&mut self, node: usize, output: &[u8], tell: &mut impl FnMut(usize, NodeSaid)) {
        self.written += u64::try_from(output.len()).unwrap_or(u64::MAX);
        let mut rest = output;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end);
            let mut whole = std::mem::take(&mut self.partial);
            whole.extend_from_slice(line);
            tell(node, NodeSaid::Line(whole));
            rest = after.get(1..).unwrap_or_default();
        }
        self.partial.extend_from_slice(rest);
    }

    fn floods(&self) -> bool {
        self.partial.len() > LINE_MAX || self.written > OUTPUT_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A node that is a shell script.
    fn started(script: &str) -> Nodes {
        let launch = Launch {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            env: Vec::new(),
            folder: None,
        };
        let mut nodes = Nodes::new(launch, vec!["/".into()]);
        nodes.start(0).unwrap();
        nodes
    }

    fn line(said: NodeSaid) -> Option<String> {
        match said {
            NodeSaid::Line(line) => Some(String::from_utf8(line).unwrap()),
            _ => None,
        }
    }

    #[test]
    fn a_line_that_a_kill_cut_off_is_none() {
        let mut nodes = started("printf 'whole\\nhalf'; printf ready >&2; sleep 100");
        let mut said = Vec::new();
        let mut is_ready = false;
        while !is_ready {
            let wait = Duration::from_secs(1);
            let tell = &mut |_, words: NodeSaid| {
                is_ready |= matches!(words, NodeSaid::Log(_));
                said.extend(line(words));
            };
            nodes.wait(wait, None, |_| true, tell).unwrap();
        }
        nodes
            .kill(0, &mut |_, words| said.extend(line(words)))
            .unwrap();
        assert_eq!(said, ["whole"]);
    }

    #[test]
    fn a_line_without_end_is_a_flood_and_so_are_lines_without_end() {
        let megabyte = vec![b'x'; 1024 * 1024];
        let (mut line, mut lines) = (NodeStdout::default(), NodeStdout::default());
        let tell = &mut |_, _| ();
        for number in 1..=256 {
            lines.tell_lines(0, &megabyte, tell);
            lines.tell_lines(0, b"\n", tell);
            line.tell_lines(0, &megabyte, tell);
            assert_eq!(line.floods(), number > 16, "{number} MiB");
            assert_eq!(lines.floods(), number > 255, "{number} MiB");
        }
    }

    #[test]
    fn the_last_line_of_a_node_that_exits_may_lack_its_line_break() {
        let mut nodes = started("printf 'whole\\nlast'");
        let (mut said, mut has_exited) = (Vec::new(), false);
        while !has_exited {
            let wait = Duration::from_secs(1);
            let tell = &mut |_, words: NodeSaid| {
                has_exited |= matches!(words, NodeSaid::Exited(_));
                said.extend(line(words));
            };
            nodes.wait(wait, None, |_| true, tell).unwrap();
        }
        assert_eq!(said, ["whole", "last"]);
    }
}

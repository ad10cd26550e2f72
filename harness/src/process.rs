//! EDGE. One node process: start it, feed it and collect from it at once, end it.
//!
//! All pipes are non-blocking and one `poll` waits for all of them, for the exit
//! and for the user's interrupt, so nothing that a node does or leaves undone can
//! hold the harness up. What its words mean is not known here. What a node leaves
//! behind is ended by [`crate::family`].

pub mod clock;
pub mod exit;
mod exit_watch;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{self, Path};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use process_wrap::std::{CommandWrap, CommandWrapper, ProcessSession};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use crate::family::{Family, Living, ProcessWork, Scheduled};
use crate::interrupt::Interrupt;
use crate::launch::Launch;
use crate::{watcher, workplace};
use exit::Exit;
use exit_watch::ExitWatch;

/// How much is written at a time, in bytes, so that one node's flood doesn't starve the clock.
const CHUNK: usize = 64 * 1024;

/// How much is read at a time, in bytes: at least all that a pipe holds of what nodes write in most cases.
const READ_MAX: usize = 16 * 1024;

/// How much of what a node has taken is kept for a while, in bytes.
const SENT_MAX: usize = 1024 * 1024;

/// How long a wait is at most: a clock that is asked between two waits knows then when the harness stood
/// still.
pub const WAIT_MAX: Duration = Duration::from_millis(250);

/// How much of a node's stderr is kept, in bytes: its end.
pub const STDERR_TAIL_MAX: usize = 16 * 1024;

/// A started node.
#[derive(Debug)]
pub struct Process {
    child: Child,
    family: Family,
    exit_watch: ExitWatch,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    /// What is still to be written.
    unsent: Vec<u8>,
    sent: usize,
    close_input: bool,
    output: Vec<u8>,
    errors: Vec<u8>,
    exited: bool,
    input_refused: bool,
    listening: Listening,
}

/// Whether a node's stdout is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listening {
    On,
    /// Not for now: when its pipe is full, the node waits.
    Off,
}

/// Why a wait ended for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woke {
    /// Something happened or the time is over: go on.
    GoOn,
    /// The user wants the run to end.
    Interrupted,
}

impl Process {
    /// Starts a node.
    ///
    /// # Errors
    /// Those of the system: no such file, no right to run it, no such interpreter, no more
    /// processes or descriptors.
    pub fn start(launch: &Launch) -> io::Result<Self> {
        let tag = Family::next_tag();
        // By its path from the root, for in its working folder another one would be meant.
        let mut command = Command::new(path::absolute(&launch.program)?);
        if let Some(folder) = &launch.folder {
            command.current_dir(folder);
        }
        command
            .args(&launch.args)
            .envs(launch.env.iter().map(|(key, value)| (key, value)))
            .env(workplace::TAG_VARIABLE, OsStr::new(&tag))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        apart(&mut command)?;
        let living = Living::count();
        let starts = watcher::node_starts();
        let mut child = command.spawn()?;
        let family = Family::new(&child, tag, living);
        drop(starts);
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let process = Self {
            exit_watch: ExitWatch::new(&child),
            child,
            family,
            stdin,
            stdout,
            stderr,
            unsent: Vec::new(),
            sent: 0,
            close_input: false,
            output: Vec::new(),
            errors: Vec::new(),
            exited: false,
            input_refused: false,
            listening: Listening::On,
        };
        process.unblock()?;
        Ok(process)
    }

    fn unblock(&self) -> io::Result<()> {
        let ends = [
            self.stdin.as_ref().map(AsFd::as_fd),
            self.stdout.as_ref().map(AsFd::as_fd),
            self.stderr.as_ref().map(AsFd::as_fd),
        ];
        for end in ends.into_iter().flatten() {
            rustix::io::ioctl_fionbio(end, true)?;
        }
        Ok(())
    }

    /// Writes bytes to the node's stdin, as far as its pipe has room; the rest leaves when the node reads.
    pub fn send(&mut self, bytes: &[u8]) {
        let waited = self.sent < self.unsent.len();
        self.unsent.extend_from_slice(bytes);
        if !waited {
            self.write();
        }
    }

    /// Closes the node's stdin once everything queued has left.
    pub fn close_input(&mut self) {
        self.close_input = true;
        self.write();
    }

    /// Whether the node has taken everything that was queued, or will take no more.
    pub fn is_delivered(&self) -> bool {
        let in_pipe = self.stdin.as_ref().map(rustix::io::ioctl_fionread);
        // Where the system can't tell, what has left counts as taken.
        self.unsent_bytes() == 0 && in_pipe.and_then(Result::ok).unwrap_or_default() == 0
    }

    /// Whether the node closed its stdin before it had taken all that was queued.
    pub fn input_refused(&self) -> bool {
        self.input_refused
    }

    /// How many queued bytes are still here.
    pub fn unsent_bytes(&self) -> usize {
        self.unsent.len() - self.sent
    }

    /// How many bytes of its input the node has not read; `None` where the system can't tell.
    pub fn unread_bytes(&self) -> Option<u64> {
        if self.exited {
            // Its end of the pipe is gone with it.
            return None;
        }
        let in_pipe = self.family.unread_input()?;
        let here = u64::try_from(self.unsent_bytes()).ok()?;
        Some(in_pipe.saturating_add(here))
    }

    /// Whether the node closed its stdout.
    pub fn output_ended(&self) -> bool {
        self.stdout.is_none()
    }

    /// Whether the node's own process has exited; children of it may not have.
    pub fn has_exited(&self) -> bool {
        self.exited
    }

    /// What the node has done, its descendants included; `None` where the system can't tell.
    pub fn work(&self) -> Option<ProcessWork> {
        self.family.work()
    }

    /// What the node and its children have had of the processors; `None` where the system can't tell.
    pub fn scheduled(&self) -> Option<Scheduled> {
        self.family.scheduled()
    }

    /// Takes what the node wrote to stdout since this was last taken.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Takes what is kept of what the node wrote to stderr.
    pub fn take_errors(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.errors)
    }

    /// Whether the node's stdout is read from now on.
    pub fn listen(&mut self, listening: Listening) {
        self.listening = listening;
    }

    /// Lets the node and its group stand still.
    pub fn pause(&self) {
        self.family.signal(Signal::STOP);
    }

    pub fn resume(&self) {
        self.family.signal(Signal::CONT);
    }

    /// Waits until something happens, at most `wait`, and carries bytes both ways.
    ///
    /// # Errors
    /// Those of `poll`; what goes wrong on a pipe counts as its end.
    pub fn wait(&mut self, wait: Duration, interrupt: &Interrupt) -> io::Result<Woke> {
        wait_for_any(&mut [self], wait, Some(interrupt))
    }

    /// What there is to wait for: the exit, stdin, stdout, stderr.
    fn ends(&self) -> [(Option<BorrowedFd<'_>>, PollFlags); 4] {
        let stdin = self.stdin.as_ref();
        let wants_write = stdin.filter(|_| self.sent < self.unsent.len());
        let output = self
            .stdout
            .as_ref()
            .filter(|_| self.listening == Listening::On);
        let exit = self.exit_watch.as_fd().filter(|_| !self.exited);
        [
            (exit, PollFlags::IN),
            (wants_write.map(AsFd::as_fd), PollFlags::OUT),
            (output.map(AsFd::as_fd), PollFlags::IN),
            (self.stderr.as_ref().map(AsFd::as_fd), PollFlags::IN),
        ]
    }

    /// Carries bytes at those of its [`Process::ends`] where something happened.
    fn carry(&mut self, [exit, write, output, errors]: [bool; 4]) {
        // The exit is looked for before the last read: what was written before it is all there.
        if exit || self.exit_watch.is_blind() {
            // One that is traced has exited, though its tracer is to hear of it first.
            self.exited = self.exited || exit || self.family.has_exited();
        }
        if write {
            self.write();
        }
        if output {
            read_chunk(&mut self.stdout, &mut self.output);
        }
        if errors {
            read_chunk(&mut self.stderr, &mut self.errors);
            if self.errors.len() > 2 * STDERR_TAIL_MAX {
                let surplus = self.errors.len() - STDERR_TAIL_MAX;
                self.errors.drain(..surplus);
            }
        }
    }

    fn write(&mut self) {
        if let Some(stdin) = &mut self.stdin
            && self.sent < self.unsent.len()
        {
            let unsent = self.unsent.get(self.sent..).unwrap_or_default();
            let chunk = unsent.get(..unsent.len().min(CHUNK)).unwrap_or_default();
            match stdin.write(chunk) {
                Ok(count) => self.sent += count,
                Err(error) if is_transient(&error) => {}
                // The node closed its stdin or is gone; what that means is for the judge.
                Err(_) => {
                    self.stdin = None;
                    self.input_refused = true;
                }
            }
        }
        if self.sent >= SENT_MAX.max(self.unsent.len() / 2) {
            // A node that never takes all of it must not make it grow for ever; and what is left is
            // moved no more often than it is halved.
            self.unsent.drain(..self.sent);
            self.sent = 0;
        }
        if self.stdin.is_none() || self.sent == self.unsent.len() {
            self.unsent.clear();
            self.sent = 0;
            if self.close_input {
                self.stdin = None;
            }
        }
    }

    /// Ends the node with all its children and takes what they had written by then, at most
    /// `output_max` bytes in all.
    ///
    /// # Errors
    /// Those of waiting for the process.
    pub fn end(mut self, output_max: usize) -> io::Result<Ended> {
        self.stdin = None;
        let left_children = self.family.end(&mut self.child)?;
        let status = self.child.wait()?;
        self.drain(output_max);
        let tail = self.errors.len().saturating_sub(STDERR_TAIL_MAX);
        Ok(Ended {
            exit: exit(status),
            output: self.output,
            stderr: self.errors.split_off(tail),
            left_children,
        })
    }

    /// Reads what is still in the pipes; all that could write to them has been ended.
    fn drain(&mut self, output_max: usize) {
        while self.output.len() < output_max && read_chunk(&mut self.stdout, &mut self.output) {}
        while self.errors.len() < output_max && read_chunk(&mut self.stderr, &mut self.errors) {}
        self.output.truncate(output_max);
    }
}

/// Lets the process lead a process group, without a controlling terminal: it can't take or change the
/// user's.
fn apart(command: &mut Command) -> io::Result<()> {
    if !has_terminal() {
        // A session would be of no use, and takes a fork in the place of the cheaper posix_spawn: a third
        // of what a small case costs.
        command.process_group(0);
        return Ok(());
    }
    // Only the hook is wanted: what is spawned stays a plain child.
    let wrapped = CommandWrap::from(Command::new(command.get_program()));
    ProcessSession.pre_spawn(command, &wrapped)
}

/// Whether the harness has a controlling terminal, which its nodes would inherit.
fn has_terminal() -> bool {
    static HAS_TERMINAL: OnceLock<bool> = OnceLock::new();
    *HAS_TERMINAL.get_or_init(|| File::open("/dev/tty").is_ok())
}

/// Allows this process as many open files as the system lets it: each node needs a few.
pub fn allow_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let highest = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // Where that isn't allowed, a large cluster fails to start, and says why.
    let _ = setrlimit(Resource::Nofile, highest);
}

/// Waits until something happens at any of the nodes, at most `wait`, and carries bytes both ways.
///
/// # Errors
/// Those of `poll`; what goes wrong on a pipe counts as its end.
pub fn wait_for_any(
    processes: &mut [&mut Process],
    wait: Duration,
    interrupt: Option<&Interrupt>,
) -> io::Result<Woke> {
    let wait = processes.iter().fold(wait.min(WAIT_MAX), |wait, process| {
        process.exit_watch.cap(wait)
    });
    let happened = {
        let ends = processes.iter().flat_map(|process| process.ends());
        let watched = ends.filter_map(|(end, flags)| Some(PollFd::from_borrowed_fd(end?, flags)));
        let raised = interrupt.map(|interrupt| PollFd::new(interrupt, PollFlags::IN));
        let mut watched: Vec<_> = raised.into_iter().chain(watched).collect();
        let timeout = Timespec::try_from(wait).ok();
        match poll(&mut watched, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let happened = watched.iter().map(|watched| !watched.revents().is_empty());
        happened
            .skip(usize::from(interrupt.is_some()))
            .collect::<Vec<_>>()
    };
    if interrupt.is_some_and(Interrupt::is_raised) {
        return Ok(Woke::Interrupted);
    }
    let mut happened = happened.into_iter();
    for process in processes {
        let at = process
            .ends()
            .map(|(end, _)| end.is_some() && happened.next().unwrap_or_default());
        process.carry(at);
    }
    Ok(Woke::GoOn)
}

/// What is left of an ended node.
#[derive(Debug)]
pub struct Ended {
    /// How its own process ended; killed by us, if it had not exited.
    pub exit: Exit,
    /// What it wrote to stdout.
    pub output: Vec<u8>,
    /// The end of what it wrote to stderr.
    pub stderr: Vec<u8>,
    /// Whether it had children that were still there when it had exited.
    pub left_children: bool,
}

/// The first line of a program that couldn't be started, if it is short enough for a script's.
pub fn first_line(program: &Path) -> Option<Vec<u8>> {
    let mut start = [0; 256];
    // A pipe may have nobody who writes it.
    fs::metadata(program).ok().filter(fs::Metadata::is_file)?;
    let count = File::open(program).ok()?.read(&mut start).ok()?;
    let line = start.get(..count)?.split(|byte| *byte == b'\n').next()?;
    Some(line.to_vec())
}

/// Reads what is there, but not without end; `false` when there is nothing more now, or never again
/// (then the pipe is closed).
fn read_chunk<R: AsFd>(pipe: &mut Option<R>, into: &mut Vec<u8>) -> bool {
    let Some(open) = pipe else {
        return false;
    };
    // On the stack: to allocate so much for a few bytes, again for each message, takes longer than to copy them.
    let mut room = [const { MaybeUninit::uninit() }; READ_MAX];
    match rustix::io::read(open, &mut room) {
        Ok(([], _)) => *pipe = None,
        Ok((bytes, _)) => {
            into.extend_from_slice(bytes);
            return true;
        }
        Err(error) if is_transient(&error.into()) => {}
        Err(_) => *pipe = None,
    }
    false
}

fn is_transient(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

fn exit(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (_, Some(signal)) => Exit::Signal(signal),
        (code, None) => Exit::Status(code.unwrap_or_default()),
    }
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::env;
    use std::io::BufRead;
    use std::thread;
    use std::time::Instant;

    use nix::sys::ptrace;
    use nix::unistd::Pid;

    use super::*;

    fn shell(script: &str) -> Process {
        Process::start(&Launch {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            env: Vec::new(),
            folder: None,
        })
        .unwrap()
    }

    const TRACED: &str = "TRACED_BY_A_TEST";

    /// Not a test of its own: what the next one starts.
    #[test]
    #[ignore = "it is started by another test"]
    fn traces() {
        let Ok(traced) = env::var(TRACED) else { return };
        let traced = Pid::from_raw(traced.parse().unwrap());
        // What it traces is never waited for.
        match ptrace::seize(traced, ptrace::Options::empty()) {
            Ok(()) => eprintln!("it traces"),
            Err(error) => eprintln!("it may not: {error}"),
        }
        thread::sleep(Duration::from_secs(60));
    }

    #[test]
    fn a_node_that_is_traced_is_seen_to_exit() {
        let mut node = shell("read -r line; exit 7");
        let mut tracer = Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                "process::tests::traces",
                "--ignored",
                "--nocapture",
            ])
            .env(TRACED, node.child.id().to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = io::BufReader::new(tracer.stderr.take().unwrap()).lines();
        let is_attached = lines.any(|line| line.unwrap().starts_with("it traces"));
        node.send(b"\n");
        let started = Instant::now();
        while !node.has_exited() && started.elapsed() < Duration::from_secs(30) {
            wait_for_any(&mut [&mut node], Duration::from_millis(10), None).unwrap();
        }
        let has_exited = node.has_exited();
        tracer.kill().unwrap();
        tracer.wait().unwrap();
        assert!(has_exited, "traced: {is_attached}");
        assert_eq!(node.end(0).unwrap().exit, Exit::Status(7));
    }
}

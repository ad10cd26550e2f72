//! A harness that is killed outright can't end its nodes: its watcher does, and ends with each harness.

use std::fs;
use std::io::{PipeReader, PipeWriter, Write, pipe};
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::fake::{self, Cases, Load, processes_with, wait_for};

const INPUT: &str = "@timeout 100s\n\
    {\"src\":\"c0\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const EXPECTED: &str =
    "{\"src\":\"n1\",\"dest\":\"c0\",\"body\":{\"type\":\"ping_ok\",\"in_reply_to\":1}}\n";

/// Where the nodes' working folders are.
const TEMPORARY: &str = ".tmp";

/// A started harness. Whatever comes of the test, nothing of it stays.
struct Started {
    cases: Cases,
    harness: Child,
}

impl Started {
    /// Two cases at once, with a node that goes this way.
    fn new(command: &str, way: &str) -> Self {
        Self::writing(command, way, Stdio::null())
    }

    fn writing(command: &str, way: &str, stdout: Stdio) -> Self {
        let cases = Cases::one(INPUT, EXPECTED);
        cases.add("other", INPUT, EXPECTED);
        fs::create_dir(cases.path().join(TEMPORARY)).unwrap();
        let harness = fake::harness()
            .env("TMPDIR", cases.path().join(TEMPORARY))
            .args([command, ".", "--jobs", "2", "--bin"])
            .arg(fake::node())
            .args(["--", way, cases.token()])
            .current_dir(cases.path())
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Self { cases, harness }
    }

    /// Waits until so many processes run: the harness, its nodes and their children.
    fn wait_until_there_are(&self, count: usize) {
        wait_for("nodes", || {
            (processes_with(self.cases.token()).len() == count).then_some(())
        });
    }

    /// Waits until both nodes have a child: then each has read a line, and the watcher knows its group.
    fn wait_for_children(&self) {
        self.wait_until_there_are(1 + 2 * 2);
    }

    /// The watcher's process.
    fn watcher(&self) -> String {
        format!("harness-watcher {}-", self.harness.id())
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.harness), signal).unwrap();
    }

    /// Waits until the watcher catches signals.
    fn wait_for_watcher(&self) -> Pid {
        wait_for("watcher", || {
            let pid = fake::pids_with(&self.watcher()).pop()?;
            catches_interrupts(pid).then(|| Pid::from_raw(pid))?
        })
    }

    #[track_caller]
    fn kill(self) {
        self.kill_with(kill_process);
    }

    /// Kills it in this way; asserts that nothing is left soon.
    #[track_caller]
    fn kill_with(mut self, kill: fn(Pid, Signal) -> rustix::io::Result<()>) {
        assert_eq!(processes_with(&self.watcher()).len(), 1, "one watcher");
        kill(Pid::from_child(&self.harness), Signal::KILL).unwrap();
        self.harness.wait().unwrap();
        let texts = [self.cases.token(), &self.watcher()];
        let left = || texts.map(processes_with).concat();
        wait_for("end of all", || left().is_empty().then_some(()));
        let folders = self.folders();
        assert_eq!(folders, 0, "working folders are left");
    }

    /// How many working folders of nodes there are.
    fn folders(&self) -> usize {
        let folders = fs::read_dir(self.cases.path().join(TEMPORARY));
        folders.map_or(0, Iterator::count)
    }

    /// How it ends by itself, and what is left the moment it has.
    fn end(mut self) -> (Option<i32>, Vec<String>) {
        let status = self.harness.wait().unwrap();
        let left = [self.cases.token(), &self.watcher()].map(processes_with);
        assert_eq!(self.folders(), 0, "working folders are left");
        (status.code(), left.concat())
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.harness.kill();
        let _ = self.harness.wait();
        for text in [self.cases.token(), &self.watcher()] {
            for pid in fake::pids_with(text) {
                let pid = Pid::from_raw(pid).unwrap();
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

/// Whether the process catches SIGINT.
fn catches_interrupts(pid: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mut lines = status.lines();
    let caught = lines.find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|signals| u64::from_str_radix(signals.trim(), 16).ok());
    caught.is_some_and(|signals| signals & 2 != 0)
}

#[test]
fn nodes_and_their_groups_end_with_a_killed_harness() {
    fake::at_once(
        Load::Sleeper,
        &["run", "audit", "bless", "watch"],
        |command| {
            let started = Started::new(command, "stuck-with-child");
            started.wait_for_children();
            started.kill();
        },
    );
}

#[test]
fn nodes_end_with_a_harness_whose_group_is_killed() {
    let started = Started::new("run", "stuck-with-child");
    started.wait_for_children();
    started.kill_with(kill_process_group);
}

#[test]
fn no_watcher_outlives_a_run() {
    // An audit calls the cases weak.
    let runs = [
        ("run", "good", 0),
        ("run", "wrong-source", 1),
        ("audit", "good", 1),
        ("bless", "good", 0),
    ];
    fake::at_once(Load::Sleeper, &runs, |(command, way, status)| {
        let ended = Started::new(command, way).end();
        assert_eq!(ended, (Some(*status), Vec::new()), "{command} {way}");
    });
}

#[test]
fn no_watcher_outlives_an_interrupted_run() {
    fake::at_once(Load::Sleeper, &[Signal::INT, Signal::TERM], |signal| {
        let started = Started::new("run", "deaf");
        started.wait_until_there_are(3);
        started.signal(*signal);
        assert_eq!(started.end(), (Some(130), Vec::new()));
    });
}

#[test]
fn signals_that_a_harness_catches_do_not_end_its_watcher() {
    let started = Started::new("run", "stuck-with-child");
    started.wait_for_children();
    let watcher = started.wait_for_watcher();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        kill_process(watcher, signal).unwrap();
    }
    started.kill();
}

#[test]
fn watcher_that_stands_still_does_not_hold_up_a_run() {
    let started = Started::new("run", "deaf");
    started.wait_until_there_are(3);
    kill_process(started.wait_for_watcher(), Signal::STOP).unwrap();
    started.signal(Signal::INT);
    assert_eq!(started.end(), (Some(130), Vec::new()));
}

/// A pipe that takes nothing more, and nobody reads.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = pipe().unwrap();
    fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
    for length in [64 * 1024, 1] {
        while writer.write(&vec![b'x'; length]).is_ok() {}
    }
    fcntl_setfl(&writer, OFlags::empty()).unwrap();
    (reader, writer)
}

#[test]
fn a_harness_that_is_blocked_ends_when_it_is_asked_again_and_again() {
    let (_unread, stdout) = full_pipe();
    let mut started = Started::writing("run", "deaf", stdout.into());
    let watcher = started.watcher();
    wait_for("watcher", || processes_with(&watcher).first().map(drop));
    let exit = wait_for("end", || {
        // Signals that come too soon after each other are one.
        started.signal(Signal::INT);
        started.harness.try_wait().unwrap()
    });
    assert_eq!(exit.code(), Some(130));
    wait_for("end of its nodes", || {
        let left = processes_with(started.cases.token());
        left.is_empty().then_some(())
    });
}

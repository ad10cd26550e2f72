//! A harness that is killed outright can clean up nothing itself: nothing is left all the same, and
//! what sees to that is gone when it isn't needed any more.

use std::fs;
use std::io::{PipeReader, PipeWriter, Write, pipe};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use assert_cmd::cargo::cargo_bin;
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
        Self::with(command, way, INPUT)
    }

    fn with(command: &str, way: &str, input: &str) -> Self {
        Self::writing(command, way, input, Stdio::null())
    }

    fn writing(command: &str, way: &str, input: &str, stdout: Stdio) -> Self {
        let cases = Cases::one(input, EXPECTED);
        cases.add("other", input, EXPECTED);
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

    /// Waits until so many processes run: the harness, its nodes and what these have started.
    fn wait_until_there_are(&self, count: usize) {
        wait_for("nodes", || {
            let there = processes_with(self.cases.token());
            let is_settled = !there.iter().any(|line| line.contains(" intermediate "));
            (is_settled && there.len() == count).then_some(())
        });
    }

    /// The watcher's process.
    fn watcher(&self) -> String {
        format!("harness-watcher {}-", self.harness.id())
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.harness), signal).unwrap();
    }

    /// Waits until the watcher has looked at what runs now.
    fn wait_for_a_look(&self) {
        let pid = wait_for("watcher", || fake::pids_with(&self.watcher()).pop());
        // What it reads before its first look is that of a program that starts; it begins when it hears
        // of signals.
        wait_for("watcher that watches", || {
            hears_of_signals(pid).then_some(())
        });
        // It reads no more in a look: less than so much of each process and of each thread. One may
        // have begun too early.
        let look = 1000 + 400 * processes_with(self.cases.token()).len() as u64;
        let before = wait_for("watcher", || bytes_read(pid));
        wait_for("look", || {
            (bytes_read(pid)? > before + 2 * look).then_some(())
        });
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

/// What is to live until the test is over, and no longer.
struct Spared(Pid);

impl Drop for Spared {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::KILL);
    }
}

/// Whether the process catches SIGINT.
fn hears_of_signals(pid: i32) -> bool {
    let caught = field(pid, "status", "SigCgt:");
    let caught = caught.and_then(|signals| u64::from_str_radix(&signals, 16).ok());
    caught.is_some_and(|signals| signals & 2 != 0)
}

/// How much the process has read, in bytes; where the system doesn't count that, a hundred for each time
/// that it has gone to sleep: on a busy machine it may do so in the middle of a look, too.
fn bytes_read(pid: i32) -> Option<u64> {
    let count = |file: &str, name: &str| field(pid, file, name)?.parse::<u64>().ok();
    let sleeps = || Some(count("status", "voluntary_ctxt_switches:")? * 100);
    count("io", "rchar:").or_else(sleeps)
}

/// What the system says of a process under this name.
fn field(pid: i32, file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
    let mut lines = text.lines();
    lines.find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
}

#[test]
fn nothing_is_left_of_nodes_that_hang() {
    fake::at_once(
        Load::Sleeper,
        &["run", "audit", "bless", "watch"],
        |command| {
            let started = Started::new(command, "deaf");
            started.wait_until_there_are(3);
            started.kill();
        },
    );
}

#[test]
fn nothing_is_left_of_a_group_that_is_killed_as_a_whole() {
    let started = Started::new("run", "deaf");
    started.wait_until_there_are(3);
    started.kill_with(kill_process_group);
}

#[test]
fn nothing_is_left_of_descendants_wherever_they_went() {
    // In the group, in a group of their own, in a session of their own, without their environment.
    let started = Started::new("run", "lingers-with-clan");
    let sessions = Command::new("setsid").arg("true").status().is_ok();
    if !sessions {
        fake::does_without("setsid(1): nobody has a session of their own");
    }
    started.wait_until_there_are(1 + 2 * (4 + usize::from(sessions)));
    started.kill();
}

#[test]
fn nothing_is_left_of_descendants_that_nothing_tells_of_any_more() {
    // Their environment is wiped, and their parents are gone, or go as soon as their input ends.
    let input = format!("{INPUT}@sleep 90s\n{{}}\n");
    let ways = ["stuck-with-nameless-orphan", "stuck-with-nameless-children"];
    fake::at_once(Load::Sleeper, &ways, |way| {
        let started = Started::with("run", way, &input);
        started.wait_until_there_are(1 + 2 * 3);
        started.wait_for_a_look();
        started.kill();
    });
}

#[test]
fn what_the_harness_was_given_is_spared_by_the_watcher() {
    let cases = Cases::one(INPUT, EXPECTED);
    let script = "sleep 1000 >/dev/null 2>&1 & exec \"$@\"";
    let mut shell = Command::new("sh");
    let harness = shell
        .args(["-c", script, "sh"])
        .arg(cargo_bin!("harness"))
        .args(["run", ".", "--bin"])
        .arg(fake::node())
        .args(["--", "deaf", cases.token()])
        .env("XDG_CACHE_HOME", cases.path().join(".cache"))
        .current_dir(cases.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Started { cases, harness };
    started.wait_until_there_are(2);
    let children = format!("/proc/{0}/task/{0}/children", started.harness.id());
    let children = fs::read_to_string(children).unwrap();
    let spared = children.split(' ').next().unwrap().parse().unwrap();
    let spared = Spared(Pid::from_raw(spared).unwrap());
    started.wait_for_a_look();
    started.kill();
    // Killed, it might still stand there for a while, but without its arguments.
    let arguments = fs::read_to_string(format!("/proc/{}/cmdline", spared.0.as_raw_nonzero()));
    assert_eq!(arguments.unwrap(), "sleep\x001000\0", "it still lives");
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
fn what_ends_a_harness_politely_does_not_end_its_watcher() {
    let started = Started::new("run", "deaf");
    started.wait_until_there_are(3);
    started.wait_for_a_look();
    for pid in fake::pids_with(&started.watcher()) {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
        }
    }
    started.wait_for_a_look();
    started.kill();
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
    let mut started = Started::writing("run", "deaf", INPUT, stdout.into());
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

//! A run that is cut short: judged as far as it went if the harness is asked to end, and in any case
//! nothing of it is left.

use std::fs;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{lines, results, runs};
use crate::fake::{self, Cases, processes_with, wait_for};

/// A started test of a cluster. Whatever comes of it, nothing of it stays.
struct Started {
    folder: Cases,
    harness: Child,
}

impl Started {
    fn new(way: &str, arguments: &[&str]) -> Self {
        let folder = Cases::new();
        let mut harness = fake::harness();
        harness.arg("test").arg("--bin").arg(fake::cluster_node());
        harness.args(["--rate", "30", "--log-net-recv", "--out", "out"]);
        harness.args(arguments).args(["--", way, folder.token()]);
        let stdout = File::create(folder.path().join("stdout")).unwrap();
        harness.current_dir(folder.path()).stdin(Stdio::null());
        let harness = harness.stdout(stdout).process_group(0).spawn().unwrap();
        Self { folder, harness }
    }

    /// Waits until it shows that a message with this in it arrived.
    fn wait_for_message(&self, text: &str) {
        wait_for(text, || {
            self.folder.read("stdout").contains(text).then_some(())
        });
    }

    /// Waits until a part of the run has begun.
    fn wait_for_phase(&self, phase: &str) {
        let began = format!("\"type\":\"phase\",\"phase\":\"{phase}\"");
        wait_for(phase, || {
            let history = self.folder.read("out/history.jsonl");
            history.contains(&began).then_some(())
        });
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.harness), signal).unwrap();
    }

    /// Waits for its end, and for that of all that it started. How it ended, and what it said.
    fn end(&mut self) -> (Option<i32>, String) {
        let status = self.harness.wait().unwrap();
        let left = processes_with(self.folder.token());
        assert_eq!(left, [""; 0], "left behind");
        (status.code(), self.folder.read("stdout"))
    }

    /// When a part of the run began, in seconds.
    fn began(&self, phase: &str) -> f64 {
        let history = lines(&self.folder, "out/history.jsonl");
        let mut began = history.iter().filter(|line| line["phase"] == phase);
        let began = &began.find(|line| line["type"] == "phase").unwrap()["time"];
        Duration::from_nanos(began.as_u64().unwrap()).as_secs_f64()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.harness.kill();
        let _ = self.harness.wait();
        for pid in fake::pids_with(self.folder.token()) {
            let _ = kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL);
        }
    }
}

/// A client's request, as it is logged.
const BROADCAST: &str = "\"type\":\"broadcast\",\"message\":5";
/// The harness asks only when all is healed.
const RECOVERY: &str = "arrived {\"src\":\"c0\",\"dest\":\"n0\",\"body\":{\"type\":\"read\"";

#[test]
fn an_interrupt_during_the_load_ends_it_in_good_order() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut started = Started::new("right", &["--time-limit", "600"]);
        started.wait_for_message(BROADCAST);
        started.signal(signal);
        let (status, said) = started.end();
        assert_eq!(status, Some(130), "{said}");
        for text in [
            "\nvalid\n",
            "\ninterrupted: this is what there was by then\n",
            "\ncluster: 1 valid, 0 not valid\n",
        ] {
            assert!(said.contains(text), "no {text:?} in {said}");
        }
        assert_eq!(results(&runs(&started.folder)[0])["valid"], true);
        started.began("end");
    }
}

#[test]
fn an_interrupt_during_the_recovery_judges_what_there_is() {
    let short = ["--time-limit", "1", "--recovery", "10"];
    let mut started = Started::new("never-forwards", &short);
    started.wait_for_message(RECOVERY);
    started.signal(Signal::INT);
    let (status, said) = started.end();
    assert_eq!(status, Some(130), "{said}");
    assert!(said.contains("\nNOT VALID\n  lost: n0 "), "{said}");
    assert!(
        said.ends_with("\ncluster: 0 valid, 1 not valid\n"),
        "{said}"
    );
    let waited = started.began("final-reads") - started.began("recovery");
    assert!(waited < 9.0, "{waited} s");
}

#[test]
fn a_second_interrupt_ends_the_recovery_and_a_third_all_the_rest() {
    let long = ["--time-limit", "600", "--recovery", "10"];
    let mut started = Started::new("never-forwards", &long);
    started.wait_for_message(BROADCAST);
    started.signal(Signal::INT);
    started.wait_for_message(RECOVERY);
    started.signal(Signal::INT);
    let (status, said) = started.end();
    assert_eq!(status, Some(130), "{said}");
    assert!(said.contains(" lacks "), "{said}");
    let waited = started.began("final-reads") - started.began("recovery");
    assert!(waited < 9.0, "{waited} s");

    // One that reads nothing would be waited for.
    let mut started = Started::new("stops-reading", &long);
    started.wait_for_message(BROADCAST);
    for phase in ["recovery", "final-reads"] {
        started.signal(Signal::INT);
        started.wait_for_phase(phase);
    }
    started.signal(Signal::INT);
    let (status, said) = started.end();
    assert_eq!(status, Some(130), "{said}");
    let waited = started.began("end") - started.began("final-reads");
    assert!(waited < 4.5, "{waited} s");
}

#[test]
fn of_many_runs_an_interrupt_ends_those_under_way_and_begins_no_others() {
    let many = [
        "--time-limit",
        "600",
        "--test-count",
        "9",
        "--jobs",
        "2",
        "--seed",
        "1",
    ];
    let mut started = Started::new("right", &many);
    for run in ["out/1", "out/2"] {
        wait_for("broadcast that is acknowledged", || {
            let history = started.folder.path().join(run).join("history.jsonl");
            let history = fs::read_to_string(history).unwrap_or_default();
            let is_one = |line: &str| line.contains("\"ok\"") && line.contains("\"broadcast\"");
            history.lines().any(is_one).then_some(())
        });
    }
    started.signal(Signal::INT);
    let (status, said) = started.end();
    assert_eq!(status, Some(130), "{said}");
    assert!(
        said.ends_with("\ncluster: 0 valid, 0 not valid, 2 interrupted, 7 not run\n"),
        "{said}"
    );
    assert_eq!(runs(&started.folder).len(), 2);
}

#[test]
fn nothing_is_left_of_nodes_with_children_when_the_run_is_over() {
    let mut started = Started::new("family", &["--time-limit", "1", "--seed", "1"]);
    let (status, said) = started.end();
    assert_eq!(status, Some(0), "{said}");
}

#[test]
fn nodes_and_their_groups_end_with_a_killed_harness() {
    let mut started = Started::new("has-child", &["--time-limit", "600"]);
    started.wait_for_message(BROADCAST);
    let watcher = format!("harness-watcher {}-", started.harness.id());
    assert_eq!(processes_with(&watcher).len(), 1);
    // The harness, five nodes, and a child of each.
    wait_for("children", || {
        (processes_with(started.folder.token()).len() == 11).then_some(())
    });
    // What is shown may not have been written yet.
    wait_for("request", || {
        let history = started.folder.read("out/history.jsonl");
        history.contains("\"f\":\"broadcast\"").then_some(())
    });
    started.signal(Signal::KILL);
    started.harness.wait().unwrap();
    let left = || {
        [started.folder.token(), &watcher]
            .map(processes_with)
            .concat()
    };
    wait_for("end of all", || left().is_empty().then_some(()));
    let text = "out ends in the middle: the harness was killed while it ran\n";
    let checked = started.folder.harness(&["check", "out"]);
    let last = "cluster: 0 valid, 0 not valid, 1 could not be judged";
    checked.check(2, &[text], last);
    checked.never_says("no client broadcast anything");
}

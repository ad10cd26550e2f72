//! What runs again: what failed, and whatever when something changes.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::process::{Child, Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use rustix::process::{Pid, Signal, kill_process};

use crate::fake::{self, Cases, wait_for};

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const PONG: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"ping_ok\",\"in_reply_to\":1}}\n";

fn two() -> Cases {
    let cases = Cases::new();
    cases.add("a", PING, PONG);
    cases.add("b", PING, &PONG.replace("ping_ok", "pong"));
    cases
}

#[test]
fn what_failed_last_time_can_be_run_alone() {
    let cases = two();
    let nothing = cases.run_with(&[".", "--failed"], &["good"]);
    assert_eq!(nothing.status, 2);
    assert!(
        nothing.stderr.contains("without --failed"),
        "{}",
        nothing.stderr
    );

    cases
        .run("good")
        .check(1, &["FAIL ./b.in"], "golden: 1 passed, 1 failed");
    let last = "golden: 0 passed, 1 failed";
    cases
        .run_with(&[".", "--failed"], &["good"])
        .check(1, &["FAIL ./b.in"], last);
    // A run of others changes nothing about it, and neither does the way in which it is named.
    cases
        .run_with(&["a"], &["good"])
        .check(0, &[], "golden: 1 passed, 0 failed");
    let place = cases.path().join("b.in");
    let there = cases.run_with(&[place.to_str().unwrap(), "--failed"], &["good"]);
    there.check(1, &[], last);
    assert_eq!(cases.run_with(&["a", "--failed"], &["good"]).status, 2);

    cases.add("b", PING, PONG);
    let passes = "golden: 1 passed, 0 failed";
    cases
        .run_with(&[".", "--failed"], &["good"])
        .check(0, &[], passes);
    assert_eq!(cases.run_with(&[".", "--failed"], &["good"]).status, 2);
}

#[test]
fn what_was_not_run_again_is_still_remembered() {
    let cases = two();
    cases.add("a", PING, &PONG.replace("ping_ok", "pong"));
    cases
        .run("good")
        .check(1, &[], "golden: 0 passed, 2 failed");
    let one = cases.run_with(&[".", "--failed", "--fail-fast", "--jobs", "1"], &["good"]);
    one.check(1, &["1 case not run"], "golden: 0 passed, 1 failed");
    let both = cases.run_with(&[".", "--failed"], &["good"]);
    both.check(1, &[], "golden: 0 passed, 2 failed");
}

#[test]
fn where_nothing_can_be_kept_nothing_is_wrong() {
    let cases = two();
    cases.write("file", "");
    let mut harness = fake::harness();
    harness.args(["run", "a", "--bin"]).arg(fake::node());
    for cache in [cases.path().join("file"), "relative".into()] {
        let output = harness
            .current_dir(cases.path())
            .env_remove("HOME")
            .env("XDG_CACHE_HOME", cache)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    assert!(!cases.path().join("relative").exists());
}

/// A watch that is ended in any case.
struct Watch {
    harness: Child,
    output: std::path::PathBuf,
    /// How much of the output was looked at.
    seen: usize,
}

impl Watch {
    fn start(cases: &Cases, arguments: &[&str]) -> Self {
        let node = ["--bin", fake::node().to_str().unwrap()];
        Self::start_as(fake::harness(), cases, &[&node, arguments].concat())
    }

    fn start_as(mut harness: Command, cases: &Cases, arguments: &[&str]) -> Self {
        let output = cases.path().join("output");
        let log = File::create(&output).unwrap();
        let harness = harness
            .args(["watch", ".", "--verbose", "--jobs", "1"])
            .args(arguments)
            .current_dir(cases.path())
            .env("XDG_CACHE_HOME", cases.path().join(".cache"))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self {
            harness,
            output,
            seen: 0,
        }
    }

    /// What comes until the watch waits again.
    fn round(&mut self) -> String {
        let end = "waiting for a change; Ctrl-C ends\n";
        let (output, seen) = (self.output.clone(), self.seen);
        let text = wait_for("end of a round", || {
            let text = fs::read_to_string(&output).unwrap();
            let end = text[seen..].find(end)? + end.len();
            Some(text[seen..seen + end].to_owned())
        });
        self.seen += text.len();
        text
    }

    /// Waits for a round that says all this, in this order: the next one, unless that saw what changes
    /// half changed.
    fn says(&mut self, all: &[&str]) {
        let mut round = self.round();
        while !has(&round, all) {
            let _ = writeln!(
                io::stderr(),
                "no {all:?} in this order in:
{round}"
            );
            round = self.round();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.harness.kill();
        let _ = self.harness.wait();
    }
}

/// Whether a round says all this, in this order.
fn has(round: &str, all: &[&str]) -> bool {
    let mut rest = round;
    all.iter().all(|text| {
        let found = rest.split_once(text);
        rest = found.map_or("", |(_, after)| after);
        found.is_some()
    })
}

#[test]
fn a_watch_runs_again_when_something_changes_failures_first() {
    let cases = two();
    let mut watch = Watch::start(&cases, &["--", "good"]);
    watch.says(&["PASS ./a.in", "FAIL ./b.in", "golden: 1 passed, 1 failed"]);

    cases.write("a.in", &format!("# A title\n{PING}"));
    watch.says(&[
        "changed: ./a.in\n",
        "FAIL ./b.in",
        "PASS ./a.in: A title",
        "1 failed",
    ]);

    cases.write("b.expected", PONG);
    watch.says(&["changed: ./b.expected\n", "golden: 2 passed, 0 failed"]);

    cases.write("harness.toml", "nothing = 1\n");
    watch.says(&[
        "harness.toml",
        "there is no key `nothing`",
        "0 passed, 2 failed",
    ]);
    cases.write("harness.toml", "match = \"prefix\"\n");
    watch.says(&["harness.toml", "golden: 2 passed, 0 failed"]);

    cases.write("c.in", PING);
    watch.says(&["changed: ./c.in\n", "there is no ./c.expected", "1 failed"]);

    for name in ["a.in", "a.expected", "b.in", "b.expected", "c.in"] {
        fs::remove_file(cases.path().join(name)).unwrap();
    }
    watch.says(&["changed: ", "error: no case in .:"]);
    cases.add("a", PING, PONG);
    watch.says(&["golden: 1 passed, 0 failed"]);

    kill_process(Pid::from_child(&watch.harness), Signal::INT).unwrap();
    assert_eq!(watch.harness.wait().unwrap().code(), Some(130));
}

#[test]
fn a_watch_runs_again_when_the_node_changes() {
    let cases = Cases::new();
    cases.add("a", PING, PONG);
    cases.write("said", "nothing\n");
    let mut watch = Watch::start(&cases, &["--", "replay", "said"]);
    watch.says(&["golden: 0 passed, 1 failed"]);
    cases.write("said", PONG);
    watch.says(&["changed: said\n", "golden: 1 passed, 0 failed"]);
}

#[test]
fn the_node_beside_the_harness_is_watched_where_it_is_run() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (harness, node) = (folder.path().join("harness"), folder.path().join("node"));
    fs::hard_link(cargo_bin!("harness"), &harness).unwrap();
    symlink(fake::node(), &node).unwrap();
    let (one, other) = (two(), two());
    // What makes it a repository of ours, and the node one that Cargo built.
    let manifest = "[workspace]\nmembers = [\"node\", \"harness\"]\n";
    one.write("Cargo.toml", manifest);
    fs::create_dir(folder.path().join(".fingerprint")).unwrap();
    let mut run = Watch::start_as(Command::new(&harness), &one, &[]);
    let named = ["--bin", fake::node().to_str().unwrap()];
    let mut not_run = Watch::start_as(Command::new(&harness), &other, &named);
    run.round();
    not_run.round();

    fs::remove_file(&node).unwrap();
    symlink("harness", &node).unwrap();
    run.says(&["changed: ", "node\n"]);
    other.write("a.expected", "");
    let round = not_run.round();
    assert!(has(&round, &["\nchanged: ./a.expected\n"]), "{round}");
}

#[test]
fn keys_run_all_cases_or_those_that_failed_or_end_the_watch() {
    let cases = two();
    let output = cases.path().join("output");
    let command = format!(
        "{} watch . --verbose --jobs 1 --bin {} -- good",
        cargo_bin!("harness").display(),
        fake::node().display()
    );
    let terminal = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .env_remove("GITHUB_ACTIONS")
        .env("XDG_CACHE_HOME", cases.path().join(".cache"))
        .current_dir(cases.path())
        .stdin(Stdio::piped())
        .stdout(File::create(&output).unwrap())
        .spawn();
    let Ok(mut terminal) = terminal else {
        return fake::does_without("script(1) to make a terminal: nobody presses a key");
    };
    let mut keys = terminal.stdin.take().unwrap();
    let mut seen = 0;
    let mut round = || {
        let end = "waiting for a change; a all, f failed, Enter again, q quit\r\n";
        let text = wait_for("end of a round", || {
            let text = fs::read_to_string(&output).unwrap();
            let end = text[seen..].find(end)? + end.len();
            Some(text[seen..seen + end].to_owned())
        });
        seen += text.len();
        text
    };
    let mut press = |key: &str| keys.write_all(key.as_bytes()).unwrap();
    let (all, failed) = ("1 passed, 1 failed", "0 passed, 1 failed");
    assert!(has(&round(), &[all]));
    for (key, says) in [("f", failed), ("\n", failed), ("A", all), ("\n", all)] {
        press(key);
        let round = round();
        assert!(has(&round, &[says]), "{key:?}: {round}");
    }
    cases.write("b.expected", PONG);
    assert!(has(
        &round(),
        &["changed: ./b.expected", "2 passed, 0 failed"]
    ));
    press("xf");
    let passed = ["no case failed; all run", "2 passed, 0 failed"];
    assert!(has(&round(), &passed));
    press("q");
    assert_eq!(terminal.wait().unwrap().code(), Some(0));
}

#[test]
fn what_cannot_be_watched_is_an_error_at_once() {
    let cases = Cases::new();
    assert_eq!(cases.harness(&["watch", "nowhere"]).status, 2);
    assert_eq!(cases.harness(&["watch", "."]).status, 2);
}

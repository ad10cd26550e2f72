//! Where output goes and what it must not replace: full devices, files that a run needs, colors; and what the
//! harness finds around it.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::fake::{self, Cases, processes_with, wait_for};

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const PONG: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"ping_ok\",\"in_reply_to\":1}}\n";

#[test]
fn a_stdout_that_takes_nothing_is_an_error_of_every_command() {
    let cases = Cases::one(PING, PONG);
    cases.write("task.txt", include_str!("pages/task.txt"));
    let node = fake::node().to_str().unwrap();
    for arguments in [
        &["list", "."][..],
        &["config", "."],
        &["audit", ".", "--bin", node],
        &["bless", ".", "--bin", node],
        &["run", ".", "--bin", node],
        &["man"],
        &["completions", "bash"],
        &["new", "more", "read"],
        &["import", "task.txt", "task"],
        &["--help"],
        &["--version"],
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = fake::harness()
            .args(arguments)
            .current_dir(cases.path())
            .stdout(full)
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains("stdout"), "{arguments:?}: {stderr}");
        assert!(stderr.contains("No space left"), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_report_replaces_nothing_that_the_run_needs() {
    let cases = Cases::one(PING, PONG);
    cases.write("node.sh", "x");
    cases.write("harness.toml", "timeout = \"4s\"\n");
    symlink("case.in", cases.path().join("link")).unwrap();
    fs::copy(fake::node(), cases.path().join("node")).unwrap();
    let refused = |report: &str, what: &str, node: &[&str]| {
        for flag in ["--json", "--junit"] {
            let ran = cases.harness(&[&["run", ".", flag, report, "--bin"], node].concat());
            let says = format!("the report {report} would replace {what}; name another file");
            assert_eq!(ran.status, 2, "{}{}", ran.stdout, ran.stderr);
            assert!(ran.stderr.contains(&says), "{}", ran.stderr);
        }
    };
    let before = fs::read(cases.path().join("node")).unwrap();
    for file in ["case.in", "case.expected", "new.in", "link"] {
        refused(file, "a file of a case", &["node"]);
    }
    refused("harness.toml", "settings of cases", &["node"]);
    refused("node", "the node", &["node"]);
    refused("./node.sh", "the node", &["/bin/sh", "--", "node.sh"]);
    assert_eq!(cases.read("case.in"), PING);
    assert!(fs::read(cases.path().join("node")).unwrap() == before);
    // A link is written through, though it leads nowhere yet.
    symlink("real.xml", cases.path().join("junit.xml")).unwrap();
    let ran = cases.run_with(&["case", "--junit", "junit.xml"], &["good"]);
    ran.check(0, &[], "golden: 1 passed, 0 failed");
    assert!(cases.read("real.xml").contains("testsuite"));
}

#[test]
fn a_pipe_for_a_node_is_refused_at_once() {
    let cases = Cases::one(PING, PONG);
    let made = Command::new("mkfifo")
        .arg(cases.path().join("pipe"))
        .status();
    assert!(made.unwrap().success());
    for command in [&["run", "."][..], &["test"]] {
        let ran = cases.harness(&[command, &["--bin", "pipe"]].concat());
        assert_eq!(ran.status, 2);
        let says = "--bin pipe is no file, but a pipe or a device";
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    cases.write("harness.toml", "bin = \"pipe\"\n");
    let ran = cases.harness(&["run", "."]);
    ran.check(
        2,
        &["pipe could not be started"],
        "golden: 0 passed, 1 failed",
    );
}

#[test]
fn colors_can_be_forced_and_forbidden() {
    let cases = Cases::one(PING, PONG);
    let node = fake::node().to_str().unwrap();
    let is_colored = |variables: &[(&str, &str)]| {
        let ran = cases.harness_in(variables, &["run", ".", "--bin", node, "--", "silent"]);
        ran.stdout.contains('\u{1b}')
    };
    assert!(is_colored(&[("FORCE_COLOR", "1")]));
    assert!(!is_colored(&[("FORCE_COLOR", "0")]));
    assert!(!is_colored(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]));
    assert!(!is_colored(&[]));
    let ran = cases.harness_in(&[("TF_BUILD", "True")], &["bless", ".", "--bin", node]);
    assert_eq!(ran.status, 2, "Azure Pipelines is CI: {}", ran.stdout);
}

#[test]
fn without_a_home_nothing_is_kept_and_that_is_said() {
    let cases = Cases::one(PING, PONG);
    let node = fake::node().to_str().unwrap();
    let mut harness = Command::new(assert_cmd::cargo::cargo_bin!("harness"));
    let output = harness
        .args(["run", ".", "--failed", "--bin", node])
        .env_remove("HOME")
        .env_remove("XDG_CACHE_HOME")
        .current_dir(cases.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("no earlier run is stored"), "{stderr}");
}

#[test]
fn two_runs_at_once_keep_the_failures_of_both() {
    let cases = Cases::new();
    let go = cases.path().join("go");
    let waits = format!("@timeout 60s\n@args waits-for {}\n{PING}", go.display());
    cases.add("slow", &format!("# {}\n{waits}", cases.token()), "{}\n");
    cases.add("fast", PING, "{}\n");
    let node = fake::node().to_str().unwrap();
    let mut slow = fake::harness();
    let slow = slow
        .args(["run", "slow", "--bin", node])
        .current_dir(cases.path());
    let slow = slow.env("XDG_CACHE_HOME", cases.path().join(".cache"));
    let mut slow = slow.stdout(Stdio::null()).spawn().unwrap();
    wait_for("node", || {
        (!processes_with(go.to_str().unwrap()).is_empty()).then_some(())
    });
    assert_eq!(cases.harness(&["run", "fast", "--bin", node]).status, 1);
    fs::write(&go, "").unwrap();
    assert_eq!(slow.wait().unwrap().code(), Some(1));
    let ran = cases.harness(&["run", ".", "--failed", "--bin", node]);
    ran.check(1, &[], "golden: 0 passed, 2 failed");
}

#[test]
fn time_in_which_the_harness_was_stopped_does_not_count() {
    let cases = Cases::new();
    let go = cases.path().join("go");
    let input = format!("@timeout 3s\n@args waits-for {}\n{PING}", go.display());
    cases.add("case", &input, PONG);
    let mut harness = fake::harness();
    let harness = harness.args(["run", ".", "--bin"]).arg(fake::node());
    let harness = harness.current_dir(cases.path()).stdout(Stdio::piped());
    let harness = harness.spawn().unwrap();
    let pid = Pid::from_child(&harness);
    wait_for("node", || {
        (processes_with(go.to_str().unwrap()).len() == 1).then_some(())
    });
    kill_process(pid, Signal::STOP).unwrap();
    // It is to stand still for longer than the case may take.
    std::thread::sleep(Duration::from_millis(3200));
    kill_process(pid, Signal::CONT).unwrap();
    fs::write(&go, "").unwrap();
    let output = harness.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.ends_with("golden: 1 passed, 0 failed\n"), "{said}");
}

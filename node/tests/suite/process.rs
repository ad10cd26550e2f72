//! The built binary, as whoever runs it sees it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that finds something else than it expects may panic"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;

const INIT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2"]}}"#;
const INIT_OK: &str =
    r#"{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}}"#;
const TOPOLOGY: &str =
    r#"{"src":"c1","dest":"n1","body":{"type":"topology","topology":{"n1":["n2"]}}}"#;
const BROADCAST: &str = r#"{"src":"c1","dest":"n1","body":{"type":"broadcast","message":42}}"#;

/// How long a node may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Feeds the node and expects every byte of its output, and success.
fn check(input: &[&str], expected: &[&str]) {
    let lines = |lines: &[&str]| {
        lines
            .iter()
            .flat_map(|line| [*line, "\n"])
            .collect::<String>()
    };
    let mut node = assert_cmd::Command::new(cargo_bin!("node"));
    node.write_stdin(lines(input))
        .assert()
        .success()
        .stdout(lines(expected));
}

/// A node that goes on running while its input is open.
fn start(arguments: &[&str]) -> Child {
    let mut node = Command::new(cargo_bin!("node"));
    node.args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    node.spawn().unwrap()
}

fn feed(node: &mut Child, lines: &[&str]) {
    let input = node.stdin.as_mut().unwrap();
    for line in lines {
        writeln!(input, "{line}").unwrap();
    }
}

/// Whether the node says `expected` before its output ends or patience does.
fn says(node: &mut Child, expected: &'static str) -> bool {
    let lines = BufReader::new(node.stdout.take().unwrap()).lines();
    let (found, wait) = mpsc::channel();
    thread::spawn(move || found.send(lines.map_while(Result::ok).any(|line| line == expected)));
    wait.recv_timeout(PATIENCE).unwrap_or(false)
}

#[test]
fn broadcast_with_no_neighbors() {
    check(
        &[
            r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}"#,
            r#"{"src":"c1","dest":"n1","body":{"type":"topology","msg_id":2,"topology":{"n1":[]}}}"#,
            r#"{"src":"c1","dest":"n1","body":{"type":"broadcast","msg_id":3,"message":42}}"#,
            r#"{"src":"c1","dest":"n1","body":{"type":"read","msg_id":4}}"#,
        ],
        &[
            r#"{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}}"#,
            r#"{"src": "n1", "dest": "c1", "body": {"type": "topology_ok", "in_reply_to": 2, "msg_id": 1}}"#,
            r#"{"src": "n1", "dest": "c1", "body": {"type": "broadcast_ok", "in_reply_to": 3, "msg_id": 2}}"#,
            r#"{"src": "n1", "dest": "c1", "body": {"type": "read_ok", "messages": [42], "in_reply_to": 4, "msg_id": 3}}"#,
        ],
    );
}

#[test]
fn failure_stats_initially_zero() {
    check(
        &[
            r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}"#,
            r#"{"src":"c1","dest":"n1","body":{"type":"failure_stats","msg_id":2}}"#,
        ],
        &[
            r#"{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}}"#,
            r#"{"src": "n1", "dest": "c1", "body": {"type": "failure_stats_ok", "total_failures": 0, "direct_deliveries": 0, "in_reply_to": 2, "msg_id": 1}}"#,
        ],
    );
}

#[test]
fn no_input_is_no_failure() {
    check(&[], &[]);
}

#[test]
fn what_is_no_message_is_logged_and_skipped() {
    let mut input = b"nonsense\n\n[1]\n\xff\xfe\n{\"src\":1}\n\0\n".to_vec();
    input.extend("[".repeat(10_000).bytes());
    input.extend(format!("\n{INIT}\r\n").bytes());
    let mut node = assert_cmd::Command::new(cargo_bin!("node"));
    let output = node
        .write_stdin(input)
        .assert()
        .success()
        .stdout(format!("{INIT_OK}\n"))
        .get_output()
        .clone();
    let log = String::from_utf8(output.stderr).unwrap();
    let numbers: Vec<_> = log
        .lines()
        .filter_map(|line| line.split(':').next())
        .collect();
    assert_eq!(
        numbers,
        ["line 1", "line 3", "line 4", "line 5", "line 6", "line 7"]
    );
}

#[test]
fn the_timer_fires_by_itself() {
    let mut node = start(&["--ack-timeout", "20ms", "--gossip-interval", "1h"]);
    feed(&mut node, &[INIT, TOPOLOGY, BROADCAST]);
    let direct = r#"{"src": "n1", "dest": "n2", "body": {"type": "broadcast", "message": 42, "direct": true, "msg_id": 2}}"#;
    assert!(says(&mut node, direct), "its input is still open");
    drop(node.stdin.take());
    assert!(node.wait().unwrap().success());
    let mut log = String::new();
    node.stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    assert_eq!(log, "no ack for 42 from n2 in time, direct deliveries: 1\n");
}

#[test]
fn a_closed_output_ends_the_node_with_an_error() {
    let mut node = start(&[]);
    drop(node.stdout.take());
    // A process that another test is about to start may hold what was closed here, for a moment: the
    // node is asked until it notices. Its input stays open: waiting for it would close that.
    let started = Instant::now();
    let code = loop {
        let _ = writeln!(node.stdin.as_mut().unwrap(), "{INIT}");
        if let Some(status) = node.try_wait().unwrap() {
            break status.code();
        }
        assert!(started.elapsed() < PATIENCE, "it goes on");
        thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(code, Some(1));
    let mut log = String::new();
    node.stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    assert!(
        log.starts_with("node: cannot write to standard output: "),
        "{log}"
    );
}

#[test]
fn a_closed_log_does_no_harm() {
    let mut node = start(&[]);
    drop(node.stderr.take());
    feed(&mut node, &["nonsense", INIT]);
    drop(node.stdin.take());
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        format!("{INIT_OK}\n")
    );
}

#[test]
fn a_node_speaks_up_by_itself_after_a_gossip_interval() {
    let mut node = start(&["--gossip-interval", "20ms"]);
    feed(&mut node, &[INIT]);
    let gossip = r#"{"src": "n1", "dest": "n2", "body": {"type": "gossip", "ranges": [["", 0, "0000000000000000"]], "msg_id": 1}}"#;
    assert!(says(&mut node, gossip), "its input is still open");
    drop(node.stdin.take());
    node.wait().unwrap();
}

#[test]
fn what_is_collected_leaves_when_the_interval_is_over_or_the_input() {
    let more = BROADCAST.replace("42", "43");
    let batch = r#"{"src": "n1", "dest": "n2", "body": {"type": "batch", "messages": [43, 44], "msg_id": 2}}"#;
    for (interval, input_ends) in [("500ms", false), ("1h", true)] {
        let mut node = start(&["--flush-interval", interval]);
        let last = BROADCAST.replace("42", "44");
        let lines = [TOPOLOGY, BROADCAST, &more, &last].join("\n");
        feed(&mut node, &[&format!("{INIT}\n{lines}")]);
        if input_ends {
            drop(node.stdin.take());
        }
        assert!(says(&mut node, batch), "{interval}");
        drop(node.stdin.take());
        node.wait().unwrap();
    }
}

#[test]
fn intervals_may_be_zero_but_have_to_make_sense() {
    for flag in ["--gossip-interval", "--flush-interval"] {
        for (value, code) in [("0", 0), ("0s", 0), ("5", 2), ("-1s", 2), ("", 2)] {
            let mut node = assert_cmd::Command::new(cargo_bin!("node"));
            node.arg(format!("{flag}={value}")).assert().code(code);
        }
    }
}

#[test]
fn an_ack_timeout_has_to_make_sense_and_is_above_zero() {
    for timeout in ["0s", "0ms", "500", "-1s", "soon", ""] {
        let mut node = assert_cmd::Command::new(cargo_bin!("node"));
        let output = node
            .arg(format!("--ack-timeout={timeout}"))
            .assert()
            .code(2)
            .get_output()
            .clone();
        assert!(
            String::from_utf8(output.stderr)
                .unwrap()
                .contains("--ack-timeout"),
            "{timeout}"
        );
    }
}

//! Lines at random, and good lines gone bad: the node goes on, and answers right.
//!
//! After each thousand lines a client that nobody can imitate makes valid requests and gets the
//! right answers. A failure names its seed. `ROBUSTNESS_SEED=7 cargo test --test suite robustness` runs
//! that one alone; `ROBUSTNESS_LINES=10000000 cargo test --release --test suite robustness` runs that
//! many lines through one node.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that finds something else than it expects may panic"
)]

use std::collections::HashSet;
use std::env;
use std::io::{self, Read, Write};
use std::time::Duration;

use fastrand::Rng;
use node::driver;
use node::settings::Settings;
use serde_json::Value;

const SEEDS: u64 = 8;
const LINES: u64 = 2000;

/// After how many lines there are valid requests.
const ROUND: u64 = 1000;

/// After how many rounds all values are read, at the latest; that takes ever longer.
const ROUNDS_BETWEEN_READS: u64 = 100;

const GOOD_LINES: [&str; 12] = [
    r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2","n3"]}}"#,
    r#"{"src":"c1","dest":"n1","body":{"type":"topology","msg_id":2,"topology":{"n1":["n2"],"n3":["n2","n4"]}}}"#,
    r#"{"src":"c1","dest":"n1","body":{"type":"broadcast","msg_id":3,"message":{"a":[1.50,-2e-3],"b":null}}}"#,
    r#"{"src":"n2","dest":"n1","body":{"type":"broadcast","msg_id":4,"message":"\u00e9\ud83d\ude00","direct":true}}"#,
    r#"{"src":"n2","dest":"n1","body":{"type":"broadcast_ack","msg_id":5,"in_reply_to":3}}"#,
    r#"{"src":"c1","dest":"n1","body":{"type":"check_acks","msg_id":6}}"#,
    r#"{"src":"c1","dest":"n1","body":{"type":"failure_stats","msg_id":12345678901234567890}}"#,
    r#"{"src":"c1","dest":"n1","body":{"type":"tree_info","msg_id":null}}"#,
    r#"{"src":"n3","dest":"n1","body":{"type":"batch","messages":[7,"x",{}],"acks":[1,2],"repair":true,"msg_id":8}}"#,
    r#"{"src":"n3","dest":"n1","body":{"type":"gossip","ranges":[["",3,"00000000000000ff"],["a",1,"a000000000000000"]]}}"#,
    r#"{"src":"n2","dest":"n1","body":{"type":"gossip_have","prefix":"3f","hashes":["3f00000000000001"]}}"#,
    r#"{"src":"n2","dest":"n1","body":{"type":"gossip_want","hashes":["a0bcf8ba7d3a1c95","0"]}}"#,
];

const SCRAPS: [&str; 16] = [
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "-1e999999999999",
    "\\ud800",
    "\0",
    "n1",
    "1.0",
    "18446744073709551616",
    "ffff",
];

/// A line that may be anything but one of the client that nobody can imitate.
fn line(random: &mut Rng) -> Vec<u8> {
    if random.u8(..8) == 0 {
        return (0..random.usize(..100)).map(|_| random.u8(..)).collect();
    }
    let mut line = random.choice(GOOD_LINES).unwrap().as_bytes().to_vec();
    for _ in 0..random.usize(..4) {
        mutate(&mut line, random);
    }
    line
}

fn mutate(line: &mut Vec<u8>, random: &mut Rng) {
    let place = random.usize(..=line.len());
    let end = (place + random.usize(..12)).min(line.len());
    let scrap = random.choice(SCRAPS).unwrap().bytes();
    match random.u8(..4) {
        0 => drop(line.drain(place..end)),
        1 => drop(line.splice(place..place, scrap)),
        2 => drop(line.splice(place..end, scrap)),
        _ => line.truncate(place),
    }
}

/// What the node reads: made as it is read.
struct Input {
    random: Rng,
    made: u64,
    lines: u64,
    ready: Vec<u8>,
}

impl Input {
    fn make_round(&mut self) {
        self.ready.clear();
        if self.made == 0 {
            self.ready.extend_from_slice(GOOD_LINES[0].as_bytes());
            self.ready.push(b'\n');
        }
        for _ in 0..ROUND {
            self.ready.extend(line(&mut self.random));
            self.ready.push(b'\n');
        }
        self.made += ROUND;
        let round = self.made / ROUND;
        let mut ask = |body: &str| {
            writeln!(
                self.ready,
                r#"{{"src":"client","dest":"n1","body":{{{body},"msg_id":{round}}}}}"#
            )
            .unwrap();
        };
        ask(&format!(r#""type":"broadcast","message":"round {round}""#));
        if round.is_multiple_of(ROUNDS_BETWEEN_READS) || self.made >= self.lines {
            ask(r#""type":"read""#);
        }
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ready.is_empty() && self.made < self.lines {
            self.make_round();
        }
        let length = into.len().min(self.ready.len());
        into[..length].copy_from_slice(&self.ready[..length]);
        self.ready.drain(..length);
        Ok(length)
    }
}

/// What the node writes: looked at as it is written.
#[derive(Default)]
struct Output {
    line: Vec<u8>,
    lines: u64,
    confirmed: u64,
    last_read: u64,
}

impl Output {
    fn look(&mut self) {
        let message: Value = serde_json::from_slice(&self.line).expect("each line is JSON");
        let body = &message["body"];
        assert_eq!(body["msg_id"], self.lines, "numbered one by one");
        self.lines += 1;
        if message["dest"] != "client" {
            return;
        }
        match body["type"].as_str().unwrap() {
            "broadcast_ok" => {
                self.confirmed += 1;
                assert_eq!(body["in_reply_to"], self.confirmed);
            }
            "read_ok" => {
                assert_eq!(body["in_reply_to"], self.confirmed);
                self.check_values(body["messages"].as_array().unwrap());
                self.last_read = self.confirmed;
            }
            other => panic!("{other}"),
        }
    }

    /// Each round's value is there, in order, and no value twice.
    fn check_values(&self, values: &[Value]) {
        let texts: HashSet<_> = values.iter().map(Value::to_string).collect();
        assert_eq!(texts.len(), values.len());
        let rounds = values
            .iter()
            .filter_map(|value| value.as_str()?.strip_prefix("round "));
        let expected = (1..=self.confirmed).map(|round| round.to_string());
        assert!(rounds.eq(expected));
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.look();
                self.line.clear();
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn check(seed: u64, lines: u64) {
    let input = Input {
        random: Rng::with_seed(seed),
        made: 0,
        lines,
        ready: Vec::new(),
    };
    let mut output = Output::default();
    let settings = Settings {
        ack_timeout: Duration::from_millis(20),
        gossip_interval: Duration::from_millis(50),
        ..Settings::default()
    };
    let end = driver::run(input, &mut output, &mut io::sink(), settings);
    assert!(end.is_ok(), "{end:?}");
    let rounds = lines.div_ceil(ROUND);
    assert_eq!((output.confirmed, output.last_read), (rounds, rounds));
}

/// Says which seed it was when a check panics.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = writeln!(io::stderr(), "seed {}", self.0);
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().expect("a number"))
}

#[test]
fn no_line_stops_the_node() {
    let lines = number("ROBUSTNESS_LINES");
    let seeds = match number("ROBUSTNESS_SEED") {
        Some(seed) => seed..seed + 1,
        None if lines.is_some() => 0..1,
        None => 0..SEEDS,
    };
    for seed in seeds {
        let _named = Named(seed);
        check(seed, lines.unwrap_or(LINES));
    }
}

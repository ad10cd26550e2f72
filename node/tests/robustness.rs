//! Lines at random, and good lines gone bad: the node goes on answering.
//!
//! A failure names its seed. `ROBUSTNESS_SEED=7 cargo test --test robustness`
//! runs that one alone.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that finds something else than it expects may panic"
)]

use std::io::Cursor;
use std::time::Duration;

use node::driver;
use node::settings::Settings;
use serde_json::Value;

const SEEDS: u64 = 20;
const LINES: usize = 400;

const GOOD_LINES: [&str; 8] = [
    r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2","n3"]}}"#,
    r#"{"src":"c1","dest":"n1","body":{"type":"topology","msg_id":2,"topology":{"n1":["n2"],"n3":["n2","n4"]}}}"#,
    r#"{"src":"c1","dest":"n1","body":{"type":"broadcast","msg_id":3,"message":{"a":[1.50,-2e-3],"b":null}}}"#,
    r#"{"src":"n2","dest":"n1","body":{"type":"broadcast","msg_id":4,"message":"\u00e9\ud83d\ude00","direct":true}}"#,
    r#"{"src":"n2","dest":"n1","body":{"type":"broadcast_ack","msg_id":5,"in_reply_to":3}}"#,
    r#"{"src":"c1","dest":"n1","body":{"type":"check_acks","msg_id":6}}"#,
    r#"{"src":"c1","dest":"n1","body":{"type":"failure_stats","msg_id":12345678901234567890}}"#,
    r#"{"src":"c1","dest":"n1","body":{"type":"tree_info","msg_id":null}}"#,
];

const SCRAPS: [&str; 14] = [
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
];

/// Xorshift: small, seeded, the same everywhere.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    fn line(&mut self) -> Vec<u8> {
        if self.below(8) == 0 {
            return (0..self.below(100)).map(|_| self.byte()).collect();
        }
        let mut line = GOOD_LINES[self.below(GOOD_LINES.len())].as_bytes().to_vec();
        for _ in 0..self.below(4) {
            self.mutate(&mut line);
        }
        line
    }

    fn mutate(&mut self, line: &mut Vec<u8>) {
        let place = self.below(line.len().max(1)).min(line.len());
        let end = (place + self.below(12)).min(line.len());
        let scrap = SCRAPS[self.below(SCRAPS.len())].bytes();
        match self.below(4) {
            0 => drop(line.drain(place..end)),
            1 => drop(line.splice(place..place, scrap)),
            2 => drop(line.splice(place..end, scrap)),
            _ => line.truncate(place),
        }
    }
}

fn check(seed: u64) {
    let mut random = Random::new(seed);
    let mut input = format!("{}\n", GOOD_LINES[0]).into_bytes();
    for _ in 0..LINES {
        input.extend(random.line());
        input.push(b'\n');
    }
    input.extend(br#"{"src":"c9","dest":"n1","body":{"type":"read","msg_id":9}}"#);
    let (mut output, mut log) = (Vec::new(), Vec::new());
    let end = driver::run(
        Cursor::new(input),
        &mut output,
        &mut log,
        Settings {
            ack_timeout: Duration::from_secs(3600),
            ..Settings::default()
        },
    );
    assert!(end.is_ok(), "seed {seed}: {end:?}");
    let output = String::from_utf8(output).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let mut last = Value::Null;
    for (number, line) in output.lines().enumerate() {
        last = serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}: {line}"));
        assert_eq!(last["body"]["msg_id"], number, "seed {seed}: {line}");
    }
    assert_eq!(
        (&last["dest"], &last["body"]["type"]),
        (&"c9".into(), &"read_ok".into()),
        "seed {seed}"
    );
}

#[test]
fn no_line_stops_the_node() {
    match std::env::var("ROBUSTNESS_SEED") {
        Ok(seed) => check(seed.parse().expect("a seed is a number")),
        Err(_) => (0..SEEDS).for_each(check),
    }
}

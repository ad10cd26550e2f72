//! How many messages a second go through the node's standard streams, whether that depends on how
//! much it holds already, and how much memory it takes.
//!
//! The built node is fed lines and read from. What counts is the processor time that it spends
//! (user and system, on all its threads), so the figures are those of one core, whatever else the
//! machine does. In and out are counted together.
//!
//! It fails if the node takes too much memory, or far more time the more it holds; and, when all is
//! shown, if anything was slower than is wanted. How fast it is depends on the machine.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that can't go on ends, and prints what it saw"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// How many messages a second are wanted.
const RATE_WANTED: f64 = 1e6;

/// How much longer all may take than if the first quarter were the measure.
const GROWTH_MAX: f64 = 2.0;

/// How many lines are fed at once, before the next are made.
const LOAD: usize = 50_000;

/// A running node, and what it has said.
struct Node {
    child: Child,
    input: Option<ChildStdin>,
    /// How many lines it has written.
    written: Arc<AtomicUsize>,
    /// How many it will have written when it has done all that it was told.
    expected: usize,
}

/// What something has cost.
struct Cost {
    messages: usize,
    processor: Duration,
}

impl Node {
    fn start(names: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_node"))
            .args(["--ack-timeout", "1h", "--gossip-interval", "0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let written = Arc::new(AtomicUsize::new(0));
        let (mut output, count) = (child.stdout.take().unwrap(), Arc::clone(&written));
        thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(length @ 1..) = output.read(&mut buffer) {
                let lines = buffer
                    .iter()
                    .take(length)
                    .filter(|byte| **byte == b'\n')
                    .count();
                count.fetch_add(lines, Ordering::Relaxed);
            }
        });
        let input = child.stdin.take();
        let expected = 0;
        let mut node = Self {
            child,
            input,
            written,
            expected,
        };
        let names = format!("{names:?}");
        node.feed(1, &format!(
            r#"{{"src":"c0","dest":"n0","body":{{"type":"init","msg_id":1,"node_id":"n0","node_ids":{names}}}}}"#
        ));
        node.feed(1, &format!(
            r#"{{"src":"c0","dest":"n0","body":{{"type":"topology","msg_id":2,"topology":{{"n0":{names}}}}}}}"#
        ));
        node
    }

    /// Writes lines that get so many answers, and waits for those.
    fn feed(&mut self, answers: usize, lines: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(lines.as_bytes()).unwrap();
        if !lines.ends_with('\n') {
            input.write_all(b"\n").unwrap();
        }
        self.expected += answers;
        while self.written.load(Ordering::Relaxed) < self.expected {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Feeds `count` lines, the first one numbered `first`; each has so many answers.
    fn cost(
        &mut self,
        first: usize,
        count: usize,
        answers: usize,
        line: impl Fn(usize, &mut String),
    ) -> Cost {
        let before = self.processor();
        let mut text = String::new();
        for start in (first..first + count).step_by(LOAD) {
            text.clear();
            let end = (start + LOAD).min(first + count);
            for number in start..end {
                line(number, &mut text);
            }
            self.feed(answers * (end - start), &text);
        }
        if answers == 0 {
            self.feed(
                1,
                r#"{"src":"c0","dest":"n0","body":{"type":"tree_info","msg_id":1}}"#,
            );
        }
        Cost {
            messages: count * (1 + answers),
            processor: self.processor().saturating_sub(before),
        }
    }

    /// The time that it has spent on any core.
    fn processor(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields = stat.rsplit(')').next().unwrap().split_whitespace();
        let ticks: u64 = fields
            .skip(11)
            .take(2)
            .map(|ticks| ticks.parse::<u64>().unwrap())
            .sum();
        Duration::from_millis(10 * ticks) // Linux counts hundredths of a second
    }

    /// The most memory that it has had, in bytes.
    fn memory_peak(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        let kibibytes: usize = line.trim().strip_suffix(" kB").unwrap().parse().unwrap();
        1024 * kibibytes
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.input.take());
        assert!(self.child.wait().unwrap().success());
    }
}

fn main() {
    let integers = holding("integers of 7 digits", 7, |number, text| {
        write!(text, "{}", 1_000_000 + number).unwrap();
    });
    let strings = holding("strings of 64 characters", 66, |number, text| {
        write!(text, r#""{number:064}""#).unwrap();
    });
    let [forwards, acks] = neighbors();
    let slowest = [integers, strings, forwards, acks]
        .into_iter()
        .fold(f64::MAX, f64::min);
    assert!(
        slowest >= RATE_WANTED,
        "that is too slow: {slowest:.0} a second"
    );
}

fn broadcast(number: usize, text: &mut String, value: impl Fn(usize, &mut String)) {
    write!(text, r#"{{"id":{number},"src":"c1","dest":"n0","body":{{"type":"broadcast","msg_id":{number},"message":"#).unwrap();
    value(number, text);
    text.push_str("}}\n");
}

/// A million values without neighbors, in four quarters; how many messages a second.
fn holding(what: &str, bytes: usize, value: impl Fn(usize, &mut String)) -> f64 {
    const QUARTER: usize = 250_000;
    let mut node = Node::start(&["n0"]);
    let quarters: Vec<_> = (0..4)
        .map(|quarter| {
            node.cost(quarter * QUARTER, QUARTER, 1, |number, text| {
                broadcast(number, text, &value);
            })
        })
        .collect();
    println!("broadcasts without neighbors, a million {what}:");
    let rate = show(&quarters);
    let times = quarters.iter().map(|quarter| quarter.processor);
    let all: Duration = times.clone().sum();
    let first = quarters.first().unwrap().processor;
    let growth = all.as_secs_f64() / (4.0 * first.as_secs_f64());
    println!(
        "  by quarters {:?}: all took {growth:.2} times four times the first",
        times.collect::<Vec<_>>(),
    );
    assert!(growth <= GROWTH_MAX, "that is not linear");
    let own = 4 * QUARTER * bytes;
    memory("held", node.memory_peak(), own);
    node.feed(
        1,
        r#"{"src":"c0","dest":"n0","body":{"type":"read","msg_id":1}}"#,
    );
    memory("read", node.memory_peak(), own);
    rate
}

/// Broadcasts that go to four neighbors, then the acks; how many messages a second each.
fn neighbors() -> [f64; 2] {
    const VALUES: usize = 200_000;
    let mut node = Node::start(&["n0", "n1", "n2", "n3", "n4"]);
    let value = |number: usize, text: &mut String| write!(text, "{}", 1_000_000 + number).unwrap();
    let cost = node.cost(0, VALUES, 5, |number, text| broadcast(number, text, value));
    println!("broadcasts with four neighbors:");
    let forwards = show(&[cost]);
    // Two answers came before, then each value had one and four forwards.
    let cost = node.cost(0, 4 * VALUES, 0, |number, text| {
        let (value, neighbor) = (number / 4, 1 + number % 4);
        let forward = 2 + 5 * value + neighbor;
        writeln!(text, r#"{{"id":{number},"src":"n{neighbor}","dest":"n0","body":{{"type":"broadcast_ack","in_reply_to":{forward},"msg_id":{number}}}}}"#).unwrap();
    });
    println!("acks:");
    [forwards, show(&[cost])]
}

/// Shows how many messages a second these are, and returns it.
fn show(costs: &[Cost]) -> f64 {
    let messages: usize = costs.iter().map(|cost| cost.messages).sum();
    let processor: Duration = costs.iter().map(|cost| cost.processor).sum();
    let messages = f64::from(u32::try_from(messages).unwrap());
    let rate = messages / processor.as_secs_f64();
    println!(
        "  {messages} messages in {processor:.2?} of one core: {rate:.0} a second, {:.2} times what is wanted",
        rate / RATE_WANTED
    );
    rate
}

fn memory(when: &str, peak: usize, own: usize) {
    let megabytes = |bytes: usize| f64::from(u32::try_from(bytes).unwrap()) / 1e6;
    let limit = 3 * own + 10_000_000;
    println!(
        "  peak memory when {when}: {:.1} MB, for {:.1} MB of values; three times that and 10 MB: {:.1} MB",
        megabytes(peak),
        megabytes(own),
        megabytes(limit)
    );
    assert!(peak < limit, "that is too much memory");
}

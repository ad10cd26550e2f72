//! What it costs to judge a history of a million requests that anything wrote: processor time and memory. It
//! fails where a bound is missed.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that can't go on ends, and prints what it saw"
)]

use std::fmt::{Display, Write};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// How many requests a history has, but for the last reads.
const REQUESTS: usize = 1_000_000;

/// How many processes make them.
const PROCESSES: usize = 10;

/// How many requests of a set there are to one read, which shows all.
const REQUESTS_PER_READ: usize = 100_000;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    // With the bounds: processor time in milliseconds, which is more where others keep the machine busy, and
    // memory in MiB.
    for (workload, history, most, room) in [
        ("g-counter", counter(0), 2000, 450),
        ("pn-counter", counter(-5), 2000, 450),
        ("unique-ids", ids(), 2500, 620),
        ("g-set", set(), 3000, 520),
    ] {
        let file = folder.path().join(workload);
        let size = history.lines.len() >> 20;
        fs::write(&file, history.lines).unwrap();
        let before = processor_time();
        let peak = check(workload, &file);
        let took = processor_time().saturating_sub(before);
        println!(
            "{workload}: {REQUESTS} requests in {size} MiB are judged in {took:?} of processor time, at most \
             {peak} MiB"
        );
        assert!(took.as_millis() < most, "the bound is {most} ms");
        assert!(peak < room, "the bound is {room} MiB");
    }
}

/// A history in the making.
#[derive(Default)]
struct History {
    lines: String,
    index: usize,
}

impl History {
    fn line(&mut self, process: usize, kind: &str, f: &str, value: &dyn Display, end: &str) {
        let (index, time) = (self.index, self.index * 1000);
        self.index += 1;
        writeln!(
            self.lines,
            r#"{{"index":{index},"time":{time},"process":{process},"type":"{kind}","f":"{f}","value":{value}{end}}}"#
        )
        .unwrap();
    }

    fn ask(&mut self, number: usize, f: &str, sent: &dyn Display, got: &dyn Display) {
        self.line(number % PROCESSES, "invoke", f, sent, "");
        self.line(number % PROCESSES, "ok", f, got, "");
    }

    fn end(mut self, shown: &dyn Display) -> Self {
        for process in 0..PROCESSES {
            let end = r#","final":true"#;
            self.line(process, "invoke", "read", &"null", end);
            self.line(process, "ok", "read", shown, end);
        }
        self
    }
}

/// Half of the requests add something from the least to 4.
fn counter(least: i64) -> History {
    let mut random = fastrand::Rng::with_seed(1);
    let (mut history, mut sum) = (History::default(), 0);
    for number in 0..REQUESTS {
        if random.bool() {
            let delta = random.i64(least..5);
            sum += delta;
            history.ask(number, "add", &delta, &delta);
        } else {
            history.ask(number, "read", &"null", &sum);
        }
    }
    history.end(&sum)
}

fn ids() -> History {
    let mut history = History::default();
    for number in 0..REQUESTS {
        let id = format!(r#""n{}-{number}""#, number % PROCESSES);
        history.ask(number, "generate", &"null", &id);
    }
    history
}

fn set() -> History {
    let (mut history, mut elements) = (History::default(), Vec::new());
    for number in 0..REQUESTS {
        if number % REQUESTS_PER_READ == 0 {
            history.ask(number, "read", &"null", &format!("{elements:?}"));
        } else {
            elements.push(number);
            history.ask(number, "add", &number, &number);
        }
    }
    history.end(&format!("{elements:?}"))
}

/// Judges a history; the most memory that takes, in MiB.
fn check(workload: &str, file: &Path) -> u64 {
    let mut check = Command::new(env!("CARGO_BIN_EXE_harness"))
        .args(["check", "-w", workload])
        .arg(file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", check.id());
    let mut peak = 0;
    let exit = loop {
        if let Some(exit) = check.try_wait().unwrap() {
            break exit;
        }
        let status = fs::read_to_string(&status).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        peak = peak.max(number.unwrap_or(0));
        thread::sleep(Duration::from_millis(20));
    };
    assert!(exit.success(), "the history was not valid");
    peak / 1024
}

/// That of all processes that this one has waited for: 100 ticks are a second.
fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(13).take(2);
    Duration::from_millis(
        10 * ticks
            .map(|ticks| ticks.parse::<u64>().unwrap())
            .sum::<u64>(),
    )
}

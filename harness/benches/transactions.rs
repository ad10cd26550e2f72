//! What judging transactions costs: histories of up to a million of them, right ones and one tangled into a
//! single knot, by `harness check`. It fails where a bound is missed.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark that can't go on ends, and prints what it saw"
)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fastrand::Rng;

const SESSIONS: usize = 20;
const KEYS: usize = 10;
const WRITES_MAX: u32 = 16;

/// More memory than that is never needed.
const MEMORY_MAX: u64 = 2 << 30;

fn main() {
    for objects in ["txn-list-append", "txn-rw-register"] {
        let right = |count, most| measure(objects, count, false, Duration::from_secs(most));
        right(20_000, 1);
        let hundred_thousand = right(100_000, 5);
        let million = right(1_000_000, 100);
        let times = million.as_secs_f64() / hundred_thousand.as_secs_f64();
        println!("{objects}: ten times as many take {times:.1} times as long");
        assert!(times < 20.0, "it grows faster than the history");
        measure(objects, 20_000, true, Duration::from_secs(20));
    }
}

/// Judges a history, and says how long it took.
fn measure(objects: &str, count: usize, is_knot: bool, most: Duration) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.jsonl");
    let mut out = BufWriter::new(File::create(&file).unwrap());
    Store::new(objects, is_knot).write(count, &mut out);
    out.into_inner().unwrap();
    let began = Instant::now();
    let (status, memory) = check(objects, &file);
    let took = began.elapsed();
    let size = fs::metadata(&file).unwrap().len() >> 20;
    let what = if is_knot { "in one knot" } else { "in order" };
    println!(
        "{objects}: {count} transactions {what} ({size} MiB) in {took:.2?}, {} MiB",
        memory >> 20
    );
    assert_eq!(status, Some(i32::from(is_knot)), "another verdict");
    assert!(took < most, "the bound is {most:?}");
    assert!(memory < MEMORY_MAX, "the bound is {MEMORY_MAX} bytes");
    took
}

/// The exit status, and the most memory that it had.
fn check(objects: &str, file: &Path) -> (Option<i32>, u64) {
    let mut harness = Command::new(env!("CARGO_BIN_EXE_harness"))
        .args(["check", "-w", objects])
        .arg(file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", harness.id());
    let mut memory = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let most = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let most = most.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
        memory = memory.max(most.unwrap_or_default() << 10);
        if let Some(status) = harness.try_wait().unwrap() {
            return (status.code(), memory);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The keys of a transaction, and what it writes to each.
type Plan = Vec<(usize, Option<u32>)>;

/// A store that runs one transaction after the other; in a knot reads show any state of their key.
struct Store {
    is_list: bool,
    is_knot: bool,
    random: Rng,
    /// The keys in use, with how often each was written.
    active: Vec<(usize, u32)>,
    next_key: usize,
    /// By key, its values in their order.
    state: HashMap<usize, Vec<u32>>,
}

impl Store {
    fn new(objects: &str, is_knot: bool) -> Self {
        Self {
            is_list: objects == "txn-list-append",
            is_knot,
            random: Rng::with_seed(1),
            active: (0..KEYS).map(|key| (key, 0)).collect(),
            next_key: KEYS,
            state: HashMap::new(),
        }
    }

    /// Transactions overlap, and take effect when they end.
    fn write(&mut self, count: usize, out: &mut impl Write) {
        let mut open: Vec<Option<Plan>> = vec![None; SESSIONS];
        let mut done = 0;
        while done < count {
            let session = self.random.usize(..SESSIONS);
            let (kind, value) = if let Some(plan) = open[session].take() {
                done += 1;
                ("ok", self.run(&plan))
            } else {
                let plan = self.plan();
                let asked = self.asked(&plan);
                open[session] = Some(plan);
                ("invoke", asked)
            };
            writeln!(
                out,
                r#"{{"process":{session},"type":"{kind}","f":"txn","value":[{value}]}}"#
            )
            .unwrap();
        }
    }

    fn plan(&mut self) -> Plan {
        let mut plan = Vec::new();
        for _ in 0..self.random.usize(1..=4) {
            let mut place = KEYS - 1;
            while place > 0 && self.random.bool() {
                place -= 1;
            }
            let (key, written) = self.active[place];
            let write = self.random.bool().then_some(written + 1);
            if write.is_some() {
                self.active[place].1 += 1;
                if written + 1 == WRITES_MAX {
                    self.active[place] = (self.next_key, 0);
                    self.next_key += 1;
                }
                // Nothing is known of registers that are written unread.
                if !self.is_list {
                    plan.push((key, None));
                }
            }
            plan.push((key, write));
        }
        plan
    }

    /// What a transaction does, as it stands in its reply.
    fn run(&mut self, plan: &[(usize, Option<u32>)]) -> String {
        let mut told = String::new();
        for (key, write) in plan {
            if let Some(value) = write {
                self.state.entry(*key).or_default().push(*value);
            }
            let shown = if write.is_some() {
                String::new()
            } else {
                self.shown(*key)
            };
            self.tell((*key, *write), &shown, &mut told);
        }
        told
    }

    /// What is asked, as it stands in a request.
    fn asked(&self, plan: &[(usize, Option<u32>)]) -> String {
        let mut told = String::new();
        for operation in plan {
            self.tell(*operation, "null", &mut told);
        }
        told
    }

    fn tell(&self, (key, write): (usize, Option<u32>), shown: &str, told: &mut String) {
        if !told.is_empty() {
            told.push(',');
        }
        match write {
            Some(value) if self.is_list => write!(told, r#"["append",{key},{value}]"#),
            Some(value) => write!(told, r#"["w",{key},{value}]"#),
            None => write!(told, r#"["r",{key},{shown}]"#),
        }
        .unwrap();
    }

    fn shown(&mut self, key: usize) -> String {
        let values = self.state.entry(key).or_default();
        let length = if self.is_knot {
            self.random.usize(..=values.len())
        } else {
            values.len()
        };
        match (self.is_list, &values[..length]) {
            (_, []) => "null".to_owned(),
            (true, values) => format!("{values:?}"),
            (false, [.., last]) => last.to_string(),
        }
    }
}

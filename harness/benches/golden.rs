//! What it costs to run a thousand small cases, held against what it costs merely to start the node
//! as often, feed it and read it to the end, with the same parallelism, in the same run. The floor that
//! counts is fed as the harness feeds: each line once the reply to the one before it has come. Another
//! floor, fed all at once, is told beside it.
//!
//! Figures are ratios: machines differ, and so do their moods. It fails where no series keeps the
//! bounds.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that can't go on ends, and prints what it saw"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use harness::case::mode::MatchMode;
use harness::case::{CaseFiles, Loader, find};
use harness::judge::{CaseVerdict, Trial};
use harness::matching::bindings::KnownIds;
use harness::matching::difference::Rules;
use harness::transcript::Transcript;

const CASES: usize = 1000;
const ROUNDS: usize = 5;

/// What a run may cost, the floor being 1.
const RATIO_MAX: f64 = 1.15;

/// What part of it matching may be.
const MATCHING_MAX: f64 = 0.05;

/// How much memory the harness may take, in KiB.
const PEAK_MAX: u64 = 40 * 1024;

/// How many series are measured until one keeps the bounds: whatever else runs on the machine
/// spoils some.
const SERIES_MAX: usize = 3;

const INPUT: &str = r#"# A small case
{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}
{"src":"c1","dest":"n1","body":{"type":"topology","msg_id":2,"topology":{"n1":[]}}}
{"src":"c1","dest":"n1","body":{"type":"broadcast","msg_id":3,"message":42}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":4}}
"#;

const EXPECTED: &str = r#"{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}}
{"src": "n1", "dest": "c1", "body": {"type": "topology_ok", "in_reply_to": 2, "msg_id": 1}}
{"src": "n1", "dest": "c1", "body": {"type": "broadcast_ok", "in_reply_to": 3, "msg_id": 2}}
{"src": "n1", "dest": "c1", "body": {"type": "read_ok", "messages": [42], "in_reply_to": 4, "msg_id": 3}}
"#;

fn main() {
    let harness = PathBuf::from(env!("CARGO_BIN_EXE_harness"));
    let node = harness.with_file_name("node");
    assert!(
        node.is_file(),
        "no node beside {}: build it first, as `make bench` does",
        harness.display()
    );
    let jobs = 2 * thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let folder = tempfile::tempdir().unwrap();
    for number in 0..CASES {
        let case = folder.path().join(format!("case-{number:04}"));
        fs::write(case.with_extension("in"), INPUT).unwrap();
        fs::write(case.with_extension("expected"), EXPECTED).unwrap();
    }
    println!("{CASES} small cases, {jobs} at once, median of {ROUNDS} rounds:");
    let matching = matching(folder.path());
    let mut kept = false;
    for _ in 0..SERIES_MAX {
        let series = Series::measure(&harness, &node, folder.path(), jobs);
        series.print(matching);
        kept = series.keeps_bounds(matching);
        if kept {
            break;
        }
    }
    assert!(
        kept,
        "the bounds are {RATIO_MAX} of the floor, {MATCHING_MAX} of the run for matching, and \
         {PEAK_MAX} KiB"
    );
}

/// What some rounds came to.
struct Series {
    floor: Duration,
    at_once: Duration,
    run: Duration,
    /// In KiB.
    peak: u64,
}

impl Series {
    fn measure(harness: &Path, node: &Path, folder: &Path, jobs: usize) -> Self {
        let lines: Vec<_> = INPUT
            .split_inclusive('\n')
            .filter(|line| line.starts_with('{'))
            .collect();
        let (mut floors, mut at_once) = (Vec::new(), Vec::new());
        let (mut runs, mut peaks) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            at_once.push(floor(node, jobs, &[INPUT]));
            floors.push(floor(node, jobs, &lines));
            let (run, peak) = run(harness, node, folder, jobs);
            runs.push(run);
            peaks.push(peak);
        }
        Self {
            floor: median(&mut floors),
            at_once: median(&mut at_once),
            run: median(&mut runs),
            peak: peaks.into_iter().max().unwrap(),
        }
    }

    fn ratio(&self) -> f64 {
        self.run.as_secs_f64() / self.floor.as_secs_f64()
    }

    fn keeps_bounds(&self, matching: Duration) -> bool {
        let share = matching.as_secs_f64() / self.run.as_secs_f64();
        self.ratio() <= RATIO_MAX && share <= MATCHING_MAX && self.peak <= PEAK_MAX
    }

    fn print(&self, matching: Duration) {
        let Self {
            floor,
            at_once,
            run,
            peak,
        } = self;
        println!("  floor: start, feed in lockstep, wait{floor:>10.3?}");
        println!("  floor that is fed all at once       {at_once:>10.3?}");
        println!(
            "  harness run                         {run:>10.3?}   {:.3} of the floor, {:.3} of the other",
            self.ratio(),
            run.as_secs_f64() / at_once.as_secs_f64()
        );
        println!(
            "  of which matching, on one core      {matching:>10.3?}   {:.1}% of the run",
            100.0 * matching.as_secs_f64() / run.as_secs_f64()
        );
        println!("  peak memory of the harness          {peak:>7} KiB");
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap()
}

/// Starts the node as often as there are cases, feeds it part by part, each once the reply to the one
/// before it has come, and reads it to the end.
fn floor(node: &Path, jobs: usize, parts: &[&str]) -> Duration {
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::Relaxed) < CASES {
                    let mut child = start(Command::new(node));
                    let mut stdin = child.stdin.take().unwrap();
                    let mut stdout = BufReader::new(child.stdout.take().unwrap());
                    let mut output = String::new();
                    for part in parts {
                        stdin.write_all(part.as_bytes()).unwrap();
                        stdout.read_line(&mut output).unwrap();
                    }
                    drop(stdin);
                    stdout.read_to_string(&mut output).unwrap();
                    assert!(child.wait().unwrap().success());
                    assert_eq!(output.lines().count(), EXPECTED.lines().count());
                }
            });
        }
    });
    started.elapsed()
}

fn start(mut command: Command) -> Child {
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    piped.spawn().unwrap()
}

/// Runs the harness over the cases; its time, and its peak memory in KiB.
fn run(harness: &Path, node: &Path, folder: &Path, jobs: usize) -> (Duration, u64) {
    let started = Instant::now();
    let mut command = Command::new(harness);
    command
        .arg("run")
        .arg(folder)
        .arg("--bin")
        .arg(node)
        .args(["--jobs", &jobs.to_string()])
        .env("XDG_CACHE_HOME", folder);
    let mut child = start(command);
    let status = format!("/proc/{}/status", child.id());
    let (mut peak, mut elapsed) = (0, Duration::ZERO);
    // The system keeps the peak: it is looked at now and then, so as not to disturb the run.
    let done = AtomicBool::new(false);
    let status_code = thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                peak = peak.max(peak_memory(&status));
                thread::sleep(Duration::from_millis(50));
            }
        });
        let status_code = child.wait().unwrap();
        elapsed = started.elapsed();
        done.store(true, Ordering::Relaxed);
        status_code
    });
    assert!(status_code.success());
    let mut output = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut output)
        .unwrap();
    assert_eq!(output, format!("golden: {CASES} passed, 0 failed\n"));
    (elapsed, peak)
}

fn peak_memory(status: &str) -> u64 {
    let text = fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
    number.unwrap_or_default()
}

/// Judges as many outputs as there are cases.
fn matching(folder: &Path) -> Duration {
    let input = find::find(&[folder.to_path_buf()]).unwrap().cases;
    let case = Loader::default()
        .load(CaseFiles::new(input.first().unwrap().input.clone()))
        .unwrap();
    let expected = case.expected.clone().unwrap();
    let rules = Rules {
        known: KnownIds::of(&case.requests, &expected),
        ..Rules::default()
    };
    let transcript = Transcript::clean(EXPECTED);
    let trial = Trial {
        case: &case,
        expected: &expected,
        mode: MatchMode::Exact,
        rules: &rules,
    };
    let started = Instant::now();
    for _ in 0..CASES {
        let verdict = trial.judge(&transcript);
        assert!(matches!(verdict, CaseVerdict::Passed));
    }
    started.elapsed()
}

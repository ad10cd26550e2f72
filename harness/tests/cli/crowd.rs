//! Many nodes at once, most of which do what no node should: the good ones pass, each bad one gets its
//! own verdict in its time, and the harness stays small and leaves nothing behind. What each way of
//! misbehaving gets by itself is in [`crate::hostile`]. Forty nodes, while others keep the machine busy,
//! are for `make stress`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fake::{self, Cases, Load, peak_memory, processes_with};

/// How many nodes run at once: in each run of the tests, and under stress.
const FEW: usize = 20;
const MANY: usize = 40;

/// How much memory the harness may ever have taken, in kB.
const MEMORY_MAX: u64 = 200 * 1000;

/// How much longer than its timeout a case may take where others want all of the machine.
const LATE_MAX: Duration = Duration::from_secs(10);

/// How many descriptors the harness may have open for each node that runs, those for its start included,
/// and for itself.
const FILES_EACH: usize = 8;
const FILES_OWN: usize = 17;

const INIT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":2}}
"#;

const EXPECTED: &str = r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1,"msg_id":0}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":2,"msg_id":1}}
"#;

/// A way to go, and what becomes of it.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// The node's arguments.
    arguments: &'static str,
    /// Which messages pass.
    mode: &'static str,
    /// How long the case may take. One that isn't to be timed out gets plenty.
    timeout: Duration,
    /// What the verdict says; of a case that passes, its note.
    says: &'static str,
    passes: bool,
}

const fn fails(arguments: &'static str, says: &'static str) -> Way {
    Way {
        arguments,
        mode: "exact",
        timeout: Duration::from_secs(600),
        says,
        passes: false,
    }
}

const fn times_out(arguments: &'static str, says: &'static str) -> Way {
    Way {
        timeout: Duration::from_secs(1),
        ..fails(arguments, says)
    }
}

/// One that may say more than is expected, and has the time to.
const fn looked_for(way: Way) -> Way {
    Way {
        mode: "contains",
        ..way
    }
}

const fn passes(arguments: &'static str, says: &'static str) -> Way {
    Way {
        passes: true,
        ..fails(arguments, says)
    }
}

const FLOOD: &str = " to stdout and was stopped: does it write without end? `@output-max` in ";
const NO_REPLY: &str = "got no reply";
const TIMED_OUT: &str = "timed out after 1s";
const LEFT: &str = "the node left child processes behind";
const LINGERED: &str = "the node did not exit within 500ms of the end of its input (a thread that is no daemon keeps a process alive); it was killed";

/// The bad ones, and those that pass with a note.
const BAD: [Way; 30] = [
    fails("garbage", "stdout line 1 is no JSON: is it a log line?"),
    fails("hostile", "the node exited with status 3"),
    fails("python", "Python dictionary"),
    fails("broken-json", "stdout line 1 is broken JSON"),
    fails("two-on-a-line", "stdout line 1 is two messages at once"),
    fails("cut-short", "stdout line 1 is cut short"),
    fails("no-envelope", "stdout line 1 is no message: it has no src"),
    fails("wrong-source", "the node's id is \"n1\""),
    fails("double", "answers the request on"),
    fails("endless", FLOOD),
    fails("endless-line", FLOOD),
    fails("numbers 130", NO_REPLY),
    fails("nested 130", NO_REPLY),
    fails("objects 130", NO_REPLY),
    fails("many-numbers 130", NO_REPLY),
    looked_for(fails("messages-at-last 140", FLOOD)),
    looked_for(passes("messages-at-last 130", "")),
    fails("writes-first 3", FLOOD),
    fails("exits-early", "the node exited with status 3"),
    fails("exits-late", "the node exited with status 4"),
    fails("aborts", "the node was killed by SIGABRT (signal 6)"),
    fails("silent", "the node wrote nothing to stdout"),
    times_out("endless-stderr", TIMED_OUT),
    times_out("deaf", "bytes of its input unread"),
    // It has to have read all before.
    Way {
        timeout: Duration::from_secs(8),
        ..times_out("stuck", "the node has read all its input, but still runs")
    },
    times_out("leaves-group", TIMED_OUT),
    passes("lingers", LINGERED),
    passes("lingers-with-family", LINGERED),
    passes("leaves-child", LEFT),
    passes("leaves-escaped-child", LEFT),
];

/// Those that take the most, stay the longest or hide the best.
const WORST: [Way; 12] = [
    fails("garbage", "stdout line 1 is no JSON: is it a log line?"),
    fails("endless", FLOOD),
    fails("endless-line", FLOOD),
    fails("numbers 130", NO_REPLY),
    fails("nested 140", FLOOD),
    fails("exits-early", "the node exited with status 3"),
    fails("aborts", "the node was killed by SIGABRT (signal 6)"),
    times_out("endless-stderr", TIMED_OUT),
    times_out("deaf", "bytes of its input unread"),
    times_out("leaves-group", TIMED_OUT),
    passes("lingers-with-family", LINGERED),
    passes("leaves-escaped-child", LEFT),
];

#[test]
fn the_worst_nodes_at_once_are_judged_each_by_itself() {
    let _claim = fake::claim(Load::Crowd);
    Crowd::new(FEW, &WORST).run();
}

#[test]
#[ignore = "it takes long, and all of the machine: make stress"]
fn forty_nodes_at_once_are_judged_each_by_itself() {
    let _claim = fake::claim(Load::Crowd);
    // A longer crowd is one of several rounds.
    let rounds = std::env::var("CROWD_ROUNDS").map_or(1, |rounds| rounds.parse().unwrap());
    let _busy = Busy::new();
    for _ in 0..rounds {
        Crowd::new(MANY, &BAD).run();
    }
}

#[test]
#[ignore = "it takes long, and all of the machine: make stress"]
fn forty_of_the_largest_outputs_at_once_take_no_more_memory() {
    let _claim = fake::claim(Load::Crowd);
    let largest = [
        fails("numbers 130", NO_REPLY),
        fails("endless-line", FLOOD),
        fails("objects 130", NO_REPLY),
        fails("nested 130", NO_REPLY),
    ];
    let all: Vec<_> = largest.into_iter().cycle().take(MANY - 1).collect();
    Crowd::new(MANY, &all).run();
}

#[test]
fn a_larger_answer_passes_where_the_case_says_so() {
    let (cases, node) = (Cases::new(), fake::node().to_str().unwrap());
    for value in ["xx".repeat(1 << 20), "[[1]],".repeat(50_000)] {
        let message = format!(r#"{{"src":"n1","dest":"c1","body":{{"type":"x","v":"{value}"}}}}"#);
        let run = |head: &str| {
            let input = format!("{head}@timeout 100s\n@args replay case.expected\n{INIT}");
            cases.add("case", &input, &format!("{EXPECTED}{message}\n"));
            cases.harness(&["run", ".", "--bin", node])
        };
        let says = [FLOOD, "`@output-max` in ./case.in raises the limit"];
        run("").check(1, &says, "golden: 0 passed, 1 failed");
        run("@output-max 4MiB\n").check(0, &[], "golden: 1 passed, 0 failed");
    }
}

/// Threads that do nothing, as fast as they can, as long as this lives.
struct Busy {
    enough: std::sync::Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Busy {
    /// One for each core.
    fn new() -> Self {
        let enough = std::sync::Arc::new(AtomicBool::new(false));
        let cores = thread::available_parallelism().map_or(1, Into::into);
        let spin = || {
            let enough = std::sync::Arc::clone(&enough);
            move || {
                while !enough.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            }
        };
        let threads = (0..cores).map(|_| thread::spawn(spin())).collect();
        Self { enough, threads }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.enough.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Cases to be run all at once: the last one waits until a file is there.
struct Crowd {
    nodes: usize,
    cases: Cases,
    /// Where the harness keeps what it keeps, and what it prints.
    room: tempfile::TempDir,
    ways: Vec<(String, Way)>,
}

impl Crowd {
    /// So many nodes: they go these ways, and as many as are left are good.
    fn new(nodes: usize, ways: &[Way]) -> Self {
        let (cases, room) = (Cases::new(), tempfile::tempdir().unwrap());
        for folder in ["tmp", "cache"] {
            fs::create_dir(room.path().join(folder)).unwrap();
        }
        let good = passes("good", "");
        let bad = ways.iter().copied().map(Some);
        let mixed: Vec<_> = (0..nodes - 1)
            .map(|at| bad.clone().nth(at).flatten().unwrap_or(good))
            .collect();
        // The good ones stand among the others.
        let name = |at: usize, way: &Way| {
            let place = at * 7 % (nodes - 1);
            format!("{place:02}-{}", way.arguments.replace(' ', "-"))
        };
        let mut ways: Vec<_> = mixed
            .iter()
            .enumerate()
            .map(|(at, way)| (name(at, way), *way))
            .collect();
        let last = Way {
            timeout: Duration::from_secs(1000),
            ..good
        };
        ways.push(("zz-waits-for".to_owned(), last));
        let crowd = Self {
            nodes,
            cases,
            room,
            ways,
        };
        for (name, way) in &crowd.ways {
            let arguments = if name == "zz-waits-for" {
                format!("waits-for {}", crowd.all_done().display())
            } else {
                way.arguments.to_owned()
            };
            let head = format!(
                "@timeout {}s\n@exit strict\n@match {}\n@args {arguments} {}\n",
                way.timeout.as_secs(),
                way.mode,
                crowd.cases.token()
            );
            crowd.cases.add(name, &(head + INIT), EXPECTED);
        }
        crowd
    }

    /// The file that the last case waits for.
    fn all_done(&self) -> std::path::PathBuf {
        self.room.path().join("all-done")
    }

    fn run(&self) {
        let before = files_below(self.cases.path());
        let output = self.room.path().join("output");
        let seen = {
            let mut harness = self.start(&output);
            let seen = Seen::watch(
                &mut harness.0,
                self.cases.token(),
                || self.is_last(&output),
                &self.all_done(),
            );
            assert_eq!(harness.0.wait().unwrap().code(), Some(1));
            seen
        };
        let output = fs::read_to_string(&output).unwrap();
        assert_eq!(processes_with(self.cases.token()), [""; 0], "left behind");
        assert_eq!(files_below(self.cases.path()), before, "left behind");
        let temporary = files_below(&self.room.path().join("tmp"));
        assert_eq!(temporary, [""; 0], "left behind");
        self.check(&output);
        if std::env::var_os("CROWD_ROUNDS").is_some() {
            // Whoever asks for more wants to know.
            let _ = writeln!(io::stderr(), "{seen:?}");
        }
        assert!(
            seen.files_max <= self.nodes * FILES_EACH + FILES_OWN,
            "{seen:?}"
        );
        assert_eq!(seen.nodes_at_last.len(), 1, "{seen:?}");
        assert!(seen.files_at_last <= FILES_EACH + FILES_OWN, "{seen:?}");
    }

    fn start(&self, output: &Path) -> Started {
        let jobs = self.nodes.to_string();
        let stdout = fs::File::create(output).unwrap();
        let started = fake::harness()
            .args(["run", ".", "--format", "json", "--jobs", &jobs, "--bin"])
            .arg(fake::node())
            .current_dir(self.cases.path())
            .env("TMPDIR", self.room.path().join("tmp"))
            .env("XDG_CACHE_HOME", self.room.path().join("cache"))
            .stdin(Stdio::null())
            .stdout(stdout)
            .spawn();
        Started(started.unwrap())
    }

    /// Whether all cases but the last have been told of.
    fn is_last(&self, output: &Path) -> bool {
        let text = fs::read_to_string(output).unwrap();
        let told = |line: &&str| line.contains("\"duration_ms\"");
        text.lines().filter(told).count() >= self.ways.len() - 1
    }

    /// Whether each case came to its end, in its time.
    fn check(&self, output: &str) {
        let records = output
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let records: BTreeMap<_, _> = records
            .filter_map(|record| Some((record.get("input")?.as_str()?.to_owned(), record)))
            .collect();
        let wrong: Vec<_> = self
            .ways
            .iter()
            .filter_map(|(name, way)| {
                let record = &records[&format!("./{name}.in")];
                Some(format!("{name}: {} in {record}", fault(way, record)?))
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// What is wrong with what became of a case.
fn fault(way: &Way, record: &Value) -> Option<String> {
    let result = if way.passes { "passed" } else { "failed" };
    if record["result"] != result {
        return Some(format!("not {result}"));
    }
    // One that leaves at once may do so before it was told anything: then that is said first.
    let kinds = ["notes", "diagnoses"].map(|kind| record[kind].as_array().unwrap());
    let sentences = kinds.into_iter().flatten().map(|said| &said["sentence"]);
    let mut said = sentences.map(|sentence| sentence.as_str().unwrap());
    if !way.says.is_empty() && !said.any(|said| said.contains(way.says)) {
        return Some(format!("no {:?}", way.says));
    }
    let took = Duration::from_millis(record["duration_ms"].as_u64().unwrap());
    let limit = way.timeout + LATE_MAX;
    (took > limit).then(|| format!("{took:?}"))
}

/// A harness that doesn't outlive its test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What was seen of a running harness.
#[derive(Debug)]
struct Seen {
    /// The most memory it ever took, in kB.
    memory: u64,
    /// The most descriptors that it had open.
    files_max: usize,
    /// How many it had open when only one case was left.
    files_at_last: usize,
    /// The nodes and their children that there were then.
    nodes_at_last: Vec<String>,
    elapsed: Duration,
}

impl Seen {
    /// Watches it until only one case is left, lets that go on, and watches it to its end.
    fn watch(
        harness: &mut Child,
        token: &str,
        is_last: impl Fn() -> bool,
        all_done: &Path,
    ) -> Self {
        let started = Instant::now();
        let open_files = format!("/proc/{}/fd", harness.id());
        let mut seen = Self {
            memory: 0,
            files_max: 0,
            files_at_last: usize::MAX,
            nodes_at_last: Vec::new(),
            elapsed: Duration::ZERO,
        };
        while harness.try_wait().unwrap().is_none() {
            let files = fs::read_dir(&open_files).map_or(0, Iterator::count);
            seen.files_max = seen.files_max.max(files);
            seen.memory = seen.memory.max(peak_memory(harness.id()));
            // At once: it could take all that there is.
            assert!(seen.memory < MEMORY_MAX, "it took {} kB", seen.memory);
            if !all_done.exists() && is_last() {
                seen.files_at_last = files;
                seen.nodes_at_last = processes_with(token);
                fs::write(all_done, "").unwrap();
            }
            thread::sleep(Duration::from_millis(20));
        }
        seen.elapsed = started.elapsed();
        seen
    }
}

/// The names of all files below a folder.
fn files_below(folder: &Path) -> Vec<OsString> {
    let entries = walkdir::WalkDir::new(folder)
        .min_depth(1)
        .sort_by_file_name();
    entries
        .into_iter()
        .map(|entry| entry.unwrap().into_path().into())
        .collect()
}

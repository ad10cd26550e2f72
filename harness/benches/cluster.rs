//! What a cluster run costs, and how true it is to its times: how soon it ends, how many messages it
//! carries, how large a cluster may be, and how late messages arrive. It fails where a bound is
//! missed.
//!
//! The nodes are the project's own, and, for the sheer number of messages, this program itself: as a
//! node it throws balls to its neighbors, and back, or answers what challenges ask.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark that can't go on ends, and prints what it saw"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, Write, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use harness::cluster::journal::{Carried, Fate};
use harness::cluster::store;
use serde_json::{Map, Value, json};

/// As a node, this program is called with one of these words.
const AS_NODE: &str = "--throw-balls";
const AS_STORE: &str = "--store";

/// How many balls each node has in the air.
const BALLS: usize = 8;

fn main() {
    if std::env::args().any(|word| word == AS_NODE) {
        throw_balls();
        return;
    }
    if std::env::args().any(|word| word == AS_STORE) {
        store();
        return;
    }
    let harness = PathBuf::from(env!("CARGO_BIN_EXE_harness"));
    let node = harness.with_file_name("node");
    assert!(
        node.is_file(),
        "no node beside {}: build it first, as `make bench` does",
        harness.display()
    );
    let bench = Bench { harness, node };
    bench.ends_in_time();
    bench.carries();
    bench.is_large();
    bench.is_punctual();
    bench.judges_logs();
    bench.keeps_up();
}

struct Bench {
    harness: PathBuf,
    node: PathBuf,
}

impl Bench {
    fn start(&self, node: &Path, arguments: &str, out: &Path) -> Child {
        let (own, nodes) = arguments.split_once("--- ").unwrap_or((arguments, ""));
        let mut command = Command::new(&self.harness);
        command
            .arg("test")
            .arg("--bin")
            .arg(node)
            .arg("--out")
            .arg(out);
        command.args(["--seed", "1"]).args(own.split_whitespace());
        command.arg("--").args(nodes.split_whitespace());
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Five nodes, a few requests: how long a run takes beyond its time limit.
    fn ends_in_time(&self) {
        let mut over: Vec<_> = (0..3)
            .map(|_| {
                let folder = tempfile::tempdir().unwrap();
                let started = Instant::now();
                let arguments = "--node-count 5 --time-limit 2 --rate 20";
                let mut run = self.start(&self.node, arguments, folder.path());
                assert!(run.wait().unwrap().success());
                started.elapsed().saturating_sub(Duration::from_secs(2))
            })
            .collect();
        over.sort();
        println!(
            "5 nodes: a run takes {:?} beyond its time limit, start and judgement included",
            over[1]
        );
        assert!(
            over[1] < Duration::from_millis(500),
            "the bound is half a second"
        );
    }

    /// As many messages as it takes, between 25 nodes without latency.
    fn carries(&self) {
        let folder = tempfile::tempdir().unwrap();
        let itself = std::env::current_exe().unwrap();
        let arguments = format!(
            "--node-count 25 --topology grid --time-limit 5 --rate 1 --recovery 0 --- {AS_NODE}"
        );
        self.start(&itself, &arguments, folder.path())
            .wait()
            .unwrap();
        let results: Value =
            serde_json::from_slice(&fs::read(folder.path().join(store::RESULTS)).unwrap()).unwrap();
        let messages = results["messages"]["delivered"].as_u64().unwrap();
        println!(
            "25 nodes without latency: {} messages a second, nodes and files on the same cores",
            messages / 5
        );
        assert!(messages > 5000, "nothing was carried");
    }

    /// Five hundred nodes under a broadcast load.
    fn is_large(&self) {
        let folder = tempfile::tempdir().unwrap();
        let started = Instant::now();
        let arguments = "--node-count 500 --topology tree4 --time-limit 5 --rate 20";
        let mut run = self.start(&self.node, arguments, folder.path());
        let mut peak = 0;
        let status = loop {
            if let Some(status) = run.try_wait().unwrap() {
                break status;
            }
            peak = peak.max(memory(run.id()));
            thread::sleep(Duration::from_millis(200));
        };
        println!(
            "500 nodes: {:?} in all for 5 s of load, at most {} MiB, nodes included",
            started.elapsed(),
            peak / 1024
        );
        assert!(status.success(), "the run was not valid");
        assert!(peak < 4 * 1024 * 1024, "the bound is 4 GiB");
    }

    /// How late messages arrive under the load of Gossip Glomers 3e.
    fn is_punctual(&self) {
        let folder = tempfile::tempdir().unwrap();
        let arguments = "--profile 3e --topology total --time-limit 10 --- --flush-interval 150ms";
        assert!(
            self.start(&self.node, arguments, folder.path())
                .wait()
                .unwrap()
                .success()
        );
        let stored = store::read(folder.path()).unwrap();
        let messages = store::first_messages(folder.path(), &stored.recording.settings).unwrap();
        let arrived =
            |carried: &&Carried| carried.is_between_nodes() && carried.fate == Fate::Delivered;
        let late = messages
            .iter()
            .filter(arrived)
            .map(|carried| carried.settled.saturating_sub(carried.due));
        let mut late: Vec<_> = late.collect();
        late.sort();
        let nearly_all = late[late.len() * 99 / 100];
        println!(
            "3e: 99% of {} messages arrive at most {nearly_all:?} after their latency",
            late.len()
        );
        assert!(nearly_all < Duration::from_millis(5), "the bound is 5 ms");
    }
}

impl Bench {
    /// A history of logs of 20 seconds at 1000 requests a second, with a poll of everything in the end.
    fn judges_logs(&self) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("logs.jsonl");
        fs::write(&file, history_of_logs(20_000)).unwrap();
        let started = Instant::now();
        let mut check = Command::new(&self.harness)
            .args(["check", "-w", "kafka"])
            .arg(&file)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut peak = 0;
        let status = loop {
            if let Some(status) = check.try_wait().unwrap() {
                break status;
            }
            peak = peak.max(memory(check.id()));
            thread::sleep(Duration::from_millis(5));
        };
        let took = started.elapsed();
        println!(
            "logs: 20 s at 1000 requests a second are judged in {took:?}, at most {} MiB",
            peak / 1024
        );
        assert!(status.success(), "the history was not valid");
        assert!(took < Duration::from_secs(1), "the bound is a second");
        assert!(peak < 500 * 1024, "the bound is 500 MiB");
    }

    /// Five seconds of challenges of Gossip Glomers at their rates: whether clients ask that often, how soon the
    /// run ends, and what the harness and its nodes take.
    fn keeps_up(&self) {
        for (challenge, arguments, least) in [
            ("1", "--profile 1", 15),
            ("2", "--profile 2 --nemesis-interval 2", 4_900),
            ("4", "-w g-counter --node-count 1 --rate 100", 400),
            ("5b", "--profile 5b --node-count 1 --concurrency 4", 4_900),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let itself = std::env::current_exe().unwrap();
            let arguments = format!("{arguments} --time-limit 5 --- {AS_STORE}");
            let started = Instant::now();
            let mut run = self.start(&itself, &arguments, folder.path());
            let mut peak = 0;
            // The last looks must not hold up what is measured.
            while started.elapsed() < Duration::from_secs(5) {
                peak = peak.max(memory(run.id()));
                thread::sleep(Duration::from_millis(200));
            }
            assert!(run.wait().unwrap().success(), "the run was not valid");
            let over = started.elapsed().saturating_sub(Duration::from_secs(5));
            let results = fs::read(folder.path().join(store::RESULTS)).unwrap();
            let results: Value = serde_json::from_slice(&results).unwrap();
            let requests = results["requests"]["count"].as_u64().unwrap();
            println!(
                "{challenge}: {requests} requests in 5 s, {over:?} besides, at most {} MiB, nodes included",
                peak / 1024
            );
            assert!(requests > least, "the rate was not kept");
            assert!(
                over < Duration::from_millis(500),
                "the bound is half a second"
            );
            assert!(peak < 200 * 1024, "the bound is 200 MiB");
        }
    }
}

/// Messages to 16 keys at a time, each acknowledged, and each other request a poll of a client that polls all of
/// one key; in the end one poll shows all.
fn history_of_logs(requests: u64) -> String {
    let mut lines = String::new();
    let mut logs: BTreeMap<u64, Vec<Value>> = BTreeMap::new();
    let mut line = |process: u64, kind: &str, function: &str, value: &Value| {
        let line = json!({"process": process, "type": kind, "f": function, "value": value});
        lines.push_str(&line.to_string());
        lines.push('\n');
    };
    for number in 0..requests {
        let (process, key) = (number % 4, number / 32);
        let log = logs.entry(key).or_default();
        if number % 2 == 0 {
            let offset = log.len() * 3;
            line(process, "invoke", "send", &json!([["send", key, number]]));
            line(
                process,
                "ok",
                "send",
                &json!([["send", key, [offset, number]]]),
            );
            log.push(json!([offset, number]));
        } else {
            line(process, "invoke", "assign", &json!([key]));
            line(process, "ok", "assign", &json!([key]));
            line(
                process,
                "invoke",
                "poll",
                &json!([["poll", {(key.to_string()): 0}]]),
            );
            line(
                process,
                "ok",
                "poll",
                &json!([["poll", {(key.to_string()): log}]]),
            );
        }
    }
    let from: Map<_, _> = logs.keys().map(|key| (key.to_string(), 0.into())).collect();
    line(9, "invoke", "poll", &json!([["poll", from]]));
    let all: Map<_, _> = logs
        .into_iter()
        .map(|(key, log)| (key.to_string(), log.into()))
        .collect();
    line(9, "ok", "poll", &json!([["poll", all]]));
    lines
}

/// A node that keeps logs and a sum in memory, gives ids and sends back echoes.
fn store() {
    let (mut name, mut out) = (Value::Null, stdout().lock());
    let (mut sum, mut ids) = (0, 0);
    let mut logs: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut committed = Map::new();
    for line in stdin().lock().lines() {
        let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let body = &message["body"];
        let offsets = body["offsets"].as_object();
        let mut reply = match body["type"].as_str().unwrap() {
            "init" => {
                name = body["node_id"].clone();
                json!({})
            }
            "echo" => json!({"echo": body["echo"]}),
            "generate" => {
                ids += 1;
                json!({"id": [name, ids]})
            }
            "add" => {
                sum += body["delta"].as_i64().unwrap();
                json!({})
            }
            "read" => json!({"value": sum}),
            "send" => {
                let log = logs
                    .entry(body["key"].as_str().unwrap().to_owned())
                    .or_default();
                log.push(json!([log.len(), body["msg"]]));
                json!({"offset": log.len() - 1})
            }
            "poll" => {
                let shown = offsets.unwrap().iter().map(|(key, from)| {
                    let log = logs.get(key).into_iter().flatten();
                    let from = usize::try_from(from.as_u64().unwrap()).unwrap();
                    (key.clone(), log.skip(from).take(10).cloned().collect())
                });
                json!({"msgs": shown.collect::<Map<_, Value>>()})
            }
            "commit_offsets" => {
                committed.extend(offsets.unwrap().clone());
                json!({})
            }
            _ => json!({"offsets": committed}),
        };
        reply["type"] = format!("{}_ok", body["type"].as_str().unwrap()).into();
        reply["in_reply_to"] = body["msg_id"].clone();
        let message = json!({"src": name, "dest": message["src"], "body": reply});
        writeln!(out, "{message}").unwrap();
    }
}

/// The memory of a process and its children, in KiB.
fn memory(parent: u32) -> u64 {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let statuses =
        processes.filter_map(|process| fs::read_to_string(process.path().join("status")).ok());
    let field = |status: &str, name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let family = statuses.filter(|status| {
        let parent = Some(u64::from(parent));
        field(status, "PPid:") == parent || field(status, "Pid:") == parent
    });
    family.filter_map(|status| field(&status, "VmRSS:")).sum()
}

/// A node that passes every ball on that it gets.
fn throw_balls() {
    let (mut name, mut out) = (String::new(), stdout().lock());
    for line in stdin().lock().lines() {
        let message: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let (source, body) = (&message["src"], &message["body"]);
        let mut say = |dest: &Value, body: Value| {
            writeln!(out, "{}", json!({"src": name, "dest": dest, "body": body})).unwrap();
        };
        let reply =
            |kind: &str| json!({"type": kind, "in_reply_to": body["msg_id"], "messages": []});
        match body["type"].as_str().unwrap() {
            "ball" => say(source, json!({"type": "ball"})),
            "init" => {
                body["node_id"].as_str().unwrap().clone_into(&mut name);
                let reply = json!({"src": name, "dest": source, "body": {"type": "init_ok", "in_reply_to": body["msg_id"]}});
                writeln!(out, "{reply}").unwrap();
            }
            "topology" => {
                say(
                    source,
                    json!({"type": "topology_ok", "in_reply_to": body["msg_id"]}),
                );
                let neighbors = body["topology"][&name].as_array().unwrap();
                for ball in 0..BALLS {
                    say(&neighbors[ball % neighbors.len()], json!({"type": "ball"}));
                }
            }
            "broadcast" => say(
                source,
                json!({"type": "broadcast_ok", "in_reply_to": body["msg_id"]}),
            ),
            _ => say(source, reply("read_ok")),
        }
    }
}

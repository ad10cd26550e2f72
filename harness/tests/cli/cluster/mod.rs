//! `harness test` and `harness check` with real processes: right and wrong nodes, the command line,
//! and what is left behind.

mod checked;
mod commands;
mod counters;
mod echo;
mod edges;
mod ended;
mod explained;
mod field;
mod g_set;
mod histories;
mod hostile;
mod introduced;
mod kafka;
mod lin_kv;
mod reported;
mod right;
mod services;
mod unique_ids;
mod wrong;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{fs, thread};

use harness::cluster::format::seal::{Seal, Sum};
use serde_json::Value;

use crate::fake::{self, Cases, Ran};

/// How many harnesses run at once in a test that runs many; they mostly sleep.
const AT_ONCE: usize = 6;

/// `harness test` with the fake node that goes this way. What it leaves stands in `out`.
fn test(folder: &Cases, arguments: &[&str], way: &str) -> Ran {
    let node = fake::cluster_node();
    test_of(folder, node, arguments, &[way, folder.token()])
}

/// The same with any node. Its command line has to have the folder's name in it, so that what is left
/// of it can be found.
fn test_of(folder: &Cases, node: &Path, arguments: &[&str], node_arguments: &[&str]) -> Ran {
    let mut all = vec!["test", "--bin", node.to_str().unwrap(), "--out", "out"];
    all.extend(arguments);
    all.push("--");
    all.extend(node_arguments);
    let ran = folder.harness(&all);
    let left = fake::processes_with(folder.token());
    assert_eq!(left, [""; 0], "left behind by {arguments:?}");
    ran
}

/// The folders of the runs that a test left in `out`, one or several.
fn runs(folder: &Cases) -> Vec<PathBuf> {
    let out = folder.path().join("out");
    if out.join("history.jsonl").is_file() {
        return vec![out];
    }
    let entries = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap());
    let runs = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut runs: Vec<_> = runs.map(|entry| entry.path()).collect();
    runs.sort();
    runs
}

fn results(run: &Path) -> Value {
    serde_json::from_slice(&fs::read(run.join("results.json")).unwrap()).unwrap()
}

/// The lines of a file, as JSON.
fn lines(folder: &Cases, file: &str) -> Vec<Value> {
    let text = folder.read(file);
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A history with the seal that fits it and these messages.
pub fn sealed(events: &str, messages: &str) -> String {
    let [history, messages] = [events, messages].map(|text| Sum::of(text.as_bytes()));
    let mut history_text = events.as_bytes().to_vec();
    Seal { history, messages }.write(&mut history_text);
    String::from_utf8(history_text).unwrap()
}

/// The texts in a list of `results.json`: `findings`, `warnings` or `faults`.
fn texts(results: &Value, list: &str) -> Vec<String> {
    let all = results[list].as_array().unwrap().iter();
    let text = |one: &Value| one.get("text").unwrap_or(one).as_str().unwrap().to_owned();
    all.map(text).collect()
}

/// Does it with each, so many at once. Whatever panics names what it was done with.
pub fn each_of<T: Sync>(at_once: usize, all: &[T], act: impl Fn(&T) + Sync) {
    let waiting = Mutex::new(all.iter());
    let next = || waiting.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(one) = next() {
                    act(one);
                }
            });
        }
    });
}

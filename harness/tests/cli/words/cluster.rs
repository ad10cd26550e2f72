//! Clusters of nodes that say hostile words, and stored runs that somebody wrote.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{WORDS, check_inert, check_once, check_outputs, json, name, script, text};
use crate::cluster::each_of;
use crate::fake::{self, Cases};

/// Sets itself up, says what stands in a file, on both outputs, and answers requests with a word.
const NODE: &str = r#"#!/bin/sh
word=$(cat "$1/word")
ask() {
    read -r line || exit 0
    src=${line#*'"src":"'} src=${src%%'"'*}
    id=${line##*'"msg_id":'} id=${id%%[!0-9]*}
}
say() { printf '{"src":"n0","dest":"%s","body":{%s,"in_reply_to":%s}}\n' "$src" "$1" "$id"; }
ask; say '"type":"init_ok"'
ask; say '"type":"topology_ok"'
cat "$1/said"
cat "$1/said" >&2
while ask; do
    case $line in
        *'"type":"read"'*) say '"type":"read_ok","messages":['"$word"']' ;;
        *'"message":1'*) say '"type":"broadcast_ok"' ;;
        *'"message":2'*) say '"type":'"$word" ;;
        *) say '"type":"error","code":'"$word"',"text":'"$word" ;;
    esac
done
"#;

const LOGS: [&str; 3] = ["--log-stderr", "--log-net-send", "--log-net-recv"];

fn folder(word: &[u8]) -> Cases {
    let word_json = json(word);
    let cases = Cases::new();
    script(&cases, "node", NODE);
    cases.write("word", &word_json);
    let said = format!(
        "{{\"src\":{word_json},\"dest\":\"n0\",\"body\":{{\"type\":\"x\"}}}}\n\
         {{\"src\":\"n0\",\"dest\":{word_json},\"body\":{{\"type\":\"x\"}}}}\n\
         {{\"src\":\"n0\",\"dest\":\"n0\",\"body\":{{\"type\":{word_json},{word_json}:{word_json}}}}}\n\
         {{\"src\":\"n0\",\"dest\":\"c1\",\"body\":{{\"type\":{word_json},\"in_reply_to\":{word_json}}}}}\n\
         {{\"src\":\"n0\",\"dest\":\"c1\",\"body\":{word_json}}}\n"
    );
    let said = [said.as_bytes(), word, b"\n{\"src\":", word, b"\n"].concat();
    fs::write(cases.path().join("said"), said).unwrap();
    cases
}

#[test]
fn no_word_acts_in_what_is_said_of_a_cluster_and_in_its_files() {
    let _alone = fake::alone();
    each_of(2, &WORDS, |word| {
        let cases = folder(word);
        let arguments = [
            "test",
            "--bin",
            "node",
            "--node-count",
            "1",
            "--time-limit",
            "0.5",
        ];
        let more = ["--rate", "60", "--recovery", "0.1", "--out", "out"];
        let node = ["--", "."];
        let all = [&arguments[..], &more, &LOGS, &node].concat();
        let ran = cases.harness_in(&[("GITHUB_ACTIONS", "true"), ("CLICOLOR_FORCE", "1")], &all);
        assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
        check_outputs("a cluster", &ran);
        assert_eq!(super::commands(&ran), [""; 0]);
        for said in ["protocol", "n0 stderr: ", " sent {", " arrived {"] {
            assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
        }
        for file in [
            "results.json",
            "history.jsonl",
            "messages.jsonl",
            "report.html",
        ] {
            check_inert(file, &cases.read(&format!("out/{file}")));
        }
        for line in [
            cases.read("out/history.jsonl"),
            cases.read("out/messages.jsonl"),
        ]
        .concat()
        .lines()
        {
            let _: Value = serde_json::from_str(line).unwrap();
        }
        let _: Value = serde_json::from_str(&cases.read("out/results.json")).unwrap();
        check_once(&cases, &["check", "out"].map(OsStr::new));
        renamed(&cases, word);
        broken(&cases, word);
    });
}

/// A stored run with this name for its node.
fn renamed(cases: &Cases, word: &[u8]) {
    fs::create_dir_all(cases.path().join("renamed")).unwrap();
    for file in ["history.jsonl", "messages.jsonl"] {
        let name = json(text(word).as_bytes());
        let text = cases.read(&format!("out/{file}")).replace("\"n0\"", &name);
        cases.write(&format!("renamed/{file}"), &text);
    }
    let ran = check_once(cases, &["check", "renamed"].map(OsStr::new));
    assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
}

/// Stored runs with this word in the place of another, and in a folder of that name.
fn broken(cases: &Cases, word: &[u8]) {
    let history = cases.read("out/history.jsonl");
    let folder = cases.path().join(name(word)).join("run");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("messages.jsonl"), "").unwrap();
    let mut lines: Vec<_> = history.lines().map(str::to_owned).collect();
    for number in [0, 5] {
        let whole = lines[number].clone();
        let parts: Vec<_> = whole.split('"').collect();
        for at in (1..parts.len()).step_by(2) {
            let mut parts = parts.clone();
            let word = json(text(word).as_bytes());
            parts[at] = word.trim_matches('"');
            lines[number] = parts.join("\"");
            fs::write(folder.join("history.jsonl"), lines.join("\n") + "\n").unwrap();
            check_once(cases, &[OsStr::new("check"), folder.as_os_str()]);
        }
        lines[number] = whole;
    }
}

#[test]
fn a_node_and_a_folder_of_any_name_are_named_and_stay_in_their_place() {
    each_of(2, &WORDS, |word| {
        let cases = folder(word);
        let node = cases.path().join(name(word));
        fs::rename(cases.path().join("node"), node).unwrap();
        let mut bin = OsString::from("./");
        bin.push(name(word));
        let out = Path::new("out").join(name(word));
        let nodes = format!("--nodes={}", text(word).replace('\0', ""));
        let run = ["test", "--time-limit", "0.1", "--recovery", "0.1", "--bin"].map(OsStr::new);
        let out = [OsStr::new("--out"), out.as_os_str()];
        let [node, nodes] = [fake::cluster_node().as_os_str(), OsStr::new(&nodes)];
        let last = ["--", "exits-at-once"].map(OsStr::new);
        check_once(&cases, &[&run[..], &[node], &out, &[nodes], &last].concat());
        let last = ["--node-count", "1", "--", "."].map(OsStr::new);
        let ran = check_once(&cases, &[&run[..], &[&bin], &out, &last].concat());
        let again = |line| str::strip_prefix(line, "again: ");
        let command = ran
            .stdout
            .lines()
            .find_map(again)
            .unwrap_or_else(|| panic!("{}", ran.stderr));
        if let Some(words) = super::words_of("bash", command) {
            assert_eq!(words[7], bin.as_encoded_bytes(), "{command}");
        }
        let entries = fs::read_dir(cases.path()).unwrap();
        for entry in entries.map(|entry| entry.unwrap().file_name()) {
            let ours = [".cache", "out", "said", "word"]
                .iter()
                .any(|ours| entry == *ours);
            assert!(ours || entry == *name(word), "{entry:?}");
        }
    });
}

//! Clusters of nodes that say hostile words, and stored runs that somebody wrote.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use harness::cluster::format::{FormatError, stored};
use harness::cluster::journal::Carried;
use harness::cluster::judged::Judged;
use harness::cluster::limit::Limit;
use harness::cluster::recording::Recording;
use harness::cluster::store::StoreError;
use harness::command::Failed;
use harness::report::cluster::{again, results, summary};
use harness::report::escape;
use harness::report::html::{self, Report};
use serde_json::Value;

use super::{WORDS, check_inert, check_once, check_outputs, json, name, script, text};
use crate::cluster::sealed;
use crate::fake::{self, Cases};

/// Sets itself up, says what stands in a file of its name, on both outputs, and answers requests with a
/// word.
const NODE: &str = r#"#!/bin/sh
ask() {
    read -r line || exit 0
    src=${line#*'"src":"'} src=${src%%'"'*}
    id=${line##*'"msg_id":'} id=${id%%[!0-9]*}
}
say() { printf '{"src":"%s","dest":"%s","body":{%s,"in_reply_to":%s}}\n' "$me" "$src" "$1" "$id"; }
ask
me=${line##*'"node_id":"'} me=${me%%'"'*}
{ read -r word; read -r text; } <"$1/word-$me"
say '"type":"init_ok"'
ask; say '"type":"topology_ok"'
cat "$1/said-$me"
cat "$1/said-$me" >&2
while ask; do
    case $line in
        *'"type":"read"'*) say '"type":"read_ok","messages":['"$text"']' ;;
        *'"message":1'*) say '"type":"broadcast_ok"' ;;
        *'"message":2'*) say '"type":'"$word" ;;
        *) say '"type":"error","code":'"$word"',"text":'"$word" ;;
    esac
done
"#;

/// What stands in the place of each word in turn.
const ANY_WORD: &[u8] = b"any-word";

/// A folder with nodes n0, n1, … for these words.
fn folder(words: &[&[u8]]) -> Cases {
    let cases = Cases::new();
    script(&cases, "node", NODE);
    for (number, word) in words.iter().enumerate() {
        let (me, word_json) = (format!("n{number}"), json(word));
        // As a message has it, and as one that can be read: reads are waited for in the end.
        let text_json = json(text(word).as_bytes());
        cases.write(
            &format!("word-{me}"),
            &format!("{word_json}\n{text_json}\n"),
        );
        let said = format!(
            "{{\"src\":{word_json},\"dest\":\"{me}\",\"body\":{{\"type\":\"x\"}}}}\n\
             {{\"src\":\"{me}\",\"dest\":{word_json},\"body\":{{\"type\":\"x\"}}}}\n\
             {{\"src\":\"{me}\",\"dest\":\"{me}\",\"body\":{{\"type\":{word_json},{word_json}:{word_json}}}}}\n\
             {{\"src\":\"{me}\",\"dest\":\"c1\",\"body\":{{\"type\":{word_json},\"in_reply_to\":{word_json}}}}}\n\
             {{\"src\":\"{me}\",\"dest\":\"c1\",\"body\":{word_json}}}\n"
        );
        let said = [said.as_bytes(), word, b"\n{\"src\":", word, b"\n"].concat();
        fs::write(cases.path().join(format!("said-{me}")), said).unwrap();
    }
    cases
}

/// `harness test` with these nodes for a moment, in color and in GitHub Actions; its files stand in `out`.
fn run(cases: &Cases, nodes: usize, more: &str) -> String {
    let arguments = format!(
        "test --bin node --time-limit 0.3 --recovery 0.1 --rate 200 --out out --node-count {nodes}{more} -- ."
    );
    let variables = [("GITHUB_ACTIONS", "true"), ("CLICOLOR_FORCE", "1")];
    let ran = cases.harness_in(&variables, &arguments.split(' ').collect::<Vec<_>>());
    assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
    check_outputs("a cluster", &ran);
    assert_eq!(super::commands(&ran), [""; 0]);
    ran.stdout
}

#[test]
fn no_word_acts_in_what_is_said_of_a_cluster_and_in_its_files() {
    let cases = folder(&WORDS);
    let logs = " --log-stderr --log-net-send --log-net-recv";
    let stdout = run(&cases, WORDS.len(), logs);
    for said in ["protocol", "n0 stderr: ", " sent {", " arrived {"] {
        assert!(stdout.contains(said), "{said}: {stdout}");
    }
    for (file, is_lines) in [
        ("results.json", false),
        ("history.jsonl", true),
        ("messages.jsonl", true),
        ("report.html", false),
    ] {
        let text = cases.read(&format!("out/{file}"));
        check_inert(file, &text);
        for line in text.lines().filter(|_| is_lines) {
            let _: Value = serde_json::from_str(line).unwrap();
        }
    }
    let _: Value = serde_json::from_str(&cases.read("out/results.json")).unwrap();
    check_once(&cases, &["check", "out"].map(OsStr::new));

    // The same with these words for its nodes' names, and one that can't be read, in such a folder.
    let mut files =
        ["history.jsonl", "messages.jsonl"].map(|file| cases.read(&format!("out/{file}")));
    for file in &mut files {
        for (number, word) in WORDS.iter().enumerate() {
            let word = json(text(word).as_bytes());
            *file = file.replace(&format!("\"n{number}\""), &word);
            // In the messages themselves, which stand in strings.
            let quoted = Value::from(word.as_str()).to_string();
            let inner = &quoted[1..quoted.len() - 1];
            *file = file.replace(&format!("\\\"n{number}\\\""), inner);
        }
    }
    let [history, messages] = files;
    let history = sealed(without_seal(&history), &messages);
    let renamed = cases.path().join(name(&WORDS[..3].concat()));
    fs::create_dir_all(&renamed).unwrap();
    fs::write(renamed.join("messages.jsonl"), messages).unwrap();
    fs::write(renamed.join("history.jsonl"), &history).unwrap();
    let check = [OsStr::new("check"), renamed.as_os_str()];
    let ran = check_once(&cases, &check);
    assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
    let wrong = history.replacen("\"set-up\"", &json(&WORDS[..3].concat()), 1);
    assert_ne!(wrong, history);
    fs::write(renamed.join("history.jsonl"), wrong).unwrap();
    assert_eq!(check_once(&cases, &check).status, 2);
}

/// The texts of a stored run in which a node said [`ANY_WORD`] wherever it could.
fn stored() -> [String; 2] {
    let cases = folder(&[ANY_WORD]);
    run(&cases, 1, "");
    let [history, messages] =
        ["history.jsonl", "messages.jsonl"].map(|file| cases.read(&format!("out/{file}")));
    [without_seal(&history).to_owned(), messages]
}

/// A history without its last line, so that it may be changed.
fn without_seal(history: &str) -> &str {
    let (events, _) = history.trim_end().rsplit_once('\n').unwrap();
    &history[..=events.len()]
}

/// As a stored run is read, but for its files.
fn read(history: &str, messages: &str) -> Result<(Judged, Vec<Carried>), FormatError> {
    let stored =
        stored::read(history.as_bytes(), messages.as_bytes()).map_err(|(_, error)| error)?;
    let carried = stored.carried.clone();
    let recording = Recording::replay(stored.settings, stored.events, stored.carried, stored.rest);
    Ok((Judged::of(recording, Limit::NONE), carried))
}

/// All that is said of a stored run, or of why it is none.
fn said(history: &str, messages: &str, word: &[u8]) -> Vec<String> {
    match read(history, messages) {
        Ok((judged, _)) => {
            let mut said = vec![summary::test(&judged.recording.settings)];
            said.extend(summary::complaints(&judged, Path::new("out")));
            said.extend(summary::figures(&judged));
            said
        }
        Err(error) => {
            let file = name(word);
            vec![Failed::BadStore(StoreError::Format { file, error }).to_string()]
        }
    }
}

#[test]
fn no_word_acts_in_what_is_said_of_a_stored_run_wherever_it_stands() {
    let texts = stored();
    for word in WORDS {
        let word_json = json(text(word).as_bytes());
        let inner = &word_json[1..word_json.len() - 1];
        let [history, messages] = texts.each_ref().map(|text| {
            let any_word = String::from_utf8_lossy(ANY_WORD);
            let text = text.replace(&*any_word, inner);
            // Where the words are the node's own name, too.
            text.replace("\"n0\"", &word_json)
        });
        check_run(&history, &messages, word);
        check_broken(&history, word);
    }
}

/// Asserts that nothing acts in all that is said and written of a run.
fn check_run(history: &str, messages: &str, word: &[u8]) {
    let (judged, carried) = read(history, messages).unwrap();
    assert!(!judged.verdict.is_valid());
    for said in said(history, messages, word) {
        check_inert("a summary", &said);
        let command = said.lines().find(|line| line.starts_with("::"));
        assert_eq!(command, None, "a line break of somebody's stands in {said}");
    }
    let words = ["harness".into(), "--bin".into(), OsString::from(name(word))];
    let again = again::command(&words, 1);
    let results = results::results(&judged, &again);
    let results = escape::json(&format!("{results:#}"));
    check_inert("results.json", &results);
    let page = html::render(
        &Report {
            judged: &judged,
            command: &again,
        },
        &carried,
    );
    check_inert("report.html", &page);
    // Its own tags, and none of anybody else's.
    for (tag, count) in [("<script", 2), ("<img", 0), ("<!--", 0), ("</script>", 2)] {
        assert_eq!(page.matches(tag).count(), count, "{tag} in the page");
    }
}

/// Puts the word in the place of every other one of some lines, one after the other.
fn check_broken(history: &str, word: &[u8]) {
    let word_json = json(text(word).as_bytes());
    let lines: Vec<_> = history.lines().take(8).map(str::to_owned).collect();
    for number in [0, 5] {
        let parts: Vec<_> = lines[number].split('"').collect();
        for at in (1..parts.len()).step_by(2) {
            let (mut parts, mut lines) = (parts.clone(), lines.clone());
            parts[at] = word_json.trim_matches('"');
            lines[number] = parts.join("\"");
            for said in said(&(lines.join("\n") + "\n"), "", word) {
                check_inert("a broken run", &said);
            }
        }
    }
}

#[test]
fn a_node_and_a_folder_of_any_name_are_named_and_stay_in_their_place() {
    // As many words as a name has room for.
    for words in WORDS.chunks(8) {
        let cases = folder(&[words[0]]);
        let own = name(&words.concat());
        fs::rename(cases.path().join("node"), cases.path().join(&own)).unwrap();
        let mut bin = OsString::from("./");
        bin.push(&own);
        let out = Path::new("out").join(&own);
        let is_path = |c: char| "/\\\0,".contains(c);
        let nodes = words.iter().map(|word| text(word).replace(is_path, "_"));
        let nodes = format!(
            "--nodes={}",
            nodes.collect::<Vec<_>>().join(",").replace("..", "_")
        );
        let run = ["test", "--time-limit", "0.1", "--recovery", "0.1", "--bin"].map(OsStr::new);
        let out = [OsStr::new("--out"), out.as_os_str()];
        let [node, nodes] = [fake::cluster_node().as_os_str(), OsStr::new(&nodes)];
        let last = ["--", "exits-at-once"].map(OsStr::new);
        let ran = check_once(&cases, &[&run[..], &[node], &out, &[nodes], &last].concat());
        assert!(!ran.stderr.contains("--nodes"), "{}", ran.stderr);
        let last = ["--node-count", "1", "--", "."].map(OsStr::new);
        let ran = check_once(&cases, &[&run[..], &[&bin], &out, &last].concat());
        let again = |line| str::strip_prefix(line, "again: ");
        let command = ran
            .stdout
            .lines()
            .find_map(again)
            .unwrap_or_else(|| panic!("{}", ran.stderr));
        if let Some(commands) = super::words_of("bash", [command]) {
            assert_eq!(commands[0][7], bin.as_encoded_bytes(), "{command}");
        }
        let entries = fs::read_dir(cases.path()).unwrap();
        for entry in entries.map(|entry| entry.unwrap().file_name()) {
            let ours = [".cache", "out", "said-n0", "word-n0"]
                .iter()
                .any(|ours| entry == *ours);
            assert!(ours || entry == *own, "{entry:?}");
        }
    }
}

//! `harness check`: the verdict of the run, from its files; of changed files another, of none none.

use std::fs;

use serde_json::Value;

use super::{AT_ONCE, each_of, lines, results, runs, sealed, test, texts};
use crate::fake::Cases;

const LOAD: [&str; 4] = ["--time-limit", "1.5", "--rate", "40"];

/// What a run said of itself, without the lines that only a run has.
fn told(stdout: &str) -> String {
    let own = |line: &&str| !line.starts_with("report: ") && !line.starts_with("again: ");
    let lines = stdout.lines().filter(own);
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn the_files_have_the_verdict_of_the_run_in_them() {
    let all = [
        "--nemesis",
        "partition,pause,restart",
        "--nemesis-interval",
        "0.3",
    ];
    let cases = [
        ("right", &[][..]),
        ("right", &all),
        (
            "right",
            &[
                "--nemesis",
                "kill",
                "--nemesis-interval",
                "0.5",
                "--topology",
                "total",
            ],
        ),
        (
            "right",
            &["--loss", "0.2", "--duplicate", "0.2", "--latency", "20"],
        ),
        ("never-retries", &all),
        ("loses-paused", &all),
        ("forgets", &all),
        ("invents", &[]),
        (
            "shows-twice",
            &["--max-msgs-per-op", "1", "--max-latency", "P50=0"],
        ),
        ("crashes", &[]),
    ];
    each_of(AT_ONCE, &cases, |(way, arguments)| {
        let folder = Cases::new();
        let ran = test(
            &folder,
            &[&LOAD, &["--recovery", "1"][..], *arguments].concat(),
            way,
        );
        let checked = folder.harness(&["check", "out"]);
        assert_eq!(checked.stderr, "", "{way}");
        assert_eq!(checked.stdout, told(&ran.stdout), "{way}");
        assert_eq!(checked.status, ran.status, "{way}");
        let findings = texts(&results(&runs(&folder)[0]), "findings");
        let is_told = |text: &String| checked.stdout.contains(text.lines().next().unwrap());
        assert!(findings.iter().take(8).all(is_told), "{findings:?}");
    });
}

/// A folder with a valid run in it.
fn valid() -> Cases {
    let folder = Cases::new();
    // However busy the machine, all is asked, and all arrives.
    let patient = ["--recovery", "10", "--concurrency", "20n"];
    let ran = test(&folder, &[LOAD, patient].concat(), "right");
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    folder
}

/// Writes a history with a seal that fits it and the messages; the last of its lines is the old one.
fn write_sealed(folder: &Cases, lines: &[Value]) {
    let (_, events) = lines.split_last().unwrap();
    let text: Vec<_> = events.iter().map(Value::to_string).collect();
    let messages = folder.read("out/messages.jsonl");
    let history = sealed(&(text.join("\n") + "\n"), &messages);
    folder.write("out/history.jsonl", &history);
}

#[test]
fn a_value_taken_out_of_a_final_read_is_lost() {
    let folder = valid();
    let mut history = lines(&folder, "out/history.jsonl");
    let asked = history
        .iter()
        .find(|line| line["final"] == true && line["node"] == 3);
    let process = asked.unwrap()["process"].clone();
    // One that n3 did not get from a client itself: of that another sentence tells.
    let is_elsewhere =
        |line: &&Value| line["type"] == "invoke" && line["f"] == "broadcast" && line["node"] != 3;
    let value = history.iter().find(is_elsewhere).unwrap()["value"].clone();
    let answered = |line: &&mut Value| {
        line["type"] == "ok" && line["final"] == true && line["process"] == process
    };
    let read = history.iter_mut().find(answered).unwrap();
    let shown = read["value"].as_array_mut().unwrap();
    let at = shown.iter().position(|shown| *shown == value).unwrap();
    shown.remove(at);
    let text: Vec<_> = history.iter().map(Value::to_string).collect();
    let text = text.join("\n") + "\n";
    folder.write("out/history.jsonl", &text);
    let ran = folder.harness(&["check", "out"]);
    assert_eq!(ran.status, 2, "{}", ran.stdout);
    let says = "out/history.jsonl: it was changed after the run: its checksum is not the one";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    write_sealed(&folder, &history);
    let finding = format!("NOT VALID\n  lost: n3 lacks {value}, acknowledged by n");
    let summary = "cluster: 0 valid, 1 not valid";
    folder
        .harness(&["check", "out"])
        .check(1, &[&finding], summary);
}

#[test]
fn files_that_end_in_the_middle_are_judged_as_far_as_they_go() {
    let folder = valid();
    let whole = folder.read("out/history.jsonl");
    for part in [0.95, 0.5, 0.2] {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rough place"
        )]
        let mut at = (whole.len() as f64 * part) as usize;
        at += usize::from(whole[..at].ends_with('\n'));
        folder.write("out/history.jsonl", &whole[..at]);
        let ran = folder.harness(&["check", "out"]);
        let says = ["could not be judged\n", "out ends in the middle"];
        ran.check(
            2,
            &says,
            "cluster: 0 valid, 0 not valid, 1 could not be judged",
        );
    }
}

#[test]
fn files_that_lack_lines_are_not_judged() {
    let folder = Cases::new();
    let few = ["--time-limit", "0.5", "--node-count", "2", "--rate", "10"];
    let budget = ["--max-msgs-per-op", "1000"];
    test(&folder, &[&few[..], &budget].concat(), "right");
    let history = folder.read("out/history.jsonl");
    let messages = folder.read("out/messages.jsonl");
    let last = |text: &str| text.trim_end().rfind('\n').unwrap() + 1;
    let check = |says: &str| {
        let ran = folder.harness(&["check", "out"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains(says), "no {says:?} in {}", ran.stderr);
    };
    let count = messages.lines().count();
    folder.write("out/messages.jsonl", "");
    check(&format!(
        "out/messages.jsonl: it was changed after the run: it has 0 lines, and had {count}"
    ));
    folder.write("out/messages.jsonl", &messages[..last(&messages)]);
    check(&format!("it has {} lines, and had {count}", count - 1));
    folder.write("out/messages.jsonl", &messages);
    folder.write("out/history.jsonl", &history.repeat(2));
    check("out/history.jsonl: line ");
    folder.write("out/history.jsonl", &history[..last(&history)]);
    let says = ["could not be judged\n", "out ends in the middle"];
    let ran = folder.harness(&["check", "out"]);
    ran.check(
        2,
        &says,
        "cluster: 0 valid, 0 not valid, 1 could not be judged",
    );
}

#[test]
fn what_is_no_run_is_not_judged() {
    let folder = valid();
    let check = |name: &str, says: &str| {
        let ran = folder.harness(&["check", name]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{name}");
        assert!(ran.stderr.contains(says), "no {says:?} in {}", ran.stderr);
    };
    check(
        "nosuch",
        "nosuch/history.jsonl can't be read: No such file or directory",
    );
    check("out/nodes", "name the folder of a run, as in store/latest");
    check(".", "error: . is no run, but holds a run:\n  ./out\n");
    let history = folder.read("out/history.jsonl");
    folder.write("out/messages.jsonl", "garbage\n");
    check("out", "out/messages.jsonl: line 1: ");
    folder.write(
        "out/history.jsonl",
        &history.replacen("\"ok\"", "\"okay\"", 1),
    );
    check("out", "out/history.jsonl: line ");
    folder.write("out/history.jsonl", "");
    check("out", "out/history.jsonl: ");
    fs::write(folder.path().join("out/history.jsonl"), b"\xff\0\n\n").unwrap();
    check("out", "out/history.jsonl: line 1: ");
    fs::remove_file(folder.path().join("out/messages.jsonl")).unwrap();
    folder.write("out/history.jsonl", &history);
    check("out", "out/messages.jsonl can't be read");
}

#[test]
fn of_a_folder_of_runs_the_runs_are_listed_with_how_to_check_one() {
    let folder = Cases::new();
    let short = [
        "--time-limit",
        "0.2",
        "--recovery",
        "0.2",
        "--node-count",
        "1",
    ];
    let two = [&short[..], &["--test-count", "2", "--seed", "7"]].concat();
    test(&folder, &two, "right");
    let checked = folder.harness(&["check", "out"]);
    assert_eq!((checked.status, checked.stdout.as_str()), (2, ""));
    assert_eq!(
        checked.stderr,
        "error: out is no run, but holds 2 runs:\n  out/7\n  out/8\n\
         name one, as in `harness check out/8`\n"
    );
    let named = folder.harness(&["check", "out/8"]);
    assert_ne!(named.status, 2, "{}", named.stderr);
}

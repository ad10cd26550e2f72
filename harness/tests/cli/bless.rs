//! Blessing: what is written, what is shown, and what is left alone.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use crate::fake::{self, Cases, Load, Ran, processes_with, wait_for};

const INPUT: &str = r#"# A conversation
{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":2}}
"#;

const OLD: &str = r#"# What it says
{"src": "n1", "dest": "c0", "body": {"type": "<string>", "in_reply_to": 1, "msg_id": 4}}
{"src": "n1", "dest": "c1", "body": {"type": "wrong", "in_reply_to": 2}}
"#;

const NEW: &str = r#"{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}}
{"src": "n1", "dest": "c1", "body": {"type": "read_ok", "in_reply_to": 2, "msg_id": 1}}
"#;

fn bless(cases: &Cases, arguments: &[&str], way: &str) -> Ran {
    let node = fake::node().to_str().unwrap();
    let all = [&["bless", ".", "--bin", node], arguments, &["--", way]].concat();
    cases.harness(&all)
}

#[test]
fn a_new_case_gets_what_the_node_answers_and_passes() {
    let cases = Cases::new();
    cases.write("case.in", INPUT);
    let ran = cases.run("renumbered");
    ran.check(
        1,
        &[
            "there is no ./case.expected",
            " bless --bin ",
            " ./case.in -- renumbered",
        ],
        "golden: 0 passed, 1 failed",
    );
    let ran = bless(&cases, &[], "renumbered");
    let shown = NEW.replace("{\"src", "  + {\"src");
    ran.check(
        0,
        &[&format!("NEW ./case.expected\n{shown}")],
        "bless: 1 new, 0 changed, 0 unchanged",
    );
    assert_eq!(cases.read("case.expected"), NEW);
    cases
        .run("good")
        .check(0, &[], "golden: 1 passed, 0 failed");
    let again = bless(&cases, &[], "good");
    again.check(0, &[], "bless: 0 new, 0 changed, 1 unchanged");
    assert_eq!(again.stdout.lines().count(), 1);
}

#[test]
fn what_changes_is_shown_and_what_matches_stays() {
    let cases = Cases::one(INPUT, OLD);
    let dry = bless(&cases, &["--dry-run"], "good");
    let last = "bless: 0 new, 1 changed, 0 unchanged";
    dry.check(1, &["nothing was written: this was a dry run"], last);
    assert_eq!(cases.read("case.expected"), OLD);
    let says = r#"CHANGED ./case.expected
    # What it says
  - {"src": "n1", "dest": "c0", "body": {"type": "<string>", "in_reply_to": 1, "msg_id": 4}}
  - {"src": "n1", "dest": "c1", "body": {"type": "wrong", "in_reply_to": 2}}
  + {"src": "n1", "dest": "c0", "body": {"type": "<string>", "in_reply_to": 1, "msg_id": 0}}
  + {"src": "n1", "dest": "c1", "body": {"type": "read_ok", "in_reply_to": 2}}
"#;
    bless(&cases, &[], "good")
        .check(0, &[says], last)
        .never_says("dry run");
    cases
        .run("good")
        .check(0, &[], "golden: 1 passed, 0 failed");
}

#[test]
fn what_is_refused_shows_stderr_and_the_node_is_named_where_nobody_named_one() {
    let cases = Cases::one(INPUT, OLD);
    let says = [
        "REFUSED ./case.in",
        "the node's stderr ends with\n    | Traceback",
    ];
    let last = "bless: 0 new, 0 changed, 0 unchanged, 1 refused";
    bless(&cases, &[], "exits-early").check(1, &says, last);
    fake::own_node();
    // What makes it a repository of ours, in which no node has to be named.
    cases.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"node\", \"harness\"]\n",
    );
    for command in ["bless", "audit", "run"] {
        let ran = cases.harness(&[command, "."]);
        let first = ran.stdout.lines().next().unwrap();
        assert!(
            first.starts_with("node: ") && first.ends_with("; --bin names another"),
            "{first}"
        );
    }
}

const LIST: &str = "{\"src\": \"n1\", \"dest\": \"c1\", \"body\": {\"type\": \"read_ok\", \"messages\": [1, 2], \"in_reply_to\": 2}}\n";

/// What is said when the node writes this, and this when it is run again.
fn blessed_twice(first: &str, second: &str) -> Ran {
    let cases = Cases::new();
    cases.write("case.in", INPUT);
    cases.write("one", first);
    cases.write("two", second);
    cases.write("harness.toml", "cwd = \".\"\n");
    let node = fake::node().to_str().unwrap();
    let ran = cases.harness(&[
        "bless",
        ".",
        "--bin",
        node,
        "--",
        "takes-turns",
        "count",
        "one",
        "two",
    ]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    ran
}

#[test]
fn what_a_second_run_answers_otherwise_is_told_with_what_lets_it_differ() {
    let init = NEW.lines().next().unwrap().to_owned() + "\n";
    let lines = |list: &str| format!("{init}{list}");
    let last = "bless: 1 new, 0 changed, 0 unchanged";
    let differed = "note: a second run of the node differed\n    ./case.expected:2: body.messages";
    blessed_twice(&lines(LIST), &lines(&LIST.replace("1, 2", "2, 1"))).check(
        0,
        &[
            differed,
            "if any order is right, begin body.messages with \"<unordered>\"",
        ],
        last,
    );
    blessed_twice(&lines(LIST), &lines(&LIST.replace("1, 2", "1, 3"))).check(
        0,
        &[differed, "write a placeholder there, as in \"<int>\""],
        last,
    );
    let swapped = format!("{LIST}{init}");
    blessed_twice(&lines(LIST), &swapped).check(
        0,
        &[
            "a second run of the node differed",
            "say `@match unordered` in the .in",
        ],
        last,
    );
    blessed_twice(&lines(LIST), &init).check(
        0,
        &["this message never came", "`@match contains`"],
        last,
    );
    blessed_twice(&lines(LIST), &lines(LIST))
        .check(0, &["NEW ./case.expected"], last)
        .never_says("note:");
}

#[test]
fn a_second_run_that_fails_is_told_with_its_end() {
    let cases = Cases::new();
    cases.write("case.in", INPUT);
    cases.write("one", NEW);
    cases.write("harness.toml", "cwd = \".\"\n");
    let node = fake::node().to_str().unwrap();
    // In its second turn it has nothing to say, and panics.
    let turns = ["--", "takes-turns", "count", "one", "two"];
    let ran = cases.harness(&[&["bless", ".", "--bin", node][..], &turns].concat());
    let says = [
        "note: a second run of the node failed\n  the node exited with status 101",
        "the node's stderr ends with\n    | ",
    ];
    ran.check(0, &says, "bless: 1 new, 0 changed, 0 unchanged");
    ran.never_says("@match contains");
}

#[test]
fn a_request_without_one_reply_and_a_node_that_does_not_flush_are_told() {
    let cases = Cases::new();
    let third = INPUT
        .lines()
        .nth(2)
        .unwrap()
        .replace("\"msg_id\":2", "\"msg_id\":3");
    cases.write("case.in", &format!("{INPUT}{third}\n"));
    let last = "bless: 1 new, 0 changed, 0 unchanged";
    let says =
        "note: the node gave no reply to the read request on ./case.in:4, so none is expected";
    let plenty = ["--timeout", "100s"];
    bless(&cases, &["--dry-run", "--timeout", "100s"], "forgetful")
        .check(1, &[says], last)
        .never_says("second run");
    let says = "note: the node answered the read request on ./case.in:4 2 times, so that many replies are \
                expected";
    bless(&cases, &["--dry-run", "--timeout", "100s"], "double")
        .check(1, &[says], last)
        .never_says("no reply");
    bless(&cases, &plenty, "good").check(0, &[], last);
    let run = |way| cases.run_with(&[&["."][..], &plenty].concat(), &[way]);
    run("good")
        .check(0, &[], "golden: 1 passed, 0 failed")
        .never_says("note:");
    let says = "note: the node held back the message that ./case.in:2 waits for until stdin was closed: flush stdout";
    fake::at_once(Load::Sleeper, &["bless", "run"], |command| {
        if *command == "run" {
            run("buffers").check(0, &[says], "golden: 1 passed, 0 failed");
        } else {
            let fresh = Cases::new();
            fresh.write("case.in", &cases.read("case.in"));
            bless(&fresh, &plenty, "buffers").check(0, &[says], last);
        }
    });
}

/// Answers the second request longer after the first than a node has to exit, and stays.
const SLOW: &str = r#"#!/bin/sh
read -r init; read -r read
echo '{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}}'
sleep 0.7
echo '{"src": "n1", "dest": "c1", "body": {"type": "read_ok", "in_reply_to": 2, "msg_id": 1}}'
sleep 1000
"#;

#[test]
fn a_slow_node_has_time_to_answer_every_request_whatever_was_expected() {
    let cases = Cases::new();
    cases.write("node", SLOW);
    let node = cases.path().join("node");
    fs::set_permissions(&node, Permissions::from_mode(0o755)).unwrap();
    let first = NEW.lines().next().unwrap();
    cases.write("new.in", INPUT);
    cases.add("old", INPUT, &format!("{first}\n"));
    cases
        .harness(&["bless", ".", "--bin", "./node", "--timeout", "100s"])
        .check(0, &[], "bless: 1 new, 1 changed, 0 unchanged")
        .never_says("no reply");
    for name in ["new.expected", "old.expected"] {
        assert_eq!(cases.read(name), NEW, "{name}");
    }
}

#[test]
fn in_ci_nothing_is_blessed_unless_it_is_forced() {
    let cases = Cases::new();
    cases.write("case.in", INPUT);
    let node = fake::node().to_str().unwrap();
    let run = |value: &str, flags: &[&str]| {
        let all = [&["bless", ".", "--bin", node], flags].concat();
        cases.harness_in(&[("CI", value)], &all)
    };
    for value in ["true", "1", "yes"] {
        let ran = run(value, &[]);
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains("CI is set"), "{}", ran.stderr);
    }
    assert_eq!(run("true", &["--dry-run"]).status, 1);
    assert!(!cases.path().join("case.expected").exists());
    assert_eq!(run("true", &["--force"]).status, 0);
    assert_eq!(cases.read("case.expected"), NEW);
    assert_eq!(run("false", &[]).status, 0);
}

#[test]
fn a_run_that_was_not_clean_changes_nothing() {
    for (way, says) in [
        ("exits-early", "the node exited with status 3: Traceback"),
        ("garbage", "is it a log line? Logs go to stderr"),
        ("reused-id", "stdout line 3 has msg_id 1"),
        ("cut-short", "cut short"),
        ("silent", "the node answered nothing"),
    ] {
        let input = INPUT.to_owned() + &INPUT.lines().nth(2).unwrap().replace(":2}", ":3}");
        let cases = Cases::one(&input, OLD);
        let ran = bless(&cases, &[], way);
        let last = "bless: 0 new, 0 changed, 0 unchanged, 1 refused";
        ran.check(1, &["REFUSED ./case.in", says], last);
        assert_eq!(cases.read("case.expected"), OLD);
    }
}

#[test]
fn what_is_edited_meanwhile_is_kept() {
    let cases = Cases::new();
    cases.write("harness.toml", "cwd = \".\"\n");
    cases.add("old", &format!("@args edits old.expected\n{INPUT}"), OLD);
    cases.write("new.in", &format!("@args edits new.expected\n{INPUT}"));
    let node = fake::node().to_str().unwrap();
    let ran = cases.harness(&["bless", ".", "--bin", node]);
    ran.check(0, &[], "bless: 0 new, 2 changed, 0 unchanged");
    assert!(
        cases
            .read("old.expected")
            .starts_with("# edited\n# What it says\n{")
    );
    assert_eq!(cases.read("new.expected"), format!("# edited\n{NEW}"));
}

#[test]
fn what_is_skipped_wrong_or_cannot_be_run_changes_nothing() {
    let cases = Cases::new();
    cases.write("a.in", &format!("@xfail not yet\n{INPUT}"));
    cases.write("b.in", &format!("@skip not yet\n{INPUT}"));
    cases.write("c.in", &format!("@skipp\n{INPUT}"));
    cases.write("d.in", INPUT);
    fs::create_dir(cases.path().join("d.expected")).unwrap();
    let says = [
        "SKIP ./a.in: not yet",
        "./c.in:1:1: there is no directive",
        "ERROR ./d.in",
    ];
    let ran = bless(&cases, &[], "good");
    ran.check(
        2,
        &says,
        "bless: 0 new, 0 changed, 0 unchanged, 2 skipped, 2 failed",
    );
    assert!(!cases.path().join("a.expected").exists());
    let started = cases.harness(&["bless", "a", "--bin", "a.in"]);
    assert_eq!(started.status, 2, "{}", started.stdout);
    fs::remove_dir(cases.path().join("d.expected")).unwrap();
    let ran = cases.harness(&["bless", "d", "--bin", "a.in"]);
    ran.check(
        2,
        &["ERROR d.in", "it is not executable"],
        "bless: 0 new, 0 changed, 0 unchanged, 1 failed",
    );
}

#[test]
fn a_case_that_answers_the_node_keeps_its_names() {
    let line = |body: &str| format!("{{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{body}}}\n");
    let input = INPUT.to_owned()
        + r#"{"src":"c1","dest":"n1","body":{"type":"thanks","msg_id":3,"in_reply_to":"<id:read>"}}"#;
    let init = NEW.lines().next().unwrap();
    let read = line(r#"{"type":"read_ok","in_reply_to":2,"msg_id":"<id:read>"}"#);
    let lost = read.replace("c1", "c2");
    fake::sooner_or_later(["600ms", "3s", "20s"], |timeout| {
        let cases = Cases::new();
        cases.add("kept", &input, &format!("{init}\n{read}"));
        cases.add("lost", &input, &format!("{init}\n{lost}"));
        cases.write("new.in", &input);
        bless(&cases, &["--timeout", timeout], "good").check(
            1,
            &[
                "REFUSED ./lost.in",
                "./lost.in:4 was held back and never sent",
                "REFUSED ./new.in",
            ],
            "bless: 0 new, 1 changed, 0 unchanged, 2 refused",
        );
        let says = "the node held back the message that ./kept.in:4 waits for until stdin was closed: flush stdout";
        let ran = bless(&cases, &["--timeout", timeout], "buffers");
        assert!(ran.stdout.contains(says), "{}", ran.stdout);
        let blessed = cases.read("kept.expected");
        assert!(blessed.starts_with(&format!("{init}\n{read}")), "{blessed}");
        cases
            .harness(&["run", "kept", "--bin", fake::node().to_str().unwrap()])
            .check(0, &[], "golden: 1 passed, 0 failed");
    });
}

#[test]
fn an_interrupt_leaves_every_file_as_it_was_or_whole() {
    let cases = Cases::new();
    cases.write("a.in", &format!("@args good\n{INPUT}"));
    let deaf = format!("@timeout 100s\n@args deaf {}\n{INPUT}", cases.token());
    cases.add("b", &deaf, OLD);
    let harness = fake::harness()
        .args(["bless", ".", "--jobs", "1", "--bin"])
        .arg(fake::node())
        .current_dir(cases.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("node", || {
        (!processes_with(cases.token()).is_empty()).then_some(())
    });
    wait_for("first file", || {
        cases.path().join("a.expected").exists().then_some(())
    });
    let pid = rustix::process::Pid::from_child(&harness);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = harness.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(processes_with(cases.token()), [""; 0]);
    assert_eq!(cases.read("a.expected"), NEW);
    assert_eq!(cases.read("b.expected"), OLD);
    assert_eq!(
        fs::read_dir(cases.path()).unwrap().count(),
        4,
        "nothing else"
    );
}

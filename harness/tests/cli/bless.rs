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
        &[
            &format!("NEW ./case.expected\n{shown}"),
            "note: a message that is expected with a msg_id fails without one; delete it where nodes may leave it out\n",
        ],
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

/// A case whose node writes these texts in turn, each time that it is run.
fn turns(said: &[&str]) -> Cases {
    let cases = Cases::new();
    cases.write("case.in", INPUT);
    let names: Vec<_> = (0..said.len()).map(|turn| format!("said-{turn}")).collect();
    for (name, text) in names.iter().zip(said) {
        cases.write(name, text);
    }
    let args: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let args = args.join(", ");
    let config = format!("cwd = \".\"\nargs = [\"takes-turns\", \"count\", {args}]\n");
    cases.write("harness.toml", &config);
    cases
}

/// What blessing it with these flags says.
fn blessed_in_turns(cases: &Cases, flags: &[&str]) -> Ran {
    let _ = fs::remove_file(cases.path().join("count"));
    let node = fake::node().to_str().unwrap();
    cases.harness(&[&["bless", ".", "--bin", node], flags].concat())
}

#[test]
fn what_differs_in_another_run_is_left_open_if_that_is_wanted() {
    let init = NEW.lines().next().unwrap();
    let said = |body: &str| {
        let read = format!(
            "{{\"src\": \"n1\", \"dest\": \"c1\", \"body\": {{\"type\": \"read_ok\", {body}, \"in_reply_to\": 2}}}}"
        );
        format!("{init}\n{read}\n")
    };
    let first = said(r#""at": 17, "by": "n1-4", "load": 0.5, "set": [1, 2], "one": 1"#);
    let second = said(r#""at": 23, "by": "n1-17", "load": 1, "set": [2, 1], "one": 1"#);
    let third = said(r#""at": 5, "by": "n1-9", "load": 0.1, "set": [1, 2], "one": 1"#);
    let wants = said(
        r#""at": "<int 1..>", "by": "<re:^n1-\\d+$>", "load": "<number>", "set": ["<unordered>", 1, 2], "one": 1"#,
    );
    let cases = turns(&[&first, &second, &third]);
    let says = [
        "REFUSED ./case.in\n",
        "./case.expected:2: body.at was 17, then 23: \"<int 1..>\"",
        "./case.expected:2: body.by was \"n1-4\", then \"n1-17\": \"<re:^n1-\\\\d+$>\"",
        "./case.expected:2: body.load was 0.5, then 1: \"<number>\"",
        "body.set was [1,2], then [2,1]: [\"<unordered>\",1,2]",
        "--open writes it so",
    ];
    let refused = "bless: 0 new, 0 changed, 0 unchanged, 1 refused";
    blessed_in_turns(&cases, &[]).check(1, &says, refused);
    assert!(!cases.path().join("case.expected").exists());
    let new = "bless: 1 new, 0 changed, 0 unchanged";
    let dry = blessed_in_turns(&cases, &["--open", "--dry-run"]);
    dry.check(1, &["NEW ./case.expected"], new);
    assert!(!cases.path().join("case.expected").exists());
    let says = [
        "what differed between runs of the node is left open:",
        says[1],
    ];
    blessed_in_turns(&cases, &["--open"]).check(0, &says, new);
    assert_eq!(cases.read("case.expected"), wants);
    for _ in 0..3 {
        cases.write("count", "");
        let node = fake::node().to_str().unwrap();
        let ran = cases.harness(&["run", ".", "--bin", node]);
        ran.check(0, &[], "golden: 1 passed, 0 failed");
    }
}

#[test]
fn what_differs_only_in_a_third_run_is_left_open_too() {
    let init = NEW.lines().next().unwrap();
    let said = |list: &str| format!("{init}\n{}", LIST.replace("1, 2", list));
    let (first, second, third) = (said("1, 2"), said("3, 2"), said("0, 5"));
    let cases = turns(&[&first, &second, &third, &third]);
    let says = "body.messages[0] was 1, then 3, then 0: \"<int 0..>\"";
    let last = "bless: 1 new, 0 changed, 0 unchanged";
    blessed_in_turns(&cases, &["--open"]).check(0, &[says], last);
    assert_eq!(
        cases.read("case.expected"),
        said("\"<int 0..>\", \"<int 1..>\"")
    );
}

#[test]
fn what_no_placeholder_lets_differ_is_refused_with_advice() {
    let init = NEW.lines().next().unwrap().to_owned() + "\n";
    let last = "bless: 0 new, 0 changed, 0 unchanged, 1 refused";
    let differed = "a second run of the node differed";
    for (second, says) in [
        (format!("{LIST}{init}"), "say `@match unordered` in the .in"),
        (init.clone(), "   missing 2 | {\"src\":"),
        (
            format!("{init}{}", LIST.replace("read_ok", "other_ok")),
            "body.type should be \"read_ok\"",
        ),
    ] {
        let cases = turns(&[&format!("{init}{LIST}"), &second]);
        for flags in [&["--open"][..], &[]] {
            let ran = blessed_in_turns(&cases, flags);
            ran.check(1, &["REFUSED ./case.in", differed, says], last);
            assert!(!cases.path().join("case.expected").exists());
        }
    }
    let same = format!("{init}{LIST}");
    let cases = turns(&[&same, &same]);
    let last = "bless: 1 new, 0 changed, 0 unchanged";
    let ran = blessed_in_turns(&cases, &["--open"]);
    ran.check(0, &["NEW ./case.expected"], last);
    ran.never_says("open").never_says("differed");
}

#[test]
fn a_second_run_that_fails_is_told_with_its_end() {
    // In its second turn it has nothing to say, and panics.
    let cases = turns(&[NEW]);
    let says = [
        "a second run of the node failed\n  the node exited with status 101",
        "the node's stderr ends with\n    | ",
    ];
    let ran = blessed_in_turns(&cases, &[]);
    ran.check(1, &says, "bless: 0 new, 0 changed, 0 unchanged, 1 refused");
    ran.never_says("@match contains");
    assert!(!cases.path().join("case.expected").exists());
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
    let refused = "the node gave no reply to the read request on ./case.in:4, and so would pass one that gives \
                   none; if that is right, say --partial";
    bless(&cases, &["--dry-run", "--timeout", "8s"], "forgetful").check(
        1,
        &["REFUSED ./case.in", refused],
        "bless: 0 new, 0 changed, 0 unchanged, 1 refused",
    );
    let partial = ["--partial", "--dry-run", "--timeout", "8s"];
    bless(&cases, &partial, "forgetful")
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
    let says = "note: no answer to ./case.in:2 came until stdin was closed: flush stdout";
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
        let says = "which ./kept.in:4 answers, came only once stdin was closed: flush stdout";
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

//! What makes a case pass or fail, and how a failure is shown.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::fake::{self, Cases};

const INPUT: &str = r#"# A conversation
{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}
{"src":"c1","dest":"n1","body":{"type":"topology","msg_id":2,"topology":{"n1":[]}}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":3}}
"#;

const EXPECTED: &str = r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1,"msg_id":0}}
{"src":"n1","dest":"c1","body":{"type":"topology_ok","in_reply_to":2,"msg_id":1}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":3,"msg_id":2}}
"#;

#[track_caller]
fn passes(way: &str) {
    let ran = Cases::one(INPUT, EXPECTED).run(way);
    ran.check(0, &[], "golden: 1 passed, 0 failed");
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
}

#[track_caller]
fn fails(way: &str, says: &[&str]) {
    Cases::one(INPUT, EXPECTED)
        .run(way)
        .check(1, says, "golden: 0 passed, 1 failed");
}

#[test]
fn other_numbers_key_order_and_spacing_pass() {
    passes("good");
    passes("renumbered");
    passes("reordered");
    passes("spaced");
}

#[test]
fn a_reused_id_fails_whether_or_not_the_expected_file_shows_ids() {
    let says = "stdout line 3 has msg_id 1, which line 2 had already";
    fails(
        "reused-id",
        &[
            says,
            "case.expected:3: body.msg_id: the node's 1 matched 1 on line 2 already",
        ],
    );
    let silent = EXPECTED
        .replace(",\"msg_id\":0", "")
        .replace(",\"msg_id\":1", "")
        .replace(",\"msg_id\":2", "");
    let cases = Cases::one(INPUT, &silent);
    cases
        .run("good")
        .check(0, &[], "golden: 1 passed, 0 failed");
    cases
        .run("reused-id")
        .check(1, &[says], "golden: 0 passed, 1 failed");
}

#[test]
fn a_wrong_reply_fails_and_says_which() {
    fails(
        "wrong-reply",
        &["./case.expected:1: body.in_reply_to should be 1, is 2"],
    );
    fails(
        "reply-to-nothing",
        &[
            "stdout line 2 answers msg_id 102 of \"c1\", but its 2 requests have other ids (2 and 3)",
            "./case.expected:2",
        ],
    );
    fails(
        "double",
        &["stdout line 2 answers the request on ./case.in:2 again; line 1 did already"],
    );
    fails(
        "forgetful",
        &[
            "the read request on ./case.in:4 (msg_id 3) got no reply",
            "./case.expected:3: this message never came",
        ],
    );
}

#[test]
fn a_foreign_source_fails_even_where_the_expected_file_leaves_it_open() {
    fails(
        "wrong-source",
        &["stdout line 1 has \"src\": \"n2\", but the node's id is \"n1\""],
    );
}

#[test]
fn what_the_expected_file_shows_is_not_diagnosed() {
    let input = r#"{"src":"c1","dest":"n1","body":{"type":"read","msg_id":5}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":5}}
"#;
    let expected = r#"{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":5,"msg_id":0}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":5,"msg_id":1}}
"#;
    Cases::one(input, expected)
        .run("good")
        .check(0, &[], "golden: 1 passed, 0 failed");
    let wrong = expected.replace("\"msg_id\":1", "\"msg_id\":1,\"x\":1");
    let ran = Cases::one(input, &wrong).run("good");
    ran.check(
        1,
        &["case.expected:2: body.x is missing; it should be 1"],
        "golden: 0 passed, 1 failed",
    );
    ran.never_says("again; line");
}

#[test]
fn a_failure_reads_from_the_cause_to_the_command_that_repeats_it() {
    let expected = EXPECTED.replace("read_ok", "read_all_ok");
    let ran =
        Cases::one(INPUT, &expected).run_with(&["case.in", "--timeout", "9s"], &["renumbered"]);
    let node = fake::node().display();
    let harness = assert_cmd::cargo::cargo_bin!("harness").display();
    let wanted = format!(
        r#"FAIL case.in: A conversation
  case.expected:3: body.type should be "read_all_ok", is "read_ok" (stdout line 3)
  expected 1 | {{"src":"n1","dest":"c0","body":{{"type":"init_ok","in_reply_to":1,"msg_id":0}}}}
  expected 2 | {{"src":"n1","dest":"c1","body":{{"type":"topology_ok","in_reply_to":2,"msg_id":1}}}}
  expected 3 | {{"src":"n1","dest":"c1","body":{{"type":"read_all_ok","in_reply_to":3,"msg_id":2}}}}
             |                                        ^^^^^^^^^^^^^
    actual 3 | {{"src":"n1","dest":"c1","body":{{"type":"read_ok","in_reply_to":3,"msg_id":999986}}}}
             |                                        ^^^^^^^^^
  msg_id 1000000 matched expected 0, 999993 matched expected 1
    c0 -- init #1 node_id="n1" node_ids=["n1"] --> n1  in 2
    c0 <-- init_ok to #1 ------------------------- n1  stdout 1
    c1 -- topology #2 topology={{"n1":[]}} --------> n1  in 3
    c1 <-- topology_ok to #2 --------------------- n1  stdout 2
    c1 -- read #3 -------------------------------> n1  in 4
  ! c1 <-- read_ok to #3 ------------------------- n1  stdout 3
  again: {harness} run --bin {node} --timeout 9s case.in -- renumbered
golden: 0 passed, 1 failed
"#
    );
    assert_eq!(ran.stdout, wanted);
}

#[test]
fn a_traceback_that_many_cases_have_is_shown_once() {
    let cases = Cases::new();
    cases.write(
        "trace",
        "Traceback (most recent call last):\n  here\nOops\n",
    );
    cases.write(
        "other",
        "Traceback (most recent call last):\n  there\nOops\n",
    );
    for (name, said) in [
        ("a", "trace"),
        ("b", "other"),
        ("c", "trace"),
        ("d", "other"),
    ] {
        cases.add(name, &format!("@args says {said} 1\n{{}}\n"), "{}\n");
    }
    let node = fake::node().to_str().unwrap();
    let ran = cases.harness(&[
        "run",
        ".",
        "--verbose",
        "--bin",
        node,
        "--junit",
        "junit.xml",
    ]);
    let says = [
        "| Oops",
        "the node's stderr ends as it did with ./a.in\n",
        "the node's stderr ends as it did with ./b.in\n",
    ];
    ran.check(1, &says, "golden: 0 passed, 4 failed");
    for shown in ["| Traceback", "|   here", "|   there"] {
        // The same bytes on stdout are shown as what is no JSON, by their first line.
        let end = ran.stdout.split("stderr ends with").skip(1);
        let count = end.filter(|end| end.contains(shown)).count();
        assert_eq!(
            count,
            if shown == "| Traceback" { 2 } else { 1 },
            "{}",
            ran.stdout
        );
    }
    // Each test case of a report is read by itself.
    assert_eq!(
        cases.read("junit.xml").matches("stderr ends with").count(),
        4
    );
}

#[test]
fn colors_come_only_where_they_are_wanted() {
    let cases = Cases::one(INPUT, &EXPECTED.replace("read_ok", "read"));
    let run = |variable: &str| {
        let mut command = fake::harness();
        command
            .args(["run", ".", "--bin"])
            .arg(fake::node())
            .current_dir(cases.path());
        let output = command.env(variable, "1").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(!run("UNRELATED").contains('\u{1b}'));
    assert!(!run("NO_COLOR").contains('\u{1b}'));
    let colored = run("CLICOLOR_FORCE");
    assert!(colored.contains('\u{1b}'), "{colored}");
    assert_eq!(
        colored.lines().last(),
        Some("golden: 0 passed, 1 failed"),
        "the last line is plain"
    );
}

#[test]
fn text_is_compared_as_text() {
    let cases = Cases::one(
        "# Text\n@env GREETING=hello you\nanything\n",
        "[\"arguments\", \"a b\"] Some(\"hello you\")\n",
    );
    cases
        .run_with(&["."], &["arguments", "a b"])
        .check(0, &[], "golden: 1 passed, 0 failed");
    cases.run_with(&["."], &["arguments", "a c"]).check(
        1,
        &["case.expected:1: this line differs", "a b\"] Some", "^^^"],
        "golden: 0 passed, 1 failed",
    );
}

const ASKED: &str = r#"{"src":"c1","dest":"n1","body":{"type":"read","msg_id":1}}
{"src":"n2","dest":"n1","body":{"type":"ask_ok","in_reply_to":"<id:ask>"}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":2}}
{"src":"n2","dest":"n1","body":{"type":"ask_ok","in_reply_to":"<id:again>"}}
"#;

const ASKS: &str = r#"{"src":"n1","dest":"n2","body":{"type":"ask","msg_id":"<id:ask>"}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":1}}
{"src":"n1","dest":"n2","body":{"type":"ask","msg_id":"<id:again>"}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":2}}
"#;

#[test]
fn a_case_answers_what_the_node_sends_without_knowing_its_numbers() {
    for node in ["asks", "asks-at-length"] {
        let ran = Cases::one(ASKED, ASKS).run(node);
        ran.check(0, &[], "golden: 1 passed, 0 failed");
    }
}

#[test]
fn a_message_that_is_never_answered_for_is_named() {
    fake::sooner_or_later(["500ms", "3s", "20s"], |timeout| {
        let cases = Cases::one(&format!("@timeout {timeout}\n{ASKED}"), ASKS);
        cases.run("good").check(
            1,
            &[
                "./case.expected:1: ",
                "\n  ./case.in:3 was held back and never sent, nor were the 2 messages after it: the node \
                 didn't write the message with <id:ask> (./case.expected:1)\n  ",
                "c1 <-- read_ok to #1 -- n1                   stdout 1\n",
                "n1 <.. ask_ok .. n2  unsent 3\n",
            ],
            "golden: 0 passed, 1 failed",
        );
    });
}

#[test]
fn output_that_comes_only_at_the_end_was_not_flushed() {
    let input = r#"{"src":"c1","dest":"n1","body":{"type":"read","msg_id":1}}
{"src":"c1","dest":"n1","body":{"type":"x","in_reply_to":"<id:r>"}}
"#;
    let expected = r#"{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":1,"msg_id":"<id:r>"}}
{"src":"n1","dest":"c1","body":{"type":"never"}}
"#;
    let says = "the message with <id:r>, which ./case.in:2 answers, came only once stdin was closed: flush stdout";
    fake::sooner_or_later(["500ms", "3s", "20s"], |timeout| {
        Cases::one(input, expected)
            .run_with(&[".", "--timeout", timeout], &["buffers"])
            .check(1, &[says], "golden: 0 passed, 1 failed");
    });
}

#[test]
fn right_messages_in_the_wrong_order_are_called_that() {
    fails(
        "swaps",
        &[
            "these are the right messages, but in the wrong order; if any order is right, say `@match unordered` in \
             the .in",
            "./case.expected:2: this message came in the wrong place, on stdout line 3 instead of 2",
        ],
    );
    let unordered = Cases::one(&format!("@match unordered\n{INPUT}"), EXPECTED);
    unordered
        .run("swaps")
        .check(0, &[], "golden: 1 passed, 0 failed");
}

#[test]
fn a_mode_or_a_comparison_of_ids_may_be_asked_for() {
    let prefix = Cases::one(
        &format!("@match prefix\n{INPUT}"),
        EXPECTED.lines().next().unwrap(),
    );
    prefix
        .run("good")
        .check(0, &[], "golden: 1 passed, 0 failed");
    let exact = Cases::one(&format!("@msg-id exact\n{INPUT}"), EXPECTED);
    exact
        .run("good")
        .check(0, &[], "golden: 1 passed, 0 failed");
    exact.run("renumbered").check(
        1,
        &["./case.expected:1: body.msg_id should be 0, is 1000000"],
        "golden: 0 passed, 1 failed",
    );
    let ignored = Cases::one(&format!("@msg-id ignored\n{INPUT}"), EXPECTED);
    ignored
        .run("renumbered")
        .check(0, &[], "golden: 1 passed, 0 failed");
}

#[test]
fn what_is_expected_to_fail_fails_when_it_passes() {
    let cases = Cases::one(&format!("@xfail no read yet\n{INPUT}"), EXPECTED);
    cases.run("forgetful").check(
        0,
        &["XFAIL ./case.in: no read yet"],
        "golden: 1 passed, 0 failed",
    );
    cases.run("good").check(
        1,
        &[
            "FAIL ./case.in",
            "it passes, but says `@xfail no read yet`: remove that line",
        ],
        "golden: 0 passed, 1 failed",
    );
}

#[test]
fn node_that_never_answers_anything_does_not_fail_as_expected() {
    let cases = Cases::one(&format!("@xfail no read yet\n{INPUT}"), EXPECTED);
    cases.run("exits-early").check(
        2,
        &[
            "ERROR ./case.in",
            "the node exited with status 3: Traceback: KeyError 'node_id'",
            "the node gave no answer at all, and `@xfail` stands for wrong answers",
            "1 case could not be run",
        ],
        "golden: 0 passed, 1 failed",
    );
    cases.write("node.sh", "#!/usr/bin/env no-such-interpreter\n");
    let script = cases.path().join("node.sh");
    fs::set_permissions(&script, Permissions::from_mode(0o755)).unwrap();
    cases.harness(&["run", ".", "--bin", "node.sh"]).check(
        2,
        &["exited with status 127 (a shell or env says so"],
        "golden: 0 passed, 1 failed",
    );
}

#[test]
fn selection_of_skipped_cases_is_no_success() {
    let cases = Cases::one(&format!("@skip not now\n{INPUT}"), EXPECTED);
    for command in ["run", "bless", "audit"] {
        let node = fake::node().to_str().unwrap();
        let ran = cases.harness(&[command, ".", "--bin", node]);
        let says = "nothing was run: every selected case has `@skip`";
        assert!(ran.stdout.contains(says), "{command}: {}", ran.stdout);
        assert_eq!(ran.status, 2, "{command}");
    }
}

#[test]
fn placeholders_that_mean_nothing_are_errors_with_their_place() {
    let cases = Cases::one(
        INPUT,
        &EXPECTED.replace("\"read_ok\"", "\"<re:read_(ok|all)>\""),
    );
    cases
        .run("good")
        .check(0, &[], "golden: 1 passed, 0 failed");
    let cases = Cases::one(INPUT, &EXPECTED.replace("\"read_ok\"", "\"<srting>\""));
    cases.run("good").check(
        2,
        &["./case.expected:3:40: there is no placeholder `<srting>`; did you mean `<string>`?"],
        "golden: 0 passed, 1 failed",
    );
    let cases = Cases::one(&ASKED.replace("<id:again>", "<id:agian>"), ASKS);
    cases.run("asks").check(
        2,
        &["./case.in:4:63: no message in the .expected has `<id:agian>`; did you mean `<id:again>`?"],
        "golden: 0 passed, 1 failed",
    );
}

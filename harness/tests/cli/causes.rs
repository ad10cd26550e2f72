//! Failures of one cause, which are told once; and how little or how much of a run is told.

use std::fmt::Write;

use crate::fake::{self, Cases};

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const PONG: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"ping_ok\",\"in_reply_to\":1}}\n";

/// Cases in two folders.
fn many(count: usize) -> Cases {
    let cases = Cases::new();
    for number in 0..count {
        let folder = ["a", "b"][number % 2];
        cases.add(&format!("{folder}/case-{number:02}"), PING, PONG);
    }
    cases
}

/// A run with a good node that first says something.
fn run_saying(cases: &Cases, words: &str, arguments: &[&str]) -> fake::Ran {
    let script = format!("echo {words}; exec {} good", fake::node().display());
    let node = ["--bin", "/bin/sh", "--", "-c", &script];
    cases.harness(&[&["run", "."], arguments, &node].concat())
}

#[test]
fn greeting_on_stdout_is_told_once_with_the_number_of_cases() {
    let cases = many(12);
    let ran = run_saying(&cases, "hello", &[]);
    let end = "
11 more cases fail with the same cause as ./a/case-00.in:
  ./a/case-02.in
  ./a/case-04.in
  ./a/case-06.in
  and 8 more
--verbose tells each of them in full

  ./a: 0 passed, 6 failed
  ./b: 0 passed, 6 failed
golden: 0 passed, 12 failed
";
    let says = [
        "FAIL ./a/case-00.in\n  stdout line 1 is no JSON: is it a log line? Logs go to stderr\n",
        "    | hello\n",
        end,
    ];
    ran.check(1, &says, "golden: 0 passed, 12 failed");
    assert_eq!(ran.stdout.matches("again: ").count(), 1);
    assert!(ran.stdout.lines().count() < 25, "{}", ran.stdout);
    // Which case is told in full is no matter of chance.
    let alone = run_saying(&cases, "hello", &["--jobs", "1"]);
    let crowded = run_saying(&cases, "hello", &["--jobs", "12"]);
    assert_eq!(alone.stdout, crowded.stdout);
}

#[test]
fn numbers_and_names_make_no_cause_of_their_own() {
    let cases = many(4);
    // A shell's own number: another one in each case.
    let ran = run_saying(&cases, "node n$$ starts", &[]);
    ran.check(
        1,
        &["\n3 more cases fail with the same cause as ./a/case-00.in:\n"],
        "golden: 0 passed, 4 failed",
    );
}

#[test]
fn each_cause_is_told_and_the_count_of_one_is_its_own() {
    let cases = many(3);
    cases.add("c/other", PING, &PONG.replace("ping_ok", "pang_ok"));
    cases.add("c/another", PING, &PONG.replace("ping_ok", "pang_ok"));
    let ran = cases.run_with(&["."], &["good"]);
    let says = [
        "FAIL ./c/another.in\n",
        "body.type should be \"pang_ok\", is \"ping_ok\"",
        "\n1 more case fails with the same cause as ./c/another.in:\n  ./c/other.in\n",
    ];
    ran.check(1, &says, "golden: 3 passed, 2 failed");
    ran.never_says("FAIL ./c/other.in").never_says("and 0 more");
}

#[test]
fn cluster_and_a_single_node_have_one_cause() {
    let cases = Cases::new();
    let read = |node: &str| {
        let body = r#"{"type":"read","msg_id":1}"#;
        format!("{{\"src\":\"c1\",\"dest\":\"{node}\",\"body\":{body}}}\n")
    };
    for name in ["one", "two"] {
        cases.add(name, &format!("@cluster n0 n1\n{}", read("n0")), PONG);
    }
    cases.add("three", &read("n1"), PONG);
    let script = format!("echo hello; exec {}", fake::own_node().display());
    let ran = cases.harness(&["run", ".", "--bin", "/bin/sh", "--", "-c", &script]);
    let says = [
        "a line of n",
        "2 more cases fail with the same cause as ./one.in:\n  ./three.in\n  ./two.in\n",
    ];
    ran.check(1, &says, "golden: 0 passed, 3 failed");
}

#[test]
fn node_that_stays_is_noted_once() {
    let cases = many(3);
    let script = format!("{} good; exec sleep 60", fake::node().display());
    let ran = cases.harness(&["run", ".", "--bin", "/bin/sh", "--", "-c", &script]);
    let says = [
        "PASS ./a/case-00.in",
        "note: the node did not exit within 500ms of the end of its input (a thread that is no daemon keeps a process alive); it was killed\n",
        "2 more cases pass with the same note as ./a/case-00.in:\n",
    ];
    ran.check(0, &says, "golden: 3 passed, 0 failed");
    assert_eq!(ran.stdout.matches("note: ").count(), 1, "{}", ran.stdout);
}

#[test]
fn node_that_does_not_start_is_told_once() {
    let cases = many(3);
    cases.write("node", "no program\n");
    let ran = cases.harness(&["run", ".", "--bin", "node"]);
    let says = [
        "it is not executable; chmod +x makes it so\n",
        "2 more cases could not be run with the same cause as ./a/case-00.in:\n",
        "\n3 cases could not be run\n",
    ];
    ran.check(2, &says, "golden: 0 passed, 3 failed");
    assert_eq!(ran.stdout.matches("ERROR").count(), 1, "{}", ran.stdout);
}

#[test]
fn verbose_run_tells_each_failure_in_full() {
    let cases = many(12);
    let ran = run_saying(&cases, "hello", &["--verbose"]);
    ran.check(1, &[], "golden: 0 passed, 12 failed")
        .never_says("same cause");
    assert_eq!(ran.stdout.matches("    | hello\n").count(), 12);
    assert_eq!(ran.stdout.matches("again: ").count(), 12);
}

#[test]
fn reports_for_programs_have_each_failure_in_full() {
    let cases = many(12);
    let reports = ["--junit", "junit.xml", "--json", "run.jsonl"];
    run_saying(&cases, "hello", &reports).check(1, &["same cause"], "golden: 0 passed, 12 failed");
    let junit = cases.read("junit.xml");
    assert_eq!(junit.matches("    | hello\n").count(), 12, "{junit}");
    let lines = cases.read("run.jsonl");
    let failures = lines
        .lines()
        .filter(|line| line.contains("is it a log line?"));
    assert_eq!(failures.count(), 12, "{lines}");
}

#[test]
fn quiet_run_tells_the_first_line_of_each_failure_and_the_count() {
    let cases = many(3);
    cases.add("c/good", &format!("# A pong\n{PING}"), PONG);
    cases.add("c/skipped", &format!("@skip later\n{PING}"), PONG);
    cases.add("c/wrong", &format!("# Another pong\n{PING}"), "{}\n");
    cases.write("c/orphan.expected", PONG);
    for flag in ["--quiet", "-q"] {
        let ran = cases.run_with(&[".", flag], &["good"]);
        let all = "FAIL ./c/wrong.in: Another pong\ngolden: 4 passed, 1 failed, 1 skipped\n";
        assert_eq!((ran.status, ran.stdout.as_str()), (1, all));
    }
    let mut all = String::new();
    for name in ["a/case-00", "a/case-02", "b/case-01"] {
        let _ = writeln!(all, "FAIL ./{name}.in");
    }
    let ran = run_saying(&cases, "hello", &["-q", "--exclude", "c/"]);
    assert_eq!(ran.stdout, all + "golden: 0 passed, 3 failed\n");
    let both = cases.harness(&["run", "--quiet", "--verbose"]);
    assert_eq!(both.status, 2, "{}", both.stdout);
}

//! Nodes that do what no node should: each gets its own verdict in its time, and nothing of it
//! is left.

use std::process::{Command, Stdio};
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;

use crate::fake::{self, Cases, Ran, processes_with, wait_for};

/// One that isn't to be timed out gets plenty.
const INPUT: &str = r#"# A conversation
@timeout 100s
{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}
{"src":"c1","dest":"n1","body":{"type":"topology","msg_id":2,"topology":{"n1":[]}}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":3}}
"#;

const EXPECTED: &str = r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1,"msg_id":0}}
{"src":"n1","dest":"c1","body":{"type":"topology_ok","in_reply_to":2,"msg_id":1}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":3,"msg_id":2}}
"#;

/// How long a case takes at most that isn't timed out: on a busy machine the worst take long, but not
/// as long as they may.
const LONGEST: Duration = Duration::from_secs(90);

/// How much longer than its timeout a case may take where others want all of the machine.
const LATE_MAX: Duration = Duration::from_secs(10);

/// After how long one is timed out that is to be: soon, or, where it had no time to do what it does then,
/// late.
const HASTE: [&str; 2] = ["2s", "20s"];

/// The same input for one that is to be timed out.
fn in_haste(input: &str, timeout: &str) -> String {
    input.replace("100s", timeout)
}

/// Runs the conversation with a node that has the folder's name in its arguments, so that what
/// is left of it can be found.
fn run(way: &str) -> Ran {
    run_with(way, INPUT, &[])
}

fn run_with(way: &str, input: &str, more: &[&str]) -> Ran {
    let _alone = fake::alone();
    let cases = Cases::one(input, EXPECTED);
    let mut arguments = vec![way];
    arguments.extend(more);
    arguments.push(cases.token());
    let ran = cases.run_with(&["."], &arguments);
    assert_eq!(processes_with(cases.token()), [""; 0], "left behind");
    let timeout = |timeout: &&&str| input.contains(&format!("@timeout {timeout}\n"));
    let limit = HASTE.iter().find(timeout).map_or(LONGEST, |timeout| {
        humantime::parse_duration(timeout).unwrap() + LATE_MAX
    });
    assert!(
        ran.elapsed < limit,
        "{way} took {:?}: {}",
        ran.elapsed,
        ran.stdout
    );
    ran
}

#[track_caller]
fn fails(way: &str, says: &[&str]) {
    run(way).check(1, says, "golden: 0 passed, 1 failed");
}

#[track_caller]
fn times_out(way: &str, says: &[&str]) {
    times_out_with(way, INPUT, says);
}

/// What says `TIME` names the timeout.
#[track_caller]
fn times_out_with(way: &str, input: &str, says: &[&str]) {
    fake::sooner_or_later(HASTE, |timeout| {
        let says: Vec<_> = says
            .iter()
            .map(|text| text.replace("TIME", timeout))
            .collect();
        let says: Vec<_> = says.iter().map(String::as_str).collect();
        let ran = run_with(way, &in_haste(input, timeout), &[]);
        ran.check(1, &says, "golden: 0 passed, 1 failed");
    });
}

#[track_caller]
fn passes(way: &str, says: &[&str]) {
    run(way).check(0, says, "golden: 1 passed, 0 failed");
}

#[test]
fn garbage_is_shown_and_cannot_act_on_a_terminal() {
    let ran = run("garbage");
    ran.check(
        1,
        &[
            "stdout line 1 is no JSON: is it a log line? Logs go to stderr",
            r"| Starting node \u{1b}[31mn1",
        ],
        "golden: 0 passed, 1 failed",
    );
    ran.never_says("\u{1b}");
}

#[test]
fn what_is_no_message_is_named_for_what_it_may_be() {
    fails(
        "python",
        &[
            "Python dictionary",
            "json.dumps",
            "| {'src': 'n1', 'dest': 'c1'}",
        ],
    );
    fails("two-on-a-line", &["stdout line 1 is two messages at once"]);
    fails(
        "broken-json",
        &[
            "stdout line 1 is broken JSON: expected value",
            "| {\"src\":\"n1\",\"dest\":c1}\n    |                    ^\n",
        ],
    );
    fails("cut-short", &["stdout line 1 is cut short"]);
    fails(
        "no-envelope",
        &[
            "stdout line 1 is no message: it has no src",
            r#"| {"type":"x","msg_id":0}"#,
        ],
    );
}

#[test]
fn output_without_end_is_cut() {
    fails("endless", &["wrote more than 16 MiB and was stopped"]);
    fails("endless-line", &["wrote more than 16 MiB and was stopped"]);
    times_out(
        "endless-stderr",
        &["timed out after TIME", "stderr ends with", "…"],
    );
}

#[test]
fn a_node_that_never_reads_times_out() {
    let sent: usize = INPUT.lines().skip(2).map(|line| line.len() + 1).sum();
    times_out(
        "deaf",
        &[&format!(
            "timed out after TIME: the node left {sent} bytes of its input unread"
        )],
    );
    // More than a pipe holds.
    let line = format!(
        "{{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{{\"v\":\"{}\"}}}}\n",
        "x".repeat(1 << 20)
    );
    let unread = sent + line.len();
    times_out_with(
        "deaf",
        &format!("{INPUT}{line}"),
        &[&format!("left {unread} bytes of its input unread")],
    );
}

#[test]
fn a_node_that_never_exits_is_ended_and_its_verdict_stands() {
    passes(
        "lingers",
        &[
            "PASS ./case.in",
            "note: the node did not exit when its input ended; it was killed",
        ],
    );
    // Where more may come, too, whether one knows that nothing more is expected or not.
    let vague = EXPECTED.replacen("\"dest\":\"c0\"", "\"dest\":\"<any>\"", 1);
    assert_ne!(vague, EXPECTED);
    for expected in [EXPECTED, &vague] {
        fake::sooner_or_later(["1s", "20s"], |timeout| {
            let input = format!("@match contains\n{}", in_haste(INPUT, timeout));
            Cases::one(&input, expected).run("lingers").check(
                0,
                &["note: the node did not exit when its input ended; it was killed"],
                "golden: 1 passed, 0 failed",
            );
        });
    }
    times_out(
        "stuck",
        &[
            "timed out after TIME: the node has read all its input, but still runs",
            "the node wrote nothing",
        ],
    );
}

#[test]
fn a_node_that_should_say_nothing_must_still_listen() {
    let run =
        |way: &str, timeout: &str| Cases::one(&in_haste(INPUT, timeout), "# nothing\n").run(way);
    fake::sooner_or_later(["700ms", "20s"], |timeout| {
        run("stuck", timeout).check(
            0,
            &["note: the node did not exit"],
            "golden: 1 passed, 0 failed",
        );
    });
    let says = &["timed out after 700ms: the node left"];
    run("deaf", "700ms").check(1, says, "golden: 0 passed, 1 failed");
}

#[test]
fn a_node_that_exits_badly_fails_with_its_last_words() {
    fails(
        "exits-early",
        &[
            "the node exited with status 3",
            "the node's stderr ends with",
            "| Traceback: KeyError 'node_id'",
        ],
    );
    fails("exits-late", &["the node exited with status 4"]);
    fails("aborts", &["the node was killed by SIGABRT (signal 6)"]);
    fails(
        "silent",
        &[
            "the node wrote nothing to stdout",
            "./case.expected:1: this message never came",
        ],
    );
}

#[test]
fn children_are_ended_with_their_node_wherever_they_went() {
    let note = "note: the node left child processes behind";
    passes("leaves-child", &[note]);
    passes("leaves-escaped-child", &[note]);
    passes("leaves-nameless-child", &[]);
    passes(
        "lingers-with-family",
        &["did not exit when its input ended"],
    );
}

#[test]
fn what_the_harness_was_given_is_spared() {
    let cases = Cases::one(INPUT, EXPECTED);
    // A shell that becomes the harness leaves it a child that is none of its own.
    let script = format!(
        "sleep 1000 >/dev/null 2>&1 & echo $! > spared; exec {} run . --bin {} -- good",
        cargo_bin!("harness").display(),
        fake::node().display()
    );
    let output = Command::new("sh")
        .env_remove("GITHUB_ACTIONS")
        .args(["-c", &script])
        .stdin(Stdio::null())
        .current_dir(cases.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let spared = std::fs::read_to_string(cases.path().join("spared")).unwrap();
    let pid = rustix::process::Pid::from_raw(spared.trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it still lives");
}

#[test]
fn a_node_that_leaves_its_process_group_is_ended_too() {
    times_out("leaves-group", &["timed out after TIME"]);
}

#[test]
fn a_slow_start_does_not_eat_up_a_sleep() {
    let cases = Cases::one(
        &format!("@timeout 100s\n{PING}@sleep 300ms\n{PING}"),
        &format!("{}{}", pong("quick"), pong("slow")),
    );
    cases
        .run_with(&["."], &["starts-slowly", "300"])
        .check(0, &[], "golden: 1 passed, 0 failed");
}

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";

fn pong(kind: &str) -> String {
    format!(
        "{{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{{\"type\":\"{kind}\",\"in_reply_to\":1}}}}\n"
    )
}

#[test]
fn a_node_may_write_ten_megabytes_before_it_reads_any() {
    let ran = run_with("writes-first", INPUT, &["10"]);
    ran.check(
        1,
        &["./case.expected:1: dest should be \"c0\", is \"c1\" (stdout line 1)"],
        "golden: 0 passed, 1 failed",
    );
    ran.never_says("timed out");
}

#[test]
fn a_node_that_cannot_be_started_is_no_failure_of_the_case() {
    let cases = Cases::one(INPUT, EXPECTED);
    cases.write("plain.txt", "just text");
    cases.harness(&["run", ".", "--bin", "plain.txt"]).check(
        2,
        &["./plain.txt could not be started: it is not executable; chmod +x"],
        "golden: 0 passed, 1 failed",
    );
}

#[test]
fn a_node_that_leaves_before_it_was_told_everything_fails_whatever_it_wrote() {
    let one = |input: &str| {
        let cases = Cases::new();
        cases.add("case", input, EXPECTED.lines().next().unwrap());
        cases
    };
    let init: String = INPUT.split_inclusive('\n').take(3).collect();
    let cases = one(&format!("{init}@sleep 20s\n{{}}\n"));
    cases.run("answers-once").check(
        1,
        &["the node exited (with status 0) before it had been told everything: the last line that was sent is ./case.in:3"],
        "golden: 0 passed, 1 failed",
    );
    // More than a pipe holds, so that the node's end is noticed.
    let cases = one(&format!("{init}{}\n", "x".repeat(1 << 20)));
    cases.run("answers-once").check(
        1,
        &["before it had been told everything"],
        "golden: 0 passed, 1 failed",
    );
}

#[test]
fn a_request_that_was_never_sent_is_not_missed() {
    let input = INPUT.replace(
        "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"read\"",
        "@sleep 18446744073709551615s\n{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"read\"",
    );
    fake::sooner_or_later(HASTE, |timeout| {
        let ran = run_with("good", &in_haste(&input, timeout), &[]);
        let says = format!("timed out after {timeout}, before the case had sent all its messages");
        ran.check(1, &[&says], "golden: 0 passed, 1 failed");
        ran.never_says("got no reply");
    });
}

#[test]
fn a_narrow_terminal_is_no_trouble() {
    let cases = Cases::one(INPUT, EXPECTED);
    let script = format!(
        "stty cols 5 rows 5 2>/dev/null; {} run . --bin {} -- garbage",
        cargo_bin!("harness").display(),
        fake::node().display()
    );
    let in_terminal = Command::new("script")
        .args(["-qec", &script, "/dev/null"])
        .current_dir(cases.path())
        .output();
    let output = in_terminal.unwrap_or_else(|_| {
        fake::does_without("script(1) to make a terminal: a pipe takes its place");
        Command::new("sh")
            .args(["-c", &script])
            .current_dir(cases.path())
            .output()
            .unwrap()
    });
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("0 passed, 1 failed"), "{text}");
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
fn bad_nodes_do_not_touch_the_verdicts_of_good_ones() {
    let cases = Cases::new();
    let bad = [
        "deaf",
        "endless",
        "garbage",
        "exits-early",
        "aborts",
        "lingers-with-family",
        "forgetful",
    ];
    let ways = bad.iter().chain(["good"; 13].iter());
    for (number, way) in ways.enumerate() {
        let input = INPUT.replace("# A", &format!("@args {way}\n# A"));
        let input = if *way == "deaf" {
            in_haste(&input, HASTE[0])
        } else {
            input
        };
        cases.add(&format!("case-{number:02}-{way}"), &input, EXPECTED);
    }
    let node = fake::node().to_str().unwrap();
    let ran = cases.harness(&["run", ".", "--bin", node, "--jobs", "20"]);
    // One that lingers has said all it should.
    ran.check(1, &[], "golden: 14 passed, 6 failed");
    for (number, way) in bad
        .iter()
        .enumerate()
        .filter(|(_, way)| **way != "lingers-with-family")
    {
        let headline = format!("FAIL ./case-{number:02}-{way}.in");
        assert!(
            ran.stdout.contains(&headline),
            "no {headline} in {}",
            ran.stdout
        );
    }
    ran.never_says("-good.in");
}

#[test]
fn an_interrupted_run_leaves_nothing_behind() {
    let cases = Cases::new();
    for number in 0..6 {
        cases.add(&format!("case-{number}"), INPUT, EXPECTED);
    }
    let node = fake::node();
    let harness = fake::harness()
        .args([
            "run",
            ".",
            "--jobs",
            "3",
            "--bin",
            node.to_str().unwrap(),
            "--",
            "lingers-with-family",
        ])
        .arg(cases.token())
        .current_dir(cases.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("nodes", || {
        (processes_with(cases.token()).len() > 6).then_some(())
    });
    let pid = rustix::process::Pid::from_child(&harness);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = harness.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("interrupted"), "{stdout}");
    assert_eq!(processes_with(cases.token()), [""; 0], "left behind");
}

//! Nodes that do what no node should: each gets its own verdict in its time, and nothing of it
//! is left.

use std::process::{Command, Stdio};
use std::slice::from_ref;
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

/// How long a run takes at most in which nothing is timed out: on a busy machine the worst take long, but
/// not as long as they may.
const LONGEST: Duration = Duration::from_secs(90);

/// How much longer than its timeout a run may take where others want all of the machine.
const LATE_MAX: Duration = Duration::from_secs(10);

/// After how long one is timed out that is to be: soon, or, where it had no time to do what it does then,
/// later.
const HASTE: [&str; 3] = ["500ms", "3s", "20s"];

/// The same input for one that is to be timed out.
fn in_haste(input: &str, timeout: &str) -> String {
    input.replace("100s", timeout)
}

/// A case, and what becomes of it with a node that goes this way.
#[derive(Clone)]
struct Judged<'a> {
    way: &'a str,
    input: String,
    expected: String,
    /// The first word of its report.
    result: &'a str,
    /// What its report says; `TIME` is the timeout.
    says: &'a [&'a str],
}

fn fails<'a>(way: &'a str, says: &'a [&'a str]) -> Judged<'a> {
    Judged {
        way,
        input: INPUT.to_owned(),
        expected: EXPECTED.to_owned(),
        result: "FAIL",
        says,
    }
}

/// Where the status at the end counts.
fn strict<'a>(way: &'a str, says: &'a [&'a str]) -> Judged<'a> {
    Judged {
        input: INPUT.replace("@timeout", "@exit strict\n@timeout"),
        ..fails(way, says)
    }
}

fn passes<'a>(way: &'a str, says: &'a [&'a str]) -> Judged<'a> {
    Judged {
        result: "PASS",
        ..fails(way, says)
    }
}

/// Runs all of them at once, between two good ones, which pass.
#[track_caller]
fn check(judged: &[Judged<'_>]) -> Ran {
    check_within("100s", judged)
}

/// The same with a timeout, for nodes that are timed out, or run until then.
#[track_caller]
fn check_within(timeout: &str, judged: &[Judged<'_>]) -> Ran {
    let cases = Cases::new();
    // A run waits for the first word of its first node: that one is to be good.
    let good = passes("good", &[]);
    let all = [&good].into_iter().chain(judged).chain([&good]);
    for (number, one) in all.clone().enumerate() {
        let timeout = if one.way == "good" { "100s" } else { timeout };
        let input = in_haste(&one.input, timeout);
        // With the folder's name in its arguments, so that what is left of it can be found.
        let arguments = format!("@args {} {}\n", one.way, cases.token());
        cases.add(
            &format!("{number:02}"),
            &(arguments + &input),
            &one.expected,
        );
    }
    let node = fake::node().to_str().unwrap();
    let ran = cases.harness(&["run", ".", "--bin", node, "--jobs", "20", "--verbose"]);
    assert_eq!(processes_with(cases.token()), [""; 0], "left behind");
    let limit = match timeout {
        "100s" => LONGEST,
        timeout => humantime::parse_duration(timeout).unwrap() + LATE_MAX,
    };
    assert!(ran.elapsed < limit, "{:?}: {}", ran.elapsed, ran.stdout);
    let mut failed = 0;
    for (number, one) in all.clone().enumerate() {
        let report = report(&ran.stdout, &format!("{} ./{number:02}.in", one.result));
        for text in one.says {
            let text = text.replace("TIME", timeout);
            assert!(
                report.contains(&text),
                "{}: no {text:?} in:\n{report}",
                one.way
            );
        }
        failed += usize::from(one.result == "FAIL");
    }
    let passed = all.count() - failed;
    let last = format!("golden: {passed} passed, {failed} failed");
    ran.check(i32::from(failed > 0), &[], &last);
    ran
}

/// What a run says of one case, from this headline on.
#[track_caller]
fn report<'a>(stdout: &'a str, headline: &str) -> &'a str {
    let start = stdout.find(headline);
    assert!(start.is_some(), "no {headline} in:\n{stdout}");
    let text = &stdout[start.unwrap()..];
    let lines = text.match_indices('\n').map(|(end, _)| end + 1);
    let end = lines.into_iter().find(|end| !text[*end..].starts_with(' '));
    &text[..end.unwrap_or(text.len())]
}

#[track_caller]
fn times_out(judged: &[Judged<'_>]) {
    fake::sooner_or_later(HASTE, |timeout| {
        check_within(timeout, judged);
    });
}

#[test]
fn garbage_is_shown_and_cannot_act_on_a_terminal() {
    let says = [
        "stdout line 1 is no JSON: is it a log line? Logs go to stderr",
        r"| Starting node \u{1b}[31mn1",
    ];
    check(&[fails("garbage", &says)]).never_says("\u{1b}");
}

#[test]
fn what_is_no_message_is_named_for_what_it_may_be() {
    check(&[
        fails(
            "python",
            &[
                "Python dictionary",
                "json.dumps",
                "| {'src': 'n1', 'dest': 'c1'}",
            ],
        ),
        fails("two-on-a-line", &["stdout line 1 is two messages at once"]),
        fails(
            "broken-json",
            &[
                "stdout line 1 is broken JSON: expected value",
                "| {\"src\":\"n1\",\"dest\":c1}\n    |                    ^\n",
            ],
        ),
        fails("cut-short", &["stdout line 1 is cut short"]),
        fails(
            "no-envelope",
            &[
                "stdout line 1 is no message: it has no src",
                r#"| {"type":"x","msg_id":0}"#,
            ],
        ),
    ]);
}

#[test]
fn a_node_that_is_still_busy_when_its_time_is_over_times_out() {
    let sent: usize = INPUT.lines().skip(2).map(|line| line.len() + 1).sum();
    // More than a pipe holds.
    let line = format!(
        "{{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{{\"v\":\"{}\"}}}}\n",
        "x".repeat(1 << 20)
    );
    // In lockstep it is sent no more than its init.
    let first = INPUT.lines().nth(2).unwrap().len() + 1;
    let left = [first, sent + line.len()].map(|bytes| {
        format!("timed out after TIME: the node left {bytes} bytes of its input unread")
    });
    times_out(&[
        fails("deaf", &[&left[0]]),
        Judged {
            input: INPUT.replace("@timeout", "@pace all-at-once\n@timeout") + &line,
            ..fails("deaf", &[&left[1]])
        },
        fails(
            "stuck",
            &[
                "timed out after TIME: the node has read all its input, but still runs",
                "the node wrote nothing",
            ],
        ),
        // It leaves its process group, but not the harness.
        fails("leaves-group", &["timed out after TIME"]),
    ]);
}

#[test]
fn stderr_without_end_is_cut() {
    let says = ["timed out after TIME", "stderr ends with", "…"];
    times_out(&[fails("endless-stderr", &says)]);
}

const KILLED: &str = "note: the node did not exit within 500ms of the end of its input (a thread that is no daemon keeps a process alive); it was killed";

#[test]
fn a_node_that_never_exits_is_ended_and_its_verdict_stands() {
    check(&[passes("lingers", &[KILLED])]);
    // Where more may come, too, whether one knows that nothing more is expected or not; and where nothing
    // is expected, as long as the node has read it all.
    let vague = EXPECTED.replacen("\"dest\":\"c0\"", "\"dest\":\"<any>\"", 1);
    assert_ne!(vague, EXPECTED);
    let contains = |expected: &str| Judged {
        input: format!("@match contains\n{INPUT}"),
        expected: expected.to_owned(),
        ..passes("lingers", &[KILLED])
    };
    let nothing = |judged| Judged {
        expected: "# nothing\n".to_owned(),
        ..judged
    };
    times_out(&[
        contains(EXPECTED),
        contains(&vague),
        nothing(passes("stuck", &[KILLED])),
        nothing(fails("deaf", &["timed out after TIME: the node left"])),
    ]);
}

#[test]
fn a_node_that_exits_badly_fails_with_its_last_words() {
    check(&[
        fails(
            "exits-early",
            &[
                "the node exited with status 3",
                "the node's stderr ends with",
                "| Traceback: KeyError 'node_id'",
            ],
        ),
        strict("exits-late", &["the node exited with status 4"]),
        strict("aborts", &["the node was killed by SIGABRT (signal 6)"]),
        fails(
            "silent",
            &[
                "the node wrote nothing to stdout",
                ".expected:1: this message never came",
            ],
        ),
    ]);
}

#[test]
fn children_are_ended_with_their_node_wherever_they_went() {
    let note = "note: the node left child processes behind";
    check(&[
        passes("leaves-child", &[note]),
        passes("leaves-escaped-child", &[note]),
        passes("leaves-nameless-child", &[]),
        passes(
            "lingers-with-family",
            &["did not exit within 500ms of the end of its input"],
        ),
    ]);
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
fn a_node_may_write_megabytes_before_it_reads_any() {
    // More than the pipes to it and from it hold together.
    let says = [".expected:1: dest should be \"c0\", is \"c1\" (stdout line 1)"];
    check(&[fails("writes-first 2", &says)]).never_says("timed out");
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
    let says = ["timed out after TIME, before the case had sent all its messages"];
    // The good nodes around it have the same way, so its own is another name for it.
    let judged = Judged {
        input,
        ..fails("good at-first", &says)
    };
    fake::sooner_or_later(HASTE, |timeout| {
        let ran = check_within(timeout, from_ref(&judged));
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

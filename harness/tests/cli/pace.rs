//! Nodes of the kinds that people write: how a case is fed must not fail them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::fake::{self, Cases};

const INPUT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":2}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":3}}
"#;

const EXPECTED: &str = r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":2}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":3}}
"#;

/// The cases of the task, in a folder of their own.
fn task() -> Cases {
    let cases = Cases::new();
    let task = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/task");
    for folder in [task.clone(), task.join("samples")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap().to_str().unwrap();
                cases.write(name, &fs::read_to_string(&path).unwrap());
            }
        }
    }
    cases
}

/// The cases in which a node must answer before it has read everything: something answers it, or time
/// passes.
const DIALOGUES: [&str; 3] = ["ack-settles", "acked-in-time", "timeout-is-counted"];

fn harness(cases: &Cases, arguments: &[&str], node: &[&str]) -> fake::Ran {
    let fake = fake::node().to_str().unwrap();
    let own = fake::own_node().to_str().unwrap();
    let all = [arguments, &["--bin", fake, "--"], node, &[own]].concat();
    cases.harness(&all)
}

#[test]
fn a_node_that_handles_each_message_in_a_thread_passes_all_cases_of_the_task() {
    let cases = task();
    let ways = ["relays-in-threads"];
    harness(&cases, &["bless", "."], &ways).check(0, &[], "bless: 0 new, 0 changed, 13 unchanged");
    harness(&cases, &["run", ".", "--repeat", "3"], &ways)
        .check(0, &[], "golden: 13 passed, 0 failed")
        .never_says("note:");
    // Blessed anew: no reply is missing.
    let whole = cases.read("forward-not-back.expected");
    fs::remove_file(cases.path().join("forward-not-back.expected")).unwrap();
    harness(&cases, &["bless", "forward-not-back"], &ways)
        .check(0, &[], "bless: 1 new, 0 changed, 0 unchanged")
        .never_says("differed");
    assert_eq!(cases.read("forward-not-back.expected"), whole);
}

#[test]
fn a_node_that_reads_everything_first_passes_after_a_second_with_a_note() {
    let cases = task();
    for name in DIALOGUES {
        fs::remove_file(cases.path().join(format!("{name}.in"))).unwrap();
        fs::remove_file(cases.path().join(format!("{name}.expected"))).unwrap();
    }
    let way = ["relays-at-the-end"];
    let run = ["run", ".", "--format", "json", "--jobs", "10"];
    let (ran, shortest) = (0..3)
        .map(|_| {
            let ran = harness(&cases, &run, &way);
            let shortest = check_late(&ran.stdout, 10);
            (ran, shortest)
        })
        .find(|(_, shortest)| *shortest <= 1200)
        .expect("a second and not much more");
    assert!(ran.status == 0 && shortest >= 1000, "{shortest}");
    // Blessed anew: no reply is missing.
    let whole = cases.read("read-in-order.expected");
    fs::remove_file(cases.path().join("read-in-order.expected")).unwrap();
    let says = "note: no answer to ./read-in-order.in:2 came until stdin was closed: flush stdout after each message";
    harness(&cases, &["bless", ".", "--jobs", "10"], &way).check(
        0,
        &[says],
        "bless: 1 new, 0 changed, 9 unchanged",
    );
    assert_eq!(cases.read("read-in-order.expected"), whole);
}

/// Whether so many cases passed with a note each; how long the shortest took, in milliseconds.
fn check_late(stdout: &str, count: usize) -> u64 {
    let records = stdout.lines().map(serde_json::from_str::<Value>);
    let records = records.map(Result::unwrap);
    let cases: Vec<_> = records.filter(|it| it["type"] == "case").collect();
    assert_eq!(cases.len(), count);
    for case in &cases {
        assert_eq!(case["result"], "passed", "{case}");
        assert_eq!(case["notes"][0]["kind"], "not_flushed", "{case}");
    }
    let times = cases.iter().map(|case| case["duration_ms"].as_u64());
    times.map(Option::unwrap).min().unwrap()
}

#[test]
fn what_a_node_owes_that_reads_everything_first_is_explained() {
    let cases = task();
    let ran = harness(&cases, &["run", "ack-settles"], &["relays-at-the-end"]);
    let says = "the message with <id:fwd>, which ack-settles.in:5 answers, came only once stdin was closed: flush stdout";
    ran.check(1, &[says], "golden: 0 passed, 1 failed");
}

#[test]
fn a_node_of_threads_is_blessed_with_every_reply_and_passes_each_time() {
    let cases = Cases::new();
    cases.write("case.in", INPUT);
    let node = fake::node().to_str().unwrap();
    cases
        .harness(&["bless", ".", "--bin", node, "--", "threads"])
        .check(0, &[], "bless: 1 new, 0 changed, 0 unchanged")
        .never_says("no reply");
    assert_eq!(cases.read("case.expected").lines().count(), 3);
    cases
        .run_with(&[".", "--repeat", "50"], &["threads"])
        .check(0, &[], "golden: 1 passed, 0 failed")
        .never_says("note:");
}

#[test]
fn how_a_node_ends_once_stdin_was_closed_is_a_note() {
    let cases = Cases::new();
    cases.write("case.in", INPUT);
    let node = fake::node().to_str().unwrap();
    let says = "note: the node exited with status 1 once stdin was closed: Traceback: end of input";
    cases
        .harness(&["bless", ".", "--bin", node, "--", "falls-over"])
        .check(0, &[says], "bless: 1 new, 0 changed, 0 unchanged");
    assert_eq!(cases.read("case.expected").lines().count(), 3);
    cases
        .run("falls-over")
        .check(0, &[says], "golden: 1 passed, 0 failed");
    cases.write("case.in", &format!("@exit strict\n{INPUT}"));
    let says = "the node exited with status 1: Traceback: end of input";
    cases
        .run("falls-over")
        .check(1, &[says], "golden: 0 passed, 1 failed");
    cases.write("case.in", INPUT);
    cases.write("harness.toml", "exit = \"strict\"\n");
    cases
        .run("falls-over")
        .check(1, &[says], "golden: 0 passed, 1 failed");
}

#[test]
fn a_node_that_falls_over_before_it_has_answered_is_not_blessed() {
    let cases = Cases::new();
    cases.write("case.in", INPUT);
    let node = fake::node().to_str().unwrap();
    let said = format!("{}/said", cases.token());
    cases.write(
        "said",
        &EXPECTED.lines().take(2).collect::<Vec<_>>().join("\n"),
    );
    cases
        .harness(&["bless", ".", "--bin", node, "--", "says", &said, "3"])
        .check(
            1,
            &["REFUSED ./case.in", "the node exited with status 3"],
            "bless: 0 new, 0 changed, 0 unchanged, 1 refused",
        );
}

#[test]
fn all_at_once_may_be_wanted_by_a_case_a_folder_or_a_command() {
    let cases = Cases::one(INPUT, EXPECTED);
    let run = |arguments: &[&str]| cases.run_with(&[&["."], arguments].concat(), &["buffers"]);
    let passes = "golden: 1 passed, 0 failed";
    let late = "came until stdin was closed";
    run(&[]).check(0, &[late], passes);
    run(&["--pace", "all-at-once"])
        .check(0, &[], passes)
        .never_says(late);
    cases.write("harness.toml", "pace = \"all-at-once\"\n");
    run(&[]).check(0, &[], passes).never_says(late);
    run(&["--pace", "lockstep"]).check(0, &[late], passes);
    cases.write("case.in", &format!("@pace lockstep\n{INPUT}"));
    run(&[]).check(0, &[late], passes);
    let failed = Cases::one(INPUT, &EXPECTED.replace("read_ok", "x"));
    failed
        .run_with(&[".", "--pace", "all-at-once"], &["good"])
        .check(
            1,
            &[" --pace all-at-once ./case.in"],
            "golden: 0 passed, 1 failed",
        );
    let config = cases.harness(&["config", ".", "--pace", "all-at-once"]);
    config.check(
        0,
        &["pace       all-at-once  (command line)"],
        "  service    -  (default)",
    );
    let ran = cases.harness(&["run", ".", "--pace", "slow"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("lockstep, all-at-once"),
        "{}",
        ran.stderr
    );
}

#[test]
fn nodes_that_know_no_topology_are_played_in_a_cluster_without_one() {
    let request = r#"{"src":"c1","dest":"n2","body":{"type":"echo","msg_id":1}}"#;
    let reply = r#"{"src":"n2","dest":"c1","body":{"type":"echo_ok","in_reply_to":1}}"#;
    let case = |cluster: &str| Cases::one(&format!("{cluster}\n{request}\n"), reply);
    case("@cluster n1 n2 --topology none").run("echoes").check(
        0,
        &[],
        "golden: 1 passed, 0 failed",
    );
    case("@cluster n1 n2").run("echoes").check(
        1,
        &["Traceback: KeyError 'topology'"],
        "golden: 0 passed, 1 failed",
    );
    let bad = case("@cluster n1 n2 --topology nine").run("echoes");
    bad.check(
        2,
        &["`tree4`, `total` or `none`, not `nine`"],
        "golden: 0 passed, 1 failed",
    );
}

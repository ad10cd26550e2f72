//! The directives of a network and of faults: each with a case that passes for it and one that fails
//! without it or with another.

use super::{Case, LINE, fails, passes};
use crate::fake::{self, Load};

/// A case that asks whether a value got from n0 to n2.
fn asking<'a>(head: &'a str, done: &'a str, wait: &'a str, read: &'a str) -> [&'a str; 5] {
    [head, done, "c1 n0 set 1", wait, read]
}

/// Whether a value gets from n0 to n2, in a cluster like this, once this is done.
struct Reaches(&'static str, &'static str, bool);

/// Asks all of them at once.
#[track_caller]
fn reach(all: &[Reaches]) {
    fake::at_once(Load::Cluster, all, |Reaches(head, done, does)| {
        if *does {
            reaches(head, done);
        } else {
            does_not_reach(head, done);
        }
    });
}

fn reaches(head: &str, done: &str) {
    passes(&asking(head, done, "@eventually 20s", "c1 n2 get [1]"));
    fake::sooner_or_later(["@sleep 300ms", "@sleep 3s", "@sleep 10s"], |wait| {
        fails(
            &asking(head, done, wait, "c1 n2 get []"),
            "case.expected:2: body.messages[0] should not be there; it is 1",
        );
    });
}

fn does_not_reach(head: &str, done: &str) {
    let wait = "@sleep 300ms";
    passes(&asking(head, done, wait, "c1 n2 get []"));
    fails(
        &asking(head, done, wait, "c1 n2 get [1]"),
        "case.expected:2: body.messages[0] is missing; it should be 1",
    );
}

#[test]
fn topology() {
    reach(&[
        Reaches("@cluster n0 n1 n2 --topology total", "@kill n1", true),
        Reaches(LINE, "@kill n1", false),
        Reaches("@cluster n0 n1 n2 n3", "@kill n1", true),
    ]);
}

#[test]
fn latency_distribution_and_seed() {
    let read = |options: &str, wait: &str, values: &str| {
        let head = format!("@cluster n0 n1 {options}");
        let read = format!("c1 n1 get {values}");
        Case::of(&[&head, "c1 n0 set 1", wait, &read]).run("floods")
    };
    let is_under_way = |options| {
        let wait = "@sleep 150ms";
        read(options, wait, "[]").check(0, &[], "golden: 1 passed, 0 failed");
        let ran = read(options, wait, "[1]");
        ran.check(1, &["case.expected:2"], "golden: 0 passed, 1 failed");
    };
    let is_there = |options| {
        // Not as long as the mean of these latencies.
        fake::sooner_or_later(["@sleep 150ms", "@sleep 1500ms"], |wait| {
            read(options, wait, "[1]").check(0, &[], "golden: 1 passed, 0 failed");
        });
    };
    // The first draw of this seed is a short time, that of the other is a long one.
    let latencies = [
        ("--latency 20000", false),
        ("--latency 1", true),
        ("--latency 2000 --latency-dist exponential --seed 52", true),
        ("--latency 2000 --latency-dist uniform --seed 52", true),
        (
            "--latency 20000 --latency-dist exponential --seed 10",
            false,
        ),
        ("--latency 20000 --latency-dist constant --seed 52", false),
    ];
    fake::at_once(Load::Cluster, &latencies, |(options, is_short)| {
        if *is_short {
            is_there(options);
        } else {
            is_under_way(options);
        }
    });
}

#[test]
fn cuts() {
    reach(&[
        Reaches(LINE, "@cut n0 n1 -> n2\n@heal", true),
        Reaches(LINE, "@cut n0 n1 | n2", false),
        Reaches(LINE, "@cut n0 | n1 | n2", false),
        Reaches(LINE, "@cut n1 -> n0 n2", false),
        Reaches(LINE, "@cut n2 -> n0 n1", true),
        Reaches(LINE, "@cut n2 | n0", true),
    ]);
}

#[test]
fn loss_and_duplication() {
    reach(&[
        Reaches(LINE, "@loss 1", false),
        Reaches(LINE, "@loss 1\n@heal", true),
        Reaches(LINE, "@loss 1\n@loss 0", true),
    ]);
    let twice = [
        LINE,
        "@duplicate 1",
        "c1 n0 set 1",
        "@eventually 5s",
        "c1 n1 get [1, 1]",
    ];
    passes(&twice);
    let mut healed = twice.to_vec();
    healed.insert(2, "@heal");
    healed[4] = "@eventually 300ms";
    fails(&healed, "body.messages[1] is missing");
}

#[test]
fn kill_and_restart() {
    let case = |done, then| [LINE, "c1 n1 set 1", done, then];
    passes(&case("@restart n1", "c1 n1 get []"));
    fails(
        &case("@restart n1", "c1 n1 get [1]"),
        "body.messages[0] is missing",
    );
    passes(&case("@kill n1\n@restart n1", "c1 n1 get []"));
    passes(&case("@kill n0", "c1 n1 get [1]"));
    // One that is started again knows its neighbors again.
    reaches(LINE, "@restart n1");
}

#[test]
fn pause_resume_and_heal() {
    reach(&[
        Reaches(LINE, "@pause n1", false),
        Reaches(LINE, "@pause n1\n@resume n1", true),
        Reaches(LINE, "@pause n1\n@heal", true),
    ]);
    let waits = [
        LINE,
        "@pause n1",
        "c1 n1 set 2",
        "c1 n0 set 1",
        "@resume n1",
        "@eventually 9s",
        "c1 n0 get [1, 2]",
    ];
    let mut case = Case::of(&waits);
    // Who stands still answers later.
    let mut lines: Vec<_> = case.expected.lines().collect();
    lines.swap(0, 1);
    case.expected = lines.join("\n");
    let ran = case.run("floods");
    ran.check(0, &[], "golden: 1 passed, 0 failed");
    fake::sooner_or_later(
        ["@timeout 500ms", "@timeout 3s", "@timeout 15s"],
        |timeout| {
            fails(
                &[timeout, LINE, "@pause n1", "c1 n1 set 1"],
                "the broadcast request on ./case.in:4 (msg_id 1) got no reply",
            );
        },
    );
}

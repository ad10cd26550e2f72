//! Nodes as people write them: what the harness believes of them, and what it explains.

use super::{results, runs, test, texts};
use crate::fake::Cases;

/// A run that is over soon, however few cores there are.
fn quick<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let clients = [
        "--rate",
        "40",
        "--concurrency",
        "20n",
        "--exit-timeout",
        "0",
    ];
    [
        &["--node-count", "3", "--time-limit", "0.5"],
        &clients[..],
        more,
    ]
    .concat()
}

#[test]
fn null_for_an_empty_list_is_warned_of_once() {
    let folder = Cases::new();
    let ran = test(&folder, &quick(&["--seed", "3"]), "null-list");
    ran.check(0, &["valid\n  warning: n"], "cluster: 1 valid, 0 not valid");
    let says = "gave null for an empty list in ";
    assert_eq!(ran.stdout.matches(says).count(), 1, "{}", ran.stdout);
    let is_null = r#""type":"ok","f":"read","value":null"#;
    assert!(folder.read("out/history.jsonl").contains(is_null));
}

#[test]
fn nothing_but_init_comes_before_init_ok_at_the_start_and_after_restarts() {
    let folder = Cases::new();
    let restarts = ["--time-limit", "1.5", "--nemesis", "restart"];
    let often = [
        "--node-count",
        "4",
        "--nemesis-interval",
        "0.3",
        "--exit-timeout",
        "0",
    ];
    let ran = test(&folder, &[&restarts[..], &often].concat(), "greets");
    assert!(!ran.stdout.contains("too early"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("protocol: "), "{}", ran.stdout);
    let messages = folder.read("out/messages.jsonl");
    let hello = |line: &&str| line.contains(r#""hello""#);
    assert!(messages.lines().filter(hello).count() >= 9, "{messages}");
}

#[test]
fn a_node_that_starts_slowly_is_still_starting_and_has_what_time_it_is_given() {
    let folder = Cases::new();
    let ran = test(&folder, &quick(&["--init-timeout", "500ms"]), "deaf");
    ran.check(1, &["has read nothing"], "cluster: 0 valid, 1 not valid");
    // Whichever was asked first is named.
    let is_named = |node: &&str| {
        let says = format!("not ready: {node} and 2 others are still starting after ");
        ran.stdout.contains(&says)
    };
    let node = ["n0", "n1", "n2"].into_iter().find(is_named);
    let node = node.unwrap_or_else(|| panic!("{}", ran.stdout));
    let log = format!("stderr of {node}: out/nodes/{node}.log (empty)\n");
    for part in ["3 nodes on ", ": give them --init-timeout ", &log] {
        assert!(ran.stdout.contains(part), "no {part} in {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("flush"), "{}", ran.stdout);
    let findings = texts(&results(&runs(&folder)[0]), "findings");
    assert!(
        findings[0].ends_with(&format!("stderr of {node}: nodes/{node}.log (empty)")),
        "{findings:?}"
    );
    let checked = folder.harness(&["check", "out"]);
    assert!(checked.stdout.contains(&log), "{}", checked.stdout);
    let ran = test(&folder, &quick(&["--init-timeout", "60"]), "starts-slowly");
    ran.check(0, &["valid\n"], "cluster: 1 valid, 0 not valid");
    assert!(
        ran.stdout.contains("--init-timeout 60"),
        "again: {}",
        ran.stdout
    );
}

#[test]
fn a_node_of_another_workload_is_taken_for_one() {
    let folder = Cases::new();
    let alone = [
        "--node-count",
        "1",
        "--init-timeout",
        "1",
        "--exit-timeout",
        "0",
    ];
    let ran = test(&folder, &alone, "knows-no-topology");
    let says = "did not answer topology in time; it answered init: is it a node for another \
                workload, without a handler for topology?\n    Traceback (most recent call last):\n      File \"x.py\", line 4, in \
                handle\n    ValueError: topology\n    stderr of n0: out/nodes/n0.log\n";
    ran.check(1, &[says], "cluster: 0 valid, 1 not valid");
}

#[test]
fn of_a_long_stack_trace_the_line_that_names_the_error_is_shown() {
    let folder = Cases::new();
    let ran = test(&folder, &quick(&[]), "panics");
    let says =
        "though the harness had not killed it\n    panic: assignment to entry in nil map\n    …\n";
    assert!(
        ran.stdout.replace("them\n", "it\n").contains(says),
        "{}",
        ran.stdout
    );
    let checked = folder.harness(&["check", "out"]);
    assert!(
        checked
            .stdout
            .contains("    panic: assignment to entry in nil map\n    …\n")
    );
}

#[test]
fn how_busy_the_machine_was_is_kept_and_repeated() {
    let folder = Cases::new();
    let ran = test(&folder, &quick(&[]), "right");
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let machine = &results(&runs(&folder)[0])["machine"];
    assert!(machine["timers"].as_u64().unwrap() > 3, "{machine:#}");
    assert!(machine["cores"].as_u64().unwrap() >= 1, "{machine:#}");
    assert!(
        folder
            .read("out/history.jsonl")
            .contains(r#""type":"machine""#)
    );
    let busy = |text: &str| {
        let mut lines = text.lines();
        lines
            .find(|line| line.contains("machine "))
            .map(str::to_owned)
    };
    assert_eq!(busy(&ran.stdout).is_some(), machine["busy"] == true);
    assert_eq!(
        busy(&ran.stdout),
        busy(&folder.harness(&["check", "out"]).stdout)
    );
}

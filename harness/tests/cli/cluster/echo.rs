//! `harness test -w echo`: right nodes and wrong ones, and what is said of them.

use super::{results, runs, test};
use crate::fake::Cases;

const ECHO: [&str; 8] = [
    "-w",
    "echo",
    "--time-limit",
    "1",
    "--rate",
    "60",
    "--node-count=2",
    // Not every load has a text that ends with 7.
    "--seed=1",
];

#[test]
fn an_echo_is_right_or_told_and_judged_again_as_it_was() {
    let cases = [
        ("right", 0, "valid\n"),
        ("echoes-zero", 1, "  wrong echo: "),
        (
            "echoes-nothing",
            1,
            "wrote a bad reply: `echo_ok` without `echo`",
        ),
    ];
    for (way, status, says) in cases {
        let folder = Cases::new();
        let ran = test(&folder, &ECHO, way);
        assert_eq!(ran.status, status, "{way}: {}", ran.stdout);
        assert!(ran.stdout.contains(says), "{way}: {}", ran.stdout);
        assert!(ran.stdout.starts_with("echo: 2 nodes, 1 s at 60"), "{way}");
        let checked = folder.harness(&["check", "out"]);
        assert_eq!((checked.status, &*checked.stderr), (status, ""), "{way}");
        assert!(checked.stdout.contains(says), "{way}: {}", checked.stdout);
        let results = results(&runs(&folder)[0]);
        assert_eq!(results["workload"], "echo");
        assert_eq!(results["maelstrom"]["valid?"], status == 0, "{way}");
    }
}

#[test]
fn a_wrong_echo_says_what_was_sent_and_what_came_back() {
    let folder = Cases::new();
    let ran = test(&folder, &ECHO, "echoes-zero");
    let line = ran.stdout.lines().find(|line| line.contains("wrong echo"));
    let line = line.unwrap();
    let replied = "replied with \"Please echo 0\" to \"Please echo ";
    assert!(
        line.contains(replied) && line.contains("7\" from 0."),
        "{line}"
    );
}

#[test]
fn the_profile_of_the_first_challenge_echoes() {
    let folder = Cases::new();
    let ran = test(&folder, &["--profile", "1", "--time-limit", "0.5"], "right");
    assert!(
        ran.stdout.starts_with("echo: 1 node, 0.5 s at 5 requests"),
        "{}",
        ran.stdout
    );
    assert_eq!(ran.status, 0);
}

#[test]
fn latencies_of_values_are_no_budget_of_echoes() {
    let folder = Cases::new();
    let ran = test(
        &folder,
        &[&ECHO[..], &["--max-latency", "P50=100"]].concat(),
        "right",
    );
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("there is no latency"), "{}", ran.stdout);
}

#[test]
fn the_page_of_a_run_without_values_speaks_of_none() {
    let folder = Cases::new();
    let load = [
        "--node-count=2",
        "--time-limit=0.5",
        "--rate=200",
        "--seed=1",
    ];
    let page = |workload: &str| {
        let ran = test(&folder, &[&["-w", workload], &load[..]].concat(), "right");
        assert_eq!(ran.status, 0, "{workload}: {}{}", ran.stdout, ran.stderr);
        folder.read("out/report.html")
    };
    let (echo, set) = (page("echo"), page("g-set"));
    for (of_values, of_replies) in [
        ("id=\"values\" aria", "id=\"values\" hidden aria"),
        ("<label>Value ", "<label hidden>Value "),
        ("From ack to last node", "<caption>Replies</caption>"),
        ("From ack to last node", "valid: 0 wrong, 0 refused"),
    ] {
        assert!(set.contains(of_values) && !echo.contains(of_values));
        assert!(echo.contains(of_replies) && !set.contains(of_replies));
    }
    assert!(!echo.contains("<dt>topology</dt>"));
}

//! The table that GitHub Actions shows of a job.

use super::all_results;
use crate::fake::{self, Cases};

const FILE: &str = "GITHUB_STEP_SUMMARY";

#[test]
fn cases_are_a_table_of_folders_and_what_failed_first() {
    let cases = all_results();
    cases.write("summary.md", "before\n");
    let node = fake::node().to_str().unwrap();
    let arguments = ["run", ".", "--bin", node, "--", "good", "a|b"];
    let ran = cases.harness_in(&[(FILE, "summary.md")], &arguments);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    let text = cases.read("summary.md");
    for part in [
        "before\n### golden: 2 passed, 4 failed, 1 skipped\n",
        "| folder | passed | failed | skipped |\n| --- | ---: | ---: | ---: |\n| ./a | 2 | 2 | 0 |\n| ./b | 0 | 2 | 1 |\n",
        "\n| failed | why |\n| --- | --- |\n| ./a/wrong.in | ",
        "a&#124;b",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    assert_eq!(
        text.lines().filter(|line| line.contains(".in | ")).count(),
        4
    );
}

#[test]
fn clusters_are_a_table_of_what_is_not_valid() {
    let folder = Cases::new();
    let node = fake::cluster_node().to_str().unwrap();
    let load = ["--time-limit", "0.5", "--rate", "40", "--recovery", "0.5"];
    let arguments = [
        &[
            "test",
            "--bin",
            node,
            "--out",
            "out",
            "--seed",
            "7",
            "--test-count",
            "2",
        ],
        &load[..],
        &["--", "never-forwards", folder.token()],
    ];
    let ran = folder.harness_in(&[(FILE, "summary.md")], &arguments.concat());
    assert_eq!(ran.status, 1, "{}{}", ran.stdout, ran.stderr);
    let text = folder.read("summary.md");
    let begin = "### cluster: broadcast, 0 valid, 2 not valid\n";
    assert!(text.starts_with(begin), "{text}");
    let rows = "| failed | why |\n| --- | --- |\n| seed 7 | lost&#58; ";
    assert!(
        text.contains(rows) && text.contains("\n| seed 8 | "),
        "{text}"
    );
}

#[test]
fn a_summary_that_cannot_be_written_is_an_error() {
    let cases = all_results();
    let arguments = [
        "run",
        "a/good",
        "--bin",
        fake::node().to_str().unwrap(),
        "--",
        "good",
    ];
    let ran = cases.harness_in(&[(FILE, "nowhere/x")], &arguments);
    assert_eq!(ran.status, 2);
    let says = "the report nowhere/x can't be written: No such file";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert_eq!(cases.harness_in(&[(FILE, "")], &arguments).status, 0);
}

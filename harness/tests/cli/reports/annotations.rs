//! What a log of GitHub Actions shows at the lines of the files.

use super::{PING, PONG, all_results, github};
use crate::fake::{self, Cases, Ran};

#[test]
fn annotations_name_the_line_in_the_file() {
    let cases = all_results();
    let annotations = |ran: &Ran| -> Vec<String> {
        let lines = ran.stdout.lines().filter(|line| line.starts_with("::"));
        lines.map(str::to_owned).collect()
    };
    let ran = github(&cases, &["."], "good");
    assert_eq!(
        annotations(&ran),
        [
            "::error file=a/wrong.expected,line=1,title=./a/wrong.in%3A 100%25%3A wrong::\
             ./a/wrong.expected:1: body.type should be \"pong\", is \"ping_ok\" (stdout line 1)",
            "::error file=a/xpass.in,title=./a/xpass.in::\
             it passes, but says `@xfail not yet`: remove that line",
            "::error file=b/bad.in,line=2,col=1,title=./b/bad.in::\
             ./b/bad.in:2:1: there is no directive `@tiemout`; did you mean `@timeout`?",
            "::error file=b/new.in,title=./b/new.in::\
             there is no ./b/new.expected: write down what the node must answer, one message a line",
            "::warning file=lost.expected,title=./lost.expected::\
             nothing checks it: there is no ./lost.in",
        ]
    );
    ran.check(2, &[], "golden: 2 passed, 4 failed, 1 skipped");
    let never = github(&cases, &[".", "--annotations", "never"], "good");
    assert_eq!(annotations(&never), [""; 0]);
    let unset = cases.run_with(&["."], &["good"]);
    assert_eq!(annotations(&unset), [""; 0]);
    let always = cases.run_with(&[".", "--annotations", "always"], &["good"]);
    assert_eq!(annotations(&always).len(), 5);
}

#[test]
fn paths_start_at_the_workspace() {
    let cases = Cases::one(PING, PONG);
    let (root, folder) = (cases.path().parent().unwrap(), cases.path().file_name());
    let mut harness = fake::harness();
    harness
        .args(["run", ".", "--bin", fake::node().to_str().unwrap()])
        .args(["--", "wrong-source"])
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_WORKSPACE", root);
    let ran = cases.ran(&mut harness);
    let folder = folder.unwrap().to_str().unwrap();
    let place = format!("::error file={folder}/case.expected,line=1,title=./case.in::");
    assert!(ran.stdout.contains(&place), "{}", ran.stdout);
}

#[test]
fn a_cause_that_is_no_mismatch_is_annotated_where_the_input_was() {
    let cases = Cases::one(&format!("{PING}@sleep 20s\n{PING}"), PONG);
    let ran = github(&cases, &["."], "answers-once");
    let place = "::error file=case.in,line=1,title=./case.in::the node exited (with status 0)";
    assert!(ran.stdout.contains(place), "{}", ran.stdout);
}

#[test]
fn annotations_of_many_failures_count_what_is_not_shown() {
    let cases = Cases::new();
    for number in 0..12 {
        cases.add(&format!("case-{number:02}"), PING, PONG);
    }
    let errors = |ran: Ran| {
        let lines = ran
            .stdout
            .lines()
            .filter(|line| line.starts_with("::error"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let lines = errors(github(&cases, &["."], "wrong-source"));
    assert_eq!(lines.len(), 10);
    let last = "::error::and 3 more failures: the log of this step tells each cause";
    assert_eq!(lines[9], last);
    // A node that doesn't start has one reason.
    cases.write("plain.txt", "just text");
    let mut harness = fake::harness();
    harness
        .args(["run", ".", "--bin", "plain.txt"])
        .env("GITHUB_ACTIONS", "true");
    let lines = errors(cases.ran(&mut harness));
    assert_eq!(lines.len(), 1, "{lines:?}");
}

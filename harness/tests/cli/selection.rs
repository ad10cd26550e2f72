//! Which cases a command takes: filters, globs, those that failed; and what is told of their folders.

use std::os::unix::fs::symlink;

use crate::fake::{self, Cases};

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const PONG: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"ping_ok\",\"in_reply_to\":1}}\n";

/// Cases in three folders.
fn course() -> Cases {
    let cases = Cases::new();
    for name in ["echo/one", "echo/two", "read/one", "read/deep/two"] {
        cases.add(name, &format!("# The title of {name}\n{PING}"), PONG);
    }
    cases.add("read/odd", &format!("# An oddity\n{PING}"), "{}\n");
    cases
}

/// The names of the cases that `harness list` shows.
fn listed(cases: &Cases, arguments: &[&str]) -> Vec<String> {
    let ran = cases.harness(&[&["list"], arguments].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let names = ran.stdout.lines().map(|line| {
        let name = line.split(".in").next().unwrap();
        name.trim_start_matches("./").to_owned()
    });
    names.collect()
}

/// What a command complains of.
#[track_caller]
fn check_error(cases: &Cases, arguments: &[&str], says: &str) {
    let ran = cases.harness(arguments);
    assert_eq!(ran.status, 2, "{}", ran.stdout);
    assert!(ran.stderr.contains(says), "no {says:?} in: {}", ran.stderr);
}

#[test]
fn several_filters_select_what_has_one_of_them_and_exclude_leaves_out() {
    let cases = course();
    let all = [
        "echo/one",
        "echo/two",
        "read/deep/two",
        "read/odd",
        "read/one",
    ];
    assert_eq!(listed(&cases, &["."]), all);
    let deep_or_odd = ["--filter", "deep", "--filter", "oddity"];
    let listed = |arguments: &[&str]| listed(&cases, &[&["."], arguments].concat());
    assert_eq!(listed(&deep_or_odd), ["read/deep/two", "read/odd"]);
    let not_two = [&deep_or_odd[..], &["--exclude", "two"]].concat();
    assert_eq!(listed(&not_two), ["read/odd"]);
    let neither = ["--exclude", "read/", "--exclude", "title of echo/two"];
    assert_eq!(listed(&neither), ["echo/one"]);
    for (arguments, says) in [
        (
            &["--filter", "a", "--filter", "zz", "--exclude", "e"][..],
            "no case in . has `a` or `zz` and is without `e` in its path or title (5 cases there)",
        ),
        (
            &["--exclude", "."],
            "no case in . is without `.` in its path or title (5 cases there)",
        ),
        (
            &["--filter", "zz"],
            "no case in . has `zz` in its path or title (5 cases there); `harness list .` shows them",
        ),
        (
            &["--filter", "read/*"],
            "`harness list .` shows them; these options take plain text, and a pattern is a path",
        ),
    ] {
        check_error(&cases, &[&["list", "."], arguments].concat(), says);
    }
}

#[test]
fn quoted_globs_select_cases() {
    let cases = course();
    let listed = |path: &str| listed(&cases, &[path]);
    assert_eq!(listed("*/one"), ["echo/one", "read/one"]);
    assert_eq!(listed("read/o*.in"), ["read/odd", "read/one"]);
    assert_eq!(listed("**/two.expected"), ["echo/two", "read/deep/two"]);
    assert_eq!(listed("**/two.*"), ["echo/two", "read/deep/two"]);
    assert_eq!(listed("*/d*"), ["read/deep/two"], "a folder is searched");
    cases
        .run_with(&["echo/*"], &["good"])
        .check(0, &[], "golden: 2 passed, 0 failed");
    let nothing = "no file or folder matches */three";
    check_error(&cases, &["list", "*/three"], nothing);
    check_error(&cases, &["list", "a***b"], "a***b is no glob: ");
}

#[test]
fn folders_are_counted_where_not_all_cases_passed() {
    let cases = course();
    cases.run_with(&[".", "-v"], &["good"]).check(
        1,
        &["
  ./echo:      2 passed, 0 failed
  ./read:      1 passed, 1 failed
  ./read/deep: 1 passed, 0 failed
golden: 4 passed, 1 failed
"],
        "golden: 4 passed, 1 failed",
    );
    let ran = cases.run_with(&["."], &["good"]);
    assert!(
        !ran.stdout.contains("./read: "),
        "only one has failures: {}",
        ran.stdout
    );
    let only = |arguments: &[&str]| cases.run_with(arguments, &["good"]).stdout;
    let passing = &[".", "--exclude", "odd"][..];
    assert_eq!(only(passing), "golden: 4 passed, 0 failed\n");
    assert!(only(&[passing, &["-v"]].concat()).contains("\n  ./echo:      2 passed, 0 failed\n"));
    assert!(
        !only(&["read/odd", "read/one"]).contains("read: "),
        "it is only one"
    );
}

#[test]
fn of_many_folders_those_are_counted_in_which_something_failed() {
    let cases = Cases::new();
    for number in 10..40 {
        cases.add(&format!("f{number}/case"), PING, PONG);
    }
    cases.add("f20/wrong", PING, "{}\n");
    cases.add("f21/wrong", PING, "{}\n");
    cases.run_with(&["."], &["good"]).check(
        1,
        &["\n  ./f20: 1 passed, 1 failed\n  ./f21: 1 passed, 1 failed\n  and 28 more folders\ngolden: "],
        "golden: 30 passed, 2 failed",
    );
}

#[test]
fn slowest_cases_are_told_of_all_and_of_each_folder() {
    let cases = course();
    let ran = cases.run_with(&[".", "--exclude", "odd", "--slowest", "1"], &["good"]);
    ran.check(0, &[], "golden: 4 passed, 0 failed");
    let lines: Vec<_> = ran.stdout.lines().map(str::trim_start).collect();
    assert_eq!(lines[0], "the slowest:");
    assert!(lines[1].contains(" ms  ./"), "{}", lines[1]);
    assert_eq!(lines[2], "the slowest of each folder:");
    // The folders are in the order of their times.
    let mut folders: Vec<_> = lines[3..9].chunks(2).map(|pair| pair.join("\n")).collect();
    folders.sort();
    for (folder, (name, cases)) in folders.iter().zip([
        ("./echo (", &["  one.in", "  two.in"][..]),
        ("./read (", &["  one.in"]),
        ("./read/deep (", &["  two.in"]),
    ]) {
        assert!(folder.starts_with(name), "{folder}");
        assert!(folder.contains(" ms in all):\n"), "{folder}");
        assert!(cases.iter().any(|case| folder.ends_with(case)), "{folder}");
    }
    let ran = cases.run_with(&["echo", "--slowest", "1"], &["good"]);
    ran.never_says("of each folder");
}

#[test]
fn failed_cases_belong_to_the_node_and_its_arguments() {
    let cases = Cases::new();
    cases.add("one", PING, PONG);
    cases.add("two", PING, &PONG.replace("ping_ok", "wrong"));
    symlink(fake::node(), cases.path().join("node")).unwrap();
    let run = |arguments: &[&str]| cases.harness(&[&["run", "."], arguments].concat());
    let good = ["--bin", "node", "--", "good"];
    let wrong = ["--bin", "node", "--", "silent"];
    let failed = |node: &[&str]| run(&[&["--failed"], node].concat());
    let missing = failed(&good);
    assert_eq!(missing.status, 2);
    let says = "--failed: no earlier run from this folder with `--bin node -- good` is stored; \
                run all cases, without --failed";
    assert!(missing.stderr.contains(says), "{}", missing.stderr);

    run(&good).check(1, &[], "golden: 1 passed, 1 failed");
    run(&wrong).check(1, &[], "golden: 0 passed, 2 failed");
    let says = "--failed: the case that failed when last run from this folder with \
                `--bin node -- good`; list written 20";
    let ran = failed(&good);
    ran.check(1, &[says, "FAIL ./two.in"], "golden: 0 passed, 1 failed");
    let first = ran.stdout.lines().next().unwrap();
    assert!(first.contains("Z, ") && first.ends_with("s ago"), "{first}");
    let says = "--failed: the 2 cases that failed when last run from this folder with \
                `--bin node -- silent`; list written 20";
    failed(&wrong).check(1, &[says], "golden: 0 passed, 2 failed");
    // One file has several names.
    let real = fake::node().to_str().unwrap();
    failed(&["--bin", real, "--", "good"]).check(1, &[], "golden: 0 passed, 1 failed");

    cases.add("two", PING, PONG);
    failed(&good).check(0, &[], "golden: 1 passed, 0 failed");
    let none = failed(&good);
    assert_eq!(none.status, 2);
    let says = "no selected case failed when last run from this folder with \
                `--bin node -- good` (list written ";
    assert!(none.stderr.contains(says), "{}", none.stderr);
    check_error(
        &cases,
        &["run", ".", "--failed", "--", "good"],
        "no earlier run from this folder without --bin and with `-- good` is stored",
    );
}

/// The names of the cases that a run tells, in its order.
fn told(ran: &fake::Ran) -> Vec<String> {
    let lines = ran
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("PASS "));
    let names = lines.filter_map(|line| line.split(".in").next());
    names
        .map(|name| name.trim_start_matches("./").to_owned())
        .collect()
}

#[test]
fn partitions_are_disjoint_complete_and_even() {
    let cases = Cases::new();
    let all: Vec<_> = (0..10)
        .map(|number| format!("f{}/case-{number}", number % 3))
        .collect();
    for name in &all {
        cases.add(name, PING, PONG);
    }
    let run =
        |arguments: &[&str]| cases.run_with(&[&[".", "--verbose"], arguments].concat(), &["good"]);
    let shares: Vec<_> = (1..=4)
        .map(|number| told(&run(&["--partition", &format!("{number}/4")])))
        .collect();
    let sizes: Vec<_> = shares.iter().map(Vec::len).collect();
    assert_eq!(sizes, [3, 3, 2, 2]);
    let mut together = shares.concat();
    together.sort();
    let mut sorted = all;
    sorted.sort();
    assert_eq!(together, sorted);
    assert_eq!(told(&run(&["--partition", "1/1"])), together);
    // A share of what the filters leave.
    let share = run(&["--filter", "f0/", "--partition", "2/2"]);
    assert_eq!(told(&share), ["f0/case-3", "f0/case-9"]);
    let ran = run(&["--partition", "11/11"]);
    assert_eq!(ran.status, 2);
    let says = "error: --partition 11/11: this share has no case, for there are only 10; make fewer shares\n";
    assert_eq!(ran.stderr, says);
    for bad in [
        "0/4",
        "5/4",
        "1/0",
        "x",
        "1",
        "/",
        "-1/4",
        "1/4/4",
        "1/99999999999999999999",
        "",
    ] {
        let ran = run(&["--partition", bad]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{bad}");
        assert!(
            ran.stderr
                .contains("it must be a share and their number, as in 1/4 to 4/4"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn shuffled_cases_come_in_the_order_of_the_seed_that_is_told() {
    let cases = Cases::new();
    for number in 0..9 {
        cases.add(&format!("case-{number}"), PING, PONG);
    }
    let run =
        |arguments: &[&str]| cases.run_with(&[&[".", "--verbose"], arguments].concat(), &["good"]);
    let plain = told(&run(&[]));
    let ran = run(&["--shuffle", "1"]);
    ran.check(
        0,
        &["the cases are in the order of --shuffle 1\n"],
        "golden: 9 passed, 0 failed",
    );
    let shuffled = told(&ran);
    assert_ne!(shuffled, plain);
    let mut sorted = shuffled.clone();
    sorted.sort();
    assert_eq!(sorted, plain);
    assert_eq!(told(&run(&["--shuffle", "1"])), shuffled);
    assert_ne!(told(&run(&["--shuffle", "2"])), shuffled);
    let quiet = cases.run_with(&[".", "--quiet", "--shuffle", "3"], &["good"]);
    assert_eq!(quiet.stderr, "the cases are in the order of --shuffle 3\n");
    let ran = run(&["--shuffle", "random"]);
    let (_, seed) = ran.stdout.lines().next().unwrap().rsplit_once(' ').unwrap();
    assert_eq!(told(&run(&["--shuffle", seed])), told(&ran));
    // The shares are those of the paths, whatever the order.
    let share = |number: &str| told(&run(&["--shuffle", number, "--partition", "1/3"]));
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(share("1")), sorted(share("2")));
    for bad in ["-1", "x", "18446744073709551616", ""] {
        let ran = run(&["--shuffle", bad]);
        assert_eq!(ran.status, 2, "{bad}");
    }
    let says = "it must be a number from 0 to 18446744073709551615, or random";
    assert!(run(&["--shuffle", "x"]).stderr.contains(says));
}

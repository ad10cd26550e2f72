//! The command line: what is run, how, and what is refused.

use crate::fake::{self, Cases};

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const PONG: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"ping_ok\",\"in_reply_to\":1}}\n";

fn three() -> Cases {
    let cases = Cases::new();
    cases.add("a/one", &format!("# The first\n{PING}"), PONG);
    cases.add("a/two", &format!("# The second\n{PING}"), PONG);
    cases.add(
        "b/three",
        &format!("# The third\n@skip not today\n{PING}"),
        PONG,
    );
    cases
}

#[test]
fn folders_files_names_and_filters_select_cases() {
    let cases = three();
    let list = |arguments: &[&str]| {
        let mut all = vec!["list"];
        all.extend(arguments);
        let ran = cases.harness(&all);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        ran.stdout
    };
    assert_eq!(
        list(&["."]),
        "./a/one.in  The first\n./a/two.in  The second\n./b/three.in  The third\n"
    );
    assert_eq!(
        list(&["b", "a/one"]),
        "a/one.in  The first\nb/three.in  The third\n"
    );
    assert_eq!(list(&["a/two.expected"]), "a/two.in  The second\n");
    assert_eq!(
        list(&[".", "--filter", "second"]),
        "./a/two.in  The second\n"
    );
    assert_eq!(list(&[".", "--filter", "b/"]), "./b/three.in  The third\n");
}

#[test]
fn skipped_cases_are_counted_and_passed_ones_shown_on_demand() {
    let cases = three();
    let ran = cases.run_with(&["."], &["good"]);
    ran.check(
        0,
        &["SKIP ./b/three.in: not today"],
        "golden: 2 passed, 0 failed, 1 skipped",
    );
    ran.never_says("PASS");
    let ran = cases.run_with(&[".", "--verbose"], &["good"]);
    ran.check(
        0,
        &["PASS ./a/one.in: The first ("],
        "golden: 2 passed, 0 failed, 1 skipped",
    );
}

#[test]
fn outcomes_come_in_the_order_of_the_cases_whatever_the_number_of_jobs() {
    let cases = Cases::new();
    for number in 0..12 {
        let sleep = if number % 3 == 0 { "@sleep 50ms\n" } else { "" };
        cases.add(
            &format!("case-{number:02}"),
            &format!("{PING}{sleep}{PING}"),
            &PONG.repeat(2),
        );
    }
    let order = |jobs| {
        let ran = cases.run_with(&[".", "-v", "--jobs", jobs], &["good"]);
        let names = ran
            .stdout
            .lines()
            .filter_map(|line| line.split_whitespace().nth(1));
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    let one = order("1");
    assert_eq!(one.len(), 13);
    assert!(one[..12].is_sorted(), "{one:?}");
    assert_eq!(order("7"), one);
}

#[test]
fn what_cannot_be_run_is_refused_with_a_reason() {
    let cases = three();
    let refused = |arguments: &[&str], says: &str| {
        let ran = cases.harness(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(says), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments:?}");
    };
    let node = fake::node().to_str().unwrap();
    refused(&["run"], "there is no folder or case named cases");
    refused(
        &["run", "nowhere", "--bin", node],
        "no folder or case named nowhere",
    );
    refused(
        &["run", ".", "--bin", "nowhere"],
        "--bin nowhere: there is no such file",
    );
    refused(&["run", ".", "--bin", "a"], "--bin a is a folder");
    refused(&["run", ".", "--bin", "sh"], "not looked up in $PATH");
    refused(
        &["run", ".", "--bin", node, "--filter", "zzz"],
        "no case in . has `zzz`",
    );
    refused(&["run", ".", "--bin", node, "--timeout", "0s"], "above 0");
    refused(
        &["run", ".", "--bin", node, "--timeout", "5x"],
        "a number of seconds above 0, or have its unit, as in 20, 0.5 or 300ms",
    );
    refused(
        &["run", ".", "--bin", node, "--jobs", "0"],
        "a number from 1 to ",
    );
    refused(&["run", ".", "--bin", node, "--timeout", "-1s"], "above 0");
    refused(&["run", "--unknown"], "--unknown");
    let empty = Cases::new();
    let ran = empty.harness(&["run", ".", "--bin", node]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("no case in ."), "{}", ran.stderr);
}

#[test]
fn a_bad_case_is_named_with_its_place_and_the_others_run() {
    let cases = three();
    cases.add("a/bad", &format!("# Bad\n@tiemout 3s\n{PING}"), PONG);
    let ran = cases.run_with(&["."], &["good"]);
    ran.check(
        2,
        &[
            "ERROR ./a/bad.in",
            "./a/bad.in:2:1: there is no directive `@tiemout`; did you mean `@timeout`?",
            "1 case could not be run",
        ],
        "golden: 2 passed, 1 failed, 1 skipped",
    );
    let ran = cases.harness(&["list", "."]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("./a/bad.in:2:1"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_searched_is_told_by_every_command() {
    let cases = three();
    std::os::unix::fs::symlink("nowhere", cases.path().join("b/broken.in")).unwrap();
    let node = fake::node().to_str().unwrap();
    for (command, said) in [
        ("list", "./a/one.in  The first\n"),
        ("config", "  timeout    5s"),
    ] {
        let ran = cases.harness(&[command, "."]);
        assert_eq!(ran.status, 2, "{command}: {}", ran.stdout);
        assert!(ran.stdout.contains(said), "{command}: {}", ran.stdout);
        let says = "error: ./b/broken.in: No such file";
        assert!(ran.stderr.contains(says), "{command}: {}", ran.stderr);
    }
    for command in ["bless", "audit"] {
        let ran = cases.harness(&[command, ".", "--bin", node]);
        assert_eq!(ran.status, 2, "{command}: {}", ran.stdout);
        assert!(ran.stderr.contains("./b/broken.in: No such file"));
    }
    cases.run_with(&["."], &["good"]).check(
        2,
        &["ERROR ./b/broken.in: No such file"],
        "golden: 2 passed, 1 failed, 1 skipped",
    );
}

#[test]
fn a_case_without_expected_fails_and_an_expected_without_case_is_reported() {
    let cases = three();
    cases.write("a/new.in", PING);
    cases.write("lost.expected", PONG);
    cases.run_with(&["."], &["good"]).check(
        1,
        &[
            "FAIL ./a/new.in",
            "there is no ./a/new.expected",
            "WARN ./lost.expected: nothing checks it: there is no ./lost.in",
        ],
        "golden: 2 passed, 1 failed, 1 skipped",
    );
    // Whoever asks for some cases asks for no others.
    let some = cases.run_with(&[".", "--filter", "one"], &["good"]);
    some.check(0, &[], "golden: 1 passed, 0 failed");
    some.never_says("lost");
}

#[test]
fn the_command_line_beats_the_case() {
    let cases = Cases::new();
    cases.add(
        "args",
        "@args arguments 'of the case'\n@timeout 100s\nx\n",
        "[\"arguments\", \"of the case\"] None\n",
    );
    let node = fake::node().to_str().unwrap();
    cases
        .harness(&["run", ".", "--bin", node])
        .check(0, &[], "golden: 1 passed, 0 failed");
    cases
        .harness(&["run", ".", "--bin", node, "--", "arguments", "of the line"])
        .check(1, &[], "golden: 0 passed, 1 failed");
    cases
        .harness(&[
            "run",
            ".",
            "--bin",
            node,
            "--timeout",
            "200ms",
            "--",
            "deaf",
        ])
        .check(1, &["timed out after 200ms"], "golden: 0 passed, 1 failed");
}

#[test]
fn a_sleep_lets_time_pass_between_messages() {
    let kind = |kind: &str| PONG.replace("ping_ok", kind);
    let expected = format!("{}{}{}", kind("quick"), kind("slow"), kind("quick"));
    fake::sooner_or_later(["300", "4000"], |milliseconds| {
        let input = format!("@timeout 60s\n{PING}@sleep {milliseconds}ms\n{PING}{PING}");
        Cases::one(&input, &expected)
            .run_with(&["."], &["elapsed", milliseconds])
            .check(0, &[], "golden: 1 passed, 0 failed");
    });
}

#[test]
fn without_bin_the_node_beside_the_harness_is_run_in_its_repository_and_nowhere_else() {
    // Linked, not copied: a file that was just written may still be open in a fork of another test.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let harness = folder.path().join("harness");
    std::os::unix::fs::symlink(fake::node(), folder.path().join("node")).unwrap();
    std::fs::hard_link(assert_cmd::cargo::cargo_bin!("harness"), &harness).unwrap();
    let manifest = "[workspace]\nmembers = [\"node\", \"harness\"]\n";
    std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    std::fs::write(folder.path().join("case.in"), PING).unwrap();
    std::fs::write(folder.path().join("case.expected"), PONG).unwrap();
    let cases = three();
    let run = |folder: &std::path::Path, arguments: &[&str]| {
        let mut command = std::process::Command::new(&harness);
        let command = fake::outside_ci(command.args(arguments));
        cases.ran_in(folder, command)
    };
    let ran = run(folder.path(), &["run", "case.in", "--format", "json"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("\"bin\":\"node\""), "{}", ran.stdout);
    for command in ["run", "watch", "bless", "audit"] {
        let ran = run(cases.path(), &[command, "."]);
        assert_eq!(ran.status, 2, "{command}: {}{}", ran.stdout, ran.stderr);
        let says = "no node is named: name it, as in `--bin my_node.py`";
        assert!(ran.stderr.contains(says), "{command}: {}", ran.stderr);
    }
    let ran = run(cases.path(), &["test", "--time-limit", "1"]);
    assert_eq!(ran.status, 2, "{}", ran.stdout);
    assert!(ran.stderr.contains("no node is named"), "{}", ran.stderr);
    let ran = run(cases.path(), &["config", "."]);
    assert!(
        ran.stdout.contains("bin        -  (default)"),
        "{}",
        ran.stdout
    );

    std::fs::remove_file(folder.path().join("node")).unwrap();
    let ran = run(folder.path(), &["run", "case.in"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("no node is built at") && ran.stderr.contains("--bin PATH"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_harness_toml_sets_defaults_for_what_lies_below() {
    let cases = Cases::new();
    let node = fake::node().to_str().unwrap();
    cases.write(
        "harness.toml",
        &format!(
            "bin = {node:?}\ntimeout = \"9s\"\nmatch = \"prefix\"\n[env]\nGREETING = \"far\"\n"
        ),
    );
    cases.write(
        "a/harness.toml",
        "args = [\"arguments\", \"a b\"]\nmatch = \"exact\"\n[env]\nGREETING = \"near\"\n",
    );
    cases.add("a/args", "x\n", "[\"arguments\", \"a b\"] Some(\"near\")\n");
    cases.add(
        "a/own",
        "@args arguments own\n@env GREETING=own\nx\n",
        "[\"arguments\", \"own\"] Some(\"own\")\n",
    );
    cases.add("b/prefix", &PING.repeat(2), PONG);
    cases
        .harness(&["run", "."])
        .check(0, &[], "golden: 3 passed, 0 failed");
    cases
        .harness(&["run", "a/own.in"])
        .check(0, &[], "golden: 1 passed, 0 failed");
    let ran = cases.harness(&["run", ".", "--", "arguments", "line"]);
    ran.check(
        1,
        &["FAIL ./a/args.in", "FAIL ./a/own.in", "FAIL ./b/prefix.in"],
        "golden: 0 passed, 3 failed",
    );

    let ran = cases.harness(&["config", "a/own", "--timeout", "3s"]);
    let wanted = format!(
        "a/own.in
  bin        {node}  (harness.toml:1)
  args       arguments own  (a/own.in:1)
  cwd        a fresh folder  (default)
  timeout    3s  (command line)
  output-max 2 MiB  (default)
  match      exact  (a/harness.toml:2)
  msg_id     renamed  (default)
  pace       lockstep  (default)
  exit       any  (default)
  ignore     -  (default)
  service    -  (default)
  env        GREETING=far  (harness.toml:5)
  env        GREETING=near  (a/harness.toml:4)
  env        GREETING=own  (a/own.in:2)
"
    );
    assert_eq!(ran.stdout, wanted, "{}", ran.stderr);
}

#[test]
fn a_bad_harness_toml_is_an_error_with_its_place() {
    let cases = three();
    cases.write("a/harness.toml", "args = []\ntimeuot = \"5s\"\n");
    cases.run_with(&["."], &["good"]).check(
        2,
        &[
            "ERROR ./a/one.in",
            "a/harness.toml:2:1: there is no key `timeuot`; did you mean `timeout`?",
        ],
        "golden: 0 passed, 2 failed, 1 skipped",
    );
}

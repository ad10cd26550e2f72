//! Many nodes over the same cases in one command: in turn, with a table at the end.

use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::Duration;
use std::{fs, iter, thread};

use roxmltree::Document;
use serde_json::Value;

use crate::fake::{self, Cases, processes_with, wait_for};

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const PONG: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"ping_ok\",\"in_reply_to\":1}}\n";

/// Three cases in two folders, and the nodes of three students: `ann` is right, `bob` writes a log line to
/// stdout, and `eve` crashes.
fn course() -> Cases {
    let cases = Cases::new();
    for name in ["cases/echo/one", "cases/echo/two", "cases/read/one"] {
        cases.add(name, PING, PONG);
    }
    for (name, way) in [("ann", "good"), ("bob", "garbage"), ("eve", "exits-early")] {
        student(&cases, name, way);
    }
    cases
}

fn student(cases: &Cases, name: &str, way: &str) {
    script(cases, &format!("students/{name}/node.sh"), way);
}

/// A node that goes this way.
fn script(cases: &Cases, file: &str, way: &str) {
    let node = fake::node().display();
    cases.write(file, &format!("#!/bin/sh\nexec '{node}' {way} \"$@\"\n"));
    let path = cases.path().join(file);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn records(text: &str) -> Vec<Value> {
    let lines = text.lines().map(serde_json::from_str);
    lines.map(Result::unwrap).collect()
}

/// The table: from its heads to the line before the last one.
fn table(stdout: &str) -> Vec<&str> {
    let lines = stdout
        .lines()
        .skip_while(|line| !line.starts_with("node  "));
    let mut lines: Vec<_> = lines.collect();
    lines.pop();
    lines
}

const ALL: [&str; 4] = ["run", "cases", "--bin", "students/*/node.sh"];

#[test]
fn glob_runs_each_node_in_turn_and_tells_a_table() {
    let cases = course();
    let ran = cases.harness(&ALL);
    let says = [
        "ann: 3 passed, 0 failed\n\nnode bob: students/bob/node.sh\nFAIL ",
        "again: ",
        " run --bin students/bob/node.sh cases/echo/one.in\n",
        "2 more cases fail with the same cause as cases/echo/one.in:\n",
        "bob: 0 passed, 3 failed\n\nnode eve: students/eve/node.sh\n",
    ];
    ran.check(1, &says, "golden: 3 passed, 6 failed; 1 of 3 nodes passed");
    assert!(
        ran.stdout
            .starts_with("node ann: students/ann/node.sh\nann: 3 passed"),
        "{}",
        ran.stdout
    );
    let table = table(&ran.stdout);
    assert_eq!(table.len(), 4, "{}", ran.stdout);
    assert_eq!(table[0], "node  echo  read  all  commonest cause");
    assert_eq!(table[1], "ann   2/0   1/0   3/0");
    assert!(
        table[2]
            .starts_with("bob   0/2   0/1   0/3  3x stdout line 1 is no JSON: is it a log line"),
        "{}",
        table[2]
    );
    assert!(
        table[3].starts_with("eve   0/2   0/1   0/3  3x the node "),
        "{}",
        table[3]
    );
}

#[test]
fn several_files_and_globs_are_nodes_each_once() {
    let cases = course();
    let bins = [
        "--bin",
        "./students/eve/node.sh",
        "--bin",
        "students/[ae]*/*.sh",
    ];
    let ran = cases.harness(&[&["run", "cases"], &bins[..]].concat());
    ran.check(1, &[], "golden: 3 passed, 3 failed; 1 of 2 nodes passed");
    let names: Vec<_> = table(&ran.stdout)
        .iter()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(names, ["node", "eve", "ann"]);
}

#[test]
fn glob_with_one_match_is_one_node_and_one_with_none_is_refused() {
    let cases = course();
    let run = |bin: &str| cases.harness(&["run", "cases", "--bin", bin]);
    let ran = run("students/a*/node.sh");
    ran.check(0, &[], "golden: 3 passed, 0 failed");
    assert_eq!(ran.stdout, "golden: 3 passed, 0 failed\n");
    let ran = run("students/*/node.py");
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert_eq!(
        ran.stderr,
        "error: --bin students/*/node.py: no file matches it; * stands for anything but /, and ** for folders\n"
    );
    // Folders are no nodes.
    assert_eq!(run("students/*").status, 2);
    // What is there is no glob.
    script(&cases, "odd[1].sh", "good");
    script(&cases, "odd1.sh", "silent");
    run("odd[1].sh").check(0, &[], "golden: 3 passed, 0 failed");
}

#[test]
fn missing_node_is_told_and_the_others_run() {
    let cases = course();
    let bins = ["students/ann/node.sh", "students/zed/node.sh", "cases"];
    let bins = bins.iter().flat_map(|bin| ["--bin", bin]);
    let reports = ["--junit", "junit.xml", "--json", "run.jsonl"];
    let arguments: Vec<_> = ["run", "cases"]
        .into_iter()
        .chain(bins)
        .chain(reports)
        .collect();
    let ran = cases.harness(&arguments);
    let says = [
        "ann/node.sh: 3 passed, 0 failed\n\nnode zed/node.sh: students/zed/node.sh\nERROR zed/node.sh: ",
        "ERROR cases: --bin cases is a folder; name the file to run\n",
    ];
    ran.check(2, &says, "golden: 3 passed, 0 failed; 1 of 3 nodes passed");
    let table = table(&ran.stdout);
    assert!(
        table[2].contains("  not run: --bin students/zed/node.sh"),
        "{}",
        ran.stdout
    );
    let records = records(&cases.read("run.jsonl"));
    let zed = records
        .iter()
        .find(|record| record["name"] == "zed/node.sh")
        .unwrap();
    assert!(
        zed["not_run"]
            .as_str()
            .unwrap()
            .contains("students/zed/node.sh")
    );
    assert_eq!((&zed["exit"], &zed["end"]), (&2.into(), &Value::Null));
    let text = cases.read("junit.xml");
    let xml = Document::parse(&text).unwrap();
    assert_eq!(xml.root_element().attribute("errors"), Some("2"), "{text}");
}

#[test]
fn reports_name_the_node_of_each_case() {
    let cases = course();
    let reports = ["--junit", "junit.xml", "--format", "json"];
    let ran = cases.harness(&[&ALL[..], &reports].concat());
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
    let records = records(&ran.stdout);
    let brief: Vec<_> = records
        .iter()
        .map(|record| {
            let name = record.get("node").or(record.get("name"));
            let name = name.and_then(Value::as_str).unwrap_or_default();
            format!("{} {name}", record["type"].as_str().unwrap())
        })
        .collect();
    let of = |name: &str| {
        let case = iter::repeat_n(format!("case {name}"), 3);
        case.chain([format!("node {name}")]).collect::<Vec<_>>()
    };
    let all = [
        vec!["run ".to_owned()],
        of("ann"),
        of("bob"),
        of("eve"),
        vec!["summary ".to_owned()],
    ];
    assert_eq!(brief, all.concat());
    assert_eq!(
        (&records[0]["nodes"], &records[0]["bin"]),
        (&3.into(), &Value::Null)
    );
    let bob = &records[8];
    assert_eq!(
        (&bob["failed"], &bob["exit"], &bob["commonest"]["cases"]),
        (&3.into(), &1.into(), &3.into())
    );
    assert_eq!(bob["bin"], "students/bob/node.sh");
    let summary = records.last().unwrap();
    assert_eq!(
        (&summary["passed"], &summary["failed"], &summary["exit"]),
        (&3.into(), &6.into(), &1.into())
    );
    let text = cases.read("junit.xml");
    let xml = Document::parse(&text).unwrap();
    let classes: Vec<_> = xml
        .descendants()
        .filter(|node| node.has_tag_name("testcase"))
        .filter_map(|case| {
            Some(format!(
                "{}/{}",
                case.attribute("classname")?,
                case.attribute("name")?
            ))
        })
        .collect();
    assert_eq!(classes.len(), 9);
    assert_eq!(
        classes[..3],
        [
            "ann: cases/echo/one",
            "ann: cases/echo/two",
            "ann: cases/read/one"
        ]
    );
    assert!(
        text.contains("<property name=\"bin\" value=\"students/eve/node.sh\"/>"),
        "{text}"
    );
}

#[test]
fn pages_name_the_node_of_each_failure() {
    let cases = course();
    let (page, summary) = ("run.html", cases.path().join("summary.md"));
    let variables = [("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
    let run = |bins: &[&str]| {
        let bins = bins.iter().flat_map(|bin| ["--bin", bin]);
        let arguments = ["run", "cases", "--html", page].into_iter().chain(bins);
        cases
            .harness_in(&variables, &arguments.collect::<Vec<_>>())
            .status
    };
    assert_eq!(run(&["students/*/node.sh"]), 1);
    let html = cases.read(page);
    for says in [
        "several nodes",
        ">failed<",
        "bob: cases/echo/one.in",
        "eve: cases/read/one.in",
        "<th class=\"green\">ann</th><td>3</td><td>0</td><td>0</td><td class=\"cause\"></td>",
        "<th class=\"red\"><a href=\"#case-1\">bob</a></th><td>0</td><td>3</td><td>0</td>\
         <td class=\"cause\">3x stdout line 1 is no JSON",
        "<a href=\"#case-4\">eve</a>",
    ] {
        assert!(html.contains(says), "no {says} in {html}");
    }
    let text = cases.read("summary.md");
    for says in [
        "| ann | 3 | 0 |  |\n",
        "| bob | 0 | 3 | 3x ",
        "| bob&#58; cases/echo/one.in | ",
    ] {
        assert!(text.contains(says), "no {says} in {text}");
    }
    // Where all cases pass that were run.
    assert_eq!(run(&["students/ann/node.sh", "none.sh"]), 2);
    let html = cases.read(page);
    assert!(
        html.contains(">failed<") && html.contains("<a href=\"#case-1\">none.sh</a></th><td></td>"),
        "{html}"
    );
    assert!(
        cases
            .read("summary.md")
            .contains("| none.sh | 0 | 0 | not run&#58; ")
    );
}

#[test]
fn quiet_tells_the_first_lines_below_the_node_and_the_table() {
    let cases = course();
    let ran = cases.harness(&[&ALL[..], &["--quiet"]].concat());
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "node bob: students/bob/node.sh", "{}", ran.stdout);
    assert_eq!(lines[1], "FAIL cases/echo/one.in");
    assert_eq!(lines[4], "node eve: students/eve/node.sh");
    ran.check(
        1,
        &["\nann   2/0   1/0   3/0\n"],
        "golden: 3 passed, 6 failed; 1 of 3 nodes passed",
    );
}

#[test]
fn failures_are_limited_and_remembered_for_each_node() {
    let cases = course();
    let ran = cases.harness(&[&ALL[..], &["--fail-fast", "--jobs", "1"]].concat());
    let says = [
        "that is enough failures: 2 cases not run\nbob: 0 passed, 1 failed\n",
        "0/1  2 not begun; 1x ",
    ];
    ran.check(1, &says, "golden: 3 passed, 2 failed; 1 of 3 nodes passed");
    cases.harness(&ALL);
    let failed = || cases.harness(&[&ALL[..], &["--failed"]].concat());
    let ran = failed();
    let says = [
        "node ann: students/ann/node.sh\nno selected case failed when last run from this folder with `--bin students/ann/node.sh`",
        "--failed: the 3 cases that failed when last run from this folder with `--bin students/bob/node.sh`",
    ];
    ran.check(1, &says, "golden: 0 passed, 6 failed; 0 of 3 nodes passed");
    student(&cases, "bob", "good");
    student(&cases, "eve", "good");
    failed().check(0, &[], "golden: 6 passed, 0 failed; 2 of 3 nodes passed");
    // Now no node has anything to run.
    failed().check(2, &[], "golden: 0 passed, 0 failed; 0 of 3 nodes passed");
    student(&cases, "new", "good");
    let says = "ERROR new: --failed: no earlier run from this folder with `--bin students/new/node.sh` is stored";
    failed().check(
        2,
        &[says],
        "golden: 0 passed, 0 failed; 0 of 4 nodes passed",
    );
}

#[test]
fn command_line_beats_the_nodes_of_cases() {
    let cases = course();
    cases.write(
        "cases/harness.toml",
        "bin = \"../students/bob/node.sh\"\nargs = [\"x\"]\n",
    );
    cases
        .harness(&["run", "cases"])
        .check(1, &[], "golden: 0 passed, 3 failed");
    let bins = [
        "--bin",
        "students/ann/node.sh",
        "--bin",
        "students/eve/node.sh",
    ];
    let ran = cases.harness(&[&["run", "cases"], &bins[..]].concat());
    ran.check(
        1,
        &["ann: 3 passed, 0 failed"],
        "golden: 3 passed, 3 failed; 1 of 2 nodes passed",
    );
}

#[test]
fn names_of_nodes_act_nowhere() {
    let cases = course();
    student(&cases, "\u{1b}[31mred\u{202e}", "python");
    let ran = cases.harness(&[&ALL[..], &["--junit", "junit.xml", "--json", "run.jsonl"]].concat());
    ran.check(
        1,
        &["\\u{1b}[31mred\\u{202e}: 0 passed, 3 failed"],
        "golden: 3 passed, 9 failed; 1 of 4 nodes passed",
    );
    for text in [ran.stdout, cases.read("junit.xml"), cases.read("run.jsonl")] {
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    }
}

#[test]
fn commands_that_are_about_one_node_refuse_several() {
    let cases = course();
    let says = "3 nodes are named, and only `harness run` takes several";
    for command in ["bless", "audit", "watch", "config"] {
        let ran = cases.harness(&[&[command], &ALL[1..]].concat());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{command}");
        assert!(ran.stderr.contains(says), "{command}: {}", ran.stderr);
    }
    let one = [
        "bless",
        "cases",
        "--dry-run",
        "--bin",
        "students/a*/node.sh",
    ];
    assert_eq!(cases.harness(&one).status, 0);
}

#[test]
fn interrupt_ends_all_nodes_and_the_table_has_what_was_finished() {
    let cases = course();
    student(&cases, "bob", &format!("deaf '{}'", cases.token()));
    let harness = fake::harness()
        .args(ALL)
        .args(["--jobs", "1", "--timeout", "100s"])
        .current_dir(cases.path())
        .env("XDG_CACHE_HOME", cases.path().join(".cache"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("node", || {
        (!processes_with(&format!("deaf {}", cases.token())).is_empty()).then_some(())
    });
    let pid = rustix::process::Pid::from_child(&harness);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = harness.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stdout}");
    let table = table(&stdout);
    assert_eq!(table[1], "ann   2/0   1/0   3/0", "{stdout}");
    assert!(
        table[2].starts_with("bob   ") && table[2].ends_with("  interrupted"),
        "{stdout}"
    );
    assert_eq!(table[3], "1 node was not begun", "{stdout}");
    assert!(
        stdout.ends_with("golden: 3 passed, 0 failed; 1 of 3 nodes passed\n"),
        "{stdout}"
    );
}

#[test]
fn list_names_the_nodes_with_programs_and_arguments() {
    let cases = course();
    fs::create_dir(cases.path().join("lists")).unwrap();
    let node = fake::node().to_str().unwrap();
    let list = format!(
        "# the course\nann: ../students/ann/node.sh\nBob Lee: {node} garbage\n\nsh: /bin/sh ../students/ann/node.sh\n"
    );
    cases.write("lists/nodes", &list);
    let run =
        |more: &[&str]| cases.harness(&[&["run", "cases", "--bins", "lists/nodes"], more].concat());
    let ran = run(&[]);
    let absolute = cases.path().join("lists/../students/ann/node.sh");
    let says = [
        "node ann: lists/../students/ann/node.sh\nann: 3 passed, 0 failed\n",
        &format!("node Bob Lee: {node} garbage\n"),
        &format!("node sh: /bin/sh {}\nsh: 3 passed", absolute.display()),
        &format!(
            "again: {} run --bin {node} cases/echo/one.in -- garbage\n",
            assert_cmd::cargo::cargo_bin!("harness").display()
        ),
        "\nBob Lee  0/2   0/1   0/3  3x ",
    ];
    ran.check(1, &says, "golden: 6 passed, 3 failed; 2 of 3 nodes passed");
    // What stands behind -- is for lines without arguments.
    cases.write("lists/nodes", &format!("a: {node}\nb: {node} good\n"));
    let ran = run(&["--", "garbage"]);
    ran.check(
        1,
        &["a: 0 passed, 3 failed", "b: 3 passed"],
        "golden: 3 passed, 3 failed; 1 of 2 nodes passed",
    );
    cases.write("lists/nodes", &format!("a: {node}\n"));
    assert_eq!(run(&[]).stdout, "golden: 3 passed, 0 failed\n");
}

#[test]
fn what_is_wrong_with_a_list_is_told_with_its_line() {
    let cases = course();
    let refuses = |says: &str| {
        let ran = cases.harness(&["run", "cases", "--bins", "nodes"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains(says), "no {says:?} in {}", ran.stderr);
    };
    refuses("error: --bins nodes can't be read: ");
    for (list, says) in [
        (
            "a: x\nb\n",
            "error: --bins nodes:2: a node is `NAME: PROGRAM ARGUMENTS`",
        ),
        (
            "a: x\na: y\n",
            "error: --bins nodes:2: the name a stands on line 1 already",
        ),
        ("# none\n", "error: --bins nodes:1: no line names a node"),
    ] {
        cases.write("nodes", list);
        refuses(says);
    }
    fs::write(cases.path().join("nodes"), b"a: x\nb: \xff\n").unwrap();
    refuses("error: --bins nodes:2: ");
    let both = cases.harness(&["run", "cases", "--bins", "nodes", "--bin", "x"]);
    assert!(
        both.status == 2 && both.stderr.contains("cannot be used with"),
        "{}",
        both.stderr
    );
}

/// More nodes than cores, as a course has them: run them all in one command, and each by itself.
#[test]
#[ignore = "measures times: for a machine that does nothing else"]
fn matrix_costs_no_more_than_its_runs() {
    const NODES: usize = 12;
    let cases = Cases::new();
    for number in 0..150 {
        cases.add(&format!("cases/{}/case-{number}", number % 8), PING, PONG);
    }
    for number in 0..NODES {
        student(&cases, &format!("s{number:02}"), "good");
    }
    let run = |bin: &str, more: &[&str]| {
        let ran = cases.harness(&[&["run", "cases", "--bin", bin], more].concat());
        assert_eq!(ran.status, 0, "{}", ran.stdout);
        ran.elapsed
    };
    let singles = (0..NODES).map(|number| format!("students/s{number:02}/node.sh"));
    let singles: Duration = singles.map(|bin| run(&bin, &["--jobs", "1"])).sum();
    let matrix = run("students/*/node.sh", &[]);
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let ratio =
        matrix.as_secs_f64() * f64::from(u32::try_from(cores).unwrap()) / singles.as_secs_f64();
    assert!(
        ratio <= 1.2,
        "{matrix:?} for what takes {singles:?} on {cores} cores: {ratio:.2}"
    );
}

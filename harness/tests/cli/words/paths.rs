//! Files that lead elsewhere, have no end, or are none: cases reach nothing out of their folder.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::time::Duration;

use crate::fake::{self, Cases};

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const PONG: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"pong\",\"in_reply_to\":1}}\n";

/// The harness, with so much memory and time that the machine is none the worse if it wants all.
fn limited() -> Command {
    let harness = assert_cmd::cargo::cargo_bin!("harness");
    let script = "ulimit -v 2000000; exec timeout 20 \"$0\" \"$@\"";
    let mut limited = Command::new("sh");
    limited.args(["-c", script]).arg(harness);
    limited.env_remove("CI").env_remove("GITHUB_ACTIONS");
    limited
}

/// A folder of cases beside a file that is none of its business.
fn beside() -> Cases {
    let cases = Cases::new();
    cases.write("mine", "mine");
    cases.write("cases/case.in", PING);
    cases
}

#[test]
fn a_blessing_writes_nothing_out_of_the_folder_of_the_case() {
    let bless = |cases: &Cases| {
        let node = fake::node().to_str().unwrap();
        cases.harness(&["bless", "cases", "--bin", node, "--", "good"])
    };
    for (target, text) in [("../mine", PONG), ("../mine", "")] {
        let cases = beside();
        cases.write("mine", text);
        symlink(target, cases.path().join("cases/case.expected")).unwrap();
        let ran = bless(&cases);
        assert_eq!(cases.read("mine"), text, "{}", ran.stdout);
        let says = [
            "ERROR cases/case.expected",
            "leads out of its folder, to ",
            "/mine",
        ];
        ran.check(2, &says, "bless: 0 new, 0 changed, 0 unchanged, 1 failed");
    }
    // By an absolute path, and by way of a folder.
    let cases = beside();
    cases.write("elsewhere/case.expected", PONG);
    symlink(
        cases.path().join("elsewhere"),
        cases.path().join("cases/sub"),
    )
    .unwrap();
    symlink(
        "sub/case.expected",
        cases.path().join("cases/case.expected"),
    )
    .unwrap();
    bless(&cases).check(
        2,
        &["leads out of its folder"],
        "bless: 0 new, 0 changed, 0 unchanged, 1 failed",
    );
    assert_eq!(cases.read("elsewhere/case.expected"), PONG);

    // One that stays within stays a link; one that leads nowhere is neither made nor followed.
    let cases = beside();
    cases.write("cases/shared/golden", PONG);
    let link = cases.path().join("cases/case.expected");
    symlink("shared/golden", &link).unwrap();
    bless(&cases).check(0, &[], "bless: 0 new, 1 changed, 0 unchanged");
    assert!(cases.read("cases/shared/golden").contains("ping_ok"));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

    let cases = beside();
    symlink("../new", cases.path().join("cases/case.expected")).unwrap();
    let ran = bless(&cases);
    assert_eq!(ran.status, 2, "{}", ran.stdout);
    assert!(!cases.path().join("new").exists());
}

#[test]
fn a_file_without_end_and_one_that_is_none_is_named_and_not_read() {
    let cases = Cases::new();
    let all: Vec<_> = ["case.in", "case.expected", "harness.toml"]
        .into_iter()
        .flat_map(|file| ["zero", "fifo", "folder"].map(|what| (file, what)))
        .collect();
    for (file, what) in &all {
        let folder = format!("{file}-{what}");
        cases.add(&format!("{folder}/case"), PING, PONG);
        let path = cases.path().join(folder).join(file);
        let _ = fs::remove_file(&path);
        match *what {
            "fifo" => {
                let made = Command::new("mkfifo").arg(&path).status().unwrap();
                assert!(made.success());
            }
            "folder" => fs::create_dir(&path).unwrap(),
            _ => symlink("/dev/zero", &path).unwrap(),
        }
    }
    for command in ["run", "list", "config", "audit", "bless"] {
        let node = fake::node().to_str().unwrap();
        let mut arguments = vec![command, "."];
        match command {
            "list" => {}
            "config" => arguments.extend(["--bin", node]),
            _ => arguments.extend(["--bin", node, "--", "good"]),
        }
        let ran = cases.ran(limited().args(&arguments));
        let said = format!("{command}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.status, 2, "{said}");
        assert!(ran.elapsed < Duration::from_secs(15), "{said}");
        for (file, what) in all.iter().filter(|(file, _)| *file != "case.in") {
            let wrong = format!("{file}-{what}/{file}: it is no file");
            assert!(said.contains(&wrong), "{wrong}: {said}");
        }
    }
}

#[test]
fn a_stored_run_that_leads_elsewhere_is_neither_written_through_nor_read_without_end() {
    let cases = Cases::new();
    cases.write("mine", "mine");
    cases.write("out/history.jsonl", "");
    fs::create_dir(cases.path().join("out/nodes")).unwrap();
    for file in [
        "messages.jsonl",
        "results.json",
        "report.html",
        "nodes/n0.log",
    ] {
        let up = if file.contains('/') {
            "../../mine"
        } else {
            "../mine"
        };
        symlink(up, cases.path().join("out").join(file)).unwrap();
    }
    fs::remove_file(cases.path().join("out/history.jsonl")).unwrap();
    symlink("../mine", cases.path().join("out/history.jsonl")).unwrap();
    let node = fake::cluster_node().to_str().unwrap();
    let test = [
        "test",
        "--bin",
        node,
        "--node-count",
        "1",
        "--time-limit",
        "0.3",
        "--recovery",
        "0.1",
        "--rate",
        "60",
        "--concurrency",
        "20n",
        "--seed",
        "1",
        "--out",
        "out",
    ];
    let ran = cases.harness(&[&test[..], &["--", "tells-arguments"]].concat());
    assert_eq!(cases.read("mine"), "mine", "{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(cases.read("out/nodes/n0.log").contains("arguments"));

    // A folder of logs that is one elsewhere.
    fs::remove_dir_all(cases.path().join("out/nodes")).unwrap();
    fs::create_dir(cases.path().join("logs")).unwrap();
    symlink("../logs", cases.path().join("out/nodes")).unwrap();
    let ran = cases.harness(&[&test[..], &["--", "tells-arguments"]].concat());
    assert_eq!(fs::read_dir(cases.path().join("logs")).unwrap().count(), 0);
    assert_eq!(ran.status, 2, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.contains("its folder nodes is a link"),
        "{}",
        ran.stderr
    );

    for file in ["history.jsonl", "messages.jsonl"] {
        let stored = Cases::new();
        stored.write("run/history.jsonl", &cases.read("out/history.jsonl"));
        stored.write("run/messages.jsonl", &cases.read("out/messages.jsonl"));
        fs::remove_file(stored.path().join("run").join(file)).unwrap();
        symlink("/dev/zero", stored.path().join("run").join(file)).unwrap();
        let ran = stored.ran(limited().args(["check", "run"]));
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains(file), "{}", ran.stderr);
        assert!(ran.stderr.contains("it is no file"), "{}", ran.stderr);
    }
}

#[test]
fn a_node_has_no_name_that_is_a_path() {
    for nodes in ["../n0", "/n0", "a/../n1", "..", ".", ".n", "a\\b", ""] {
        let cases = Cases::new();
        let node = fake::cluster_node().to_str().unwrap();
        let ran = cases.harness(&[
            "test",
            "--bin",
            node,
            &format!("--nodes={nodes}"),
            "--out",
            "out",
        ]);
        assert_eq!(ran.status, 2, "{nodes}: {}", ran.stderr);
        assert!(!cases.path().join("out").exists());
    }
}

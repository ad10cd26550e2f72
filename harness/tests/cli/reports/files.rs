//! Reports in files: whole or not at all, and where they were asked for.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use regex::Regex;
use roxmltree::Document;

use super::{PING, PONG, element, records};
use crate::fake::{self, Cases, processes_with, wait_for};

/// A pipe, and never a device of the system: where a test fails, it may be gone.
fn pipe(cases: &Cases) -> PathBuf {
    let pipe = cases.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    pipe
}

#[test]
fn a_report_that_cannot_be_written_is_an_error_before_anything_runs() {
    let cases = Cases::one(PING, PONG);
    cases.write("folder/x", "");
    cases.write("harness.toml", "cwd = \".\"\n");
    let refused = |arguments: &[&str], says: &str| {
        let arguments = [&["."], arguments].concat();
        let ran = cases.run_with(&arguments, &["fails-at-first", "starts", "0"]);
        assert_eq!(ran.status, 2, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
        assert!(!cases.path().join("starts").exists(), "a node was started");
    };
    for flag in ["--junit", "--json", "--html"] {
        refused(
            &[flag, "nowhere/x"],
            "the report nowhere/x can't be written: No such file",
        );
        refused(
            &[flag, "folder"],
            "the report folder can't be written: Is a directory",
        );
        refused(
            &[flag, "case.in/x"],
            "the report case.in/x can't be written",
        );
    }
    refused(
        &["--junit", "both", "--json", "folder/../both"],
        "two reports can't go into one file, both",
    );
    let mut names: Vec<_> = fs::read_dir(cases.path()).unwrap().collect();
    names.retain(|entry| {
        !entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("case")
    });
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_page_shows_each_failure_as_a_terminal_does_and_nothing_in_it_acts() {
    let cases = Cases::new();
    cases.add("good", PING, PONG);
    let evil = "</pre><script>alert(1)</script>\\u001b[5m";
    cases.add("bad", PING, &PONG.replace("ping_ok", evil));
    cases.add("<b>none", PING, &PONG.replace("ping_ok", "none"));
    let ran = cases.run_with(&[".", "--html", "page.html", "--verbose"], &["good"]);
    ran.check(1, &[], "golden: 1 passed, 2 failed");
    let page = cases.read("page.html");
    let head = page.split_once("</head>").unwrap().0;
    assert!(head.contains("default-src 'none'; style-src 'unsafe-inline'"));
    assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains('\u{1b}'));
    let tags = Regex::new("<[^>]*>").unwrap();
    let text = tags.replace_all(&page, "");
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    let text = text.replace("&quot;", "\"").replace("&amp;", "&");
    let own = ran.stdout.lines().filter(|line| line.starts_with("  "));
    for line in own {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(text.contains("1 passed, 2 failed, in "), "{text}");
    assert!(text.ends_with("The other cases./good.in"), "{text}");
    assert!(page.contains("href=\"#case-2\"") && page.contains("id=\"case-2\""));
}

#[test]
fn a_report_replaces_a_file_but_no_link_and_takes_no_other_rights() {
    let cases = Cases::one(PING, PONG);
    cases.write("real/report", "an old one");
    let real = cases.path().join("real/report");
    fs::set_permissions(&real, PermissionsExt::from_mode(0o640)).unwrap();
    let link = cases.path().join("link");
    symlink("real/report", &link).unwrap();
    cases
        .run_with(&[".", "--junit", "link", "--json", "new"], &["good"])
        .check(0, &[], "golden: 1 passed, 0 failed");
    Document::parse(&cases.read("real/report")).unwrap();
    assert!(fs::symlink_metadata(link).unwrap().is_symlink());
    let mode = |file: &str| {
        let metadata = fs::metadata(cases.path().join(file)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode("real/report"), 0o640);
    assert_eq!(mode("new"), mode("case.in"), "a file like any other");
}

#[test]
fn a_report_into_a_pipe_goes_through_it() {
    let cases = Cases::one(PING, PONG);
    let pipe = pipe(&cases);
    let reader = {
        let pipe = pipe.clone();
        thread::spawn(move || fs::read_to_string(pipe).unwrap())
    };
    let ran = cases.run_with(&[".", "--json", "pipe"], &["good"]);
    ran.check(0, &[], "golden: 1 passed, 0 failed");
    let kind = fs::symlink_metadata(&pipe).unwrap().file_type();
    assert!(kind.is_fifo(), "the pipe was replaced");
    assert_eq!(records(&reader.join().unwrap()).len(), 3);
}

#[test]
fn a_report_that_could_not_be_written_after_all_is_an_error() {
    let cases = Cases::one(&format!("{PING}@sleep 200ms\n{PING}"), &PONG.repeat(2));
    let pipe = pipe(&cases);
    let reader = thread::spawn(move || drop(fs::File::open(pipe).unwrap()));
    let arguments = [".", "--json", "pipe", "--junit", "junit.xml"];
    let ran = cases.run_with(&arguments, &["good"]);
    reader.join().unwrap();
    ran.check(2, &[], "golden: 1 passed, 0 failed");
    let says = "error: the report pipe can't be written: Broken pipe";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    Document::parse(&cases.read("junit.xml")).unwrap();
}

#[test]
fn what_is_open_already_is_not_replaced() {
    let cases = Cases::one(PING, PONG);
    let both = fs::File::create(cases.path().join("both")).unwrap();
    let mut harness = fake::harness();
    harness
        .args(["run", ".", "--json", "/dev/stdout", "--bin"])
        .arg(fake::node())
        .current_dir(cases.path())
        .stdout(both);
    assert!(harness.status().unwrap().success());
    let text = cases.read("both");
    assert!(text.contains("\"type\":\"summary\""), "{text}");
    assert!(text.contains("golden: 1 passed, 0 failed\n"), "{text}");
}

#[test]
fn an_interrupted_run_leaves_whole_reports_of_what_ran() {
    let cases = Cases::new();
    cases.add("a", &format!("@args good\n{PING}"), PONG);
    let deaf = format!("@timeout 100s\n@args deaf {}\n{PING}", cases.token());
    cases.add("b", &deaf, PONG);
    let harness = fake::harness()
        .args(["run", ".", "--jobs", "1", "--bin"])
        .arg(fake::node())
        .args(["--junit", "junit.xml", "--json", "run.jsonl"])
        .current_dir(cases.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("node", || {
        (!processes_with(cases.token()).is_empty()).then_some(())
    });
    assert!(!cases.path().join("junit.xml").exists(), "half a report");
    let pid = rustix::process::Pid::from_child(&harness);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = harness.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let records = records(&cases.read("run.jsonl"));
    let types: Vec<_> = records.iter().map(|record| &record["type"]).collect();
    assert_eq!(types, ["run", "case", "summary"]);
    assert_eq!(records[1]["result"], "passed");
    assert_eq!(records[2]["end"], "interrupted");
    assert_eq!(records[2]["exit"], 130);
    let text = cases.read("junit.xml");
    let xml = Document::parse(&text).unwrap();
    element(&xml, "a");
    let root = xml.root_element();
    assert_eq!(root.attribute("tests"), Some("2"));
    assert_eq!(root.attribute("errors"), Some("1"), "it is no good run");
    assert_eq!(
        fs::read_dir(cases.path()).unwrap().count(),
        6,
        "nothing else is left"
    );
}

#[test]
fn what_stdout_does_not_take_is_an_error() {
    let cases = Cases::one(PING, PONG);
    for format in ["human", "json"] {
        let output = fake::harness()
            .args(["run", ".", "--format", format, "--bin"])
            .arg(fake::node())
            .current_dir(cases.path())
            .stdout(fs::File::options().write(true).open("/dev/full").unwrap())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("No space left"), "{stderr}");
    }
    let ran = cases.run_with(&[".", "--json", "-"], &["good"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("--format json"), "{}", ran.stderr);
}

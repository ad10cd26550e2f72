//! What tells of a run to others than a person: files and logs that programs read.

mod annotations;
mod files;
mod schema;
mod step_summary;

use std::os::unix::fs::symlink;

use roxmltree::{Document, Node};
use serde_json::Value;

use crate::fake::{self, Cases, Ran};

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const PONG: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"ping_ok\",\"in_reply_to\":1}}\n";

/// A folder with a case for each result that one node can have.
fn all_results() -> Cases {
    let cases = Cases::new();
    let wrong = PONG.replace("ping_ok", "pong");
    cases.add("a/good", &format!("# Good, of course\n{PING}"), PONG);
    cases.add("a/wrong", &format!("# 100%: wrong\n{PING}"), &wrong);
    cases.add("a/xfail", &format!("@xfail not yet\n{PING}"), &wrong);
    cases.add("a/xpass", &format!("@xfail not yet\n{PING}"), PONG);
    cases.add("b/bad", &format!("# Bad\n@tiemout 3s\n{PING}"), PONG);
    cases.add("b/skipped", &format!("@skip not today\n{PING}"), PONG);
    cases.write("b/new.in", PING);
    cases.write("lost.expected", PONG);
    cases
}

/// The records on the lines of a text.
fn records(text: &str) -> Vec<Value> {
    let lines = text.lines().map(serde_json::from_str);
    lines.map(Result::unwrap).collect()
}

fn element<'a>(document: &'a Document<'_>, name: &str) -> Node<'a, 'a> {
    let found = |node: &Node<'_, '_>| node.attribute("name") == Some(name);
    document.descendants().find(found).unwrap()
}

fn child<'a>(case: Node<'a, 'a>, tag: &str) -> Node<'a, 'a> {
    let mut children = case.children();
    children.find(|child| child.has_tag_name(tag)).unwrap()
}

fn github(cases: &Cases, arguments: &[&str], way: &str) -> Ran {
    let mut harness = fake::harness();
    harness
        .args(["run", "--bin", fake::node().to_str().unwrap()])
        .args(arguments)
        .args(["--", way])
        .env("GITHUB_ACTIONS", "true")
        .env_remove("GITHUB_WORKSPACE");
    cases.ran(&mut harness)
}

/// Whether GitHub's runner takes a line for a command.
fn is_command(line: &&str) -> bool {
    line.trim_start().starts_with("::") || line.contains("##[")
}

#[test]
fn junit_has_a_suite_for_each_folder_and_a_test_case_for_each_case() {
    let cases = all_results();
    let ran = cases.run_with(&[".", "--junit", "junit.xml"], &["good"]);
    ran.check(2, &[], "golden: 2 passed, 4 failed, 1 skipped");
    let text = cases.read("junit.xml");
    let xml = Document::parse(&text).unwrap();
    let count = |name| xml.root_element().attribute(name).unwrap();
    let counts = ["tests", "failures", "errors", "skipped"].map(count);
    assert_eq!(counts, ["7", "3", "1", "2"]);
    let suites = xml
        .descendants()
        .filter(|node| node.has_tag_name("testsuite"));
    let suites: Vec<_> = suites.filter_map(|suite| suite.attribute("name")).collect();
    assert_eq!(suites, ["a", "b"]);

    let good = element(&xml, "good");
    assert_eq!(good.attribute("classname"), Some("a"));
    assert_eq!(good.attribute("file"), Some("a/good.in"));
    assert!(good.attribute("time").unwrap().parse::<f64>().unwrap() > 0.0);
    assert!(text.contains("value=\"Good, of course\""), "{text}");

    let failure = child(element(&xml, "wrong"), "failure");
    assert_eq!(failure.attribute("type"), Some("mismatch"));
    assert_eq!(
        failure.attribute("message"),
        Some("./a/wrong.expected:1: body.type should be \"pong\", is \"ping_ok\" (stdout line 1)")
    );
    let shown = failure.text().unwrap();
    assert!(
        shown.starts_with("FAIL ./a/wrong.in: 100%: wrong\n"),
        "{shown}"
    );
    assert!(
        ran.stdout.contains(shown),
        "{shown}\nis not in\n{}",
        ran.stdout
    );

    let bad = child(element(&xml, "bad"), "error");
    assert_eq!(bad.attribute("type"), Some("syntax"));
    assert!(bad.text().unwrap().contains("did you mean `@timeout`?"));
    let kinds = |name, tag| child(element(&xml, name), tag).attribute("type");
    assert_eq!(kinds("xpass", "failure"), Some("unexpected_pass"));
    assert_eq!(kinds("new", "failure"), Some("nothing_expected"));
    let said = |name| child(element(&xml, name), "skipped").attribute("message");
    assert_eq!(said("xfail"), Some("expected to fail: not yet"));
    assert_eq!(said("skipped"), Some("not today"));
    assert_eq!(kinds("xfail", "skipped"), Some("xfail"));
    assert_eq!(kinds("skipped", "skipped"), Some("skip"));
    let suite = element(&xml, "a").attribute("time").unwrap();
    assert!(suite.parse::<f64>().unwrap() > 0.0, "{suite}");
}

#[test]
fn a_flaky_case_passes_in_junit_and_its_first_failure_is_there() {
    let cases = Cases::one(PING, PONG);
    cases.write("harness.toml", "cwd = \".\"\n");
    let arguments = [".", "--retries", "2", "--junit", "junit.xml"];
    cases
        .run_with(&arguments, &["fails-at-first", "starts", "1"])
        .check(0, &[], "golden: 1 passed, 0 failed, 1 flaky");
    let text = cases.read("junit.xml");
    let xml = Document::parse(&text).unwrap();
    assert_eq!(xml.root_element().attribute("failures"), Some("0"));
    let flaky = child(element(&xml, "case"), "flakyFailure");
    assert_eq!(flaky.attribute("type"), Some("mismatch"));
    let shown = flaky.text().unwrap();
    assert!(
        shown.contains("it passed on try 2, after 1 failed try"),
        "{shown}"
    );
}

#[test]
fn several_reports_tell_of_one_run() {
    let cases = all_results();
    let arguments = [".", "--junit", "junit.xml", "--json", "run.jsonl"];
    let ran = github(&cases, &arguments, "good");
    ran.check(
        2,
        &["FAIL ./a/wrong.in", "::error file=a/wrong.expected"],
        "golden: 2 passed, 4 failed, 1 skipped",
    );
    let in_file = records(&cases.read("run.jsonl"));
    Document::parse(&cases.read("junit.xml")).unwrap();

    let ran = github(&cases, &[".", "--format", "json"], "good");
    assert_eq!(ran.status, 2);
    let on_stdout = records(&ran.stdout);
    let brief = |records: &[Value]| -> Vec<(Value, Value)> {
        let brief = |record: &Value| (record["type"].clone(), record["input"].clone());
        records.iter().map(brief).collect()
    };
    assert_eq!(brief(&in_file), brief(&on_stdout));
    let first = ran.stderr.lines().next().unwrap_or_default();
    assert!(first.starts_with("::error file="), "{}", ran.stderr);
}

#[test]
fn json_lines_say_what_became_of_each_case() {
    let cases = all_results();
    let ran = cases.run_with(&[".", "--format", "json"], &["good"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (2, ""));
    let records = records(&ran.stdout);
    assert_eq!(records[0]["type"], "run");
    assert_eq!(records[0]["schema"], 1);
    assert_eq!(records[0]["cases"], 7);
    assert_eq!(records[1]["type"], "orphan");
    assert_eq!(records[1]["file"], "./lost.expected");
    let case = |name: &str| {
        let input = format!("./{name}.in");
        records
            .iter()
            .find(|record| record["input"] == *input)
            .unwrap()
    };
    let result = |name| case(name)["result"].as_str().unwrap();
    assert_eq!(
        [
            "a/good",
            "a/xfail",
            "a/xpass",
            "b/bad",
            "b/new",
            "b/skipped"
        ]
        .map(result),
        ["passed", "xfail", "xpass", "error", "failed", "skipped"]
    );
    let wrong = case("a/wrong");
    assert_eq!(wrong["title"], "100%: wrong");
    assert_eq!(wrong["where"]["file"], "./a/wrong.expected");
    assert_eq!(wrong["where"]["line"], 1);
    assert_eq!(wrong["where"]["path"], "body.type");
    let difference = &wrong["mismatch"]["differences"][0];
    assert_eq!(difference["expected"], "pong");
    assert_eq!(difference["actual"], "ping_ok");
    assert_eq!(wrong["runs"]["failed"], 1);
    let again = wrong["again"].as_str().unwrap();
    assert!(again.ends_with("./a/wrong.in -- good"), "{again}");
    assert_eq!(case("b/bad")["where"]["line"], 2);
    let summary = records.last().unwrap();
    assert_eq!(summary["type"], "summary");
    assert_eq!(summary["end"], "complete");
    assert_eq!(summary["passed"], 2);
    assert_eq!(summary["failed"], 4);
    assert_eq!(summary["could_not_run"], 1);
    assert_eq!(summary["exit"], 2);
}

#[test]
fn what_a_node_writes_breaks_no_report() {
    let cases = Cases::one(&format!("# ::error::x ##[group]\u{1b}\n{PING}"), PONG);
    let arguments = [".", "--junit", "junit.xml", "--json", "run.jsonl"];
    let ran = github(&cases, &arguments, "hostile");
    ran.check(1, &[], "golden: 0 passed, 1 failed");
    let commands: Vec<_> = ran.stdout.lines().filter(is_command).collect();
    assert_eq!(commands.len(), 1, "{}", ran.stdout);
    assert!(commands[0].starts_with("::error file=case.expected,line=1,title=./case.in%3A"));

    let text = cases.read("junit.xml");
    let xml = Document::parse(&text).unwrap();
    let shown = child(element(&xml, "case"), "failure").text().unwrap();
    let escaped = r"::error::\u{1b}[31mx ##[add-mask]e ]]>&<\u{0}\xff\xed\xa0\x80\u{fffe}\u{9b}";
    assert!(shown.contains(escaped), "{shown}");
    let stderr = child(element(&xml, "case"), "system-err").text().unwrap();
    assert!(
        stderr.contains(escaped) && stderr.contains("\n::set-env"),
        "{stderr}"
    );

    let lines = cases.read("run.jsonl");
    let acts = |character: char| character.is_control() && character != '\n';
    assert!(!lines.contains(acts) && !lines.contains("##["), "{lines}");
    let records = records(&lines);
    let said = records[1]["stderr"].as_str().unwrap();
    let written =
        "::error::\u{1b}[31mx ##[add-mask]e ]]>&<\0\\xff\\xed\\xa0\\x80\u{fffe}\u{9b}\r\n";
    assert!(said.ends_with(written), "{said:?}");
}

#[test]
fn a_run_that_ends_after_enough_failures_is_reported() {
    let cases = Cases::new();
    for name in ["a", "b", "c"] {
        cases.add(name, PING, PONG);
    }
    let arguments = [".", "--fail-fast", "--jobs", "1", "--format", "json"];
    let arguments = [&arguments[..], &["--junit", "junit.xml"]].concat();
    let ran = cases.run_with(&arguments, &["wrong-source"]);
    assert_eq!(ran.status, 1);
    let records = records(&ran.stdout);
    let summary = records.last().unwrap();
    assert_eq!(summary["end"], "enough_failures");
    assert_eq!(summary["not_begun"], 2);
    let text = cases.read("junit.xml");
    let xml = Document::parse(&text).unwrap();
    assert_eq!(xml.root_element().attribute("tests"), Some("1"));
}

#[test]
fn where_annotations_are_asked_for_no_other_line_is_one() {
    let cases = Cases::one(PING, PONG);
    let ran = cases.run_with(&[".", "--annotations", "always"], &["hostile"]);
    let commands = ran.stdout.lines().filter(is_command);
    assert_eq!(commands.count(), 1, "{}", ran.stdout);
    let ran = cases.run_with(&["."], &["hostile"]);
    assert!(
        ran.stdout.contains("##[add-mask]"),
        "elsewhere it means nothing"
    );
}

#[test]
fn what_cannot_be_searched_makes_every_report_a_bad_one() {
    let cases = Cases::one(PING, PONG);
    symlink("nowhere", cases.path().join("broken.in")).unwrap();
    let arguments = [".", "--junit", "junit.xml", "--json", "run.jsonl"];
    let ran = github(&cases, &arguments, "good");
    ran.check(
        2,
        &["\n::error file=broken.in,title=./broken.in::No such file"],
        "golden: 1 passed, 1 failed",
    );
    let text = cases.read("junit.xml");
    let xml = Document::parse(&text).unwrap();
    let error = child(element(&xml, "broken.in"), "error");
    assert_eq!(error.attribute("type"), Some("unreadable"));
    let records = records(&cases.read("run.jsonl"));
    assert_eq!(records[1]["type"], "unreadable");
    assert_eq!(records[1]["path"], "./broken.in");
}

//! `harness test --json FILE --junit FILE`: what programs are told of many runs.

use roxmltree::Document;
use serde_json::Value;

use super::{results, runs, test};
use crate::fake::Cases;

const LOAD: [&str; 12] = [
    "--time-limit",
    "0.5",
    "--rate",
    "40",
    "--recovery",
    "0.5",
    "--seed",
    "7",
    "--json",
    "runs.jsonl",
    "--junit",
    "runs.xml",
];

#[test]
fn each_run_is_told_in_json_and_junit_with_its_verdict() {
    for (way, status, verdict) in [("right", 0, "valid"), ("never-forwards", 1, "not_valid")] {
        let folder = Cases::new();
        let ran = test(
            &folder,
            &[&LOAD[..], &["--test-count", "2", "--verbose"]].concat(),
            way,
        );
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.status, status, "{told}");
        let json = folder.read("runs.jsonl");
        let records = json.lines().map(|line| serde_json::from_str(line).unwrap());
        let records: Vec<Value> = records.collect();
        let [first, one, other, last] = &records[..] else {
            panic!("{json}");
        };
        assert_eq!(
            (&first["type"], &first["runs"]),
            (&"test".into(), &2.into())
        );
        let folders = runs(&folder);
        for (record, run) in [one, other].into_iter().zip(&folders) {
            assert_eq!(record["verdict"], verdict, "{record}");
            assert_eq!(record["results"], results(run));
            assert_eq!(
                record["folder"],
                format!("out/{}", record["results"]["seed"])
            );
            let again = record["results"]["again"].as_str().unwrap();
            assert!(
                !again.contains(".jsonl") && !again.contains(".xml"),
                "{again}"
            );
        }
        let valid = if status == 0 { 2 } else { 0 };
        assert_eq!(
            (&last["type"], &last["exit"]),
            (&"summary".into(), &status.into())
        );
        assert_eq!(
            (&last["valid"], &last["not_valid"]),
            (&valid.into(), &(2 - valid).into())
        );

        let xml = folder.read("runs.xml");
        let xml = Document::parse(&xml).unwrap();
        let named = |name| {
            xml.descendants()
                .filter(move |node| node.has_tag_name(name))
        };
        let cases = named("testcase").map(|case| case.attribute("name").unwrap());
        assert_eq!(cases.collect::<Vec<_>>(), ["seed 7", "seed 8"]);
        let failures: Vec<_> = named("failure").collect();
        assert_eq!(failures.len(), 2 - valid);
        for failure in failures {
            let message = failure.attribute("message").unwrap();
            assert!(told.contains(message), "{message}: {told}");
            assert!(failure.text().unwrap().contains("\nagain: "));
        }
    }
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_a_node_starts() {
    let folder = Cases::new();
    for (arguments, says) in [
        (["--json", "none/x", "--junit", "y"], "none/x"),
        (["--json", "x", "--junit", "./x"], "x"),
        (["--json", "case.in", "--junit", "y"], "case.in"),
    ] {
        let ran = test(&folder, &arguments, "right");
        assert_eq!(ran.status, 2);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert!(!folder.path().join("out").exists());
    }
}

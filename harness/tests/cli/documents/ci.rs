//! The examples for CI are carried out: each step of the workflow as GitHub would, and the shell
//! script; and what they keep is looked at, of runs that pass and of runs that fail.

use std::fs;

use regex::Regex;
use serde_json::Value;
use walkdir::WalkDir;
use yaml_rust2::{Yaml, YamlLoader};

use super::blocks::Section;
use super::desk::{Desk, Printed, replaced};
use crate::fake::{self, Load};

/// How a user's case and clusters turn out, and what is to be seen of that.
struct Outcome {
    /// What the case expects; it is a `read_ok` that comes.
    expected: &'static str,
    budget: &'static str,
    status: i32,
    failures: &'static str,
    valid: bool,
}

const GOOD: Outcome = Outcome {
    expected: "read_ok",
    budget: "",
    status: 0,
    failures: "0",
    valid: true,
};

const BAD: Outcome = Outcome {
    expected: "reed_ok",
    budget: "--max-msgs-per-op 0.01",
    status: 1,
    failures: "1",
    valid: false,
};

const INPUT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":2}}
"#;
const EXPECTED: &str = r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1,"msg_id":0}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","messages":[],"in_reply_to":2,"msg_id":1}}
"#;

/// Installed is what was built, and so is the node.
const INSTALL: &str = "cargo install --locked --git https://github.com/OWNER/NAME harness";
const BUILD: &str = "cargo build --release";

pub fn prove(shown: &mut Section) {
    let (workflow, script) = (shown.take("yaml"), shown.take("sh"));
    let all = [(&GOOD, true), (&GOOD, false), (&BAD, true), (&BAD, false)];
    fake::at_once(Load::Cluster, &all, |(outcome, is_workflow)| {
        if *is_workflow {
            outcome.of_workflow(&workflow);
        } else {
            outcome.of_script(&script);
        }
    });
    each_failure_of_two_counts(&script);
}

/// The script fails if either of its commands does, and carries out both in any case.
fn each_failure_of_two_counts(script: &str) {
    let desk = Desk::new();
    desk.write("ci.sh", script);
    desk.write_program("bin/harness", "echo $1; eval \"exit \\$$1\"");
    for (run, test, status) in [(0, 0, 0), (1, 0, 1), (0, 1, 1), (2, 0, 2)] {
        let command = format!("PATH=bin:$PATH run={run} test={test} sh ci.sh my_node");
        assert_eq!(desk.prints(&command, status), "run\ntest\n");
    }
}

impl Outcome {
    /// A project with a case and a node that is to be built.
    fn desk(&self) -> Desk {
        let desk = Desk::new();
        fs::remove_dir_all(desk.path("cases")).unwrap();
        desk.write("cases/read.in", INPUT);
        desk.write(
            "cases/read.expected",
            &EXPECTED.replace("read_ok", self.expected),
        );
        fs::create_dir(desk.path("target/release")).unwrap();
        desk
    }

    /// A challenge takes a minute and more.
    fn cluster(&self) -> String {
        let shorter = "--node-count 3 --time-limit 0.5 --rate 20 --recovery 10";
        format!("{shorter} {}", self.budget)
    }

    fn of_workflow(&self, workflow: &str) {
        let desk = self.desk();
        let replacements = [
            (INSTALL, "harness --version"),
            (BUILD, "ln target/debug/node target/release/my_node"),
            ("--profile 3c", &self.cluster()),
        ];
        let job = Job::carried_out(&desk, &replaced(workflow, &replacements));
        // The first two build.
        assert_eq!(
            job.statuses,
            [0, 0, self.status, self.status],
            "{}",
            job.log
        );
        assert_eq!(
            job.log.contains("::error file=cases/read"),
            self.failures != "0",
            "{}",
            job.log
        );
        let [junit, clusters] = job.artifacts.as_slice() else {
            panic!("{:?}", job.artifacts);
        };
        self.look_at(&desk, junit, clusters);
    }

    fn of_script(&self, script: &str) {
        let desk = self.desk();
        desk.prints("ln target/debug/node target/release/my_node", 0);
        desk.write(
            "ci.sh",
            &replaced(script, &[("--profile 3c", &self.cluster())]),
        );
        desk.prints("sh ci.sh target/release/my_node", self.status);
        self.look_at(&desk, "cases.xml", "cluster");
    }

    /// What was kept is what it is said to be.
    fn look_at(&self, desk: &Desk, junit: &str, clusters: &str) {
        let junit = desk.read(junit);
        let junit = roxmltree::Document::parse(&junit).unwrap();
        let suites = junit.root_element();
        assert_eq!(suites.attribute("tests"), Some("1"));
        assert_eq!(suites.attribute("failures"), Some(self.failures));
        for run in ["1", "2", "3"] {
            let file = |name: &str| desk.read(&format!("{clusters}/{run}/{name}"));
            let page = file("report.html");
            assert!(page.starts_with("<!DOCTYPE html>"), "{}", &page[..100]);
            let results: Value = serde_json::from_str(&file("results.json")).unwrap();
            assert_eq!(results["valid"], self.valid, "{results}");
        }
        // It can be judged again.
        let check = format!("harness check {clusters}/3");
        desk.prints(&check, i32::from(!self.valid));
    }
}

/// What becomes of a workflow's only job.
struct Job {
    /// Of the scripts that were run.
    statuses: Vec<i32>,
    log: String,
    /// The paths that were kept.
    artifacts: Vec<String>,
}

impl Job {
    /// Does what GitHub does: each step after the other, after a failure only those that say so.
    fn carried_out(desk: &Desk, workflow: &str) -> Self {
        let workflow = YamlLoader::load_from_str(workflow).unwrap().remove(0);
        let [(_, job)] = workflow["jobs"]
            .as_hash()
            .unwrap()
            .iter()
            .collect::<Vec<_>>()[..]
        else {
            panic!("{workflow:?}");
        };
        assert!(!workflow["on"].is_badvalue() && !job["runs-on"].is_badvalue());
        let mut carried_out = Self {
            statuses: Vec::new(),
            log: String::new(),
            artifacts: Vec::new(),
        };
        for step in job["steps"].as_vec().unwrap() {
            carried_out.step(desk, step);
        }
        carried_out
    }

    fn step(&mut self, desk: &Desk, step: &Yaml) {
        let anyway = match step["if"].as_str() {
            None => false,
            Some("always()" | "success() || failure()") => true,
            Some(other) => panic!("when is {other:?}?"),
        };
        if self.statuses.iter().any(|status| *status != 0) && !anyway {
            return;
        }
        if let Some(script) = step["run"].as_str() {
            let variables = [("GITHUB_ACTIONS", "true"), ("CI", "true")];
            let Printed { text, status } = desk.run(script, &variables);
            self.log += &["$ ", script, "\n", &text].concat();
            self.statuses.push(status);
        } else {
            self.action(desk, step);
        }
    }

    /// Looks whether an action is one that exists and is told what it needs.
    fn action(&mut self, desk: &Desk, step: &Yaml) {
        // Of both there is a fourth version, and none before it works any more.
        let known = Regex::new("^actions/(checkout|upload-artifact)@v([4-9])$").unwrap();
        let name = step["uses"].as_str().unwrap();
        let action = known.captures(name).unwrap_or_else(|| panic!("{name}"));
        if &action[1] == "checkout" {
            return;
        }
        assert_eq!(
            step["if"].as_str(),
            Some("always()"),
            "kept also of a failure"
        );
        assert!(step["with"]["name"].as_str().is_some());
        for path in step["with"]["path"].as_str().unwrap().lines() {
            if let Some(left_out) = path.strip_prefix('!') {
                assert!(desk.path(left_out).exists(), "{path}");
                continue;
            }
            assert!(desk.path(path).exists(), "there is no {path}: {}", self.log);
            for entry in WalkDir::new(desk.path(path)) {
                let name = entry.unwrap().file_name().to_str().unwrap().to_owned();
                let refused = ['"', ':', '<', '>', '|', '*', '?', '\r', '\n'];
                assert!(!name.contains(refused), "upload-artifact refuses {name:?}");
            }
            self.artifacts.push(path.trim_end_matches('/').to_owned());
        }
    }
}

//! The catalogue of wrong nodes, as processes: each is caught under every seed, and its fault named.

use std::path::PathBuf;

use serde_json::Value;

use super::{AT_ONCE, each_of, results, runs, test, texts};
use crate::fake::{self, Cases};

/// How many seeds each is tried with: always the same, as there are seeds whose cut happens to cut
/// none of the links in use; then there is a warning, and no fault to be seen.
const SEEDS: usize = 4;

/// A wrong node and how it is caught.
struct Wrong {
    way: &'static str,
    /// What it takes to catch it, beyond some seconds of load.
    arguments: &'static [&'static str],
    /// The kind of a finding that has to be there.
    kind: &'static str,
    /// What that says, in this order.
    says: &'static [&'static str],
    /// Whether it is all that is found, but for its like.
    alone: bool,
}

const CATALOGUE: [Wrong; 14] = [
    Wrong {
        way: "never-forwards",
        arguments: &[],
        kind: "lost",
        says: &[" lacks ", "had it, and nobody ever sent it to n"],
        alone: true,
    },
    Wrong {
        way: "forwards-to-one",
        arguments: &[],
        kind: "lost",
        says: &[" lacks ", "had it, and nobody ever sent it to n"],
        alone: true,
    },
    Wrong {
        way: "never-retries",
        // In a line there is no other way round.
        arguments: &["--nemesis", "partition", "--topology", "line"],
        kind: "lost",
        says: &[" lacks ", "last attempt n", ", dropped by cut #1"],
        alone: true,
    },
    Wrong {
        way: "no-dedup",
        arguments: &[],
        kind: "duplicate",
        says: &[" showed ", " more than once in "],
        alone: true,
    },
    Wrong {
        way: "loses-paused",
        arguments: &["--nemesis", "pause"],
        kind: "lost",
        says: &[
            "it reached n",
            "when it stood still (pause #1), and n",
            " does not show it",
        ],
        alone: true,
    },
    Wrong {
        way: "forgets",
        arguments: &["--nemesis", "restart"],
        kind: "lost",
        says: &["had it until restart #1", "nobody sent it again"],
        alone: true,
    },
    Wrong {
        way: "acks-and-drops",
        arguments: &[],
        kind: "lost",
        says: &["got it from a client at ", "does not show it"],
        alone: true,
    },
    Wrong {
        way: "keeps-nothing",
        arguments: &["--node-count", "25"],
        kind: "lost",
        says: &["lost: n12 lacks "],
        alone: true,
    },
    Wrong {
        way: "invents",
        arguments: &[],
        kind: "phantom",
        says: &["phantom: n1 showed 123456, which nobody had broadcast"],
        alone: true,
    },
    Wrong {
        way: "shows-twice",
        arguments: &[],
        kind: "duplicate",
        says: &["duplicate: n1 showed ", " more than once in "],
        alone: true,
    },
    Wrong {
        way: "stops-after-ten",
        arguments: &[],
        kind: "lost",
        says: &[" lacks ", "had it, and nobody ever sent it to n"],
        alone: true,
    },
    Wrong {
        way: "crashes",
        arguments: &[],
        kind: "crashed",
        says: &["crash: n2 exited with status 7", "KeyError 17"],
        // What went down with it is missing from others.
        alone: false,
    },
    Wrong {
        way: "wrong-source",
        arguments: &[],
        kind: "protocol",
        says: &[
            "protocol: n1 at ",
            "wrote a message with another's name, n0, as src",
        ],
        // Nobody takes what n1 forwards.
        alone: false,
    },
    Wrong {
        way: "garbage",
        arguments: &[],
        kind: "protocol",
        says: &["protocol: n1 at ", "is no JSON", "DEBUG read"],
        alone: true,
    },
];

/// On a machine that is too busy, a node may get to be wrong too late: then all takes longer.
fn catch(wrong: &Wrong) {
    let Err(first) = try_to_catch(wrong, 1.0) else {
        return;
    };
    let second = try_to_catch(wrong, 3.0);
    assert_eq!(second, Ok(()), "{}, after {first}", wrong.way);
}

/// Runs it under all seeds; what went wrong, if not all of them are caught.
fn try_to_catch(wrong: &Wrong, slowness: f64) -> Result<(), String> {
    let folder = Cases::new();
    let (seeds, seconds) = (SEEDS.to_string(), |time: f64| (time * slowness).to_string());
    let (limit, interval, recovery) = (seconds(2.0), seconds(0.7), seconds(1.0));
    let mut arguments = vec!["--time-limit", &limit, "--rate", "50", "--seed", "1"];
    arguments.extend(["--nemesis-interval", &interval]);
    arguments.extend(["--test-count", &seeds, "--jobs", &seeds]);
    if wrong.kind == "lost" {
        // There is nothing to wait for.
        arguments.extend(["--recovery", &recovery]);
    }
    arguments.extend(wrong.arguments);
    let ran = test(&folder, &arguments, wrong.way);
    let last = format!("\ncluster: 0 valid, {SEEDS} not valid\n");
    let runs = runs(&folder);
    if ran.status != 1 || !ran.stdout.ends_with(&last) || runs.len() != SEEDS {
        return Err(format!("{:?}: {}{}", ran.status, ran.stdout, ran.stderr));
    }
    for run in &runs {
        let results = results(run);
        if results["valid"] != false || !named(wrong, &results) {
            return Err(format!("{:#}", results["findings"]));
        }
    }
    are_told(&ran.stdout, &runs, wrong.way);
    Ok(())
}

/// Whether a finding of the right kind says what is wrong, and, if nothing else is, no other is there.
fn named(wrong: &Wrong, results: &Value) -> bool {
    let findings = results["findings"].as_array().unwrap();
    let mut is_right = findings.iter().map(|finding| finding["kind"] == wrong.kind);
    let mut texts = texts(results, "findings").into_iter();
    let says = |text: &String| {
        let mut rest = text.as_str();
        wrong.says.iter().all(|part| {
            let found = rest.split_once(part);
            rest = found.map_or("", |(_, after)| after);
            found.is_some()
        })
    };
    texts.any(|text| says(&text)) && (!wrong.alone || is_right.all(|is_right| is_right))
}

/// Of many runs, what is wrong with the first few is told on stdout.
fn are_told(stdout: &str, runs: &[PathBuf], way: &str) {
    let findings = runs.iter().map(|run| texts(&results(run), "findings"));
    let is_told = |finding: &String| stdout.contains(finding.lines().next().unwrap());
    let told = findings.filter(|findings| findings.iter().take(8).all(is_told));
    assert!(told.count() >= 3, "{way}: {stdout}");
}

#[test]
fn wrong_nodes_are_caught_under_every_seed() {
    let _alone = fake::alone();
    each_of(AT_ONCE, &CATALOGUE, catch);
}

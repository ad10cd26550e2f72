//! The command line of `harness test`: what each option does can be seen.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;

use super::{AT_ONCE, each_of, lines, results, runs, test, texts};
use crate::fake::{self, Cases, Ran};

/// A short run that is valid: with so many requests that there are broadcasts and reads among
/// them, whatever the seed, and so many clients that one is always free, however slow the nodes.
const SHORT: [&str; 6] = [
    "--time-limit",
    "0.5",
    "--rate",
    "60",
    "--concurrency",
    "20n",
];

fn short<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&SHORT, more].concat()
}

#[test]
fn nodes_are_told_their_names_the_topology_and_their_arguments() {
    let folder = Cases::new();
    let names = short(&["--nodes", "a,b,z", "--topology", "line", "--log-stderr"]);
    let ran = test(&folder, &names, "tells-arguments");
    let told = format!("arguments: {:?}", ["tells-arguments", folder.token()]);
    let shown = format!("z stderr: {told}\n");
    ran.check(0, &[&shown], "cluster: 1 valid, 0 not valid");
    assert_eq!(folder.read("out/nodes/a.log"), format!("{told}\n"));
    let messages = folder.read("out/messages.jsonl");
    for body in [
        r#"{"type":"init","node_id":"b","node_ids":["a","b","z"],"#,
        r#"{"type":"topology","topology":{"a":["b"],"b":["a","z"],"z":["b"]},"#,
    ] {
        assert!(messages.contains(body), "no {body} in {messages}");
    }
}

#[test]
fn messages_are_shown_when_they_are_sent_and_when_they_arrive() {
    let folder = Cases::new();
    let all = ["--log-net-send", "--log-net-recv", "--loss", "0.3"];
    let load = ["--time-limit", "1", "--rate", "40", "--seed", "1"];
    let all = [&load[..], &all].concat();
    let ran = test(&folder, &all, "right");
    let sent = |line: &&str| line.contains(" s sent {");
    let begins = ran.stdout.lines().skip(1).take(2).collect::<Vec<_>>();
    assert!(sent(&begins[0]), "it is sent before it arrives: {begins:?}");
    assert!(begins[1].contains(" s arrived {\"src\":\"c0\",\"dest\":\"n0\""));
    let forwards = [
        " s sent {\"src\":\"n",
        " s arrived {\"src\":\"n",
        " s lost {\"src\":\"n",
        " s arrived {\"src\":\"c1\"",
    ];
    ran.check(0, &forwards, "cluster: 1 valid, 0 not valid");
    let folder = Cases::new();
    let ran = test(&folder, &short(&["--log-net-recv"]), "right");
    assert!(ran.stdout.contains(" s arrived {"));
    ran.never_says(" s sent {");
    let folder = Cases::new();
    test(&folder, &SHORT, "right").never_says(" s arrived {");
}

#[test]
fn a_run_leaves_its_files_and_a_link_to_the_newest() {
    let folder = Cases::new();
    for _ in 0..2 {
        // What a run left, the next one replaces.
        test(&folder, &SHORT, "right").check(
            0,
            &["report: out/report.html\n"],
            "cluster: 1 valid, 0 not valid",
        );
    }
    for file in [
        "history.jsonl",
        "messages.jsonl",
        "results.json",
        "nodes/n4.log",
        "report.html",
    ] {
        assert!(folder.path().join("out").join(file).is_file(), "{file}");
    }
    assert!(!folder.path().join("latest").is_symlink(), "only in store");

    let node = fake::cluster_node().to_str().unwrap();
    let ran = folder.harness(&[&["test", "--bin", node, "--seed", "7"][..], &SHORT].concat());
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let run = link(&folder, "store/latest");
    assert!(run.ends_with("Z-7"), "{run}");
    assert!(
        ran.stdout
            .contains(&format!("report: store/{run}/report.html\n"))
    );
    assert!(ran.stdout.contains(", seed 7\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains(" --seed 7\n"), "{}", ran.stdout);
}

fn link(folder: &Cases, name: &str) -> String {
    let leads = fs::read_link(folder.path().join(name)).unwrap();
    leads.to_str().unwrap().to_owned()
}

#[test]
fn of_many_runs_those_that_failed_are_told_with_the_commands_that_repeat_them() {
    let folder = Cases::new();
    let many = short(&["--seed", "41", "--test-count", "4", "--jobs", "2"]);
    let ran = test(&folder, &many, "shows-twice");
    ran.check(
        1,
        &["seed 41: NOT VALID  out/41\n", "seed 44: NOT VALID"],
        "cluster: 0 valid, 4 not valid",
    );
    let told = |ran: &Ran| ran.stdout.matches("duplicate: n1 showed ").count();
    assert_eq!(told(&ran), 1, "{}", ran.stdout);
    let before = ran
        .stdout
        .matches("\n  as with seed 41: duplicate\n")
        .count();
    assert_eq!(before, 3, "{}", ran.stdout);
    let two = ["--seed", "41", "--test-count", "2", "--jobs", "2"];
    for (flag, lines) in [("--verbose", 2), ("--quiet", 2)] {
        let ran = test(
            &Cases::new(),
            &short(&[&two[..], &[flag]].concat()),
            "shows-twice",
        );
        ran.check(1, &["seed 42: NOT VALID"], "cluster: 0 valid, 2 not valid");
        assert_eq!(told(&ran), lines, "{flag}: {}", ran.stdout);
        if flag == "--quiet" {
            let all: Vec<_> = ran.stdout.lines().collect();
            assert!(
                all[0].starts_with("seed 41: NOT VALID  duplicate: n1 showed "),
                "{all:?}"
            );
            assert_eq!(all.len(), 3, "{all:?}");
        }
    }
    let again: Vec<_> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("again: "))
        .collect();
    assert_eq!(again.len(), 4, "{}", ran.stdout);
    let command = again[2].strip_prefix("again: ").unwrap();
    let once = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(once.status.code(), Some(1));
    let once = String::from_utf8(once.stdout).unwrap();
    assert!(once.contains(", seed 43\n"), "{once}");
    assert!(once.contains("duplicate: n1 showed"), "{once}");

    let ran = test(&Cases::new(), &short(&["--test-count", "2"]), "right");
    ran.check(0, &[": valid  out/"], "cluster: 2 valid, 0 not valid");
    ran.never_says("again: ");
}

#[test]
fn a_seed_repeats_requests_and_faults() {
    let run = |seed: &str| {
        let folder = Cases::new();
        let nemesis = [
            "--nemesis",
            "partition,pause,restart",
            "--nemesis-interval",
            "0.2",
        ];
        let more = ["--time-limit", "1", "--rate", "30", "--seed", seed];
        // With so many clients none is asked for that still waits, however slow the nodes.
        let clients = ["--concurrency", "1000n"];
        test(&folder, &[&nemesis[..], &more, &clients].concat(), "right");
        (requests(&folder), faults(&folder))
    };
    let [one, two, other] = thread::scope(|scope| {
        let running = ["5", "5", "6"].map(|seed| scope.spawn(move || run(seed)));
        running.map(|run| run.join().unwrap())
    });
    assert!(one.0.len() > 15 && one.1.len() > 4, "{one:?}");
    assert_eq!(one, two);
    assert_ne!(one.0, other.0);
    assert_ne!(one.1, other.1);
}

/// What clients asked during the load: in which order, of whom, what.
fn requests(folder: &Cases) -> Vec<String> {
    let asked = lines(folder, "out/history.jsonl").into_iter();
    let asked = asked.take_while(|line| line["phase"] != "recovery");
    let asked = asked.filter(|line| line["type"] == "invoke");
    asked
        .map(|line| format!("{} {} {}", line["node"], line["f"], line["value"]))
        .collect()
}

/// What struck whom, in which order.
fn faults(folder: &Cases) -> Vec<Value> {
    let began = lines(folder, "out/history.jsonl").into_iter();
    let began = began.filter(|line| line["type"] == "fault");
    let without_time = |mut line: Value| {
        line["time"] = Value::Null;
        line["index"] = Value::Null;
        line
    };
    began.map(without_time).collect()
}

#[test]
fn budgets_fail_what_exceeds_them() {
    let gone = [
        "--node-count",
        "2",
        "--nemesis",
        "partition,restart",
        "--nemesis-interval",
        "0.5",
    ];
    let gone = [
        &gone[..],
        &[
            "--time-limit",
            "1.4",
            "--rate",
            "60",
            "--concurrency",
            "20n",
        ],
    ]
    .concat();
    let busy = ["--time-limit", "1", "--rate", "50", "--seed", "1"];
    let with = |arguments: &[&'static str], more: &[&'static str]| [arguments, more].concat();
    let cases = [
        (
            "right",
            short(&["--max-msgs-per-op", "0.1"]),
            Some("too_many_messages"),
        ),
        ("right", short(&["--max-msgs-per-op", "1000"]), None),
        // In a line, the others know of it only after some time.
        (
            "right",
            with(
                &["--time-limit", "1", "--rate", "50", "--latency", "300"],
                &["--topology", "line", "--max-latency", "P100=1"],
            ),
            Some("too_slow"),
        ),
        ("right", short(&["--max-latency", "P50=100000"]), None),
        ("refuses", with(&busy, &[]), None),
        (
            "refuses",
            with(&busy, &["--availability", "total"]),
            Some("unavailable"),
        ),
        ("refuses", with(&busy, &["--availability", "0.05"]), None),
        ("right", with(&gone, &[]), None),
        ("right", with(&gone, &["--durable"]), Some("gone")),
    ];
    each_of(AT_ONCE, &cases, |(way, arguments, kind)| {
        // A harness that gets no processor between a cut and a kill asks nobody meanwhile.
        fake::sooner_or_later(["1", "4"], |slowness| {
            let arguments = slower(arguments, slowness.parse().unwrap());
            let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
            let folder = Cases::new();
            let ran = test(&folder, &arguments, way);
            let status = i32::from(kind.is_some());
            assert_eq!(
                ran.status, status,
                "{arguments:?}: {}{}",
                ran.stdout, ran.stderr
            );
            let results = results(&runs(&folder)[0]);
            let findings = results["findings"].as_array().unwrap();
            let kinds: Vec<_> = findings
                .iter()
                .map(|finding| finding["kind"].as_str())
                .collect();
            assert!(
                kinds.iter().all(|found| found == kind),
                "{arguments:?}: {results:#}"
            );
            if arguments.starts_with(&gone[..4]) && kind.is_none() {
                let warnings = texts(&results, "warnings").join("\n");
                assert!(warnings.contains("gone with its holders: "), "{warnings}");
            }
        });
    });
}

/// The same for so many times as long.
fn slower(arguments: &[&str], times: f64) -> Vec<String> {
    let flags = [""].iter().chain(arguments);
    let slower = |(argument, flag): (&&str, &&str)| {
        if ["--time-limit", "--nemesis-interval"].contains(flag) {
            (argument.parse::<f64>().unwrap() * times).to_string()
        } else {
            (*argument).to_owned()
        }
    };
    arguments.iter().zip(flags).map(slower).collect()
}

#[test]
fn what_cannot_be_run_is_told_on_stderr() {
    let folder = Cases::new();
    let node = fake::cluster_node().to_str().unwrap();
    folder.write("script", "print(1)\n");
    folder.write("used/mine", "mine\n");
    std::os::unix::fs::symlink("used", folder.path().join("linked")).unwrap();
    for (arguments, says) in [
        (
            &["--bin", "nosuch"][..],
            "error: --bin nosuch: there is no such file",
        ),
        (
            &["--bin", "."],
            "error: --bin . is a folder; name the file to run",
        ),
        (
            &["--bin", "script"],
            "could not be started: it is not executable; chmod +x makes it so",
        ),
        (
            &["--bin", node, "--out", "used"],
            "error: used can't be written: the folder has something else in it",
        ),
        (
            &["--bin", node, "--nodes", "a,a"],
            "error: --nodes names a twice",
        ),
        (
            &["--bin", node, "--time-limit", "0"],
            "it must be a number of seconds above 0",
        ),
        (
            &["--bin", node, "--topology", "ring"],
            "[possible values: grid, line, tree,",
        ),
        (
            &["--bin", node, "--nemesis", "crash"],
            "[possible values: partition, kill, pause, restart]",
        ),
        (&["--bin", node, "--max-latency", "50"], "as in P50=400"),
        (
            &["--bin", node, "right"],
            "unexpected argument 'right' found",
        ),
        (
            &["script", "--time-limit", "3s"],
            "tip: the node is named with --bin script, and its arguments stand after --",
        ),
        (
            &["--bin", "python3 -u x.py"],
            "; what follows the program stands after --, as in \
             --bin \"$(command -v python3)\" -- -u x.py",
        ),
        (
            &["--bin", "./node --fast"],
            "; what follows the program stands after --, as in --bin ./node -- --fast",
        ),
        (
            &["--bin", node, "--out", "linked"],
            "error: --out linked is a link, and the run that it leads to would be lost; \
             name another folder",
        ),
        (
            &["--bin", node, "--out", "linked/"],
            " is a link, and the run that it leads to would be lost",
        ),
    ] {
        let ran = folder.harness(&[&["test"][..], arguments].concat());
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(says), "no {says:?} in {}", ran.stderr);
        assert!(!ran.stdout.contains("cluster: "), "{}", ran.stdout);
    }
    assert_eq!(folder.read("used/mine"), "mine\n");
    assert!(!folder.path().join("store").exists(), "nothing was run");
}

#[test]
fn what_was_not_tried_is_told_of_each_of_many_runs() {
    let idle = ["--nemesis", "partition", "--test-count", "2", "--seed", "7"];
    let ran = test(&Cases::new(), &short(&idle), "right");
    let warning = "  warning: no partition happened (the first comes one --nemesis-interval after \
                   the start): this run proved nothing about partitions\n";
    assert_eq!(ran.stdout.matches(warning).count(), 2, "{}", ran.stdout);
}

#[test]
fn a_rule_that_is_broken_is_shown_once_at_once_and_once_in_the_verdict() {
    // Enough that n1 is read again and again once it has more than a few values.
    let arguments = ["--time-limit", "1", "--rate", "60", "--seed", "1"];
    let ran = test(&Cases::new(), &arguments, "garbage");
    assert_eq!(ran.status, 1, "{}", ran.stdout);
    let (live, verdict) = ran.stdout.split_once("NOT VALID").unwrap();
    for part in [live, verdict] {
        let shown = part.matches("wrote a line that is no JSON").count();
        assert_eq!(shown, 1, "{}", ran.stdout);
    }
    assert!(verdict.contains(" times)"), "{verdict}");
}

#[test]
fn a_reader_who_leaves_and_a_pipe_change_nothing() {
    let folder = Cases::new();
    let mut harness = fake::harness();
    harness.arg("test").arg("--bin").arg(fake::cluster_node());
    harness.args(SHORT).args([
        "--log-net-send",
        "--out",
        "out",
        "--",
        "right",
        folder.token(),
    ]);
    harness
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = harness.spawn().unwrap();
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut first).unwrap();
    drop(stdout);
    assert!(
        first.starts_with("broadcast: 5 nodes in a grid topology"),
        "{first}"
    );
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(results(&runs(&folder)[0])["valid"], true);
}

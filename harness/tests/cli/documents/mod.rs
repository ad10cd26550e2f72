//! What the documents show is what happens: every fenced block is run, and what it says comes out is
//! compared, or it is excused with a reason. A new one that is neither fails.

#![expect(clippy::panic, reason = "a test that can't go on fails, and says why")]

mod blocks;
mod ci;
mod desk;
mod mentions;

use std::process::Command;
use std::sync::OnceLock;
use std::thread;

use harness::cluster::format::history;
use harness::cluster::settings::Settings;
use regex::Regex;
use similar::TextDiff;

use self::blocks::Section;
use self::desk::{Desk, replaced};
use crate::fake::{self, Load};

const DOCUMENTS: [&str; 7] = [
    "README.md",
    "harness/README.md",
    "harness/docs/cluster.md",
    "harness/docs/import.md",
    "harness/docs/untrusted.md",
    "node/README.md",
    "cases/README.md",
];

/// A document, a heading in it, and who proves what that section shows.
type Proof = (&'static str, &'static str, fn(&mut Section));

const PROOFS: &[Proof] = &[
    (
        "README.md",
        "From a course page to a green run",
        course_page,
    ),
    ("README.md", "Two commands", two_commands),
    ("README.md", "When a case fails", failure),
    ("README.md", "Add a case", new_case),
    ("README.md", "Test your own node", own_node),
    ("README.md", "Test a cluster", cluster),
    ("README.md", "In CI", ci::prove),
    ("harness/README.md", "How it is built", mentions::sources),
    ("harness/README.md", "Contributing", contributing),
    ("harness/docs/cluster.md", "Cluster runs", cluster_runs),
    (
        "harness/docs/cluster.md",
        "Reading a linearizability failure",
        not_linearizable,
    ),
    ("harness/docs/cluster.md", "Transactions", transactions),
    ("harness/docs/cluster.md", "A history", a_history),
    ("harness/docs/cluster.md", "Any history", any_history),
    ("harness/docs/import.md", "What import reads", forms),
    ("harness/docs/import.md", "A whole course", whole_course),
    ("node/README.md", "How it is built", mentions::sources),
    ("cases/README.md", "NAME.in", cluster_case),
    ("cases/README.md", "harness.toml", settings),
    ("cases/README.md", "From a course page", import),
    ("cases/README.md", "Several nodes", several_nodes),
];

#[test]
fn what_is_shown_is_what_happens() {
    let sections: Vec<_> = DOCUMENTS.into_iter().flat_map(blocks::sections).collect();
    let shown = sections.iter();
    let shown: Vec<_> = shown.map(|it| (it.document, it.heading.as_str())).collect();
    let proven: Vec<_> = PROOFS
        .iter()
        .map(|(place, name, _)| (*place, *name))
        .collect();
    assert_eq!(shown, proven, "each section with blocks has a proof");
    let faults: Vec<_> = thread::scope(|scope| {
        let running = sections.into_iter().zip(PROOFS);
        let running = running.map(|(mut section, (_, _, prove))| {
            let place = format!("{}, {:?}", section.document, section.heading);
            let named = thread::Builder::new().name(place.clone());
            let proving = named.spawn_scoped(scope, move || {
                prove(&mut section);
                section.left()
            });
            (place, proving.unwrap())
        });
        let running: Vec<_> = running.collect();
        let ended = running
            .into_iter()
            .map(|(place, proving)| match proving.join() {
                Ok(left) if left.is_empty() => None,
                Ok(left) => Some(format!("{place}: nothing runs {left:?}")),
                Err(_) => Some(format!("{place}: see above")),
            });
        ended.flatten().collect()
    });
    assert_eq!(faults, [""; 0]);
}

#[track_caller]
fn same(printed: &str, shown: &str) {
    let difference = TextDiff::from_lines(shown, printed);
    let difference = difference
        .unified_diff()
        .header("shown", "printed")
        .to_string();
    assert!(printed == shown, "{difference}");
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

/// A report without what is said when a busy machine let a node take long to exit.
fn without_notes(report: &str) -> String {
    let lines = report.split_inclusive('\n');
    let of_a_note = |line: &&str| line.starts_with("PASS ") || line.starts_with("  note: ");
    lines.filter(|line| !of_a_note(line)).collect()
}

/// A task's page, as somebody copied it from a browser.
const PAGE: &str = include_str!("../pages/task.txt");

fn course_page(shown: &mut Section) {
    let _claim = fake::claim(Load::Sleeper);
    let desk = Desk::with_python_node();
    desk.write("page.txt", PAGE);
    let printed = desk.prints(&shown.take("sh"), 0);
    assert_eq!(last_line(&printed), "golden: 2 passed, 0 failed");

    let desk = Desk::new();
    desk.write("page.txt", PAGE);
    desk.write_node("built", "");
    let build = "mkdir target/release; mv built target/release/my_node";
    let commands = replaced(&shown.take("sh"), &[("cargo build --release", build)]);
    let printed = desk.prints(&commands, 0);
    assert_eq!(last_line(&printed), "golden: 2 passed, 0 failed");
}

/// What a run of all cases prints when the case is changed that a section shows.
fn report_of_a_failure() -> &'static str {
    static REPORT: OnceLock<String> = OnceLock::new();
    REPORT.get_or_init(|| {
        let _claim = fake::claim(Load::Cluster);
        let desk = Desk::new();
        let expected = "cases/task/read-in-order.expected";
        let sorted = replaced(&desk.read(expected), &[("[3, 1, 2]", "[1, 2, 3]")]);
        desk.write(expected, &sorted);
        desk.prints("target/debug/harness run cases", 1)
    })
}

fn two_commands(shown: &mut Section) {
    shown.excuse("sh", "it is what runs this test");
    // `make test` runs the cases as they stand; here one more would pass.
    let all = Regex::new("^golden: ([0-9]+) passed, 1 failed$").unwrap();
    let last = all.captures(last_line(report_of_a_failure())).unwrap();
    let count = last[1].parse::<usize>().unwrap() + 1;
    same(
        &format!("golden: {count} passed, 0 failed\n"),
        &shown.take("text"),
    );
}

fn contributing(shown: &mut Section) {
    shown.excuse("sh", "it is what runs this test");
}

fn failure(shown: &mut Section) {
    same(&without_notes(report_of_a_failure()), &shown.take("text"));
}

fn new_case(shown: &mut Section) {
    let _claim = fake::claim(Load::Sleeper);
    let desk = Desk::new();
    desk.write("cases/greeting.in", &shown.take("text"));
    desk.write("cases/greeting.expected", &shown.take("text"));
    let run = "harness run cases/greeting --timeout 60s";
    assert_eq!(
        last_line(&desk.prints(run, 0)),
        "golden: 1 passed, 0 failed"
    );
    // What the text below says of other commands.
    desk.prints("harness bless cases/greeting --timeout 60s", 0);
    let printed = desk.prints("harness audit cases/greeting --timeout 60s", 0);
    assert_eq!(last_line(&printed), "audit: 1 audited, 0 weak");
    desk.prints("rm cases/greeting.*\nharness new cases/greeting read", 0);
    desk.prints("harness bless cases/greeting", 0);
    assert_eq!(
        last_line(&desk.prints(run, 0)),
        "golden: 1 passed, 0 failed"
    );
}

fn own_node(shown: &mut Section) {
    let _claim = fake::claim(Load::Cluster);
    let commands = shown.take("sh");
    let shorter = "--profile 1 --time-limit 0.5 --init-timeout 60s";
    for (line, language, version) in [(0, "python3", "--version"), (1, "go", "version")] {
        let Ok(_) = Command::new(language).arg(version).output() else {
            fake::does_without(&format!("{language}: challenge 1 is not tried in it"));
            continue;
        };
        let command = commands.lines().nth(line).unwrap();
        let printed = Desk::new().prints(&replaced(command, &[("--profile 1", shorter)]), 0);
        assert_eq!(last_line(&printed), "cluster: 1 valid, 0 not valid");
    }
    let desk = Desk::with_python_node();
    let printed = desk.prints("harness run cases/task --bin my_node.py", 0);
    assert_eq!(last_line(&printed), "golden: 13 passed, 0 failed");
}

fn several_nodes(shown: &mut Section) {
    let _claim = fake::claim(Load::Cluster);
    let desk = Desk::new();
    desk.write_node("students/ann/my_node", "\"$@\"");
    let own = desk.path("target/debug/node");
    let logs = format!("echo Node started\nexec '{}' \"$@\"", own.display());
    desk.write_program("students/bob/my_node", &logs);
    let console = shown.take("console");
    let (command, table) = console.split_once('\n').unwrap();
    same(&desk.prints(command.strip_prefix("$ ").unwrap(), 0), table);
    desk.write("nodes.txt", &shown.take("text"));
    let printed = desk.prints("harness run cases/task --bins nodes.txt | tail -n 3", 0);
    let rows = printed.lines().filter_map(|row| row.split_once("  "));
    let rows: Vec<_> = rows.map(|(name, _)| name).collect();
    assert_eq!(rows, ["ann", "bob"], "{printed}");
}

fn settings(shown: &mut Section) {
    let _claim = fake::claim(Load::Sleeper);
    let desk = Desk::new();
    let settings = shown.take("toml");
    desk.write("cases/harness.toml", &settings);
    let printed = desk.prints("harness config cases/task/read-in-order", 0);
    for (line, number) in settings.lines().zip(1..) {
        let (key, _) = line.split_once(" = ").unwrap();
        let place = format!("(cases/harness.toml:{number})");
        let told = printed
            .lines()
            .find(|line| line.trim_start().starts_with(key));
        assert!(told.unwrap().ends_with(&place), "{key}:\n{printed}");
        // The values that the comment names are values, too.
        let others = line.split_once("# or ").map_or("", |(_, others)| others);
        for other in others.split(", ").filter(|other| !other.is_empty()) {
            desk.write("cases/task/harness.toml", &format!("{key} = \"{other}\"\n"));
            let printed = desk.prints("harness config cases/task/read-in-order", 0);
            assert!(
                printed.contains(&format!("{other}  (cases/task/harness.toml:1)")),
                "{printed}"
            );
        }
    }
}

fn cluster(shown: &mut Section) {
    let _claim = fake::claim(Load::Cluster);
    let console = shown.take("console");
    let mut ends = console.match_indices('\n').map(|(end, _)| end);
    let end = ends.find(|end| !console[..*end].ends_with('\\')).unwrap();
    let (command, report) = console.split_at(end + 1);
    let shown = paragraphs(report);
    // On a busy machine a node may be so late that a fault strikes another message.
    fake::sooner_or_later(["first", "second", "third"], |_| {
        let printed = Desk::new().prints(command.strip_prefix("$ ").unwrap(), 1);
        let mut printed = paragraphs(&printed);
        // There only where the machine is busy.
        printed.retain(|line| !line.starts_with("machine "));
        are_there(&shown, &printed);
    });
}

/// Whether all paragraphs that are shown were printed, and others only where it says `…`.
fn are_there(shown: &[String], printed: &[String]) {
    let mut rest = printed.iter();
    let mut may_skip = false;
    for line in shown {
        if line == "…" {
            may_skip = true;
            continue;
        }
        let found = if may_skip {
            rest.any(|printed| printed == line)
        } else {
            rest.next() == Some(line)
        };
        assert!(found, "{line:?} is not where it is shown in:\n{printed:#?}");
        may_skip = false;
    }
    assert!(
        may_skip || rest.next().is_none(),
        "more was printed:\n{printed:#?}"
    );
}

/// The lines of a report on a cluster, those put together that a narrow terminal broke. In details,
/// each number is `#`: they depend on times. What a fault struck depends on the seed alone.
fn paragraphs(report: &str) -> Vec<String> {
    let mut paragraphs = Vec::<String>::new();
    for line in report.lines() {
        let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.starts_with("   ") {
            let before = paragraphs.last_mut().unwrap();
            *before = format!("{before} {words}");
        } else if line.starts_with(' ') {
            paragraphs.push(format!("  {words}"));
        } else if !words.is_empty() {
            paragraphs.push(words);
        }
    }
    let numbers = Regex::new("[0-9]+([.][0-9]+)?").unwrap();
    for detail in paragraphs.iter_mut().filter(|line| line.starts_with(' ')) {
        let struck = detail.find(',').filter(|_| detail.starts_with("  fault "));
        let (exact, varying) = detail.split_at(struck.unwrap_or(0));
        *detail = format!("{exact}{}", numbers.replace_all(varying, "#"));
        *detail = detail.trim().to_owned();
    }
    paragraphs
}

fn cluster_runs(shown: &mut Section) {
    let _claim = fake::claim(Load::Cluster);
    let desk = Desk::new();
    desk.write_node("my_node.py", "--gossip-interval 500ms");
    // As they stand they take minutes; the node compares notes as often as that is shorter; and a seed by
    // chance may have nothing but reads in a second.
    let shorter = [
        ("--time-limit 20", "--time-limit 1 --seed 1"),
        ("--profile 3c ", "--profile 3c --time-limit 1 --seed 1 "),
        (
            "--nemesis-interval 3",
            "--nemesis-interval 0.4 --time-limit 2",
        ),
        ("--test-count 10", "--test-count 2 --jobs 2 --seed 1"),
    ];
    let printed = desk.prints(&replaced(&shown.take("sh"), &shorter), 0);
    let ends: Vec<_> = printed
        .lines()
        .filter(|line| line.starts_with("cluster: "))
        .collect();
    let one = "cluster: 1 valid, 0 not valid";
    assert_eq!(
        ends,
        [one, one, "cluster: 2 valid, 0 not valid", one],
        "{printed}"
    );
}

fn a_history(shown: &mut Section) {
    let mut text = Vec::new();
    history::write_settings(&Settings::default(), &mut text);
    text.extend(shown.take("json").into_bytes());
    let (_, events) = history::read(&text).unwrap();
    for event in events {
        event.unwrap();
    }
}

fn any_history(shown: &mut Section) {
    let desk = Desk::new();
    desk.write("set.jsonl", &shown.take("json"));
    let printed = desk.prints("harness check -w g-set set.jsonl", 0);
    assert_eq!(last_line(&printed), "cluster: 1 valid, 0 not valid");
}

fn not_linearizable(shown: &mut Section) {
    let desk = Desk::new();
    desk.write("old.jsonl", &shown.take("json"));
    let says = shown.take("text");
    let printed = desk.prints("harness check -w lin-kv old.jsonl", 1);
    // The sentence is wrapped in the document.
    let (drawn, sentence): (Vec<_>, Vec<_>) =
        says.lines().partition(|line| line.starts_with("    "));
    assert!(printed.contains(&sentence.join(" ")), "{printed}");
    assert!(printed.contains(&drawn.join("\n")), "{printed}");
}

fn transactions(shown: &mut Section) {
    let desk = Desk::new();
    desk.write("txn.jsonl", &shown.take("json"));
    let printed = desk.prints("harness check -w txn-list-append txn.jsonl", 1);
    for line in shown.take("text").lines() {
        assert!(printed.contains(line), "{line}\n{printed}");
    }
}

fn cluster_case(shown: &mut Section) {
    let _claim = fake::claim(Load::Cluster);
    let desk = Desk::new();
    desk.write("cases/killed.in", &shown.take("text"));
    let expected = r#"{"src":"n0","dest":"c1","body":{"type":"broadcast_ok","in_reply_to":1,"msg_id":0}}
{"src":"n2","dest":"c1","body":{"type":"read_ok","messages":["x"],"in_reply_to":2,"msg_id":0}}
"#;
    desk.write("cases/killed.expected", expected);
    desk.prints("harness run cases/killed", 0);
}

fn forms(shown: &mut Section) {
    let _claim = fake::claim(Load::Sleeper);
    let desk = Desk::new();
    desk.write("page.txt", &shown.take("text"));
    let printed = desk.prints("harness import page.txt cases/new", 0);
    assert_eq!(last_line(&printed), "imported: 2 cases, 0 warnings");
    let printed = desk.prints("harness run cases/new", 0);
    assert_eq!(last_line(&printed), "golden: 2 passed, 0 failed");
}

fn whole_course(shown: &mut Section) {
    let _claim = fake::claim(Load::Sleeper);
    let desk = Desk::new();
    let init = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}"#;
    let ok = r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1}}"#;
    let read = r#"{"src":"c1","dest":"n1","body":{"type":"read","msg_id":2}}"#;
    let read_ok =
        r#"{"src":"n1","dest":"c1","body":{"type":"read_ok","messages":[],"in_reply_to":2}}"#;
    let sample = |title, input, expected| {
        format!("## {title}\nInput:\n```\n{input}\n```\nOutput:\n```\n{expected}\n```\n")
    };
    let both = format!("{init}\n{read}");
    let (one, more) = (sample("1. One", init, ok), sample("2. More", &both, ok));
    desk.write("track/01-echo/README.md", &format!("# Echo\n{one}{more}"));
    let page = format!("Read\nStartTimeout: 5s\nInput\n{init}\nExpected Output\n{ok}\n");
    desk.write("track/02-read/page.txt", &page);
    for number in 1..3 {
        let client = format!("c{number}");
        let (input, expected) = (read.replace("c1", &client), read_ok.replace("c1", &client));
        let folder = "track/02-read/samples";
        let (input, expected) = (format!("{init}\n{input}"), format!("{ok}\n{expected}"));
        desk.write(&format!("{folder}/input-{number}.jsonl"), &input);
        desk.write(&format!("{folder}/expected-{number}.txt"), &expected);
    }
    for name in ["a", "b"] {
        desk.write(
            &format!("track/more/{name}.md"),
            &format!("# {name}\n{one}"),
        );
    }
    let imported = desk.prints(
        &replaced(&shown.take("sh"), &[("track cases", "track new")]),
        0,
    );
    // What a sample leaves out is told before.
    let (warning, table) = imported.split_once('\n').unwrap();
    assert!(
        warning.starts_with("WARN track/01-echo/README.md:"),
        "{warning}"
    );
    let table = replaced(table, &[("harness run new", "harness run cases")]);
    same(&table, &shown.take("text"));
    let printed = desk.prints("harness run new", 0);
    assert_eq!(last_line(&printed), "golden: 7 passed, 0 failed");
}

fn import(shown: &mut Section) {
    let _claim = fake::claim(Load::Sleeper);
    let desk = Desk::new();
    desk.write("page.txt", PAGE);
    let replacements = [
        ("SOURCE", "page.txt"),
        ("# then: ", "\n"),
        ("--bin PATH", "--bin target/debug/node"),
    ];
    let printed = desk.prints(&replaced(&shown.take("sh"), &replacements), 0);
    assert_eq!(last_line(&printed), "golden: 2 passed, 0 failed");
}

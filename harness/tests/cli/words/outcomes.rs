//! Outcomes with hostile words in all of their places, through each of the renderers of a run. In process,
//! and before the way to the terminal that makes safe what a renderer forgot.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use harness::case::find::{Found, Unreadable, find};
use harness::case::settings::CaseSettings;
use harness::case::{Case, CaseFiles, Loader};
use harness::folders::FolderTotals;
use harness::judge::{CaseVerdict, Trial, notes};
use harness::matching::bindings::KnownIds;
use harness::matching::difference::Rules;
use harness::message::reply::{ReplyFault, SetUpAnswer};
use harness::message::rule::Rule;
use harness::outcome::{CaseOutcome, CaseResult, NotRun, RunEnd, Runs, Slowest, Tally};
use harness::process::STDERR_TAIL_MAX;
use harness::process::exit::Exit;
use harness::report::again::{Again, TestedNode};
use harness::report::annotations::{Annotations, Folders};
use harness::report::config;
use harness::report::json::{CaseRecord, Record};
use harness::report::junit::Junit;
use harness::report::terminal::{Terminal, Verbosity};
use harness::transcript::{Ending, InVain, Mishap, Transcript};
use roxmltree::Document;
use serde_json::Value;

use super::{WORDS, check_annotations, check_inert, json, name, places, text};
use crate::fake::Cases;

/// A run of all the cases, as far as its reports know of it.
struct Run {
    cases: Cases,
    found: Found,
    outcomes: Vec<CaseOutcome>,
}

fn run() -> Run {
    let cases = places::every();
    let mut found = find(&[cases.path().join("cases")]).unwrap();
    found.unreadable.extend(WORDS.map(|word| Unreadable {
        path: cases.path().join(name(word)),
        reason: text(word),
    }));
    let loader = Loader::default();
    let files = found.cases.iter().cloned();
    let mut outcomes: Vec<_> = files.map(|files| outcome(&cases, &loader, files)).collect();
    outcomes.extend(WORDS.into_iter().flat_map(told_by_the_harness));
    Run {
        cases,
        found,
        outcomes,
    }
}

/// What becomes of a case if its node says what stands in the file that the case names.
pub fn outcome(cases: &Cases, loader: &Loader, files: CaseFiles) -> CaseOutcome {
    let case = match loader.load(files.clone()) {
        Ok(case) => case,
        Err(error) => return of(files, CaseResult::NotRun(NotRun::BadCase(error))),
    };
    let settings = case.settings();
    for line in config::lines(&settings, Some(Path::new("node")), &files.input) {
        check_inert("a setting", &line);
    }
    let args = settings.args.map(|said| said.value);
    let args = args.unwrap_or_default();
    let (said, status) = match args.first().and_then(|way| way.to_str()) {
        Some("says") => {
            let status = args
                .get(2)
                .map_or(0, |status| status.to_str().unwrap().parse().unwrap());
            (fs::read(cases.path().join(&args[1])).unwrap(), status)
        }
        Some("good") => (places::PING.into(), 0),
        _ => (Vec::new(), 0),
    };
    let transcript = Transcript {
        // As much as is kept of it.
        stderr: said[said.len().saturating_sub(STDERR_TAIL_MAX)..].to_vec(),
        ending: Ending::Exited(Exit::Status(status)),
        ..Transcript::clean(said)
    };
    judged(&case, &transcript)
}

fn judged(case: &Case, transcript: &Transcript) -> CaseOutcome {
    let files = case.files.clone();
    if let Some(reason) = case.directives.skip.clone() {
        return of(files, CaseResult::Skipped { reason });
    }
    let Some(expected) = &case.expected else {
        return of(files, CaseResult::NothingExpected);
    };
    let settings = case.settings();
    let rules = Rules {
        msg_id: settings.msg_id(),
        known: KnownIds::of(&case.requests, expected),
        ..Rules::default()
    };
    let trial = Trial {
        case,
        expected,
        mode: settings.match_mode(),
        rules: &rules,
    };
    let verdict = trial.judge(transcript);
    let notes = notes(transcript, &verdict);
    let result = match (verdict, case.directives.xfail.clone()) {
        (CaseVerdict::Passed, None) => CaseResult::Passed,
        (CaseVerdict::Passed, Some(reason)) => CaseResult::UnexpectedPass { reason },
        (CaseVerdict::Failed(_), Some(reason)) => CaseResult::FailedAsExpected { reason },
        (CaseVerdict::Failed(failure), None) => CaseResult::Failed(failure),
    };
    CaseOutcome {
        title: case.title.clone(),
        notes,
        ..of(files, result)
    }
}

fn of(files: CaseFiles, result: CaseResult) -> CaseOutcome {
    CaseOutcome {
        files,
        title: String::new(),
        duration: Duration::ZERO,
        runs: Runs {
            total: 2,
            failed: 1,
        },
        result,
        notes: Vec::new(),
    }
}

/// What a node of a cluster does that nobody may do.
fn mishaps(word: &[u8]) -> impl Iterator<Item = Mishap> {
    let mishaps = [
        Rule::NotJson { reason: text(word) },
        Rule::ForeignSource { source: text(word) },
        Rule::UnknownDestination {
            destination: text(word),
        },
        Rule::BadReply(ReplyFault::ExtraKey {
            reply: text(word),
            key: text(word),
        }),
        Rule::NotSetUp {
            request: "init",
            answer: Some(SetUpAnswer::OtherType { reply: text(word) }),
        },
    ]
    .map(|rule| Mishap::Broke {
        node: text(word),
        rule,
        line: word.to_vec(),
    });
    let crash = Mishap::Crashed {
        node: text(word),
        exit: Exit::Status(1),
        stderr: word.to_vec(),
    };
    mishaps.into_iter().chain([crash])
}

/// Ends of a case in which the harness has words from elsewhere than from a node's stdout.
fn told_by_the_harness(word: &[u8]) -> Vec<CaseOutcome> {
    let path = Path::new("cases").join(name(word)).join("x.in");
    let files = CaseFiles::new(path);
    let input = format!("@cluster n0\n{}", places::PING.replace("n1", "n0"));
    let input = harness::case::input::parse(input.as_bytes()).unwrap();
    let expected = format!(
        "{{\"src\":\"n0\",\"dest\":\"c1\",\"body\":{{\"type\":{}}}}}\n",
        json(word)
    );
    let expected = harness::case::expected::parse(expected.as_bytes()).ok();
    let case = Case::new(files.clone(), input, expected, CaseSettings::default());
    let mut outcomes: Vec<_> = mishaps(word)
        .map(|mishap| {
            let transcript = Transcript {
                ending: Ending::Failed,
                in_vain: Some(InVain {
                    line: 2,
                    name: Some(text(word)),
                    came_late: false,
                    rested: Duration::ZERO,
                }),
                names: [(text(word), Value::from(text(word)))].into(),
                mishaps: vec![mishap],
                ..Transcript::clean(word)
            };
            judged(&case, &transcript)
        })
        .collect();
    let flaky = outcomes.pop().unwrap();
    outcomes.push(of(files.clone(), CaseResult::Flaky(Box::new(flaky.result))));
    // What the system says is nobody's word; what it says it of is.
    let error = || io::Error::from(io::ErrorKind::NotFound);
    let not_started = NotRun::NotStarted {
        program: name(word),
        error: error(),
        first_line: Some([b"#!", word].concat()),
    };
    outcomes.push(CaseOutcome {
        title: text(word),
        ..of(files.clone(), CaseResult::NotRun(not_started))
    });
    outcomes.push(of(files, CaseResult::NotRun(NotRun::Broken(error()))));
    outcomes
}

/// The harness and its node, called by this word.
fn again(word: &[u8]) -> Again {
    let word = OsString::from(name(word));
    Again {
        harness: word.clone(),
        before: vec!["--bin".into(), word.clone()],
        after: vec!["--".into(), word],
    }
}

#[test]
fn no_word_acts_in_any_report_of_a_run() {
    let run = run();
    assert!(run.outcomes.len() > 30 * WORDS.len());
    check_terminal(&run);
    check_json(&run);
    check_junit(&run);
    check_annotated(&run);
}

fn check_terminal(run: &Run) {
    for (number, word) in WORDS.into_iter().enumerate() {
        let width = [None, Some(80)][number % 2];
        let verbosity = [Verbosity::All, Verbosity::EachCause][number / 2 % 2];
        let mut slowest = Slowest::new(usize::MAX);
        let mut folders = FolderTotals::new(usize::MAX);
        let mut terminal = Terminal::new(width, verbosity, again(word));
        terminal.default_node(&name(word));
        let check = |text: String| {
            check_inert("a terminal", &text);
            let line = text.lines().find(|line| line.starts_with("::"));
            assert_eq!(line, None, "a line break of somebody's stands in {text}");
        };
        check(terminal.take());
        for orphan in run.found.orphans.iter().skip(number).step_by(WORDS.len()) {
            terminal.orphan(orphan);
        }
        for unreadable in run
            .found
            .unreadable
            .iter()
            .skip(number)
            .step_by(WORDS.len())
        {
            terminal.unreadable(unreadable);
        }
        check(terminal.take());
        for outcome in run.outcomes.iter().skip(number).step_by(WORDS.len()) {
            terminal.outcome(outcome);
            check(terminal.take());
            slowest.add(outcome);
            folders.add(outcome);
        }
        terminal.causes();
        terminal.slowest(&slowest, &folders);
        terminal.folders(&folders);
        terminal.tally(Tally::default(), RunEnd::Complete);
        check(terminal.take());
    }
}

fn check_json(run: &Run) {
    let again = again(WORDS[0]);
    let cases = run.outcomes.iter();
    let cases = cases.map(|outcome| Record::Case(Box::new(CaseRecord::of(outcome, None, &again))));
    let orphans = run.found.orphans.iter().map(|file| Record::orphan(file));
    let unreadable = run.found.unreadable.iter().map(Record::unreadable);
    let mut titles = Vec::new();
    for record in cases.chain(orphans).chain(unreadable) {
        let line = record.line();
        check_inert("a record", &line);
        assert!(line.ends_with('\n') && line.lines().count() == 1, "{line}");
        assert!(!line.contains("##["), "{line}");
        let record: Value = serde_json::from_str(&line).unwrap();
        titles.extend(record["title"].as_str().map(str::to_owned));
    }
    // It is written otherwise and means the same.
    for word in WORDS {
        assert!(titles.contains(&text(word)), "{titles:?}");
    }
}

fn check_junit(run: &Run) {
    let node = TestedNode {
        name: None,
        bin: Some(name(WORDS[0])),
        args: Some(WORDS.map(|word| OsStr::from_bytes(word).to_owned()).into()),
    };
    let mut junit = Junit::new(again(WORDS[0]), node);
    for outcome in &run.outcomes {
        junit.outcome(outcome);
    }
    for unreadable in &run.found.unreadable {
        junit.unreadable(unreadable);
    }
    let xml = junit.xml(RunEnd::Complete, Duration::ZERO).unwrap();
    let count = run.outcomes.len() + run.found.unreadable.len();
    assert_eq!(check_xml(&xml), count);
}

/// Asserts that nothing in a report acts, by itself or read; gives the number of its cases.
pub fn check_xml(xml: &str) -> usize {
    check_inert("junit.xml", xml);
    let document = Document::parse(xml).unwrap();
    let known = [
        "testsuites",
        "testsuite",
        "testcase",
        "properties",
        "property",
        "failure",
        "error",
        "skipped",
        "system-err",
        "flakyFailure",
    ];
    let mut found = 0;
    for node in document.descendants() {
        check_inert("a text of junit.xml", node.text().unwrap_or_default());
        for attribute in node.attributes() {
            check_inert("an attribute of junit.xml", attribute.value());
        }
        found += usize::from(node.has_tag_name("testcase"));
        let tag = node.tag_name().name();
        assert!(!node.is_element() || known.contains(&tag), "<{tag}>");
    }
    found
}

fn check_annotated(run: &Run) {
    let folder = run.cases.path();
    let annotations = || {
        Annotations::new(Folders {
            here: folder.to_owned(),
            root: folder.to_owned(),
        })
    };
    for outcome in &run.outcomes {
        let mut annotations = annotations();
        annotations.outcome(outcome);
        check_annotations(annotations.text().lines());
    }
    for (orphan, unreadable) in run.found.orphans.iter().zip(&run.found.unreadable) {
        let mut annotations = annotations();
        annotations.orphan(orphan);
        annotations.unreadable(unreadable);
        assert_eq!(annotations.text().lines().count(), 2);
        check_annotations(annotations.text().lines());
    }
}

//! Which failures are taken for one cause, and which are not.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::diagnosis::{Diagnosis, Guess, Stuck};
use crate::excerpt::{Excerpt, Row, Side};
use crate::judge::{Failure, Note};
use crate::matching::Mismatch;
use crate::matching::difference::{Difference, DifferenceKind};
use crate::matching::marks::MarkedLine;
use crate::matching::path::Path;
use crate::message::rule::Rule;
use crate::outcome::Runs;
use crate::process::exit::Exit;

fn outcome(name: &str, result: CaseResult, notes: Vec<Note>) -> CaseOutcome {
    CaseOutcome {
        files: CaseFiles::new(PathBuf::from(name)),
        title: String::new(),
        duration: Duration::ZERO,
        runs: Runs::default(),
        result,
        notes,
    }
}

fn failed(diagnoses: &[Diagnosis]) -> CaseOutcome {
    let failure = Failure {
        diagnoses: diagnoses.to_vec(),
        excerpt: None,
        diagram: None,
        stderr: Vec::new(),
    };
    outcome("a.in", CaseResult::Failed(Box::new(failure)), Vec::new())
}

fn log_line(line: usize, bytes: &str) -> Diagnosis {
    let bytes = bytes.into();
    Diagnosis::NotJson {
        line,
        bytes,
        guess: Guess::LogLine,
        count: line,
        or_more: false,
    }
}

/// Whether two failures have one cause.
fn is_one(one: &[Diagnosis], other: &[Diagnosis]) -> bool {
    let mut causes = Causes::default();
    assert!(!causes.add(&failed(one)), "nothing came before it");
    causes.add(&failed(other))
}

fn is_one_line(one: &str, other: &str) -> bool {
    is_one(&[log_line(1, one)], &[log_line(7, other)])
}

#[test]
fn log_lines_are_one_cause_up_to_names_and_numbers() {
    assert!(is_one_line("hello", "hello"));
    assert!(is_one_line("[n1] got 15 in 1.5ms", "[n22] got 3 in 300ms"));
    assert!(is_one_line("got {'a': [1, 2]} now", "got {} now"));
    assert!(is_one_line("at 0x7f3a", "at 0x11"));
    assert!(!is_one_line("hello", "hello world"));
    assert!(!is_one_line("got {} now", "got {} later"));
}

#[test]
fn what_is_recognized_in_a_line_is_the_cause_whatever_else_it_says() {
    let dictionary = |bytes: &str| Diagnosis::NotJson {
        line: 1,
        bytes: bytes.into(),
        guess: Guess::PythonDictionary,
        count: 1,
        or_more: false,
    };
    let [one, other] = ["{'type': 'init_ok'}", "{'type': 'read_ok'}"].map(dictionary);
    assert!(is_one(std::slice::from_ref(&one), &[other]));
    assert!(!is_one(&[one], &[log_line(1, "{'type': 'init_ok'}")]));
}

#[test]
fn node_of_a_cluster_has_the_causes_of_a_node_alone() {
    let broke = Diagnosis::Broke {
        node: "n3".to_owned(),
        rule: Rule::NotJson {
            reason: "expected value at line 1 column 1".to_owned(),
        },
        bytes: b"hello".to_vec(),
        guess: Some(Guess::LogLine),
        count: 3,
    };
    assert!(is_one(&[broke], &[log_line(1, "hello")]));
    let (exit, last_words) = (Exit::Status(1), b"KeyError: 'x'".to_vec());
    let crashed = Diagnosis::Crashed {
        node: "n1".to_owned(),
        exit,
        last_words: last_words.clone(),
    };
    let exited = |exit, last_words: &[u8]| Diagnosis::BadExit {
        exit,
        last_words: last_words.to_vec(),
        all_right: false,
        counts: true,
    };
    let crashed = [crashed];
    assert!(is_one(&crashed, &[exited(exit, &last_words)]));
    assert!(!is_one(&crashed, &[exited(exit, b"KeyError: 'y'")]));
    assert!(!is_one(&crashed, &[exited(Exit::Status(2), &last_words)]));
}

#[test]
fn first_cause_counts_but_a_symptom_needs_the_next_one() {
    let missing = |kind: &str| Diagnosis::MissingReply {
        rested: None,
        request: 2,
        kind: kind.to_owned(),
        id: "1".to_owned(),
        count: 1,
    };
    let timed_out = || Diagnosis::TimedOut {
        timeout: Duration::from_secs(5),
        state: Stuck::Idle,
        waited: None,
    };
    let hello = || log_line(1, "hello");
    assert!(is_one(
        &[hello(), missing("read")],
        &[hello(), missing("echo")]
    ));
    let [read, echo] = ["read", "echo"].map(|kind| [timed_out(), missing(kind)]);
    assert!(is_one(&read, &[timed_out(), missing("read")]));
    assert!(!is_one(&read, &echo));
}

/// A failure that no diagnosis explains: a message of this type differs in one place.
fn differing(kind: &str, keys: &[&str], how: DifferenceKind) -> CaseOutcome {
    let mut path = Path::default();
    for key in keys {
        match key.parse() {
            Ok(index) => path.push_index(index),
            Err(_) => path.push_key(key),
        }
    }
    let message = json!({"src": "n1", "dest": "c1", "body": {"type": kind}});
    let excerpt = Excerpt {
        line: 1,
        mismatch: Mismatch::Differs {
            expected: 0,
            actual: 0,
            differences: vec![Difference { path, kind: how }],
        },
        looked_at: None,
        past_end: false,
        actual_line: Some(1),
        came_on: None,
        rows: vec![Row {
            side: Side::Expected,
            number: 1,
            line: MarkedLine::plain(&message.to_string()),
        }],
        renamed: Vec::new(),
    };
    let mut outcome = failed(&[]);
    if let CaseResult::Failed(failure) = &mut outcome.result {
        failure.excerpt = Some(excerpt);
    }
    outcome
}

#[test]
fn differences_are_one_cause_by_type_place_and_value_up_to_numbers() {
    let value = |expected: Value, actual: Value| DifferenceKind::Value { expected, actual };
    let five = || value(json!(5), json!(7));
    let one = || differing("read_ok", &["body", "messages", "0"], five());
    let is_one = |other: &CaseOutcome| {
        let mut causes = Causes::default();
        causes.add(&one());
        causes.add(other)
    };
    let other = |kind, keys: &[&str], how| is_one(&differing(kind, keys, how));
    let messages = ["body", "messages", "3"];
    assert!(other("read_ok", &messages, value(json!(1.5), json!(20))));
    assert!(!other("read_ok", &messages, value(json!(5), json!("7"))));
    assert!(!other("read_ok", &messages, value(json!(5), json!(null))));
    assert!(!other("read_ok", &["body", "value"], five()));
    assert!(!other("echo_ok", &messages, five()));
    let missing = DifferenceKind::Missing { expected: json!(5) };
    assert!(!other("read_ok", &messages, missing));
}

#[test]
fn faults_in_files_of_a_case_are_told_for_each() {
    let wrong_file = Diagnosis::InputNotJson {
        line: 1,
        reason: "x".to_owned(),
    };
    let wrong_file = [wrong_file];
    assert!(!is_one(&wrong_file, &wrong_file));
    let mut causes = Causes::default();
    for _ in 0..2 {
        assert!(!causes.add(&outcome("a.in", CaseResult::NothingExpected, Vec::new())));
        assert!(!causes.add(&outcome("a.in", CaseResult::Passed, Vec::new())));
    }
    assert_eq!(causes.shared().count(), 0);
}

#[test]
fn notes_of_the_node_are_told_once_apart_from_failures() {
    let mut causes = Causes::default();
    let passed = |name: &str| outcome(name, CaseResult::Passed, vec![Note::Lingered]);
    assert!(!causes.add(&passed("a.in")));
    assert!(causes.add(&passed("b.in")));
    assert!(!causes.add(&failed(&[Diagnosis::Silent])));
    let shared: Vec<_> = causes
        .shared()
        .map(|group| (group.end, group.more))
        .collect();
    assert_eq!(shared, [(CaseEnd::Passed, 1)]);
}

#[test]
fn three_more_cases_are_named_and_all_are_counted() {
    let mut causes = Causes::default();
    for name in ["a.in", "b.in", "c.in", "d.in", "e.in", "f.in"] {
        let mut outcome = failed(&[Diagnosis::Silent]);
        outcome.files.input = name.into();
        causes.add(&outcome);
    }
    let group = causes.shared().next().unwrap();
    let named = group
        .named
        .iter()
        .map(|files| files.input.to_str().unwrap());
    assert_eq!(named.collect::<Vec<_>>(), ["b.in", "c.in", "d.in"]);
    assert_eq!((group.first.input.to_str(), group.more), (Some("a.in"), 5));
}

#[test]
fn no_more_causes_are_kept_than_anybody_reads() {
    let mut causes = Causes::default();
    // Words, for numbers are all one.
    let word = |number: usize| "x".repeat(number % 150) + &"y".repeat(number / 150);
    for number in 0..=CAUSES_MAX {
        assert!(!causes.add(&failed(&[log_line(1, &word(number))])));
    }
    assert!(
        !causes.add(&failed(&[log_line(1, &word(CAUSES_MAX))])),
        "told each time"
    );
    assert!(causes.add(&failed(&[log_line(1, &word(1))])));
}

#[test]
fn commonest_cause_is_that_of_most_failures_the_first_of_several() {
    let mut causes = Causes::default();
    assert_eq!(causes.commonest(), None);
    let mut add = |name: &str, cause: &str| {
        let mut one = failed(&[log_line(1, cause)]);
        one.files = CaseFiles::new(PathBuf::from(name));
        causes.add(&one);
        for note in ["x.in", "y.in", "z.in", "w.in"] {
            causes.add(&outcome(note, CaseResult::Passed, vec![Note::Lingered]));
        }
        let group = causes.commonest().unwrap();
        (group.first.input.display().to_string(), group.more)
    };
    assert_eq!(add("a.in", "one"), ("a.in".to_owned(), 0));
    assert_eq!(add("b.in", "two"), ("a.in".to_owned(), 0));
    assert_eq!(add("c.in", "two"), ("b.in".to_owned(), 1));
    assert_eq!(add("d.in", "one"), ("a.in".to_owned(), 1));
    assert_eq!(add("e.in", "two"), ("b.in".to_owned(), 2));
}

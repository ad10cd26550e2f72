//! No text makes a parser panic, and what it refuses has a place in that text.

use std::path::Path;

use harness::case::syntax::{self, SyntaxError};
use harness::case::{config, expected, input};
use harness::cluster::format::{FormatError, history, messages};
use harness::cluster::judged::Judged;
use harness::cluster::limit::Limit;
use harness::cluster::recording::Recording;
use harness::cluster::{envelope, history::Event};
use harness::import::folder::File;
use harness::import::{self, Import};
use harness::{json, matching::actual};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::samples::{CLUSTER, CONFIG, EXPECTED, HISTORY, INPUT, MARKDOWN, MESSAGES, PAGE};
use super::texts::text;

/// Reads a `harness.toml` as the loader does.
pub fn toml(bytes: &[u8]) -> Result<(), SyntaxError> {
    let text = config::text(bytes)?;
    config::parse(text, Path::new("harness.toml")).map(drop)
}

/// Whether the place of an error is one of the text. Where an argument is missing, it is the one
/// after the blank that is missing as well.
fn has_place(bytes: &[u8], error: &SyntaxError) -> Result<(), TestCaseError> {
    let bytes = syntax::without_mark(bytes);
    let line = bytes
        .split(|byte| *byte == b'\n')
        .nth(error.line.wrapping_sub(1));
    prop_assert!(line.is_some(), "{error:?}");
    let characters = String::from_utf8_lossy(line.unwrap_or_default())
        .chars()
        .count();
    prop_assert!((1..=characters + 2).contains(&error.column), "{error:?}");
    prop_assert!(!error.problem.to_string().is_empty());
    Ok(())
}

fn is_fine<T>(bytes: &[u8], parsed: Result<T, SyntaxError>) -> Result<(), TestCaseError> {
    parsed.map_or_else(|error| has_place(bytes, &error), |_| Ok(()))
}

/// What comes out can be read by the parsers that will read it, and its warnings have places.
fn is_import(bytes: &[u8], import: &Import) -> Result<(), TestCaseError> {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    for case in &import.cases {
        prop_assert!(input::parse(&case.input).is_ok(), "{case:?}");
        let read = case.expected.as_deref().map(expected::parse).transpose();
        prop_assert!(read.is_ok(), "{case:?}");
    }
    for warning in &import.warnings {
        prop_assert!((1..=lines).contains(&warning.place.line), "{warning:?}");
        prop_assert!(!warning.finding.to_string().is_empty());
    }
    Ok(())
}

pub fn is_of(bytes: &[u8], error: &FormatError) -> Result<(), TestCaseError> {
    let (FormatError::CutOff { line }
    | FormatError::Malformed { line, .. }
    | FormatError::Contradicts { line, .. }) = error
    else {
        return Err(TestCaseError::fail(format!("no line: {error:?}")));
    };
    let lines = bytes.split(|byte| *byte == b'\n').count();
    prop_assert!((1..=lines).contains(line), "{error:?}");
    prop_assert!(!error.to_string().is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(super::config())]

    #[test]
    fn an_in_is_read_or_has_a_place(bytes in text(INPUT)) {
        is_fine(&bytes, input::parse(&bytes))?;
    }

    #[test]
    fn an_in_with_a_cluster_is_read_or_has_a_place(bytes in text(CLUSTER)) {
        is_fine(&bytes, input::parse(&bytes))?;
    }

    #[test]
    fn an_expected_is_read_or_has_a_place(bytes in text(EXPECTED)) {
        is_fine(&bytes, expected::parse(&bytes))?;
    }

    #[test]
    fn a_harness_toml_is_read_or_has_a_place(bytes in text(CONFIG)) {
        is_fine(&bytes, toml(&bytes))?;
    }

    #[test]
    fn a_message_is_read_or_has_a_place(bytes in text(EXPECTED)) {
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Err(error) = json::read(line) {
                prop_assert!(error.offset <= line.len(), "{error:?}");
            }
            let _ = envelope::read(line).map(|message| message.values(10));
        }
        let lines = actual::lines(&bytes, usize::MAX);
        prop_assert_eq!(lines.total, lines.lines.len());
    }

    #[test]
    fn a_page_becomes_cases_that_can_be_read(bytes in text(PAGE)) {
        if let Ok(import) = import::from_text("page", &bytes) {
            is_import(&bytes, &import)?;
        }
    }

    #[test]
    fn markdown_becomes_cases_that_can_be_read(bytes in text(MARKDOWN)) {
        if let Ok(import) = import::from_text("task.md", &bytes) {
            is_import(&bytes, &import)?;
        }
    }

    #[test]
    fn a_folder_becomes_cases_that_can_be_read(
        input in text(INPUT),
        expected in text(EXPECTED),
        names in proptest::sample::subsequence(
            vec!["expected-1.txt", "input-1.jsonl", "input-2.jsonl", "input.jsonl", "x/"], 0..=5,
        ),
    ) {
        let file = |name: &str| File {
            name: name.to_owned(),
            path: format!("folder/{name}"),
            bytes: if name.starts_with('e') { expected.clone() } else { input.clone() },
        };
        let files: Vec<_> = names.into_iter().map(file).collect();
        if let Ok(import) = import::from_folder(&files) {
            let longest = [input, expected].concat();
            is_import(&longest, &import)?;
        }
    }

    #[test]
    fn a_stored_run_is_judged_or_has_a_place(text in text(HISTORY), carried in text(MESSAGES)) {
        let (settings, events) = match history::read(&text) {
            Ok(read) => read,
            Err(error) => return is_of(&text, &error),
        };
        // What can be read is judged, whatever stands beside it.
        let mut good: Vec<Event> = Vec::new();
        for event in events {
            match event {
                Ok(event) => good.push(event),
                Err(error) => is_of(&text, &error)?,
            }
        }
        let mut known = Vec::new();
        for message in messages::read(&carried, settings.nodes.len()) {
            match message {
                Ok(message) => known.push(message),
                Err(error) => is_of(&carried, &error)?,
            }
        }
        let judged = Judged::of(Recording::replay(settings, good, known, []), Limit::NONE);
        let said = format!("{:?}", judged.verdict);
        prop_assert!(!said.is_empty());
    }
}

//! The course's two sample cases: a node that answers as they show passes, and any change of
//! meaning in what they expect fails, at its line and path.

use std::fs;
use std::path::{Path, PathBuf};

use harness::case::expected::ExpectedContent;
use harness::case::mode::MatchMode;
use harness::case::{self, Case, CaseFiles, ExpectedLine, Loader, expected};
use harness::json::same;
use harness::judge::{CaseVerdict, Trial};
use harness::matching::Mismatch;
use harness::matching::bindings::KnownIds;
use harness::matching::difference::Rules;
use harness::transcript::Transcript;

use crate::fake::Cases;

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/task/samples");
    let found = case::find::find(&[folder]).unwrap();
    assert_eq!(found.cases.len(), 2);
    found.cases.into_iter().map(|files| files.input).collect()
}

/// What a node writes that answers just as the sample shows.
fn output(case: &Case) -> String {
    let text = fs::read_to_string(case.files.expected()).unwrap();
    let lines = text.lines().filter(|line| line.starts_with('{'));
    lines.collect::<Vec<_>>().join("\n")
}

/// The line and the path at which the case fails when it expects this; `None` if it passes.
fn failing_place(case: &Case, expected: &[ExpectedLine], output: &str) -> Option<(usize, String)> {
    let rules = Rules {
        known: KnownIds::of(&case.requests, expected),
        ..Rules::default()
    };
    let trial = Trial {
        case,
        expected,
        mode: MatchMode::Exact,
        rules: &rules,
    };
    let CaseVerdict::Failed(failure) = trial.judge(&Transcript::clean(output)) else {
        return None;
    };
    let excerpt = failure
        .excerpt
        .expect("a changed expectation is a mismatch");
    let path = match &excerpt.mismatch {
        Mismatch::Differs { differences, .. } => differences[0].path.to_string(),
        _ => String::new(),
    };
    Some((excerpt.line, path))
}

/// Whether two expectations mean the same, ids by their numbers.
fn same_meaning(one: &[ExpectedLine], other: &[ExpectedLine]) -> bool {
    let same_line = |one: &ExpectedLine, other: &ExpectedLine| match (&one.content, &other.content)
    {
        (ExpectedContent::Json { value: one, .. }, ExpectedContent::Json { value: other, .. }) => {
            same(one, other)
        }
        (ExpectedContent::Text(one), ExpectedContent::Text(other)) => one == other,
        _ => false,
    };
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|(one, other)| same_line(one, other))
}

#[test]
fn any_byte_of_meaning_counts() {
    for input in samples() {
        let case = Loader::default().load(CaseFiles::new(input)).unwrap();
        let output = output(&case);
        let right = case.expected.clone().unwrap();
        assert_eq!(failing_place(&case, &right, &output), None);
        let text = fs::read_to_string(case.files.expected()).unwrap();
        let mut failed = 0;
        for (offset, old) in text.bytes().enumerate().filter(|(_, old)| *old != b'\n') {
            let line = text[..offset].matches('\n').count() + 1;
            // By turns: all five at each place take long, and say no more.
            for new in [b"x7"[offset % 2], b"\"} "[offset % 3]] {
                let mut changed = text.clone().into_bytes();
                changed[offset] = new;
                let changed = expected::parse(&changed).unwrap();
                if same_meaning(&changed, &right) || is_other_number(&text, offset, new) {
                    continue;
                }
                let place = failing_place(&case, &changed, &output);
                let place =
                    place.unwrap_or_else(|| panic!("{:?} for {old:?} at {offset}", new as char));
                assert_eq!(place.0, line, "{:?} at {offset}", new as char);
                failed += 1;
            }
        }
        assert!(failed > 400, "only {failed} changes failed");
    }
}

/// Whether the change gives a `msg_id` another number: that is no change of meaning.
fn is_other_number(text: &str, offset: usize, new: u8) -> bool {
    new == b'7' && text[..offset].trim_end().ends_with("\"msg_id\":")
}

#[test]
fn a_changed_value_fails_at_its_path_and_only_in_its_case() {
    let changes = [
        (1, "\"c0\"", "\"c9\"", "dest should be \"c9\", is \"c0\""),
        (2, "\"n1\"", "\"n2\"", "src should be \"n2\", is \"n1\""),
        (
            3,
            "broadcast_ok",
            "ok",
            "body.type should be \"ok\", is \"broadcast_ok\"",
        ),
        (
            3,
            "\"in_reply_to\": 3",
            "\"in_reply_to\": 4",
            "body.in_reply_to should be 4, is 3",
        ),
        (
            4,
            "[42]",
            "[42, 43]",
            "body.messages[1] is missing; it should be 43",
        ),
        (
            4,
            "[42]",
            "[]",
            "body.messages[0] should not be there; it is 42",
        ),
        (
            4,
            "\"messages\"",
            "\"message\"",
            "body.message is missing; it should be [42]",
        ),
        (
            4,
            "\"msg_id\": 3",
            "\"msg_id\": 2",
            "body.msg_id should be 2, which matched 2 on line 3; it is 3",
        ),
    ];
    let sample = samples()
        .into_iter()
        .find(|path| path.ends_with("broadcast-with-no-neighbors.in"))
        .unwrap();
    let case = Loader::default()
        .load(CaseFiles::new(sample.clone()))
        .unwrap();
    let input = fs::read_to_string(&sample).unwrap();
    let expected = output(&case);
    let cases = Cases::new();
    cases.write("output", &expected);
    cases.add("right", &input, &expected);
    for (number, (line, old, new, _)) in changes.iter().enumerate() {
        let wanted = edit(&expected, *line, old, new);
        cases.add(&format!("changed-{number}"), &input, &wanted);
    }
    let ran = cases.run_with(&["."], &["replay", "output"]);
    let last = format!("golden: 1 passed, {} failed", changes.len());
    ran.check(1, &[], &last);
    for (number, (line, _, _, says)) in changes.iter().enumerate() {
        let place = format!("\n  ./changed-{number}.expected:{line}: {says}");
        assert!(ran.stdout.contains(&place), "no {place} in\n{}", ran.stdout);
    }
}

/// The text with one line edited.
fn edit(text: &str, number: usize, old: &str, new: &str) -> String {
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    assert!(lines[number - 1].contains(old), "{old} on {number}");
    lines[number - 1] = lines[number - 1].replace(old, new);
    lines.join("\n")
}

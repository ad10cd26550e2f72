//! What holds for any source: each case that comes of it loads, and nothing leads out of its folder.

use std::path::{Component, PathBuf};

use harness::case::{Step, expected, input};
use harness::import::course::{self, CourseFile};
use harness::import::folder::File;
use harness::import::{self, Import};
use proptest::prelude::*;

use super::{INIT, INIT_OK, READ, READ_OK, shown};

/// Lines that mean something in a source, or look as if they did.
fn line() -> impl Strategy<Value = String> {
    let known = [
        "Sample Test Cases",
        "Input",
        "Expected Output",
        "Hints",
        "TitleTimeout: 5000ms",
        "Timeout: 0ms",
        "Input:",
        "Expected output:",
        "输入：",
        "期望输出",
        "```",
        "~~~json",
        "### 1. Title",
        "# Title",
        "**2. Title**",
        "a note",
        INIT,
        INIT_OK,
        READ,
        READ_OK,
        "# comment",
        "@timeout 1s",
        "@nothing",
        "",
        "\u{a0}",
        "{...}",
        ".*",
        "{\"a\": .*, ...}",
        "[1, ...]",
        "\"<id:x>\"",
        "{\"body\":{\"x\":\"<any:y>\"}}",
        "\"<int>\"",
        "\"a.*(\"",
        "[\"<unordered>\",\"<re:(>\"]",
        "{\"<...>\":\"<...>\"}",
        "{\"$serde_json::private::Number\":\".*\"}",
    ];
    prop_oneof![
        6 => prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => "[\\[\\]{}\"\\\\:,.*<>=#@a1 \u{a0}\u{feff}\r-]{0,12}",
        1 => ".{0,8}",
    ]
}

/// What every import must keep: each case loads, and no name comes twice or leads elsewhere.
fn is_sound(import: &Import) -> Result<(), TestCaseError> {
    let mut names: Vec<_> = import.cases.iter().map(|case| &case.name).collect();
    for case in &import.cases {
        let input = input::parse(&case.input)
            .map_err(|error| TestCaseError::fail(error.problem.to_string()))?;
        let settings = input.directives.settings;
        prop_assert_eq!(settings.match_mode(), case.mode);
        prop_assert!(
            !input.title.is_empty() && settings.args.is_none() && input.directives.skip.is_none()
        );
        for step in &input.steps {
            let sends = matches!(step, Step::Send { names, .. } if names.is_empty());
            prop_assert!(sends, "{:?}", step);
        }
        if let Some(expected) = &case.expected {
            prop_assert!(expected::parse(expected).is_ok());
        }
        prop_assert!(!case.name.contains(['/', '.', '\0']) && (1..=120).contains(&case.name.len()));
    }
    names.sort();
    names.dedup();
    prop_assert_eq!(names.len(), import.cases.len());
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_imported_soundly_or_refused(lines in prop::collection::vec(line(), 0..24)) {
        if let Ok(import) = import::from_text("src", lines.join("\n").as_bytes()) {
            is_sound(&import)?;
        }
    }

    #[test]
    fn any_bytes_are_imported_soundly_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let page = [b"TTimeout: 5s\nInput\n", &bytes[..], b"\nExpected Output\n", &bytes[..]].concat();
        for text in [bytes, page] {
            if let Ok(import) = import::from_text("src", &text) {
                is_sound(&import)?;
            }
        }
    }

    #[test]
    fn any_folder_is_imported_soundly_or_refused(
        files in prop::collection::vec(("(input|expected)?(-[0-9a]{0,2})?(.jsonl|.txt)?", prop::collection::vec(line(), 0..6)), 0..6)
    ) {
        let file = |(name, lines): &(String, Vec<String>)| File {
            name: name.clone(),
            path: name.clone(),
            bytes: lines.join("\n").into_bytes(),
        };
        let files: Vec<_> = files.iter().map(file).collect();
        if let Ok(import) = import::from_folder(&files) {
            is_sound(&import)?;
        }
    }

    #[test]
    fn any_course_is_imported_soundly_and_no_two_cases_have_one_file(
        files in prop::collection::vec(
            ("(a/|b/)?(samples/)?", "(task|b|input-1|expected-1)[.](md|txt|jsonl)", prop::collection::vec(line(), 0..10)),
            0..8,
        )
    ) {
        let file = |(folder, name, lines): &(String, String, Vec<String>)| CourseFile {
            path: PathBuf::from(format!("{folder}{name}")),
            file: File {
                name: name.clone(),
                path: format!("course/{folder}{name}"),
                bytes: lines.join("\n").into_bytes(),
            },
        };
        let files: Vec<_> = files.iter().map(file).collect();
        let course = course::read("course", &files);
        let mut stems = Vec::new();
        for task in course.tasks {
            let inside = |part: Component<'_>| matches!(part, Component::Normal(_));
            prop_assert!(task.folder.components().all(inside), "{:?}", task.folder);
            stems.extend(task.cases.iter().map(|case| task.folder.join(&case.name)));
            is_sound(&Import { cases: task.cases, warnings: Vec::new() })?;
        }
        let count = stems.len();
        stems.sort();
        stems.dedup();
        prop_assert_eq!(stems.len(), count);
    }

    /// What a sample expects and is no pattern, its case expects byte for byte.
    #[test]
    fn messages_that_mean_themselves_are_kept(kinds in prop::collection::vec("[a-z ]{1,8}", 1..5)) {
        let message = |kind: &String| format!("{{\"src\":  \"n1\", \"dest\":\"c1\",\"body\":{{\"type\":{kind:?}}}}}\n");
        let messages: String = kinds.iter().map(message).collect();
        for source in [
            format!("TTimeout: 5s\nInput\n{messages}Expected Output\n{messages}"),
            format!("# T\nInput:\n```\n{messages}```\nExpected output:\n```\n{messages}```\n"),
        ] {
            let import = import::from_text("src", source.as_bytes()).unwrap();
            let wanted = format!("== t (exact)\n# T\n{messages}--\n{messages}");
            prop_assert_eq!(shown(&import), wanted);
        }
    }
}

//! Pages, Markdown and folders of samples with hostile words.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use harness::case::{CaseError, expected, input};
use harness::command::{Failed, Refused};
use harness::import::{self, folder};
use harness::outcome::NotRun;
use harness::report::words;

use super::{WORDS, check_inert, check_once, name, text};
use crate::fake::Cases;

/// A page with this word in its titles, inputs and outputs.
fn page(word: &str) -> String {
    format!(
        "Sample Test Cases\n\n{word}\nTimeout: 5000ms\nInput\n{{\"a\":{word}}}\n{word}\nExpected Output\n{word}\n\
         ../../up\nTimeout: {word}\nInput\n{{}}\nExpected Output\n{word}\n\n/etc/passwd\nTimeout: 5000ms\nInput\n@args {word}\n\
         Expected Output\n{word}\n\n"
    )
}

/// The same in Markdown.
fn markdown(word: &str) -> String {
    format!(
        "# {word}\n\n### 1. {word}\n\n{word}\n\nInput:\n\n```\n{{\"a\":1}}\n{word}\n```\n\nExpected output:\n\n```\n{word}\n```\n\n\
         ### 2. ../../up\n\nInput:\n\n```\n{{}}\n```\n\nExpected output:\n\n```\n{{}}\n```\n"
    )
}

/// The same in files that lie about as a course gives them.
fn files(word: &[u8]) -> Vec<(PathBuf, Vec<u8>)> {
    let mut stem = name(word).into_os_string();
    stem.push("-input-1.jsonl");
    vec![
        ("input-1.jsonl".into(), [word, b"\n{}\n"].concat()),
        ("expected-1.txt".into(), word.to_vec()),
        ("input-2.jsonl".into(), word.to_vec()),
        (stem.into(), word.to_vec()),
    ]
}

/// Asserts that a name of a case is one, whatever the title was.
#[track_caller]
fn check_name(name: &str) {
    let is_plain = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
    assert!(name.chars().all(is_plain), "{name:?}");
    assert!(!name.starts_with(['-', '.']), "{name:?}");
}

#[test]
fn no_word_acts_in_what_an_import_makes_and_none_leads_out_of_its_folder() {
    for word in WORDS {
        let source = name(word);
        let file = |(file, bytes): (PathBuf, Vec<u8>)| folder::File {
            name: text(file.as_os_str().as_bytes()),
            path: text(source.join(file).as_os_str().as_bytes()),
            bytes,
        };
        let bytes = [
            b"Sample Test Cases\n\n",
            word,
            b"\nTimeout: 5000ms\nInput\n",
            word,
            b"\nExpected Output\n",
            word,
        ];
        for import in [
            import::from_text(&text(word), page(&text(word)).as_bytes()),
            import::from_text(&text(word), markdown(&text(word)).as_bytes()),
            import::from_text(&text(word), &bytes.concat()),
            import::from_text(&text(word), word),
            import::from_folder(&files(word).into_iter().map(file).collect::<Vec<_>>()),
            import::from_folder(&[folder::File {
                name: text(word),
                path: text(word),
                bytes: word.to_vec(),
            }]),
        ] {
            let import = match import {
                Ok(import) => import,
                Err(found) => {
                    let source = source.clone();
                    let failed = Failed::Import(Refused::Unrecognized { source, found });
                    check_inert("a refusal", &failed.to_string());
                    continue;
                }
            };
            for case in import.cases {
                check_name(&case.name);
                // What was imported is read again without surprise.
                let expected = case.expected.unwrap_or_default();
                let errors = [
                    input::parse(&case.input).err(),
                    expected::parse(&expected).err(),
                ];
                for error in errors.into_iter().flatten() {
                    let file = source.clone();
                    let error = NotRun::BadCase(CaseError::Syntax { file, error });
                    check_inert("an error", &words::not_run(&error));
                }
            }
        }
    }
}

#[test]
fn no_word_acts_in_what_an_import_says() {
    let cases = Cases::new();
    let folder = cases.path().join("in");
    let samples = folder.join(name(&WORDS[..3].concat()));
    fs::create_dir_all(&samples).unwrap();
    for (file, bytes) in WORDS.into_iter().flat_map(files) {
        fs::write(samples.join(file), bytes).unwrap();
    }
    let texts = WORDS.map(text);
    fs::write(
        folder.join("page"),
        texts.each_ref().map(|text| page(text)).concat(),
    )
    .unwrap();
    let markdown = texts.each_ref().map(|text| markdown(text)).concat();
    fs::write(folder.join("markdown"), markdown).unwrap();
    let refused = folder.join(name(&WORDS[3..6].concat()));
    fs::write(&refused, WORDS.concat()).unwrap();
    for (source, status) in [
        (folder.join("page"), 0),
        (folder.join("markdown"), 0),
        (samples, 0),
        (refused, 2),
    ] {
        let import = [OsStr::new("import"), source.as_os_str()];
        let last = ["out", "--force"].map(OsStr::new);
        let ran = check_once(&cases, &[&import[..], &last].concat());
        assert_eq!(ran.status, status, "{}{}", ran.stdout, ran.stderr);
    }
    let out = fs::read_dir(cases.path().join("out")).unwrap();
    for file in out {
        check_name(&file.unwrap().file_name().into_string().unwrap());
    }
    check_once(&cases, &["list", "out"].map(OsStr::new));
    let left: BTreeSet<_> = fs::read_dir(cases.path())
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    let known = ["in", "out", ".cache"];
    assert!(
        left.iter().all(|it| known.iter().any(|known| it == known)),
        "{left:?}"
    );
}

//! The commands that the harness advises: a shell that is given one does what was meant.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{WORDS, check, name, words_of};
use crate::fake::{self, Cases};

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"x\",\"msg_id\":1}}\n";

/// Asserts that a shell takes a command for these words.
#[track_caller]
fn check_command(command: &str, words: &[&OsStr]) {
    let words: Vec<_> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
    if let Some(taken) = words_of("bash", command) {
        assert_eq!(taken, words, "{command}");
    }
    // What is quoted in the old way does in each shell.
    if !command.contains("$'") {
        assert_eq!(words_of("sh", command), Some(words), "{command}");
    }
}

/// The command behind this word in what was said.
#[track_caller]
fn command<'a>(said: &'a str, before: &str) -> &'a str {
    let mut lines = said
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix(before));
    lines.next().expect(said)
}

#[test]
fn what_is_advised_names_the_case_and_the_node_whatever_they_are_called() {
    let harness = assert_cmd::cargo::cargo_bin!("harness").as_os_str();
    for word in WORDS {
        let cases = Cases::new();
        let folder = cases.path().join(name(word));
        fs::create_dir_all(&folder).unwrap();
        // Named by itself, so that a name like an option's is one.
        let mut file = name(word).into_os_string();
        file.push(".in");
        fs::write(cases.path().join(&file), PING).unwrap();
        let mut case = OsString::from("./");
        case.push(&file);
        let node = folder.join("node");
        symlink(fake::node(), &node).unwrap();
        let mut bin = OsString::from("./");
        bin.push(name(word).join("node"));
        let run = [OsStr::new("run"), &case, OsStr::new("--bin"), &bin];
        let ran = check(&cases, &run);
        let words = [
            harness,
            OsStr::new("bless"),
            OsStr::new("--bin"),
            &bin,
            &case,
        ];
        check_command(command(&ran.stdout, "bless: "), &words);

        let mut expected = case.clone().into_encoded_bytes();
        expected.truncate(expected.len() - 3);
        expected.extend(b".expected");
        fs::write(cases.path().join(OsStr::from_bytes(&expected)), PING).unwrap();
        let again = [harness, OsStr::new("run"), OsStr::new("--bin"), &bin, &case];
        let ran = check(&cases, &run);
        check_command(command(&ran.stdout, "again: "), &again);
        let audit = [OsStr::new("audit"), &case, OsStr::new("--bin"), &bin];
        let ran = check(&cases, &audit);
        let said = ran.stdout.lines().nth(2).unwrap().trim();
        check_command(said, &again);

        if let Ok(argument) = std::str::from_utf8(word) {
            let more = [OsStr::new("--"), OsStr::new("good"), OsStr::new(argument)];
            let ran = check(&cases, &[&run[..], &more].concat());
            check_command(
                command(&ran.stdout, "again: "),
                &[&again[..], &more].concat(),
            );
        }
        assert!(!cases.path().join("pwned").exists());
    }
}

#[test]
fn a_new_case_and_an_import_advise_what_can_be_done() {
    let harness = assert_cmd::cargo::cargo_bin!("harness").as_os_str();
    let page = "Sample Test Cases\nOne\nTimeout: 5000ms\nInput\n{\"a\":1}\nExpected Output\n{}\n";
    for word in WORDS {
        let Ok(text) = std::str::from_utf8(word) else {
            continue;
        };
        let cases = Cases::new();
        cases.write("page.txt", page);
        let case = name(text.replace("..", "up").as_bytes());
        let ran = cases.ran(fake::harness().arg("new").arg("--").arg(&case));
        super::check_outputs("new", &ran);
        let mut input = case.clone().into_os_string();
        input.push(".in");
        assert!(cases.path().join(&input).is_file(), "{}", ran.stderr);
        if Path::new(&input).as_os_str().as_bytes().starts_with(b"-") {
            input = Path::new(".").join(&input).into_os_string();
        }
        let said = ran.stdout.lines().last().unwrap().trim();
        let bless = [
            harness,
            OsStr::new("bless"),
            &input,
            OsStr::new("--bin"),
            OsStr::new("NODE"),
        ];
        check_command(said, &bless);
        // What it wrote is one title and one init, whatever it is called.
        let written = fs::read_to_string(cases.path().join(&case).with_extension("in"));
        let written = written
            .or_else(|_| fs::read_to_string(cases.path().join(&input)))
            .unwrap();
        let lines: Vec<_> = written
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        assert_eq!(lines.len(), 1, "{written}");

        let folder = name(format!("{text}-imported").as_bytes());
        let ran = cases.ran(
            fake::harness()
                .args(["import", "page.txt", "--"])
                .arg(&folder),
        );
        super::check_outputs("import", &ran);
        let mut folder = folder.into_os_string();
        if folder.as_bytes().starts_with(b"-") {
            folder = Path::new(".").join(&folder).into_os_string();
        }
        let run = ["harness", "run"].map(OsStr::new);
        let run = [
            &run[..],
            &[&folder, OsStr::new("--bin"), OsStr::new("PATH")],
        ]
        .concat();
        check_command(command(&ran.stdout, "next: "), &run);
    }
}

#[test]
fn a_filter_without_a_case_advises_a_list_that_works() {
    for word in WORDS {
        let cases = Cases::new();
        let folder = cases.path().join(name(word));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("case.in"), PING).unwrap();
        let mut path = OsString::from("./");
        path.push(name(word));
        let ran = check(
            &cases,
            &[
                OsStr::new("list"),
                &path,
                OsStr::new("--filter=no\u{1b}[5m"),
            ],
        );
        assert_eq!(ran.status, 2);
        let (_, rest) = ran.stderr.split_once("there); `").unwrap();
        let (said, _) = rest.rsplit_once("` shows them").unwrap();
        check_command(said, &[OsStr::new("harness"), OsStr::new("list"), &path]);
    }
}

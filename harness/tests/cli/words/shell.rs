//! The commands that the harness advises: a shell that is given one does what was meant.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::symlink;
use std::path::Path;

use harness::report::shell::{self, quoted};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::places::PING;
use super::{WORDS, check_inert, check_once, name, words_of};
use crate::fake::{self, Cases};

/// Commands, and the words that each means.
#[derive(Default)]
struct Commands(Vec<(String, Vec<Vec<u8>>)>);

impl Commands {
    fn add<W: AsRef<OsStr>>(&mut self, command: &str, words: &[W]) {
        let words = words.iter().map(|word| word.as_ref().as_bytes().to_vec());
        self.0.push((command.to_owned(), words.collect()));
    }

    /// The command behind `before` in what was said.
    #[track_caller]
    fn add_said<W: AsRef<OsStr>>(&mut self, said: &str, before: &str, words: &[W]) {
        let mut lines = said.lines();
        let command = lines.find_map(|line| line.trim_start().strip_prefix(before));
        self.add(command.expect(said), words);
    }

    /// Asserts that shells take all of them for their words: bash, and `sh` those that are quoted in the
    /// old way.
    #[track_caller]
    fn check(&self) {
        assert!(!self.0.is_empty());
        let old = self.0.iter().filter(|(command, _)| !command.contains("$'"));
        for (shell, commands) in [
            ("bash", self.0.iter().collect::<Vec<_>>()),
            ("sh", old.collect()),
        ] {
            let said = commands.iter().map(|(command, _)| command.as_str());
            let Some(taken) = words_of(shell, said) else {
                continue;
            };
            assert_eq!(taken.len(), commands.len(), "{shell}");
            for (taken, (command, words)) in taken.iter().zip(commands) {
                assert_eq!(taken, words, "{shell}: {command}");
            }
        }
    }
}

#[test]
fn any_words_stay_what_they_are_and_act_on_no_terminal() {
    let words = WORDS.map(<[u8]>::to_vec).into_iter();
    let bytes = (1..=u8::MAX).map(|byte| vec![byte]);
    let pairs =
        b"'\"\\$`!~#*?-\n\t\x1b\xff=%{[ 0".map(|byte| [vec![byte, b'x'], vec![b'x', byte, b'0']]);
    let mut runner = TestRunner::deterministic();
    let any = proptest::collection::vec(1..=u8::MAX, 0..12);
    let any = (0..200).map(|_| any.new_tree(&mut runner).unwrap().current());
    let all = words
        .chain(bytes)
        .chain(pairs.into_iter().flatten())
        .chain(any);
    let mut commands = Commands::default();
    for word in all {
        let word = OsString::from_vec(word);
        let words = [OsStr::new("x"), &word, &word];
        let command = quoted(&words);
        check_inert("a command", &command);
        assert!(
            !command.contains('\n') && !command.contains("##["),
            "{command}"
        );
        commands.add(&command, &words);
        assert!(!shell::path(Path::new(&word)).as_bytes().starts_with(b"-"));
    }
    commands.check();
}

#[test]
fn what_is_advised_names_the_case_and_the_node_whatever_they_are_called() {
    let harness = assert_cmd::cargo::cargo_bin!("harness").as_os_str();
    let cases = Cases::new();
    // Named one by one, so that a name like an option's is one.
    let inputs = WORDS.map(|word| {
        let mut input = OsString::from("./");
        input.push(name(word));
        input.push(".in");
        fs::write(cases.path().join(&input), PING).unwrap();
        input
    });
    let mut bin = OsString::from("./");
    bin.push(name(&WORDS.concat()[..200]));
    symlink(fake::node(), cases.path().join(&bin)).unwrap();
    let all: Vec<_> = inputs.iter().map(OsString::as_os_str).collect();
    let node = [
        OsStr::new("--bin"),
        &bin,
        OsStr::new("--"),
        OsStr::new("good"),
    ];
    let texts = WORDS
        .into_iter()
        .filter(|word| str::from_utf8(word).is_ok());
    let texts: Vec<_> = texts.map(OsStr::from_bytes).collect();
    let node = [&node[..], &texts].concat();
    let mut commands = Commands::default();
    let harness_text = harness.to_str().unwrap();
    let mut check = |verb: &str, before: &str, advised: &str| {
        let verb: Vec<_> = verb.split(' ').map(OsStr::new).collect();
        let ran = check_once(&cases, &[&verb[..], &all[..], &node].concat());
        let lines = ran.stdout.lines().map(str::trim_start);
        let said = lines.filter_map(|line| line.strip_prefix(before));
        let said: Vec<_> = said.filter(|said| said.contains(harness_text)).collect();
        // In the order in which they are run.
        let mut sorted = all.clone();
        sorted.sort_unstable();
        assert_eq!(
            said.len(),
            sorted.len(),
            "{verb:?}: {}{}",
            ran.stdout,
            ran.stderr
        );
        for (said, case) in said.into_iter().zip(sorted) {
            let first = [
                harness,
                OsStr::new(advised),
                OsStr::new("--bin"),
                &bin,
                case,
            ];
            commands.add(said, &[&first[..], &node[2..]].concat());
        }
    };
    check("run --annotations never", "bless: ", "bless");
    for input in &inputs {
        let mut expected = cases
            .path()
            .join(input)
            .into_os_string()
            .into_encoded_bytes();
        expected.truncate(expected.len() - 3);
        expected.extend(b".expected");
        fs::write(OsStr::from_bytes(&expected), PING).unwrap();
    }
    check("run --annotations never --verbose", "again: ", "run");
    check("audit", "", "run");
    commands.check();
    assert!(!cases.path().join("pwned").exists());
}

#[test]
fn a_new_case_and_an_import_advise_what_can_be_done() {
    let harness = assert_cmd::cargo::cargo_bin!("harness").as_os_str();
    let page = "Sample Test Cases\nOne\nTimeout: 5000ms\nInput\n{\"a\":1}\nExpected Output\n{}\n";
    let cases = Cases::new();
    cases.write("page.txt", page);
    let mut commands = Commands::default();
    let texts = WORDS
        .into_iter()
        .filter_map(|word| str::from_utf8(word).ok());
    let texts: Vec<_> = texts.map(|text| text.replace("..", "up")).collect();
    // As many words as a name has room for, and one that is like an option.
    for text in texts
        .chunks(8)
        .map(<[_]>::concat)
        .chain(["--help".to_owned()])
    {
        let case = name(text.as_bytes());
        let new = ["new", "--"].map(OsStr::new);
        let ran = check_once(&cases, &[&new[..], &[case.as_os_str()]].concat());
        let mut input = case.clone().into_os_string();
        input.push(".in");
        assert!(cases.path().join(&input).is_file(), "{}", ran.stderr);
        // What it wrote is one title and one init, whatever it is called.
        let written = fs::read_to_string(cases.path().join(&input)).unwrap();
        let lines = written.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.count(), 1, "{written}");
        let input = shell::path(Path::new(&input));
        let bless = [
            OsStr::new("bless"),
            &input,
            OsStr::new("--bin"),
            OsStr::new("NODE"),
        ];
        let said = ran.stdout.lines().last().unwrap().trim();
        commands.add(said, &[&[harness], &bless[..]].concat());

        let folder = name(format!("{text}-imported").as_bytes());
        let import = ["import", "page.txt", "--"].map(OsStr::new);
        let ran = check_once(&cases, &[&import[..], &[folder.as_os_str()]].concat());
        let folder = shell::path(&folder);
        let run = [
            OsStr::new("harness"),
            OsStr::new("run"),
            &folder,
            OsStr::new("--bin"),
            OsStr::new("PATH"),
        ];
        commands.add_said(&ran.stdout, "next: ", &run);
    }
    commands.check();
}

#[test]
fn a_filter_without_a_case_advises_a_list_that_works() {
    let cases = Cases::new();
    let folders = WORDS.map(|word| {
        let folder = cases.path().join(name(word));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("case.in"), PING).unwrap();
        let mut path = OsString::from("./");
        path.push(name(word));
        path
    });
    let folders: Vec<_> = folders.iter().map(OsString::as_os_str).collect();
    let list = [OsStr::new("list")];
    let filter = [OsStr::new("--filter=no\u{1b}[5m")];
    let ran = check_once(&cases, &[&list[..], &folders, &filter].concat());
    assert_eq!(ran.status, 2);
    let (_, rest) = ran.stderr.split_once("there); `").unwrap();
    let (said, _) = rest.rsplit_once("` shows them").unwrap();
    let mut commands = Commands::default();
    let words = ["harness", "list"].map(OsStr::new);
    commands.add(said, &[&words[..], &folders].concat());
    commands.check();
}

//! Where there is a terminal: the line at its foot, colors, and what is wrong with arguments.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use super::{WORDS, check_inert, check_once, check_outputs, places, text};
use crate::fake::{self, Cases};

/// Where an argument may be wrong, and what stands before it there.
const PLACES: [&str; 13] = [
    "",
    "--",
    "--bin",
    "--bin=",
    "--jobs=",
    "run",
    "run --",
    "run --jobs=",
    "test --bin none --nodes=",
    "test --workload=",
    "check",
    "new x {",
    "import",
];

#[test]
fn no_word_acts_among_the_arguments() {
    let cases = Cases::new();
    for (number, before) in PLACES.into_iter().enumerate() {
        // Those that are no text are refused before anything else.
        let texts = WORDS
            .into_iter()
            .filter(|word| str::from_utf8(word).is_ok());
        let mut texts: Vec<_> = texts.collect();
        let count = texts.len();
        texts.rotate_left(number % count);
        let texts = texts.join(&b' ');
        for word in [texts, WORDS.concat()] {
            let mut words: Vec<_> = before
                .split(' ')
                .map(|part| part.as_bytes().to_vec())
                .collect();
            match words.last_mut() {
                Some(last) if before.is_empty() || before.ends_with(['=', '-', '{']) => {
                    last.extend(&word);
                }
                _ => words.push(word),
            }
            let words: Vec<_> = words.iter().map(|word| OsStr::from_bytes(word)).collect();
            check_once(&cases, &words);
        }
    }
}

#[test]
fn no_word_acts_in_the_name_of_the_harness() {
    use std::os::unix::process::CommandExt;
    let cases = Cases::one("{}\n", "1\n");
    let word = WORDS.concat();
    let mut harness = fake::harness();
    harness.arg0(OsStr::from_bytes(&word));
    harness.args(["run", ".", "--bin", fake::node().to_str().unwrap()]);
    let ran = cases.ran(&mut harness);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    check_outputs("a name", &ran);
    let command = ran
        .stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("again: "))
        .unwrap();
    let Some(commands) = super::words_of("bash", [command]) else {
        return;
    };
    assert_eq!(commands[0][0], word);
}

/// What a terminal gets of a shell script; `None` where nothing makes one.
fn on_a_terminal(cases: &Cases, script: &str) -> Option<String> {
    let output = Command::new("script")
        .args(["-qec", script, "/dev/null"])
        .env_remove("GITHUB_ACTIONS")
        .env_remove("RUST_BACKTRACE")
        .env("XDG_CACHE_HOME", cases.path().join(".cache"))
        .current_dir(cases.path())
        .output();
    if output.is_err() {
        fake::does_without("script(1) to make a terminal: nobody tries one");
    }
    Some(text(&output.ok()?.stdout))
}

#[test]
fn a_line_at_the_foot_says_how_far_a_run_is() {
    let cases = Cases::one("@timeout 500ms\n{}\n", "1\n");
    let harness = assert_cmd::cargo::cargo_bin!("harness").display();
    let (node, cluster_node) = (fake::node().display(), fake::cluster_node().display());
    let cluster = "--time-limit 0.5 --recovery 0.1 --rate 20 --seed 1 --out out";
    for (command, line) in [
        (
            format!("run . --bin {node} -- deaf"),
            "0 of 1 cases  ./case.in",
        ),
        (
            format!("test --bin {cluster_node} {cluster}"),
            r"0[.][0-9] of 0[.]5 s: [0-9]+ requests?, [0-9]+ messages?",
        ),
    ] {
        let script = format!("{harness} {command}");
        let Some(said) = on_a_terminal(&cases, &script) else {
            return;
        };
        let line = regex::Regex::new(line).unwrap();
        assert!(line.is_match(&said), "{said}");
        let alone = on_a_terminal(&cases, &format!("{script} 2>elsewhere")).unwrap();
        assert!(!line.is_match(&alone), "{alone}");
        assert_eq!(cases.read("elsewhere"), "", "it is no terminal");
    }
}

#[test]
fn no_word_acts_on_a_terminal() {
    let cases = places::few();
    let harness = assert_cmd::cargo::cargo_bin!("harness").display();
    let script = format!(
        "{harness} run cases/skip --bin node 2>progress; {harness} run cases --bin node --pace all-at-once --jobs 2"
    );
    let Some(said) = on_a_terminal(&cases, &script) else {
        return;
    };
    // The line at the foot moves the cursor: up, to the start, and what it clears.
    let own = regex::Regex::new("\r\n|\r|\u{1b}\\[(?:[0-9]*[AK]|2K|1?[GJ]|0J)").unwrap();
    check_inert("a terminal", &own.replace_all(&said, ""));
    assert!(said.contains("\\u{1b}[5;35mblink"), "{said}");
}

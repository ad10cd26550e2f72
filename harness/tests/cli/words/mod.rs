//! Hostile words: whatever a node, a case, a page, a stored run or a file's name says, it acts on no
//! terminal, in no log, report or shell, and reaches no file that it has no business with.
//!
//! [`WORDS`] is the table of words; each of the modules brings them to its sinks.

mod cluster;
mod endless;
mod golden;
mod page;
mod paths;
mod shell;
mod terminal;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::fake::{self, Cases, Ran};

/// What somebody might write to do harm, or without meaning to.
const WORDS: [&[u8]; 22] = [
    // Terminals: colors (that the harness has none of), a title, the screen, a link, a question.
    b"\x1b[5;35mblink",
    b"\x1b]0;title\x07",
    b"\x1b[2J\x1b[H\x1bc",
    b"\x1b]8;;http://127.0.0.1/\x1b\\link\x1b]8;;\x1b\\",
    b"\x1bP$q\"p\x1b\\\x1b[6n",
    // The same in one character (C1), and older ways.
    "\u{9b}5m\u{9d}0;t\u{9c}\u{90}\u{85}".as_bytes(),
    b"over\rwritten\x08\x08\x7f\x0b\x0c\x0e\x0f",
    // What hides, joins or turns round.
    "\u{202e}gpj.exe\u{2066}\u{2069}\u{200f}".as_bytes(),
    "\u{200b}\u{200d}\u{2060}\u{feff}\u{ad}\u{180e}".as_bytes(),
    "\u{34f}\u{115f}\u{3164}\u{ffa0}\u{fe0f}\u{e0100}\u{e0041}\u{1d173}".as_bytes(),
    // Other ends of lines, and what is no character: some of it XML forbids.
    "a\nb\u{2028}c\u{2029}d".as_bytes(),
    "\u{fffe}\u{ffff}\u{1fffe}\u{e000}".as_bytes(),
    b"\xff\xc3(\xed\xa0\x80\xf0\x9f",
    // Pages and reports.
    b"]]><script>alert(1)</script>&amp;&#27;<!--",
    b"\"'><img src=x onerror=alert(1)>",
    // Logs of CI services.
    b"::error file=x,line=1::injected",
    b"\n::stop-commands::x\n ##[add-mask]e ##[error]",
    b"%0A::warning::y%0D%25",
    // Shells.
    b"$(touch pwned)`touch pwned`;touch pwned|touch pwned&",
    b"' touch pwned \"\\' !! ~ * {a,b} #",
    b"--help",
    // Paths.
    b"../../up",
];

/// What acts, by the tables of the Unicode standard: it is no word of the harness's own that says so.
static ACTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}&&[^\n]]").unwrap()
});

/// The colors that the harness has.
static COLORS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("\u{1b}\\[(?:0|1|2|4|31|32|33)m").unwrap());

/// A word as a text.
fn text(word: &[u8]) -> String {
    String::from_utf8_lossy(word).into_owned()
}

/// A word as JSON says it; one that is no text has half a character.
fn json(word: &[u8]) -> String {
    match std::str::from_utf8(word) {
        Ok(text) => Value::from(text).to_string(),
        Err(_) => r#""\ud800""#.to_owned(),
    }
}

/// A word as a file's name.
fn name(word: &[u8]) -> PathBuf {
    let name = word
        .iter()
        .map(|byte| if *byte == b'/' { b'_' } else { *byte });
    let name: Vec<u8> = name.collect();
    OsStr::from_bytes(&name).into()
}

/// Asserts that nothing of a text acts but the ends of its lines and, in color, the harness's own.
#[track_caller]
fn check_inert(what: &str, text: &str) {
    for line in text.split('\n') {
        let plain = COLORS.replace_all(line, "");
        let acts = ACTS.find(&plain).map(|found| found.as_str());
        assert_eq!(acts, None, "{what}: in {plain:?}");
    }
}

/// Asserts that both outputs are inert.
#[track_caller]
fn check_outputs(what: &str, ran: &Ran) {
    check_inert(&format!("{what}, stdout"), &ran.stdout);
    check_inert(&format!("{what}, stderr"), &ran.stderr);
}

/// The lines that GitHub's runner obeys, in both outputs.
fn commands(ran: &Ran) -> Vec<&str> {
    let lines = ran.stdout.lines().chain(ran.stderr.lines());
    lines
        .filter(|line| line.trim_start().starts_with("::") || line.contains("##["))
        .collect()
}

/// Runs it in GitHub Actions, in color: nothing acts, and no line is a command.
#[track_caller]
fn check_once(cases: &Cases, arguments: &[&OsStr]) -> Ran {
    let mut harness = fake::harness();
    let variables = [("GITHUB_ACTIONS", "true"), ("CLICOLOR_FORCE", "1")];
    let ran = cases.ran(harness.args(arguments).envs(variables));
    assert!((0..3).contains(&ran.status), "{arguments:?} {}", ran.stderr);
    check_outputs(&format!("{arguments:?}"), &ran);
    assert_eq!(commands(&ran), [""; 0], "{arguments:?}");
    ran
}

/// Runs it in color, and in GitHub Actions, where it says what it says to a file and annotations: nothing
/// acts, and no line but an annotation is a command. Returns the latter.
#[track_caller]
fn check(cases: &Cases, arguments: &[&OsStr]) -> Ran {
    let run = |variables: &[(&str, &str)]| {
        let mut harness = fake::harness();
        harness
            .args(arguments)
            .env_remove("GITHUB_WORKSPACE")
            .envs(variables.iter().copied());
        let ran = cases.ran(&mut harness);
        assert!((0..3).contains(&ran.status), "{arguments:?} {}", ran.stderr);
        check_outputs(&format!("{arguments:?} {variables:?}"), &ran);
        ran
    };
    run(&[("CLICOLOR_FORCE", "1")]);
    let logged = run(&[("GITHUB_ACTIONS", "true")]);
    assert!(!logged.stdout.contains('\u{1b}'), "colors in a file");
    let is_ours = |line: &&&str| {
        [
            "::error file=",
            "::error::and ",
            "::warning file=",
            "::warning::and ",
        ]
        .iter()
        .any(|ours| line.starts_with(ours))
    };
    let others: Vec<_> = commands(&logged)
        .into_iter()
        .filter(|line| !is_ours(&line))
        .collect();
    assert_eq!(others, [""; 0], "{arguments:?}");
    logged
}

/// The same for arguments that are text.
#[track_caller]
fn check_text(cases: &Cases, arguments: &[&str]) -> Ran {
    let arguments: Vec<_> = arguments.iter().map(OsStr::new).collect();
    check(cases, &arguments)
}

/// Writes a script that can be run. Another process does: one that this one starts meanwhile would
/// hold it open, and what is open for writing is not run.
fn script(cases: &Cases, name: &str, text: &str) {
    cases.write("script", text);
    let made = Command::new("install")
        .args(["-m", "755", "script", name])
        .current_dir(cases.path())
        .status()
        .unwrap();
    assert!(made.success());
    fs::remove_file(cases.path().join("script")).unwrap();
}

/// What a shell makes of a command: its words; `None` where there is no such shell.
fn words_of(shell: &str, command: &str) -> Option<Vec<Vec<u8>>> {
    let script = format!("printf '%s\\0' {command}");
    let Ok(output) = Command::new(shell).args(["-c", &script]).output() else {
        fake::does_without(&format!(
            "{shell}: nobody tries the commands that are advised"
        ));
        return None;
    };
    let mut words: Vec<_> = output
        .stdout
        .split(|byte| *byte == 0)
        .map(<[u8]>::to_vec)
        .collect();
    assert_eq!(words.pop().as_deref(), Some(&b""[..]), "{command}");
    Some(words)
}

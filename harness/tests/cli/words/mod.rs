//! Hostile words: whatever a node, a case, a page, a stored run or a file's name says, it acts on no
//! terminal, in no log, report or shell, and reaches no file that it has no business with.
//!
//! [`WORDS`] is the table of words. All of what the harness says leaves it by one way, `command::screen`,
//! which is proved where it is; what is brought here to every renderer, in process, is each word in each
//! place ([`outcomes`], [`cluster`], [`page`]), and a process for each sink shows that it goes that way.

mod cluster;
mod endless;
mod golden;
mod outcomes;
mod page;
mod paths;
mod places;
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
    // The standard's tables take long to look into, and printable ASCII is in none of them.
    let is_plain = |line: &&str| line.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    for line in text.split('\n').filter(|line| !is_plain(line)) {
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

/// Asserts that each of these lines is one annotation, and that nothing in it acts.
#[track_caller]
fn check_annotations<'a>(lines: impl IntoIterator<Item = &'a str>) {
    for line in lines {
        let (properties, message) = line
            .strip_prefix("::error")
            .or(line.strip_prefix("::warning"))
            .and_then(|rest| rest.split_once("::"))
            .expect(line);
        for property in properties.trim().split(',').filter(|it| !it.is_empty()) {
            let (key, value) = property.split_once('=').unwrap();
            assert!(["file", "line", "col", "title"].contains(&key), "{line}");
            assert!(!value.contains(':'), "{line}");
        }
        check_inert("a message", message);
    }
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

/// What a shell makes of commands: the words of each; `None` where there is no such shell. One process for
/// all of them, in a folder of its own, where nothing may have been done in the end.
#[track_caller]
fn words_of<'a>(
    shell: &str,
    commands: impl IntoIterator<Item = &'a str>,
) -> Option<Vec<Vec<Vec<u8>>>> {
    const END: &str = "-- end --";
    let lines = commands
        .into_iter()
        .map(|command| format!("printf '%s\\0' {command} '{END}'\n"));
    let folder = Cases::new();
    folder.write("commands", &lines.collect::<String>());
    let output = Command::new(shell)
        .arg("commands")
        .current_dir(folder.path())
        .output();
    let Ok(output) = output else {
        fake::does_without(&format!(
            "{shell}: nobody tries the commands that are advised"
        ));
        return None;
    };
    assert_eq!(output.stderr, b"", "{}", text(&output.stderr));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let mut words: Vec<_> = output.stdout.split(|byte| *byte == 0).collect();
    assert_eq!(words.pop(), Some(&b""[..]));
    let words: Vec<_> = words.into_iter().map(<[u8]>::to_vec).collect();
    let mut commands: Vec<_> = words
        .split(|word| word == END.as_bytes())
        .map(<[_]>::to_vec)
        .collect();
    assert_eq!(commands.pop(), Some(Vec::new()));
    Some(commands)
}

//! What becomes of the texts at the edges, one by one: this table is the definition.

use harness::case::expected::{self, ExpectedContent};
use harness::case::input;
use harness::case::syntax::SyntaxError;
use harness::cluster::envelope;
use harness::cluster::format::history;
use harness::import;
use harness::matching::actual::{self, ActualContent};

use super::parsers::toml;

/// A text and what each parser makes of it.
struct Row {
    name: &'static str,
    text: Vec<u8>,
    /// How many lines an `.in` sends, and how many of them are JSON; or what is wrong with it.
    input: &'static str,
    /// How many lines of an `.expected` are JSON, and how many text.
    expected: &'static str,
    /// How many lines of a node's output are JSON, and how many are not, with the first reason.
    output: &'static str,
}

fn refused(error: &SyntaxError) -> String {
    let (line, column) = (error.line, error.column);
    let problem = error.problem.to_string();
    let first = problem.lines().next().unwrap_or_default();
    format!("{line}:{column}: {first}")
}

fn as_input(text: &[u8]) -> String {
    match input::parse(text) {
        Ok(input) => format!("{} sent, {} JSON", input.steps.len(), input.requests.len()),
        Err(error) => refused(&error),
    }
}

fn as_expected(text: &[u8]) -> String {
    let lines = match expected::parse(text) {
        Ok(lines) => lines,
        Err(error) => return refused(&error),
    };
    let is_json = |content: &ExpectedContent| matches!(content, ExpectedContent::Json { .. });
    let json = lines.iter().filter(|line| is_json(&line.content)).count();
    format!("{json} JSON, {} text", lines.len() - json)
}

fn as_output(text: &[u8]) -> String {
    let lines = actual::lines(text, usize::MAX).lines;
    let bad: Vec<_> = lines
        .iter()
        .filter_map(|line| match &line.content {
            ActualContent::Json(_) => None,
            ActualContent::NotJson { offset, reason } => Some(format!("{offset}: {reason}")),
        })
        .collect();
    let json = lines.len() - bad.len();
    match bad.first() {
        None => format!("{json} JSON"),
        Some(first) => format!("{json} JSON, {} bad, {first}", bad.len()),
    }
}

fn is_what_the_table_says(rows: &[Row]) {
    let mut wrong = Vec::new();
    for row in rows {
        for (form, said, is) in [
            ("input", row.input, as_input(&row.text)),
            ("expected", row.expected, as_expected(&row.text)),
            ("output", row.output, as_output(&row.text)),
        ] {
            if said != is {
                wrong.push(format!("{}: {form}: {is:?}, not {said:?}", row.name));
            }
        }
        // Whatever they say, they say it.
        let _ = import::from_text("source", &row.text);
        let _ = history::read(&row.text).map(|(_, events)| events.count());
        let _ = envelope::read(&row.text);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn row(name: &'static str, text: impl Into<Vec<u8>>, outcomes: [&'static str; 3]) -> Row {
    let [input, expected, output] = outcomes;
    let text = text.into();
    Row {
        name,
        text,
        input,
        expected,
        output,
    }
}

const NOTHING: &str = "1:1: no message stands here: such a case would prove nothing";
const NO_LINE: &str = "0 JSON, 0 text";
const MESSAGE: [&str; 3] = ["1 sent, 1 JSON", "1 JSON, 0 text", "1 JSON"];
const TEXT: &str = "0 JSON, 1 text";
const UNREAD: &str = "1 sent, 0 JSON";
const EMPTY: &str = "0 JSON, 1 bad, 0: EOF while parsing a value";
const NO_VALUE: &str = "0 JSON, 1 bad, 0: expected value";
const TOO_DEEP: &str = "0 JSON, 1 bad, 127: recursion limit exceeded";

/// A mark is left out of what authors write; a node that writes one writes no JSON.
#[test]
fn texts_without_lines_and_ends_of_lines() {
    is_what_the_table_says(&[
        row("empty", "", [NOTHING, NO_LINE, "0 JSON"]),
        row("a newline", "\n", [NOTHING, NO_LINE, EMPTY]),
        row("a mark alone", "\u{feff}", [NOTHING, NO_LINE, NO_VALUE]),
        row(
            "no newline at the end",
            "{}\n{}",
            ["2 sent, 2 JSON", "2 JSON, 0 text", "2 JSON"],
        ),
        row(
            "CRLF",
            "{}\r\n[1]\r\n",
            ["2 sent, 2 JSON", "2 JSON, 0 text", "2 JSON"],
        ),
        row(
            "a blank line of CRLF",
            "{}\r\n\r\n",
            [
                "1 sent, 1 JSON",
                "1 JSON, 0 text",
                "1 JSON, 1 bad, 0: EOF while parsing a value",
            ],
        ),
        row(
            "CR alone",
            "{}\r{}\n",
            [UNREAD, TEXT, "0 JSON, 1 bad, 3: trailing characters"],
        ),
        row("a mark", "\u{feff}{}\n", [MESSAGE[0], MESSAGE[1], NO_VALUE]),
        row(
            "two marks",
            "\u{feff}\u{feff}{}\n",
            [UNREAD, TEXT, NO_VALUE],
        ),
        row(
            "a mark before a directive",
            "\u{feff}@skip x\n{}\n",
            [
                MESSAGE[0],
                "1:1: `@skip` belongs in the .in",
                "1 JSON, 1 bad, 0: expected value",
            ],
        ),
        row(
            "UTF-16",
            b"\xff\xfe{\0}\0\n\0".as_slice(),
            [
                "1:1: this file is UTF-16; save it as UTF-8",
                "1:1: this file is UTF-16; save it as UTF-8",
                "0 JSON, 2 bad, 0: expected value",
            ],
        ),
        row(
            "no text on line 2",
            b"{}\n\"\xff\"\n".as_slice(),
            [
                "2 sent, 1 JSON",
                "2:2: this line is no UTF-8 text",
                "1 JSON, 1 bad, 1: invalid unicode code point",
            ],
        ),
    ]);
}

#[test]
fn strings_keys_and_numbers() {
    let numbers =
        "[18446744073709551616,-9223372036854775809,1e400,-0,-0.0,1e-400,1e99999999999999999999]";
    is_what_the_table_says(&[
        row(
            "a NUL",
            "\"a\0b\"\n",
            [
                UNREAD,
                TEXT,
                "0 JSON, 1 bad, 2: control character (\\u0000-\\u001F) found while parsing a string",
            ],
        ),
        row(
            "a NUL in a directive",
            "@args \0\n{}\n",
            [
                "1:7: `@args` wants arguments with closed quotes, as in `--ack-timeout 50ms`, not `\0`",
                "1:1: `@args` belongs in the .in",
                "1 JSON, 1 bad, 0: expected value",
            ],
        ),
        row("an escaped NUL", "\"\\u0000\"\n", MESSAGE),
        row(
            "a lone high surrogate",
            "\"\\ud800\"\n",
            [
                UNREAD,
                TEXT,
                "0 JSON, 1 bad, 7: unexpected end of hex escape",
            ],
        ),
        row(
            "a lone low surrogate",
            "\"\\udc00\"\n",
            [
                UNREAD,
                TEXT,
                "0 JSON, 1 bad, 6: lone leading surrogate in hex escape",
            ],
        ),
        row("a pair", "\"\\ud83d\\ude00\"\n", MESSAGE),
        // What is sent may be odd on purpose, and of a node's output the last one counts.
        row(
            "equal keys",
            "{\"a\":1,\"a\":2}\n",
            [
                MESSAGE[0],
                "1:8: the key `a` stands twice in one object: only one of the two would count",
                MESSAGE[2],
            ],
        ),
        row("numbers", numbers, MESSAGE),
        row(
            "no numbers",
            "[01,+1,.5,1.,NaN,Infinity]\n",
            [UNREAD, TEXT, "0 JSON, 1 bad, 2: invalid number"],
        ),
        row("a thousand digits", "9".repeat(1000), MESSAGE),
        row(
            "a private key of the parser",
            "{\"$serde_json::private::Number\":\"1\"}\n",
            [
                UNREAD,
                TEXT,
                "0 JSON, 1 bad, 1: strings that start with $serde_json::private can't be read",
            ],
        ),
    ]);
}

#[test]
fn depths_and_lengths() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let objects = "{\"a\":".repeat(10_000);
    let many = ["20000 sent, 20000 JSON", "20000 JSON, 0 text", "20000 JSON"];
    is_what_the_table_says(&[
        row("127 levels", deep(127), MESSAGE),
        row("128 levels", deep(128), [UNREAD, TEXT, TOO_DEEP]),
        row("10000 levels", deep(10_000), [UNREAD, TEXT, TOO_DEEP]),
        row(
            "10000 levels of objects",
            objects,
            [UNREAD, TEXT, "0 JSON, 1 bad, 635: recursion limit exceeded"],
        ),
        row(
            "a line of a megabyte",
            format!("\"{}\"\n", "x".repeat(1 << 20)),
            MESSAGE,
        ),
        row("20000 lines", "{}\n".repeat(20_000), many),
    ]);
}

#[test]
fn a_harness_toml() {
    let nested = format!("args = {}", "[".repeat(10_000));
    let dotted = format!("{}a = 1", "a.".repeat(10_000));
    for (name, text, outcome) in [
        ("empty", "", "fine"),
        ("a mark", "\u{feff}timeout = \"5s\"\r\n", "fine"),
        (
            "a mark before a bad key",
            "\u{feff}timeuot = 1",
            "1:1: there is no key `timeuot`; did you mean `timeout`?",
        ),
        ("no newline at the end", "timeout = \"5s\"", "fine"),
        (
            "CR alone",
            "timeout = \"5s\"\rmatch = \"exact\"",
            "1:16: this is no TOML: carriage return must be followed by newline, expected newline",
        ),
        (
            "a NUL",
            "bin = \"\\u0000\"",
            "1:7: `bin` wants a path, as in \"../my_node.py\", not `\"\\u0000\"`",
        ),
        (
            "a lone surrogate",
            "bin = \"\\ud800\"",
            "1:10: this is no TOML: invalid value, expected unicode hexadecimal value",
        ),
        (
            "equal keys",
            "bin = \"a\"\nbin = \"b\"\n",
            "2:1: this is no TOML: duplicate key",
        ),
        (
            "a number beyond 64 bits",
            "timeout = 18446744073709551616",
            "1:11: `timeout` wants a time above zero, as in \"5s\", not `18446744073709551616`",
        ),
        (
            "a time beyond all",
            "timeout = \"99999999999999999999s\"",
            "1:11: `timeout` wants a time above zero, as in \"5s\", not `\"99999999999999999999s\"`",
        ),
        (
            "10000 levels",
            &nested,
            "1:88: this is no TOML: cannot recurse further; max recursion depth met",
        ),
        (
            "10000 dots",
            &dotted,
            "1:1: this is no TOML: recursion limit",
        ),
    ] {
        let is = toml(text.as_bytes()).map_or_else(|error| refused(&error), |()| "fine".to_owned());
        let is = is.split(" The keys are ").next();
        assert_eq!(is, Some(outcome), "{name}");
    }
    let error = toml(b"a = 1\nb = \"\xff\"\n").unwrap_err();
    assert_eq!(refused(&error), "2:6: this line is no UTF-8 text");
}

#[test]
#[ignore = "`make fuzz` runs it: it takes a while"]
fn fifty_megabytes_and_a_million_lines() {
    const MEGABYTES: usize = 50 << 20;
    let numbers = format!("[{}1]\n", "1,".repeat(MEGABYTES / 20));
    let many = [
        "1000000 sent, 1000000 JSON",
        "1000000 JSON, 0 text",
        "1000000 JSON",
    ];
    is_what_the_table_says(&[row(
        "a line of 50 MB",
        format!("\"{}\"\n", "x".repeat(MEGABYTES)),
        MESSAGE,
    )]);
    is_what_the_table_says(&[row(
        "50 MB of openings",
        "[".repeat(MEGABYTES),
        [UNREAD, TEXT, TOO_DEEP],
    )]);
    is_what_the_table_says(&[row("a line of 2.5 million numbers", numbers, MESSAGE)]);
    is_what_the_table_says(&[row("a million lines", "{}\n".repeat(1_000_000), many)]);
}

//! What becomes of texts at the edges in messages of a cluster's nodes, in stored runs and in what is
//! imported, one by one: this table is the definition. That of a case's own files is in
//! [`super::extremes`].

use harness::cluster::envelope;
use harness::cluster::format::{history, messages};
use harness::import;
use harness::message::rule::Rule;

use super::samples::HISTORY;

/// A value as it is spelt within a line, and what becomes of that line.
struct Row {
    name: &'static str,
    value: String,
    /// In a message of a node: what it says, or why it is none.
    message: &'static str,
    /// In the history of a stored run: how many events it has, or what is wrong.
    history: &'static str,
    /// Among the messages of a stored run.
    carried: &'static str,
    /// In a page that is imported: what the case sends and expects, and what is warned of.
    import: &'static str,
}

fn as_message(value: &str) -> String {
    let line = format!(r#"{{"src":"n0","dest":"n1","body":{{"type":"x","v":{value}}}}}"#);
    match envelope::read(line.as_bytes()) {
        Ok(message) => format!("says {}", short(&message.body["v"].to_string(), 80)),
        Err(Rule::NotJson { reason }) => reason,
        Err(other) => format!("{other:?}"),
    }
}

fn as_history(value: &str) -> String {
    let settings = HISTORY.good.lines().next().unwrap();
    let event = format!(r#"{{"index":0,"time":5,"type":"phase","phase":"load","v":{value}}}"#);
    read(&format!("{settings}\n{event}\n"))
}

fn read(text: &str) -> String {
    let read = history::read(text.as_bytes());
    let events = read.and_then(|(_, events)| events.collect::<Result<Vec<_>, _>>());
    match events {
        Ok(events) => format!("{} read", events.len()),
        Err(error) => error.to_string(),
    }
}

fn as_carried(value: &str) -> String {
    let text = format!(
        r#"{{"id":1,"sent":1,"due":1,"settled":1,"src":{{"client":1}},"dest":{{"node":0}},"fate":"delivered","type":"x","values":[],"message":{{"v":{value}}}}}"#
    ) + "\n";
    match messages::read(text.as_bytes(), 1).collect::<Result<Vec<_>, _>>() {
        Ok(read) => format!("{} read", read.len()),
        Err(error) => error.to_string(),
    }
}

fn as_import(value: &str) -> String {
    let body = format!("{{\"v\":{value}}}");
    let page =
        format!("Sample Test Cases\nOne\nInput\n{{}}\n{body}\nExpected Output\n{{}}\n{body}\n");
    let import = import::from_text("page", page.as_bytes()).unwrap();
    let is_in = |text: &[u8]| String::from_utf8_lossy(text).contains(&body);
    let fates: Vec<_> = import
        .cases
        .iter()
        .map(|case| {
            let is_kept = is_in(&case.input) && case.expected.as_deref().is_some_and(is_in);
            if is_kept { "kept" } else { "changed" }.to_owned()
        })
        .chain(import.warnings.iter().map(|warning| {
            let said = warning.finding.to_string();
            format!("{}: {}", warning.place.line, short(&said, 56))
        }))
        .collect();
    fates.join("; ")
}

/// The start of a text.
fn short(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

fn are_what_the_table_says(rows: &[Row]) {
    let mut wrong = Vec::new();
    for row in rows {
        for (form, said, is) in [
            ("message", row.message, as_message(&row.value)),
            ("history", row.history, as_history(&row.value)),
            ("carried", row.carried, as_carried(&row.value)),
            ("import", row.import, as_import(&row.value)),
        ] {
            if said != is {
                wrong.push(format!("{}: {form}: {is:?}, not {said:?}", row.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn row(name: &'static str, value: impl Into<String>, outcomes: [&'static str; 4]) -> Row {
    let [message, history, carried, import] = outcomes;
    let value = value.into();
    Row {
        name,
        value,
        message,
        history,
        carried,
        import,
    }
}

#[test]
fn values_at_the_edges() {
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    are_what_the_table_says(&[
        row(
            "100 levels",
            deep(100),
            [
                "says [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
                "1 read",
                "1 read",
                "kept",
            ],
        ),
        // What isn't looked at in a message may be as deep as it likes.
        row(
            "10000 levels",
            deep(10_000),
            [
                "recursion limit exceeded at column 173",
                "line 2: recursion limit exceeded at column 181",
                "1 read",
                "kept; 5: this input is no JSON, recursion limit exceeded at colum; 8: this output is no JSON, recursion limit exceeded at colu",
            ],
        ),
        row(
            "a lone surrogate",
            r#""\ud800""#,
            [
                "unexpected end of hex escape at column 55",
                "line 2: unexpected end of hex escape at column 62",
                "1 read",
                "kept; 5: this input is no JSON, unexpected end of hex escape at c; 8: this output is no JSON, unexpected end of hex escape at ",
            ],
        ),
        row(
            "a NUL",
            "\"\0\"",
            [
                "control character (\\u0000-\\u001F) found while parsing a string at column 49",
                "line 2: control character (\\u0000-\\u001F) found while parsing a string at column 55",
                "line 1: control character (\\u0000-\\u001F) found while parsing a string at column 132",
                "kept; 5: this input is no JSON, control character (\\u0000-\\u001F); 8: this output is no JSON, control character (\\u0000-\\u001F",
            ],
        ),
        row(
            "an escaped NUL",
            r#""\u0000""#,
            [r#"says "\u0000""#, "1 read", "1 read", "kept"],
        ),
        row(
            "equal keys",
            r#"{"a":1,"a":2}"#,
            [
                r#"Malformed(RepeatedKey { key: "a", offset: 54 })"#,
                "1 read",
                "1 read",
                "2: `One` is no case that can be run: the key `a` stands twi",
            ],
        ),
        row(
            "numbers beyond 64 bits",
            "[18446744073709551616,-9223372036854775809,1e400]",
            [
                "says [18446744073709551616,-9223372036854775809,1e+400]",
                "line 2: invalid type: integer `18446744073709551616` as u128, expected any value",
                "1 read",
                "kept",
            ],
        ),
        row(
            "a carriage return",
            "1\r",
            ["says 1", "1 read", "1 read", "kept"],
        ),
        row(
            "a mark",
            "\u{feff}1",
            [
                "expected value at column 48",
                "line 2: expected value at column 55",
                "line 1: expected value at column 132",
                "changed; 5: spaces that JSON doesn't know were replaced by plain one; 8: spaces that JSON doesn't know were replaced by plain one",
            ],
        ),
    ]);
}

/// What stands around the lines of a stored run, and numbers that mean something in it.
#[test]
fn a_stored_run() {
    let (settings, rest) = HISTORY.good.split_once('\n').unwrap();
    let first = rest.lines().next().unwrap();
    let invoked = |process: &str, value: &str| {
        format!(
            r#"{{"index":0,"time":1,"process":{process},"type":"invoke","f":"broadcast","value":{value},"node":0}}"#
        )
    };
    for (name, text, outcome) in [
        ("empty", String::new(), "line 1 is cut off"),
        (
            "a mark",
            format!("\u{feff}{settings}\n"),
            "line 1: expected an object",
        ),
        ("CRLF", format!("{settings}\r\n{first}\r\n"), "1 read"),
        (
            "a blank line",
            format!("{settings}\n\n{first}\n"),
            "line 2: expected an object",
        ),
        (
            "no newline at the end",
            format!("{settings}\n{first}"),
            "1 read",
        ),
        (
            "cut off",
            format!("{settings}\n{}", &first[..20]),
            "line 2 is cut off",
        ),
        (
            "a NUL",
            format!("{settings}\n\0\n"),
            "line 2: expected an object",
        ),
        (
            "equal keys",
            format!("{settings}\n{}\n", first.replace('{', "{\"index\":9,")),
            "line 2: duplicate field `index` at column 18",
        ),
        (
            "a process beyond 64 bits",
            format!("{settings}\n{}\n", invoked("18446744073709551616", "1")),
            "line 2: invalid type: floating point `1.8446744073709552e+19`, expected usize at column 50",
        ),
        (
            "a value beyond 64 bits",
            format!("{settings}\n{}\n", invoked("1", "18446744073709551616")),
            "line 2: `value`: should be an element, an integer from 0, is 18446744073709551616",
        ),
        (
            "a time beyond 64 bits",
            format!(
                "{settings}\n{}\n",
                first.replace(":0,\"ty", ":18446744073709551616,\"ty")
            ),
            "line 2: invalid number",
        ),
    ] {
        let is = read(&text);
        assert_eq!(is, outcome, "{name}");
    }
}

#[test]
#[ignore = "`make fuzz` runs it: it takes a while"]
fn fifty_megabytes_and_a_million_lines() {
    let long = format!("\"{}\"", "x".repeat(50 << 20));
    assert!(as_message(&long).starts_with("says \"xxx"));
    assert_eq!(as_history(&long), "1 read");
    assert_eq!(as_carried(&long), "1 read");
    assert_eq!(as_import(&long), "kept");

    let (settings, rest) = HISTORY.good.split_once('\n').unwrap();
    let first = rest.lines().next().unwrap();
    let lines = format!("{first}\n").repeat(1_000_000);
    let history = (0..1_000_000).map(|index| first.replacen('0', &index.to_string(), 1) + "\n");
    let history: String = history.collect();
    assert_eq!(read(&format!("{settings}\n{history}")), "1000000 read");
    let page = format!("Sample Test Cases\nOne\nInput\n{lines}Expected Output\n{lines}");
    let import = import::from_text("page", page.as_bytes()).unwrap();
    assert_eq!((import.cases.len(), import.warnings.len()), (1, 0));
}

//! A text four times as long takes about four times as long to read, never sixteen times.

use std::time::{Duration, Instant};

use harness::case::{expected, input};
use harness::cluster::envelope;
use harness::cluster::format::{Names, history_reader, messages};
use harness::{import, json, matching::actual};

use super::parsers::toml;
use super::samples::{HISTORY, MARKDOWN, MESSAGES, PAGE};

/// Below this the clock and the other programs on a machine say more than the parser.
const FLOOR: Duration = Duration::from_millis(60);

/// How much longer a text of four times the length may take.
const GROWTH_MAX: u32 = 12;

/// How many parts the shorter text has.
fn size() -> usize {
    if super::config().cases > 1000 {
        20_000
    } else {
        2000
    }
}

/// The shortest of some runs.
fn time(text: &[u8], read: &dyn Fn(&[u8])) -> Duration {
    let once = |_| {
        let start = Instant::now();
        read(text);
        start.elapsed()
    };
    (0..3).map(once).min().unwrap_or_default()
}

fn grows_evenly(name: &str, count: usize, make: &dyn Fn(usize) -> String, read: &dyn Fn(&[u8])) {
    let short = time(make(count).as_bytes(), read);
    let long = time(make(4 * count).as_bytes(), read);
    assert!(
        long < FLOOR || long < GROWTH_MAX * short,
        "{name}: {short:?} for {count}, {long:?} for four times as many"
    );
}

fn in_(bytes: &[u8]) {
    let _ = input::parse(bytes);
}

fn expected_(bytes: &[u8]) {
    let _ = expected::parse(bytes);
}

fn toml_(bytes: &[u8]) {
    let _ = toml(bytes);
}

fn import_(bytes: &[u8]) {
    let _ = import::from_text("source", bytes);
}

fn line_(bytes: &[u8]) {
    let _ = json::read(bytes);
    let _ = envelope::read(bytes).map(|message| message.values(usize::MAX));
    let _ = actual::lines(bytes, usize::MAX);
}

fn numbered(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

#[test]
#[ignore = "it compares times: `make fuzz` runs it by itself"]
fn a_case_is_read_evenly() {
    for (name, make) in [
        (
            "messages",
            &(|n| numbered(n, |i| format!("{{\"src\":\"c{i}\"}}\n"))) as &dyn Fn(usize) -> String,
        ),
        ("names", &|n| {
            format!("[{}0]", numbered(n, |i| format!("\"<id:{i}>\",")))
        }),
        ("comments", &|n| "# x\n".repeat(n)),
        ("blanks", &|n| " \r\n".repeat(n)),
        ("directives", &|n| {
            numbered(n, |i| format!("@env A{i}=1\n")) + "{}\n"
        }),
        ("sleeps", &|n| "{}\n@sleep 1s\n".repeat(n) + "{}"),
        ("a long directive", &|n| {
            format!("@args {}\n{{}}", "'a' ".repeat(n))
        }),
        ("a long misspelt directive", &|n| {
            format!("@timeout {}\n", "x".repeat(n))
        }),
        ("keys", &|n| {
            format!("{{{}\"z\":1}}", numbered(n, |i| format!("\"k{i}\":1,")))
        }),
        ("openings", &|n| "[".repeat(n)),
        ("quotes", &|n| "\"".repeat(n)),
        ("escapes", &|n| format!("\"{}\"", "\\u0041".repeat(n))),
        ("placeholders", &|n| {
            format!("[{}0]", "\"<int 1..>\",".repeat(n))
        }),
        ("digits", &|n| "9".repeat(n)),
        ("nodes", &|n| {
            format!("@cluster {}\n{{}}", numbered(n / 4, |i| format!("n{i} ")))
        }),
    ] {
        grows_evenly(&format!("{name} in an .in"), size(), make, &in_);
        grows_evenly(&format!("{name} in an .expected"), size(), make, &expected_);
        grows_evenly(&format!("{name} in an output"), size(), make, &line_);
        grows_evenly(&format!("{name} to be imported"), size(), make, &import_);
    }
}

#[test]
#[ignore = "it compares times: `make fuzz` runs it by itself"]
fn a_harness_toml_is_read_evenly() {
    for (name, make) in [
        (
            "variables",
            &(|n| format!("[env]\n{}", numbered(n, |i| format!("A{i} = \"1\"\n"))))
                as &dyn Fn(usize) -> String,
        ),
        ("arguments", &|n| {
            format!("args = [{}]", "\"a\",\n".repeat(n))
        }),
        ("comments", &|n| "# x\n".repeat(n)),
        ("dots", &|n| format!("{}a = 1", "a.".repeat(n))),
        ("brackets", &|n| format!("args = {}", "[".repeat(n))),
        ("tables", &|n| numbered(n, |i| format!("[env.a{i}]\n"))),
        ("unknown keys", &|n| format!("{} = 1", "x".repeat(n))),
    ] {
        grows_evenly(name, size(), make, &toml_);
    }
}

#[test]
#[ignore = "it compares times: `make fuzz` runs it by itself"]
fn a_source_is_imported_evenly() {
    for (name, make) in [
        (
            "pages",
            &(|n: usize| PAGE.good.repeat(n / 40)) as &dyn Fn(usize) -> String,
        ),
        ("Markdown", &|n| MARKDOWN.good.repeat(n / 40)),
        ("labels", &|n| "Input\n".repeat(n)),
        ("answers", &|n| {
            "Input\n{}\nExpected Output\n{}\n".repeat(n / 10)
        }),
        ("fences", &|n| "```\n".repeat(n)),
        ("headings", &|n| "# x\n".repeat(n)),
        ("words", &|n| "a word\n".repeat(n)),
        ("anything", &|n| {
            format!("t\nInput\n{{}}\nExpected Output\n[{}1]", ".* , ".repeat(n))
        }),
        ("nests", &|n| {
            format!("t\nInput\n{{}}\nExpected Output\n{}", "{...".repeat(n))
        }),
        ("closed nests", &|n| {
            format!(
                "t\nInput\n{{}}\nExpected Output\n[{}1]",
                "{...},[...],".repeat(n)
            )
        }),
        ("strings", &|n| {
            format!(
                "t\nInput\n{{}}\nExpected Output\n[{}1]",
                "\"a.*\"   , ".repeat(n / 20)
            )
        }),
        ("blanks", &|n| {
            format!(
                "t\nInput\n{{}}\nExpected Output\n[.*{}",
                "\" \"  ".repeat(n)
            )
        }),
        ("times", &|n| "Timeout: ".repeat(n)),
    ] {
        grows_evenly(name, size(), make, &import_);
    }
}

#[test]
#[ignore = "it compares times: `make fuzz` runs it by itself"]
fn a_stored_run_is_read_evenly() {
    let (settings, rest) = HISTORY.good.split_once('\n').unwrap();
    let history = |n: usize| format!("{settings}\n{}", rest.repeat(n / 20));
    grows_evenly("a history", size(), &history, &|bytes| {
        let events = history_reader::read(bytes).map(|(_, events)| events.count());
        assert!(events.is_ok_and(|count| count > 0));
    });
    let names = Names::of(&["n0".to_owned(), "n1".to_owned()]);
    grows_evenly(
        "messages",
        6000,
        &|n| MESSAGES.good.repeat(n / 20),
        &|bytes| {
            assert!(messages::read(bytes, &names).all(|message| message.is_ok()));
        },
    );
}

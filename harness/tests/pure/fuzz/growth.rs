//! A text sixteen times as long takes about sixteen times as long to read, never 256 times.
//!
//! Times are those that the thread worked, so that whatever else runs changes little.

use std::time::Duration;

use harness::case::{expected, input};
use harness::cluster::envelope;
use harness::cluster::format::{history, messages};
use harness::{import, json, matching::actual};

use super::clock;
use super::parsers::toml;
use super::samples::{HISTORY, MARKDOWN, MESSAGES, PAGE};

/// How many times as long the longer text is.
const TIMES: usize = 16;

/// How many times as long it may take: as far from 16 as from 16².
const GROWTH_MAX: u32 = 64;

/// What takes less counts as so much: to look at the clock takes about as long.
const LEAST: Duration = Duration::from_micros(50);

/// How often a time is taken before it is believed.
const TRIES: usize = 5;

/// How many parts the shorter text has.
pub fn size() -> usize {
    if super::config().cases > 1000 {
        5000
    } else {
        300
    }
}

/// Whether work on something of `TIMES` as many parts takes not much more than so many times as long.
pub fn is_even<T>(name: &str, count: usize, make: impl Fn(usize) -> T, work: impl Fn(&T)) {
    let time = |what: &T| clock::time_of(|| work(what));
    let (short, long) = (make(count), make(TIMES * count));
    let least = (0..TRIES).map(|_| time(&short)).min().unwrap();
    let limit = GROWTH_MAX * least.max(LEAST);
    // The least of some again, but one that is little enough will do.
    let mut longs = Vec::new();
    while longs.len() < TRIES && longs.iter().all(|long| *long >= limit) {
        longs.push(time(&long));
    }
    assert!(
        longs.iter().any(|long| *long < limit),
        "{name}: {least:?} for {count}, {longs:?} for {TIMES} times as many"
    );
}

fn grows_evenly(name: &str, make: &dyn Fn(usize) -> String, read: &dyn Fn(&[u8])) {
    is_even(name, size(), make, |text| read(text.as_bytes()));
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
        grows_evenly(&format!("{name} in an .in"), make, &in_);
        grows_evenly(&format!("{name} in an .expected"), make, &expected_);
        grows_evenly(&format!("{name} in an output"), make, &line_);
        grows_evenly(&format!("{name} to be imported"), make, &import_);
    }
}

#[test]
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
        grows_evenly(name, make, &toml_);
    }
}

#[test]
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
        grows_evenly(name, make, &import_);
    }
}

#[test]
fn a_stored_run_is_read_evenly() {
    let lines: Vec<_> = HISTORY.good.lines().take(4).collect();
    let [settings, phase, asked, answered] = lines[..] else {
        panic!("{lines:?}");
    };
    let many = |n: usize| {
        let pairs = (0..n / 4).map(|value| {
            let number = |line: &str, index: usize| {
                let line = line.replace("\"value\":0", &format!("\"value\":{value}"));
                let (_, rest) = line.split_once(',').unwrap();
                format!("{{\"index\":{index},{rest}\n")
            };
            number(asked, 2 * value + 1) + &number(answered, 2 * value + 2)
        });
        format!("{settings}\n{phase}\n{}", pairs.collect::<String>())
    };
    grows_evenly("a history", &many, &|bytes| {
        let (_, events) = history::read(bytes).unwrap();
        events.for_each(|event| drop(event.unwrap()));
    });
    grows_evenly("messages", &|n| MESSAGES.good.repeat(n / 20), &|bytes| {
        assert!(messages::read(bytes, 2).all(|message| message.is_ok()));
    });
}

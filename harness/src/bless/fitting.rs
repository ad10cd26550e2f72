//! The tightest placeholder that fits several values. Pure.
//!
//! Tight is what the next value of the kind fits, too: of 17 and 23 it is known that they are above zero, and
//! not that they are below 24.

use std::cmp::Ordering;

use regex::Regex;
use serde_json::{Number, Value};

use crate::number;

/// The longest text that a regular expression is made of, in bytes.
const TEXT_MAX: usize = 200;

/// How many digits and letters a hexadecimal number has at least, not to be taken for a word.
const HEX_MIN: usize = 8;

/// The placeholder for these values.
pub fn placeholder(seen: &[&Value]) -> String {
    let numbers: Option<Vec<_>> = seen.iter().map(|value| value.as_number()).collect();
    let texts: Option<Vec<_>> = seen.iter().map(|value| value.as_str()).collect();
    let all = |is: fn(&Value) -> bool| seen.iter().all(|value| is(value));
    match (numbers, texts) {
        (Some(numbers), _) => of_numbers(&numbers),
        (None, Some(texts)) => of_texts(&texts).unwrap_or_else(|| "<string>".to_owned()),
        (None, None) if all(Value::is_boolean) => "<bool>".to_owned(),
        (None, None) if all(Value::is_array) => "<array>".to_owned(),
        (None, None) if all(Value::is_object) => "<object>".to_owned(),
        (None, None) => "<any>".to_owned(),
    }
}

fn of_numbers(seen: &[&Number]) -> String {
    let at_least = |least: i64| {
        let least = Number::from(least);
        let mut numbers = seen.iter();
        numbers.all(|number| number::compare(number, &least) != Ordering::Less)
    };
    let text = match seen.iter().all(|number| number::is_integer(number)) {
        false => "<number>",
        true if at_least(1) => "<int 1..>",
        true if at_least(0) => "<int 0..>",
        true => "<int>",
    };
    text.to_owned()
}

/// A regular expression for texts that are built alike; `None`: they aren't.
fn of_texts(seen: &[&str]) -> Option<String> {
    if seen
        .iter()
        .any(|text| text.is_empty() || text.len() > TEXT_MAX)
    {
        return None;
    }
    let all: Vec<_> = seen.iter().map(|text| tokens(text)).collect();
    let count = all.first()?.len();
    if all.iter().any(|tokens| tokens.len() != count) {
        return None;
    }
    let column = |at: usize| {
        all.iter()
            .filter_map(|tokens| tokens.get(at).copied())
            .collect()
    };
    let columns: Vec<Vec<&str>> = (0..count).map(column).collect();
    let is_time = seen.iter().all(|text| has_clock(text));
    let varying: Vec<_> = columns.iter().filter(|column| varies(column)).collect();
    let class = if varying.iter().all(|column| numbered(column).is_some()) {
        None
    } else {
        Some(class(&varying)?)
    };
    let parts = columns.iter().map(|column| match class {
        _ if is_time => time(column),
        _ if !varies(column) => Some(column.first().map(|text| escape(text))?),
        None => numbered(column),
        Some(class) => Some(format!("{class}{}", times(column))),
    });
    let expression = parts.collect::<Option<Vec<_>>>()?.concat();
    let expression = format!("^{expression}$");
    let regex = Regex::new(&expression).ok()?;
    let fits = seen.iter().all(|text| regex.is_match(text));
    fits.then(|| format!("<re:{expression}>"))
}

/// Words and numbers, and each character between them.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric());
        let end = match word.unwrap_or(rest.len()) {
            0 => first.len_utf8(),
            end => end,
        };
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// A text that stands for itself, as legible as it can be: outside of brackets `-` is a character like any other.
fn escape(text: &str) -> String {
    regex::escape(text).replace("\\-", "-")
}

fn varies(column: &[&str]) -> bool {
    column.windows(2).any(|pair| pair.first() != pair.last())
}

/// Whether a value may be a time: of a clock that goes in seconds, several values are often the same by chance.
pub fn may_be_time(value: &Value) -> bool {
    match value {
        // Seconds or milliseconds since 1970.
        Value::Number(number) => {
            number::integer(number).is_some_and(|it| matches!(it.len(), 10 | 13))
        }
        Value::String(text) => has_clock(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

/// Whether a time of day stands in a text, as in `14:38`: it changes in all its parts, sooner or later.
fn has_clock(text: &str) -> bool {
    text.as_bytes().windows(5).enumerate().any(|(at, part)| {
        let shape = part.iter().map(u8::is_ascii_digit);
        let is_clock = part.get(2) == Some(&b':') && shape.eq([true, true, false, true, true]);
        let is_longer = text.as_bytes().get(at + 5).is_some_and(u8::is_ascii_digit);
        is_clock && !is_longer
    })
}

/// All numbers in a word left open, if it is the same word otherwise.
fn time(column: &[&str]) -> Option<String> {
    let opened = |text: &&str| {
        let mut opened = String::new();
        for part in text.split_inclusive(|c: char| !c.is_ascii_digit()) {
            let other = part.trim_start_matches(|c: char| c.is_ascii_digit());
            if other.len() < part.len() {
                opened += "\\d+";
            }
            opened += &escape(other);
        }
        opened
    };
    let mut opened = column.iter().map(opened);
    let first = opened.next()?;
    opened.all(|other| other == first).then_some(first)
}

/// Words that differ by a number in them, as in `node17`.
fn numbered(column: &[&str]) -> Option<String> {
    let first = *column.first()?;
    let is_digit = |c: char| c.is_ascii_digit();
    let start = first.find(is_digit)?;
    let (before, rest) = first.split_at(start);
    let after = rest.trim_start_matches(is_digit);
    let is_alike = |text: &&str| {
        let inner = text.strip_prefix(before)?.strip_suffix(after)?;
        (!inner.is_empty() && inner.chars().all(is_digit)).then_some(())
    };
    let is_one = column.iter().all(|text| is_alike(text).is_some());
    is_one.then(|| format!("{before}\\d+{after}"))
}

/// The characters of all words that vary. `None`: they are of no known kind.
fn class(varying: &[&Vec<&str>]) -> Option<&'static str> {
    let words = || varying.iter().flat_map(|column| column.iter());
    let all = |is: fn(char) -> bool| words().all(|word| word.chars().all(is));
    let has_digit = words().any(|word| word.contains(|c: char| c.is_ascii_digit()));
    let lengths = varying.iter().filter_map(|column| column.first());
    let is_long = lengths.map(|word| word.len()).sum::<usize>() >= HEX_MIN;
    let is_hex = is_long && has_digit && all(|c| c.is_ascii_hexdigit());
    Some(match has_digit {
        _ if is_hex && all(|c| !c.is_ascii_uppercase()) => "[0-9a-f]",
        _ if is_hex && all(|c| !c.is_ascii_lowercase()) => "[0-9A-F]",
        false if all(|c| c.is_ascii_lowercase()) => "[a-z]",
        false if all(|c| c.is_ascii_alphabetic()) => "[A-Za-z]",
        true if all(|c| c.is_ascii_digit() || c.is_ascii_lowercase()) => "[0-9a-z]",
        _ if all(|c| c.is_ascii_alphanumeric()) => "[0-9A-Za-z]",
        _ => return None,
    })
}

/// How many characters: as many as there are, where all have the same length and chance made that.
fn times(column: &[&str]) -> String {
    let length = column.first().map_or(0, |word| word.len());
    let is_fixed = column.iter().all(|word| word.len() == length);
    let is_made = column
        .iter()
        .any(|word| word.contains(|c: char| c.is_ascii_digit()));
    if is_fixed && is_made {
        format!("{{{length}}}")
    } else {
        "+".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(seen: &[Value], wants: &str) {
        let seen: Vec<_> = seen.iter().collect();
        assert_eq!(placeholder(&seen), wants, "{seen:?}");
    }

    #[test]
    fn values_get_the_tightest_placeholder_of_their_kind() {
        check(&[json!(17), json!(23)], "<int 1..>");
        check(&[json!(0), json!(1e3)], "<int 0..>");
        check(&[json!(-1), json!(1)], "<int>");
        check(&[json!(1), json!(0.5)], "<number>");
        check(&[json!(true), json!(false)], "<bool>");
        check(&[json!([]), json!([1])], "<array>");
        check(&[json!({}), json!({"a": 1})], "<object>");
        check(&[json!(null), json!("a")], "<any>");
        check(&[json!(1), json!("1")], "<any>");
    }

    #[test]
    fn times_are_known() {
        for time in [
            json!(1_796_051_438),
            json!(1_796_051_438_123_u64),
            json!("at 14:38"),
        ] {
            assert!(may_be_time(&time), "{time}");
        }
        for other in [
            json!(17),
            json!("n1:8080"),
            json!("10:100"),
            json!(["14:38"]),
        ] {
            assert!(!may_be_time(&other), "{other}");
        }
    }

    #[test]
    fn texts_get_an_expression_for_what_varies_in_them() {
        let check = |one: &str, other: &str, wants: &str| check(&[json!(one), json!(other)], wants);
        check("n1-17", "n1-230", "<re:^n1-\\d+$>");
        check("node17", "node2", "<re:^node\\d+$>");
        check("5ms", "17ms", "<re:^\\d+ms$>");
        check("ann", "bob", "<re:^[a-z]+$>");
        check("1.5 (a)", "12.25 (a)", "<re:^\\d+\\.\\d+ \\(a\\)$>");
        check(
            "0f3e9a6c-12ab-4cde-8123-00112233aabb",
            "1f3e9a60-1234-4abc-9567-ffeeddccbbaa",
            "<re:^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$>",
        );
        check(
            "2026-11-30T14:38:31Z",
            "2026-11-30T14:38:32Z",
            "<re:^\\d+-\\d+-\\d+T\\d+:\\d+:\\d+Z$>",
        );
        check("n1:8080", "n1:9090", "<re:^n1:\\d+$>");
        check("A7", "b8", "<re:^[0-9A-Za-z]{2}$>");
        check("\\-1", "\\-2", "<re:^\\\\-\\d+$>");
        check("a b", "a-b", "<string>");
        check("", "a", "<string>");
        check("größe 1", "größe 2", "<re:^größe \\d+$>");
        check(&"x".repeat(201), "x", "<string>");
    }
}

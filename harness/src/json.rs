//! Reading JSON: every number with all its digits.
//!
//! `serde_json` carries such numbers in a map with a private key of its own. A text that spells out
//! that key would be read as something that it isn't, so it isn't read at all.

pub mod key;
pub mod repeated;

use std::fmt;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde_json::{Map, Value};

use crate::number;

/// What all private keys of `serde_json` start with.
const PRIVATE: &str = "$serde_json::private";

/// Up to how many keys an object is small.
const COMPARED_MAX: usize = 16;

/// Why a text is no JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotJson {
    /// The byte, from 0, at which it goes wrong.
    pub offset: usize,
    /// Why, as the parser says it.
    pub reason: String,
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at column {}", self.reason, self.offset + 1)
    }
}

/// Reads the one JSON value that stands on a line.
pub fn read(line: &[u8]) -> Result<Value, NotJson> {
    if let Some(offset) = private_string(line) {
        return Err(NotJson {
            offset,
            reason: format!("strings that start with {PRIVATE} can't be read"),
        });
    }
    // To check all of a text takes less time than each string in it.
    let value = match str::from_utf8(line) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(line),
    };
    value.map_err(|error| NotJson {
        offset: error.column().saturating_sub(1).min(line.len()),
        reason: reason(&error),
    })
}

/// The value of a key in an object. In a small object, such as a message, it is faster to compare the keys
/// than to hash one.
pub fn member<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    if object.len() > COMPARED_MAX {
        return object.get(key);
    }
    let mut members = object.iter();
    members.find_map(|(name, value)| (name == key).then_some(value))
}

/// Whether two values are the same as JSON. Ids count by their numbers here.
pub fn same(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            expected.len() == actual.len()
                && expected
                    .iter()
                    .all(|(key, value)| actual.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len()
                && expected
                    .iter()
                    .zip(actual)
                    .all(|(value, other)| same(value, other))
        }
        (Value::Number(expected), Value::Number(actual)) => number::same(expected, actual),
        _ => expected == actual,
    }
}

/// The parser's words without its "at line 1 column 5": the line is known, the column shown.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}

/// Where a string stands that starts like a private key, however it is spelt.
fn private_string(line: &[u8]) -> Option<usize> {
    static SUSPECTS: LazyLock<[Finder<'static>; 2]> =
        LazyLock::new(|| [Finder::new("serde_json"), Finder::new("\\u")]);
    let mut suspects = SUSPECTS.iter();
    if !suspects.any(|suspect| suspect.find(line).is_some()) {
        return None;
    }
    let mut start = None;
    let mut escaped = false;
    for (offset, byte) in line.iter().enumerate() {
        match (byte, start) {
            _ if escaped => escaped = false,
            (b'\\', Some(_)) => escaped = true,
            (b'"', None) => start = Some(offset),
            (b'"', Some(from)) => {
                let string = line.get(from..=offset).unwrap_or_default();
                let text = serde_json::from_slice::<String>(string).unwrap_or_default();
                if text.starts_with(PRIVATE) {
                    return Some(from);
                }
                start = None;
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        let text = "[1.0,123456789012345678901234567890,1e400]";
        assert_eq!(
            read(text.as_bytes()).unwrap().to_string(),
            text.replace("1e400", "1e+400")
        );
    }

    #[test]
    fn member_of_a_small_or_large_object_is_found_by_its_key() {
        for count in [0, 1, COMPARED_MAX, COMPARED_MAX + 1] {
            let object: Map<_, _> = (0..count)
                .map(|key| (key.to_string(), key.into()))
                .collect();
            for key in 0..=count {
                let expected = (key < count).then(|| Value::from(key));
                assert_eq!(member(&object, &key.to_string()), expected.as_ref());
            }
        }
    }

    #[test]
    fn what_would_be_read_as_something_else_is_not_read() {
        for text in [
            r#"{"$serde_json::private::Number":"1"}"#,
            r#"[{"$serde_json::private::RawValue":"[1]"}]"#,
            r#"{"a\\":{"\u0024serde_json::private::Number":"1"}}"#,
            r#"{"$\u0073erde_json::private::Number":"1"}"#,
        ] {
            assert!(
                read(text.as_bytes())
                    .unwrap_err()
                    .reason
                    .contains("can't be read"),
                "{text}"
            );
        }
        assert!(read(br#"{"serde_json":"a \u0041 \" $"}"#).is_ok());
    }

    #[test]
    fn what_is_no_json_has_a_place_and_a_reason() {
        let error = read(b"{\"a\": x}").unwrap_err();
        assert_eq!(error.to_string(), "expected value at column 7");
    }
}

//! A broadcast value: any JSON value, kept as it was first written.
//!
//! Two values are the same if they are equal as JSON, however they were
//! written. This module decides that; it stores nothing (see `crate::values`).

mod canonical;
mod number;

use std::fmt;
use std::hash::{Hash, Hasher};

use serde_json::value::RawValue;
use smol_str::SmolStr;

/// How many arrays and objects may lie within each other, at most.
///
/// JSON allows a reader to set a limit (RFC 8259, section 9).
pub const DEPTH_MAX: usize = 128;

/// A JSON value that is equal to every other spelling of itself.
///
/// Spacing, the order of an object's keys and the escapes in a string mean
/// nothing; numbers compare by their exact decimal value. It is cheap to clone.
#[derive(Clone, Debug)]
pub struct Value {
    shown: SmolStr,
    /// The canonical spelling, where it is not the one shown.
    canonical: Option<SmolStr>,
}

/// Why a text is no broadcast value.
#[derive(Debug)]
pub enum ValueError {
    /// Arrays and objects are nested deeper than [`DEPTH_MAX`].
    TooDeep,
    /// It is not JSON, or holds a string that is not Unicode.
    NotJson(serde_json::Error),
}

impl Value {
    /// Reads the one JSON value that `text` holds.
    pub fn from_json(text: &str) -> Result<Self, ValueError> {
        let raw: &RawValue = serde_json::from_str(text)?;
        let canonical = canonical::canonical(raw.get())?;
        // Outside strings a line break is a space, and a message is one line.
        let shown = raw.get().replace(['\r', '\n'], " ");
        Ok(Self {
            canonical: (canonical != shown).then(|| SmolStr::from(canonical)),
            shown: SmolStr::from(shown),
        })
    }

    /// The JSON text as it was first written.
    pub fn as_json(&self) -> &str {
        &self.shown
    }

    /// The value of a text that is surely its own canonical spelling: a word, a string without
    /// escapes, or a short integer.
    pub(crate) fn from_plain(text: &str) -> Self {
        Self {
            canonical: None,
            shown: SmolStr::new(text),
        }
    }

    /// The value of these two spellings, which once were made of one.
    pub(crate) fn from_spellings(shown: &str, canonical: &str) -> Self {
        Self {
            canonical: (canonical != shown).then(|| SmolStr::new(canonical)),
            shown: SmolStr::new(shown),
        }
    }

    /// The canonical spelling, where it is not the one shown.
    pub(crate) fn canonical(&self) -> Option<&str> {
        self.canonical.as_deref()
    }

    /// The spelling that all texts of this value share.
    pub(crate) fn key(&self) -> &str {
        self.canonical.as_deref().unwrap_or(&self.shown)
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooDeep => write!(f, "is nested deeper than {DEPTH_MAX} levels"),
            Self::NotJson(error) => write!(f, "is no JSON value: {}", reason(error)),
        }
    }
}

impl std::error::Error for ValueError {}

impl From<serde_json::Error> for ValueError {
    fn from(error: serde_json::Error) -> Self {
        Self::NotJson(error)
    }
}

/// What is wrong, without where: a line in an error of serde is none of ours.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    said.strip_suffix(&place).unwrap_or(&said).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::from_json(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn check_same(texts: &[&str]) {
        for (left, right) in texts.iter().zip(texts.iter().skip(1)) {
            assert_eq!(value(left), value(right), "{left} and {right}");
        }
    }

    fn check_different(texts: &[&str]) {
        for (index, left) in texts.iter().enumerate() {
            for right in &texts[index + 1..] {
                assert_ne!(value(left), value(right), "{left} and {right}");
            }
        }
    }

    #[test]
    fn one_value_has_many_spellings() {
        check_same(&["1", "1.0", "10e-1", "0.1E+1", " 1 "]);
        check_same(&[r#""A""#, r#""\u0041""#]);
        check_same(&[r#""\ud83d\ude00""#, r#""😀""#]);
        check_same(&["[1,2]", "[ 1.0 ,\t2e0 ]"]);
        check_same(&[r#"{"a":1,"b":[2]}"#, r#"{ "b": [2.0], "a": 1 }"#]);
        check_same(&[r#"{"a":2}"#, r#"{"a":1,"a":2}"#]);
    }

    #[test]
    fn different_values_stay_apart() {
        check_different(&[
            "null",
            "true",
            "false",
            "0",
            "1",
            "-1",
            r#""1""#,
            r#""""#,
            "[]",
            "{}",
            "[[]]",
            "[1]",
            "[1,2]",
            "[2,1]",
            "[12]",
            r#"{"a":1}"#,
            r#"{"a":"1"}"#,
            r#"["a",1]"#,
            r#""null""#,
        ]);
        check_different(&["1", r#"{"$serde_json::private::Number":"1"}"#]);
        check_different(&["1", r#"{"$serde_json::private::RawValue":"1"}"#]);
    }

    #[test]
    fn a_value_is_shown_as_first_written() {
        for text in [
            r#"{"b": 1.0, "a":"\u0041"}"#,
            "1e400",
            "-0",
            r#"{"a":1,"a":2}"#,
        ] {
            assert_eq!(value(text).as_json(), text);
        }
        assert_eq!(value("[1,\r\n2]").as_json(), "[1,  2]");
    }

    #[test]
    fn what_is_no_value_says_why() {
        let deep = |levels| "[".repeat(levels) + &"]".repeat(levels);
        assert!(Value::from_json(&deep(DEPTH_MAX)).is_ok());
        for levels in [DEPTH_MAX + 1, 10_000] {
            assert!(matches!(
                Value::from_json(&deep(levels)),
                Err(ValueError::TooDeep)
            ));
        }
        for text in [r#""\ud800""#, "", "1 2", "nul", "[1,]"] {
            assert!(
                matches!(Value::from_json(text), Err(ValueError::NotJson(_))),
                "{text}"
            );
        }
    }
}

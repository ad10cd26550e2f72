//! What can be wrong with a line, and how that is said.
//!
//! Whether it matters is decided elsewhere.

use std::{error, fmt, str};

use crate::value::reason;

/// Why a line is no message.
#[derive(Debug)]
pub enum LineError {
    /// It is not UTF-8.
    NotUtf8(str::Utf8Error),
    /// It is no JSON object.
    NotAnObject(serde_json::Error),
    /// A field that every message has is missing or is something else.
    Field(FieldError),
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldError {
    /// It has to be there.
    Missing {
        /// Where it should be, such as `body.message`.
        path: String,
    },
    /// It is of another kind.
    Mismatch {
        path: String,
        /// What it should be, with an article.
        expected: &'static str,
        /// The start of what it is.
        found: String,
    },
    /// It is JSON, but no value that can be broadcast.
    Value { path: String, reason: String },
}

/// The start of a text that may hold anything, fit to be shown in one line.
pub fn excerpt(text: &[u8], characters_max: usize) -> String {
    let start = text.get(..4 * characters_max).unwrap_or(text);
    let start = String::from_utf8_lossy(start);
    let mut shown = String::new();
    for character in start.chars().take(characters_max) {
        match character {
            '"' | '\'' | '\\' => shown.push(character),
            _ => shown.extend(character.escape_debug()),
        }
    }
    if text.len() > start.len() || start.chars().count() > characters_max {
        shown.push('…');
    }
    shown
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8(error) => write!(f, "not UTF-8 after byte {}", error.valid_up_to()),
            Self::NotAnObject(error) => {
                write!(
                    f,
                    "no JSON object: {} at column {}",
                    reason(error),
                    error.column()
                )
            }
            Self::Field(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path } => write!(f, "{path} is missing"),
            Self::Mismatch {
                path,
                expected,
                found,
            } => write!(f, "{path} must be {expected}, found {found}"),
            Self::Value { path, reason } => write!(f, "{path} {reason}"),
        }
    }
}

impl error::Error for LineError {}

impl error::Error for FieldError {}

impl From<FieldError> for LineError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

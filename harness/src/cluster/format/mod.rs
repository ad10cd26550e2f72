//! The files of a stored run, line by line, both ways: what is written is read back as it was.
//!
//! `history.jsonl` begins with the settings; each other line is an event, in the order of time ([`history`]),
//! but for the last line, which shows that both files are whole ([`seal`]). `messages.jsonl` has a line for
//! each message, up to a size ([`messages`]). Both are read together in [`stored`]. How a value stands in a
//! line is derived from its type, so see there: requests have Jepsen's keys, times are integer nanoseconds
//! since the start, and nodes are numbered in the order of the settings' `nodes`. Unknown keys are passed
//! over. What others wrote is read in [`bare`]. Bytes in, bytes out: where the files are is known to
//! [`crate::cluster::store`].

pub mod bare;
pub mod history;
pub mod messages;
pub mod seal;
pub mod stored;

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::consistency::{Contradiction, Incomplete};

/// What a stored run can't be read for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormatError {
    /// The file ends in the middle of this line, its last: whoever wrote it was stopped. What
    /// stands before is whole.
    CutOff {
        /// Which line, from 1.
        line: usize,
    },
    /// A line is no JSON object, or lacks a key, or has a value that it can't have.
    Malformed {
        /// Which line, from 1.
        line: usize,
        /// Why, as the parser says it.
        reason: String,
    },
    /// A line contradicts what stands elsewhere.
    Contradicts {
        /// Which line, from 1.
        line: usize,
        what: Contradiction,
    },
    /// There are more or fewer lines than when the file was sealed.
    OtherLines { sealed: u64, found: u64 },
    /// There are as many lines as then, and not the same.
    OtherChecksum,
    /// Something is missing that must be there in the end.
    Incomplete(Incomplete),
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutOff { line } => write!(f, "line {line} is cut off"),
            Self::Malformed { line, reason } => write!(f, "line {line}: {reason}"),
            Self::Contradicts { line, what } => {
                write!(f, "line {line}: it contradicts the rest: {what}")
            }
            Self::OtherLines { sealed, found } => write!(
                f,
                "it was changed after the run: it has {found} lines, and had {sealed}"
            ),
            Self::OtherChecksum => {
                f.write_str("it was changed after the run: its checksum is not the one that it had")
            }
            Self::Incomplete(what) => write!(f, "it is not complete: {what}"),
        }
    }
}

/// Adds a line. No character in it acts on the terminal of whoever looks at the file.
fn write_line(line: &impl Serialize, out: &mut Vec<u8>) {
    let start = out.len();
    // Neither a vector nor the values that are written here refuse.
    let _ = serde_json::to_writer(&mut *out, line);
    let written = String::from_utf8_lossy(out.get(start..).unwrap_or_default());
    if !crate::escape::is_inert(&written) {
        let inert = crate::escape::json(&written);
        out.truncate(start);
        out.extend_from_slice(inert.as_bytes());
    }
    out.push(b'\n');
}

/// The lines of a file.
#[derive(Debug, Clone)]
struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
}

/// A line, without its line break.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    number: usize,
    text: &'a [u8],
    /// Whether a line break follows.
    is_whole: bool,
}

impl<'a> Lines<'a> {
    fn of(text: &'a [u8]) -> Self {
        Self {
            rest: text,
            number: 0,
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let end = memchr::memchr(b'\n', self.rest);
        let (text, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest.get(1..).unwrap_or_default();
        Some(Line {
            number: self.number,
            text,
            is_whole: end.is_some(),
        })
    }
}

impl<'a> Line<'a> {
    fn decode<T: Deserialize<'a>>(self) -> Result<T, FormatError> {
        // A list would pass for an object whose keys aren't named.
        if !self.text.trim_ascii_start().starts_with(b"{") {
            return Err(self.malformed("expected an object"));
        }
        // Text whose encoding was looked at once is read faster; what is wrong with another one is told with its
        // place.
        let read = match str::from_utf8(self.text) {
            Ok(text) => serde_json::from_str(text),
            Err(_) => serde_json::from_slice(self.text),
        };
        read.map_err(|error| {
            // The half of some words and numbers is no end to the parser, but an error.
            let is_at_end = error.is_syntax() && error.column() >= self.text.len();
            if !self.is_whole && (error.is_eof() || is_at_end) {
                return FormatError::CutOff { line: self.number };
            }
            self.malformed(&error)
        })
    }

    /// Decodes an enum that is told apart by one of its keys. Serde can't do that while it parses, where
    /// numbers are kept digit for digit (`arbitrary_precision`): it takes each for an object.
    fn decode_tagged<T: DeserializeOwned>(self) -> Result<T, FormatError> {
        let value: Value = self.decode()?;
        serde_json::from_value(value).map_err(|error| self.malformed(&error))
    }

    fn malformed(self, reason: impl fmt::Display) -> FormatError {
        let reason = reason.to_string();
        FormatError::Malformed {
            line: self.number,
            reason: reason.replace(" at line 1 column ", " at column "),
        }
    }

    fn contradicts(self, what: Contradiction) -> FormatError {
        let line = self.number;
        FormatError::Contradicts { line, what }
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod round_trip_tests;

#[cfg(test)]
mod whole_tests;

//! The files of a stored run, line by line, both ways: what is written is read back as it was.
//!
//! `history.jsonl` begins with the settings ([`settings`]); each other line is an event, in the order of time
//! ([`history_writer`], [`history_reader`]), but for the last line, which shows that both files are whole
//! ([`seal`]). `messages.jsonl` has a line for each message ([`messages`]), up to a size; then only counts
//! and the messages that brought a value ([`rest`]). Both are read together in [`stored`]. All lines are flat
//! objects, in the words of Jepsen and Maelstrom where they have one. Times are seconds since the start, with
//! all nine decimals. Unknown keys are passed over. Bytes in, bytes out: where the files are is known to
//! [`crate::cluster::store`].
//!
//! Nodes go by their names, clients by `c` and their number; so no node may be called like that.

pub mod history_reader;
pub mod history_writer;
pub mod messages;
mod object;
pub mod rest;
pub mod seal;
pub mod settings;
pub mod stored;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::consistency::{Contradiction, Incomplete};
use super::journal::Party;

/// What a stored run can't be read for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormatError {
    /// The file ends in the middle of this line, its last: whoever wrote it was stopped. What
    /// stands before is whole.
    CutOff {
        /// Which line, from 1.
        line: usize,
    },
    /// A line is no JSON object, or one of its keys has a value of the wrong type.
    NotJson {
        /// Which line, from 1.
        line: usize,
        /// Why, as the parser says it.
        reason: String,
    },
    /// A line says something that can't be.
    Wrong {
        /// Which line, from 1.
        line: usize,
        /// What.
        problem: Problem,
    },
    /// There are more or fewer lines than when the file was sealed.
    OtherLines {
        /// How many there were.
        sealed: u64,
        /// How many there are.
        found: u64,
    },
    /// There are as many lines as then, and not the same.
    OtherChecksum,
    /// Something is missing that must be there in the end.
    Incomplete(Incomplete),
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// This key must be there.
    Lacks(&'static str),
    /// This key has a value that means nothing.
    Means {
        /// Which key.
        key: &'static str,
        /// Its value, or the part of it that means nothing.
        value: String,
    },
    /// It contradicts what stands elsewhere.
    Contradicts(Contradiction),
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutOff { line } => write!(f, "line {line} is cut off"),
            Self::NotJson { line, reason } => write!(f, "line {line}: {reason}"),
            Self::Wrong { line, problem } => write!(f, "line {line}: {problem}"),
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

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lacks(key) => write!(f, "`{key}` is missing"),
            Self::Means { key, value } => write!(f, "`{key}` can't be {value}"),
            Self::Contradicts(what) => write!(f, "it contradicts the rest: {what}"),
        }
    }
}

impl Problem {
    fn means(key: &'static str, value: impl Into<String>) -> Self {
        Self::Means {
            key,
            value: value.into(),
        }
    }

    fn on(self, line: usize) -> FormatError {
        FormatError::Wrong {
            line,
            problem: self,
        }
    }
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
        let line = self.number;
        // A list would pass for an object whose keys aren't named.
        if !self.text.trim_ascii_start().starts_with(b"{") {
            let reason = "expected an object".to_owned();
            return Err(FormatError::NotJson { line, reason });
        }
        serde_json::from_slice(self.text).map_err(|error| {
            // The half of some words and numbers is no end to the parser, but an error.
            let is_at_end = error.is_syntax() && error.column() >= self.text.len();
            if !self.is_whole && (error.is_eof() || is_at_end) {
                return FormatError::CutOff { line };
            }
            let reason = error.to_string();
            let reason = reason.replace(" at line 1 column ", " at column ");
            FormatError::NotJson { line, reason }
        })
    }
}

/// Who is called what.
#[derive(Debug, Clone, Default)]
pub struct Names {
    nodes: Vec<String>,
    numbers: BTreeMap<String, usize>,
}

impl Names {
    /// Those of nodes with these names, which are numbered in this order.
    pub fn of(nodes: &[String]) -> Self {
        let numbers = nodes.iter().cloned().zip(0..);
        Self {
            nodes: nodes.to_vec(),
            numbers: numbers.collect(),
        }
    }

    /// The names of all nodes, in their order.
    pub fn nodes(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(String::as_str)
    }

    /// A node that there isn't is called `?`, which can't be read back.
    fn node(&self, number: usize) -> &str {
        self.nodes.get(number).map_or("?", String::as_str)
    }

    fn all(&self, numbers: &[usize]) -> Vec<&str> {
        numbers.iter().map(|number| self.node(*number)).collect()
    }

    fn node_called(&self, key: &'static str, name: &str) -> Result<usize, Problem> {
        let number = self.numbers.get(name).copied();
        number.ok_or_else(|| Problem::means(key, name))
    }

    fn party_called(&self, key: &'static str, name: &str) -> Result<Party, Problem> {
        match self.numbers.get(name) {
            Some(number) => Ok(Party::Node(*number)),
            None => client_called(key, name).map(Party::Client),
        }
    }
}

fn client_called(key: &'static str, name: &str) -> Result<usize, Problem> {
    let digits = name
        .strip_prefix('c')
        .filter(|digits| !digits.starts_with('+'));
    let number = digits.and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| Problem::means(key, name))
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod round_trip_tests;

#[cfg(test)]
mod whole_tests;

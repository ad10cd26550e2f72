//! What the node wrote, line by line.

use std::iter;

use serde_json::Value;

use crate::case::background::Background;
use crate::json::{self, NotJson};

/// One line of the node's stdout.
#[derive(Debug, Clone)]
pub struct ActualLine {
    /// Its number, from 1.
    pub number: usize,
    /// Its bytes, without the line end.
    pub bytes: Vec<u8>,
    pub content: ActualContent,
    /// Whether its newline is missing: it may have been cut short.
    pub unfinished: bool,
}

/// What a line of the node's stdout says.
#[derive(Debug, Clone)]
pub enum ActualContent {
    /// A JSON value.
    Json(Value),
    NotJson {
        /// The byte, from 0, at which it stops being JSON.
        offset: usize,
        /// What the JSON parser said, without the place.
        reason: String,
    },
}

/// The first lines of an output, and how many there were in all.
#[derive(Debug, Clone, Default)]
pub struct ActualLines {
    /// The lines that are compared, as many as were asked for.
    pub lines: Vec<ActualLine>,
    /// How many such lines there were.
    pub total: usize,
    /// Background messages among and after them, which aren't compared.
    pub background: Vec<ActualLine>,
}

impl ActualLines {
    /// All lines that were read, in their order.
    pub fn all(&self) -> impl Iterator<Item = &ActualLine> {
        let mut compared = self.lines.iter().peekable();
        let mut background = self.background.iter().peekable();
        iter::from_fn(move || match (compared.peek(), background.peek()) {
            (Some(one), Some(other)) if one.number > other.number => background.next(),
            (Some(_), _) => compared.next(),
            (None, _) => background.next(),
        })
    }

    /// Whether there was no line at all.
    pub fn is_empty(&self) -> bool {
        self.total == 0 && self.background.is_empty()
    }
}

impl ActualLine {
    /// The line as a JSON value, if it is one.
    pub fn json(&self) -> Option<&Value> {
        match &self.content {
            ActualContent::Json(value) => Some(value),
            ActualContent::NotJson { .. } => None,
        }
    }

    /// Whether the line is this text.
    pub fn is_text(&self, text: &str) -> bool {
        self.bytes == text.as_bytes()
    }
}

/// Splits an output into lines and reads the first `limit` of them.
///
/// A last line without its newline counts; what stands after the last newline, if nothing,
/// doesn't.
pub fn lines(output: &[u8], limit: usize) -> ActualLines {
    lines_but(&Background::default(), output, limit)
}

/// The same; messages of these types are kept apart, and don't count for the limit.
pub fn lines_but(background: &Background, output: &[u8], limit: usize) -> ActualLines {
    let mut found = ActualLines::default();
    let ends = memchr::memchr_iter(b'\n', output).map(|newline| newline + 1);
    let (mut start, mut number) = (0, 0);
    for end in ends.chain([output.len()]) {
        let line = output.get(start..end).unwrap_or_default();
        start = end;
        if line.is_empty() {
            continue;
        }
        number += 1;
        if found.lines.len() >= limit {
            found.total += usize::from(!background.has_line(line.trim_ascii_end()));
            continue;
        }
        let line = read(number, line);
        if line.json().is_some_and(|message| background.has(message)) {
            found.background.push(line);
        } else {
            found.total += 1;
            found.lines.push(line);
        }
    }
    found
}

/// Reads one line, its newline included if it has one.
pub fn read(number: usize, line: &[u8]) -> ActualLine {
    let ended = line.strip_suffix(b"\n");
    let unfinished = ended.is_none();
    let line = ended.unwrap_or(line);
    let bytes = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
    let content = match json::read(&bytes) {
        Ok(value) => ActualContent::Json(value),
        Err(NotJson { offset, reason }) => ActualContent::NotJson { offset, reason },
    };
    ActualLine {
        number,
        bytes,
        content,
        unfinished,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_counted_and_read() {
        let found = lines(b"{\"a\":1}\r\n\nlog line\n{\"cut\":", 3);
        assert_eq!((found.total, found.lines.len()), (4, 3));
        assert!(found.lines[0].json().is_some());
        assert_eq!(found.lines[0].bytes, b"{\"a\":1}");
        assert!(found.lines[1].bytes.is_empty());
        assert!(found.lines[2].is_text("log line"));
    }

    #[test]
    fn what_is_no_json_has_a_place_and_a_reason() {
        let found = lines(b"{\"a\": x}", 1);
        let line = &found.lines[0];
        assert!(line.unfinished);
        match &line.content {
            ActualContent::NotJson { offset, reason } => {
                assert_eq!((*offset, reason.as_str()), (6, "expected value"));
            }
            other @ ActualContent::Json(_) => panic!("{other:?}"),
        }
    }
}

//! What the node wrote, line by line.

use serde_json::Value;

use crate::json::{self, NotJson, weight};

/// One line of the node's stdout.
#[derive(Debug, Clone)]
pub struct ActualLine {
    /// Its number, from 1.
    pub number: usize,
    /// Its bytes, without the line end.
    pub bytes: Vec<u8>,
    /// What it says.
    pub content: ActualContent,
    /// Whether its newline is missing: it may have been cut short.
    pub unfinished: bool,
}

/// What a line of the node's stdout says.
#[derive(Debug, Clone)]
pub enum ActualContent {
    /// A JSON value.
    Json(Value),
    /// Anything else.
    NotJson {
        /// The byte, from 0, at which it stops being JSON.
        offset: usize,
        /// What the JSON parser said, without the place.
        reason: String,
    },
    /// JSON, but with so many values that they aren't read.
    TooMuch,
}

/// How much of an output is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many lines.
    pub lines: usize,
    /// How much memory they may take, in bytes, see [`weight`].
    pub weight: usize,
}

/// The first lines of an output, and how many there were in all.
#[derive(Debug, Clone, Default)]
pub struct ActualLines {
    /// The lines, as many as were asked for.
    pub lines: Vec<ActualLine>,
    /// How many lines there were.
    pub total: usize,
}

impl ActualLine {
    /// The line as a JSON value, if it is one.
    pub fn json(&self) -> Option<&Value> {
        match &self.content {
            ActualContent::Json(value) => Some(value),
            ActualContent::NotJson { .. } | ActualContent::TooMuch => None,
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
    let weight = usize::MAX;
    lines_within(
        output,
        Limits {
            lines: limit,
            weight,
        },
    )
}

/// The same within limits. The line with which it is too much, if there is one, is the last.
pub fn lines_within(output: &[u8], limits: Limits) -> ActualLines {
    let mut found = ActualLines::default();
    let ends = memchr::memchr_iter(b'\n', output).map(|newline| newline + 1);
    let is_weighed = weight::may_reach(output.len(), limits.weight);
    let (mut start, mut left, mut is_too_much) = (0, limits.weight, false);
    for end in ends.chain([output.len()]) {
        let line = output.get(start..end).unwrap_or_default();
        start = end;
        if line.is_empty() {
            continue;
        }
        found.total += 1;
        if found.lines.len() >= limits.lines || is_too_much {
            continue;
        }
        if is_weighed {
            match weight::reached_at(line, left) {
                None => left -= weight::of(line, left),
                // What is no JSON is not read further than that.
                Some(at) => is_too_much = may_be_json(line, at),
            }
        }
        found.lines.push(if is_too_much {
            unread(found.total, line)
        } else {
            read(found.total, line)
        });
    }
    found
}

/// Reads one line, its newline included if it has one.
pub fn read(number: usize, line: &[u8]) -> ActualLine {
    let mut line = unread(number, line);
    line.content = match json::read(&line.bytes) {
        Ok(value) => ActualContent::Json(value),
        Err(NotJson { offset, reason }) => ActualContent::NotJson { offset, reason },
    };
    line
}

/// Whether a line is JSON as far as `at`, or as far as anybody looks in no time.
fn may_be_json(line: &[u8], at: usize) -> bool {
    const LOOKED_AT_MIN: usize = 64 * 1024;
    let looked_at = at.max(LOOKED_AT_MIN);
    match line.get(..looked_at) {
        // A number must not be cut: `1.` starts one, but is none.
        Some(start) => {
            let end = start.iter().rposition(|byte| b",:[{".contains(byte));
            json::starts_one(start.get(..=end.unwrap_or(0)).unwrap_or_default())
        }
        None => json::read(line).is_ok(),
    }
}

fn unread(number: usize, line: &[u8]) -> ActualLine {
    let ended = line.strip_suffix(b"\n");
    let unfinished = ended.is_none();
    let line = ended.unwrap_or(line);
    ActualLine {
        number,
        bytes: line.strip_suffix(b"\r").unwrap_or(line).to_vec(),
        content: ActualContent::TooMuch,
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
    fn nothing_is_read_from_the_line_on_with_which_it_is_too_much() {
        let line = "[1,1,1]\n";
        let weight = weight::of(line.as_bytes(), usize::MAX);
        let read = |output: &str, lines: usize, weight: usize| {
            let found = lines_within(output.as_bytes(), Limits { lines, weight });
            let contents = found.lines.iter().map(|line| match line.content {
                ActualContent::Json(_) => '+',
                ActualContent::NotJson { .. } => '-',
                ActualContent::TooMuch => '!',
            });
            (contents.collect::<String>(), found.total)
        };
        let three = line.repeat(3);
        assert_eq!(read(&three, 9, 3 * weight + 1), ("+++".to_owned(), 3));
        assert_eq!(read(&three, 9, 3 * weight), ("++!".to_owned(), 3));
        assert_eq!(read(&three, 9, weight), ("!".to_owned(), 3));
        assert_eq!(read(&three, 1, 3 * weight), ("+".to_owned(), 3));
        let broken = format!("{}\n{three}", "[".repeat(3000));
        assert_eq!(read(&broken, 9, 3 * weight), ("-++!".to_owned(), 4));
    }

    #[test]
    fn a_line_is_too_much_wherever_it_is_cut_to_look_at_it() {
        for blanks in 0..8 {
            let numbers = "1.5e+3,".repeat(20_000);
            let line = format!("{}[{numbers}0]\n", " ".repeat(blanks));
            let limits = Limits {
                lines: 9,
                weight: 300_000,
            };
            let found = lines_within(line.as_bytes(), limits);
            let content = &found.lines[0].content;
            assert!(matches!(content, ActualContent::TooMuch), "{blanks} blanks");
        }
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
            other => panic!("{other:?}"),
        }
    }
}

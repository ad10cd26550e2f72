//! The last line of `history.jsonl`, written when a run has come to its end: how many lines both files
//! have, and a checksum of each. A file without it, or with another number of lines, is not whole.
//!
//! `{"type":"whole","history":{"lines":812,"checksum":9625390261332436968},"messages":{…}}`
//!
//! The checksum is 64-bit [FNV-1a] over all bytes before the line. It shows accidents and careless
//! edits, not forgery: who edits a file may write a new one, and what contradicts itself is found all
//! the same ([`crate::cluster::consistency`]).
//!
//! [FNV-1a]: http://www.isthe.com/chongo/tech/comp/fnv/

use serde::{Deserialize, Serialize};

use super::{FormatError, Line, Lines, write_line};

/// How every line of this kind begins, and no other one.
const START: &[u8] = br#"{"type":"whole","#;

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// The number of lines of a file so far, and its checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    lines: u64,
    checksum: u64,
}

impl Default for Sum {
    fn default() -> Self {
        Self {
            lines: 0,
            checksum: FNV_BASIS,
        }
    }
}

impl Sum {
    /// That of a whole file.
    pub fn of(bytes: &[u8]) -> Self {
        let mut sum = Self::default();
        sum.add(bytes);
        sum
    }

    pub fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.lines += u64::from(*byte == b'\n');
            self.checksum = (self.checksum ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
        }
    }

    /// Whether a file is what it was when it was sealed.
    fn compare(self, sealed: Self) -> Result<(), FormatError> {
        if self.lines != sealed.lines {
            return Err(FormatError::OtherLines {
                sealed: sealed.lines,
                found: self.lines,
            });
        }
        if self.checksum != sealed.checksum {
            return Err(FormatError::OtherChecksum);
        }
        Ok(())
    }
}

/// What both files of a run were when it had come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "whole")]
pub struct Seal {
    /// That of `history.jsonl`, this line not counted.
    pub history: Sum,
    /// That of `messages.jsonl`.
    pub messages: Sum,
}

impl Seal {
    pub fn write(&self, out: &mut Vec<u8>) {
        write_line(self, out);
    }

    /// A history without its seal, and the seal; `None` if it has none, as its run never ended.
    pub(super) fn split(history: &[u8]) -> Result<(&[u8], Option<Self>), FormatError> {
        let before_last = history.strip_suffix(b"\n").unwrap_or(history);
        let start = memchr::memrchr(b'\n', before_last).map_or(0, |end| end + 1);
        let (events, last) = history.split_at(start);
        if !last.starts_with(START) || !last.ends_with(b"\n") {
            return Ok((history, None));
        }
        let number = Lines::of(events).count() + 1;
        let Some(line) = Lines::of(last).next() else {
            return Ok((history, None));
        };
        let seal = Line { number, ..line }.decode()?;
        Ok((events, Some(seal)))
    }

    /// Whether these events are all that was sealed.
    pub(super) fn holds_events(&self, events: &[u8]) -> Result<(), FormatError> {
        Sum::of(events).compare(self.history)
    }

    /// Whether these messages are all that was sealed.
    pub(super) fn holds_messages(&self, messages: &[u8]) -> Result<(), FormatError> {
        Sum::of(messages).compare(self.messages)
    }
}

//! EDGE. What a node writes to stdout, kept until it is judged: a large one in a file without a name,
//! which is gone with the harness, so that however many nodes write at once, memory doesn't fill. And
//! the lines of it, as they come, for whoever listens to a node that runs.

use std::fs::File;
use std::io::{self, Read, Seek, Write};

use crate::json::weight;

/// Above this many bytes an output is put aside.
const MEMORY_MAX: usize = 256 * 1024;

/// How long a line may be, in bytes, its end included, so that what it says is told.
const LINE_MAX: usize = weight::HEARD_BYTES_MAX + 1;

/// What a node has written so far.
#[derive(Debug, Default)]
pub struct Output {
    memory: Vec<u8>,
    /// Where it is instead, once it is large.
    aside: Option<File>,
    /// How much it is, in bytes.
    len: usize,
}

impl Output {
    /// The node wrote more. Where no file can be had, it stays in memory.
    ///
    /// # Errors
    /// Those of the file: the disk may be full.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.len += bytes.len();
        let is_first_too_much = self.len > MEMORY_MAX && self.len - bytes.len() <= MEMORY_MAX;
        if is_first_too_much {
            self.aside = tempfile::tempfile().ok();
        }
        let Some(file) = &mut self.aside else {
            self.memory.extend_from_slice(bytes);
            return Ok(());
        };
        if !self.memory.is_empty() {
            file.write_all(&std::mem::take(&mut self.memory))?;
        }
        file.write_all(bytes)
    }

    /// How much it is, in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the node has written nothing.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The start of it that is in memory, unless it was put aside.
    pub fn in_memory(&self) -> Option<&[u8]> {
        self.aside.is_none().then_some(&self.memory)
    }

    /// All of it.
    ///
    /// # Errors
    /// Those of the file.
    pub fn into_bytes(mut self) -> io::Result<Vec<u8>> {
        if let Some(mut file) = self.aside {
            self.memory.reserve_exact(self.len);
            file.rewind()?;
            file.read_to_end(&mut self.memory)?;
        }
        Ok(self.memory)
    }
}

/// Splits what a node writes into lines, as it comes.
#[derive(Debug, Default)]
pub struct Lines {
    /// What has come of a line that is not at its end.
    partial: Vec<u8>,
    /// Whether that line will not be told, however short the rest.
    is_long: bool,
}

impl Lines {
    /// Tells of each line that ends in what came; of one that is too long to be heard, or that
    /// began when nobody was `listening`, only that it came: it is empty.
    pub fn push(&mut self, bytes: &[u8], listening: bool, mut tell: impl FnMut(&[u8])) {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end + 1);
            rest = after;
            if self.is_long || self.partial.len() + line.len() > LINE_MAX {
                tell(b"");
            } else if self.partial.is_empty() {
                tell(line);
            } else {
                self.partial.extend_from_slice(line);
                tell(&self.partial);
            }
            self.partial.clear();
            self.is_long = false;
        }
        self.is_long |=
            !rest.is_empty() && (!listening || self.partial.len() + rest.len() > LINE_MAX);
        if self.is_long {
            self.partial = Vec::new();
        } else {
            self.partial.extend_from_slice(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_whether_put_aside_or_not() {
        for size in [0, 1, MEMORY_MAX, MEMORY_MAX + 1, 3 * MEMORY_MAX] {
            let bytes: Vec<u8> = (0..=250).cycle().take(size).collect();
            let mut output = Output::default();
            for chunk in bytes.chunks(100_000) {
                output.push(chunk).unwrap();
            }
            assert_eq!((output.len(), output.is_empty()), (size, size == 0));
            assert_eq!(output.in_memory().is_some(), size <= MEMORY_MAX);
            assert!(output.memory.capacity() <= 2 * MEMORY_MAX);
            assert!(output.into_bytes().unwrap() == bytes);
        }
    }

    fn told(chunks: &[&[u8]], listening: bool) -> Vec<String> {
        let (mut lines, mut told) = (Lines::default(), Vec::new());
        for chunk in chunks {
            lines.push(chunk, listening, |line| {
                told.push(String::from_utf8_lossy(line).into_owned());
            });
            assert!(lines.partial.len() <= LINE_MAX);
        }
        told
    }

    #[test]
    fn lines_are_told_however_they_come() {
        assert_eq!(
            told(&[b"a\nb", b"c", b"\n\nd\ne"], true),
            ["a\n", "bc\n", "\n", "d\n"]
        );
        assert_eq!(told(&[b"a\nb", b"c\nd\n"], false), ["a\n", "", "d\n"]);
        let long = vec![b'x'; LINE_MAX];
        assert_eq!(told(&[b"a", &long, b"b\nc\n"], true), ["", "c\n"]);
        let (most, end) = (&long[..LINE_MAX - 1], b"\nc\n");
        assert_eq!(told(&[most, end], true)[0].len(), LINE_MAX);
        assert_eq!(told(&[most, b"x\nc\n"], true), ["", "c\n"]);
        assert_eq!(told(&[&[&long[..], end].concat()], true), ["", "c\n"]);
    }
}

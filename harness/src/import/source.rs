//! The lines of a source, each with its place.
//!
//! Line ends, byte-order marks and what counts as blank are settled here, once for every form.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A line of a source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourcePlace {
    /// The source's file, as its user named it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for SourcePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What stands on a line, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    pub place: SourcePlace,
    /// The bytes, which need be no UTF-8.
    pub bytes: Vec<u8>,
}

impl SourceLine {
    /// The line as text; what is no UTF-8 becomes U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// The line without the blanks around it, as a reader sees it.
    pub fn words(&self) -> String {
        self.text().trim_matches(is_blank).to_owned()
    }
}

/// Whether a character shows nothing: pages are full of such spaces, and JSON knows but four.
pub fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// Text on one line, without the characters that act on a terminal and the blanks around it.
pub fn shown(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let text: String = text.chars().map(plain).collect();
    text.trim_matches(is_blank).to_owned()
}

/// The lines of a file. Windows line ends become plain ones; a byte-order mark at the start of a
/// line (files get joined) is left out.
pub fn lines(file: &str, bytes: &[u8]) -> Vec<SourceLine> {
    let file: Arc<str> = file.into();
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let line = |(index, bytes)| SourceLine {
        place: SourcePlace {
            file: Arc::clone(&file),
            line: index + 1,
        },
        bytes: content(bytes).to_vec(),
    };
    bytes
        .split(|byte| *byte == b'\n')
        .enumerate()
        .map(line)
        .collect()
}

fn content(mut line: &[u8]) -> &[u8] {
    while let Some(rest) = line.strip_suffix(b"\r") {
        line = rest;
    }
    while let Some(rest) = line.strip_prefix(b"\xef\xbb\xbf") {
        line = rest;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_byte_order_marks_are_no_content() {
        let lines = lines("x", b"\xef\xbb\xbfa\r\n\r\n \xef\xbb\xbfb\xff\r\r\n");
        let shown: Vec<_> = lines.iter().map(|line| line.bytes.as_slice()).collect();
        assert_eq!(shown, [&b"a"[..], b"", b" \xef\xbb\xbfb\xff"]);
        assert_eq!(lines[2].words(), "b\u{fffd}");
        assert_eq!(lines[2].place.to_string(), "x:3");
    }
}

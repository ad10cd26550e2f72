//! What a node or a file said, made safe to show: nothing in it can act on a terminal.

use std::fmt::Write;

/// Text with its control characters, and those that hide or reorder text, written out.
pub fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        push(&mut safe, character);
    }
    safe
}

/// Bytes as text, made safe; those that are no UTF-8 are written out, as in `\xff`.
pub fn bytes(bytes: &[u8]) -> String {
    text(&utf8(bytes))
}

/// Bytes as text as it stands, for those who make it safe themselves; those that are no UTF-8 are
/// written out, as in `\xff`.
pub fn utf8(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a string doesn't fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

fn push(safe: &mut String, character: char) {
    match character {
        '\t' => safe.push_str("\\t"),
        '\n' => safe.push_str("\\n"),
        '\r' => safe.push_str("\\r"),
        _ if acts(character) => {
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(character));
        }
        _ => safe.push(character),
    }
}

/// Whether a character does something other than to be seen: it controls, hides or reorders, or it
/// is none (and may stand in no XML).
pub fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}'
                | '\u{ffff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_a_terminal() {
        assert_eq!(text("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(text("\u{9b}2J\u{7f}\0"), "\\u{9b}2J\\u{7f}\\u{0}");
        assert_eq!(text("a\u{202e}b\tc\r\n"), "a\\u{202e}b\\tc\\r\\n");
        assert_eq!(text("größe 日本"), "größe 日本");
    }

    #[test]
    fn bytes_that_are_no_text_are_written_out() {
        assert_eq!(bytes(b"a\xff\xc3(\x1b"), "a\\xff\\xc3(\\u{1b}");
    }
}

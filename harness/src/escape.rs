//! What a node or a file said, made safe to show: nothing in it can act on a terminal, in a log or in
//! a report. What is said of it, and how much, is known elsewhere.

use std::fmt::Write;
use std::path::Path;

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

/// A file's name, made safe.
pub fn file_name(file: &Path) -> String {
    bytes(file.as_os_str().as_encoded_bytes())
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

/// What the harness says, with words of others in it that were made safe already; should one have been
/// forgotten, it is made safe now. Line ends stay, and the harness's own colors where they are wanted.
pub fn said(text: &str, colors: bool) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let color = color(rest);
        let length = color.map_or(character.len_utf8(), str::len);
        match (color, character) {
            (Some(color), _) if colors => safe.push_str(color),
            (Some(_), _) => {}
            (None, '\n') => safe.push('\n'),
            (None, _) => push(&mut safe, character),
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    safe
}

/// The color of ours that a text starts with, as an escape sequence.
fn color(text: &str) -> Option<&str> {
    /// Those of the pages and of the parser of arguments: an end, bold, dimmed, underlined, red, green,
    /// yellow.
    const COLORS: [&str; 7] = ["0", "1", "2", "4", "31", "32", "33"];
    let parameter = text.strip_prefix("\u{1b}[")?;
    let end = parameter.find('m').filter(|end| *end <= 2)?;
    let is_ours = COLORS.contains(&parameter.get(..end)?);
    text.get(..end + 3).filter(|_| is_ours)
}

/// JSON text in which no character acts: what could is written as `\u…`. Such characters stand only
/// in strings, where that means the same; but for the ends of lines, which stand only between them.
/// `##[` starts a command in a log of GitHub Actions.
pub fn json(json: &str) -> String {
    let mut inert = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '\n' || !acts(character) {
            inert.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string doesn't fail.
            let _ = write!(inert, "\\u{unit:04x}");
        }
    }
    inert.replace("##[", "#\\u0023[")
}

/// Whether no character of a text acts.
pub fn is_inert(text: &str) -> bool {
    let is_plain = |byte: &u8| (b' '..=b'~').contains(byte);
    text.as_bytes().iter().all(is_plain) || !text.chars().any(acts)
}

/// Whether a character does something other than to be seen: it controls, hides or reorders, or it
/// is none (and may stand in no XML). That is what Unicode calls `Cc`, `Cf`, `Zl`, `Zp` or
/// `Default_Ignorable_Code_Point`, and its noncharacters.
pub fn acts(character: char) -> bool {
    let is_plain = matches!(character, ' '..='~');
    !is_plain
        && (character.is_control()
            || u32::from(character) & 0xfffe == 0xfffe
            || matches!(
                character,
                '\u{ad}'
                    | '\u{34f}'
                    | '\u{600}'..='\u{605}'
                    | '\u{61c}'
                    | '\u{6dd}'
                    | '\u{70f}'
                    | '\u{890}'..='\u{891}'
                    | '\u{8e2}'
                    | '\u{115f}'..='\u{1160}'
                    | '\u{17b4}'..='\u{17b5}'
                    | '\u{180b}'..='\u{180f}'
                    | '\u{200b}'..='\u{200f}'
                    | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}'
                    | '\u{3164}'
                    | '\u{fdd0}'..='\u{fdef}'
                    | '\u{fe00}'..='\u{fe0f}'
                    | '\u{feff}'
                    | '\u{ffa0}'
                    | '\u{fff0}'..='\u{fffb}'
                    | '\u{110bd}'
                    | '\u{110cd}'
                    | '\u{13430}'..='\u{1343f}'
                    | '\u{1bca0}'..='\u{1bca3}'
                    | '\u{1d173}'..='\u{1d17a}'
                    | '\u{e0000}'..='\u{e0fff}'
            ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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

    #[test]
    fn what_acts_is_what_unicode_says() {
        let acting = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]";
        let acting = regex::Regex::new(acting).unwrap();
        let all: String = ('\0'..=char::MAX).collect();
        let found = acting
            .find_iter(&all)
            .flat_map(|found| found.as_str().chars());
        let is_none =
            |c: &char| u32::from(*c) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(c);
        let known: BTreeSet<char> = found.chain(all.chars().filter(is_none)).collect();
        let acts: BTreeSet<char> = all.chars().filter(|c| acts(*c)).collect();
        let differ: Vec<_> = acts.symmetric_difference(&known).collect();
        assert_eq!(differ, [&'x'; 0]);
    }

    #[test]
    fn of_what_is_said_only_line_ends_and_our_colors_act() {
        let text =
            "\u{1b}[31mred\u{1b}[0m \u{1b}[5mblink\u{1b}[31\u{1b}[1m\n\u{1b}]0;x\u{7}\u{1b}[\r";
        let safe = "red \\u{1b}[5mblink\\u{1b}[31\n\\u{1b}]0;x\\u{7}\\u{1b}[\\r";
        assert_eq!(said(text, false), safe);
        let colored = "\u{1b}[31mred\u{1b}[0m \\u{1b}[5mblink\\u{1b}[31\u{1b}[1m\n\\u{1b}]0;x\\u{7}\\u{1b}[\\r";
        assert_eq!(said(text, true), colored);
    }

    #[test]
    fn no_color_of_ours_is_taken_for_somebodys() {
        use crate::report::page::{BOLD, DIM, GREEN, RED, YELLOW};
        let clap = clap::builder::Styles::styled();
        let of_clap = [
            clap.get_header(),
            clap.get_usage(),
            clap.get_literal(),
            clap.get_placeholder(),
            clap.get_error(),
            clap.get_valid(),
            clap.get_invalid(),
        ];
        let ours = [BOLD, DIM, GREEN, RED, RED.bold(), YELLOW];
        for style in ours.iter().chain(of_clap) {
            let text = format!("{style}x{style:#}");
            assert_eq!(said(&text, true), text, "{style:?}");
            assert_eq!(said(&text, false), "x", "{style:?}");
        }
    }

    #[test]
    fn no_character_of_json_acts_and_each_means_what_it_did() {
        let text = "\u{1b}[31m\u{7f}\u{9b}\u{202e}\u{e0041}\u{fffe}##[error]größe ::";
        let inert = json(&serde_json::to_string(text).unwrap());
        assert_eq!(
            inert,
            r#""\u001b[31m\u007f\u009b\u202e\udb40\udc41\ufffe#\u0023[error]größe ::""#
        );
        assert_eq!(serde_json::from_str::<String>(&inert).unwrap(), text);
        let pretty = format!("{:#}", serde_json::json!({"a\u{9b}\n": [text]}));
        let inert: serde_json::Value = serde_json::from_str(&json(&pretty)).unwrap();
        assert_eq!(format!("{inert:#}"), pretty);
    }
}

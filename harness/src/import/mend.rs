//! One line of a sample's expected output, as an `.expected` must spell it.
//!
//! Samples write patterns with `.*`, and now and then a bare `.*`, `{...}` or `[...]` where JSON
//! wants a value. Only the words that mean something else to us are spelt anew; all else stays
//! byte for byte.

use regex::Regex;
use serde_json::Value;

use super::finding::ImportFinding;
use super::source::{self, is_blank};
use crate::case::expected::is_ellipsis;
use crate::case::pattern::is_bracketed;
use crate::json;

const ANY: &str = "\"<any>\"";
const REST: &str = "\"<...>\": \"<any>\"";
const WILD: &str = ".*";
const ELLIPSES: [&str; 2] = ["...", "\u{2026}"];

/// The line as it stands in the `.expected`, and what there is to tell about it.
pub fn expected(line: &str) -> (String, Vec<ImportFinding>) {
    let Err(error) = json::read(line.as_bytes()) else {
        return respelt(line, false);
    };
    let is_json = |mended: &(String, Vec<ImportFinding>)| json::read(mended.0.as_bytes()).is_ok();
    let mended = Some(respelt(line, true)).filter(is_json);
    if let Some(mended) = mended {
        return mended;
    }
    let spaced = spaced(line).map(|line| respelt(&line, true));
    if let Some((text, mut findings)) = spaced.filter(is_json) {
        findings.insert(0, ImportFinding::Spaced);
        return (text, findings);
    }
    let mut findings = vec![if is_ellipsis(line) {
        ImportFinding::Ellipsis
    } else {
        let reason = error.to_string();
        ImportFinding::ComparedAsText { reason }
    }];
    findings.extend(smart_quotes(line));
    (line.to_owned(), findings)
}

/// Whether a line is JSON as it stands or with what is mended.
pub fn is_json(line: &str) -> bool {
    let is_json = |line: &str| json::read(line.as_bytes()).is_ok();
    is_json(line) || is_json(&respelt(line, true).0)
}

/// The line with plain spaces for those that JSON doesn't know, where they stand outside strings.
pub fn spaced(line: &str) -> Option<String> {
    let mut quoted = false;
    let mut escaped = false;
    let plain = |character: char| {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if !quoted && !character.is_ascii() && is_blank(character) => return ' ',
            _ => {}
        }
        character
    };
    let text: String = line.chars().map(plain).collect();
    (text != line).then_some(text)
}

/// Whether typographic quotes may be why a line is no JSON.
pub fn smart_quotes(line: &str) -> Option<ImportFinding> {
    let quotes = ['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}'];
    line.contains(quotes).then_some(ImportFinding::SmartQuotes)
}

/// Spells a line anew. `bare`: it is no JSON as it stands, so what stands for a value is mended.
fn respelt(line: &str, bare: bool) -> (String, Vec<ImportFinding>) {
    let mut speller = Speller {
        rest: line,
        text: String::with_capacity(line.len()),
        last: None,
        frames: Vec::new(),
        findings: Vec::new(),
    };
    while let Some(next) = speller.rest.chars().next() {
        let ellipsis = ELLIPSES
            .into_iter()
            .find(|dots| speller.rest.starts_with(dots));
        match (next, ellipsis) {
            ('"', _) => speller.string(),
            (_, Some(dots)) if bare => speller.ellipsis(dots),
            _ if bare && speller.rest.starts_with(WILD) => speller.wild(),
            _ => speller.character(next),
        }
    }
    (speller.text, speller.findings)
}

/// An array or object that is not closed yet.
struct Frame {
    opened: char,
    /// Where it starts in the new text.
    start: usize,
    /// Something stands in it beside dots.
    filled: bool,
    dotted: bool,
}

struct Speller<'line> {
    rest: &'line str,
    text: String,
    /// The last character outside strings that isn't blank; `"` after a string.
    last: Option<char>,
    frames: Vec<Frame>,
    findings: Vec<ImportFinding>,
}

impl<'line> Speller<'line> {
    fn take(&mut self, length: usize) -> &'line str {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn character(&mut self, character: char) {
        self.take(character.len_utf8());
        match character {
            '{' | '[' => {
                self.fill();
                self.frames.push(Frame {
                    opened: character,
                    start: self.text.len(),
                    filled: false,
                    dotted: false,
                });
                self.text.push(character);
            }
            '}' | ']' => self.close(character),
            ',' | ':' => self.text.push(character),
            _ if character.is_ascii_whitespace() => return self.text.push(character),
            _ => {
                self.fill();
                self.text.push(character);
            }
        }
        self.last = Some(character);
    }

    fn fill(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.filled = true;
        }
    }

    fn close(&mut self, character: char) {
        self.text.push(character);
        let Some(frame) = self.frames.pop().filter(|frame| frame.dotted) else {
            return;
        };
        let whole = match (frame.opened, frame.filled) {
            ('{', true) => return,
            ('{', false) => "\"<object>\"",
            (_, false) => "\"<array>\"",
            (_, true) => {
                self.findings.push(ImportFinding::Loosened);
                "\"<array>\""
            }
        };
        self.text.truncate(frame.start);
        self.text.push_str(whole);
    }

    /// `...`: further keys in an object, further elements in an array.
    fn ellipsis(&mut self, dots: &str) {
        self.take(dots.len());
        let at_key = self.at_key();
        match self.frames.last_mut() {
            Some(frame) if frame.opened == '[' => frame.dotted = true,
            Some(frame) if at_key => {
                frame.dotted = true;
                self.text.push_str(REST);
            }
            _ => self.text.push_str(dots),
        }
        self.last = Some('.');
    }

    /// `.*`: any value; alone in brackets or among keys it is what `...` is.
    fn wild(&mut self) {
        let after = self
            .rest
            .strip_prefix(WILD)
            .unwrap_or_default()
            .trim_start();
        let is_array = self.frames.last().is_some_and(|frame| frame.opened == '[');
        let alone = is_array && self.last == Some('[') && after.starts_with(']');
        let further_keys = self.at_key() && !after.starts_with(':');
        if alone || further_keys {
            return self.ellipsis(WILD);
        }
        self.take(WILD.len());
        if is_array {
            self.findings.push(ImportFinding::OneElement);
        }
        self.fill();
        self.text.push_str(if self.at_key() { WILD } else { ANY });
        self.last = Some('"');
    }

    fn at_key(&self) -> bool {
        let in_object = self.frames.last().is_some_and(|frame| frame.opened == '{');
        in_object && matches!(self.last, Some('{' | ','))
    }

    fn string(&mut self) {
        self.fill();
        let token = self.take(string_length(self.rest));
        self.last = Some('"');
        let Ok(value) = serde_json::from_str::<String>(token) else {
            return self.text.push_str(token);
        };
        if self.rest.trim_start().starts_with(':') {
            self.key(&value);
            return self.text.push_str(token);
        }
        match self.placeholder(&value) {
            Some(placeholder) => self.text.push_str(&Value::from(placeholder).to_string()),
            None => self.text.push_str(token),
        }
    }

    fn key(&mut self, key: &str) {
        if key == "<...>" {
            self.findings.push(ImportFinding::RestKey);
        } else if key.contains(WILD) {
            let key = key.to_owned();
            self.findings.push(ImportFinding::PatternKey { key });
        }
    }

    /// What stands for a string that isn't itself.
    fn placeholder(&mut self, text: &str) -> Option<String> {
        if text == WILD {
            return Some("<any>".to_owned());
        }
        if text.contains(WILD) {
            let parts: Vec<_> = text.split(WILD).map(regex::escape).collect();
            let pattern = format!("^{}$", parts.join(WILD));
            if Regex::new(&pattern).is_err() {
                self.findings.push(ImportFinding::PatternTooLarge);
                return Some("<string>".to_owned());
            }
            return Some(format!("<re:{pattern}>"));
        }
        let inner = text.strip_prefix('<').filter(|_| is_bracketed(text))?;
        let text = source::shown(text);
        self.findings.push(ImportFinding::TakenLiterally { text });
        Some(format!("<={inner}"))
    }
}

/// How long the string at the start of a text is, its quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (offset, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return offset + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, mended: &str, findings: &[ImportFinding]) {
        assert_eq!(expected(line), (mended.to_owned(), findings.to_vec()));
        assert!(crate::case::expected::parse(mended.as_bytes()).is_ok());
    }

    fn literal(text: &str) -> ImportFinding {
        let text = text.to_owned();
        ImportFinding::TakenLiterally { text }
    }

    #[test]
    fn what_means_itself_stays_byte_for_byte() {
        for line in [
            r#"{"src": "n1",  "dest":"c1" , "body":{"a":1.0,"b":1e400,"c":"\u00e9 \" ."}}"#,
            r#"  ["...", "a<b>", "<", "{...}"]"#,
            "12345678901234567890",
        ] {
            check(line, line, &[]);
        }
    }

    #[test]
    fn strings_with_a_wildcard_are_patterns_and_brackets_are_escaped() {
        check(r#"{"a": ".*"}"#, r#"{"a": "<any>"}"#, &[]);
        check(
            r#"{"a" :"n1-.*.txt", "b": 1}"#,
            r#"{"a" :"<re:^n1\\-.*\\.txt$>", "b": 1}"#,
            &[],
        );
        check(
            r#"["\".*", "<a.*>"]"#,
            r#"["<re:^\".*$>", "<re:^<a.*>$>"]"#,
            &[],
        );
        check(
            r#"["<any>","<=x>","<>","<unordered>"]"#,
            r#"["<=any>","<==x>","<=>","<=unordered>"]"#,
            &["<any>", "<=x>", "<>", "<unordered>"].map(literal),
        );
        check(r#"["\u003cx>"]"#, r#"["<=x>"]"#, &[literal("<x>")]);
        check(r#"["\u002e*"]"#, r#"["<any>"]"#, &[]);
    }

    #[test]
    fn bare_patterns_become_placeholders() {
        for (line, mended) in [
            (r#"{"a": .*, "b": [1]}"#, r#"{"a": "<any>", "b": [1]}"#),
            (
                r#"{"a": {...}, "b": [...]}"#,
                r#"{"a": "<object>", "b": "<array>"}"#,
            ),
            (
                r#"{"a": { … }, "b": [ ... ]}"#,
                r#"{"a": "<object>", "b": "<array>"}"#,
            ),
            (
                r#"{"a": [.*], "b": {.*}}"#,
                r#"{"a": "<array>", "b": "<object>"}"#,
            ),
            (r#"{"a": 1, ...}"#, r#"{"a": 1, "<...>": "<any>"}"#),
            (r#"{"a": 1, .*}"#, r#"{"a": 1, "<...>": "<any>"}"#),
            (
                r#"{..., "a": {"b": .*}}"#,
                r#"{"<...>": "<any>", "a": {"b": "<any>"}}"#,
            ),
            (
                r#"{"a": .*, "b": "x", "c": "v.*"}"#,
                r#"{"a": "<any>", "b": "x", "c": "<re:^v.*$>"}"#,
            ),
            (".*", "\"<any>\""),
        ] {
            check(line, mended, &[]);
        }
        check("[1, ...]", "\"<array>\"", &[ImportFinding::Loosened]);
        check(
            r#"{"a":[{"b":1}, .*]}"#,
            r#"{"a":[{"b":1}, "<any>"]}"#,
            &[ImportFinding::OneElement],
        );
    }

    #[test]
    fn what_makes_no_sense_is_text() {
        for line in [
            "Node n.* is up",
            "{.*: 1}",
            "{\"a\": ...}",
            "{'a': \".*\"}",
            "{\"a\": .*",
            "\"a",
        ] {
            let (text, findings) = expected(line);
            assert_eq!(text, line);
            assert!(
                matches!(findings[..], [ImportFinding::ComparedAsText { .. }]),
                "{line}: {findings:?}"
            );
        }
        let quotes = "{\u{201c}a\u{201d}: 1}";
        let (text, findings) = expected(quotes);
        assert_eq!(
            (text.as_str(), findings.get(1)),
            (quotes, Some(&ImportFinding::SmartQuotes))
        );
    }

    #[test]
    fn spaces_of_a_page_become_plain_ones_outside_strings() {
        check(
            "{\u{a0}\"a\":\u{200b}\"\u{a0}\\\"\u{a0}\"}",
            "{ \"a\": \"\u{a0}\\\"\u{a0}\"}",
            &[ImportFinding::Spaced],
        );
    }

    #[test]
    fn what_no_placeholder_can_say_is_told() {
        check(
            r#"{"<...>": 1}"#,
            r#"{"<...>": 1}"#,
            &[ImportFinding::RestKey],
        );
        let key = "n.*".to_owned();
        check(
            r#"{"n.*": 1}"#,
            r#"{"n.*": 1}"#,
            &[ImportFinding::PatternKey { key }],
        );
        let huge = format!("\"{}.*\"", "日".repeat(300_000));
        check(&huge, "\"<string>\"", &[ImportFinding::PatternTooLarge]);
    }
}

//! Brings a long line to the screen's width so that what is marked stays in sight.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::escape;
use crate::matching::marks::{MarkedLine, Span};

/// How much is kept of unmarked text on either side of a mark, in columns.
const CONTEXT: usize = 24;

/// The least width that anything is fitted to.
const WIDTH_MIN: usize = 40;

/// How much is told of a text of somebody's own, in columns.
const TOLD_MAX: usize = 400;

/// How much of either end of a text is looked at, in characters.
const END_MAX: usize = 4096;

/// How many of somebody's bytes are looked at on either side of a place.
const BYTES_MAX: usize = 1024;

const ELLIPSIS: char = '…';

/// The line, escaped and cut to at most `width` columns; marked spans are kept in sight.
pub fn fit(line: &MarkedLine, width: usize) -> Vec<Span> {
    let width = width.max(WIDTH_MIN);
    let spans: Vec<_> = line.0.iter().map(escaped).collect();
    let total: usize = spans.iter().map(|span| span.text.width()).sum();
    if total <= width {
        return spans;
    }
    if spans.iter().any(|span| span.differs) {
        cut(&shorten(spans, width), width)
    } else {
        cut(&spans, width)
    }
}

/// A line with one character marked.
pub fn around(before: &str, at: Option<char>, after: &str) -> MarkedLine {
    let span = |text: String, differs| Span { text, differs };
    let at = at.map_or_else(String::new, String::from);
    MarkedLine(vec![
        span(before.to_owned(), false),
        span(at, true),
        span(after.to_owned(), false),
    ])
}

/// A line under the spans with a caret under each marked column; empty if there is none.
pub fn carets(spans: &[Span]) -> String {
    let under = |span: &Span| {
        let mark = if span.differs { "^" } else { " " };
        mark.repeat(span.text.width())
    };
    let line: String = spans.iter().map(under).collect();
    line.trim_end().to_owned()
}

/// Somebody's bytes, escaped and cut to at most `width` columns, and below them a caret under the one
/// at this offset; empty if there is none.
pub fn pointed(bytes: &[u8], offset: Option<usize>, width: usize) -> [String; 2] {
    let (before, after) = bytes.split_at(offset.unwrap_or_default().min(bytes.len()));
    let before = before
        .get(before.len().saturating_sub(BYTES_MAX)..)
        .unwrap_or_default();
    let after = after.get(..after.len().min(BYTES_MAX)).unwrap_or_default();
    let (before, after) = (escape::bytes(before), escape::bytes(after));
    let line = match (offset, after.chars().next()) {
        (Some(_), at @ Some(character)) => {
            let after = after.get(character.len_utf8()..).unwrap_or_default();
            around(&before, at, after)
        }
        _ => MarkedLine::plain(&(before + &after)),
    };
    let spans = fit(&line, width);
    let text = spans.iter().map(|span| span.text.as_str()).collect();
    [text, carets(&spans)]
}

/// The text, escaped and cut to at most `width` columns.
pub fn text(text: &str, width: usize) -> String {
    let spans = fit(&MarkedLine::plain(text), width);
    spans.into_iter().map(|span| span.text).collect()
}

/// The text, escaped and cut to at most `width` columns, however few.
pub fn short(text: &str, width: usize) -> String {
    let safe = whole(text);
    if safe.width() <= width {
        return safe;
    }
    format!("{}{ELLIPSIS}", prefix(&safe, width.saturating_sub(1)))
}

/// A text of somebody's own (a title, a name, a reason), escaped, and without its middle if it is long:
/// its end may say what to do.
pub fn told(text: &str) -> String {
    elide(&whole(text), TOLD_MAX * 3 / 4, TOLD_MAX / 4)
}

/// A text, escaped, as far as anybody looks at it.
pub fn whole(text: &str) -> String {
    escape::text(&ends(text))
}

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

fn escaped(span: &Span) -> Span {
    Span {
        text: whole(&span.text),
        differs: span.differs,
    }
}

/// A text of megabytes without its middle: no screen shows that.
fn ends(text: &str) -> Cow<'_, str> {
    if text.chars().nth(2 * END_MAX).is_none() {
        return text.into();
    }
    let head: String = text.chars().take(END_MAX).collect();
    let tail: String = text.chars().rev().take(END_MAX).collect();
    let tail: String = tail.chars().rev().collect();
    format!("{head}{ELLIPSIS}{tail}").into()
}

/// Shortens what stands between the marks, and the marks themselves if they are long.
fn shorten(spans: Vec<Span>, width: usize) -> Vec<Span> {
    let last = spans.len().saturating_sub(1);
    let marked_max = width / 4;
    let shorten = |(position, mut span): (usize, Span)| {
        let (head, tail) = match (span.differs, position) {
            (true, _) => (marked_max, marked_max / 2),
            (false, 0) => (0, width / 2),
            (false, position) if position == last => (usize::MAX, 0),
            (false, _) => (CONTEXT, CONTEXT),
        };
        span.text = elide(&span.text, head, tail);
        span
    };
    spans.into_iter().enumerate().map(shorten).collect()
}

/// Keeps so many columns at both ends.
fn elide(text: &str, head: usize, tail: usize) -> String {
    if text.width() <= head.saturating_add(tail).saturating_add(1) {
        return text.to_owned();
    }
    let start = prefix(text, head);
    let reversed: String = text.chars().rev().collect();
    let end: String = prefix(&reversed, tail).chars().rev().collect();
    format!("{start}{ELLIPSIS}{end}")
}

fn prefix(text: &str, width: usize) -> String {
    let mut used = 0;
    text.chars()
        .take_while(|character| {
            used += character.width().unwrap_or_default();
            used <= width
        })
        .collect()
}

fn cut(spans: &[Span], width: usize) -> Vec<Span> {
    let mut left = width - 1;
    let mut kept = Vec::new();
    for span in spans {
        let text = prefix(&span.text, left);
        left -= text.width();
        let complete = text.len() == span.text.len();
        kept.push(Span {
            text,
            differs: span.differs,
        });
        if !complete {
            kept.push(Span {
                text: ELLIPSIS.into(),
                differs: false,
            });
            break;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str, differs: bool) -> Span {
        Span {
            text: text.to_owned(),
            differs,
        }
    }

    fn shown(line: Vec<Span>, width: usize) -> (String, String) {
        let spans = fit(&MarkedLine(line), width);
        let text: String = spans.iter().map(|span| span.text.as_str()).collect();
        assert!(text.width() <= width, "{text}");
        (text, carets(&spans))
    }

    #[test]
    fn a_short_line_stays_as_it_is() {
        let line = vec![span("abc", false), span("de", true), span("f\u{1b}", false)];
        assert_eq!(
            shown(line, 80),
            ("abcdef\\u{1b}".to_owned(), "   ^^".to_owned())
        );
    }

    #[test]
    fn a_mark_far_to_the_right_stays_in_sight() {
        let line = vec![
            span(&"x".repeat(500), false),
            span("42", true),
            span(&"y".repeat(500), false),
        ];
        let (text, carets) = shown(line, 60);
        assert_eq!(text, format!("…{}42{}…", "x".repeat(30), "y".repeat(26)));
        assert_eq!(carets, format!("{}^^", " ".repeat(31)));
    }

    #[test]
    fn a_long_mark_shows_both_its_ends_and_a_plain_line_its_start() {
        let line = vec![
            span("k:", false),
            span(&format!("A{}Z", "m".repeat(300)), true),
        ];
        let (text, _) = shown(line, 60);
        assert!(text.starts_with("k:Am") && text.ends_with("mZ"), "{text}");
        let (text, carets) = shown(vec![span(&"p".repeat(99), false)], 60);
        assert_eq!(text, format!("{}…", "p".repeat(59)));
        assert_eq!(carets, "");
    }
}

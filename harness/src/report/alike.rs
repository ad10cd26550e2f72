//! Texts that look alike and are not the same: a no-break space for a space, letters composed or not,
//! letters of another script. Shown as they are, nobody could see how they differ.

use unicode_normalization::UnicodeNormalization;

use super::escape;
use crate::excerpt::{Excerpt, Row, Side};
use crate::matching::Mismatch;
use crate::matching::difference::{Difference, DifferenceKind};
use crate::matching::marks::{MarkedLine, Span};

/// Letters of other scripts, and the Latin ones that they look like.
const OTHERS: &str = "аеорсухіјѕԁһԛԝАВЕЗКМНОРСТУХІЈЅԌΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανιρυ";
const LATINS: &str = "aeopcyxijsdhqwABE3KMHOPCTYXIJSGABEZHIKMNOPTYXoavipu";

/// How much of a text is looked at, in characters.
const CHARACTERS_MAX: usize = 4096;

/// Whether two texts differ, but to no eye.
pub fn are_alike(one: &str, other: &str) -> bool {
    one != other && skeleton(one) == skeleton(other)
}

/// A text as it looks, in plain letters.
fn skeleton(text: &str) -> String {
    let seen = text.chars().take(CHARACTERS_MAX).nfkd();
    let seen = seen.filter(|character| !escape::acts(*character));
    seen.map(latin).collect()
}

fn latin(character: char) -> char {
    let place = OTHERS.chars().position(|other| other == character);
    place
        .and_then(|place| LATINS.chars().nth(place))
        .unwrap_or(character)
}

/// A text in which every character but those of ASCII is written out, as in `a\u{a0}b`.
pub fn written_out(text: &str) -> String {
    let written = |character: char| {
        if character.is_ascii() {
            character.to_string()
        } else {
            character.escape_unicode().to_string()
        }
    };
    text.chars().map(written).collect()
}

/// Whether the values at a place differ to no eye.
pub fn differs_unseen(difference: &Difference) -> bool {
    match &difference.kind {
        DifferenceKind::Value { expected, actual } => {
            let texts = expected.as_str().zip(actual.as_str());
            texts.is_some_and(|(expected, actual)| are_alike(expected, actual))
        }
        DifferenceKind::Missing { .. }
        | DifferenceKind::Unexpected { .. }
        | DifferenceKind::Id { .. }
        | DifferenceKind::Name { .. }
        | DifferenceKind::Text => false,
    }
}

/// The rows of an excerpt, with what differs written out where no eye would see it.
pub fn rows(excerpt: &Excerpt) -> Vec<Row> {
    let differs_unseen = match &excerpt.mismatch {
        Mismatch::Differs { differences, .. } => {
            differences.iter().any(differs_unseen) || has_texts_alike(excerpt)
        }
        Mismatch::Missing { .. } | Mismatch::Unexpected { .. } | Mismatch::Late { .. } => false,
    };
    let mut rows = excerpt.rows.clone();
    if differs_unseen {
        let pair = |row: &&mut Row| matches!(row.side, Side::Expected | Side::Actual);
        for row in rows.iter_mut().filter(pair) {
            write_out(&mut row.line);
        }
    }
    rows
}

/// Whether the two lines of an excerpt look the same as they stand.
pub fn has_texts_alike(excerpt: &Excerpt) -> bool {
    let text = |side: Side| {
        let row = excerpt.rows.iter().find(|row| row.side == side)?;
        let spans = row.line.0.iter().map(|span| span.text.as_str());
        Some(spans.collect::<String>())
    };
    let texts = text(Side::Expected).zip(text(Side::Actual));
    texts.is_some_and(|(expected, actual)| are_alike(&expected, &actual))
}

fn write_out(line: &mut MarkedLine) {
    for Span { text, .. } in line.0.iter_mut().filter(|span| span.differs) {
        *text = written_out(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_one_that_it_looks_like() {
        assert_eq!(OTHERS.chars().count(), LATINS.chars().count());
        assert!(LATINS.is_ascii() && !OTHERS.chars().any(|other| other.is_ascii()));
    }

    #[test]
    fn texts_that_no_eye_tells_apart_are_alike() {
        for (one, other) in [
            ("a\u{a0}b", "a b"),
            ("\u{e9}", "e\u{301}"),
            ("\u{430}bc", "abc"),
            ("\u{ff11}2", "12"),
            ("a\u{200b}b", "ab"),
            ("\u{39f}", "O"),
            ("\u{feff}x", "x"),
        ] {
            assert!(are_alike(one, other), "{one:?} {other:?}");
            assert!(!are_alike(one, one));
        }
        for (one, other) in [("a", "b"), ("e", "\u{e9}"), ("a b", "ab"), ("", "a")] {
            assert!(!are_alike(one, other), "{one:?} {other:?}");
        }
        assert_eq!(written_out("a\u{a0}b\u{1f600}"), "a\\u{a0}b\\u{1f600}");
    }
}

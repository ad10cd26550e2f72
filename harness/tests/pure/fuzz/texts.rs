//! Texts of three kinds: any bytes, good ones gone bad, and such as are built of a format's words.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::samples::{Form, SCRAPS};

/// One thing that befalls a text.
#[derive(Debug, Clone)]
enum Blow {
    Flip(Index, u8),
    Insert(Index, &'static str),
    Replace(Index, usize, &'static str),
    Cut(Index),
    DropLine(Index),
    DoubleLine(Index),
    SwapLines(Index, Index),
}

/// A text of this form: good, gone bad, built of its words, or nothing of the kind.
pub fn text(form: Form) -> impl Strategy<Value = Vec<u8>> {
    let bad = vec(blow(form), 0..6).prop_map(move |blows| {
        let good = form.good.as_bytes().to_vec();
        blows
            .into_iter()
            .fold(good, |text, blow| blow.strikes(text))
    });
    let built = vec(word(form), 0..40).prop_map(|words| words.concat().into_bytes());
    prop_oneof![
        1 => vec(any::<u8>(), 0..300),
        6 => bad,
        2 => built,
    ]
}

/// A word of the format, a scrap, or a line of its good text.
fn word(form: Form) -> impl Strategy<Value = &'static str> {
    let lines: Vec<_> = form.good.split_inclusive('\n').collect();
    prop_oneof![select(form.words), select(SCRAPS), select(lines)]
}

fn blow(form: Form) -> impl Strategy<Value = Blow> {
    let place = any::<Index>;
    prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, byte)| Blow::Flip(at, byte)),
        (place(), word(form)).prop_map(|(at, word)| Blow::Insert(at, word)),
        (place(), 0..12usize, word(form))
            .prop_map(|(at, count, word)| Blow::Replace(at, count, word)),
        place().prop_map(Blow::Cut),
        place().prop_map(Blow::DropLine),
        place().prop_map(Blow::DoubleLine),
        (place(), place()).prop_map(|(one, other)| Blow::SwapLines(one, other)),
    ]
}

impl Blow {
    fn strikes(&self, mut text: Vec<u8>) -> Vec<u8> {
        let length = text.len();
        match self {
            Self::Flip(at, byte) if length > 0 => text[at.index(length)] ^= byte,
            Self::Flip(..) => {}
            Self::Insert(at, word) => insert(&mut text, at.index(length + 1), 0, word),
            Self::Replace(at, count, word) => insert(&mut text, at.index(length + 1), *count, word),
            Self::Cut(at) => text.truncate(at.index(length + 1)),
            Self::DropLine(at) => {
                return with_lines(&text, |lines| _ = lines.remove(at.index(lines.len())));
            }
            Self::DoubleLine(at) => {
                return with_lines(&text, |lines| {
                    let at = at.index(lines.len());
                    lines.insert(at, lines[at]);
                });
            }
            Self::SwapLines(one, other) => {
                return with_lines(&text, |lines| {
                    let (one, other) = (one.index(lines.len()), other.index(lines.len()));
                    lines.swap(one, other);
                });
            }
        }
        text
    }
}

fn insert(text: &mut Vec<u8>, at: usize, count: usize, word: &str) {
    let end = (at + count).min(text.len());
    text.splice(at..end, word.bytes());
}

fn with_lines(text: &[u8], change: impl FnOnce(&mut Vec<&[u8]>)) -> Vec<u8> {
    let mut lines: Vec<_> = text.split_inclusive(|byte| *byte == b'\n').collect();
    if !lines.is_empty() {
        change(&mut lines);
    }
    lines.concat()
}

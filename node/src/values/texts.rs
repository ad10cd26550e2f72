//! Texts one behind the other, in blocks: a text costs its own bytes and a mark.
//!
//! Where a text stands is its number. It doesn't know whether two texts are the same value.

use std::sync::Arc;

/// How many bytes a block has, about; a text that is longer has a block of its own.
const BLOCK_BYTES: usize = 1 << OFFSET_BITS;
const OFFSET_BITS: u32 = 16;

/// What ends a text. As a text of JSON it is in one line, it doesn't hold this.
const END: char = '\n';

/// What stands between the text that is shown and the canonical one, if they differ.
const CANONICAL: char = '\r';

/// A text, by the place where it stands: one that came later has a higher number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueId(pub u32);

impl ValueId {
    /// None is lower.
    pub const FIRST: Self = Self(0);
    /// None is higher.
    pub const LAST: Self = Self(u32::MAX);
}

/// Texts, in the order in which they came.
#[derive(Debug, Default)]
pub struct Texts {
    full: Vec<Arc<str>>,
    open: String,
}

/// All texts as they were at some time. To take one costs next to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    full: Vec<Arc<str>>,
    open: Arc<str>,
}

impl Texts {
    /// Adds a text and its canonical spelling if that is another; None if there is no room left,
    /// which is so after 4 GiB.
    pub fn push(&mut self, shown: &str, canonical: Option<&str>) -> Option<ValueId> {
        let length = shown.len() + canonical.map_or(0, |text| text.len() + 1) + 1;
        if !self.open.is_empty() && self.open.len() + length > BLOCK_BYTES {
            self.full.push(Arc::from(self.open.as_str()));
            self.open.clear();
        }
        let block = u32::try_from(self.full.len()).ok()?;
        let offset = u32::try_from(self.open.len()).ok()?;
        let start = block.checked_mul(1 << OFFSET_BITS)?.checked_add(offset)?;
        self.open.push_str(shown);
        if let Some(canonical) = canonical {
            self.open.push(CANONICAL);
            self.open.push_str(canonical);
        }
        self.open.push(END);
        Some(ValueId(start))
    }

    /// The text that is shown, and the canonical one.
    pub fn get(&self, id: ValueId) -> (&str, &str) {
        let (block, offset) = (id.0 >> OFFSET_BITS, id.0 & ((1 << OFFSET_BITS) - 1));
        let full = self.full.get(block as usize);
        let block = full.map_or(self.open.as_str(), |block| block);
        let rest = block.get(offset as usize..).unwrap_or_default();
        let end = memchr::memchr(END as u8, rest.as_bytes()).unwrap_or(rest.len());
        spellings(rest.get(..end).unwrap_or_default())
    }

    /// All numbers with their canonical texts, in order.
    pub fn iter(&self) -> impl Iterator<Item = (ValueId, &str)> {
        let full = self.full.iter().map(|block| &**block);
        let blocks = full.chain([self.open.as_str()]).enumerate();
        blocks.flat_map(|(number, block)| {
            let mut offset = 0;
            lines(block).map(move |line| {
                let id = (number << OFFSET_BITS) + offset;
                offset += line.len() + 1;
                // `push` has seen to it that this is no more than fits.
                let id = ValueId(u32::try_from(id).unwrap_or(u32::MAX));
                (id, spellings(line).1)
            })
        })
    }

    /// All texts as they are now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            full: self.full.clone(),
            open: Arc::from(self.open.as_str()),
        }
    }
}

impl Snapshot {
    /// The texts that are shown, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let blocks = self.full.iter().chain([&self.open]);
        blocks.flat_map(|block| lines(block).map(|line| spellings(line).0))
    }
}

fn lines(block: &str) -> impl Iterator<Item = &str> {
    block.split_terminator(END)
}

fn spellings(line: &str) -> (&str, &str) {
    let at = memchr::memchr(CANONICAL as u8, line.as_bytes());
    let parts = at.and_then(|at| Some((line.get(..at)?, line.get(at + 1..)?)));
    parts.unwrap_or((line, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_where_they_stand_whatever_their_length() {
        let mut texts = Texts::default();
        let long = "x".repeat(3 * BLOCK_BYTES);
        let mut expected = Vec::new();
        for number in 0..30_000 {
            let text = match number % 10_000 {
                77 => long.clone(),
                _ => number.to_string(),
            };
            let id = texts.push(&text, None).unwrap();
            expected.push((id, text));
        }
        assert!(expected.is_sorted_by(|left, right| left.0 < right.0));
        let found = texts.iter().map(|(id, text)| (id, text.to_owned()));
        assert!(found.eq(expected.iter().cloned()));
        let snapshot = texts.snapshot();
        assert!(snapshot.iter().eq(expected.iter().map(|(_, text)| text)));
        for (id, text) in &expected {
            assert_eq!(texts.get(*id), (text.as_str(), text.as_str()));
        }
    }

    #[test]
    fn a_snapshot_stays_as_it_was() {
        let mut texts = Texts::default();
        let one = texts.push("1.0", Some("1")).unwrap();
        let snapshot = texts.snapshot();
        texts.push("2", None).unwrap();
        assert_eq!(snapshot.iter().collect::<Vec<_>>(), ["1.0"]);
        assert_eq!(texts.get(one), ("1.0", "1"));
    }

    #[test]
    fn it_says_when_there_is_no_room_left() {
        let block: Arc<str> = Arc::from("x\n");
        let mut texts = Texts {
            full: vec![block; (1 << 16) - 1],
            open: String::new(),
        };
        assert_eq!(texts.push("1", None), Some(ValueId(0xffff_0000)));
        assert_eq!(texts.push(&"x".repeat(BLOCK_BYTES), None), None);
        assert_eq!(texts.get(ValueId(0xffff_0000)), ("1", "1"));
    }
}

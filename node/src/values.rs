//! The values a node holds: each once, in the order in which it saw them.
//!
//! It doesn't know where a value came from or where it goes. A value costs its text, a mark and
//! some fifteen bytes.

mod texts;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use siphasher::sip::SipHasher13;

use crate::value::Value;
use texts::Texts;
pub use texts::{Snapshot, ValueId};

/// How many tables there are for the hashes.
const TABLES: usize = 256;

/// An ordered set of values, which only ever grows.
#[derive(Debug)]
pub struct Values {
    texts: Texts,
    /// Where the text of a hash stands. Many small tables, for each grows at its own time (see
    /// [`table`]), and within a processor's cache.
    places: [HashTable<Place>; TABLES],
    count: usize,
    hash_sum: u64,
}

/// Where a text stands, and enough of its hash to move it to a larger table, or to tell it from
/// another one, without a look at the text.
#[derive(Clone, Copy, Debug)]
struct Place {
    id: ValueId,
    mark: u32,
}

/// What became of a value that was to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    New(ValueId),
    /// It was there already, and keeps its spelling.
    Known(ValueId),
    /// It was not there, and there is no room for it.
    Full,
}

impl Values {
    /// Stores `value` if it is not there.
    pub fn insert(&mut self, value: &Value) -> Inserted {
        let hash = hash(value.key());
        let Self { texts, places, .. } = self;
        let Some(places) = places.get_mut(table(hash)) else {
            return Inserted::Full; // no hash has no table
        };
        let mark = mark(hash);
        let is_same = |place: &Place| place.mark == mark && texts.get(place.id).1 == value.key();
        let entry = match places.entry(spread(mark), is_same, |place| spread(place.mark)) {
            Entry::Occupied(entry) => return Inserted::Known(entry.get().id),
            Entry::Vacant(entry) => entry,
        };
        let Some(id) = texts.push(value.as_json(), value.canonical()) else {
            return Inserted::Full;
        };
        entry.insert(Place { id, mark });
        self.count += 1;
        self.hash_sum = self.hash_sum.wrapping_add(hash);
        Inserted::New(id)
    }

    /// A value that was stored.
    pub fn get(&self, id: ValueId) -> Value {
        let (shown, canonical) = self.texts.get(id);
        Value::from_spellings(shown, canonical)
    }

    /// The hash of a value that was stored.
    pub fn hash(&self, id: ValueId) -> u64 {
        hash(self.texts.get(id).1)
    }

    /// The values that have this hash: one, but for a chance of one in billions.
    pub fn with_hash(&self, hash: u64) -> Vec<ValueId> {
        let table = self.places.get(table(hash)).into_iter();
        let similar = table.flat_map(|table| table.iter_hash(spread(mark(hash))));
        let ids = similar.map(|place| place.id);
        ids.filter(|id| self.hash(*id) == hash).collect()
    }

    /// All values, in the order in which they were first seen.
    pub fn ids(&self) -> impl Iterator<Item = ValueId> {
        self.texts.iter().map(|(id, _)| id)
    }

    /// All values as they are now, in the order in which they were first seen.
    pub fn snapshot(&self) -> Snapshot {
        self.texts.snapshot()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// The hashes of all values, added up: two nodes that hold the same have the same sum.
    pub fn hash_sum(&self) -> u64 {
        self.hash_sum
    }
}

impl Default for Values {
    fn default() -> Self {
        Self {
            texts: Texts::default(),
            places: [const { HashTable::new() }; TABLES],
            count: 0,
            hash_sum: 0,
        }
    }
}

/// In which table a hash has its place: by bits that mean nothing within a table.
///
/// The first tables get half as many as the last ones, and those between them ever more: a table
/// doubles when it is full, and so not all of them do at once.
fn table(hash: u64) -> usize {
    const ONE: u64 = 1 << 16;
    let part = (hash >> 32) % ONE;
    let curved = part * (4 * ONE - part) / (3 * ONE);
    (curved * TABLES as u64 / ONE) as usize
}

/// The part of a hash that is kept.
fn mark(hash: u64) -> u32 {
    (hash & 0xffff_ffff) as u32
}

/// A mark as the table wants it, which uses the lowest bits and the highest.
fn spread(mark: u32) -> u64 {
    u64::from(mark) << 32 | u64::from(mark)
}

/// The same on every node and in every build: nodes compare their hashes.
fn hash(canonical: &str) -> u64 {
    SipHasher13::new().hash(canonical.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::from_json(text).unwrap()
    }

    #[test]
    fn values_keep_their_first_spelling_and_order() {
        let mut values = Values::default();
        assert_eq!(values.len(), 0);
        let texts = ["3", "1.0", "[2]", "1", "null", "3e0", "1.00"];
        let is_new = texts.map(|text| matches!(values.insert(&value(text)), Inserted::New(_)));
        assert_eq!(is_new, [true, true, true, false, true, false, false]);
        assert_eq!(values.len(), 4);
        let snapshot = values.snapshot();
        assert_eq!(
            snapshot.iter().collect::<Vec<_>>(),
            ["3", "1.0", "[2]", "null"]
        );
        let got: Vec<_> = values.ids().map(|id| values.get(id)).collect();
        assert_eq!(got, ["3", "1", "[2]", "null"].map(value));
        assert_eq!(got[1].as_json(), "1.0");
    }

    #[test]
    fn no_hash_lacks_a_table_and_the_last_table_gets_twice_as_many_as_the_first() {
        let mut counts = [0_u32; TABLES];
        for part in 0..1_u64 << 16 {
            counts[table(part << 32)] += 1;
        }
        let shares = [counts[0], counts[TABLES / 2], counts[TABLES - 1]];
        assert_eq!(shares, [193, 243, 382]);
    }

    #[test]
    fn hashes_depend_on_the_value_alone() {
        let fill = |texts: &[&str]| {
            let mut values = Values::default();
            for text in texts {
                values.insert(&value(text));
            }
            values
        };
        let (left, right) = (
            fill(&["1", "2", "\"a\""]),
            fill(&["\"\\u0061\"", "2.0", "1e0"]),
        );
        assert_eq!(left.hash_sum(), right.hash_sum());
        assert_ne!(left.hash_sum(), fill(&["1", "2"]).hash_sum());
        for id in left.ids() {
            assert_eq!(left.with_hash(left.hash(id)), [id]);
            let same: Vec<_> = right.with_hash(left.hash(id));
            assert_eq!(right.get(same[0]), left.get(id));
        }
        assert_eq!(left.with_hash(7), []);
        // Nodes of all builds have to agree on this number.
        assert_eq!(hash("1"), 11_582_886_058_036_617_813);
    }
}

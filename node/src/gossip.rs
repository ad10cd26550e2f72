//! Anti-entropy: how two nodes find what one of them lacks, in few and bounded messages.
//!
//! Each value has a hash, and hashes fall into ranges by their first hexadecimal digits. A node
//! tells another how many values it has in a range and the sum of their hashes: the one range of
//! all values, as a rule, and that is all if both say the same. Where they differ the other one
//! answers with its sixteen parts, and so on until one of them has so few values in a range that
//! it can list their hashes. Then the other knows which values to send, and which to ask for.
//!
//! No step needs another one before it: what gets lost is made up for by the next round. This
//! module compares; it sends nothing. (Range-based set reconciliation: A. Meyer, 2023.)

use std::fmt;
use std::ops::RangeInclusive;

use crate::values::{ValueId, Values};

/// In a range with more values than this their hashes are not listed.
pub const LISTED_MAX: usize = 256;

/// How many parts a range has: one for each digit that may come next.
pub const PARTS: usize = 16;

/// How many hexadecimal digits a hash has.
const DIGITS_MAX: u32 = 16;

/// The hashes that begin with certain hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prefix {
    first: u64,
    digits: u32,
}

/// What a node has in a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub prefix: Prefix,
    pub count: usize,
    pub sum: u64,
}

/// What to say to a node that has sent a summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: it has the same.
    Nothing,
    /// The own summaries of these ranges.
    Summaries(Vec<Summary>),
    /// The own hashes in that range: there are few.
    Hashes(Vec<u64>),
    /// All own values: it has none.
    Values(Vec<ValueId>),
}

/// What two nodes lack of each other in a range.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference {
    pub theirs: Vec<ValueId>,
    /// The hashes of what we lack.
    pub ours: Vec<u64>,
}

/// The values by hash, for as long as there is somebody to disagree with.
#[derive(Debug, Default)]
pub struct Index {
    sorted: Vec<ValueId>,
}

impl Prefix {
    /// Reads hexadecimal digits; none of them means all hashes.
    pub fn parse(digits: &str) -> Option<Self> {
        let count = u32::try_from(digits.len()).ok()?;
        let all_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if count > DIGITS_MAX || !all_hex {
            return None;
        }
        let number = u64::from_str_radix(digits, 16).unwrap_or(0);
        let first = number.checked_shl(64 - 4 * count).unwrap_or(0);
        Some(Self {
            first,
            digits: count,
        })
    }

    /// All hashes that begin so.
    fn range(self) -> RangeInclusive<u64> {
        let rest = u64::MAX.checked_shr(4 * self.digits).unwrap_or(0);
        self.first..=self.first | rest
    }

    /// Its sixteen parts; none if it can't be divided.
    fn parts(self) -> impl Iterator<Item = Self> {
        let digits = self.digits + 1;
        let parts = if digits > DIGITS_MAX { 0..0 } else { 0..16 };
        parts.map(move |digit: u64| Self {
            first: self.first | digit << (64 - 4 * digits),
            digits,
        })
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = format!("{:016x}", self.first);
        f.write_str(all.get(..self.digits as usize).unwrap_or_default())
    }
}

impl Summary {
    /// Of all that a node holds.
    pub fn of_all(values: &Values) -> Self {
        Self {
            prefix: Prefix::default(),
            count: values.len(),
            sum: values.hash_sum(),
        }
    }
}

impl Index {
    /// Compares what another node has in a range with `values`.
    pub fn compare(&mut self, values: &Values, theirs: &Summary) -> Answer {
        let prefix = theirs.prefix;
        let ours = self.summary(values, prefix);
        if ours == *theirs {
            Answer::Nothing
        } else if theirs.count == 0 {
            Answer::Values(self.inside(values, prefix).to_vec())
        } else if ours.count <= LISTED_MAX || prefix.digits == DIGITS_MAX {
            Answer::Hashes(self.hashes(values, prefix))
        } else if theirs.count <= LISTED_MAX {
            Answer::Summaries(vec![ours])
        } else {
            let parts = prefix.parts();
            Answer::Summaries(parts.map(|part| self.summary(values, part)).collect())
        }
    }

    /// Compares the hashes that another node has in a range with `values`.
    pub fn difference(&mut self, values: &Values, prefix: Prefix, theirs: &[u64]) -> Difference {
        let mut theirs = theirs.to_vec();
        theirs.sort_unstable();
        let inside = self.inside(values, prefix).iter().copied();
        let lacking = inside.filter(|id| theirs.binary_search(&values.hash(*id)).is_err());
        let unknown = theirs.iter().copied();
        let unknown = unknown.filter(|hash| prefix.range().contains(hash));
        Difference {
            theirs: lacking.collect(),
            ours: unknown
                .filter(|hash| values.with_hash(*hash).is_empty())
                .collect(),
        }
    }

    fn summary(&mut self, values: &Values, prefix: Prefix) -> Summary {
        if prefix == Prefix::default() {
            return Summary::of_all(values);
        }
        let inside = self.inside(values, prefix);
        let hashes = inside.iter().map(|id| values.hash(*id));
        Summary {
            prefix,
            count: inside.len(),
            sum: hashes.fold(0, u64::wrapping_add),
        }
    }

    fn hashes(&mut self, values: &Values, prefix: Prefix) -> Vec<u64> {
        let inside = self.inside(values, prefix).iter();
        inside.map(|id| values.hash(*id)).collect()
    }

    /// The values whose hashes begin so.
    fn inside(&mut self, values: &Values, prefix: Prefix) -> &[ValueId] {
        if self.sorted.len() != values.len() {
            self.sorted = values.ids().collect();
            self.sorted.sort_by_cached_key(|id| values.hash(*id));
        }
        let range = prefix.range();
        let start = self
            .sorted
            .partition_point(|id| values.hash(*id) < *range.start());
        let end = self
            .sorted
            .partition_point(|id| values.hash(*id) <= *range.end());
        self.sorted.get(start..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;

//! The sums that some of many numbers can have.

/// Sums beyond these are not told apart: no run has so many requests.
const RANGE_MAX: u128 = 1 << 24;

/// So many words of 64 sums are gone over at most: more take longer than they tell.
const WORK_MAX: usize = 1 << 28;

/// How many words of sums are looked at, each time that one is added, for one that is missing.
const LOOKED_AT_MAX: usize = 64;

/// The sums of all choices of some numbers, each taken once or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubsetSums {
    /// The least of them.
    least: i128,
    /// The greatest.
    most: i128,
    between: Between,
    /// How many words were gone over.
    work: usize,
}

/// Which of the numbers from the least sum to the greatest are sums.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Between {
    /// All: of many small numbers soon every sum can be had.
    All,
    /// Those whose bits are set; the first is the least sum.
    Bits(Vec<u64>),
    /// All, for all that is told: there are too many to tell.
    TooMany,
}

impl Default for SubsetSums {
    /// Of no numbers: nothing.
    fn default() -> Self {
        Self {
            least: 0,
            most: 0,
            between: Between::All,
            work: 0,
        }
    }
}

impl SubsetSums {
    /// One more number, which may be taken or not.
    pub fn add(&mut self, number: i64) {
        let before = self.most.abs_diff(self.least);
        if number >= 0 {
            self.most = self.most.saturating_add(number.into());
        } else {
            self.least = self.least.saturating_add(number.into());
        }
        let range = self.most.abs_diff(self.least);
        // A number that is no greater than what can be had already, and one, leaves no gap.
        let is_small = u128::from(number.unsigned_abs()) <= before.saturating_add(1);
        let mut bits = match std::mem::replace(&mut self.between, Between::TooMany) {
            Between::TooMany => return,
            Between::All if is_small => {
                self.between = Between::All;
                return;
            }
            _ if range > RANGE_MAX || self.work > WORK_MAX => return,
            Between::All => ones(before),
            Between::Bits(bits) => bits,
        };
        let words = words(range);
        self.work += words;
        bits.resize(words, 0);
        let shift = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
        shift_in(&mut bits, shift);
        let may_be_all = words <= LOOKED_AT_MAX;
        self.between = if may_be_all && bits == ones(range) {
            Between::All
        } else {
            Between::Bits(bits)
        };
    }

    /// Whether this is one of them. Where there are too many to tell, all between the least and the greatest
    /// are.
    pub fn contains(&self, sum: i128) -> bool {
        if sum < self.least || sum > self.most {
            return false;
        }
        let Between::Bits(bits) = &self.between else {
            return true;
        };
        let place = sum.abs_diff(self.least);
        let word = usize::try_from(place / 64).ok();
        let word = word.and_then(|word| bits.get(word));
        word.is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    /// The least and the greatest.
    pub fn bounds(&self) -> (i128, i128) {
        (self.least, self.most)
    }
}

/// How many words hold a bit for each number from 0 to this one.
fn words(range: u128) -> usize {
    usize::try_from(range / 64 + 1).unwrap_or(usize::MAX)
}

/// The bits of all numbers from 0 to this one.
fn ones(range: u128) -> Vec<u64> {
    let mut bits = vec![u64::MAX; words(range)];
    if let Some(last) = bits.last_mut() {
        *last >>= 63 - range % 64;
    }
    bits
}

/// Adds to each number in the bits the one that is so much greater. (With a negative number the least sum moves
/// by it: then those that were there before are so much further from it, and those with the number where they
/// stood.)
fn shift_in(bits: &mut [u64], shift: usize) {
    let (whole, rest) = (shift / 64, shift % 64);
    for place in (whole..bits.len()).rev() {
        let at = |place: Option<usize>| {
            let word = place.and_then(|place| bits.get(place));
            word.copied().unwrap_or_default()
        };
        let from = place - whole;
        let mut moved = at(Some(from)) << rest;
        if rest > 0 {
            moved |= at(from.checked_sub(1)) >> (64 - rest);
        }
        if let Some(word) = bits.get_mut(place) {
            *word |= moved;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_are_those_of_all_choices(numbers in prop::collection::vec(-90i64..90, 0..9)) {
            let mut sums = SubsetSums::default();
            let mut all = BTreeSet::from([0i128]);
            for number in numbers {
                sums.add(number);
                let number = i128::from(number);
                all = all.iter().flat_map(|sum| [*sum, sum + number]).collect();
            }
            let (least, most) = sums.bounds();
            prop_assert_eq!((Some(&least), Some(&most)), (all.first(), all.last()));
            for sum in least - 70..=most + 70 {
                prop_assert_eq!(sums.contains(sum), all.contains(&sum), "{}", sum);
            }
        }
    }

    #[test]
    fn a_range_too_large_to_tell_has_all_sums_in_it() {
        let mut sums = SubsetSums::default();
        for number in [1 << 40, i64::MAX, i64::MIN, 3] {
            sums.add(number);
        }
        for sum in [
            5,
            i64::MAX.into(),
            i64::MIN.into(),
            i128::from(i64::MAX) + 2,
        ] {
            assert!(sums.contains(sum), "{sum}");
        }
    }

    #[test]
    fn what_takes_too_long_to_tell_has_all_sums_in_it() {
        let mut sums = SubsetSums {
            work: WORK_MAX - 1000,
            ..SubsetSums::default()
        };
        sums.add(4000);
        assert!(!sums.contains(3999));
        for _ in 0..30 {
            sums.add(4000);
        }
        assert!(sums.contains(3999) && !sums.contains(-1) && !sums.contains(31 * 4000 + 1));
    }
}

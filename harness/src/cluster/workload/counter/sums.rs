//! The sums that some of many numbers can have. They are told apart, as ranges or bit by bit, whichever takes
//! less room; up to a bound of room and time.

use std::ops::RangeInclusive;

/// Sums are held in so many words of 64 bits at most.
const ROOM_MAX: usize = 1 << 18;

/// A range is held in so many.
const RANGE_ROOM: usize = 4;

/// So many words are gone over at most: more take longer than they tell.
const WORK_MAX: usize = 1 << 28;

/// The sums of all choices of some numbers, each taken once or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubsetSums {
    /// The least of them.
    least: i128,
    most: i128,
    between: Between,
    /// How many words were gone over.
    work: usize,
}

/// Which of the numbers from the least sum to the greatest are sums.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Between {
    /// Those in these ranges, in their order, with gaps between them. Of many small numbers it is soon a single
    /// one.
    Ranges(Vec<RangeInclusive<i128>>),
    /// Those whose bits are set; the first is the least sum.
    Bits(Vec<u64>),
    /// All, for all that is told: there are too many to tell.
    TooMany,
}

impl Default for SubsetSums {
    fn default() -> Self {
        Self {
            least: 0,
            most: 0,
            between: Between::Ranges(vec![0..=0]),
            work: 0,
        }
    }
}

impl SubsetSums {
    /// One more number, which may be taken or not.
    pub fn add(&mut self, number: i64) {
        let least = self.least;
        if number >= 0 {
            self.most = self.most.saturating_add(number.into());
        } else {
            self.least = self.least.saturating_add(number.into());
        }
        let room = words(self.most.abs_diff(self.least));
        let between = match std::mem::replace(&mut self.between, Between::TooMany) {
            Between::TooMany => return,
            Between::Bits(bits) if room <= ROOM_MAX => self.add_to_bits(bits, room, number),
            Between::Bits(bits) => match few_ranges(&bits, least, ROOM_MAX) {
                Some(ranges) => self.add_to_ranges(&ranges, room, number),
                None => return,
            },
            Between::Ranges(ranges) => self.add_to_ranges(&ranges, room, number),
        };
        let taken = between.room();
        self.work = self.work.saturating_add(taken);
        if taken <= ROOM_MAX && self.work <= WORK_MAX {
            self.between = between;
        }
    }

    /// `room`: how many words all sums have now as bits.
    fn add_to_ranges(&self, ranges: &[RangeInclusive<i128>], room: usize, number: i64) -> Between {
        let ranges = with_moved(ranges, number.into());
        if room > ROOM_MAX || ranges.len() * RANGE_ROOM <= room {
            return Between::Ranges(ranges);
        }
        let mut bits = vec![0; room];
        let place = |sum: &i128| usize::try_from(sum.abs_diff(self.least));
        for range in ranges {
            if let (Ok(first), Ok(last)) = (place(range.start()), place(range.end())) {
                set(&mut bits, first, last);
            }
        }
        Between::Bits(bits)
    }

    fn add_to_bits(&self, mut bits: Vec<u64>, room: usize, number: i64) -> Between {
        bits.resize(room, 0);
        let shift = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
        shift_in(&mut bits, shift);
        match few_ranges(&bits, self.least, room) {
            Some(ranges) => Between::Ranges(ranges),
            None => Between::Bits(bits),
        }
    }

    /// Whether this is one of them. Where there are too many to tell, all between the least and the greatest
    /// are.
    pub fn contains(&self, sum: i128) -> bool {
        if sum < self.least || sum > self.most {
            return false;
        }
        match &self.between {
            Between::TooMany => true,
            Between::Ranges(ranges) => {
                let place = ranges.partition_point(|range| *range.end() < sum);
                ranges.get(place).is_some_and(|range| range.contains(&sum))
            }
            Between::Bits(bits) => {
                let place = sum.abs_diff(self.least);
                let word = usize::try_from(place / 64).ok();
                let word = word.and_then(|word| bits.get(word));
                word.is_some_and(|word| word >> (place % 64) & 1 == 1)
            }
        }
    }

    /// Whether each of them is known, and not only the least and the greatest.
    pub fn are_exact(&self) -> bool {
        self.between != Between::TooMany
    }

    /// The least and the greatest.
    pub fn bounds(&self) -> (i128, i128) {
        (self.least, self.most)
    }
}

impl Between {
    /// In words.
    fn room(&self) -> usize {
        match self {
            Self::Ranges(ranges) => ranges.len().saturating_mul(RANGE_ROOM),
            Self::Bits(bits) => bits.len(),
            Self::TooMany => 0,
        }
    }
}

/// How many words hold a bit for each number from 0 to this one.
fn words(range: u128) -> usize {
    usize::try_from(range / 64 + 1).unwrap_or(usize::MAX)
}

/// What is in these ranges, and the same moved by a number.
fn with_moved(ranges: &[RangeInclusive<i128>], by: i128) -> Vec<RangeInclusive<i128>> {
    let moved = |range: &RangeInclusive<i128>| {
        range.start().saturating_add(by)..=range.end().saturating_add(by)
    };
    let mut here = ranges.iter().cloned().peekable();
    let mut there = ranges.iter().map(moved).peekable();
    let mut all: Vec<RangeInclusive<i128>> = Vec::with_capacity(ranges.len());
    loop {
        let is_here = match (here.peek(), there.peek()) {
            (Some(here), Some(there)) => here.start() <= there.start(),
            (here, _) => here.is_some(),
        };
        let next = if is_here { here.next() } else { there.next() };
        let Some(next) = next else { return all };
        match all.last_mut() {
            Some(last) if *next.start() <= last.end().saturating_add(1) => {
                *last = *last.start()..=*last.end().max(next.end());
            }
            Some(_) | None => all.push(next),
        }
    }
}

/// The bits as ranges, the first bit being the least sum, unless that takes more room than this.
fn few_ranges(bits: &[u64], least: i128, room: usize) -> Option<Vec<RangeInclusive<i128>>> {
    // By word, those bits that differ from the one before: where a range begins, or has ended.
    let before = std::iter::once(&0).chain(bits);
    let edges = bits.iter().zip(before);
    let edges = edges.map(|(word, before)| word ^ (word << 1 | before >> 63));
    let count: usize = edges.clone().map(|edges| edges.count_ones() as usize).sum();
    let count = count.div_ceil(2);
    if count.saturating_mul(RANGE_ROOM) > room {
        return None;
    }
    let mut ranges = Vec::with_capacity(count);
    let mut began = None;
    // The sum at the first bit of the word.
    let mut sum = least;
    for mut edges in edges {
        while edges != 0 {
            let edge = sum + i128::from(edges.trailing_zeros());
            match began.take() {
                None => began = Some(edge),
                Some(first) => ranges.push(first..=edge - 1),
            }
            edges &= edges - 1;
        }
        sum += 64;
    }
    ranges.extend(began.map(|first| first..=sum - 1));
    Some(ranges)
}

/// Sets the bits from the first to the last.
fn set(bits: &mut [u64], first: usize, last: usize) {
    let words = bits.iter_mut().enumerate().take(last / 64 + 1);
    for (word, bits) in words.skip(first / 64) {
        let below = if word == first / 64 { first % 64 } else { 0 };
        let above = if word == last / 64 { 63 - last % 64 } else { 0 };
        *bits |= u64::MAX << below & u64::MAX >> above;
    }
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

    /// Small ones, whose sums are dense; greater ones, whose sums are bits; and any.
    fn number() -> impl Strategy<Value = i64> {
        prop_oneof![-9i64..90, -50_000i64..50_000, any::<i64>()]
    }

    fn check(numbers: &[i64]) -> Result<(), TestCaseError> {
        let mut sums = SubsetSums::default();
        let mut all = BTreeSet::from([0i128]);
        for number in numbers {
            sums.add(*number);
            let number = i128::from(*number);
            all = all.iter().flat_map(|sum| [*sum, sum + number]).collect();
        }
        let (least, most) = sums.bounds();
        prop_assert!(sums.are_exact());
        prop_assert_eq!((Some(&least), Some(&most)), (all.first(), all.last()));
        for sum in all.iter().flat_map(|sum| sum - 3..=sum + 3) {
            prop_assert_eq!(sums.contains(sum), all.contains(&sum), "{}", sum);
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn sums_are_those_of_all_choices(numbers in prop::collection::vec(number(), 0..10)) {
            check(&numbers)?;
        }
    }

    #[test]
    #[ignore = "14 s of CPU in debug: make fuzz runs it"]
    fn sums_of_many_numbers_are_those_of_all_choices() {
        let config = ProptestConfig::with_cases(5000);
        let mut runner = proptest::test_runner::TestRunner::new(config);
        let numbers = prop::collection::vec(number(), 0..13);
        runner.run(&numbers, |numbers| check(&numbers)).unwrap();
    }

    /// What has more sums than there is room for.
    fn too_many() -> impl Iterator<Item = i64> {
        (0..18).map(|place| 1 << (2 * place))
    }

    #[test]
    fn sums_too_many_to_tell_are_all_between_the_bounds() {
        let mut sums = SubsetSums::default();
        too_many().take(12).for_each(|number| sums.add(number));
        assert!(sums.are_exact() && !sums.contains(2));
        too_many().skip(12).for_each(|number| sums.add(number));
        assert!(!sums.are_exact());
        let (least, most) = sums.bounds();
        for sum in [least, 2, most] {
            assert!(sums.contains(sum), "{sum}");
        }
        assert!(!sums.contains(least - 1) && !sums.contains(most + 1));
    }

    #[test]
    fn many_small_numbers_and_a_few_great_ones_are_told_apart() {
        let mut sums = SubsetSums::default();
        for _ in 0..100 {
            // Bits first, and ranges once the great ones have come.
            for number in [40, 60, 1000] {
                sums.add(number);
            }
        }
        for number in [1 << 40, i64::MAX, i64::MIN] {
            sums.add(number);
        }
        assert!(sums.are_exact());
        for (sum, is_one) in [
            (100, true),
            (110, false),
            ((1 << 40) + 40, true),
            (1 << 39, false),
        ] {
            assert_eq!(sums.contains(sum), is_one, "{sum}");
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

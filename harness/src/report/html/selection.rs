//! Which messages are on the page: all of them, or, of more than a browser can stand, those that
//! explain most.
//!
//! First those with values that something is wrong with, then dropped ones, then those that brought a
//! value to a node for the first time, so that each value's path is whole, then the others. Of each
//! sort the earliest of each part of the run come first.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cluster::journal::{Carried, Fate, Party};

/// How many messages a page has at most.
pub const KEPT_MAX: usize = 20_000;

/// Into how many parts a run is divided.
const PARTS: usize = 200;

/// The sorts of messages, the most telling first, and how many of each are kept before those that
/// come after it have had their turn.
const SORTS: [(Sort, usize); 4] = [
    (Sort::Problem, 8_000),
    (Sort::Dropped, 3_000),
    (Sort::News, KEPT_MAX),
    (Sort::Other, KEPT_MAX),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// It carries a value that something is wrong with.
    Problem,
    Dropped,
    /// It brought a value to a node for the first time.
    News,
    Other,
}

/// The messages that are kept.
#[derive(Debug, Clone)]
pub struct MessageSelection<'a> {
    /// In the order in which they came.
    pub kept: Vec<&'a Carried>,
    pub total: usize,
}

impl<'a> MessageSelection<'a> {
    /// Chooses from the messages of a run that ended here. `problems`: the values that something is
    /// wrong with.
    pub fn of(messages: &'a [Carried], problems: &BTreeSet<usize>, end: Duration) -> Self {
        let total = messages.len();
        if total <= KEPT_MAX {
            let kept = messages.iter().collect();
            return Self { kept, total };
        }
        let mut places = chosen(messages, problems, end);
        places.sort_unstable();
        let kept = places.iter().filter_map(|place| messages.get(*place));
        Self {
            kept: kept.collect(),
            total,
        }
    }

    /// How many are not kept.
    pub fn left_out(&self) -> usize {
        self.total - self.kept.len()
    }
}

/// The places of those that are kept, in no order.
fn chosen(messages: &[Carried], problems: &BTreeSet<usize>, end: Duration) -> Vec<usize> {
    let sorts = sorts(messages, problems);
    let mut chosen = Vec::new();
    let mut later = Vec::new();
    for (sort, most) in SORTS {
        let of_sort = messages.iter().enumerate().zip(&sorts);
        let of_sort = of_sort.filter(|(_, other)| **other == sort);
        let mut places = evenly(of_sort.map(|(message, _)| message), end);
        let room = most.min(KEPT_MAX - chosen.len()).min(places.len());
        later.extend(places.split_off(room));
        chosen.extend(places);
    }
    chosen.extend(later.into_iter().take(KEPT_MAX - chosen.len()));
    chosen
}

/// The places of messages: the earliest of each part of the run, then the second ones, and so on.
fn evenly<'m>(messages: impl Iterator<Item = (usize, &'m Carried)>, end: Duration) -> Vec<usize> {
    let mut counts = vec![0_usize; PARTS];
    let mut ranked = Vec::new();
    for (place, message) in messages {
        let part = part(message.sent, end);
        if let Some(count) = counts.get_mut(part) {
            ranked.push((*count, part, place));
            *count += 1;
        }
    }
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, _, place)| place).collect()
}

fn part(sent: Duration, end: Duration) -> usize {
    let part = sent.as_nanos() * PARTS as u128 / end.as_nanos().max(1);
    usize::try_from(part).unwrap_or(PARTS).min(PARTS - 1)
}

fn sorts(messages: &[Carried], problems: &BTreeSet<usize>) -> Vec<Sort> {
    let mut known = BTreeSet::new();
    let mut sort = |message: &Carried| {
        // Asked of every message, for it takes note of what has come.
        let is_news = brings_news(message, &mut known);
        let mut values = message.values.iter();
        let is_way = matches!(message.destination, Party::Node(_));
        if is_way && values.any(|value| problems.contains(value)) {
            Sort::Problem
        } else if message.fate != Fate::Delivered {
            Sort::Dropped
        } else if is_news {
            Sort::News
        } else {
            Sort::Other
        }
    };
    messages.iter().map(&mut sort).collect()
}

fn brings_news(message: &Carried, known: &mut BTreeSet<(usize, usize)>) -> bool {
    let (Party::Node(node), Fate::Delivered) = (message.destination, message.fate) else {
        return false;
    };
    let values = message.values.iter();
    let new = values.filter(|value| known.insert((node, **value)));
    new.count() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: u64, value: usize, fate: Fate) -> Carried {
        let (sent, from, to) = (Duration::from_millis(id), Party::Node(0), Party::Node(1));
        Carried {
            id,
            fate,
            values: vec![value],
            ..Carried::delivered(sent, from, to, "x")
        }
    }

    fn messages(count: u64, of: impl Fn(u64) -> (usize, Fate)) -> Vec<Carried> {
        let one = |id| {
            let (value, fate) = of(id);
            message(id, value, fate)
        };
        (0..count).map(one).collect()
    }

    fn select(messages: &[Carried]) -> MessageSelection<'_> {
        let end = messages.last().unwrap().settled;
        MessageSelection::of(messages, &BTreeSet::from([7]), end)
    }

    #[test]
    fn as_many_as_fit_are_all_kept() {
        let all = messages(KEPT_MAX as u64, |_| (1, Fate::Delivered));
        let selection = select(&all);
        assert_eq!((selection.kept.len(), selection.left_out()), (KEPT_MAX, 0));
    }

    #[test]
    fn of_too_many_those_are_kept_that_explain_most() {
        let all = messages(100_000, |id| match id % 1000 {
            999 => (7, Fate::Delivered),
            998 => (1, Fate::Lost),
            // Each value comes twice.
            997 | 996 => (1000 + usize::try_from(id / 1000).unwrap(), Fate::Delivered),
            _ => (1, Fate::Delivered),
        });
        let selection = select(&all);
        let kept = |fits: fn(&Carried) -> bool| selection.kept.iter().filter(|m| fits(m)).count();
        assert_eq!(kept(|message| message.values == [7]), 100);
        assert_eq!(kept(|message| message.fate == Fate::Lost), 100);
        assert_eq!(
            kept(|message| message.id % 1000 == 996),
            100,
            "the first of two"
        );
        assert_eq!(selection.kept.len(), KEPT_MAX);
        assert!(selection.kept.is_sorted_by_key(|message| message.id));
        assert_eq!(selection.left_out(), 100_000 - KEPT_MAX);
        let last = selection.kept.iter().map(|message| message.id).max();
        assert!(last > Some(99_000), "the end of the run is there, too");
    }

    #[test]
    fn whatever_they_are_as_many_are_kept_as_may_be() {
        for (value, fate) in [(7, Fate::Delivered), (7, Fate::Lost), (1, Fate::Lost)] {
            let all = messages(50_000, |_| (value, fate));
            assert_eq!(select(&all).kept.len(), KEPT_MAX, "{value} {fate:?}");
        }
    }
}

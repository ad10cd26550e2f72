//! Which messages are on the page: all of them, or, of more than a browser can stand, those that
//! explain most. It is shown each once and keeps no more than it may.
//!
//! Kept are those with values that something is wrong with, dropped ones, and of all the others the
//! earliest of each part of the run.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cluster::journal::{Carried, Fate};

/// How many messages a page has at most.
pub const KEPT_MAX: usize = 20_000;

/// Into how many parts a run is divided.
const PARTS: usize = 200;

/// How many dropped ones are kept of each part.
const DROPPED_MAX: usize = 30;

/// How many others are.
const OTHERS_MAX: usize = 50;

/// How many with values that something is wrong with are kept for that.
const PROBLEMS_MAX: usize = KEPT_MAX - PARTS * (DROPPED_MAX + OTHERS_MAX);

/// The messages that are kept.
#[derive(Debug, Clone)]
pub struct Selection {
    /// In the order in which they came.
    pub kept: Vec<Carried>,
    /// How many there were.
    pub total: usize,
    /// Values that something is wrong with.
    problems: BTreeSet<usize>,
    end: Duration,
    /// What is left of the room for each sort, once there are too many.
    room: Option<Room>,
}

#[derive(Debug, Clone)]
struct Room {
    problems: usize,
    /// By part.
    dropped: Vec<usize>,
    others: Vec<usize>,
}

impl Selection {
    /// Nothing so far, of a run that ended here, with these values.
    pub fn new(problems: BTreeSet<usize>, end: Duration) -> Self {
        Self {
            kept: Vec::new(),
            total: 0,
            problems,
            end,
            room: None,
        }
    }

    /// One more message.
    pub fn add(&mut self, message: Carried) {
        self.total += 1;
        if self.has_room(&message) {
            self.kept.push(message);
        }
        if self.kept.len() > KEPT_MAX && self.room.is_none() {
            self.thin();
        }
    }

    /// How many are not kept.
    pub fn left_out(&self) -> usize {
        self.total - self.kept.len()
    }

    /// Begins to count, from the first on.
    fn thin(&mut self) {
        self.room = Some(Room {
            problems: PROBLEMS_MAX,
            dropped: vec![DROPPED_MAX; PARTS],
            others: vec![OTHERS_MAX; PARTS],
        });
        for message in std::mem::take(&mut self.kept) {
            if self.has_room(&message) {
                self.kept.push(message);
            }
        }
    }

    fn has_room(&mut self, message: &Carried) -> bool {
        let part = self.part(message.sent);
        let Some(room) = &mut self.room else {
            return true;
        };
        let mut values = message.values.iter();
        let is_problem = values.any(|value| self.problems.contains(value));
        if is_problem && take(Some(&mut room.problems)) {
            return true;
        }
        let is_dropped = message.fate != Fate::Delivered;
        (is_dropped && take(room.dropped.get_mut(part))) || take(room.others.get_mut(part))
    }

    fn part(&self, sent: Duration) -> usize {
        let nanoseconds = self.end.as_nanos().max(1);
        let part = sent.as_nanos() * PARTS as u128 / nanoseconds;
        usize::try_from(part).unwrap_or(PARTS).min(PARTS - 1)
    }
}

fn take(room: Option<&mut usize>) -> bool {
    let Some(room) = room.filter(|room| **room > 0) else {
        return false;
    };
    *room -= 1;
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::journal::Party;

    fn message(id: u64, value: usize, fate: Fate) -> Carried {
        let sent = Duration::from_millis(id);
        Carried {
            id,
            sent,
            due: sent,
            settled: sent,
            source: Party::Node(0),
            destination: Party::Node(1),
            fate,
            kind: "broadcast".to_owned(),
            values: vec![value],
            line: Vec::new(),
        }
    }

    fn selected(count: u64, of: impl Fn(u64) -> (usize, Fate)) -> Selection {
        let mut selection = Selection::new(BTreeSet::from([7]), Duration::from_millis(count));
        for id in 0..count {
            let (value, fate) = of(id);
            selection.add(message(id, value, fate));
        }
        selection
    }

    #[test]
    fn as_many_as_fit_are_all_kept() {
        let all = KEPT_MAX as u64;
        let selection = selected(all, |_| (1, Fate::Delivered));
        assert_eq!((selection.kept.len(), selection.left_out()), (KEPT_MAX, 0));
    }

    #[test]
    fn of_too_many_those_are_kept_that_explain_most() {
        let selection = selected(100_000, |id| match id {
            _ if id % 1000 == 999 => (7, Fate::Delivered),
            _ if id % 100 == 98 => (1, Fate::Lost),
            _ => (1, Fate::Delivered),
        });
        let kept = |fits: fn(&Carried) -> bool| selection.kept.iter().filter(|m| fits(m)).count();
        assert_eq!(kept(|message| message.values == [7]), 100);
        assert_eq!(kept(|message| message.fate == Fate::Lost), 1000);
        assert_eq!(selection.kept.len(), 100 + 1000 + PARTS * OTHERS_MAX);
        assert!(selection.kept.is_sorted_by_key(|message| message.id));
        assert_eq!(selection.total, 100_000);
    }

    #[test]
    fn whatever_they_are_no_more_are_kept_than_may_be() {
        for (value, fate) in [(7, Fate::Delivered), (7, Fate::Lost), (1, Fate::Lost)] {
            let selection = selected(200_000, |_| (value, fate));
            assert!(selection.kept.len() <= KEPT_MAX, "{value} {fate:?}");
            let last = selection.kept.last().map(|message| message.id);
            assert!(last > Some(190_000), "the end of the run is there, too");
        }
    }
}

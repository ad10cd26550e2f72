//! Which of all processes belong to a run: those that say so, and whatever comes from these.
//!
//! Nothing is read here, and nothing is ended: that is for [`crate::watcher`].

use std::collections::BTreeMap;

/// The id of a process, of a group or of a session; the latter two have that of who began them.
pub type Id = i32;

/// A process as it stands at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: Id,
    /// Who started it, or has inherited it.
    pub parent: Id,
    /// Its process group.
    pub group: Id,
    /// Its session.
    pub session: Id,
    /// When it was started, in ticks of the system.
    pub started: u64,
    /// Whether its environment says that it belongs to the run.
    pub is_tagged: bool,
}

/// The processes that are known to belong to a run, whether they are still there or not, and when
/// each was started: an id is given to others later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kin(BTreeMap<Id, u64>);

impl Kin {
    /// Takes up a process; `false` if it was known already.
    pub fn insert(&mut self, id: Id, started: u64) -> bool {
        self.0.insert(id, started).is_none()
    }

    /// Takes up those of the others that still run; `started`: when the process with an id was, if there
    /// is one.
    pub fn insert_running(&mut self, others: &Self, started: impl Fn(Id) -> Option<u64>) {
        for (id, when) in &others.0 {
            if !self.0.contains_key(id) && started(*id) == Some(*when) {
                self.0.insert(*id, *when);
            }
        }
    }

    /// Takes up all of the table that belong to them; these, in the table's order.
    pub fn among(&mut self, table: &[Entry]) -> Vec<Id> {
        for entry in table {
            if self.0.get(&entry.id) != Some(&entry.started) {
                self.0.remove(&entry.id);
            }
        }
        let mut from: BTreeMap<Id, Vec<&Entry>> = BTreeMap::new();
        for entry in table {
            // Nobody but descendants of its first is in a group or a session, even when that is gone.
            for id in [entry.parent, entry.group, entry.session] {
                from.entry(id).or_default().push(entry);
            }
        }
        let mut found: Vec<_> = self.0.keys().copied().collect();
        for entry in table.iter().filter(|entry| entry.is_tagged) {
            self.insert(entry.id, entry.started);
            found.push(entry.id);
        }
        while let Some(id) = found.pop() {
            for entry in from.remove(&id).unwrap_or_default() {
                if self.insert(entry.id, entry.started) {
                    found.push(entry.id);
                }
            }
        }
        let mine = table.iter().map(|entry| entry.id);
        mine.filter(|id| self.0.contains_key(id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process in the harness's group (7) and session (5), started at its id's time.
    const fn entry(id: Id, parent: Id) -> Entry {
        Entry {
            id,
            parent,
            group: 7,
            session: 5,
            started: id.unsigned_abs() as u64,
            is_tagged: false,
        }
    }

    #[track_caller]
    fn check(known: &[(Id, u64)], table: &[Entry], expected: &[Id]) {
        let mut kin = Kin(known.iter().copied().collect());
        assert_eq!(kin.among(table), expected);
        assert_eq!(kin.among(table), expected, "a second time");
    }

    #[test]
    fn who_says_so_belongs_and_who_shares_its_place_does_not() {
        let node = Entry {
            is_tagged: true,
            ..entry(20, 1)
        };
        check(&[], &[entry(1, 0), entry(7, 5), node, entry(8, 7)], &[20]);
    }

    #[test]
    fn descendants_belong_in_whatever_order_they_stand() {
        let node = Entry {
            is_tagged: true,
            group: 30,
            ..entry(30, 1)
        };
        let table = [entry(10, 11), entry(11, 12), entry(12, 30), node];
        check(&[], &table, &[10, 11, 12, 30]);
    }

    #[test]
    fn a_group_and_a_session_belong_even_when_their_first_is_gone() {
        let grouped = Entry {
            group: 20,
            ..entry(21, 1)
        };
        let moved = Entry {
            group: 22,
            session: 20,
            ..entry(22, 1)
        };
        check(&[(20, 20)], &[grouped, moved], &[21, 22]);
    }

    #[test]
    fn who_belonged_and_still_runs_belongs_wherever_it_is() {
        let kin = |known: &[(Id, u64)]| Kin(known.iter().copied().collect());
        let mut seen = kin(&[(20, 20)]);
        let known = kin(&[(20, 20), (21, 21), (22, 22), (23, 23)]);
        // One lives, one is gone, and the id of the last was given to another.
        let started = |id: Id| {
            (id != 22).then_some(if id == 23 {
                99
            } else {
                id.unsigned_abs().into()
            })
        };
        seen.insert_running(&known, started);
        assert_eq!(seen, kin(&[(20, 20), (21, 21)]));
    }

    #[test]
    fn an_id_that_was_given_to_another_tells_nothing() {
        let other = Entry {
            group: 20,
            started: 99,
            ..entry(20, 1)
        };
        let its_child = Entry {
            group: 20,
            ..entry(21, 20)
        };
        check(&[(20, 20)], &[other, its_child], &[]);
        check(&[(20, 99)], &[other, its_child], &[20, 21]);
    }
}

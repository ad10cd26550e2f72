//! Simulated stores, each right for its model and for no stronger one: clients run transactions operation by
//! operation, in whichever order chance has it.

use std::collections::{BTreeMap, HashMap};

use fastrand::Rng;

use super::*;

/// How a store keeps transactions apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// One transaction at a time.
    Strict,
    /// The same, but those that only read may see an old state.
    Stale,
    /// A transaction reads the state of its beginning, and aborts if somebody else wrote what it writes.
    Snapshot,
    /// A transaction reads what was committed by then, and locks what it writes.
    Committed,
    /// A transaction reads whatever is there, and locks what it writes.
    Uncommitted,
}

/// The values of each object: all of a list, of a register those that were.
type State = BTreeMap<i64, Vec<i64>>;

/// What was asked of a transaction: the object, and the value to write there.
type Plan = Vec<(i64, Option<i64>)>;

/// A transaction that is over.
pub struct Done {
    session: usize,
    invoked: usize,
    completed: usize,
    ended: Ended,
    operations: Vec<MicroOperation>,
}

struct Running {
    plan: Plan,
    done: Vec<MicroOperation>,
    invoked: usize,
    session: usize,
    /// What it has not committed yet.
    own: Vec<(i64, i64)>,
    snapshot: State,
}

/// A store at work.
pub struct Store {
    isolation: Isolation,
    objects: ObjectKind,
    random: Rng,
    state: State,
    /// The states after each commit.
    past: Vec<State>,
    locks: HashMap<i64, usize>,
    next_value: HashMap<i64, i64>,
    events: usize,
    sessions: usize,
    pub done: Vec<Done>,
}

const CLIENTS: usize = 4;
const KEYS: i64 = 3;

impl Store {
    pub fn run(isolation: Isolation, objects: ObjectKind, seed: u64, count: usize) -> Self {
        let mut store = Self {
            isolation,
            objects,
            random: Rng::with_seed(seed),
            state: State::new(),
            past: vec![State::new()],
            locks: HashMap::new(),
            next_value: HashMap::new(),
            events: 0,
            sessions: CLIENTS,
            done: Vec::new(),
        };
        let mut running: Vec<Running> = (0..CLIENTS).map(|client| store.begin(client)).collect();
        while store.done.len() < count {
            let client = store.random.usize(..CLIENTS);
            if let Some(done) = store.step(&mut running[client], client) {
                let session = match done.ended {
                    Ended::Unknown => store.new_session(),
                    Ended::Committed | Ended::Aborted => done.session,
                };
                store.done.push(done);
                running[client] = store.begin(session);
            }
        }
        // What is under way in the end may have happened.
        let open = running.into_iter().map(|running| Done {
            session: running.session,
            invoked: running.invoked,
            completed: 0,
            ended: Ended::Unknown,
            operations: running.asked(),
        });
        store.done.extend(open);
        store.done.sort_by_key(|done| done.invoked);
        store
    }

    fn new_session(&mut self) -> usize {
        self.sessions += 1;
        self.sessions - 1
    }

    fn event(&mut self) -> usize {
        self.events += 1;
        self.events
    }

    fn begin(&mut self, session: usize) -> Running {
        let length = self.random.usize(1..=4);
        let mut plan = Plan::new();
        for _ in 0..length {
            let key = self.random.i64(0..KEYS);
            let write = self.random.bool().then(|| self.value(key));
            // Little is known of registers that are written unread.
            if write.is_some() && self.objects == ObjectKind::Register && self.random.u8(..4) > 0 {
                plan.push((key, None));
            }
            plan.push((key, write));
        }
        let snapshot = if self.isolation == Isolation::Stale {
            self.random.choice(&self.past).unwrap().clone()
        } else {
            self.state.clone()
        };
        Running {
            plan,
            done: Vec::new(),
            invoked: self.event(),
            session,
            own: Vec::new(),
            snapshot,
        }
    }

    fn value(&mut self, key: i64) -> i64 {
        let next = self.next_value.entry(key).or_default();
        *next += 1;
        *next
    }

    /// Does the next operation of a transaction, or ends it.
    fn step(&mut self, running: &mut Running, client: usize) -> Option<Done> {
        if matches!(self.isolation, Isolation::Strict | Isolation::Stale) {
            // All at once, a while after it began.
            if self.isolation == Isolation::Strict || !running.only_reads() {
                running.snapshot = self.state.clone();
            }
            while running.done.len() < running.plan.len() {
                self.operate(running);
            }
        } else if let Some((key, write)) = running.plan.get(running.done.len()).copied() {
            let locks = matches!(
                self.isolation,
                Isolation::Committed | Isolation::Uncommitted
            );
            if write.is_some() && locks && *self.locks.entry(key).or_insert(client) != client {
                return Some(self.end(running, client, false));
            }
            self.operate(running);
            return None;
        }
        let is_old = |(key, _): &(i64, i64)| self.state.get(key) != running.snapshot.get(key);
        let conflict = self.isolation == Isolation::Snapshot && running.own.iter().any(is_old);
        let commits = !conflict && self.random.u8(..10) > 0;
        Some(self.end(running, client, commits))
    }

    fn operate(&mut self, running: &mut Running) {
        let (key, write) = running.plan[running.done.len()];
        let access = if let Some(value) = write {
            running.own.push((key, value));
            if self.isolation == Isolation::Uncommitted {
                self.state.entry(key).or_default().push(value);
            }
            Access::Write(Atom::Integer(value))
        } else {
            let from = match self.isolation {
                Isolation::Committed | Isolation::Uncommitted => &self.state,
                Isolation::Strict | Isolation::Stale | Isolation::Snapshot => &running.snapshot,
            };
            let mut values = from.get(&key).cloned().unwrap_or_default();
            if self.isolation != Isolation::Uncommitted {
                let own = running.own.iter().filter(|(of, _)| *of == key);
                values.extend(own.map(|(_, value)| *value));
            }
            Access::Read(self.observed(&values))
        };
        let key = Atom::Integer(key);
        running.done.push(MicroOperation { key, access });
    }

    fn observed(&self, values: &[i64]) -> Observed {
        match (self.objects, values.last()) {
            (_, None) => Observed::Nothing,
            (ObjectKind::List, _) => {
                Observed::List(values.iter().copied().map(Atom::Integer).collect())
            }
            (ObjectKind::Register, Some(last)) => Observed::One(Atom::Integer(*last)),
        }
    }

    fn end(&mut self, running: &mut Running, client: usize, commits: bool) -> Done {
        let is_dirty = self.isolation == Isolation::Uncommitted;
        for (key, value) in &running.own {
            let values = self.state.entry(*key).or_default();
            if commits && !is_dirty {
                values.push(*value);
            } else if !commits && is_dirty {
                values.retain(|other| other != value);
            }
        }
        self.locks.retain(|_, owner| *owner != client);
        if self.isolation == Isolation::Stale {
            self.past.push(self.state.clone());
        }
        let ended = match (commits, self.random.u8(..10)) {
            (_, 0) => Ended::Unknown,
            (true, _) => Ended::Committed,
            (false, _) => Ended::Aborted,
        };
        let operations = if ended == Ended::Committed {
            std::mem::take(&mut running.done)
        } else {
            running.asked()
        };
        Done {
            session: running.session,
            invoked: running.invoked,
            completed: self.event(),
            ended,
            operations,
        }
    }

    /// What was done, as it is analyzed.
    pub fn transactions(&self) -> Vec<Transaction<'_>> {
        let all = self.done.iter();
        all.map(|done| Transaction {
            session: Some(done.session),
            invoked: done.invoked,
            completed: (done.ended == Ended::Committed).then_some(done.completed),
            ended: done.ended,
            operations: &done.operations,
            asked: None,
        })
        .collect()
    }
}

impl Running {
    fn only_reads(&self) -> bool {
        self.plan.iter().all(|(_, write)| write.is_none())
    }

    fn asked(&self) -> Vec<MicroOperation> {
        let asked = self.plan.iter().map(|(key, write)| MicroOperation {
            key: Atom::Integer(*key),
            access: match write {
                Some(value) => Access::Write(Atom::Integer(*value)),
                None => Access::Read(Observed::Nothing),
            },
        });
        asked.collect()
    }
}

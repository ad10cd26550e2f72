//! `seq-kv`: a client may be answered from the past, but never goes back in it.
//!
//! As in Maelstrom, a request is tried on a state between the last one that its client has seen and the
//! newest, chosen at random. If it changes nothing there, the reply comes from that state. If it does, it is
//! executed on the newest state instead, and so makes the next one. Maelstrom keeps the last 32 states, and
//! a client that has seen none of these may go back there; here it continues with the oldest of them.

use std::collections::{BTreeMap, VecDeque};

use fastrand::Rng;

use super::limits::STORED_MAX;
use super::reply::ServiceReply;
use super::request::KvRequest;
use super::served::ServedState;
use super::value::{StoredValue, is_same, size};

/// How many states a reply may come from.
const STATES: u64 = 32;

/// A sequentially consistent key-value store.
#[derive(Debug)]
pub struct SeqKv {
    random: Rng,
    /// By key its versions, the newest one last.
    keys: BTreeMap<String, VecDeque<KeptVersion>>,
    /// The keys that were changed since the oldest state, each with the state that this made.
    changes: VecDeque<(u64, String)>,
    oldest: u64,
    newest: u64,
    /// By client, the last state that it has seen.
    seen: BTreeMap<String, u64>,
    /// How many bytes the newest state takes.
    bytes: usize,
    /// How many bytes the values take that are not in it any more.
    past_bytes: usize,
}

#[derive(Debug)]
struct KeptVersion {
    /// The state that made it.
    since: u64,
    value: StoredValue,
}

impl SeqKv {
    pub fn new(seed: u64) -> Self {
        Self {
            random: Rng::with_seed(seed),
            keys: BTreeMap::new(),
            changes: VecDeque::new(),
            oldest: 0,
            newest: 0,
            seen: BTreeMap::new(),
            bytes: 0,
            past_bytes: 0,
        }
    }

    /// Does what a request of this client asks; says which state the reply came from.
    pub fn handle(&mut self, from: &str, request: &KvRequest) -> (ServiceReply, ServedState) {
        let seen = self.seen.get(from).copied().unwrap_or_default();
        let state = self.random.u64(seen.max(self.oldest)..=self.newest);
        let current = self.at(&request.key, state);
        let applied = request.operation.apply(current);
        let changes = applied
            .written
            .is_some_and(|written| current.is_none_or(|current| !is_same(current, &written)));
        let (reply, state) = if changes {
            (self.change(request), self.newest)
        } else {
            (applied.reply, state)
        };
        self.seen.insert(from.to_owned(), state);
        let newest = self.newest;
        (reply, ServedState { state, newest })
    }

    fn at(&self, key: &str, state: u64) -> Option<&StoredValue> {
        let mut versions = self.keys.get(key)?.iter().rev();
        let version = versions.find(|version| version.since <= state)?;
        Some(&version.value)
    }

    /// Executes a request on the newest state. That makes another state even if nothing changes there.
    fn change(&mut self, request: &KvRequest) -> ServiceReply {
        let current = self.at(&request.key, self.newest);
        let applied = request.operation.apply(current);
        let freed = current.map_or(0, |current| size(&request.key, current));
        let added = applied.written.as_ref();
        let added = added.map_or(freed, |value| size(&request.key, value));
        if self.bytes - freed + added > STORED_MAX {
            return ServiceReply::Full;
        }
        self.newest += 1;
        if let Some(value) = applied.written {
            let since = self.newest;
            let versions = self.keys.entry(request.key.clone()).or_default();
            versions.push_back(KeptVersion { since, value });
            self.changes.push_back((since, request.key.clone()));
            self.bytes = self.bytes - freed + added;
            self.past_bytes += freed;
        }
        self.forget();
        applied.reply
    }

    /// Forgets the states that are too old, or take too much memory.
    fn forget(&mut self) {
        self.oldest = self.oldest.max((self.newest + 1).saturating_sub(STATES));
        while let Some((state, key)) = self.changes.front()
            && (*state <= self.oldest || self.past_bytes > STORED_MAX)
        {
            self.oldest = self.oldest.max(*state);
            if let Some(versions) = self.keys.get_mut(key) {
                while versions.front().is_some_and(|first| first.since < *state) {
                    let past = versions.pop_front();
                    self.past_bytes -= past.map_or(0, |past| size(key, &past.value));
                }
            }
            self.changes.pop_front();
        }
    }
}

#[cfg(test)]
mod tests;

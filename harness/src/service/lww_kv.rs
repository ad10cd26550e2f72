//! `lww-kv`: two replicas, of which the later write wins once they meet; an acknowledged write may vanish.
//!
//! As in Maelstrom, before each request a replica that is chosen at random learns what another one has,
//! which may be itself; then the request is executed on one that is chosen at random.

use std::array::from_fn;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fastrand::Rng;

use super::limits::STORED_MAX;
use super::reply::ServiceReply;
use super::request::{KvOperation, KvRequest};
use super::value::{StoredValue, size};

/// An eventually consistent key-value store.
#[derive(Debug)]
pub struct LwwKv {
    random: Rng,
    replicas: [Replica; 2],
    /// The keys that one replica may have otherwise than the other.
    differing: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct Replica {
    clock: u64,
    keys: BTreeMap<String, Stamped>,
    bytes: usize,
}

/// A value, with the clock of its write.
#[derive(Debug, Clone)]
struct Stamped {
    written: u64,
    value: StoredValue,
}

impl LwwKv {
    pub fn new(seed: u64) -> Self {
        Self {
            random: Rng::with_seed(seed),
            replicas: from_fn(|_| Replica::default()),
            differing: BTreeSet::new(),
        }
    }

    /// Does what a request asks.
    pub fn handle(&mut self, request: &KvRequest) -> ServiceReply {
        let (source, destination) = (self.random.bool(), self.random.bool());
        if source != destination {
            self.merge(destination);
        }
        let on_second = self.random.bool();
        let [first, second] = &mut self.replicas;
        let replica = if on_second { second } else { first };
        let current = replica.keys.get(&request.key);
        let current = current.map(|stamped| &stamped.value);
        let applied = request.ignoring_creation().apply(current);
        if let Some(value) = applied.written {
            let written = replica.clock;
            let stamped = Stamped { written, value };
            // A merge may have brought more than that: it may shrink again.
            let bytes = replica.bytes_with(&request.key, &stamped);
            if bytes > STORED_MAX.max(replica.bytes) {
                return ServiceReply::Full;
            }
            replica.put(&request.key, stamped);
            replica.clock += 1;
            self.differing.insert(request.key.clone());
        }
        applied.reply
    }

    /// A replica, the second or the first, learns what the other one has. Of two writes at the same clock
    /// that of the other one stays.
    fn merge(&mut self, into_second: bool) {
        let [first, second] = &mut self.replicas;
        let (source, destination) = if into_second {
            (first, second)
        } else {
            (second, first)
        };
        destination.clock = destination.clock.max(source.clock);
        self.differing.retain(|key| {
            let theirs = source.keys.get(key);
            let ours = destination.keys.get(key);
            let Some(theirs) =
                theirs.filter(|theirs| ours.is_none_or(|ours| theirs.written >= ours.written))
            else {
                return true;
            };
            destination.put(key, theirs.clone());
            false
        });
    }
}

impl Replica {
    fn bytes_with(&self, key: &str, new: &Stamped) -> usize {
        let old = self.keys.get(key);
        let freed = old.map_or(0, |old| size(key, &old.value));
        self.bytes - freed + size(key, &new.value)
    }

    fn put(&mut self, key: &str, stamped: Stamped) {
        self.bytes = self.bytes_with(key, &stamped);
        self.keys.insert(key.to_owned(), stamped);
    }
}

impl KvRequest {
    /// This store never sets a key that a `cas` does not find.
    fn ignoring_creation(&self) -> KvOperation {
        match &self.operation {
            KvOperation::Cas { from, to, .. } => KvOperation::Cas {
                from: from.clone(),
                to: Arc::clone(to),
                creates: false,
            },
            other @ (KvOperation::Read | KvOperation::Write(_)) => other.clone(),
        }
    }
}

//! The forwards to one neighbor that timed out, by the messages that carried them.
//!
//! Nobody has to ask for them ever, so they are kept in some two bytes each.

use std::collections::BTreeMap;

use roaring::RoaringTreemap;

/// Which messages have had no ack yet, and how many forwards they carried.
#[derive(Debug, Default)]
pub(super) struct Unanswered {
    messages: RoaringTreemap,
    /// What each carried beyond one forward: one in a flush interval, at most.
    more: BTreeMap<u64, usize>,
}

impl Unanswered {
    /// One more forward that message `msg_id` carried.
    pub(super) fn add(&mut self, msg_id: u64) {
        if !self.messages.insert(msg_id) {
            *self.more.entry(msg_id).or_default() += 1;
        }
    }

    /// There is an ack for message `msg_id` after all.
    pub(super) fn settle(&mut self, msg_id: u64) {
        self.messages.remove(msg_id);
        self.more.remove(&msg_id);
    }

    /// How many forwards there are.
    pub(super) fn count(&self) -> usize {
        let messages = usize::try_from(self.messages.len()).unwrap_or(usize::MAX);
        messages + self.more.values().sum::<usize>()
    }
}

//! The messages that a run has beyond the size of its files. Of these only the first arrival of each value at
//! each node, the last attempt to bring it there, and counts are kept. All figures stay right, and `harness
//! check` finds the same ones in the files.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::journal::{Carried, Fate, Party};
use super::purpose::Purpose;
use crate::encoding::nanoseconds;

/// How many bytes the lines of messages may take that are written down whole.
pub const ROOM: usize = 48 * 1024 * 1024;

/// What a message takes in its file beside what its sender wrote, in bytes.
const OVERHEAD: usize = 160;

/// What is written down of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    Whole,
    /// That it brought these values to its node.
    Arrival(Vec<usize>),
    Counted,
}

/// What is written down, in the end, of messages that are not kept whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestLine {
    /// A message brought values to its node for the first time in its life; without its line.
    Arrival(Carried),
    /// The message sent last with values; without its line.
    Attempt(Carried),
    /// So many messages, arrivals and attempts among them.
    Count(MessageTally),
}

/// So many messages that don't differ in what is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageTally {
    /// What they have in common.
    pub of: Kind,
    pub messages: u64,
    /// When the first was sent.
    #[serde(with = "nanoseconds")]
    pub first: Duration,
    /// When the last was.
    #[serde(with = "nanoseconds")]
    pub last: Duration,
}

/// What is counted of a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Kind {
    /// Who sent it; all clients are one.
    pub source: Party,
    pub destination: Party,
    pub fate: Fate,
    /// What it is for; clients' messages have no purpose.
    pub purpose: Option<Purpose>,
    pub is_copy: bool,
    /// The pauses in which its node stood still when it came.
    pub pauses: Vec<usize>,
}

/// The messages that are not written down whole.
#[derive(Debug, Clone)]
pub struct Rest {
    /// How many bytes more may be written.
    room: usize,
    /// When the first of them came to the end of its way.
    since: Option<Duration>,
    tallies: BTreeMap<Kind, MessageTally>,
}

impl Rest {
    /// None so far.
    pub fn new(room: usize) -> Self {
        Self {
            room,
            since: None,
            tallies: BTreeMap::new(),
        }
    }

    /// Whether a message is written down whole. After the first that isn't, none is.
    pub fn is_whole(&mut self, carried: &Carried) -> bool {
        let size = carried.line.len() + OVERHEAD;
        match self.room.checked_sub(size) {
            Some(room) if self.since.is_none() => {
                self.room = room;
                true
            }
            _ => {
                self.since.get_or_insert(carried.settled);
                false
            }
        }
    }

    /// Counts messages that are not.
    pub fn count(&mut self, tally: &MessageTally) {
        let known = self
            .tallies
            .entry(tally.of.clone())
            .or_insert(MessageTally {
                messages: 0,
                ..tally.clone()
            });
        known.messages += tally.messages;
        known.first = known.first.min(tally.first);
        known.last = known.last.max(tally.last);
    }

    /// Since when messages are not written down whole.
    pub fn since(&self) -> Option<Duration> {
        self.since
    }

    pub fn messages(&self) -> u64 {
        self.tallies.values().map(|tally| tally.messages).sum()
    }

    pub fn tallies(&self) -> impl Iterator<Item = &MessageTally> {
        self.tallies.values()
    }
}

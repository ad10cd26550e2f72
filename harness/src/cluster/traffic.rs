//! How many messages there were, what for, and what became of them.
//!
//! It is shown every event and every message once, in the order of time, and keeps numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::history::{Event, What};
use super::journal::{Carried, Fate, Party};
use super::purpose::Purpose;
use super::rest::{Kind, MessageTally};
use super::workload::kind::WorkloadKind;
use crate::net::fault::Fault;
use crate::service::kind::ServiceKind;

/// How many types of others are told apart, so that a node that makes up types fills no memory.
const NAMES_MAX: usize = 40;

/// What became of messages. One that was duplicated counts twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fates {
    pub delivered: u64,
    /// How many got lost by --loss.
    pub lost: u64,
    /// How many a cut dropped.
    pub cut: u64,
    /// How many came to a node that was dead.
    pub dead: u64,
    /// How many came to a node that had no room for them.
    pub no_room: u64,
    /// How many were under way in the end.
    pub under_way: u64,
}

/// What a fault did to messages, those of clients among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effect {
    /// How many were dropped: by a cut, or as their node was dead.
    pub dropped: u64,
    /// How many came to a node that stood still.
    pub waited: u64,
}

/// How many messages one node sent another, and from when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    pub from: usize,
    pub to: usize,
    pub messages: u64,
    /// How many of them the network dropped, by bad luck or a cut, or as the other node was dead.
    pub dropped: u64,
    /// When the first was sent.
    pub first: Duration,
    /// When the last was sent.
    pub last: Duration,
}

/// A time in which a node stood still.
#[derive(Debug, Clone, Copy)]
struct Pause {
    fault: usize,
    node: usize,
    began: Duration,
    ended: Option<Duration>,
}

/// The messages of a run in numbers.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    workload: WorkloadKind,
    seen: Seen,
    distinct: u64,
    /// How many went to each service or came from it.
    services: BTreeMap<ServiceKind, u64>,
    copies: u64,
    purposes: BTreeMap<Purpose, u64>,
    fates: Fates,
    effects: BTreeMap<usize, Effect>,
    streams: BTreeMap<(usize, usize), Stream>,
    /// In the order in which they began.
    pauses: Vec<Pause>,
}

impl Traffic {
    pub fn new(workload: WorkloadKind) -> Self {
        Self {
            workload,
            ..Self::default()
        }
    }

    /// Takes note of what happened.
    pub fn event(&mut self, event: &Event) {
        match &event.what {
            What::FaultBegan {
                number,
                fault: Fault::Pause(node),
            } => {
                self.pauses.push(Pause {
                    fault: *number,
                    node: *node,
                    began: event.time,
                    ended: None,
                });
            }
            What::FaultEnded { number } => {
                let mut pauses = self.pauses.iter_mut();
                if let Some(pause) = pauses.rfind(|pause| pause.fault == *number) {
                    pause.ended.get_or_insert(event.time);
                }
            }
            What::Began(_)
            | What::Invoked(_)
            | What::Completed { .. }
            | What::Late { .. }
            | What::FaultBegan { .. }
            | What::Recovered { .. }
            | What::Crashed { .. }
            | What::Silent(_)
            | What::Delayed { .. }
            | What::Machine(_)
            | What::Broke(_) => {}
        }
    }

    /// Takes note of a message whose way has ended. Says what was counted.
    pub fn carried(&mut self, carried: &Carried) -> MessageTally {
        // The number of a client's message is taken, too: numbers without a gap take no memory.
        let is_copy = !self.seen.is_new(carried.id);
        let is_new = carried.is_between_nodes() && !is_copy;
        let anybody = |party| match party {
            Party::Client(_) => Party::Client(0),
            other @ (Party::Node(_) | Party::Service(_)) => other,
        };
        let tally = MessageTally {
            of: Kind {
                source: anybody(carried.source),
                destination: anybody(carried.destination),
                fate: carried.fate,
                purpose: is_new.then(|| self.known(self.workload.purpose(carried))),
                is_copy,
                pauses: self.pauses(carried),
            },
            messages: 1,
            first: carried.sent,
            last: carried.sent,
        };
        self.add(&tally);
        tally
    }

    /// Takes note of messages that were counted.
    pub fn add(&mut self, tally: &MessageTally) {
        let (of, messages) = (&tally.of, tally.messages);
        if let Fate::Cut(number) | Fate::Dead(Some(number)) = of.fate {
            self.effects.entry(number).or_default().dropped += messages;
        }
        for pause in &of.pauses {
            self.effects.entry(*pause).or_default().waited += messages;
        }
        let (from, to) = match (of.source, of.destination) {
            (Party::Node(from), Party::Node(to)) => (from, to),
            (Party::Service(service), _) | (_, Party::Service(service)) => {
                *self.services.entry(service).or_default() += messages;
                return;
            }
            (Party::Client(_), _) | (_, Party::Client(_)) => return,
        };
        self.fates.count(of.fate, messages);
        if of.is_copy {
            self.copies += messages;
            return;
        }
        self.distinct += messages;
        self.stream(from, to, tally);
        if let Some(purpose) = &of.purpose {
            *self.purposes.entry(purpose.clone()).or_default() += messages;
        }
    }

    /// How many messages nodes sent to each other, dropped ones included, copies not.
    pub fn distinct(&self) -> u64 {
        self.distinct
    }

    /// By service that nodes used: how many messages they sent it and it sent them.
    pub fn services(&self) -> &BTreeMap<ServiceKind, u64> {
        &self.services
    }

    /// How many of those between nodes the network delivered, or dropped, once more.
    pub fn copies(&self) -> u64 {
        self.copies
    }

    /// The messages between nodes by what they were for.
    pub fn purposes(&self) -> &BTreeMap<Purpose, u64> {
        &self.purposes
    }

    /// The messages between nodes by what became of them.
    pub fn fates(&self) -> Fates {
        self.fates
    }

    /// What the fault with this number did.
    pub fn effect(&self, fault: usize) -> Effect {
        self.effects.get(&fault).copied().unwrap_or_default()
    }

    /// What each node sent each other one.
    pub fn streams(&self) -> impl Iterator<Item = Stream> {
        self.streams.values().copied()
    }

    fn stream(&mut self, from: usize, to: usize, tally: &MessageTally) {
        let stream = self.streams.entry((from, to)).or_insert(Stream {
            from,
            to,
            messages: 0,
            dropped: 0,
            first: tally.first,
            last: tally.last,
        });
        stream.messages += tally.messages;
        if let Fate::Lost | Fate::Cut(_) | Fate::Dead(_) = tally.of.fate {
            stream.dropped += tally.messages;
        }
        stream.first = stream.first.min(tally.first);
        stream.last = stream.last.max(tally.last);
    }

    /// The pauses in which the node that a message came to stood still.
    fn pauses(&self, carried: &Carried) -> Vec<usize> {
        let (Party::Node(node), Fate::Delivered | Fate::NoRoom) =
            (carried.destination, carried.fate)
        else {
            return Vec::new();
        };
        // Pauses end in the order in which they began.
        let pauses = self.pauses.iter().rev();
        let pauses = pauses.take_while(|pause| pause.ended.is_none_or(|ended| carried.due < ended));
        let pauses = pauses.filter(|pause| pause.node == node && pause.began <= carried.settled);
        pauses.map(|pause| pause.fault).collect()
    }

    /// The same purpose, unless its name would be one too many.
    fn known(&self, purpose: Purpose) -> Purpose {
        let is_name = matches!(purpose, Purpose::Other(_));
        let is_full = self.purposes.len() >= NAMES_MAX && !self.purposes.contains_key(&purpose);
        if is_name && is_full {
            Purpose::Rest
        } else {
            purpose
        }
    }
}

impl Stream {
    /// How many messages a second; what lasts less than a second counts as one.
    pub fn rate(&self) -> u64 {
        let lasted = self.last.saturating_sub(self.first).as_millis();
        let lasted = u64::try_from(lasted).unwrap_or(u64::MAX).max(1000);
        self.messages.saturating_mul(1000) / lasted
    }
}

impl Fates {
    fn count(&mut self, fate: Fate, messages: u64) {
        let number = match fate {
            Fate::Delivered => &mut self.delivered,
            Fate::Lost => &mut self.lost,
            Fate::Cut(_) => &mut self.cut,
            Fate::Dead(_) => &mut self.dead,
            Fate::NoRoom => &mut self.no_room,
            Fate::UnderWay => &mut self.under_way,
        };
        *number += messages;
    }
}

/// Which numbers have come. They are given without a gap, so that few are out of order at a time.
#[derive(Debug, Clone, Default)]
struct Seen {
    /// All below it have come.
    next: u64,
    /// Those above it that have.
    ahead: BTreeSet<u64>,
}

impl Seen {
    fn is_new(&mut self, number: u64) -> bool {
        if number < self.next || !self.ahead.insert(number) {
            return false;
        }
        while self.ahead.remove(&self.next) {
            self.next += 1;
        }
        true
    }
}

#[cfg(test)]
mod tests;

//! What stands in logs: each offset has one message, each message one offset, and all of them were sent.
//!
//! No right node fails: a log is only appended to, each message is sent once, a poll can't know what was
//! not sent yet, and what a node refuses for certain it must not append.

use std::collections::HashMap;

use super::found::FoundFaults;
use super::logs::Logs;
use super::view::{Deed, DeedFate, DeedKind, View};
use crate::cluster::workload::kafka::finding::KafkaFault;
use crate::cluster::workload::kafka::{KafkaMessage, LogKey};

/// The sends of a whole run.
#[derive(Debug, Default)]
pub struct Sends<'a> {
    all: HashMap<(&'a LogKey, &'a KafkaMessage), SentMessage<'a>>,
    /// By message, the key to which it was sent first.
    keys: HashMap<&'a KafkaMessage, &'a LogKey>,
}

#[derive(Debug)]
struct SentMessage<'a> {
    /// The first.
    deed: Deed<'a>,
    /// Whether all of that message were refused.
    is_refused: bool,
    /// Whether there is only one.
    is_only: bool,
}

impl<'a> Sends<'a> {
    /// What was sent, in order.
    pub fn of(view: &View<'a>) -> Self {
        let mut sends = Self::default();
        for deed in &view.deeds {
            if let DeedKind::Send { key, message, fate } = deed.done {
                let is_refused = fate == DeedFate::Refused;
                sends.keys.entry(message).or_insert(key);
                let sent = sends.all.entry((key, message)).or_insert(SentMessage {
                    deed: *deed,
                    is_refused,
                    is_only: true,
                });
                sent.is_refused &= is_refused;
                sent.is_only &= is_same(&sent.deed, deed);
            }
        }
        sends
    }

    /// The number of the operation that sent this message, if there is only one, and it may have come about.
    pub fn sender(&self, key: &LogKey, message: &KafkaMessage) -> Option<usize> {
        let sent = self.all.get(&(key, message))?;
        let is_sender = sent.is_only && !sent.is_refused;
        is_sender.then_some(sent.deed.operation.asked.operation)
    }
}

/// Judges what stands in logs.
pub fn judge<'a>(view: &View<'a>, logs: &Logs<'a>, sends: &Sends<'a>, found: &mut FoundFaults) {
    for (key, log) in logs.iter() {
        for places in log.offsets.values() {
            if let [first, second, ..] = places[..] {
                let entries = [first, second]
                    .map(|place| view.entry(&place.deed, place.offset, place.message));
                found.add(key, KafkaFault::InconsistentOffsets(entries));
            }
        }
        for places in log.messages.values() {
            let (first, last) = (places.first, places.last);
            if first.offset != last.offset {
                let entries =
                    [first, last].map(|place| view.entry(&place.deed, place.offset, place.message));
                found.add(key, KafkaFault::Duplicate(entries));
            }
        }
    }
    for deed in &view.deeds {
        let DeedKind::Poll { messages, .. } = deed.done else {
            continue;
        };
        for (key, list) in messages {
            for (offset, message) in list {
                let fault = shown(view, sends, deed, (key, *offset, message));
                if let Some(fault) = fault {
                    found.add(key, fault);
                }
            }
        }
    }
}

/// What is wrong with a message that a poll shows.
fn shown<'a>(
    view: &View<'a>,
    sends: &Sends<'a>,
    deed: &Deed<'a>,
    (key, offset, message): (&'a LogKey, i64, &'a KafkaMessage),
) -> Option<KafkaFault> {
    let entry = || view.entry(deed, offset, message);
    let Some(sent) = sends.all.get(&(key, message)) else {
        return Some(KafkaFault::Phantom(
            entry(),
            sends.keys.get(message).map(|key| (*key).clone()),
        ));
    };
    if sent.is_refused {
        return Some(KafkaFault::FailedSendShown(
            entry(),
            view.witness(&sent.deed),
        ));
    }
    if is_same(&sent.deed, deed) {
        return Some(KafkaFault::OwnSendShown(entry()));
    }
    deed.is_before(&sent.deed)
        .then(|| KafkaFault::FutureRead(entry(), sent.deed.operation.invoked.time))
}

/// Whether two deeds are of one operation.
fn is_same(one: &Deed<'_>, other: &Deed<'_>) -> bool {
    one.operation.asked.operation == other.operation.asked.operation
}

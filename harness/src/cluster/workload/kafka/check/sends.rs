//! Whether offsets grow from send to send.
//!
//! A client that sends one message after the other finds them in that order, and what was polled up to
//! an offset has nothing new below it: who polled so far never asks there again. No right node fails by
//! either. That an offset is lower than that of another client's earlier send harms nobody by itself.

use std::collections::HashMap;

use super::found::FoundFaults;
use super::logs::{LogPlace, Logs};
use super::view::{Deed, DeedFate, DeedKind, View};
use crate::cluster::workload::kafka::LogKey;
use crate::cluster::workload::kafka::finding::{KafkaFault, LogEntry};

/// Judges the sends. `is_strict`: as Maelstrom doesn't.
pub fn judge<'a>(view: &View<'a>, logs: &Logs<'a>, is_strict: bool, found: &mut FoundFaults) {
    let mut before: HashMap<(usize, &LogKey), LogPlace<'a>> = HashMap::new();
    for deed in &view.deeds {
        let DeedKind::Send {
            key,
            message,
            fate: DeedFate::Acknowledged(Some(offset)),
        } = deed.done
        else {
            continue;
        };
        let place = LogPlace {
            offset,
            message,
            deed: *deed,
        };
        let told = |place: LogPlace<'a>| view.entry(&place.deed, place.offset, place.message);
        let earlier = before.insert((deed.session, key), place);
        let is_back = earlier.filter(|earlier| earlier.offset >= offset);
        if let Some(earlier) = is_back {
            let entries = [told(earlier), told(place)];
            found.add(key, in_order(&earlier.deed, deed, entries));
        }
        if is_strict {
            if offset < 0 && !view.is_bare {
                let entry = told(place);
                found.add(key, KafkaFault::NegativeOffset(entry));
            }
            others(logs, key, place, told, found);
        }
    }
}

fn in_order(earlier: &Deed<'_>, later: &Deed<'_>, entries: [LogEntry; 2]) -> KafkaFault {
    if earlier.operation.asked.operation == later.operation.asked.operation {
        KafkaFault::IntNonmonotonicSend(entries)
    } else {
        KafkaFault::NonmonotonicSend(entries)
    }
}

/// What was polled, or sent by others, before this was asked for.
fn others<'a>(
    logs: &Logs<'a>,
    key: &'a LogKey,
    place: LogPlace<'a>,
    told: impl Fn(LogPlace<'a>) -> LogEntry,
    found: &mut FoundFaults,
) {
    let Some(log) = logs.get(key) else { return };
    let asked = place.deed.operation.invoked;
    let is_higher = |other: &LogPlace<'a>| other.offset > place.offset;
    if let Some(polled) = log.polled.before(asked).filter(is_higher) {
        let entries = [told(polled), told(place)];
        found.add(key, KafkaFault::SendBehindPoll(entries));
        return;
    }
    let is_others = |other: &LogPlace<'a>| other.deed.session != place.deed.session;
    let sent = log.sent.before(asked).filter(is_higher);
    if let Some(sent) = sent.filter(is_others) {
        let entries = [told(sent), told(place)];
        found.reordered(key, entries);
    }
}

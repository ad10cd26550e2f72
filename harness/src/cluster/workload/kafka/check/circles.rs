//! Whether what transactions polled of each other can be put in an order: Jepsen's G1c.
//!
//! What a transaction sends is there for others once it has committed, and it polls before that. So a transaction
//! committed before each one that polled what it had sent, and after it was asked for. No right node fails: in a
//! circle each one would have committed before itself, and one that ended before another was asked for can't have
//! polled what others had of that one. (A node that shows what is not committed yet fails, as it should.) One
//! message that was polled too early is `FutureRead`'s.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::contents::Sends;
use super::found::FoundFaults;
use super::view::{Deed, DeedKind, View};
use crate::cluster::checker::story::Moment;
use crate::cluster::workload::Request;
use crate::cluster::workload::kafka::finding::{ChainedReads, KafkaFault, LogEntry};
use crate::cluster::workload::kafka::{KafkaMessage, KafkaRequest, LogFunction, LogKey};

/// What one operation polled of another one.
#[derive(Clone, Copy)]
struct PolledFrom<'a> {
    sender: usize,
    poll: Deed<'a>,
    key: &'a LogKey,
    offset: i64,
    message: &'a KafkaMessage,
}

/// An operation.
#[derive(Default)]
struct PollingOperation<'a> {
    /// By operation, a message of it.
    polled: BTreeMap<usize, PolledFrom<'a>>,
    readers: BTreeSet<usize>,
    /// When it was asked for, and when it ended.
    asked: Option<Moment>,
    ended: Option<Moment>,
    /// The operation asked for last of those before which it can't have committed, and over what.
    latest: Option<(Moment, PolledFrom<'a>)>,
    /// How many of what it polled are not gone over yet.
    open: usize,
}

/// By number, the operations.
type PollingOperations<'a> = BTreeMap<usize, PollingOperation<'a>>;

/// Judges transactions of a history of others; other requests poll or send, but not both.
pub fn judge<'a>(view: &View<'a>, sends: &Sends<'a>, found: &mut FoundFaults) {
    if !view.deeds.iter().any(is_transaction) {
        return;
    }
    let mut readers = readers(view, sends);
    let begin = readers.iter().filter(|(_, reader)| reader.open == 0);
    let mut next: VecDeque<_> = begin.map(|(number, _)| *number).collect();
    while let Some(number) = next.pop_front() {
        let Some(reader) = readers.get(&number) else {
            continue;
        };
        if let Some((chain, latest)) = too_late(&readers, number)
            && let Some((key, first, rest)) = told(view, &chain)
        {
            found.add(key, KafkaFault::FutureReadOver(first, rest, latest.time));
        }
        // What it had, its readers have had from it.
        let known = reader.latest.map(|(latest, _)| latest).max(reader.asked);
        for of in reader.readers.clone() {
            let Some(other) = readers.get_mut(&of) else {
                continue;
            };
            if let (Some(known), Some(from)) = (known, other.polled.get(&number))
                && other.latest.is_none_or(|(latest, _)| latest < known)
            {
                other.latest = Some((known, *from));
            }
            other.open -= 1;
            if other.open == 0 {
                next.push_back(of);
            }
        }
    }
    if let Some((key, first, rest)) = circle(&readers).and_then(|circle| told(view, &circle)) {
        found.add(key, KafkaFault::CircularReads(first, rest));
    }
}

fn is_transaction(deed: &Deed<'_>) -> bool {
    let Request::Kafka(request) = &deed.operation.asked.request else {
        return false;
    };
    matches!(
        request,
        KafkaRequest::Several {
            function: LogFunction::Txn,
            ..
        }
    )
}

fn readers<'a>(view: &View<'a>, sends: &Sends<'a>) -> PollingOperations<'a> {
    let mut readers = PollingOperations::new();
    for deed in &view.deeds {
        let number = deed.operation.asked.operation;
        let reader = readers.entry(number).or_default();
        reader.asked = Some(deed.operation.invoked);
        reader.ended = deed.ended;
    }
    for deed in &view.deeds {
        let DeedKind::Poll { messages, .. } = deed.done else {
            continue;
        };
        let number = deed.operation.asked.operation;
        let entries = messages
            .iter()
            .flat_map(|(key, list)| list.iter().map(move |(offset, one)| (key, *offset, one)));
        for (key, offset, message) in entries {
            let sender = sends.sender(key, message);
            let Some(sender) = sender.filter(|sender| *sender != number) else {
                continue;
            };
            let from = PolledFrom {
                sender,
                poll: *deed,
                key,
                offset,
                message,
            };
            let Some(of) = readers.get_mut(&sender) else {
                continue;
            };
            of.readers.insert(number);
            if let Some(reader) = readers.get_mut(&number) {
                reader.polled.entry(sender).or_insert(from);
                reader.open = reader.polled.len();
            }
        }
    }
    readers
}

/// What an operation polled over others of one that was asked for only when it had ended.
fn too_late<'a>(
    readers: &PollingOperations<'a>,
    number: usize,
) -> Option<(Vec<PolledFrom<'a>>, Moment)> {
    let reader = readers.get(&number)?;
    let (latest, mut from) = reader.latest?;
    reader.ended.filter(|ended| *ended < latest)?;
    let mut chain = vec![from];
    while let Some(sender) = readers.get(&from.sender)
        && sender.asked != Some(latest)
    {
        from = sender.latest?.1;
        chain.push(from);
    }
    (chain.len() > 1).then_some((chain, latest))
}

/// The first message of a chain with its log, and the others with theirs.
fn told<'a>(
    view: &View<'a>,
    chain: &[PolledFrom<'a>],
) -> Option<(&'a LogKey, LogEntry, ChainedReads)> {
    let entry = |from: &PolledFrom<'a>| view.entry(&from.poll, from.offset, from.message);
    let (first, rest) = chain.split_first()?;
    let rest = rest.iter().map(|from| (from.key.clone(), entry(from)));
    Some((first.key, entry(first), rest.collect()))
}

/// A circle among those that could not be put in an order.
fn circle<'a>(readers: &PollingOperations<'a>) -> Option<Vec<PolledFrom<'a>>> {
    let is_open = |number: &usize| readers.get(number).is_some_and(|reader| reader.open > 0);
    let mut number = *readers.keys().find(|number| is_open(number))?;
    let (mut way, mut places) = (Vec::new(), BTreeMap::new());
    loop {
        if let Some(begin) = places.insert(number, way.len()) {
            return Some(way.split_off(begin));
        }
        // Each of them polled from another one.
        let mut polled = readers.get(&number)?.polled.values();
        let from = polled.find(|from| is_open(&from.sender))?;
        way.push(*from);
        number = from.sender;
    }
}

//! Whether acknowledged messages were ever polled.
//!
//! No right node fails: who is shown an offset was shown all before it, here or by whom the offset was
//! committed; and in the end the harness polls all logs of each node from their beginning, until all is there
//! or the recovery is over. It doesn't wait for what was acknowledged only after its client had given up.
//!
//! In a history of others a process with polls in the end stands for a node. What it did not show counts only where
//! it was asked for it after that was acknowledged, and showed nothing more: its polls may have been cut short, or
//! have begun later. A right node fails only where nobody waited for it, and its polls are marked as final.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::found::FoundFaults;
use super::logs::Logs;
use super::view::{Deed, DeedFate, DeedKind, View};
use crate::cluster::checker::story::Moment;
use crate::cluster::history::{self, Phase};
use crate::cluster::recording::Recording;
use crate::cluster::workload::kafka::finding::KafkaFault;
use crate::cluster::workload::kafka::offsets::{last, raise};
use crate::cluster::workload::kafka::{KafkaMessage, LogKey, Offsets};

/// What the end of a run says.
#[derive(Debug)]
pub enum LogsEnd {
    /// Nothing: not everything was polled that ever would be.
    Open,
    /// What no poll showed is lost.
    Over,
    /// So is what one of these nodes did not show to the harness, or a process in the end.
    Nodes(BTreeSet<usize>),
}

impl LogsEnd {
    /// That of a run, or of a history that anything wrote. Where the recovery was cut short, nobody knows what
    /// was still to be shown.
    pub fn of(recording: &Recording, view: &View<'_>) -> Self {
        let answered = view.deeds.iter().filter(|deed| deed.is_final());
        let answered: BTreeSet<_> = answered.map(|deed| deed.operation.asked.node).collect();
        if recording.is_bare {
            return Self::Nodes(answered);
        }
        let began = |phase| {
            let began = history::began(&recording.events, phase);
            began.map(|(_, event)| event.time)
        };
        let (recovery, reads) = (began(Phase::Recovery), began(Phase::FinalReads));
        let length = recovery
            .zip(reads)
            .map(|(from, to)| to.saturating_sub(from));
        let is_cut_short = length.is_some_and(|length| length < recording.settings.recovery);
        if is_cut_short && !answered.iter().all(|node| has_reached_all(view, *node)) {
            Self::Open
        } else {
            Self::Nodes(answered)
        }
    }
}

/// Whether a node showed to the harness of each key as high an offset as was acknowledged.
fn has_reached_all(view: &View<'_>, node: usize) -> bool {
    let (mut sent, mut shown) = (Offsets::new(), Offsets::new());
    for deed in &view.deeds {
        match deed.done {
            DeedKind::Send {
                key,
                fate: DeedFate::Acknowledged(Some(offset)),
                ..
            } => raise(&mut sent, key, offset),
            DeedKind::Poll { messages, .. } if deed.is_harness_of(node) => {
                for (key, offset) in last(messages) {
                    raise(&mut shown, &key, offset);
                }
            }
            DeedKind::Send { .. }
            | DeedKind::Poll { .. }
            | DeedKind::Commit { .. }
            | DeedKind::Assign { .. } => {}
        }
    }
    let mut sent = sent.iter();
    sent.all(|(key, sent)| shown.get(key).is_some_and(|shown| shown >= sent))
}

/// What a node showed to the harness, or a process in the end.
struct ShownInTheEnd<'a> {
    node: usize,
    all: HashSet<(&'a LogKey, &'a KafkaMessage)>,
    /// By key, how far a process came; `None`: all that there is was asked for.
    ends: Option<BTreeMap<&'a LogKey, PolledEnd>>,
}

/// How far the polls of a process came.
#[derive(Clone, Copy)]
struct PolledEnd {
    /// From where it polls on.
    next: i64,
    /// When it was asked for more the last time, if there was nothing more then.
    asked: Option<Moment>,
}

pub fn judge<'a>(view: &View<'a>, logs: &Logs<'a>, end: &LogsEnd, found: &mut FoundFaults) {
    let shown = shown(view, end);
    for deed in &view.deeds {
        let DeedKind::Send {
            key,
            message,
            fate: DeedFate::Acknowledged(offset),
        } = deed.done
        else {
            continue;
        };
        let log = logs.get(key);
        let places = log.and_then(|log| log.messages.get(message));
        if places.is_some_and(|places| places.polled.is_some()) {
            let lacks = shown.iter();
            let lacks = lacks.filter(|shown| shown.lacks(key, message, deed, offset));
            let nodes: Vec<_> = lacks.map(|shown| shown.node).collect();
            if !nodes.is_empty() && deed.operation.is_ok() {
                let message = message.clone();
                let sent = view.witness(deed);
                found.add(key, KafkaFault::UnseenOnNodes(message, sent, nodes));
            }
            continue;
        }
        let passed = log.and_then(|log| log.passed);
        let passed = passed.filter(|passed| places.is_some_and(|p| p.last.offset < passed.offset));
        let told = |offset| view.entry(deed, offset, message);
        match (passed, offset) {
            (Some(passed), Some(offset)) => {
                let passed = view.entry(&passed.deed, passed.offset, passed.message);
                let entry = told(offset);
                found.add(key, KafkaFault::LostWrite { entry, passed });
            }
            _ if !matches!(end, LogsEnd::Open) && deed.operation.is_ok() => {
                let message = message.clone();
                let sent = view.witness(deed);
                found.add(
                    key,
                    KafkaFault::Unseen {
                        message,
                        offset,
                        sent,
                    },
                );
            }
            _ => {}
        }
    }
}

fn shown<'a>(view: &View<'a>, end: &LogsEnd) -> Vec<ShownInTheEnd<'a>> {
    let LogsEnd::Nodes(nodes) = end else {
        return Vec::new();
    };
    let of_node = |node: &usize| {
        let is_asked = |deed: &&Deed<'a>| {
            let of_process = view.is_bare && deed.operation.asked.node == *node;
            of_process || deed.is_harness_of(*node)
        };
        let deeds: Vec<_> = view.deeds.iter().filter(is_asked).copied().collect();
        let polls = deeds.iter().filter_map(|deed| match deed.done {
            DeedKind::Poll { messages, .. } => Some(messages),
            DeedKind::Send { .. } | DeedKind::Commit { .. } | DeedKind::Assign { .. } => None,
        });
        let entries = polls.flatten();
        let entries = entries.flat_map(|(key, list)| list.iter().map(move |(_, one)| (key, one)));
        ShownInTheEnd {
            node: *node,
            all: entries.collect(),
            ends: view.is_bare.then(|| ends(&deeds)),
        }
    };
    nodes.iter().map(of_node).collect()
}

impl<'a> ShownInTheEnd<'a> {
    /// Whether it should have shown a message that was sent so.
    fn lacks(
        &self,
        key: &'a LogKey,
        message: &'a KafkaMessage,
        sent: &Deed<'a>,
        offset: Option<i64>,
    ) -> bool {
        let is_asked = self.ends.as_ref().is_none_or(|ends| {
            ends.get(key).is_some_and(|end| {
                let is_next = offset.is_some_and(|offset| end.next <= offset);
                is_next && sent.ended.is_some() && end.asked > sent.ended
            })
        });
        is_asked && !self.all.contains(&(key, message))
    }
}

/// How far the last polls of a process came, of each log of which that is known.
fn ends<'a>(deeds: &[Deed<'a>]) -> BTreeMap<&'a LogKey, PolledEnd> {
    let (mut ends, mut over) = (BTreeMap::new(), BTreeMap::new());
    for deed in deeds {
        match deed.done {
            DeedKind::Assign { .. } => {
                // It may go on from anywhere; what it was told remains.
                over.append(&mut ends);
            }
            DeedKind::Poll { from, messages } if deed.is_final() => {
                let asked = Some(deed.operation.invoked);
                match from {
                    Some(from) => {
                        let from = from.iter();
                        ends.extend(
                            from.map(|(key, next)| (key, PolledEnd { next: *next, asked })),
                        );
                    }
                    None => ends.values_mut().for_each(|end| end.asked = asked),
                }
                for (key, list) in messages {
                    if let Some((last, _)) = list.last() {
                        let next = last.saturating_add(1);
                        ends.insert(key, PolledEnd { next, asked: None });
                    }
                }
            }
            DeedKind::Poll { .. } | DeedKind::Send { .. } | DeedKind::Commit { .. } => {}
        }
    }
    over.append(&mut ends);
    over
}

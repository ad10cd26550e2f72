//! Whether acknowledged messages were ever polled.
//!
//! No right node fails: who is shown an offset was shown all before it, here or by whom the offset was
//! committed; and in the end the harness polls all logs of each node from their beginning, until all is there
//! or the recovery is over. It doesn't wait for what was acknowledged only after its client had given up.

use std::collections::{BTreeSet, HashSet};

use super::found::FoundFaults;
use super::logs::Logs;
use super::view::{DeedFate, DeedKind, View};
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
    /// So is what one of these nodes did not show to the harness.
    Nodes(BTreeSet<usize>),
}

impl LogsEnd {
    /// That of a run, or of a history that anything wrote. Where the recovery was cut short, nobody knows what
    /// was still to be shown.
    pub fn of(recording: &Recording, view: &View<'_>) -> Self {
        if recording.is_bare {
            return Self::Over;
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
        let answered = view.deeds.iter().filter(|deed| deed.is_final());
        let answered: BTreeSet<_> = answered.map(|deed| deed.operation.asked.node).collect();
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

/// By node, what it showed to the harness.
type ShownInTheEnd<'a> = Vec<(usize, HashSet<(&'a LogKey, &'a KafkaMessage)>)>;

/// Judges what was acknowledged.
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
            let lacks = shown
                .iter()
                .filter(|(_, all)| !all.contains(&(key, message)));
            let nodes: Vec<_> = lacks.map(|(node, _)| *node).collect();
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

fn shown<'a>(view: &View<'a>, end: &LogsEnd) -> ShownInTheEnd<'a> {
    let LogsEnd::Nodes(nodes) = end else {
        return Vec::new();
    };
    let of_node = |node: &usize| {
        let polls = view.deeds.iter().filter_map(|deed| match deed.done {
            DeedKind::Poll { messages, .. } if deed.is_harness_of(*node) => Some(messages),
            DeedKind::Poll { .. }
            | DeedKind::Send { .. }
            | DeedKind::Commit { .. }
            | DeedKind::Assign { .. } => None,
        });
        let entries = polls.flatten();
        let entries = entries.flat_map(|(key, list)| list.iter().map(move |(_, one)| (key, one)));
        (*node, entries.collect())
    };
    nodes.iter().map(of_node).collect()
}

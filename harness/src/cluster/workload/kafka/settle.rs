//! What nodes are asked once all is healed: each for all messages of every key, from the beginning, and then
//! for what was committed.

use std::collections::{BTreeMap, BTreeSet};

use super::offsets::{last, raise};
use super::{KafkaReply, KafkaRequest, LogKey, Offsets};
use crate::cluster::history::Outcome;
use crate::cluster::workload::Reply;

/// How far the nodes are.
#[derive(Debug)]
pub struct KafkaSettling {
    /// By key that was sent to, the highest offset that is known; none is where no offset is.
    highest: BTreeMap<LogKey, Option<i64>>,
    /// By key of which a commit was acknowledged, all offsets that were to be committed.
    committed: BTreeMap<LogKey, BTreeSet<i64>>,
    acknowledged: BTreeSet<LogKey>,
    nodes: Vec<SettlingNode>,
}

/// What a node has shown since all is healed.
#[derive(Debug, Clone, Default)]
struct SettlingNode {
    /// Whether it answered a poll.
    is_polled: bool,
    /// By key, the highest offset that it showed.
    shown: Offsets,
    /// Whether it listed for each key an offset that was committed.
    lists_commits: bool,
}

impl KafkaSettling {
    /// So many nodes, of which nothing is known.
    pub fn new(nodes: usize) -> Self {
        Self {
            highest: BTreeMap::new(),
            committed: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            nodes: vec![SettlingNode::default(); nodes],
        }
    }

    /// A request of a client ended. What nodes show to the harness itself makes nothing known: that would
    /// never end where a node invents messages.
    pub fn ended(&mut self, request: &KafkaRequest, outcome: &Outcome) {
        let reply = match outcome {
            Outcome::Ok(Reply::Kafka(reply)) => Some(reply),
            Outcome::Ok(_) | Outcome::Failed(_) | Outcome::Unknown(_) => None,
        };
        match (request, reply) {
            (KafkaRequest::Send { key, .. }, reply) => {
                let offset = match reply {
                    Some(KafkaReply::Sent(offset)) => *offset,
                    _ => None,
                };
                let highest = self.highest.entry(key.clone()).or_default();
                *highest = (*highest).max(offset);
            }
            (KafkaRequest::Commit(offsets), reply) => {
                for (key, offset) in offsets {
                    let all = self.committed.entry(key.clone()).or_default();
                    all.insert(*offset);
                    if reply.is_some() {
                        self.acknowledged.insert(key.clone());
                    }
                }
            }
            (_, Some(KafkaReply::Polled(messages))) => {
                for (key, offset) in last(messages) {
                    let highest = self.highest.entry(key).or_default();
                    *highest = (*highest).max(Some(offset));
                }
            }
            _ => {}
        }
    }

    /// A node replied to the harness after all was healed. Whether it is further than before.
    pub fn replied(&mut self, node: usize, reply: &KafkaReply) -> bool {
        let Some(at) = self.nodes.get_mut(node) else {
            return false;
        };
        match reply {
            KafkaReply::Polled(messages) => {
                let mut is_further = !at.is_polled;
                at.is_polled = true;
                for (key, offset) in last(messages) {
                    is_further |= at.shown.get(&key).is_none_or(|shown| *shown < offset);
                    raise(&mut at.shown, &key, offset);
                }
                is_further
            }
            KafkaReply::Assigned(Some(offsets)) => {
                let mut keys = self.acknowledged.iter();
                at.lists_commits = keys.all(|key| {
                    let all = self.committed.get(key);
                    let offset = offsets.get(key);
                    all.zip(offset)
                        .is_some_and(|(all, offset)| all.contains(offset))
                });
                false
            }
            KafkaReply::Sent(_)
            | KafkaReply::Committed
            | KafkaReply::Assigned(None)
            | KafkaReply::Several(_) => false,
        }
    }

    /// From where a node is polled: all keys at first, then those of which it has not shown all that is known.
    fn lacking(&self, node: usize) -> Offsets {
        let Some(at) = self.nodes.get(node) else {
            return Offsets::new();
        };
        let lacking = self.highest.iter().filter_map(|(key, highest)| {
            let shown = at.shown.get(key).copied();
            let from = shown.map_or(0, |shown| shown.saturating_add(1));
            let lacks = !at.is_polled || *highest >= Some(0) && *highest > shown;
            lacks.then(|| (key.clone(), from))
        });
        lacking.collect()
    }

    /// Whether a node has shown all messages that are known, and lists what was committed.
    pub fn has_all(&self, node: usize) -> bool {
        let lists = self.nodes.get(node).is_some_and(|at| at.lists_commits);
        lists && self.lacking(node).is_empty()
    }

    /// What a node is asked next in the recovery.
    pub fn request(&self, node: usize) -> KafkaRequest {
        let lacking = self.lacking(node);
        if lacking.is_empty() {
            self.last()
        } else {
            KafkaRequest::Poll(Some(lacking))
        }
    }

    /// What each node is asked in the end.
    pub fn last(&self) -> KafkaRequest {
        KafkaRequest::Assign(self.highest.keys().cloned().collect())
    }
}

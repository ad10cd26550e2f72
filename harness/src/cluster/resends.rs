//! Values that a node sends to another again and again though the other has acknowledged them.
//!
//! Every event and every message is passed to it once, in the order of time. It watches messages between
//! nodes that bring one value, as `message` or `value`: a node that gossips lists of all its values is right
//! to repeat itself. An acknowledgement is a message that answers such a message by `in_reply_to`, or one
//! with the value in it and a type that ends with `_ok` or `_ack`. The number of values that are watched for
//! each pair of nodes is bounded. Nothing is judged here.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::history::{Event, What};
use super::journal::{Carried, Fate, Party};
use crate::message;
use crate::net::fault::Fault;

/// How many messages of a pair of nodes may wait for their answers; with one more all are forgotten.
const UNANSWERED_MAX: usize = 1000;

/// How many values are watched of a pair of nodes.
const ACKNOWLEDGED_MAX: usize = 500;

/// What one node sent to another for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resent {
    pub from: usize,
    pub to: usize,
    /// The value that was sent most often.
    pub value: usize,
    /// When its acknowledgement came to the sender.
    pub acknowledged: Duration,
    /// How often it was sent after that.
    pub times: u64,
    /// How often all values were.
    pub all: u64,
}

/// The values of all pairs of nodes, the sender first.
#[derive(Debug, Clone, Default)]
pub struct Resends {
    pairs: BTreeMap<(usize, usize), NodePair>,
    /// When the life of a node began that was killed.
    since: BTreeMap<usize, Duration>,
}

#[derive(Debug, Clone, Default)]
struct NodePair {
    /// The values of the messages that have no answer yet, by `msg_id`.
    unanswered: BTreeMap<String, usize>,
    /// By value: when the acknowledgement came, and how often it was sent after that.
    acknowledged: BTreeMap<usize, (Duration, u64)>,
}

#[derive(Deserialize)]
struct MaybeResent {
    body: Body,
}

#[derive(Deserialize)]
struct Body {
    msg_id: Option<Value>,
    in_reply_to: Option<Value>,
    message: Option<Value>,
    value: Option<Value>,
}

impl Resends {
    /// Takes note of what happened: who begins anew knows of no acknowledgement, and has no value.
    pub fn event(&mut self, event: &Event) {
        let (What::FaultBegan {
            fault: Fault::Kill(node) | Fault::Restart(node),
            ..
        }
        | What::Crashed { node, .. }) = event.what
        else {
            return;
        };
        self.since.insert(node, event.time);
        self.pairs
            .retain(|(from, to), _| *from != node && *to != node);
    }

    /// Takes note of a message whose way has ended.
    pub fn carried(&mut self, carried: &Carried) {
        let (Party::Node(from), Party::Node(to)) = (carried.source, carried.destination) else {
            return;
        };
        let began = |node| self.since.get(&node).copied().unwrap_or_default();
        if carried.sent < began(from).max(began(to)) {
            return;
        }
        let Ok(MaybeResent { body }) = serde_json::from_slice(&carried.line) else {
            return;
        };
        if is_answer(&carried.kind, &body) {
            if carried.fate == Fate::Delivered {
                let pair = self.pairs.entry((to, from)).or_default();
                pair.answered(carried, &body);
            }
        } else if let [value] = carried.values[..]
            && body.brings_one()
        {
            let pair = self.pairs.entry((from, to)).or_default();
            pair.sent(carried, &body, value);
        }
    }

    /// What each pair sent for nothing, if it did.
    pub fn all(&self) -> impl Iterator<Item = Resent> {
        self.pairs
            .iter()
            .filter_map(|(nodes, pair)| pair.resent(*nodes))
    }
}

impl Body {
    fn brings_one(&self) -> bool {
        let value = self.message.as_ref().or(self.value.as_ref());
        value.is_some_and(Value::is_number)
    }
}

impl NodePair {
    fn sent(&mut self, carried: &Carried, body: &Body, value: usize) {
        if let Some((acknowledged, times)) = self.acknowledged.get_mut(&value) {
            // A copy, or what was under way then, was sent before.
            *times += u64::from(carried.sent > *acknowledged);
            return;
        }
        let id = body.msg_id.as_ref().and_then(message::id);
        if let Some(id) = id {
            if self.unanswered.len() >= UNANSWERED_MAX {
                self.unanswered.clear();
            }
            self.unanswered.insert(id, value);
        }
    }

    fn answered(&mut self, carried: &Carried, body: &Body) {
        let id = body.in_reply_to.as_ref().and_then(message::id);
        let of_request = id.and_then(|id| self.unanswered.remove(&id));
        for value in of_request.iter().chain(&carried.values) {
            if self.acknowledged.len() < ACKNOWLEDGED_MAX {
                self.acknowledged
                    .entry(*value)
                    .or_insert((carried.settled, 0));
            }
        }
    }

    fn resent(&self, (from, to): (usize, usize)) -> Option<Resent> {
        let values = self.acknowledged.iter();
        let (value, (acknowledged, times)) = values.max_by_key(|(_, (_, times))| *times)?;
        (*times > 0).then(|| Resent {
            from,
            to,
            value: *value,
            acknowledged: *acknowledged,
            times: *times,
            all: self.acknowledged.values().map(|(_, times)| times).sum(),
        })
    }
}

/// Whether a message acknowledges another. An error does not.
fn is_answer(kind: &str, body: &Body) -> bool {
    let is_named_so = kind.ends_with("_ok") || kind.ends_with("_ack");
    is_named_so || (body.in_reply_to.is_some() && kind != "error")
}

#[cfg(test)]
mod tests;

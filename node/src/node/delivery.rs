//! How values and acks leave: at once, or with others when the flush interval is over.
//!
//! Whatever leaves is entered where its ack will be looked for. What should leave is decided
//! elsewhere.

use std::mem;
use std::time::Duration;

use super::Node;
use crate::acks::Forward;
use crate::batch::{Batch, Item};
use crate::message::{MsgId, NodeId, Payload, Route};
use crate::outbox::Caller;
use crate::value::Value;
use crate::values::ValueId;

/// How many bytes of values go into one message, unless a single one has more.
const VALUE_BYTES_MAX: usize = 64 * 1024;

/// How many acks go into one message.
const ACKS_MAX: usize = 4096;

/// How many plain messages take the place of one batch, at most.
const PLAIN_MAX: usize = 64;

/// What a peer understands, as far as it has shown that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The messages of our own kind of node.
    Own,
    /// Broadcasts and acks only: it has refused something else.
    Plain,
}

impl Node {
    /// Tells a node that its values are stored.
    pub(super) fn acknowledge(&mut self, now: Duration, caller: &Caller) {
        match &caller.msg_id {
            Some(msg_id) if self.collects_for(&caller.name) => {
                self.batches.put_ack(now, &caller.name, msg_id.clone());
            }
            _ => self.reply(caller, Payload::BroadcastAck),
        }
    }

    /// Tells a client that its value is stored, and not before it is on its way.
    pub(super) fn confirm(&mut self, caller: &Caller) {
        if self.batches.collects() {
            self.batches.put_client(caller.clone());
        } else {
            self.reply(caller, Payload::BroadcastOk);
        }
    }

    /// Sends values to the neighbors in the tree, but for the one they came from.
    pub(super) fn forward(&mut self, now: Duration, sender: &NodeId, items: &[Item]) {
        // Lent out, as sending changes all the rest.
        let tree = mem::take(&mut self.tree);
        let receivers = || tree.neighbors().iter().filter(|name| *name != sender);
        for item in items {
            for neighbor in receivers() {
                if self.collects_for(neighbor) {
                    self.batches.put_forward(now, neighbor, item.clone());
                } else {
                    self.send_forwards(now, neighbor, vec![item.clone()], Vec::new());
                }
            }
        }
        self.tree = tree;
    }

    /// Sends a value to a node around a failed one, which has it owed from when it leaves.
    pub(super) fn deliver(&mut self, now: Duration, peer: &NodeId, item: Item) {
        if self.collects_for(peer) {
            let id = item.0;
            let leaves = self.fallback_batch.put(now, peer, item);
            self.resend.owe(leaves, peer, id);
        } else {
            self.resend.owe(now, peer, item.0);
            self.send_around(peer, vec![item], Route::Direct);
        }
    }

    /// Sends the values that have waited for others on their ways around a failed node; not those
    /// that have come to be known as arrived.
    pub(super) fn take_fallback_batch(&mut self, now: Duration) {
        let Some(due) = self.fallback_batch.take_due(now) else {
            return;
        };
        for (peer, mut items) in due {
            items.retain(|(id, _)| self.resend.is_owed(&peer, *id));
            let mut items = items.into_iter().peekable();
            while items.peek().is_some() {
                let batch = match self.dialects.get(&peer) {
                    Some(Dialect::Plain) => items.next().into_iter().collect(),
                    _ => take_batch(&mut items),
                };
                self.send_around(&peer, batch, Route::Direct);
            }
        }
    }

    /// Sends as much of what `peer` is owed as fits into a message, and the rest when that is
    /// acknowledged; or as some plain messages, if it may know no others. What waits for others to
    /// go to it is owed as well, and so waits no longer.
    pub(super) fn send_owed(&mut self, peer: &NodeId) {
        self.fallback_batch.leave_out(peer);
        let owed = self.resend.owed(peer);
        let mut items = owed.map(|id| (id, self.values.get(id))).peekable();
        let first = take_batch(&mut items);
        drop(items);
        let messages: Vec<_> = if self.should_speak_plainly(peer) {
            let items = first.into_iter().take(PLAIN_MAX);
            items.map(|item| vec![item]).collect()
        } else {
            vec![first]
        };
        for items in messages {
            if let Some(msg_id) = self.send_around(peer, items, Route::Repair) {
                self.resend.expect_more(peer, msg_id);
            }
        }
    }

    /// Notes what a member has shown to understand. If it has just refused what it is owed, it
    /// gets that once more at once, in plain messages.
    pub(super) fn learn_dialect(&mut self, now: Duration, peer: &NodeId, dialect: Dialect) {
        if !self.members.contains(peer) || self.dialects.get(peer) == Some(&dialect) {
            return;
        }
        self.dialects.insert(peer.clone(), dialect);
        if dialect == Dialect::Plain && self.resend.rephrase(now, peer) {
            self.send_owed(peer);
        }
    }

    /// Until a peer has shown what it understands, a batch without an answer may be one that it
    /// has not understood.
    fn should_speak_plainly(&self, peer: &NodeId) -> bool {
        match self.dialects.get(peer) {
            Some(dialect) => *dialect == Dialect::Plain,
            None => self.resend.is_batch_under_way(peer),
        }
    }

    /// Whether things wait for others that go to `peer`: only if it can take them together.
    fn collects_for(&self, peer: &NodeId) -> bool {
        self.batches.collects() && self.dialects.get(peer) != Some(&Dialect::Plain)
    }

    /// Sends all that has been collected, if it is time to.
    pub(super) fn flush(&mut self, now: Duration) {
        let batches = self.batches.take_due(now);
        for client in self.batches.take_clients() {
            self.reply(&client, Payload::BroadcastOk);
        }
        let Some(batches) = batches else { return };
        for (peer, batch) in batches {
            self.send_together(now, &peer, batch);
        }
    }

    fn send_together(&mut self, now: Duration, peer: &NodeId, batch: Batch) {
        let mut forwards = batch.forwards.into_iter().peekable();
        let mut acks = batch.acks.into_iter().peekable();
        while forwards.peek().is_some() || acks.peek().is_some() {
            let acks = acks.by_ref().take(ACKS_MAX).collect();
            self.send_forwards(now, peer, take_batch(&mut forwards), acks);
        }
    }

    fn send_forwards(&mut self, now: Duration, peer: &NodeId, items: Vec<Item>, acks: Vec<MsgId>) {
        let (ids, messages): (Vec<_>, Vec<_>) = items.into_iter().unzip();
        let Some(msg_id) = self.send(peer, messages, Route::Tree, acks) else {
            return;
        };
        for value in ids {
            let neighbor = peer.clone();
            self.acks.expect(now, msg_id, Forward { neighbor, value });
        }
    }

    fn send_around(&mut self, peer: &NodeId, items: Vec<Item>, route: Route) -> Option<u64> {
        let (ids, messages): (Vec<ValueId>, Vec<_>) = items.into_iter().unzip();
        let msg_id = self.send(peer, messages, route, Vec::new())?;
        for id in ids {
            self.resend.carry(peer, msg_id, id);
        }
        Some(msg_id)
    }

    /// Says it as simply as it can be said; returns the number of a message that wants an ack.
    fn send(
        &mut self,
        peer: &NodeId,
        mut messages: Vec<Value>,
        route: Route,
        mut acks: Vec<MsgId>,
    ) -> Option<u64> {
        let payload = match (messages.pop(), acks.pop()) {
            (None, None) => return None,
            (None, Some(ack)) if acks.is_empty() => {
                let caller = Caller {
                    name: peer.clone(),
                    msg_id: Some(ack),
                };
                self.reply(&caller, Payload::BroadcastAck);
                return None;
            }
            (Some(message), None) if messages.is_empty() => Payload::Broadcast { message, route },
            (message, ack) => {
                messages.extend(message);
                acks.extend(ack);
                Payload::Batch {
                    messages,
                    route,
                    acks,
                }
            }
        };
        Some(self.outbox.send(&self.id, peer, payload))
    }
}

/// As many as fit into a message, but at least one.
fn take_batch(items: &mut std::iter::Peekable<impl Iterator<Item = Item>>) -> Vec<Item> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while let Some((_, value)) = items.peek() {
        bytes += value.as_json().len();
        if bytes > VALUE_BYTES_MAX && !batch.is_empty() {
            break;
        }
        batch.extend(items.next());
    }
    batch
}

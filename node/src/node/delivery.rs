//! How values and acks leave: at once, or with others when the flush interval is over.
//!
//! Whatever leaves is entered where its ack will be looked for. What should leave is decided
//! elsewhere.

use std::mem;
use std::time::Duration;

use super::Node;
use crate::acks::Forward;
use crate::mailbag::{Bag, Item};
use crate::message::{MsgId, NodeId, Payload, Route};
use crate::outbox::Caller;
use crate::value::Value;
use crate::values::ValueId;

/// How many bytes of values go into one message, unless a single one has more.
const VALUE_BYTES_MAX: usize = 64 * 1024;

/// How many acks go into one message.
const ACKS_MAX: usize = 4096;

impl Node {
    /// Tells a node that its values are stored.
    pub(super) fn acknowledge(&mut self, now: Duration, caller: &Caller) {
        match &caller.msg_id {
            Some(msg_id) if self.mailbag.collects() => {
                self.mailbag.put_ack(now, &caller.name, msg_id.clone());
            }
            _ => self.reply(caller, Payload::BroadcastAck),
        }
    }

    /// Tells a client that its value is stored, and not before it is on its way.
    pub(super) fn confirm(&mut self, caller: &Caller) {
        if self.mailbag.collects() {
            self.mailbag.put_client(caller.clone());
        } else {
            self.reply(caller, Payload::BroadcastOk);
        }
    }

    /// Sends values to the neighbors in the tree, but for the one they came from.
    pub(super) fn forward(&mut self, now: Duration, sender: &NodeId, items: &[Item]) {
        let neighbors = mem::take(&mut self.neighbors);
        for item in items {
            for neighbor in neighbors.iter().filter(|neighbor| *neighbor != sender) {
                if self.mailbag.collects() {
                    self.mailbag.put_forward(now, neighbor, item.clone());
                } else {
                    self.send_forwards(now, neighbor, vec![item.clone()], Vec::new());
                }
            }
        }
        self.neighbors = neighbors;
    }

    /// Sends a value to a node around a failed one.
    pub(super) fn deliver(&mut self, now: Duration, peer: &NodeId, item: Item) {
        if self.mailbag.collects() {
            self.mailbag.put_direct(now, peer, item);
        } else {
            self.send_around(peer, vec![item], Route::Direct);
        }
    }

    /// Sends as much of what `peer` is owed as fits into a message, and the rest when that is
    /// acknowledged.
    pub(super) fn send_owed(&mut self, peer: &NodeId) {
        let owed = self.debts.owed(peer);
        let mut items = owed.map(|id| (id, self.values.get(id))).peekable();
        let first = take_batch(&mut items);
        drop(items);
        if let Some(msg_id) = self.send_around(peer, first, Route::Repair) {
            self.debts.expect_more(peer, msg_id);
        }
    }

    /// Sends all that has been collected, if it is time to.
    pub(super) fn flush(&mut self, now: Duration) {
        let bags = self.mailbag.take_due(now);
        for client in self.mailbag.take_clients() {
            self.reply(&client, Payload::BroadcastOk);
        }
        for (peer, bag) in bags.unwrap_or_default() {
            self.send_bag(now, &peer, bag);
        }
    }

    fn send_bag(&mut self, now: Duration, peer: &NodeId, bag: Bag) {
        let mut forwards = bag.forwards.into_iter().peekable();
        let mut acks = bag.acks.into_iter().peekable();
        while forwards.peek().is_some() || acks.peek().is_some() {
            let acks = acks.by_ref().take(ACKS_MAX).collect();
            self.send_forwards(now, peer, take_batch(&mut forwards), acks);
        }
        let mut direct = bag.direct.into_iter().peekable();
        while direct.peek().is_some() {
            self.send_around(peer, take_batch(&mut direct), Route::Direct);
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
            self.debts.carry(peer, msg_id, id);
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

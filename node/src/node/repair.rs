//! What a node does when something has failed: around a neighbor that is silent, and again until
//! it is heard.
//!
//! When something is due, and how often, is known to [`crate::acks`] and [`crate::debts`].

use std::time::Duration;

use super::{Moment, Node};
use crate::acks::Forward;
use crate::message::{NodeId, Payload};
use crate::outbox::Notice;
use crate::value::Value;
use crate::values::ValueId;

/// How many bytes of values go into one message, unless a single one has more.
const BATCH_BYTES_MAX: usize = 64 * 1024;

impl Node {
    /// What was due when a message arrived, or is now.
    pub(super) fn do_what_is_due(&mut self, moment: Moment) {
        while let Some((msg_id, forward)) = self.acks.take_timed_out(moment.arrived) {
            self.fall_back(moment.now, msg_id, forward);
        }
        while let Some(peer) = self.debts.take_due(moment.arrived, moment.now) {
            self.send_owed(&peer);
        }
        self.gossip(moment);
    }

    /// An ack: what it was for needs no more care, and it may call for more.
    pub(super) fn settle(&mut self, now: Duration, msg_id: u64, from: &NodeId) {
        self.acks.settle(msg_id, from);
        if self.debts.settle(now, msg_id, from) {
            self.send_owed(from);
        }
    }

    /// A sign of life: now is the time to send what could not be delivered.
    pub(super) fn hear(&mut self, now: Duration, from: &NodeId) {
        if self.debts.hear(now, from) {
            self.send_owed(from);
        }
    }

    /// Sends a value whose forward has timed out around the neighbor that didn't acknowledge it,
    /// and sees to it that it arrives.
    fn fall_back(&mut self, now: Duration, msg_id: u64, forward: Forward) {
        let Forward {
            neighbor,
            value: id,
        } = forward;
        let value = self.values.get(id);
        let others = self.members.iter().filter(|node| **node != self.id);
        let mut direct_sent = 0;
        for node in self.tree.behind(&neighbor, others) {
            if self.acks.deliver_directly(id, node) {
                let payload = Payload::Broadcast {
                    message: value.clone(),
                    direct: true,
                };
                self.debts.owe(now, node, id);
                let msg_id = self.outbox.send(&self.id, node, payload);
                self.debts.carry(node, msg_id, id);
                direct_sent += 1;
            }
        }
        self.debts.carry(&neighbor, msg_id, id);
        self.debts.suspect(&neighbor);
        self.outbox.note(Notice::FellBack {
            neighbor,
            value,
            direct_sent,
        });
    }

    /// Sends as much of what `peer` is owed as fits into a message.
    pub(super) fn send_owed(&mut self, peer: &NodeId) {
        let (mut ids, mut messages, mut bytes) = (Vec::new(), Vec::new(), 0);
        for id in self.debts.owed(peer) {
            let value = self.values.get(id);
            bytes += value.as_json().len();
            if bytes > BATCH_BYTES_MAX && !ids.is_empty() {
                break;
            }
            ids.push(id);
            messages.push(value);
        }
        if !ids.is_empty() {
            self.send_directly(peer, &ids, messages);
        }
    }

    fn send_directly(&mut self, peer: &NodeId, ids: &[ValueId], mut messages: Vec<Value>) {
        let payload = match messages.pop() {
            Some(message) if messages.is_empty() => Payload::Broadcast {
                message,
                direct: true,
            },
            last => {
                messages.extend(last);
                Payload::Batch {
                    messages,
                    direct: true,
                    acks: Vec::new(),
                }
            }
        };
        let msg_id = self.outbox.send(&self.id, peer, payload);
        for id in ids {
            self.debts.carry(peer, msg_id, *id);
        }
        self.debts.expect_more(peer, msg_id);
    }
}

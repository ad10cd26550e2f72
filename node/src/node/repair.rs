//! What a node does when something has failed: around a neighbor that is silent, and again until
//! it is heard.
//!
//! When something is due, and how often, is known to [`crate::acks`] and [`crate::resend`].

use std::time::Duration;

use super::{Moment, Node};
use crate::acks::Forward;
use crate::message::NodeId;
use crate::outbox::Notice;

impl Node {
    /// What was due when a message arrived, or is now.
    pub(super) fn do_what_is_due(&mut self, moment: Moment) {
        while let Some((msg_id, forward)) = self.acks.take_timed_out(moment.arrived) {
            self.fall_back(moment.now, msg_id, forward);
        }
        self.take_fallback_batch(moment.now);
        while let Some(peer) = self.resend.take_due(moment.arrived, moment.now) {
            self.send_owed(&peer);
        }
        self.gossip(moment);
    }

    /// An ack: what it was for needs no more care, and it may call for more.
    pub(super) fn settle(&mut self, now: Duration, msg_id: u64, from: &NodeId) {
        self.acks.settle(msg_id, from);
        if self.resend.settle(now, msg_id, from) {
            self.send_owed(from);
        }
    }

    /// A sign of life: now is the time to send what could not be delivered.
    pub(super) fn hear(&mut self, now: Duration, from: &NodeId) {
        self.gossip.hear(from);
        if self.resend.hear(now, from) {
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
        let mut direct_sent = 0;
        let behind = self.take_behind(&neighbor);
        for node in &behind {
            if self.acks.deliver_directly(id, node) {
                self.deliver(now, node, (id, value.clone()));
                direct_sent += 1;
            }
        }
        self.behind.insert(neighbor.clone(), behind);
        self.resend.carry(&neighbor, msg_id, id);
        self.resend.suspect(&neighbor);
        self.outbox.note(Notice::FellBack {
            neighbor,
            value,
            direct_sent,
        });
    }

    /// Who may be out of reach if `neighbor` is.
    fn take_behind(&mut self, neighbor: &NodeId) -> Vec<NodeId> {
        let known = self.behind.remove(neighbor);
        known.unwrap_or_else(|| {
            let others = self.members.iter().filter(|node| **node != self.id);
            let behind = self.tree.behind(neighbor, others);
            behind.into_iter().cloned().collect()
        })
    }
}

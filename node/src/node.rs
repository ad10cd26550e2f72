//! The node: what it does about a message, at a time that it is told.
//!
//! Everything is decided here and nothing is done: what comes out is a list of
//! messages. What is done when something has failed is in `repair` and
//! `antientropy`, how values and acks leave in `delivery`. A node has a name
//! and knows its peers from the start; what comes before that is in
//! [`crate::lifecycle`].

use std::collections::HashMap;
use std::time::Duration;

use indexmap::IndexSet;
use roaring::RoaringBitmap;

use crate::acks::Acks;
use crate::batch::{Batches, Item};
use crate::fallback_batch::FallbackBatch;
use crate::message::{Batch, Body, ErrorCode, Incoming, Init, NodeId, Payload, Request, Route};
use crate::outbox::{Caller, Outbox, Output};
use crate::resend::ResendQueue;
use crate::settings::Settings;
use crate::tree::Tree;
use crate::value::Value;
use crate::values::{Inserted, Values};
use antientropy::Gossip;
use delivery::Dialect;

/// When a message is handled, since the start. Neither time ever goes back.
///
/// They differ when the node has been too busy to look. What has timed out is
/// judged by the time of arrival, so that an ack in the queue still counts;
/// and what is sent in answer waits from now on, for nobody had it before.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub arrived: Duration,
    /// When it is handled: then or later.
    pub now: Duration,
}

/// A node that takes part in the broadcast.
#[derive(Debug)]
pub struct Node {
    id: NodeId,
    /// The names of all nodes, the own among them.
    members: IndexSet<NodeId>,
    tree: Tree,
    /// Who may be out of reach if a neighbor is: worked out once in a topology, as many forwards
    /// to the same one fail together.
    behind: HashMap<NodeId, Vec<NodeId>>,
    values: Values,
    /// Those that a repair has brought and the tree not yet: then they still have to be passed on.
    overtaken: RoaringBitmap,
    acks: Acks,
    resend: ResendQueue,
    gossip: Gossip,
    batches: Batches,
    fallback_batch: FallbackBatch,
    /// What has been learned about who understands what.
    dialects: HashMap<NodeId, Dialect>,
    outbox: Outbox,
}

impl Moment {
    /// A message that is handled as it arrives.
    pub fn at(now: Duration) -> Self {
        Self { arrived: now, now }
    }
}

impl Node {
    /// A node without values or neighbors. Its own name is added to the
    /// others if it is missing there. `outbox` goes on numbering. It is `now`.
    pub fn new(now: Duration, init: Init, settings: &Settings, outbox: Outbox) -> Self {
        let mut members: IndexSet<_> = init.node_ids.into_iter().collect();
        members.insert(init.node_id.clone());
        Self {
            id: init.node_id,
            members,
            tree: Tree::default(),
            behind: HashMap::new(),
            values: Values::default(),
            overtaken: RoaringBitmap::new(),
            acks: Acks::new(settings.ack_timeout),
            resend: ResendQueue::new(
                settings.ack_timeout,
                now.saturating_add(settings.gossip_interval),
            ),
            gossip: Gossip::new(now, settings),
            batches: Batches::new(settings.flush_interval),
            fallback_batch: FallbackBatch::new(settings.ack_timeout),
            dialects: HashMap::new(),
            outbox,
        }
    }

    /// Does what `message` asks for, after what was due when it arrived.
    pub fn handle(&mut self, moment: Moment, message: Incoming) -> Output {
        self.do_what_is_due(moment);
        let src = message.src.clone();
        match message.body {
            Body::Request { msg_id, request } => {
                let caller = Caller {
                    name: message.src,
                    msg_id,
                };
                self.answer(moment.now, &caller, request);
            }
            Body::BroadcastAck { in_reply_to } => self.settle(moment.now, in_reply_to, &src),
            Body::NotSupported => self.learn_dialect(moment.now, &src, Dialect::Plain),
            Body::OtherReply => {}
        }
        self.hear(moment.now, &src);
        self.flush(moment.now);
        self.outbox.take()
    }

    /// Does what is due by `now`.
    pub fn tick(&mut self, now: Duration) -> Output {
        self.do_what_is_due(Moment::at(now));
        self.flush(now);
        self.outbox.take()
    }

    /// Sends all that still waits to be sent with something else.
    pub fn finish(&mut self) -> Output {
        self.take_fallback_batch(Duration::MAX);
        self.flush(Duration::MAX);
        self.outbox.take()
    }

    /// When there is something to do even if no message comes.
    pub fn next_deadline(&self) -> Option<Duration> {
        let deadlines = [
            self.acks.next_deadline(),
            self.resend.next_deadline(),
            self.gossip.next_deadline(),
            self.batches.next_deadline(),
            self.fallback_batch.next_deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    fn answer(&mut self, now: Duration, caller: &Caller, request: Request) {
        if is_between_nodes(&request) {
            if !self.is_node(&caller.name) {
                let text = "this is between the nodes of a cluster".to_owned();
                self.refuse(caller, ErrorCode::NotSupported, text);
                return;
            }
            self.learn_dialect(now, &caller.name, Dialect::Own);
        }
        match request {
            Request::Init(_) => self.refuse(
                caller,
                ErrorCode::PreconditionFailed,
                format!("already initialised as {}", self.id),
            ),
            Request::Topology(topology) => {
                self.tree = Tree::new(&self.id, &self.members, &topology);
                self.behind.clear();
                self.reply(caller, Payload::TopologyOk);
            }
            Request::Broadcast { message, route } => {
                self.broadcast(now, caller, [message], route);
            }
            Request::Batch(batch) => self.handle_batch(now, caller, batch),
            Request::Gossip { ranges } => self.compare(now, caller, &ranges),
            Request::GossipHave { prefix, hashes } => self.complete(now, caller, prefix, &hashes),
            Request::GossipWant { hashes } => self.provide(now, caller, &hashes),
            Request::Read => {
                let messages = self.values.snapshot();
                self.reply(caller, Payload::ReadOk { messages });
            }
            Request::TreeInfo => self.reply(caller, self.tree_info()),
            Request::CheckAcks => {
                let payload = self.check_acks();
                self.take_fallback_batch(Duration::MAX);
                self.reply(caller, payload);
            }
            Request::FailureStats => self.reply(caller, self.failure_stats()),
            Request::Unknown { kind } => {
                self.refuse(
                    caller,
                    ErrorCode::NotSupported,
                    format!("unknown request type {kind:?}"),
                );
            }
            Request::Malformed { kind, error } => {
                self.refuse(
                    caller,
                    ErrorCode::MalformedRequest,
                    format!("{kind}: {error}"),
                );
            }
        }
    }

    /// Acknowledges values always and first, then passes on those that are new.
    fn broadcast(
        &mut self,
        now: Duration,
        caller: &Caller,
        values: impl IntoIterator<Item = Value>,
        route: Route,
    ) {
        let from_node = self.is_node(&caller.name);
        let route = if from_node { route } else { Route::Tree };
        let (new, is_full) = self.store(values, route);
        if route == Route::Repair && !new.is_empty() {
            self.gossip.hurry(now);
        }
        if is_full {
            let text = "there is no room left".to_owned();
            self.refuse(caller, ErrorCode::TemporarilyUnavailable, text);
        } else if !from_node {
            self.confirm(caller);
        } else {
            self.acknowledge(now, caller);
        }
        if route == Route::Tree {
            self.forward(now, &caller.name, &new);
        }
    }

    /// As several broadcasts with one ack, and as several acks.
    fn handle_batch(&mut self, now: Duration, caller: &Caller, batch: Batch) {
        for msg_id in &batch.acks {
            self.settle(now, *msg_id, &caller.name);
        }
        if !batch.messages.is_empty() {
            self.broadcast(now, caller, batch.messages, batch.route);
        }
    }

    /// Stores what is new among `values`, and returns it with what is new on this route; true if
    /// there was no room for all.
    fn store(
        &mut self,
        values: impl IntoIterator<Item = Value>,
        route: Route,
    ) -> (Vec<Item>, bool) {
        let values = values.into_iter();
        let (mut new, mut is_full) = (Vec::with_capacity(values.size_hint().0), false);
        for value in values {
            match self.values.insert(&value) {
                Inserted::New(id) => {
                    if route == Route::Repair {
                        self.overtaken.insert(id.0);
                    }
                    new.push((id, value));
                }
                Inserted::Known(id) if route == Route::Tree && self.overtaken.remove(id.0) => {
                    new.push((id, value));
                }
                Inserted::Known(_) => {}
                Inserted::Full => is_full = true,
            }
        }
        (new, is_full)
    }

    fn tree_info(&self) -> Payload {
        Payload::TreeInfoOk {
            neighbors: self.tree.neighbors().to_vec(),
            message_count: self.values.len(),
        }
    }

    /// The timeouts that were due have been looked for, as before any message.
    fn check_acks(&mut self) -> Payload {
        let report = self.acks.report();
        Payload::CheckAcksOk {
            pending: report.pending,
            timed_out: report.timed_out,
            direct_sent: report.direct_sent,
        }
    }

    fn failure_stats(&self) -> Payload {
        Payload::FailureStatsOk {
            total_failures: self.acks.failures(),
            direct_deliveries: self.acks.direct_deliveries(),
        }
    }

    fn is_node(&self, name: &NodeId) -> bool {
        self.members.contains(name) || name.is_node_name()
    }

    fn reply(&mut self, caller: &Caller, payload: Payload) {
        self.outbox.reply(&self.id, caller, payload);
    }

    fn refuse(&mut self, caller: &Caller, code: ErrorCode, text: String) {
        self.reply(caller, Payload::Error { code, text });
    }
}

/// Whether this is one of the messages that only nodes of our own kind know.
fn is_between_nodes(request: &Request) -> bool {
    matches!(
        request,
        Request::Batch(_)
            | Request::Gossip { .. }
            | Request::GossipHave { .. }
            | Request::GossipWant { .. }
    )
}

mod antientropy;
mod delivery;
mod repair;
#[cfg(test)]
mod tests;

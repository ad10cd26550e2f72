//! Carries messages: what nodes and clients say becomes what nodes are to be told, over the network
//! and its faults, and a record of what became of each.
//!
//! Sans-IO: it is told what a node wrote and when, and answers with what to write to whose stdin. What
//! messages mean to clients, and when faults strike, is decided elsewhere. Clients reach nodes, and nodes
//! clients, at once. Services are reached as late as nodes, and no message of theirs is lost. Nothing here
//! grows with what a node writes: see [`Router::listens_to`] and [`ROOM`].
//!
//! A message has reached its node when that can have read it. What comes to a node that stands still
//! waits until it goes on, and what comes while its pipe is full, until there was room for it; whoever
//! dies first never got it.

mod faults;
mod inbox;
mod services;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::envelope::{self, Envelope};
use super::journal::{Carried, Fate, Party};
use super::settings::Settings;
use crate::message;
use crate::message::malformed::Allowed;
use crate::message::rule::Rule;
use crate::net::network::{self, Arrival, CutId, Network};
use crate::service::Services;
use crate::service::kind::ServiceKind;
use crate::service::served::ServedState;
use inbox::{Early, NodeInbox};

/// How many bytes may wait for a node that doesn't read; what comes then is dropped.
pub const ROOM: usize = 16 * 1024 * 1024;

/// How many messages may wait for a node; what comes then is dropped, too.
const WAITING_MAX: usize = 50_000;

/// How many bytes of one node's messages may be under way before it isn't listened to for a while.
const UNDER_WAY_MAX: usize = 8 * 1024 * 1024;

/// What is to be written to a node's stdin.
#[derive(Debug, PartialEq, Eq)]
pub struct Delivery {
    pub node: usize,
    /// What, its line break included.
    pub bytes: Vec<u8>,
}

/// What a node's line was.
#[derive(Debug, PartialEq)]
pub enum Heard {
    /// A message to another node or a service: it is under way.
    Sent,
    /// A message to this client.
    ForClient(usize, Envelope),
    /// No message that could be carried.
    Breach(Rule),
}

/// A message under way.
#[derive(Debug)]
struct Parcel {
    id: u64,
    kind: String,
    values: Vec<usize>,
    line: Vec<u8>,
    has_id: bool,
    served: Option<ServedState>,
    /// How often the node had died that sent it, or asked for it.
    deaths: usize,
}

/// What carries the messages.
#[derive(Debug)]
pub struct Router {
    names: Vec<String>,
    numbers: BTreeMap<String, usize>,
    clients: usize,
    allowed: Allowed,
    network: Network<Arc<Parcel>>,
    /// Those that nodes may ask, if any. In the network they have the numbers after those of the nodes.
    services: Option<Services>,
    /// Which cut of the network is which fault; those that last.
    cuts: BTreeMap<usize, CutId>,
    faults: BTreeMap<CutId, usize>,
    nodes: Vec<NodeInbox>,
    next_id: u64,
    /// Numbers below this are values.
    values: usize,
    deliveries: Vec<Delivery>,
    carried: Vec<Carried>,
    /// By node, the messages that are held back until it has answered `init`.
    held: BTreeMap<usize, Vec<Arrival<Arc<Parcel>>>>,
}

impl Router {
    /// A network between the nodes of a test, in which nothing is wrong yet but what the settings
    /// say of loss and duplication.
    pub fn new(settings: &Settings, seed: u64) -> Self {
        let mut network = Network::new(seed);
        network.slow(settings.latency, settings.distribution);
        network.lose(settings.loss);
        network.duplicate(settings.duplicate);
        let numbered = settings.nodes.iter().enumerate();
        Self {
            numbers: numbered
                .map(|(number, name)| (name.clone(), number))
                .collect(),
            names: settings.nodes.clone(),
            clients: settings.clients,
            allowed: Allowed::default(),
            network,
            services: None,
            cuts: BTreeMap::new(),
            faults: BTreeMap::new(),
            nodes: vec![NodeInbox::default(); settings.nodes.len()],
            next_id: 0,
            values: 0,
            deliveries: Vec::new(),
            carried: Vec::new(),
            held: BTreeMap::new(),
        }
    }

    /// The same, where nodes may write what Maelstrom would refuse.
    pub fn allowing(settings: &Settings, seed: u64, allowed: Allowed) -> Self {
        Self {
            allowed,
            ..Self::new(settings, seed)
        }
    }

    /// From now on numbers below `count` may be values of clients.
    pub fn values_below(&mut self, count: usize) {
        self.values = count;
    }

    /// A node wrote a line (without its line break).
    pub fn hear(&mut self, now: Duration, node: usize, line: &[u8]) -> Heard {
        let envelope = match envelope::read_allowing(&self.allowed, line) {
            Ok(envelope) => envelope,
            Err(rule) => return Heard::Breach(rule),
        };
        if self.names.get(node) != Some(&envelope.source) {
            return Heard::Breach(Rule::ForeignSource {
                source: envelope.source,
            });
        }
        match self.party(&envelope.destination) {
            Some(Party::Node(to)) => {
                self.send(now, node, to, envelope, line);
                Heard::Sent
            }
            Some(Party::Service(service)) => {
                self.ask_service(now, node, service, envelope, line);
                Heard::Sent
            }
            Some(Party::Client(client)) => {
                self.answered(now, node, client, &envelope, line);
                Heard::ForClient(client, envelope)
            }
            None => Heard::Breach(Rule::UnknownDestination {
                destination: envelope.destination,
            }),
        }
    }

    fn party(&self, name: &str) -> Option<Party> {
        if let Some(node) = self.numbers.get(name) {
            return Some(Party::Node(*node));
        }
        if let Some(service) = ServiceKind::named(name) {
            return self.services.is_some().then_some(Party::Service(service));
        }
        let number = message::client(name)?;
        (number <= self.clients).then_some(Party::Client(number))
    }

    fn send(&mut self, now: Duration, from: usize, to: usize, envelope: Envelope, line: &[u8]) {
        let parcel = Parcel {
            id: self.number(),
            values: envelope.values(self.values),
            kind: envelope.kind,
            has_id: envelope.has_id,
            line: line.to_vec(),
            served: None,
            deaths: self.deaths(from),
        };
        let copies = self.network.send(now, from, to, Arc::new(parcel));
        if let Some(place) = self.nodes.get_mut(from) {
            place.under_way += copies * line.len();
        }
    }

    fn answered(&mut self, now: Duration, node: usize, to: usize, what: &Envelope, line: &[u8]) {
        let id = self.number();
        self.carried.push(Carried {
            id,
            sent: now,
            due: now,
            settled: now,
            source: Party::Node(node),
            destination: Party::Client(to),
            fate: Fate::Delivered,
            kind: what.kind.clone(),
            values: Vec::new(),
            served: None,
            line: line.to_vec(),
        });
    }

    /// A client sends a node a request; `values`: what it gives.
    pub fn ask(&mut self, now: Duration, client: usize, node: usize, asked: Asked) {
        let id = self.number();
        let fate = self.admit(node, asked.line.len());
        if fate == Fate::Delivered {
            self.deliver(node, id, &asked.line, false);
        }
        self.came(
            node,
            Carried {
                id,
                sent: now,
                due: now,
                settled: now,
                source: Party::Client(client),
                destination: Party::Node(node),
                fate,
                kind: asked.kind.to_owned(),
                values: asked.value.into_iter().collect(),
                served: None,
                line: asked.line,
            },
        );
    }

    /// A client sends a node a line byte for byte, and nobody keeps a record of it.
    pub fn tell(&mut self, node: usize, line: &[u8]) {
        let id = self.number();
        if self.admit(node, line.len()) == Fate::Delivered {
            self.deliver(node, id, line, true);
        }
    }

    fn number(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Brings what has come to the end of its way by `now`.
    pub fn settle(&mut self, now: Duration) {
        self.release_held(now);
        while let Some(arrival) = self.network.arrive(now) {
            self.arrive(now, arrival);
        }
    }

    fn arrive(&mut self, now: Duration, arrival: Arrival<Arc<Parcel>>) {
        if let Party::Service(service) = self.party_of(arrival.to) {
            self.serve(now, service, &arrival);
            return;
        }
        let (to, length) = (arrival.to, arrival.message.line.len());
        let fate = match arrival.fate {
            network::ArrivalFate::Lost => Fate::Lost,
            network::ArrivalFate::Cut(cut) => Fate::Cut(self.fault_of(cut)),
            network::ArrivalFate::Delivered if self.is_of_service(&arrival) => {
                self.admit_reply(&arrival)
            }
            network::ArrivalFate::Delivered => match (self.admit(to, length), self.early(to)) {
                (Fate::Delivered, Some(Early::HeldBack)) => {
                    self.hold_back(arrival);
                    return;
                }
                (Fate::Delivered, Some(Early::Dropped(fate))) | (fate, _) => fate,
            },
        };
        if fate == Fate::Delivered {
            let parcel = &arrival.message;
            self.deliver(to, parcel.id, &parcel.line, parcel.has_id);
        }
        self.arrived(now, fate, &arrival);
    }

    fn early(&self, node: usize) -> Option<Early> {
        self.nodes.get(node)?.early
    }

    fn hold_back(&mut self, arrival: Arrival<Arc<Parcel>>) {
        if let Some(place) = self.nodes.get_mut(arrival.to) {
            place.held += arrival.message.line.len();
        }
        self.held.entry(arrival.to).or_default().push(arrival);
    }

    /// Brings what was held back for nodes that have answered `init` by now, or died.
    fn release_held(&mut self, now: Duration) {
        let nodes = &self.nodes;
        let waits = |node: &usize| {
            let place = nodes.get(*node);
            place.is_some_and(|place| place.dead.is_none() && place.early.is_some())
        };
        let free: Vec<_> = self
            .held
            .keys()
            .copied()
            .filter(|node| !waits(node))
            .collect();
        for node in free {
            if let Some(place) = self.nodes.get_mut(node) {
                place.held = 0;
            }
            for arrival in self.held.remove(&node).unwrap_or_default() {
                self.arrive(now, arrival);
            }
        }
    }

    fn arrived(&mut self, now: Duration, fate: Fate, arrival: &Arrival<Arc<Parcel>>) {
        let parcel = &arrival.message;
        if let Some(place) = self.nodes.get_mut(arrival.from) {
            place.under_way = place.under_way.saturating_sub(parcel.line.len());
        }
        self.came(
            arrival.to,
            Carried {
                id: parcel.id,
                sent: arrival.sent,
                due: arrival.due,
                settled: now,
                source: self.party_of(arrival.from),
                destination: self.party_of(arrival.to),
                fate,
                kind: parcel.kind.clone(),
                values: parcel.values.clone(),
                served: parcel.served,
                line: parcel.line.clone(),
            },
        );
    }

    /// The way of a message to a node ends here, unless it has to wait for the node.
    fn came(&mut self, node: usize, carried: Carried) {
        let place = self.nodes.get_mut(node);
        let waits = place.filter(|place| {
            let is_held_up = place.paused.is_some() || place.is_full;
            carried.fate == Fate::Delivered && is_held_up
        });
        match waits {
            Some(place) => place.waiting.push_back((place.queued, carried)),
            None => self.carried.push(carried),
        }
    }

    /// What a node can have read by now has reached it.
    fn release(&mut self, node: usize, now: Option<Duration>) {
        let Some(place) = self.nodes.get_mut(node) else {
            return;
        };
        while place.can_read_next()
            && let Some((_, mut carried)) = place.waiting.pop_front()
        {
            carried.settled = now.unwrap_or(carried.settled);
            self.carried.push(carried);
        }
    }

    /// What waits for a node never reaches it.
    fn drop_waiting(&mut self, node: usize, fate: Fate) {
        let place = self.nodes.get_mut(node);
        let waiting = place.map(|place| std::mem::take(&mut place.waiting));
        let dropped = waiting.into_iter().flatten();
        self.carried
            .extend(dropped.map(|(_, carried)| Carried { fate, ..carried }));
    }

    fn fault_of(&self, cut: CutId) -> usize {
        self.faults.get(&cut).copied().unwrap_or_default()
    }

    /// Whether a node takes so many bytes more.
    fn admit(&self, node: usize, length: usize) -> Fate {
        match self.nodes.get(node) {
            Some(NodeInbox {
                dead: Some(fate), ..
            }) => *fate,
            Some(place)
                if place.unread + place.held + length > ROOM
                    || place.waiting.len() >= WAITING_MAX =>
            {
                Fate::NoRoom
            }
            _ => Fate::Delivered,
        }
    }

    /// The line as the node gets it: with an `id` in front, as Maelstrom gives it one.
    fn deliver(&mut self, node: usize, id: u64, line: &[u8], has_id: bool) {
        let mut bytes = Vec::with_capacity(line.len() + 24);
        let line = line.trim_ascii();
        match line.strip_prefix(b"{") {
            Some(rest) if !has_id => {
                bytes.extend_from_slice(format!("{{\"id\":{id},").as_bytes());
                bytes.extend_from_slice(rest);
            }
            _ => bytes.extend_from_slice(line),
        }
        bytes.push(b'\n');
        if let Some(place) = self.nodes.get_mut(node) {
            place.unread += bytes.len();
            place.queued += bytes.len();
        }
        self.deliveries.push(Delivery { node, bytes });
    }

    /// When something next comes to the end of its way.
    pub fn next_arrival(&self) -> Option<Duration> {
        self.network.next_arrival()
    }

    /// What is to be written now.
    pub fn take_deliveries(&mut self) -> Vec<Delivery> {
        std::mem::take(&mut self.deliveries)
    }

    /// The messages whose way has ended since this was last asked.
    pub fn take_carried(&mut self) -> Vec<Carried> {
        let carried = std::mem::take(&mut self.carried);
        self.forget_replies(&carried);
        carried
    }

    /// So many bytes wait for a node in truth.
    pub fn unread(&mut self, node: usize, bytes: usize) {
        if let Some(place) = self.nodes.get_mut(node) {
            place.unread = bytes;
        }
    }

    /// So many bytes did not fit into a node's pipe: what is among them hasn't reached it.
    pub fn unsent(&mut self, now: Duration, node: usize, bytes: usize) {
        self.unread(node, bytes);
        if let Some(place) = self.nodes.get_mut(node) {
            place.is_full = bytes > 0;
        }
        self.release(node, Some(now));
    }

    /// Whether more of a node's output is wanted now. One that writes faster than its messages
    /// arrive waits, as at any full pipe.
    pub fn listens_to(&self, node: usize) -> bool {
        let place = self.nodes.get(node);
        place.is_none_or(|place| place.under_way < UNDER_WAY_MAX)
    }

    /// It is over: what is under way arrives nowhere.
    pub fn finish(&mut self, now: Duration) {
        self.settle(now);
        for arrival in std::mem::take(&mut self.held).into_values().flatten() {
            self.arrived(now, Fate::UnderWay, &arrival);
        }
        while let Some(arrival) = self.network.arrive(Duration::MAX) {
            self.arrived(now, Fate::UnderWay, &arrival);
        }
        for node in 0..self.nodes.len() {
            self.drop_waiting(node, Fate::NoRoom);
        }
    }
}

/// A client's request, as the node gets it.
#[derive(Debug)]
pub struct Asked {
    pub kind: &'static str,
    /// The value that it gives, if it does.
    pub value: Option<usize>,
    /// The message, without its line break.
    pub line: Vec<u8>,
}

#[cfg(test)]
mod early_tests;
#[cfg(test)]
mod tests;

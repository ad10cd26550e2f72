//! The slow exchange that repairs what double faults and restarts leave behind.
//!
//! One message to one peer in each interval; more only if the two disagree. What a peer lacks
//! is queued to be sent again, like any other. How two nodes find out what they
//! lack is in [`crate::gossip`].

use std::collections::HashSet;
use std::mem;
use std::time::Duration;

use fastrand::Rng;

use super::{Dialect, Moment, Node};
use crate::gossip::{Answer, Index, PARTS, Prefix, Summary};
use crate::message::{NodeId, Payload};
use crate::outbox::Caller;
use crate::settings::Settings;
use crate::values::ValueId;

/// What a node needs to take part.
#[derive(Debug)]
pub(super) struct Gossip {
    interval: Duration,
    /// When to say something next; None: never.
    due: Option<Duration>,
    random: Rng,
    /// Whom there will be something to say to before anybody hears twice, the last one first.
    peers: Vec<NodeId>,
    rounds: u64,
    /// Who has said something since the last round, and who said the last word.
    heard: HashSet<NodeId>,
    heard_last: Option<NodeId>,
    index: Index,
    /// Whether somebody has disagreed since the last round.
    is_index_used: bool,
}

impl Gossip {
    /// A node says nothing of its own accord before one interval has passed. Then it may take half
    /// of another one, so that not all nodes speak at once.
    pub(super) fn new(now: Duration, settings: &Settings) -> Self {
        let interval = settings.gossip_interval;
        let mut random = Rng::with_seed(settings.seed);
        let first = interval.saturating_add(interval.mul_f64(random.f64() / 2.0));
        Self {
            interval,
            due: (!interval.is_zero()).then(|| now.saturating_add(first)),
            random,
            peers: Vec::new(),
            rounds: 0,
            heard: HashSet::new(),
            heard_last: None,
            index: Index::default(),
            is_index_used: false,
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        self.due
    }

    fn take_due(&mut self, moment: Moment) -> bool {
        let is_due = self.due.is_some_and(|due| due <= moment.arrived);
        if is_due {
            self.due = Some(moment.now.saturating_add(self.interval));
            if !mem::take(&mut self.is_index_used) {
                self.index = Index::default();
            }
        }
        is_due
    }

    /// A word from a node, or a client: to be called often, so what is known is passed over soon.
    pub(super) fn hear(&mut self, from: &NodeId) {
        if self.interval.is_zero() || self.heard_last.as_ref() == Some(from) {
            return;
        }
        if !self.heard.contains(from) {
            self.heard.insert(from.clone());
        }
        self.heard_last = Some(from.clone());
    }

    /// Something that had been missed has come by way of repair: others may well have missed it,
    /// too, and whoever told of it may have missed more. So the next round comes sooner.
    pub(super) fn hurry(&mut self, now: Duration) {
        let soon = now.saturating_add(self.interval / 4);
        self.due = self.due.map(|due| due.min(soon));
    }

    /// In every other round a random one, but none twice before all others; those first who have
    /// just been heard. In the rounds between, any of those who have just been heard: whoever lacks
    /// something has no rounds to lose on the dead.
    fn next_peer(&mut self, others: impl Iterator<Item = NodeId> + Clone) -> Option<NodeId> {
        self.heard_last = None;
        let heard = mem::take(&mut self.heard);
        self.rounds += 1;
        if self.rounds.is_multiple_of(2) {
            let alive = others.clone().filter(|peer| heard.contains(peer));
            let alive: Vec<_> = alive.collect();
            if let Some(peer) = self.random.choice(alive) {
                return Some(peer);
            }
        }
        if self.peers.is_empty() {
            self.peers = others.collect();
            self.random.shuffle(&mut self.peers);
        }
        let alive = self.peers.iter().rposition(|peer| heard.contains(peer));
        match alive {
            Some(place) => Some(self.peers.remove(place)),
            None => self.peers.pop(),
        }
    }
}

impl Node {
    /// Tells somebody what there is, if it is time to.
    pub(super) fn gossip(&mut self, moment: Moment) {
        if !self.gossip.take_due(moment) {
            return;
        }
        let (members, dialects) = (self.members.iter(), &self.dialects);
        let others = members
            .filter(|node| **node != self.id && dialects.get(*node) != Some(&Dialect::Plain));
        if let Some(peer) = self.gossip.next_peer(others.cloned()) {
            let ranges = vec![Summary::of_all(&self.values)];
            self.outbox
                .send(&self.id, &peer, Payload::Gossip { ranges });
        }
    }

    /// A node has told what it has. Ours never speak of more ranges than there are parts of one.
    pub(super) fn compare(&mut self, now: Duration, caller: &Caller, ranges: &[Summary]) {
        if !self.is_member(caller) {
            return;
        }
        let mut lacking = Vec::new();
        for theirs in ranges.iter().take(PARTS) {
            let payload = match self.gossip.index.compare(&self.values, theirs) {
                Answer::Nothing => continue,
                Answer::Values(ids) => {
                    lacking.extend(ids);
                    continue;
                }
                Answer::Summaries(ranges) => Payload::Gossip { ranges },
                Answer::Hashes(hashes) => Payload::GossipHave {
                    prefix: theirs.prefix,
                    hashes,
                },
            };
            self.gossip.is_index_used = true;
            self.outbox.send(&self.id, &caller.name, payload);
        }
        self.send_missing(now, &caller.name, &lacking);
    }

    /// A node has told the hashes of all that it has in a range.
    pub(super) fn complete(
        &mut self,
        now: Duration,
        caller: &Caller,
        prefix: Prefix,
        hashes: &[u64],
    ) {
        if !self.is_member(caller) {
            return;
        }
        let index = &mut self.gossip.index;
        let difference = index.difference(&self.values, prefix, hashes);
        self.gossip.is_index_used = true;
        if !difference.ours.is_empty() {
            let hashes = difference.ours;
            self.outbox
                .send(&self.id, &caller.name, Payload::GossipWant { hashes });
        }
        self.send_missing(now, &caller.name, &difference.theirs);
    }

    /// A node has asked for values by their hashes.
    pub(super) fn provide(&mut self, now: Duration, caller: &Caller, hashes: &[u64]) {
        if self.is_member(caller) {
            let wanted = hashes.iter().flat_map(|hash| self.values.with_hash(*hash));
            let wanted: Vec<_> = wanted.collect();
            self.send_missing(now, &caller.name, &wanted);
        }
    }

    fn send_missing(&mut self, now: Duration, peer: &NodeId, ids: &[ValueId]) {
        for id in ids {
            self.resend.owe(now, peer, *id);
        }
        if !ids.is_empty() && !self.resend.is_batch_under_way(peer) {
            self.send_owed(peer);
        }
    }

    /// Values are owed to members only.
    fn is_member(&self, caller: &Caller) -> bool {
        self.members.contains(&caller.name) && caller.name != self.id
    }
}

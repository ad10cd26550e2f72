//! The requests that wait for an answer, by number and by the time at which nobody waits any longer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::cluster::workload::Request;

/// A request without an answer yet.
#[derive(Debug, Clone)]
pub struct Pending {
    pub node: usize,
    pub asked: Duration,
    pub until: Duration,
    /// Whether that is less than usual, as the node broke a rule meanwhile, or is about to.
    pub hurried: bool,
    pub purpose: RequestPurpose,
}

/// What a request is for.
#[derive(Debug, Clone)]
pub enum RequestPurpose {
    /// To tell a node who it is.
    Init,
    /// What the workload asks of it next, before any client asks.
    Introduction {
        /// Which of these requests, from 0.
        place: usize,
        kind: &'static str,
    },
    /// An operation of the history.
    Operation(Asking),
}

/// An operation under way.
#[derive(Debug, Clone)]
pub struct Asking {
    pub operation: usize,
    pub client: usize,
    pub request: Request,
    pub kind: &'static str,
}

impl RequestPurpose {
    /// The type of the message.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Introduction { kind, .. } => kind,
            Self::Operation(asking) => asking.kind,
        }
    }

    /// Who asks: the harness is client 0.
    pub fn client(&self) -> usize {
        match self {
            Self::Operation(asking) => asking.client,
            Self::Init | Self::Introduction { .. } => 0,
        }
    }

    /// The value that it gives to the cluster.
    pub fn value(&self) -> Option<usize> {
        match self {
            Self::Operation(asking) => asking.request.value(),
            Self::Init | Self::Introduction { .. } => None,
        }
    }
}

/// All requests without an answer, by their `msg_id`.
#[derive(Debug, Default)]
pub struct Table {
    pending: BTreeMap<u64, Pending>,
    timeouts: BTreeSet<(Duration, u64)>,
}

impl Table {
    pub fn insert(&mut self, msg_id: u64, pending: Pending) {
        self.timeouts.insert((pending.until, msg_id));
        self.pending.insert(msg_id, pending);
    }

    /// Who waits for this node's answer to a request.
    pub fn asker(&self, node: usize, msg_id: u64) -> Option<usize> {
        let pending = self.pending.get(&msg_id)?;
        (pending.node == node).then(|| pending.purpose.client())
    }

    /// The first request that this node has not answered yet.
    pub fn to(&self, node: usize) -> Option<(u64, RequestPurpose)> {
        let mut pending = self.pending.iter();
        let (msg_id, pending) = pending.find(|(_, pending)| pending.node == node)?;
        Some((*msg_id, pending.purpose.clone()))
    }

    /// From now on nobody waits for this node's answers longer than until then.
    pub fn hurry(&mut self, node: usize, until: Duration) {
        self.wait_until(node, until, true, |pending| pending.until > until);
    }

    /// This node is waited for until then after all.
    pub fn relax(&mut self, node: usize, until: Duration) {
        self.wait_until(node, until, false, |pending| pending.hurried);
    }

    /// What this node was asked counts as asked now, and is waited for until then.
    pub fn begin(&mut self, node: usize, now: Duration, until: Duration) {
        self.wait_until(node, until, false, |_| true);
        let asked = self.pending.values_mut();
        asked
            .filter(|pending| pending.node == node)
            .for_each(|pending| pending.asked = now);
    }

    fn wait_until(
        &mut self,
        node: usize,
        until: Duration,
        hurried: bool,
        of: impl Fn(&Pending) -> bool,
    ) {
        let asked = self.pending.iter_mut();
        for (msg_id, pending) in asked.filter(|(_, p)| p.node == node && of(p)) {
            self.timeouts.remove(&(pending.until, *msg_id));
            pending.until = until;
            pending.hurried = hurried;
            self.timeouts.insert((until, *msg_id));
        }
    }

    /// Whether this node is waited for less long than usual.
    pub fn is_hurried(&self, node: usize) -> bool {
        let mut asked = self.pending.values();
        asked.any(|pending| pending.node == node && pending.hurried)
    }

    /// Takes the request that this node answered.
    pub fn answered(&mut self, node: usize, msg_id: u64) -> Option<Pending> {
        let is_asked = self.pending.get(&msg_id)?.node == node;
        is_asked.then(|| self.take(msg_id)).flatten()
    }

    /// Takes the next request whose time is over, with its `msg_id`.
    pub fn timed_out(&mut self, now: Duration) -> Option<(u64, Pending)> {
        let (until, msg_id) = self.timeouts.first().copied()?;
        let pending = (until <= now).then(|| self.take(msg_id)).flatten()?;
        Some((msg_id, pending))
    }

    /// The requests whose time is over.
    pub fn overdue(&self, now: Duration) -> impl Iterator<Item = &Pending> {
        let overdue = self
            .timeouts
            .iter()
            .take_while(move |(until, _)| *until <= now);
        overdue.filter_map(|(_, msg_id)| self.pending.get(msg_id))
    }

    /// Takes all requests to a node.
    pub fn take_to(&mut self, node: usize) -> Vec<Pending> {
        let asked = self
            .pending
            .iter()
            .filter(|(_, pending)| pending.node == node);
        let asked: Vec<_> = asked.map(|(msg_id, _)| *msg_id).collect();
        asked
            .into_iter()
            .filter_map(|msg_id| self.take(msg_id))
            .collect()
    }

    pub fn take_all(&mut self) -> Vec<Pending> {
        self.timeouts.clear();
        std::mem::take(&mut self.pending).into_values().collect()
    }

    /// When the next one's time is over.
    pub fn next_timeout(&self) -> Option<Duration> {
        self.timeouts.first().map(|(until, _)| *until)
    }

    /// Whether nobody waits for anything.
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    fn take(&mut self, msg_id: u64) -> Option<Pending> {
        let pending = self.pending.remove(&msg_id)?;
        self.timeouts.remove(&(pending.until, msg_id));
        Some(pending)
    }
}

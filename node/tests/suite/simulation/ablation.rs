//! Nodes that lack a safeguard, made of whole ones: what they say and hear is changed on its way so
//! that it comes to the same as if the safeguard were not there.
//!
//! The node itself knows nothing of this.

use std::collections::HashSet;

use indexmap::IndexSet;
use node::message::{Body, Incoming, NodeId, Outgoing, Payload, Request, Route, Topology};
use node::tree::Tree;
use node::value::Value;

use super::plan::Mode;

/// Something that keeps a node from losing values or repeating them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safeguard {
    /// What is not acknowledged is sent again.
    Retry,
    /// What a neighbor doesn't acknowledge goes around it.
    Fallback,
    /// A value is stored once.
    Dedup,
    /// Everything is acknowledged, also what is known already.
    AckAlways,
    /// Nodes compare what they have.
    AntiEntropy,
}

impl Safeguard {
    /// Whether nothing else makes up for it in such a run, and it can be taken away alone.
    pub fn matters_in(self, mode: Mode) -> bool {
        match self {
            Self::Retry => mode == Mode::BadNetwork,
            Self::Fallback => mode == Mode::OneDies,
            Self::Dedup | Self::AckAlways => mode != Mode::Everything,
            Self::AntiEntropy => mode == Mode::Everything,
        }
    }
}

/// What stands between a node and all others.
pub struct Ablation {
    without: Safeguard,
    neighbors: HashSet<NodeId>,
    /// All values that this incarnation has been sent.
    known: HashSet<Value>,
    arrivals: usize,
}

impl Ablation {
    /// For the node `own` of those that are named.
    pub fn new(without: Safeguard, own: &NodeId, names: &[NodeId], topology: &Topology) -> Self {
        let names: IndexSet<_> = names.iter().cloned().collect();
        let tree = Tree::new(own, &names, topology);
        Self {
            without,
            neighbors: tree.neighbors().iter().cloned().collect(),
            known: HashSet::new(),
            arrivals: 0,
        }
    }

    /// What the node hears when it is sent `message`.
    pub fn hear(&mut self, mut message: Incoming) -> Incoming {
        if let Body::Request { msg_id, request } = &mut message.body {
            let values = values_in(request);
            let is_known = values.iter().all(|value| self.known.contains(value));
            self.known.extend(values.iter().cloned());
            let is_silent = self.without == Safeguard::AckAlways;
            if is_silent && is_known && !values.is_empty() {
                *msg_id = None;
            }
            if self.without == Safeguard::Dedup {
                for value in values {
                    self.make_unique(value);
                }
            }
        }
        message
    }

    /// What others hear when the node says `message`.
    pub fn say(&self, mut message: Outgoing) -> Option<Outgoing> {
        let (route, values) = match &mut message.payload {
            Payload::Broadcast { message, route } => (*route, std::slice::from_mut(message)),
            Payload::Batch {
                messages, route, ..
            } => (*route, messages.as_mut_slice()),
            _ => return Some(message),
        };
        values.iter_mut().for_each(restore);
        let is_lost = match self.without {
            Safeguard::Retry => route == Route::Repair,
            Safeguard::Fallback => !self.neighbors.contains(&message.dest),
            _ => false,
        };
        (!is_lost).then_some(message)
    }

    /// As often as it arrives, it is another value to the node.
    fn make_unique(&mut self, value: &mut Value) {
        self.arrivals += 1;
        let text = format!("[{},{}]", value.as_json(), self.arrivals);
        *value = Value::from_json(&text).unwrap();
    }
}

fn restore(value: &mut Value) {
    *value = Value::from_json(original(value.as_json())).unwrap();
}

/// The number of which a unique value was made, if it is one.
pub fn original(text: &str) -> &str {
    let text = text.trim_start_matches('[');
    text.split_once(',').map_or(text, |(number, _)| number)
}

fn values_in(request: &mut Request) -> &mut [Value] {
    match request {
        Request::Broadcast { message, .. } => std::slice::from_mut(message),
        Request::Batch(batch) => &mut batch.messages,
        _ => &mut [],
    }
}

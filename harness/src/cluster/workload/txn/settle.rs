//! What every node is asked once all is healed: each key that was written, some in each transaction, again and
//! again until all nodes show the same.

use std::collections::BTreeMap;

use super::{TxnReply, TxnRequest};
use crate::txn::atom::Atom;
use crate::txn::{Access, MicroOperation, ObjectKind, Observed};

/// How many keys a transaction reads, as those of Jepsen do in the end.
const KEYS_AT_ONCE: usize = 8;

/// What is known of the state of nodes.
#[derive(Debug)]
pub struct TxnSettling {
    objects: ObjectKind,
    /// The keys that were written, and the place of each among `order`.
    places: BTreeMap<Atom, usize>,
    order: Vec<Atom>,
    nodes: Vec<NodeShown>,
}

/// What a node showed.
#[derive(Debug, Clone, Default)]
struct NodeShown {
    /// By key, what it showed last.
    shown: Vec<Option<Observed>>,
    /// The key that it is asked for next.
    next: usize,
}

impl TxnSettling {
    /// Nothing was written, and so many nodes showed nothing.
    pub fn new(nodes: usize, objects: ObjectKind) -> Self {
        Self {
            objects,
            places: BTreeMap::new(),
            order: Vec::new(),
            nodes: vec![NodeShown::default(); nodes],
        }
    }

    /// A transaction ended, however it did: what it was to write may be there.
    pub fn ended(&mut self, request: &TxnRequest) {
        for operation in &*request.operations {
            let is_write = matches!(operation.access, Access::Write(_));
            if is_write && !self.places.contains_key(&operation.key) {
                self.places.insert(operation.key.clone(), self.order.len());
                self.order.push(operation.key.clone());
            }
        }
    }

    /// A node showed keys now that all is healed. Says whether there are more keys to ask it for at once.
    pub fn showed(&mut self, node: usize, reply: &TxnReply) -> bool {
        let Some(state) = self.nodes.get_mut(node) else {
            return false;
        };
        state.shown.resize(self.order.len(), None);
        for operation in &reply.operations {
            let place = self.places.get(&operation.key);
            let shown = place.and_then(|place| state.shown.get_mut(*place));
            if let (Some(shown), Access::Read(observed)) = (shown, &operation.access) {
                *shown = Some(observed.clone());
            }
        }
        state.next += KEYS_AT_ONCE;
        if state.next >= self.order.len() {
            state.next = 0;
        }
        state.next > 0
    }

    /// What a node is asked next.
    pub fn request(&self, node: usize) -> TxnRequest {
        let next = self.nodes.get(node).map_or(0, |state| state.next);
        self.read(next)
    }

    /// What each node is asked in the end: what it had shown of these keys is known.
    pub fn last(&self) -> TxnRequest {
        self.read(self.order.len().saturating_sub(KEYS_AT_ONCE))
    }

    fn read(&self, from: usize) -> TxnRequest {
        let keys = self.order.iter().skip(from).take(KEYS_AT_ONCE);
        let operations = keys.map(|key| MicroOperation {
            key: key.clone(),
            access: Access::Read(Observed::Nothing),
        });
        TxnRequest {
            operations: operations.collect(),
            objects: self.objects,
        }
    }

    /// Whether a node has shown each key, and of each what the others showed.
    pub fn has_all(&self, node: usize) -> bool {
        let Some(state) = self.nodes.get(node) else {
            return true;
        };
        let is_whole = state.next == 0 && state.shown.len() == self.order.len();
        let others = self.nodes.iter();
        let mut others = others.filter(|other| !other.shown.is_empty());
        let agrees = |other: &NodeShown| {
            let pairs = state.shown.iter().zip(&other.shown);
            let mut pairs = pairs.filter(|(_, other)| other.is_some());
            pairs.all(|(one, other)| list(one.as_ref()) == list(other.as_ref()))
        };
        self.order.is_empty()
            || (is_whole && state.shown.iter().all(Option::is_some) && others.all(agrees))
    }
}

/// What was shown; an empty list is as good as none.
fn list(shown: Option<&Observed>) -> &[Atom] {
    shown.map_or(&[], Observed::list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(keys: i64) -> TxnRequest {
        let write = |key| MicroOperation {
            key: Atom::Integer(key),
            access: Access::Write(Atom::Integer(1)),
        };
        TxnRequest {
            operations: (0..keys).map(write).collect(),
            objects: ObjectKind::Register,
        }
    }

    /// The reply in which each key has this value.
    fn reply(request: &TxnRequest, value: i64) -> TxnReply {
        let shown = |operation: &MicroOperation| MicroOperation {
            key: operation.key.clone(),
            access: Access::Read(Observed::One(Atom::Integer(value))),
        };
        TxnReply {
            operations: request.operations.iter().map(shown).collect(),
            objects: ObjectKind::Register,
        }
    }

    #[test]
    fn every_key_is_read_on_every_node_until_all_agree() {
        let mut settling = TxnSettling::new(2, ObjectKind::Register);
        assert!(settling.has_all(0), "nothing was written");
        settling.ended(&request(10));
        let first = settling.request(0);
        assert_eq!(first.operations.len(), 8);
        assert!(settling.showed(0, &reply(&first, 1)));
        let second = settling.request(0);
        assert_eq!(second.operations.len(), 2);
        assert!(!settling.has_all(0));
        assert!(!settling.showed(0, &reply(&second, 1)));
        assert!(settling.has_all(0), "the other one has shown nothing yet");
        for value in [2, 1] {
            for _ in 0..2 {
                let request = settling.request(1);
                settling.showed(1, &reply(&request, value));
            }
            assert_eq!(settling.has_all(1), value == 1);
            assert_eq!(settling.has_all(0), value == 1);
        }
    }
}

//! Values that go around a failed neighbor, to each node that may be behind it.
//!
//! Where values wait for others at all, these wait for an ack timeout: each has just waited that
//! long in vain, and what times out meanwhile goes the same ways, so that it shares the messages.
//! The centre of a star has all other nodes behind it: without that, its failure makes every value
//! cost a message and an ack for each of them. Nothing is sent from here.

use std::time::Duration;

use indexmap::IndexMap;

use crate::batch::Item;
use crate::message::NodeId;

/// What waits, by the node that it goes to.
#[derive(Debug)]
pub struct FallbackBatch {
    wait: Duration,
    peers: IndexMap<NodeId, Vec<Item>>,
    /// When all of it leaves.
    due: Option<Duration>,
}

impl FallbackBatch {
    /// None yet; the first one waits for `wait`, those after it as long as it does.
    pub fn new(wait: Duration) -> Self {
        Self {
            wait,
            peers: IndexMap::new(),
            due: None,
        }
    }

    /// Adds a value that goes to `peer`; returns when it leaves.
    pub fn put(&mut self, now: Duration, peer: &NodeId, item: Item) -> Duration {
        self.peers.entry(peer.clone()).or_default().push(item);
        *self.due.get_or_insert(now.saturating_add(self.wait))
    }

    /// Forgets what goes to `peer`: it gets that in another way.
    pub fn leave_out(&mut self, peer: &NodeId) {
        self.peers.shift_remove(peer);
    }

    pub fn next_deadline(&self) -> Option<Duration> {
        self.due
    }

    /// What leaves by `now`: all of it, or nothing.
    pub fn take_due(&mut self, now: Duration) -> Option<IndexMap<NodeId, Vec<Item>>> {
        self.due.take_if(|due| *due <= now)?;
        Some(std::mem::take(&mut self.peers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;
    use crate::values::ValueId;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn item(number: u32) -> Item {
        let value = Value::from_json(&number.to_string()).unwrap();
        (ValueId(number), value)
    }

    #[test]
    fn all_leave_when_the_first_has_waited() {
        let (n1, n2) = (NodeId::from("n1"), NodeId::from("n2"));
        let mut batch = FallbackBatch::new(at(500));
        assert_eq!(batch.next_deadline(), None);
        batch.put(at(100), &n2, item(1));
        batch.put(at(300), &n1, item(1));
        batch.put(at(599), &n2, item(2));
        assert_eq!(batch.next_deadline(), Some(at(600)));
        assert_eq!(batch.take_due(at(599)), None);
        let left: Vec<_> = batch.take_due(at(600)).unwrap().into_iter().collect();
        assert_eq!(
            left,
            [(n2, vec![item(1), item(2)]), (n1.clone(), vec![item(1)])]
        );
        assert_eq!(batch.next_deadline(), None);
        assert_eq!(batch.take_due(Duration::MAX), None);
        batch.put(at(700), &n1, item(3));
        assert_eq!(batch.next_deadline(), Some(at(1200)));
    }
}

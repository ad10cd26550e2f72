//! What waits to be sent together: values and acks for the same peer, for a flush interval.
//!
//! Everything leaves at the same moment, so that no ack is on its way before the forwards of what
//! it acknowledges: a crash alone loses nothing that anybody was told is safe. The first value
//! after a pause leaves at once; only what follows within the interval waits. Acks may wait for
//! as long as it takes, for nobody but a timer waits for them. With an interval of zero nothing
//! is ever put in here.

use std::time::Duration;

use indexmap::IndexMap;

use crate::message::{MsgId, NodeId};
use crate::outbox::Caller;
use crate::value::Value;
use crate::values::ValueId;

/// A value by its number and its text.
pub type Item = (ValueId, Value);

/// What waits for one peer.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Batch {
    pub forwards: Vec<Item>,
    /// What is to be acknowledged.
    pub acks: Vec<MsgId>,
}

/// What waits for all peers, and the clients whose values are among it.
#[derive(Debug)]
pub struct Batches {
    interval: Duration,
    /// In the order in which something was put in.
    peers: IndexMap<NodeId, Batch>,
    clients: Vec<Caller>,
    has_values: bool,
    due: Option<Duration>,
    /// The earliest time for the next values.
    values_due: Duration,
}

impl Batches {
    /// An empty one, for an interval.
    pub fn new(interval: Duration) -> Self {
        Self {
            interval,
            peers: IndexMap::new(),
            clients: Vec::new(),
            has_values: false,
            due: None,
            values_due: Duration::ZERO,
        }
    }

    /// Whether things are put in here at all.
    pub fn collects(&self) -> bool {
        !self.interval.is_zero()
    }

    /// Adds a value that goes along the tree.
    pub fn put_forward(&mut self, now: Duration, peer: &NodeId, item: Item) {
        self.batch(peer).forwards.push(item);
        self.has_values = true;
        self.wait_until(self.values_due.max(now));
    }

    pub fn put_ack(&mut self, now: Duration, peer: &NodeId, msg_id: MsgId) {
        self.batch(peer).acks.push(msg_id);
        self.wait_until(now.saturating_add(self.interval));
    }

    /// Adds a client that is to be told that its value is safe once that has left.
    pub fn put_client(&mut self, client: Caller) {
        self.clients.push(client);
    }

    pub fn next_deadline(&self) -> Option<Duration> {
        self.due
    }

    /// The clients that need not wait any longer: all of them, unless a value waits.
    pub fn take_clients(&mut self) -> Vec<Caller> {
        if self.has_values {
            return Vec::new();
        }
        std::mem::take(&mut self.clients)
    }

    /// Empties it if it is time to: what goes to each peer.
    pub fn take_due(&mut self, now: Duration) -> Option<IndexMap<NodeId, Batch>> {
        self.due.filter(|due| *due <= now)?;
        self.due = None;
        if std::mem::take(&mut self.has_values) {
            self.values_due = now.saturating_add(self.interval);
        }
        Some(std::mem::take(&mut self.peers))
    }

    fn batch(&mut self, peer: &NodeId) -> &mut Batch {
        self.peers.entry(peer.clone()).or_default()
    }

    fn wait_until(&mut self, due: Duration) {
        self.due = Some(self.due.map_or(due, |before| before.min(due)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn item(number: u32) -> Item {
        let value = Value::from_json(&number.to_string()).unwrap();
        (ValueId(number), value)
    }

    fn peer(name: &str) -> NodeId {
        NodeId::from(name)
    }

    /// How many forwards and acks leave for each peer.
    fn check(batches: &mut Batches, now: u64, expected: &[(&str, usize, usize)]) {
        let batches = batches.take_due(at(now)).unwrap_or_default();
        let counts: Vec<_> = batches
            .iter()
            .map(|(peer, batch)| (peer.to_string(), batch.forwards.len(), batch.acks.len()))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(peer, forwards, acks)| (peer.to_string(), *forwards, *acks))
            .collect();
        assert_eq!(counts, expected, "at {now} ms");
    }

    #[test]
    fn the_first_value_leaves_at_once_and_the_next_ones_together() {
        let mut batches = Batches::new(at(100));
        batches.put_forward(at(5), &peer("n1"), item(1));
        check(&mut batches, 5, &[("n1", 1, 0)]);
        for time in [20, 90] {
            batches.put_forward(at(time), &peer("n2"), item(2));
            batches.put_forward(at(time), &peer("n1"), item(3));
            assert_eq!(batches.next_deadline(), Some(at(105)));
            check(&mut batches, time, &[]);
        }
        check(&mut batches, 105, &[("n2", 2, 0), ("n1", 2, 0)]);
        assert_eq!(batches.next_deadline(), None);
        batches.put_forward(at(300), &peer("n1"), item(4));
        check(&mut batches, 300, &[("n1", 1, 0)]);
    }

    #[test]
    fn acks_wait_and_leave_with_the_next_value() {
        let mut batches = Batches::new(at(100));
        batches.put_ack(at(0), &peer("n1"), MsgId::from(1));
        check(&mut batches, 99, &[]);
        batches.put_ack(at(99), &peer("n1"), MsgId::from(2));
        check(&mut batches, 100, &[("n1", 0, 2)]);
        batches.put_ack(at(110), &peer("n1"), MsgId::from(3));
        batches.put_forward(at(120), &peer("n2"), item(1));
        check(&mut batches, 120, &[("n1", 0, 1), ("n2", 1, 0)]);
    }

    #[test]
    fn a_client_waits_as_long_as_a_value_does() {
        let client = Caller {
            name: peer("c1"),
            msg_id: None,
        };
        let mut batches = Batches::new(at(100));
        batches.put_client(client.clone());
        assert_eq!(batches.take_clients().len(), 1);
        batches.put_forward(at(0), &peer("n1"), item(1));
        batches.put_client(client);
        assert!(batches.take_clients().is_empty());
        assert!(batches.take_due(at(0)).is_some());
        assert_eq!(batches.take_clients().len(), 1);
    }
}

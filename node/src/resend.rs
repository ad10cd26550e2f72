//! What each peer has not acknowledged after a timeout, and when to send it again.
//!
//! A peer's backlog begins where the tree has failed. Until its ack comes, a value is sent again and again:
//! after twice the ack timeout (the first one has passed in vain), then each time twice as late as
//! before, up to a few seconds. A peer that let a timeout pass is under suspicion; the first word
//! from it ends that, and is the moment to send what it lacks. Before the node may speak of its own
//! accord, that is the only one.
//!
//! It sends nothing and knows values by number only. Counting failures is the business of
//! [`crate::acks`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use roaring::RoaringBitmap;

use crate::message::NodeId;
use crate::values::ValueId;

/// How long the wait between two attempts gets, at most (unless the ack timeout is longer).
const WAIT_MAX: Duration = Duration::from_secs(4);

/// How many values under way to one peer are remembered. An ack for an older one goes unnoticed,
/// and its values are sent once more.
const UNDER_WAY_MAX: usize = 1 << 16;

/// What one node has to send again, by peer; a peer that is owed nothing has no entry.
#[derive(Debug)]
pub struct ResendQueue {
    ack_timeout: Duration,
    /// No attempt is due before.
    quiet_until: Duration,
    peers: BTreeMap<NodeId, Backlog>,
}

#[derive(Debug)]
struct Backlog {
    owed: RoaringBitmap,
    /// Which messages carried which of them.
    under_way: BTreeSet<(u64, ValueId)>,
    /// The last message that carried as much as fitted: its ack calls for the next.
    batch: Option<u64>,
    due: Duration,
    /// How long to wait after that.
    wait: Duration,
    /// A timeout has passed without an ack or any other word.
    is_suspect: bool,
    /// Before this, a word changes nothing: one that talks but doesn't hear us would get
    /// everything again with every word.
    heard_after: Duration,
}

impl ResendQueue {
    /// Nothing to send yet; each ack may take `ack_timeout`, and no attempt is due before `quiet_until`.
    pub fn new(ack_timeout: Duration, quiet_until: Duration) -> Self {
        Self {
            ack_timeout,
            quiet_until,
            peers: BTreeMap::new(),
        }
    }

    /// `peer` should get `value`, which it may lack.
    pub fn owe(&mut self, now: Duration, peer: &NodeId, value: ValueId) {
        self.backlog(now, peer).owed.insert(value.0);
    }

    /// Message `msg_id` carries `value` to `peer`: its ack settles that, if the peer has a backlog.
    pub fn carry(&mut self, peer: &NodeId, msg_id: u64, value: ValueId) {
        let Some(backlog) = self.peers.get_mut(peer) else {
            return;
        };
        backlog.under_way.insert((msg_id, value));
        if backlog.under_way.len() > UNDER_WAY_MAX {
            backlog.under_way.pop_first();
        }
    }

    /// The ack of message `msg_id` to `peer` is to be followed by what is still owed then.
    pub fn expect_more(&mut self, peer: &NodeId, msg_id: u64) {
        if let Some(backlog) = self.peers.get_mut(peer) {
            backlog.batch = Some(msg_id);
        }
    }

    /// `from` acknowledges message `msg_id`. True if more should follow at once.
    pub fn settle(&mut self, now: Duration, msg_id: u64, from: &NodeId) -> bool {
        let Some(backlog) = self.peers.get_mut(from) else {
            return false;
        };
        let all = (msg_id, ValueId::FIRST)..=(msg_id, ValueId::LAST);
        while let Some(carried) = backlog.under_way.range(all.clone()).next().copied() {
            backlog.under_way.remove(&carried);
            backlog.owed.remove(carried.1.0);
        }
        let is_batch = backlog.batch.take_if(|batch| *batch == msg_id).is_some();
        if backlog.owed.is_empty() {
            self.peers.remove(from);
            return false;
        }
        if is_batch {
            backlog.is_suspect = false;
            backlog.wait_anew(now, self.ack_timeout, self.quiet_until);
        }
        is_batch
    }

    /// Whether there is a message to `peer` whose ack will call for more.
    pub fn is_batch_under_way(&self, peer: &NodeId) -> bool {
        self.peers
            .get(peer)
            .is_some_and(|backlog| backlog.batch.is_some())
    }

    /// `peer` has let a timeout pass.
    pub fn suspect(&mut self, peer: &NodeId) {
        if let Some(backlog) = self.peers.get_mut(peer) {
            backlog.is_suspect = true;
        }
    }

    /// There is a word from `peer`. True if that is the moment to send what it lacks.
    pub fn hear(&mut self, now: Duration, peer: &NodeId) -> bool {
        match self.peers.get_mut(peer) {
            Some(backlog) if backlog.is_suspect && backlog.heard_after <= now => {
                backlog.attempt(now, self.ack_timeout, self.quiet_until);
                true
            }
            _ => false,
        }
    }

    /// `peer` has not understood what it was sent. True if it is to get that at once in other
    /// words.
    pub fn rephrase(&mut self, now: Duration, peer: &NodeId) -> bool {
        match self.peers.get_mut(peer) {
            Some(backlog) if backlog.batch.is_some() => {
                backlog.attempt(now, self.ack_timeout, self.quiet_until);
                true
            }
            _ => false,
        }
    }

    /// When the next attempt is due.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.peers.values().map(|backlog| backlog.due).min()
    }

    /// A peer to which it is time to send again by `judged`; the next time is counted from `now`.
    pub fn take_due(&mut self, judged: Duration, now: Duration) -> Option<NodeId> {
        let is_due = |(_, backlog): &(&NodeId, &mut Backlog)| backlog.due <= judged;
        let (peer, backlog) = self.peers.iter_mut().find(is_due)?;
        backlog.is_suspect = true;
        backlog.due = now.saturating_add(backlog.wait);
        let wait_max = WAIT_MAX.max(self.ack_timeout);
        backlog.wait = backlog.wait.saturating_mul(2).min(wait_max);
        Some(peer.clone())
    }

    /// Whether `peer` is owed `value`.
    pub fn is_owed(&self, peer: &NodeId, value: ValueId) -> bool {
        let backlog = self.peers.get(peer);
        backlog.is_some_and(|backlog| backlog.owed.contains(value.0))
    }

    /// What `peer` is owed, first come first.
    pub fn owed(&self, peer: &NodeId) -> impl Iterator<Item = ValueId> {
        let owed = self.peers.get(peer).into_iter();
        owed.flat_map(|backlog| backlog.owed.iter().map(ValueId))
    }

    fn backlog(&mut self, now: Duration, peer: &NodeId) -> &mut Backlog {
        let wait = self.ack_timeout.saturating_mul(2);
        let new = || Backlog {
            owed: RoaringBitmap::new(),
            under_way: BTreeSet::new(),
            batch: None,
            due: now.saturating_add(wait).max(self.quiet_until),
            wait: wait.saturating_mul(2),
            is_suspect: false,
            heard_after: Duration::ZERO,
        };
        self.peers.entry(peer.clone()).or_insert_with(new)
    }
}

impl Backlog {
    /// Its peer has been heard, and gets what it lacks now.
    fn attempt(&mut self, now: Duration, ack_timeout: Duration, quiet_until: Duration) {
        self.is_suspect = false;
        self.heard_after = now.saturating_add(ack_timeout);
        self.wait_anew(now, ack_timeout, quiet_until);
    }

    /// Something is sent now: the next attempt is due a timeout later.
    fn wait_anew(&mut self, now: Duration, ack_timeout: Duration, quiet_until: Duration) {
        self.due = now.saturating_add(ack_timeout).max(quiet_until);
        self.wait = ack_timeout.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_millis(500);

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn node(name: &str) -> NodeId {
        NodeId::from(name)
    }

    /// n1 was sent values 1, 2 and 3 in messages 11, 12 and 13.
    fn queue() -> ResendQueue {
        let mut queue = ResendQueue::new(TIMEOUT, Duration::ZERO);
        for value in 1..=3 {
            queue.owe(at(0), &node("n1"), ValueId(value));
            queue.carry(&node("n1"), 10 + u64::from(value), ValueId(value));
        }
        queue
    }

    fn owed(queue: &ResendQueue) -> Vec<u32> {
        queue.owed(&node("n1")).map(|value| value.0).collect()
    }

    #[test]
    fn attempts_are_ever_further_apart_up_to_a_few_seconds() {
        let mut queue = queue();
        let mut times = Vec::new();
        while let Some(due) = queue.next_deadline().filter(|due| *due < at(20_000)) {
            let before = due.saturating_sub(at(1));
            assert_eq!(queue.take_due(before, before), None);
            assert_eq!(queue.take_due(due, due), Some(node("n1")));
            assert_eq!(queue.take_due(due, due), None);
            times.push(due.as_millis());
        }
        assert_eq!(times, [1000, 3000, 7000, 11_000, 15_000, 19_000]);
        assert_eq!(owed(&queue), [1, 2, 3]);
    }

    #[test]
    fn at_first_only_a_word_calls_for_an_attempt() {
        let mut queue = ResendQueue::new(TIMEOUT, at(5000));
        queue.owe(at(0), &node("n1"), ValueId(1));
        assert_eq!(queue.next_deadline(), Some(at(5000)));
        queue.suspect(&node("n1"));
        assert!(queue.hear(at(700), &node("n1")));
        assert_eq!(queue.next_deadline(), Some(at(5000)));
    }

    #[test]
    fn an_ack_settles_what_its_message_carried_however_late() {
        let mut queue = queue();
        for value in [1, 3] {
            queue.carry(&node("n1"), 20, ValueId(value));
        }
        assert!(!queue.settle(at(1), 12, &node("n2")));
        assert_eq!(owed(&queue), [1, 2, 3]);
        assert!(!queue.settle(at(1), 20, &node("n1")));
        assert_eq!(owed(&queue), [2]);
        queue.take_due(at(9000), at(9000));
        assert!(!queue.settle(at(9001), 12, &node("n1")));
        assert_eq!(queue.next_deadline(), None);
    }

    #[test]
    fn the_ack_of_a_batch_calls_for_the_next() {
        let mut queue = queue();
        queue.carry(&node("n1"), 20, ValueId(1));
        queue.expect_more(&node("n1"), 20);
        assert!(!queue.settle(at(1), 12, &node("n1")));
        assert!(queue.settle(at(1), 20, &node("n1")));
        assert_eq!(owed(&queue), [3]);
        assert_eq!(queue.next_deadline(), Some(at(501)));
    }

    #[test]
    fn a_word_counts_once_and_only_from_who_was_silent_for_a_timeout() {
        let mut queue = queue();
        assert!(!queue.hear(at(100), &node("n1")));
        queue.suspect(&node("n1"));
        assert!(!queue.hear(at(200), &node("n2")));
        assert!(queue.hear(at(200), &node("n1")));
        assert!(!queue.hear(at(201), &node("n1")));
        assert_eq!(queue.next_deadline(), Some(at(700)));
        assert!(queue.take_due(at(700), at(700)).is_some());
        assert!(queue.hear(at(800), &node("n1")));
        queue.suspect(&node("n1"));
        assert!(!queue.hear(at(1299), &node("n1")));
        assert!(queue.hear(at(1300), &node("n1")));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut queue = queue();
        for value in 0..2 * UNDER_WAY_MAX {
            queue.carry(&node("n1"), 20, ValueId(u32::try_from(value).unwrap()));
        }
        assert_eq!(queue.peers[&node("n1")].under_way.len(), UNDER_WAY_MAX);
    }
}

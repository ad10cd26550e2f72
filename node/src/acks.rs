//! What waits for an ack, what has waited too long, and the counts of both.
//!
//! It sends nothing and asks no clock. Times are since the start and never go
//! back, so the forwards are due in the order of their numbers. One message may
//! carry several forwards; they are settled together and counted one by one.
//! What is owed after a timeout is in [`crate::resend`].

mod unanswered;

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use roaring::RoaringBitmap;
use unanswered::Unanswered;

use crate::message::NodeId;
use crate::values::ValueId;

/// A value that went to a neighbor in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Who has to acknowledge it.
    pub neighbor: NodeId,
    pub value: ValueId,
}

/// What happened since the last report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Forwards without an ack: still waiting, or timed out since then.
    pub pending: usize,
    /// Forwards that timed out since then.
    pub timed_out: u64,
    pub direct_sent: u64,
}

/// A forward that waits.
#[derive(Debug)]
struct Waiting {
    msg_id: u64,
    due: Duration,
    /// None if it doesn't wait any longer.
    neighbor: Option<NodeId>,
    value: ValueId,
}

/// The acks that one node waits for.
#[derive(Debug)]
pub struct Acks {
    timeout: Duration,
    /// By number and so by the time at which they are due; the first one does wait.
    waiting: VecDeque<Waiting>,
    /// How many of them do.
    waiting_count: usize,
    /// Timed out since the last report, and no ack since.
    unanswered: HashMap<NodeId, Unanswered>,
    /// Which values went directly to each node.
    direct: HashMap<NodeId, RoaringBitmap>,
    direct_deliveries: u64,
    failures: u64,
    /// The totals at the last report.
    reported_failures: u64,
    reported_direct: u64,
}

impl Acks {
    /// Nothing waits yet; every forward will do so for `timeout` at most.
    pub fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            waiting: VecDeque::new(),
            waiting_count: 0,
            unanswered: HashMap::new(),
            direct: HashMap::new(),
            direct_deliveries: 0,
            failures: 0,
            reported_failures: 0,
            reported_direct: 0,
        }
    }

    /// From `now` on, message `msg_id` waits for its ack.
    pub fn expect(&mut self, now: Duration, msg_id: u64, forward: Forward) {
        self.waiting_count += 1;
        self.waiting.push_back(Waiting {
            msg_id,
            due: now.saturating_add(self.timeout),
            neighbor: Some(forward.neighbor),
            value: forward.value,
        });
    }

    /// `from` acknowledges message `msg_id`. That means nothing unless the
    /// message was a forward to it.
    pub fn settle(&mut self, msg_id: u64, from: &NodeId) {
        let start = self
            .waiting
            .partition_point(|waiting| waiting.msg_id < msg_id);
        let carried = self.waiting.range_mut(start..);
        for waiting in carried.take_while(|waiting| waiting.msg_id == msg_id) {
            if waiting.neighbor.as_ref() == Some(from) {
                waiting.neighbor = None;
                self.waiting_count -= 1;
            }
        }
        self.drop_settled();
        if let Some(unanswered) = self.unanswered.get_mut(from) {
            unanswered.settle(msg_id);
        }
    }

    /// When the next forward times out, if one waits.
    pub fn next_deadline(&self) -> Option<Duration> {
        self.waiting.front().map(|waiting| waiting.due)
    }

    /// Takes the next forward that has timed out by `now`, with the message it was in, and counts
    /// it.
    pub fn take_timed_out(&mut self, now: Duration) -> Option<(u64, Forward)> {
        self.waiting.front().filter(|waiting| waiting.due <= now)?;
        let Waiting {
            msg_id,
            neighbor,
            value,
            ..
        } = self.waiting.pop_front()?;
        let neighbor = neighbor?;
        self.waiting_count -= 1;
        self.drop_settled();
        let unanswered = self.unanswered.entry(neighbor.clone());
        unanswered.or_default().add(msg_id);
        self.failures += 1;
        Some((msg_id, Forward { neighbor, value }))
    }

    fn drop_settled(&mut self) {
        while self
            .waiting
            .front()
            .is_some_and(|waiting| waiting.neighbor.is_none())
        {
            self.waiting.pop_front();
        }
    }

    /// Counts a direct delivery; false if there has been the same before,
    /// which is then not to be sent again.
    pub fn deliver_directly(&mut self, value: ValueId, node: &NodeId) -> bool {
        let is_new = self.direct.entry(node.clone()).or_default().insert(value.0);
        self.direct_deliveries += u64::from(is_new);
        is_new
    }

    /// Forwards that timed out since the start.
    pub fn failures(&self) -> u64 {
        self.failures
    }

    /// Direct deliveries since the start.
    pub fn direct_deliveries(&self) -> u64 {
        self.direct_deliveries
    }

    /// Reports on the time since the last report, or the start.
    pub fn report(&mut self) -> Report {
        let unanswered = self.unanswered.values().map(Unanswered::count);
        let report = Report {
            pending: self.waiting_count + unanswered.sum::<usize>(),
            timed_out: self.failures - self.reported_failures,
            direct_sent: self.direct_deliveries() - self.reported_direct,
        };
        self.unanswered.clear();
        self.reported_failures = self.failures;
        self.reported_direct = self.direct_deliveries();
        report
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

    /// Message 0 went to n0 at 0 ms, message 1 to n1 at 100 ms, and so on.
    fn acks(forwards: u64) -> Acks {
        let mut acks = Acks::new(TIMEOUT);
        for number in 0..forwards {
            let forward = Forward {
                neighbor: node(&format!("n{number}")),
                value: ValueId(0),
            };
            acks.expect(at(100 * number), number, forward);
        }
        acks
    }

    fn time_out(acks: &mut Acks, now: Duration) -> Vec<String> {
        std::iter::from_fn(|| acks.take_timed_out(now))
            .map(|(_, forward)| forward.neighbor.to_string())
            .collect()
    }

    fn check_report(acks: &mut Acks, pending: usize, timed_out: u64, direct_sent: u64) {
        assert_eq!(
            acks.report(),
            Report {
                pending,
                timed_out,
                direct_sent
            }
        );
    }

    #[test]
    fn forwards_time_out_at_their_deadline_and_not_before() {
        let mut acks = acks(3);
        assert_eq!(acks.next_deadline(), Some(at(500)));
        assert!(time_out(&mut acks, at(499)).is_empty());
        assert_eq!(time_out(&mut acks, at(500)), ["n0"]);
        assert_eq!(acks.next_deadline(), Some(at(600)));
        assert_eq!(time_out(&mut acks, at(9999)), ["n1", "n2"]);
        assert_eq!(acks.next_deadline(), None);
        assert_eq!(acks.failures(), 3);
    }

    #[test]
    fn only_the_receiver_of_a_forward_settles_it() {
        let mut acks = acks(2);
        acks.settle(0, &node("n1"));
        acks.settle(7, &node("n0"));
        check_report(&mut acks, 2, 0, 0);
        acks.settle(0, &node("n0"));
        acks.settle(0, &node("n0"));
        check_report(&mut acks, 1, 0, 0);
        assert_eq!(acks.next_deadline(), Some(at(600)));
    }

    #[test]
    fn a_late_ack_leaves_pending_but_not_the_count() {
        let mut acks = acks(3);
        time_out(&mut acks, at(600));
        acks.settle(0, &node("n1"));
        check_report(&mut acks, 3, 2, 0);
        check_report(&mut acks, 1, 0, 0);
        time_out(&mut acks, at(700));
        acks.settle(2, &node("n2"));
        check_report(&mut acks, 0, 1, 0);
        assert_eq!(acks.failures(), 3);
    }

    #[test]
    fn a_direct_delivery_is_made_once() {
        let mut acks = acks(0);
        assert!(acks.deliver_directly(ValueId(0), &node("n1")));
        assert!(acks.deliver_directly(ValueId(0), &node("n2")));
        assert!(acks.deliver_directly(ValueId(2), &node("n1")));
        assert!(!acks.deliver_directly(ValueId(0), &node("n1")));
        check_report(&mut acks, 0, 0, 3);
        check_report(&mut acks, 0, 0, 0);
        assert_eq!(acks.direct_deliveries(), 3);
    }

    #[test]
    fn a_timeout_beyond_all_time_never_comes() {
        let mut acks = Acks::new(Duration::MAX);
        acks.expect(
            at(1),
            0,
            Forward {
                neighbor: node("n0"),
                value: ValueId(0),
            },
        );
        assert_eq!(acks.next_deadline(), Some(Duration::MAX));
    }

    #[test]
    fn the_forwards_of_one_message_are_settled_together_and_counted_one_by_one() {
        let mut acks = Acks::new(TIMEOUT);
        for value in 0..6 {
            let neighbor = node("n0");
            let value = ValueId(value);
            acks.expect(at(0), u64::from(value.0 / 3), Forward { neighbor, value });
        }
        acks.settle(1, &node("n0"));
        check_report(&mut acks, 3, 0, 0);
        assert_eq!(time_out(&mut acks, at(500)).len(), 3);
        acks.settle(0, &node("n0"));
        check_report(&mut acks, 0, 3, 0);
    }
}

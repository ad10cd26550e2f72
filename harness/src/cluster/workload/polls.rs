//! When nodes are asked again in the recovery: ever more slowly while nothing comes of it, and one request at
//! a time.

use std::time::Duration;

/// How soon a node that lacks something is asked again, at first and at last.
const GAP_MIN: Duration = Duration::from_millis(10);
const GAP_MAX: Duration = Duration::from_millis(250);

/// How soon one is that has shown more than before: not at the same time, as it may do so for ever.
const GAP_OF_PROGRESS: Duration = Duration::from_millis(1);

/// How often each node was asked.
#[derive(Debug)]
pub struct Polls(Vec<Poll>);

#[derive(Debug, Clone)]
struct Poll {
    next: Duration,
    gap: Duration,
    under_way: bool,
}

impl Polls {
    /// So many nodes, of which none was asked.
    pub fn new(nodes: usize) -> Self {
        let poll = Poll {
            next: Duration::ZERO,
            gap: GAP_MIN,
            under_way: false,
        };
        Self(vec![poll; nodes])
    }

    pub fn asked(&mut self, node: usize) {
        if let Some(poll) = self.0.get_mut(node) {
            poll.under_way = true;
        }
    }

    /// That request ended, well or not.
    pub fn ended(&mut self, now: Duration, node: usize) {
        if let Some(poll) = self.0.get_mut(node) {
            poll.under_way = false;
            poll.next = now.saturating_add(poll.gap);
            poll.gap = (poll.gap * 2).clamp(GAP_MIN, GAP_MAX);
        }
    }

    /// What it replied brought it further: it is asked again soon.
    pub fn progressed(&mut self, node: usize) {
        if let Some(poll) = self.0.get_mut(node) {
            poll.gap = GAP_OF_PROGRESS;
        }
    }

    /// When a node is to be asked again; `None` while it has not answered.
    pub fn next(&self, node: usize) -> Option<Duration> {
        let poll = self.0.get(node)?;
        (!poll.under_way).then_some(poll.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_asked_again_ever_more_slowly_and_one_thing_at_a_time() {
        let mut polls = Polls::new(1);
        let mut now = Duration::ZERO;
        let mut gaps = Vec::new();
        for _ in 0..7 {
            assert_eq!(polls.next(0), Some(now));
            polls.asked(0);
            assert_eq!(polls.next(0), None);
            polls.ended(now, 0);
            let next = polls.next(0).unwrap();
            gaps.push(next.saturating_sub(now).as_millis());
            now = next;
        }
        assert_eq!(gaps, [10, 20, 40, 80, 160, 250, 250]);
        assert_eq!(polls.next(1), None);
    }
}

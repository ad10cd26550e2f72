//! How long a node may take to exit once it has written all expected messages and its stdin was closed. Pure.

use std::time::Duration;

/// How long such a node may take to exit.
pub const GRACE: Duration = Duration::from_millis(500);

/// How much processor time it must have had in a moment more, if it still wants some: on a machine
/// that others keep busy the first could be over before it had its turn. One that spins has had it soon.
const TURN: Duration = Duration::from_millis(250);

/// What is known of the end of a run.
#[derive(Debug, Default)]
pub struct Grace {
    closed_at: Option<Duration>,
    /// When the last thing that could still matter happened.
    complete_at: Option<Duration>,
    /// How much processor time the node had had when its moment to exit was first over.
    worked_before: Option<Duration>,
    /// When it had had less of that moment than its turn.
    held_up_at: Option<Duration>,
}

impl Grace {
    pub fn closed(&mut self, now: Duration) {
        self.closed_at.get_or_insert(now);
    }

    pub fn is_closed(&self) -> bool {
        self.closed_at.is_some()
    }

    /// The node has said all it should.
    pub fn complete(&mut self, now: Duration) {
        self.complete_at = Some(now);
    }

    /// The node will write no more.
    pub fn output_ended(&mut self, now: Duration) {
        self.complete_at.get_or_insert(now);
    }

    /// When the node's moment to exit is over; `None`: it owes something.
    pub fn ends(&self) -> Option<Duration> {
        let said_it_all = self.closed_at?.max(self.complete_at?);
        Some(said_it_all.max(self.held_up_at.unwrap_or_default()) + GRACE)
    }

    /// How much processor time the node has had when its moment is over, and whether it wants more at once.
    pub fn worked(&mut self, now: Duration, time: Duration, wants_more: bool) {
        let before = *self.worked_before.get_or_insert(time);
        if wants_more && time.saturating_sub(before) < TURN {
            self.held_up_at = Some(now);
        }
    }
}

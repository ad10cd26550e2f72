//! How long a case waits for a node: for a message that the node owes, and for the node to rest. Pure.
//!
//! Both waits are also bounded for the whole case, so that a node that loses every reply, or never rests,
//! doesn't use up the timeout.

use std::time::Duration;

use super::stillness::{CALM, Glance, Stillness};

/// How long a node may rest that owes a message and has answered nothing yet, until nobody waits for that any
/// longer: it may read everything before it answers.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// The same at most for one that answers before its input ends: whoever says that a case may take minutes wants to
/// know before that what was not answered.
const SLOW_MAX: Duration = Duration::from_secs(5);

/// The same at the least, once it has been in vain.
const PATIENCE_MIN: Duration = Duration::from_millis(50);

/// What is left of it in a run.
#[derive(Debug)]
pub struct Patience {
    stillness: Stillness,
    /// How long a node rests that is not waited for any longer.
    long: Duration,
    /// The same for one that answers before its input ends: it may be slow, and has its part of the case's time.
    long_for_slow: Duration,
    /// How much more may be waited in vain.
    left: Duration,
    /// How much more may be waited until the node rests.
    calm_left: Duration,
    /// Since when that is waited for.
    calm_since: Option<Duration>,
}

impl Patience {
    /// That of a case with so much time, of which so much may pass until the node rests.
    pub fn of(timeout: Duration, calm_max: Duration) -> Self {
        Self {
            stillness: Stillness::default(),
            long: PATIENCE.min(timeout / 4),
            long_for_slow: SLOW_MAX.min(timeout / 4),
            left: timeout / 2,
            calm_left: calm_max,
            calm_since: None,
        }
    }

    /// Something happened that the node may have to deal with.
    pub fn renew(&mut self, now: Duration) {
        self.stillness.broken(now);
    }

    /// The node stands like this.
    pub fn looked(&mut self, now: Duration, look: Glance) {
        self.stillness.looked(now, look);
    }

    /// The node has answered what was waited for.
    pub fn answered(&mut self) {
        self.long = self.long.max(std::mem::take(&mut self.long_for_slow));
    }

    /// How long a node rests that is not waited for any longer.
    pub fn long(&self) -> Duration {
        self.long
    }

    /// Whether the node has rested for so long.
    pub fn has_rested(&self, long: Duration) -> bool {
        self.stillness.has_lasted(long)
    }

    /// When to look at the node to learn that.
    pub fn next_look(&self, long: Duration) -> Duration {
        self.stillness.next_look(long)
    }

    /// It was waited for in vain: the next time is shorter. Whether there is any.
    pub fn lose(&mut self) -> bool {
        self.left = self.left.saturating_sub(self.long);
        self.long = (self.long / 2).max(PATIENCE_MIN.min(self.long));
        !self.left.is_zero()
    }

    /// Whether any time is left to wait for the node to rest.
    pub fn has_calm_left(&self) -> bool {
        !self.calm_left.is_zero()
    }

    /// Whether the node rests, or is not waited for any longer; begins to wait for that.
    pub fn is_calm(&mut self, now: Duration) -> bool {
        let waited = now.saturating_sub(*self.calm_since.get_or_insert(now));
        let is_calm = self.has_rested(CALM) || waited >= self.calm_left;
        if is_calm {
            self.end_calm(now);
        }
        is_calm
    }

    /// Nothing waits for the node to rest.
    pub fn end_calm(&mut self, now: Duration) {
        if let Some(since) = self.calm_since.take() {
            let waited = now.saturating_sub(since);
            self.calm_left = self.calm_left.saturating_sub(waited);
        }
    }

    /// When it is not waited for any longer until the node rests.
    pub fn calm_ends(&self) -> Duration {
        let since = self.calm_since.unwrap_or_default();
        since.saturating_add(self.calm_left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_that_answers_has_its_part_of_the_time() {
        for (timeout, silent, slow) in [(400, 100, 100), (5000, 1000, 1250), (100_000, 1000, 5000)]
        {
            let mut patience = Patience::of(Duration::from_millis(timeout), Duration::ZERO);
            assert_eq!(patience.long(), Duration::from_millis(silent));
            patience.answered();
            assert_eq!(patience.long(), Duration::from_millis(slow));
            patience.lose();
            patience.answered();
            assert_eq!(
                patience.long(),
                Duration::from_millis(slow / 2).max(PATIENCE_MIN)
            );
        }
    }
}

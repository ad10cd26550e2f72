//! EDGE. The time since a node was started, without the time in which the harness itself was stopped.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How long there is between two looks at a clock at most, unless the harness stands still: a wait for nodes
/// is never longer than [`WAIT_MAX`](crate::process::WAIT_MAX).
const GAP_MAX: Duration = Duration::from_millis(750);

/// A clock to be asked after each wait.
#[derive(Debug)]
pub struct Clock {
    asked: Cell<Instant>,
    passed: Cell<Duration>,
}

impl Clock {
    pub fn start() -> Self {
        Self {
            asked: Cell::new(Instant::now()),
            passed: Cell::new(Duration::ZERO),
        }
    }

    /// How much time has passed. Where the user stopped the harness (Ctrl-Z), or the machine slept, no node is
    /// to blame.
    pub fn now(&self) -> Duration {
        self.at(Instant::now())
    }

    fn at(&self, now: Instant) -> Duration {
        let gap = now.saturating_duration_since(self.asked.replace(now));
        let passed = self.passed.get().saturating_add(gap.min(GAP_MAX));
        self.passed.set(passed);
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_in_which_the_harness_stood_still_does_not_count() {
        let clock = Clock::start();
        let started = clock.asked.get();
        let at = |milliseconds| clock.at(started + Duration::from_millis(milliseconds));
        assert_eq!(at(100), Duration::from_millis(100));
        assert_eq!(at(600), Duration::from_millis(600));
        assert_eq!(at(60_000), Duration::from_millis(600) + GAP_MAX);
        assert_eq!(at(60_200), Duration::from_millis(800) + GAP_MAX);
    }
}

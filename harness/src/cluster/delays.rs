//! For how long a busy machine kept nodes or the harness waiting, at any time of a run. It is known from delays
//! that were recorded; what they excuse is judged elsewhere.

use std::time::Duration;

use super::history::{Delayed, Event, What};

/// The delays of a run.
#[derive(Debug)]
pub struct Delays {
    /// Of the harness and of nodes, each in the order in which they ended.
    kinds: [Vec<Delay>; 2],
}

/// A time in which somebody had to wait, and for how much of it.
#[derive(Debug, Clone, Copy)]
struct Delay {
    from: Duration,
    to: Duration,
    by: Duration,
    /// No delay that ends later begins earlier than this.
    earliest: Duration,
}

impl Delays {
    pub fn of(events: &[Event]) -> Self {
        let of = |wanted: Delayed| -> Vec<_> {
            let delays = events.iter().filter_map(|event| delay(event, wanted));
            let mut delays: Vec<_> = delays.collect();
            let mut earliest = Duration::MAX;
            for delay in delays.iter_mut().rev() {
                earliest = earliest.min(delay.from);
                delay.earliest = earliest;
            }
            delays
        };
        Self {
            kinds: [of(Delayed::Harness), of(Delayed::Node)],
        }
    }

    /// Whether nobody had to wait.
    pub fn is_empty(&self) -> bool {
        self.kinds.iter().all(Vec::is_empty)
    }

    /// What is left of a time without the delays that may have fallen into it.
    pub fn undelayed(&self, from: Duration, until: Duration) -> Duration {
        let delayed = self.kinds.iter().map(|delays| within(delays, from, until));
        until.saturating_sub(from).saturating_sub(delayed.sum())
    }
}

fn delay(event: &Event, wanted: Delayed) -> Option<Delay> {
    let What::Delayed { since, by, who } = event.what else {
        return None;
    };
    // A wait is known when it is over: it may have begun before nodes were looked at last.
    let from = since.min(event.time.saturating_sub(by));
    (who == wanted).then_some(Delay {
        from,
        to: event.time,
        by,
        earliest: from,
    })
}

/// How much of these delays may have fallen into a time.
fn within(delays: &[Delay], from: Duration, until: Duration) -> Duration {
    let first = delays.partition_point(|delay| delay.to <= from);
    let later = delays.get(first..).unwrap_or_default().iter();
    let met = later.take_while(|delay| delay.earliest < until);
    let parts = met.map(|delay| {
        let overlap = delay.to.min(until);
        let overlap = overlap.saturating_sub(delay.from.max(from));
        delay.by.min(overlap)
    });
    parts.sum()
}

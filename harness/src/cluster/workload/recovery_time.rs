//! Whether nodes had the time that they may take until each holds what one of them has acknowledged.
//!
//! That is what the recovery is for, and it begins when all is healed. What is acknowledged only then has what
//! is left of it: where the recovery came to its end before its time was over, all nodes had shown everything;
//! else nobody knows whether they would have.

use std::time::Duration;

use crate::cluster::checker::story::Moment;
use crate::cluster::history::{Phase, What};
use crate::cluster::recording::Recording;

/// The recovery of a run.
#[derive(Debug, Clone, Copy)]
pub struct RecoveryTime {
    /// When it began; `None`: a history that anything wrote has none.
    began: Option<Moment>,
    /// How long it may last.
    limit: Duration,
}

impl RecoveryTime {
    /// That of a run.
    pub fn of(recording: &Recording) -> Self {
        let mut events = recording.events.iter().enumerate();
        let began = events.find(|(_, event)| event.what == What::Began(Phase::Recovery));
        Self {
            began: began.map(|(place, event)| Moment {
                place,
                time: event.time,
            }),
            limit: recording.settings.recovery,
        }
    }

    /// Whether it had begun by then.
    pub fn has_begun(&self, by: Moment) -> bool {
        self.began.is_some_and(|began| began < by)
    }

    /// Whether a node that was asked for the last time then had its time for what was acknowledged then.
    pub fn is_enough(&self, acknowledged: Moment, asked: Moment) -> bool {
        let is_over = |began: Moment| asked.time.saturating_sub(began.time) >= self.limit;
        !self.has_begun(acknowledged) || !self.began.is_some_and(is_over)
    }
}

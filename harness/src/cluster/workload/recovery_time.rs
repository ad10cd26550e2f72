//! Whether nodes had the time that they may take until each holds what one of them has acknowledged.
//!
//! That is what the recovery is for, and it begins when all is healed. What is acknowledged only then has what
//! is left of it, if its client still waited: where the recovery came to its end before its time was over, all nodes had shown everything;
//! else nobody knows whether they would have.

use std::time::Duration;

use crate::cluster::checker::story::{Moment, Operation};
use crate::cluster::history::{self, Phase};
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
    pub fn of(recording: &Recording) -> Self {
        let began = history::began(&recording.events, Phase::Recovery);
        Self {
            began: began.map(|(place, event)| Moment {
                place,
                time: event.time,
            }),
            limit: recording.settings.recovery,
        }
    }

    /// Whether a node that was asked for the last time then had its time for what was acknowledged then.
    pub fn is_enough(&self, one: &Operation<'_>, acknowledged: Moment, asked: Moment) -> bool {
        let Some(began) = self.began.filter(|began| *began < acknowledged) else {
            return true;
        };
        // Nobody waits for what is acknowledged once its client has given up.
        one.late.is_none() && asked.time.saturating_sub(began.time) < self.limit
    }
}

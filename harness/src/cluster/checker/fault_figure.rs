//! What was measured of a fault.

use super::story::FaultSpan;
use crate::cluster::traffic::Effect;

/// What a fault did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultFigure {
    pub span: FaultSpan,
    /// What it did to messages.
    pub effect: Effect,
    /// How many values it took from the node that it killed.
    pub taken: usize,
    /// How many requests it kept from their answers.
    pub requests: usize,
}

impl FaultFigure {
    /// Whether nothing came of it.
    pub fn is_idle(&self) -> bool {
        self.effect == Effect::default() && self.taken == 0 && self.requests == 0
    }
}

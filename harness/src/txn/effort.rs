//! What an analysis may cost: time, which a clock elsewhere measures, and how far it searches for cycles.

use std::cell::Cell;

/// The clock is asked once in so many steps.
const STEPS: usize = 1 << 12;

/// What an analysis may cost.
pub struct Effort<'a> {
    is_over: &'a dyn Fn() -> bool,
    /// How many edges a search for one kind of cycles follows at most, among so many.
    patience: fn(usize) -> usize,
    steps: Cell<usize>,
}

/// There is no time left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeIsOver;

impl<'a> Effort<'a> {
    /// Until the clock says that time is over.
    pub fn until(is_over: &'a dyn Fn() -> bool) -> Self {
        Self {
            is_over,
            patience: |edges| 1_000_000 + 4 * edges,
            steps: Cell::new(0),
        }
    }

    /// The same with another patience.
    #[cfg(test)]
    #[must_use]
    pub fn with_patience(self, patience: fn(usize) -> usize) -> Self {
        Self { patience, ..self }
    }

    /// How many of so many edges a search follows.
    pub fn patience(&self, edges: usize) -> usize {
        (self.patience)(edges)
    }

    /// So many steps were taken, or are about to be.
    ///
    /// # Errors
    /// There is no time for more.
    pub fn spend(&self, steps: usize) -> Result<(), TimeIsOver> {
        let steps = self.steps.get().saturating_add(steps);
        self.steps.set(steps);
        if steps < STEPS { Ok(()) } else { self.ask() }
    }

    /// Asks the clock at once.
    ///
    /// # Errors
    /// There is no time left.
    pub fn ask(&self) -> Result<(), TimeIsOver> {
        if (self.is_over)() {
            return Err(TimeIsOver);
        }
        self.steps.set(0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_asked_once_in_many_steps_and_no_more_once_it_is_over() {
        let asked = Cell::new(0);
        let clock = || {
            asked.set(asked.get() + 1);
            asked.get() > 2
        };
        let effort = Effort::until(&clock);
        let mut spent = 0;
        while effort.spend(16).is_ok() {
            spent += 16;
        }
        assert_eq!(spent, 3 * STEPS - 16);
        assert_eq!(effort.spend(0), Err(TimeIsOver));
    }
}

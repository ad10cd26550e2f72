//! The few operations that contradict each other, of a history that is not linearizable.
//!
//! It is not enough to drop operations while no order explains the others: without its write every read is
//! wrong. So whatever is dropped may still have taken effect in its time, or not: then the operations that are
//! left contradict each other whatever the others did. First those go that had returned long before, and with
//! them all that is known of the value at that time; then one after the other.

use std::cell::Cell;

use super::{ABSENT, Access, Bound, Linearization, RegisterOperation, ValueId, check};

/// So many steps all searches for the operations may take: as a rule they are many and small. A number of steps
/// and no time, so that a history has the same explanation on every machine.
const STEPS_MAX: u64 = 1_000_000;

/// Operations that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContradictingOperations {
    /// Their places in the list, in the order of their calls.
    pub operations: Vec<usize>,
    /// What they start from.
    pub start: ContradictionStart,
}

/// What is taken for known before operations contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContradictionStart {
    /// That there was no value at first.
    Empty,
    /// Nothing: they do so whatever the value was at this place of the history.
    Anything(usize),
}

/// The operations that contradict the one at this place, which returned first of those with which no order
/// explains all that had returned by then. Where the bound was reached they are more than they need be, or none.
pub fn find(
    operations: &[RegisterOperation],
    last: usize,
    bound: Bound<'_>,
) -> Option<ContradictingOperations> {
    let steps = Cell::new(STEPS_MAX);
    let bound = Bound {
        steps: Some(&steps),
        ..bound
    };
    let until = operations.get(last)?.returned?;
    let mut history = Relaxed::until(operations, until, bound);
    history.drop_refusals(last);
    let start = history.start_of_contradiction()?;
    if let ContradictionStart::Anything(since) = start {
        history.drop_before(since);
    }
    history.drop_others(last);
    Some(ContradictingOperations {
        operations: history.certain(),
        start,
    })
}

/// A history that is impossible, in which operations need not have taken effect, one after the other.
struct Relaxed<'a> {
    operations: Vec<RegisterOperation>,
    starts: Vec<ValueId>,
    bound: Bound<'a>,
}

impl<'a> Relaxed<'a> {
    /// What had happened by then; what returned later may have taken effect.
    fn until(all: &[RegisterOperation], until: usize, bound: Bound<'a>) -> Self {
        let known = |one: &RegisterOperation| match one.returned {
            Some(returned) if returned > until => RegisterOperation {
                returned: None,
                is_certain: false,
                ..*one
            },
            Some(_) | None => *one,
        };
        Self {
            operations: all.iter().map(known).collect(),
            starts: vec![ABSENT],
            bound,
        }
    }

    /// What only shows which value there was not tells less than the rest, if that is enough.
    fn drop_refusals(&mut self, last: usize) {
        let before = self.operations.clone();
        for (place, one) in self.operations.iter_mut().enumerate() {
            one.is_certain &= place == last || !matches!(one.access, Access::IsNot(_));
        }
        if !self.is_impossible() {
            self.operations = before;
        }
    }

    fn is_impossible(&self) -> bool {
        let found = check(&self.operations, &self.starts, self.bound);
        matches!(found, Linearization::Impossible(_))
    }

    /// The places of those that must have taken effect.
    fn certain(&self) -> Vec<usize> {
        let all = self.operations.iter().enumerate();
        let mut certain: Vec<_> = all.filter(|(_, one)| !one.is_optional()).collect();
        certain.sort_by_key(|(_, one)| one.called);
        certain.into_iter().map(|(place, _)| place).collect()
    }

    /// Nothing is known of the value at this place, nor of what had returned by then; what was under way there may
    /// have taken effect before.
    fn drop_before(&mut self, since: usize) {
        let written = self
            .operations
            .iter()
            .filter_map(|one| one.access.written());
        self.starts.extend(written);
        self.starts.sort_unstable();
        self.starts.dedup();
        let is_over =
            |one: &RegisterOperation| one.returned.is_some_and(|returned| returned < since);
        for one in self.operations.iter_mut().filter(|one| one.called < since) {
            one.is_certain = false;
            if is_over(one) {
                // What shows something and need not have done so plays no part.
                one.access = Access::Is(ABSENT);
            }
        }
    }

    /// The last call from which on there is a contradiction whatever the value was there, if there is
    /// one.
    fn start_of_contradiction(&self) -> Option<ContradictionStart> {
        let certain = self.operations.iter().filter(|one| !one.is_optional());
        let mut calls: Vec<_> = certain.map(|one| one.called).collect();
        calls.sort_unstable();
        let contradicts = |back: usize| {
            let since = *calls.get(calls.len().checked_sub(back)?)?;
            let mut part = Self {
                operations: self.operations.clone(),
                starts: self.starts.clone(),
                bound: self.bound,
            };
            part.drop_before(since);
            part.is_impossible().then_some(since)
        };
        let mut enough = 1;
        while contradicts(enough).is_none() {
            if enough >= calls.len() {
                return self.is_impossible().then_some(ContradictionStart::Empty);
            }
            enough = (2 * enough).min(calls.len());
        }
        // The fewest from the end that are enough: more are enough as well.
        let mut few = enough / 2;
        while few + 1 < enough {
            let middle = usize::midpoint(few, enough);
            if contradicts(middle).is_some() {
                enough = middle;
            } else {
                few = middle;
            }
        }
        contradicts(enough).map(ContradictionStart::Anything)
    }

    /// Lets go of all but what is needed: of many at once, of half as many, and in the end of one by one.
    fn drop_others(&mut self, last: usize) {
        let mut size = self.operations.len();
        while size > 0 {
            let mut certain = self.certain();
            certain.retain(|place| *place != last);
            for some in certain.chunks(size) {
                let before = self.operations.clone();
                for place in some {
                    if let Some(one) = self.operations.get_mut(*place) {
                        one.is_certain = false;
                    }
                }
                if !self.is_impossible() {
                    self.operations = before;
                }
            }
            size = size.min(certain.len()) / 2;
        }
    }
}

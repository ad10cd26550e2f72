//! The few operations that contradict each other, of a history that is not linearizable.
//!
//! It is not enough to drop operations while no order explains the others: without its write every read is
//! wrong. So whatever is dropped may still have taken effect in its time, or not: then the operations that are
//! left contradict each other whatever the others did.
//!
//! An operation with an unknown end could be what makes the last one right for ever. Where an earlier result is
//! impossible without it, it had taken effect by then; that is found out first.
//!
//! The few are looked for in the time before the last one: in as little of it as is enough, whatever the value was
//! before. There the last one is the first that must be explained. As long as an order explains those that must
//! be, one that has no room in this order must be explained, too; in the end those go that are not needed.

use std::cell::Cell;
use std::cmp::Reverse;
use std::collections::HashMap;

use super::gaps::Gaps;
use super::{
    ABSENT, Access, Bound, Contradicted, Linearization, RegisterOperation, ValueId, check,
    is_impossible,
};

/// So many steps all searches for the operations may take: as a rule they are many and small. A number of steps
/// and no time, so that a history has the same explanation on every machine.
const STEPS_MAX: u64 = 1_000_000;

/// So many more those may take that find out which operations with an unknown end took effect.
const SHOWING_STEPS_MAX: u64 = 2_000_000;

/// Why a history is not linearizable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContradictingOperations {
    /// The operations that contradict each other, in the order of their calls.
    pub operations: Vec<ContradictingOperation>,
    /// Whether none of them can be left out; else the bound was reached before that was known.
    pub is_least: bool,
    /// Of each operation that could have made the last one right: those that would be impossible then, by their
    /// places. It is among them itself where it had taken effect before. None where it could not have taken effect
    /// in time, or the bound was reached.
    pub excluded_by: Vec<Vec<usize>>,
}

/// An operation that contradicts others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContradictingOperation {
    /// Its place in the list.
    pub place: usize,
    /// Of one with an unknown end: the first operation that returned with a result that is impossible without it. It
    /// had taken effect by then.
    pub shown_by: Option<usize>,
}

/// The operations that contradict the one at this place, which returned first of those with which no order
/// explains all that had returned by then, and why none of the `helpers`, which could have made it right, did.
/// `None` where the bound was reached.
pub fn find(
    operations: &[RegisterOperation],
    last: usize,
    helpers: &[usize],
    bound: Bound<'_>,
) -> Option<ContradictingOperations> {
    let steps = Cell::new(STEPS_MAX);
    let bound = Bound {
        steps: Some(&steps),
        ..bound
    };
    let until = operations.get(last)?.returned?;
    let mut history = Period::until(operations, until, bound);
    history.show_unknown(last);
    let period = history.least()?;
    let found = period.contradicting(last)?;
    let mut found = period.without_needless(found, last);
    found.sort_by_key(|place| operations.get(*place).map(|one| one.called));
    let is_least = steps.get() > 0;
    let excluded_by = helpers.iter();
    let excluded_by = excluded_by.map(|helper| period.excludes(*helper, &found, last));
    let excluded_by = excluded_by.collect();
    let contradicting = found.into_iter().map(|place| ContradictingOperation {
        place,
        shown_by: history.shown_by.get(&place).copied(),
    });
    Some(ContradictingOperations {
        operations: contradicting.collect(),
        is_least,
        excluded_by,
    })
}

/// The operations in a time of a history, and the values that the register may have held at its beginning.
#[derive(Clone)]
struct Period<'a> {
    operations: Vec<RegisterOperation>,
    starts: Vec<ValueId>,
    /// The operations with an unknown end that took effect, and what shows that.
    shown_by: HashMap<usize, usize>,
    bound: Bound<'a>,
}

impl<'a> Period<'a> {
    /// From the beginning; what returned later may have taken effect.
    fn until(all: &[RegisterOperation], until: usize, bound: Bound<'a>) -> Self {
        let known = |one: &RegisterOperation| match one.returned {
            Some(returned) if returned > until => one.open(),
            Some(_) | None => *one,
        };
        Self {
            operations: all.iter().map(known).collect(),
            starts: vec![ABSENT],
            shown_by: HashMap::new(),
            bound,
        }
    }

    /// Finds out which operations with an unknown end took effect before the last one, as others show.
    fn show_unknown(&mut self, last: usize) {
        let mut before = self.operations.clone();
        if let Some(last) = before.get_mut(last) {
            *last = last.open();
        }
        let all = before.iter().enumerate();
        let all = all.filter(|(_, one)| one.returned.is_none() && !one.access.is_pure());
        let mut unknown: Vec<_> = all.map(|(place, _)| place).collect();
        let steps = Cell::new(SHOWING_STEPS_MAX);
        // One that is hard to tell leaves the others their part.
        let share = SHOWING_STEPS_MAX / 4 / unknown.len().max(1) as u64;
        for most in [share, SHOWING_STEPS_MAX] {
            unknown.retain(|place| {
                let without = self.without(*place, &before, (most, &steps));
                if let Linearization::Impossible(Contradicted { operation, .. }) = without {
                    self.show(*place, operation);
                }
                matches!(without, Linearization::GaveUp { .. })
            });
        }
    }

    /// Looks for an order without one operation, in so many of the steps that are left at most.
    fn without(
        &self,
        place: usize,
        operations: &[RegisterOperation],
        (most, left): (u64, &Cell<u64>),
    ) -> Linearization {
        let mut others = operations.to_vec();
        if let Some(one) = others.get_mut(place) {
            one.access = Access::Is(ABSENT);
        }
        let most = most.min(left.get());
        let steps = Cell::new(most);
        let bound = Bound {
            steps: Some(&steps),
            ..self.bound
        };
        let found = check(&others, &self.starts, bound);
        left.set(left.get() - (most - steps.get()));
        found
    }

    /// An operation had taken effect when this other one returned.
    fn show(&mut self, place: usize, by: usize) {
        let returned = self.operations.get(by).and_then(|one| one.returned);
        if let Some(one) = self.operations.get_mut(place) {
            one.returned = returned;
            one.is_certain = true;
        }
        self.shown_by.insert(place, by);
    }

    fn is_impossible(&self) -> bool {
        is_impossible(&self.operations, &self.starts, self.bound)
    }

    /// From this place on, whatever the value was there; what was under way may have taken effect before.
    fn since(&self, since: usize) -> Self {
        let mut part = self.clone();
        let written = self.operations.iter();
        let written = written.filter_map(|one| one.access.written());
        part.starts.extend(written);
        part.starts.sort_unstable();
        part.starts.dedup();
        for (place, one) in part.operations.iter_mut().enumerate() {
            if one.called >= since {
                continue;
            }
            one.is_certain = false;
            let is_over = one.returned.is_some_and(|returned| returned < since);
            if is_over && !self.shown_by.contains_key(&place) {
                // What shows something and need not have done so plays no part.
                one.access = Access::Is(ABSENT);
            }
        }
        part
    }

    /// The last part that is impossible.
    fn least(&self) -> Option<Self> {
        let certain = self.operations.iter().filter(|one| !one.is_optional());
        let mut calls: Vec<_> = certain.map(|one| one.called).collect();
        calls.sort_unstable();
        let part = |back: usize| {
            let since = *calls.get(calls.len().checked_sub(back)?)?;
            Some(self.since(since)).filter(Self::is_impossible)
        };
        let mut enough = 1;
        while part(enough).is_none() {
            if enough >= calls.len() {
                return self.is_impossible().then(|| self.clone());
            }
            enough = (2 * enough).min(calls.len());
        }
        // The fewest from the end that are enough: more are enough as well.
        let mut few = enough / 2;
        while few + 1 < enough {
            let middle = usize::midpoint(few, enough);
            if part(middle).is_some() {
                enough = middle;
            } else {
                few = middle;
            }
        }
        part(enough)
    }

    /// The same, but only these must be explained.
    fn only(&self, places: &[usize]) -> Self {
        let mut some = self.clone();
        for (place, one) in some.operations.iter_mut().enumerate() {
            if places.contains(&place) {
                continue;
            }
            one.is_certain = false;
            if self.shown_by.contains_key(&place) {
                one.returned = None;
            }
        }
        some
    }

    /// Operations that contradict each other, among them the last one.
    fn contradicting(&self, last: usize) -> Option<Vec<usize>> {
        let mut found = vec![last];
        let all = self.operations.iter().enumerate();
        let known =
            all.filter(|(place, one)| !one.is_optional() || self.shown_by.contains_key(place));
        let mut others: Vec<_> = known.map(|(place, _)| place).collect();
        others.retain(|place| *place != last);
        // The latest first.
        others.sort_by_key(|place| self.operations.get(*place).map(|one| Reverse(one.called)));
        loop {
            let some = self.only(&found);
            let order = match check(&some.operations, &some.starts, some.bound) {
                Linearization::Found(order) => order,
                Linearization::Impossible(_) => return Some(found),
                Linearization::GaveUp { .. } => return None,
            };
            let next = others.remove(self.contradicts(&order, &others)?);
            found.push(next);
        }
    }

    /// Which of these has no room in an order.
    fn contradicts(&self, order: &[usize], others: &[usize]) -> Option<usize> {
        let is_legal = |start: &&ValueId| self.is_legal(order, **start);
        let start = self.starts.iter().find(is_legal)?;
        let gaps = Gaps::of(&self.operations, order, *start);
        let latest = |access: fn(Access) -> bool| {
            let is_one = |place: &usize| {
                let one = self.operations.get(*place);
                let at = order.iter().position(|other| other == place);
                one.is_some_and(|one| access(one.access) && !has_room(&gaps, at, one))
            };
            others.iter().position(is_one)
        };
        let shows = |access| matches!(access, Access::Is(_));
        let found = latest(shows).or_else(|| latest(|_| true));
        found.or_else(|| (!others.is_empty()).then_some(0))
    }

    fn is_legal(&self, order: &[usize], start: ValueId) -> bool {
        let mut value = start;
        order.iter().all(|place| {
            let access = self.operations.get(*place).map(|one| one.access);
            let is_legal = access.is_some_and(|access| access.is_legal(value));
            value = access.map_or(value, |access| access.apply(value));
            is_legal
        })
    }

    /// Those without which the others contradict each other no longer.
    fn without_needless(&self, mut found: Vec<usize>, last: usize) -> Vec<usize> {
        for place in found.clone() {
            let rest: Vec<_> = found.iter().copied().filter(|one| *one != place).collect();
            if place != last && self.only(&rest).is_impossible() {
                found = rest;
            }
        }
        found
    }

    /// Which of those found would be impossible if the last one had found the value of this operation.
    fn excludes(&self, helper: usize, found: &[usize], last: usize) -> Vec<usize> {
        let mut kept = vec![last];
        if !self.helps(helper, &kept, last) {
            return Vec::new();
        }
        let mut excluded = Vec::new();
        // Itself last: that it had taken effect before is the best of reasons.
        let (own, others): (Vec<usize>, Vec<usize>) = found.iter().partition(|one| **one == helper);
        let all = others.into_iter().chain(own);
        for place in all.filter(|place| *place != last) {
            kept.push(place);
            if !self.helps(helper, &kept, last) {
                kept.pop();
                excluded.push(place);
            }
        }
        excluded
    }

    /// Whether an order in which the last one finds the value of this operation explains these.
    fn helps(&self, helper: usize, places: &[usize], last: usize) -> bool {
        let mut some = self.only(places);
        let values = some.operations.iter();
        let values = values.flat_map(|one| [one.access.needed(), one.access.written()]);
        // A value that nothing else has.
        let value = values.flatten().max().unwrap_or_default() + 1;
        if let Some(helper) = some.operations.get_mut(helper) {
            helper.access = match helper.access {
                Access::Cas(from, _) => Access::Cas(from, value),
                Access::Write(_) | Access::Is(_) | Access::IsNot(_) => Access::Write(value),
            };
        }
        if let Some(last) = some.operations.get_mut(last) {
            last.access = match last.access {
                Access::Cas(_, to) => Access::Cas(value, to),
                Access::Write(_) | Access::Is(_) | Access::IsNot(_) => Access::Is(value),
            };
        }
        let order = check(&some.operations, &some.starts, some.bound);
        matches!(order, Linearization::Found(_))
    }
}

/// Whether an order has an operation at its time, or room for it.
fn has_room(gaps: &Gaps, at: Option<usize>, one: &RegisterOperation) -> bool {
    let returned = one.returned.unwrap_or(usize::MAX);
    match at {
        Some(gap) => gaps.of_time(one.called, returned).contains(&gap),
        None => !one.is_certain || gaps.fits(one),
    }
}

//! What values tell without a search.
//!
//! - A result that needs a value which no operation called by then could write is impossible.
//! - Where each value is written once, and the first one never, each result tells which write it follows. An
//!   operation and those that need its value form a block, with those of a CAS that found it, and so on: nothing
//!   else changes the value in between. A block comes before another one if one of its operations returned before
//!   one of the other was called; there is an order unless each of two blocks comes before the other (Gibbons and
//!   Korach, "Testing shared memories", 1997: their zones, with CAS). An operation that need not have taken effect
//!   did if its value was needed; else it is left out.
//!
//! What shows only that there was another value fits where it fits: if that is nowhere in this order, only a
//! search can tell.

use std::collections::HashMap;

use super::refusals;
use super::timeline::normal;
use super::{Access, RegisterOperation, ValueId};

/// What they tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValuesTell {
    Nothing,
    /// This order explains all results.
    Order(Vec<usize>),
    /// No order explains all that had returned when this operation did.
    Impossible(usize),
}

/// A moment of a return among those at the same place.
pub type Return = (usize, usize);

pub fn tell(operations: &[RegisterOperation], starts: &[ValueId]) -> ValuesTell {
    if let Some(last) = never_written(operations, starts) {
        return ValuesTell::Impossible(last);
    }
    let Some(writes) = UniqueWrites::of(operations, starts) else {
        return ValuesTell::Nothing;
    };
    if let Some(order) = writes.order((usize::MAX, usize::MAX)) {
        let whole = refusals::fit(operations, &order, writes.start);
        return whole.map_or(ValuesTell::Nothing, ValuesTell::Order);
    }
    let returned = |(place, one): (usize, &RegisterOperation)| Some((one.returned?, place));
    let mut returns: Vec<_> = operations.iter().enumerate().filter_map(returned).collect();
    returns.sort_unstable();
    let first = returns.partition_point(|until| writes.order(*until).is_some());
    let first = returns.get(first).map(|(_, place)| *place);
    first.map_or(ValuesTell::Nothing, ValuesTell::Impossible)
}

/// The operation that returned first of those that need what nothing called by then could write.
fn never_written(operations: &[RegisterOperation], starts: &[ValueId]) -> Option<usize> {
    let mut called: HashMap<ValueId, usize> = HashMap::new();
    for one in operations {
        if let Some(value) = one.access.written() {
            let first = called.entry(value).or_insert(one.called);
            *first = one.called.min(*first);
        }
    }
    let is_impossible = |one: &RegisterOperation| {
        let (Some(needed), Some(returned)) = (one.access.needed(), one.returned) else {
            return false;
        };
        let can_be = called.get(&needed).is_some_and(|first| *first <= returned);
        one.is_certain && !can_be && !starts.contains(&needed)
    };
    let all = operations.iter().enumerate();
    let all = all.filter(|(_, one)| is_impossible(one));
    all.min_by_key(|(place, one)| (one.returned, *place))
        .map(|(place, _)| place)
}

/// Operations of which each value has one writer at most.
struct UniqueWrites<'a> {
    operations: &'a [RegisterOperation],
    start: ValueId,
    writers: HashMap<ValueId, usize>,
}

/// The operations that took effect but those that show only which value there was not.
#[derive(Default)]
struct Taken {
    writes: Vec<usize>,
    /// By value, those that found it, and the one that replaced it then.
    shows: HashMap<ValueId, Vec<usize>>,
    sets: HashMap<ValueId, usize>,
    /// By value, the operations that wrote or found it.
    spans: HashMap<ValueId, ValueSpan>,
    count: usize,
}

/// From when to when some operations certainly last.
#[derive(Clone, Copy)]
struct ValueSpan {
    /// When the first of them had returned, counted from 1; 0 before everything.
    returned: usize,
    /// When the last of them was called, counted from 1; 0 if there is none.
    called: usize,
}

/// Operations between which nothing else changes the value, in their order.
struct ValueBlock {
    operations: Vec<usize>,
    span: ValueSpan,
}

impl ValueSpan {
    /// Of nothing.
    const EMPTY: Self = Self {
        returned: usize::MAX,
        called: 0,
    };
    /// Of what was there at first.
    const START: Self = Self {
        returned: 0,
        called: 0,
    };

    fn with(self, other: Self) -> Self {
        Self {
            returned: self.returned.min(other.returned),
            called: self.called.max(other.called),
        }
    }
}

impl<'a> UniqueWrites<'a> {
    fn of(operations: &'a [RegisterOperation], starts: &[ValueId]) -> Option<Self> {
        let [start] = *starts else {
            return None;
        };
        let mut writers = HashMap::new();
        for (place, one) in operations.iter().enumerate() {
            if let Some(value) = one.access.written()
                && (value == start || writers.insert(value, place).is_some())
            {
                return None;
            }
        }
        Some(Self {
            operations,
            start,
            writers,
        })
    }

    fn access(&self, place: usize) -> Option<Access> {
        Some(normal(self.operations.get(place)?.access))
    }

    /// Of one operation, as far as it is known by then.
    fn span(&self, place: usize, until: Return) -> ValueSpan {
        let one = self.operations.get(place);
        let returned = one.and_then(|one| one.returned);
        let returned = returned.filter(|returned| (*returned, place) <= until);
        ValueSpan {
            returned: returned.map_or(usize::MAX, |returned| returned.saturating_add(1)),
            called: one.map_or(0, |one| one.called.saturating_add(1)),
        }
    }

    /// Those that certainly took effect by then.
    fn certain(&self, until: Return) -> impl Iterator<Item = (usize, &RegisterOperation)> {
        let is_known = move |place: usize, one: &RegisterOperation| {
            let returned = one.returned.map(|returned| (returned, place));
            one.is_certain && returned.is_some_and(|returned| returned <= until)
        };
        let all = self.operations.iter().enumerate();
        all.filter(move |(place, one)| is_known(*place, one))
    }

    /// An order that explains all that had returned by then, but what shows which value there was not.
    fn order(&self, until: Return) -> Option<Vec<usize>> {
        let taken = self.taken(until)?;
        if self.is_never_another(&taken, until) {
            return None;
        }
        let mut blocks = vec![self.block(None, &taken, until)?];
        for write in &taken.writes {
            blocks.push(self.block(Some(*write), &taken, until)?);
        }
        let count: usize = blocks.iter().map(|block| block.operations.len()).sum();
        // Else some CAS needs what it has brought about itself, or what another one replaced.
        (count == taken.count).then(|| in_order(blocks))?
    }

    /// What took effect as it shows that, or as others show it.
    fn taken(&self, until: Return) -> Option<Taken> {
        let certain = self.certain(until);
        let certain = certain.filter(|(_, one)| !matches!(one.access, Access::IsNot(_)));
        let mut left: Vec<_> = certain.map(|(place, _)| place).collect();
        let mut is_taken = vec![false; self.operations.len()];
        let mut taken = Taken::default();
        taken.spans.insert(self.start, ValueSpan::START);
        while let Some(place) = left.pop() {
            if std::mem::replace(is_taken.get_mut(place)?, true) {
                continue;
            }
            let access = self.access(place)?;
            taken.add(place, access, self.span(place, until));
            if let Some(needed) = access.needed().filter(|needed| *needed != self.start) {
                left.push(*self.writers.get(&needed)?);
            }
        }
        Some(taken)
    }

    /// Whether something that shows another value lies within the time of that one.
    fn is_never_another(&self, taken: &Taken, until: Return) -> bool {
        self.certain(until).any(|(place, one)| {
            let Access::IsNot(value) = one.access else {
                return false;
            };
            let (own, span) = (self.span(place, until), taken.spans.get(&value));
            span.is_some_and(|span| span.returned < own.called && own.returned < span.called)
        })
    }

    /// The operations from a write on, or from the start.
    fn block(&self, write: Option<usize>, taken: &Taken, until: Return) -> Option<ValueBlock> {
        let mut block = ValueBlock {
            operations: Vec::new(),
            span: write.map_or(ValueSpan::START, |_| ValueSpan::EMPTY),
        };
        let mut value = self.start;
        let mut next = write;
        loop {
            if let Some(place) = next {
                self.extend(&mut block, &[place], until)?;
                value = self.access(place)?.written()?;
            }
            let mut shows = taken.shows.get(&value).cloned().unwrap_or_default();
            shows.sort_by_key(|place| self.span(*place, until).called);
            self.extend(&mut block, &shows, until)?;
            next = taken.sets.get(&value).copied();
            if next.is_none() {
                return Some(block);
            }
        }
    }

    /// More operations, of which none may have returned before one of those before was called.
    fn extend(&self, block: &mut ValueBlock, next: &[usize], until: Return) -> Option<()> {
        let before = block.span.called;
        for place in next {
            let span = self.span(*place, until);
            if span.returned < before {
                return None;
            }
            block.span = block.span.with(span);
            block.operations.push(*place);
        }
        Some(())
    }
}

impl Taken {
    fn add(&mut self, place: usize, access: Access, span: ValueSpan) {
        self.count += 1;
        let values = [access.needed(), access.written()];
        for value in values.into_iter().flatten() {
            let all = self.spans.entry(value).or_insert(ValueSpan::EMPTY);
            *all = all.with(span);
        }
        match access {
            Access::Write(_) => self.writes.push(place),
            Access::Cas(from, _) => _ = self.sets.insert(from, place),
            Access::Is(value) => self.shows.entry(value).or_default().push(place),
            Access::IsNot(_) => {}
        }
    }
}

/// The blocks one after the other; `None` if each of two comes before the other.
fn in_order(mut blocks: Vec<ValueBlock>) -> Option<Vec<usize>> {
    // Two with the same moment: the one that may be over by then is first.
    blocks.sort_by_key(|ValueBlock { span, .. }| {
        let ValueSpan { returned, called } = *span;
        (returned.min(called), returned < called)
    });
    let mut called = 0;
    for ValueBlock { span, .. } in &blocks {
        if span.returned < called {
            return None;
        }
        called = span.called.max(called);
    }
    let all = blocks.into_iter().flat_map(|block| block.operations);
    Some(all.collect())
}

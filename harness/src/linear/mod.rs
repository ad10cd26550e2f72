//! Whether operations on one register are linearizable: whether each can be given one moment between its
//! call and its return so that, in the order of these moments, a register explains every result.
//!
//! The search is that of Wing and Gong with the memo of Lowe (as in Porcupine's `checkSingle`): [`search`]
//! tries orders, [`visited`] remembers the configurations that it has been in, [`timeline`] prepares the
//! operations. Where [`values`] alone tell there is no search. [`contradiction`] finds the few operations that
//! explain why there is no order. Nothing here knows keys, nodes, clients or times: values are small numbers,
//! moments are places in a history. Pure; a search ends when its [`Bound`] is reached.

pub mod contradiction;
pub mod gaps;
pub mod refusals;
pub mod search;
pub mod simulated;
pub mod timeline;
pub mod values;
pub mod visited;

use std::cell::Cell;

use values::ValuesTell;

/// A value, by a number that stands for it.
pub type ValueId = u32;

/// No value: what a register holds that nobody has written.
pub const ABSENT: ValueId = 0;

/// What an operation does to the register, or shows of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    Write(ValueId),
    /// Found the first of these, and wrote the second.
    Cas(ValueId, ValueId),
    Is(ValueId),
    IsNot(ValueId),
}

/// An operation on the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegisterOperation {
    pub access: Access,
    /// The place of its call in the history.
    pub called: usize,
    /// The place of its return. Without one it may take effect at any time after its call, or never.
    pub returned: Option<usize>,
    /// Whether it took effect; if not, it may have, between its call and its return.
    pub is_certain: bool,
}

/// How much a search may take.
#[derive(Clone, Copy)]
pub struct Bound<'a> {
    /// Whether time is over; asked every thousand steps.
    pub is_over: &'a dyn Fn() -> bool,
    /// How much memory the memo may take, in bytes.
    pub memory: usize,
    /// How many steps are left to all searches that share this number; `None` if it does not matter.
    pub steps: Option<&'a Cell<u64>>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linearization {
    /// An order that explains all results: operations by their places in the list.
    Found(Vec<usize>),
    Impossible(Contradicted),
    GaveUp {
        /// How many returns the longest order that was found explains.
        passed: usize,
        of: usize,
    },
}

/// Where operations stop being linearizable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradicted {
    /// The operation that returned first of those with which no order explains all that had returned by then; where
    /// values alone tell and a search in what came before takes long, an earlier one may have.
    pub operation: usize,
    /// An order that explains all that returned before; empty where that takes long.
    pub before: Vec<usize>,
}

impl Access {
    /// Whether it can take effect in a register with this value.
    pub fn is_legal(self, value: ValueId) -> bool {
        match self {
            Self::Write(_) => true,
            Self::Cas(from, _) => value == from,
            Self::Is(shown) => value == shown,
            Self::IsNot(refused) => value != refused,
        }
    }

    pub fn apply(self, value: ValueId) -> ValueId {
        match self {
            Self::Write(written) | Self::Cas(_, written) => written,
            Self::Is(_) | Self::IsNot(_) => value,
        }
    }

    /// The value that it leaves behind, whatever was there before; `None` if it changes nothing.
    pub fn written(self) -> Option<ValueId> {
        match self {
            Self::Write(written) => Some(written),
            Self::Cas(from, to) => (from != to).then_some(to),
            Self::Is(_) | Self::IsNot(_) => None,
        }
    }

    /// The value that must have been there.
    pub fn needed(self) -> Option<ValueId> {
        match self {
            Self::Cas(needed, _) | Self::Is(needed) => Some(needed),
            Self::Write(_) | Self::IsNot(_) => None,
        }
    }

    /// Whether it leaves behind a value with which another operation is legal that is not always so.
    pub fn enables(self, other: Self) -> bool {
        match (self.written(), other) {
            (_, Self::Write(_)) | (None, _) => false,
            (Some(written), _) => other.is_legal(written),
        }
    }

    /// Whether it never changes the value.
    pub fn is_pure(self) -> bool {
        self.written().is_none()
    }
}

impl RegisterOperation {
    /// Whether an order need not have it.
    pub fn is_optional(&self) -> bool {
        !self.is_certain || self.returned.is_none()
    }

    /// The same before it returns.
    #[must_use]
    pub fn open(&self) -> Self {
        Self {
            returned: None,
            is_certain: false,
            ..*self
        }
    }
}

/// So many steps are taken to find what came before an operation that is known to be impossible.
const STEPS_BEFORE: u64 = 1_000_000;

/// Looks for an order of these operations on a register that holds one of these values at first.
pub fn check(
    operations: &[RegisterOperation],
    starts: &[ValueId],
    bound: Bound<'_>,
) -> Linearization {
    match values::tell(operations, starts) {
        ValuesTell::Order(order) => Linearization::Found(order),
        ValuesTell::Nothing => search::run(&timeline::Timeline::of(operations), starts, bound),
        ValuesTell::Impossible(last) => before(operations, last, starts, bound),
    }
}

/// Whether it is certain that there is no such order.
pub fn is_impossible(
    operations: &[RegisterOperation],
    starts: &[ValueId],
    bound: Bound<'_>,
) -> bool {
    match values::tell(operations, starts) {
        ValuesTell::Order(_) => false,
        ValuesTell::Impossible(_) => true,
        ValuesTell::Nothing => {
            let found = search::run(&timeline::Timeline::of(operations), starts, bound);
            matches!(found, Linearization::Impossible(_))
        }
    }
}

/// Looks for an order of what returned before an operation that is impossible.
fn before(
    operations: &[RegisterOperation],
    last: usize,
    starts: &[ValueId],
    bound: Bound<'_>,
) -> Linearization {
    let steps = Cell::new(STEPS_BEFORE);
    let bound = Bound {
        steps: bound.steps.or(Some(&steps)),
        ..bound
    };
    let of = |place: usize| Some((operations.get(place)?.returned?, place));
    let until = of(last);
    let is_known = |place: usize| of(place).is_some_and(|returned| Some(returned) < until);
    let known = |(place, one): (usize, &RegisterOperation)| {
        if is_known(place) { *one } else { one.open() }
    };
    let known: Vec<_> = operations.iter().enumerate().map(known).collect();
    let before = match check(&known, starts, bound) {
        Linearization::Found(order) => order,
        Linearization::GaveUp { .. } => Vec::new(),
        earlier @ Linearization::Impossible(_) => return earlier,
    };
    Linearization::Impossible(Contradicted {
        operation: last,
        before,
    })
}

#[cfg(test)]
mod brute_force;
#[cfg(test)]
mod tests;

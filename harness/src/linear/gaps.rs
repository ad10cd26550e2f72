//! The gaps of an order: where in it another operation has room.

use std::ops::RangeInclusive;

use super::{Access, RegisterOperation, ValueId};

/// The gaps before, between and after the operations of an order.
#[derive(Debug)]
pub struct Gaps {
    /// By gap, the value there.
    values: Vec<ValueId>,
    /// By gap, the next operation.
    next: Vec<Option<Access>>,
    /// By gap, the latest call before it, counted from 1.
    called: Vec<usize>,
    /// By gap, the first return after it.
    returned: Vec<usize>,
}

impl Gaps {
    /// Of an order on a register that holds this at first.
    pub fn of(operations: &[RegisterOperation], order: &[usize], start: ValueId) -> Self {
        let all = order.iter().filter_map(|place| operations.get(*place));
        let (mut values, mut called) = (vec![start], vec![0]);
        let (mut value, mut latest) = (start, 0);
        for one in all.clone() {
            value = one.access.apply(value);
            latest = latest.max(one.called.saturating_add(1));
            values.push(value);
            called.push(latest);
        }
        let mut first = usize::MAX;
        let mut returned = vec![first];
        for one in all.clone().rev() {
            first = first.min(one.returned.unwrap_or(usize::MAX));
            returned.push(first);
        }
        returned.reverse();
        let next = all.map(|one| Some(one.access));
        Self {
            values,
            next: next.chain([None]).collect(),
            called,
            returned,
        }
    }

    /// The gaps for an operation from its call to its return: all after it return once it is called, and all before
    /// it are called by its return.
    pub fn of_time(&self, called: usize, returned: usize) -> RangeInclusive<usize> {
        let first = self.returned.partition_point(|after| *after < called);
        let is_called = |before: &usize| *before <= returned.saturating_add(1);
        let end = self.called.partition_point(is_called);
        first..=end.saturating_sub(1)
    }

    /// The value in a gap.
    pub fn value(&self, gap: usize) -> Option<ValueId> {
        self.values.get(gap).copied()
    }

    /// Whether an operation has room somewhere in its time, and leaves the rest as it is.
    pub fn fits(&self, one: &RegisterOperation) -> bool {
        let returned = one.returned.unwrap_or(usize::MAX);
        let mut gaps = self.of_time(one.called, returned);
        gaps.any(|gap| {
            let Some(value) = self.value(gap) else {
                return false;
            };
            let after = one.access.apply(value);
            let next = self.next.get(gap).copied().flatten();
            let is_kept =
                after == value || next.is_none_or(|next| matches!(next, Access::Write(_)));
            one.access.is_legal(value) && is_kept
        })
    }
}

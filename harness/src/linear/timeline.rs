//! The operations on a register in the order in which they return, made ready for a search: those that no
//! order needs are left out.

use std::collections::HashMap;

use super::{Access, RegisterOperation, ValueId};

/// Values that a long chain of unknown operations would bring about are not followed further.
const ROUNDS_MAX: usize = 64;

/// An operation by its number in a list.
pub type OperationId = u32;

/// The operations as a search wants them.
#[derive(Debug, Default)]
pub struct Timeline {
    /// All of them by their numbers, those left out included.
    pub accesses: Vec<Access>,
    /// By the same numbers, whether an operation need not have taken effect.
    pub optional: Vec<bool>,
    /// The returns, in their order.
    pub returns: Vec<ReturnStep>,
    pub unknown: Vec<UnknownOperation>,
    /// How many operations with a return are under way at once at most.
    pub slots: usize,
}

/// What happens from the return before until this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnStep {
    /// The operations called, each with its slot.
    pub called: Vec<(usize, OperationId)>,
    pub operation: OperationId,
    /// Its slot: until its return no other operation has it.
    pub slot: usize,
}

/// An operation that may take effect at any time after its call, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownOperation {
    pub operation: OperationId,
    /// The first return that comes after its call.
    pub from: usize,
    /// Whether the one before it in the list does the same; that one was called earlier, and comes first.
    pub is_again: bool,
}

impl Timeline {
    pub fn of(operations: &[RegisterOperation]) -> Self {
        let mut kept = needed(operations);
        kept.sort_by_key(|(_, one)| one.called);
        let mut timeline = Self {
            accesses: operations.iter().map(|one| normal(one.access)).collect(),
            optional: operations.iter().map(|one| !one.is_certain).collect(),
            ..Self::default()
        };
        timeline.lay(&kept);
        timeline.unknown = timeline.unknown_of(&kept, operations);
        timeline
    }

    /// Puts the operations with a return into slots. At one place a call comes before a return: then both
    /// operations are under way at once.
    fn lay(&mut self, by_call: &[(OperationId, &RegisterOperation)]) {
        let with_return = |(id, one): &(OperationId, &RegisterOperation)| {
            one.returned.map(|returned| (returned, *id))
        };
        let mut by_return: Vec<_> = by_call.iter().filter_map(with_return).collect();
        by_return.sort_unstable();
        let calls = by_call.iter().filter(|(_, one)| one.returned.is_some());
        let mut calls = calls.map(|(id, one)| (one.called, *id)).peekable();
        let mut free: Vec<usize> = Vec::new();
        let mut slot_of: HashMap<OperationId, usize> = HashMap::new();
        for (returned, operation) in by_return {
            let mut called = Vec::new();
            while let Some((_, id)) = calls.next_if(|(place, _)| *place <= returned) {
                let slot = free.pop().unwrap_or_else(|| {
                    self.slots += 1;
                    self.slots - 1
                });
                slot_of.insert(id, slot);
                called.push((slot, id));
            }
            let slot = slot_of.remove(&operation).unwrap_or_default();
            free.push(slot);
            self.returns.push(ReturnStep {
                called,
                operation,
                slot,
            });
        }
    }

    /// Those without a return that are called before the last one, equal ones side by side.
    fn unknown_of(
        &self,
        by_call: &[(OperationId, &RegisterOperation)],
        all: &[RegisterOperation],
    ) -> Vec<UnknownOperation> {
        let returned = |step: &ReturnStep| all.get(step.operation as usize)?.returned;
        let places: Vec<_> = self.returns.iter().filter_map(returned).collect();
        let mut kinds: HashMap<Access, usize> = HashMap::new();
        let mut unknown = Vec::new();
        for (id, one) in by_call.iter().filter(|(_, one)| one.returned.is_none()) {
            let from = places.partition_point(|place| *place < one.called);
            if from < places.len() {
                let next = kinds.len();
                unknown.push((*kinds.entry(one.access).or_insert(next), *id, from));
            }
        }
        // Stable: those of one kind stay in the order of their calls.
        unknown.sort_by_key(|(kind, ..)| *kind);
        let before = std::iter::once(None).chain(unknown.iter().map(|(kind, ..)| Some(*kind)));
        let pairs = unknown.iter().zip(before);
        let pairs = pairs.map(|((kind, operation, from), before)| UnknownOperation {
            operation: *operation,
            from: *from,
            is_again: before == Some(*kind),
        });
        pairs.collect()
    }
}

/// A CAS that writes what it found shows it, and that is all.
pub fn normal(access: Access) -> Access {
    match access {
        Access::Cas(from, to) if from == to => Access::Is(from),
        Access::Cas(..) | Access::Write(_) | Access::Is(_) | Access::IsNot(_) => access,
    }
}

/// All but the optional operations whose value nothing needs that returns after their call.
fn needed(operations: &[RegisterOperation]) -> Vec<(OperationId, &RegisterOperation)> {
    let needs = Needs::of(operations);
    let is_needed = |one: &RegisterOperation| {
        let written = one.access.written();
        !one.is_optional() || written.is_some_and(|value| needs.is_needed(value, one.called))
    };
    let numbered = (0..).zip(operations);
    numbered.filter(|(_, one)| is_needed(one)).collect()
}

/// Until when values are needed: by the place of the last return that may need it.
#[derive(Default)]
struct Needs {
    values: HashMap<ValueId, usize>,
    /// Of the operations that found something else than a value, the last, and the last that found something
    /// else than another value.
    others: [Option<(usize, ValueId)>; 2],
    /// There is too much to follow: everything is.
    all: bool,
}

impl Needs {
    fn of(operations: &[RegisterOperation]) -> Self {
        let mut needs = Self::default();
        for one in operations.iter().filter(|one| !one.is_optional()) {
            let Some(returned) = one.returned else {
                continue;
            };
            needs.add(one.access.needed(), returned);
            if let Access::IsNot(value) = one.access {
                needs.add_other(value, returned);
            }
        }
        let optional = operations.iter().filter(|one| one.is_optional());
        let optional: Vec<_> = optional.collect();
        for _ in 0..ROUNDS_MAX {
            let steps = optional.iter().map(|one| needs.follow(one));
            if !steps.fold(false, |changed, step| changed | step) {
                return needs;
            }
        }
        needs.all = true;
        needs
    }

    /// Whether the value is needed by what returns after this place.
    fn is_needed(&self, value: ValueId, called: usize) -> bool {
        self.all || self.until(value).is_some_and(|until| until > called)
    }

    fn until(&self, value: ValueId) -> Option<usize> {
        let others = self.others.iter().flatten();
        let others = others.filter(|(_, than)| *than != value);
        let others = others.map(|(returned, _)| *returned).max();
        self.values.get(&value).copied().max(others)
    }

    fn add(&mut self, value: Option<ValueId>, returned: usize) -> bool {
        let Some(value) = value else {
            return false;
        };
        let until = self.values.entry(value).or_default();
        let is_later = *until < returned;
        *until = returned.max(*until);
        is_later
    }

    fn add_other(&mut self, value: ValueId, returned: usize) {
        let mut all = self.others.to_vec();
        all.push(Some((returned, value)));
        let mut all: Vec<_> = all.into_iter().flatten().collect();
        all.sort_unstable_by(|one, other| other.cmp(one));
        let first = all.first().copied();
        let second = all
            .into_iter()
            .find(|(_, than)| Some(*than) != first.map(|(_, than)| than));
        self.others = [first, second];
    }

    /// An optional CAS needs its first value as long as its second one is needed.
    fn follow(&mut self, one: &RegisterOperation) -> bool {
        let Access::Cas(from, to) = one.access else {
            return false;
        };
        match self.until(to) {
            Some(until) if from != to && until > one.called => self.add(Some(from), until),
            Some(_) | None => false,
        }
    }
}

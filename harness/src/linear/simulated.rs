//! A register that is right, and processes that use it as Maelstrom's clients use lin-kv: histories to hold the
//! search against, in tests and benchmarks.

use fastrand::Rng;

use super::{ABSENT, Access, RegisterOperation, ValueId};

/// Where values come again, they are from 1 up to this.
pub const VALUE_MAX: ValueId = 5;

/// How much there is to do.
#[derive(Debug, Clone, Copy)]
pub struct Simulation {
    pub operations: usize,
    /// By how many processes: half of them read, the others write, and compare and set.
    pub processes: usize,
    /// How many operations at most have an unknown end.
    pub unknown: usize,
    /// Whether each value is written once: without that, one of a few is.
    pub is_unique: bool,
}

/// What a process does.
#[derive(Debug, Clone, Copy)]
enum Busy {
    Free,
    /// It has called this operation.
    Called(usize),
    /// That has taken effect, too.
    Done(usize),
}

impl Simulation {
    /// A history that is linearizable.
    pub fn run(self, random: &mut Rng) -> Vec<RegisterOperation> {
        let mut processes = vec![Busy::Free; self.processes.max(1)];
        let mut all: Vec<RegisterOperation> = Vec::new();
        let (mut value, mut place, mut unknown) = (ABSENT, 0, self.unknown);
        let is_busy = |busy: &Busy| !matches!(busy, Busy::Free);
        while all.len() < self.operations || processes.iter().any(is_busy) {
            place += 1;
            let process = random.usize(0..processes.len());
            let Some(busy) = processes.get_mut(process) else {
                continue;
            };
            let (next, operation) = match *busy {
                Busy::Free if all.len() < self.operations => {
                    let latest = self.is_unique.then_some(all.len());
                    let access = request(random, process.is_multiple_of(2), latest);
                    all.push(called(access, place));
                    (Busy::Called(all.len() - 1), None)
                }
                Busy::Free => (Busy::Free, None),
                Busy::Called(operation) => (Busy::Done(operation), all.get_mut(operation)),
                Busy::Done(operation) => (Busy::Free, all.get_mut(operation)),
            };
            if let (Busy::Done(_), Some(one)) = (next, operation.as_deref()) {
                let access = done(one.access, value);
                value = access.apply(value);
                if let Some(one) = operation {
                    one.access = access;
                }
            } else if let Some(one) = operation {
                let is_lost = unknown > 0 && random.usize(0..self.operations) < 2 * self.unknown;
                unknown -= usize::from(is_lost);
                one.returned = (!is_lost).then_some(place);
                one.is_certain = !is_lost;
            }
            *busy = next;
        }
        all
    }
}

fn called(access: Access, called: usize) -> RegisterOperation {
    RegisterOperation {
        access,
        called,
        returned: None,
        is_certain: true,
    }
}

/// What a process asks for next; `asked`: where each value is written once, how much was asked for before.
fn request(random: &mut Rng, reads: bool, asked: Option<usize>) -> Access {
    let mut value = || random.u32(1..=VALUE_MAX);
    let (mut from, mut to) = (value(), value());
    if let Some(asked) = asked {
        to = ValueId::try_from(asked + 1).unwrap_or(ValueId::MAX);
        // That of a request before.
        from = to.saturating_sub(from);
    }
    match random.u8(0..3) {
        _ if reads => Access::Is(ABSENT),
        0 => Access::Write(to),
        _ => Access::Cas(from, to),
    }
}

/// What a request shows that takes effect now.
fn done(request: Access, value: ValueId) -> Access {
    match request {
        Access::Is(_) => Access::Is(value),
        Access::Cas(from, _) if value != from => Access::IsNot(from),
        Access::Cas(..) | Access::Write(_) | Access::IsNot(_) => request,
    }
}

/// Another result of the same request, which may be impossible. `values`: how many there are.
pub fn changed(random: &mut Rng, access: Access, values: ValueId) -> Option<Access> {
    match access {
        Access::Is(shown) => {
            // Not far off, so that it may be right.
            let other = (shown + random.u32(1..=VALUE_MAX.min(values))) % (values + 1);
            Some(Access::Is(other))
        }
        Access::Cas(from, _) => Some(Access::IsNot(from)),
        Access::IsNot(from) => Some(Access::Cas(from, random.u32(1..=values))),
        Access::Write(_) => None,
    }
}

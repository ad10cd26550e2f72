//! A register that is right, and processes that use it as Maelstrom's clients use lin-kv: histories to hold the
//! search against, in tests and benchmarks.

use fastrand::Rng;

use super::{ABSENT, Access, RegisterOperation, ValueId};

/// Values are from 1 up to this.
const VALUE_MAX: ValueId = 5;

/// How much there is to do.
#[derive(Debug, Clone, Copy)]
pub struct Simulation {
    /// How many operations.
    pub operations: usize,
    /// By how many processes: half of them read, the others write, and compare and set.
    pub processes: usize,
    /// How many operations at most have an unknown end.
    pub unknown: usize,
}

/// What a process does.
#[derive(Debug, Clone, Copy)]
enum Busy {
    /// Nothing.
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
                    let access = request(random, process.is_multiple_of(2));
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

fn request(random: &mut Rng, reads: bool) -> Access {
    let mut value = || random.u32(1..=VALUE_MAX);
    let (from, to) = (value(), value());
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

/// Another result of the same request, which may be impossible.
pub fn changed(random: &mut Rng, access: Access) -> Option<Access> {
    match access {
        Access::Is(shown) => {
            let other = (shown + random.u32(1..=VALUE_MAX)) % (VALUE_MAX + 1);
            Some(Access::Is(other))
        }
        Access::Cas(from, _) => Some(Access::IsNot(from)),
        Access::IsNot(from) => Some(Access::Cas(from, random.u32(1..=VALUE_MAX))),
        Access::Write(_) => None,
    }
}

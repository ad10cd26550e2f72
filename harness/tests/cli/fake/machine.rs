//! How much of the machine tests take at once. Most wait for processes most of the time; some start
//! many, or nodes that write as fast as they can.

use std::panic::AssertUnwindSafe;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::{panic, thread};

/// How much of the machine a test takes.
#[derive(Debug, Clone, Copy)]
pub enum Load {
    /// A run of single nodes that mostly sleep.
    Sleeper,
    /// A run of a cluster.
    Cluster,
    /// All of the machine.
    Crowd,
}

impl Load {
    fn units(self) -> usize {
        match self {
            Self::Sleeper => 1,
            Self::Cluster => 2,
            Self::Crowd => units_max(),
        }
    }
}

/// How many units there are.
fn units_max() -> usize {
    6 * thread::available_parallelism().map_or(1, Into::into)
}

/// Who has claimed how much, in the order in which they came.
struct Machine {
    taken: usize,
    /// The number that the next claim draws, and the one whose turn it is.
    drawn: u64,
    turn: u64,
}

static MACHINE: Mutex<Machine> = Mutex::new(Machine {
    taken: 0,
    drawn: 0,
    turn: 0,
});
static CHANGED: Condvar = Condvar::new();

/// A part of the machine, as long as this lives.
#[must_use = "when it is dropped, others take its place"]
pub struct Claim(usize);

/// Waits until this much of the machine is free. A thread that has a claim must not make another.
pub fn claim(load: Load) -> Claim {
    let units = load.units();
    let mut machine = machine();
    let number = machine.drawn;
    machine.drawn += 1;
    // One after the other: a crowd would wait for ever if small ones could overtake it.
    while machine.turn != number || machine.taken + units > units_max() {
        machine = CHANGED
            .wait(machine)
            .unwrap_or_else(PoisonError::into_inner);
    }
    machine.turn += 1;
    machine.taken += units;
    CHANGED.notify_all();
    Claim(units)
}

impl Drop for Claim {
    fn drop(&mut self) {
        machine().taken -= self.0;
        CHANGED.notify_all();
    }
}

fn machine() -> MutexGuard<'static, Machine> {
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does something with each, all at once as far as the machine is free. What panics says so itself.
#[track_caller]
pub fn at_once<T: Sync>(load: Load, all: &[T], act: impl Fn(&T) + Sync) {
    let failed: usize = thread::scope(|scope| {
        let act = &act;
        let one = |one| {
            move || {
                let _claim = claim(load);
                panic::catch_unwind(AssertUnwindSafe(|| act(one))).is_err()
            }
        };
        let running: Vec<_> = all.iter().map(|it| scope.spawn(one(it))).collect();
        let ended = running.into_iter().map(|thread| thread.join().unwrap());
        ended.map(usize::from).sum()
    });
    assert_eq!(failed, 0, "of {} failed, see above", all.len());
}

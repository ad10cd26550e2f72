//! The time that a thread works: what else runs on the machine is not in it.

use std::fs;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// How long this thread is on a CPU for some work; where the system doesn't say, the time it takes.
pub fn time_of(work: impl FnOnce()) -> Duration {
    let before = now();
    work();
    now().saturating_sub(before)
}

fn now() -> Duration {
    // The system counts up to the last time that the thread let go of its CPU, so it lets go of it:
    // where others take it away meanwhile, a sleep may be over before it began.
    let before = on_the_cpu();
    loop {
        thread::sleep(Duration::from_micros(200));
        match on_the_cpu() {
            Some(worked) if before == Some(worked) => {}
            worked => return worked.unwrap_or_else(since_the_start),
        }
    }
}

/// See `sched-stats` in Linux's documentation: of three numbers the first, in nanoseconds.
fn on_the_cpu() -> Option<Duration> {
    let numbers = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let worked = numbers.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(worked)).filter(|worked| !worked.is_zero())
}

fn since_the_start() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

#[test]
fn who_sleeps_does_not_work_and_who_works_does() {
    let slept = time_of(|| thread::sleep(Duration::from_millis(200)));
    let is_told = on_the_cpu().is_some();
    assert!(!is_told || slept < Duration::from_millis(20), "{slept:?}");
    // It goes on with each look at it, not by leaps.
    for _ in 0..1000 {
        assert!(time_of(|| ()) > Duration::ZERO);
    }
}

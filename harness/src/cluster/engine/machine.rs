//! How busy the machine is: how late the harness's own timers fire, and how long nodes wait for a CPU.
//!
//! Delays are recorded with their times, so that whoever judges a latency knows which of them fell
//! into it. Nothing is judged here.

use std::time::Duration;

use super::Engine;
use crate::cluster::history::{Delayed, Machine, Phase, What};

/// Shorter delays are not recorded: there are many on any machine, and no budget is missed for them.
const DELAY_MIN: Duration = Duration::from_millis(5);

/// Timers that fire later than this are counted as so late, in milliseconds.
const LATE_MAX: usize = 10_000;

/// What is known of the machine.
#[derive(Debug)]
pub(super) struct MachineWatch {
    cores: usize,
    /// How many timers fired so many milliseconds late.
    late: Vec<u64>,
    late_max: Duration,
    /// How late all timers of the set-up were together.
    set_up_late: Duration,
    cpu: Duration,
    waited: Duration,
}

/// What nodes had of the CPU since they were last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub since: Duration,
    /// How long they ran, all together.
    pub ran: Duration,
    /// How long they could have run and got no CPU, all together.
    pub waited: Duration,
    /// How long the one of them waited that waited longest.
    pub waited_max: Duration,
}

impl MachineWatch {
    pub(super) fn new() -> Self {
        Self {
            cores: 1,
            late: Vec::new(),
            late_max: Duration::ZERO,
            set_up_late: Duration::ZERO,
            cpu: Duration::ZERO,
            waited: Duration::ZERO,
        }
    }

    pub(super) fn cores(&self) -> usize {
        self.cores
    }

    pub(super) fn set_up_late(&self) -> Duration {
        self.set_up_late
    }

    fn fired(&mut self, late: Duration) {
        self.late_max = self.late_max.max(late);
        let milliseconds = usize::try_from(late.as_millis()).unwrap_or(LATE_MAX);
        let place = milliseconds.min(LATE_MAX);
        if self.late.len() <= place {
            self.late.resize(place + 1, 0);
        }
        if let Some(count) = self.late.get_mut(place) {
            *count += 1;
        }
    }

    fn sum(&self) -> Machine {
        let timers: u64 = self.late.iter().sum();
        // The last of these is the latest of the punctual 99%.
        let punctual = timers - timers / 100;
        let mut counted = 0;
        let p99 = self.late.iter().position(|count| {
            counted += count;
            counted >= punctual
        });
        let p99 = u64::try_from(p99.unwrap_or_default()).unwrap_or(u64::MAX);
        Machine {
            cores: self.cores,
            timers,
            late_max: self.late_max,
            late_p99: Duration::from_millis(p99),
            cpu: self.cpu,
            waited: self.waited,
        }
    }
}

impl Engine {
    /// The machine has so many cores.
    pub fn has_cores(&mut self, cores: usize) {
        self.machine.cores = cores;
    }

    /// The harness was to wake at `due`, and did so at `now`.
    pub fn woke(&mut self, now: Duration, due: Duration) {
        let by = now.saturating_sub(due);
        match self.phase {
            Phase::SetUp => self.machine.set_up_late += by,
            Phase::Load | Phase::Recovery | Phase::FinalReads => {
                self.machine.fired(by);
                self.delayed(now, due, by, Delayed::Harness);
            }
            Phase::End => {}
        }
    }

    /// What nodes had of the CPU.
    pub fn shared(&mut self, now: Duration, share: Share) {
        if self.phase == Phase::End {
            return;
        }
        self.machine.cpu += share.ran;
        self.machine.waited += share.waited;
        self.delayed(now, share.since, share.waited_max, Delayed::Node);
    }

    fn delayed(&mut self, now: Duration, since: Duration, by: Duration, who: Delayed) {
        // Several threads may have waited at once.
        let by = by.min(now);
        if by >= DELAY_MIN {
            self.happened(now, What::Delayed { since, by, who });
        }
    }

    /// Says how busy the machine was, once it matters no more.
    pub(super) fn sum_up_machine(&mut self, now: Duration) {
        let machine = self.machine.sum();
        if machine.timers > 0 {
            self.happened(now, What::Machine(Box::new(machine)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn lateness_has_its_quantile_and_its_maximum() {
        let mut watch = MachineWatch::new();
        assert_eq!((watch.sum().timers, watch.sum().late_p99), (0, ms(0)));
        (0..99).for_each(|_| watch.fired(ms(3)));
        watch.fired(Duration::from_micros(310_500));
        let sum = watch.sum();
        assert_eq!((sum.timers, sum.late_p99), (100, ms(3)));
        assert_eq!(sum.late_max, Duration::from_micros(310_500));
        watch.fired(ms(310));
        assert_eq!(watch.sum().late_p99, ms(310), "2 of 101 are late");
        watch.fired(Duration::MAX);
        assert_eq!(watch.sum().late_max, Duration::MAX);
        assert!(watch.late.len() <= LATE_MAX + 1);
    }
}

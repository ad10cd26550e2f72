//! Which client asks when: at the rate asked for, with gaps spread evenly between none and twice the
//! mean. What it asks is known to the workload. Pure; the seed decides.

use std::time::Duration;

use fastrand::Rng;

use super::workload::Request;
use super::workload::kind::WorkloadKind;

/// A longer gap between two requests is as good as none: no load lasts so long.
const GAP_MAX: Duration = Duration::from_secs(1_000_000_000);

/// A request that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// When, since the load began.
    pub at: Duration,
    /// By which client, 1 to the number of clients; the next free one if it is busy.
    pub client: usize,
    /// What.
    pub request: Request,
}

/// All requests of a load, one after the other.
#[derive(Debug)]
pub struct Load {
    workload: WorkloadKind,
    random: Rng,
    clients: usize,
    gap_mean: Duration,
    /// How many values were given.
    values: usize,
    next: Due,
}

impl Load {
    /// The requests that a seed stands for. `rate`: how many a second.
    pub fn new(workload: WorkloadKind, seed: u64, rate: f64, clients: usize) -> Self {
        let mut random = Rng::with_seed(seed);
        let gap_mean = Duration::try_from_secs_f64(1.0 / rate).unwrap_or(GAP_MAX);
        let gap_mean = gap_mean.min(GAP_MAX);
        let next = draw(
            workload,
            &mut random,
            (gap_mean, clients, 0),
            Duration::ZERO,
        );
        Self {
            workload,
            random,
            clients,
            gap_mean,
            values: usize::from(next.request.value().is_some()),
            next,
        }
    }

    /// The request that comes next.
    pub fn next(&self) -> &Due {
        &self.next
    }

    /// Takes that request, and goes on to the one after it.
    pub fn take(&mut self) -> Due {
        let drawn_from = (self.gap_mean, self.clients, self.values);
        let next = draw(self.workload, &mut self.random, drawn_from, self.next.at);
        self.values += usize::from(next.request.value().is_some());
        std::mem::replace(&mut self.next, next)
    }
}

fn draw(
    workload: WorkloadKind,
    random: &mut Rng,
    (gap_mean, clients, values): (Duration, usize, usize),
    after: Duration,
) -> Due {
    let gap = gap_mean.mul_f64(2.0 * random.f64());
    let client = random.usize(1..=clients.max(1));
    Due {
        at: after.saturating_add(gap),
        client,
        request: workload.next(random, values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(seed: u64, rate: f64, until: Duration) -> Vec<Due> {
        let mut load = Load::new(WorkloadKind::Broadcast, seed, rate, 5);
        std::iter::from_fn(|| {
            let due = load.take();
            (due.at < until).then_some(due)
        })
        .collect()
    }

    #[test]
    fn the_rate_is_kept_half_of_it_broadcasts_and_values_are_new() {
        let requests = requests(1, 100.0, Duration::from_secs(100));
        assert!(
            (9_800..10_200).contains(&requests.len()),
            "{}",
            requests.len()
        );
        let values = requests.iter().filter_map(|due| due.request.value());
        let values: Vec<_> = values.collect();
        assert!((4_800..5_200).contains(&values.len()), "{}", values.len());
        assert_eq!(values, (0..values.len()).collect::<Vec<_>>());
        assert!(requests.iter().all(|due| (1..=5).contains(&due.client)));
        let gaps = requests
            .windows(2)
            .map(|pair| pair[1].at.saturating_sub(pair[0].at));
        assert!(gaps.max().unwrap() <= Duration::from_millis(20));
    }

    #[test]
    fn a_rate_next_to_nothing_asks_nothing() {
        for rate in [1e-9, 1e-19, 1e-300, f64::MIN_POSITIVE] {
            assert_eq!(requests(1, rate, Duration::from_secs(1_000)), []);
        }
    }

    #[test]
    fn a_seed_stands_for_its_requests() {
        let ten = Duration::from_secs(10);
        assert_eq!(requests(7, 5.0, ten), requests(7, 5.0, ten));
        assert_ne!(requests(7, 5.0, ten), requests(8, 5.0, ten));
    }
}

//! What clients ask, and when: Maelstrom's broadcast workload. Pure; the seed decides.
//!
//! Requests come at the rate asked for, with gaps spread evenly between none and twice the mean;
//! half of them broadcast a value that nobody broadcast before (0, 1, 2, …), half read.

use std::time::Duration;

use fastrand::Rng;

use super::history::Request;

/// A longer gap between two requests is as good as none: no load lasts so long.
const GAP_MAX: Duration = Duration::from_secs(1_000_000_000);

/// A request that is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
pub struct Workload {
    random: Rng,
    clients: usize,
    gap_mean: Duration,
    values: usize,
    next: Due,
}

impl Workload {
    /// The requests that a seed stands for. `rate`: how many a second.
    pub fn new(seed: u64, rate: f64, clients: usize) -> Self {
        let mut workload = Self {
            random: Rng::with_seed(seed),
            clients,
            gap_mean: Duration::try_from_secs_f64(1.0 / rate)
                .unwrap_or(GAP_MAX)
                .min(GAP_MAX),
            values: 0,
            next: Due {
                at: Duration::ZERO,
                client: 1,
                request: Request::Read,
            },
        };
        workload.next = workload.draw(Duration::ZERO);
        workload
    }

    /// The request that comes next.
    pub fn next(&self) -> Due {
        self.next
    }

    /// Goes on to the one after it.
    pub fn advance(&mut self) {
        self.next = self.draw(self.next.at);
    }

    fn draw(&mut self, after: Duration) -> Due {
        let gap = self.gap_mean.mul_f64(2.0 * self.random.f64());
        let client = self.random.usize(1..=self.clients.max(1));
        let request = if self.random.bool() {
            self.values += 1;
            Request::Broadcast(self.values - 1)
        } else {
            Request::Read
        };
        Due {
            at: after.saturating_add(gap),
            client,
            request,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(seed: u64, rate: f64, until: Duration) -> Vec<Due> {
        let mut workload = Workload::new(seed, rate, 5);
        std::iter::from_fn(|| {
            let due = workload.next();
            workload.advance();
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
        let values = requests.iter().filter_map(|due| match due.request {
            Request::Broadcast(value) => Some(value),
            Request::Read => None,
        });
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

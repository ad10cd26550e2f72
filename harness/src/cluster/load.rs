//! Which client asks when: at the rate asked for, with gaps spread evenly between none and twice the
//! mean. What it asks is known to the workload. Pure; the seed decides.

use std::time::Duration;

use fastrand::Rng;

use super::history::Outcome;
use super::settings::Settings;
use super::workload::Request;
use super::workload::generator::Generator;

/// A longer gap between two requests is as good as none: no load lasts so long.
const GAP_MAX: Duration = Duration::from_secs(1_000_000_000);

/// When a request is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Since the load began.
    pub at: Duration,
    /// By which client, 1 to the number of clients; the next free one if it is busy.
    pub client: usize,
}

/// All requests of a load, one after the other.
#[derive(Debug)]
pub struct Load {
    generator: Generator,
    random: Rng,
    clients: usize,
    gap_mean: Duration,
    next: Due,
}

impl Load {
    /// The requests that a seed stands for.
    pub fn new(settings: &Settings, seed: u64) -> Self {
        let gap_mean = Duration::try_from_secs_f64(1.0 / settings.rate).unwrap_or(GAP_MAX);
        let mut load = Self {
            generator: Generator::new(settings),
            random: Rng::with_seed(seed),
            clients: settings.clients,
            gap_mean: gap_mean.min(GAP_MAX),
            next: Due {
                at: Duration::ZERO,
                client: 1,
            },
        };
        load.draw();
        load
    }

    /// When the next request is due.
    pub fn next(&self) -> Due {
        self.next
    }

    /// The request that this client makes now, which is the one that was due; after it comes the next.
    pub fn take(&mut self, client: usize) -> Request {
        let request = self.generator.next(&mut self.random, client);
        self.draw();
        request
    }

    /// A client's request ended: what it asks at once, beside the requests that are due.
    pub fn ended(
        &mut self,
        client: usize,
        request: &Request,
        outcome: &Outcome,
    ) -> Option<Request> {
        self.generator.ended(client, request, outcome)
    }

    fn draw(&mut self) {
        let gap = self.gap_mean.mul_f64(2.0 * self.random.f64());
        self.next = Due {
            at: self.next.at.saturating_add(gap),
            client: self.random.usize(1..=self.clients.max(1)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(seed: u64, rate: f64, until: Duration) -> Vec<(Due, Request)> {
        let settings = Settings {
            rate,
            ..Settings::default()
        };
        let mut load = Load::new(&settings, seed);
        std::iter::from_fn(|| {
            let due = load.next();
            (due.at < until).then(|| (due, load.take(due.client)))
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
        let values = requests.iter().filter_map(|(_, request)| request.value());
        let values: Vec<_> = values.collect();
        assert!((4_800..5_200).contains(&values.len()), "{}", values.len());
        assert_eq!(values, (0..values.len()).collect::<Vec<_>>());
        assert!(
            requests
                .iter()
                .all(|(due, _)| (1..=5).contains(&due.client))
        );
        let gaps = requests
            .windows(2)
            .map(|pair| pair[1].0.at.saturating_sub(pair[0].0.at));
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

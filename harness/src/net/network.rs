//! The network between nodes: how late a message arrives, how often, and whether at all.
//!
//! A message gets its latency when it is sent and arrives when that is over, whatever else is
//! under way. Faults are verbs on links; a cut drops, silently, what would arrive while it lasts.
//! Nodes are numbers here and messages are anything. Time is a parameter, the time since the
//! start, and never goes back; chance comes from a seed, so that a run can be repeated. Clients
//! are reached at once and never cut off: their messages don't come here. Those of services do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// How latencies spread around their mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Distribution {
    Constant,
    /// Anything from nothing to twice the mean, equally often.
    Uniform,
    /// Mostly short, rarely very long.
    Exponential,
}

impl Distribution {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Constant, Self::Uniform, Self::Exponential];

    /// Its name, as the command line takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Uniform => "uniform",
            Self::Exponential => "exponential",
        }
    }
}

/// Which of the cuts that were made, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CutId(pub usize);

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArrivalFate {
    Delivered,
    Lost,
    /// This cut was in its way when it would have arrived.
    Cut(CutId),
}

/// A message at the end of its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival<M> {
    pub sent: Duration,
    /// When it arrived, or would have.
    pub due: Duration,
    pub from: usize,
    /// Whom it was sent to.
    pub to: usize,
    pub message: M,
    /// Whether it reached its node; if not, why.
    pub fate: ArrivalFate,
}

/// The links between all nodes, and what is under way on them.
#[derive(Debug)]
pub struct Network<M> {
    random: Rng,
    latency_mean: Duration,
    distribution: Distribution,
    loss: f64,
    duplicate: f64,
    /// What each cut, of those that last, cuts.
    cuts: BTreeMap<CutId, Vec<(usize, usize)>>,
    /// By link, the cuts on it, in the order in which they were made.
    cut_links: BTreeMap<(usize, usize), BTreeSet<CutId>>,
    cuts_made: usize,
    /// By time of arrival, then by the order of sending.
    under_way: BTreeMap<(Duration, u64), Arrival<M>>,
    sent: u64,
}

impl<M: Clone> Network<M> {
    /// A network that loses nothing and in which everything arrives at once.
    pub fn new(seed: u64) -> Self {
        Self {
            random: Rng::with_seed(seed),
            latency_mean: Duration::ZERO,
            distribution: Distribution::Constant,
            loss: 0.0,
            duplicate: 0.0,
            cuts: BTreeMap::new(),
            cut_links: BTreeMap::new(),
            cuts_made: 0,
            under_way: BTreeMap::new(),
            sent: 0,
        }
    }

    /// From now on, what is sent is under way for so long.
    pub fn slow(&mut self, latency_mean: Duration, distribution: Distribution) {
        self.latency_mean = latency_mean;
        self.distribution = distribution;
    }

    /// From now on, each message gets lost with this probability.
    pub fn lose(&mut self, probability: f64) {
        self.loss = probability;
    }

    /// From now on, each message arrives twice with this probability, each time with a latency of
    /// its own.
    pub fn duplicate(&mut self, probability: f64) {
        self.duplicate = probability;
    }

    /// Cuts these links, each from the first node to the second and not back.
    pub fn cut(&mut self, links: Vec<(usize, usize)>) -> CutId {
        let id = CutId(self.cuts_made);
        self.cuts_made += 1;
        for link in &links {
            self.cut_links.entry(*link).or_default().insert(id);
        }
        self.cuts.insert(id, links);
        id
    }

    pub fn mend(&mut self, cut: CutId) {
        for link in self.cuts.remove(&cut).unwrap_or_default() {
            if let Some(cuts) = self.cut_links.get_mut(&link) {
                cuts.remove(&cut);
                if cuts.is_empty() {
                    self.cut_links.remove(&link);
                }
            }
        }
    }

    pub fn mend_all(&mut self) {
        self.cuts.clear();
        self.cut_links.clear();
    }

    /// Ends everything that is wrong: cuts, loss and duplication. Latency stays, and what was lost
    /// stays lost.
    pub fn heal(&mut self) {
        self.mend_all();
        self.loss = 0.0;
        self.duplicate = 0.0;
    }

    /// Takes a message on its way; says in how many copies.
    pub fn send(&mut self, now: Duration, from: usize, to: usize, message: M) -> usize {
        let fate = if self.happens(self.loss) {
            ArrivalFate::Lost
        } else {
            ArrivalFate::Delivered
        };
        let copies = if self.happens(self.duplicate) { 2 } else { 1 };
        for _ in 0..copies {
            self.depart(now, from, to, message.clone(), fate);
        }
        copies
    }

    /// Takes a message on its way that is neither lost nor doubled. It is late as any other, and arrives
    /// unless its link is cut.
    pub fn send_safely(&mut self, now: Duration, from: usize, to: usize, message: M) {
        self.depart(now, from, to, message, ArrivalFate::Delivered);
    }

    fn depart(&mut self, now: Duration, from: usize, to: usize, message: M, fate: ArrivalFate) {
        let due = now.saturating_add(self.latency());
        let arrival = Arrival {
            sent: now,
            due,
            from,
            to,
            message,
            fate,
        };
        self.under_way.insert((due, self.sent), arrival);
        self.sent += 1;
    }

    /// When the next message comes to the end of its way.
    pub fn next_arrival(&self) -> Option<Duration> {
        self.under_way.first_key_value().map(|((due, _), _)| *due)
    }

    /// Takes the next message whose way has ended by `now`, also one that was dropped.
    pub fn arrive(&mut self, now: Duration) -> Option<Arrival<M>> {
        let next = self.under_way.first_entry()?;
        if next.key().0 > now {
            return None;
        }
        let mut arrival = next.remove();
        if let (ArrivalFate::Delivered, Some(cut)) =
            (arrival.fate, self.cut_on(arrival.from, arrival.to))
        {
            arrival.fate = ArrivalFate::Cut(cut);
        }
        Some(arrival)
    }

    /// The first cut between two nodes, in this direction.
    fn cut_on(&self, from: usize, to: usize) -> Option<CutId> {
        self.cut_links.get(&(from, to))?.first().copied()
    }

    fn happens(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.random.f64() < probability
    }

    fn latency(&mut self) -> Duration {
        let factor = match self.distribution {
            Distribution::Constant => return self.latency_mean,
            Distribution::Uniform => 2.0 * self.random.f64(),
            Distribution::Exponential => -(1.0 - self.random.f64()).ln(),
        };
        self.latency_mean.mul_f64(factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn fates(network: &mut Network<u32>, now: Duration) -> Vec<(u32, ArrivalFate)> {
        std::iter::from_fn(|| network.arrive(now))
            .map(|arrival| (arrival.message, arrival.fate))
            .collect()
    }

    #[test]
    fn a_message_keeps_the_latency_it_had_when_it_was_sent() {
        let mut network = Network::new(1);
        network.slow(at(100), Distribution::Constant);
        network.send(at(0), 0, 1, 1);
        network.send(at(0), 0, 1, 2);
        network.slow(at(10), Distribution::Constant);
        network.send(at(50), 0, 1, 3);
        assert_eq!(network.next_arrival(), Some(at(60)));
        assert_eq!(fates(&mut network, at(59)), []);
        assert_eq!(fates(&mut network, at(60)), [(3, ArrivalFate::Delivered)]);
        let rest = [(1, ArrivalFate::Delivered), (2, ArrivalFate::Delivered)];
        assert_eq!(fates(&mut network, at(100)), rest);
        assert_eq!(network.next_arrival(), None);
    }

    #[test]
    fn a_cut_drops_what_would_arrive_while_it_lasts() {
        let mut network = Network::new(1);
        network.slow(at(10), Distribution::Constant);
        network.send(at(0), 0, 1, 1);
        let one_way = network.cut(vec![(0, 1)]);
        network.send(at(0), 1, 0, 2);
        let dropped = [(1, ArrivalFate::Cut(one_way)), (2, ArrivalFate::Delivered)];
        assert_eq!(fates(&mut network, at(10)), dropped);
        network.send(at(10), 0, 1, 3);
        network.mend(one_way);
        assert_eq!(fates(&mut network, at(20)), [(3, ArrivalFate::Delivered)]);
    }

    #[test]
    fn of_several_cuts_the_first_is_named_and_healing_ends_all() {
        let mut network = Network::new(1);
        let first = network.cut(vec![(0, 1), (1, 0)]);
        let second = network.cut(vec![(0, 1), (0, 2)]);
        for to in [1, 2, 3] {
            network.send(at(0), 0, to, 0);
        }
        let dropped = [
            ArrivalFate::Cut(first),
            ArrivalFate::Cut(second),
            ArrivalFate::Delivered,
        ];
        let fates = fates(&mut network, at(0)).into_iter();
        assert!(fates.map(|(_, fate)| fate).eq(dropped));
        network.heal();
        network.send(at(0), 0, 1, 9);
        assert_eq!(
            self::fates(&mut network, at(0)),
            [(9, ArrivalFate::Delivered)]
        );
    }

    #[test]
    fn loss_and_duplication_have_their_rates_and_a_seed_repeats_them() {
        let run = |seed| {
            let mut network = Network::new(seed);
            network.slow(at(10), Distribution::Uniform);
            network.lose(0.2);
            network.duplicate(0.5);
            for number in 0..10_000 {
                network.send(at(0), 0, 1, number);
            }
            fates(&mut network, at(20))
        };
        let fates = run(7);
        assert_eq!(fates, run(7));
        assert_ne!(fates, run(8));
        assert!((14_700..15_300).contains(&fates.len()), "{}", fates.len());
        let lost = fates
            .iter()
            .filter(|(_, fate)| *fate == ArrivalFate::Lost)
            .count();
        assert!((2_700..3_300).contains(&lost), "{lost}");
    }

    #[test]
    fn latencies_spread_around_their_mean() {
        for (distribution, shortest, longest) in [
            (Distribution::Constant, 100..101, 100..101),
            (Distribution::Uniform, 0..2, 198..200),
            (Distribution::Exponential, 0..2, 600..2000),
        ] {
            let mut network = Network::new(1);
            network.slow(at(100), distribution);
            for _ in 0..10_000 {
                network.send(at(0), 0, 1, ());
            }
            let arrivals = std::iter::from_fn(|| network.arrive(Duration::MAX));
            let times: Vec<_> = arrivals.map(|arrival| arrival.due.as_millis()).collect();
            let mean = times.iter().sum::<u128>() / 10_000;
            assert!((96..=104).contains(&mean), "{distribution:?}: {mean}");
            assert!(
                shortest.contains(&times[0]),
                "{distribution:?}: {}",
                times[0]
            );
            assert!(
                longest.contains(&times[9_999]),
                "{distribution:?}: {}",
                times[9_999]
            );
        }
    }
}

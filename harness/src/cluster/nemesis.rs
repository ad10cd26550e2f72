//! Which faults strike, whom, and when. Pure; the seed decides, before the run begins.
//!
//! As with Maelstrom each kind begins after one interval, ends after the next, and so on; several
//! kinds are shifted against each other, so that each also strikes while others last. Killed nodes
//! stay dead, and most nodes live. No node is struck by two faults at once, but for cuts.

use std::time::Duration;

use fastrand::Rng;

use super::fault::{Cut, Fault};
use super::settings::{FaultKind, Settings};

/// A fault that is to strike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strike {
    /// When, since the load began.
    pub begins: Duration,
    /// When it ends, unless all is healed before; a kill never does.
    pub ends: Option<Duration>,
    /// What it does.
    pub fault: Fault,
}

/// The faults of a test, in the order in which they begin.
pub fn plan(settings: &Settings, seed: u64) -> Vec<Strike> {
    let mut random = Rng::with_seed(seed);
    let mut strikes: Vec<Strike> = Vec::new();
    for (begins, kind) in times(settings) {
        let ends = begins.saturating_add(settings.nemesis_interval);
        let nodes = settings.nodes.len();
        let fault = match kind {
            FaultKind::Partition => cut(nodes, &mut random).map(Fault::Cut),
            FaultKind::Kill => {
                let dead = strikes.iter().filter(|strike| strike.fault.kind() == kind);
                let may_die = dead.count() < minority(nodes);
                let victim = victim(&strikes, begins, Duration::MAX, nodes, &mut random);
                victim.filter(|_| may_die).map(Fault::Kill)
            }
            FaultKind::Pause => {
                victim(&strikes, begins, ends, nodes, &mut random).map(Fault::Pause)
            }
            FaultKind::Restart => {
                victim(&strikes, begins, ends, nodes, &mut random).map(Fault::Restart)
            }
        };
        strikes.extend(fault.map(|fault| Strike {
            begins,
            ends: (kind != FaultKind::Kill).then_some(ends),
            fault,
        }));
    }
    strikes
}

/// When which kind strikes, in the order of time.
fn times(settings: &Settings) -> Vec<(Duration, FaultKind)> {
    let interval = settings.nemesis_interval;
    let kinds = u32::try_from(settings.nemesis.len()).unwrap_or(u32::MAX);
    let mut times = Vec::new();
    for (index, kind) in (0..kinds).zip(&settings.nemesis) {
        let mut at = interval.saturating_add(interval / kinds * index);
        while at < settings.time_limit && !interval.is_zero() {
            times.push((at, *kind));
            at = at.saturating_add(interval.saturating_mul(2));
        }
    }
    times.sort_by_key(|(at, _)| *at);
    times
}

/// How many nodes may be away: a third of the others, at least one, but never all.
fn minority(nodes: usize) -> usize {
    let others = nodes.saturating_sub(1);
    (others / 3).max(1).min(others)
}

/// A node that no other fault strikes in this time.
fn victim(
    strikes: &[Strike],
    begins: Duration,
    ends: Duration,
    nodes: usize,
    random: &mut Rng,
) -> Option<usize> {
    let meets =
        |strike: &&Strike| begins < strike.ends.unwrap_or(Duration::MAX) && strike.begins < ends;
    let struck: Vec<_> = strikes
        .iter()
        .filter(meets)
        .filter_map(|s| s.fault.node())
        .collect();
    let free: Vec<_> = (0..nodes).filter(|node| !struck.contains(node)).collect();
    // Whoever is left alone has nobody to fail.
    let enough = free.len() > 1 && nodes > 1;
    enough.then(|| random.choice(free)).flatten()
}

/// One of four shapes, with equal odds: one node alone, a minority, halves, a ring.
fn cut(nodes: usize, random: &mut Rng) -> Option<Cut> {
    if nodes < 2 {
        return None;
    }
    let mut order: Vec<_> = (0..nodes).collect();
    random.shuffle(&mut order);
    let alone = match random.u8(0..4) {
        0 => 1,
        1 => minority(nodes),
        2 => nodes / 2,
        // With fewer than four nodes a majority is in reach of everybody or of nobody.
        _ if nodes < 4 => 1,
        _ => return Some(Cut::Ring(order)),
    };
    let mut others = order.split_off(alone);
    order.sort_unstable();
    others.sort_unstable();
    Some(Cut::Split(vec![order, others]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::settings::names;

    fn settings(nodes: usize, nemesis: &[FaultKind], seconds: u64) -> Settings {
        Settings {
            nodes: names(nodes),
            nemesis: nemesis.to_vec(),
            time_limit: Duration::from_secs(seconds),
            ..Settings::default()
        }
    }

    #[test]
    fn a_kind_begins_and_ends_each_interval() {
        let strikes = plan(&settings(5, &[FaultKind::Partition], 60), 1);
        let times: Vec<_> = strikes
            .iter()
            .map(|strike| {
                (
                    strike.begins.as_secs(),
                    strike.ends.map(|ends| ends.as_secs()),
                )
            })
            .collect();
        assert_eq!(times, [(10, Some(20)), (30, Some(40)), (50, Some(60))]);
        let both = plan(
            &settings(5, &[FaultKind::Partition, FaultKind::Pause], 60),
            1,
        );
        let times: Vec<_> = both.iter().map(|strike| strike.begins.as_secs()).collect();
        assert_eq!(times, [10, 15, 30, 35, 50, 55]);
        assert_eq!(plan(&settings(5, &[FaultKind::Partition], 10), 1), []);
        assert_eq!(
            plan(&settings(1, &FaultKind::ALL, 600), 1),
            [],
            "nobody to fail"
        );
    }

    #[test]
    fn most_nodes_live_and_none_is_struck_twice_at_once() {
        for seed in 0..200 {
            for nodes in 2..8 {
                let strikes = plan(&settings(nodes, &FaultKind::ALL, 600), seed);
                let killed = strikes.iter().filter(|s| matches!(s.fault, Fault::Kill(_)));
                assert!(killed.count() <= minority(nodes));
                for (index, one) in strikes.iter().enumerate() {
                    let later = strikes.iter().skip(index + 1);
                    let at_once =
                        later.filter(|other| other.begins < one.ends.unwrap_or(Duration::MAX));
                    let mut same = at_once.filter(|other| {
                        one.fault.node().is_some() && other.fault.node() == one.fault.node()
                    });
                    assert_eq!(same.next(), None, "{seed}");
                }
            }
        }
    }

    #[test]
    fn every_shape_of_cut_comes_and_cuts_something() {
        let mut random = Rng::with_seed(1);
        let mut sizes = Vec::new();
        for _ in 0..400 {
            let cut = cut(9, &mut random).unwrap();
            assert!(!cut.links().is_empty());
            sizes.push(match cut {
                Cut::Split(parts) => parts[0].len(),
                Cut::Ring(_) | Cut::OneWay(..) => 0,
            });
        }
        for size in [0, 1, 2, 4] {
            let count = sizes.iter().filter(|found| **found == size).count();
            assert!((70..130).contains(&count), "{size}: {count} of 400");
        }
        assert!((0..100).all(|_| !cut(2, &mut random).unwrap().links().is_empty()));
    }
}

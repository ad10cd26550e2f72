//! Which faults strike, whom, and when. Pure; the seed decides, before the run begins.
//!
//! As with Maelstrom each kind begins after one interval, ends after the next, and so on; several
//! kinds are shifted against each other, so that each also strikes while others last. Killed nodes
//! stay dead, and most nodes live. No node is struck by two faults at once, but for cuts; a kind that found no
//! node free when its time had come takes the next one's turn.
//!
//! The shapes of partitions take turns, within a run and from one seed to the next: with odds instead,
//! three short runs could all have a ring, through which a value finds its way though nothing is sent
//! again.

use std::time::Duration;

use fastrand::Rng;

use super::settings::Settings;
use crate::net::fault::FaultKind;
use crate::net::fault::{Cut, Fault};

/// A fault that is to strike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strike {
    /// When, since the load began.
    pub begins: Duration,
    /// When it ends, unless all is healed before; a kill never does.
    pub ends: Option<Duration>,
    pub fault: Fault,
}

/// How a partition divides the nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One node on one side, all others on the other.
    Alone,
    /// A third of the other nodes on one side.
    Minority,
    /// Half of the nodes on each side.
    Halves,
    /// Each node reaches a majority, and no two the same one.
    Ring,
}

/// The shapes in the order of their turns. Seed 1, the one that is named most, isolates a node.
const SHAPES: [Shape; 4] = [Shape::Ring, Shape::Alone, Shape::Minority, Shape::Halves];

/// This seed, or the next one if the first partition under this seed would isolate no node.
pub fn isolating(seed: u64) -> u64 {
    match shapes(seed).next() {
        Some(Shape::Ring) => seed.wrapping_add(1),
        _ => seed,
    }
}

/// The shapes of the partitions in the run with this seed, one after the other.
fn shapes(seed: u64) -> impl Iterator<Item = Shape> {
    let turns = SHAPES.len() as u64;
    let skipped = usize::try_from(seed % turns).unwrap_or_default();
    SHAPES.into_iter().cycle().skip(skipped)
}

/// The faults of a test, in the order in which they begin. `seed` decides whom they strike; whose
/// turn it is among the shapes of partitions, the seed of the settings.
pub fn plan(settings: &Settings, seed: u64) -> Vec<Strike> {
    let mut random = Rng::with_seed(seed);
    let mut strikes: Vec<Strike> = Vec::new();
    let mut shapes = shapes(settings.seed);
    let nodes = settings.nodes.len();
    let mut struck = Struck(vec![Duration::ZERO; nodes]);
    let mut dead = 0;
    // The kinds whose time has come, and that found no node free.
    let mut due: Vec<FaultKind> = Vec::new();
    for (begins, kind) in times(settings) {
        let ends = begins.saturating_add(settings.nemesis_interval);
        let fault = if kind == FaultKind::Partition {
            let shape = shapes.next().unwrap_or(Shape::Alone);
            cut(nodes, shape, &mut random).map(Fault::Cut)
        } else {
            if !due.contains(&kind) {
                due.push(kind);
            }
            due.retain(|kind| *kind != FaultKind::Kill || dead < minority(nodes));
            let first = due.first().copied();
            let struck = first.and_then(|first| {
                let victim = struck.victim(begins, &mut random)?;
                strike(first, victim)
            });
            if struck.is_some() {
                due.remove(0);
            }
            struck
        };
        let Some(fault) = fault else { continue };
        let is_kill = fault.kind() == FaultKind::Kill;
        let ends = (!is_kill).then_some(ends);
        dead += usize::from(is_kill);
        struck.until(&fault, ends.unwrap_or(Duration::MAX));
        strikes.push(Strike {
            begins,
            ends,
            fault,
        });
    }
    strikes
}

/// A fault of this kind that strikes one node.
fn strike(kind: FaultKind, victim: usize) -> Option<Fault> {
    match kind {
        FaultKind::Partition => None,
        FaultKind::Kill => Some(Fault::Kill(victim)),
        FaultKind::Pause => Some(Fault::Pause(victim)),
        FaultKind::Restart => Some(Fault::Restart(victim)),
    }
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

/// By node, until when a fault strikes it. Faults come in the order in which they begin, so that a node
/// which none strikes any more is free from then on.
struct Struck(Vec<Duration>);

impl Struck {
    /// A node that no other fault strikes from then on.
    fn victim(&self, begins: Duration, random: &mut Rng) -> Option<usize> {
        let all = self.0.iter().enumerate();
        let free = all.filter(|(_, until)| **until <= begins);
        let free: Vec<_> = free.map(|(node, _)| node).collect();
        // Whoever is left alone has nobody to fail.
        (free.len() > 1).then(|| random.choice(free)).flatten()
    }

    fn until(&mut self, fault: &Fault, ends: Duration) {
        if let Some(until) = fault.node().and_then(|node| self.0.get_mut(node)) {
            *until = ends;
        }
    }
}

/// A cut of this shape among so many nodes.
fn cut(nodes: usize, shape: Shape, random: &mut Rng) -> Option<Cut> {
    if nodes < 2 {
        return None;
    }
    let mut order: Vec<_> = (0..nodes).collect();
    random.shuffle(&mut order);
    let first_part = match shape {
        Shape::Alone => 1,
        Shape::Minority => minority(nodes),
        Shape::Halves => nodes / 2,
        // With fewer than four nodes a majority is in reach of everybody or of nobody.
        Shape::Ring if nodes < 4 => 1,
        Shape::Ring => return Some(Cut::Ring(order)),
    };
    let mut others = order.split_off(first_part);
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
    fn each_kind_has_its_turn_among_few_nodes() {
        use FaultKind::{Kill, Partition, Pause, Restart};
        for nemesis in [
            &[Partition, Kill, Pause, Restart][..],
            &[Kill, Pause, Restart],
            &[Restart, Pause, Kill],
        ] {
            for seed in 0..200 {
                let strikes = plan(&settings(3, nemesis, 100), seed);
                for kind in nemesis {
                    let of_kind = strikes.iter();
                    let of_kind = of_kind.filter(|strike| strike.fault.kind() == *kind);
                    let least = if *kind == Kill { 1 } else { 2 };
                    assert!(of_kind.count() >= least, "{kind:?} of {nemesis:?} {seed}");
                }
            }
        }
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

    /// How many nodes each partition of the run with this seed has on its smaller side; of a ring 0.
    fn smaller_sides(nodes: usize, seed: u64) -> Vec<usize> {
        let settings = Settings {
            seed,
            ..settings(nodes, &FaultKind::ALL, 80)
        };
        let strikes = plan(&settings, !seed).into_iter();
        let side = |strike: Strike| match strike.fault {
            Fault::Cut(Cut::Split(parts)) => Some(parts[0].len()),
            Fault::Cut(Cut::Ring(_)) => Some(0),
            _ => None,
        };
        strikes.filter_map(side).collect()
    }

    #[test]
    fn shapes_take_turns_within_a_run_and_over_the_seeds() {
        for (seed, sides) in [
            (0, [0, 1, 2, 4]),
            (1, [1, 2, 4, 0]),
            (2, [2, 4, 0, 1]),
            (3, [4, 0, 1, 2]),
            (4, [0, 1, 2, 4]),
            (u64::MAX, [4, 0, 1, 2]),
        ] {
            assert_eq!(smaller_sides(9, seed), sides, "{seed}");
        }
        assert_eq!(smaller_sides(3, 0), [1; 4], "too few nodes for a ring");
    }

    #[test]
    fn a_repeated_seed_has_the_same_plan() {
        for seed in 0..20 {
            let settings = Settings {
                seed,
                ..settings(5, &FaultKind::ALL, 600)
            };
            assert_eq!(plan(&settings, 3), plan(&settings, 3));
        }
    }

    #[test]
    fn a_seed_that_nobody_chose_isolates_a_node_first() {
        for seed in (0..50).chain([u64::MAX]) {
            let chosen = isolating(seed);
            assert!(chosen == seed || chosen == seed.wrapping_add(1), "{seed}");
            assert_ne!(smaller_sides(5, chosen)[0], 0, "{seed}");
        }
    }

    #[test]
    fn every_shape_cuts_something() {
        let mut random = Rng::with_seed(1);
        for nodes in 2..12 {
            for shape in SHAPES {
                let cut = cut(nodes, shape, &mut random).unwrap();
                assert!(!cut.links().is_empty(), "{shape:?} of {nodes}");
            }
        }
    }
}

//! What is done to a cluster on purpose: cuts, kills, pauses, restarts.
//!
//! Values only. Who decides on them is [`crate::cluster::nemesis`], or the lines of a golden case; who
//! carries them out is [`crate::cluster::router`].

use serde::{Deserialize, Serialize};

/// A kind of fault that a test brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Some nodes can't reach others for a while.
    Partition,
    /// A node is killed and stays dead.
    Kill,
    /// A node stands still for a while.
    Pause,
    /// A node is killed, and started again after a while.
    Restart,
}

impl FaultKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Partition, Self::Kill, Self::Pause, Self::Restart];

    /// Its name, as the command line takes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Partition => "partition",
            Self::Kill => "kill",
            Self::Pause => "pause",
            Self::Restart => "restart",
        }
    }

    /// Whether a node that it strikes can't be asked.
    pub fn stops_nodes(self) -> bool {
        self != Self::Partition
    }
}

/// One fault. Each has a number within its run, from 1, by which messages say what dropped them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    Cut(Cut),
    /// This node is killed and stays dead.
    Kill(usize),
    Pause(usize),
    /// This node is killed, and started again when the fault ends.
    Restart(usize),
}

/// Which links are cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cut {
    /// Those between different parts, both ways.
    Split(Vec<Vec<usize>>),
    /// A ring in which each node reaches a majority, itself included, and no two the same one: its
    /// nodes in the order of the ring.
    Ring(Vec<usize>),
    /// Those from the first nodes to the second, and not back.
    OneWay(Vec<usize>, Vec<usize>),
}

impl Fault {
    /// Of which kind it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Cut(_) => FaultKind::Partition,
            Self::Kill(_) => FaultKind::Kill,
            Self::Pause(_) => FaultKind::Pause,
            Self::Restart(_) => FaultKind::Restart,
        }
    }

    /// What it is called before its number, as in `cut #2`.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Cut(_) => "cut",
            Self::Kill(_) => "kill",
            Self::Pause(_) => "pause",
            Self::Restart(_) => "restart",
        }
    }

    /// All nodes that it names.
    pub fn nodes(&self) -> Vec<usize> {
        match self {
            Self::Cut(Cut::Split(parts)) => parts.concat(),
            Self::Cut(Cut::Ring(ring)) => ring.clone(),
            Self::Cut(Cut::OneWay(from, to)) => [&from[..], to].concat(),
            Self::Kill(node) | Self::Pause(node) | Self::Restart(node) => vec![*node],
        }
    }

    /// The one node that it strikes; a cut strikes links.
    pub fn node(&self) -> Option<usize> {
        match self {
            Self::Cut(_) => None,
            Self::Kill(node) | Self::Pause(node) | Self::Restart(node) => Some(*node),
        }
    }
}

impl Cut {
    /// The links that are cut, each from the first node to the second.
    pub fn links(&self) -> Vec<(usize, usize)> {
        match self {
            Self::Split(parts) => split(parts),
            Self::Ring(ring) => ring_links(ring),
            Self::OneWay(from, to) => pairs(from, to),
        }
    }
}

fn split(parts: &[Vec<usize>]) -> Vec<(usize, usize)> {
    let mut links = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        for (_, other) in parts
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
        {
            links.extend(pairs(part, other));
        }
    }
    links
}

fn pairs(from: &[usize], to: &[usize]) -> Vec<(usize, usize)> {
    let links = from.iter().flat_map(|a| to.iter().map(|b| (*a, *b)));
    links.filter(|(a, b)| a != b).collect()
}

/// Each node reaches those next to it on both sides, as many as make a majority with itself.
fn ring_links(ring: &[usize]) -> Vec<(usize, usize)> {
    let count = ring.len();
    // A majority has count / 2 + 1 nodes; half of the others stand on each side.
    let reach = (count / 2).div_ceil(2);
    let apart = |a: usize, b: usize| a.abs_diff(b).min(count - a.abs_diff(b));
    let all = ring.iter().enumerate();
    let links = all.flat_map(|(a, from)| {
        let far = ring
            .iter()
            .enumerate()
            .filter(move |(b, _)| apart(a, *b) > reach);
        far.map(|(_, to)| (*from, *to))
    });
    links.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_leaves_each_node_a_majority_and_cuts_something() {
        for count in 1..30 {
            let ring: Vec<_> = (0..count).collect();
            let links = Cut::Ring(ring).links();
            assert_eq!(links.is_empty(), count < 4, "{count}");
            for node in 0..count {
                let lost = links.iter().filter(|(from, _)| *from == node).count();
                assert!(2 * (count - lost) > count, "{count} nodes");
                assert!(links.iter().all(|(a, b)| links.contains(&(*b, *a))));
            }
        }
    }

    #[test]
    fn parts_are_apart_and_one_way_is_one_way() {
        let split = Cut::Split(vec![vec![0, 1], vec![2]]);
        assert_eq!(split.links(), [(0, 2), (1, 2), (2, 0), (2, 1)]);
        let one_way = Cut::OneWay(vec![0, 1], vec![1, 2]);
        assert_eq!(one_way.links(), [(0, 1), (0, 2), (1, 2)]);
    }
}

//! The shapes that the nodes of a cluster are told to be in. Pure: a shape and a number of nodes
//! give each node's neighbors, in the order in which it is told of them.
//!
//! The shapes and their names are Maelstrom's . Nodes are
//! numbers here, in the order in which they are named.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Who is whose neighbor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Topology {
    /// Row by row in a square, each next to those above, below, left and right of it.
    Grid,
    /// Each next to the one before and the one after it.
    Line,
    /// A tree filled level by level from the first node, with so many children each.
    Tree(usize),
    /// Each next to all others.
    Total,
}

impl Topology {
    /// All names, for the command line.
    pub const NAMES: [&str; 7] = ["grid", "line", "tree", "tree2", "tree3", "tree4", "total"];

    pub fn neighbors(self, nodes: usize) -> Vec<Vec<usize>> {
        let all = 0..nodes;
        all.map(|node| self.neighbors_of(node, nodes)).collect()
    }

    fn neighbors_of(self, node: usize, nodes: usize) -> Vec<usize> {
        let mut neighbors = match self {
            Self::Grid => grid(node, nodes),
            Self::Line => vec![node.checked_sub(1), Some(node + 1)],
            Self::Tree(children) => {
                let parent = node.checked_sub(1).map(|before| before / children);
                let first = node * children + 1;
                let below = (first..first + children).map(Some);
                std::iter::once(parent).chain(below).collect()
            }
            Self::Total => (0..nodes)
                .filter(|other| *other != node)
                .map(Some)
                .collect(),
        };
        neighbors.retain(|neighbor| neighbor.is_some_and(|neighbor| neighbor < nodes));
        neighbors.into_iter().flatten().collect()
    }

    /// Its name, as the command line takes it.
    pub fn name(self) -> String {
        match self {
            Self::Grid => "grid".to_owned(),
            Self::Line => "line".to_owned(),
            Self::Tree(children) => format!("tree{children}"),
            Self::Total => "total".to_owned(),
        }
    }
}

fn grid(node: usize, nodes: usize) -> Vec<Option<usize>> {
    let side = (1..=nodes).find(|side| side * side >= nodes).unwrap_or(1);
    let column = node % side;
    vec![
        node.checked_sub(side),
        Some(node + side),
        node.checked_sub(1).filter(|_| column > 0),
        Some(node + 1).filter(|_| column + 1 < side),
    ]
}

/// A name that isn't one of [`Topology::NAMES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownTopology;

impl fmt::Display for UnknownTopology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a topology is one of {}", Topology::NAMES.join(", "))
    }
}

impl From<Topology> for String {
    fn from(topology: Topology) -> Self {
        topology.name()
    }
}

impl TryFrom<String> for Topology {
    type Error = UnknownTopology;

    fn try_from(name: String) -> Result<Self, UnknownTopology> {
        name.parse()
    }
}

impl FromStr for Topology {
    type Err = UnknownTopology;

    fn from_str(name: &str) -> Result<Self, UnknownTopology> {
        match name {
            "grid" => Ok(Self::Grid),
            "line" => Ok(Self::Line),
            "tree" | "tree2" => Ok(Self::Tree(2)),
            "tree3" => Ok(Self::Tree(3)),
            "tree4" => Ok(Self::Tree(4)),
            "total" => Ok(Self::Total),
            _ => Err(UnknownTopology),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_shape() {
        for (name, nodes, neighbors) in [
            ("line", 3, vec![vec![1], vec![0, 2], vec![1]]),
            (
                "grid",
                5,
                vec![vec![3, 1], vec![4, 0, 2], vec![1], vec![0, 4], vec![1, 3]],
            ),
            (
                "tree",
                5,
                vec![vec![1, 2], vec![0, 3, 4], vec![0], vec![1], vec![1]],
            ),
            (
                "tree3",
                5,
                vec![vec![1, 2, 3], vec![0, 4], vec![0], vec![0], vec![1]],
            ),
            ("total", 3, vec![vec![1, 2], vec![0, 2], vec![0, 1]]),
            ("grid", 1, vec![vec![]]),
            ("line", 0, vec![]),
        ] {
            let topology: Topology = name.parse().unwrap();
            assert_eq!(topology.neighbors(nodes), neighbors, "{name} of {nodes}");
        }
        assert_eq!("ring".parse::<Topology>(), Err(UnknownTopology));
    }

    #[test]
    fn neighbors_are_mutual_and_a_tree_has_one_edge_less_than_nodes() {
        for name in Topology::NAMES {
            let topology: Topology = name.parse().unwrap();
            assert_eq!(topology.name().parse(), Ok(topology));
            for nodes in 0..40 {
                let neighbors = topology.neighbors(nodes);
                let edges: usize = neighbors.iter().map(Vec::len).sum();
                for (node, others) in neighbors.iter().enumerate() {
                    assert!(others.iter().all(|other| neighbors[*other].contains(&node)));
                }
                if name.starts_with("tree") || name == "line" {
                    assert_eq!(edges, 2 * nodes.saturating_sub(1), "{name} of {nodes}");
                }
            }
        }
    }
}

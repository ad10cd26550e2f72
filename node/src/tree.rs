//! The overlay: which of all edges values travel along, and what lies where.
//!
//! All nodes get the same topology and must come to the same overlay, so
//! nothing here depends on whose tree it is until the very end. It knows
//! nothing of messages or failures, only of names.

use std::collections::{HashMap, HashSet, VecDeque};
use std::slice;

use indexmap::{IndexMap, IndexSet};

use crate::message::{NodeId, Topology};

/// The neighbors of each node, in the order in which they are visited.
type Graph<'a> = HashMap<&'a NodeId, Vec<&'a NodeId>>;

/// The overlay as one node sees it.
#[derive(Debug, Default)]
pub struct Tree {
    neighbors: Vec<NodeId>,
    /// Each node that the overlay reaches, nearest first, and the one before
    /// it on the way there.
    routes: IndexMap<NodeId, NodeId>,
}

impl Tree {
    /// The overlay that `topology` gives to `node_ids`, seen from `own`.
    ///
    /// The topology counts as an undirected graph; names outside `node_ids`
    /// and loops count for nothing. The overlay is its breadth-first spanning
    /// forest from the first of `node_ids`, then from the first that was not
    /// reached, and so on. A graph without cycles is its own overlay.
    pub fn new(own: &NodeId, node_ids: &IndexSet<NodeId>, topology: &Topology) -> Self {
        let graph = undirected(node_ids, topology);
        let parents = breadth_first(node_ids, &graph);
        let overlay = keep_tree_edges(graph, &parents);
        let routes = breadth_first(slice::from_ref(own), &overlay);
        let neighbors = overlay.get(own).into_iter().flatten();
        Self {
            neighbors: neighbors.copied().cloned().collect(),
            routes: routes
                .into_iter()
                .map(|(node, previous)| (node.clone(), previous.clone()))
                .collect(),
        }
    }

    /// The own neighbors in the order of forwarding: as the topology lists
    /// them, then those that only list us.
    pub fn neighbors(&self) -> &[NodeId] {
        &self.neighbors
    }

    /// Those of `others` that may be out of reach if `neighbor` is: itself,
    /// those that the overlay reaches only through it, and those that the
    /// overlay does not reach at all.
    pub fn behind<'a>(
        &self,
        neighbor: &NodeId,
        others: impl Iterator<Item = &'a NodeId>,
    ) -> Vec<&'a NodeId> {
        let mut beyond = HashSet::from([neighbor]);
        for (node, previous) in &self.routes {
            if beyond.contains(previous) {
                beyond.insert(node);
            }
        }
        others
            .filter(|node| beyond.contains(node) || !self.routes.contains_key(*node))
            .collect()
    }
}

/// Every edge in both directions; at each node those that it lists come first.
fn undirected<'a>(node_ids: &'a IndexSet<NodeId>, topology: &'a Topology) -> Graph<'a> {
    let mut edges: IndexSet<(&NodeId, &NodeId)> = IndexSet::new();
    for node in node_ids {
        let listed = topology.get(node).into_iter().flatten();
        let known = listed.filter_map(|neighbor| node_ids.get(neighbor));
        edges.extend(known.map(|neighbor| (node, neighbor)));
    }
    let reverse: Vec<_> = edges
        .iter()
        .map(|(node, neighbor)| (*neighbor, *node))
        .collect();
    edges.extend(reverse);
    let mut graph = Graph::new();
    for (node, neighbor) in edges {
        graph.entry(node).or_default().push(neighbor);
    }
    graph
}

/// Each node that is reached from one before it, in the order of the visit;
/// the roots that begin a part of the graph are not among them.
fn breadth_first<'a>(
    roots: impl IntoIterator<Item = &'a NodeId>,
    graph: &Graph<'a>,
) -> IndexMap<&'a NodeId, &'a NodeId> {
    let mut previous = IndexMap::new();
    let mut visited = HashSet::new();
    for root in roots {
        let mut queue = VecDeque::new();
        if visited.insert(root) {
            queue.push_back(root);
        }
        while let Some(node) = queue.pop_front() {
            for &neighbor in graph.get(node).into_iter().flatten() {
                if visited.insert(neighbor) {
                    previous.insert(neighbor, node);
                    queue.push_back(neighbor);
                }
            }
        }
    }
    previous
}

fn keep_tree_edges<'a>(mut graph: Graph<'a>, parents: &IndexMap<&NodeId, &NodeId>) -> Graph<'a> {
    for (node, neighbors) in &mut graph {
        neighbors.retain(|neighbor| {
            parents.get(neighbor) == Some(node) || parents.get(node) == Some(neighbor)
        });
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<NodeId> {
        text.split_whitespace().map(NodeId::from).collect()
    }

    fn topology(text: &str) -> Topology {
        let entries = text.split(',').filter_map(|entry| entry.split_once(':'));
        entries
            .map(|(node, neighbors)| (NodeId::from(node.trim()), names(neighbors)))
            .collect()
    }

    fn show<'a>(nodes: impl IntoIterator<Item = &'a NodeId>) -> String {
        nodes
            .into_iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// `expected` has for each node its neighbors.
    fn check_neighbors(node_ids: &str, edges: &str, expected: &str) {
        let node_ids: IndexSet<_> = names(node_ids).into_iter().collect();
        let topology = topology(edges);
        let neighbors = |node| show(Tree::new(node, &node_ids, &topology).neighbors());
        let all: Vec<_> = node_ids
            .iter()
            .map(|node| format!("{node}: {}", neighbors(node)))
            .collect();
        assert_eq!(all.join(", "), expected, "{edges}");
    }

    fn check_behind(own: &str, edges: &str, neighbor: &str, expected: &str) {
        let node_ids: IndexSet<_> = names("a b c d e f").into_iter().collect();
        let own = NodeId::from(own);
        let tree = Tree::new(&own, &node_ids, &topology(edges));
        let others = node_ids.iter().filter(|node| **node != own);
        let behind = tree.behind(&NodeId::from(neighbor), others);
        assert_eq!(show(behind), expected, "behind {neighbor} in {edges}");
    }

    #[test]
    fn a_tree_is_its_own_overlay_in_listed_order() {
        check_neighbors(
            "a b c d",
            "a: c b, b: a d, c: a, d: b",
            "a: c b, b: a d, c: a, d: b",
        );
        check_neighbors(
            "d c b a",
            "a: c b, b: d a, c: a, d: b",
            "d: b, c: a, b: d a, a: c b",
        );
    }

    #[test]
    fn an_edge_counts_whoever_lists_it() {
        check_neighbors("a b c d", "a: d, c: a, b: a", "a: d b c, b: a, c: a, d: a");
    }

    #[test]
    fn cycles_are_cut_breadth_first() {
        check_neighbors("a b c", "a: b c, b: a c, c: a b", "a: b c, b: a, c: a");
        let grid = "a: b c, b: a d, c: a d, d: b c";
        check_neighbors("a b c d", grid, "a: b c, b: a d, c: a, d: b");
        check_neighbors("d c b a", grid, "d: b c, c: d, b: a d, a: b");
        check_neighbors(
            "a b c d",
            "a: c b, b: a d, c: a d",
            "a: c b, b: a, c: a d, d: c",
        );
    }

    #[test]
    fn a_part_that_is_not_connected_has_its_own_tree() {
        check_neighbors(
            "a b c d e",
            "a: b, c: d e, d: e",
            "a: b, b: a, c: d e, d: c, e: c",
        );
    }

    #[test]
    fn what_makes_no_sense_counts_for_nothing() {
        check_neighbors("a b", "a: a x b b a, x: a b, b: a a", "a: b, b: a");
        check_neighbors("a b", "", "a: , b: ");
    }

    #[test]
    fn behind_a_neighbor_are_all_it_hides_and_all_unknown() {
        let line = "a: b, b: c, c: d, d: e, e: f";
        check_behind("b", line, "c", "c d e f");
        check_behind("b", line, "a", "a");
        check_behind("d", line, "c", "a b c");
        check_behind("a", line, "c", "c d e f");
        check_behind("a", "a: b c, b: d", "b", "b d e f");
        check_behind("b", "a: b, c: d", "a", "a c d e f");
        check_behind("a", "a: b", "c", "c d e f");
        check_behind("a", "", "b", "b c d e f");
    }

    #[test]
    fn thousands_of_nodes_take_no_time() {
        let node_ids: IndexSet<_> = (0..5000)
            .map(|n| NodeId::from(format!("n{n}").as_str()))
            .collect();
        let next = |(from, to): (&NodeId, &NodeId)| (from.clone(), vec![to.clone(); 3]);
        let line: Topology = node_ids
            .iter()
            .zip(node_ids.iter().skip(1))
            .map(next)
            .collect();
        let own = NodeId::from("n4999");
        let tree = Tree::new(&own, &node_ids, &line);
        let others = node_ids.iter().filter(|node| **node != own);
        assert_eq!(tree.behind(&NodeId::from("n4998"), others).len(), 4999);
    }
}

//! The graph of dependencies: for each transaction those that must have come after it, and why.

use super::components::{self, Components};
use super::interning::{number, place};

/// Kinds of dependencies, as a set.
pub type EdgeKinds = u8;

/// The second wrote on top of the first.
pub const WW: EdgeKinds = 1;
/// The second read what the first wrote.
pub const WR: EdgeKinds = 2;
/// The second wrote on top of what the first read.
pub const RW: EdgeKinds = 4;
/// The second came later in the same session.
pub const PROCESS: EdgeKinds = 8;
/// The second began after the first had ended.
pub const REALTIME: EdgeKinds = 16;
/// The way on from a hub: the rest of an edge that leads into it.
pub const PASS: EdgeKinds = 32;

/// An edge from a node that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The node that came later.
    pub to: u32,
    pub kind: EdgeKinds,
}

/// An edge with both its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependency {
    /// The node that came first.
    pub from: u32,
    pub edge: Edge,
}

/// Edges by the nodes that they leave.
#[derive(Debug, Default)]
pub struct Graph {
    /// By node, where its edges begin; one more at the end.
    starts: Vec<u32>,
    edges: Vec<Edge>,
}

impl Graph {
    pub fn new(nodes: u32, arcs: &[Dependency]) -> Self {
        let mut starts = vec![0_u32; place(nodes) + 1];
        for arc in arcs {
            if let Some(count) = starts.get_mut(place(arc.from) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for count in &mut starts {
            sum += *count;
            *count = sum;
        }
        let mut next = starts.clone();
        let none = Edge { to: 0, kind: 0 };
        let mut edges = vec![none; arcs.len()];
        for arc in arcs {
            if let Some(at) = next.get_mut(place(arc.from)) {
                if let Some(edge) = edges.get_mut(place(*at)) {
                    *edge = arc.edge;
                }
                *at += 1;
            }
        }
        Self { starts, edges }
    }

    /// How many nodes it has.
    pub fn nodes(&self) -> u32 {
        number(self.starts.len().saturating_sub(1))
    }

    /// How many edges it has.
    pub fn size(&self) -> usize {
        self.edges.len()
    }

    /// The edges that leave a node.
    pub fn after(&self, node: u32) -> &[Edge] {
        let start = self.starts.get(place(node));
        let end = self.starts.get(place(node) + 1);
        let span = start
            .zip(end)
            .map(|(start, end)| place(*start)..place(*end));
        span.and_then(|span| self.edges.get(span))
            .unwrap_or_default()
    }

    pub fn arcs(&self) -> impl Iterator<Item = Dependency> {
        (0..self.nodes()).flat_map(|from| {
            let edges = self.after(from).iter();
            edges.map(move |edge| Dependency { from, edge: *edge })
        })
    }

    /// The components over edges of these kinds.
    pub fn components(&self, kinds: EdgeKinds) -> Components {
        components::find(self.nodes(), |node, nth| {
            let edge = self.after(node).get(nth)?;
            Some((edge.kind & kinds != 0).then_some(edge.to))
        })
    }

    /// The components over edges of these kinds where no rw follows directly on another. Node `n` is two here:
    /// `2n`, and `2n + 1` once it was reached over an rw.
    pub fn components_apart(&self, kinds: EdgeKinds) -> Components {
        components::find(self.nodes() * 2, |half, nth| {
            let (node, after_rw) = (half / 2, half % 2);
            let edge = self.after(node).get(nth)?;
            let next = match edge.kind {
                RW => (after_rw == 0).then_some(edge.to * 2 + 1),
                PASS => Some(edge.to * 2 + after_rw),
                _ => Some(edge.to * 2),
            };
            Some(next.filter(|_| edge.kind & kinds != 0))
        })
    }
}

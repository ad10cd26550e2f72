//! The shortest way back: from the end of an edge to its beginning, over edges of some kinds. What is found
//! may meet a node twice; [`cycles_of`] takes it apart.

use std::collections::{HashMap, VecDeque};

use super::graph::{Dependency, Edge, EdgeKinds, Graph, PASS, PROCESS, REALTIME, RW};

/// What a way has come over, as a set. The last edge was an rw.
const AFTER_RW: u8 = 1;
/// It has another rw than its first edge.
pub const SECOND_RW: u8 = 2;
/// It has two rw one after the other.
pub const ADJACENT: u8 = 4;
/// It has an edge of the session's order or of real time.
pub const EXTRA: u8 = 8;

/// Which ways count.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    /// Over edges of which kinds, after the first one.
    pub kinds: EdgeKinds,
    /// What it must have come over.
    pub needs: u8,
    /// Whether an rw may follow directly on another.
    pub adjacent: bool,
}

/// How many edges may still be followed.
#[derive(Debug, Clone, Copy)]
pub struct SearchBound(pub usize);

type WayState = (u32, u8);

impl Way {
    /// What a way has come over after one more edge; `None`: it may not take it.
    fn step(self, seen: u8, edge: Edge) -> Option<u8> {
        if edge.kind & (self.kinds | PASS) == 0 {
            return None;
        }
        let was_rw = seen & AFTER_RW != 0;
        match edge.kind {
            PASS => Some(seen),
            RW if was_rw => self
                .adjacent
                .then_some(seen | SECOND_RW | ADJACENT | AFTER_RW),
            RW => Some(seen | SECOND_RW | AFTER_RW),
            PROCESS | REALTIME => Some((seen & !AFTER_RW) | EXTRA),
            _ => Some(seen & !AFTER_RW),
        }
    }

    /// Whether a way that has come over this, and is where it began, counts.
    fn is_done(self, seen: u8, first: EdgeKinds) -> bool {
        let closes_adjacent = first == RW && seen & AFTER_RW != 0;
        let seen = if closes_adjacent {
            seen | ADJACENT
        } else {
            seen
        };
        (self.adjacent || !closes_adjacent) && seen & self.needs == self.needs
    }
}

/// The shortest way from the end of this edge to its beginning, with the edge itself as its first. It stays
/// among the nodes that `is_inside` names, and is shorter than `below` edges.
pub fn back(
    graph: &Graph,
    first: Dependency,
    way: Way,
    is_inside: impl Fn(u32) -> bool,
    (below, patience): (usize, &mut SearchBound),
) -> Option<Vec<Dependency>> {
    let seen = match first.edge.kind {
        RW => AFTER_RW,
        PROCESS | REALTIME => EXTRA,
        _ => 0,
    };
    let start = (first.edge.to, seen);
    let mut before: HashMap<WayState, Option<(WayState, Edge)>> = HashMap::from([(start, None)]);
    let mut queue = VecDeque::from([(start, 1)]);
    while let Some((state, length)) = queue.pop_front() {
        if state.0 == first.from && way.is_done(state.1, first.edge.kind) {
            return Some(told(first, state, &before));
        }
        if length + 1 >= below {
            continue;
        }
        for edge in graph.after(state.0) {
            patience.0 = patience.0.checked_sub(1)?;
            if !is_inside(edge.to) {
                continue;
            }
            let Some(seen) = way.step(state.1, *edge) else {
                continue;
            };
            let next = (edge.to, seen);
            before.entry(next).or_insert_with(|| {
                queue.push_back((next, length + 1));
                Some((state, *edge))
            });
        }
    }
    None
}

fn told(
    first: Dependency,
    last: WayState,
    before: &HashMap<WayState, Option<(WayState, Edge)>>,
) -> Vec<Dependency> {
    let mut way = Vec::new();
    let mut state = last;
    while let Some(Some((from, edge))) = before.get(&state) {
        way.push(Dependency {
            from: from.0,
            edge: *edge,
        });
        state = *from;
    }
    way.push(first);
    way.reverse();
    way
}

/// The cycles of a closed way that meet no node twice. Hubs, the nodes from `hubs` on, are taken out.
pub fn cycles_of(way: &[Dependency], hubs: u32) -> Vec<Vec<Dependency>> {
    let mut cycles = Vec::new();
    let mut open: Vec<Dependency> = Vec::new();
    for arc in without_hubs(way, hubs) {
        open.push(arc);
        let met = open.iter().position(|earlier| earlier.from == arc.edge.to);
        if let Some(start) = met {
            cycles.push(open.split_off(start));
        }
    }
    cycles
}

fn without_hubs(way: &[Dependency], hubs: u32) -> Vec<Dependency> {
    let mut plain: Vec<Dependency> = Vec::new();
    for arc in way {
        match plain.last_mut().filter(|last| last.edge.to >= hubs) {
            Some(into_hub) => into_hub.edge.to = arc.edge.to,
            None => plain.push(*arc),
        }
    }
    plain
}

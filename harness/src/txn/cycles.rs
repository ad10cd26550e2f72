//! Cycles in the graph of dependencies: one of each kind, the shortest that is found within bounds. Where a search
//! is given up, any cycle is told that is as bad: whatever forbids the kind that was searched, but for a G-single
//! by itself, forbids that one, too.

use super::anomaly::{CycleKind, Extra};
use super::components::Components;
use super::effort::{Effort, TimeIsOver};
use super::graph::{Dependency, Edge, EdgeKinds, Graph, PASS, PROCESS, REALTIME, RW, WR, WW};
use super::interning::{number, place};
use super::search::{self, ADJACENT, EXTRA, SECOND_RW, SearchBound, Way};

/// No cycle is shorter.
const SHORTEST: usize = 2;

/// A cycle that was found.
#[derive(Debug)]
pub struct Cycle {
    pub kind: CycleKind,
    /// Which order it needs beside reads and writes.
    pub extra: Extra,
    pub arcs: Vec<Dependency>,
}

/// What a search found.
#[derive(Debug, Default)]
pub struct CyclesFound {
    /// Cycles, of each kind the shortest last.
    pub cycles: Vec<Cycle>,
    /// The kinds of which there may be one that was not found.
    pub open: Vec<(CycleKind, Extra)>,
}

impl CyclesFound {
    /// A cycle over the order of sessions, too, shows nothing more than one of its kind without.
    fn drop_implied(&mut self) {
        let least = |of: CycleKind| {
            let of_kind = self.cycles.iter().filter(|cycle| cycle.kind == of);
            of_kind.map(|cycle| cycle.extra).min()
        };
        let least: Vec<_> = self.cycles.iter().map(|cycle| least(cycle.kind)).collect();
        let mut least = least.into_iter();
        self.cycles
            .retain(|cycle| least.next() == Some(Some(cycle.extra)));
    }
}

/// The part of a graph that has cycles.
struct Tangle {
    graph: Graph,
    /// By node, the one that it stands for.
    nodes: Vec<u32>,
}

/// How a kind of cycles is searched.
struct CycleSearch {
    kind: CycleKind,
    extra: Extra,
    /// An edge of this kind is its first.
    first: EdgeKinds,
    way: Way,
}

/// Finds cycles. `hubs`: the nodes from this one on are hubs. `extra`: which orders are edges, too.
///
/// # Errors
/// There was no time to search for all kinds.
pub fn find(
    graph: &Graph,
    hubs: u32,
    extra: Extra,
    effort: &Effort<'_>,
    found: &mut CyclesFound,
) -> Result<(), TimeIsOver> {
    let Some(tangle) = Tangle::of(graph) else {
        return Ok(());
    };
    let ended = tangle.search_all(hubs, extra, effort, found);
    found.drop_implied();
    ended
}

/// The orders that count where this one does.
fn extras(extra: Extra) -> &'static [Extra] {
    match extra {
        Extra::None => &[Extra::None],
        Extra::Process => &[Extra::None, Extra::Process],
        Extra::Realtime => &[Extra::None, Extra::Process, Extra::Realtime],
    }
}

impl CycleSearch {
    fn of(kind: CycleKind, extra: Extra) -> Self {
        let order = match extra {
            Extra::None => 0,
            Extra::Process => PROCESS,
            Extra::Realtime => REALTIME,
        };
        let (first, kinds, needs) = match kind {
            CycleKind::G0 => (WW, WW, 0),
            CycleKind::G1c => (WR, WW | WR, 0),
            CycleKind::GSingle => (RW, WW | WR, 0),
            CycleKind::GNonadjacent => (RW, WW | WR | RW, SECOND_RW),
            CycleKind::G2 => (RW, WW | WR | RW, ADJACENT),
        };
        let needs = if extra == Extra::None {
            needs
        } else {
            needs | EXTRA
        };
        Self {
            kind,
            extra,
            first,
            way: Way {
                kinds: kinds | order,
                needs,
                adjacent: kind == CycleKind::G2,
            },
        }
    }

    /// The components in which such cycles lie.
    fn components(&self, graph: &Graph) -> CycleSites {
        let kinds = self.way.kinds | PASS;
        match self.kind {
            CycleKind::G0 | CycleKind::G1c | CycleKind::G2 => {
                CycleSites::Whole(graph.components(kinds))
            }
            CycleKind::GSingle | CycleKind::GNonadjacent => {
                CycleSites::Halves(graph.components_apart(kinds | RW))
            }
        }
    }
}

/// Where cycles may lie: in components of nodes, or of their halves.
enum CycleSites {
    Whole(Components),
    Halves(Components),
}

impl CycleSites {
    /// Whether a cycle may begin with this edge.
    fn may_begin(&self, arc: Dependency) -> bool {
        match self {
            Self::Whole(all) => all.are_one(arc.from, arc.edge.to),
            Self::Halves(all) => all.are_one(arc.from * 2, arc.edge.to * 2 + 1),
        }
    }

    /// Whether a node may be on a cycle that begins with this edge.
    fn is_inside(&self, arc: Dependency, node: u32) -> bool {
        match self {
            Self::Whole(all) => all.are_one(arc.from, node),
            Self::Halves(all) => {
                let component = all.of(arc.from * 2);
                all.of(node * 2) == component || all.of(node * 2 + 1) == component
            }
        }
    }
}

impl Tangle {
    /// `None`: there is no cycle.
    fn of(graph: &Graph) -> Option<Self> {
        let all = graph.components(EdgeKinds::MAX);
        if all.are_single() {
            return None;
        }
        let nodes: Vec<_> = (0..graph.nodes())
            .filter(|node| all.size(*node) > 1)
            .collect();
        let mut places = vec![u32::MAX; place(graph.nodes())];
        for (at, node) in nodes.iter().enumerate() {
            if let Some(known) = places.get_mut(place(*node)) {
                *known = number(at);
            }
        }
        let at = |node: u32| places.get(place(node)).copied().unwrap_or(u32::MAX);
        let mut arcs = Vec::new();
        for from in &nodes {
            let inside = graph
                .after(*from)
                .iter()
                .filter(|edge| all.are_one(*from, edge.to));
            arcs.extend(inside.map(|edge| Dependency {
                from: at(*from),
                edge: Edge {
                    to: at(edge.to),
                    kind: edge.kind,
                },
            }));
        }
        let graph = Graph::new(number(nodes.len()), &arcs);
        Some(Self { graph, nodes })
    }

    fn search_all(
        &self,
        hubs: u32,
        extra: Extra,
        effort: &Effort<'_>,
        found: &mut CyclesFound,
    ) -> Result<(), TimeIsOver> {
        for kind in CycleKind::ALL {
            for extra in extras(extra) {
                // What there is without the order of sessions needs no such order.
                if found.cycles.iter().any(|cycle| cycle.kind == kind) {
                    break;
                }
                effort.ask()?;
                self.search(&CycleSearch::of(kind, *extra), hubs, effort, found)?;
            }
        }
        Ok(())
    }

    fn search(
        &self,
        search: &CycleSearch,
        hubs: u32,
        effort: &Effort<'_>,
        found: &mut CyclesFound,
    ) -> Result<(), TimeIsOver> {
        let candidates = search.components(&self.graph);
        let bound = effort.patience(self.graph.size());
        let mut patience = SearchBound(bound);
        let mut shortest = usize::MAX;
        let mut is_found = false;
        for first in self
            .graph
            .arcs()
            .filter(|arc| arc.edge.kind == search.first)
        {
            if !candidates.may_begin(first) {
                continue;
            }
            let is_inside = |node| candidates.is_inside(first, node);
            let before = patience.0;
            let bounds = (shortest, &mut patience);
            if let Some(way) = search::back(&self.graph, first, search.way, is_inside, bounds)
                && self.tell(&way, hubs, search, found)
            {
                shortest = way.len();
                is_found = true;
            }
            if shortest <= SHORTEST || is_found && patience.0 == 0 {
                break;
            }
            if patience.0 == 0 {
                self.give_up(search, first, (&candidates, hubs), found);
                break;
            }
            effort.spend(before - patience.0)?;
        }
        Ok(())
    }

    /// No cycle of this kind was found, and there is at least one that is as bad: over this edge.
    fn give_up(
        &self,
        search: &CycleSearch,
        first: Dependency,
        (candidates, hubs): (&CycleSites, u32),
        found: &mut CyclesFound,
    ) {
        found.open.push((search.kind, search.extra));
        let is_as_bad = |known: &Cycle| known.kind <= search.kind && known.extra <= search.extra;
        if found.cycles.iter().any(is_as_bad) {
            return;
        }
        let any = Way {
            needs: 0,
            ..search.way
        };
        let is_inside = |node| candidates.is_inside(first, node);
        let bounds = (usize::MAX, &mut SearchBound(usize::MAX));
        if let Some(way) = search::back(&self.graph, first, any, is_inside, bounds) {
            self.tell(&way, hubs, search, found);
        }
    }

    /// Keeps the cycles of a closed way. Says whether one is of the kind that was searched.
    fn tell(
        &self,
        way: &[Dependency],
        hubs: u32,
        search: &CycleSearch,
        found: &mut CyclesFound,
    ) -> bool {
        let named = |node: u32| self.nodes.get(place(node)).copied().unwrap_or(u32::MAX);
        let way: Vec<_> = way
            .iter()
            .map(|arc| Dependency {
                from: named(arc.from),
                edge: Edge {
                    to: named(arc.edge.to),
                    kind: arc.edge.kind,
                },
            })
            .collect();
        let mut is_it = false;
        for arcs in search::cycles_of(&way, hubs) {
            let (kind, extra) = kind(&arcs);
            is_it |= (kind, extra) == (search.kind, search.extra);
            let mut known = found.cycles.iter();
            let is_shorter = |known: &Cycle| {
                (known.kind, known.extra) == (kind, extra) && known.arcs.len() <= arcs.len()
            };
            if !known.any(is_shorter) {
                found.cycles.push(Cycle { kind, extra, arcs });
            }
        }
        is_it
    }
}

/// What a cycle is called.
fn kind(arcs: &[Dependency]) -> (CycleKind, Extra) {
    let all = arcs.iter().fold(0, |all, arc| all | arc.edge.kind);
    let is_rw = |arc: &Dependency| arc.edge.kind == RW;
    let last = arcs.last().into_iter();
    let mut pairs = last.chain(arcs).zip(arcs);
    let kind = match arcs.iter().filter(|arc| is_rw(arc)).count() {
        0 if all & WR == 0 => CycleKind::G0,
        0 => CycleKind::G1c,
        1 => CycleKind::GSingle,
        _ if pairs.any(|(before, after)| is_rw(before) && is_rw(after)) => CycleKind::G2,
        _ => CycleKind::GNonadjacent,
    };
    let extra = if all & REALTIME != 0 {
        Extra::Realtime
    } else if all & PROCESS != 0 {
        Extra::Process
    } else {
        Extra::None
    };
    (kind, extra)
}

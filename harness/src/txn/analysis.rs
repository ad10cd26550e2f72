//! All that a history shows: its anomalies, and what could not be found out.

use super::anomaly::{Anomalies, Anomaly, AnomalyKind, CycleKind, CycleLink, Extra};
use super::atom::Atom;
use super::cycles::{self, Cycle};
use super::dependencies::{self, Dependencies};
use super::graph::Graph;
use super::interning::{Interned, TxnId, VersionId, number, place};
use super::versions::{VersionOrder, lost_updates};
use super::{ObjectKind, Transaction, internal, list, order, register};

/// What a history shows.
#[derive(Debug)]
pub struct Analysis {
    /// The anomalies, one of each kind, the worst first.
    pub anomalies: Vec<Anomaly>,
    /// The kinds of cycles of which there may be one that was not found in time.
    pub open: Vec<(CycleKind, Extra)>,
    /// Whether there was no time to search for all kinds of cycles.
    pub is_cut_short: bool,
    /// A value that two transactions may have written and somebody read.
    pub ambiguous: Option<Ambiguous>,
    /// How many objects there are.
    pub keys: usize,
    /// How many dependencies there are.
    pub edges: usize,
}

/// A value that two transactions may have written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguous {
    /// The object.
    pub key: Atom,
    /// The value.
    pub value: Atom,
    /// The transactions.
    pub writers: [usize; 2],
}

/// Analyzes transactions, which are in the order of their requests. `extra`: which order counts beside that
/// of reads and writes. `is_over`: whether there is no time left.
pub fn analyze(
    transactions: &[Transaction<'_>],
    objects: ObjectKind,
    extra: Extra,
    is_over: &dyn Fn() -> bool,
) -> Analysis {
    let mut found = Anomalies::default();
    let mut interned = Interned::new(transactions);
    internal::judge(transactions, objects, &mut found);
    lost_updates(transactions, &mut interned, &mut found);
    let mut order = match objects {
        ObjectKind::List => list::analyze(transactions, &mut interned, &mut found),
        ObjectKind::Register => register::analyze(transactions, &mut interned, &mut found),
    };
    order.sort();
    let (graph, hubs) = graph(transactions, &interned, &order, extra);
    let cycles = cycles::find(&graph, hubs, extra, is_over);
    for cycle in cycles.cycles {
        tell(&cycle, transactions, (&mut interned, &order), &mut found);
    }
    Analysis {
        ambiguous: ambiguous(&interned, &order),
        anomalies: found.into_sorted(),
        open: cycles.open,
        is_cut_short: cycles.is_cut_short,
        keys: interned.keys(),
        edges: graph.size(),
    }
}

/// The graph, and the first of its hubs.
fn graph(
    transactions: &[Transaction<'_>],
    interned: &Interned<'_>,
    versions: &VersionOrder,
    extra: Extra,
) -> (Graph, u32) {
    let mut all = Dependencies::new(transactions, interned, versions);
    if extra >= Extra::Process {
        order::sessions(transactions, &mut all.arcs);
    }
    if extra >= Extra::Realtime {
        order::realtime(transactions, &mut all.arcs);
    }
    let graph = Graph::new(all.nodes, &all.arcs);
    (graph, number(transactions.len()))
}

/// Keeps a cycle, with the reason of each of its edges.
fn tell(
    cycle: &Cycle,
    transactions: &[Transaction<'_>],
    (interned, order): (&mut Interned<'_>, &VersionOrder),
    found: &mut Anomalies,
) {
    let links = cycle.arcs.iter().map(|arc| {
        let (from, to) = (arc.from, arc.edge.to);
        let edge = (from, to, arc.edge.kind);
        Some(CycleLink {
            from: place(from),
            to: place(to),
            why: dependencies::why(edge, transactions, interned, order)?,
        })
    });
    if let Some(links) = links.collect() {
        found.cycle(cycle.kind, cycle.extra, links);
    }
}

/// The first value that was read and that two transactions may have written.
fn ambiguous(interned: &Interned<'_>, order: &VersionOrder) -> Option<Ambiguous> {
    let mut read = order.reads.iter();
    read.find_map(|(_, version): &(TxnId, VersionId)| {
        let entry = interned.entry(*version)?;
        let writers = [entry.writer.live?, entry.writer.rival?];
        Some(Ambiguous {
            key: interned.name(entry.key)?.clone(),
            value: entry.value?.clone(),
            writers: writers.map(place),
        })
    })
}

impl Analysis {
    /// Whether an anomaly of this kind was found.
    pub fn has(&self, kind: AnomalyKind) -> bool {
        self.anomalies.iter().any(|anomaly| anomaly.kind == kind)
    }
}

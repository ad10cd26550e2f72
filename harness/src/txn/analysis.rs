//! All that a history shows: its anomalies, and what could not be found out.

use super::anomaly::{Anomalies, Anomaly, AnomalyKind, CycleKind, CycleLink, Extra};
use super::atom::Atom;
use super::cycles::{self, Cycle, CyclesFound};
use super::dependencies::{self, Dependencies};
use super::effort::{Effort, TimeIsOver};
use super::graph::Graph;
use super::interning::{Interned, TxnId, VersionId, number, place};
use super::versions::{VersionOrder, lost_updates};
use super::{ObjectKind, Transaction, internal, list, order, register};

/// What a history shows.
#[derive(Debug, Default)]
pub struct Analysis {
    /// The anomalies, one of each kind, the worst first.
    pub anomalies: Vec<Anomaly>,
    /// The kinds of cycles of which there may be one that was not found in time.
    pub open: Vec<(CycleKind, Extra)>,
    /// Whether there was no time to look for everything.
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
    pub key: Atom,
    pub value: Atom,
    pub writers: [usize; 2],
}

/// Analyzes transactions, which are in the order of their requests. `extra`: which order counts beside that
/// of reads and writes.
pub fn analyze(
    transactions: &[Transaction<'_>],
    objects: ObjectKind,
    extra: Extra,
    effort: &Effort<'_>,
) -> Analysis {
    let mut analysis = Analysis::default();
    let mut found = Anomalies::default();
    let ended = analysis.fill(transactions, (objects, extra), &mut found, effort);
    // What was found by then is wrong whatever else there is.
    analysis.is_cut_short = ended.is_err();
    analysis.anomalies = found.into_sorted();
    analysis
}

/// The graph, and the first of its hubs.
fn graph(
    transactions: &[Transaction<'_>],
    (interned, versions): (&Interned<'_>, &VersionOrder),
    extra: Extra,
    effort: &Effort<'_>,
) -> Result<(Graph, u32), TimeIsOver> {
    let mut all = Dependencies::new(transactions, interned, versions, effort)?;
    if extra >= Extra::Process {
        order::sessions(transactions, &mut all.arcs);
    }
    if extra >= Extra::Realtime {
        order::realtime(transactions, &mut all, effort)?;
    }
    effort.ask()?;
    let graph = Graph::new(all.nodes, &all.arcs);
    Ok((graph, number(transactions.len())))
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
    fn fill(
        &mut self,
        transactions: &[Transaction<'_>],
        (objects, extra): (ObjectKind, Extra),
        found: &mut Anomalies,
        effort: &Effort<'_>,
    ) -> Result<(), TimeIsOver> {
        let mut interned = Interned::new(transactions, effort)?;
        internal::judge(transactions, objects, found, effort)?;
        lost_updates(transactions, &mut interned, found, effort)?;
        let mut order = match objects {
            ObjectKind::List => list::analyze(transactions, &mut interned, found, effort)?,
            ObjectKind::Register => register::analyze(transactions, &mut interned, found, effort)?,
        };
        order.sort();
        self.keys = interned.keys();
        self.ambiguous = ambiguous(&interned, &order);
        let (graph, hubs) = graph(transactions, (&interned, &order), extra, effort)?;
        self.edges = graph.size();
        let mut cycles = CyclesFound::default();
        let ended = cycles::find(&graph, hubs, extra, effort, &mut cycles);
        for cycle in cycles.cycles {
            tell(&cycle, transactions, (&mut interned, &order), found);
        }
        self.open = cycles.open;
        ended
    }

    /// Whether an anomaly of this kind was found.
    pub fn has(&self, kind: AnomalyKind) -> bool {
        self.anomalies.iter().any(|anomaly| anomaly.kind == kind)
    }
}

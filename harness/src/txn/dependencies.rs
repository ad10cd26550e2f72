//! Dependencies between transactions, from the order of versions: who wrote on top of whom (ww), who read what
//! of whom (wr), and who read what was then replaced by whom (rw).

use std::collections::HashSet;

use super::Access;
use super::Transaction;
use super::anomaly::LinkReason;
use super::effort::{Effort, TimeIsOver};
use super::graph::{Dependency, Edge, EdgeKinds, PASS, PROCESS, REALTIME, RW, WR, WW};
use super::interning::{Interned, TxnId, VersionId, number, place};
use super::versions::VersionOrder;

/// Where many read a version and many replaced it, each pair is an edge of its own up to so many.
const PAIRS_MAX: usize = 64;

/// So many of those that replaced a version are linked to one that read and replaced it, too, where there are
/// more: they all raced, and some of them show it.
const RIVALS_MAX: usize = 64;

/// All dependencies. Nodes beyond those of the transactions are hubs: they stand between those that read a
/// version and those that replaced it, or between those that had ended and those that began then, so that there
/// is no edge for each pair.
#[derive(Debug, Default)]
pub struct Dependencies {
    pub arcs: Vec<Dependency>,
    /// How many nodes there are, hubs included.
    pub nodes: u32,
}

impl Dependencies {
    /// Those that follow from this order.
    pub fn new(
        transactions: &[Transaction<'_>],
        interned: &Interned<'_>,
        order: &VersionOrder,
        effort: &Effort<'_>,
    ) -> Result<Self, TimeIsOver> {
        let mut all = Self {
            arcs: Vec::new(),
            nodes: number(transactions.len()),
        };
        let mut reads: Vec<_> = order
            .reads
            .iter()
            .map(|(txn, version)| (*version, *txn))
            .collect();
        reads.sort_unstable();
        let mut reads = reads.as_slice();
        for version in 0..number(interned.versions()) {
            let count = reads.partition_point(|(read, _)| *read <= version);
            effort.spend(count + 1)?;
            let (of_version, rest) = reads.split_at(count);
            reads = rest;
            let readers: Vec<_> = of_version.iter().map(|(_, reader)| *reader).collect();
            all.version(version, &readers, interned, order);
        }
        Ok(all)
    }

    /// A node more, between transactions.
    pub fn hub(&mut self) -> u32 {
        self.nodes += 1;
        self.nodes - 1
    }

    fn version(
        &mut self,
        version: VersionId,
        readers: &[TxnId],
        interned: &Interned<'_>,
        order: &VersionOrder,
    ) {
        let next = order.after(version);
        let mut later: Vec<_> = next
            .filter_map(|next| order.writer(interned, next))
            .collect();
        later.sort_unstable();
        later.dedup();
        if let Some(writer) = order.writer(interned, version) {
            // A dirty read shows that a transaction began, and not that all of its writes came about.
            let certain = order
                .after(version)
                .filter(|next| !order.doubtful.contains(next));
            for next in certain.filter_map(|next| order.writer(interned, next)) {
                self.add(writer, next, WW);
            }
            for reader in readers {
                self.add(writer, *reader, WR);
            }
        }
        self.missed(readers, &later);
    }

    fn add(&mut self, from: u32, to: u32, kind: EdgeKinds) {
        if from != to {
            let edge = Edge { to, kind };
            self.arcs.push(Dependency { from, edge });
        }
    }

    /// Some read a version that others replaced.
    fn missed(&mut self, readers: &[TxnId], later: &[TxnId]) {
        if readers.len().saturating_mul(later.len()) <= PAIRS_MAX {
            for reader in readers {
                for next in later {
                    self.add(*reader, *next, RW);
                }
            }
            return;
        }
        // Over a hub who read and replaced it would come after itself.
        let writers: HashSet<_> = later.iter().collect();
        let hub = self.hub();
        for reader in readers {
            if writers.contains(reader) {
                for next in later.iter().take(RIVALS_MAX) {
                    self.add(*reader, *next, RW);
                }
            } else {
                self.add(*reader, hub, RW);
            }
        }
        for next in later {
            self.add(hub, *next, PASS);
        }
    }
}

/// Why an edge is there.
pub fn why(
    edge: (TxnId, TxnId, EdgeKinds),
    transactions: &[Transaction<'_>],
    interned: &mut Interned<'_>,
    order: &VersionOrder,
) -> Option<LinkReason> {
    let (from, to, kind) = edge;
    match kind {
        PROCESS => Some(LinkReason::Process),
        REALTIME => Some(LinkReason::Realtime),
        WR => observed(from, to, interned, order),
        RW => missed(from, to, interned, order),
        _ => replaced(from, to, transactions, interned, order),
    }
}

fn observed(
    from: TxnId,
    to: TxnId,
    interned: &Interned<'_>,
    order: &VersionOrder,
) -> Option<LinkReason> {
    let mut read = order.read_by(to);
    let version = read.find(|version| order.writer(interned, *version) == Some(from))?;
    let entry = interned.entry(version)?;
    Some(LinkReason::Observed {
        key: interned.name(entry.key)?.clone(),
        value: entry.value?.clone(),
    })
}

fn missed(
    from: TxnId,
    to: TxnId,
    interned: &Interned<'_>,
    order: &VersionOrder,
) -> Option<LinkReason> {
    let written = |version: VersionId| {
        let mut after = order.after(version);
        after.find(|next| order.writer(interned, *next) == Some(to))
    };
    let mut read = order.read_by(from);
    let (version, next) = read.find_map(|version| Some((version, written(version)?)))?;
    let entry = interned.entry(version)?;
    Some(LinkReason::Missed {
        key: interned.name(entry.key)?.clone(),
        read: entry.value.cloned(),
        after: interned.entry(next)?.value?.clone(),
    })
}

fn replaced(
    from: TxnId,
    to: TxnId,
    transactions: &[Transaction<'_>],
    interned: &mut Interned<'_>,
    order: &VersionOrder,
) -> Option<LinkReason> {
    let operations = transactions.get(place(from))?.operations;
    operations.iter().find_map(|operation| {
        let Access::Write(value) = &operation.access else {
            return None;
        };
        let version = interned.find(&operation.key, value)?;
        let mut after = order.after(version);
        let next = after.find(|next| order.writer(interned, *next) == Some(to))?;
        Some(LinkReason::Replaced {
            key: operation.key.clone(),
            before: value.clone(),
            after: interned.entry(next)?.value?.clone(),
        })
    })
}

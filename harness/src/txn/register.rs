//! Registers: a transaction that reads one version and writes another shows that the second came after the
//! first, and everything came after the initial version. Nothing else is known of their order.

use std::collections::{HashMap, HashSet};

use super::anomaly::{Anomalies, AnomalyEvidence, AnomalyKind};
use super::components;
use super::effort::{Effort, TimeIsOver};
use super::interning::{Interned, ObjectId, TxnId, VersionId, number, place};
use super::versions::{VersionOrder, judge_read, read_version};
use super::{Access, Ended, MicroOperation, ObjectKind, Transaction};

/// A version, the one that a transaction wrote after it had read it, and the transaction.
type Replaced = (VersionId, VersionId, TxnId);

/// Finds what is known of the order of versions, and what reads show to be wrong.
pub fn analyze<'a>(
    transactions: &[Transaction<'a>],
    interned: &mut Interned<'a>,
    found: &mut Anomalies,
    effort: &Effort<'_>,
) -> Result<VersionOrder, TimeIsOver> {
    let mut order = VersionOrder::new(ObjectKind::Register);
    let mut replaced = Vec::new();
    for (txn, transaction) in transactions.iter().enumerate() {
        if transaction.ended != Ended::Aborted {
            first_versions(transaction.operations, interned, &mut order);
        }
        if transaction.is_committed() {
            let txn = number(txn);
            reads(txn, transactions, interned, (&mut order, found), effort)?;
            updates(txn, transaction.operations, interned, &mut replaced, effort)?;
        }
    }
    effort.ask()?;
    let cyclic = cyclic(&replaced, interned, found);
    let key = |version| interned.entry(version).map(|entry| entry.key);
    let is_known = |(before, ..): &&Replaced| key(*before).is_some_and(|it| !cyclic.contains(&it));
    let known = replaced.iter().filter(is_known);
    let known = known.map(|(before, after, _)| (*before, *after));
    order.next.extend(known);
    Ok(order)
}

/// What is written comes after the initial version.
fn first_versions<'a>(
    operations: &'a [MicroOperation],
    interned: &mut Interned<'a>,
    order: &mut VersionOrder,
) {
    for operation in operations {
        if let Access::Write(value) = &operation.access {
            let key = interned.key(&operation.key);
            let version = interned.version(key, value);
            order.next.push((interned.initial(key), version));
        }
    }
}

fn reads<'a>(
    txn: TxnId,
    transactions: &[Transaction<'a>],
    interned: &mut Interned<'a>,
    (order, found): (&mut VersionOrder, &mut Anomalies),
    effort: &Effort<'_>,
) -> Result<(), TimeIsOver> {
    let Some(transaction) = transactions.get(place(txn)) else {
        return Ok(());
    };
    for (at, operation) in transaction.operations.iter().enumerate() {
        effort.spend(at + 1)?;
        let Some(version) = read_version(operation, interned) else {
            continue;
        };
        judge_read(txn, version, true, (transactions, interned), found);
        let before = transaction.operations.get(..at).unwrap_or_default();
        if before.iter().all(|earlier| earlier.key != operation.key) {
            order.reads.push((txn, version));
        }
    }
    Ok(())
}

/// The objects that a transaction read from others, and wrote.
fn updates<'a>(
    txn: TxnId,
    operations: &'a [MicroOperation],
    interned: &mut Interned<'a>,
    replaced: &mut Vec<Replaced>,
    effort: &Effort<'_>,
) -> Result<(), TimeIsOver> {
    for (at, operation) in operations.iter().enumerate() {
        effort.spend(operations.len())?;
        let Access::Write(value) = &operation.access else {
            continue;
        };
        let of_key = |other: &&MicroOperation| other.key == operation.key;
        let (before, rest) = operations.split_at(at);
        let mut after = rest.iter().skip(1).filter(of_key);
        let is_last = after.all(|later| matches!(later.access, Access::Read(_)));
        let first = before.iter().find(of_key).filter(|_| is_last);
        let Some(read) = first.and_then(|first| read_version(first, interned)) else {
            continue;
        };
        let key = interned.key(&operation.key);
        let written = interned.version(key, value);
        if read != interned.initial(key) && read != written {
            replaced.push((read, written, txn));
        }
    }
    Ok(())
}

/// The objects of which some versions came each after the next: their order is unknown.
fn cyclic(
    replaced: &[Replaced],
    interned: &Interned<'_>,
    found: &mut Anomalies,
) -> HashSet<ObjectId> {
    let mut next: HashMap<VersionId, Vec<(VersionId, TxnId)>> = HashMap::new();
    for (before, after, txn) in replaced {
        next.entry(*before).or_default().push((*after, *txn));
    }
    let after = |version: u32, nth: usize| {
        let edge = next.get(&version)?.get(nth)?;
        Some(Some(edge.0))
    };
    let all = components::find(number(interned.versions()), after);
    let mut cyclic = HashSet::new();
    for (before, after, _) in replaced {
        let component = all.of(*before);
        if component != all.of(*after) {
            continue;
        }
        if let Some(entry) = interned.entry(*before)
            && cyclic.insert(entry.key)
        {
            found.add(AnomalyKind::CyclicVersions, || {
                let follow = |version: VersionId| {
                    let mut edges = next.get(&version)?.iter();
                    edges.find(|(after, _)| all.of(*after) == component)
                };
                Some(AnomalyEvidence::Values {
                    key: interned.name(entry.key)?.clone(),
                    values: cycle(*before, interned, follow)?,
                })
            });
        }
    }
    cyclic
}

/// The versions of a cycle, from one that leads into it.
fn cycle<'n>(
    first: VersionId,
    interned: &Interned<'_>,
    follow: impl Fn(VersionId) -> Option<&'n (VersionId, TxnId)>,
) -> Option<Vec<(super::atom::Atom, usize)>> {
    let mut places = HashMap::from([(first, 0)]);
    let mut way: Vec<(VersionId, TxnId)> = Vec::new();
    let mut version = first;
    let start = loop {
        let (after, txn) = *follow(version)?;
        way.push((after, txn));
        if let Some(start) = places.insert(after, way.len()) {
            break start;
        }
        version = after;
    };
    let told = way.get(start..)?.iter();
    let told = told.map(|(version, txn)| {
        let value = interned.entry(*version)?.value?;
        Some((value.clone(), place(*txn)))
    });
    told.collect()
}

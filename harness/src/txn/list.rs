//! Lists: each read shows the order of all versions before it. The longest read of an object is the order of
//! its versions; what was appended and never read came after it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::anomaly::{Anomalies, AnomalyEvidence, AnomalyKind};
use super::atom::Atom;
use super::effort::{Effort, TimeIsOver};
use super::interning::{Interned, ObjectId, TxnId, VersionId, number, place};
use super::versions::{VersionOrder, judge_read};
use super::{Access, Ended, MicroOperation, ObjectKind, Transaction};

/// The longest read of an object.
struct Longest<'a> {
    reader: usize,
    /// What it shows, each element once.
    values: Vec<&'a Atom>,
    versions: Vec<VersionId>,
}

/// Finds the order of all versions, and what reads show to be wrong.
pub fn analyze<'a>(
    transactions: &[Transaction<'a>],
    interned: &mut Interned<'a>,
    found: &mut Anomalies,
    effort: &Effort<'_>,
) -> Result<VersionOrder, TimeIsOver> {
    let longest = longest(transactions, interned, effort)?;
    let mut order = VersionOrder::new(ObjectKind::List);
    // What only odd reads show has no place in the order, and did not come after it either.
    let mut odd = Vec::new();
    for (reader, key, list) in reads(transactions) {
        effort.spend(list.len() + 1)?;
        let key = interned.key(key);
        let known = longest.get(&key);
        let read = read(
            reader,
            (key, list),
            known,
            (transactions, interned),
            (&mut odd, found),
        );
        order.reads.push((number(reader), read));
    }
    let mut is_read = vec![false; interned.versions()];
    for version in odd {
        if let Some(is_read) = is_read.get_mut(place(version)) {
            *is_read = true;
        }
    }
    for (key, longest) in &longest {
        let mut before = interned.initial(*key);
        for version in &longest.versions {
            order.next.push((before, *version));
            before = *version;
            if let Some(is_read) = is_read.get_mut(place(*version)) {
                *is_read = true;
            }
        }
        own_order(longest, (transactions, interned), found, effort)?;
        dirty_update(longest, (transactions, interned), found);
    }
    effort.ask()?;
    never_read(transactions, interned, (&longest, &is_read), &mut order);
    Ok(order)
}

/// All reads that are known to have happened.
fn reads<'t, 'a: 't>(
    transactions: &'t [Transaction<'a>],
) -> impl Iterator<Item = (usize, &'a Atom, &'a [Atom])> + 't {
    let committed = transactions.iter().enumerate();
    let committed = committed.filter(|(_, transaction)| transaction.is_committed());
    committed.flat_map(|(reader, transaction)| {
        let read = move |operation: &'a MicroOperation| match &operation.access {
            Access::Read(shown) => Some((reader, &operation.key, shown.list())),
            Access::Write(_) => None,
        };
        transaction.operations.iter().filter_map(read)
    })
}

fn longest<'a>(
    transactions: &[Transaction<'a>],
    interned: &mut Interned<'a>,
    effort: &Effort<'_>,
) -> Result<BTreeMap<ObjectId, Longest<'a>>, TimeIsOver> {
    let mut all: BTreeMap<ObjectId, Longest<'a>> = BTreeMap::new();
    for (reader, key, list) in reads(transactions) {
        let key = interned.key(key);
        let known = all.get(&key).map_or(0, |longest| longest.values.len());
        effort.spend(1)?;
        if list.len() > known {
            effort.spend(list.len())?;
            let values = distinct(list);
            if values.len() > known {
                let versions = Vec::new();
                all.insert(
                    key,
                    Longest {
                        reader,
                        values,
                        versions,
                    },
                );
            }
        }
    }
    for (key, longest) in &mut all {
        let values = longest.values.iter();
        longest.versions = values.map(|value| interned.version(*key, value)).collect();
    }
    Ok(all)
}

/// Each element once, in the order in which they came first.
fn distinct(list: &[Atom]) -> Vec<&Atom> {
    let mut seen = HashSet::new();
    list.iter().filter(|value| seen.insert(*value)).collect()
}

/// Judges what a read shows. Its version is that of its last element.
fn read<'a>(
    reader: usize,
    (key, list): (ObjectId, &'a [Atom]),
    longest: Option<&Longest<'a>>,
    (transactions, interned): (&[Transaction<'a>], &mut Interned<'a>),
    (odd, found): (&mut Vec<VersionId>, &mut Anomalies),
) -> VersionId {
    let mut version = interned.initial(key);
    let mut is_prefix = true;
    for (at, value) in list.iter().enumerate() {
        let known = longest.and_then(|longest| {
            let known = longest.versions.get(at)?;
            (*longest.values.get(at)? == value).then_some(*known)
        });
        is_prefix &= known.is_some();
        version = known.unwrap_or_else(|| interned.version(key, value));
        odd.extend(known.is_none().then_some(version));
        let is_last = at + 1 == list.len();
        judge_read(
            number(reader),
            version,
            is_last,
            (transactions, interned),
            found,
        );
    }
    if let Some(longest) = longest.filter(|_| !is_prefix) {
        let name = interned.name(key);
        odd_order(reader, (name, list), longest, found);
    }
    version
}

/// A read that is not the beginning of the longest one.
fn odd_order(
    reader: usize,
    (name, list): (Option<&Atom>, &[Atom]),
    longest: &Longest<'_>,
    found: &mut Anomalies,
) {
    let values = distinct(list);
    if values.len() < list.len() {
        let mut seen = HashSet::new();
        let twice = list.iter().find(|value| !seen.insert(*value));
        found.add(AnomalyKind::DuplicateElements, || {
            Some(AnomalyEvidence::Read {
                reader,
                writer: None,
                key: name?.clone(),
                value: twice?.clone(),
            })
        });
    }
    if !longest.values.starts_with(&values) {
        found.add(AnomalyKind::IncompatibleOrder, || {
            let longest_list = longest.values.iter().map(|value| (*value).clone());
            Some(AnomalyEvidence::Reads {
                key: name?.clone(),
                readers: [longest.reader, reader],
                lists: [longest_list.collect(), list.to_vec()],
            })
        });
    }
}

/// What one transaction appended stands in the order in which it did so.
fn own_order(
    longest: &Longest<'_>,
    (transactions, interned): (&[Transaction<'_>], &Interned<'_>),
    found: &mut Anomalies,
    effort: &Effort<'_>,
) -> Result<(), TimeIsOver> {
    let mut last: HashMap<TxnId, usize> = HashMap::new();
    for (version, value) in longest.versions.iter().zip(&longest.values) {
        let Some(entry) = interned.entry(*version) else {
            continue;
        };
        let writer = entry.writer.live.filter(|_| entry.writer.rival.is_none());
        let Some((writer, transaction)) =
            writer.and_then(|it| Some((it, transactions.get(place(it))?)))
        else {
            continue;
        };
        effort.spend(transaction.operations.len())?;
        let name = interned.name(entry.key);
        let is_it = |operation: &MicroOperation| {
            Some(&operation.key) == name
                && matches!(&operation.access, Access::Write(written) if written == *value)
        };
        let at = transaction.operations.iter().position(is_it);
        let before = at.and_then(|at| last.insert(writer, at));
        if at < before {
            found.add(AnomalyKind::ReorderedAppends, || {
                Some(AnomalyEvidence::Read {
                    reader: longest.reader,
                    writer: Some(place(writer)),
                    key: name?.clone(),
                    value: (*value).clone(),
                })
            });
        }
    }
    Ok(())
}

/// A committed transaction that appended after an aborted one, with at most unknown ones between.
fn dirty_update(
    longest: &Longest<'_>,
    (transactions, interned): (&[Transaction<'_>], &Interned<'_>),
    found: &mut Anomalies,
) {
    let mut aborted = None;
    for version in &longest.versions {
        let Some(entry) = interned.entry(*version) else {
            continue;
        };
        let writer = entry.writer.live.or(entry.writer.aborted);
        let ended = writer.and_then(|it| transactions.get(place(it)));
        match (ended.map(|it| it.ended), writer, aborted) {
            (Some(Ended::Aborted), Some(writer), _) => aborted = Some((writer, entry)),
            (Some(Ended::Committed), Some(writer), Some((before, dirty))) => {
                aborted = None;
                found.add(AnomalyKind::DirtyUpdate, || {
                    Some(AnomalyEvidence::Writes {
                        key: interned.name(entry.key)?.clone(),
                        writers: [place(before), place(writer)],
                        values: [dirty.value?.clone(), entry.value?.clone()],
                        read: None,
                    })
                });
            }
            (Some(Ended::Unknown), ..) => {}
            (Some(Ended::Committed | Ended::Aborted) | None, ..) => aborted = None,
        }
    }
}

/// What was appended and never read came after the longest read.
fn never_read<'a>(
    transactions: &[Transaction<'a>],
    interned: &mut Interned<'a>,
    (longest, is_read): (&BTreeMap<ObjectId, Longest<'a>>, &[bool]),
    order: &mut VersionOrder,
) {
    let live = transactions.iter().filter(|it| it.ended != Ended::Aborted);
    let operations = live.flat_map(|it| it.operations.iter().map(|one| (it.ended, one)));
    for (ended, operation) in operations {
        let Access::Write(value) = &operation.access else {
            continue;
        };
        let key = interned.key(&operation.key);
        let version = interned.version(key, value);
        if is_read.get(place(version)) == Some(&false) {
            let last = longest.get(&key).and_then(|it| it.versions.last().copied());
            let last = last.unwrap_or_else(|| interned.initial(key));
            order.next.push((last, version));
            if ended == Ended::Unknown {
                order.doubtful.insert(version);
            }
        }
    }
}

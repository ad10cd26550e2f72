//! What reads and writes say of versions: which version came after which, and who read which. What shows a
//! read to be wrong by itself is found here for lists and registers alike.

use std::collections::{HashMap, HashSet};

use super::anomaly::{Anomalies, AnomalyEvidence, AnomalyKind};
use super::effort::{Effort, TimeIsOver};
use super::interning::{Interned, ObjectId, TxnId, VersionId, number, place};
use super::{Access, MicroOperation, ObjectKind, Transaction};

/// What is known of the versions of all objects.
#[derive(Debug)]
pub struct VersionOrder {
    pub objects: ObjectKind,
    /// Versions and those that came directly after them.
    pub next: Vec<(VersionId, VersionId)>,
    /// Who read which version, in the order of the transactions.
    pub reads: Vec<(TxnId, VersionId)>,
    /// Versions that nobody read, of transactions that may have been aborted: they may never have been.
    pub doubtful: HashSet<VersionId>,
}

impl VersionOrder {
    pub fn new(objects: ObjectKind) -> Self {
        Self {
            objects,
            next: Vec::new(),
            reads: Vec::new(),
            doubtful: HashSet::new(),
        }
    }

    /// The transaction whose place among others follows from who read a version and what came after it.
    pub fn writer(&self, interned: &Interned<'_>, version: VersionId) -> Option<TxnId> {
        let writer = interned.entry(version)?.writer;
        // What a transaction itself replaced is no version of a register that others may see.
        let is_hidden = self.objects == ObjectKind::Register && writer.is_intermediate;
        writer.live.filter(|_| writer.rival.is_none() && !is_hidden)
    }

    /// In the order in which they are looked up, each once.
    pub fn sort(&mut self) {
        self.next.sort_unstable();
        self.next.dedup();
        self.reads.sort_unstable();
        self.reads.dedup();
    }

    /// The versions that came directly after one.
    pub fn after(&self, version: VersionId) -> impl Iterator<Item = VersionId> {
        span(&self.next, version).iter().map(|(_, next)| *next)
    }

    /// The versions that a transaction read.
    pub fn read_by(&self, txn: TxnId) -> impl Iterator<Item = VersionId> {
        span(&self.reads, txn).iter().map(|(_, version)| *version)
    }
}

/// The pairs that begin with this number.
fn span(sorted: &[(u32, u32)], first: u32) -> &[(u32, u32)] {
    let from = sorted.partition_point(|(number, _)| *number < first);
    let rest = sorted.get(from..).unwrap_or_default();
    let length = rest.partition_point(|(number, _)| *number == first);
    rest.get(..length).unwrap_or_default()
}

/// Whether a transaction may have read this version; `is_last`: a value of a register, or the last of a list.
pub fn judge_read(
    reader: TxnId,
    version: VersionId,
    is_last: bool,
    (transactions, interned): (&[Transaction<'_>], &Interned<'_>),
    found: &mut Anomalies,
) {
    let Some(entry) = interned.entry(version) else {
        return;
    };
    let Some(value) = entry.value else {
        return;
    };
    let mut add = |kind, writer: Option<TxnId>| {
        found.add(kind, || {
            Some(AnomalyEvidence::Read {
                reader: place(reader),
                writer: writer.map(place),
                key: interned.name(entry.key)?.clone(),
                value: value.clone(),
            })
        });
    };
    let writer = entry.writer;
    let ended = transactions.get(place(reader)).and_then(|it| it.completed);
    let is_early = |writer: TxnId| {
        let began = transactions.get(place(writer)).map(|it| it.invoked);
        began.zip(ended).is_some_and(|(began, ended)| ended < began)
    };
    let Some(live) = writer.live else {
        let Some(aborted) = writer.aborted else {
            return add(AnomalyKind::GarbageRead, None);
        };
        if is_early(aborted) {
            add(AnomalyKind::EarlyRead, writer.aborted);
        }
        return add(AnomalyKind::G1a, writer.aborted);
    };
    if live == reader || writer.rival.is_some() {
        return;
    }
    if is_early(live) {
        add(AnomalyKind::EarlyRead, writer.live);
    }
    if is_last && writer.is_intermediate {
        add(AnomalyKind::G1b, writer.live);
    }
}

/// What a transaction read and wrote of one object.
struct Update<'a> {
    read: VersionId,
    txn: TxnId,
    wrote: &'a MicroOperation,
    is_told: bool,
}

/// Updates that were lost: several transactions read one version, and replaced it.
pub fn lost_updates<'a>(
    transactions: &[Transaction<'a>],
    interned: &mut Interned<'a>,
    found: &mut Anomalies,
    effort: &Effort<'_>,
) -> Result<(), TimeIsOver> {
    let mut first: HashMap<VersionId, Update<'a>> = HashMap::new();
    for (txn, transaction) in transactions.iter().enumerate() {
        if !transaction.is_committed() {
            continue;
        }
        for (read, wrote) in updates(transaction.operations, interned, effort)? {
            let txn = number(txn);
            let Some(other) = first.get_mut(&read) else {
                let is_told = false;
                let update = Update {
                    read,
                    txn,
                    wrote,
                    is_told,
                };
                first.insert(read, update);
                continue;
            };
            if !std::mem::replace(&mut other.is_told, true) {
                found.add(AnomalyKind::LostUpdate, || {
                    both(other, (txn, wrote), interned)
                });
            }
        }
    }
    Ok(())
}

fn both(
    one: &Update<'_>,
    (txn, wrote): (TxnId, &MicroOperation),
    interned: &Interned<'_>,
) -> Option<AnomalyEvidence> {
    let (Access::Write(first), Access::Write(second)) = (&one.wrote.access, &wrote.access) else {
        return None;
    };
    Some(AnomalyEvidence::Writes {
        key: wrote.key.clone(),
        writers: [place(one.txn), place(txn)],
        values: [first.clone(), second.clone()],
        read: interned.entry(one.read)?.value.cloned(),
    })
}

/// The objects that a transaction read before it wrote them: what it read, and its first write.
fn updates<'a>(
    operations: &'a [MicroOperation],
    interned: &mut Interned<'a>,
    effort: &Effort<'_>,
) -> Result<Vec<(VersionId, &'a MicroOperation)>, TimeIsOver> {
    let mut updates = Vec::new();
    for (at, wrote) in operations.iter().enumerate() {
        effort.spend(at + 1)?;
        let is_write = matches!(wrote.access, Access::Write(_));
        let before = operations.get(..at).unwrap_or_default().iter();
        let mut before = before.filter(|earlier| earlier.key == wrote.key);
        if let Some(first) = before.next().filter(|_| is_write)
            && let Some(read) = read_version(first, interned)
            && before.all(|earlier| matches!(earlier.access, Access::Read(_)))
        {
            updates.push((read, wrote));
        }
    }
    Ok(updates)
}

/// The version that a read shows: the last of a list.
pub fn read_version<'a>(
    operation: &'a MicroOperation,
    interned: &mut Interned<'a>,
) -> Option<VersionId> {
    let Access::Read(observed) = &operation.access else {
        return None;
    };
    let key: ObjectId = interned.key(&operation.key);
    Some(match observed.list().last() {
        Some(value) => interned.version(key, value),
        None => interned.initial(key),
    })
}

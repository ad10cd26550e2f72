//! Whether a transaction agrees with itself: what it read fits what it had read and written before, and shows
//! nothing that it writes later.

use super::anomaly::{Anomalies, AnomalyEvidence, AnomalyKind};
use super::atom::Atom;
use super::{Access, MicroOperation, ObjectKind, Observed, Transaction};

/// Judges each committed transaction by itself.
pub fn judge(transactions: &[Transaction<'_>], objects: ObjectKind, found: &mut Anomalies) {
    for (reader, transaction) in transactions.iter().enumerate() {
        if transaction.asked.is_some() {
            let kind = AnomalyKind::WrongReply;
            found.add(kind, || Some(AnomalyEvidence::Reply { reader }));
        }
        if !transaction.is_committed() {
            continue;
        }
        for (at, operation) in transaction.operations.iter().enumerate() {
            if let Access::Read(shown) = &operation.access {
                let (before, rest) = transaction.operations.split_at(at);
                let of_key = |other: &&MicroOperation| other.key == operation.key;
                let before: Vec<_> = before.iter().filter(of_key).collect();
                let mut after = rest.iter().filter(of_key);
                let own = after.find_map(|later| shown_early(later, shown));
                if let Some(value) = own {
                    future(reader, operation, value, objects, found);
                } else if let Some((kind, expected)) = contradiction(&before, shown, objects) {
                    found.add(kind, || {
                        Some(AnomalyEvidence::Internal {
                            reader,
                            key: operation.key.clone(),
                            expected,
                            found: shown.list().to_vec(),
                        })
                    });
                }
            }
        }
    }
}

/// A later write that a read shows.
fn shown_early<'a>(later: &'a MicroOperation, shown: &Observed) -> Option<&'a Atom> {
    match &later.access {
        Access::Write(value) => shown.list().contains(value).then_some(value),
        Access::Read(_) => None,
    }
}

fn future(
    reader: usize,
    operation: &MicroOperation,
    value: &Atom,
    objects: ObjectKind,
    found: &mut Anomalies,
) {
    let kind = match objects {
        ObjectKind::List => AnomalyKind::FutureRead,
        ObjectKind::Register => AnomalyKind::FutureRegisterRead,
    };
    found.add(kind, || {
        Some(AnomalyEvidence::Read {
            reader,
            writer: Some(reader),
            key: operation.key.clone(),
            value: value.clone(),
        })
    });
}

/// What a read had to show after these operations on the same object, and did not.
fn contradiction(
    before: &[&MicroOperation],
    shown: &Observed,
    objects: ObjectKind,
) -> Option<(AnomalyKind, Vec<Atom>)> {
    match objects {
        ObjectKind::List => list(before, shown.list()),
        ObjectKind::Register => register(before, shown.list()),
    }
}

fn register(before: &[&MicroOperation], shown: &[Atom]) -> Option<(AnomalyKind, Vec<Atom>)> {
    let expected = match &before.last()?.access {
        Access::Write(value) => std::slice::from_ref(value),
        Access::Read(observed) => observed.list(),
    };
    // Whatever it read since: what it wrote last stands until it ends.
    let mut own = before
        .iter()
        .rev()
        .filter_map(|earlier| match &earlier.access {
            Access::Write(value) => Some(value),
            Access::Read(_) => None,
        });
    let kind = match own.next() {
        Some(own) if shown != std::slice::from_ref(own) => AnomalyKind::OwnWrite,
        Some(_) | None => AnomalyKind::ChangedRead,
    };
    (expected != shown).then(|| (kind, expected.to_vec()))
}

fn list(before: &[&MicroOperation], shown: &[Atom]) -> Option<(AnomalyKind, Vec<Atom>)> {
    let mut expected: Vec<Atom> = Vec::new();
    let mut is_known = false;
    let mut own = Vec::new();
    for operation in before {
        match &operation.access {
            Access::Read(observed) => {
                is_known = true;
                expected = observed.list().to_vec();
            }
            Access::Write(value) => {
                own.push(value);
                expected.push(value.clone());
            }
        }
    }
    let fits = if is_known {
        shown == expected
    } else {
        shown.ends_with(&expected)
    };
    let kind = if own.iter().all(|value| shown.contains(value)) {
        AnomalyKind::ChangedRead
    } else {
        AnomalyKind::OwnWrite
    };
    (!fits).then_some((kind, expected))
}

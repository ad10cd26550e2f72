//! Whether a transaction agrees with itself: what it read fits what it had read and written before, and shows
//! nothing that it writes later.

use std::collections::HashSet;

use super::anomaly::{Anomalies, AnomalyEvidence, AnomalyKind};
use super::atom::Atom;
use super::effort::{Effort, TimeIsOver};
use super::{Access, MicroOperation, ObjectKind, Observed, Transaction};

/// Judges each committed transaction by itself.
pub fn judge(
    transactions: &[Transaction<'_>],
    objects: ObjectKind,
    found: &mut Anomalies,
    effort: &Effort<'_>,
) -> Result<(), TimeIsOver> {
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
                effort.spend(transaction.operations.len())?;
                let (before, rest) = transaction.operations.split_at(at);
                let of_key = |other: &&MicroOperation| other.key == operation.key;
                let before: Vec<_> = before.iter().filter(of_key).collect();
                let after = rest.iter().filter(of_key);
                if let Some(value) = shown_early(after, shown, effort)? {
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
    Ok(())
}

/// A later write that a read shows.
fn shown_early<'a>(
    later: impl Iterator<Item = &'a MicroOperation>,
    shown: &Observed,
    effort: &Effort<'_>,
) -> Result<Option<&'a Atom>, TimeIsOver> {
    for later in later {
        if let Access::Write(value) = &later.access {
            effort.spend(shown.list().len())?;
            if shown.list().contains(value) {
                return Ok(Some(value));
            }
        }
    }
    Ok(None)
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
    let kind = match written(before).next_back() {
        Some(own) if shown != std::slice::from_ref(own) => AnomalyKind::OwnWrite,
        Some(_) | None => AnomalyKind::ChangedRead,
    };
    (expected != shown).then(|| (kind, expected.to_vec()))
}

fn list(before: &[&MicroOperation], shown: &[Atom]) -> Option<(AnomalyKind, Vec<Atom>)> {
    let is_read = |earlier: &&MicroOperation| matches!(earlier.access, Access::Read(_));
    let last = before.iter().rposition(is_read);
    let mut expected = Vec::new();
    if let Some(last) = last.and_then(|last| before.get(last))
        && let Access::Read(observed) = &last.access
    {
        expected.extend_from_slice(observed.list());
    }
    let since = before.get(last.map_or(0, |last| last + 1)..);
    expected.extend(written(since.unwrap_or_default()).cloned());
    let fits = if last.is_some() {
        shown == expected
    } else {
        shown.ends_with(&expected)
    };
    if fits {
        return None;
    }
    let shown: HashSet<_> = shown.iter().collect();
    let kind = if written(before).all(|value| shown.contains(value)) {
        AnomalyKind::ChangedRead
    } else {
        AnomalyKind::OwnWrite
    };
    Some((kind, expected))
}

fn written<'a>(operations: &[&'a MicroOperation]) -> impl DoubleEndedIterator<Item = &'a Atom> {
    operations.iter().filter_map(|one| match &one.access {
        Access::Write(value) => Some(value),
        Access::Read(_) => None,
    })
}

//! Reads must show only values that were added and not refused, and each of them once.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;

use super::Shown;
use super::finding::{NAMED_MAX, NotAdded, SetFinding};
use super::reads::{self, Added, Read};
use crate::cluster::checker::story::{Operation, Story};
use crate::cluster::history::{Outcome, Reason};
use crate::cluster::requests;

/// The phantoms by node, what was refused, then the duplicates by node.
pub fn judge(story: &Story<'_>, added: &Added<'_>) -> Vec<SetFinding> {
    let mut reads: BTreeMap<usize, Vec<Read<'_>>> = BTreeMap::new();
    for read in reads::reads(story) {
        reads.entry(read.node).or_default().push(read);
    }
    let unsent = unsent(story, added);
    let mut findings = Vec::new();
    for reads in reads.values() {
        if let Some(phantom) = phantoms(reads, &unsent, added) {
            add(&mut findings, phantom);
        }
    }
    findings.extend(refused(story, added));
    findings.extend(reads.values().filter_map(|reads| duplicates(reads)));
    findings
}

/// The values that reads show although a node said that they were not and will not be added.
fn refused(story: &Story<'_>, added: &Added<'_>) -> Option<SetFinding> {
    let refusals = added.iter();
    let refusals = refusals.filter_map(|(value, operation)| Some((*value, refusal(operation)?)));
    let mut refusals: BTreeMap<usize, NotAdded> = refusals.collect();
    let refused: FixedBitSet = refusals.keys().copied().collect();
    let has_any = |read: &Read<'_>| !refused.is_disjoint(&read.shown.values);
    let with: Vec<_> = reads::reads(story).filter(has_any).collect();
    let shown = with
        .iter()
        .flat_map(|read| refused.intersection(&read.shown.values));
    let all: BTreeSet<_> = shown.collect();
    let first = with.iter().min_by_key(|read| read.completed)?;
    let others: BTreeSet<_> = with.iter().map(|read| read.node).collect();
    Some(SetFinding::Refused {
        node: first.node,
        others: others
            .into_iter()
            .filter(|node| *node != first.node)
            .collect(),
        refusal: refusals.remove(all.first()?)?,
        values: all.into_iter().collect(),
        read: first.completed.time,
        reads: with.len(),
    })
}

/// That a value was certainly not added. What never left its client is a phantom.
fn refusal(operation: &Operation<'_>) -> Option<NotAdded> {
    let (ended, Outcome::Failed(reason)) = operation.known()? else {
        return None;
    };
    let code = match reason {
        // What anything wrote may say so without a code.
        Reason::Error { code, .. } if code.is_empty() || requests::is_definite(code) => {
            code.clone()
        }
        Reason::Error { .. } | Reason::NodeDead => return None,
        Reason::ClientCrashed
        | Reason::NodeDied
        | Reason::TimedOut
        | Reason::RunEnded
        | Reason::Malformed => String::new(),
    };
    Some(NotAdded {
        node: operation.asked.node,
        time: ended.time,
        code,
    })
}

/// The values that never left the client, as its node was dead.
fn unsent(story: &Story<'_>, added: &Added<'_>) -> FixedBitSet {
    let never_left = |operation: &Operation<'_>| {
        matches!(operation.end, Some((_, Outcome::Failed(Reason::NodeDead))))
    };
    // No read shows what is greater.
    let room = reads::reads(story)
        .map(|read| read.shown.values.len())
        .max();
    let room = room.unwrap_or_default();
    let unsent = added.iter();
    unsent
        .filter(|(value, operation)| **value < room && never_left(operation))
        .map(|(value, _)| *value)
        .collect()
}

/// The values that a read shows as strings. That is wrong, and said once: they are not lost besides.
pub fn shown_as_strings(shown: &Shown) -> BTreeSet<usize> {
    let phantoms = shown.phantoms.iter();
    phantoms.filter_map(|phantom| as_string(phantom)).collect()
}

/// The value that stands in this string, spelt as a number is.
fn as_string(phantom: &str) -> Option<usize> {
    let string = phantom.strip_prefix('"')?.strip_suffix('"')?;
    let value: usize = string.parse().ok()?;
    (value.to_string() == string).then_some(value)
}

/// Nodes that show values as strings are told together.
fn add(findings: &mut Vec<SetFinding>, new: SetFinding) {
    if let SetFinding::Phantom {
        node,
        as_strings: true,
        read: new_read,
        reads: new_reads,
        ..
    } = &new
    {
        for finding in findings.iter_mut() {
            if let SetFinding::Phantom {
                others,
                as_strings: true,
                read,
                reads,
                ..
            } = finding
            {
                others.push(*node);
                *read = *new_read.min(read);
                *reads += new_reads;
                return;
            }
        }
    }
    findings.push(new);
}

fn phantoms(reads: &[Read<'_>], unsent: &FixedBitSet, added: &Added<'_>) -> Option<SetFinding> {
    let in_read = |read: &Read<'_>| -> Vec<String> {
        let unsent = unsent.intersection(&read.shown.values);
        let unsent = unsent.map(|value| value.to_string());
        read.shown.phantoms.iter().cloned().chain(unsent).collect()
    };
    let mut all = BTreeSet::new();
    let mut shown = Vec::new();
    for phantom in reads.iter().flat_map(in_read) {
        if all.insert(phantom.clone()) && shown.len() < NAMED_MAX {
            shown.push(phantom);
        }
    }
    let mut with = reads.iter().filter(|read| !in_read(read).is_empty());
    let first = with.next()?;
    Some(SetFinding::Phantom {
        node: first.node,
        others: Vec::new(),
        as_strings: all.iter().all(|phantom| is_value_as_string(phantom, added)),
        shown,
        count: all.len(),
        read: first.completed.time,
        reads: 1 + with.count(),
    })
}

fn is_value_as_string(phantom: &str, added: &Added<'_>) -> bool {
    let string = phantom
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let value = string.and_then(|string| string.parse().ok());
    value.is_some_and(|value| added.contains_key(&value))
}

fn duplicates(reads: &[Read<'_>]) -> Option<SetFinding> {
    let twice = reads.iter().flat_map(|read| &read.shown.twice);
    let values: BTreeSet<_> = twice.copied().collect();
    let mut with = reads.iter().filter(|read| !read.shown.twice.is_empty());
    let first = with.next()?;
    Some(SetFinding::Duplicate {
        node: first.node,
        values: values.into_iter().collect(),
        read: first.completed.time,
        reads: 1 + with.count(),
    })
}

//! What no read may show: what nobody broadcast, and a value twice.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Finding, NAMED_MAX};
use super::story::{Operation, Read, Story};
use crate::cluster::history::{Outcome, Reason};

/// The phantoms, then the duplicates, by node.
pub fn judge(story: &Story<'_>) -> Vec<Finding> {
    let mut reads: BTreeMap<usize, Vec<Read<'_>>> = BTreeMap::new();
    for read in story.reads() {
        reads.entry(read.node).or_default().push(read);
    }
    let unsent = unsent(story);
    let mut findings: Vec<_> = reads
        .values()
        .filter_map(|reads| phantoms(reads, &unsent))
        .collect();
    findings.extend(reads.values().filter_map(|reads| duplicates(reads)));
    findings
}

/// The values whose broadcast never left the client, as its node was dead.
fn unsent(story: &Story<'_>) -> BTreeSet<usize> {
    let never_left = |operation: &Operation<'_>| {
        matches!(operation.end, Some((_, Outcome::Failed(Reason::NodeDead))))
    };
    let broadcasts = story.broadcasts().into_iter();
    broadcasts
        .filter(|(_, operation)| never_left(operation))
        .map(|(value, _)| value)
        .collect()
}

fn phantoms(reads: &[Read<'_>], unsent: &BTreeSet<usize>) -> Option<Finding> {
    let in_read = |read: &Read<'_>| -> Vec<String> {
        let known = unsent.iter().filter(|v| read.shown.values.contains(**v));
        let unsent = known.map(ToString::to_string);
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
    Some(Finding::Phantom {
        node: first.node,
        shown,
        count: all.len(),
        read: first.completed.time,
        reads: 1 + with.count(),
    })
}

fn duplicates(reads: &[Read<'_>]) -> Option<Finding> {
    let twice = reads.iter().flat_map(|read| &read.shown.twice);
    let values: BTreeSet<_> = twice.copied().collect();
    let mut with = reads.iter().filter(|read| !read.shown.twice.is_empty());
    let first = with.next()?;
    Some(Finding::Duplicate {
        node: first.node,
        values: values.into_iter().collect(),
        read: first.completed.time,
        reads: 1 + with.count(),
    })
}

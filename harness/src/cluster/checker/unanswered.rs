//! Live nodes that did not answer their final read.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::story::{Moment, Operation, Story};
use crate::cluster::history::{Phase, Silence};
use crate::cluster::recording::Recording;

/// The live nodes without an answer to a final read; `answered`: those with one. Dead ones owe none.
pub fn judge(recording: &Recording, story: &Story<'_>, answered: &BTreeSet<usize>) -> Vec<Finding> {
    let last: BTreeMap<_, _> = story
        .operations
        .iter()
        .filter(|one| one.asked.phase == Phase::FinalReads)
        .map(|one| (one.asked.node, one))
        .collect();
    let newest = LazyCell::new(|| newest_answered(story, answered));
    let owes = |node: &usize| {
        if recording.is_bare {
            // Nobody knows which nodes there are, only who was asked.
            let is_owed = |read: &&Operation<'_>| is_owed(read, *newest);
            last.get(node).is_some_and(is_owed)
        } else {
            recording.spread.is_alive(*node)
        }
    };
    let nodes = 0..recording.settings.nodes.len();
    let silent = nodes.filter(|node| !answered.contains(node) && owes(node));
    // Those that did not answer for the same reason are told together.
    let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for node in silent {
        let last = last.get(&node);
        let reason = format!("{:?}", last.and_then(|read| read.reason()));
        let group = groups.entry((last.is_some(), reason)).or_default();
        group.push(node);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_unstable();
    let told = groups.iter().filter_map(|nodes| {
        let (node, others) = nodes.split_first()?;
        let silence = story.silences.get(node).copied();
        Some(unanswered(*node, others, last.get(node).copied(), silence))
    });
    let mut findings: Vec<_> = told.collect();
    if answered.is_empty() {
        // That nobody was asked is said once, of all.
        findings.retain(|finding| !matches!(finding, Finding::Unanswered { asked: None, .. }));
    }
    findings
}

/// In a history that anything wrote, whether a read that was not answered in the end is missing: not if a process
/// that began only then was answered, which may stand for it. (In Jepsen a client goes on under a new number.) A
/// transaction may be aborted.
fn is_owed(read: &Operation<'_>, newest_answered: Option<Moment>) -> bool {
    let is_replaced = read
        .end
        .is_some_and(|(ended, _)| newest_answered > Some(ended));
    read.asked.request.is_read() && !is_replaced
}

/// When the last process that was answered in the end began.
fn newest_answered(story: &Story<'_>, answered: &BTreeSet<usize>) -> Option<Moment> {
    let mut seen = BTreeSet::new();
    let first = story
        .operations
        .iter()
        .filter(|one| seen.insert(one.asked.node));
    let first = first.filter(|one| answered.contains(&one.asked.node));
    first.map(|one| one.invoked).max()
}

/// `last`: the final read that this node was asked for; `silence`: what is known of the node.
fn unanswered(
    node: usize,
    others: &[usize],
    last: Option<&Operation<'_>>,
    silence: Option<&Silence>,
) -> Finding {
    Finding::Unanswered {
        node,
        others: others.to_vec(),
        asked: last.map(|read| read.invoked.time),
        reason: last.and_then(|read| read.reason().cloned()),
        silence: silence.cloned(),
    }
}

//! Live nodes that did not answer their final read.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Finding;
use super::story::{Operation, Story};
use crate::cluster::history::{Phase, Silence};
use crate::cluster::recording::Recording;

/// The live nodes without an answer to a final read; `answered`: those with one. Dead ones owe none.
pub fn judge(recording: &Recording, story: &Story<'_>, answered: &BTreeSet<usize>) -> Vec<Finding> {
    if recording.is_bare {
        // Nobody knows which nodes there are.
        return Vec::new();
    }
    let nodes = 0..recording.settings.nodes.len();
    let silent = nodes.filter(|node| recording.spread.is_alive(*node) && !answered.contains(node));
    let last: BTreeMap<_, _> = story
        .operations
        .iter()
        .filter(|one| one.asked.phase == Phase::FinalReads)
        .map(|one| (one.asked.node, one))
        .collect();
    let mut findings = Vec::new();
    for node in silent {
        let silence = story.silences.get(&node).copied();
        let new = unanswered(node, last.get(&node).copied(), silence);
        add(&mut findings, new);
    }
    if answered.is_empty() {
        // That nobody was asked is said once, of all.
        findings.retain(|finding| !matches!(finding, Finding::Unanswered { asked: None, .. }));
    }
    findings
}

/// Nodes that did not answer for the same reason are told together.
fn add(findings: &mut Vec<Finding>, new: Finding) {
    let Finding::Unanswered {
        node: new_node,
        asked: new_asked,
        reason: new_reason,
        ..
    } = &new
    else {
        return;
    };
    for finding in findings.iter_mut() {
        if let Finding::Unanswered {
            others,
            asked,
            reason,
            ..
        } = finding
            && (asked.is_some(), &*reason) == (new_asked.is_some(), new_reason)
        {
            others.push(*new_node);
            return;
        }
    }
    findings.push(new);
}

/// `last`: the final read that this node was asked for; `silence`: what is known of the node.
fn unanswered(node: usize, last: Option<&Operation<'_>>, silence: Option<&Silence>) -> Finding {
    Finding::Unanswered {
        node,
        others: Vec::new(),
        asked: last.map(|read| read.invoked.time),
        reason: last.and_then(|read| read.reason().cloned()),
        silence: silence.cloned(),
    }
}

//! In the end every live node tells what it holds.

use super::finding::Finding;
use super::story::{Operation, Story};
use crate::cluster::history::{Phase, Request};
use crate::cluster::recording::Recording;

/// The live nodes without an answer to a final read. Dead ones owe none.
pub fn judge(recording: &Recording, story: &Story<'_>) -> Vec<Finding> {
    let answered = story.final_reads();
    let nodes = 0..recording.settings.nodes.len();
    let silent =
        nodes.filter(|node| recording.spread.is_alive(*node) && !answered.contains_key(node));
    let mut findings: Vec<_> = silent.map(|node| unanswered(node, story)).collect();
    if answered.is_empty() {
        // That nobody was asked is said once, of all.
        findings.retain(|finding| !matches!(finding, Finding::Unanswered { asked: None, .. }));
    }
    findings
}

fn unanswered(node: usize, story: &Story<'_>) -> Finding {
    let is_final_read = |operation: &&Operation<'_>| {
        let asked = operation.asked;
        (asked.node, asked.phase, asked.request) == (node, Phase::FinalReads, Request::Read)
    };
    let last = story.operations.iter().rfind(is_final_read);
    Finding::Unanswered {
        node,
        asked: last.map(|read| read.invoked.time),
        reason: last.and_then(|read| read.reason().cloned()),
    }
}

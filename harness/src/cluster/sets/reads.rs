//! The requests of a set among those of a run: what was added, what was read.

use std::collections::BTreeMap;

use super::{SetReply, SetRequest, Shown};
use crate::cluster::checker::story::{Moment, Operation, Story};
use crate::cluster::history::{Outcome, Phase};
use crate::cluster::workload::{Reply, Request};

/// A read that was answered.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// By which node.
    pub node: usize,
    /// In which life of it.
    pub life: usize,
    /// In which part of the run.
    pub phase: Phase,
    /// When it was asked for.
    pub invoked: Moment,
    pub completed: Moment,
    pub shown: &'a Shown,
}

/// The reads that were answered, in the order in which they were asked for.
pub fn reads<'a>(story: &Story<'a>) -> impl Iterator<Item = Read<'a>> {
    story.operations.iter().filter_map(read)
}

/// By node, the answered final read that was asked for last.
pub fn final_reads<'a>(story: &Story<'a>) -> BTreeMap<usize, Read<'a>> {
    let reads = reads(story).filter(|read| read.phase == Phase::FinalReads);
    reads.map(|read| (read.node, read)).collect()
}

/// What was added, by its value; of several requests with one value, as a history of others may have them, the
/// first that was acknowledged, else one that may have happened.
pub type Added<'s> = BTreeMap<usize, &'s Operation<'s>>;

pub fn added<'s>(story: &'s Story<'_>) -> Added<'s> {
    let mut all = Added::new();
    for operation in &story.operations {
        if let Request::Set(SetRequest::Add(value)) = operation.asked.request {
            let known = all.entry(value).or_insert(operation);
            if how_far(operation) > how_far(known) {
                *known = operation;
            }
        }
    }
    all
}

/// What is known of a request to add.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum HowFar {
    Refused,
    Unknown,
    Acknowledged,
}

fn how_far(operation: &Operation<'_>) -> HowFar {
    match operation.known() {
        Some((_, Outcome::Ok(_))) => HowFar::Acknowledged,
        Some((_, Outcome::Failed(_))) => HowFar::Refused,
        Some((_, Outcome::Unknown(_))) | None => HowFar::Unknown,
    }
}

/// When a node acknowledged that it took a value, though its client may have given up.
pub fn acknowledged(operation: &Operation<'_>) -> Option<Moment> {
    match operation.known()? {
        (moment, Outcome::Ok(Reply::Set(SetReply::Added))) => Some(moment),
        _ => None,
    }
}

/// The read, if it is one that was answered.
fn read<'a>(operation: &Operation<'a>) -> Option<Read<'a>> {
    // A final read is asked again until there is no time left: what comes after that is none.
    let end = match operation.asked.phase {
        Phase::Load => operation.known(),
        Phase::SetUp | Phase::Recovery | Phase::FinalReads | Phase::End => operation.end,
    };
    let (completed, Outcome::Ok(Reply::Set(SetReply::Shown(shown)))) = end? else {
        return None;
    };
    Some(Read {
        node: operation.asked.node,
        life: operation.life,
        phase: operation.asked.phase,
        invoked: operation.invoked,
        completed,
        shown,
    })
}

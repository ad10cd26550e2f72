//! Whether no two replies have one id.

use std::collections::HashMap;

use super::UniqueId;
use super::finding::{DuplicateId, Given, IdFigures, SameDouble};
use crate::cluster::checker::finding::{Finding, Warning};
use crate::cluster::checker::story::{Operation, Story};
use crate::cluster::history::Outcome;
use crate::cluster::workload::Reply;
use crate::cluster::workload::figures::WorkloadFigures;
use crate::cluster::workload::findings::{WorkloadFinding, WorkloadWarning};
use crate::cluster::workload::replies::{RepliesJudged, nothing};

/// How many of the duplicated ids are told to programs, as Maelstrom does.
const DUPLICATED_MAX: usize = 48;

/// The replies with one id.
#[derive(Debug)]
struct SameId<'a> {
    id: &'a UniqueId,
    first: Given,
    /// In the order in which they came; hardly any id has such.
    again: Vec<Given>,
}

pub fn judge(story: &Story<'_>) -> RepliesJudged {
    let given = given(story);
    let all = by_id(&given);
    let twice = all.iter().filter(|replies| !replies.again.is_empty());
    let mut twice: Vec<_> = twice.collect();
    // The one whose second reply came first.
    twice.sort_by_key(|replies| replies.again.first().map(|given| given.time));
    let duplicate = twice
        .first()
        .and_then(|replies| duplicate(replies, twice.len()));
    let finding = duplicate.map(WorkloadFinding::Id).map(Finding::Workload);
    let same = same_double(&all).map(WorkloadWarning::Id);
    let named = twice.iter().take(DUPLICATED_MAX);
    let named = named.map(|replies| (replies.id.0.to_string(), 1 + replies.again.len()));
    let figures = IdFigures {
        attempted: story.operations.len(),
        given: given.len(),
        duplicated: named.collect(),
        duplicated_count: twice.len(),
    };
    RepliesJudged {
        nothing: if given.is_empty() {
            vec![nothing(story, story.operations.iter())]
        } else {
            Vec::new()
        },
        findings: finding.into_iter().collect(),
        warnings: same.map(Warning::Workload).into_iter().collect(),
        figures: Some(WorkloadFigures::Id(figures)),
        ..RepliesJudged::default()
    }
}

/// The ids in the order in which they came.
fn given<'a>(story: &Story<'a>) -> Vec<(&'a UniqueId, Given)> {
    let id = |operation: &Operation<'a>| {
        let (ended, Outcome::Ok(Reply::Id(id))) = operation.known()? else {
            return None;
        };
        let node = operation.asked.node;
        Some((
            ended,
            id,
            Given {
                node,
                time: ended.time,
            },
        ))
    };
    let mut all: Vec<_> = story.operations.iter().filter_map(id).collect();
    all.sort_by_key(|(ended, ..)| *ended);
    all.into_iter().map(|(_, id, given)| (id, given)).collect()
}

/// The replies with each id, in the order of the first of them.
fn by_id<'a>(given: &[(&'a UniqueId, Given)]) -> Vec<SameId<'a>> {
    let mut places = HashMap::with_capacity(given.len());
    let mut all: Vec<SameId<'a>> = Vec::with_capacity(given.len());
    for (id, given) in given {
        let place = *places.entry(id.key()).or_insert(all.len());
        match all.get_mut(place) {
            Some(replies) => replies.again.push(*given),
            None => all.push(SameId {
                id,
                first: *given,
                again: Vec::new(),
            }),
        }
    }
    all
}

fn duplicate(replies: &SameId<'_>, ids: usize) -> Option<DuplicateId> {
    Some(DuplicateId {
        id: replies.id.clone(),
        first: replies.first,
        second: *replies.again.first()?,
        times: 1 + replies.again.len(),
        ids,
    })
}

/// Ids that differ and are one double.
fn same_double(all: &[SameId<'_>]) -> Option<SameDouble> {
    let mut first: HashMap<u64, (&UniqueId, bool)> = HashMap::new();
    let mut example = None;
    let mut numbers = 0;
    for replies in all {
        let Some(double) = replies.id.as_double() else {
            continue;
        };
        // Zero has two forms of bits, and no other double has.
        let bits = (double + 0.0).to_bits();
        let Some((other, is_told)) = first.get_mut(&bits) else {
            first.insert(bits, (replies.id, false));
            continue;
        };
        if !*is_told {
            *is_told = true;
            numbers += 1;
        }
        example.get_or_insert_with(|| [other.clone(), replies.id.clone()]);
    }
    example.map(|ids| SameDouble { ids, numbers })
}

//! Whether a counter is right.
//!
//! At any time a read shows a sum of some of the adds sent by then: each counts once at most, and none
//! before it was sent. It need not show what was acknowledged: that may still be on its way. In the end each
//! node shows all that was acknowledged and that it had time to learn of ([`RecoveryTime`]), and of what has an
//! unknown fate some. What a node acknowledged in a life that is over may have gone with it, unless nodes are to
//! be durable. And all show the same; where they had agreed in the recovery, an add that was not answered may
//! have come about between two final reads, and so may one that was still under way.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{CounterFigures, CounterFinding, CounterWarning, ShownSums, Total, WentBack};
use super::sums::SubsetSums;
use super::{CounterReply, CounterRequest};
use crate::cluster::checker::finding::{Finding, Unchecked, Warning};
use crate::cluster::checker::story::{Moment, Operation, Story};
use crate::cluster::checker::unanswered;
use crate::cluster::history::{Outcome, Phase};
use crate::cluster::recording::Recording;
use crate::cluster::service_use::StaleAnswer;
use crate::cluster::workload::figures::WorkloadFigures;
use crate::cluster::workload::findings::{WorkloadFinding, WorkloadWarning};
use crate::cluster::workload::kind::WorkloadKind;
use crate::cluster::workload::recovery_time::RecoveryTime;
use crate::cluster::workload::replies::{RepliesJudged, nothing};
use crate::cluster::workload::{Reply, Request};

/// A read that was answered.
#[derive(Debug, Clone, Copy)]
struct CounterRead {
    node: usize,
    life: usize,
    phase: Phase,
    invoked: Moment,
    ended: Moment,
    shown: i64,
}

/// What became of an add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AddFate {
    Acknowledged,
    Unknown,
    Refused,
}

/// Judges the adds and the reads.
pub fn judge(recording: &Recording, story: &Story<'_>) -> RepliesJudged {
    let reads: Vec<_> = story.operations.iter().filter_map(read).collect();
    // The final read of each node that was asked for last.
    let finals = reads.iter().filter(|read| read.phase == Phase::FinalReads);
    let finals: BTreeMap<usize, CounterRead> = finals.map(|read| (read.node, *read)).collect();
    let due_by = finals.values().map(|read| read.invoked).min();
    let durable = recording.settings.durable;
    let in_time = |_: &Operation<'_>, ended| due_by.is_none_or(|due_by| ended < due_by);
    let recovery = RecoveryTime::of(recording);
    let has_time = |one: &Operation<'_>, ended| {
        let is_enough = |due_by| recovery.is_enough(one, ended, due_by);
        in_time(one, ended) && due_by.is_none_or(is_enough)
    };
    let is_due =
        |one: &Operation<'_>, ended| has_time(one, ended) && (durable || !story.is_past_life(one));
    let adds = story.operations.iter();
    let adds: Vec<_> = adds.filter_map(|one| add(one, is_due)).collect();
    let (total, unknown) = total(&adds);
    let is_late = |one: &Operation<'_>| {
        let is_open = one.known().is_none_or(|(ended, _)| !has_time(one, ended));
        is_open && add(one, in_time).is_some()
    };
    let may_be_late =
        story.operations.iter().any(is_late) || total.unknown > 0 && agreed(&reads, &finals);
    let is_right = |sum: i64| unknown.contains(i128::from(sum) - total.sum);
    let stale = |nodes: &[usize]| {
        let finals = nodes.iter().filter_map(|node| finals.get(node));
        let mut stale = finals.filter_map(|read| {
            let (asked, ended) = (read.invoked.time, read.ended.time);
            recording.service_use.stale(read.node, asked, ended)
        });
        stale.next()
    };
    let (mut found, differing) = in_the_end(&finals, total, is_right, stale);
    let mut odd = Vec::new();
    if let Some(shown) = differing {
        if may_be_late {
            odd.push(CounterWarning::MayConverge { shown });
        } else {
            let nodes: Vec<_> = shown.iter().flat_map(|(_, nodes)| nodes).copied().collect();
            let stale = stale(&nodes);
            found.push(CounterFinding::Disagree { shown, stale });
        }
    }
    let (impossible, inexact) = impossible(&adds, &reads);
    found.extend(impossible);
    let in_the_end = !unknown.are_exact() && !finals.is_empty();
    if inexact > 0 || in_the_end {
        let reads = inexact;
        odd.push(CounterWarning::TooManySums { reads, in_the_end });
    }
    let found = found.into_iter().map(WorkloadFinding::Counter);
    let answered: BTreeSet<_> = finals.keys().copied().collect();
    let unanswered = unanswered::judge(recording, story, &answered);
    let only_grows = recording.settings.workload == WorkloadKind::GCounter;
    let back = only_grows.then(|| went_back(&reads)).flatten();
    odd.extend(back.map(CounterWarning::WentBack));
    let mut unchecked = Vec::new();
    let is_add = |one: &&Operation<'_>| add(one, |_, _| true).is_some();
    let asked = story.operations.iter().filter(is_add);
    if !asked.clone().any(Operation::is_ok) {
        unchecked.push(nothing(story, asked));
    }
    if finals.is_empty() {
        unchecked.push(Finding::Unchecked(Unchecked::NothingRead));
    }
    let wrong = finals.values().filter(|read| !is_right(read.shown));
    RepliesJudged {
        nothing: unchecked,
        findings: found.map(Finding::Workload).chain(unanswered).collect(),
        warnings: odd
            .into_iter()
            .map(|odd| Warning::Workload(WorkloadWarning::Counter(odd)))
            .collect(),
        figures: Some(WorkloadFigures::Counter(CounterFigures {
            total,
            wrong: wrong.count(),
            finals: finals.values().map(|read| read.shown).collect(),
        })),
        ..RepliesJudged::default()
    }
}

/// `is_due`: whether final reads have to show what was acknowledged then; others may.
fn add(
    operation: &Operation<'_>,
    is_due: impl Fn(&Operation<'_>, Moment) -> bool,
) -> Option<(Moment, i64, AddFate)> {
    let Request::Counter(CounterRequest::Add(delta)) = operation.asked.request else {
        return None;
    };
    let fate = match operation.known() {
        Some((ended, Outcome::Ok(_))) if is_due(operation, ended) => AddFate::Acknowledged,
        Some((_, Outcome::Failed(_))) => AddFate::Refused,
        Some((_, Outcome::Ok(_) | Outcome::Unknown(_))) | None => AddFate::Unknown,
    };
    Some((operation.invoked, delta, fate))
}

fn read(operation: &Operation<'_>) -> Option<CounterRead> {
    // A final read is asked again until there is no time left: what comes after that is none.
    let end = match operation.asked.phase {
        Phase::Load => operation.known(),
        Phase::SetUp | Phase::Recovery | Phase::FinalReads | Phase::End => operation.end,
    };
    let (ended, Outcome::Ok(Reply::Counter(CounterReply::Sum(shown)))) = end? else {
        return None;
    };
    Some(CounterRead {
        node: operation.asked.node,
        life: operation.life,
        phase: operation.asked.phase,
        invoked: operation.invoked,
        ended,
        shown: *shown,
    })
}

/// What was acknowledged, and the sums of what has an unknown fate.
fn total(adds: &[(Moment, i64, AddFate)]) -> (Total, SubsetSums) {
    let mut total = Total {
        sum: 0,
        adds: 0,
        unknown: 0,
        unknown_bounds: (0, 0),
    };
    let mut unknown = SubsetSums::default();
    for (_, delta, fate) in adds {
        match fate {
            AddFate::Acknowledged => {
                total.sum = total.sum.saturating_add((*delta).into());
                total.adds += 1;
            }
            AddFate::Unknown => {
                unknown.add(*delta);
                total.unknown += 1;
            }
            AddFate::Refused => {}
        }
    }
    total.unknown_bounds = unknown.bounds();
    (total, unknown)
}

/// Each node has to show a right sum, and all the same; the right ones where they are not.
fn in_the_end(
    finals: &BTreeMap<usize, CounterRead>,
    total: Total,
    is_right: impl Fn(i64) -> bool,
    stale: impl Fn(&[usize]) -> Option<StaleAnswer>,
) -> (Vec<CounterFinding>, Option<ShownSums>) {
    let mut by_sum: BTreeMap<i64, Vec<&CounterRead>> = BTreeMap::new();
    for read in finals.values() {
        by_sum.entry(read.shown).or_default().push(read);
    }
    let nodes = |reads: &[&CounterRead]| reads.iter().map(|read| read.node).collect::<Vec<_>>();
    let (right, wrong): (Vec<_>, Vec<_>) = by_sum.iter().partition(|(sum, _)| is_right(**sum));
    let wrong = wrong.into_iter().filter_map(|(sum, reads)| {
        let nodes = nodes(reads);
        Some(CounterFinding::WrongTotal {
            shown: *sum,
            time: reads.iter().map(|read| read.ended.time).min()?,
            total,
            stale: stale(&nodes),
            nodes,
        })
    });
    let differ = right.len() > 1;
    let right = right.into_iter().map(|(sum, reads)| (*sum, nodes(reads)));
    (wrong.collect(), differ.then(|| right.collect()))
}

/// Whether all nodes that have a final read showed one sum when they were asked last before it.
fn agreed(reads: &[CounterRead], finals: &BTreeMap<usize, CounterRead>) -> bool {
    let before = reads.iter().filter(|read| read.phase == Phase::Recovery);
    let before: BTreeMap<_, _> = before.map(|read| (read.node, read.shown)).collect();
    let mut shown = finals.keys().map(|node| before.get(node));
    let Some(Some(first)) = shown.next() else {
        return false;
    };
    shown.all(|shown| shown == Some(first))
}

/// What no adds sent before the end of a read can sum to; and how many reads were held against bounds alone.
fn impossible(
    adds: &[(Moment, i64, AddFate)],
    reads: &[CounterRead],
) -> (Option<CounterFinding>, usize) {
    let sent = adds.iter().filter(|(_, _, fate)| *fate != AddFate::Refused);
    let mut sent: Vec<_> = sent.collect();
    sent.sort_by_key(|(invoked, ..)| *invoked);
    let mut sent = sent.into_iter().peekable();
    let mut by_end: Vec<_> = reads.iter().collect();
    by_end.sort_by_key(|read| read.ended);
    let mut sums = SubsetSums::default();
    let mut found: Option<CounterFinding> = None;
    let mut inexact = 0;
    let mut told = BTreeSet::new();
    for read in by_end {
        while let Some((_, delta, _)) = sent.next_if(|(invoked, ..)| *invoked < read.ended) {
            sums.add(*delta);
        }
        if sums.contains(read.shown.into()) {
            inexact += usize::from(!sums.are_exact());
            continue;
        }
        match &mut found {
            None => {
                told.insert(read.node);
                found = Some(CounterFinding::Impossible {
                    node: read.node,
                    others: Vec::new(),
                    shown: read.shown,
                    time: read.ended.time,
                    bounds: sums.bounds(),
                    reads: 1,
                });
            }
            Some(CounterFinding::Impossible { others, reads, .. }) => {
                *reads += 1;
                others.extend(told.insert(read.node).then_some(read.node));
            }
            Some(CounterFinding::WrongTotal { .. } | CounterFinding::Disagree { .. }) => {}
        }
    }
    (found, inexact)
}

/// A node that showed less than a read of it, in the same life, which had ended before this one began.
fn went_back(reads: &[CounterRead]) -> Option<WentBack> {
    let mut by_node: BTreeMap<(usize, usize), Vec<&CounterRead>> = BTreeMap::new();
    for read in reads {
        by_node
            .entry((read.node, read.life))
            .or_default()
            .push(read);
    }
    let mut found: Option<WentBack> = None;
    let mut told = BTreeSet::new();
    for reads in by_node.values() {
        let mut by_end: Vec<&CounterRead> = reads.clone();
        by_end.sort_by_key(|read| read.ended);
        let mut ended = by_end.into_iter().peekable();
        let mut most: Option<&CounterRead> = None;
        // In the order in which they were asked for.
        for read in reads {
            while let Some(before) = ended.next_if(|before| before.ended < read.invoked) {
                if most.is_none_or(|most| most.shown < before.shown) {
                    most = Some(before);
                }
            }
            let Some(before) = most.filter(|most| most.shown > read.shown) else {
                continue;
            };
            let is_new = told.insert(read.node);
            let found = found.get_or_insert_with(|| WentBack {
                node: read.node,
                others: Vec::new(),
                before: (before.shown, before.ended.time),
                after: (read.shown, read.invoked.time),
                times: 0,
            });
            found.times += 1;
            if is_new && found.node != read.node {
                found.others.push(read.node);
            }
        }
    }
    found
}

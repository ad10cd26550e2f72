//! Whether nodes list offsets that were committed.
//!
//! No right node fails: it can't know of an offset that nobody has asked it to commit yet, and a client
//! that goes on from a higher one misses messages. In the end all is healed, so that what was acknowledged
//! is known to all.

use std::collections::{BTreeMap, BTreeSet};

use super::found::FoundFaults;
use super::view::{Deed, DeedKind, View};
use crate::cluster::workload::kafka::finding::{KafkaFault, ListedCommit};
use crate::cluster::workload::kafka::{LogKey, Offsets};

/// What was to be committed of a key by a time.
#[derive(Debug, Default)]
struct Commits {
    /// Every offset that may have been.
    all: BTreeSet<i64>,
    /// Whether one was acknowledged, before its client gave up.
    is_acknowledged: bool,
}

pub fn judge(view: &View<'_>, found: &mut FoundFaults) {
    let mut commits: BTreeMap<&LogKey, Commits> = BTreeMap::new();
    let mut asked: Vec<_> = view.deeds.iter().filter_map(commit).collect();
    asked.sort_by_key(|(deed, ..)| deed.operation.invoked);
    let mut asked = asked.into_iter().peekable();
    let mut listed: Vec<_> = view.deeds.iter().filter_map(list).collect();
    listed.sort_by_key(|(deed, ..)| deed.ended);
    for (deed, keys, offsets) in listed {
        let is_asked = |by: &(&Deed<'_>, &Offsets)| {
            let ended = deed.ended;
            ended.is_some_and(|ended| by.0.operation.invoked < ended)
        };
        while let Some((commit, offsets)) = asked.next_if(is_asked) {
            let is_in_time = commit.operation.is_ok();
            for (key, offset) in offsets {
                let commits = commits.entry(key).or_default();
                commits.all.insert(*offset);
                commits.is_acknowledged |= is_in_time;
            }
        }
        let shown = view.witness(deed);
        for (key, offset) in offsets {
            let highest = commits.get(key).and_then(|commits| commits.all.last());
            if *offset > highest.copied().unwrap_or(0).max(0) {
                let listed = ListedCommit {
                    offset: Some(*offset),
                    highest: highest.copied(),
                    shown: shown.clone(),
                };
                found.add(key, KafkaFault::CommitTooHigh(listed));
            }
        }
        if !deed.is_final() {
            continue;
        }
        for key in keys {
            let Some(commits) = commits.get(key).filter(|commits| commits.is_acknowledged) else {
                continue;
            };
            let offset = offsets.get(key).copied();
            let highest = commits.all.last().copied();
            let is_too_high = offset > highest.map(|highest| highest.max(0));
            // A client that finds no offset goes on from 0, as where 0 was committed.
            if !is_too_high && !commits.all.contains(&offset.unwrap_or(0)) {
                let listed = ListedCommit {
                    offset,
                    highest,
                    shown: shown.clone(),
                };
                found.add(key, KafkaFault::CommitLost(listed));
            }
        }
    }
}

fn commit<'v, 'a>(deed: &'v Deed<'a>) -> Option<(&'v Deed<'a>, &'a Offsets)> {
    match deed.done {
        DeedKind::Commit { offsets, .. } => Some((deed, offsets)),
        DeedKind::Send { .. } | DeedKind::Poll { .. } | DeedKind::Assign { .. } => None,
    }
}

fn list<'v, 'a>(deed: &'v Deed<'a>) -> Option<(&'v Deed<'a>, &'a [LogKey], &'a Offsets)> {
    match deed.done {
        DeedKind::Assign { keys, committed } => Some((deed, keys, committed?)),
        DeedKind::Send { .. } | DeedKind::Poll { .. } | DeedKind::Commit { .. } => None,
    }
}

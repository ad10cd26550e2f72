//! What a node showed once it shows from then on, as long as it lives.
//!
//! A read must show what any read showed that was answered before it was asked for; two that
//! overlap may differ. What a node that was started again must show is known to [`super::lost`].

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;

use super::finding::{SetFinding, Values};
use super::reads::{self, Read};
use crate::cluster::checker::story::{Moment, Story};

/// The values that vanished, by node.
pub fn judge(story: &Story<'_>) -> Vec<SetFinding> {
    let reads: Vec<_> = reads::reads(story).collect();
    let mut nodes: BTreeMap<usize, BTreeMap<usize, (usize, Moment)>> = BTreeMap::new();
    for (read, missing) in missing(&reads) {
        let Some(at) = reads.get(read) else { continue };
        let vanished = nodes.entry(at.node).or_default();
        for value in missing.ones() {
            vanished.entry(value).or_insert((read, at.invoked));
        }
    }
    nodes
        .into_iter()
        .filter_map(|(node, vanished)| finding(node, &vanished, &reads))
        .collect()
}

/// For each read, by its place, what it lacks; those without are left out.
fn missing(reads: &[Read<'_>]) -> Vec<(usize, FixedBitSet)> {
    // What each node had shown in each of its lives, as time goes by.
    let mut shown: BTreeMap<(usize, usize), FixedBitSet> = BTreeMap::new();
    // What each read that is under way has to show.
    let mut owed: BTreeMap<usize, FixedBitSet> = BTreeMap::new();
    let mut all = Vec::new();
    for (_, place) in in_order(reads) {
        let Some(read) = reads.get(place) else {
            continue;
        };
        let so_far = shown.entry((read.node, read.life)).or_default();
        let Some(mut missing) = owed.remove(&place) else {
            owed.insert(place, so_far.clone());
            continue;
        };
        missing.difference_with(&read.shown.values);
        so_far.union_with(&read.shown.values);
        if !missing.is_clear() {
            all.push((place, missing));
        }
    }
    all
}

/// The beginning and the end of each read, by its place, in the order of the history.
fn in_order(reads: &[Read<'_>]) -> Vec<(Moment, usize)> {
    let both = |(place, read): (usize, &Read<'_>)| [(read.invoked, place), (read.completed, place)];
    let mut moments: Vec<_> = reads.iter().enumerate().flat_map(both).collect();
    moments.sort_unstable();
    moments
}

fn finding(
    node: usize,
    vanished: &BTreeMap<usize, (usize, Moment)>,
    reads: &[Read<'_>],
) -> Option<SetFinding> {
    let (value, (place, asked)) = vanished.first_key_value()?;
    let life = reads.get(*place)?.life;
    let before = reads.iter().filter(|read| {
        (read.node, read.life) == (node, life)
            && read.completed < *asked
            && read.shown.values.contains(*value)
    });
    Some(SetFinding::Vanished {
        node,
        values: vanished.keys().copied().collect::<Values>(),
        shown: before.map(|read| read.completed.time).max()?,
        asked: asked.time,
    })
}

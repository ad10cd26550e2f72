//! Which line of an `.expected` each of the node's lines stands for, and which of them a blessed file
//! shows, in which order.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::case::ExpectedLine;
use crate::case::expected::ExpectedContent;
use crate::case::mode::{MatchMode, MsgIdMode};
use crate::matching::actual::ActualLine;
use crate::matching::bindings::Bindings;
use crate::matching::compare;
use crate::matching::difference::Rules;
use crate::message::{self, Id};

/// How many lines of one kind are looked at for a partner.
const CANDIDATES_MAX: usize = 32;

/// A position among the node's lines, and that of its partner in the `.expected`, if it has one.
pub type Pair = (usize, Option<usize>);

/// Pairs each of the node's lines with one of `expected`: with the one at the same place among those
/// of its kind if it matches that when ids and names are left aside; else with another that it
/// matches; else with one of its kind.
pub fn pair(expected: &[ExpectedLine], actual: &[ActualLine], rules: &Rules) -> Vec<Pair> {
    let mut free = Free::of(expected);
    let rules = Rules {
        msg_id: MsgIdMode::Ignored,
        ..rules.clone()
    };
    let matches = |line: &ActualLine, candidate: &ExpectedLine| {
        compare::matches(candidate, line, &rules, &mut Bindings::default())
    };
    let mut pairs: Vec<Pair> = Vec::new();
    let places = places(actual, &free);
    for (position, line) in actual.iter().enumerate() {
        let same_place = places.get(position).copied().flatten();
        let same_place =
            same_place.filter(|place| free.is_wanted(*place, |other| matches(line, other)));
        pairs.push((position, same_place));
    }
    for (_, partner) in &pairs {
        if let Some(partner) = partner {
            free.remove(*partner);
        }
    }
    for agrees in [true, false] {
        let alone = pairs
            .iter_mut()
            .zip(actual)
            .filter(|(pair, _)| pair.1.is_none());
        for ((_, partner), line) in alone {
            let wanted = |other: &ExpectedLine| !agrees || matches(line, other);
            *partner = free.take(&key_of_actual(line), wanted);
        }
    }
    pairs
}

/// For each of the node's lines the expected one at the same place among those of its kind.
fn places(actual: &[ActualLine], free: &Free<'_>) -> Vec<Option<usize>> {
    let mut seen: BTreeMap<PairKey, usize> = BTreeMap::new();
    let place = |line: &ActualLine| {
        let key = key_of_actual(line);
        let list = free.by_key.get(&key);
        let count = seen.entry(key).or_default();
        *count += 1;
        list?.get(*count - 1).copied()
    };
    actual.iter().map(place).collect()
}

/// The lines that are shown, in their order.
pub fn order(
    mode: MatchMode,
    expected: &[ExpectedLine],
    pairs: &[Pair],
    has_old: bool,
) -> Vec<Pair> {
    let has_partner = pairs.iter().any(|(_, partner)| partner.is_some());
    let mut shown = pairs.to_vec();
    match mode {
        // Any order will do, so the old one stays.
        MatchMode::Unordered => shown.sort_by_key(|(_, partner)| partner.unwrap_or(usize::MAX)),
        // As much as was asked for before.
        MatchMode::Prefix if has_old && !expected.is_empty() => shown.truncate(expected.len()),
        MatchMode::Contains if has_partner => shown.retain(|(_, partner)| partner.is_some()),
        MatchMode::Exact | MatchMode::Prefix | MatchMode::Contains => {}
    }
    shown
}

/// What two lines share that stand for the same thing.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PairKey {
    Answer(String, Id),
    /// Another message: to whom, and its type.
    Message(String, String),
    /// Text, or something with placeholders where the others have their keys.
    Other,
}

fn key(message: &Value) -> PairKey {
    let receiver = message::destination(message).unwrap_or_default().to_owned();
    match (message::in_reply_to(message), message::kind(message)) {
        (Some(id), _) => PairKey::Answer(receiver, id),
        (None, Some(kind)) => PairKey::Message(receiver, kind.to_owned()),
        (None, None) => PairKey::Other,
    }
}

fn key_of_actual(line: &ActualLine) -> PairKey {
    line.json().map_or(PairKey::Other, key)
}

fn key_of_expected(line: &ExpectedLine) -> PairKey {
    line.json().map_or(PairKey::Other, key)
}

/// The expected lines that have no partner yet.
struct Free<'a> {
    expected: &'a [ExpectedLine],
    by_key: BTreeMap<PairKey, Vec<usize>>,
    /// Those that may match anything: their keys are placeholders.
    open: BTreeSet<usize>,
}

impl<'a> Free<'a> {
    fn of(expected: &'a [ExpectedLine]) -> Self {
        let mut by_key = BTreeMap::new();
        let mut open = BTreeSet::new();
        for (position, line) in expected.iter().enumerate() {
            let list: &mut Vec<usize> = by_key.entry(key_of_expected(line)).or_default();
            list.push(position);
            if has_open_key(line) {
                open.insert(position);
            }
        }
        Self {
            expected,
            by_key,
            open,
        }
    }

    /// Takes the first free line with that key, or with an open one, that is wanted.
    fn take(&mut self, key: &PairKey, wanted: impl Fn(&ExpectedLine) -> bool) -> Option<usize> {
        let same_key = self.by_key.get(key).into_iter().flatten();
        let mut candidates = same_key.chain(&self.open).copied().take(CANDIDATES_MAX);
        let found = candidates.find(|position| self.is_wanted(*position, &wanted))?;
        self.remove(found);
        Some(found)
    }

    fn is_wanted(&self, position: usize, wanted: impl Fn(&ExpectedLine) -> bool) -> bool {
        self.expected.get(position).is_some_and(wanted)
    }

    fn remove(&mut self, position: usize) {
        self.open.remove(&position);
        let line = self.expected.get(position);
        if let Some(list) = line.and_then(|line| self.by_key.get_mut(&key_of_expected(line))) {
            list.retain(|other| *other != position);
        }
    }
}

/// Whether a placeholder stands where the receiver, the type or the answered id should.
fn has_open_key(line: &ExpectedLine) -> bool {
    let ExpectedContent::Json { value, .. } = &line.content else {
        return false;
    };
    let body = value.get("body").unwrap_or(value);
    let places = [value.get("dest"), body.get("type"), body.get("in_reply_to")];
    let is_open = |value: &Value| value.as_str().is_some_and(|text| text.starts_with('<'));
    is_open(value) || is_open(body) || places.into_iter().flatten().any(is_open)
}

//! The mode `unordered`: the same messages in any order.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::actual::{ActualContent, ActualLine};
use super::assignment;
use super::bindings::Bindings;
use super::candidates::{self, Candidates, Spelt};
use super::compare;
use super::difference::Rules;
use super::pairing::PairingProblem;
use super::path::{self, Path};
use super::{Agreement, Mismatch, alike, same_kind};
use crate::case::ExpectedLine;
use crate::case::expected::ExpectedContent;
use crate::case::mode::MsgIdMode;
use crate::message;

/// Pairs the expected messages with the actual ones.
pub fn compare(
    expected: &[ExpectedLine],
    actual: &[ActualLine],
    rules: &Rules,
    mut bindings: Bindings,
) -> Agreement {
    let problem = PairingProblem {
        candidates: candidates_of(expected, actual, rules, &bindings),
        names: expected.iter().map(|line| names(line, rules)).collect(),
        rights: actual.len(),
    };
    let mut pair = |left: usize, right: usize, bindings: &mut Bindings| match (
        expected.get(left),
        actual.get(right),
    ) {
        (Some(expected), Some(actual)) => compare::matches(expected, actual, rules, bindings),
        _ => false,
    };
    let found = assignment::assign(&problem, &mut bindings, &mut pair);
    let right_alone = &found.right_alone;
    let mismatch = match (found.left_alone.first(), right_alone.first()) {
        (None, None) => None,
        (None, Some(right)) => Some(Mismatch::Unexpected {
            expected: expected.len(),
            actual: *right,
        }),
        (Some(left), _) => Some(classify(
            *left,
            right_alone,
            expected,
            actual,
            rules,
            &mut bindings,
        )),
    };
    Agreement { mismatch, bindings }
}

/// How the message that found no partner relates to those that nobody took.
fn classify(
    left: usize,
    alone: &[usize],
    expected: &[ExpectedLine],
    actual: &[ActualLine],
    rules: &Rules,
    bindings: &mut Bindings,
) -> Mismatch {
    let missing = Mismatch::Missing { expected: left };
    let Some(wanted) = expected.get(left) else {
        return missing;
    };
    let find = |is_near: &dyn Fn(&ExpectedLine, &ActualLine) -> bool| {
        let mut near = alone
            .iter()
            .filter_map(|right| Some((*right, actual.get(*right)?)));
        near.find(|(_, line)| is_near(wanted, line))
    };
    let Some((right, line)) = find(&alike).or_else(|| find(&same_kind)) else {
        return missing;
    };
    let differences = compare::lines(wanted, line, rules, bindings);
    if differences.is_empty() {
        return missing;
    }
    Mismatch::Differs {
        expected: left,
        actual: right,
        differences,
    }
}

/// Whether a line shares a name or an id with another.
pub fn are_tied(expected: &[ExpectedLine], rules: &Rules) -> bool {
    let mut known = BTreeSet::new();
    let mut all = expected.iter().flat_map(|line| names(line, rules));
    all.any(|name| !known.insert(name))
}

/// The names and ids that a line binds or looks at.
fn names(line: &ExpectedLine, rules: &Rules) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    line.collect_names(&mut names);
    if let Some(value) = line.json() {
        let own = |owner: Option<&str>, id: &str| format!("msg_id {id} of {}", owner.unwrap_or(""));
        if let Some(id) = message::msg_id(value) {
            names.insert(own(message::source(value), &id));
        }
        let receiver = message::destination(value);
        if let Some(id) =
            message::in_reply_to(value).filter(|id| rules.known.is_renamed(receiver, id))
        {
            names.insert(own(receiver, &id));
        }
    }
    names
}

fn candidates_of(
    expected: &[ExpectedLine],
    actual: &[ActualLine],
    rules: &Rules,
    bindings: &Bindings,
) -> Candidates {
    let patterns: Vec<(usize, Spelt<'_>)> = expected
        .iter()
        .enumerate()
        .filter_map(|(left, line)| Some((left, spelt(line, rules)?)))
        .collect();
    let values: Vec<(usize, &Value)> = actual
        .iter()
        .enumerate()
        .filter_map(|(right, line)| Some((right, line.json()?)))
        .collect();
    let mut bindings = bindings.clone();
    let mut matches = |left: usize, right: usize| {
        let line = |index: usize| expected.get(patterns.get(index)?.0);
        let said = |index: usize| actual.get(values.get(index)?.0);
        let (Some(line), Some(said)) = (line(left), said(right)) else {
            return false;
        };
        let mark = bindings.mark();
        let same = compare::matches(line, said, rules, &mut bindings);
        bindings.roll_back(mark);
        same
    };
    let renames_replies = expected.iter().any(|line| renames_reply(line, rules));
    let is_open = |path: &Path| {
        let is = |field| path::is_field(path, field, true) || path::is_field(path, field, false);
        is("msg_id") || (renames_replies && is("in_reply_to"))
    };
    let only_patterns: Vec<_> = patterns.iter().map(|(_, spelt)| spelt.clone()).collect();
    let only_values: Vec<_> = values.iter().map(|(_, value)| *value).collect();
    let found = candidates::find(&only_patterns, &only_values, &is_open, &mut matches);

    let mut all = Candidates::default();
    for list in 0..found.lists() {
        let rights = found.list(list).iter();
        let rights = rights.filter_map(|index| Some(values.get(*index)?.0));
        all.add_list(rights.collect());
    }
    let mut texts = Texts::of(actual);
    let mut among_patterns = 0;
    for line in expected {
        let list = match &line.content {
            ExpectedContent::Text(text) => texts.list(text, &mut all),
            ExpectedContent::Json { .. } => {
                among_patterns += 1;
                found.list_of(among_patterns - 1).unwrap_or_default()
            }
        };
        all.add_left(list);
    }
    all
}

/// A line's pattern, spelt as another one that takes the same messages: nothing is bound yet, so
/// its number is as good as any.
fn spelt<'a>(line: &'a ExpectedLine, rules: &Rules) -> Option<Spelt<'a>> {
    let ExpectedContent::Json { value, pattern } = &line.content else {
        return None;
    };
    let is_any = rules.msg_id != MsgIdMode::Exact
        && message::msg_id(value).is_some()
        && !renames_reply(line, rules);
    if !is_any {
        return Some(Spelt::wholly(pattern));
    }
    let mut value = value.clone();
    let enveloped = value.get("body").is_some();
    let body = if enveloped {
        value.get_mut("body")
    } else {
        Some(&mut value)
    };
    if let Some(id) = body.and_then(|body| body.get_mut("msg_id")) {
        // No line of an `.expected` says that.
        *id = "<any number>".into();
    }
    let text = value.to_string();
    Some(Spelt { pattern, text })
}

/// The lines that are no JSON, by their texts.
struct Texts<'a> {
    places: BTreeMap<&'a [u8], Vec<usize>>,
    /// Which list of candidates is that of a text.
    lists: BTreeMap<String, usize>,
}

impl<'a> Texts<'a> {
    fn of(actual: &'a [ActualLine]) -> Self {
        let mut places: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        for (right, line) in actual.iter().enumerate() {
            if matches!(line.content, ActualContent::NotJson { .. }) {
                places.entry(&line.bytes).or_default().push(right);
            }
        }
        let lists = BTreeMap::new();
        Self { places, lists }
    }

    /// The list of the lines that are this text.
    fn list(&mut self, text: &str, all: &mut Candidates) -> usize {
        if let Some(list) = self.lists.get(text) {
            return *list;
        }
        let list = all.add_list(self.places.remove(text.as_bytes()).unwrap_or_default());
        self.lists.insert(text.to_owned(), list);
        list
    }
}

/// Whether a message answers one whose id may be renamed.
fn renames_reply(line: &ExpectedLine, rules: &Rules) -> bool {
    line.json().is_some_and(|value| {
        let receiver = message::destination(value);
        message::in_reply_to(value).is_some_and(|id| rules.known.is_renamed(receiver, &id))
    })
}

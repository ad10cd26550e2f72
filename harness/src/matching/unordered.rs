//! The mode `unordered`: the same messages in any order.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::actual::{ActualContent, ActualLine};
use super::assignment::{self, Problem};
use super::bindings::Bindings;
use super::compare::{self, Rules};
use super::path::Path;
use super::{Agreement, Mismatch, alike, candidates, same_kind};
use crate::case::ExpectedLine;
use crate::case::expected::ExpectedContent;
use crate::case::pattern::Pattern;
use crate::message;

/// Pairs the expected messages with the actual ones.
pub fn compare(
    expected: &[ExpectedLine],
    actual: &[ActualLine],
    rules: &Rules,
    mut bindings: Bindings,
) -> Agreement {
    let problem = Problem {
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

/// The lines that share a name or an id with another.
pub fn tied(expected: &[ExpectedLine], rules: &Rules) -> BTreeSet<usize> {
    let mut users: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (position, line) in expected.iter().enumerate() {
        for name in names(line, rules) {
            users.entry(name).or_default().push(position);
        }
    }
    let shared = users.into_values().filter(|lines| lines.len() > 1);
    shared.flatten().collect()
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
) -> Vec<Vec<usize>> {
    let patterns: Vec<(usize, &Pattern)> = expected
        .iter()
        .enumerate()
        .filter_map(|(left, line)| match &line.content {
            ExpectedContent::Json { pattern, .. } => Some((left, pattern)),
            ExpectedContent::Text(_) => None,
        })
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
    let renames_replies = renames_replies(expected, rules);
    let is_open = |path: &Path| {
        let is =
            |field| compare::is_field(path, field, true) || compare::is_field(path, field, false);
        is("msg_id") || (renames_replies && is("in_reply_to"))
    };
    let only_patterns: Vec<_> = patterns.iter().map(|(_, pattern)| *pattern).collect();
    let only_values: Vec<_> = values.iter().map(|(_, value)| *value).collect();
    let found = candidates::find(&only_patterns, &only_values, &is_open, &mut matches);
    let mut all: Vec<_> = expected.iter().map(|line| texts(line, actual)).collect();
    for ((left, _), rights) in patterns.iter().zip(found) {
        let rights = rights
            .into_iter()
            .filter_map(|index| Some(values.get(index)?.0));
        if let Some(list) = all.get_mut(*left) {
            *list = rights.collect();
        }
    }
    all
}

/// The lines that are the text that a line of text expects.
fn texts(line: &ExpectedLine, actual: &[ActualLine]) -> Vec<usize> {
    let ExpectedContent::Text(text) = &line.content else {
        return Vec::new();
    };
    let is_it = |line: &ActualLine| {
        matches!(line.content, ActualContent::NotJson { .. }) && line.is_text(text)
    };
    let same = actual.iter().enumerate().filter(|(_, line)| is_it(line));
    same.map(|(right, _)| right).collect()
}

/// Whether any expected message answers one whose id may be renamed.
fn renames_replies(expected: &[ExpectedLine], rules: &Rules) -> bool {
    expected.iter().filter_map(ExpectedLine::json).any(|value| {
        let receiver = message::destination(value);
        message::in_reply_to(value).is_some_and(|id| rules.known.is_renamed(receiver, &id))
    })
}

//! Replies with `null` for an empty list: Go's nil slice, `(seq #{})` in Clojure. Maelstrom takes them.

use std::collections::BTreeSet;

use super::finding::Warning;
use super::story::{Operation, Story};
use crate::cluster::history::Outcome;

/// One warning for the whole run.
pub fn judge(story: &Story<'_>) -> Option<Warning> {
    let null = |operation: &Operation<'_>| {
        let (ended, outcome) = operation.end?;
        let is_null = matches!(outcome, Outcome::Shown(shown) if shown.is_null);
        is_null.then_some((ended.time, operation.asked.node))
    };
    let nulls: Vec<_> = story.operations.iter().filter_map(null).collect();
    let (time, node) = nulls.iter().min().copied()?;
    let others: BTreeSet<_> = nulls.iter().map(|(_, node)| *node).collect();
    Some(Warning::NullList {
        node,
        others: others.into_iter().filter(|other| *other != node).collect(),
        reply: "read_ok",
        key: "messages",
        time,
        count: nulls.len(),
    })
}

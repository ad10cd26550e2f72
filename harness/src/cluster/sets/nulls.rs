//! Replies with `null` for an empty list: Go's nil slice, `(seq #{})` in Clojure. Maelstrom takes them.

use std::collections::BTreeSet;

use super::SetReply;
use super::finding::SetWarning;
use crate::cluster::checker::story::{Operation, Story};
use crate::cluster::history::Outcome;
use crate::cluster::recording::Recording;
use crate::cluster::workload::Reply;

/// One warning for the whole run.
pub fn judge(recording: &Recording, story: &Story<'_>) -> Option<SetWarning> {
    let null = |operation: &Operation<'_>| {
        let (ended, Outcome::Ok(Reply::Set(SetReply::Shown(shown)))) = operation.end? else {
            return None;
        };
        shown.is_null.then_some((ended.time, operation.asked.node))
    };
    let nulls: Vec<_> = story.operations.iter().filter_map(null).collect();
    let (time, node) = nulls.iter().min().copied()?;
    let others: BTreeSet<_> = nulls.iter().map(|(_, node)| *node).collect();
    let (reply, key) = recording.settings.workload.terms().list?;
    Some(SetWarning::NullList {
        node,
        others: others.into_iter().filter(|other| *other != node).collect(),
        reply,
        key,
        time,
        count: nulls.len(),
    })
}

//! Replies with `null` for an empty list: Go's nil slice, `(seq #{})` in Clojure. Maelstrom takes them.

use std::collections::BTreeSet;

use super::finding::SetWarning;
use super::reads;
use crate::cluster::checker::story::Story;
use crate::cluster::recording::Recording;

/// One warning for the whole run.
pub fn judge(recording: &Recording, story: &Story<'_>) -> Option<SetWarning> {
    let nulls = reads::reads(story).filter(|read| read.shown.is_null);
    let nulls: Vec<_> = nulls.map(|read| (read.completed.time, read.node)).collect();
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

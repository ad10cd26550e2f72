//! Whether all nodes show the same once all is healed. No consistency model of transactions wants that: a
//! store that never replicates is read-committed.

use std::collections::{BTreeMap, BTreeSet};

use super::TxnReply;
use super::notation::list;
use crate::cluster::checker::story::{Operation, Story};
use crate::cluster::history::{Outcome, Phase};
use crate::cluster::names::Names;
use crate::cluster::workload::{Reply, Request};
use crate::txn::atom::Atom;
use crate::txn::{Access, Observed};

/// How many nodes are told with what they show.
const SHOWN_MAX: usize = 4;

/// Nodes that don't agree.
#[derive(Debug, Clone, PartialEq)]
pub struct NotConverged {
    pub keys: usize,
    /// Of how many that were read.
    pub of: usize,
    pub key: Atom,
    /// What each node showed of it last.
    pub shown: Vec<(usize, Observed)>,
}

/// What nodes showed in the end.
#[derive(Debug, Default)]
pub struct EndState {
    /// The nodes that replied to a read.
    pub answered: BTreeSet<usize>,
    pub differ: Option<NotConverged>,
}

/// Looks at what every node showed last of each key.
pub fn judge(story: &Story<'_>) -> EndState {
    let mut by_key: BTreeMap<&Atom, BTreeMap<usize, &Observed>> = BTreeMap::new();
    let mut answered = BTreeSet::new();
    for operation in &story.operations {
        if operation.asked.client != 0 || operation.asked.phase < Phase::Recovery {
            continue;
        }
        let node = operation.asked.node;
        match operation.end {
            Some((_, Outcome::Ok(Reply::Txn(TxnReply { operations, .. })))) => {
                answered.insert(node);
                for operation in operations {
                    if let Access::Read(shown) = &operation.access {
                        by_key
                            .entry(&operation.key)
                            .or_default()
                            .insert(node, shown);
                    }
                }
            }
            // A transaction may be aborted at any time.
            Some((_, Outcome::Failed(_))) => _ = answered.insert(node),
            Some((_, Outcome::Ok(_) | Outcome::Unknown(_))) | None => {}
        }
    }
    // What may have happened may happen yet.
    let unknown = unknown_keys(story);
    by_key.retain(|key, _| !unknown.contains(key));
    EndState {
        answered,
        differ: differ(&by_key),
    }
}

fn differ(by_key: &BTreeMap<&Atom, BTreeMap<usize, &Observed>>) -> Option<NotConverged> {
    let differ = |(_, shown): &(&&Atom, &BTreeMap<usize, &Observed>)| {
        let mut all = shown.values().map(|shown| shown.list());
        let first = all.next();
        all.any(|other| Some(other) != first)
    };
    let mut differing = by_key.iter().filter(differ);
    let (key, shown) = differing.next()?;
    let shown = shown.iter().map(|(node, shown)| (*node, (*shown).clone()));
    Some(NotConverged {
        keys: differing.count() + 1,
        of: by_key.len(),
        key: (*key).clone(),
        shown: shown.collect(),
    })
}

/// The keys that a transaction wrote of which it is not known whether it committed.
fn unknown_keys<'a>(story: &Story<'a>) -> BTreeSet<&'a Atom> {
    let is_unknown =
        |one: &&Operation<'a>| matches!(one.known(), Some((_, Outcome::Unknown(_))) | None);
    let unknown = story.operations.iter().filter(is_unknown);
    let requests = unknown.filter_map(|one| {
        let Request::Txn(request) = &one.asked.request else {
            return None;
        };
        Some(&request.operations)
    });
    let operations = requests.flat_map(|operations| operations.iter());
    let writes = operations.filter(|one| matches!(one.access, Access::Write(_)));
    writes.map(|operation| &operation.key).collect()
}

impl NotConverged {
    pub fn words(&self, names: &Names<'_>) -> String {
        let (keys, of) = (self.keys, self.of);
        let shown = self.shown.iter().take(SHOWN_MAX).map(|(node, shown)| {
            let value = match shown {
                Observed::Nothing => "nothing".to_owned(),
                Observed::One(value) => value.to_string(),
                Observed::List(values) => list(values),
            };
            format!("{} shows {value}", names.node(*node))
        });
        let shown: Vec<_> = shown.collect();
        let replicated = if self.keys == self.of {
            ": nothing is replicated"
        } else {
            ""
        };
        format!(
            "not converged: once all was healed, nodes still differ on {keys} of {of} keys{replicated}; of key \
             {} {}",
            self.key,
            shown.join(", ")
        )
    }
}

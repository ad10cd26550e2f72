//! What Maelstrom's own rules say: Jepsen's anomalies in polls and sends, and nothing of commits.
//!
//! There a poll and the commit that follows it are one operation: where the commit is not acknowledged,
//! the poll is taken for one that never was, though the client goes on from its end. So a node that
//! refuses a commit, as it may, is failed for a gap in the polls.

use super::contents::{self, Sends};
use super::ends::LogsEnd;
use super::found::FoundFaults;
use super::logs::Logs;
use super::view::{DeedFate, DeedKind, View};
use super::{circles, ends, polls, sends};

/// What Maelstrom says.
#[derive(Debug, Default)]
pub struct MaelstromVerdict {
    /// The anomalies that it finds, and how often.
    pub anomalies: Vec<(&'static str, usize)>,
    /// Whether a message was polled that nobody had sent: then it can't tell.
    pub is_phantom: bool,
    /// Whether it finds some only as commits were not acknowledged.
    pub is_only_by_refusal: bool,
}

impl MaelstromVerdict {
    pub fn names(&self) -> Vec<&'static str> {
        self.anomalies.iter().map(|(name, _)| *name).collect()
    }
}

pub fn judge<'a>(view: &View<'a>, all: &Sends<'a>) -> MaelstromVerdict {
    let refused = refused(view);
    if refused.is_empty() {
        return verdict(view, all);
    }
    let seen = view.filtered(|deed| {
        let operation = deed.operation.asked.operation;
        !matches!(deed.done, DeedKind::Poll { .. }) || refused.binary_search(&operation).is_err()
    });
    let mut verdict_of_seen = verdict(&seen, all);
    let is_right = verdict(view, all).anomalies.is_empty();
    verdict_of_seen.is_only_by_refusal = is_right && !verdict_of_seen.anomalies.is_empty();
    verdict_of_seen
}

fn verdict<'a>(view: &View<'a>, all: &Sends<'a>) -> MaelstromVerdict {
    let logs = Logs::of(view);
    let mut found = FoundFaults::default();
    contents::judge(view, &logs, all, &mut found);
    polls::judge(view, &logs, false, &mut found);
    sends::judge(view, &logs, false, &mut found);
    ends::judge(view, &logs, &LogsEnd::Over, &mut found);
    circles::judge(view, all, &mut found);
    let kinds: Vec<_> = found.kinds().collect();
    let anomalies = kinds.iter().filter(|(fault, _)| fault.is_jepsens());
    MaelstromVerdict {
        anomalies: anomalies
            .map(|(fault, times)| (fault.name(), *times))
            .collect(),
        is_phantom: kinds.iter().any(|(fault, _)| fault.is_phantom()),
        is_only_by_refusal: false,
    }
}

/// The polls whose commits were not acknowledged, in order.
fn refused(view: &View<'_>) -> Vec<usize> {
    let mut last = std::collections::HashMap::new();
    let mut refused = Vec::new();
    for deed in &view.deeds {
        match deed.done {
            DeedKind::Poll { .. } => {
                last.insert(deed.session, deed.operation.asked.operation);
            }
            DeedKind::Commit { fate, .. } => {
                let poll = last.remove(&deed.session);
                let is_refused = !matches!(fate, DeedFate::Acknowledged(_));
                refused.extend(poll.filter(|_| is_refused));
            }
            DeedKind::Send { .. } | DeedKind::Assign { .. } => _ = last.remove(&deed.session),
        }
    }
    refused.sort_unstable();
    refused
}

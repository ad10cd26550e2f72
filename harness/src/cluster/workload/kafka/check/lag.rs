//! How long after a message was there a poll still lacked it: Jepsen's realtime lag. It is no part of the
//! verdict.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::logs::Logs;
use super::view::{Deed, DeedKind, View};
use crate::cluster::history::Phase;
use crate::cluster::workload::kafka::LogKey;
use crate::cluster::workload::kafka::figures::RealtimeLag;

/// How many keys of polls are looked at at most: no honest run has more, and the lag is a lower bound.
const LOOKS_MAX: usize = 1 << 25;

/// The longest lag of a poll.
pub fn longest(view: &View<'_>, logs: &Logs<'_>) -> Option<RealtimeLag> {
    // By session, the highest offset that it was shown of each key that it holds; −1: nothing yet, whatever was
    // committed before.
    let mut sessions: HashMap<usize, BTreeMap<&LogKey, i64>> = HashMap::new();
    let mut longest: Option<RealtimeLag> = None;
    let mut looks = 0;
    let load = view.deeds.iter();
    let load = load.filter(|deed| deed.operation.asked.phase == Phase::Load);
    for deed in load {
        let held = sessions.entry(deed.session).or_default();
        match deed.done {
            DeedKind::Assign { keys, .. } => {
                let before = std::mem::take(held);
                let shown = |key| before.get(key).copied().unwrap_or(-1);
                held.extend(keys.iter().map(|key| (key, shown(key))));
            }
            DeedKind::Poll { messages, .. } => {
                for (key, list) in messages {
                    if let Some((last, _)) = list.last() {
                        let shown = held.entry(key).or_insert(-1);
                        *shown = (*shown).max(*last);
                    }
                }
                looks += held.len();
                if looks > LOOKS_MAX {
                    break;
                }
                for (key, shown) in held.iter() {
                    let lag = of(deed, logs, key, *shown);
                    if let Some(lag) =
                        lag.filter(|lag| longest.as_ref().is_none_or(|most| most.lag < *lag))
                    {
                        longest = Some(RealtimeLag {
                            lag,
                            key: (*key).clone(),
                            witness: view.witness(deed),
                        });
                    }
                }
            }
            DeedKind::Send { .. } | DeedKind::Commit { .. } => {}
        }
    }
    longest
}

/// How long before a poll was asked for the message after the last one it showed was known.
fn of(deed: &Deed<'_>, logs: &Logs<'_>, key: &LogKey, shown: i64) -> Option<Duration> {
    let next = shown.checked_add(1)?;
    let log = logs.get(key)?;
    let known = [log.sent.reached(next), log.polled.reached(next)];
    let known = known.into_iter().flatten().min()?;
    let asked = deed.operation.invoked.time;
    asked.checked_sub(known.time)
}

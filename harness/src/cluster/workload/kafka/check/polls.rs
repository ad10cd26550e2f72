//! Whether polls show each log in its order, without a gap, from where they were asked to.
//!
//! No right node fails: a message that is known of an offset, from whomever and whenever, was there before
//! a right node showed any later offset, as who has seen that never asks for it again. A poll may end where
//! it likes, and show nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::found::FoundFaults;
use super::logs::Logs;
use super::view::{Deed, DeedKind, View};
use crate::cluster::workload::kafka::finding::{KafkaFault, LogEntry, PollStart};
use crate::cluster::workload::kafka::{KafkaMessage, LogKey, Offsets};

/// By key, the last offset that a session was shown.
type ShownOffsets<'a> = BTreeMap<&'a LogKey, i64>;

/// Judges polls. `is_strict`: what they were asked for counts, too; Maelstrom doesn't look at it.
pub fn judge<'a>(view: &View<'a>, logs: &Logs<'a>, is_strict: bool, found: &mut FoundFaults) {
    let mut sessions: HashMap<usize, ShownOffsets<'a>> = HashMap::new();
    for deed in &view.deeds {
        let shown = sessions.entry(deed.session).or_default();
        match deed.done {
            DeedKind::Assign { keys, .. } => {
                let keys: BTreeSet<_> = keys.iter().collect();
                shown.retain(|key, _| keys.contains(key));
            }
            DeedKind::Poll { from, messages } => {
                for (key, list) in messages {
                    let poll = PollOfKey {
                        view,
                        logs,
                        deed,
                        key,
                        list,
                    };
                    poll.neighbours(found);
                    poll.begins(from.filter(|_| is_strict), shown.get(key).copied(), found);
                    if let Some((last, _)) = list.last() {
                        shown.insert(key, *last);
                    }
                }
            }
            DeedKind::Send { .. } | DeedKind::Commit { .. } => {}
        }
    }
}

/// What a poll shows of one key.
struct PollOfKey<'v, 'a> {
    view: &'v View<'a>,
    logs: &'v Logs<'a>,
    deed: &'v Deed<'a>,
    key: &'a LogKey,
    list: &'a [(i64, KafkaMessage)],
}

impl PollOfKey<'_, '_> {
    /// Offsets grow, and between two of them no message is known.
    fn neighbours(&self, found: &mut FoundFaults) {
        for pair in self.list.windows(2) {
            let [(before, first), (after, second)] = pair else {
                continue;
            };
            let entry = |offset, message| self.view.entry(self.deed, offset, message);
            let entries = || [entry(*before, first), entry(*after, second)];
            if after <= before {
                let entries = entries();
                found.add(self.key, KafkaFault::IntNonmonotonicPoll(entries));
            } else if let Some(skipped) = self.known(*before, *after) {
                let entries = entries();
                found.add(self.key, KafkaFault::IntPollSkip(entries, skipped));
            }
        }
    }

    /// The first message known between two offsets.
    fn known(&self, after: i64, before: i64) -> Option<LogEntry> {
        let place = self.logs.get(self.key)?.between(after, before)?;
        Some(self.view.entry(&place.deed, place.offset, place.message))
    }

    /// It begins where it was asked to, or where the session was before.
    fn begins(&self, from: Option<&Offsets>, before: Option<i64>, found: &mut FoundFaults) {
        let Some((first, message)) = self.list.first() else {
            return;
        };
        let entry = |offset, message| self.view.entry(self.deed, offset, message);
        let start = match (from, before) {
            (Some(from), _) => {
                let Some(offset) = from.get(self.key) else {
                    let entry = entry(*first, message);
                    return found.add(self.key, KafkaFault::Unasked(entry));
                };
                PollStart::Asked(*offset)
            }
            (None, Some(before)) => PollStart::After(before),
            (None, None) => return,
        };
        let mut entries = self.list.iter();
        let early = entries.find(|(offset, _)| match start {
            PollStart::Asked(asked) => *offset < asked,
            PollStart::After(before) => offset == first && *offset <= before,
        });
        if let Some((offset, message)) = early {
            let entry = entry(*offset, message);
            let is_again = before.is_some_and(|before| *offset <= before);
            let fault = if is_again {
                KafkaFault::NonmonotonicPoll(entry, start)
            } else {
                KafkaFault::BeforeAsked(entry, start)
            };
            found.add(self.key, fault);
        }
        let skipped = match start {
            PollStart::Asked(asked) => self.known_from(asked, *first),
            PollStart::After(before) => self.known(before, *first),
        };
        if let Some(skipped) = skipped {
            let entry = entry(*first, message);
            found.add(
                self.key,
                KafkaFault::PollSkip {
                    entry,
                    start,
                    skipped,
                },
            );
        }
    }

    /// The first message known from an offset on and before another.
    fn known_from(&self, from: i64, before: i64) -> Option<LogEntry> {
        let place = self.logs.get(self.key)?.first_of(from, before)?;
        Some(self.view.entry(&place.deed, place.offset, place.message))
    }
}

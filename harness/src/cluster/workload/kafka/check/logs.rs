//! What is known of the log of each key: which message stands at which offset, from acknowledged sends and
//! from all polls. What is not known takes no room, however far apart offsets are.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};

use super::view::{Deed, DeedFate, DeedKind, View};
use crate::cluster::checker::story::Moment;
use crate::cluster::workload::kafka::{KafkaMessage, LogKey};

/// By key, what is known of its log.
#[derive(Debug, Default)]
pub struct Logs<'a>(BTreeMap<&'a LogKey, KeyLog<'a>>);

/// What is known of one log.
#[derive(Debug, Default)]
pub struct KeyLog<'a> {
    /// By offset, the first two messages that were seen there, each with the first deed that shows it.
    pub offsets: BTreeMap<i64, Vec<LogPlace<'a>>>,
    /// By message, where it was seen.
    pub messages: BTreeMap<&'a KafkaMessage, MessagePlaces<'a>>,
    /// The highest message that a poll showed; of one with several offsets the lowest counts.
    pub passed: Option<LogPlace<'a>>,
    /// The highest offset by when it was known from a send, and from a poll.
    pub sent: Highest<'a>,
    pub polled: Highest<'a>,
}

/// A message at an offset, and the deed that shows it.
#[derive(Debug, Clone, Copy)]
pub struct LogPlace<'a> {
    pub offset: i64,
    pub message: &'a KafkaMessage,
    pub deed: Deed<'a>,
}

/// Where a message was seen.
#[derive(Debug, Clone, Copy)]
pub struct MessagePlaces<'a> {
    /// At its lowest offset.
    pub first: LogPlace<'a>,
    /// At its highest offset.
    pub last: LogPlace<'a>,
    /// In the first poll that showed it, if one did.
    pub polled: Option<LogPlace<'a>>,
}

/// The highest offset that was known at each time: each that was higher than all before.
#[derive(Debug, Default)]
pub struct Highest<'a>(Vec<(Moment, LogPlace<'a>)>);

impl<'a> Logs<'a> {
    pub fn of(view: &View<'a>) -> Self {
        let mut logs = Self::default();
        let mut by_end: Vec<_> = view.deeds.iter().collect();
        by_end.sort_by_key(|deed| deed.ended);
        for deed in by_end {
            match deed.done {
                DeedKind::Send {
                    key,
                    message,
                    fate: DeedFate::Acknowledged(Some(offset)),
                } => logs.see(key, offset, message, deed, false),
                DeedKind::Poll { messages, .. } => {
                    for (key, list) in messages {
                        for (offset, message) in list {
                            logs.see(key, *offset, message, deed, true);
                        }
                    }
                }
                DeedKind::Send { .. } | DeedKind::Commit { .. } | DeedKind::Assign { .. } => {}
            }
        }
        for log in logs.0.values_mut() {
            let polled = log
                .messages
                .values()
                .filter(|places| places.polled.is_some());
            let highest = polled.max_by_key(|places| places.first.offset);
            log.passed = highest.and_then(|places| places.polled);
        }
        logs
    }

    fn see(
        &mut self,
        key: &'a LogKey,
        offset: i64,
        message: &'a KafkaMessage,
        deed: &Deed<'a>,
        is_polled: bool,
    ) {
        let place = LogPlace {
            offset,
            message,
            deed: *deed,
        };
        let log = self.0.entry(key).or_default();
        let there = log.offsets.entry(offset).or_default();
        // Two are enough to tell that there are several.
        if there.len() < 2 && !there.iter().any(|other| other.message == message) {
            there.push(place);
        }
        let places = log.messages.entry(message).or_insert(MessagePlaces {
            first: place,
            last: place,
            polled: None,
        });
        if is_polled {
            places.polled.get_or_insert(place);
        }
        if offset < places.first.offset {
            places.first = place;
        } else if offset > places.last.offset {
            places.last = place;
        }
        if let Some(ended) = deed.ended {
            let highest = if is_polled {
                &mut log.polled
            } else {
                &mut log.sent
            };
            highest.add(ended, place);
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'a LogKey, &KeyLog<'a>)> {
        self.0.iter().map(|(key, log)| (*key, log))
    }

    pub fn get(&self, key: &LogKey) -> Option<&KeyLog<'a>> {
        self.0.get(key)
    }
}

impl<'a> KeyLog<'a> {
    /// The first message that is known between two offsets, without these.
    pub fn between(&self, after: i64, before: i64) -> Option<LogPlace<'a>> {
        self.first_of(after.checked_add(1)?, before)
    }

    /// The first message that is known from an offset on and before another.
    pub fn first_of(&self, from: i64, before: i64) -> Option<LogPlace<'a>> {
        if from >= before {
            return None;
        }
        let mut range = self.offsets.range((Included(from), Excluded(before)));
        range.next().and_then(|(_, places)| places.first().copied())
    }
}

impl<'a> Highest<'a> {
    fn add(&mut self, time: Moment, place: LogPlace<'a>) {
        let last = self.0.last();
        if last.is_none_or(|(_, last)| last.offset < place.offset) {
            self.0.push((time, place));
        }
    }

    /// What it was before a moment.
    pub fn before(&self, moment: Moment) -> Option<LogPlace<'a>> {
        let count = self.0.partition_point(|(time, _)| *time < moment);
        let last = count.checked_sub(1)?;
        self.0.get(last).map(|(_, place)| *place)
    }

    /// When it was this at least for the first time.
    pub fn reached(&self, offset: i64) -> Option<Moment> {
        let place = self.0.partition_point(|(_, place)| place.offset < offset);
        self.0.get(place).map(|(time, _)| *time)
    }
}

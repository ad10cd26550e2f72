//! `@eventually`: a request that is asked again until its answer is the expected one. Pure.
//!
//! Each try has a `msg_id` of its own, so that it is known what answers which; the answer that counts
//! is told as if it answered the request as it stands in the `.in`, and the others are nobody's.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use crate::case::mode::MsgIdMode;
use crate::case::{ExpectedLine, InputMessage, Step};
use crate::json;
use crate::matching::difference::Rules;
use crate::message::{self, Id};
use crate::peers::Peers;
use crate::transcript::AskedInVain;

/// How soon after a wrong answer it is asked again, at first and at last.
const GAPS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(250));

/// How soon it is asked again when no answer comes.
const PATIENCE: Duration = Duration::from_secs(1);

/// The first number of a try, if no client has it.
const FIRST_ID: u64 = 1_000_000;

/// To whom, and to which try.
type TryKey = (String, Id);

/// All requests of a case that are asked again.
#[derive(Debug)]
pub struct EventualSteps<'case> {
    expected: &'case [ExpectedLine],
    /// The case's, but for the numbers of messages.
    rules: Rules,
    /// What the names in the expected answers stand for.
    names: Peers<'case>,
    /// In the order in which they were begun.
    askings: Vec<RepeatedRequest>,
    /// Which of them a try belongs to.
    tries: BTreeMap<TryKey, usize>,
    /// The numbers that clients use by themselves.
    taken: BTreeSet<TryKey>,
    next_id: u64,
}

/// A request that is asked again.
#[derive(Debug)]
struct RepeatedRequest {
    line: usize,
    node: usize,
    message: Value,
    client: String,
    id: Id,
    begun: Duration,
    until: Duration,
    next: Duration,
    gap: Duration,
    times: usize,
    /// The last answer, in case none is the expected one.
    last: Option<(TryKey, Vec<u8>)>,
    /// The try whose answer counts.
    counts: Option<TryKey>,
    is_over: bool,
}

/// What a line to a client is.
#[derive(Debug, PartialEq, Eq)]
pub enum EventualHeard {
    /// No answer to anything that is asked again.
    Other,
    /// An answer that nobody wants.
    Dropped,
    /// The answer that counts, as it is told.
    Counts(Vec<u8>),
}

impl<'case> EventualSteps<'case> {
    pub fn of(
        steps: &[Step],
        requests: &[InputMessage],
        expected: &'case [ExpectedLine],
        rules: &'case Rules,
    ) -> Self {
        let again = steps.iter().filter_map(|step| {
            let Step::Send { line, within, .. } = step else {
                return None;
            };
            within.map(|_| *line)
        });
        let again: BTreeSet<usize> = again.collect();
        let again = requests
            .iter()
            .filter(|request| again.contains(&request.line));
        let mut names = BTreeSet::new();
        for key in again.filter_map(key) {
            for line in answers(expected, &key) {
                line.collect_names(&mut names);
            }
        }
        Self {
            expected,
            rules: Rules {
                msg_id: MsgIdMode::Ignored,
                ..rules.clone()
            },
            names: Peers::about(names, expected, rules),
            askings: Vec::new(),
            tries: BTreeMap::new(),
            taken: requests.iter().filter_map(key).collect(),
            next_id: FIRST_ID,
        }
    }

    /// A request on a line is sent to a node, to be asked again for so long.
    pub fn begin(
        &mut self,
        now: Duration,
        (line, node): (usize, usize),
        within: Duration,
        bytes: &[u8],
    ) {
        let Ok(message) = json::read(bytes) else {
            return;
        };
        let client = message::source(&message).unwrap_or_default().to_owned();
        let id = message::msg_id(&message).unwrap_or_default();
        self.tries
            .insert((client.clone(), id.clone()), self.askings.len());
        self.askings.push(RepeatedRequest {
            line,
            node,
            message,
            client,
            id,
            begun: now,
            until: now.saturating_add(within),
            next: now.saturating_add(PATIENCE),
            gap: GAPS.0,
            times: 1,
            last: None,
            counts: None,
            is_over: false,
        });
    }

    /// Whether one is still asked.
    pub fn is_under_way(&self) -> bool {
        self.askings.last().is_some_and(|asking| !asking.is_over)
    }

    /// When to look here again.
    pub fn deadline(&self) -> Option<Duration> {
        let asking = self.askings.last().filter(|asking| !asking.is_over)?;
        Some(asking.next.min(asking.until))
    }

    /// The next try, if its time has come: to which node, and what.
    pub fn next(&mut self, now: Duration) -> Option<(usize, Vec<u8>)> {
        let position = self.askings.len().checked_sub(1)?;
        let asking = self.askings.last_mut()?;
        if asking.is_over || now < asking.next || now >= asking.until {
            return None;
        }
        let mut key = (asking.client.clone(), self.next_id.to_string());
        while self.taken.contains(&key) {
            self.next_id += 1;
            key.1 = self.next_id.to_string();
        }
        let mut message = asking.message.clone();
        set(&mut message, "msg_id", self.next_id.into());
        self.next_id += 1;
        self.tries.insert(key, position);
        asking.times += 1;
        asking.next = now.saturating_add(PATIENCE);
        Some((asking.node, message.to_string().into_bytes()))
    }

    /// A line reaches a client.
    pub fn hear(&mut self, now: Duration, line: &[u8]) -> EventualHeard {
        let message = json::read(line).ok();
        let key = message.as_ref().and_then(answered);
        let asking = key.as_ref().and_then(|key| self.tries.get(key));
        let asking = asking.and_then(|position| self.askings.get_mut(*position));
        let (Some(mut message), Some(key), Some(asking)) = (message, key, asking) else {
            return EventualHeard::Other;
        };
        let mut told = line.to_vec();
        if key.1 != asking.id {
            let id = message::body(&asking.message).and_then(|body| body.get("msg_id"));
            set(&mut message, "in_reply_to", id.cloned().unwrap_or_default());
            told = message.to_string().into_bytes();
        }
        if asking.is_over {
            // What answers the try that counts comes twice, and who never answered does so late.
            return if *asking.counts.get_or_insert(key.clone()) == key {
                EventualHeard::Counts(told)
            } else {
                EventualHeard::Dropped
            };
        }
        let wanted = (asking.client.clone(), asking.id.clone());
        let mut wanted = answers(self.expected, &wanted);
        if wanted.any(|line| self.names.agree(line, &told, &self.rules)) {
            asking.is_over = true;
            asking.counts = Some(key);
            return EventualHeard::Counts(told);
        }
        asking.last = Some((key, told));
        asking.next = now.saturating_add(asking.gap);
        asking.gap = (asking.gap * 2).min(GAPS.1);
        EventualHeard::Dropped
    }

    /// A line was told: it may say what a name stands for.
    pub fn told(&mut self, number: usize, line: &[u8]) {
        self.names.heard(number, line);
    }

    /// Whether the time of a request is over.
    pub fn is_overdue(&self, now: Duration) -> bool {
        let asking = self.askings.last().filter(|asking| !asking.is_over);
        asking.is_some_and(|asking| now >= asking.until)
    }

    /// Asks no more: what was asked in vain, if anything was, and the last answer.
    pub fn give_up(&mut self, now: Duration) -> Option<(AskedInVain, Option<Vec<u8>>)> {
        let asking = self.askings.last_mut().filter(|asking| !asking.is_over)?;
        asking.is_over = true;
        let within = now.min(asking.until).saturating_sub(asking.begun);
        let in_vain = AskedInVain {
            line: asking.line,
            within: Duration::from_millis(u64::try_from(within.as_millis()).unwrap_or(u64::MAX)),
            times: asking.times,
        };
        let last = asking.last.take().map(|(key, told)| {
            asking.counts = Some(key);
            told
        });
        Some((in_vain, last))
    }
}

/// The expected lines that answer a request.
fn answers<'case>(
    expected: &'case [ExpectedLine],
    request: &TryKey,
) -> impl Iterator<Item = &'case ExpectedLine> {
    let is_it = |line: &&ExpectedLine| line.json().and_then(answered).as_ref() == Some(request);
    expected.iter().filter(is_it)
}

fn key(request: &InputMessage) -> Option<TryKey> {
    Some((request.source().to_owned(), request.msg_id()?))
}

fn answered(message: &Value) -> Option<TryKey> {
    let receiver = message::destination(message)?.to_owned();
    Some((receiver, message::in_reply_to(message)?))
}

fn set(message: &mut Value, field: &str, value: Value) {
    if let Some(place) = message.get_mut("body").and_then(|body| body.get_mut(field)) {
        *place = value;
    }
}

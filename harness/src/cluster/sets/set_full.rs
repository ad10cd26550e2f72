//! The verdict that Maelstrom's own rule gives, so that figures can be compared with Maelstrom's.
//!
//! The rule is that of `set-full` in Jepsen (`jepsen/src/jepsen/checker.clj`), by which Maelstrom
//! judges a set. It asks of each value whether the latest reads showed it, of whichever node
//! they were: a node that received nothing often passes. The verdict that counts is given in
//! [`super::judge`].
//!
//! "Before" is by the order of the events, as in Jepsen; so two at the same time have an order, too.
//!
//! That a read shows a value twice is nothing to this rule. It counts how often each value stands in a
//! read, and keeps those with `(< v 1)` as duplicates: fewer than one, which no value in a read has
//! (`(> v 1)` was meant). So its `duplicated` is empty, whatever a node shows.

use std::collections::btree_map::{BTreeMap, Entry};
use std::time::Duration;

use fixedbitset::FixedBitSet;

use super::{SetReply, SetRequest, Shown};
use crate::cluster::history::{Event, Invocation, Outcome, Phase, What};
use crate::cluster::workload::{Reply, Request};

/// A greater value takes more room than it tells.
const VALUE_MAX: usize = 1 << 24;

/// The points at which Maelstrom tells the latencies, for [`quantile`].
pub const QUANTILES: [f64; 5] = [0.0, 0.5, 0.95, 0.99, 1.0];

/// What became of the values. All lists are sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetFull {
    /// How many values somebody tried to add.
    pub attempt_count: usize,
    /// How many of them the latest reads showed.
    pub stable_count: usize,
    /// The values that were known, and that a later read, and none after it, didn't show.
    pub lost: Vec<usize>,
    /// The values of which no read can tell.
    pub never_read: Vec<usize>,
    /// The stable values that a read didn't show though they had been known for a millisecond.
    pub stale: Vec<usize>,
    /// For each stable value, from when it was known to the last read that didn't show it, in
    /// milliseconds; zero if there was none.
    pub stable_latencies: Vec<u64>,
    /// For each lost value, from when it was known to the last read that showed it, in
    /// milliseconds; zero if there was none.
    pub lost_latencies: Vec<u64>,
    pub valid: Validity,
}

/// A verdict of Maelstrom's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Nothing is lost, and something is stable.
    Valid,
    /// Nothing speaks against it, and nothing for it.
    Unknown,
    Invalid,
}

/// The time in which a stable value was not everywhere yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub known: Duration,
    /// When the last read began that did not show it; not later than `known` if there was none.
    pub until: Duration,
}

/// The times of [`SetFull::stable_latencies`], in the order of the values.
pub fn stable_windows(events: &[Event]) -> Vec<Window> {
    let watch = SetWatch::of(events);
    let time = |place: usize| events.get(place).map_or(Duration::ZERO, |event| event.time);
    let stable = watch
        .elements
        .values()
        .filter(|element| element.is_stable());
    let window = |element: &Element| {
        let places = element.known.zip(element.last_absent);
        let (known, until) = places.unwrap_or_default();
        Window {
            known: time(known),
            until: time(until),
        }
    };
    stable.map(window).collect()
}

impl SetFull {
    /// Judges a history. Of its reads, those of the load and the final ones count.
    pub fn of(events: &[Event]) -> Self {
        let watch = SetWatch::of(events);
        let time = |place: usize| {
            let event = events.get(place);
            event.map_or(0, |event| event.time.as_nanos())
        };
        let mut verdict = Self::empty(&watch);
        for (value, element) in &watch.elements {
            verdict.judge(*value, element, time);
        }
        verdict.stable_latencies.sort_unstable();
        verdict.lost_latencies.sort_unstable();
        verdict.valid = verdict.validity();
        verdict
    }

    fn empty(watch: &SetWatch) -> Self {
        Self {
            attempt_count: watch.elements.len(),
            stable_count: 0,
            lost: Vec::new(),
            never_read: Vec::new(),
            stale: Vec::new(),
            stable_latencies: Vec::new(),
            lost_latencies: Vec::new(),
            valid: Validity::Unknown,
        }
    }

    /// Adds what became of one value. `time`: when the event at a place was, in nanoseconds.
    fn judge(&mut self, value: usize, element: &Element, time: impl Fn(usize) -> u128) {
        let since_known = |place: Option<usize>| {
            let nanoseconds = place
                .zip(element.known)
                .map_or(0, |(place, known)| time(place).saturating_sub(time(known)));
            u64::try_from(nanoseconds / 1_000_000).unwrap_or(u64::MAX)
        };
        if element.is_stable() {
            let latency = since_known(element.last_absent);
            self.stable_count += 1;
            self.stable_latencies.push(latency);
            self.stale.extend((latency > 0).then_some(value));
        } else if element.is_lost() {
            self.lost.push(value);
            self.lost_latencies.push(since_known(element.last_present));
        } else {
            self.never_read.push(value);
        }
    }

    fn validity(&self) -> Validity {
        if !self.lost.is_empty() {
            Validity::Invalid
        } else if self.stable_count == 0 {
            Validity::Unknown
        } else {
            Validity::Valid
        }
    }
}

/// The value below which this part (0 to 1) of all lies, as Jepsen counts it (its
/// `frequency-distribution`): that at the index ⌊n·q⌋, or the last.
pub fn quantile(sorted: &[u64], q: f64) -> Option<u64> {
    let last = sorted.len().checked_sub(1)?;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "nobody has 2^52 latencies; a cast from a float saturates, and the last index caps it"
    )]
    let index = (sorted.len() as f64 * q).floor() as usize;
    sorted.get(index.min(last)).copied()
}

/// A value that was added, and the places in the history that decide about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Element {
    /// Its ack, or the end of a read that showed it, whichever was first.
    known: Option<usize>,
    /// Where the read began that showed it, the latest of them.
    last_present: Option<usize>,
    /// Where the read began that didn't show it, the latest of them.
    last_absent: Option<usize>,
}

impl Element {
    fn is_stable(&self) -> bool {
        // `None` is before everything.
        self.last_present.is_some() && self.last_absent < self.last_present
    }

    fn is_lost(&self) -> bool {
        self.known.is_some()
            && self.last_absent > self.last_present
            && self.last_absent > self.known
    }
}

/// What was seen of a history.
#[derive(Debug, Default)]
struct SetWatch<'a> {
    elements: BTreeMap<usize, Element>,
    /// The values in the order in which they were added.
    order: Vec<usize>,
    /// Those of them that nothing has made known so far.
    unknown: FixedBitSet,
    reads: Vec<CountedRead<'a>>,
    /// What was asked and not answered so far, by its operation, each with its place.
    open: BTreeMap<usize, (usize, &'a Invocation)>,
}

/// A read that was answered and that counts.
#[derive(Debug, Clone, Copy)]
struct CountedRead<'a> {
    invoked: usize,
    /// How many values had been added when it ended. It says nothing of those that came later.
    added: usize,
    values: &'a FixedBitSet,
}

impl<'a> SetWatch<'a> {
    fn of(events: &'a [Event]) -> Self {
        let mut watch = Self::default();
        for (place, event) in events.iter().enumerate() {
            watch.see(place, &event.what);
        }
        watch.find_last_reads();
        watch
    }

    fn see(&mut self, place: usize, what: &'a What) {
        match what {
            What::Invoked(invocation) => {
                self.open.insert(invocation.operation, (place, invocation));
                if let Request::Set(SetRequest::Add(value)) = invocation.request {
                    self.add(value);
                }
            }
            What::Completed { operation, outcome } => {
                if let Some((invoked, invocation)) = self.open.remove(operation) {
                    self.complete(place, invoked, invocation, outcome);
                }
            }
            What::Began(_)
            | What::Late { .. }
            | What::FaultBegan { .. }
            | What::FaultEnded { .. }
            | What::Recovered { .. }
            | What::Crashed { .. }
            | What::Silent(_)
            | What::Delayed { .. }
            | What::Machine(_)
            | What::Broke(_) => {}
        }
    }

    fn add(&mut self, value: usize) {
        // Values are given in order, so that no run has such a one.
        if value > VALUE_MAX {
            return;
        }
        if let Entry::Vacant(place) = self.elements.entry(value) {
            place.insert(Element::default());
            self.order.push(value);
            self.unknown.grow_and_insert(value);
        }
    }

    fn complete(
        &mut self,
        place: usize,
        invoked: usize,
        invocation: &Invocation,
        outcome: &'a Outcome,
    ) {
        let counts = matches!(invocation.phase, Phase::Load | Phase::FinalReads);
        let Outcome::Ok(Reply::Set(reply)) = outcome else {
            return;
        };
        match (&invocation.request, reply) {
            (Request::Set(SetRequest::Add(value)), SetReply::Added) => self.know(*value, place),
            (Request::Set(SetRequest::Read), SetReply::Shown(shown)) if counts => {
                self.read(place, invoked, shown);
            }
            _ => {}
        }
    }

    fn know(&mut self, value: usize, place: usize) {
        if let Some(element) = self.elements.get_mut(&value) {
            element.known.get_or_insert(place);
            self.unknown.remove(value);
        }
    }

    fn read(&mut self, place: usize, invoked: usize, shown: &'a Shown) {
        let mut news = self.unknown.clone();
        news.intersect_with(&shown.values);
        for value in news.ones() {
            self.know(value, place);
        }
        self.reads.push(CountedRead {
            invoked,
            added: self.order.len(),
            values: &shown.values,
        });
    }

    /// Finds, for each value, the latest reads with and without it: from the end backwards, with
    /// sets of those for which they aren't found yet, so that no value is looked at for each read.
    fn find_last_reads(&mut self) {
        self.reads.sort_unstable_by_key(|read| read.invoked);
        let all: FixedBitSet = self.order.iter().copied().collect();
        let (mut no_present, mut no_absent) = (all.clone(), all.clone());
        let mut known_of = Prefix::whole(&self.order, all);
        for read in self.reads.iter().rev() {
            let told_of = known_of.first(read.added);
            let mut present = no_present.clone();
            present.intersect_with(told_of);
            present.intersect_with(read.values);
            no_present.difference_with(&present);
            let mut absent = no_absent.clone();
            absent.intersect_with(told_of);
            absent.difference_with(read.values);
            no_absent.difference_with(&absent);
            for value in present.ones() {
                self.elements.entry(value).or_default().last_present = Some(read.invoked);
            }
            for value in absent.ones() {
                self.elements.entry(value).or_default().last_absent = Some(read.invoked);
            }
        }
    }
}

/// The set of the first so many values of a list. Reads that begin one after the other end nearly so:
/// from one to the next it changes little.
struct Prefix<'a> {
    order: &'a [usize],
    count: usize,
    set: FixedBitSet,
}

impl<'a> Prefix<'a> {
    fn whole(order: &'a [usize], set: FixedBitSet) -> Self {
        Self {
            order,
            count: order.len(),
            set,
        }
    }

    fn first(&mut self, count: usize) -> &FixedBitSet {
        let (fewer, more) = (count.min(self.count), count.max(self.count));
        for value in self.order.get(fewer..more).unwrap_or_default() {
            self.set.set(*value, count > self.count);
        }
        self.count = count;
        &self.set
    }
}

#[cfg(test)]
mod tests;

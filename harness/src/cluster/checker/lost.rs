//! Acknowledged values that live nodes lack in the end, and why.
//!
//! Only final reads decide, and each only about what had been acknowledged before it was asked
//! for. A value that nobody has as all who held it were killed is shown apart.

use std::collections::BTreeMap;
use std::time::Duration;

use super::contents;
use super::finding::{Acknowledged, Finding, Gone, Values, Warning, Why};
use super::story::{Moment, Operation, Read, Story};
use crate::cluster::journal::{Fate, Party};
use crate::cluster::recording::Recording;
use crate::cluster::spread::Death;

/// What is missing.
#[derive(Debug, Default)]
pub struct Missing {
    /// What makes the run invalid.
    pub findings: Vec<Finding>,
    /// What doesn't.
    pub warnings: Vec<Warning>,
}

/// What is missing somewhere: by node and reason, then what is gone, then what nobody promised.
pub fn judge(recording: &Recording, story: &Story<'_>) -> Missing {
    let ends = story.final_reads();
    let mut groups = Groups::default();
    for (value, broadcast) in story.broadcasts() {
        let lacking = lacking(value, &ends);
        let ask = Ask {
            recording,
            story,
            value,
            broadcast,
        };
        if !lacking.is_empty() {
            groups.take(&ask, &lacking, &ends);
        }
    }
    groups.into_missing(recording.settings.durable)
}

/// The final reads without a value.
fn lacking<'a>(value: usize, ends: &BTreeMap<usize, Read<'a>>) -> Vec<Read<'a>> {
    let all = ends.values();
    let without = all.filter(|read| {
        !read.shown.values.contains(value) && !contents::shows_as_string(read.shown, value)
    });
    without.copied().collect()
}

/// A value and where to look.
struct Ask<'s, 'a> {
    recording: &'s Recording,
    story: &'s Story<'a>,
    value: usize,
    broadcast: Operation<'a>,
}

/// What has the same reason is told together, in the order of these keys.
type Key = (usize, u8, Option<Fate>, Option<usize>);

#[derive(Default)]
struct Groups {
    lost: BTreeMap<Key, (Values, Acknowledged, Why)>,
    gone: BTreeMap<Death, Gone>,
    partial: Option<(Values, Vec<usize>, Vec<usize>)>,
}

impl Groups {
    fn take(&mut self, ask: &Ask<'_, '_>, lacking: &[Read<'_>], ends: &BTreeMap<usize, Read<'_>>) {
        let acknowledged = ask.broadcast.acknowledged();
        let nobody_has_it = lacking.len() == ends.len();
        let death = ask.recording.spread.gone(ask.value);
        if let (Some(acknowledged), Some(death), true) = (acknowledged, death, nobody_has_it) {
            self.gone(ask, acknowledged, death);
            return;
        }
        let mut is_open = false;
        for read in lacking {
            match acknowledged.filter(|at| *at < read.invoked) {
                Some(at) => self.lost(ask, at, read),
                None => is_open = true,
            }
        }
        if is_open && !nobody_has_it {
            self.partial(ask.value, lacking, ends);
        }
    }

    fn gone(&mut self, ask: &Ask<'_, '_>, acknowledged: Moment, death: Death) {
        let gone = self.gone.entry(death).or_insert_with(|| Gone {
            values: Values::default(),
            acknowledged: ask.acknowledged(acknowledged),
            death,
        });
        gone.values.add(ask.value);
    }

    fn lost(&mut self, ask: &Ask<'_, '_>, acknowledged: Moment, read: &Read<'_>) {
        let acknowledged = ask.acknowledged(acknowledged);
        let why = ask.why(acknowledged, read);
        let group = self.lost.entry(key(read.node, &why));
        let group = group.or_insert_with(|| (Values::default(), acknowledged, why));
        group.0.add(ask.value);
    }

    fn partial(&mut self, value: usize, lacking: &[Read<'_>], ends: &BTreeMap<usize, Read<'_>>) {
        let missing: Vec<_> = lacking.iter().map(|read| read.node).collect();
        let nodes = ends.keys().copied();
        let shown = nodes.filter(|node| !missing.contains(node)).collect();
        let group = self
            .partial
            .get_or_insert((Values::default(), shown, missing));
        group.0.add(value);
    }

    fn into_missing(self, durable: bool) -> Missing {
        let lost = |(key, (values, acknowledged, why)): (Key, _)| Finding::Lost {
            node: key.0,
            values,
            acknowledged,
            why,
        };
        let mut missing = Missing::default();
        missing.findings.extend(self.lost.into_iter().map(lost));
        let gone = self.gone.into_values();
        if durable {
            missing.findings.extend(gone.map(Finding::Gone));
        } else {
            missing.warnings.extend(gone.map(Warning::Gone));
        }
        let partial = |(values, shown, missing)| Warning::Partial {
            values,
            shown,
            missing,
        };
        missing.warnings.extend(self.partial.map(partial));
        missing
    }
}

impl Ask<'_, '_> {
    fn acknowledged(&self, at: Moment) -> Acknowledged {
        Acknowledged {
            node: self.broadcast.asked.node,
            time: at.time,
        }
    }

    /// Why this read lacks the value: it had come, it came too late, or it never came.
    fn why(&self, acknowledged: Acknowledged, read: &Read<'_>) -> Why {
        let asked = read.invoked.time;
        match self.recording.spread.arrival(self.value, read.node) {
            Some(arrival) if arrival.time < asked => Why::NotShown {
                from: arrival.from,
                at: arrival.time,
                pause: self.pause(read.node, arrival.time),
            },
            Some(arrival) => Why::TooLate {
                from: arrival.from,
                at: arrival.time,
                asked,
            },
            None => self.why_not_there(acknowledged, read.node),
        }
    }

    fn why_not_there(&self, acknowledged: Acknowledged, node: usize) -> Why {
        let spread = &self.recording.spread;
        let itself = acknowledged.node == node;
        let death = spread.death(node);
        let died_since = |time| death.is_some_and(|death| time <= death.time);
        let had_it =
            spread.held_before(self.value, node) || itself && died_since(acknowledged.time);
        let any = spread.attempt(self.value, node);
        let failed = any.filter(|attempt| {
            let for_another_life = had_it && died_since(attempt.settled);
            attempt.fate != Fate::Delivered && !for_another_life
        });
        match (failed, death) {
            (Some(attempt), _) => Why::Dropped {
                attempt,
                pause: self.pause(node, attempt.settled),
            },
            (None, Some(death)) if had_it || any.is_some() => Why::Forgotten(death),
            // The message that the client sent is not known, its acknowledgement is.
            (None, _) if itself => Why::NotShown {
                from: Party::Client(self.broadcast.asked.client),
                at: acknowledged.time,
                pause: None,
            },
            (None, _) => Why::NeverSent {
                holders: spread.holders(self.value),
            },
        }
    }

    fn pause(&self, node: usize, at: Duration) -> Option<usize> {
        let stop = self.story.stop(node, at, at)?;
        stop.pause.then_some(stop.fault)
    }
}

fn key(node: usize, why: &Why) -> Key {
    match why {
        Why::NotShown { from, pause, .. } => {
            let rank = u8::from(matches!(from, Party::Node(_)));
            (node, rank, None, *pause)
        }
        Why::TooLate { .. } => (node, 2, None, None),
        Why::Dropped { attempt, pause } => (node, 3, Some(attempt.fate), *pause),
        Why::Forgotten(death) => (node, 4, None, death.by),
        Why::NeverSent { .. } => (node, 5, None, None),
    }
}

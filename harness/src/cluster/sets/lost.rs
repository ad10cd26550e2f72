//! Acknowledged values that live nodes lack in the end, and why.
//!
//! Only final reads decide, and each only about what had been acknowledged before it was asked
//! for, and that its node had time to learn of. A value that nobody has as all who held it were killed is shown apart.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fixedbitset::FixedBitSet;

use super::contents;
use super::finding::{self, Acknowledged, Gone, SetFinding, SetWarning, Values, Why};
use super::reads::{self, Added, Read, final_reads};
use crate::cluster::checker::story::{Moment, Operation, Story};
use crate::cluster::journal::{Fate, Party};
use crate::cluster::recording::Recording;
use crate::cluster::spread::Death;
use crate::cluster::workload::recovery_time::RecoveryTime;

/// What is missing.
#[derive(Debug, Default)]
pub struct Missing {
    /// What makes the run invalid.
    pub findings: Vec<SetFinding>,
    pub warnings: Vec<SetWarning>,
}

/// What is missing somewhere: by reason, then what is gone, then what nobody promised.
pub fn judge(recording: &Recording, story: &Story<'_>, added: &Added<'_>) -> Missing {
    let ends = final_reads(story);
    let showed = showed(story);
    let strings = ends
        .values()
        .map(|read| contents::shown_as_strings(read.shown));
    let strings: Vec<_> = strings.collect();
    let recovery = RecoveryTime::of(recording);
    let mut groups = LostGroups::default();
    for (value, request) in added {
        let (value, request) = (*value, **request);
        let lacking = lacking(value, &ends, &strings);
        let ask = Ask {
            recording,
            story,
            recovery,
            showed: &showed,
            value,
            request,
            shown_by: OnceCell::new(),
        };
        if !lacking.is_empty() {
            groups.take(&ask, &lacking, &ends);
        }
    }
    groups.into_missing(recording.settings.durable)
}

/// By node, all that its reads showed.
fn showed(story: &Story<'_>) -> BTreeMap<usize, FixedBitSet> {
    let mut all: BTreeMap<usize, FixedBitSet> = BTreeMap::new();
    for read in reads::reads(story) {
        all.entry(read.node)
            .or_default()
            .union_with(&read.shown.values);
    }
    all
}

/// The final reads without a value. `strings`: what each shows as strings.
fn lacking<'a>(
    value: usize,
    ends: &BTreeMap<usize, Read<'a>>,
    strings: &[BTreeSet<usize>],
) -> Vec<Read<'a>> {
    let all = ends.values().zip(strings);
    let without = all
        .filter(|(read, strings)| !read.shown.values.contains(value) && !strings.contains(&value));
    without.map(|(read, _)| *read).collect()
}

/// A value and where to look.
struct Ask<'s, 'a> {
    recording: &'s Recording,
    story: &'s Story<'a>,
    recovery: RecoveryTime,
    showed: &'s BTreeMap<usize, FixedBitSet>,
    value: usize,
    request: Operation<'a>,
    /// Who showed the value: the same for all that lack it.
    shown_by: OnceCell<Arc<[usize]>>,
}

/// What has the same reason is told together, in the order of these.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct LostReason {
    cause: u8,
    fate: Option<Fate>,
    fault: Option<usize>,
    also: Vec<usize>,
}

/// What a node lacks for one reason.
struct Lacking {
    values: Vec<usize>,
    acknowledged: Acknowledged,
    why: Why,
}

#[derive(Default)]
struct LostGroups {
    /// By reason and node.
    lost: BTreeMap<(LostReason, usize), Lacking>,
    gone: BTreeMap<Death, Gone>,
    partial: Option<(Values, Vec<usize>, Vec<usize>)>,
}

impl LostGroups {
    fn take(&mut self, ask: &Ask<'_, '_>, lacking: &[Read<'_>], ends: &BTreeMap<usize, Read<'_>>) {
        let acknowledged = reads::acknowledged(&ask.request);
        let nobody_has_it = lacking.len() == ends.len();
        let death = ask.recording.spread.gone(ask.value);
        if let (Some(acknowledged), Some(death), true) = (acknowledged, death, nobody_has_it) {
            self.gone(ask, acknowledged, death);
            return;
        }
        let mut due = Vec::new();
        if let Some(at) = acknowledged {
            // Who acknowledged it has it; the others have the time of the recovery.
            let is_due = |read: &&Read<'_>| {
                let is_its_own = read.node == ask.request.asked.node;
                let has_time = is_its_own || ask.recovery.is_enough(&ask.request, at, read.invoked);
                at < read.invoked && has_time
            };
            let asked_since = lacking.iter().filter(is_due);
            due.extend(asked_since.map(|read| (read.node, ask.why(ask.acknowledged(at), read))));
        }
        if due.len() < lacking.len() && !nobody_has_it {
            self.partial(ask.value, lacking, ends);
        }
        if let Some(at) = acknowledged {
            self.lost(ask, ask.acknowledged(at), due);
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

    /// A value that these nodes lack. Where the one that a client gave it to does not show it, the
    /// others could not get it: they stand beside that one.
    fn lost(&mut self, ask: &Ask<'_, '_>, acknowledged: Acknowledged, lacking: Vec<(usize, Why)>) {
        let is_origin = |why: &Why| {
            matches!(
                why,
                Why::NotShown {
                    from: Party::Client(_),
                    ..
                }
            )
        };
        let is_nowhere =
            |why: &Why| matches!(why, Why::NeverSent { shown_by } if shown_by.is_empty());
        let has_origin = lacking.iter().any(|(_, why)| is_origin(why));
        let (beside, told): (Vec<_>, Vec<_>) = lacking
            .into_iter()
            .partition(|(_, why)| has_origin && is_nowhere(why));
        let beside: Vec<_> = beside.into_iter().map(|(node, _)| node).collect();
        for (node, why) in told {
            let also = if is_origin(&why) {
                beside.clone()
            } else {
                Vec::new()
            };
            let group = self.lost.entry((reason(&why, also), node));
            let group = group.or_insert_with(|| Lacking {
                values: Vec::new(),
                acknowledged,
                why,
            });
            group.values.push(ask.value);
        }
    }

    fn partial(&mut self, value: usize, lacking: &[Read<'_>], ends: &BTreeMap<usize, Read<'_>>) {
        let group = self.partial.get_or_insert_with(|| {
            let missing: BTreeSet<_> = lacking.iter().map(|read| read.node).collect();
            let nodes = ends.keys().copied();
            let shown = nodes.filter(|node| !missing.contains(node)).collect();
            (Values::default(), shown, missing.into_iter().collect())
        });
        group.0.add(value);
    }

    fn into_missing(self, durable: bool) -> Missing {
        let mut missing = Missing {
            findings: together(self.lost),
            warnings: Vec::new(),
        };
        let gone = self.gone.into_values();
        if durable {
            missing.findings.extend(gone.map(SetFinding::Gone));
        } else {
            missing.warnings.extend(gone.map(SetWarning::Gone));
        }
        let partial = |(values, shown, missing)| SetWarning::Partial {
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
            node: self.request.asked.node,
            time: at.time,
        }
    }

    /// Why this read lacks the value: it had come, it came too late, or it never came.
    fn why(&self, acknowledged: Acknowledged, read: &Read<'_>) -> Why {
        let asked = read.invoked.time;
        if self.recording.is_bare {
            return Why::Unknown;
        }
        let why = match self.recording.spread.arrival(self.value, read.node) {
            Some(arrival) if arrival.time < asked => Why::NotShown {
                from: arrival.from,
                at: arrival.time,
                pause: self.pause(read.node, arrival.due, arrival.time),
            },
            Some(arrival) => Why::TooLate {
                from: arrival.from,
                at: arrival.time,
                asked,
            },
            None => self.why_not_there(acknowledged, read.node),
        };
        self.stale(&why, read).unwrap_or(why)
    }

    /// Where no node told it of the value, it may have asked a service, which answered from the past.
    fn stale(&self, why: &Why, read: &Read<'_>) -> Option<Why> {
        let told = match why {
            Why::NeverSent { .. } => false,
            Why::NotShown { from, .. } => !matches!(from, Party::Client(_)),
            Why::TooLate { .. }
            | Why::Dropped { .. }
            | Why::Forgotten(_)
            | Why::Stale(_)
            | Why::Unknown => true,
        };
        let (asked, ended) = (read.invoked.time, read.completed.time);
        let answer = self.recording.service_use.stale(read.node, asked, ended);
        answer.filter(|_| !told).map(Why::Stale)
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
                pause: self.pause(node, attempt.settled, attempt.settled),
            },
            (None, Some(death)) if had_it || any.is_some() => Why::Forgotten(death),
            // The message that the client sent is not known, its acknowledgement is.
            (None, _) if itself => Why::NotShown {
                from: Party::Client(self.request.asked.client),
                at: acknowledged.time,
                pause: None,
            },
            (None, _) => Why::NeverSent {
                shown_by: Arc::clone(self.shown_by.get_or_init(|| self.shown_by())),
            },
        }
    }

    /// Those who showed the value, if only once: what a node did not show it may not have.
    fn shown_by(&self) -> Arc<[usize]> {
        let all = self.showed.iter();
        let with = all.filter(|(_, values)| values.contains(self.value));
        with.map(|(node, _)| *node).collect()
    }

    /// The pause of a node that lasted at some time from the first to the last.
    fn pause(&self, node: usize, first: Duration, last: Duration) -> Option<usize> {
        let stop = self.story.stop(node, first, last)?;
        stop.pause.then_some(stop.fault)
    }
}

/// Nodes that lack the same values for the same reason.
struct Group {
    nodes: Vec<usize>,
    acknowledged: Acknowledged,
    why: Why,
}

/// What nodes lack, those told together that lack the same values for the same reason.
fn together(lost: BTreeMap<(LostReason, usize), Lacking>) -> Vec<SetFinding> {
    let mut groups: BTreeMap<(LostReason, Vec<usize>), Group> = BTreeMap::new();
    for ((reason, node), lacking) in lost {
        let group = groups.entry((reason, lacking.values));
        let group = group.or_insert_with(|| Group {
            nodes: Vec::new(),
            acknowledged: lacking.acknowledged,
            why: lacking.why,
        });
        group.nodes.push(node);
    }
    // By their nodes: what one reads first is to be the same from one run to the next.
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, group)| group.nodes.first().copied());
    let findings = groups
        .into_iter()
        .map(|((reason, values), group)| SetFinding::Lost {
            nodes: group.nodes,
            values: values.into_iter().collect(),
            acknowledged: group.acknowledged,
            why: group.why,
            also: reason.also,
        });
    findings.collect()
}

fn reason(why: &Why, also: Vec<usize>) -> LostReason {
    let (fate, fault) = match why {
        Why::NotShown { pause, .. } => (None, *pause),
        Why::Dropped { attempt, pause } => (Some(attempt.fate), *pause),
        Why::Forgotten(death) => (None, death.by),
        Why::TooLate { .. } | Why::Stale(_) | Why::NeverSent { .. } | Why::Unknown => (None, None),
    };
    LostReason {
        cause: finding::cause(why),
        fate,
        fault,
        also,
    }
}

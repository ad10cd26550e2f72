//! The events of a run as those who judge it need them: requests with their ends, faults with
//! theirs, and when each node was stopped. Nothing is judged here.
//!
//! What can't be (the end of a request that nobody made, a node that doesn't exist) is left out: a
//! stored run may have been edited.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cluster::history::{Event, Invocation, Outcome, Reason, Silence, What};
use crate::net::fault::Fault;

/// The events of a run, put together.
#[derive(Debug, Default)]
pub struct Story<'a> {
    /// The requests, in the order in which they were made.
    pub operations: Vec<Operation<'a>>,
    /// The faults, by their numbers.
    pub faults: BTreeMap<usize, FaultSpan>,
    /// When nodes were stopped, in the order in which that began.
    pub stops: Vec<NodeStop>,
    /// By node, its stops, in their order.
    stops_of: Vec<Vec<Reach>>,
    /// By fault, the pause that lasts.
    pauses: BTreeMap<usize, usize>,
    /// By node, the stops that last until it has recovered.
    deaths: Vec<Vec<usize>>,
    /// By node, what is known of it since it did not answer last.
    pub silences: BTreeMap<usize, &'a Silence>,
    /// By node, how many lives of it are over.
    lives: Vec<usize>,
}

/// A point in a history: its time, and its place among what happened at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The place among all events.
    pub place: usize,
    pub time: Duration,
}

/// A request and its end.
#[derive(Debug, Clone, Copy)]
pub struct Operation<'a> {
    pub asked: &'a Invocation,
    pub invoked: Moment,
    /// In which life of its node, from 0.
    pub life: usize,
    /// When and how it ended, if it did.
    pub end: Option<(Moment, &'a Outcome)>,
    /// When a reply came after that, and what it says.
    pub late: Option<(Moment, &'a Outcome)>,
}

/// A fault from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultSpan {
    /// Its number in the run, from 1.
    pub number: usize,
    pub fault: Fault,
    pub began: Duration,
    /// When it ended, if it did.
    pub ended: Option<Duration>,
}

/// A time in which a fault kept a node from answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeStop {
    pub fault: usize,
    pub node: usize,
    /// From when on.
    pub from: Duration,
    /// Until when; a restart lasts until the node is set up again. `None` if it did not end.
    pub until: Option<Duration>,
    /// Whether the node's process ran all the while: it paused.
    pub pause: bool,
}

/// A stop among those of its node.
#[derive(Debug, Clone, Copy)]
struct Reach {
    place: usize,
    /// Until when it or one before it lasted, `None` for ever. This never goes back, so that a time can
    /// be looked up.
    until: Option<Duration>,
}

impl<'a> Story<'a> {
    /// Puts together what happened among so many nodes.
    pub fn new(events: &'a [Event], nodes: usize) -> Self {
        let mut story = Self {
            stops_of: vec![Vec::new(); nodes],
            deaths: vec![Vec::new(); nodes],
            lives: vec![0; nodes],
            ..Self::default()
        };
        for (place, event) in events.iter().enumerate() {
            let time = event.time;
            story.take(&event.what, Moment { place, time });
        }
        story.index_stops();
        story
    }

    fn index_stops(&mut self) {
        for (place, stop) in self.stops.iter().enumerate() {
            let Some(of_node) = self.stops_of.get_mut(stop.node) else {
                continue;
            };
            let before = of_node.last().map(|reach: &Reach| reach.until);
            let until = match (before, stop.until) {
                (Some(None), _) | (_, None) => None,
                (Some(before), until) => before.max(until),
                (None, until) => until,
            };
            of_node.push(Reach { place, until });
        }
    }

    /// The stop of a node that lasted at some time from the first to the last.
    pub fn stop(&self, node: usize, first: Duration, last: Duration) -> Option<NodeStop> {
        let of_node = self.stops_of.get(node)?;
        let is_over = |reach: &Reach| reach.until.is_some_and(|until| until <= first);
        // The first that lasts longer; all after it began later.
        let reach = of_node.get(of_node.partition_point(is_over))?;
        let stop = self.stops.get(reach.place)?;
        (stop.from <= last).then_some(*stop)
    }

    fn take(&mut self, what: &'a What, now: Moment) {
        match what {
            What::Invoked(asked) => self.invoke(asked, now),
            What::Completed { operation, outcome } => {
                if let Some(operation) = self.operation(*operation) {
                    operation.end.get_or_insert((now, outcome));
                }
            }
            What::Late { operation, outcome } => {
                if let Some(operation) = self.operation(*operation) {
                    operation.late.get_or_insert((now, outcome));
                }
            }
            What::FaultBegan { number, fault } => self.begin(*number, fault, now),
            What::FaultEnded { number } => self.end(*number, now),
            What::Recovered { node } => self.run_again(*node, now),
            What::Crashed { node, .. } => self.die(*node),
            What::Silent(silence) => _ = self.silences.insert(silence.node, silence),
            What::Began(_) | What::Broke(_) | What::Delayed { .. } | What::Machine(_) => {}
        }
    }

    fn operation(&mut self, number: usize) -> Option<&mut Operation<'a>> {
        let place = self.place(number)?;
        self.operations.get_mut(place)
    }

    /// Where the operation with this number is: there, if none before it was left out.
    fn place(&self, number: usize) -> Option<usize> {
        let there = self.operations.get(number);
        if there.is_some_and(|operation| operation.asked.operation == number) {
            return Some(number);
        }
        let by_number = |operation: &Operation<'_>| operation.asked.operation.cmp(&number);
        self.operations.binary_search_by(by_number).ok()
    }

    /// Whether the life in which a node was asked this is over.
    pub fn is_past_life(&self, operation: &Operation<'_>) -> bool {
        let lives = self.lives.get(operation.asked.node);
        lives.is_some_and(|lives| *lives > operation.life)
    }

    fn invoke(&mut self, asked: &'a Invocation, invoked: Moment) {
        let Some(life) = self.lives.get(asked.node).copied() else {
            return;
        };
        // They are numbered in the order in which they are made.
        let last = self.operations.last();
        if last.is_some_and(|last| last.asked.operation >= asked.operation) {
            return;
        }
        self.operations.push(Operation {
            asked,
            invoked,
            life,
            end: None,
            late: None,
        });
    }

    fn begin(&mut self, number: usize, fault: &Fault, now: Moment) {
        self.faults.entry(number).or_insert_with(|| FaultSpan {
            number,
            fault: fault.clone(),
            began: now.time,
            ended: None,
        });
        let pause = matches!(fault, Fault::Pause(_));
        let Some(node) = fault.node().filter(|node| *node < self.lives.len()) else {
            return;
        };
        let place = self.stops.len();
        self.stops.push(NodeStop {
            fault: number,
            node,
            from: now.time,
            until: None,
            pause,
        });
        if pause {
            self.pauses.entry(number).or_insert(place);
        } else {
            if let Some(deaths) = self.deaths.get_mut(node) {
                deaths.push(place);
            }
            self.die(node);
        }
    }

    /// A kill lasts, whatever a history says; a restart, until its node has recovered.
    fn end(&mut self, number: usize, now: Moment) {
        if let Some(span) = self.faults.get_mut(&number) {
            span.ended.get_or_insert(now.time);
        }
        let pause = self.pauses.get(&number);
        if let Some(stop) = pause.and_then(|place| self.stops.get_mut(*place)) {
            stop.until.get_or_insert(now.time);
        }
    }

    fn run_again(&mut self, node: usize, now: Moment) {
        let over = self.deaths.get_mut(node).map(std::mem::take);
        for place in over.unwrap_or_default() {
            if let Some(stop) = self.stops.get_mut(place) {
                stop.until.get_or_insert(now.time);
            }
        }
    }

    fn die(&mut self, node: usize) {
        if let Some(lives) = self.lives.get_mut(node) {
            *lives += 1;
        }
    }
}

impl<'a> Operation<'a> {
    pub fn is_ok(&self) -> bool {
        matches!(self.end, Some((_, Outcome::Ok(_))))
    }

    /// What happened, and when that was known: by its reply, though its client may have waited for that no
    /// longer. Whether it succeeded in time is another question.
    pub fn known(&self) -> Option<(Moment, &'a Outcome)> {
        self.late.or(self.end)
    }

    /// Why it did not, as far as that is known.
    pub fn reason(&self) -> Option<&'a Reason> {
        match self.end? {
            (_, Outcome::Failed(reason) | Outcome::Unknown(reason)) => Some(reason),
            _ => None,
        }
    }
}

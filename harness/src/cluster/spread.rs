//! How values spread: which message first brought each to each node, and what became of the last
//! one that tried.
//!
//! It is shown every event and every message once, in the order of time (at the same time the
//! events first), and keeps two entries for each value and node, however many messages there were.
//! A node that acknowledges a value has it, whatever is known of messages. What that means for a run
//! is judged in [`super::checker`].

mod trace;

use std::collections::BTreeMap;
use std::time::Duration;

use super::history::{Event, Outcome, What};
use super::journal::{Carried, Fate, Party};
use crate::net::fault::Fault;
use trace::Trace;

/// That a value came to a node for the first time in the node's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstArrival {
    /// When the message was at the node, though that may have stood still.
    pub due: Duration,
    /// When the node could read it.
    pub time: Duration,
    pub from: Party,
}

/// A message that should have brought a value to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The number of the message.
    pub id: u64,
    pub from: Party,
    pub sent: Duration,
    /// When it arrived or was dropped.
    pub settled: Duration,
    /// Whether it got there; if not, why.
    pub fate: Fate,
}

/// That a node's life ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Death {
    pub node: usize,
    /// The fault that ended it; `None` if the node crashed by itself.
    pub by: Option<usize>,
    pub time: Duration,
}

/// What is known of all values and nodes.
#[derive(Debug, Clone, Default)]
pub struct Spread {
    nodes: Vec<Node>,
    /// Of those values alone that clients gave.
    values: BTreeMap<usize, Trace>,
    /// The requests with values that have not ended, by operation: the value, and who was asked by whom.
    asked: BTreeMap<usize, AskedValue>,
    /// How many values each fault took from the node that it killed.
    taken: BTreeMap<usize, usize>,
}

#[derive(Debug, Clone, Copy)]
struct AskedValue {
    value: usize,
    node: usize,
    client: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Node {
    dead: bool,
    /// The restart that it is in.
    restart: Option<usize>,
    death: Option<Death>,
}

impl Spread {
    /// Nothing has been sent among so many nodes.
    pub fn new(nodes: usize) -> Self {
        Self {
            nodes: vec![Node::default(); nodes],
            ..Self::default()
        }
    }

    /// Takes note of what happened.
    pub fn event(&mut self, event: &Event) {
        match &event.what {
            What::Invoked(invocation) => {
                if let Some(value) = invocation.request.value() {
                    let asked = AskedValue {
                        value,
                        node: invocation.node,
                        client: invocation.client,
                    };
                    self.asked.insert(invocation.operation, asked);
                    let nodes = self.nodes.len();
                    self.values
                        .entry(value)
                        .or_insert_with(|| Trace::new(nodes));
                }
            }
            What::Completed { operation, outcome } => self.complete(*operation, outcome, event),
            What::FaultBegan { number, fault } => self.fault(*number, fault, event.time),
            What::FaultEnded { number } => self.start_again(*number),
            What::Recovered { node } => {
                if let Some(node) = self.nodes.get_mut(*node) {
                    node.dead = false;
                    node.restart = None;
                }
            }
            What::Crashed { node, .. } => self.die(*node, None, event.time),
            What::Began(_)
            | What::Late { .. }
            | What::Broke(_)
            | What::Silent(_)
            | What::Delayed { .. }
            | What::Machine(_) => {}
        }
    }

    /// Takes note of a message whose way has ended. Says which values it brought to a node for the first
    /// time in the node's life.
    pub fn carried(&mut self, carried: &Carried) -> Vec<usize> {
        let mut news = Vec::new();
        let Party::Node(node) = carried.destination else {
            return news;
        };
        let Some(state) = self.nodes.get(node) else {
            return news;
        };
        let arrives = carried.fate == Fate::Delivered && !state.dead;
        for value in &carried.values {
            if let Some(trace) = self.values.get_mut(value) {
                trace.attempt(node, carried);
                let arrival = FirstArrival {
                    due: carried.due,
                    time: carried.settled,
                    from: carried.source,
                };
                if arrives && trace.arrive(node, arrival) {
                    news.push(*value);
                }
            }
        }
        news
    }

    /// Takes note of a message that was sent with values, whatever it brought.
    pub fn attempted(&mut self, carried: &Carried) {
        let Party::Node(node) = carried.destination else {
            return;
        };
        for value in &carried.values {
            if let Some(trace) = self.values.get_mut(value) {
                trace.attempt(node, carried);
            }
        }
    }

    /// The messages sent last with values, of those whose ways ended from then on.
    pub fn attempts_since(&self, since: Duration) -> Vec<Carried> {
        let mut all: BTreeMap<_, Carried> = BTreeMap::new();
        for (value, trace) in &self.values {
            for (node, attempt) in trace.attempts.iter().enumerate() {
                let Some(attempt) = attempt.filter(|attempt| attempt.settled >= since) else {
                    continue;
                };
                let message = all.entry((attempt.id, node, attempt.settled));
                let message = message.or_insert_with(|| Carried {
                    id: attempt.id,
                    sent: attempt.sent,
                    due: attempt.settled,
                    settled: attempt.settled,
                    source: attempt.from,
                    destination: Party::Node(node),
                    fate: attempt.fate,
                    kind: String::new(),
                    values: Vec::new(),
                    served: None,
                    line: Vec::new(),
                });
                message.values.push(*value);
            }
        }
        all.into_values().collect()
    }

    /// The first arrival of a value at a node in the node's current life.
    pub fn arrival(&self, value: usize, node: usize) -> Option<FirstArrival> {
        *self.values.get(&value)?.arrivals.get(node)?
    }

    /// The message sent last to bring a value to a node, in whichever life of the node's.
    pub fn attempt(&self, value: usize, node: usize) -> Option<Attempt> {
        *self.values.get(&value)?.attempts.get(node)?
    }

    /// Whether a node held a value in a life that is over.
    pub fn held_before(&self, value: usize, node: usize) -> bool {
        let trace = self.values.get(&value);
        trace.is_some_and(|trace| trace.held_before.contains(node))
    }

    /// The nodes that hold a value now.
    pub fn holders(&self, value: usize) -> Vec<usize> {
        let arrivals = self.values.get(&value).map(|trace| trace.arrivals.iter());
        let all = arrivals.into_iter().flatten().enumerate();
        all.filter_map(|(node, arrival)| arrival.map(|_| node))
            .collect()
    }

    /// The end of the last node that held a value, if nobody holds it any more.
    pub fn gone(&self, value: usize) -> Option<Death> {
        self.values.get(&value)?.gone
    }

    /// From a value's acknowledgement to its arrival at the last live node. `None` if it was not
    /// acknowledged, or as far as one can tell has not arrived everywhere.
    pub fn time(&self, value: usize) -> Option<Duration> {
        let trace = self.values.get(&value)?;
        let last = self.last_arrival(trace)?;
        Some(last.saturating_sub(trace.acknowledged?))
    }

    /// The times of all values that have one, shortest first.
    pub fn times(&self) -> Vec<Duration> {
        let mut times: Vec<_> = self.values.keys().filter_map(|v| self.time(*v)).collect();
        times.sort_unstable();
        times
    }

    /// Whether a node is there and its process runs, even if it stands still.
    pub fn is_alive(&self, node: usize) -> bool {
        self.nodes.get(node).is_some_and(|node| !node.dead)
    }

    /// The last end of a life of this node's.
    pub fn death(&self, node: usize) -> Option<Death> {
        self.nodes.get(node)?.death
    }

    /// How many values a node held when the fault with this number killed it.
    pub fn taken(&self, fault: usize) -> usize {
        self.taken.get(&fault).copied().unwrap_or(0)
    }

    fn complete(&mut self, operation: usize, outcome: &Outcome, event: &Event) {
        let Some(asked) = self.asked.remove(&operation) else {
            return;
        };
        let trace = self.values.get_mut(&asked.value);
        if let (Some(trace), Outcome::Ok(_)) = (trace, outcome) {
            trace.acknowledged.get_or_insert(event.time);
            if self.nodes.get(asked.node).is_some_and(|node| !node.dead) {
                let arrival = FirstArrival {
                    due: event.time,
                    time: event.time,
                    from: Party::Client(asked.client),
                };
                trace.arrive(asked.node, arrival);
            }
        }
    }

    fn fault(&mut self, number: usize, fault: &Fault, time: Duration) {
        match fault {
            Fault::Kill(node) => self.die(*node, Some(number), time),
            Fault::Restart(node) => {
                self.die(*node, Some(number), time);
                if let Some(node) = self.nodes.get_mut(*node) {
                    node.restart = Some(number);
                }
            }
            Fault::Cut(_) | Fault::Pause(_) => {}
        }
    }

    /// The process runs again when the restart ends, though it has not been set up.
    fn start_again(&mut self, restart: usize) {
        let nodes = self.nodes.iter_mut();
        for node in nodes.filter(|node| node.restart == Some(restart)) {
            node.dead = false;
            node.restart = None;
        }
    }

    fn die(&mut self, node: usize, by: Option<usize>, time: Duration) {
        let death = Death { node, by, time };
        let Some(state) = self.nodes.get_mut(node) else {
            return;
        };
        *state = Node {
            dead: true,
            restart: None,
            death: Some(death),
        };
        let traces = self.values.values_mut();
        let taken = traces.filter_map(|trace| trace.die(death)).count();
        if let Some(fault) = by {
            *self.taken.entry(fault).or_default() += taken;
        }
    }

    fn last_arrival(&self, trace: &Trace) -> Option<Duration> {
        let live = self.nodes.iter().zip(&trace.arrivals);
        let mut last = None;
        for (_, arrival) in live.filter(|(node, _)| !node.dead) {
            last = last.max(Some((*arrival)?.time));
        }
        last
    }
}

#[cfg(test)]
mod tests;

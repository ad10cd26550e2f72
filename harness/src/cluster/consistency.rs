//! Whether a stored run contradicts itself: an end without a beginning, a client with two requests at
//! once, a message that nobody sent, a time that goes back.
//!
//! Everything here is true of each run that the harness writes, whatever its nodes do; so what breaks it
//! was edited, or damaged. Values only; pure.

mod messages;
mod words;

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::time::Duration;

use super::history::{Event, Invocation, Outcome, Phase, Reason, Request, Shown, What};
use super::settings::Settings;
use crate::net::fault::Fault;
pub use messages::MessageCheck;

/// How a line contradicts those before it, or the other file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contradiction {
    /// It is no later than the line before.
    NotLater,
    /// Somebody waited for longer than the run had lasted.
    LongerThanRun,
    /// A part of the run begins out of order.
    PhaseOrder,
    /// It stands in another part of the run than it says, or in none.
    OtherPhase,
    /// The part that ends here leaves this operation without an end.
    StillOpen(usize),
    /// Operations are numbered from 0 in their order.
    OperationOrder(usize),
    /// No such client, or it talks to another node.
    OtherNode,
    /// The client waits for an answer already.
    ClientBusy(usize),
    /// Values are broadcast in the order 0, 1, 2, …
    ValueOrder(usize),
    /// The operation was never begun, or has ended already.
    NotOpen(usize),
    /// The end of another kind of request.
    OtherRequest(usize),
    /// A read shows this value before anybody broadcast it.
    ShownTooEarly(usize),
    /// A read shows this value twice and does not show it.
    TwiceOfNone(usize),
    /// The fault began already.
    FaultAgain(usize),
    /// The fault never began, or has ended already.
    FaultNotLasting(usize),
    /// The node was not restarted.
    NotRestarted,
    /// It was sent later than it should arrive, or than it arrived.
    SentLater,
    /// The message with this number has come as often as one may.
    TooManyCopies(u64),
    /// The client did not ask that then.
    NotAsked,
    /// The message itself says otherwise.
    OtherMessage,
    /// It was dropped by a fault that did not last then.
    NotDropped(usize),
}

/// What is missing at the end of a run's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incomplete {
    /// The end of the run.
    End,
    /// The message with this number.
    Message(u64),
    /// The request of this operation.
    Request(usize),
    /// The answer that ended this operation.
    Answer(usize),
}

/// An operation, as far as it has come.
#[derive(Debug, Clone)]
struct Operation {
    asked: Invocation,
    began: Duration,
    /// Whether the request left its client.
    was_sent: bool,
    /// When it ended well.
    ok: Option<Duration>,
}

/// Looks at the events of a run, one after the other.
#[derive(Debug)]
pub struct EventCheck {
    nodes: usize,
    clients: usize,
    time: Option<Duration>,
    phase: Option<Phase>,
    operations: Vec<Operation>,
    open: BTreeSet<usize>,
    /// The operation that each client waits for.
    busy: BTreeMap<usize, usize>,
    /// When each value was broadcast.
    values: Vec<Duration>,
    /// When each fault began and ended.
    faults: BTreeMap<usize, (Fault, Duration, Option<Duration>)>,
    restarted: BTreeSet<usize>,
}

impl EventCheck {
    /// Nothing has happened.
    pub fn new(settings: &Settings) -> Self {
        Self {
            nodes: settings.nodes.len(),
            clients: settings.clients,
            time: None,
            phase: None,
            operations: Vec::new(),
            open: BTreeSet::new(),
            busy: BTreeMap::new(),
            values: Vec::new(),
            faults: BTreeMap::new(),
            restarted: BTreeSet::new(),
        }
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// How it contradicts those before.
    pub fn take(&mut self, event: &Event) -> Result<(), Contradiction> {
        let time = event.time;
        if self.time.is_some_and(|before| time <= before) {
            return Err(Contradiction::NotLater);
        }
        self.time = Some(time);
        match &event.what {
            What::Began(phase) => self.enter(*phase),
            _ if self.phase.is_none_or(|phase| phase == Phase::End) => {
                Err(Contradiction::OtherPhase)
            }
            What::Invoked(asked) => self.invoke(asked, time),
            What::Completed { operation, outcome } => self.complete(*operation, outcome, time),
            What::FaultBegan { number, fault } => self.begin(*number, fault, time),
            What::FaultEnded { number } => self.end(*number, time),
            What::Recovered { node } => self.recover(*node),
            What::Delayed { since, by, .. } if *since > time || *by > time => {
                Err(Contradiction::LongerThanRun)
            }
            What::Crashed { .. }
            | What::Broke(_)
            | What::Silent(_)
            | What::Delayed { .. }
            | What::Machine(_) => Ok(()),
        }
    }

    /// Nothing more happens.
    ///
    /// # Errors
    /// That the run has not ended.
    pub fn finish(&self) -> Result<(), Incomplete> {
        let has_ended = self.phase == Some(Phase::End);
        has_ended.then_some(()).ok_or(Incomplete::End)
    }

    /// Parts may be left out where a run is interrupted or its set-up fails, and none comes again.
    fn enter(&mut self, phase: Phase) -> Result<(), Contradiction> {
        let is_next = match self.phase {
            None => phase == Phase::SetUp,
            Some(before) => phase > before,
        };
        if !is_next {
            return Err(Contradiction::PhaseOrder);
        }
        let open = self.open.first();
        if let Some(open) = open.filter(|_| phase >= Phase::FinalReads) {
            return Err(Contradiction::StillOpen(*open));
        }
        self.phase = Some(phase);
        Ok(())
    }

    fn invoke(&mut self, asked: &Invocation, time: Duration) -> Result<(), Contradiction> {
        if asked.operation != self.operations.len() {
            return Err(Contradiction::OperationOrder(asked.operation));
        }
        if self.phase != Some(asked.phase) {
            return Err(Contradiction::OtherPhase);
        }
        // Client 0 is the harness, which asks every node, and several at once.
        if let Some(client) = asked.client.checked_sub(1) {
            if client >= self.clients || client.checked_rem(self.nodes) != Some(asked.node) {
                return Err(Contradiction::OtherNode);
            }
            if self.busy.insert(asked.client, asked.operation).is_some() {
                return Err(Contradiction::ClientBusy(asked.client));
            }
        }
        if let Request::Broadcast(value) = asked.request {
            if value != self.values.len() {
                return Err(Contradiction::ValueOrder(value));
            }
            self.values.push(time);
        }
        self.open.insert(asked.operation);
        self.operations.push(Operation {
            asked: asked.clone(),
            began: time,
            was_sent: true,
            ok: None,
        });
        Ok(())
    }

    fn complete(
        &mut self,
        number: usize,
        outcome: &Outcome,
        time: Duration,
    ) -> Result<(), Contradiction> {
        // An operation's number is its place.
        let operation = self.operations.get_mut(number);
        let operation = operation.filter(|_| self.open.remove(&number));
        let operation = operation.ok_or(Contradiction::NotOpen(number))?;
        self.busy.remove(&operation.asked.client);
        match (operation.asked.request, outcome) {
            (Request::Broadcast(_), Outcome::Acknowledged) => operation.ok = Some(time),
            (Request::Read, Outcome::Shown(shown)) => {
                operation.ok = Some(time);
                shows(shown, self.values.len())?;
            }
            (_, Outcome::Failed(reason) | Outcome::Unknown(reason)) => {
                operation.was_sent = *reason != Reason::NodeDead;
            }
            (_, Outcome::Acknowledged | Outcome::Shown(_)) => {
                return Err(Contradiction::OtherRequest(number));
            }
        }
        Ok(())
    }

    fn begin(&mut self, number: usize, fault: &Fault, time: Duration) -> Result<(), Contradiction> {
        match self.faults.entry(number) {
            Entry::Vacant(place) => {
                place.insert((fault.clone(), time, None));
                Ok(())
            }
            Entry::Occupied(_) => Err(Contradiction::FaultAgain(number)),
        }
    }

    fn end(&mut self, number: usize, time: Duration) -> Result<(), Contradiction> {
        match self.faults.get_mut(&number) {
            Some((fault, _, ended @ None)) => {
                *ended = Some(time);
                if let Fault::Restart(node) = fault {
                    self.restarted.insert(*node);
                }
                Ok(())
            }
            _ => Err(Contradiction::FaultNotLasting(number)),
        }
    }

    fn recover(&self, node: usize) -> Result<(), Contradiction> {
        let was_restarted = self.restarted.contains(&node);
        was_restarted
            .then_some(())
            .ok_or(Contradiction::NotRestarted)
    }
}

/// Whether a read shows nothing that came later. `broadcast`: how many values there were by then.
fn shows(shown: &Shown, broadcast: usize) -> Result<(), Contradiction> {
    if let Some(value) = shown.values.maximum().filter(|value| *value >= broadcast) {
        return Err(Contradiction::ShownTooEarly(value));
    }
    let mut twice = shown.twice.iter();
    match twice.find(|value| !shown.values.contains(**value)) {
        Some(value) => Err(Contradiction::TwiceOfNone(*value)),
        None => Ok(()),
    }
}

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

use super::history::{Event, Invocation, Outcome, Phase, Reason, What};
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
    /// Lines are numbered from 0 in their order.
    IndexOrder(usize),
    /// There is no node with this number.
    NoSuchNode(usize),
    /// No such process, or it talks to another node.
    OtherNode,
    /// The process waits for an answer already.
    ProcessBusy(usize),
    /// Values are given in the order 0, 1, 2, …
    ValueOrder(usize),
    /// The process waits for no answer.
    NotOpen,
    /// The end of another kind of request, or of one to another node.
    OtherRequest(usize),
    /// A read shows this value before anybody gave it.
    ShownTooEarly(usize),
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
struct SeenOperation {
    asked: Invocation,
    began: Duration,
    /// Whether the request left its client.
    was_sent: bool,
    ok: Option<Duration>,
}

/// Looks at the events of a run, one after the other.
///
/// [`super::format::history`] has seen already that requests and their ends belong together.
#[derive(Debug, Default)]
pub struct EventCheck {
    time: Option<Duration>,
    phase: Option<Phase>,
    operations: Vec<SeenOperation>,
    open: BTreeSet<usize>,
    /// When each value was given.
    values: Vec<Duration>,
    /// When each fault began and ended.
    faults: BTreeMap<usize, (Fault, Duration, Option<Duration>)>,
    restarted: BTreeSet<usize>,
}

impl EventCheck {
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
            What::Invoked(asked) => {
                self.invoke(asked, time);
                Ok(())
            }
            What::Completed { operation, outcome } => {
                self.complete(*operation, outcome, time);
                Ok(())
            }
            What::Late { operation, outcome } => {
                self.answered_late(*operation, outcome, time);
                Ok(())
            }
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

    fn invoke(&mut self, asked: &Invocation, time: Duration) {
        if asked.request.value().is_some() {
            self.values.push(time);
        }
        self.open.insert(asked.operation);
        self.operations.push(SeenOperation {
            asked: asked.clone(),
            began: time,
            was_sent: asked.request.is_sent(),
            ok: None,
        });
    }

    fn complete(&mut self, number: usize, outcome: &Outcome, time: Duration) {
        self.open.remove(&number);
        // An operation's number is its place.
        let Some(operation) = self.operations.get_mut(number) else {
            return;
        };
        match outcome {
            Outcome::Ok(_) => operation.ok = Some(time),
            Outcome::Failed(reason) | Outcome::Unknown(reason) => {
                operation.was_sent &= *reason != Reason::NodeDead;
            }
        }
    }

    fn answered_late(&mut self, number: usize, outcome: &Outcome, time: Duration) {
        if let (Some(operation), Outcome::Ok(_)) = (self.operations.get_mut(number), outcome) {
            operation.ok = Some(time);
        }
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

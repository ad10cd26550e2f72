//! Recordings made by hand, for tests: each verb is one thing that happens. Times are in
//! milliseconds.

use std::time::Duration;

use crate::cluster::checker;
use crate::cluster::checker::finding::Verdict;
use crate::cluster::history::{Event, Invocation, Outcome, Phase, Reason, What};
use crate::cluster::journal::{Carried, Fate, Party};
use crate::cluster::limit::Limit;
use crate::cluster::recording::Recording;
use crate::cluster::sets::{SetReply, SetRequest, Shown};
use crate::cluster::settings::{Settings, names};
use crate::cluster::workload::{Reply, Request};
use crate::net::fault::Fault;

pub fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub fn shown(values: &[usize]) -> Shown {
    Shown {
        values: values.iter().copied().collect(),
        ..Shown::default()
    }
}

/// A recording in the making.
#[derive(Clone)]
pub struct Made {
    pub recording: Recording,
    operations: usize,
    messages: u64,
}

impl Made {
    pub fn of(nodes: usize) -> Self {
        Self {
            recording: Recording::new(Settings {
                nodes: names(nodes),
                ..Settings::default()
            }),
            operations: 0,
            messages: 0,
        }
    }

    pub fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.recording.settings);
        self
    }

    pub fn event(mut self, time: u64, what: What) -> Self {
        let time = at(time);
        self.recording.event(Event { time, what });
        self
    }

    pub fn fault(self, time: u64, number: usize, fault: Fault) -> Self {
        self.event(time, What::FaultBegan { number, fault })
    }

    pub fn fault_ends(self, time: u64, number: usize) -> Self {
        self.event(time, What::FaultEnded { number })
    }

    /// From `began` on the node is dead, at `ended` it has been set up again.
    pub fn restart(self, began: u64, ended: u64, number: usize, node: usize) -> Self {
        self.fault(began, number, Fault::Restart(node))
            .fault_ends(ended, number)
            .event(ended, What::Recovered { node })
    }

    /// A request, whose number is the number of those before it.
    pub fn ask(mut self, time: u64, node: usize, request: Request, phase: Phase) -> Self {
        let asked = Invocation {
            operation: self.operations,
            client: 1,
            node,
            request,
            phase,
        };
        self.operations += 1;
        self.event(time, What::Invoked(asked))
    }

    pub fn answer(self, time: u64, operation: usize, outcome: Outcome) -> Self {
        self.event(time, What::Completed { operation, outcome })
    }

    /// A broadcast that arrives and is acknowledged at once.
    pub fn broadcast(self, time: u64, node: usize, value: usize) -> Self {
        let operation = self.operations;
        self.offer(time, node, value).answer(
            time,
            operation,
            Outcome::Ok(Reply::Set(SetReply::Added)),
        )
    }

    /// A broadcast that arrives and is not answered.
    pub fn offer(self, time: u64, node: usize, value: usize) -> Self {
        let request = Request::Set(SetRequest::Add(value));
        let (from, to) = (Party::Client(1), Party::Node(node));
        self.ask(time, node, request, Phase::Load).message(
            from,
            to,
            value,
            (time, time),
            Fate::Delivered,
        )
    }

    pub fn message(
        mut self,
        source: Party,
        destination: Party,
        value: usize,
        (sent, settled): (u64, u64),
        fate: Fate,
    ) -> Self {
        self.recording.carried(&Carried {
            id: self.messages,
            sent: at(sent),
            fate,
            values: vec![value],
            ..Carried::delivered(at(settled), source, destination, "broadcast")
        });
        self.messages += 1;
        self
    }

    /// A message between nodes that takes ten milliseconds.
    pub fn send(self, sent: u64, from: usize, to: usize, value: usize, fate: Fate) -> Self {
        let (from, to) = (Party::Node(from), Party::Node(to));
        self.message(from, to, value, (sent, sent + 10), fate)
    }

    /// A read of the load, answered after ten milliseconds.
    pub fn read(self, time: u64, node: usize, shown: Shown) -> Self {
        self.read_in(time, node, Phase::Load, shown)
    }

    pub fn read_in(self, time: u64, node: usize, phase: Phase, shown: Shown) -> Self {
        let operation = self.operations;
        self.ask(time, node, Request::Set(SetRequest::Read), phase)
            .answer(
                time + 10,
                operation,
                Outcome::Ok(Reply::Set(SetReply::Shown(Box::new(shown)))),
            )
    }

    /// A read of the load that fails after ten milliseconds.
    pub fn refused(self, time: u64, node: usize, reason: Reason) -> Self {
        let operation = self.operations;
        self.ask(time, node, Request::Set(SetRequest::Read), Phase::Load)
            .answer(time + 10, operation, Outcome::Failed(reason))
    }

    /// The final reads, from 10 s on, of each node that has something here.
    pub fn ends(mut self, shows: &[Option<&[usize]>]) -> Self {
        for (node, values) in shows.iter().enumerate() {
            if let Some(values) = values {
                self = self.read_in(10_000, node, Phase::FinalReads, shown(values));
            }
        }
        self
    }

    pub fn judge(&self) -> Verdict {
        checker::judge(&self.recording, Limit::NONE)
    }
}

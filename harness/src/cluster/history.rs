//! What happened in a run, in the order of time: requests and their ends, faults, crashes and
//! breaches of the protocol.
//!
//! Times are since the start of the run. Nodes and clients are numbers: node `i` is the `i`th of
//! [`Settings::nodes`](super::settings::Settings), client 0 is the harness itself (it sets up, asks
//! at the end), the others bring the load. How this is written to a file is known in
//! [`super::format`], what it means in [`super::checker`].

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::workload::{Reply, Request};
use crate::encoding::{self, nanoseconds};
use crate::message::rule::Rule;
use crate::net::fault::Fault;
use crate::process::exit::Exit;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    #[serde(with = "nanoseconds")]
    pub time: Duration,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened. What is rare and large is in a box: a history has millions of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum What {
    /// A part of the run began.
    #[serde(rename = "phase")]
    Began(Phase),
    /// A client sent a request.
    #[serde(skip)]
    Invoked(Invocation),
    /// A request ended; each does so once.
    #[serde(skip)]
    Completed {
        /// Which one: [`Invocation::operation`].
        operation: usize,
        outcome: Outcome,
    },
    /// A reply came that its client did not wait for any longer: what happened all the same.
    #[serde(skip)]
    Late {
        /// To which request: [`Invocation::operation`]; it has ended.
        operation: usize,
        /// What it says: never [`Outcome::Unknown`].
        outcome: Outcome,
    },
    /// A fault began.
    #[serde(rename = "fault")]
    FaultBegan {
        /// Its number in the run, from 1.
        number: usize,
        fault: Fault,
    },
    /// A fault ended.
    #[serde(rename = "fault-end")]
    FaultEnded { number: usize },
    /// A node that was started again has answered `init`.
    Recovered { node: usize },
    /// A node exited though the harness had not killed it. It stays dead.
    #[serde(rename = "crash")]
    Crashed {
        node: usize,
        exit: Exit,
        /// The end of what it wrote to stderr.
        stderr: String,
    },
    /// A node did not answer a request in time, or exited before it answered one of the set-up: what
    /// is known of it. How the request ended is told by what follows.
    Silent(Box<Silence>),
    /// The machine was busy: since then somebody had to wait for so long.
    Delayed {
        /// Since when.
        #[serde(with = "nanoseconds")]
        since: Duration,
        /// How long.
        #[serde(with = "nanoseconds")]
        by: Duration,
        who: Delayed,
    },
    /// How busy the machine was in all.
    Machine(Box<Machine>),
    /// A node broke the rules of the protocol.
    #[serde(rename = "breach")]
    Broke(Box<Breach>),
}

/// The place of the event with which a part of the run began, and the event.
pub fn began(events: &[Event], phase: Phase) -> Option<(usize, &Event)> {
    let is_it = |what: &What| matches!(what, What::Began(began) if *began == phase);
    let mut events = events.iter().enumerate();
    events.find(|(_, event)| is_it(&event.what))
}

impl What {
    /// The nodes that it names, but for those of requests.
    pub fn nodes(&self) -> impl Iterator<Item = usize> {
        let nodes = match self {
            Self::FaultBegan { fault, .. } => fault.nodes(),
            Self::Recovered { node } | Self::Crashed { node, .. } => vec![*node],
            Self::Silent(silence) => vec![silence.node],
            Self::Broke(breach) => vec![breach.node],
            Self::Began(_)
            | Self::Invoked(_)
            | Self::Completed { .. }
            | Self::Late { .. }
            | Self::FaultEnded { .. }
            | Self::Delayed { .. }
            | Self::Machine(_) => Vec::new(),
        };
        nodes.into_iter()
    }
}

/// Who has to wait on a busy machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delayed {
    /// The harness: a timer of its fired late.
    Harness,
    /// A node: it could have run, and got no CPU. Of several nodes the one that waited longest.
    Node,
}

/// A node that did not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    pub node: usize,
    /// The type of the request.
    pub request: Cow<'static, str>,
    /// The part of its stderr that tells most: its end, and the line that names an error.
    pub stderr: String,
    /// What it had done by then; `None` where the system can't tell.
    pub work: Option<Work>,
}

/// What a node had done when a request was not waited for any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// How long the request had been waited for.
    #[serde(with = "nanoseconds")]
    pub elapsed: Duration,
    /// The processor time of the node since it was started.
    #[serde(with = "nanoseconds")]
    pub cpu: Duration,
    /// How long it could have run since then, and got no CPU.
    #[serde(with = "nanoseconds")]
    pub waited: Duration,
    /// Whether it had read anything.
    pub has_read: bool,
    /// How many cores there are.
    pub cores: usize,
}

/// How busy the machine was, from the beginning of the load on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// How many cores there are.
    pub cores: usize,
    /// How many timers of the harness fired.
    pub timers: u64,
    /// How late the latest of them fired.
    #[serde(with = "nanoseconds")]
    pub late_max: Duration,
    /// How late 99% of them fired at most.
    #[serde(with = "nanoseconds")]
    pub late_p99: Duration,
    /// The processor time of all nodes; zero where the system can't tell.
    #[serde(with = "nanoseconds")]
    pub cpu: Duration,
    /// How long nodes could have run, and got no CPU, all together; zero where the system can't tell.
    #[serde(with = "nanoseconds")]
    pub waited: Duration,
}

/// The parts of a run, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "kebab-case")]
pub enum Phase {
    /// Nodes are started and told who they are and who is near them.
    SetUp,
    Load,
    /// All is healed: the nodes have time to get everything to everybody.
    Recovery,
    /// Every live node is asked once more what it holds.
    FinalReads,
    End,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// Its number in the run, from 0; that of its end, too.
    pub operation: usize,
    pub client: usize,
    pub node: usize,
    pub request: Request,
    /// In which part of the run. Only those of the load and the final reads count as operations; in
    /// the recovery the harness asks as often as it likes.
    pub phase: Phase,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was answered as it should be.
    Ok(Reply),
    /// It certainly did not happen.
    Failed(Reason),
    Unknown(Reason),
}

/// Why a request did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The node answered with an error.
    #[serde(skip)]
    Error {
        /// Its `code`, as it stands.
        code: String,
        /// Its `text`.
        text: String,
    },
    /// The client crashed, and asked nobody.
    ClientCrashed,
    /// The node was dead before the request was sent.
    NodeDead,
    /// The node died before it answered.
    NodeDied,
    /// No answer came within the time that a client waits.
    TimedOut,
    /// The run ended before an answer came.
    RunEnded,
    /// What came was no answer to it: [`What::Broke`] tells.
    Malformed,
}

/// A breach of the protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// By which node.
    pub node: usize,
    /// Of which rule.
    #[serde(flatten)]
    pub rule: Rule,
    /// The line that the node wrote, cut where it is long; empty where it is about none.
    #[serde(with = "encoding::line")]
    pub line: Vec<u8>,
    /// How many it stands for, those after it that are one too many to be told included.
    pub times: usize,
}

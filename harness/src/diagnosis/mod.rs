//! What a person should fix first: causes, looked for in what the node wrote and how it ended.
//!
//! Each cause is looked for by one small function and reported once, at its first
//! place. What `.expected` itself shows is never diagnosed. The words are made by
//! the report.

mod ending;
mod lines;
mod names;
mod replies;

use std::time::Duration;

use serde_json::Value;

use crate::case::{ExpectedLine, Request};
use crate::matching::actual::ActualLines;
use crate::message::Id;
use crate::transcript::{Exit, Transcript};

/// A cause, with its evidence. Line numbers without another word are those of the node's stdout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Diagnosis {
    /// The node exited with a status other than 0, or by a signal.
    BadExit {
        /// How.
        exit: Exit,
    },
    /// The node wrote more than is kept.
    Flooded {
        /// How much is kept, in bytes.
        output_max: usize,
    },
    /// A line is no JSON.
    NotJson {
        /// The line.
        line: usize,
        /// Its bytes.
        bytes: Vec<u8>,
        /// What it may be.
        guess: Guess,
        /// How many such lines there are.
        count: usize,
    },
    /// A line is JSON, but no message.
    NoEnvelope {
        /// The line.
        line: usize,
        /// Its bytes.
        bytes: Vec<u8>,
        /// The first field that a message must have and this one hasn't, as a path; empty: it
        /// is no object.
        missing: &'static str,
    },
    /// A `src` that isn't the node's id.
    ForeignSource {
        /// The line.
        line: usize,
        /// The `src`.
        source: String,
        /// The ids that the node has, as the case says.
        nodes: Vec<String>,
    },
    /// One sender used a `msg_id` twice.
    ReusedId {
        /// The line of the second message.
        line: usize,
        /// The line of the first.
        first: usize,
        /// The id.
        id: Id,
    },
    /// A `dest` that the case knows nobody by.
    UnknownDestination {
        /// The line.
        line: usize,
        /// The `dest`.
        destination: String,
    },
    /// An `in_reply_to` that answers no message.
    ReplyToNothing {
        /// The line.
        line: usize,
        /// To whom.
        receiver: String,
        /// The `in_reply_to`.
        id: Id,
        /// The ids of that receiver's requests, in order.
        requests: Vec<Id>,
    },
    /// A second answer to one request.
    DoubleReply {
        /// The line of the second answer.
        line: usize,
        /// The line of the first.
        first: usize,
        /// The request's line in the `.in`.
        request: usize,
    },
    /// The case's time was over.
    TimedOut {
        /// How long it had.
        timeout: Duration,
        /// What the node was doing, as far as one can tell.
        state: Stuck,
    },
    /// What the case waited for came only when its input was closed.
    NotFlushed {
        /// The line of the `.in` that waited.
        waiting: usize,
    },
    /// A message was held back to the end: the one that it answers never came.
    HeldBack {
        /// Its line in the `.in`.
        waiting: usize,
        /// The placeholder in it.
        name: String,
        /// The line of `.expected` that would have bound it.
        binds: usize,
    },
    /// The messages are the right ones, but for their order.
    WrongOrder,
    /// The node wrote nothing at all.
    Silent,
    /// A request that `.expected` has an answer to got none.
    MissingReply {
        /// The request's line in the `.in`.
        request: usize,
        /// Its type.
        kind: String,
        /// Its `msg_id`.
        id: Id,
        /// How many such requests there are.
        count: usize,
    },
}

/// What a line that is no JSON may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guess {
    /// Nothing stands there.
    Empty,
    /// Two messages that share the line; the second starts at this byte.
    TwoMessages(usize),
    /// Something like `{'src': 'n1'}`, as Python prints a dictionary.
    PythonDictionary,
    /// JSON that breaks off where the node stopped.
    CutShort,
    /// JSON that goes wrong.
    BrokenJson {
        /// At this byte.
        offset: usize,
        /// Why, as the JSON parser says it.
        reason: String,
    },
    /// Words for a person.
    LogLine,
}

/// What a node whose time was over was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stuck {
    /// It never took these last bytes of its input.
    NotReading {
        /// How many.
        unread: u64,
    },
    /// It read everything, and still ran.
    Idle,
    /// It still ran; nobody can tell whether it read everything.
    StillRunning,
    /// It was still waiting for messages that the case had not sent yet.
    InputOpen,
}

impl Diagnosis {
    /// Whether it fails a case whatever else the node wrote; the others explain a mismatch.
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::BadExit { .. }
            | Self::Flooded { .. }
            | Self::NotJson { .. }
            | Self::NoEnvelope { .. }
            | Self::ForeignSource { .. }
            | Self::ReusedId { .. }
            | Self::TimedOut { .. } => true,
            Self::UnknownDestination { .. }
            | Self::ReplyToNothing { .. }
            | Self::DoubleReply { .. }
            | Self::NotFlushed { .. }
            | Self::HeldBack { .. }
            | Self::WrongOrder
            | Self::Silent
            | Self::MissingReply { .. } => false,
        }
    }
}

/// All that a diagnosis may look at.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The messages of the `.in`.
    pub requests: &'a [Request],
    /// The lines of the `.expected`.
    pub expected: &'a [ExpectedLine],
    /// What the node wrote.
    pub actual: &'a ActualLines,
    /// How it went.
    pub transcript: &'a Transcript,
}

/// Looks for every cause; what to fix first comes first.
pub fn diagnose(evidence: Evidence<'_>) -> Vec<Diagnosis> {
    let look_for: [fn(Evidence<'_>) -> Option<Diagnosis>; 14] = [
        ending::bad_exit,
        ending::flooded,
        lines::not_json,
        lines::no_envelope,
        names::foreign_source,
        replies::reused_id,
        names::unknown_destination,
        replies::reply_to_nothing,
        replies::double_reply,
        ending::not_flushed,
        ending::held_back,
        ending::timed_out,
        ending::silent,
        replies::missing_reply,
    ];
    look_for.iter().filter_map(|look| look(evidence)).collect()
}

/// The lines that are JSON, with their numbers.
fn messages(actual: &ActualLines) -> impl Iterator<Item = (usize, &Value)> {
    let lines = actual.lines.iter();
    lines.filter_map(|line| Some((line.number, line.json()?)))
}

/// The messages that `.expected` shows.
fn shown(evidence: Evidence<'_>) -> impl Iterator<Item = &Value> {
    evidence.expected.iter().filter_map(ExpectedLine::json)
}

//! Maelstrom's workload kafka: clients send messages to the logs of keys, poll them from an offset on, and
//! commit how far they have come.
//!
//! Here stands what is asked and replied; `wire` and `stored` know its forms, `check` whether it is
//! right.

pub(super) mod check;
mod consumer;
pub(super) mod figures;
pub(super) mod finding;
pub(super) mod generator;
mod offsets;
pub(super) mod settle;
pub(super) mod stored;
pub(super) mod wire;
mod words;

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::sync::Arc;

use serde_json::Value;

use super::kept::kept;
use super::terms::Terms;
use crate::json::key;
use crate::number;

/// How its sentences name what is asked.
pub const TERMS: Terms = Terms {
    one: "send",
    many: "sends",
    given: "sent",
    done: "acknowledged",
    list: None,
};

/// The name of a log.
pub type LogKey = Arc<str>;

/// By key, an offset.
pub type Offsets = BTreeMap<LogKey, i64>;

/// By key, messages with their offsets, as a node listed them.
pub type Messages = BTreeMap<LogKey, Vec<(i64, KafkaMessage)>>;

/// What is sent to a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KafkaMessage {
    /// What clients of the harness send.
    Number(i64),
    /// Any other JSON, as text.
    Json(Arc<str>),
}

/// A request to logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KafkaRequest {
    Send {
        key: LogKey,
        message: KafkaMessage,
    },
    /// Tell the messages from these offsets on; `None`: a history that anything wrote doesn't tell them.
    Poll(Option<Offsets>),
    /// All messages up to these offsets are dealt with.
    Commit(Offsets),
    /// Tell how far the messages of these logs are dealt with: the client polls them from there.
    Assign(Vec<LogKey>),
    /// Nothing is sent: the client forgets all its offsets.
    Crash,
    /// Sends and polls at once, in histories that anything wrote.
    Several {
        function: LogFunction,
        all: Vec<Self>,
    },
}

/// What operations on logs are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFunction {
    /// Only sends.
    Send,
    /// Only polls.
    Poll,
    Txn,
}

/// What a node replied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KafkaReply {
    /// The message has this offset; `None`: a history that anything wrote doesn't tell it.
    Sent(Option<i64>),
    Polled(Messages),
    /// It knows how far the messages are dealt with.
    Committed,
    /// How far they are; `None`: a history that anything wrote doesn't tell it.
    Assigned(Option<Offsets>),
    /// Of sends and polls at once.
    Several(Vec<Self>),
}

impl LogFunction {
    pub fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Poll => "poll",
            Self::Txn => "txn",
        }
    }
}

impl KafkaRequest {
    /// As `f` in a stored history.
    pub fn function(&self) -> &'static str {
        match self {
            Self::Send { .. } => LogFunction::Send.name(),
            Self::Poll(_) => LogFunction::Poll.name(),
            Self::Commit(_) => "commit",
            Self::Assign(_) => "assign",
            Self::Crash => "crash",
            Self::Several { function, .. } => function.name(),
        }
    }
}

impl KafkaMessage {
    /// Any JSON; of what is long the start.
    pub fn of(value: &Value) -> Self {
        match integer(value) {
            Some(number) => Self::Number(number),
            None => Self::Json(kept(key::sorted(value)).to_string().into()),
        }
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Number(number) => (*number).into(),
            Self::Json(text) => serde_json::from_str(text).unwrap_or_default(),
        }
    }
}

impl Display for KafkaMessage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(out, "{number}"),
            Self::Json(text) => write!(out, "{text}"),
        }
    }
}

/// An integer of at most 64 bits, however it is spelt.
fn integer(value: &Value) -> Option<i64> {
    number::integer(value.as_number()?)?.parse().ok()
}

//! The rules of the protocol that a node can break. Which node broke a rule, and when, is in
//! [`crate::cluster::history`].

use serde::{Deserialize, Deserializer, Serialize};

use super::malformed::Malformed;
use super::reply::{ReplyFault, SetUpAnswer, cut};
use crate::encoding::{self, Word};

/// A rule of the protocol, as it was broken.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "kebab-case")]
pub enum Rule {
    /// A line of stdout is one JSON message.
    NotJson { reason: String },
    /// A message has `src`, `dest` and a `body` with a `type`.
    Lacks {
        /// What it lacks, as in `body.type`; empty: it is no object.
        #[serde(deserialize_with = "field")]
        field: Word,
    },
    /// An envelope is one that Maelstrom takes, and no key stands twice.
    Malformed(Malformed),
    /// `src` is the node's own name.
    ForeignSource { source: String },
    /// `dest` is somebody who was announced.
    UnknownDestination { destination: String },
    /// A reply has what its type requires and nothing else.
    BadReply(ReplyFault),
    /// `init` and `topology` are answered, with `init_ok` and `topology_ok`.
    NotSetUp {
        /// What was asked.
        #[serde(deserialize_with = "request")]
        request: Word,
        /// What came instead; `None` if nothing did in time.
        answer: Option<SetUpAnswer>,
    },
    /// A line ends before it is endless, and a node's output, too.
    Flood {
        /// How many bytes it had written by then.
        bytes: u64,
    },
}

/// What a message can lack; see [`Rule::Lacks`].
pub const FIELDS: [&str; 5] = ["", "src", "dest", "body", "body.type"];

/// What the harness asks of a node before the load; see [`Rule::NotSetUp`].
pub const SET_UP_REQUESTS: [&str; 2] = ["init", "topology"];

fn field<'de, D: Deserializer<'de>>(from: D) -> Result<Word, D::Error> {
    encoding::word(from, &FIELDS)
}

fn request<'de, D: Deserializer<'de>>(from: D) -> Result<Word, D::Error> {
    encoding::word(from, &SET_UP_REQUESTS)
}

impl Rule {
    /// The same, its texts no longer than is kept of one.
    #[must_use]
    pub fn shortened(mut self) -> Self {
        match &mut self {
            Self::NotJson { reason: text }
            | Self::ForeignSource { source: text }
            | Self::UnknownDestination { destination: text } => cut(text),
            Self::BadReply(fault) => fault.shorten(),
            Self::NotSetUp {
                answer: Some(answer),
                ..
            } => answer.shorten(),
            Self::Lacks { .. }
            | Self::Malformed(_)
            | Self::NotSetUp { answer: None, .. }
            | Self::Flood { .. } => {}
        }
        self
    }
}

//! What became of each message.
//!
//! A value that the router hands out when a message's way has ended; whoever wants to know about
//! messages (the store, [`super::spread`], [`super::traffic`]) is shown each once, and keeps what it
//! needs: the messages themselves are kept by nobody in memory.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::encoding::{message, nanoseconds};
use crate::service::kind::ServiceKind;
use crate::service::served::ServedState;

/// Somebody who sends or receives messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// A node, by its number.
    Node(usize),
    /// A client, by its number; 0 is the harness itself.
    Client(usize),
    Service(ServiceKind),
}

/// A message at the end of its way. One that was duplicated ends twice, with the same `id`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Carried {
    /// Its number in the run, from 0, in the order of sending; copies share it.
    pub id: u64,
    /// When it was sent.
    #[serde(with = "nanoseconds")]
    pub sent: Duration,
    /// When it should arrive.
    #[serde(with = "nanoseconds")]
    pub due: Duration,
    /// When it arrived, so that its recipient could read it, or was dropped.
    #[serde(with = "nanoseconds")]
    pub settled: Duration,
    /// Who sent it.
    #[serde(rename = "src")]
    pub source: Party,
    /// To whom.
    #[serde(rename = "dest")]
    pub destination: Party,
    pub fate: Fate,
    /// Its `body.type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The values of clients in it, as far as one can tell: [`super::envelope`] says how.
    pub values: Vec<usize>,
    /// Of a reply of a service that has more than one state, the one that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<ServedState>,
    /// The line, as its sender wrote it, without its line break.
    #[serde(rename = "message", with = "message")]
    pub line: Vec<u8>,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It reached its recipient, which ran, and had room for it in its stdin.
    Delivered,
    /// Bad luck (`--loss`).
    Lost,
    /// The cut with this number was in its way.
    Cut(usize),
    /// Its recipient was down: killed by the fault with this number, and not back before it has
    /// answered `init` again; or crashed.
    Dead(Option<usize>),
    /// Its recipient did not read what had come before: there was no room for more.
    NoRoom,
    /// The run ended while it was under way.
    UnderWay,
}

impl Carried {
    /// Whether it went from one node to another.
    pub fn is_between_nodes(&self) -> bool {
        matches!(
            (self.source, self.destination),
            (Party::Node(_), Party::Node(_))
        )
    }

    /// The node that asked a service, or was answered by it, and which one that is.
    pub fn with_service(&self) -> Option<(usize, ServiceKind)> {
        match (self.source, self.destination) {
            (Party::Node(node), Party::Service(service))
            | (Party::Service(service), Party::Node(node)) => Some((node, service)),
            (Party::Node(_) | Party::Client(_) | Party::Service(_), _) => None,
        }
    }
}

#[cfg(test)]
impl Carried {
    /// A message of this type that was there as soon as it was sent.
    pub fn delivered(time: Duration, source: Party, destination: Party, kind: &str) -> Self {
        Self {
            id: 0,
            sent: time,
            due: time,
            settled: time,
            source,
            destination,
            fate: Fate::Delivered,
            kind: kind.to_owned(),
            values: Vec::new(),
            served: None,
            line: Vec::new(),
        }
    }
}

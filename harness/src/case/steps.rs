//! What a case does, one thing after the other, and what of it the judge has to know.
//!
//! How it is written is known to [`super::input`]; nothing is done here.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::act::Act;
use super::cluster::Cluster;
use crate::message::{self, Id};

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Send {
        /// Where it stands in the `.in`.
        line: usize,
        /// The line, its newline included.
        bytes: Vec<u8>,
        /// The placeholders in it, whose values the node has to say first.
        names: Vec<StepPlaceholder>,
        /// `@eventually`: for how long it is asked again until it gets the expected answer.
        within: Option<Duration>,
    },
    /// Do something to the cluster.
    Act {
        /// Where it stands in the `.in`.
        line: usize,
        act: Act,
        /// How it is written, as in `@kill n1`.
        text: String,
    },
    /// Let time pass before the next message.
    Sleep {
        /// Where it stands in the `.in`.
        line: usize,
        duration: Duration,
    },
}

/// A name that `.expected` binds, used in a message of the `.in`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepPlaceholder {
    /// How it is written, as in `<id:fwd>`.
    pub text: String,
    pub name: String,
}

/// A JSON message of the `.in`, as the judge sees it.
#[derive(Debug, Clone)]
pub struct InputMessage {
    /// Where it stands in the `.in`.
    pub line: usize,
    pub message: Value,
}

impl InputMessage {
    /// Who sent it; empty if it doesn't say.
    pub fn source(&self) -> &str {
        message::source(&self.message).unwrap_or_default()
    }

    /// Its `msg_id`.
    pub fn msg_id(&self) -> Option<Id> {
        message::msg_id(&self.message)
    }

    /// Whether it is to be answered: replies and messages without a `msg_id` are not.
    pub fn wants_answer(&self) -> bool {
        let kind = self.kind();
        let is_reply = message::body(&self.message)
            .is_some_and(|body| body.contains_key("in_reply_to"))
            || kind.ends_with("_ok")
            || kind.ends_with("_ack")
            || kind == "error";
        self.msg_id().is_some() && !is_reply
    }

    /// Its `body.type`; empty if it doesn't say.
    pub fn kind(&self) -> &str {
        message::kind(&self.message).unwrap_or_default()
    }
}

/// The nodes that are started again: they may number their messages from the start.
pub fn restarted(cluster: &Cluster, steps: &[Step]) -> BTreeSet<String> {
    let restarted = steps.iter().filter_map(|step| {
        let Step::Act {
            act: Act::Restart(node),
            ..
        } = step
        else {
            return None;
        };
        Some(cluster.name(*node).to_owned())
    });
    restarted.collect()
}

impl StepPlaceholder {
    /// Those in a message, each once, in the order in which they stand.
    pub fn all_in(message: &Value) -> Vec<Self> {
        let (mut found, mut known) = (Vec::new(), BTreeSet::new());
        collect(message, &mut found, &mut known);
        found
    }
}

fn collect(value: &Value, found: &mut Vec<StepPlaceholder>, known: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let inner = text
                .strip_prefix('<')
                .and_then(|text| text.strip_suffix('>'));
            let name = inner.and_then(|inner| {
                inner
                    .strip_prefix("id:")
                    .or_else(|| inner.strip_prefix("any:"))
            });
            if let Some(name) = name.filter(|_| known.insert(text.clone())) {
                found.push(StepPlaceholder {
                    text: text.clone(),
                    name: name.to_owned(),
                });
            }
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|value| collect(value, found, known)),
        Value::Object(fields) => fields
            .values()
            .for_each(|value| collect(value, found, known)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

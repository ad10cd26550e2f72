//! Maelstrom's unique-ids workload: each request wants an id that no other one gets.

pub mod check;
pub mod finding;

use serde_json::Value;
use serde_json::value::RawValue;

use super::kept::kept;
use super::terms::Terms;
use super::{BadStored, ReadReply, Reply, Rpc, StoredReply, Unsaid, raw};
use crate::cluster::envelope::Envelope;
use crate::json;

const GENERATE: &str = "generate";
const ID: &str = "id";

/// How its sentences name what is asked.
pub const TERMS: Terms = Terms {
    one: "request for an id",
    many: "requests for ids",
    given: "asked for",
    done: "answered with an id",
    list: None,
};

/// An id, as a node gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueId(pub Value);

/// What ids have in common that are one to Maelstrom.
#[derive(Debug, PartialEq, Eq, Hash)]
pub enum IdKey<'a> {
    Text(&'a str),
    Other(String),
}

/// The type of a request.
pub fn request_type() -> &'static str {
    GENERATE
}

/// A request on the wire.
pub fn rpc() -> Rpc {
    Rpc {
        kind: GENERATE,
        payload: serde_json::json!({}),
    }
}

/// What a reply says.
///
/// # Errors
/// Why it does not say what was asked.
pub fn read(answer: &Envelope) -> Result<ReadReply, Unsaid> {
    if answer.kind != "generate_ok" {
        return Err(Unsaid::OtherType);
    }
    let id = answer.body.get(ID).ok_or(Unsaid::Lacks(ID))?;
    Ok(ReadReply {
        reply: Reply::Id(UniqueId::of(id.clone())),
        keys: &[ID],
    })
}

/// Whether a stored history has a request with this `f`.
///
/// # Errors
/// That it has not.
pub fn stored(function: &str) -> Result<(), BadStored> {
    let is_one = function == GENERATE;
    is_one.then_some(()).ok_or(BadStored::UnknownFunction)
}

/// The id that stands so in a stored history.
///
/// # Errors
/// Why it is none.
pub fn stored_reply(value: &RawValue) -> Result<UniqueId, BadStored> {
    Ok(UniqueId::of(serde_json::from_str(value.get())?))
}

impl UniqueId {
    /// Any JSON; of what is long the start.
    fn of(value: Value) -> Self {
        Self(kept(value))
    }

    /// How it stands in a stored history.
    pub fn stored(&self) -> StoredReply {
        StoredReply {
            value: Some(raw(&self.0)),
            ..StoredReply::default()
        }
    }

    /// What two ids have in common that are one to Maelstrom.
    pub fn key(&self) -> IdKey<'_> {
        match self.0.as_str() {
            Some(text) => IdKey::Text(text),
            None => IdKey::Other(json::key::of(&self.0)),
        }
    }

    /// The number that it is to a program that takes all numbers for doubles.
    pub fn as_double(&self) -> Option<f64> {
        self.0.as_number()?.as_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::workload::kept::LENGTH_MAX;

    #[test]
    fn a_long_id_is_kept_short_and_stays_one_of_its_own() {
        let long = |end: &str| UniqueId::of(Value::from("x".repeat(5000) + end));
        assert!(long("a").0.to_string().len() < LENGTH_MAX);
        assert_eq!(long("a"), long("a"));
        assert_ne!(long("a").key(), long("b").key());
        let again = stored_reply(&raw(&long("a").0)).unwrap();
        assert_eq!(again, long("a"), "what is stored comes back");
    }
}

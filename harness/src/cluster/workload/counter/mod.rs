//! Maelstrom's workloads g-counter and pn-counter: clients add to one number, and read it. A g-counter only
//! grows.

pub mod check;
pub mod finding;
pub mod settle;
pub mod sums;

use fastrand::Rng;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::terms::Terms;
use super::{BadStored, ReadReply, Reply, Rpc, StoredReply, Unsaid, raw};
use crate::cluster::envelope::Envelope;
use crate::number;

const ADD: &str = "add";
const READ: &str = "read";
const VALUE: &str = "value";

/// How its sentences name what is asked.
pub const TERMS: Terms = Terms {
    one: "add",
    many: "adds",
    given: "added",
    done: "acknowledged",
    list: None,
};

/// A request to a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterRequest {
    Add(i64),
    Read,
}

/// What a node replied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterReply {
    Added,
    Sum(i64),
}

/// Half of all requests add something from -5 to 4, half read. What would take from a counter that only
/// grows is not asked, so that a third of its requests add.
pub fn next(random: &mut Rng, only_grows: bool) -> CounterRequest {
    loop {
        if random.bool() {
            return CounterRequest::Read;
        }
        let delta = random.i64(-5..5);
        if delta >= 0 || !only_grows {
            return CounterRequest::Add(delta);
        }
    }
}

/// The type of a request.
pub fn request_type(request: CounterRequest) -> &'static str {
    match request {
        CounterRequest::Add(_) => ADD,
        CounterRequest::Read => READ,
    }
}

/// A request on the wire.
pub fn rpc(request: CounterRequest) -> Rpc {
    Rpc {
        kind: request_type(request),
        payload: match request {
            CounterRequest::Add(delta) => json!({"delta": delta}),
            CounterRequest::Read => json!({}),
        },
    }
}

/// What a reply says.
///
/// # Errors
/// Why it does not say what was asked.
pub fn read(request: CounterRequest, answer: &Envelope) -> Result<ReadReply, Unsaid> {
    let (reply, keys) = match (request, answer.kind.as_str()) {
        (CounterRequest::Add(_), "add_ok") => (CounterReply::Added, &[][..]),
        (CounterRequest::Read, "read_ok") => {
            let value = answer.body.get(VALUE).ok_or(Unsaid::Lacks(VALUE))?;
            let sum = integer(value).ok_or(Unsaid::NoInteger(VALUE))?;
            (CounterReply::Sum(sum), &[VALUE][..])
        }
        _ => return Err(Unsaid::OtherType),
    };
    let reply = Reply::Counter(reply);
    Ok(ReadReply { reply, keys })
}

/// An integer, however it is spelt. What has more than 64 bits is no sum of what clients add.
fn integer(value: &Value) -> Option<i64> {
    number::integer(value.as_number()?)?.parse().ok()
}

/// The same in a stored history.
fn stored_integer(value: &RawValue) -> Result<i64, BadStored> {
    // As nearly all are spelt.
    if let Ok(integer) = value.get().parse() {
        return Ok(integer);
    }
    let value = serde_json::from_str(value.get())?;
    integer(&value).ok_or_else(|| BadStored::other_form("an integer", &value))
}

/// The request with this `f` and this value in a stored history.
///
/// # Errors
/// Why it is none.
pub fn stored(function: &str, value: &RawValue) -> Result<CounterRequest, BadStored> {
    match function {
        ADD => Ok(CounterRequest::Add(stored_integer(value)?)),
        READ => Ok(CounterRequest::Read),
        _ => Err(BadStored::UnknownFunction),
    }
}

impl CounterRequest {
    /// Its value in a stored history.
    pub fn stored_value(self) -> Box<RawValue> {
        match self {
            Self::Add(delta) => raw(&delta),
            Self::Read => raw(&()),
        }
    }

    /// The reply that stands so in a stored history.
    ///
    /// # Errors
    /// Why it is none.
    pub fn stored_reply(self, value: &RawValue) -> Result<CounterReply, BadStored> {
        match self {
            Self::Add(_) => Ok(CounterReply::Added),
            Self::Read => Ok(CounterReply::Sum(stored_integer(value)?)),
        }
    }
}

impl CounterReply {
    /// How it stands in a stored history.
    pub fn stored(self) -> StoredReply {
        let sum = match self {
            Self::Added => None,
            Self::Sum(sum) => Some(sum),
        };
        StoredReply {
            value: sum.map(|sum| raw(&sum)),
            ..StoredReply::default()
        }
    }
}

#[cfg(test)]
mod tests;

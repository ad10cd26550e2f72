//! Maelstrom's workload lin-kv: clients read, write, and compare and set the values of keys, each of which is
//! to behave as one register.

pub mod check;
pub mod evidence;
pub mod explain;
pub mod figures;
pub mod finding;
pub mod generator;
pub mod lanes;
pub mod near;
pub mod words;

use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::kept::kept;
use super::terms::Terms;
use super::{BadStored, ReadReply, Reply, Rpc, StoredReply, Unsaid, raw};
use crate::cluster::envelope::Envelope;

const READ: &str = "read";
const WRITE: &str = "write";
const CAS: &str = "cas";
const VALUE: &str = "value";

/// How its sentences name what is asked.
pub const TERMS: Terms = Terms {
    one: "request",
    many: "requests",
    given: "asked for",
    done: "answered",
    list: None,
};

/// A request to a store. Keys and values are any JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinKvRequest {
    /// The key that it is about.
    pub key: Value,
    /// What is to be done with its value.
    pub wish: RegisterWish,
}

/// What is asked of one register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterWish {
    Read,
    Write(Value),
    /// If it is the first, set it to the second.
    Cas(Value, Value),
}

/// What a node replied, if that is no error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinKvReply {
    /// That it wrote or set it.
    Done,
    Value(Value),
}

/// A client that waits no longer asks the next thing: so long as Maelstrom's.
pub fn client_timeout(latency: Duration) -> Duration {
    const TIMEOUT_MIN: Duration = Duration::from_secs(1);
    latency.saturating_mul(10).max(TIMEOUT_MIN)
}

/// The type of a request.
pub fn request_type(request: &LinKvRequest) -> &'static str {
    match request.wish {
        RegisterWish::Read => READ,
        RegisterWish::Write(_) => WRITE,
        RegisterWish::Cas(..) => CAS,
    }
}

/// A request on the wire.
pub fn rpc(request: &LinKvRequest) -> Rpc {
    let key = &request.key;
    Rpc {
        kind: request_type(request),
        payload: match &request.wish {
            RegisterWish::Read => json!({"key": key}),
            RegisterWish::Write(value) => json!({"key": key, "value": value}),
            RegisterWish::Cas(from, to) => json!({"key": key, "from": from, "to": to}),
        },
    }
}

/// What a reply says.
///
/// # Errors
/// Why it does not say what was asked.
pub fn read(request: &LinKvRequest, answer: &Envelope) -> Result<ReadReply, Unsaid> {
    let (reply, keys) = match (&request.wish, answer.kind.as_str()) {
        (RegisterWish::Write(_), "write_ok") | (RegisterWish::Cas(..), "cas_ok") => {
            (LinKvReply::Done, &[][..])
        }
        (RegisterWish::Read, "read_ok") => {
            let value = answer.body.get(VALUE).ok_or(Unsaid::Lacks(VALUE))?;
            (LinKvReply::Value(kept(value.clone())), &[VALUE][..])
        }
        _ => return Err(Unsaid::OtherType),
    };
    let reply = Reply::LinKv(reply);
    Ok(ReadReply { reply, keys })
}

/// The request with this `f`, this key and this value in a stored history.
///
/// # Errors
/// Why it is none.
pub fn stored(function: &str, key: &RawValue, value: &RawValue) -> Result<LinKvRequest, BadStored> {
    let parsed = |value: &RawValue| serde_json::from_str(value.get()).map(kept);
    let wish = match function {
        READ => RegisterWish::Read,
        WRITE => RegisterWish::Write(parsed(value)?),
        CAS => {
            let value: Value = serde_json::from_str(value.get())?;
            let pair = value.as_array().map(Vec::as_slice);
            let Some([from, to]) = pair else {
                return Err(BadStored::other_form("a pair, as in [1,2]", &value));
            };
            RegisterWish::Cas(kept(from.clone()), kept(to.clone()))
        }
        _ => return Err(BadStored::UnknownFunction),
    };
    let key = parsed(key)?;
    Ok(LinKvRequest { key, wish })
}

impl LinKvRequest {
    /// Its key in a stored history.
    pub fn stored_key(&self) -> Box<RawValue> {
        raw(&self.key)
    }

    /// Its value in a stored history.
    pub fn stored_value(&self) -> Box<RawValue> {
        match &self.wish {
            RegisterWish::Read => raw(&()),
            RegisterWish::Write(value) => raw(value),
            RegisterWish::Cas(from, to) => raw(&(from, to)),
        }
    }

    /// The reply that stands so in a stored history.
    ///
    /// # Errors
    /// Why it is none.
    pub fn stored_reply(&self, value: &RawValue) -> Result<LinKvReply, BadStored> {
        match &self.wish {
            RegisterWish::Write(_) | RegisterWish::Cas(..) => Ok(LinKvReply::Done),
            RegisterWish::Read => {
                let value = serde_json::from_str(value.get())?;
                Ok(LinKvReply::Value(kept(value)))
            }
        }
    }
}

impl LinKvReply {
    /// How it stands in a stored history.
    pub fn stored(&self) -> StoredReply {
        let value = match self {
            Self::Done => None,
            Self::Value(value) => Some(raw(value)),
        };
        StoredReply {
            value,
            ..StoredReply::default()
        }
    }
}

#[cfg(test)]
mod tests;

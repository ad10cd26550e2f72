//! Maelstrom's broadcast workload: nodes are told their neighbors, clients broadcast values and read.

pub mod purpose;

use fastrand::Rng;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::terms::Terms;
use super::{BadStored, ReadReply, Reply, Rpc, Unsaid};
use crate::cluster::envelope::Envelope;
use crate::cluster::sets::{SetReply, SetRequest, Shown};
use crate::cluster::settings::Settings;

const BROADCAST: &str = "broadcast";
const READ: &str = "read";
const READ_OK: &str = "read_ok";

/// How its sentences name what is asked.
pub const TERMS: Terms = Terms {
    one: "broadcast",
    many: "broadcasts",
    given: "broadcast",
    done: "acknowledged",
    list: Some((READ_OK, MESSAGES)),
};

/// The key of what a read shows.
const MESSAGES: &str = "messages";

/// Each node is told the neighbors of all.
pub fn introduction(settings: &Settings) -> Rpc {
    Rpc {
        kind: "topology",
        payload: json!({"topology": settings.neighbors()}),
    }
}

/// Half of all requests broadcast a value that nobody broadcast before (0, 1, 2, …), half read.
pub fn next(random: &mut Rng, values: usize) -> SetRequest {
    if random.bool() {
        SetRequest::Add(values)
    } else {
        SetRequest::Read
    }
}

/// The type of a request.
pub fn request_type(request: SetRequest) -> &'static str {
    match request {
        SetRequest::Add(_) => BROADCAST,
        SetRequest::Read => READ,
    }
}

/// A request on the wire.
pub fn rpc(request: SetRequest) -> Rpc {
    Rpc {
        kind: request_type(request),
        payload: match request {
            SetRequest::Add(value) => json!({"message": value}),
            SetRequest::Read => json!({}),
        },
    }
}

/// What a reply says.
///
/// # Errors
/// Why it does not say what was asked.
pub fn read(request: SetRequest, answer: &Envelope, values: usize) -> Result<ReadReply, Unsaid> {
    match (request, answer.kind.as_str()) {
        (SetRequest::Add(_), "broadcast_ok") => Ok(ReadReply {
            reply: Reply::Set(SetReply::Added),
            keys: &[],
        }),
        (SetRequest::Read, READ_OK) => {
            let shown = match answer.body.get(MESSAGES) {
                Some(Value::Array(messages)) => Shown::of(messages, values),
                // Maelstrom takes it, and several languages write their empty list so.
                Some(Value::Null) => Shown::null(values),
                Some(_) => return Err(Unsaid::NoArray(MESSAGES)),
                None => return Err(Unsaid::Lacks(MESSAGES)),
            };
            Ok(ReadReply {
                reply: Reply::Set(SetReply::Shown(shown)),
                keys: &[MESSAGES],
            })
        }
        _ => Err(Unsaid::OtherType),
    }
}

/// The request with this `f` and this value in a stored history.
///
/// # Errors
/// Why it is none.
pub fn stored(function: &str, value: &RawValue) -> Result<SetRequest, BadStored> {
    match function {
        BROADCAST => Ok(SetRequest::Add(serde_json::from_str(value.get())?)),
        READ => Ok(SetRequest::Read),
        _ => Err(BadStored::UnknownFunction),
    }
}

#[cfg(test)]
mod tests;

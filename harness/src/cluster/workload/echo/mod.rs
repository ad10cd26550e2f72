//! Maelstrom's echo workload: a node sends back what a client sent.

pub mod check;
pub mod finding;

use fastrand::Rng;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::terms::Terms;
use super::{BadStored, ReadReply, Reply, Rpc, StoredReply, Unsaid, parsed, raw};
use crate::cluster::envelope::Envelope;

const ECHO: &str = "echo";

/// How much is kept of an echo that is not the right one, in characters.
const WRONG_MAX: usize = 1000;

/// How its sentences name what is asked.
pub const TERMS: Terms = Terms {
    one: "echo request",
    many: "echo requests",
    given: "sent",
    done: "answered with an echo",
    list: None,
};

/// Send this back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EchoRequest(pub String);

/// What a node sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EchoReply {
    Same,
    /// Something else; of what is long the start of its JSON, as a text.
    Other(Value),
}

/// A text with a number, which may come again.
pub fn next(random: &mut Rng) -> EchoRequest {
    EchoRequest(format!("Please echo {}", random.u8(..128)))
}

/// The type of a request.
pub fn request_type() -> &'static str {
    ECHO
}

/// A request on the wire.
pub fn rpc(request: &EchoRequest) -> Rpc {
    Rpc {
        kind: ECHO,
        payload: json!({ECHO: request.0}),
    }
}

/// What a reply says.
///
/// # Errors
/// Why it does not say what was asked.
pub fn read(request: &EchoRequest, answer: &Envelope) -> Result<ReadReply, Unsaid> {
    if answer.kind != "echo_ok" {
        return Err(Unsaid::OtherType);
    }
    let echo = answer.body.get(ECHO).ok_or(Unsaid::Lacks(ECHO))?;
    Ok(ReadReply {
        reply: Reply::Echo(reply(request, echo)),
        keys: &[ECHO],
    })
}

fn reply(request: &EchoRequest, echo: &Value) -> EchoReply {
    if echo.as_str() == Some(&request.0) {
        return EchoReply::Same;
    }
    let text = echo.to_string();
    EchoReply::Other(match text.char_indices().nth(WRONG_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => echo.clone(),
    })
}

/// The request with this `f` and this value in a stored history.
///
/// # Errors
/// Why it is none.
pub fn stored(function: &str, value: &RawValue) -> Result<EchoRequest, BadStored> {
    if function != ECHO {
        return Err(BadStored::UnknownFunction);
    }
    parsed(value, "a text").map(EchoRequest)
}

/// The reply that stands so in a stored history.
///
/// # Errors
/// Why it is none.
pub fn stored_reply(request: &EchoRequest, value: &RawValue) -> Result<EchoReply, BadStored> {
    Ok(reply(request, &serde_json::from_str(value.get())?))
}

impl EchoReply {
    /// How it stands in a stored history.
    pub fn stored(&self) -> StoredReply {
        let value = match self {
            Self::Same => None,
            Self::Other(value) => Some(value),
        };
        StoredReply {
            value: value.map(raw),
            ..StoredReply::default()
        }
    }
}

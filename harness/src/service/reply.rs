//! Replies of services, with Maelstrom's codes and texts.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::edn;
use super::kind::ServiceKind;
use super::value::StoredValue;
use crate::message::reply::cut;

/// What a service replies.
#[derive(Debug, Clone)]
pub enum ServiceReply {
    /// The value of a key.
    Value(StoredValue),
    Written,
    /// The key was what it had to be, and was set.
    Swapped,
    Timestamp(u64),
    /// The key does not exist.
    NoKey,
    /// The key is not what it had to be.
    Mismatch {
        current: Value,
        /// What it had to be.
        from: Value,
    },
    /// The service has no such request.
    UnknownType(String),
    /// The service holds as much as it may.
    Full,
    /// More replies wait for the node that asks than the harness holds.
    Busy,
}

/// The error codes that services use.
mod code {
    pub const NOT_SUPPORTED: u32 = 10;
    pub const TEMPORARILY_UNAVAILABLE: u32 = 11;
    pub const ABORT: u32 = 14;
    pub const KEY_DOES_NOT_EXIST: u32 = 20;
    pub const PRECONDITION_FAILED: u32 = 22;
}

#[derive(Serialize)]
struct ReplyMessage<'a> {
    src: &'static str,
    dest: &'a str,
    body: ReplyBody<'a>,
}

#[derive(Serialize)]
struct ReplyBody<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    in_reply_to: &'a Value,
}

impl ServiceReply {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Value(_) => "read_ok",
            Self::Written => "write_ok",
            Self::Swapped => "cas_ok",
            Self::Timestamp(_) => "ts_ok",
            Self::NoKey
            | Self::Mismatch { .. }
            | Self::UnknownType(_)
            | Self::Full
            | Self::Busy => "error",
        }
    }

    /// The message to a node whose request had this `msg_id`; as Maelstrom's, null where it had none.
    pub fn line(&self, service: ServiceKind, to: &str, msg_id: &Value) -> Vec<u8> {
        let (code, text) = self.error(service).unzip();
        let (mut value, mut ts) = (None, None);
        if let Self::Value(shown) = self {
            value = Some(&**shown);
        } else if let Self::Timestamp(number) = self {
            ts = Some(*number);
        }
        let message = ReplyMessage {
            src: service.name(),
            dest: to,
            body: ReplyBody {
                r#type: self.kind(),
                value,
                ts,
                code,
                text,
                in_reply_to: msg_id,
            },
        };
        // Strings, numbers and JSON: none of them refuses.
        serde_json::to_vec(&message).unwrap_or_default()
    }

    /// Its code and text, if it is an error.
    fn error(&self, service: ServiceKind) -> Option<(u32, String)> {
        let name = service.name();
        let (code, mut text) = match self {
            Self::Value(_) | Self::Written | Self::Swapped | Self::Timestamp(_) => return None,
            Self::NoKey => (code::KEY_DOES_NOT_EXIST, "key does not exist".to_owned()),
            Self::Mismatch { current, from } => {
                let from = match service {
                    ServiceKind::LwwKv => edn::joined(from),
                    ServiceKind::LinKv | ServiceKind::SeqKv | ServiceKind::LinTso => {
                        edn::printed(from)
                    }
                };
                let text = format!("current value {} is not {from}", edn::printed(current));
                (code::PRECONDITION_FAILED, text)
            }
            Self::UnknownType(kind) => (
                code::NOT_SUPPORTED,
                format!("{name} has no request of type {kind}"),
            ),
            Self::Full => (
                code::ABORT,
                format!("{name} is full: this harness lets it hold 64 MiB"),
            ),
            Self::Busy => (
                code::TEMPORARILY_UNAVAILABLE,
                format!("16 MiB of replies of {name} wait to be read"),
            ),
        };
        cut(&mut text);
        Some((code, text))
    }
}

//! Requests to logs and their replies in a stored history, as Jepsen has them.
//!
//! ```text
//! invoke send   [["send","7",3]]              ok  [["send","7",[1000,3]]]
//! invoke poll   [["poll",{"7":1000}]]         ok  [["poll",{"7":[[1000,3],[1001,5]]}]]
//! invoke commit {"7":1001}                    ok  {"7":1001}
//! invoke assign ["7","8"]                     ok  {"7":1001}
//! invoke crash  null                          (always info)
//! ```
//!
//! In a history of others a poll doesn't tell where it begins, and an `assign` ends with its list of keys;
//! one operation may have several sends and polls.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::wire::{messages, object, offsets};
use super::{KafkaMessage, KafkaReply, KafkaRequest, LogFunction, LogKey, Messages, integer};
use crate::cluster::workload::{BadStored, StoredReply, raw};

/// What values should be.
const OPERATIONS: &str = r#"a list of ["send", key, message] and ["poll"]"#;
const SENT: &str =
    r#"["send", key, [offset, message]] with the key and the message of the request"#;
const POLLED: &str = r#"["poll", {key: [[offset, message], …]}] with offsets of at most 64 bits"#;
const DONE: &str = "what each send and each poll of the request came to";
const OFFSETS: &str = "an object of integers";
const KEYS: &str = "a list of keys";

/// The request with this `f` and this value.
///
/// # Errors
/// Why it is none.
pub fn request(function: &str, value: &RawValue) -> Result<KafkaRequest, BadStored> {
    let function = match function {
        "send" => LogFunction::Send,
        "poll" => LogFunction::Poll,
        "txn" => LogFunction::Txn,
        "commit" => return Ok(KafkaRequest::Commit(read(value, OFFSETS, offsets)?)),
        "assign" => return Ok(KafkaRequest::Assign(read(value, KEYS, keys)?)),
        "crash" => return Ok(KafkaRequest::Crash),
        _ => return Err(BadStored::UnknownFunction),
    };
    let all =
        |value: &Value| -> Option<Vec<_>> { value.as_array()?.iter().map(operation).collect() };
    let mut all = read(value, OPERATIONS, all)?;
    match (&all[..], function) {
        ([KafkaRequest::Send { .. }], LogFunction::Send)
        | ([KafkaRequest::Poll(_)], LogFunction::Poll) => Ok(all.remove(0)),
        _ => Ok(KafkaRequest::Several { function, all }),
    }
}

fn read<T>(
    value: &RawValue,
    should_be: &str,
    form: impl Fn(&Value) -> Option<T>,
) -> Result<T, BadStored> {
    let value = serde_json::from_str(value.get())?;
    form(&value).ok_or_else(|| BadStored::other_form(should_be, &value))
}

fn operation(value: &Value) -> Option<KafkaRequest> {
    match value.as_array()?.as_slice() {
        [name, given, message] if name == "send" => Some(KafkaRequest::Send {
            key: key(given)?,
            message: KafkaMessage::of(message),
        }),
        [name] if name == "poll" => Some(KafkaRequest::Poll(None)),
        [name, from] if name == "poll" => Some(KafkaRequest::Poll(Some(offsets(from)?))),
        _ => None,
    }
}

/// Jepsen's keys are numbers, and names of objects where they are those.
fn key(value: &Value) -> Option<LogKey> {
    match value {
        Value::String(text) => Some(text.as_str().into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn keys(value: &Value) -> Option<Vec<LogKey>> {
    value.as_array()?.iter().map(key).collect()
}

impl KafkaRequest {
    pub fn stored_value(&self) -> Box<RawValue> {
        match self {
            Self::Send { .. } | Self::Poll(_) => raw(&json!([self.operation()])),
            Self::Several { all, .. } => {
                let all: Value = all.iter().map(Self::operation).collect();
                raw(&all)
            }
            Self::Commit(offsets) => raw(&object(offsets)),
            Self::Assign(keys) => raw(&keys.iter().map(|key| &**key).collect::<Vec<_>>()),
            Self::Crash => raw(&()),
        }
    }

    fn operation(&self) -> Value {
        match self {
            Self::Send { key, message } => json!(["send", **key, message.to_json()]),
            Self::Poll(Some(from)) => json!(["poll", object(from)]),
            Self::Poll(None) => json!(["poll"]),
            Self::Commit(_) | Self::Assign(_) | Self::Crash | Self::Several { .. } => Value::Null,
        }
    }

    /// The reply that stands so.
    ///
    /// # Errors
    /// Why it is none.
    pub fn stored_reply(&self, value: &RawValue) -> Result<KafkaReply, BadStored> {
        let one = |value: &Value| match value.as_array()?.as_slice() {
            [one] => self.done(one),
            _ => None,
        };
        match self {
            Self::Send { .. } => read(value, SENT, one),
            Self::Poll(_) => read(value, POLLED, one),
            Self::Commit(_) => Ok(KafkaReply::Committed),
            Self::Assign(_) => read(value, OFFSETS, |value| {
                let is_told = !matches!(value, Value::Array(_) | Value::Null);
                let offsets = if is_told { Some(offsets(value)?) } else { None };
                Some(KafkaReply::Assigned(offsets))
            }),
            Self::Crash => Err(BadStored::UnknownFunction),
            Self::Several { all, .. } => read(value, DONE, |value| {
                let done = value.as_array().filter(|done| done.len() == all.len())?;
                let done = all.iter().zip(done).map(|(asked, done)| asked.done(done));
                Some(KafkaReply::Several(done.collect::<Option<_>>()?))
            }),
        }
    }

    /// What a send or a poll came to; `None`: that is something else.
    fn done(&self, value: &Value) -> Option<KafkaReply> {
        match (self, value.as_array()?.as_slice()) {
            (
                Self::Send {
                    key: asked,
                    message,
                },
                [name, told, value],
            ) if name == "send" && key(told)? == *asked => sent(value, message),
            (Self::Poll(_), [name]) if name == "poll" => Some(KafkaReply::Polled(Messages::new())),
            (Self::Poll(_), [name, told]) if name == "poll" => {
                messages(told).map(KafkaReply::Polled)
            }
            _ => None,
        }
    }
}

/// What became of a send: its message by itself, or with its offset.
fn sent(told: &Value, message: &KafkaMessage) -> Option<KafkaReply> {
    if KafkaMessage::of(told) == *message {
        return Some(KafkaReply::Sent(None));
    }
    match told.as_array()?.as_slice() {
        [Value::Null, told] if KafkaMessage::of(told) == *message => Some(KafkaReply::Sent(None)),
        [offset, told] if KafkaMessage::of(told) == *message => {
            Some(KafkaReply::Sent(Some(integer(offset)?)))
        }
        _ => None,
    }
}

impl KafkaReply {
    /// How it stands there; `asked`: the request to which it is one.
    pub fn stored(&self, asked: &KafkaRequest) -> StoredReply {
        let value = match (self, asked) {
            (Self::Several(done), KafkaRequest::Several { all, .. }) => {
                let done = done.iter().zip(all);
                let done: Value = done.map(|(done, asked)| done.operation(asked)).collect();
                Some(done)
            }
            (Self::Sent(_) | Self::Polled(_), _) => Some(json!([self.operation(asked)])),
            (Self::Assigned(Some(offsets)), _) => Some(object(offsets)),
            (Self::Committed | Self::Assigned(None) | Self::Several(_), _) => None,
        };
        StoredReply {
            value: value.map(|value| raw(&value)),
            ..StoredReply::default()
        }
    }

    fn operation(&self, asked: &KafkaRequest) -> Value {
        match (self, asked) {
            (Self::Sent(offset), KafkaRequest::Send { key, message }) => {
                json!(["send", **key, [offset, message.to_json()]])
            }
            (Self::Polled(messages), _) => {
                let lists = messages.iter().map(|(key, list)| {
                    let list = list.iter();
                    let list: Value = list
                        .map(|(offset, message)| json!([offset, message.to_json()]))
                        .collect();
                    (key.to_string(), list)
                });
                json!(["poll", lists.collect::<serde_json::Map<_, _>>()])
            }
            (Self::Sent(_) | Self::Committed | Self::Assigned(_) | Self::Several(_), _) => {
                Value::Null
            }
        }
    }
}

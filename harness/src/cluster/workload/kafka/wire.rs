//! Requests to logs and their replies on the wire.

use serde_json::{Map, Value, json};

use super::{KafkaMessage, KafkaReply, KafkaRequest, LogFunction, Messages, Offsets, integer};
use crate::cluster::envelope::Envelope;
use crate::cluster::workload::{ReadReply, Reply, Rpc, Unsaid};

const OFFSET: &str = "offset";
const OFFSETS: &str = "offsets";
const MSGS: &str = "msgs";

/// What else values should be, in words.
const LISTS: &str = "object of lists of [offset, message]";
const INTEGERS: &str = "object of integers of at most 64 bits";

/// The type of a request.
pub fn request_type(request: &KafkaRequest) -> &'static str {
    match request {
        KafkaRequest::Send { .. } => "send",
        KafkaRequest::Poll(_) => "poll",
        KafkaRequest::Commit(_) => "commit_offsets",
        KafkaRequest::Assign(_) => "list_committed_offsets",
        KafkaRequest::Crash => "crash",
        KafkaRequest::Several { .. } => LogFunction::Txn.name(),
    }
}

/// A request on the wire.
pub fn rpc(request: &KafkaRequest) -> Rpc {
    let payload = match request {
        KafkaRequest::Send { key, message } => json!({"key": **key, "msg": message.to_json()}),
        KafkaRequest::Poll(offsets) => {
            json!({ OFFSETS: offsets.as_ref().map_or_else(Value::default, object) })
        }
        KafkaRequest::Commit(offsets) => json!({ OFFSETS: object(offsets) }),
        KafkaRequest::Assign(keys) => {
            let keys: Value = keys.iter().map(|key| &**key).collect();
            json!({"keys": keys})
        }
        // Neither is ever sent.
        KafkaRequest::Crash | KafkaRequest::Several { .. } => json!({}),
    };
    let kind = request_type(request);
    Rpc { kind, payload }
}

/// Offsets as JSON.
pub fn object(offsets: &Offsets) -> Value {
    let fields = offsets.iter();
    let fields: Map<_, _> = fields
        .map(|(key, offset)| (key.to_string(), (*offset).into()))
        .collect();
    fields.into()
}

/// What a reply says.
///
/// # Errors
/// Why it does not say what was asked.
pub fn read(request: &KafkaRequest, answer: &Envelope) -> Result<ReadReply, Unsaid> {
    let value = |key| answer.body.get(key).ok_or(Unsaid::Lacks(key));
    let (reply, keys) = match (request, answer.kind.as_str()) {
        (KafkaRequest::Send { .. }, "send_ok") => {
            let offset = integer(value(OFFSET)?).ok_or(Unsaid::NoInteger(OFFSET))?;
            (KafkaReply::Sent(Some(offset)), &[OFFSET][..])
        }
        (KafkaRequest::Poll(_), "poll_ok") => {
            let messages = messages(value(MSGS)?).ok_or(Unsaid::OtherForm(MSGS, LISTS))?;
            (KafkaReply::Polled(messages), &[MSGS][..])
        }
        (KafkaRequest::Commit(_), "commit_offsets_ok") => (KafkaReply::Committed, &[][..]),
        (KafkaRequest::Assign(_), "list_committed_offsets_ok") => {
            let offsets = offsets(value(OFFSETS)?).ok_or(Unsaid::OtherForm(OFFSETS, INTEGERS))?;
            (KafkaReply::Assigned(Some(offsets)), &[OFFSETS][..])
        }
        _ => return Err(Unsaid::OtherType),
    };
    let reply = Reply::Kafka(reply);
    Ok(ReadReply { reply, keys })
}

/// Offsets from JSON; `None`: it is something else.
pub fn offsets(value: &Value) -> Option<Offsets> {
    let all = value.as_object()?.iter();
    all.map(|(key, offset)| Some((key.as_str().into(), integer(offset)?)))
        .collect()
}

/// Messages from JSON; `None`: it is something else. `null` is the empty list of some languages.
pub fn messages(value: &Value) -> Option<Messages> {
    let all = value.as_object()?.iter();
    all.map(|(key, list)| {
        let list = if list.is_null() {
            Vec::new()
        } else {
            list.as_array()?.iter().map(pair).collect::<Option<_>>()?
        };
        Some((key.as_str().into(), list))
    })
    .collect()
}

fn pair(value: &Value) -> Option<(i64, KafkaMessage)> {
    match value.as_array()?.as_slice() {
        [offset, message] => Some((integer(offset)?, KafkaMessage::of(message))),
        _ => None,
    }
}

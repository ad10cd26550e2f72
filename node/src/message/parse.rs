//! A line becomes a message, or the reason why it is none.
//!
//! What can't be answered (no sender, no type, an odd `msg_id`) is an error of
//! the line. What can be answered, but not with what was asked for, is a
//! [`Request`] that says so. What becomes of either is decided elsewhere.

mod error;
mod quick;

use std::collections::BTreeMap;
use std::str;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Batch, Body, ErrorCode, Incoming, Init, MsgId, NodeId, Request, Route, Topology};
use crate::gossip::{Prefix, Summary};
use crate::value::Value;
pub use error::{FieldError, LineError, excerpt};

/// How many characters of a wrong field an error shows.
const FOUND_CHARACTERS_MAX: usize = 40;

/// Reads one line, with or without its line break.
pub fn parse(line: &[u8]) -> Result<Incoming, LineError> {
    let text = str::from_utf8(line).map_err(LineError::NotUtf8)?;
    match quick::parse(text) {
        Some(message) => Ok(message),
        None => parse_anything(text),
    }
}

fn parse_anything(text: &str) -> Result<Incoming, LineError> {
    let envelope = Fields::read("", text).map_err(LineError::NotAnObject)?;
    let body: &RawValue = envelope.required("body", "an object")?;
    let body =
        Fields::read("body.", body.get()).map_err(|_| envelope.mismatch("body", "an object"))?;
    Ok(Incoming {
        src: envelope.name("src")?,
        dest: envelope.name("dest")?,
        body: parse_body(&body)?,
    })
}

fn parse_body(body: &Fields<'_>) -> Result<Body, FieldError> {
    let kind: String = body.required("type", "a string")?;
    let msg_id = body.msg_id()?;
    let in_reply_to = body.present("in_reply_to");
    if in_reply_to.is_none() && !is_reply(&kind) {
        let request =
            parse_request(&kind, body).unwrap_or_else(|error| Request::Malformed { kind, error });
        return Ok(Body::Request { msg_id, request });
    }
    if kind == "error" && body.code() == Some(ErrorCode::NotSupported as u64) {
        return Ok(Body::NotSupported);
    }
    match in_reply_to.and_then(|id| id.get().parse().ok()) {
        Some(in_reply_to) if kind == "broadcast_ack" => Ok(Body::BroadcastAck { in_reply_to }),
        _ => Ok(Body::OtherReply),
    }
}

/// Whether a message of this type is a reply even if it doesn't say to what.
fn is_reply(kind: &str) -> bool {
    kind == "error" || kind == "broadcast_ack" || kind.ends_with("_ok")
}

fn parse_request(kind: &str, body: &Fields<'_>) -> Result<Request, FieldError> {
    Ok(match kind {
        "init" => Request::Init(Init {
            node_id: body.name("node_id")?,
            node_ids: body.names("node_ids")?,
        }),
        "topology" => Request::Topology(body.topology()?),
        "broadcast" => Request::Broadcast {
            message: body.value("message")?,
            route: body.route()?,
        },
        "batch" => Request::Batch(Batch {
            messages: body.values("messages")?,
            route: body.route()?,
            acks: body.integers("acks")?,
        }),
        "gossip" => Request::Gossip {
            ranges: body.summaries("ranges")?,
        },
        "gossip_have" => Request::GossipHave {
            prefix: body.prefix("prefix")?,
            hashes: body.hashes("hashes")?,
        },
        "gossip_want" => Request::GossipWant {
            hashes: body.hashes("hashes")?,
        },
        "read" => Request::Read,
        "tree_info" => Request::TreeInfo,
        "check_acks" => Request::CheckAcks,
        "failure_stats" => Request::FailureStats,
        _ => Request::Unknown {
            kind: kind.to_owned(),
        },
    })
}

/// The fields of an object, not taken apart yet. Of a key that is there twice
/// the last one counts.
struct Fields<'a> {
    /// What stands before a field's name in errors.
    prefix: &'static str,
    fields: BTreeMap<String, &'a RawValue>,
}

impl<'a> Fields<'a> {
    fn read(prefix: &'static str, text: &'a str) -> Result<Self, serde_json::Error> {
        let fields = serde_json::from_str(text)?;
        Ok(Self { prefix, fields })
    }

    fn required<T: Deserialize<'a>>(
        &self,
        name: &str,
        expected: &'static str,
    ) -> Result<T, FieldError> {
        let raw = self.get(name)?;
        serde_json::from_str(raw.get()).map_err(|_| self.mismatch(name, expected))
    }

    fn get(&self, name: &str) -> Result<&'a RawValue, FieldError> {
        let missing = || FieldError::Missing {
            path: self.path(name),
        };
        self.fields.get(name).copied().ok_or_else(missing)
    }

    /// The field unless it is missing or `null`.
    fn present(&self, name: &str) -> Option<&'a RawValue> {
        self.fields
            .get(name)
            .copied()
            .filter(|raw| raw.get() != "null")
    }

    fn name(&self, name: &str) -> Result<NodeId, FieldError> {
        Ok(NodeId::from(
            self.required::<String>(name, "a string")?.as_str(),
        ))
    }

    fn names(&self, name: &str) -> Result<Vec<NodeId>, FieldError> {
        Ok(node_ids(
            &self.required::<Vec<String>>(name, "an array of strings")?,
        ))
    }

    fn topology(&self) -> Result<Topology, FieldError> {
        let topology: BTreeMap<String, Vec<String>> =
            self.required("topology", "an object of arrays of strings")?;
        let entry = |(node, neighbors): (&String, &Vec<String>)| {
            (NodeId::from(node.as_str()), node_ids(neighbors))
        };
        Ok(topology.iter().map(entry).collect())
    }

    fn value(&self, name: &str) -> Result<Value, FieldError> {
        self.read_value(name, self.get(name)?)
    }

    /// No values if the field is missing.
    fn values(&self, name: &str) -> Result<Vec<Value>, FieldError> {
        if !self.fields.contains_key(name) {
            return Ok(Vec::new());
        }
        let values: Vec<&RawValue> = self.required(name, "an array")?;
        let value = |raw| self.read_value(name, raw);
        values.into_iter().map(value).collect()
    }

    /// A value that stands in a field.
    fn read_value(&self, name: &str, raw: &RawValue) -> Result<Value, FieldError> {
        Value::from_json(raw.get()).map_err(|error| FieldError::Value {
            path: self.path(name),
            reason: error.to_string(),
        })
    }

    /// No integers if the field is missing.
    fn integers(&self, name: &str) -> Result<Vec<u64>, FieldError> {
        if !self.fields.contains_key(name) {
            return Ok(Vec::new());
        }
        self.required(name, "an array of integers")
    }

    fn summaries(&self, name: &str) -> Result<Vec<Summary>, FieldError> {
        let expected = "an array of [prefix, count, sum]";
        let ranges: Vec<(String, usize, String)> = self.required(name, expected)?;
        let summary = |(prefix, count, sum): &(String, usize, String)| {
            Some(Summary {
                prefix: Prefix::parse(prefix)?,
                count: *count,
                sum: u64::from_str_radix(sum, 16).ok()?,
            })
        };
        let summaries: Option<_> = ranges.iter().map(summary).collect();
        summaries.ok_or_else(|| self.mismatch(name, expected))
    }

    fn prefix(&self, name: &str) -> Result<Prefix, FieldError> {
        let expected = "up to 16 hexadecimal digits";
        let digits: String = self.required(name, expected)?;
        Prefix::parse(&digits).ok_or_else(|| self.mismatch(name, expected))
    }

    fn hashes(&self, name: &str) -> Result<Vec<u64>, FieldError> {
        let expected = "an array of hexadecimal numbers";
        let texts: Vec<String> = self.required(name, expected)?;
        let hash = |text: &String| u64::from_str_radix(text, 16).ok();
        let hashes: Option<_> = texts.iter().map(hash).collect();
        hashes.ok_or_else(|| self.mismatch(name, expected))
    }

    fn route(&self) -> Result<Route, FieldError> {
        Ok(Route::new(self.flag("direct")?, self.flag("repair")?))
    }

    /// A flag is down if it is missing, but it is never `null`.
    fn flag(&self, name: &str) -> Result<bool, FieldError> {
        if self.fields.contains_key(name) {
            self.required(name, "a boolean")
        } else {
            Ok(false)
        }
    }

    fn msg_id(&self) -> Result<Option<MsgId>, FieldError> {
        let Some(raw) = self.present("msg_id") else {
            return Ok(None);
        };
        let digits = raw.get().strip_prefix('-').unwrap_or(raw.get());
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Some(MsgId::from(raw.get())))
        } else {
            Err(self.mismatch("msg_id", "an integer"))
        }
    }

    /// The code of an error, if it has one that makes sense.
    fn code(&self) -> Option<u64> {
        self.present("code")?.get().parse().ok()
    }

    fn mismatch(&self, name: &str, expected: &'static str) -> FieldError {
        let found = self.fields.get(name).map_or("", |raw| raw.get());
        let found = excerpt(found.as_bytes(), FOUND_CHARACTERS_MAX);
        FieldError::Mismatch {
            path: self.path(name),
            expected,
            found,
        }
    }

    fn path(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

fn node_ids(names: &[String]) -> Vec<NodeId> {
    names
        .iter()
        .map(|name| NodeId::from(name.as_str()))
        .collect()
}

#[cfg(test)]
mod tests;

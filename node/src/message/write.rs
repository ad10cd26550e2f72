//! A message becomes a line, spaced and ordered as the course's samples are.
//!
//! It only writes: numbers and recipients were decided before. The lines that go out by the
//! million are put together from pieces; `format!` would take longer than all the rest.

use std::fmt::{Display, Formatter, Result, Write};

use super::{MsgId, NodeId, Outgoing, Payload, Route};
use crate::gossip::Summary;
use crate::value::Value;

impl Display for Outgoing {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.write(f)
    }
}

impl Outgoing {
    /// Writes the line, without a line break.
    pub fn write(&self, out: &mut impl Write) -> Result {
        out.write_str(r#"{"src": "#)?;
        write_quoted(out, &self.src.0)?;
        out.write_str(r#", "dest": "#)?;
        write_quoted(out, &self.dest.0)?;
        out.write_str(r#", "body": {"type": ""#)?;
        out.write_str(self.payload.kind())?;
        out.write_str("\"")?;
        self.payload.write_fields(out)?;
        if let Some(MsgId(request)) = &self.in_reply_to {
            out.write_str(r#", "in_reply_to": "#)?;
            out.write_str(request)?;
        }
        out.write_str(r#", "msg_id": "#)?;
        out.write_str(itoa::Buffer::new().format(self.msg_id))?;
        out.write_str("}}")
    }
}

impl Payload {
    fn kind(&self) -> &'static str {
        match self {
            Self::Broadcast { .. } => "broadcast",
            Self::Batch { .. } => "batch",
            Self::Gossip { .. } => "gossip",
            Self::GossipHave { .. } => "gossip_have",
            Self::GossipWant { .. } => "gossip_want",
            Self::InitOk => "init_ok",
            Self::TopologyOk => "topology_ok",
            Self::BroadcastOk => "broadcast_ok",
            Self::BroadcastAck => "broadcast_ack",
            Self::ReadOk { .. } => "read_ok",
            Self::TreeInfoOk { .. } => "tree_info_ok",
            Self::CheckAcksOk { .. } => "check_acks_ok",
            Self::FailureStatsOk { .. } => "failure_stats_ok",
            Self::Error { .. } => "error",
        }
    }

    /// Writes what stands between `type` and `in_reply_to`.
    fn write_fields(&self, f: &mut impl Write) -> Result {
        match self {
            Self::InitOk | Self::TopologyOk | Self::BroadcastOk | Self::BroadcastAck => Ok(()),
            Self::Broadcast { message, route } => {
                f.write_str(r#", "message": "#)?;
                f.write_str(message.as_json())?;
                write_route(f, *route)
            }
            Self::Batch {
                messages,
                route,
                acks,
            } => write_batch(f, messages, *route, acks),
            Self::Gossip { ranges } => array(f, "ranges", ranges.iter().map(Range)),
            Self::GossipHave { prefix, hashes } => {
                field(f, "prefix", Quoted(&prefix.to_string()))?;
                array(f, "hashes", hashes.iter().map(|hash| Hash(*hash)))
            }
            Self::GossipWant { hashes } => {
                array(f, "hashes", hashes.iter().map(|hash| Hash(*hash)))
            }
            Self::ReadOk { messages } => json_array(f, "messages", messages.iter()),
            Self::TreeInfoOk {
                neighbors,
                message_count,
            } => {
                array(
                    f,
                    "neighbors",
                    neighbors.iter().map(|NodeId(name)| Quoted(name)),
                )?;
                field(f, "message_count", message_count)
            }
            Self::CheckAcksOk {
                pending,
                timed_out,
                direct_sent,
            } => {
                field(f, "pending", pending)?;
                field(f, "timed_out", timed_out)?;
                field(f, "direct_sent", direct_sent)
            }
            Self::FailureStatsOk {
                total_failures,
                direct_deliveries,
            } => {
                field(f, "total_failures", total_failures)?;
                field(f, "direct_deliveries", direct_deliveries)
            }
            Self::Error { code, text } => {
                field(f, "code", *code as u8)?;
                field(f, "text", Quoted(text))
            }
        }
    }
}

/// What is not there isn't mentioned.
fn write_batch(f: &mut impl Write, messages: &[Value], route: Route, acks: &[MsgId]) -> Result {
    if !messages.is_empty() {
        json_array(f, "messages", messages.iter().map(Value::as_json))?;
    }
    write_route(f, route)?;
    if !acks.is_empty() {
        array(f, "acks", acks.iter())?;
    }
    Ok(())
}

/// A repair is direct for those who know nothing of repairs.
fn write_route(f: &mut impl Write, route: Route) -> Result {
    if route != Route::Tree {
        field(f, "direct", true)?;
    }
    if route == Route::Repair {
        field(f, "repair", true)?;
    }
    Ok(())
}

/// `["3f", 2, "00…"]`
struct Range<'a>(&'a Summary);

impl Display for Range<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Summary { prefix, count, sum } = self.0;
        let prefix = prefix.to_string();
        write!(f, "[{}, {count}, {}]", Quoted(&prefix), Hash(*sum))
    }
}

/// As a string: a number of JSON may lose its last digits on its way through other programs.
struct Hash(u64);

impl Display for Hash {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "\"{:016x}\"", self.0)
    }
}

/// Writes a text as a JSON string.
fn write_quoted(f: &mut impl Write, text: &str) -> Result {
    if text
        .bytes()
        .any(|byte| matches!(byte, b'"' | b'\\' | ..0x20))
    {
        return write!(f, "{}", serde_json::Value::from(text));
    }
    f.write_str("\"")?;
    f.write_str(text)?;
    f.write_str("\"")
}

/// A text as a JSON string.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write_quoted(f, self.0)
    }
}

fn field(f: &mut impl Write, name: &str, json: impl Display) -> Result {
    write!(f, r#", "{name}": {json}"#)
}

fn array(f: &mut impl Write, name: &str, items: impl Iterator<Item = impl Display>) -> Result {
    write!(f, r#", "{name}": ["#)?;
    for (index, item) in items.enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(f, "{separator}{item}")?;
    }
    f.write_str("]")
}

/// As [`array`], of texts that are JSON.
fn json_array<'a>(f: &mut impl Write, name: &str, items: impl Iterator<Item = &'a str>) -> Result {
    write!(f, r#", "{name}": ["#)?;
    for (index, item) in items.enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        f.write_str(item)?;
    }
    f.write_str("]")
}

#[cfg(test)]
mod tests;

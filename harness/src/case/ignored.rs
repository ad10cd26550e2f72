//! `@ignore`: the types of background messages, such as heartbeats, that are no part of the comparison. Pure.
//!
//! Such a message is still one of the node's: it is held to the protocol, and shown in the picture of a failure.

use std::collections::BTreeSet;

use memchr::{memchr, memmem};
use serde_json::Value;

use super::InputMessage;
use crate::json;
use crate::message;

/// Types whose absence or presence no case may leave open: every node answers `init`, and an error may be the
/// answer to anything.
const NEVER: [&str; 3] = ["init", "init_ok", "error"];

/// The types of messages that aren't compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IgnoredTypes(BTreeSet<String>);

impl IgnoredTypes {
    /// Adds a type.
    ///
    /// # Errors
    /// What should stand there instead.
    pub fn add(&mut self, kind: &str) -> Result<(), &'static str> {
        let is_foreign =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '"' | '\'' | '<');
        if kind.is_empty() || kind.contains(is_foreign) {
            return Err("types of messages, as in `gossip heartbeat`");
        }
        if NEVER.contains(&kind) {
            return Err(
                "types of background messages (every node owes `init_ok`, and `error` may answer anything)",
            );
        }
        if self.0.insert(kind.to_owned()) {
            Ok(())
        } else {
            Err("each type once")
        }
    }

    /// Whether all messages are compared.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The types, with spaces between them.
    pub fn names(&self) -> String {
        let names: Vec<_> = self.0.iter().map(String::as_str).collect();
        names.join(" ")
    }

    /// Whether a message is of one of these types.
    pub fn has(&self, message: &Value) -> bool {
        !self.is_empty() && message::kind(message).is_some_and(|kind| self.0.contains(kind))
    }

    /// Whether a line is such a message.
    pub fn has_line(&self, line: &[u8]) -> bool {
        let names = |kind: &String| memmem::find(line, kind.as_bytes()).is_some();
        // A type may be written with escapes. Most lines are none of these, and it costs more to read them.
        let may_be = self.0.iter().any(names) || memchr(b'\\', line).is_some();
        !self.is_empty() && may_be && json::read(line).is_ok_and(|message| self.has(&message))
    }

    /// Whether the usual reply to a request is of one of these types.
    pub fn has_reply_to(&self, request: &InputMessage) -> bool {
        self.0.contains(&format!("{}_ok", request.kind()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_known_by_their_type_however_it_is_written() {
        let mut ignored = IgnoredTypes::default();
        assert!(!ignored.has_line(br#"{"body":{"type":"gossip"}}"#));
        ignored.add("gossip").unwrap();
        for line in [
            r#"{"src":"n1","dest":"n2","body":{"type":"gossip"}}"#,
            r#"{"type":"gossip"}"#,
            r#"{"body":{"type":"\u0067ossip"}}"#,
        ] {
            assert!(ignored.has_line(line.as_bytes()), "{line}");
        }
        for line in [
            r#"{"body":{"type":"gossip_ok"}}"#,
            r#"{"body":{"type":"echo","echo":"gossip"}}"#,
            r#"{"type":"gossip","body":{}}"#,
            "gossip",
            "",
        ] {
            assert!(!ignored.has_line(line.as_bytes()), "{line}");
        }
    }
}

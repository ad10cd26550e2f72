//! A node's line as a message: who, to whom, what, and which values of clients are in it.
//!
//! What breaks the rules of the protocol is a [`Rule`]. Which numbers in a message between nodes are
//! values is a guess, for nodes speak among themselves as they like: what stands under `message`,
//! `messages`, `value`, `values`, `element` or `elements`, or, where a body has none of these, every number that doesn't
//! stand under a key that names something else. Only explanations and the true time to the last node
//! rest on it; no verdict does.

use serde_json::{Map, Value};

use crate::message::malformed::{self, Allowed};
use crate::message::rule::Rule;
use crate::{json, number};

/// A message that keeps the rules, as far as it alone can.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Its `src`.
    pub source: String,
    /// Its `dest`.
    pub destination: String,
    /// Its `body.type`.
    pub kind: String,
    /// Its `body`.
    pub body: Map<String, Value>,
    /// Whether it has an `id` already, as messages that Maelstrom delivers have.
    pub has_id: bool,
}

/// Under these keys stand values.
const VALUE_KEYS: [&str; 6] = [
    "message", "messages", "value", "values", "element", "elements",
];

/// Under these stands something else.
const OTHER_KEYS: [&str; 12] = [
    "type",
    "msg_id",
    "in_reply_to",
    "id",
    "ids",
    "ack",
    "acks",
    "count",
    "hash",
    "hashes",
    "ranges",
    "time",
];

/// Reads a line.
///
/// # Errors
/// The rule that it breaks.
pub fn read(line: &[u8]) -> Result<Envelope, Rule> {
    read_allowing(&Allowed::default(), line)
}

/// Reads a line. `allowed`: what it may be though Maelstrom would refuse it.
///
/// # Errors
/// The rule that it breaks.
pub fn read_allowing(allowed: &Allowed, line: &[u8]) -> Result<Envelope, Rule> {
    let message = json::read(line).map_err(|error| Rule::NotJson {
        reason: error.to_string(),
    })?;
    let malformed = malformed::of(line, &message, allowed);
    let Value::Object(mut message) = message else {
        return Err(Rule::Lacks { field: "" });
    };
    let source = text(&message, "src").ok_or(Rule::Lacks { field: "src" })?;
    let destination = text(&message, "dest").ok_or(Rule::Lacks { field: "dest" })?;
    let Some(Value::Object(body)) = message.get_mut("body").map(Value::take) else {
        return Err(Rule::Lacks { field: "body" });
    };
    let kind = text(&body, "type").ok_or(Rule::Lacks { field: "body.type" })?;
    if let Some(malformed) = malformed {
        return Err(Rule::Malformed(malformed));
    }
    Ok(Envelope {
        source,
        destination,
        kind,
        body,
        has_id: message.contains_key("id"),
    })
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key)?.as_str().map(str::to_owned)
}

impl Envelope {
    /// The `msg_id` of the request that it answers, if that is a number that the harness gives.
    pub fn in_reply_to(&self) -> Option<u64> {
        let number = self.body.get("in_reply_to")?.as_number()?;
        number::integer(number)?.parse().ok()
    }

    /// The numbers below `count` in it that look like values of clients.
    pub fn values(&self, count: usize) -> Vec<usize> {
        let mut values = Vec::new();
        let named = VALUE_KEYS.iter().filter_map(|key| self.body.get(*key));
        let mut is_named = false;
        for value in named {
            is_named = true;
            collect(value, count, &mut values);
        }
        if !is_named {
            collect_unnamed(&self.body, count, &mut values);
        }
        values.sort_unstable();
        values.dedup();
        values
    }
}

fn collect_unnamed(body: &Map<String, Value>, count: usize, values: &mut Vec<usize>) {
    let others = body
        .iter()
        .filter(|(key, _)| !OTHER_KEYS.contains(&key.as_str()));
    for (_, value) in others {
        collect(value, count, values);
    }
}

fn collect(value: &Value, count: usize, values: &mut Vec<usize>) {
    match value {
        Value::Number(number) => {
            let number = number
                .as_u64()
                .and_then(|number| usize::try_from(number).ok());
            values.extend(number.filter(|number| *number < count));
        }
        Value::Array(elements) => {
            for element in elements {
                collect(element, count, values);
            }
        }
        Value::Object(fields) => collect_unnamed(fields, count, values),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::malformed::Malformed;

    fn body(text: &str) -> Envelope {
        let line = format!(r#"{{"src":"n0","dest":"n1","body":{text}}}"#);
        read(line.as_bytes()).unwrap()
    }

    #[test]
    fn values_are_found_where_they_stand() {
        for (text, values) in [
            (r#"{"type":"broadcast","message":3,"msg_id":1}"#, vec![3]),
            (
                r#"{"type":"batch","messages":[4,2,4],"acks":[1]}"#,
                vec![2, 4],
            ),
            (
                r#"{"type":"sync","seen":[[1,2],{"a":[3]}],"msg_id":0}"#,
                vec![1, 2, 3],
            ),
            (
                r#"{"type":"gossip","ranges":[["",2,"ff"]],"msg_id":0}"#,
                vec![],
            ),
            (r#"{"type":"x","messages":[],"n":5}"#, vec![]),
            (r#"{"type":"x","message":10}"#, vec![]),
            (r#"{"type":"x","message":-1}"#, vec![]),
        ] {
            assert_eq!(body(text).values(10), values, "{text}");
        }
    }

    #[test]
    fn a_reply_is_known_however_its_number_is_spelt() {
        for number in ["7", "7.0", "70e-1"] {
            let answer = body(&format!(r#"{{"type":"x","in_reply_to":{number}}}"#));
            assert_eq!(answer.in_reply_to(), Some(7), "{number}");
        }
        for other in ["-7", "7.5", r#""7""#, "null", "1e30"] {
            let answer = body(&format!(r#"{{"type":"x","in_reply_to":{other}}}"#));
            assert_eq!(answer.in_reply_to(), None, "{other}");
        }
    }

    #[test]
    fn what_is_no_message_breaks_a_rule() {
        for (line, field) in [
            (r#"{"dest":"n1","body":{"type":"x"}}"#, "src"),
            (r#"{"src":1,"dest":"n1","body":{"type":"x"}}"#, "src"),
            (r#"{"src":"n0","body":{"type":"x"}}"#, "dest"),
            (r#"{"src":"n0","dest":"n1"}"#, "body"),
            (r#"{"src":"n0","dest":"n1","body":[]}"#, "body"),
            (r#"{"src":"n0","dest":"n1","body":{}}"#, "body.type"),
        ] {
            assert_eq!(read(line.as_bytes()), Err(Rule::Lacks { field }), "{line}");
        }
        assert_eq!(read(b"[1]"), Err(Rule::Lacks { field: "" }));
        assert!(matches!(read(b"hello"), Err(Rule::NotJson { .. })));
        assert!(matches!(read(b""), Err(Rule::NotJson { .. })));
    }

    #[test]
    fn envelope_that_maelstrom_refuses_breaks_a_rule() {
        let id = r#"{"id":7,"src":"n0","dest":"n1","body":{"type":"x","extra":1}}"#;
        assert!(read(id.as_bytes()).is_ok_and(|envelope| envelope.has_id));
        for line in [
            r#"{"src":"n9","src":"n0","dest":"n1","body":{"type":"x"}}"#,
            r#"{"src":"n0","dest":"n1","body":{"type":"y","type":"x"}}"#,
            r#"{"src":"n0","dest":"n1","body":{"type":"x"},"extra":1}"#,
            r#"{"id":"7","src":"n0","dest":"n1","body":{"type":"x"}}"#,
        ] {
            let read = read(line.as_bytes());
            assert!(matches!(read, Err(Rule::Malformed(_))), "{line}");
        }
        let allowed = Allowed {
            repeated: ["k".to_owned()].into(),
            ..Allowed::default()
        };
        let echo = br#"{"src":"n0","dest":"c1","body":{"type":"x","echo":{"k":1,"k":2}}}"#;
        assert!(read_allowing(&allowed, echo).is_ok());
        let fault = |line| match read(line) {
            Err(Rule::Malformed(Malformed::RepeatedKey { key, .. })) => Some(key),
            _ => None,
        };
        assert_eq!(fault(echo), Some("k".to_owned()));
    }
}

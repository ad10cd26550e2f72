//! Envelopes that Maelstrom refuses, though they have all that a message needs: it takes `src`, `dest`,
//! `body` and an integer `id`, and nothing else beside them. The body is open.
//!
//! A key that stands twice is refused here, too: of two equal keys each reader takes one and says
//! nothing, so the next one may take the other.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id;
use crate::json::member;
use crate::json::repeated::{self, RepeatedKey};

/// What may stand in an envelope.
const KEYS: [&str; 4] = ["src", "dest", "body", "id"];

/// How many characters of a key or a value are kept: a node may write megabytes.
const KEPT_MAX: usize = 200;

/// What is wrong with an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum Malformed {
    /// A key stands twice in one object, at any depth.
    RepeatedKey {
        key: String,
        /// The byte of the line, from 0, at which it stands again.
        offset: usize,
    },
    /// The envelope has a key that none has.
    UnknownKey { key: String },
    /// The envelope's `id` is no integer.
    BadId {
        /// What it is, as JSON.
        found: String,
    },
}

/// What a node may write though Maelstrom would refuse it: what the case itself says.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    /// Keys that messages to the nodes have twice: a node may hand on a part of a body byte for byte.
    pub repeated: BTreeSet<String>,
    /// Keys that expected envelopes have.
    pub unknown: BTreeSet<String>,
    /// Whether an expected envelope has an `id` that is no integer.
    pub bad_id: bool,
}

/// The depth of the body's own fields; what stands below may be handed on as it came.
const BODY_DEPTH: usize = 2;

/// What is wrong with a line that is JSON, if Maelstrom would refuse it. `value`: what was read of it.
/// What a message lacks is no business of this.
pub fn of(line: &[u8], value: &Value, allowed: &Allowed) -> Option<Malformed> {
    repeated_key(line, value, &allowed.repeated).or_else(|| {
        let envelope = value.as_object()?;
        member(envelope, "body")?;
        let is_known = |key: &String| KEYS.contains(&key.as_str()) || allowed.unknown.contains(key);
        if let Some(key) = envelope.keys().find(|key| !is_known(key)) {
            return Some(Malformed::UnknownKey { key: kept(key) });
        }
        let found = member(envelope, "id").filter(|found| id(found).is_none())?;
        (!allowed.bad_id).then(|| Malformed::BadId {
            found: kept(&found.to_string()),
        })
    })
}

fn repeated_key(line: &[u8], value: &Value, allowed: &BTreeSet<String>) -> Option<Malformed> {
    if !repeated::has_any(line, value) {
        return None;
    }
    let is_meant = |key: &str, depth: usize| depth <= BODY_DEPTH || !allowed.contains(key);
    let RepeatedKey { offset, key } = repeated::find_where(line, &is_meant)?;
    Some(Malformed::RepeatedKey {
        key: kept(&key),
        offset,
    })
}

fn kept(text: &str) -> String {
    text.chars().take(KEPT_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> Option<Malformed> {
        with(line, &Allowed::default())
    }

    fn with(line: &str, allowed: &Allowed) -> Option<Malformed> {
        of(
            line.as_bytes(),
            &crate::json::read(line.as_bytes()).unwrap(),
            allowed,
        )
    }

    #[test]
    fn key_that_stands_twice_is_refused_at_any_depth() {
        for (line, key, offset) in [
            (
                r#"{"src":"n1","src":"n2","dest":"c1","body":{"type":"x"}}"#,
                "src",
                12,
            ),
            (
                r#"{"src":"n1","dest":"c1","body":{"type":"x","type":"y"}}"#,
                "type",
                43,
            ),
            (
                r#"{"src":"n1","dest":"c1","body":{},"body":{"type":"y"}}"#,
                "body",
                34,
            ),
            (
                r#"{"src":"n1","dest":"c1","body":{"type":"x","o":{"k":1,"k":2}}}"#,
                "k",
                54,
            ),
            (r#"{"type":"x","type":"x"}"#, "type", 12),
        ] {
            let key = key.to_owned();
            assert_eq!(
                refused(line),
                Some(Malformed::RepeatedKey { key, offset }),
                "{line}"
            );
        }
    }

    #[test]
    fn key_that_was_sent_twice_may_come_back_below_the_body() {
        let allowed = Allowed {
            repeated: ["k".to_owned(), "type".to_owned()].into(),
            ..Allowed::default()
        };
        let echo = r#"{"src":"n1","dest":"c1","body":{"type":"x","o":{"k":1,"k":2}}}"#;
        assert_eq!(with(echo, &allowed), None);
        let twice = r#"{"src":"n1","dest":"c1","body":{"type":"x","type":"y"}}"#;
        assert!(with(twice, &allowed).is_some());
        let other = r#"{"src":"n1","dest":"c1","body":{"type":"x","o":{"k":1,"k":2,"j":1,"j":2}}}"#;
        assert!(
            matches!(with(other, &allowed), Some(Malformed::RepeatedKey { key, .. }) if key == "j")
        );
    }

    #[test]
    fn envelope_is_closed_and_body_is_open() {
        let key = "extra".to_owned();
        let line = r#"{"src":"n1","dest":"c1","body":{"type":"x"},"extra":1}"#;
        assert_eq!(
            refused(line),
            Some(Malformed::UnknownKey { key: key.clone() })
        );
        let allowed = Allowed {
            unknown: [key].into(),
            ..Allowed::default()
        };
        assert_eq!(with(line, &allowed), None);
        for right in [
            r#"{"id":7,"src":"n1","dest":"c1","body":{"type":"x","extra":1,"k":{"a":":"}}}"#,
            r#"{"src":"n1","dest":"c1","body":{"type":"x","a":[{"a":1},{"a":1e400}]}}"#,
            r#"{"type":"a body of its own","extra":1,"id":"x"}"#,
        ] {
            assert_eq!(refused(right), None, "{right}");
        }
    }

    #[test]
    fn id_of_an_envelope_is_an_integer() {
        for found in ["1.5", "\"1\"", "null", "[1]", "true"] {
            let line = format!(r#"{{"id":{found},"src":"n1","dest":"c1","body":{{"type":"x"}}}}"#);
            let bad = Malformed::BadId {
                found: found.to_owned(),
            };
            assert_eq!(refused(&line), Some(bad), "{line}");
        }
        for id in ["0", "-3", "123456789012345678901234567890"] {
            let line = format!(r#"{{"id":{id},"src":"n1","dest":"c1","body":{{"type":"x"}}}}"#);
            assert_eq!(refused(&line), None, "{line}");
        }
    }

    #[test]
    fn no_more_of_a_key_is_kept_than_a_person_reads() {
        let key = "é".repeat(10_000);
        let line = format!(r#"{{"src":"n1","dest":"c1","body":{{"type":"x"}},"{key}":1}}"#);
        assert!(
            matches!(refused(&line), Some(Malformed::UnknownKey { key }) if key.chars().count() == 200)
        );
    }
}

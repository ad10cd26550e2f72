//! Requests to a key-value store, and what each does to the value of its key: the same in all three stores.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::reply::ServiceReply;
use super::value::{StoredValue, is, parsed, stored};
use crate::json;

/// A request to a key-value store.
#[derive(Debug, Clone)]
pub struct KvRequest {
    /// What Maelstrom compares of the key, see [`json::key`].
    pub key: String,
    /// What is asked of it.
    pub operation: KvOperation,
}

/// What is asked of a key.
#[derive(Debug, Clone)]
pub enum KvOperation {
    Read,
    Write(StoredValue),
    /// To set it if it is `from`.
    Cas {
        /// What it has to be.
        from: Value,
        to: StoredValue,
        /// Whether a missing key is set, too, whatever `from` says.
        creates: bool,
    },
}

/// What a request leads to.
#[derive(Debug, Clone)]
pub struct Applied {
    pub reply: ServiceReply,
    /// What the key is set to, if it is; that may be the value that it has.
    pub written: Option<StoredValue>,
}

impl KvRequest {
    /// The request that a body of this type has; `None` if its type is not known. As in Maelstrom, what is
    /// missing is null.
    pub fn read(kind: &str, body: &Map<String, Value>) -> Option<Self> {
        let field = |name: &str| body.get(name).unwrap_or(&Value::Null);
        let operation = match kind {
            "read" => KvOperation::Read,
            "write" => KvOperation::Write(stored(field("value"))),
            "cas" => KvOperation::Cas {
                from: field("from").clone(),
                to: stored(field("to")),
                creates: field("create_if_not_exists") == &Value::Bool(true),
            },
            _ => return None,
        };
        Some(Self {
            key: json::key::of(field("key")),
            operation,
        })
    }
}

impl KvOperation {
    /// What it does to a key with this value.
    pub fn apply(&self, current: Option<&StoredValue>) -> Applied {
        let (reply, written) = match (self, current) {
            (Self::Write(value), _) => (ServiceReply::Written, Some(value)),
            (Self::Cas { to, creates, .. }, None) if *creates => (ServiceReply::Swapped, Some(to)),
            (Self::Read | Self::Cas { .. }, None) => (ServiceReply::NoKey, None),
            (Self::Read, Some(current)) => (ServiceReply::Value(Arc::clone(current)), None),
            (Self::Cas { from, to, .. }, Some(current)) if is(current, from) => {
                (ServiceReply::Swapped, Some(to))
            }
            (Self::Cas { from, .. }, Some(current)) => (
                ServiceReply::Mismatch {
                    current: parsed(current),
                    from: from.clone(),
                },
                None,
            ),
        };
        Applied {
            reply,
            written: written.cloned(),
        }
    }
}

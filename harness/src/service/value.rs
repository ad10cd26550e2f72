//! The values that stores hold, as JSON text: a parsed value may take thirty times as much memory.

use std::sync::Arc;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::json;

/// The value of a key.
pub type StoredValue = Arc<RawValue>;

/// How much memory an entry takes, in bytes.
pub fn size(key: &str, value: &StoredValue) -> usize {
    key.len() + value.get().len() + ENTRY_OVERHEAD
}

/// What an entry takes beside its texts, in bytes.
const ENTRY_OVERHEAD: usize = 100;

/// Whether two values are one to Maelstrom.
pub fn is_same(one: &StoredValue, other: &StoredValue) -> bool {
    one.get() == other.get() || is(one, &parsed(other))
}

/// Whether a stored value is this one to Maelstrom.
pub fn is(current: &StoredValue, value: &Value) -> bool {
    json::key::of(&parsed(current)) == json::key::of(value)
}

pub fn parsed(value: &StoredValue) -> Value {
    serde_json::from_str(value.get()).unwrap_or_default()
}

/// A value to be stored.
pub fn stored(value: &Value) -> StoredValue {
    to_raw_value(value)
        .unwrap_or_else(|_| RawValue::NULL.to_owned())
        .into()
}

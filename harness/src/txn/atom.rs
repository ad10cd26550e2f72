//! Keys and values of transactions: any JSON, compared by structure. An integer, as generators write them,
//! takes no memory of its own.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::json;

/// A key or a value.
#[derive(Debug, Clone)]
pub enum Atom {
    /// An integer of at most 64 bits.
    Integer(i64),
    /// Any other JSON.
    Other(Arc<OtherAtom>),
}

/// JSON that is no small integer.
#[derive(Debug)]
pub struct OtherAtom {
    /// Equal for values that Maelstrom takes for one.
    key: String,
    value: Value,
}

impl Atom {
    /// The JSON value as an atom.
    pub fn of(value: &Value) -> Self {
        let integer = value.as_number().and_then(|it| plain(it.as_str()));
        integer.map_or_else(|| Self::other(value.clone()), Self::Integer)
    }

    /// The same from its text.
    pub fn of_text(text: &RawValue) -> Result<Self, serde_json::Error> {
        match plain(text.get()) {
            Some(integer) => Ok(Self::Integer(integer)),
            None => Ok(Self::of(&serde_json::from_str(text.get())?)),
        }
    }

    fn other(value: Value) -> Self {
        let key = json::key::of(&value);
        Self::Other(Arc::new(OtherAtom { key, value }))
    }

    /// As JSON.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Integer(integer) => (*integer).into(),
            Self::Other(other) => other.value.clone(),
        }
    }
}

/// An integer that is written as we would write it, so that its text can be had again.
fn plain(text: &str) -> Option<i64> {
    let integer: i64 = text.parse().ok()?;
    let is_plain = !text.starts_with('+') && (integer != 0 || text == "0");
    is_plain.then_some(integer)
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(integer) => integer.fmt(f),
            // Keys of the field's examples are words: x, y.
            Self::Other(other) => match other.value.as_str() {
                Some(text) if text.chars().all(char::is_alphanumeric) => f.write_str(text),
                Some(_) | None => other.value.fmt(f),
            },
        }
    }
}

impl Serialize for Atom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Integer(integer) => integer.serialize(serializer),
            Self::Other(other) => other.value.serialize(serializer),
        }
    }
}

impl PartialEq for Atom {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Atom {}

impl PartialOrd for Atom {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Atom {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => one.cmp(other),
            (Self::Other(one), Self::Other(other)) => one.key.cmp(&other.key),
            (Self::Integer(_), Self::Other(_)) => Ordering::Less,
            (Self::Other(_), Self::Integer(_)) => Ordering::Greater,
        }
    }
}

impl Hash for Atom {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Integer(integer) => integer.hash(state),
            Self::Other(other) => other.key.hash(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atoms_are_equal_where_their_structure_is() {
        let atom = |text: &str| Atom::of(&serde_json::from_str(text).unwrap());
        for (one, other) in [("1", "1"), (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#)] {
            assert_eq!(atom(one), atom(other));
        }
        for (one, other) in [("1", "1.0"), ("1", "\"1\""), ("0", "-0"), ("[1]", "[[1]]")] {
            assert_ne!(atom(one), atom(other), "{one} {other}");
        }
        for text in ["7", "-3", "\"x\"", "[1,\"a\"]", "99999999999999999999"] {
            let raw: &RawValue = serde_json::from_str(text).unwrap();
            let read = Atom::of_text(raw).unwrap();
            assert_eq!(read, atom(text));
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
    }
}

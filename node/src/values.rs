//! The values a node holds: each once, in the order in which it saw them.
//!
//! It doesn't know where a value came from or where it goes.

use indexmap::IndexSet;

use crate::value::Value;

/// An ordered set of values, which only ever grows.
#[derive(Debug, Default)]
pub struct Values {
    seen: IndexSet<Value>,
}

impl Values {
    /// Stores `value`; false if it was there already, which keeps its spelling.
    pub fn insert(&mut self, value: Value) -> bool {
        self.seen.insert(value)
    }

    /// The values in the order in which they were first seen.
    pub fn iter(&self) -> impl Iterator<Item = &Value> {
        self.seen.iter()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether there is none yet.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_first_spelling_and_order() {
        let mut values = Values::default();
        assert!(values.is_empty());
        let inserted = ["3", "1.0", "[2]", "1", "null", "3e0"]
            .map(|text| values.insert(Value::from_json(text).unwrap()));
        assert_eq!(inserted, [true, true, true, false, true, false]);
        assert_eq!(values.len(), 4);
        let shown: Vec<_> = values.iter().map(Value::as_json).collect();
        assert_eq!(shown, ["3", "1.0", "[2]", "null"]);
    }
}

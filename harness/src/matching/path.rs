//! The place of a value inside a message, as in `body.messages[1]`.

use std::fmt;

use serde_json::Value;

/// The steps from the message down to a value.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Segment>);

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    Key(String),
    /// Into an array, from 0.
    Index(usize),
}

impl Path {
    /// Whether this is the message itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Goes down into an object.
    pub fn push_key(&mut self, key: &str) {
        self.0.push(Segment::Key(key.to_owned()));
    }

    /// Goes down into an array.
    pub fn push_index(&mut self, index: usize) {
        self.0.push(Segment::Index(index));
    }

    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// The array of which the value at this place is an element.
    pub fn array(&self) -> Option<Self> {
        let (Segment::Index(_), before) = self.0.split_last()? else {
            return None;
        };
        Some(Self(before.to_vec()))
    }

    /// What stands at this place in a value.
    pub fn value_in<'value>(&self, value: &'value Value) -> Option<&'value Value> {
        self.0
            .iter()
            .try_fold(value, |value, segment| match segment {
                Segment::Key(key) => value.get(key),
                Segment::Index(index) => value.get(index),
            })
    }

    /// A value with another one at this place, if there is such a place in it.
    pub fn replaced_in(&self, value: &Value, other: Value) -> Value {
        let mut value = value.clone();
        let place = self
            .0
            .iter()
            .try_fold(&mut value, |value, segment| match segment {
                Segment::Key(key) => value.get_mut(key),
                Segment::Index(index) => value.get_mut(index),
            });
        if let Some(place) = place {
            *place = other;
        }
        value
    }

    /// The key that it goes through last.
    pub fn last_key(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|segment| match segment {
            Segment::Key(key) => Some(key.as_str()),
            Segment::Index(_) => None,
        })
    }

    /// Whether this is the path of these keys.
    pub fn is(&self, keys: &[&str]) -> bool {
        self.0.len() == keys.len()
            && self
                .0
                .iter()
                .zip(keys)
                .all(|(segment, key)| matches!(segment, Segment::Key(found) if found == key))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if !is_word(key) => {
                    write!(f, "[{}]", Value::from(key.as_str()))?;
                }
                Segment::Key(key) if position == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

fn is_word(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Whether a path leads to that field of the body.
pub fn is_field(path: &Path, field: &str, enveloped: bool) -> bool {
    if enveloped {
        path.is(&["body", field])
    } else {
        path.is(&[field])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_like_code() {
        let mut path = Path::default();
        assert!(path.is_root());
        path.push_key("body");
        path.push_key("messages");
        path.push_index(1);
        path.push_key("a b");
        assert_eq!(path.to_string(), r#"body.messages[1]["a b"]"#);
        path.pop();
        path.pop();
        assert!(path.is(&["body", "messages"]));
        assert!(!path.is(&["body"]));
    }
}

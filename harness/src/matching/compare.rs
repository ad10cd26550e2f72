//! One expected message against one that the node wrote.
//!
//! JSON is compared as JSON: key order and spacing mean nothing, numbers count
//! by value. The two id fields go through the [`Renaming`]. All differences of a
//! message are found, in the order in which `.expected` shows its keys.

use serde_json::{Map, Value};

use super::ids::{Binding, KnownIds, Renaming};
use super::number;
use super::path::Path;
use crate::case::ExpectedLine;
use crate::case::expected::ExpectedContent;
use crate::matching::actual::{ActualContent, ActualLine};
use crate::message::{self, Id};

/// How many differences of one message are kept: nobody reads more, and a node may send millions.
pub const DIFFERENCES_MAX: usize = 32;

/// One place at which two messages differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where in the message.
    pub path: Path,
    /// How.
    pub kind: DifferenceKind,
}

/// How two messages differ at one place.
#[derive(Debug, Clone, PartialEq)]
pub enum DifferenceKind {
    /// Two values that aren't the same.
    Value {
        /// What `.expected` shows.
        expected: Value,
        /// What the node wrote.
        actual: Value,
    },
    /// A key or an element that the node left out.
    Missing {
        /// What `.expected` shows.
        expected: Value,
    },
    /// A key or an element too many.
    Unexpected {
        /// What the node wrote.
        actual: Value,
    },
    /// An id that would break the one-to-one renaming.
    Id {
        /// The id in `.expected`.
        expected: Id,
        /// The node's id.
        actual: Id,
        /// The pair that one of them belongs to already.
        bound: Binding,
    },
    /// Two lines of which at least one is no JSON.
    Text,
}

/// Compares two lines; binds their ids when they match and leaves `ids` as it was when not.
pub fn lines(
    expected: &ExpectedLine,
    actual: &ActualLine,
    known: &KnownIds,
    ids: &mut Renaming,
) -> Vec<Difference> {
    match (&expected.content, &actual.content) {
        (ExpectedContent::Json(expected_value), ActualContent::Json(actual_value)) => {
            let mark = ids.mark();
            let mut comparison = Comparison::new(expected.number, expected_value, known, ids);
            comparison.values(expected_value, actual_value);
            let differences = comparison.differences;
            if !differences.is_empty() {
                ids.roll_back(mark);
            }
            differences
        }
        (ExpectedContent::Text(expected), ActualContent::NotJson { .. })
            if actual.is_text(expected) =>
        {
            Vec::new()
        }
        _ => vec![Difference {
            path: Path::default(),
            kind: DifferenceKind::Text,
        }],
    }
}

/// Whether two values are the same as JSON. Ids count by their numbers here.
pub fn same(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            expected.len() == actual.len()
                && expected
                    .iter()
                    .all(|(key, value)| actual.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Array(expected), Value::Array(actual)) => {
            expected.len() == actual.len()
                && expected
                    .iter()
                    .zip(actual)
                    .all(|(value, other)| same(value, other))
        }
        (Value::Number(expected), Value::Number(actual)) => number::same(expected, actual),
        _ => expected == actual,
    }
}

struct Comparison<'a> {
    line: usize,
    sender: &'a str,
    receiver: Option<&'a str>,
    enveloped: bool,
    known: &'a KnownIds,
    ids: &'a mut Renaming,
    path: Path,
    differences: Vec<Difference>,
}

impl<'a> Comparison<'a> {
    fn new(line: usize, expected: &'a Value, known: &'a KnownIds, ids: &'a mut Renaming) -> Self {
        Self {
            line,
            sender: message::source(expected).unwrap_or_default(),
            receiver: message::destination(expected),
            enveloped: expected.get("body").is_some(),
            known,
            ids,
            path: Path::default(),
            differences: Vec::new(),
        }
    }

    fn values(&mut self, expected: &Value, actual: &Value) {
        if self.is_id() && self.id(expected, actual) {
            return;
        }
        match (expected, actual) {
            (Value::Object(expected), Value::Object(actual)) => self.objects(expected, actual),
            (Value::Array(expected), Value::Array(actual)) => self.arrays(expected, actual),
            _ if same(expected, actual) => {}
            _ => self.differ(DifferenceKind::Value {
                expected: expected.clone(),
                actual: actual.clone(),
            }),
        }
    }

    fn objects(&mut self, expected: &Map<String, Value>, actual: &Map<String, Value>) {
        for (key, expected) in expected {
            self.path.push_key(key);
            match actual.get(key) {
                Some(actual) => self.values(expected, actual),
                None => self.differ(DifferenceKind::Missing {
                    expected: expected.clone(),
                }),
            }
            self.path.pop();
        }
        for (key, value) in actual {
            if expected.contains_key(key) {
                continue;
            }
            self.path.push_key(key);
            if !self.is_msg_id() {
                self.differ(DifferenceKind::Unexpected {
                    actual: value.clone(),
                });
            }
            self.path.pop();
        }
    }

    fn arrays(&mut self, expected: &[Value], actual: &[Value]) {
        for index in 0..expected.len().max(actual.len()) {
            self.path.push_index(index);
            match (expected.get(index), actual.get(index)) {
                (Some(expected), Some(actual)) => self.values(expected, actual),
                (Some(expected), None) => self.differ(DifferenceKind::Missing {
                    expected: expected.clone(),
                }),
                (None, Some(actual)) => self.differ(DifferenceKind::Unexpected {
                    actual: actual.clone(),
                }),
                (None, None) => {}
            }
            self.path.pop();
        }
    }

    /// Compares two ids; `false` if they aren't ids that may be renamed.
    fn id(&mut self, expected: &Value, actual: &Value) -> bool {
        let (Some(expected), Some(actual)) = (message::id(expected), message::id(actual)) else {
            return false;
        };
        let owner = if self.is_msg_id() {
            self.sender
        } else if self.known.is_renamed(self.receiver, &expected) {
            self.receiver.unwrap_or_default()
        } else {
            return false;
        };
        if let Err(bound) = self.ids.bind(owner, &expected, &actual, self.line) {
            self.differ(DifferenceKind::Id {
                expected,
                actual,
                bound,
            });
        }
        true
    }

    fn is_id(&self) -> bool {
        self.is_msg_id() || self.is_field("in_reply_to")
    }

    fn is_msg_id(&self) -> bool {
        self.is_field("msg_id")
    }

    fn is_field(&self, field: &str) -> bool {
        if self.enveloped {
            self.path.is(&["body", field])
        } else {
            self.path.is(&[field])
        }
    }

    fn differ(&mut self, kind: DifferenceKind) {
        if self.differences.len() >= DIFFERENCES_MAX {
            return;
        }
        self.differences.push(Difference {
            path: self.path.clone(),
            kind,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::expected;
    use crate::matching::actual;

    /// The differences, each as `path: kind`.
    fn check(expected_text: &str, actual_text: &str, shows: &[&str]) {
        let expected = expected::parse(expected_text.as_bytes()).unwrap();
        let actual = actual::lines(actual_text.as_bytes(), 100).lines;
        let mut ids = Renaming::default();
        let found: Vec<_> = lines(&expected[0], &actual[0], &KnownIds::default(), &mut ids)
            .into_iter()
            .map(|difference| format!("{}: {}", difference.path, name(&difference.kind)))
            .collect();
        assert_eq!(found, shows, "{expected_text} against {actual_text}");
        assert!(shows.is_empty() || ids.bindings().is_empty());
    }

    fn name(kind: &DifferenceKind) -> &'static str {
        match kind {
            DifferenceKind::Value { .. } => "value",
            DifferenceKind::Missing { .. } => "missing",
            DifferenceKind::Unexpected { .. } => "unexpected",
            DifferenceKind::Id { .. } => "id",
            DifferenceKind::Text => "text",
        }
    }

    #[test]
    fn json_is_compared_as_json() {
        check(
            r#"{"a": 1, "b": [true, null]}"#,
            r#"{"b":[true,null],"a":1.0}"#,
            &[],
        );
        check(r#"{"a":"x"}"#, r#"{"a":"\u0078"}"#, &[]);
        check(r#"{"a":1}"#, r#"{"a":"1"}"#, &["a: value"]);
        check(r#"{"a":null}"#, r"{}", &["a: missing"]);
        check(r"[1,2]", r"[1,2,3]", &["[2]: unexpected"]);
        check(r"[1,2,3]", r"[1,3]", &["[1]: value", "[2]: missing"]);
        check(
            r#"{"body":{"x":1,"y":{"z":[0]}}}"#,
            r#"{"body":{"y":{"z":[1]},"w":0},"v":0}"#,
            &[
                "body.x: missing",
                "body.y.z[0]: value",
                "body.w: unexpected",
                "v: unexpected",
            ],
        );
    }

    #[test]
    fn ids_may_have_any_number_and_may_be_left_unsaid_but_not_left_out() {
        check(r#"{"body":{"msg_id":1}}"#, r#"{"body":{"msg_id":17}}"#, &[]);
        check(r#"{"msg_id":1}"#, r#"{"msg_id":17}"#, &[]);
        check(r#"{"body":{}}"#, r#"{"body":{"msg_id":17}}"#, &[]);
        check(
            r#"{"body":{"msg_id":1}}"#,
            r#"{"body":{}}"#,
            &["body.msg_id: missing"],
        );
        check(
            r#"{"body":{"msg_id":1}}"#,
            r#"{"body":{"msg_id":"1"}}"#,
            &["body.msg_id: value"],
        );
        check(
            r#"{"body":{"msg_id":1}}"#,
            r#"{"body":{"msg_id":1.5}}"#,
            &["body.msg_id: value"],
        );
        check(
            r#"{"body":{"v":{"msg_id":1}}}"#,
            r#"{"body":{"v":{"msg_id":2}}}"#,
            &["body.v.msg_id: value"],
        );
        check(
            r#"{"body":{"in_reply_to":1}}"#,
            r#"{"body":{"in_reply_to":2}}"#,
            &["body.in_reply_to: value"],
        );
    }

    #[test]
    fn text_is_compared_as_text() {
        check("hello world", "hello world\r\n", &[]);
        check("hello world", "hello  world\n", &[": text"]);
        check("hello", r#"{"hello":1}"#, &[": text"]);
        check(r#"{"hello":1}"#, "hello", &[": text"]);
    }
}

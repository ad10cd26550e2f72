//! One expected message against one that the node wrote.
//!
//! JSON is compared as JSON: key order and spacing mean nothing, numbers count
//! by value, placeholders match what they say. The two id fields go through the
//! [`Bindings`]. The differences of a message are found in the order in which
//! `.expected` shows its keys.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::actual::{ActualContent, ActualLine};
use super::assignment::{self, Problem};
use super::bindings::{Binding, Bindings, KnownIds, Named};
use super::candidates;
use super::path::Path;
use crate::case::ExpectedLine;
use crate::case::expected::ExpectedContent;
use crate::case::mode::MsgIdMode;
use crate::case::pattern::{Pattern, Placeholder};
use crate::message::{self, Id};
use crate::number;

/// How many differences of one message are kept: nobody reads more, and a node may send millions.
pub const DIFFERENCES_MAX: usize = 32;

/// What all comparisons of one case have in common.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// How `msg_id`s are compared.
    pub msg_id: MsgIdMode,
    /// Which ids the case itself gives out.
    pub known: KnownIds,
}

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
    /// A value that isn't what it should be.
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
    /// A value that isn't the one that its name stands for.
    Name {
        /// The placeholder, as it is written.
        expected: String,
        /// What the node wrote.
        actual: Value,
        /// What the name stands for.
        bound: Named,
    },
    /// Two lines of which at least one is no JSON.
    Text,
}

/// Compares two lines; binds their ids and names when they match and leaves `bindings` as it was
/// when not.
pub fn lines(
    expected: &ExpectedLine,
    actual: &ActualLine,
    rules: &Rules,
    bindings: &mut Bindings,
) -> Vec<Difference> {
    lines_up_to(DIFFERENCES_MAX, expected, actual, rules, bindings)
}

fn lines_up_to(
    differences_max: usize,
    expected: &ExpectedLine,
    actual: &ActualLine,
    rules: &Rules,
    bindings: &mut Bindings,
) -> Vec<Difference> {
    match (&expected.content, &actual.content) {
        (ExpectedContent::Json { value, pattern }, ActualContent::Json(actual)) => {
            let mark = bindings.mark();
            let mut comparison = Comparison::new(expected.number, value, actual, rules, bindings);
            comparison.differences_max = differences_max;
            comparison.values(pattern, actual);
            let differences = comparison.differences;
            if !differences.is_empty() {
                bindings.roll_back(mark);
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

/// Whether two lines match; binds their ids and names if they do.
pub fn matches(
    expected: &ExpectedLine,
    actual: &ActualLine,
    rules: &Rules,
    bindings: &mut Bindings,
) -> bool {
    lines_up_to(1, expected, actual, rules, bindings).is_empty()
}

/// Whether a value by itself is what a pattern says, whatever its names stand for.
pub fn is_like(pattern: &Pattern, actual: &Value) -> bool {
    let (rules, mut bindings) = (Rules::default(), Bindings::default());
    // No field of a value by itself is an id: it has no envelope that would say so.
    let mut comparison = Comparison::new(0, &Value::Null, actual, &rules, &mut bindings);
    comparison.is_message = false;
    comparison.differences_max = 1;
    comparison.values(pattern, actual);
    comparison.differences.is_empty()
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
    is_message: bool,
    enveloped: bool,
    rules: &'a Rules,
    bindings: &'a mut Bindings,
    path: Path,
    differences: Vec<Difference>,
    /// How many differences are wanted; when there are so many, nothing more is looked at.
    differences_max: usize,
}

impl<'a> Comparison<'a> {
    fn new(
        line: usize,
        expected: &Value,
        actual: &'a Value,
        rules: &'a Rules,
        bindings: &'a mut Bindings,
    ) -> Self {
        Self {
            line,
            sender: message::source(actual).unwrap_or_default(),
            receiver: message::destination(actual),
            is_message: true,
            enveloped: expected.get("body").is_some(),
            rules,
            bindings,
            path: Path::default(),
            differences: Vec::new(),
            differences_max: DIFFERENCES_MAX,
        }
    }

    fn values(&mut self, expected: &Pattern, actual: &Value) {
        if self.is_full() || self.is_settled_id(expected, actual) {
            return;
        }
        match (expected, actual) {
            (Pattern::Object { fields, rest }, Value::Object(actual)) => {
                self.objects(fields, rest.as_deref(), actual);
            }
            (Pattern::Array(expected), Value::Array(actual)) => self.arrays(expected, actual),
            (Pattern::Unordered(expected), Value::Array(actual)) => {
                self.unordered(expected, actual);
            }
            (Pattern::Scalar(expected), actual) if same(expected, actual) => {}
            (Pattern::Placeholder { text, placeholder }, actual) => {
                self.placeholder(text, placeholder, actual);
            }
            _ => self.differ_from(expected, actual),
        }
    }

    fn objects(
        &mut self,
        expected: &[(String, Pattern)],
        rest: Option<&Pattern>,
        actual: &Map<String, Value>,
    ) {
        for (key, expected) in expected {
            self.path.push_key(key);
            match actual.get(key) {
                Some(actual) => self.values(expected, actual),
                None if self.is_ignored() => {}
                None => self.differ(DifferenceKind::Missing {
                    expected: pruned(&expected.to_value()),
                }),
            }
            self.path.pop();
        }
        let is_further = |key: &str| !expected.iter().any(|(known, _)| known == key);
        for (key, value) in actual.iter().filter(|(key, _)| is_further(key)) {
            self.path.push_key(key);
            match rest {
                _ if self.is_msg_id() => {}
                Some(rest) => self.values(rest, value),
                None => self.differ(DifferenceKind::Unexpected {
                    actual: pruned(value),
                }),
            }
            self.path.pop();
        }
    }

    fn arrays(&mut self, expected: &[Pattern], actual: &[Value]) {
        for index in 0..expected.len().max(actual.len()) {
            if self.is_full() {
                break;
            }
            self.path.push_index(index);
            match (expected.get(index), actual.get(index)) {
                (Some(expected), Some(actual)) => self.values(expected, actual),
                (Some(expected), None) => self.element_missing(expected),
                (None, Some(actual)) => self.element_unexpected(actual),
                (None, None) => {}
            }
            self.path.pop();
        }
    }

    fn unordered(&mut self, expected: &[Pattern], actual: &[Value]) {
        let (line, rules) = (self.line, self.rules);
        let mut pair = |left: usize, right: usize, bindings: &mut Bindings| {
            let (Some(pattern), Some(value)) = (expected.get(left), actual.get(right)) else {
                return false;
            };
            let mark = bindings.mark();
            let mut comparison = Comparison::new(line, &Value::Null, value, rules, bindings);
            comparison.is_message = false;
            comparison.differences_max = 1;
            comparison.values(pattern, value);
            let matches = comparison.differences.is_empty();
            if !matches {
                bindings.roll_back(mark);
            }
            matches
        };
        let patterns: Vec<_> = expected.iter().collect();
        let values: Vec<_> = actual.iter().collect();
        let names = |pattern: &&Pattern| {
            let mut names = BTreeSet::new();
            pattern.collect_names(&mut names);
            names
        };
        let problem = Problem {
            candidates: candidates::alike(&patterns, &values),
            names: patterns.iter().map(names).collect(),
            rights: values.len(),
        };
        let found = assignment::assign(&problem, self.bindings, &mut pair);
        for index in found.left_alone {
            self.path.push_index(index);
            if let Some(expected) = expected.get(index) {
                self.element_missing(expected);
            }
            self.path.pop();
        }
        for index in found.right_alone {
            self.path.push_index(index);
            if let Some(actual) = actual.get(index) {
                self.element_unexpected(actual);
            }
            self.path.pop();
        }
    }

    fn placeholder(&mut self, text: &str, placeholder: &Placeholder, actual: &Value) {
        let matches = match placeholder {
            Placeholder::Any | Placeholder::Capture(_) => true,
            Placeholder::String => actual.is_string(),
            Placeholder::Bool => actual.is_boolean(),
            Placeholder::Array => actual.is_array(),
            Placeholder::Object => actual.is_object(),
            Placeholder::Int(range) => actual
                .as_number()
                .is_some_and(|number| number::is_integer(number) && range.contains(number)),
            Placeholder::Number(range) => actual
                .as_number()
                .is_some_and(|number| range.contains(number)),
            Placeholder::Regex(regex) => actual.as_str().is_some_and(|text| regex.is_match(text)),
            Placeholder::Id(_) => message::id(actual).is_some(),
        };
        if !matches {
            self.differ(DifferenceKind::Value {
                expected: text.into(),
                actual: pruned(actual),
            });
            return;
        }
        if let Placeholder::Id(name) | Placeholder::Capture(name) = placeholder
            && let Err(bound) = self.bindings.bind_name(name, actual, self.line)
        {
            self.differ(DifferenceKind::Name {
                expected: text.to_owned(),
                actual: pruned(actual),
                bound,
            });
        }
    }

    /// Deals with a field that holds an id; `false` if it is to be compared like any other.
    fn is_settled_id(&mut self, expected: &Pattern, actual: &Value) -> bool {
        if !self.is_msg_id() && !self.is_field("in_reply_to") {
            return false;
        }
        if self.is_ignored() {
            return true;
        }
        let Some(actual_id) = message::id(actual) else {
            return false;
        };
        let (expected_id, is_scalar) = match expected {
            Pattern::Scalar(value) => (message::id(value), true),
            // Its name is bound too, like that of any other placeholder.
            Pattern::Placeholder {
                text,
                placeholder: Placeholder::Id(_),
            } => (Some(text.clone()), false),
            _ => (None, false),
        };
        let Some(expected_id) = expected_id else {
            return false;
        };
        let is_own = self.is_msg_id() || self.rules.known.is_renamed(self.receiver, &expected_id);
        if is_own && self.rules.msg_id == MsgIdMode::Ignored {
            return true;
        }
        let Some(owner) = self.owner(&expected_id) else {
            return false;
        };
        if let Err(bound) = self
            .bindings
            .bind_ids(owner, &expected_id, &actual_id, self.line)
        {
            self.differ(DifferenceKind::Id {
                expected: expected_id,
                actual: actual_id,
                bound,
            });
            return true;
        }
        is_scalar
    }

    /// Whose renaming the id at this place goes through; `None`: nobody's, its number counts.
    fn owner(&self, expected: &Id) -> Option<&'a str> {
        if self.rules.msg_id != MsgIdMode::Renamed {
            return None;
        }
        if self.is_msg_id() {
            return Some(self.sender);
        }
        let is_renamed = self.rules.known.is_renamed(self.receiver, expected);
        is_renamed.then(|| self.receiver.unwrap_or_default())
    }

    /// Whether an id at this place isn't looked at.
    fn is_ignored(&self) -> bool {
        self.rules.msg_id == MsgIdMode::Ignored && self.is_msg_id()
    }

    fn is_msg_id(&self) -> bool {
        self.is_field("msg_id")
    }

    fn is_field(&self, field: &str) -> bool {
        self.is_message && is_field(&self.path, field, self.enveloped)
    }

    fn element_missing(&mut self, expected: &Pattern) {
        if self.is_full() {
            return;
        }
        self.differ(DifferenceKind::Missing {
            expected: pruned(&expected.to_value()),
        });
    }

    fn element_unexpected(&mut self, actual: &Value) {
        self.differ(DifferenceKind::Unexpected {
            actual: pruned(actual),
        });
    }

    fn differ_from(&mut self, expected: &Pattern, actual: &Value) {
        if self.is_full() {
            return;
        }
        self.differ(DifferenceKind::Value {
            expected: pruned(&expected.to_value()),
            actual: pruned(actual),
        });
    }

    fn is_full(&self) -> bool {
        self.differences.len() >= self.differences_max
    }

    fn differ(&mut self, kind: DifferenceKind) {
        if self.is_full() {
            return;
        }
        self.differences.push(Difference {
            path: self.path.clone(),
            kind,
        });
    }
}

/// A value cut to what anybody would read of it: a node may send megabytes.
fn pruned(value: &Value) -> Value {
    /// How many elements or fields are kept.
    const ELEMENTS_MAX: usize = 32;
    /// How many characters of a string are kept.
    const CHARACTERS_MAX: usize = 1024;
    match value {
        Value::Array(elements) => elements.iter().take(ELEMENTS_MAX).map(pruned).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().take(ELEMENTS_MAX);
            Value::Object(
                fields
                    .map(|(key, value)| (key.clone(), pruned(value)))
                    .collect(),
            )
        }
        Value::String(text) => text.chars().take(CHARACTERS_MAX).collect::<String>().into(),
        scalar => scalar.clone(),
    }
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
    use crate::case::expected;
    use crate::matching::actual;

    /// The differences, each as `path: kind`.
    fn check(expected_text: &str, actual_text: &str, shows: &[&str]) {
        let expected = expected::parse(expected_text.as_bytes()).unwrap();
        let actual = actual::lines(actual_text.as_bytes(), 100).lines;
        let mut bindings = Bindings::default();
        let found: Vec<_> = lines(&expected[0], &actual[0], &Rules::default(), &mut bindings)
            .into_iter()
            .map(|difference| format!("{}: {}", difference.path, name(&difference.kind)))
            .collect();
        assert_eq!(found, shows, "{expected_text} against {actual_text}");
        assert!(shows.is_empty() || bindings.ids().next().is_none());
    }

    fn name(kind: &DifferenceKind) -> &'static str {
        match kind {
            DifferenceKind::Value { .. } => "value",
            DifferenceKind::Missing { .. } => "missing",
            DifferenceKind::Unexpected { .. } => "unexpected",
            DifferenceKind::Id { .. } => "id",
            DifferenceKind::Name { .. } => "name",
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

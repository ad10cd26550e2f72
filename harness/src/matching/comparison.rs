//! The walk through an expected message and one that the node wrote, side by side.
//!
//! It collects differences and binds ids and names; what becomes of them is for
//! [`super::compare`].

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::assignment;
use super::bindings::Bindings;
use super::candidates::{self, Candidates, Spelt};
use super::difference::{DIFFERENCES_MAX, Difference, DifferenceKind, Rules};
use super::pairing::PairingProblem;
use super::path::{self, Path};
use crate::case::mode::MsgIdMode;
use crate::case::pattern::{Pattern, Placeholder};
use crate::json;
use crate::message::{self, Id};
use crate::number;

/// A walk through two values, side by side.
pub struct Comparison<'a> {
    line: usize,
    sender: &'a str,
    receiver: Option<&'a str>,
    /// Whether fields of it may be ids.
    is_message: bool,
    enveloped: bool,
    rules: &'a Rules,
    bindings: &'a mut Bindings,
    path: Path,
    pub differences: Vec<Difference>,
    /// How many differences are wanted; when there are so many, nothing more is looked at.
    pub differences_max: usize,
}

impl<'a> Comparison<'a> {
    /// The walk through the message on `line` of the `.expected` and one of the node's.
    pub fn new(
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

    /// Compares two values, the ones at the current place.
    pub fn values(&mut self, expected: &Pattern, actual: &Value) {
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
            (Pattern::Scalar(expected), actual) if json::same(expected, actual) => {}
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
            match json::member(actual, key) {
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
                _ if self.is_msg_id() || self.is_envelope_id(value) => {}
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
            value_matches(line, pattern, value, rules, bindings)
        };
        let patterns: Vec<_> = expected.iter().collect();
        let values: Vec<_> = actual.iter().collect();
        let names = |pattern: &&Pattern| {
            let mut names = BTreeSet::new();
            pattern.collect_names(&mut names);
            names
        };
        let problem = PairingProblem {
            candidates: alike(&patterns, &values),
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
            Pattern::Array(_)
            | Pattern::Unordered(_)
            | Pattern::Object { .. }
            | Pattern::Placeholder { .. } => (None, false),
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
        let says_nothing =
            self.rules.msg_id == MsgIdMode::Ignored || self.rules.known.is_anew(self.sender);
        says_nothing && self.is_msg_id()
    }

    fn is_msg_id(&self) -> bool {
        self.is_field("msg_id")
    }

    /// Whether it is the `id` that a node may add to an envelope: Maelstrom takes it and looks no further.
    fn is_envelope_id(&self, value: &Value) -> bool {
        let is_place = self.is_message && self.enveloped && self.path.is(&["id"]);
        is_place && message::id(value).is_some()
    }

    fn is_field(&self, field: &str) -> bool {
        self.is_message && path::is_field(&self.path, field, self.enveloped)
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

/// Whether a value by itself is what a pattern says on `line` of the `.expected`; binds its names if
/// it is. No field of it is an id: it has no envelope that would say so.
pub fn value_matches(
    line: usize,
    pattern: &Pattern,
    actual: &Value,
    rules: &Rules,
    bindings: &mut Bindings,
) -> bool {
    let mark = bindings.mark();
    let mut comparison = Comparison::new(line, &Value::Null, actual, rules, bindings);
    comparison.is_message = false;
    comparison.differences_max = 1;
    comparison.values(pattern, actual);
    let matches = comparison.differences.is_empty();
    if !matches {
        bindings.roll_back(mark);
    }
    matches
}

/// Whether a value by itself is what a pattern says, whatever its names stand for.
pub fn is_like(pattern: &Pattern, actual: &Value) -> bool {
    let (rules, mut bindings) = (Rules::default(), Bindings::default());
    value_matches(0, pattern, actual, &rules, &mut bindings)
}

/// For each pattern, those of the values that it is like, wherever they stand.
pub fn alike(patterns: &[&Pattern], values: &[&Value]) -> Candidates {
    let mut matches = |left: usize, right: usize| match (patterns.get(left), values.get(right)) {
        (Some(pattern), Some(value)) => is_like(pattern, value),
        _ => false,
    };
    let spelt: Vec<_> = patterns
        .iter()
        .map(|pattern| Spelt::wholly(pattern))
        .collect();
    candidates::find(&spelt, values, &|_| false, &mut matches)
}

/// A value cut to what anybody would read of it: a node may send megabytes.
pub(crate) fn pruned(value: &Value) -> Value {
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
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

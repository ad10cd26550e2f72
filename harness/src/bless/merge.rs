//! One line of an `.expected` and the message that came for it: what still matches stays as it is
//! written, what doesn't becomes what the node said.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::ids::Ids;
use crate::case::ExpectedLine;
use crate::case::pattern::{self, Pattern, Placeholder};
use crate::matching::actual::ActualLine;
use crate::matching::assignment;
use crate::matching::bindings::Bindings;
use crate::matching::comparison;
use crate::matching::pairing::PairingProblem;

/// Goes through the lines of a file, one after the other.
pub struct Merge<'a> {
    /// What the names stand for.
    names: Bindings,
    ids: &'a mut Ids,
}

/// Where in a message a value stands, as far as that matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MessagePart {
    Envelope,
    /// Where the ids stand: in the body, or in a message without an envelope.
    Body,
    Elsewhere,
}

impl<'a> Merge<'a> {
    /// At the first line. `names`: what those stand for that the `.in` uses.
    pub fn new(names: &BTreeMap<String, Value>, ids: &'a mut Ids) -> Self {
        let mut bindings = Bindings::default();
        for (name, value) in names {
            // Nothing is bound yet that it could clash with.
            let _ = bindings.bind_name(name, value, 0);
        }
        Self {
            names: bindings,
            ids,
        }
    }

    /// The line for a message; `None` for one that is text.
    pub fn line(&mut self, expected: Option<&ExpectedLine>, actual: &ActualLine) -> Option<Value> {
        let message = actual.json()?;
        let place = if message.get("body").is_some() {
            MessagePart::Envelope
        } else {
            MessagePart::Body
        };
        Some(match expected.and_then(ExpectedLine::json) {
            Some(expected) => self.value(message, place, expected, message),
            None => self.literal(message, place, message),
        })
    }

    fn value(
        &mut self,
        message: &Value,
        place: MessagePart,
        expected: &Value,
        actual: &Value,
    ) -> Value {
        match (expected, actual) {
            (Value::Object(expected), Value::Object(actual)) => {
                Value::Object(self.object(message, place, expected, actual))
            }
            (Value::Array(expected), Value::Array(actual)) => {
                Value::Array(self.array(message, expected, actual))
            }
            _ if self.still_matches(expected, actual) => expected.clone(),
            _ => self.literal(message, place, actual),
        }
    }

    /// Whether a scalar or a placeholder still matches; binds its name if it does.
    fn still_matches(&mut self, expected: &Value, actual: &Value) -> bool {
        let Ok(pattern) = pattern::compile(expected) else {
            return false;
        };
        let is_like = comparison::is_like(&pattern, actual);
        let Pattern::Placeholder {
            placeholder: Placeholder::Id(name) | Placeholder::Capture(name),
            ..
        } = &pattern
        else {
            return is_like;
        };
        is_like && self.names.bind_name(name, actual, 0).is_ok()
    }

    fn object(
        &mut self,
        message: &Value,
        place: MessagePart,
        expected: &Map<String, Value>,
        actual: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut merged = Map::new();
        for (key, expected) in expected {
            if key == pattern::REST {
                merged.insert(key.clone(), expected.clone());
            } else if let Some(value) = actual.get(key) {
                let value = self.field(message, place, key, Some(expected), value);
                merged.insert(key.clone(), value);
            }
        }
        let rest = expected
            .get(pattern::REST)
            .and_then(|rest| pattern::compile(rest).ok());
        for (key, value) in actual {
            let is_allowed = rest
                .as_ref()
                .is_some_and(|rest| comparison::is_like(rest, value));
            let unsaid = place == MessagePart::Body && key == "msg_id";
            if !expected.contains_key(key) && !is_allowed && !unsaid {
                merged.insert(key.clone(), self.field(message, place, key, None, value));
            }
        }
        merged
    }

    fn field(
        &mut self,
        message: &Value,
        place: MessagePart,
        key: &str,
        expected: Option<&Value>,
        actual: &Value,
    ) -> Value {
        let is_id = place == MessagePart::Body && matches!(key, "msg_id" | "in_reply_to");
        match expected {
            // A number stands for whichever the node chose; only a placeholder says something of it.
            Some(expected)
                if is_id && expected.is_string() && self.still_matches(expected, actual) =>
            {
                expected.clone()
            }
            _ if is_id => self.id(message, key, actual),
            Some(expected) => self.value(message, place.below(key), expected, actual),
            None => self.literal(message, place.below(key), actual),
        }
    }

    fn id(&mut self, message: &Value, key: &str, actual: &Value) -> Value {
        match key {
            "msg_id" => self.ids.msg_id(message, actual),
            _ => self.ids.in_reply_to(message, actual),
        }
    }

    fn array(&mut self, message: &Value, expected: &[Value], actual: &[Value]) -> Vec<Value> {
        match expected.split_first() {
            Some((first, expected)) if first == pattern::UNORDERED => {
                let mut merged = self.unordered(message, expected, actual);
                merged.insert(0, first.clone());
                merged
            }
            _ => {
                let pair = |(index, actual): (usize, &Value)| match expected.get(index) {
                    Some(expected) => self.value(message, MessagePart::Elsewhere, expected, actual),
                    None => self.literal(message, MessagePart::Elsewhere, actual),
                };
                actual.iter().enumerate().map(pair).collect()
            }
        }
    }

    /// Those of the elements that some value matches, then the values that none does.
    fn unordered(&mut self, message: &Value, expected: &[Value], actual: &[Value]) -> Vec<Value> {
        let patterns: Vec<_> = expected
            .iter()
            .filter_map(|value| pattern::compile(value).ok())
            .collect();
        let (patterns, values) = (
            patterns.iter().collect::<Vec<_>>(),
            actual.iter().collect::<Vec<_>>(),
        );
        let problem = PairingProblem {
            candidates: comparison::alike(&patterns, &values),
            names: vec![BTreeSet::new(); patterns.len()],
            rights: values.len(),
        };
        let mut alike = |_, _, _: &mut Bindings| true;
        let found = assignment::assign(&problem, &mut Bindings::default(), &mut alike);
        let kept = expected.iter().zip(found.partners);
        let mut merged = Vec::new();
        for (expected, partner) in kept {
            if let Some(actual) = partner.and_then(|partner| actual.get(partner)) {
                merged.push(self.value(message, MessagePart::Elsewhere, expected, actual));
            }
        }
        for value in found
            .right_alone
            .iter()
            .filter_map(|right| actual.get(*right))
        {
            merged.push(self.literal(message, MessagePart::Elsewhere, value));
        }
        merged
    }

    /// What the node said, written so that it stands for itself.
    fn literal(&mut self, message: &Value, place: MessagePart, actual: &Value) -> Value {
        match actual {
            Value::String(text) if pattern::is_bracketed(text) => {
                format!("<={}", text.get(1..).unwrap_or_default()).into()
            }
            Value::Array(elements) => {
                let elements = elements.iter();
                elements
                    .map(|value| self.literal(message, MessagePart::Elsewhere, value))
                    .collect()
            }
            Value::Object(fields) => {
                let fields = fields.iter().map(|(key, value)| {
                    (key.clone(), self.field(message, place, key, None, value))
                });
                Value::Object(fields.collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => actual.clone(),
        }
    }
}

impl MessagePart {
    fn below(self, key: &str) -> Self {
        match self {
            Self::Envelope if key == "body" => Self::Body,
            Self::Envelope | Self::Body | Self::Elsewhere => Self::Elsewhere,
        }
    }
}

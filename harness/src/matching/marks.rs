//! Which words of two lines differ: the two sides of a diff, as data.
//!
//! JSON is laid side by side in the key order of `.expected`, so that only what
//! differs in meaning is marked: arrays are aligned by their elements, strings
//! by their words. Ids that were renamed aren't marked.

use serde_json::{Map, Value};
use similar::{Algorithm, ChangeTag, DiffOp, capture_diff_slices, utils};

use super::actual::{ActualContent, ActualLine};
use super::comparison;
use super::difference::{Difference, DifferenceKind};
use super::path::{self, Path};
use crate::case::ExpectedLine;
use crate::case::expected::ExpectedContent;
use crate::case::pattern::Pattern;
use crate::escape;

/// Above this many words or elements on a side, a difference is marked as a whole.
const ALIGNED_MAX: usize = 2000;

/// Above this many bytes on a side, a message isn't marked.
const LINE_BYTES_MAX: usize = 256 * 1024;

/// Above this many bytes on a side, words aren't looked for.
const WORDS_BYTES_MAX: usize = 64 * 1024;

/// How much is kept of both ends of a text that is longer than both together, in bytes.
const ENDS_BYTES_MAX: usize = 128 * 1024;

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The text as it stands, not escaped.
    pub text: String,
    /// Whether it differs from the other side.
    pub differs: bool,
}

/// A line in pieces; neighbors never share `differs`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarkedLine(pub Vec<Span>);

impl MarkedLine {
    /// A line of which nothing is marked.
    pub fn plain(text: &str) -> Self {
        let mut line = Self::default();
        line.push(text, false);
        line
    }

    fn push(&mut self, text: &str, differs: bool) {
        if text.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(last) if last.differs == differs => last.text.push_str(text),
            _ => self.0.push(Span {
                text: text.to_owned(),
                differs,
            }),
        }
    }
}

/// The text of an expected line.
pub fn expected_text(line: &ExpectedLine) -> String {
    match &line.content {
        ExpectedContent::Json { value, .. } => value.to_string(),
        ExpectedContent::Text(text) => text.clone(),
    }
}

/// The text of an actual line. A message is laid out as the others are.
pub fn actual_text(line: &ActualLine) -> String {
    match line.json().filter(|_| line.bytes.len() <= LINE_BYTES_MAX) {
        Some(message) => laid_out(message).to_string(),
        None => text_of(&line.bytes),
    }
}

/// Bytes as text; those that are no UTF-8 are written out, as in `\xff`.
fn text_of(bytes: &[u8]) -> String {
    if let (Some(head), Some(tail)) = (
        bytes.first_chunk::<ENDS_BYTES_MAX>(),
        bytes.last_chunk::<ENDS_BYTES_MAX>(),
    ) && bytes.len() > 2 * ENDS_BYTES_MAX
    {
        return format!("{}…{}", text_of(head), text_of(tail));
    }
    escape::utf8(bytes)
}

/// A message with its fields in the usual order: `src`, `dest`, `body`; in the body `type` first,
/// the ids last.
fn laid_out(message: &Value) -> Value {
    let ordered = |fields: &Map<String, Value>, first: &[&str], last: &[&str]| {
        let rank = |key: &str| {
            let at = |keys: &[&str]| keys.iter().position(|known| *known == key);
            at(first)
                .or(at(last).map(|at| at + first.len() + 1))
                .unwrap_or(first.len())
        };
        let mut fields: Vec<_> = fields.clone().into_iter().collect();
        fields.sort_by_key(|(key, _)| rank(key));
        fields.into_iter().collect::<Map<_, _>>()
    };
    let Some(fields) = message.as_object() else {
        return message.clone();
    };
    let mut fields = ordered(
        fields,
        &["src", "dest", "body", "type"],
        &["in_reply_to", "msg_id"],
    );
    if let Some(Value::Object(body)) = fields.get_mut("body") {
        *body = ordered(body, &["type"], &["in_reply_to", "msg_id"]);
    }
    Value::Object(fields)
}

/// Marks what differs in an expected line and the actual one that came for it.
pub fn mark(
    expected: &ExpectedLine,
    actual: &ActualLine,
    differences: &[Difference],
) -> (MarkedLine, MarkedLine) {
    let mut marker = Marker::new(differences);
    let text = expected_text(expected);
    let is_huge = actual.bytes.len().max(text.len()) > LINE_BYTES_MAX;
    match (&expected.content, &actual.content) {
        (ExpectedContent::Json { pattern, .. }, ActualContent::Json(actual)) if !is_huge => {
            marker.values(pattern, actual);
        }
        (ExpectedContent::Text(expected), ActualContent::NotJson { .. }) => {
            marker.words(expected, &text_of(&actual.bytes));
        }
        // A message against a text, or far too much: there are no words to compare.
        _ => {
            marker.left.push(&text, false);
            marker.right.push(&text_of(&actual.bytes), false);
        }
    }
    (marker.left, marker.right)
}

struct Marker<'a> {
    left: MarkedLine,
    right: MarkedLine,
    path: Path,
    /// Where ids clash; other ids that differ were renamed.
    clashes: Vec<&'a Path>,
    enveloped: bool,
}

impl<'a> Marker<'a> {
    fn new(differences: &'a [Difference]) -> Self {
        let clashes = differences
            .iter()
            .filter(|difference| !matches!(difference.kind, DifferenceKind::Unexpected { .. }))
            .map(|difference| &difference.path)
            .collect();
        Self {
            left: MarkedLine::default(),
            right: MarkedLine::default(),
            path: Path::default(),
            clashes,
            enveloped: false,
        }
    }

    fn both(&mut self, text: &str, differs: bool) {
        self.left.push(text, differs);
        self.right.push(text, differs);
    }

    fn values(&mut self, expected: &Pattern, actual: &Value) {
        let written = expected.to_value();
        if self.path.is_root() {
            self.enveloped = written.get("body").is_some();
        }
        let clashes = self.clashes.contains(&&self.path);
        if self.is_renamed_id()
            || (!clashes && !self.has_ids(&written) && comparison::is_like(expected, actual))
        {
            self.left.push(&written.to_string(), false);
            self.right
                .push(&in_order_of(&written, actual).to_string(), false);
            return;
        }
        match (expected, actual) {
            (Pattern::Object { fields, rest }, Value::Object(actual)) => {
                self.objects(fields, rest.as_deref(), actual);
            }
            (Pattern::Array(expected), Value::Array(actual)) => self.arrays(expected, actual),
            (Pattern::Scalar(Value::String(expected)), Value::String(actual)) => {
                let (expected, actual) = (quoted(expected), quoted(actual));
                self.words(&expected, &actual);
            }
            _ => {
                self.left.push(&written.to_string(), true);
                self.right.push(&actual.to_string(), true);
            }
        }
    }

    /// Whether ids lie at or below this place, so that the value by itself doesn't tell.
    fn has_ids(&self, written: &Value) -> bool {
        self.path.is_root() || (self.path.is(&["body"]) && written.is_object())
    }

    /// Whether this place holds ids that differ in number only.
    fn is_renamed_id(&self) -> bool {
        let is_id = ["msg_id", "in_reply_to"]
            .iter()
            .any(|field| path::is_field(&self.path, field, self.enveloped));
        is_id && !self.clashes.contains(&&self.path)
    }

    fn objects(
        &mut self,
        expected: &[(String, Pattern)],
        rest: Option<&Pattern>,
        actual: &Map<String, Value>,
    ) {
        self.both("{", false);
        let (mut left, mut right) = (Separator::default(), Separator::default());
        for (key, pattern) in expected {
            let label = format!("{}:", quoted(key));
            self.left.push(left.next(), false);
            let Some(actual) = actual.get(key) else {
                self.left.push(&label, true);
                self.left.push(&pattern.to_value().to_string(), true);
                continue;
            };
            self.right.push(right.next(), false);
            self.both(&label, false);
            self.path.push_key(key);
            self.values(pattern, actual);
            self.path.pop();
        }
        if let Some(rest) = rest {
            self.left.push(left.next(), false);
            self.left
                .push(&format!("\"<...>\":{}", rest.to_value()), false);
        }
        let is_known = |key: &str| expected.iter().any(|(known, _)| known == key);
        for (key, value) in actual.iter().filter(|(key, _)| !is_known(key)) {
            self.path.push_key(key);
            let is_id = self.is_renamed_id();
            self.path.pop();
            let allowed = is_id || rest.is_some_and(|rest| comparison::is_like(rest, value));
            self.right.push(right.next(), false);
            self.right
                .push(&format!("{}:{value}", quoted(key)), !allowed);
        }
        self.both("}", false);
    }

    fn arrays(&mut self, expected: &[Pattern], actual: &[Value]) {
        let written: Vec<_> = expected.iter().map(Pattern::to_value).collect();
        self.both("[", false);
        if expected.len().max(actual.len()) > ALIGNED_MAX {
            self.left.push(&elements(&written), true);
            self.right.push(&elements(actual), true);
        } else {
            self.aligned(expected, &written, actual);
        }
        self.both("]", false);
    }

    fn aligned(&mut self, expected: &[Pattern], written: &[Value], actual: &[Value]) {
        let text = |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>();
        let (mut left, mut right) = (Separator::default(), Separator::default());
        if expected.len() == actual.len() {
            // As the differences are told: place by place.
            for (old, new) in expected.iter().zip(actual) {
                self.left.push(left.next(), false);
                self.right.push(right.next(), false);
                self.element(old, new);
            }
            return;
        }
        let operations = capture_diff_slices(Algorithm::Myers, &text(written), &text(actual));
        for operation in operations {
            let (old_range, new_range) = (operation.old_range(), operation.new_range());
            let new = actual.get(new_range).unwrap_or_default();
            let is_replaced = matches!(operation, DiffOp::Replace { .. });
            if is_replaced && old_range.len() == new.len() {
                let old = expected.get(old_range).unwrap_or_default();
                for (old, new) in old.iter().zip(new) {
                    self.left.push(left.next(), false);
                    self.right.push(right.next(), false);
                    self.element(old, new);
                }
                continue;
            }
            let differs = !matches!(operation, DiffOp::Equal { .. });
            for value in written.get(old_range).unwrap_or_default() {
                self.left.push(left.next(), false);
                self.left.push(&value.to_string(), differs);
            }
            for value in new {
                self.right.push(right.next(), false);
                self.right.push(&value.to_string(), differs);
            }
        }
    }

    /// An element of an array: no id field is at its own path.
    fn element(&mut self, expected: &Pattern, actual: &Value) {
        self.path.push_index(0);
        self.values(expected, actual);
        self.path.pop();
    }

    fn words(&mut self, expected: &str, actual: &str) {
        let words = |text: &str| text.split_whitespace().count();
        let bytes = expected.len().max(actual.len());
        if bytes > WORDS_BYTES_MAX || words(expected).max(words(actual)) > ALIGNED_MAX {
            self.left.push(expected, true);
            self.right.push(actual, true);
            return;
        }
        for (tag, words) in utils::diff_words(Algorithm::Myers, expected, actual) {
            match tag {
                ChangeTag::Equal => self.both(words, false),
                ChangeTag::Delete => self.left.push(words, true),
                ChangeTag::Insert => self.right.push(words, true),
            }
        }
    }
}

/// The comma between elements.
#[derive(Default)]
struct Separator {
    started: bool,
}

impl Separator {
    fn next(&mut self) -> &'static str {
        let text = if self.started { "," } else { "" };
        self.started = true;
        text
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn elements(values: &[Value]) -> String {
    let texts: Vec<_> = values.iter().map(Value::to_string).collect();
    texts.join(",")
}

/// `actual` with the keys of its objects in the order of `expected`, its own ones after them.
fn in_order_of(expected: &Value, actual: &Value) -> Value {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            let shared = expected
                .iter()
                .filter_map(|(key, value)| Some((key, in_order_of(value, actual.get(key)?))));
            let own = actual
                .iter()
                .filter(|(key, _)| !expected.contains_key(*key))
                .map(|(key, value)| (key, value.clone()));
            let pairs = shared.chain(own).map(|(key, value)| (key.clone(), value));
            Value::Object(pairs.collect())
        }
        (Value::Array(expected), Value::Array(actual)) => expected
            .iter()
            .zip(actual)
            .map(|(expected, actual)| in_order_of(expected, actual))
            .collect(),
        _ => actual.clone(),
    }
}

#[cfg(test)]
mod tests;

//! A good output and its replies, each changed in every way that a wrong node might.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{AuditedReply, Change};
use crate::bless::pairs;
use crate::case::ExpectedLine;
use crate::case::expected::ExpectedContent;
use crate::case::mode::MatchMode;
use crate::case::pattern::Pattern;
use crate::json;
use crate::judge::Trial;
use crate::matching::actual::ActualLine;
use crate::matching::path::Path;
use crate::message;

/// How many elements at either end of an array are looked at: a node may send thousands.
const ELEMENTS_MAX: usize = 8;

/// The replies among the lines of a good output. A position is that of a line, from 0.
pub struct Replies<'a> {
    lines: &'a [ActualLine],
    mode: MatchMode,
    all: BTreeMap<usize, AuditedReply>,
    /// The expected line that each stands for.
    partners: BTreeMap<usize, &'a ExpectedLine>,
}

impl<'a> Replies<'a> {
    /// Those to the case's requests, and lines of text.
    pub fn of(trial: Trial<'a>, lines: &'a [ActualLine]) -> Self {
        let requests = trial.case.requests.iter().rev().filter_map(|request| {
            let key = (request.source(), request.msg_id()?);
            Some((key, request.line))
        });
        let requests: BTreeMap<_, _> = requests.collect();
        let reply = |(position, line): (usize, &ActualLine)| {
            let request = match line.json() {
                None => None,
                Some(message) => {
                    let receiver = message::destination(message).unwrap_or_default();
                    let answered = message::in_reply_to(message)?;
                    Some(*requests.get(&(receiver, answered))?)
                }
            };
            let kind = line.json().and_then(message::kind).unwrap_or_default();
            let reply = AuditedReply {
                line: line.number,
                kind: kind.to_owned(),
                request,
            };
            Some((position, reply))
        };
        let pairs = pairs::pair(trial.expected, lines, trial.rules).into_iter();
        let partners =
            pairs.filter_map(|(position, partner)| Some((position, trial.expected.get(partner?)?)));
        Self {
            lines,
            mode: trial.mode,
            all: lines.iter().enumerate().filter_map(reply).collect(),
            partners: partners.collect(),
        }
    }

    /// The reply on a line.
    pub fn reply(&self, position: usize) -> Option<AuditedReply> {
        self.all.get(&position).cloned()
    }

    /// The line of the `.expected` that a reply stands for.
    pub fn shown_on(&self, position: usize) -> Option<usize> {
        Some(self.partners.get(&position)?.number)
    }

    /// The changes of whole replies that the mode doesn't allow in so many words.
    pub fn whole(&self) -> Vec<(Change, usize)> {
        let mut changes = Vec::new();
        for position in self.all.keys().copied() {
            changes.push((Change::Dropped, position));
            if matches!(self.mode, MatchMode::Exact | MatchMode::Unordered) {
                changes.push((Change::Doubled, position));
            }
            if self.mode == MatchMode::Exact && self.is_followed_by_another(position) {
                changes.push((Change::Moved, position));
            }
        }
        changes
    }

    /// Whether something comes later that isn't the same.
    fn is_followed_by_another(&self, position: usize) -> bool {
        let later = self.lines.get(position + 1..).unwrap_or_default();
        let line = self.lines.get(position);
        later.iter().any(
            |other| match (line.and_then(ActualLine::json), other.json()) {
                (Some(one), Some(other)) => !json::same(&unnumbered(one), &unnumbered(other)),
                _ => line.is_none_or(|line| line.bytes != other.bytes),
            },
        )
    }

    /// The output with a reply changed.
    pub fn changed(&self, change: &Change, position: usize) -> Vec<u8> {
        let mut lines: Vec<_> = self.lines.iter().map(|line| line.bytes.clone()).collect();
        match change {
            Change::Dropped => _ = lines.remove(position),
            Change::Doubled => lines.insert(position + 1, self.renumbered(position)),
            Change::Moved => {
                let line = lines.remove(position);
                lines.push(line);
            }
            Change::Value { .. } => {}
        }
        joined(&lines)
    }

    /// A line with a number that no message has.
    fn renumbered(&self, position: usize) -> Vec<u8> {
        let Some(line) = self.lines.get(position) else {
            return Vec::new();
        };
        let Some(mut message) = line.json().cloned() else {
            return line.bytes.clone();
        };
        let ids = self
            .lines
            .iter()
            .filter_map(|line| message::msg_id(line.json()?));
        let ids = ids.filter_map(|id| id.parse::<u64>().ok());
        let fresh = ids.max().unwrap_or_default().saturating_add(1);
        let body = match message.get_mut("body") {
            Some(body) => body,
            None => &mut message,
        };
        if let Some(id) = body.get_mut("msg_id") {
            *id = fresh.into();
        }
        message.to_string().into_bytes()
    }

    /// The values in replies that the case doesn't leave open in so many words.
    pub fn values(&self) -> Vec<(Path, usize)> {
        let mut values = Vec::new();
        for position in self.all.keys().copied() {
            let line = self.lines.get(position);
            let mut found = Vec::new();
            match line.and_then(ActualLine::json) {
                Some(message) => leaves(
                    message,
                    self.pattern(position),
                    &mut Path::default(),
                    &mut found,
                ),
                None => found.push(Path::default()),
            }
            let is_error = line.and_then(ActualLine::json).and_then(message::kind) == Some("error");
            let is_free = |path: &Path| {
                // An error's text is for people.
                let is_text = is_error && (path.is(&["body", "text"]) || path.is(&["text"]));
                is_text || path.is(&["body", "msg_id"]) || path.is(&["msg_id"])
            };
            found.retain(|path| !is_free(path));
            values.extend(found.into_iter().map(|path| (path, position)));
        }
        values
    }

    fn pattern(&self, position: usize) -> Option<&Pattern> {
        match &self.partners.get(&position)?.content {
            ExpectedContent::Json { pattern, .. } => Some(pattern),
            ExpectedContent::Text(_) => None,
        }
    }

    /// The outputs with another value at a place of a reply.
    pub fn replaced<'s>(
        &'s self,
        path: &'s Path,
        position: usize,
    ) -> impl Iterator<Item = Vec<u8>> + 's {
        let line = self.lines.get(position);
        let message = line.and_then(ActualLine::json);
        let others = match message.and_then(|message| path.value_in(message)) {
            Some(value) => others(value),
            None => vec![Value::Null],
        };
        others.into_iter().map(move |other| {
            let mut lines: Vec<_> = self.lines.iter().map(|line| line.bytes.clone()).collect();
            if let Some(line) = lines.get_mut(position) {
                *line = match message {
                    Some(message) => path.replaced_in(message, other).to_string().into_bytes(),
                    None => [line.as_slice(), b"x"].concat(),
                };
            }
            joined(&lines)
        })
    }
}

fn joined(lines: &[Vec<u8>]) -> Vec<u8> {
    let lines = lines.iter().flat_map(|line| [line.as_slice(), b"\n"]);
    lines.collect::<Vec<_>>().concat()
}

/// The places of the values in a message, but for those of keys that the pattern leaves open.
fn leaves(value: &Value, pattern: Option<&Pattern>, path: &mut Path, found: &mut Vec<Path>) {
    match value {
        // A placeholder leaves open, or doesn't, all that stands in its place.
        _ if matches!(pattern, Some(Pattern::Placeholder { .. })) => found.push(path.clone()),
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                let below = match pattern {
                    Some(Pattern::Object { fields, rest }) => {
                        let named = fields.iter().find(|(named, _)| named == key);
                        if named.is_none() && rest.is_some() {
                            continue;
                        }
                        named.map(|(_, pattern)| pattern)
                    }
                    _ => None,
                };
                path.push_key(key);
                leaves(value, below, path, found);
                path.pop();
            }
        }
        Value::Array(elements) if !elements.is_empty() => {
            let is_looked_at =
                |index: usize| index < ELEMENTS_MAX || index + ELEMENTS_MAX >= elements.len();
            let looked_at = elements.iter().enumerate();
            for (index, value) in looked_at.filter(|(index, _)| is_looked_at(*index)) {
                let below = match pattern {
                    Some(Pattern::Array(patterns)) => patterns.get(index),
                    _ => None,
                };
                path.push_index(index);
                leaves(value, below, path, found);
                path.pop();
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => found.push(path.clone()),
    }
}

/// Values of the same kind that are not this one: what a wrong node might say.
fn others(value: &Value) -> Vec<Value> {
    let all = match value {
        Value::Null => vec![json!(0)],
        Value::Bool(value) => vec![json!(!value)],
        Value::Number(number) => {
            let next = number
                .as_i64()
                .map_or(7919, |number| number.wrapping_add(1));
            vec![json!(next), json!(-7919), json!(7919)]
        }
        Value::String(text) => vec![json!(format!("{text}x")), json!("")],
        Value::Array(_) => vec![json!([]), json!([null])],
        Value::Object(_) => vec![json!({}), json!({"x": null})],
    };
    let differs = |other: &Value| !json::same(value, other);
    all.into_iter().filter(differs).collect()
}

/// The message without its `msg_id`.
fn unnumbered(message: &Value) -> Value {
    let mut message = message.clone();
    let body = match message.get_mut("body") {
        Some(body) => body,
        None => &mut message,
    };
    if let Some(body) = body.as_object_mut() {
        body.shift_remove("msg_id");
    }
    message
}

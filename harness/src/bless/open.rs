//! What differs between runs of a node, left open: in its place stands the tightest placeholder that all of
//! them fit, and what doesn't differ stays as it is. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::pairs;
use super::style::Style;
use super::{LINES_MAX, Run, fitting, lost_name};
use crate::case::mode::{MatchMode, MsgIdMode};
use crate::case::{ExpectedLine, expected, pattern};
use crate::matching::actual::{self, ActualLine};
use crate::matching::comparison::{is_like, pruned};
use crate::matching::path::{self, Path};
use crate::transcript::Transcript;

/// How many elements of an array are left open one by one.
const ELEMENTS_MAX: usize = 100;

/// An `.expected` that leaves open what differs between runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    pub text: String,
    /// What is open in it that was not before.
    pub places: Vec<OpenPlace>,
}

/// A place that is left open.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenPlace {
    /// The line of the `.expected`.
    pub line: usize,
    /// The place in the message.
    pub path: Path,
    pub placeholder: Value,
    /// What the runs had there, in their order, cut where it is long.
    pub seen: Vec<Value>,
}

/// Leaves open what differs. `text`: what the file would say by the first of `runs`, which it is like.
/// `None`: with no placeholders all of them pass.
pub fn open(run: Run<'_>, text: &str, runs: &[Transcript]) -> Option<Opened> {
    let lines = expected::parse(text.as_bytes()).ok()?;
    let messages = messages(run, &lines, runs)?;
    let mut places = Vec::new();
    for (line, seen) in lines.iter().zip(&messages) {
        let Some(message) = line.json() else {
            continue;
        };
        let mut opening = Opening {
            line: line.number,
            enveloped: message.get("body").is_some(),
            compares_ids: run.msg_id == MsgIdMode::Exact,
            path: Path::default(),
            places: Vec::new(),
        };
        opening.value(message, &seen.iter().collect::<Vec<_>>())?;
        places.extend(opening.places);
    }
    // One value may have been the same at several places by chance.
    let mut ways = [named(&places, &lines), places].into_iter();
    ways.find_map(|places| {
        let text = written(text, &lines, &places);
        let lines = expected::parse(text.as_bytes()).ok()?;
        let passes = |transcript: &Transcript| Run { transcript, ..run }.passes(&lines);
        let is_right = lost_name(run.case, &lines).is_none() && runs.iter().all(passes);
        is_right.then_some(Opened { text, places })
    })
}

/// For each line what the runs said for it; `None`: one of them left something out. A text says nothing.
fn messages(run: Run<'_>, lines: &[ExpectedLine], runs: &[Transcript]) -> Option<Vec<Vec<Value>>> {
    let rules = run.rules(lines);
    let mut messages = vec![Vec::new(); lines.len()];
    for transcript in runs {
        let actual = actual::lines_but(run.background, &transcript.output, LINES_MAX).lines;
        let pairs = match run.mode {
            MatchMode::Exact | MatchMode::Prefix => {
                (0..lines.len()).map(|at| (at, Some(at))).collect()
            }
            MatchMode::Unordered | MatchMode::Contains => pairs::pair(lines, &actual, &rules),
        };
        for (position, partner) in pairs {
            let said = actual.get(position).and_then(ActualLine::json);
            if let (Some(said), Some(partner)) = (said, partner) {
                messages.get_mut(partner)?.push(said.clone());
            }
        }
    }
    let mut both = lines.iter().zip(&messages);
    let is_whole = both.all(|(line, said)| line.json().is_none() || said.len() == runs.len());
    is_whole.then_some(messages)
}

/// A walk through an expected message and what the runs said for it.
struct Opening {
    line: usize,
    enveloped: bool,
    compares_ids: bool,
    path: Path,
    places: Vec<OpenPlace>,
}

impl Opening {
    /// Opens what differs at the current place and below it; `None`: it can't be left open.
    fn value(&mut self, expected: &Value, seen: &[&Value]) -> Option<()> {
        let pattern = pattern::compile(expected).ok()?;
        if self.is_settled_id() || seen.iter().all(|value| is_like(&pattern, value)) {
            return Some(());
        }
        match expected {
            Value::Object(fields) if self.has_fields(fields, seen) => self.fields(fields, seen),
            Value::Array(elements) => self.array(elements, seen),
            Value::Object(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_) => self.open(fitting::placeholder(seen).into(), seen),
        }
    }

    /// Whether all that was seen are objects with the expected keys and no others.
    fn has_fields(&self, fields: &Map<String, Value>, seen: &[&Value]) -> bool {
        let is_body = self.path.is(if self.enveloped { &["body"] } else { &[] });
        let is_envelope = self.enveloped && self.path.is_root();
        let may_be_further = |key: &str| {
            // As the comparison has it: a message may have these without its being said.
            let is_unsaid = (is_body && key == "msg_id") || (is_envelope && key == "id");
            is_unsaid || fields.contains_key(pattern::REST)
        };
        let has_them = |said: &Map<String, Value>| {
            let shown = fields.keys().filter(|key| *key != pattern::REST);
            let mut further = said.keys().filter(|key| !fields.contains_key(*key));
            shown.into_iter().all(|key| said.contains_key(key))
                && further.all(|key| may_be_further(key))
        };
        seen.iter()
            .all(|value| value.as_object().is_some_and(has_them))
    }

    fn fields(&mut self, fields: &Map<String, Value>, seen: &[&Value]) -> Option<()> {
        for (key, expected) in fields.iter().filter(|(key, _)| *key != pattern::REST) {
            let seen: Vec<_> = seen.iter().filter_map(|value| value.get(key)).collect();
            self.path.push_key(key);
            self.value(expected, &seen)?;
            self.path.pop();
        }
        Some(())
    }

    fn array(&mut self, elements: &[Value], seen: &[&Value]) -> Option<()> {
        let arrays: Vec<_> = seen.iter().filter_map(|value| value.as_array()).collect();
        let is_unordered = elements
            .first()
            .is_some_and(|first| first == pattern::UNORDERED);
        let is_even = arrays.iter().all(|array| array.len() == elements.len());
        if arrays.len() < seen.len() || is_unordered || !is_even {
            return self.open(fitting::placeholder(seen).into(), seen);
        }
        if are_permuted(&arrays) {
            let first = std::iter::once(Value::from(pattern::UNORDERED));
            let unordered = first.chain(elements.iter().cloned()).collect();
            return self.open(unordered, seen);
        }
        if elements.len() > ELEMENTS_MAX {
            return self.open(fitting::placeholder(seen).into(), seen);
        }
        for (index, expected) in elements.iter().enumerate() {
            let seen: Vec<_> = arrays.iter().filter_map(|array| array.get(index)).collect();
            self.path.push_index(index);
            self.value(expected, &seen)?;
            self.path.pop();
        }
        Some(())
    }

    /// Leaves the current place open, unless it says what kind of message this is.
    fn open(&mut self, placeholder: Value, seen: &[&Value]) -> Option<()> {
        let is_kind = path::is_field(&self.path, "type", self.enveloped);
        let of_envelope: [&[&str]; 4] = [&[], &["body"], &["src"], &["dest"]];
        let is_envelope = of_envelope.iter().any(|keys| self.path.is(keys));
        if is_kind || is_envelope {
            return None;
        }
        self.places.push(OpenPlace {
            line: self.line,
            path: self.path.clone(),
            placeholder,
            seen: seen.iter().map(|value| pruned(value)).collect(),
        });
        Some(())
    }

    /// Whether it is an id that may have any number.
    fn is_settled_id(&self) -> bool {
        let is_field = |field| path::is_field(&self.path, field, self.enveloped);
        !self.compares_ids && (is_field("msg_id") || is_field("in_reply_to"))
    }
}

/// Whether only the order of the elements differs.
fn are_permuted(arrays: &[&Vec<Value>]) -> bool {
    let sorted = |array: &Vec<Value>| {
        let mut texts: Vec<_> = array.iter().map(Value::to_string).collect();
        texts.sort();
        texts
    };
    let mut all = arrays.iter().map(|array| sorted(array));
    let first = all.next();
    all.all(|other| Some(other) == first)
}

/// The same places; a value that stands at several of them in every run gets a name, unless it is a time.
fn named(places: &[OpenPlace], lines: &[ExpectedLine]) -> Vec<OpenPlace> {
    let mut taken = BTreeSet::new();
    for line in lines {
        line.collect_names(&mut taken);
    }
    let key = |place: &OpenPlace| place.seen.iter().map(Value::to_string).collect::<Vec<_>>();
    let mut counts: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for place in places {
        *counts.entry(key(place)).or_default() += 1;
    }
    let mut names: BTreeMap<Vec<String>, String> = BTreeMap::new();
    let mut places = places.to_vec();
    for place in &mut places {
        let key = key(place);
        if place.seen.iter().all(fitting::may_be_time) {
            continue;
        }
        let kind = match place.placeholder.as_str().unwrap_or_default() {
            text if text.starts_with("<int") => "id",
            text if text.starts_with("<re:") || text == "<string>" => "any",
            _ => continue,
        };
        if counts.get(&key).is_some_and(|count| *count > 1) {
            let name = names
                .entry(key)
                .or_insert_with(|| fresh(&place.path, &mut taken));
            place.placeholder = format!("<{kind}:{name}>").into();
        }
    }
    places
}

/// A name that no other value has, after the place.
fn fresh(path: &Path, taken: &mut BTreeSet<String>) -> String {
    let key = path
        .last_key()
        .filter(|key| !key.contains(['<', '>', ':', ' ']));
    let key = key.filter(|key| !key.is_empty()).unwrap_or("value");
    let numbers = (2..).map(|number| format!("{key}{number}"));
    let mut names = std::iter::once(key.to_owned()).chain(numbers);
    let name = names.find(|name| !taken.contains(name)).unwrap_or_default();
    taken.insert(name.clone());
    name
}

/// The file with the places left open; all else in it stays to the letter.
fn written(text: &str, lines: &[ExpectedLine], places: &[OpenPlace]) -> String {
    let style = Style::of(text);
    let mut opened: BTreeMap<usize, Value> = BTreeMap::new();
    let values = lines
        .iter()
        .filter_map(|line| Some((line.number, line.json()?)));
    let values: BTreeMap<_, _> = values.collect();
    for place in places {
        let value = opened.remove(&place.line);
        if let Some(value) = value.or_else(|| values.get(&place.line).copied().cloned()) {
            let value = place.path.replaced_in(&value, place.placeholder.clone());
            opened.insert(place.line, value);
        }
    }
    let line = |(index, line): (usize, &str)| match opened.get(&(index + 1)) {
        Some(value) => {
            let end = line.trim_end_matches(['\r', '\n']).len();
            style.write(value) + line.get(end..).unwrap_or_default()
        }
        None => line.to_owned(),
    };
    text.split_inclusive('\n').enumerate().map(line).collect()
}

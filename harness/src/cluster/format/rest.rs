//! The end of a `messages.jsonl` that would have grown too large ([`crate::cluster::rest`]): lines that
//! begin with `rest`.
//!
//! ```text
//! {"rest":"arrival","id":12,"sent":3.204118000,"due":3.304118000,"settled":3.304118000,"src":"n0","dest":"n3","fate":"delivered","type":"broadcast","values":[17]}
//! {"rest":"attempt","id":90,…}
//! {"rest":"count","messages":23264,"src":"n0","dest":"n1","fate":"delivered","purpose":"other","type":"gossip","copy":false,"first":3.204118000,"last":4.000000000}
//! ```
//!
//! An `arrival` brought these values to its node for the first time in its life, an `attempt` was the last
//! that was sent with them, and a `count` stands for messages that differ in nothing that is counted;
//! arrivals and attempts are counted there, too.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::messages::{read_fate, write_fate, write_party};
use super::object::{self, Object};
use super::{FormatError, Line, Lines, Names, Problem};
use crate::cluster::journal::Carried;
use crate::cluster::purpose::Purpose;
use crate::cluster::rest::{Kind, Tally};

/// How each line begins.
pub const START: &[u8] = br#"{"rest":"#;

/// The purposes that are only a word.
const PURPOSES: [(&str, Purpose); 5] = [
    ("forward", Purpose::Forward),
    ("ack", Purpose::Ack),
    ("direct", Purpose::Direct),
    ("repair", Purpose::Repair),
    ("rest", Purpose::Rest),
];

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub enum RestLine {
    /// A message brought values to its node for the first time.
    Arrival(Carried),
    /// The message sent last with values.
    Attempt(Carried),
    /// So many messages.
    Count(Tally),
}

/// Adds a line.
pub fn write(line: &RestLine, names: &Names, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    match line {
        RestLine::Arrival(carried) => write_carried(&mut object, "arrival", carried, names),
        RestLine::Attempt(carried) => write_carried(&mut object, "attempt", carried, names),
        RestLine::Count(tally) => write_tally(&mut object, tally, names),
    }
    object.close();
}

fn write_carried(object: &mut Object, rest: &str, carried: &Carried, names: &Names) {
    object
        .put("rest", rest)
        .put("id", &carried.id)
        .put_time("sent", carried.sent)
        .put_time("due", carried.due)
        .put_time("settled", carried.settled);
    write_party(object, "src", carried.source, names);
    write_party(object, "dest", carried.destination, names);
    write_fate(object, carried.fate);
    object
        .put("type", &carried.kind)
        .put("values", &carried.values);
}

fn write_tally(object: &mut Object, tally: &Tally, names: &Names) {
    let of = &tally.of;
    object.put("rest", "count").put("messages", &tally.messages);
    write_party(object, "src", of.source, names);
    write_party(object, "dest", of.destination, names);
    write_fate(object, of.fate);
    if let Some(purpose) = &of.purpose {
        let word = PURPOSES.iter().find(|(_, known)| known == purpose);
        object.put("purpose", word.map_or("other", |(word, _)| word));
        if let Purpose::Other(name) = purpose {
            object.put("type", name);
        }
    }
    object.put("copy", &of.is_copy);
    if !of.pauses.is_empty() {
        object.put("pauses", &of.pauses);
    }
    object
        .put_time("first", tally.first)
        .put_time("last", tally.last);
}

/// Where these lines begin in a file; its end, if it has none.
pub(super) fn start(messages: &[u8]) -> usize {
    let mut at = 0;
    for line in messages.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(START) {
            break;
        }
        at += line.len();
    }
    at
}

/// Reads the lines from `first` on, which is the number of the first.
pub(super) fn read(text: &[u8], first: usize, names: &Names) -> Result<Vec<RestLine>, FormatError> {
    let lines = Lines::of(text).map(|line| Line {
        number: first + line.number - 1,
        ..line
    });
    let read = |line: Line| {
        let raw: Raw = line.decode()?;
        let read = raw.line(names);
        read.map_err(|problem| problem.on(line.number))
    };
    let is_cut_off = |line: &Result<_, _>| matches!(line, Err(FormatError::CutOff { .. }));
    lines
        .map(read)
        .take_while(|line| !is_cut_off(line))
        .collect()
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    rest: Cow<'a, str>,
    messages: Option<u64>,
    id: Option<u64>,
    #[serde(borrow)]
    sent: Option<&'a RawValue>,
    #[serde(borrow)]
    due: Option<&'a RawValue>,
    #[serde(borrow)]
    settled: Option<&'a RawValue>,
    #[serde(borrow)]
    src: Cow<'a, str>,
    #[serde(borrow)]
    dest: Cow<'a, str>,
    #[serde(borrow)]
    fate: Cow<'a, str>,
    fault: Option<usize>,
    r#type: Option<String>,
    values: Option<Vec<usize>>,
    purpose: Option<String>,
    copy: Option<bool>,
    pauses: Option<Vec<usize>>,
    #[serde(borrow)]
    first: Option<&'a RawValue>,
    #[serde(borrow)]
    last: Option<&'a RawValue>,
}

fn time(key: &'static str, raw: Option<&RawValue>) -> Result<std::time::Duration, Problem> {
    object::time(key, raw.ok_or(Problem::Lacks(key))?)
}

impl Raw<'_> {
    fn line(self, names: &Names) -> Result<RestLine, Problem> {
        match self.rest.as_ref() {
            "arrival" => self.carried(names).map(RestLine::Arrival),
            "attempt" => self.carried(names).map(RestLine::Attempt),
            "count" => self.tally(names).map(RestLine::Count),
            other => Err(Problem::means("rest", other)),
        }
    }

    fn carried(self, names: &Names) -> Result<Carried, Problem> {
        Ok(Carried {
            id: self.id.ok_or(Problem::Lacks("id"))?,
            sent: time("sent", self.sent)?,
            due: time("due", self.due)?,
            settled: time("settled", self.settled)?,
            source: names.party_called("src", &self.src)?,
            destination: names.party_called("dest", &self.dest)?,
            fate: read_fate(&self.fate, self.fault)?,
            kind: self.r#type.ok_or(Problem::Lacks("type"))?,
            values: self.values.ok_or(Problem::Lacks("values"))?,
            line: Vec::new(),
        })
    }

    fn tally(self, names: &Names) -> Result<Tally, Problem> {
        Ok(Tally {
            messages: self.messages.ok_or(Problem::Lacks("messages"))?,
            first: time("first", self.first)?,
            last: time("last", self.last)?,
            of: Kind {
                source: names.party_called("src", &self.src)?,
                destination: names.party_called("dest", &self.dest)?,
                fate: read_fate(&self.fate, self.fault)?,
                purpose: purpose(self.purpose, self.r#type)?,
                is_copy: self.copy.ok_or(Problem::Lacks("copy"))?,
                pauses: self.pauses.unwrap_or_default(),
            },
        })
    }
}

fn purpose(word: Option<String>, kind: Option<String>) -> Result<Option<Purpose>, Problem> {
    let Some(word) = word else { return Ok(None) };
    if word == "other" {
        let kind = kind.ok_or(Problem::Lacks("type"))?;
        return Ok(Some(Purpose::Other(kind)));
    }
    let found = PURPOSES.into_iter().find(|(known, _)| *known == word);
    match found {
        Some((_, purpose)) => Ok(Some(purpose)),
        None => Err(Problem::means("purpose", word)),
    }
}

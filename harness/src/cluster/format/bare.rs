//! A history that anything wrote: requests and their ends as Jepsen has them, a line each, and nothing else.
//!
//! ```text
//! {"index":0,"time":12345,"process":3,"type":"invoke","f":"add","value":4}
//! {"index":1,"time":23456,"process":3,"type":"ok","f":"add","value":4}
//! ```
//!
//! What happened is in the order of `index`, or else of `time` (in nanoseconds); where they are missing, in that of
//! the lines. A
//! process has one request at a time, and is taken for a node of its own: which node it asked need not be
//! known. `"final":true` marks the reads in the end. A `late` line is a reply that came after its process had
//! given up; `operation` is the number of the request among all. Lines without a process that is a number (a nemesis, or
//! what a run of the harness has besides) are passed over.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fixedbitset::FixedBitSet;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{FormatError, Line, Lines};
use crate::cluster::consistency::Contradiction;
use crate::cluster::history::{Event, Invocation, Outcome, Phase, Reason, What};
use crate::cluster::recording::Recording;
use crate::cluster::sets::{SetReply, Shown};
use crate::cluster::settings::Settings;
use crate::cluster::workload::kind::WorkloadKind;
use crate::cluster::workload::{BadStored, Reply};

/// Where no times are told, one line comes so long after the other.
const STEP: Duration = Duration::from_millis(1);

/// What some programs write first into a file in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A greater value of a set takes more room than it tells.
const VALUE_MAX: usize = 1 << 24;

/// What the reads of a set show is kept in so many bits at most, and compared with what was added in at most so
/// many: no honest history of a million lines has more.
const BITS_SHOWN_MAX: usize = 1 << 33;
const BITS_COMPARED_MAX: usize = 1 << 39;

/// So many times at most a value is looked for in the last read of a process.
const LOOKS_MAX: usize = 1 << 25;

#[derive(Deserialize)]
struct BareLine<'a> {
    #[serde(default, borrow)]
    process: Option<&'a RawValue>,
    #[serde(default)]
    index: Option<u64>,
    #[serde(default)]
    time: Option<u64>,
    #[serde(default, borrow)]
    r#type: Cow<'a, str>,
    #[serde(default, borrow)]
    f: Cow<'a, str>,
    #[serde(default, borrow)]
    value: Option<&'a RawValue>,
    #[serde(default, borrow)]
    key: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<Value>,
    // Jepsen's name for it has a question mark.
    #[serde(default, alias = "final?")]
    r#final: bool,
    #[serde(default)]
    operation: Option<usize>,
}

/// What is known of a history, line by line.
#[derive(Default)]
struct Reader {
    workload: WorkloadKind,
    events: Vec<Event>,
    /// The processes by their numbers, in the order in which they came.
    nodes: BTreeMap<u64, usize>,
    names: Vec<String>,
    open: BTreeMap<usize, Invocation>,
    /// By their numbers, those that ended without a good answer.
    unanswered: BTreeMap<usize, Invocation>,
    operations: usize,
    /// The values that were given.
    given: FixedBitSet,
    size: SetSize,
    time: Duration,
    /// The place of the line before, as it says: its index, or else its time.
    place: (Option<u64>, Option<u64>),
    /// Whether a line says that it comes before the one before it.
    goes_back: bool,
}

/// What it takes to judge a set.
#[derive(Default)]
struct SetSize {
    bits_shown: usize,
    bits_compared: usize,
    values: usize,
    /// The processes with a final read.
    ends: BTreeSet<usize>,
}

impl SetSize {
    fn read(&mut self, node: usize, asked: &Invocation, shown: &Shown, given: usize) {
        self.bits_shown += shown.values.len();
        self.bits_compared += given;
        if asked.phase == Phase::FinalReads {
            self.ends.insert(node);
        }
    }

    /// What there is too much of.
    fn surplus(&self) -> Option<&'static str> {
        if self.bits_shown > BITS_SHOWN_MAX || self.bits_compared > BITS_COMPARED_MAX {
            Some("too many reads where values are so great")
        } else if self.ends.len().saturating_mul(self.values) > LOOKS_MAX {
            Some("too many processes with final reads where there are so many values")
        } else {
            None
        }
    }
}

/// Reads a history of this workload.
///
/// # Errors
/// What is wrong in which line.
pub fn read(workload: WorkloadKind, text: &[u8]) -> Result<Recording, FormatError> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let as_it_stands = Reader::of(workload, Lines::of(text));
    if as_it_stands.as_ref().is_ok_and(|reader| !reader.goes_back) {
        return as_it_stands.map(Reader::into_recording);
    }
    let sorted = order::sorted(text).map(|lines| Reader::of(workload, lines.into_iter()));
    match (sorted, as_it_stands) {
        (Some(Ok(reader)), _) => Ok(reader.into_recording()),
        // Clocks may contradict the order of the lines in which a process had its answers.
        (Some(Err(_)) | None, as_it_stands) => as_it_stands.map(Reader::into_recording),
    }
}

/// Reads a history line by line, so that its text takes no room; `None` where there is nothing in it, something is
/// wrong or its lines stand in another order: what then, [`read`] tells. `next` adds the next line with its break
/// to a text, which stays empty where there is none.
///
/// # Errors
/// Those of `next`.
pub fn read_lines<E>(
    workload: WorkloadKind,
    mut next: impl FnMut(&mut Vec<u8>) -> Result<(), E>,
) -> Result<Option<Recording>, E> {
    let mut reader = Reader::new(workload);
    let mut text = Vec::new();
    loop {
        text.clear();
        next(&mut text)?;
        let Some(line) = Lines::of(&text).next() else {
            break;
        };
        let is_blank = line.text.trim_ascii().is_empty();
        if !is_blank && (reader.line(line).is_err() || reader.goes_back) {
            return Ok(None);
        }
    }
    let is_something = !reader.events.is_empty();
    Ok(is_something.then(|| reader.into_recording()))
}

impl Reader {
    fn new(workload: WorkloadKind) -> Self {
        Self {
            workload,
            ..Self::default()
        }
    }

    fn of<'a>(
        workload: WorkloadKind,
        lines: impl Iterator<Item = Line<'a>>,
    ) -> Result<Self, FormatError> {
        let mut reader = Self::new(workload);
        let mut first = None;
        for line in lines {
            if !line.text.trim_ascii().is_empty() {
                first.get_or_insert(line);
                reader.line(line)?;
            }
        }
        match first {
            Some(line) if reader.events.is_empty() => {
                Err(line
                    .malformed("`process`: this line has none that is a number, and no other has"))
            }
            Some(_) | None => Ok(reader),
        }
    }

    fn into_recording(self) -> Recording {
        let settings = Settings {
            workload: self.workload,
            clients: self.names.len(),
            nodes: self.names,
            ..Settings::default()
        };
        Recording::of_operations(settings, self.events)
    }

    fn line(&mut self, line: Line) -> Result<(), FormatError> {
        let read: BareLine = line.decode()?;
        let process = read.process.map_or("", RawValue::get);
        let Ok(process) = process.parse() else {
            if process.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
                let wants = "no whole number of at most 64 bits";
                return Err(line.malformed(format!("`process`: {wants}")));
            }
            return Ok(());
        };
        let place = (read.index, read.time);
        self.goes_back |= match (place, self.place) {
            ((Some(index), _), (Some(before), _)) => index < before,
            ((_, Some(time)), (_, Some(before))) => time < before,
            _ => false,
        };
        self.place = place;
        let node = self.node(process);
        self.time = match read.time.map(Duration::from_nanos) {
            Some(time) => time.max(self.time + Duration::from_nanos(1)),
            None => self.time + STEP,
        };
        let time = self.time;
        let what = if read.r#type == "invoke" {
            self.invoked(line, &read, node).map(What::Invoked)?
        } else if read.r#type == "late" {
            self.late(line, &read, node)?
        } else {
            self.ended(line, &read, node)?
        };
        if let Some(surplus) = self.size.surplus() {
            return Err(line.malformed(surplus));
        }
        self.events.push(Event { time, what });
        Ok(())
    }

    fn node(&mut self, process: u64) -> usize {
        let names = &mut self.names;
        *self.nodes.entry(process).or_insert_with(|| {
            names.push(format!("process {process}"));
            names.len() - 1
        })
    }

    fn invoked(
        &mut self,
        line: Line,
        read: &BareLine<'_>,
        node: usize,
    ) -> Result<Invocation, FormatError> {
        if self.open.contains_key(&node) {
            return Err(line.malformed(format!(
                "process {} still waits for an earlier answer",
                read.process.map_or("", RawValue::get)
            )));
        }
        let value = read.value.unwrap_or(RawValue::NULL);
        let key = read.key.unwrap_or(RawValue::NULL);
        let request = self.workload.stored(&read.f, key, value);
        let request = request.map_err(|error| self.bad(line, read, error))?;
        if let Some(value) = request.value() {
            if value > VALUE_MAX {
                return Err(line.malformed(format!("`value`: more than {VALUE_MAX}")));
            }
            self.size.values += usize::from(!self.given.contains(value));
            self.given.grow_and_insert(value);
        }
        let asked = Invocation {
            operation: self.operations,
            client: node + 1,
            node,
            request,
            phase: if read.r#final {
                Phase::FinalReads
            } else {
                Phase::Load
            },
        };
        self.operations += 1;
        self.open.insert(node, asked.clone());
        Ok(asked)
    }

    fn ended(&mut self, line: Line, read: &BareLine<'_>, node: usize) -> Result<What, FormatError> {
        let kinds = ["ok", "fail", "info"];
        if !kinds.contains(&&*read.r#type) {
            let found = &read.r#type;
            return Err(line.malformed(format!(
                "`type`: {found:?} is none of invoke, ok, fail and info"
            )));
        }
        let asked = self.open.remove(&node).ok_or_else(|| {
            let process = read.process.map_or("", RawValue::get);
            line.malformed(format!("process {process} waits for no answer"))
        })?;
        if self.workload.function(&asked.request) != read.f {
            return Err(line.contradicts(Contradiction::OtherRequest(asked.operation)));
        }
        let outcome = match &*read.r#type {
            "ok" => self.reply(line, read, &asked)?,
            "fail" => Outcome::Failed(reason(read)),
            _ => Outcome::Unknown(reason(read)),
        };
        let operation = asked.operation;
        if !matches!(outcome, Outcome::Ok(_)) {
            self.unanswered.insert(operation, asked);
        }
        Ok(What::Completed { operation, outcome })
    }

    fn reply(
        &mut self,
        line: Line,
        read: &BareLine<'_>,
        asked: &Invocation,
    ) -> Result<Outcome, FormatError> {
        let value = read.value.unwrap_or(RawValue::NULL);
        let reply = asked.request.bare_reply(value, &self.given);
        let reply = reply.map_err(|error| self.bad(line, read, error))?;
        if let Reply::Set(SetReply::Shown(shown)) = &reply {
            self.size.read(asked.node, asked, shown, self.given.len());
        }
        Ok(Outcome::Ok(reply))
    }

    /// A reply that came when nobody waited for it any longer.
    fn late(&mut self, line: Line, read: &BareLine<'_>, node: usize) -> Result<What, FormatError> {
        let number = read.operation;
        let asked = number.and_then(|number| self.unanswered.remove(&number));
        let Some(asked) = asked.filter(|asked| asked.node == node) else {
            return Err(line.malformed(
                "`operation`: the process has no request with this number that it gave up",
            ));
        };
        if self.workload.request_type(&asked.request) != read.f {
            return Err(line.contradicts(Contradiction::OtherRequest(asked.operation)));
        }
        let outcome = match read.error {
            Some(_) => Outcome::Failed(reason(read)),
            None => self.reply(line, read, &asked)?,
        };
        let operation = asked.operation;
        Ok(What::Late { operation, outcome })
    }

    fn bad(&self, line: Line, read: &BareLine<'_>, error: BadStored) -> FormatError {
        match error {
            BadStored::UnknownFunction => line.malformed(format!(
                "`f`: {} has no request {:?}",
                self.workload.name(),
                read.f
            )),
            BadStored::Value(error) => line.malformed(format!("`value`: {error}")),
            BadStored::ShownTooEarly(value) => {
                line.contradicts(Contradiction::ShownTooEarly(value))
            }
        }
    }
}

fn reason(read: &BareLine<'_>) -> Reason {
    match &read.error {
        Some(Value::Array(pair)) => {
            let code = pair.first().map(Value::to_string).unwrap_or_default();
            let text = pair.get(1).and_then(Value::as_str).unwrap_or_default();
            Reason::Error {
                code,
                text: text.to_owned(),
            }
        }
        Some(Value::String(text)) => Reason::Error {
            code: String::new(),
            text: text.clone(),
        },
        _ => Reason::TimedOut,
    }
}

mod order;

#[cfg(test)]
mod tests;

//! `history.jsonl`: the settings, then a line for each event.
//!
//! ```text
//! {"index":7,"time":3204118000,"process":3,"type":"invoke","f":"add","value":9,"node":2}
//! {"index":8,"time":3304211000,"process":3,"type":"ok","f":"add","value":9,"node":2}
//! {"index":9,"time":3311508000,"process":1,"type":"ok","f":"read","value":[1,2,9,2],"node":0,"phantoms":["\"x\""]}
//! {"index":10,"time":8311508000,"process":2,"type":"info","f":"add","value":10,"node":1,"error":"timed-out"}
//! {"index":11,"time":9000000000,"type":"fault","number":2,"fault":{"cut":{"split":[[0,3],[1,2,4]]}}}
//! ```
//!
//! Requests and their ends are Jepsen's operations: each has the number of its line (`index`), and a
//! process has one request at a time. Process `i` is client `i`; the harness itself asks several nodes at
//! once, so it is a process of its own for each node, numbered after the clients. `final` marks the last
//! reads; a reply that came after its client had given up is no end: its `type` is `late`, and `operation` the
//! number of the request among all. A read's `value` has what it showed in order, then once more what it showed twice; `null` is
//! the empty list of some languages; what nobody had added stands, as JSON, in the strings of
//! `phantoms`. An `error` is a word, or the code and the text that a node answered. Lines of other types
//! are no operations ([`What`]).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::{FormatError, Line, Lines, write_line};
use crate::cluster::consistency::Contradiction;
use crate::cluster::history::{Event, Invocation, Outcome, Phase, Reason, What};
use crate::cluster::settings::Settings;
use crate::cluster::workload::BadStored;
use crate::cluster::workload::kind::WorkloadKind;
use crate::encoding::nanoseconds;

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum First<'a> {
    Test(Cow<'a, Settings>),
}

/// The line of a request or of its end.
#[derive(Serialize, Deserialize)]
struct OperationLine<'a> {
    index: usize,
    #[serde(with = "nanoseconds")]
    time: Duration,
    process: usize,
    r#type: Type,
    #[serde(borrow)]
    f: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<Box<RawValue>>,
    value: Box<RawValue>,
    node: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    phantoms: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    r#final: bool,
    /// Of a late reply, the number of the request among all requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Type {
    Invoke,
    Ok,
    Fail,
    Info,
    Late,
}

/// The line of any other event.
#[derive(Serialize)]
struct Incident<'a> {
    index: usize,
    #[serde(flatten)]
    event: &'a Event,
}

/// What every line has after the first.
#[derive(Deserialize)]
struct Head<'a> {
    index: usize,
    #[serde(borrow)]
    r#type: Cow<'a, str>,
}

/// The harness is client 0, and waits for several nodes at once.
fn process(clients: usize, asked: &Invocation) -> usize {
    match asked.client {
        0 => clients.saturating_add(1).saturating_add(asked.node),
        client => client,
    }
}

/// Any value as JSON; those that are written here never refuse.
fn raw(value: &impl Serialize) -> Box<RawValue> {
    to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// Adds the line of the settings.
pub fn write_settings(settings: &Settings, out: &mut Vec<u8>) {
    write_line(&First::Test(Cow::Borrowed(settings)), out);
}

/// Writes the events of one run. It remembers the requests under way, so that the end of each says
/// what it is the end of.
#[derive(Debug)]
pub struct HistoryWriter {
    workload: WorkloadKind,
    clients: usize,
    index: usize,
    open: BTreeMap<usize, Invocation>,
    given_up: BTreeMap<usize, Invocation>,
}

impl HistoryWriter {
    /// Nothing has happened in a run with these settings.
    pub fn new(settings: &Settings) -> Self {
        Self {
            workload: settings.workload,
            clients: settings.clients,
            index: 0,
            open: BTreeMap::new(),
            given_up: BTreeMap::new(),
        }
    }

    /// Adds the line of an event; they come in their order.
    pub fn write(&mut self, event: &Event, out: &mut Vec<u8>) {
        let index = self.index;
        match &event.what {
            What::Invoked(asked) => {
                self.open.insert(asked.operation, asked.clone());
                write_line(&self.operation(event.time, asked, None), out);
            }
            What::Completed { operation, outcome } => {
                let Some(asked) = self.open.remove(operation) else {
                    return;
                };
                write_line(&self.operation(event.time, &asked, Some(outcome)), out);
                if is_given_up(outcome) {
                    self.given_up.insert(*operation, asked);
                }
            }
            What::Late { operation, outcome } => {
                let Some(asked) = self.given_up.remove(operation) else {
                    return;
                };
                let mut line = self.operation(event.time, &asked, Some(outcome));
                line.r#type = Type::Late;
                line.operation = Some(*operation);
                write_line(&line, out);
            }
            What::Began(_)
            | What::FaultBegan { .. }
            | What::FaultEnded { .. }
            | What::Recovered { .. }
            | What::Crashed { .. }
            | What::Silent(_)
            | What::Delayed { .. }
            | What::Machine(_)
            | What::Broke(_) => write_line(&Incident { index, event }, out),
        }
        self.index += 1;
    }

    fn operation(
        &self,
        time: Duration,
        asked: &Invocation,
        outcome: Option<&Outcome>,
    ) -> OperationLine<'static> {
        let mut operation = OperationLine {
            index: self.index,
            time,
            process: process(self.clients, asked),
            r#type: Type::Invoke,
            f: self.workload.function(&asked.request).into(),
            key: asked.request.stored_key(),
            value: asked.request.stored_value(),
            node: asked.node,
            phantoms: Vec::new(),
            error: None,
            r#final: asked.phase == Phase::FinalReads,
            operation: None,
        };
        match outcome {
            None => {}
            Some(Outcome::Ok(reply)) => {
                let stored = reply.stored(&asked.request);
                operation.r#type = Type::Ok;
                operation.phantoms = stored.phantoms;
                if let Some(value) = stored.value {
                    operation.value = value;
                }
            }
            Some(Outcome::Failed(reason)) => {
                operation.r#type = Type::Fail;
                operation.error = Some(write_reason(reason));
            }
            Some(Outcome::Unknown(reason)) => {
                operation.r#type = Type::Info;
                operation.error = Some(write_reason(reason));
            }
        }
        operation
    }
}

/// Whether a reply may still come.
fn is_given_up(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Failed(Reason::TimedOut) | Outcome::Unknown(Reason::TimedOut)
    )
}

fn write_reason(reason: &Reason) -> Box<RawValue> {
    let Reason::Error { code, text } = reason else {
        return raw(reason);
    };
    // A number stands as the node wrote it; anything else as the text of its JSON.
    let is_number = code.parse::<serde_json::Number>().is_ok();
    let number = RawValue::from_string(code.clone()).ok();
    let code = number.filter(|_| is_number).unwrap_or_else(|| raw(code));
    raw(&(code, text))
}

/// The events of a file, in their order. What it knows of those before is what shows whose end a line
/// is, and that no request begins or ends where it can't.
#[derive(Debug, Clone)]
pub struct Events<'a> {
    lines: Lines<'a>,
    workload: WorkloadKind,
    clients: usize,
    nodes: usize,
    index: usize,
    phase: Phase,
    operations: usize,
    /// How many values were given.
    values: usize,
    /// By process.
    open: BTreeMap<usize, Invocation>,
    /// By its number, what nobody waits for any longer.
    given_up: BTreeMap<usize, Invocation>,
}

/// Reads the settings, and prepares to read the events.
pub fn read(text: &[u8]) -> Result<(Settings, Events<'_>), FormatError> {
    let mut lines = Lines::of(text);
    // No line at all is one that was cut off.
    let first = lines.next().ok_or(FormatError::CutOff { line: 1 })?;
    let First::Test(settings) = first.decode_tagged()?;
    let settings = settings.into_owned();
    let events = Events {
        lines,
        workload: settings.workload,
        clients: settings.clients,
        nodes: settings.nodes.len(),
        index: 0,
        phase: Phase::SetUp,
        operations: 0,
        values: 0,
        open: BTreeMap::new(),
        given_up: BTreeMap::new(),
    };
    Ok((settings, events))
}

impl Iterator for Events<'_> {
    type Item = Result<Event, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.lines.next()?;
        Some(self.event(line))
    }
}

impl Events<'_> {
    fn event(&mut self, line: Line) -> Result<Event, FormatError> {
        let head: Head = line.decode()?;
        if head.index != self.index {
            return Err(line.contradicts(Contradiction::IndexOrder(head.index)));
        }
        self.index += 1;
        if matches!(
            head.r#type.as_ref(),
            "invoke" | "ok" | "fail" | "info" | "late"
        ) {
            let operation: OperationLine = line.decode()?;
            let time = operation.time;
            let what = self.operation(line, operation)?;
            return Ok(Event { time, what });
        }
        let event: Event = line.decode_tagged()?;
        if let What::Began(phase) = event.what {
            self.phase = phase;
        }
        let missing = event.what.nodes().find(|node| *node >= self.nodes);
        match missing {
            Some(node) => Err(line.contradicts(Contradiction::NoSuchNode(node))),
            None => Ok(event),
        }
    }

    fn operation(&mut self, line: Line, operation: OperationLine) -> Result<What, FormatError> {
        if operation.r#type == Type::Late {
            return self.late(line, operation);
        }
        if operation.r#final != (self.phase == Phase::FinalReads) {
            return Err(line.contradicts(Contradiction::OtherPhase));
        }
        if operation.r#type == Type::Invoke {
            return self.invoked(line, &operation).map(What::Invoked);
        }
        let asked = self.open.remove(&operation.process);
        let asked = asked.ok_or_else(|| line.contradicts(Contradiction::NotOpen))?;
        let asked_for = self.workload.function(&asked.request);
        if asked_for != operation.f || asked.node != operation.node {
            let number = asked.operation;
            return Err(line.contradicts(Contradiction::OtherRequest(number)));
        }
        let outcome = match operation.r#type {
            Type::Fail => Outcome::Failed(read_reason(line, operation)?),
            Type::Info => Outcome::Unknown(read_reason(line, operation)?),
            Type::Ok | Type::Invoke | Type::Late => self.reply(line, &asked, operation)?,
        };
        let operation = asked.operation;
        if is_given_up(&outcome) {
            self.given_up.insert(operation, asked);
        }
        Ok(What::Completed { operation, outcome })
    }

    fn reply(
        &self,
        line: Line,
        asked: &Invocation,
        operation: OperationLine,
    ) -> Result<Outcome, FormatError> {
        let (value, phantoms) = (&operation.value, operation.phantoms);
        let reply = asked.request.stored_reply(value, phantoms, self.values);
        let reply = reply.map_err(|error| bad_stored(line, error))?;
        Ok(Outcome::Ok(reply))
    }

    fn late(&mut self, line: Line, operation: OperationLine) -> Result<What, FormatError> {
        let number = operation.operation;
        let number = number.ok_or_else(|| line.malformed("missing field `operation`"))?;
        let asked = self.given_up.remove(&number);
        let asked = asked.ok_or_else(|| line.contradicts(Contradiction::NotOpen))?;
        let asked_for = self.workload.request_type(&asked.request);
        let process = process(self.clients, &asked);
        let is_it = asked_for == operation.f
            && asked.node == operation.node
            && process == operation.process;
        if !is_it {
            return Err(line.contradicts(Contradiction::OtherRequest(number)));
        }
        let outcome = match operation.error {
            Some(_) => Outcome::Failed(read_reason(line, operation)?),
            None => self.reply(line, &asked, operation)?,
        };
        let operation = number;
        Ok(What::Late { operation, outcome })
    }

    fn invoked(
        &mut self,
        line: Line,
        operation: &OperationLine,
    ) -> Result<Invocation, FormatError> {
        let process = operation.process;
        let is_client = (1..=self.clients).contains(&process);
        let asked = Invocation {
            operation: self.operations,
            client: if is_client { process } else { 0 },
            node: operation.node,
            request: {
                let key = operation.key.as_deref().unwrap_or(RawValue::NULL);
                let request = self.workload.stored(&operation.f, key, &operation.value);
                request.map_err(|error| bad_stored(line, error))?
            },
            phase: self.phase,
        };
        // Client i talks to node i mod n, and the harness to all.
        let node = match asked.client.checked_sub(1) {
            Some(client) => client.checked_rem(self.nodes),
            None => process.checked_sub(self.clients.saturating_add(1)),
        };
        // Clients bring the load; before it nobody asks, and after it the harness.
        let is_load = asked.client > 0;
        let is_its_phase = match self.phase {
            Phase::Load => is_load,
            Phase::Recovery | Phase::FinalReads => !is_load,
            Phase::SetUp | Phase::End => false,
        };
        let value = asked.request.value();
        let what = match value {
            _ if node != Some(asked.node) || asked.node >= self.nodes => Contradiction::OtherNode,
            _ if !is_its_phase => Contradiction::OtherPhase,
            _ if self.open.contains_key(&process) => Contradiction::ProcessBusy(process),
            Some(value) if value != self.values => Contradiction::ValueOrder(value),
            Some(_) | None => {
                self.values += usize::from(value.is_some());
                self.operations += 1;
                self.open.insert(process, asked.clone());
                return Ok(asked);
            }
        };
        Err(line.contradicts(what))
    }
}

fn bad_stored(line: Line, error: BadStored) -> FormatError {
    match error {
        BadStored::UnknownFunction => line.malformed("`f`: the workload has no such request"),
        BadStored::Value(error) => line.malformed(format!("`value`: {error}")),
        BadStored::ShownTooEarly(value) => line.contradicts(Contradiction::ShownTooEarly(value)),
    }
}

fn read_reason(line: Line, operation: OperationLine) -> Result<Reason, FormatError> {
    let error = operation
        .error
        .ok_or_else(|| line.malformed("missing field `error`"))?;
    let read = if error.get().starts_with('[') {
        let pair = serde_json::from_str::<(Box<RawValue>, String)>(error.get());
        pair.map(|(code, text)| {
            let is_text = serde_json::from_str(code.get());
            let code = is_text.unwrap_or_else(|_| code.get().to_owned());
            Reason::Error { code, text }
        })
    } else {
        serde_json::from_str(error.get())
    };
    read.map_err(|error| line.malformed(format!("`error`: {error}")))
}

//! What a person should fix first: causes, looked for in what the node wrote and how it ended.
//!
//! Each cause is looked for by one small function and reported once, at its first
//! place. What `.expected` itself shows is never diagnosed. The words are made by
//! the report.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use crate::case::{ExpectedLine, Request};
use crate::matching::actual::{ActualContent, ActualLine, ActualLines};
use crate::message::{self, Id};
use crate::transcript::{Ending, Exit, Transcript};

/// A cause, with its evidence. Line numbers without another word are those of the node's stdout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Diagnosis {
    /// The node exited with a status other than 0, or by a signal.
    BadExit {
        /// How.
        exit: Exit,
    },
    /// The node wrote more than is kept.
    Flooded {
        /// How much is kept, in bytes.
        output_max: usize,
    },
    /// A line is no JSON.
    NotJson {
        /// The line.
        line: usize,
        /// Its bytes.
        bytes: Vec<u8>,
        /// What it may be.
        guess: Guess,
        /// How many such lines there are.
        count: usize,
    },
    /// A line is JSON, but no message.
    NoEnvelope {
        /// The line.
        line: usize,
        /// Its bytes.
        bytes: Vec<u8>,
        /// The first field that a message must have and this one hasn't, as a path; empty: it
        /// is no object.
        missing: &'static str,
    },
    /// A `src` that isn't the node's id.
    ForeignSource {
        /// The line.
        line: usize,
        /// The `src`.
        source: String,
        /// The ids that the node has, as the case says.
        nodes: Vec<String>,
    },
    /// One sender used a `msg_id` twice.
    ReusedId {
        /// The line of the second message.
        line: usize,
        /// The line of the first.
        first: usize,
        /// The id.
        id: Id,
    },
    /// A `dest` that the case knows nobody by.
    UnknownDestination {
        /// The line.
        line: usize,
        /// The `dest`.
        destination: String,
    },
    /// An `in_reply_to` that answers no message.
    ReplyToNothing {
        /// The line.
        line: usize,
        /// To whom.
        receiver: String,
        /// The `in_reply_to`.
        id: Id,
        /// The ids of that receiver's requests, in order.
        requests: Vec<Id>,
    },
    /// A second answer to one request.
    DoubleReply {
        /// The line of the second answer.
        line: usize,
        /// The line of the first.
        first: usize,
        /// The request's line in the `.in`.
        request: usize,
    },
    /// The case's time was over.
    TimedOut {
        /// How long it had.
        timeout: Duration,
        /// What the node was doing, as far as one can tell.
        state: Stuck,
    },
    /// The node wrote nothing at all.
    Silent,
    /// A request that `.expected` has an answer to got none.
    MissingReply {
        /// The request's line in the `.in`.
        request: usize,
        /// Its type.
        kind: String,
        /// Its `msg_id`.
        id: Id,
        /// How many such requests there are.
        count: usize,
    },
}

/// What a line that is no JSON may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// Nothing stands there.
    Empty,
    /// Two messages that share the line; the second starts at this byte.
    TwoMessages(usize),
    /// Something like `{'src': 'n1'}`, as Python prints a dictionary.
    PythonDictionary,
    /// JSON that breaks off where the node stopped.
    CutShort,
    /// JSON that goes wrong at this byte.
    BrokenJson(usize),
    /// Words for a person.
    LogLine,
}

/// What a node whose time was over was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stuck {
    /// It never took these last bytes of its input.
    NotReading {
        /// How many.
        unread: u64,
    },
    /// It read everything, and still ran.
    Idle,
    /// It still ran; nobody can tell whether it read everything.
    StillRunning,
    /// It was still waiting for messages that the case had not sent yet.
    InputOpen,
}

impl Diagnosis {
    /// Whether it fails a case whatever else the node wrote; the others explain a mismatch.
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::BadExit { .. }
            | Self::Flooded { .. }
            | Self::NotJson { .. }
            | Self::NoEnvelope { .. }
            | Self::ForeignSource { .. }
            | Self::ReusedId { .. }
            | Self::TimedOut { .. } => true,
            Self::UnknownDestination { .. }
            | Self::ReplyToNothing { .. }
            | Self::DoubleReply { .. }
            | Self::Silent
            | Self::MissingReply { .. } => false,
        }
    }
}

/// All that a diagnosis may look at.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The messages of the `.in`.
    pub requests: &'a [Request],
    /// The lines of the `.expected`.
    pub expected: &'a [ExpectedLine],
    /// What the node wrote.
    pub actual: &'a ActualLines,
    /// How it went.
    pub transcript: &'a Transcript,
}

/// Looks for every cause; what to fix first comes first.
pub fn diagnose(evidence: Evidence<'_>) -> Vec<Diagnosis> {
    let look_for: [fn(Evidence<'_>) -> Option<Diagnosis>; 12] = [
        bad_exit,
        flooded,
        not_json,
        no_envelope,
        foreign_source,
        reused_id,
        unknown_destination,
        reply_to_nothing,
        double_reply,
        timed_out,
        silent,
        missing_reply,
    ];
    look_for.iter().filter_map(|look| look(evidence)).collect()
}

fn bad_exit(evidence: Evidence<'_>) -> Option<Diagnosis> {
    match evidence.transcript.ending {
        Ending::Exited(exit) if !exit.is_success() => Some(Diagnosis::BadExit { exit }),
        _ => None,
    }
}

fn flooded(evidence: Evidence<'_>) -> Option<Diagnosis> {
    match evidence.transcript.ending {
        Ending::Flooded { output_max } => Some(Diagnosis::Flooded { output_max }),
        _ => None,
    }
}

fn timed_out(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let transcript = evidence.transcript;
    let Ending::TimedOut { timeout } = transcript.ending else {
        return None;
    };
    let state = match transcript.unread {
        Some(unread) if unread > 0 => Stuck::NotReading { unread },
        _ if !transcript.input_closed => Stuck::InputOpen,
        Some(_) => Stuck::Idle,
        None => Stuck::StillRunning,
    };
    Some(Diagnosis::TimedOut { timeout, state })
}

fn silent(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let silent = evidence.actual.total == 0 && !evidence.expected.is_empty();
    silent.then_some(Diagnosis::Silent)
}

fn not_json(evidence: Evidence<'_>) -> Option<Diagnosis> {
    if evidence.expected.iter().any(|line| line.json().is_none()) {
        return None;
    }
    let mut bad = evidence
        .actual
        .lines
        .iter()
        .filter(|line| line.json().is_none());
    let first = bad.next()?;
    Some(Diagnosis::NotJson {
        line: first.number,
        bytes: first.bytes.clone(),
        guess: guess(first),
        count: 1 + bad.count(),
    })
}

fn guess(line: &ActualLine) -> Guess {
    let ActualContent::NotJson { offset, .. } = &line.content else {
        return Guess::LogLine;
    };
    let text = line.bytes.trim_ascii();
    if text.is_empty() {
        return Guess::Empty;
    }
    if !text.starts_with(b"{") {
        return Guess::LogLine;
    }
    if let Some(second) = second_value(&line.bytes) {
        return Guess::TwoMessages(second);
    }
    if text.starts_with(b"{'") {
        return Guess::PythonDictionary;
    }
    if line.unfinished && *offset >= line.bytes.len().saturating_sub(1) {
        return Guess::CutShort;
    }
    Guess::BrokenJson(*offset)
}

/// Where a second JSON value starts, if the line holds two or more of them and nothing else.
fn second_value(bytes: &[u8]) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    values.next()?.ok()?;
    let end = values.byte_offset();
    let all = values.try_fold(0, |count, value| value.ok().map(|_| count + 1))?;
    (all > 0).then_some(end)
}

fn no_envelope(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let shown = evidence.expected.iter().filter_map(ExpectedLine::json);
    if shown
        .into_iter()
        .any(|value| missing_field(value).is_some())
    {
        return None;
    }
    evidence.actual.lines.iter().find_map(|line| {
        Some(Diagnosis::NoEnvelope {
            line: line.number,
            bytes: line.bytes.clone(),
            missing: missing_field(line.json()?)?,
        })
    })
}

fn missing_field(value: &Value) -> Option<&'static str> {
    if !value.is_object() {
        return Some("");
    }
    let body = value.get("body").and_then(Value::as_object);
    let is_text = |value: Option<&Value>| value.is_some_and(Value::is_string);
    let fields = [
        ("src", is_text(value.get("src"))),
        ("dest", is_text(value.get("dest"))),
        ("body", body.is_some()),
        ("body.type", is_text(body.and_then(|body| body.get("type")))),
    ];
    let missing = fields.into_iter().find(|(_, is_there)| !is_there)?;
    Some(missing.0)
}

fn foreign_source(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let nodes = node_ids(evidence.requests);
    let shown: BTreeSet<_> = evidence
        .expected
        .iter()
        .filter_map(ExpectedLine::json)
        .filter_map(message::source)
        .collect();
    let foreign =
        |source: &str| !nodes.is_empty() && !nodes.contains(source) && !shown.contains(source);
    messages(evidence.actual).find_map(|(line, message)| {
        let source = message::source(message).filter(|source| foreign(source))?;
        Some(Diagnosis::ForeignSource {
            line,
            source: source.to_owned(),
            nodes: nodes.iter().map(|node| (*node).to_owned()).collect(),
        })
    })
}

/// The node's ids: what `init` said, else to whom the messages went.
fn node_ids(requests: &[Request]) -> BTreeSet<&str> {
    let inits = requests.iter().filter(|request| request.kind() == "init");
    let named: BTreeSet<_> = inits
        .filter_map(|request| message::body(&request.message)?.get("node_id")?.as_str())
        .collect();
    if !named.is_empty() {
        return named;
    }
    let sent = requests.iter().map(|request| &request.message);
    sent.filter_map(message::destination).collect()
}

fn reused_id(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let shown = evidence.expected.iter().filter_map(ExpectedLine::json);
    let shown: Vec<_> = shown.enumerate().collect();
    let reusing: BTreeSet<_> = reuses(shown.into_iter())
        .map(|reuse| reuse.sender)
        .collect();
    let mut reused = reuses(messages(evidence.actual));
    let reuse = reused.find(|reuse| !reusing.contains(reuse.sender))?;
    Some(Diagnosis::ReusedId {
        line: reuse.line,
        first: reuse.first,
        id: reuse.id,
    })
}

struct Reuse<'a> {
    sender: &'a str,
    id: Id,
    first: usize,
    line: usize,
}

fn reuses<'a>(
    messages: impl Iterator<Item = (usize, &'a Value)>,
) -> impl Iterator<Item = Reuse<'a>> {
    let mut seen = BTreeMap::new();
    messages.filter_map(move |(line, message)| {
        let sender = message::source(message).unwrap_or_default();
        let id = message::msg_id(message)?;
        let first = *seen.entry((sender, id.clone())).or_insert(line);
        (first != line).then_some(Reuse {
            sender,
            id,
            first,
            line,
        })
    })
}

fn unknown_destination(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let mut known = BTreeSet::new();
    for request in evidence.requests {
        known.extend(message::source(&request.message));
        known.extend(message::destination(&request.message));
        collect_names(&request.message, &mut known);
    }
    let shown = evidence.expected.iter().filter_map(ExpectedLine::json);
    known.extend(shown.filter_map(message::destination));
    messages(evidence.actual).find_map(|(line, message)| {
        let destination = message::destination(message)?;
        (!known.contains(destination)).then(|| Diagnosis::UnknownDestination {
            line,
            destination: destination.to_owned(),
        })
    })
}

/// The nodes that an `init` or a `topology` announces.
fn collect_names<'a>(message: &'a Value, known: &mut BTreeSet<&'a str>) {
    let Some(body) = message::body(message) else {
        return;
    };
    let ids = body.get("node_ids").and_then(Value::as_array);
    known.extend(ids.into_iter().flatten().filter_map(Value::as_str));
    let topology = body.get("topology").and_then(Value::as_object);
    for (node, neighbors) in topology.into_iter().flatten() {
        known.insert(node);
        let neighbors = neighbors.as_array().into_iter().flatten();
        known.extend(neighbors.filter_map(Value::as_str));
    }
}

fn reply_to_nothing(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let mut answerable: BTreeSet<(&str, Id)> = BTreeSet::new();
    let sent = evidence.requests.iter().map(|request| &request.message);
    let written = messages(evidence.actual).map(|(_, message)| message);
    for message in sent.chain(written) {
        let source = message::source(message).unwrap_or_default();
        answerable.extend(message::msg_id(message).map(|id| (source, id)));
    }
    let shown = evidence.expected.iter().filter_map(ExpectedLine::json);
    answerable.extend(shown.filter_map(answer));
    messages(evidence.actual).find_map(|(line, message)| {
        let (receiver, id) = answer(message)?;
        (!answerable.contains(&(receiver, id.clone()))).then(|| Diagnosis::ReplyToNothing {
            line,
            receiver: receiver.to_owned(),
            id,
            requests: requests_of(evidence.requests, receiver),
        })
    })
}

fn requests_of(requests: &[Request], sender: &str) -> Vec<Id> {
    let own = requests.iter().filter(|request| request.source() == sender);
    own.filter_map(Request::msg_id).collect()
}

fn double_reply(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let mut promised: BTreeMap<(&str, Id), usize> = BTreeMap::new();
    let shown = evidence.expected.iter().filter_map(ExpectedLine::json);
    for answer in shown.filter_map(answer) {
        *promised.entry(answer).or_default() += 1;
    }
    let mut seen: BTreeMap<(&str, Id), Vec<usize>> = BTreeMap::new();
    messages(evidence.actual).find_map(|(line, message)| {
        let answer = answer(message)?;
        let request = request_of(evidence.requests, &answer)?;
        let allowed = promised.get(&answer).copied().unwrap_or_default().max(1);
        let lines = seen.entry(answer).or_default();
        lines.push(line);
        let first = *lines.first()?;
        (lines.len() > allowed).then_some(Diagnosis::DoubleReply {
            line,
            first,
            request,
        })
    })
}

fn missing_reply(evidence: Evidence<'_>) -> Option<Diagnosis> {
    if evidence.actual.total == 0 {
        return None;
    }
    let written: BTreeSet<_> = messages(evidence.actual)
        .filter_map(|(_, message)| answer(message))
        .collect();
    let shown = evidence.expected.iter().filter_map(ExpectedLine::json);
    let promised: BTreeSet<_> = shown.filter_map(answer).collect();
    let mut missing = evidence.requests.iter().filter(|request| {
        request.msg_id().is_some_and(|id| {
            let answer = (request.source(), id);
            promised.contains(&answer) && !written.contains(&answer)
        })
    });
    let first = missing.next()?;
    Some(Diagnosis::MissingReply {
        request: first.line,
        kind: first.kind().to_owned(),
        id: first.msg_id()?,
        count: 1 + missing.count(),
    })
}

/// To whom a message replies, and to which of its requests.
fn answer(message: &Value) -> Option<(&str, Id)> {
    let receiver = message::destination(message).unwrap_or_default();
    Some((receiver, message::in_reply_to(message)?))
}

/// The line in the `.in` of the request that is answered.
fn request_of(requests: &[Request], (receiver, id): &(&str, Id)) -> Option<usize> {
    let request = requests
        .iter()
        .find(|request| request.source() == *receiver && request.msg_id().as_ref() == Some(id))?;
    Some(request.line)
}

/// The lines that are JSON, with their numbers.
fn messages(actual: &ActualLines) -> impl Iterator<Item = (usize, &Value)> {
    let lines = actual.lines.iter();
    lines.filter_map(|line| Some((line.number, line.json()?)))
}

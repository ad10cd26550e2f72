//! The exchange in which a run went wrong: who said what to whom, with the message that is wrong or
//! missing marked. Data, no words and no lines.
//!
//! Nobody knows when a node read what. So an answer stands behind its request, that of a service too, and
//! everything else in the order in which it was sent or written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::case::played::PlayedServices;
use crate::case::{Case, ExpectedLine, InputMessage, Step};
use crate::json;
use crate::matching::Mismatch;
use crate::matching::actual::{ActualLine, ActualLines};
use crate::message::{self, Id};
use crate::script::served::ServedNode;

/// How many messages there must be for a picture to say more than the lines do.
const MESSAGES_MIN: usize = 5;

/// As [`MESSAGES_MIN`], of those that the node speaks with.
const PARTIES_MIN: usize = 2;

/// How many messages are shown before the wrong one.
const SHOWN_BEFORE: usize = 5;

/// How many messages are shown after it.
const SHOWN_AFTER: usize = 2;

/// How much of what a message says is kept, in bytes.
const LABEL_BYTES_MAX: usize = 16 * 1024;

/// Some messages of a run, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagram {
    pub arrows: Vec<Arrow>,
    /// How many messages come after them.
    pub left_out: usize,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    /// How many messages come between it and the one before, and aren't shown.
    pub left_out: usize,
    /// What was done to the cluster before it, as it is written.
    pub acts: Vec<String>,
    /// Who sent it; empty if it doesn't say.
    pub from: String,
    /// Who gets it; empty if it doesn't say.
    pub to: String,
    pub label: Label,
    pub place: Place,
    /// Whether something is wrong with it.
    pub mark: Mark,
}

/// What a message says, in short.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// Its type, or a line that is no message.
    pub kind: String,
    /// Its `msg_id`.
    pub id: Option<Id>,
    /// Its `in_reply_to`.
    pub answers: Option<Id>,
    /// Its other fields, as in `message=1`.
    pub payload: String,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On a line of the `.in`.
    Input(usize),
    /// On a line of the `.in` that was never sent.
    Unsent(usize),
    /// On a line of the node's stdout.
    Output(usize),
    /// On a line of the `.expected`: it never came.
    Expected(usize),
    /// On none: a service sent it.
    Service,
}

/// Whether something is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    None,
    /// It isn't what it should be, or shouldn't be there.
    Wrong,
    Missing,
}

/// Draws the exchange; `None` if it is so small that the lines say it all, or nothing in it can be
/// marked. `services`: those that the harness played. `wrong`: the line of stdout that is wrong where all
/// messages agree. `sent_line`: the line of the `.in` that was sent last.
pub fn of(
    case: &Case,
    services: &PlayedServices,
    expected: &[ExpectedLine],
    actual: &ActualLines,
    mismatch: Option<&Mismatch>,
    wrong: Option<usize>,
    sent_line: usize,
) -> Option<Diagram> {
    let mut arrows = conversation(case, services, actual, sent_line);
    let parties: BTreeSet<_> = arrows.iter().map(Arrow::peer).collect();
    if arrows.len() < MESSAGES_MIN && parties.len() < PARTIES_MIN {
        return None;
    }
    let number = |at: &usize| actual.lines.get(*at).map(|line| line.number);
    let (wrong, missing) = match mismatch {
        None => (wrong, None),
        Some(Mismatch::Differs { actual: at, .. } | Mismatch::Unexpected { actual: at, .. }) => {
            (number(at), None)
        }
        Some(Mismatch::Late { came_as, .. }) => (number(came_as), None),
        Some(Mismatch::Missing { expected }) => (None, Some(*expected)),
    };
    for arrow in &mut arrows {
        if wrong.is_some_and(|line| arrow.place == Place::Output(line)) {
            arrow.mark = Mark::Wrong;
        }
    }
    if let Some(position) = missing
        && let Some(line) = expected.get(position)
    {
        let arrow = absent(line);
        // What isn't compared has no place among what was expected.
        let before = position.min(actual.lines.len()).checked_sub(1);
        let before = before.and_then(|at| number(&at));
        let at = place_of(&arrow, &arrows, before);
        arrows.insert(at, arrow);
    }
    cut_out(arrows)
}

/// All messages, each answer behind its request.
fn conversation(
    case: &Case,
    services: &PlayedServices,
    actual: &ActualLines,
    sent_line: usize,
) -> Vec<Arrow> {
    // They answer what they are asked as they did in the run.
    let mut services = ServedNode::of(services);
    let mut sends = sends(case, sent_line).peekable();
    let node = case
        .requests
        .iter()
        .find_map(|request| message::destination(&request.message));
    let node = node.unwrap_or_default();
    let requests = case.requests.iter().rev().filter_map(|request| {
        let key = (request.source(), request.msg_id()?);
        Some((key, request.line))
    });
    let requests: BTreeMap<_, _> = requests.collect();
    let mut arrows: Vec<Arrow> = Vec::new();
    // The requests in the picture that have no answer so far.
    let mut open = BTreeSet::new();
    for line in actual.all() {
        let answered = line.json().and_then(|message| {
            let receiver = message::destination(message).unwrap_or_default();
            requests.get(&(receiver, message::in_reply_to(message)?))
        });
        if let Some(answered) = answered {
            while let Some(send) = sends.next_if(|send| send.line() <= *answered) {
                open.extend(send.label.id.is_some().then_some(send.line()));
                arrows.push(send);
            }
            open.remove(answered);
        }
        // A node asks a service because it was asked.
        if services.heard(&line.bytes)
            && open.is_empty()
            && let Some(send) = sends.next_if(|send| matches!(send.place, Place::Input(_)))
        {
            open.extend(send.label.id.is_some().then_some(send.line()));
            arrows.push(send);
        }
        arrows.push(said(line, node));
        let reply = services.next_reply();
        arrows.extend(reply.map(|reply| served(&reply)));
    }
    arrows.extend(sends);
    arrows
}

/// What the case sends, or would have sent.
fn sends(case: &Case, sent_line: usize) -> impl Iterator<Item = Arrow> {
    let by_line: BTreeMap<usize, &InputMessage> =
        case.requests.iter().map(|r| (r.line, r)).collect();
    let mut acts = Vec::new();
    case.steps.iter().filter_map(move |step| match step {
        Step::Send { line, bytes, .. } => {
            let message = by_line.get(line).map(|request| &request.message);
            let was_sent = *line <= sent_line;
            let place = if was_sent {
                Place::Input
            } else {
                Place::Unsent
            };
            let arrow = arrow(message, bytes, place(*line));
            let acts = std::mem::take(&mut acts);
            Some(Arrow { acts, ..arrow })
        }
        Step::Act { text, .. } => {
            acts.push(text.clone());
            None
        }
        Step::Sleep { .. } => None,
    })
}

/// What the node wrote; who it is if it doesn't say is `node`.
fn said(line: &ActualLine, node: &str) -> Arrow {
    let mut arrow = arrow(line.json(), &line.bytes, Place::Output(line.number));
    if arrow.from.is_empty() {
        node.clone_into(&mut arrow.from);
    }
    arrow
}

fn served(line: &[u8]) -> Arrow {
    let message = json::read(line).ok();
    arrow(message.as_ref(), line, Place::Service)
}

/// A message that never came.
fn absent(line: &ExpectedLine) -> Arrow {
    let text = line.json().map(Value::to_string).unwrap_or_default();
    let mut arrow = arrow(line.json(), text.as_bytes(), Place::Expected(line.number));
    arrow.mark = Mark::Missing;
    arrow
}

fn arrow(message: Option<&Value>, bytes: &[u8], place: Place) -> Arrow {
    let name = |name: Option<&str>| name.unwrap_or_default().to_owned();
    Arrow {
        left_out: 0,
        acts: Vec::new(),
        from: name(message.and_then(message::source)),
        to: name(message.and_then(message::destination)),
        label: match message.filter(|message| message::kind(message).is_some()) {
            Some(message) => label(message),
            None => Label {
                kind: String::from_utf8_lossy(start(bytes.trim_ascii())).into_owned(),
                ..Label::default()
            },
        },
        place,
        mark: Mark::None,
    }
}

/// What anybody would read of a text.
fn start(bytes: &[u8]) -> &[u8] {
    bytes.get(..LABEL_BYTES_MAX).unwrap_or(bytes)
}

fn label(message: &Value) -> Label {
    let no_fields = Map::new();
    let body = message::body(message).unwrap_or(&no_fields);
    let is_payload = |key: &str| !["type", "msg_id", "in_reply_to"].contains(&key);
    let payload = body.iter().filter(|(key, _)| is_payload(key));
    let payload: Vec<_> = payload
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let payload = payload.join(" ");
    Label {
        kind: message::kind(message).unwrap_or_default().to_owned(),
        id: message::msg_id(message),
        answers: message::in_reply_to(message),
        payload: String::from_utf8_lossy(start(payload.as_bytes())).into_owned(),
    }
}

impl Arrow {
    /// Whether the node sent it, or should have.
    pub fn is_outward(&self) -> bool {
        matches!(self.place, Place::Output(_) | Place::Expected(_))
    }

    /// Whom the node speaks with.
    pub fn peer(&self) -> &str {
        if self.is_outward() {
            &self.to
        } else {
            &self.from
        }
    }

    fn line(&self) -> usize {
        match self.place {
            Place::Input(line)
            | Place::Unsent(line)
            | Place::Output(line)
            | Place::Expected(line) => line,
            Place::Service => 0,
        }
    }

    /// Whether this is the request that `reply` answers.
    fn is_answered_by(&self, reply: &Self) -> bool {
        let id = self.label.id.as_ref();
        !self.is_outward()
            && id.is_some()
            && id == reply.label.answers.as_ref()
            && self.from == reply.to
    }
}

/// Where a message that never came would stand: behind its request, else behind the line of stdout that was
/// expected `before` it.
fn place_of(absent: &Arrow, arrows: &[Arrow], before: Option<usize>) -> usize {
    if let Some(at) = arrows.iter().position(|arrow| arrow.is_answered_by(absent)) {
        return at + 1;
    }
    let place = before.map(Place::Output);
    let last = arrows.iter().position(|arrow| Some(arrow.place) == place);
    let last = last.map(|at| at + 1);
    // What was to come first stands before what came, and before what was never sent for want of it.
    let first = || {
        arrows
            .iter()
            .position(|arrow| arrow.is_outward() || matches!(arrow.place, Place::Unsent(_)))
    };
    last.or_else(first).unwrap_or(arrows.len())
}

/// The marked messages, what stands around the first of them, and its request.
fn cut_out(arrows: Vec<Arrow>) -> Option<Diagram> {
    let marked = |arrow: &Arrow| arrow.mark != Mark::None;
    let first = arrows.iter().position(marked)?;
    let wrong = arrows.get(first)?;
    let request = arrows.iter().position(|arrow| arrow.is_answered_by(wrong));
    let around = first.saturating_sub(SHOWN_BEFORE)..=first.saturating_add(SHOWN_AFTER);
    let is_shown =
        |at: usize, arrow: &Arrow| around.contains(&at) || marked(arrow) || request == Some(at);
    let shown: Vec<_> = arrows
        .iter()
        .enumerate()
        .map(|(at, arrow)| is_shown(at, arrow))
        .collect();
    let mut left_out = 0;
    // What is done to a cluster is told even where the messages aren't.
    let mut acts = Vec::new();
    let mut kept = Vec::new();
    for (mut arrow, shown) in arrows.into_iter().zip(shown) {
        acts.append(&mut arrow.acts);
        if shown {
            arrow.acts = std::mem::take(&mut acts);
            arrow.left_out = std::mem::take(&mut left_out);
            kept.push(arrow);
        } else {
            left_out += 1;
        }
    }
    Some(Diagram {
        arrows: kept,
        left_out,
    })
}

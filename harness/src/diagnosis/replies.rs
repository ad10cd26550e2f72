//! Ids and answers: a number used twice, an answer to nothing, one too many, one too few.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Diagnosis, Evidence, beyond, messages, shown};
use crate::case::{InputMessage, steps};
use crate::json::member;
use crate::matching::comparison::pruned;
use crate::message::{self, Id, answer};
use crate::transcript::Ending;

/// A `msg_id` that is no integer, unless `.expected` shows such ones.
pub fn bad_id(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let bad = |message: &Value| {
        let found = member(message::body(message)?, "msg_id")?;
        message::id(found).is_none().then(|| found.clone())
    };
    let is_shown = |message: &Value| bad(message).is_some_and(|found| !is_placeholder(&found));
    if shown(evidence).any(is_shown) {
        return None;
    }
    messages(evidence).find_map(|(line, message)| {
        Some(Diagnosis::BadId {
            line,
            found: pruned(&bad(message)?),
        })
    })
}

fn is_placeholder(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(crate::case::pattern::is_bracketed)
}

pub fn reused_id(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let reusing: BTreeSet<_> = reuses(shown(evidence).enumerate())
        .map(|reuse| reuse.sender)
        .collect();
    let cluster = evidence.cluster;
    let restarted = cluster.map(|cluster| steps::restarted(cluster, evidence.steps));
    let restarted = restarted.unwrap_or_default();
    let mut reused = reuses(messages(evidence));
    let reuse = reused
        .find(|reuse| !reusing.contains(reuse.sender) && !restarted.contains(reuse.sender))?;
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

pub fn reply_to_nothing(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let mut answerable: BTreeSet<(&str, Id)> = BTreeSet::new();
    let sent = evidence.requests.iter().map(|request| &request.message);
    let written = messages(evidence).map(|(_, message)| message);
    for message in sent.chain(written) {
        let source = message::source(message).unwrap_or_default();
        answerable.extend(message::msg_id(message).map(|id| (source, id)));
    }
    let shown = shown(evidence);
    answerable.extend(shown.filter_map(answer));
    messages(evidence).find_map(|(line, message)| {
        let (receiver, id) = answer(message)?;
        (!answerable.contains(&(receiver, id.clone()))).then(|| Diagnosis::ReplyToNothing {
            line,
            receiver: receiver.to_owned(),
            id,
            requests: requests_of(evidence.requests, receiver),
        })
    })
}

fn requests_of(requests: &[InputMessage], sender: &str) -> Vec<Id> {
    let own = requests.iter().filter(|request| request.source() == sender);
    own.filter_map(InputMessage::msg_id).collect()
}

pub fn double_reply<'a>(evidence: Evidence<'a>) -> Option<Diagnosis> {
    // In a cluster a client may give the same number to requests to several nodes.
    let is_cluster = evidence.cluster.is_some();
    let node = |name: Option<&'a str>| name.filter(|_| is_cluster).unwrap_or_default();
    let answer_of = |message: &'a Value| {
        let (receiver, id) = answer(message)?;
        Some((node(message::source(message)), receiver, id))
    };
    let requests = evidence.requests.iter().rev().filter_map(|request| {
        let asked = node(message::destination(&request.message));
        Some(((asked, request.source(), request.msg_id()?), request.line))
    });
    let mut promised: BTreeMap<(&str, &str, Id), usize> = BTreeMap::new();
    for answer in shown(evidence).filter_map(answer_of) {
        *promised.entry(answer).or_default() += 1;
    }
    let requests: BTreeMap<_, _> = requests.collect();
    let mut seen: BTreeMap<(&str, &str, Id), Vec<usize>> = BTreeMap::new();
    messages(evidence).find_map(|(line, message)| {
        let answer = answer_of(message)?;
        let request = *requests.get(&answer)?;
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

/// A message of the type that answers a request, to the one who asked, without the right id.
pub fn unlinked(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let seeming = SeemingAnswers::of(evidence);
    let unanswered = unanswered(evidence);
    let mut unanswered = unanswered.into_iter();
    let found = unanswered.find_map(|request| Some((request, seeming.to(request)?)));
    let (request, (line, message)) = found?;
    Some(Diagnosis::Unlinked {
        line,
        kind: message::kind(message).unwrap_or_default().to_owned(),
        request: request.line,
        id: request.msg_id()?,
        found: message::body(message)?.get("in_reply_to").map(pruned),
    })
}

/// Messages that seem to be answers, but whose `in_reply_to` is no id at all.
struct SeemingAnswers<'a> {
    /// The type of the answer that `.expected` promises.
    promised: BTreeMap<(&'a str, Id), &'a str>,
    /// By receiver and type.
    unlinked: BTreeMap<(&'a str, &'a str), (usize, &'a Value)>,
}

impl<'a> SeemingAnswers<'a> {
    fn of(evidence: Evidence<'a>) -> Self {
        let promised =
            shown(evidence).filter_map(|message| Some((answer(message)?, message::kind(message)?)));
        let mut unlinked = BTreeMap::new();
        for (line, message) in messages(evidence) {
            let key = message::destination(message).zip(message::kind(message));
            if let Some(key) = key.filter(|_| message::in_reply_to(message).is_none()) {
                unlinked.entry(key).or_insert((line, message));
            }
        }
        Self {
            promised: promised.collect(),
            unlinked,
        }
    }

    fn to(&self, request: &'a InputMessage) -> Option<(usize, &'a Value)> {
        let receiver = request.source();
        let kind = *self.promised.get(&(receiver, request.msg_id()?))?;
        self.unlinked.get(&(receiver, kind)).copied()
    }
}

/// An error where `.expected` shows another answer.
pub fn error_reply(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let promised: BTreeSet<_> = shown(evidence)
        .filter(|message| message::kind(message) != Some("error"))
        .filter_map(answer)
        .collect();
    let requests = by_answer(evidence.requests);
    messages(evidence).find_map(|(_, message)| {
        let answer = answer(message).filter(|answer| promised.contains(answer))?;
        let body = message::body(message).filter(|_| message::kind(message) == Some("error"))?;
        let request = requests.get(&answer)?;
        Some(Diagnosis::ErrorReply {
            request: request.line,
            kind: request.kind().to_owned(),
            code: body.get("code").map(pruned).unwrap_or_default(),
            text: body
                .get("text")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        })
    })
}

pub fn missing_reply(evidence: Evidence<'_>) -> Option<Diagnosis> {
    if evidence.actual.is_empty() && evidence.cluster.is_none() {
        return None;
    }
    let seeming = SeemingAnswers::of(evidence);
    let missing = unanswered(evidence).into_iter();
    let mut missing = missing.filter(|request| seeming.to(request).is_none());
    let first = missing.next()?;
    let in_vain = evidence.transcript.in_vain.as_ref();
    let in_vain = in_vain.filter(|it| it.line == first.line && !it.rested.is_zero());
    Some(Diagnosis::MissingReply {
        rested: in_vain.map(|it| it.rested),
        request: first.line,
        kind: first.kind().to_owned(),
        id: first.msg_id()?,
        count: 1 + missing.count(),
    })
}

/// The requests that were sent, have an answer in `.expected`, and got none; empty where that can't be
/// known.
fn unanswered(evidence: Evidence<'_>) -> Vec<&InputMessage> {
    let mut unanswered: Vec<_> = unanswered_at_first(evidence).collect();
    let is_cut = matches!(evidence.transcript.ending, Ending::Flooded { .. });
    if unanswered.is_empty() || is_cut {
        return Vec::new();
    }
    let beyond = beyond::look(evidence);
    unanswered.retain(|request| {
        let answer = request.msg_id().map(|id| (request.source().to_owned(), id));
        answer.is_some_and(|answer| !beyond.contains(&answer))
    });
    unanswered
}

/// The same on the lines that are looked at.
fn unanswered_at_first(evidence: Evidence<'_>) -> impl Iterator<Item = &InputMessage> {
    let written: BTreeSet<_> = messages(evidence)
        .filter_map(|(_, message)| answer(message))
        .collect();
    let promised: BTreeSet<_> = shown(evidence).filter_map(answer).collect();
    let sent_line = evidence.transcript.sent_line;
    let sent = evidence
        .requests
        .iter()
        .filter(move |request| request.line <= sent_line);
    sent.filter(move |request| {
        request.msg_id().is_some_and(|id| {
            let answer = (request.source(), id);
            promised.contains(&answer) && !written.contains(&answer)
        })
    })
}

/// The requests by what would answer them.
fn by_answer(requests: &[InputMessage]) -> BTreeMap<(&str, Id), &InputMessage> {
    let pair = |request| Some(((InputMessage::source(request), request.msg_id()?), request));
    requests.iter().rev().filter_map(pair).collect()
}

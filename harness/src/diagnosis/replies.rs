//! Ids and answers: a number used twice, an answer to nothing, one too many, one too few.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Diagnosis, Evidence, messages, shown};
use crate::case::Request;
use crate::message::{self, Id};

pub fn reused_id(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let reusing: BTreeSet<_> = reuses(shown(evidence).enumerate())
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

pub fn reply_to_nothing(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let mut answerable: BTreeSet<(&str, Id)> = BTreeSet::new();
    let sent = evidence.requests.iter().map(|request| &request.message);
    let written = messages(evidence.actual).map(|(_, message)| message);
    for message in sent.chain(written) {
        let source = message::source(message).unwrap_or_default();
        answerable.extend(message::msg_id(message).map(|id| (source, id)));
    }
    let shown = shown(evidence);
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

pub fn double_reply(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let mut promised: BTreeMap<(&str, Id), usize> = BTreeMap::new();
    let shown = shown(evidence);
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

pub fn missing_reply(evidence: Evidence<'_>) -> Option<Diagnosis> {
    if evidence.actual.total == 0 {
        return None;
    }
    let written: BTreeSet<_> = messages(evidence.actual)
        .filter_map(|(_, message)| answer(message))
        .collect();
    let shown = shown(evidence);
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

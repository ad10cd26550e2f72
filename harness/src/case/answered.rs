//! Which requests of a case have their reply in its `.expected`, also where placeholders stand in the reply.

use serde_json::{Map, Value};

use super::pattern::is_bracketed;
use super::{ExpectedLine, InputMessage};
use crate::message::{self, Id};

/// Each request that wants an answer, and whether it has one.
pub fn of<'a>(
    requests: &'a [InputMessage],
    expected: &[ExpectedLine],
) -> Vec<(&'a InputMessage, bool)> {
    let asking = requests.iter().filter(|request| request.wants_answer());
    let asking: Vec<_> = asking.collect();
    let mut asked: Vec<_> = asking.iter().copied().map(AskedRequest::of).collect();
    let replies = expected.iter().filter_map(ExpectedLine::json);
    let (exact, open): (Vec<_>, Vec<_>) = replies
        .filter_map(ExpectedReply::of)
        .partition(|reply| reply.to.is_some());
    // A reply to anything takes what the others leave, if it can, of its own kind.
    for reply in exact.iter().chain(&open) {
        let may_answer = |asked: &AskedRequest<'_>| !asked.answered && reply.may_answer(asked);
        let alike = |asked: &AskedRequest<'_>| may_answer(asked) && reply.is_like(asked.kind);
        let place = asked.iter().position(alike);
        let place = place.or_else(|| asked.iter().position(may_answer));
        if let Some(asked) = place.and_then(|place| asked.get_mut(place)) {
            asked.answered = true;
        }
    }
    let answered = asked.into_iter().map(|asked| asked.answered);
    asking.into_iter().zip(answered).collect()
}

/// The requests that want an answer and need none by the `.expected`; empty where that shows no message.
pub fn unpromised<'a>(
    requests: &'a [InputMessage],
    expected: &[ExpectedLine],
) -> Vec<&'a InputMessage> {
    if !expected.iter().any(|line| line.json().is_some()) {
        return Vec::new();
    }
    let all = of(requests, expected).into_iter();
    all.filter(|(_, answered)| !answered)
        .map(|(request, _)| request)
        .collect()
}

/// A request that wants an answer.
struct AskedRequest<'request> {
    id: Option<Id>,
    source: Option<&'request str>,
    kind: &'request str,
    answered: bool,
}

impl<'request> AskedRequest<'request> {
    fn of(request: &'request InputMessage) -> Self {
        Self {
            id: request.msg_id(),
            source: message::source(&request.message),
            kind: request.kind(),
            answered: false,
        }
    }
}

/// An expected message that answers something; what it leaves open is `None`.
struct ExpectedReply<'message> {
    to: Option<Id>,
    dest: Option<&'message str>,
    kind: Option<&'message str>,
}

impl<'message> ExpectedReply<'message> {
    fn of(message: &'message Value) -> Option<Self> {
        let reply = |to| Self {
            to,
            dest: message::destination(message).filter(|dest| !is_bracketed(dest)),
            kind: message::kind(message),
        };
        if is_open(message) || message.get("body").is_some_and(is_open) {
            return Some(reply(None));
        }
        let body = message::body(message)?;
        match body.get("in_reply_to") {
            Some(id) if is_open(id) => Some(reply(None)),
            Some(id) => message::id(id).map(|id| reply(Some(id))),
            None => has_open_end(body).then(|| reply(None)),
        }
    }

    fn may_answer(&self, asked: &AskedRequest<'_>) -> bool {
        let dest_fits = match (self.dest, asked.source) {
            (Some(dest), Some(source)) => dest == source,
            // A body without an envelope says nothing about whom it is for.
            _ => true,
        };
        dest_fits && (self.to.is_none() || self.to == asked.id)
    }

    fn is_like(&self, kind: &str) -> bool {
        let rest = self.kind.and_then(|own| own.strip_prefix(kind));
        rest.is_some_and(|rest| rest.starts_with('_'))
    }
}

fn is_open(value: &Value) -> bool {
    value.as_str().is_some_and(is_bracketed)
}

fn has_open_end(body: &Map<String, Value>) -> bool {
    body.contains_key("<...>")
}

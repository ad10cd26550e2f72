//! The answers that the requests of a case get. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::case::{ExpectedLine, InputMessage};
use crate::json;
use crate::message::{self, Id};

/// The answers that `.expected` promises to the requests of `.in`, until they are heard.
#[derive(Debug, Default)]
pub struct Answers {
    /// The lines of the requests that have no answer yet.
    missing: BTreeSet<usize>,
    /// The lines of the requests that an answer is for.
    lines: BTreeMap<Answer, Vec<usize>>,
}

/// To whom, and to which request.
type Answer = (String, Id);

impl Answers {
    /// Those to all requests. Where nobody has said what to expect, an answer to each is.
    pub fn of_all(requests: &[InputMessage], expected: Option<&[ExpectedLine]>) -> Self {
        Self::to(requests.iter(), expected)
    }

    /// Those to all requests that want one, whatever is expected.
    pub fn wanted(requests: &[InputMessage]) -> Self {
        Self::to(
            requests.iter().filter(|request| request.wants_answer()),
            None,
        )
    }

    fn to<'a>(
        requests: impl Iterator<Item = &'a InputMessage>,
        expected: Option<&[ExpectedLine]>,
    ) -> Self {
        let promised = expected.map(|expected| {
            let shown = expected.iter().filter_map(ExpectedLine::json);
            shown.filter_map(answer).collect::<BTreeSet<Answer>>()
        });
        let is_promised = |answer: &Answer| {
            let promised = promised.as_ref();
            promised.is_none_or(|promised| promised.contains(answer))
        };
        let mut answers = Self::default();
        for request in requests {
            let answer = request.msg_id().map(|id| (request.source().to_owned(), id));
            if let Some(answer) = answer.filter(is_promised) {
                answers.missing.insert(request.line);
                answers.lines.entry(answer).or_default().push(request.line);
            }
        }
        answers
    }

    /// Whether any is still to come.
    pub fn are_missing(&self) -> bool {
        !self.missing.is_empty()
    }

    /// The node wrote a line.
    pub fn heard(&mut self, line: &[u8]) {
        let message = json::read(line).ok();
        let answer = message.as_ref().and_then(answer);
        for line in answer
            .and_then(|answer| self.lines.remove(&answer))
            .into_iter()
            .flatten()
        {
            self.missing.remove(&line);
        }
    }

    /// The lines of the requests that have no answer yet.
    pub fn missing(&self) -> impl Iterator<Item = usize> {
        self.missing.iter().copied()
    }
}

fn answer(message: &Value) -> Option<Answer> {
    let (receiver, id) = message::answer(message)?;
    Some((receiver.to_owned(), id))
}

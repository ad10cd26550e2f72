//! Remarks on an `.expected` that was written from a run of a node: requests with no reply or several, output
//! that came only after stdin was closed. Each may be right, so it is told and left to the author of the case.
//! Pure.

use std::collections::BTreeMap;

use crate::answers::Answers;
use crate::case::background::Background;
use crate::case::{Case, InputMessage};
use crate::json;
use crate::judge::{self, CaseVerdict, Note};
use crate::message::{self, Id};
use crate::transcript::Transcript;

/// Something to know of what was written.
#[derive(Debug)]
pub enum Remark {
    /// The node answered a request with nothing.
    Unanswered {
        /// Its line in the `.in`.
        line: usize,
        kind: String,
    },
    /// The node answered a request more than once.
    Repeated {
        /// Its line in the `.in`.
        line: usize,
        kind: String,
        times: usize,
    },
    /// Something about the run itself.
    Note(Note),
}

/// The requests that a node didn't answer exactly once. Background messages answer nothing.
pub fn not_answered_once(case: &Case, output: &[u8], background: &Background) -> Vec<Remark> {
    let mut given: BTreeMap<(String, Id), usize> = BTreeMap::new();
    let mut answers = Answers::of_all(&case.requests, None);
    let lines = output.split(|byte| *byte == b'\n');
    for line in lines.filter(|line| !background.has_line(line)) {
        if let Ok(message) = json::read(line) {
            let Some(receiver) = message::destination(&message) else {
                // Bodies without an envelope don't say whom they answer.
                return Vec::new();
            };
            if let Some(id) = message::in_reply_to(&message) {
                *given.entry((receiver.to_owned(), id)).or_default() += 1;
            }
        }
        answers.heard(line);
    }
    let missing: Vec<_> = answers.missing().collect();
    let mut asked: BTreeMap<(&str, Option<Id>), usize> = BTreeMap::new();
    for request in &case.requests {
        *asked
            .entry((request.source(), request.msg_id()))
            .or_default() += 1;
    }
    let remark = |request: &InputMessage| {
        let (line, kind) = (request.line, request.kind().to_owned());
        let wants_answer = request.wants_answer() && !background.has_reply_to(request);
        if wants_answer && missing.contains(&line) {
            return Some(Remark::Unanswered { line, kind });
        }
        let (source, id) = (request.source(), request.msg_id()?);
        let times = *given.get(&(source.to_owned(), id.clone()))?;
        // Which of those that share a number was answered, nobody knows.
        let is_alone = asked.get(&(source, Some(id))) == Some(&1);
        (times > 1 && is_alone).then_some(Remark::Repeated { line, kind, times })
    };
    case.requests.iter().filter_map(remark).collect()
}

/// How the node ended that was written down, and whether it spoke only then.
pub fn of_end(run: &Transcript) -> Vec<Remark> {
    let notes = judge::notes(run, &CaseVerdict::Passed).into_iter();
    let is_told = |note: &Note| matches!(note, Note::NotFlushed(_) | Note::BadExit { .. });
    notes.filter(is_told).map(Remark::Note).collect()
}

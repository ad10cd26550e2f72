//! Replies on lines that were not compared: a node may write millions of lines more than expected, of which
//! only the first are compared. Before a reply is called missing, it is searched for in the others.

use std::collections::BTreeSet;

use memchr::memmem;

use super::{Evidence, lacks, lines};
use crate::json;
use crate::message::{self, Id};

/// To whom and to which request there are replies.
pub type ReplyNumbers = BTreeSet<(String, Id)>;

/// The replies on the lines that were not looked at.
pub fn look(evidence: Evidence<'_>) -> ReplyNumbers {
    let actual = evidence.actual;
    if actual.total <= actual.lines.len() {
        return ReplyNumbers::new();
    }
    let looked_at = actual.lines.last().map_or(0, |line| line.number);
    let bare = lines::shows_bare_bodies(evidence);
    look_from(looked_at, &evidence.transcript.output, bare)
}

/// The replies behind so many lines of an output. `bare`: messages may come without an envelope.
pub fn look_from(looked_at: usize, output: &[u8], bare: bool) -> ReplyNumbers {
    let mut answers = ReplyNumbers::new();
    let lines = output.split_inclusive(|byte| *byte == b'\n');
    for line in lines.skip(looked_at) {
        // Most lines are no replies, and it costs more to read them than to see that.
        if memmem::find(line, b"in_reply_to").is_none() {
            continue;
        }
        let Ok(value) = json::read(line.trim_ascii_end()) else {
            continue;
        };
        if (bare || lacks(&value).is_none())
            && let Some((receiver, id)) = message::answer(&value)
        {
            answers.insert((receiver.to_owned(), id));
        }
    }
    answers
}

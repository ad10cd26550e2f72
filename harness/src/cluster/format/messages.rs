//! `messages.jsonl`: a line for each message at the end of its way, so that one that was duplicated
//! has two.
//!
//! ```text
//! {"id":12,"sent":3204118000,"due":3304118000,"settled":3304118000,"src":{"node":0},"dest":{"node":3},"fate":{"cut":2},"type":"gossip","values":[17],"message":{"src":"n0",…}}
//! ```
//!
//! `message` is the line as its sender wrote it, byte for byte, if that is an object that can stand among
//! other JSON; otherwise a text, or, of what is no UTF-8, the list of its bytes.
//!
//! Where the file would grow too large, lines that begin with `rest` come after these ([`RestLine`]):
//!
//! ```text
//! {"rest":{"arrival":{"id":12,…}}}
//! {"rest":{"count":{"of":{"source":{"node":0},…},"messages":23264,"first":3204118000,"last":4000000000}}}
//! ```

use serde::{Deserialize, Serialize};

use super::{FormatError, Line, Lines, write_line};
use crate::cluster::consistency::Contradiction;
use crate::cluster::journal::{Carried, Party};
use crate::cluster::rest::RestLine;

/// How each line begins of those that come last.
const REST: &[u8] = br#"{"rest":"#;

#[derive(Serialize, Deserialize)]
struct RestOf<T> {
    rest: T,
}

/// Adds the line of a message.
pub fn write(carried: &Carried, out: &mut Vec<u8>) {
    write_line(carried, out);
}

/// Adds a line of what there is of messages that were one too many.
pub fn write_rest(line: &RestLine, out: &mut Vec<u8>) {
    write_line(&RestOf { rest: line }, out);
}

/// The messages of a file between so many nodes, in the order in which their ways ended.
pub fn read(text: &[u8], nodes: usize) -> impl Iterator<Item = Result<Carried, FormatError>> {
    Lines::of(text).map(move |line| {
        let carried: Carried = line.decode()?;
        check(line, nodes, [carried.source, carried.destination])?;
        Ok(carried)
    })
}

/// The lines that come after `before` others.
pub(super) fn read_rest(
    text: &[u8],
    before: usize,
    nodes: usize,
) -> impl Iterator<Item = Result<RestLine, FormatError>> {
    Lines::of(text).map(move |line| {
        let number = before + line.number;
        let line = Line { number, ..line };
        let RestOf { rest } = line.decode()?;
        let parties = match &rest {
            RestLine::Arrival(carried) | RestLine::Attempt(carried) => {
                [carried.source, carried.destination]
            }
            RestLine::Count(tally) => [tally.of.source, tally.of.destination],
        };
        check(line, nodes, parties)?;
        Ok(rest)
    })
}

fn check(line: Line, nodes: usize, parties: [Party; 2]) -> Result<(), FormatError> {
    for party in parties {
        if let Party::Node(node) = party
            && node >= nodes
        {
            return Err(line.contradicts(Contradiction::NoSuchNode(node)));
        }
    }
    Ok(())
}

/// Where the last lines begin in a file; its end, if it has none.
pub(super) fn rest_start(messages: &[u8]) -> usize {
    let lines = messages.split_inclusive(|byte| *byte == b'\n');
    let whole = lines.take_while(|line| !line.starts_with(REST));
    whole.map(<[u8]>::len).sum()
}

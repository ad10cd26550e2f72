//! Judging what a node wrote against what it must write. Pure.
//!
//! [`actual`] reads the node's lines, [`compare`] holds one message against one, [`bindings`] keeps
//! `msg_id`s one-to-one and names to one value while that happens. [`agree`] does it for a whole
//! sequence, in the mode that the case asks for; [`marks`] finds the words to show. What comes out
//! are values; nothing here knows colors, files or clocks.

pub mod actual;
pub mod assignment;
pub mod bindings;
pub mod candidates;
pub mod compare;
pub mod comparison;
pub mod contains;
pub mod difference;
pub mod exact;
pub mod marks;
pub mod pairing;
pub mod path;
pub mod unordered;

use actual::ActualLine;
use bindings::Bindings;
use difference::{Difference, Rules};

use crate::case::ExpectedLine;
use crate::case::mode::MatchMode;
use crate::message;

/// How far the two sequences agree, and how they part.
#[derive(Debug, Clone, Default)]
pub struct Agreement {
    /// How the sequences part; `None`: they are the same.
    pub mismatch: Option<Mismatch>,
    /// The ids and names of the messages that agree.
    pub bindings: Bindings,
}

/// How two sequences part. All numbers are positions in the sequences, from 0.
#[derive(Debug, Clone, PartialEq)]
pub enum Mismatch {
    Differs {
        expected: usize,
        actual: usize,
        /// At which places; never empty.
        differences: Vec<Difference>,
    },
    Missing {
        expected: usize,
    },
    /// One message too many came.
    Unexpected {
        /// The expected one in whose place it came; behind the last if in nobody's.
        expected: usize,
        actual: usize,
    },
    /// One message came, but later than it should.
    Late {
        expected: usize,
        /// Which one came in its place.
        actual: usize,
        came_as: usize,
    },
}

impl Mismatch {
    /// The places at which one message differs from another.
    pub fn differences(&self) -> &[Difference] {
        match self {
            Self::Differs { differences, .. } => differences,
            Self::Missing { .. } | Self::Unexpected { .. } | Self::Late { .. } => &[],
        }
    }
}

/// Holds what the node wrote against what it must write. What is bound already stays so.
pub fn agree(
    mode: MatchMode,
    expected: &[ExpectedLine],
    actual: &[ActualLine],
    rules: &Rules,
    bindings: Bindings,
) -> Agreement {
    match mode {
        MatchMode::Exact => exact::compare(expected, actual, false, rules, bindings),
        MatchMode::Prefix => exact::compare(expected, actual, true, rules, bindings),
        MatchMode::Contains => contains::compare(expected, actual, rules, bindings),
        MatchMode::Unordered => unordered::compare(expected, actual, rules, bindings),
    }
}

/// Whether two messages are likely meant to be the same one: replies to one request, or
/// messages of one type to one node.
pub(crate) fn alike(expected: &ExpectedLine, actual: &ActualLine) -> bool {
    let (Some(expected), Some(actual)) = (expected.json(), actual.json()) else {
        return false;
    };
    if message::destination(expected) != message::destination(actual) {
        return false;
    }
    match (message::in_reply_to(expected), message::in_reply_to(actual)) {
        (Some(expected), Some(actual)) => expected == actual,
        (None, None) => message::kind(expected) == message::kind(actual),
        _ => false,
    }
}

/// Whether two messages are of one type and go to one node.
pub(crate) fn same_kind(expected: &ExpectedLine, actual: &ActualLine) -> bool {
    let key = |message| Some((message::destination(message)?, message::kind(message)?));
    let expected = expected.json().and_then(key);
    expected.is_some() && expected == actual.json().and_then(key)
}

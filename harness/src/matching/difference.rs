//! How two messages differ, and what all comparisons of a case have in common. Values only.

use serde_json::Value;

use super::bindings::{Binding, KnownIds, Named};
use super::path::Path;
use crate::case::background::Background;
use crate::case::mode::MsgIdMode;
use crate::message::Id;

/// How many differences of one message are kept: nobody reads more, and a node may send millions.
pub const DIFFERENCES_MAX: usize = 32;

/// What all comparisons of one case have in common.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// How `msg_id`s are compared.
    pub msg_id: MsgIdMode,
    /// Which ids the case itself gives out.
    pub known: KnownIds,
    /// The types of messages that aren't compared.
    pub background: Background,
}

/// One place at which two messages differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub path: Path,
    pub kind: DifferenceKind,
}

/// How two messages differ at one place.
#[derive(Debug, Clone, PartialEq)]
pub enum DifferenceKind {
    /// A value that isn't what it should be.
    Value {
        /// What `.expected` shows.
        expected: Value,
        actual: Value,
    },
    /// A key or an element that the node left out.
    Missing {
        /// What `.expected` shows.
        expected: Value,
    },
    /// A key or an element too many.
    Unexpected { actual: Value },
    /// An id that would break the one-to-one renaming.
    Id {
        /// The id in `.expected`.
        expected: Id,
        actual: Id,
        /// The pair that one of them belongs to already.
        bound: Binding,
    },
    /// A value that isn't the one that its name stands for.
    Name {
        /// The placeholder, as it is written.
        expected: String,
        actual: Value,
        /// What the name stands for.
        bound: Named,
    },
    /// Two lines of which at least one is no JSON.
    Text,
}

//! What can be wrong with a key, with its evidence.

use std::time::Duration;

use serde_json::Value;

use super::RegisterWish;

/// The operations on a key contradict each other.
#[derive(Debug, Clone, PartialEq)]
pub struct NotLinearizable {
    pub key: Value,
    /// The operation that returned first of those with which no order explains all results by then.
    pub last: KeyOperation,
    /// The others that contradict it; `None` where so few were not found within the bounds.
    pub others: Option<OtherRequests>,
    /// What could have brought about what it showed.
    pub helpers: Helpers,
    /// Whether nothing is wrong where error 22 says only that nothing was done.
    pub is_conflict: bool,
    /// Whether processes stand for nodes.
    pub is_bare: bool,
    /// The operations around these, in the order of their calls.
    pub around: Vec<NearOperation>,
}

/// An operation in a diagram of those around a contradiction. Its place there is a number of calls and returns:
/// of those that stand in the diagram each takes one step.
#[derive(Debug, Clone, PartialEq)]
pub struct NearOperation {
    pub operation: KeyOperation,
    /// What it is there for.
    pub role: NearRole,
    /// Where it was asked for.
    pub from: usize,
    /// Where its end was known; `None` after all others.
    pub until: Option<usize>,
    /// Where it takes effect in an order that explains all that had returned before the last one did; `None` if
    /// it does not.
    pub point: Option<f64>,
}

/// What an operation is in a diagram for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NearRole {
    /// No order explains its result.
    Last,
    Contradicts,
    /// It was under way, and could have brought about what that one showed.
    CouldHelp,
    Other,
}

/// A request and its end, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOperation {
    pub client: usize,
    pub node: usize,
    pub asked: Duration,
    /// When its end was known; `None` if it may take effect at any time after it was asked, or never.
    pub ended: Option<Duration>,
    pub wish: RegisterWish,
    pub result: RegisterResult,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterResult {
    Done,
    Value(Value),
    /// Error 20: the key has no value.
    NoKey,
    /// Error 22: the key has another value.
    OtherValue,
    Unknown,
}

/// The requests that contradict the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherRequests {
    /// Four at most, in the order of their calls.
    pub requests: Vec<ContradictingRequest>,
    /// Whether none of these can be left out; else that was not found out within the bounds.
    pub is_least: bool,
    /// Whether the value is certain that the only one left behind: nothing that could have changed it was under way.
    pub is_certain: bool,
}

/// A request that contradicts others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContradictingRequest {
    pub operation: KeyOperation,
    /// Where its end is unknown: the first result that is impossible without it. It had taken effect by then.
    pub shown_by: Option<KeyOperation>,
}

/// The requests that could have made a result right, asked for by the time when it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Helpers {
    /// Of those over by the time when it was asked for, the last.
    pub over: Option<KeyOperation>,
    /// The others: they were under way, and don't help.
    pub under_way: Vec<Helper>,
}

/// A request that was under way, and could have made a result right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Helper {
    pub operation: KeyOperation,
    pub exclusion: Exclusion,
}

/// Why a request does not help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exclusion {
    /// It had taken effect before: this result is impossible without it.
    TookEffect(Box<KeyOperation>),
    Excludes(Vec<KeyOperation>),
    /// It could not take effect in time, or why it does not help was not found out within the bounds.
    Other,
}

impl NotLinearizable {
    pub fn time(&self) -> Duration {
        self.last.ended.unwrap_or(self.last.asked)
    }
}

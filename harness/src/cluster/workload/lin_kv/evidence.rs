//! The requests to a key as operations on a register, and as they are told.
//!
//! Strictly, `null` is no value; error 20 says that the key has none, and error 22 to a CAS that it has another
//! one; a reply that came after its client had given up says what happened all the same. Maelstrom takes all
//! errors that are definite for "it did not happen", a read of `null` for right whatever the value is, and
//! does not see late replies.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::finding::{KeyOperation, RegisterResult};
use super::{LinKvReply, LinKvRequest, RegisterWish};
use crate::cluster::checker::story::{Moment, Operation, Story};
use crate::cluster::history::{Outcome, Reason};
use crate::cluster::workload::{Reply, Request};
use crate::json;
use crate::linear::{ABSENT, Access, RegisterOperation, ValueId};

/// How replies are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorReading {
    /// Errors 20 and 22 tell of the value.
    Strict,
    /// Error 20 does; error 22 says that nothing happened.
    CasConflicts,
    Maelstrom,
}

/// The requests to one key, in the order in which they were made.
#[derive(Debug)]
pub struct KeyRequests<'s, 'a> {
    pub key: &'a Value,
    /// Each with what was asked.
    pub requests: Vec<(&'s Operation<'a>, &'a RegisterWish)>,
}

/// The operations on one key.
#[derive(Debug)]
pub struct KeyHistory<'a> {
    pub key: &'a Value,
    /// Its requests that say something, in the order in which they were made.
    pub told: Vec<KeyOperation>,
    /// The same on a register.
    pub operations: Vec<RegisterOperation>,
    values: ValueNumbers,
}

/// The numbers of values.
#[derive(Debug, Default)]
struct ValueNumbers(HashMap<String, ValueId>);

impl ValueNumbers {
    fn of(&mut self, value: &Value) -> ValueId {
        if value.is_null() {
            return ABSENT;
        }
        // 0 is no value.
        let next = ValueId::try_from(self.0.len() + 1).unwrap_or(ValueId::MAX);
        *self.0.entry(json::key::of(value)).or_insert(next)
    }
}

/// The keys of a run, in the order in which they were first asked for.
pub fn keys<'s, 'a>(story: &'s Story<'a>) -> Vec<KeyRequests<'s, 'a>> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut all: Vec<KeyRequests<'s, 'a>> = Vec::new();
    for one in &story.operations {
        let Request::LinKv(request) = &one.asked.request else {
            continue;
        };
        let LinKvRequest { key, wish } = &**request;
        let next = all.len();
        let place = *places.entry(json::key::of(key)).or_insert(next);
        if place == next {
            let requests = Vec::new();
            all.push(KeyRequests { key, requests });
        }
        if let Some(of_key) = all.get_mut(place) {
            of_key.requests.push((one, wish));
        }
    }
    all
}

impl<'a> KeyRequests<'_, 'a> {
    pub fn read(&self, reading: ErrorReading) -> KeyHistory<'a> {
        let mut history = KeyHistory {
            key: self.key,
            told: Vec::new(),
            operations: Vec::new(),
            values: ValueNumbers::default(),
        };
        for (one, wish) in &self.requests {
            history.add(one, wish, reading);
        }
        history
    }
}

impl KeyHistory<'_> {
    fn add(&mut self, one: &Operation<'_>, wish: &RegisterWish, reading: ErrorReading) {
        let Some((result, returned)) = result(one, wish, reading) else {
            return;
        };
        let Some(access) = self.access(wish, &result) else {
            return;
        };
        self.operations.push(RegisterOperation {
            access,
            called: one.invoked.place,
            returned: returned.map(|returned| returned.place),
            is_certain: returned.is_some(),
        });
        self.told.push(KeyOperation {
            client: one.asked.client,
            node: one.asked.node,
            asked: one.invoked.time,
            ended: returned.map(|returned| returned.time),
            wish: wish.clone(),
            result,
        });
    }

    fn access(&mut self, wish: &RegisterWish, result: &RegisterResult) -> Option<Access> {
        let values = &mut self.values;
        match (wish, result) {
            (RegisterWish::Read, RegisterResult::Value(value)) => {
                Some(Access::Is(values.of(value)))
            }
            (RegisterWish::Write(value), RegisterResult::Done | RegisterResult::Unknown) => {
                Some(Access::Write(values.of(value)))
            }
            (RegisterWish::Cas(from, to), RegisterResult::Done | RegisterResult::Unknown) => {
                Some(Access::Cas(values.of(from), values.of(to)))
            }
            (RegisterWish::Cas(from, _), RegisterResult::OtherValue) => {
                Some(Access::IsNot(values.of(from)))
            }
            (RegisterWish::Read | RegisterWish::Cas(..), RegisterResult::NoKey) => {
                Some(Access::Is(ABSENT))
            }
            _ => None,
        }
    }
}

/// What came of a request, and when that was known; `None` if it says nothing of the value.
fn result(
    one: &Operation<'_>,
    wish: &RegisterWish,
    reading: ErrorReading,
) -> Option<(RegisterResult, Option<Moment>)> {
    let is_maelstrom = reading == ErrorReading::Maelstrom;
    let end = if is_maelstrom { one.end } else { one.known() };
    let Some((ended, outcome)) = end else {
        return Some((RegisterResult::Unknown, None));
    };
    let result = match outcome {
        Outcome::Ok(Reply::LinKv(LinKvReply::Done)) => RegisterResult::Done,
        Outcome::Ok(Reply::LinKv(LinKvReply::Value(Value::Null))) if is_maelstrom => return None,
        Outcome::Ok(Reply::LinKv(LinKvReply::Value(value))) => RegisterResult::Value(value.clone()),
        Outcome::Ok(_) => return None,
        Outcome::Failed(reason) => shown_by_error(reason, wish, reading)?,
        Outcome::Unknown(_) => return Some((RegisterResult::Unknown, None)),
    };
    Some((result, Some(ended)))
}

/// What an error tells of the value; others say that nothing was done.
fn shown_by_error(
    reason: &Reason,
    wish: &RegisterWish,
    reading: ErrorReading,
) -> Option<RegisterResult> {
    let Reason::Error { code, .. } = reason else {
        return None;
    };
    match (code.as_str(), wish) {
        (_, RegisterWish::Write(_)) => None,
        ("20", _) if reading != ErrorReading::Maelstrom => Some(RegisterResult::NoKey),
        ("22", RegisterWish::Cas(..)) if reading == ErrorReading::Strict => {
            Some(RegisterResult::OtherValue)
        }
        _ => None,
    }
}

//! A key that is not linearizable, in a sentence and a diagram.

use std::time::Duration;

use serde_json::Value;

use super::RegisterWish;
use super::finding::{KeyOperation, NearOperation, NearRole, NotLinearizable, RegisterResult};
use super::lanes;
use crate::cluster::names::{Names, time};
use crate::message;
use crate::phrases::fit;

/// So many requests that were under way are told with the reason why they don't help.
const REASONS_MAX: usize = 3;

/// How wide a key or a value is told.
const WIDTH_MAX: usize = 40;

impl NotLinearizable {
    /// It in a sentence.
    pub fn words(&self, names: &Names<'_>) -> String {
        let key = short(&self.key);
        let last = self.told(&self.last, names);
        let why = match self.others.as_deref() {
            None => {
                let no_help = self.no_help(names);
                format!(", which no order of the requests explains{no_help}")
            }
            Some([]) => self.never(),
            Some([one]) if self.is_certain => {
                format!(", but {}{}", self.was(one, names), self.no_help(names))
            }
            Some(others) => {
                let others: Vec<_> = others.iter().map(|one| self.told(one, names)).collect();
                format!(", but {}{}", listed(&others), self.no_help(names))
            }
        };
        let conflict = if self.is_conflict {
            "; with --cas-conflicts error 22 only says that nothing was done, and nothing is wrong"
        } else {
            ""
        };
        format!("not linearizable: key {key}: {last}{why}{conflict}")
    }

    /// An operation of the diagram, and where it could have helped, why it does not.
    pub fn near(&self, one: &NearOperation, names: &Names<'_>) -> String {
        match one.role {
            NearRole::CouldHelp => self.reason(&one.operation, names),
            NearRole::Last | NearRole::Contradicts | NearRole::Other => {
                self.told(&one.operation, names)
            }
        }
    }

    /// The operations that contradict each other, on a time axis.
    pub fn diagram(&self, names: &Names<'_>) -> Vec<String> {
        let others = self.others.iter().flatten();
        let all = others.chain([&self.last]);
        let all = all.map(|one| lanes::LaneOperation {
            lane: self.lane(one, names),
            label: label(one),
            asked: one.asked,
            ended: one.ended,
        });
        lanes::draw(&all.collect::<Vec<_>>())
    }

    /// The lane of an operation.
    pub fn lane(&self, one: &KeyOperation, names: &Names<'_>) -> String {
        let node = names.node(one.node);
        if self.is_bare {
            node
        } else {
            format!("{} ({node})", message::client_name(one.client))
        }
    }

    /// Nothing else contradicts it but that nobody wrote what it shows.
    fn never(&self) -> String {
        let value = match (&self.last.wish, &self.last.result) {
            (_, RegisterResult::Value(value)) | (RegisterWish::Cas(value, _), _) => short(value),
            (RegisterWish::Read | RegisterWish::Write(_), _) => "that".to_owned(),
        };
        match &self.helpers.under_way[..] {
            [] if self.helpers.over.is_none() => {
                format!(", but no request by then could write {value}")
            }
            _ => format!(", but no request that could write {value} found the value that it needs"),
        }
    }

    /// The value that is certain.
    fn was(&self, one: &KeyOperation, names: &Names<'_>) -> String {
        let at = one.ended.map(time).unwrap_or_default();
        let who = self.who(one, names);
        let (by, from) = self.node(one, names);
        match (&one.wish, &one.result) {
            (_, RegisterResult::Value(value)) => {
                format!(
                    "the value was {} at {at}, when {who} read it{from}",
                    short(value)
                )
            }
            (_, RegisterResult::NoKey) => {
                format!("there was no value at {at}, when {who} was told so{by}")
            }
            (RegisterWish::Cas(value, _), RegisterResult::OtherValue) => {
                format!(
                    "the value was not {} at {at}, when {who} was told so{by}",
                    short(value)
                )
            }
            (RegisterWish::Write(value) | RegisterWish::Cas(_, value), _) => {
                let what = label(one);
                format!(
                    "the value was {} at {at}, when {who}'s {what} was acknowledged{by}",
                    short(value)
                )
            }
            (RegisterWish::Read, _) => self.told(one, names),
        }
    }

    /// Why nothing else made it right.
    fn no_help(&self, names: &Names<'_>) -> String {
        let other = match (&self.last.wish, &self.last.result) {
            (RegisterWish::Cas(value, _), RegisterResult::OtherValue) => {
                format!("write anything but {}", short(value))
            }
            (_, RegisterResult::NoKey | RegisterResult::Value(Value::Null)) => {
                return "; no request takes a value away".to_owned();
            }
            (_, RegisterResult::Value(value)) | (RegisterWish::Cas(value, _), _) => {
                format!("write {}", short(value))
            }
            (RegisterWish::Read | RegisterWish::Write(_), _) => "write it".to_owned(),
        };
        let over = self.helpers.over.as_ref().and_then(|over| over.ended);
        let over = over.map(|over| {
            let over = time(over);
            format!("; the last request that could {other} ended at {over}")
        });
        match (&self.helpers.under_way[..], over) {
            ([], Some(over)) => format!("{over}, and none was under way"),
            ([], None) => format!("; no request that could {other} was under way"),
            (under_way, over) => {
                let reasons = under_way.iter().take(REASONS_MAX);
                let reasons: Vec<_> = reasons.map(|one| self.reason(one, names)).collect();
                let more = match under_way.len() - reasons.len() {
                    0 => String::new(),
                    more => format!(", and {more} more don't help either"),
                };
                let reasons = reasons.join(", ");
                format!("{}; {reasons}{more}", over.unwrap_or_default())
            }
        }
    }

    /// Why a request that was under way does not help.
    fn reason(&self, one: &KeyOperation, names: &Names<'_>) -> String {
        let (who, what) = (self.who(one, names), label(one));
        let why = match &one.wish {
            RegisterWish::Cas(from, _) => format!("needs {}", short(from)),
            RegisterWish::Write(_) | RegisterWish::Read => "can take effect only once".to_owned(),
        };
        format!("{who}'s {what} was under way, but {why}")
    }

    fn who(&self, one: &KeyOperation, names: &Names<'_>) -> String {
        if self.is_bare {
            names.node(one.node)
        } else {
            message::client_name(one.client)
        }
    }

    /// The node after `by` and after `from`; nothing where it is not known.
    fn node(&self, one: &KeyOperation, names: &Names<'_>) -> (String, String) {
        if self.is_bare {
            return (String::new(), String::new());
        }
        let node = names.node(one.node);
        (format!(" by {node}"), format!(" from {node}"))
    }

    /// An operation with its client, its node and its times.
    fn told(&self, one: &KeyOperation, names: &Names<'_>) -> String {
        let who = self.who(one, names);
        let (by, from) = self.node(one, names);
        let what = match (&one.wish, &one.result) {
            (_, RegisterResult::Value(value)) => format!("{who} read {}{from}", short(value)),
            (RegisterWish::Read, _) => {
                format!("{who} was told{by} that there is no value (error 20)")
            }
            (RegisterWish::Cas(..), RegisterResult::NoKey) => {
                let what = request(one);
                format!("{who} was told{by} that there is no value (error 20 to {what})")
            }
            (RegisterWish::Cas(value, _), RegisterResult::OtherValue) => {
                let (value, what) = (short(value), request(one));
                format!("{who} was told{by} that the value is not {value} (error 22 to {what})")
            }
            (RegisterWish::Write(_) | RegisterWish::Cas(..), _) => {
                let did = match one.result {
                    RegisterResult::Unknown => "was not answered",
                    RegisterResult::Done
                    | RegisterResult::Value(_)
                    | RegisterResult::NoKey
                    | RegisterResult::OtherValue => "was acknowledged",
                };
                format!("{who}'s {} {did}{by}", label(one))
            }
        };
        let until = one.ended.map_or_else(|| "no reply".to_owned(), time);
        format!("{what} ({}–{until})", seconds(one.asked))
    }
}

/// What was asked.
fn request(one: &KeyOperation) -> String {
    match &one.wish {
        RegisterWish::Read => "read".to_owned(),
        RegisterWish::Write(value) => format!("write {}", short(value)),
        RegisterWish::Cas(from, to) => format!("cas {}→{}", short(from), short(to)),
    }
}

/// What was asked, and what came of it, in a few words.
pub fn label(one: &KeyOperation) -> String {
    let what = request(one);
    match &one.result {
        RegisterResult::Value(value) => format!("{what} {}", short(value)),
        RegisterResult::NoKey => format!("{what}: no value"),
        RegisterResult::OtherValue => format!("{what}: refused"),
        RegisterResult::Done | RegisterResult::Unknown => what,
    }
}

fn short(value: &Value) -> String {
    fit::short(&value.to_string(), WIDTH_MAX)
}

/// A time without its unit.
fn seconds(moment: Duration) -> String {
    time(moment).trim_end_matches(" s").to_owned()
}

/// As in `a, b and c`.
fn listed(all: &[String]) -> String {
    match all.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => all.concat(),
    }
}

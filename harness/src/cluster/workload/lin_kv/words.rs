//! A key that is not linearizable, in a sentence and a diagram.

use std::time::Duration;

use serde_json::Value;

use super::RegisterWish;
use super::finding::{
    ContradictingRequest, Exclusion, Helper, KeyOperation, NearOperation, NearRole,
    NotLinearizable, OtherRequests, RegisterResult,
};
use super::lanes;
use crate::cluster::names::{Names, time};
use crate::message;
use crate::phrases::fit;

/// So many requests that were under way are told with the reason why they don't help.
const REASONS_MAX: usize = 3;

/// How wide a key or a value is told.
const WIDTH_MAX: usize = 40;

impl NotLinearizable {
    pub fn words(&self, names: &Names<'_>) -> String {
        let key = short(&self.key);
        let last = self.told(&self.last, names);
        let no_help = self.no_help(names);
        let why = match &self.others {
            None => format!(
                ", which no order of the requests explains (no five that contradict each other were \
                 found){no_help}"
            ),
            Some(OtherRequests { requests, .. }) if requests.is_empty() => self.never(),
            Some(others) => format!(", but {}{no_help}", self.contradicting(others, names)),
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
            NearRole::CouldHelp => {
                let mut helpers = self.helpers.under_way.iter();
                let helper = helpers.find(|helper| helper.operation == one.operation);
                helper.map_or_else(
                    || self.told(&one.operation, names),
                    |helper| self.reason(helper, names),
                )
            }
            NearRole::Last | NearRole::Contradicts | NearRole::Other => {
                self.told(&one.operation, names)
            }
        }
    }

    /// The operations that contradict each other, on a time axis.
    pub fn diagram(&self, names: &Names<'_>) -> Vec<String> {
        let others = self.others.iter().flat_map(|others| &others.requests);
        let all = others.map(|one| &one.operation).chain([&self.last]);
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
                // The others were told with their reason.
                let is_told = |one: &&Helper| matches!(one.exclusion, Exclusion::TookEffect(_));
                let untold = under_way.iter().filter(|one| !is_told(one));
                let all: Vec<_> = untold.map(|one| self.reason(one, names)).collect();
                let (reasons, more) = all.split_at(all.len().min(REASONS_MAX));
                let more = match more.len() {
                    0 => String::new(),
                    more => format!("; {more} more don't help either"),
                };
                let reasons = reasons.iter().map(|reason| format!("; {reason}"));
                let reasons: String = reasons.collect();
                format!("{}{reasons}{more}", over.unwrap_or_default())
            }
        }
    }

    /// Why a request that was under way does not help.
    fn reason(&self, helper: &Helper, names: &Names<'_>) -> String {
        let one = &helper.operation;
        let why = match (&helper.exclusion, &one.wish) {
            (Exclusion::TookEffect(shown_by), _) => self.took_effect(shown_by, names),
            (Exclusion::Excludes(others), _) => {
                let others = others.iter().map(|other| {
                    let at = other.ended.map(|ended| format!(" at {}", time(ended)));
                    format!("{}{}", self.named(other, names), at.unwrap_or_default())
                });
                let others = listed(&others.collect::<Vec<_>>());
                format!("it would make {others} impossible")
            }
            (Exclusion::Other, RegisterWish::Cas(from, _)) => format!("needs {}", short(from)),
            (Exclusion::Other, RegisterWish::Write(_) | RegisterWish::Read) => {
                "does not help".to_owned()
            }
        };
        format!(
            "{}'s {} was under way, but {why}",
            self.who(one, names),
            label(one)
        )
    }

    /// By when a request had taken effect.
    fn took_effect(&self, shown_by: &KeyOperation, names: &Names<'_>) -> String {
        let at = time(shown_by.ended.unwrap_or(shown_by.asked));
        let what = self.named(shown_by, names);
        format!("had taken effect by {at}, as {what} shows")
    }

    /// The requests that contradict the last one.
    fn contradicting(&self, others: &OtherRequests, names: &Names<'_>) -> String {
        if let ([one], true) = (&others.requests[..], others.is_certain) {
            return self.was(&one.operation, names);
        }
        let all = others.requests.iter().map(|one| self.other(one, names));
        let all = listed(&all.collect::<Vec<_>>());
        let perhaps = if others.is_least {
            ""
        } else {
            " (perhaps fewer are enough)"
        };
        format!("{all}{perhaps}")
    }

    /// A request that contradicts the last one.
    fn other(&self, other: &ContradictingRequest, names: &Names<'_>) -> String {
        let (what, times) = self.happened(&other.operation, names);
        match &other.shown_by {
            Some(shown_by) => format!("{what} ({times}; {})", self.took_effect(shown_by, names)),
            None => format!("{what} ({times})"),
        }
    }

    /// As in `c2's read of 3`.
    fn named(&self, one: &KeyOperation, names: &Names<'_>) -> String {
        let what = match &one.result {
            RegisterResult::Value(value) => format!("read of {}", short(value)),
            RegisterResult::NoKey => format!("{} of no value", request(one)),
            RegisterResult::OtherValue => format!("refused {}", request(one)),
            RegisterResult::Done | RegisterResult::Unknown => request(one),
        };
        format!("{}'s {what}", self.who(one, names))
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
        let (what, times) = self.happened(one, names);
        format!("{what} ({times})")
    }

    fn happened(&self, one: &KeyOperation, names: &Names<'_>) -> (String, String) {
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
        (what, format!("{}–{until}", seconds(one.asked)))
    }
}

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

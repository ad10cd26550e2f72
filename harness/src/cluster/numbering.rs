//! How nodes number what they say: a `msg_id` that two different messages of one node have, one that is
//! no integer (between nodes), and a request of a client that is answered twice.
//!
//! It is shown every event and every message once, in the order of time, and keeps one example of each
//! for a node. A message that is sent again as it was keeps its number; a node that was started again
//! begins anew. Of each node so many numbers are watched, and no more. Nothing is judged here.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::history::{Event, What};
use super::journal::{Carried, Party};
use crate::message;
use crate::net::fault::Fault;

/// How many numbers of each kind are watched of a node, so that one which floods fills no memory.
const WATCHED_MAX: usize = 10_000;

/// How much is kept of a type's name and of what is no number, in characters.
const LENGTH_MAX: usize = 60;

/// A message that a node wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its type.
    pub kind: String,
    /// To whom.
    pub destination: Party,
    /// When.
    pub sent: Duration,
}

/// A number that came twice, as an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReusedNumber {
    /// The number.
    pub number: u64,
    /// The message that had it first.
    pub first: Written,
    /// The next one.
    pub second: Written,
}

/// A `msg_id` that is no integer, as an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoInteger {
    /// What it is instead, as JSON; the start of what is long.
    pub text: String,
    /// The message that has it.
    pub written: Written,
}

/// What a node did with its numbers.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    /// When its life began.
    since: Duration,
    written: BTreeMap<u64, (u64, Written)>,
    answered: BTreeMap<u64, Written>,
    /// A `msg_id` that it used twice.
    pub reused: Option<ReusedNumber>,
    /// A `msg_id` that is no integer.
    pub no_integer: Option<NoInteger>,
    /// A request that it answered twice.
    pub answered_twice: Option<ReusedNumber>,
}

/// What all nodes did.
#[derive(Debug, Clone, Default)]
pub struct Numbering(BTreeMap<usize, Numbers>);

#[derive(Deserialize)]
struct MaybeNumbered {
    body: SenderIds,
}

#[derive(Deserialize)]
struct SenderIds {
    msg_id: Option<Value>,
    in_reply_to: Option<Value>,
}

impl Numbering {
    /// Takes note of what happened.
    pub fn event(&mut self, event: &Event) {
        if let What::FaultBegan { fault, .. } = &event.what
            && let Fault::Restart(node) | Fault::Kill(node) = fault
        {
            self.0.entry(*node).or_default().begin(event.time);
        }
    }

    /// Takes note of a message whose way has ended; of copies of it the first counts.
    pub fn carried(&mut self, carried: &Carried) {
        let Party::Node(node) = carried.source else {
            return;
        };
        let numbers = self.0.entry(node).or_default();
        if carried.sent >= numbers.since {
            numbers.write(carried);
        }
    }

    /// What each node did, in their order.
    pub fn nodes(&self) -> impl Iterator<Item = (usize, &Numbers)> {
        self.0.iter().map(|(node, numbers)| (*node, numbers))
    }
}

impl Numbers {
    fn begin(&mut self, now: Duration) {
        self.since = now;
        self.written.clear();
        self.answered.clear();
    }

    fn write(&mut self, carried: &Carried) {
        let Ok(MaybeNumbered { body }) = serde_json::from_slice(&carried.line) else {
            return;
        };
        let written = || Written {
            kind: carried.kind.chars().take(LENGTH_MAX).collect(),
            destination: carried.destination,
            sent: carried.sent,
        };
        let to_client = matches!(carried.destination, Party::Client(_));
        // In a reply to a client that is no oddity but breaks the protocol.
        let no_integer = |value: &&Value| !to_client && message::id(value).is_none();
        if let Some(value) = body.msg_id.as_ref().filter(no_integer) {
            self.no_integer.get_or_insert_with(|| NoInteger {
                text: value.to_string().chars().take(LENGTH_MAX).collect(),
                written: written(),
            });
        }
        if let Some(number) = number(body.msg_id.as_ref()) {
            let mut hasher = DefaultHasher::new();
            carried.line.hash(&mut hasher);
            let hash = hasher.finish();
            match self.written.get(&number) {
                Some((other, first)) if *other != hash => {
                    again(&mut self.reused, number, first, written());
                }
                None if self.written.len() < WATCHED_MAX => {
                    self.written.insert(number, (hash, written()));
                }
                _ => {}
            }
        }
        if let Some(number) = number(body.in_reply_to.as_ref()).filter(|_| to_client) {
            match self.answered.get(&number) {
                Some(first) => again(&mut self.answered_twice, number, first, written()),
                None if self.answered.len() < WATCHED_MAX => {
                    self.answered.insert(number, written());
                }
                None => {}
            }
        }
    }
}

/// Keeps the first example.
fn again(found: &mut Option<ReusedNumber>, number: u64, first: &Written, second: Written) {
    found.get_or_insert_with(|| ReusedNumber {
        number,
        first: first.clone(),
        second,
    });
}

fn number(value: Option<&Value>) -> Option<u64> {
    message::id(value?)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::journal::Fate;

    /// A message of node 0, written so many milliseconds after the start.
    fn says(sent: u64, destination: Party, body: &str) -> Carried {
        let at = Duration::from_millis;
        Carried {
            id: sent,
            sent: at(sent),
            due: at(sent + 1),
            settled: at(sent + 1),
            source: Party::Node(0),
            destination,
            fate: Fate::Delivered,
            kind: "x".to_owned(),
            values: Vec::new(),
            line: format!(r#"{{"src":"n0","dest":"?","body":{body}}}"#).into_bytes(),
        }
    }

    fn examples(said: &[Carried]) -> [Option<(u64, u64, u64)>; 2] {
        let mut numbering = Numbering::default();
        for carried in said {
            numbering.carried(carried);
        }
        let (_, numbers) = numbering.nodes().next().unwrap();
        let short = |again: &ReusedNumber| {
            let at = |written: &Written| u64::try_from(written.sent.as_millis()).unwrap();
            (again.number, at(&again.first), at(&again.second))
        };
        [&numbers.reused, &numbers.answered_twice].map(|again| again.as_ref().map(short))
    }

    #[test]
    fn a_number_is_reused_by_another_message_only() {
        let (n1, n2) = (Party::Node(1), Party::Node(2));
        let seven = r#"{"type":"x","msg_id":7}"#;
        let other = r#"{"type":"x","msg_id":7.0,"v":1}"#;
        let none = r#"{"type":"x","inner":{"msg_id":7},"msg_id":"7"}"#;
        let sent = |bodies: [&str; 3]| {
            let times = [10, 20, 30].into_iter().zip(bodies);
            let said: Vec<_> = times.map(|(at, body)| says(at, n1, body)).collect();
            examples(&said)
        };
        assert_eq!(sent([seven, other, other]), [Some((7, 10, 20)), None]);
        assert_eq!(sent([seven, seven, none]), [None, None]);
        let to_two = [says(10, n1, seven), says(20, n2, other)];
        assert_eq!(examples(&to_two), [Some((7, 10, 20)), None]);
    }

    #[test]
    fn a_number_is_an_integer_however_large_and_however_it_is_spelt() {
        let said = |id: &str| {
            let mut numbering = Numbering::default();
            let body = format!(r#"{{"type":"x","msg_id":{id}}}"#);
            numbering.carried(&says(10, Party::Node(1), &body));
            numbering.carried(&says(20, Party::Node(1), r#"{"type":"x","msg_id":[]}"#));
            let (_, numbers) = numbering.nodes().next().unwrap();
            let found = numbers.no_integer.clone().unwrap();
            (found.text, found.written.sent.as_millis())
        };
        for id in ["7", "7.0", "-1", "1e3", "100000000000000000000000", "null"] {
            assert_eq!(said(id), ("[]".to_owned(), 20), "{id}");
        }
        for id in ["\"7\"", "7.5", "true", "{\"a\":1}"] {
            assert_eq!(said(id), (id.to_owned(), 10));
        }
        let mut numbering = Numbering::default();
        numbering.carried(&says(10, Party::Client(1), r#"{"type":"x","msg_id":"7"}"#));
        let (_, numbers) = numbering.nodes().next().unwrap();
        assert_eq!(numbers.no_integer, None, "it is a breach");
        let long = format!("\"{}\"", "x".repeat(1000));
        assert_eq!(said(&long), (long[..LENGTH_MAX].to_owned(), 10));
    }

    #[test]
    fn only_a_client_is_answered_once() {
        let reply = r#"{"type":"x","in_reply_to":3}"#;
        let to = |party| examples(&[says(10, party, reply), says(20, party, reply)]);
        assert_eq!(to(Party::Client(1)), [None, Some((3, 10, 20))]);
        assert_eq!(to(Party::Node(1)), [None, None]);
    }

    #[test]
    fn a_new_life_numbers_anew_and_what_is_left_of_the_old_one_does_not_count() {
        let mut numbering = Numbering::default();
        let (n1, body) = (Party::Node(1), |value: u64| {
            format!(r#"{{"type":"x","msg_id":7,"v":{value}}}"#)
        });
        numbering.carried(&says(10, n1, &body(1)));
        let fault = Fault::Restart(0);
        let what = What::FaultBegan { number: 1, fault };
        let time = Duration::from_millis(20);
        numbering.event(&Event { time, what });
        numbering.carried(&says(15, n1, &body(2)));
        numbering.carried(&says(25, n1, &body(3)));
        assert!(
            numbering
                .nodes()
                .all(|(_, numbers)| numbers.reused.is_none())
        );
        numbering.carried(&says(30, n1, &body(4)));
        assert!(
            numbering
                .nodes()
                .all(|(_, numbers)| numbers.reused.is_some())
        );
    }

    #[test]
    fn so_many_numbers_are_watched_and_no_more() {
        let mut numbering = Numbering::default();
        for number in 0..=u64::try_from(WATCHED_MAX).unwrap() {
            let body = format!(r#"{{"type":"x","msg_id":{number},"in_reply_to":{number}}}"#);
            numbering.carried(&says(number, Party::Client(1), &body));
        }
        let (_, numbers) = numbering.nodes().next().unwrap();
        assert_eq!(numbers.written.len(), WATCHED_MAX);
        assert_eq!(numbers.answered.len(), WATCHED_MAX);
    }
}

//! Requests of clients that a node answered more than once.
//!
//! It is shown every event and every message once, in the order of time, and keeps one example for a node,
//! which begins anew when it is started again. Of each node so many requests are watched, and no more.
//! Nothing is judged here.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::history::{Event, What};
use super::journal::{Carried, Party};
use crate::message;
use crate::net::fault::Fault;

/// How many requests are watched of a node, so that one which floods fills no memory.
const WATCHED_MAX: usize = 10_000;

/// How much is kept of a type's name, in characters.
const LENGTH_MAX: usize = 60;

/// A reply to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenReply {
    pub kind: String,
    pub client: usize,
    pub sent: Duration,
}

/// A request that was answered twice, as an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondReply {
    /// The request's `msg_id`.
    pub number: u64,
    /// The reply that came first.
    pub first: WrittenReply,
    pub second: WrittenReply,
}

/// What a node answered.
#[derive(Debug, Clone, Default)]
struct NodeReplies {
    since: Duration,
    answered: BTreeMap<u64, WrittenReply>,
    second: Option<SecondReply>,
}

/// What all nodes answered.
#[derive(Debug, Clone, Default)]
pub struct SecondReplies(BTreeMap<usize, NodeReplies>);

#[derive(Deserialize)]
struct MaybeReply {
    body: ReplyNumber,
}

#[derive(Deserialize)]
struct ReplyNumber {
    in_reply_to: Option<Value>,
}

impl SecondReplies {
    /// Takes note of what happened.
    pub fn event(&mut self, event: &Event) {
        if let What::FaultBegan { fault, .. } = &event.what
            && let Fault::Restart(node) | Fault::Kill(node) = fault
        {
            let replies = self.0.entry(*node).or_default();
            replies.since = event.time;
            replies.answered.clear();
        }
    }

    /// Takes note of a message whose way has ended.
    pub fn carried(&mut self, carried: &Carried) {
        let (Party::Node(node), Party::Client(client)) = (carried.source, carried.destination)
        else {
            return;
        };
        let replies = self.0.entry(node).or_default();
        if carried.sent >= replies.since {
            replies.take(carried, client);
        }
    }

    /// The first example of each node that has one, in their order.
    pub fn examples(&self) -> impl Iterator<Item = (usize, &SecondReply)> {
        let all = self.0.iter();
        all.filter_map(|(node, replies)| Some((*node, replies.second.as_ref()?)))
    }
}

impl NodeReplies {
    fn take(&mut self, carried: &Carried, client: usize) {
        let reply = serde_json::from_slice::<MaybeReply>(&carried.line).ok();
        let Some(number) = reply.and_then(|reply| number(&reply.body.in_reply_to?)) else {
            return;
        };
        let written = WrittenReply {
            kind: carried.kind.chars().take(LENGTH_MAX).collect(),
            client,
            sent: carried.sent,
        };
        match self.answered.get(&number) {
            Some(first) => {
                self.second.get_or_insert_with(|| SecondReply {
                    number,
                    first: first.clone(),
                    second: written,
                });
            }
            None if self.answered.len() < WATCHED_MAX => {
                self.answered.insert(number, written);
            }
            None => {}
        }
    }
}

fn number(value: &Value) -> Option<u64> {
    message::id(value)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message of node 0, written so many milliseconds after the start.
    fn says(sent: u64, destination: Party, body: &str) -> Carried {
        let at = Duration::from_millis;
        Carried {
            id: sent,
            sent: at(sent),
            line: format!(r#"{{"src":"n0","dest":"?","body":{body}}}"#).into_bytes(),
            ..Carried::delivered(at(sent + 1), Party::Node(0), destination, "x")
        }
    }

    const REPLY: &str = r#"{"type":"x","in_reply_to":3}"#;

    fn example(replies: &SecondReplies) -> Option<(u64, u128, u128)> {
        let (node, second) = replies.examples().next()?;
        assert_eq!(node, 0);
        let at = |reply: &WrittenReply| reply.sent.as_millis();
        Some((second.number, at(&second.first), at(&second.second)))
    }

    fn after(said: &[Carried]) -> Option<(u64, u128, u128)> {
        let mut replies = SecondReplies::default();
        for carried in said {
            replies.carried(carried);
        }
        example(&replies)
    }

    #[test]
    fn only_a_client_is_answered_once_whatever_the_spelling_of_its_number() {
        let again = r#"{"type":"x","in_reply_to":3.0}"#;
        let to = |party| after(&[says(10, party, REPLY), says(20, party, again)]);
        assert_eq!(to(Party::Client(1)), Some((3, 10, 20)));
        assert_eq!(to(Party::Node(1)), None);
        let other = r#"{"type":"x","in_reply_to":4}"#;
        let both = [
            says(10, Party::Client(1), REPLY),
            says(20, Party::Client(1), other),
        ];
        assert_eq!(after(&both), None);
    }

    #[test]
    fn a_new_life_answers_anew_and_what_is_left_of_the_old_one_does_not_count() {
        let mut replies = SecondReplies::default();
        let client = Party::Client(1);
        replies.carried(&says(10, client, REPLY));
        let fault = Fault::Restart(0);
        let what = What::FaultBegan { number: 1, fault };
        let time = Duration::from_millis(20);
        replies.event(&Event { time, what });
        replies.carried(&says(15, client, REPLY));
        replies.carried(&says(25, client, REPLY));
        assert_eq!(example(&replies), None);
        replies.carried(&says(30, client, REPLY));
        assert_eq!(example(&replies), Some((3, 25, 30)));
    }

    #[test]
    fn so_many_requests_are_watched_and_no_more() {
        let mut replies = SecondReplies::default();
        for number in 0..=u64::try_from(WATCHED_MAX).unwrap() {
            let body = format!(r#"{{"type":"x","in_reply_to":{number}}}"#);
            replies.carried(&says(number, Party::Client(1), &body));
        }
        assert_eq!(replies.0[&0].answered.len(), WATCHED_MAX);
    }
}

//! `msg_id`s up to renaming: for each sender a one-to-one map between the ids that
//! `.expected` shows and those that the node gave, built while matching.
//!
//! The map grows with each message that matches. A message that doesn't is rolled
//! back, so that what was tried leaves no trace.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::case::{ExpectedLine, Request};
use crate::message::{self, Id};

/// The map so far. Senders are part of every key.
#[derive(Debug, Clone, Default)]
pub struct Renaming {
    forward: BTreeMap<Key, Binding>,
    backward: BTreeMap<Key, Binding>,
    /// What was bound, in order, for rolling back.
    journal: Vec<Binding>,
}

/// A sender and one of its ids.
type Key = (String, Id);

/// One pair of ids that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Whose ids they are; empty where no envelope says.
    pub sender: String,
    /// The id in `.expected`.
    pub expected: Id,
    /// The node's id.
    pub actual: Id,
    /// The line of `.expected` that bound them.
    pub line: usize,
}

/// A point to roll back to.
#[derive(Debug, Clone, Copy)]
pub struct Mark(usize);

impl Renaming {
    /// Binds the pair.
    ///
    /// # Errors
    /// The earlier binding that one of the two is part of already, with another partner.
    pub fn bind(
        &mut self,
        sender: &str,
        expected: &Id,
        actual: &Id,
        line: usize,
    ) -> Result<(), Binding> {
        let expected_key = (sender.to_owned(), expected.clone());
        let actual_key = (sender.to_owned(), actual.clone());
        match self.forward.get(&expected_key) {
            Some(bound) if bound.actual == *actual => return Ok(()),
            Some(bound) => return Err(bound.clone()),
            None => {}
        }
        if let Some(bound) = self.backward.get(&actual_key) {
            return Err(bound.clone());
        }
        let binding = Binding {
            sender: sender.to_owned(),
            expected: expected.clone(),
            actual: actual.clone(),
            line,
        };
        self.forward.insert(expected_key, binding.clone());
        self.backward.insert(actual_key, binding.clone());
        self.journal.push(binding);
        Ok(())
    }

    /// Where the map stands.
    pub fn mark(&self) -> Mark {
        Mark(self.journal.len())
    }

    /// Forgets all that was bound since the mark.
    pub fn roll_back(&mut self, mark: Mark) {
        for binding in self.journal.drain(mark.0..) {
            let Binding {
                sender,
                expected,
                actual,
                ..
            } = binding;
            self.forward.remove(&(sender.clone(), expected));
            self.backward.remove(&(sender, actual));
        }
    }

    /// What was bound, in order.
    pub fn bindings(&self) -> &[Binding] {
        &self.journal
    }

    /// Whether the pair is bound.
    pub fn holds(&self, sender: &str, expected: &Id, actual: &Id) -> bool {
        self.forward
            .get(&(sender.to_owned(), expected.clone()))
            .is_some_and(|bound| bound.actual == *actual)
    }
}

/// Which ids the case itself gives out, to tell whether an `in_reply_to` points at a message
/// of `.in`, whose id is fixed, or at one of the node's own, whose id may be renamed.
#[derive(Debug, Clone, Default)]
pub struct KnownIds {
    sent: Vec<Key>,
    expected: Vec<Key>,
}

impl KnownIds {
    /// The ids that the `.in` sends and that the `.expected` shows.
    pub fn of(requests: &[Request], expected: &[ExpectedLine]) -> Self {
        let sent = requests
            .iter()
            .map(|request| &request.message)
            .filter_map(key);
        let expected = expected
            .iter()
            .filter_map(ExpectedLine::json)
            .filter_map(key);
        let sorted = |keys: &mut dyn Iterator<Item = Key>| {
            let mut keys: Vec<_> = keys.collect();
            keys.sort();
            keys
        };
        Self {
            sent: sorted(&mut sent.into_iter()),
            expected: sorted(&mut expected.into_iter()),
        }
    }

    /// Whether an `in_reply_to` in a message to `receiver` points at an id that may be renamed.
    ///
    /// A receiver that isn't known (a body without an envelope) may be any sender of the `.in`.
    pub fn is_renamed(&self, receiver: Option<&str>, id: &Id) -> bool {
        let sent = match receiver {
            Some(receiver) => has(&self.sent, receiver, id),
            None => self.sent.iter().any(|(_, sent)| sent == id),
        };
        !sent && has(&self.expected, receiver.unwrap_or_default(), id)
    }
}

fn key(message: &Value) -> Option<Key> {
    let sender = message::source(message).unwrap_or_default();
    Some((sender.to_owned(), message::msg_id(message)?))
}

fn has(keys: &[Key], sender: &str, id: &Id) -> bool {
    keys.binary_search_by(|(known_sender, known_id)| {
        (known_sender.as_str(), known_id.as_str()).cmp(&(sender, id))
    })
    .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(ids: &mut Renaming, sender: &str, expected: &str, actual: &str) -> bool {
        ids.bind(sender, &expected.to_owned(), &actual.to_owned(), 1)
            .is_ok()
    }

    #[test]
    fn the_map_is_one_to_one_for_each_sender() {
        let mut ids = Renaming::default();
        assert!(bind(&mut ids, "n1", "1", "17"));
        assert!(bind(&mut ids, "n1", "1", "17"), "the same pair again");
        assert!(!bind(&mut ids, "n1", "1", "18"), "one id, two numbers");
        assert!(!bind(&mut ids, "n1", "2", "17"), "two ids, one number");
        assert!(bind(&mut ids, "n2", "2", "17"), "another sender");
    }

    #[test]
    fn rolling_back_leaves_no_trace() {
        let mut ids = Renaming::default();
        assert!(bind(&mut ids, "n1", "1", "5"));
        let mark = ids.mark();
        assert!(bind(&mut ids, "n1", "2", "6"));
        ids.roll_back(mark);
        assert!(bind(&mut ids, "n1", "3", "6"));
        assert!(!bind(&mut ids, "n1", "3", "5"), "the first binding stands");
        assert_eq!(ids.bindings().len(), 2);
    }

    #[test]
    fn an_id_of_the_input_is_fixed_and_one_of_the_node_is_not() {
        let request = |text: &str| Request {
            line: 1,
            message: serde_json::from_str(text).unwrap(),
        };
        let requests = [request(r#"{"src":"c1","body":{"msg_id":3}}"#)];
        let expected = crate::case::expected::parse(
            br#"{"src":"n1","body":{"msg_id":3}}
{"src":"n1","body":{"msg_id":4}}
{"type":"bare","msg_id":8}"#,
        )
        .unwrap();
        let known = KnownIds::of(&requests, &expected);
        let renamed = |receiver, id: &str| known.is_renamed(receiver, &id.to_owned());
        assert!(!renamed(Some("c1"), "3"));
        assert!(renamed(Some("n1"), "3"));
        assert!(renamed(Some("n1"), "4"));
        assert!(!renamed(Some("n2"), "4"));
        assert!(!renamed(None, "3"));
        assert!(renamed(None, "8"));
    }
}

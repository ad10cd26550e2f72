//! What matching has bound so far: `msg_id`s up to renaming, and the names of placeholders.
//!
//! For each sender there is a one-to-one map between the ids that `.expected` shows and those that
//! the node gave; each `<id:NAME>` and `<any:NAME>` stands for one value. Both grow with each
//! message that matches. A message that doesn't is rolled back, so that what was tried leaves no
//! trace.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::case::{ExpectedLine, InputMessage};
use crate::json;
use crate::message::{self, Id};

/// All that is bound.
#[derive(Debug, Clone, Default)]
pub struct Bindings {
    /// By the id in `.expected`, the place of its pair in the journal.
    by_expected: BTreeMap<SenderId, usize>,
    /// The same by the node's id.
    by_actual: BTreeMap<SenderId, usize>,
    names: BTreeMap<String, Named>,
    /// What was bound, in order, for rolling back.
    journal: Vec<Entry>,
}

/// A sender and one of its ids.
type SenderId = (String, Id);

/// One pair of ids that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Whose ids they are; empty where no envelope says.
    pub sender: String,
    /// The id in `.expected`.
    pub expected: Id,
    pub actual: Id,
    /// The line of `.expected` that bound them.
    pub line: usize,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    pub value: Value,
    /// The line of `.expected` that bound it.
    pub line: usize,
}

#[derive(Debug, Clone)]
enum Entry {
    Ids(Binding),
    Name(String),
}

/// A point to roll back to.
#[derive(Debug, Clone, Copy)]
pub struct Checkpoint(usize);

impl Bindings {
    /// Binds a pair of ids.
    ///
    /// # Errors
    /// The earlier binding that one of the two is part of already, with another partner.
    pub fn bind_ids(
        &mut self,
        sender: &str,
        expected: &str,
        actual: &str,
        line: usize,
    ) -> Result<(), Binding> {
        let expected_key = (sender.to_owned(), expected.to_owned());
        let actual_key = (sender.to_owned(), actual.to_owned());
        match self.pair(self.by_expected.get(&expected_key)) {
            Some(bound) if bound.actual == actual => return Ok(()),
            Some(bound) => return Err(bound.clone()),
            None => {}
        }
        if let Some(bound) = self.pair(self.by_actual.get(&actual_key)) {
            return Err(bound.clone());
        }
        self.by_expected.insert(expected_key, self.journal.len());
        self.by_actual.insert(actual_key, self.journal.len());
        self.journal.push(Entry::Ids(Binding {
            sender: sender.to_owned(),
            expected: expected.to_owned(),
            actual: actual.to_owned(),
            line,
        }));
        Ok(())
    }

    /// The pair of ids at a place in the journal.
    fn pair(&self, place: Option<&usize>) -> Option<&Binding> {
        self.journal.get(*place?)?.ids()
    }

    /// Binds a name to a value.
    ///
    /// # Errors
    /// What the name stands for already, if that is another value.
    pub fn bind_name(&mut self, name: &str, value: &Value, line: usize) -> Result<(), Named> {
        if let Some(bound) = self.names.get(name) {
            return if json::same(&bound.value, value) {
                Ok(())
            } else {
                Err(bound.clone())
            };
        }
        let value = value.clone();
        self.names.insert(name.to_owned(), Named { value, line });
        self.journal.push(Entry::Name(name.to_owned()));
        Ok(())
    }

    /// What a name stands for, if it is bound.
    pub fn named(&self, name: &str) -> Option<&Value> {
        Some(&self.names.get(name)?.value)
    }

    pub fn mark(&self) -> Checkpoint {
        Checkpoint(self.journal.len())
    }

    /// Forgets all that was bound since the mark.
    pub fn roll_back(&mut self, mark: Checkpoint) {
        for entry in self.journal.drain(mark.0..) {
            match entry {
                Entry::Name(name) => _ = self.names.remove(&name),
                Entry::Ids(binding) => {
                    let Binding {
                        sender,
                        expected,
                        actual,
                        ..
                    } = binding;
                    self.by_expected.remove(&(sender.clone(), expected));
                    self.by_actual.remove(&(sender, actual));
                }
            }
        }
    }

    /// The pairs of ids that were bound, in order.
    pub fn ids(&self) -> impl Iterator<Item = &Binding> {
        self.journal.iter().filter_map(Entry::ids)
    }
}

impl Entry {
    fn ids(&self) -> Option<&Binding> {
        match self {
            Self::Ids(binding) => Some(binding),
            Self::Name(_) => None,
        }
    }
}

/// Which ids the case itself gives out, to tell whether an `in_reply_to` points at a message
/// of `.in`, whose id is fixed, or at one of the node's own, whose id may be renamed.
#[derive(Debug, Clone, Default)]
pub struct KnownIds {
    sent: Vec<SenderId>,
    /// The ids of those, whoever sent them.
    sent_by_anyone: BTreeSet<Id>,
    expected: Vec<SenderId>,
    anew: BTreeSet<String>,
}

impl KnownIds {
    /// The ids that the `.in` sends and that the `.expected` shows.
    pub fn of(requests: &[InputMessage], expected: &[ExpectedLine]) -> Self {
        let sent = requests
            .iter()
            .map(|request| &request.message)
            .filter_map(key);
        let expected = expected
            .iter()
            .filter_map(ExpectedLine::json)
            .filter_map(expected_key);
        let sorted = |keys: &mut dyn Iterator<Item = SenderId>| {
            let mut keys: Vec<_> = keys.collect();
            keys.sort();
            keys
        };
        let sent = sorted(&mut sent.into_iter());
        Self {
            sent_by_anyone: sent.iter().map(|(_, id)| id.clone()).collect(),
            sent,
            expected: sorted(&mut expected.into_iter()),
            anew: BTreeSet::new(),
        }
    }

    /// The same where some senders may count from the start again: their ids aren't compared.
    #[must_use]
    pub fn counted_anew(self, senders: BTreeSet<String>) -> Self {
        Self {
            anew: senders,
            ..self
        }
    }

    /// Whether a sender's ids say nothing.
    pub fn is_anew(&self, sender: &str) -> bool {
        self.anew.contains(sender)
    }

    /// Whether an `in_reply_to` in a message to `receiver` points at an id that may be renamed.
    ///
    /// A receiver that isn't known (a body without an envelope) may be any sender of the `.in`.
    pub fn is_renamed(&self, receiver: Option<&str>, id: &Id) -> bool {
        let sent = match receiver {
            Some(receiver) => has(&self.sent, receiver, id),
            None => self.sent_by_anyone.contains(id),
        };
        !sent && has(&self.expected, receiver.unwrap_or_default(), id)
    }
}

fn key(message: &Value) -> Option<SenderId> {
    let sender = message::source(message).unwrap_or_default();
    Some((sender.to_owned(), message::msg_id(message)?))
}

/// As [`key`]; the name of an id stands for it.
fn expected_key(message: &Value) -> Option<SenderId> {
    let msg_id = json::member(message::body(message)?, "msg_id")?;
    let named = msg_id.as_str().filter(|text| text.starts_with("<id:"));
    let sender = message::source(message).unwrap_or_default();
    Some((
        sender.to_owned(),
        named.map(str::to_owned).or_else(|| message::id(msg_id))?,
    ))
}

fn has(keys: &[SenderId], sender: &str, id: &Id) -> bool {
    keys.binary_search_by(|(known_sender, known_id)| {
        (known_sender.as_str(), known_id.as_str()).cmp(&(sender, id))
    })
    .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(ids: &mut Bindings, sender: &str, expected: &str, actual: &str) -> bool {
        ids.bind_ids(sender, expected, actual, 1).is_ok()
    }

    #[test]
    fn the_map_is_one_to_one_for_each_sender() {
        let mut ids = Bindings::default();
        assert!(bind(&mut ids, "n1", "1", "17"));
        assert!(bind(&mut ids, "n1", "1", "17"), "the same pair again");
        assert!(!bind(&mut ids, "n1", "1", "18"), "one id, two numbers");
        assert!(!bind(&mut ids, "n1", "2", "17"), "two ids, one number");
        assert!(bind(&mut ids, "n2", "2", "17"), "another sender");
    }

    #[test]
    fn rolling_back_leaves_no_trace() {
        let mut ids = Bindings::default();
        assert!(bind(&mut ids, "n1", "1", "5"));
        let mark = ids.mark();
        assert!(bind(&mut ids, "n1", "2", "6"));
        ids.roll_back(mark);
        assert!(bind(&mut ids, "n1", "3", "6"));
        assert!(!bind(&mut ids, "n1", "3", "5"), "the first binding stands");
        assert_eq!(ids.ids().count(), 2);
    }

    #[test]
    fn an_id_of_the_input_is_fixed_and_one_of_the_node_is_not() {
        let request = |text: &str| InputMessage {
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

    #[test]
    fn a_name_stands_for_one_value() {
        let mut bindings = Bindings::default();
        let one: Value = 1.into();
        let float: Value = serde_json::from_str("1.0").unwrap();
        let mark = bindings.mark();
        assert!(bindings.bind_name("x", &one, 1).is_ok());
        assert!(bindings.bind_name("x", &float, 2).is_ok(), "one number");
        assert_eq!(bindings.bind_name("x", &2.into(), 3).unwrap_err().line, 1);
        bindings.roll_back(mark);
        assert_eq!(bindings.named("x"), None);
        assert!(bindings.bind_name("x", &2.into(), 3).is_ok());
    }
}

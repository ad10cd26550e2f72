//! The numbers that the messages get in a blessed file: from 0 for each sender, whatever the node
//! called them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::case::InputMessage;
use crate::case::mode::MsgIdMode;
use crate::matching::actual::ActualLine;
use crate::message::{self, Id};

/// A sender and one of its ids.
type SenderNumber = (String, Id);

/// Which number each id of the node's gets.
#[derive(Debug)]
pub struct Ids {
    /// Those of the messages that are shown, but for those that an answer to the `.in` may mean.
    own: BTreeSet<SenderNumber>,
    /// Those that an `in_reply_to` shows as they are, for no message has them: nobody gets their
    /// numbers.
    taken: BTreeSet<SenderNumber>,
    numbers: BTreeMap<SenderNumber, usize>,
    next: BTreeMap<String, usize>,
    renames: bool,
}

impl Ids {
    /// None has a number yet. `shown`: the lines that the file will show.
    pub fn of(requests: &[InputMessage], shown: &[&ActualLine], mode: MsgIdMode) -> Self {
        let sent = requests.iter().map(|request| &request.message);
        let sent: BTreeSet<_> = sent.filter_map(key).collect();
        let messages = || shown.iter().filter_map(|line| line.json());
        // In a body without an envelope, an answer may be to anybody's request.
        let is_sent = |(sender, id): &SenderNumber| match sender.as_str() {
            "" => sent.iter().any(|(_, sent)| sent == id),
            _ => sent.contains(&(sender.clone(), id.clone())),
        };
        let own = messages().filter_map(key).filter(|key| !is_sent(key));
        let own: BTreeSet<_> = own.collect();
        let answered = messages().filter_map(answered);
        Self {
            taken: answered.filter(|key| !own.contains(key)).collect(),
            own,
            numbers: BTreeMap::new(),
            next: BTreeMap::new(),
            renames: mode != MsgIdMode::Exact,
        }
    }

    /// What stands for a `msg_id` of that message's sender.
    pub fn msg_id(&mut self, message: &Value, id: &Value) -> Value {
        let sender = message::source(message).unwrap_or_default();
        self.number(sender, id)
    }

    /// What stands for an `in_reply_to` of that message: if it answers one of the node's own, that
    /// one's number.
    pub fn in_reply_to(&mut self, message: &Value, id: &Value) -> Value {
        let receiver = message::destination(message).unwrap_or_default();
        let is_own =
            message::id(id).is_some_and(|id| self.own.contains(&(receiver.to_owned(), id)));
        if is_own {
            self.number(receiver, id)
        } else {
            id.clone()
        }
    }

    fn number(&mut self, sender: &str, id: &Value) -> Value {
        let Some(key) = message::id(id).filter(|_| self.renames) else {
            return id.clone();
        };
        let taken = &self.taken;
        let next = self.next.entry(sender.to_owned()).or_default();
        let number = self.numbers.entry((sender.to_owned(), key));
        let number = number.or_insert_with(|| {
            while taken.contains(&(sender.to_owned(), next.to_string())) {
                *next += 1;
            }
            *next += 1;
            *next - 1
        });
        Value::from(*number)
    }
}

fn key(message: &Value) -> Option<SenderNumber> {
    let sender = message::source(message).unwrap_or_default();
    Some((sender.to_owned(), message::msg_id(message)?))
}

/// Whose message, and which of them, a message answers.
fn answered(message: &Value) -> Option<SenderNumber> {
    let receiver = message::destination(message).unwrap_or_default();
    Some((receiver.to_owned(), message::in_reply_to(message)?))
}

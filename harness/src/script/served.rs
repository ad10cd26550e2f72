//! The services that the harness plays for the one node of a case: what it asks is answered at once. Pure.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use crate::case::played::PlayedServices;
use crate::message;
use crate::service::Services;
use crate::service::reply::ServiceReply;

/// A run repeats what services choose.
const SEED: u64 = 0;

/// How many bytes of replies may wait for a node before it is refused more.
const REPLIES_MAX: usize = 16 * 1024 * 1024;

/// Services, and their replies that are still to be sent.
#[derive(Debug)]
pub struct ServedNode<'case> {
    played: &'case PlayedServices,
    services: Services,
    replies: VecDeque<Vec<u8>>,
    /// How many bytes of what was sent to the node have not left yet.
    unsent: usize,
}

impl<'case> ServedNode<'case> {
    pub fn of(played: &'case PlayedServices) -> Self {
        Self {
            played,
            services: Services::new(SEED),
            replies: VecDeque::new(),
            unsent: 0,
        }
    }

    pub fn are_played(&self) -> bool {
        !self.played.is_empty()
    }

    /// So many bytes wait for the node to read them.
    pub fn unsent(&mut self, bytes: usize) {
        self.unsent = bytes;
    }

    /// The node wrote a line; whether a service answers it.
    pub fn heard(&mut self, line: &[u8]) -> bool {
        let Some((service, asked)) = self.played.asked_by_line(line) else {
            return false;
        };
        let nothing = Map::new();
        let body = asked.get("body").and_then(Value::as_object);
        let body = body.unwrap_or(&nothing);
        let from = message::source(&asked).unwrap_or_default();
        let kind = message::kind(&asked).unwrap_or_default();
        let reply = if self.unsent >= REPLIES_MAX {
            ServiceReply::Busy
        } else {
            self.services.handle(service, from, kind, body).reply
        };
        let msg_id = body.get("msg_id").unwrap_or(&Value::Null);
        let mut line = reply.line(service, from, msg_id);
        line.push(b'\n');
        self.unsent += line.len();
        self.replies.push_back(line);
        true
    }

    /// The reply that is to be sent next.
    pub fn next_reply(&mut self) -> Option<Vec<u8>> {
        self.replies.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_reads_nothing_is_refused_more_and_served_again_once_it_has_read() {
        let mut played = PlayedServices::default();
        played.add("lin-kv").unwrap();
        let mut served = ServedNode::of(&played);
        let write = r#"{"src":"n1","dest":"lin-kv","body":{"type":"write","key":1,"value":"#;
        assert!(served.heard(format!("{write}5,\"msg_id\":1}}}}").as_bytes()));
        let mut reply = || String::from_utf8(served.next_reply().unwrap()).unwrap();
        assert!(reply().contains(r#""type":"write_ok","in_reply_to":1}}"#));
        let read = br#"{"src":"n1","dest":"lin-kv","body":{"type":"read","key":1,"msg_id":2}}"#;
        for (unsent, says) in [(REPLIES_MAX, r#""code":11"#), (0, r#""value":5"#)] {
            served.unsent(unsent);
            assert!(served.heard(read));
            let reply = String::from_utf8(served.next_reply().unwrap()).unwrap();
            assert!(reply.contains(says), "{reply}");
        }
        assert_eq!(served.next_reply(), None);
    }
}

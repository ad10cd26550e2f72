//! Before and after `init`: a process that has no name yet, then a [`Node`].
//!
//! It answers `init` and refuses all else until then. The rest is the node's.

use std::mem;
use std::time::Duration;

use crate::message::{Body, ErrorCode, Incoming, Init, NodeId, Payload, Request};
use crate::node::{Moment, Node};
use crate::outbox::{Caller, Outbox, Output};
use crate::settings::Settings;

/// A process that is a node, or is about to become one.
#[derive(Debug)]
pub enum Lifecycle {
    /// `init` has not come yet.
    AwaitingInit(Newcomer),
    Running(Box<Node>),
}

/// What there is before `init`.
#[derive(Debug)]
pub struct Newcomer {
    settings: Settings,
    outbox: Outbox,
}

impl Lifecycle {
    /// A process that awaits its `init`; as a node it will be as `settings` say.
    pub fn new(settings: Settings) -> Self {
        Self::AwaitingInit(Newcomer {
            settings,
            outbox: Outbox::default(),
        })
    }

    /// Does what `message` asks for, after what was due when it arrived.
    pub fn handle(&mut self, moment: Moment, message: Incoming) -> Output {
        match self {
            Self::Running(node) => node.handle(moment, message),
            Self::AwaitingInit(newcomer) => {
                let (output, node) = newcomer.handle(moment.now, message);
                if let Some(node) = node {
                    *self = Self::Running(Box::new(node));
                }
                output
            }
        }
    }

    /// Does what is due by `now`.
    pub fn tick(&mut self, now: Duration) -> Output {
        match self {
            Self::Running(node) => node.tick(now),
            Self::AwaitingInit(_) => Output::default(),
        }
    }

    /// Sends all that still waits to be sent with something else.
    pub fn finish(&mut self) -> Output {
        match self {
            Self::Running(node) => node.finish(),
            Self::AwaitingInit(_) => Output::default(),
        }
    }

    /// When there is something to do even if no message comes.
    pub fn next_deadline(&self) -> Option<Duration> {
        match self {
            Self::Running(node) => node.next_deadline(),
            Self::AwaitingInit(_) => None,
        }
    }
}

impl Newcomer {
    /// A reply is ignored. A request is answered by whoever it was sent to,
    /// for the newcomer has no other name.
    fn handle(&mut self, now: Duration, message: Incoming) -> (Output, Option<Node>) {
        let Body::Request { msg_id, request } = message.body else {
            return (Output::default(), None);
        };
        let caller = Caller {
            name: message.src,
            msg_id,
        };
        let (code, text) = match request {
            Request::Init(init) => return self.become_node(now, &caller, init),
            Request::Malformed { kind, error } if kind == "init" => {
                (ErrorCode::MalformedRequest, format!("init: {error}"))
            }
            Request::Topology(_)
            | Request::Broadcast { .. }
            | Request::Batch(_)
            | Request::Gossip { .. }
            | Request::GossipHave { .. }
            | Request::GossipWant { .. }
            | Request::Read
            | Request::TreeInfo
            | Request::CheckAcks
            | Request::FailureStats
            | Request::Unknown { .. }
            | Request::Malformed { .. } => (
                ErrorCode::TemporarilyUnavailable,
                "not initialised yet".to_owned(),
            ),
        };
        (self.refuse(&message.dest, &caller, code, text), None)
    }

    fn become_node(
        &mut self,
        now: Duration,
        caller: &Caller,
        init: Init,
    ) -> (Output, Option<Node>) {
        let mut outbox = mem::take(&mut self.outbox);
        outbox.reply(&init.node_id, caller, Payload::InitOk);
        let output = outbox.take();
        (output, Some(Node::new(now, init, &self.settings, outbox)))
    }

    fn refuse(&mut self, src: &NodeId, caller: &Caller, code: ErrorCode, text: String) -> Output {
        self.outbox
            .reply(src, caller, Payload::Error { code, text });
        self.outbox.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::parse;

    fn check(lifecycle: &mut Lifecycle, dest: &str, body: &str, expected: &str) {
        let line = format!(r#"{{"src":"c0","dest":"{dest}","body":{body}}}"#);
        let message = parse(line.as_bytes()).unwrap();
        let output = lifecycle.handle(Moment::at(Duration::ZERO), message);
        let lines: Vec<_> = output.messages.iter().map(ToString::to_string).collect();
        assert_eq!(lines.join("\n"), expected, "{line}");
    }

    #[test]
    fn nothing_but_init_is_done_before_init() {
        let mut lifecycle = Lifecycle::new(Settings::default());
        for (body, code, text, number) in [
            (
                r#"{"type":"read","msg_id":1}"#,
                11,
                "not initialised yet",
                0,
            ),
            (r#"{"type":"odd","msg_id":1}"#, 11, "not initialised yet", 1),
            (
                r#"{"type":"broadcast","msg_id":1}"#,
                11,
                "not initialised yet",
                2,
            ),
            (
                r#"{"type":"init","msg_id":1,"node_ids":[]}"#,
                12,
                "init: body.node_id is missing",
                3,
            ),
        ] {
            let expected = format!(
                r#"{{"src": "n7", "dest": "c0", "body": {{"type": "error", "code": {code}, "text": "{text}", "in_reply_to": 1, "msg_id": {number}}}}}"#
            );
            check(&mut lifecycle, "n7", body, &expected);
        }
        check(&mut lifecycle, "n7", r#"{"type":"read"}"#, "");
        check(
            &mut lifecycle,
            "n7",
            r#"{"type":"init_ok","msg_id":1,"in_reply_to":2}"#,
            "",
        );
        let init = r#"{"type":"init","msg_id":9,"node_id":"n1","node_ids":["n2","n2"]}"#;
        let init_ok = r#"{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 9, "msg_id": 4}}"#;
        check(&mut lifecycle, "n7", init, init_ok);
        let read_ok = r#"{"src": "n1", "dest": "c0", "body": {"type": "read_ok", "messages": [], "in_reply_to": 2, "msg_id": 5}}"#;
        check(
            &mut lifecycle,
            "elsewhere",
            r#"{"type":"read","msg_id":2}"#,
            read_ok,
        );
    }

    #[test]
    fn a_request_that_cannot_be_answered_is_noticed() {
        let mut lifecycle = Lifecycle::new(Settings::default());
        let read = parse(br#"{"src":"c0","dest":"n1","body":{"type":"read"}}"#).unwrap();
        let notices = lifecycle.handle(Moment::at(Duration::ZERO), read).notices;
        let said: Vec<_> = notices.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["refused a request of c0: not initialised yet"]);
    }
}

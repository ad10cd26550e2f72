//! The one place from which messages go out, and which numbers them.
//!
//! It keeps what one input led to until that is taken, all at once. What to
//! send is decided elsewhere, and sending it is the driver's.

use std::{fmt, mem};

use crate::message::{MsgId, NodeId, Outgoing, Payload, excerpt};
use crate::value::Value;

/// How many characters of a value or a name the log shows.
const VALUE_CHARACTERS_MAX: usize = 60;

/// What one input led to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// To be sent, in this order.
    pub messages: Vec<Outgoing>,
    pub notices: Vec<Notice>,
}

/// Something that people should be told; `to_string()` tells it.
#[derive(Debug, PartialEq, Eq)]
pub enum Notice {
    /// A value went around a neighbor that didn't acknowledge it in time.
    FellBack {
        neighbor: NodeId,
        /// What was sent to it.
        value: Value,
        /// To how many nodes it went directly.
        direct_sent: usize,
    },
    /// A request was refused that can't be answered, as it has no `msg_id`.
    Refused {
        caller: NodeId,
        /// What is wrong with it.
        text: String,
    },
}

/// Who made a request, and how to answer it.
#[derive(Clone, Debug)]
pub struct Caller {
    pub name: NodeId,
    /// Its number, if it wants an answer.
    pub msg_id: Option<MsgId>,
}

/// Outgoing messages, numbered from 0.
#[derive(Debug, Default)]
pub struct Outbox {
    next_msg_id: u64,
    output: Output,
}

impl Outbox {
    /// Sends `payload` from `src` to `dest`; returns the number it has.
    pub fn send(&mut self, src: &NodeId, dest: &NodeId, payload: Payload) -> u64 {
        self.push(src, dest, payload, None)
    }

    /// Answers a request, if it wants an answer.
    pub fn reply(&mut self, src: &NodeId, caller: &Caller, payload: Payload) {
        match (&caller.msg_id, payload) {
            (Some(request), payload) => {
                self.push(src, &caller.name, payload, Some(request.clone()));
            }
            (None, Payload::Error { text, .. }) => {
                self.note(Notice::Refused {
                    caller: caller.name.clone(),
                    text,
                });
            }
            (None, _) => {}
        }
    }

    pub fn note(&mut self, notice: Notice) {
        self.output.notices.push(notice);
    }

    /// All since the last time.
    pub fn take(&mut self) -> Output {
        mem::take(&mut self.output)
    }

    fn push(
        &mut self,
        src: &NodeId,
        dest: &NodeId,
        payload: Payload,
        in_reply_to: Option<MsgId>,
    ) -> u64 {
        let msg_id = self.next_msg_id;
        self.next_msg_id += 1;
        let (src, dest) = (src.clone(), dest.clone());
        self.output.messages.push(Outgoing {
            src,
            dest,
            payload,
            in_reply_to,
            msg_id,
        });
        msg_id
    }
}

/// A name as the log may show it: anybody can call himself anything.
fn shown(name: &NodeId) -> String {
    excerpt(name.to_string().as_bytes(), VALUE_CHARACTERS_MAX)
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FellBack {
                neighbor,
                value,
                direct_sent,
            } => {
                let value = excerpt(value.as_json().as_bytes(), VALUE_CHARACTERS_MAX);
                let neighbor = shown(neighbor);
                write!(
                    f,
                    "no ack for {value} from {neighbor} in time, direct deliveries: {direct_sent}"
                )
            }
            Self::Refused { caller, text } => {
                write!(f, "refused a request of {}: {text}", shown(caller))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_can_act_on_the_log() {
        let name = NodeId::from("\u{1b}[31mred\nline 7: faked");
        let value = Value::from_json("1").unwrap();
        let notices = [
            Notice::FellBack {
                neighbor: name.clone(),
                value,
                direct_sent: 1,
            },
            Notice::Refused {
                caller: name,
                text: "bad".to_owned(),
            },
        ];
        for notice in notices {
            let text = notice.to_string();
            assert!(!text.contains(['\u{1b}', '\n']), "{text}");
            assert!(text.contains("\\u{1b}[31mred\\nline 7"), "{text}");
        }
    }
}

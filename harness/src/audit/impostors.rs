//! Nodes that solve nothing.

use serde_json::{Map, Value, json};

use crate::case::InputMessage;
use crate::message;

/// A node that solves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impostor {
    /// It reads everything and writes nothing.
    Silent,
    /// It answers `init`, and nothing else.
    InitOnly,
    /// It answers everything with `…_ok`, and with nothing in it.
    YesMan,
    /// It answers everything with `…_ok` and what stood in the request.
    Echo,
    /// It writes back each line as it came.
    Mirror,
}

impl Impostor {
    /// All of them, those that do least coming first.
    pub const ALL: [Self; 5] = [
        Self::Silent,
        Self::InitOnly,
        Self::YesMan,
        Self::Echo,
        Self::Mirror,
    ];

    /// What it writes; `None` where what it does may be what the case is about.
    pub fn output(self, requests: &[InputMessage]) -> Option<String> {
        let is_echo = |request: &InputMessage| request.kind() == "echo";
        if self == Self::Echo && requests.iter().any(is_echo) {
            return None;
        }
        let lines = requests.iter().enumerate();
        let lines = lines.filter_map(|(number, request)| self.line(number, request));
        Some(
            lines
                .map(|line| format!("{line}\n"))
                .collect::<Vec<_>>()
                .concat(),
        )
    }

    fn line(self, number: usize, request: &InputMessage) -> Option<Value> {
        let payload = match self {
            Self::Silent => return None,
            Self::Mirror => return Some(request.message.clone()),
            Self::InitOnly if request.kind() != "init" => return None,
            Self::InitOnly | Self::YesMan => Map::new(),
            Self::Echo => message::body(&request.message)?.clone(),
        };
        answer(number, request, payload)
    }
}

/// The answer to a request; `None` to a message that wants none.
fn answer(number: usize, request: &InputMessage, mut body: Map<String, Value>) -> Option<Value> {
    let asked = message::body(&request.message)?;
    let in_reply_to = asked.get("msg_id")?.clone();
    let kind = request.kind();
    body.insert("type".to_owned(), format!("{kind}_ok").into());
    body.insert("in_reply_to".to_owned(), in_reply_to);
    body.insert("msg_id".to_owned(), number.into());
    let receiver = message::destination(&request.message)?;
    Some(json!({"src": receiver, "dest": request.source(), "body": body}))
}

//! Requests on the wire: how a client asks, and what its answer says. Pure.
//!
//! Maelstrom refuses a reply that has more keys than its type allows. Such a reply is a breach here, too,
//! but its contents count all the same.

use serde_json::{Map, Value, json};

use super::envelope::Envelope;
use super::history::{Outcome, Reason, Request, Shown};
use crate::message::rule::{self, Rule};
use crate::{json, message, number};

/// How much of a phantom is kept, in bytes.
const PHANTOM_MAX: usize = 100;

/// How many phantoms of one read are kept.
const PHANTOMS_MAX: usize = 1000;

/// How long an answer is at most that is looked at before its line ends, in bytes.
const ANSWER_MAX: usize = 1000;

/// A message from a client to a node.
pub fn line(client: usize, node: &str, msg_id: u64, kind: &str, payload: Value) -> Vec<u8> {
    let mut body = Map::new();
    body.insert("type".to_owned(), kind.into());
    if let Value::Object(fields) = payload {
        body.extend(fields);
    }
    body.insert("msg_id".to_owned(), msg_id.into());
    let message = json!({"src": message::client_name(client), "dest": node, "body": body});
    message.to_string().into_bytes()
}

impl Request {
    /// Its type.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Broadcast(_) => "broadcast",
            Self::Read => "read",
        }
    }

    /// What stands in its body beside type and number.
    pub fn payload(self) -> Value {
        match self {
            Self::Broadcast(value) => json!({"message": value}),
            Self::Read => json!({}),
        }
    }

    /// The value that it broadcasts.
    pub fn value(self) -> Option<usize> {
        match self {
            Self::Broadcast(value) => Some(value),
            Self::Read => None,
        }
    }

    /// What an answer says, and the rule it breaks, if it does. `values`: how many were broadcast
    /// by now.
    pub fn answered(self, answer: &Envelope, values: usize) -> (Outcome, Option<Rule>) {
        match (self, answer.kind.as_str()) {
            (_, "error") => (self.refused(error(answer)), None),
            (Self::Broadcast(_), "broadcast_ok") => (Outcome::Acknowledged, irregular(answer, &[])),
            (Self::Read, "read_ok") => match answer.body.get("messages") {
                Some(Value::Array(messages)) => {
                    let shown = Outcome::Shown(shown(messages, values));
                    (shown, irregular(answer, &["messages"]))
                }
                // Maelstrom takes it, and several languages write their empty list so.
                Some(Value::Null) => {
                    let null = Shown {
                        is_null: true,
                        ..shown(&[], values)
                    };
                    (Outcome::Shown(null), irregular(answer, &["messages"]))
                }
                Some(_) => self.malformed("`read_ok` whose `messages` is no array".to_owned()),
                None => self.malformed("`read_ok` without `messages`".to_owned()),
            },
            (_, kind) => {
                let asked = self.kind();
                self.malformed(format!("`{asked}` was answered with `{kind}`"))
            }
        }
    }

    /// How it ends when no good answer came.
    pub fn ended(self, reason: Reason) -> Outcome {
        match self {
            Self::Read => Outcome::Failed(reason),
            Self::Broadcast(_) => Outcome::Unknown(reason),
        }
    }

    fn refused(self, reason: Reason) -> Outcome {
        // Maelstrom's codes: with these two it may have happened all the same.
        let indefinite =
            matches!(&reason, Reason::Error { code, .. } if code == "0" || code == "13");
        if indefinite {
            self.ended(reason)
        } else {
            Outcome::Failed(reason)
        }
    }

    fn malformed(self, problem: String) -> (Outcome, Option<Rule>) {
        let broken = Rule::BadReply { problem };
        (self.ended(Reason::Malformed), Some(broken))
    }
}

/// What an error says.
pub fn error(answer: &Envelope) -> Reason {
    let text = answer.body.get("text").and_then(Value::as_str);
    let mut text = text.unwrap_or_default().to_owned();
    let code = answer.body.get("code").map(Value::to_string);
    let mut code = code.unwrap_or_default();
    rule::cut(&mut text);
    rule::cut(&mut code);
    Reason::Error { code, text }
}

/// What its errors are called in Maelstrom's protocol, by their codes.
const ERRORS: [(&str, &str); 11] = [
    ("0", "timeout"),
    ("1", "node-not-found"),
    ("10", "not-supported"),
    ("11", "temporarily-unavailable"),
    ("12", "malformed-request"),
    ("13", "crash"),
    ("14", "abort"),
    ("20", "key-does-not-exist"),
    ("21", "key-already-exists"),
    ("22", "precondition-failed"),
    ("30", "txn-conflict"),
];

/// What an error with this code is called, if it has a name.
pub fn error_name(code: &str) -> Option<&'static str> {
    let found = ERRORS.into_iter().find(|(known, _)| *known == code);
    found.map(|(_, name)| name)
}

/// How `init` or `topology` was answered, where that is not what it should be.
pub fn refusal(request: &str, answer: &Envelope) -> String {
    let Reason::Error { code, text } = error(answer) else {
        return String::new();
    };
    match (answer.kind.as_str(), error_name(&code)) {
        ("error", Some(name)) => format!("error {code} ({name}): {text}"),
        ("error", None) => format!("error {code}: {text}"),
        (kind, _) => format!("`{kind}`, not `{request}_ok`"),
    }
}

/// What an answer to `init` or `topology` is of which nothing is missing but the line break; `None` where
/// more is, or it is too long for such an answer.
pub fn unended(line: &[u8]) -> Option<String> {
    let is_whole = line.len() <= ANSWER_MAX && json::read(line).is_ok_and(|it| it.is_object());
    let answer = "a line that has no line break at its end, so nobody could read it";
    is_whole.then(|| answer.to_owned())
}

/// What is wrong with an answer to `init` or `topology` that names another request, or none.
pub fn unlinked(request: &str, msg_id: u64, answer: &Envelope) -> Option<String> {
    let kind = answer.kind.as_str();
    let is_answer = kind.strip_suffix("_ok") == Some(request);
    // An error may still come for what was asked before.
    let is_it = is_answer || (kind == "error" && request == "init");
    let found = answer.body.get("in_reply_to");
    let problem = match found {
        None => "has no `in_reply_to`",
        Some(Value::String(text)) if *text == msg_id.to_string() => {
            "has a string, not a number, as `in_reply_to`"
        }
        Some(_) => "does not have the `msg_id` of the request as `in_reply_to`",
    };
    is_it.then(|| format!("`{kind}` that {problem}"))
}

/// A reply that Maelstrom refuses, though it says what was asked: it has keys that its type doesn't have,
/// or a `msg_id` that is no integer.
pub fn irregular(answer: &Envelope, allowed: &[&str]) -> Option<Rule> {
    let kind = &answer.kind;
    let usual = ["type", "in_reply_to", "msg_id"];
    let mut keys = answer.body.keys().map(String::as_str);
    if let Some(key) = keys.find(|key| !usual.contains(key) && !allowed.contains(key)) {
        let problem = format!("`{kind}` with a key that it doesn't have, `{key}`");
        return Some(Rule::BadReply { problem });
    }
    let no_integer = |id: &&Value| !id.is_null() && message::id(id).is_none();
    answer.body.get("msg_id").filter(no_integer)?;
    // Not which: a person would mend all of them at once, and the line is shown.
    let problem = format!("`{kind}` with a `msg_id` that is no integer");
    Some(Rule::BadReply { problem })
}

fn shown(messages: &[Value], values: usize) -> Shown {
    let mut shown = Shown::of_none(values);
    for message in messages {
        match value(message).filter(|value| *value < values) {
            Some(value) => shown.add(value),
            None if shown.phantoms.len() < PHANTOMS_MAX => shown.phantoms.push(cut(message)),
            None => {}
        }
    }
    shown
}

fn value(message: &Value) -> Option<usize> {
    number::integer(message.as_number()?)?.parse().ok()
}

/// The start of a value, as JSON.
fn cut(message: &Value) -> String {
    let mut text = message.to_string();
    if text.len() > PHANTOM_MAX {
        let end = (0..=PHANTOM_MAX)
            .rev()
            .find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::envelope;

    fn answer(body: &str) -> Envelope {
        let line = format!(r#"{{"src":"n0","dest":"c1","body":{body}}}"#);
        envelope::read(line.as_bytes()).unwrap()
    }

    #[test]
    fn a_request_is_a_line() {
        let sent = line(3, "n0", 7, "broadcast", Request::Broadcast(5).payload());
        let text = r#"{"src":"c3","dest":"n0","body":{"type":"broadcast","message":5,"msg_id":7}}"#;
        assert_eq!(String::from_utf8(sent).unwrap(), text);
    }

    #[test]
    fn a_read_shows_values_doubles_and_phantoms() {
        let answer = answer(r#"{"type":"read_ok","messages":[2,0,2,2.0,3,"1",-1,1e99,null]}"#);
        let (outcome, broken) = Request::Read.answered(&answer, 3);
        let Outcome::Shown(shown) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(shown.values.ones().collect::<Vec<_>>(), [0, 2]);
        assert_eq!(shown.twice, [2]);
        assert_eq!(shown.phantoms, ["3", "\"1\"", "-1", "1e+99", "null"]);
        assert_eq!(broken, None);
    }

    #[test]
    fn null_is_an_empty_list() {
        let null = answer(r#"{"type":"read_ok","messages":null}"#);
        let empty = answer(r#"{"type":"read_ok","messages":[]}"#);
        let (Outcome::Shown(null), None) = Request::Read.answered(&null, 3) else {
            panic!();
        };
        let (Outcome::Shown(empty), None) = Request::Read.answered(&empty, 3) else {
            panic!();
        };
        assert!(null.is_null && !empty.is_null);
        let is_null = false;
        assert_eq!(Shown { is_null, ..null }, empty);
    }

    #[test]
    fn answers_are_told_apart() {
        let error = |code: &str| Reason::Error {
            code: code.to_owned(),
            text: "x".to_owned(),
        };
        let (broadcast, read) = (Request::Broadcast(0), Request::Read);
        for (request, body, outcome, breaks) in [
            (
                broadcast,
                r#"{"type":"broadcast_ok","msg_id":1,"in_reply_to":2}"#,
                Outcome::Acknowledged,
                false,
            ),
            (
                broadcast,
                r#"{"type":"broadcast_ok","msg_id":null,"in_reply_to":2}"#,
                Outcome::Acknowledged,
                false,
            ),
            (
                broadcast,
                r#"{"type":"broadcast_ok","msg_id":"1","in_reply_to":2}"#,
                Outcome::Acknowledged,
                true,
            ),
            (
                broadcast,
                r#"{"type":"broadcast_ok","extra":1}"#,
                Outcome::Acknowledged,
                true,
            ),
            (
                broadcast,
                r#"{"type":"error","code":11,"text":"x"}"#,
                Outcome::Failed(error("11")),
                false,
            ),
            (
                broadcast,
                r#"{"type":"error","code":13,"text":"x"}"#,
                Outcome::Unknown(error("13")),
                false,
            ),
            (
                read,
                r#"{"type":"error","code":0,"text":"x"}"#,
                Outcome::Failed(error("0")),
                false,
            ),
            (
                broadcast,
                r#"{"type":"read_ok","messages":[]}"#,
                Outcome::Unknown(Reason::Malformed),
                true,
            ),
            (
                read,
                r#"{"type":"read_ok"}"#,
                Outcome::Failed(Reason::Malformed),
                true,
            ),
            (
                read,
                r#"{"type":"read_ok","messages":{}}"#,
                Outcome::Failed(Reason::Malformed),
                true,
            ),
        ] {
            let (found, broken) = request.answered(&answer(body), 1);
            assert_eq!((found, broken.is_some()), (outcome, breaks), "{body}");
        }
    }

    #[test]
    fn a_phantom_is_kept_only_so_far() {
        let long = format!(
            r#"{{"type":"read_ok","messages":["{}"]}}"#,
            "ä".repeat(1000)
        );
        let (Outcome::Shown(shown), None) = Request::Read.answered(&answer(&long), 1) else {
            panic!();
        };
        assert!(shown.phantoms[0].len() < 110);
        assert!(shown.phantoms[0].ends_with('…'));
        let many = vec!["\"x\""; 2 * PHANTOMS_MAX].join(",");
        let many = format!(r#"{{"type":"read_ok","messages":[{many}]}}"#);
        let (Outcome::Shown(shown), None) = Request::Read.answered(&answer(&many), 1) else {
            panic!();
        };
        assert_eq!(shown.phantoms.len(), PHANTOMS_MAX);
    }
}

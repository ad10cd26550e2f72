//! Requests on the wire: how a client asks, and what its answer says. Pure.
//!
//! Maelstrom refuses a reply that has more keys than its type allows. Such a reply is a breach here, too,
//! but its contents count all the same.

use serde_json::{Map, Value, json};

use super::envelope::Envelope;
use super::history::{Outcome, Reason};
use super::workload::kind::WorkloadKind;
use super::workload::{Request, Unsaid};
use crate::message::reply::{ReplyFault, ReplyTo, SetUpAnswer, cut};
use crate::message::rule::Rule;
use crate::{json, message};

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

/// What an answer to a client's request says, and the rule it breaks, if it does. `values`: how many
/// were given by now.
pub fn answered(
    workload: WorkloadKind,
    request: &Request,
    answer: &Envelope,
    values: usize,
) -> (Outcome, Option<Rule>) {
    if answer.kind == "error" {
        return (refused(request, error(answer)), None);
    }
    let reason = match workload.read(request, answer, values) {
        Ok(said) => return (Outcome::Ok(said.reply), irregular(answer, said.keys)),
        Err(reason) => reason,
    };
    let reply = answer.kind.clone();
    let fault = match reason {
        Unsaid::OtherType => ReplyFault::OtherType {
            request: workload.request_type(request).to_owned(),
            reply,
        },
        Unsaid::Lacks(key) => {
            let key = key.to_owned();
            ReplyFault::Lacks { reply, key }
        }
        Unsaid::NoArray(key) => {
            let key = key.to_owned();
            ReplyFault::NoArray { reply, key }
        }
        Unsaid::NoInteger(key) => {
            let key = key.to_owned();
            ReplyFault::KeyNoInteger { reply, key }
        }
        Unsaid::OtherForm(key, form) => {
            let (key, form) = (key.to_owned(), form.to_owned());
            ReplyFault::KeyOtherForm { reply, key, form }
        }
    };
    let broken = Rule::BadReply(fault);
    (ended(request, Reason::Malformed), Some(broken))
}

/// How a request ends when no good answer came.
pub fn ended(request: &Request, reason: Reason) -> Outcome {
    if request.is_read() {
        Outcome::Failed(reason)
    } else {
        Outcome::Unknown(reason)
    }
}

/// Whether what is refused with this code has not happened and will not. With two of Maelstrom's codes, and with
/// those it doesn't know, it may have happened all the same.
pub fn is_definite(code: &str) -> bool {
    error_name(code).is_some() && !matches!(code, "0" | "13")
}

fn refused(request: &Request, reason: Reason) -> Outcome {
    if matches!(&reason, Reason::Error { code, .. } if is_definite(code)) {
        Outcome::Failed(reason)
    } else {
        ended(request, reason)
    }
}

pub fn error(answer: &Envelope) -> Reason {
    let text = answer.body.get("text").and_then(Value::as_str);
    let mut text = text.unwrap_or_default().to_owned();
    let code = answer.body.get("code").map(Value::to_string);
    let mut code = code.unwrap_or_default();
    cut(&mut text);
    cut(&mut code);
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

/// How a request of the set-up was answered, where that is not what it should be.
pub fn refusal(answer: &Envelope) -> SetUpAnswer {
    match (answer.kind.as_str(), error(answer)) {
        ("error", Reason::Error { code, text }) => SetUpAnswer::Error { code, text },
        (kind, _) => SetUpAnswer::OtherType {
            reply: kind.to_owned(),
        },
    }
}

/// Whether a line is an answer to a request of the set-up of which nothing is missing but the line break.
/// A longer one is none.
pub fn is_unended_answer(line: &[u8]) -> bool {
    line.len() <= ANSWER_MAX && json::read(line).is_ok_and(|it| it.is_object())
}

/// An answer to a request of the set-up that names another request, or none.
pub fn unlinked(request: &str, msg_id: u64, answer: &Envelope) -> Option<SetUpAnswer> {
    let kind = answer.kind.as_str();
    let is_answer = kind.strip_suffix("_ok") == Some(request);
    // An error may still come for what was asked before.
    let is_it = is_answer || (kind == "error" && request == "init");
    let link = match answer.body.get("in_reply_to") {
        None => ReplyTo::Missing,
        Some(Value::String(text)) if *text == msg_id.to_string() => ReplyTo::String,
        Some(_) => ReplyTo::Other,
    };
    let reply = kind.to_owned();
    is_it.then_some(SetUpAnswer::Unlinked { reply, link })
}

/// A reply to a client that no request can have, of those up to this `msg_id`. No right node writes one: it
/// learns the number from the request.
pub fn answers_nothing(answer: &Envelope, asked: u64) -> Option<ReplyFault> {
    if !answer.kind.ends_with("_ok") || answer.in_reply_to().is_some_and(|to| to <= asked) {
        return None;
    }
    let link = match answer.body.get("in_reply_to") {
        None | Some(Value::Null) => ReplyTo::Missing,
        Some(Value::String(_)) => ReplyTo::String,
        Some(_) => ReplyTo::Other,
    };
    let reply = answer.kind.clone();
    Some(ReplyFault::Unlinked { reply, link })
}

/// A reply that Maelstrom refuses, though it says what was asked: it has keys that its type doesn't have,
/// or a `msg_id` that is no integer.
pub fn irregular(answer: &Envelope, allowed: &[&str]) -> Option<Rule> {
    let usual = ["type", "in_reply_to", "msg_id"];
    let mut keys = answer.body.keys().map(String::as_str);
    if let Some(key) = keys.find(|key| !usual.contains(key) && !allowed.contains(key)) {
        return Some(Rule::BadReply(ReplyFault::ExtraKey {
            reply: answer.kind.clone(),
            key: key.to_owned(),
        }));
    }
    let no_integer = |id: &&Value| !id.is_null() && message::id(id).is_none();
    answer.body.get("msg_id").filter(no_integer)?;
    // Not which: a person would mend all of them at once, and the line is shown.
    Some(Rule::BadReply(ReplyFault::NoInteger {
        reply: answer.kind.clone(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::envelope;

    #[test]
    fn reply_that_no_request_can_have_is_told_by_its_link() {
        let told = |kind: &str, link: &str| {
            let line =
                format!(r#"{{"src":"n1","dest":"c1","body":{{"type":"{kind}","x":1{link}}}}}"#);
            let answer = envelope::read(line.as_bytes()).unwrap();
            answers_nothing(&answer, 9).map(|fault| match fault {
                ReplyFault::Unlinked { link, .. } => link,
                other => panic!("{other:?}"),
            })
        };
        for (link, expected) in [
            (r#","in_reply_to":9"#, None),
            (r#","in_reply_to":9.0"#, None),
            (r#","in_reply_to":1"#, None),
            ("", Some(ReplyTo::Missing)),
            (r#","in_reply_to":null"#, Some(ReplyTo::Missing)),
            (r#","in_reply_to":"9""#, Some(ReplyTo::String)),
            (r#","in_reply_to":10"#, Some(ReplyTo::Other)),
            (r#","in_reply_to":[9]"#, Some(ReplyTo::Other)),
        ] {
            assert_eq!(told("read_ok", link), expected, "{link}");
            assert_eq!(told("news", link), None, "no reply");
        }
    }
}

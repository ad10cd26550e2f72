//! A new case's `.in`: its title, the init of its node and the requests that are wanted. What the
//! node must answer is not known here.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::cluster::workload::example;
use crate::json::{self, repeated};
use crate::message;

/// What is to be in the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted<'a> {
    pub title: &'a str,
    /// How many nodes there are; the one that is tested is the first.
    pub nodes: usize,
    /// What a client asks for: a type, or a body as JSON.
    pub requests: &'a [String],
}

/// A request that is neither a type nor a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRequest {
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, reason } = self;
        write!(
            f,
            "`{text}` is no request ({reason}): give a type, as in `read`, or a body, as in \
             '{{\"type\":\"echo\",\"echo\":1}}'"
        )
    }
}

/// Writes the `.in`.
///
/// # Errors
/// The first request that is none.
pub fn write(wanted: &Wanted<'_>) -> Result<String, BadRequest> {
    let node_ids: Vec<_> = (1..=wanted.nodes)
        .map(|number| format!("n{number}"))
        .collect();
    let init = json!({"type": "init", "msg_id": 1, "node_id": "n1", "node_ids": node_ids});
    let mut lines = vec![title(wanted.title), line("c0", &init)];
    for (position, request) in wanted.requests.iter().enumerate() {
        lines.push(line("c1", &body(request, position + 2, &node_ids)?));
    }
    if wanted.requests.is_empty() {
        let example = json!({"type": "...", "msg_id": 2});
        lines.push(format!(
            "# One message a line, as in {}",
            line("c1", &example)
        ));
    }
    Ok(lines.join("\n") + "\n")
}

fn title(text: &str) -> String {
    let words: Vec<_> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .collect();
    format!("# {}", words.join(" "))
}

fn line(client: &str, body: &Value) -> String {
    json!({"src": client, "dest": "n1", "body": body}).to_string()
}

/// The body of a request; `msg_id` is its number if it has none.
fn body(request: &str, msg_id: usize, node_ids: &[String]) -> Result<Value, BadRequest> {
    let bad = |reason: String| BadRequest {
        text: request.to_owned(),
        reason,
    };
    if !request.trim_start().starts_with(['{', '[', '"']) {
        let is_word = !request.is_empty() && !request.contains(char::is_whitespace);
        let word = is_word.then(|| typical(request, msg_id, node_ids));
        return word.ok_or_else(|| bad("a type is one word".to_owned()));
    }
    let mut value = json::read(request.as_bytes()).map_err(|error| bad(error.reason))?;
    if let Some(repeated) = repeated::find(request.as_bytes()) {
        return Err(bad(format!("the key `{}` stands twice", repeated.key)));
    }
    let has_type = value.get("body").is_none() && message::kind(&value).is_some();
    match value.as_object_mut() {
        Some(fields) if has_type => number(fields, msg_id),
        _ => return Err(bad("a body is an object with a type".to_owned())),
    }
    Ok(value)
}

/// A request of this type, with what it can't be without in the protocol.
fn typical(kind: &str, msg_id: usize, node_ids: &[String]) -> Value {
    let mut body = json!({"type": kind, "msg_id": msg_id});
    let example = example::of_type(kind, msg_id, node_ids);
    if let (Value::Object(fields), Some(Value::Object(payload))) =
        (&mut body, example.map(|rpc| rpc.payload))
    {
        fields.extend(payload);
    }
    body
}

/// Adds the `msg_id`, behind the type.
fn number(fields: &mut Map<String, Value>, msg_id: usize) {
    if !fields.contains_key("msg_id") {
        let place = fields
            .keys()
            .position(|key| key == "type")
            .unwrap_or_default()
            + 1;
        fields.shift_insert(place, "msg_id".to_owned(), msg_id.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::input;

    fn written(requests: &[&str]) -> Result<String, BadRequest> {
        let requests: Vec<_> = requests.iter().map(|&request| request.to_owned()).collect();
        write(&Wanted {
            title: "Two\nlines",
            nodes: 2,
            requests: &requests,
        })
    }

    #[test]
    fn types_and_bodies_become_numbered_requests() {
        let text = written(&[
            "read",
            r#"{"type":"broadcast","message":1}"#,
            r#"{"msg_id":9,"type":"x"}"#,
        ])
        .unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "# Two lines",
                r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2"]}}"#,
                r#"{"src":"c1","dest":"n1","body":{"type":"read","msg_id":2}}"#,
                r#"{"src":"c1","dest":"n1","body":{"type":"broadcast","msg_id":3,"message":1}}"#,
                r#"{"src":"c1","dest":"n1","body":{"msg_id":9,"type":"x"}}"#,
            ]
        );
        assert_eq!(input::parse(text.as_bytes()).unwrap().steps.len(), 4);
        let empty = written(&[]).unwrap();
        assert_eq!(input::parse(empty.as_bytes()).unwrap().steps.len(), 1);
    }

    #[test]
    fn a_key_that_stands_twice_is_no_request() {
        let wrong = written(&[r#"{"type":"echo","echo":1,"echo":2}"#]).unwrap_err();
        assert_eq!(wrong.reason, "the key `echo` stands twice");
    }

    #[test]
    fn a_type_comes_with_what_the_protocol_wants() {
        let bodies = |nodes| {
            let wanted = Wanted {
                title: "x",
                nodes,
                requests: &["topology", "broadcast", "echo"].map(str::to_owned),
            };
            let text = write(&wanted).unwrap();
            let bodies = text.lines().skip(2).map(|line| {
                let (_, body) = line.split_once("\"body\":").unwrap();
                body.strip_suffix('}').unwrap().to_owned()
            });
            bodies.collect::<Vec<_>>()
        };
        let alone = r#"{"type":"topology","msg_id":2,"topology":{"n1":[]}}"#;
        let three = r#"{"type":"topology","msg_id":2,"topology":{"n1":["n2"],"n2":["n1","n3"],"n3":["n2"]}}"#;
        let broadcast = r#"{"type":"broadcast","msg_id":3,"message":3}"#;
        let echo = r#"{"type":"echo","msg_id":4,"echo":"Please echo 4"}"#;
        assert_eq!(bodies(1), [alone, broadcast, echo]);
        assert_eq!(bodies(3), [three, broadcast, echo]);
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for bad in [
            "",
            "two words",
            "{",
            "[1]",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"x","body":{}}"#,
        ] {
            assert_eq!(written(&["read", bad]).unwrap_err().text, bad);
        }
    }
}

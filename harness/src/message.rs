//! A look at a JSON value as a Maelstrom message: who, to whom, which ids.
//!
//! A message is an object with `src`, `dest` and `body`; a body on a line of its own, without that
//! envelope, has its ids at the top level. Nothing is checked here: what isn't there is `None`.

pub mod malformed;
pub mod reply;
pub mod rule;

use serde_json::{Map, Value};

use crate::json::member;
use crate::number;

/// A `msg_id` or `in_reply_to`: an integer, by its digits.
pub type Id = String;

/// The number of a client by its name, as in `c1`; `c0` is the harness itself.
pub fn client(name: &str) -> Option<usize> {
    let number = name.strip_prefix('c')?.parse().ok()?;
    // As it would be written: `c01` and `c+1` are names like any other.
    (client_name(number) == name).then_some(number)
}

/// The name of a client.
pub fn client_name(number: usize) -> String {
    format!("c{number}")
}

pub fn source(message: &Value) -> Option<&str> {
    member(message.as_object()?, "src")?.as_str()
}

pub fn destination(message: &Value) -> Option<&str> {
    member(message.as_object()?, "dest")?.as_str()
}

/// What happens: the body's `type`.
pub fn kind(message: &Value) -> Option<&str> {
    member(body(message)?, "type")?.as_str()
}

/// The number that its sender gave it.
pub fn msg_id(message: &Value) -> Option<Id> {
    id(member(body(message)?, "msg_id")?)
}

/// The number of the request that it answers.
pub fn in_reply_to(message: &Value) -> Option<Id> {
    id(member(body(message)?, "in_reply_to")?)
}

/// To whom a message replies, and to which of their requests: nobody is `""`.
pub fn answer(message: &Value) -> Option<(&str, Id)> {
    let receiver = destination(message).unwrap_or_default();
    Some((receiver, in_reply_to(message)?))
}

/// The body: what stands in the envelope, or the value itself where there is none.
pub fn body(message: &Value) -> Option<&Map<String, Value>> {
    let message = message.as_object()?;
    member(message, "body").map_or(Some(message), Value::as_object)
}

/// A value as an id, if it is an integer, however it is spelt.
pub fn id(value: &Value) -> Option<Id> {
    number::integer(value.as_number()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_or_a_bare_body_shows_its_ids() {
        let enveloped: Value =
            serde_json::from_str(r#"{"src":"n1","dest":"c1","body":{"type":"x","msg_id":7}}"#)
                .unwrap();
        assert_eq!(source(&enveloped), Some("n1"));
        assert_eq!(destination(&enveloped), Some("c1"));
        assert_eq!(kind(&enveloped), Some("x"));
        assert_eq!(msg_id(&enveloped), Some("7".to_owned()));
        let bare: Value = serde_json::from_str(r#"{"type":"y","in_reply_to":-1}"#).unwrap();
        assert_eq!(kind(&bare), Some("y"));
        assert_eq!(in_reply_to(&bare), Some("-1".to_owned()));
        assert_eq!(answer(&bare), Some(("", "-1".to_owned())));
        assert_eq!(answer(&enveloped), None);
    }

    #[test]
    fn a_client_has_one_name() {
        for number in [0, 1, 10, usize::MAX] {
            assert_eq!(client(&client_name(number)), Some(number));
        }
        for other in [
            "c",
            "c01",
            "c+1",
            "c-1",
            "C1",
            "n1",
            "c1 ",
            "c18446744073709551616",
        ] {
            assert_eq!(client(other), None, "{other}");
        }
    }

    #[test]
    fn only_integers_are_ids_and_they_keep_every_digit() {
        let read = |text: &str| id(&serde_json::from_str(text).unwrap());
        let big = "123456789012345678901234567890";
        assert_eq!(read(big), Some(big.to_owned()));
        for one in ["1", "1.0", "1e0", "10e-1"] {
            assert_eq!(read(one), Some("1".to_owned()), "{one}");
        }
        assert_eq!(read("-0"), Some("0".to_owned()));
        for other in ["1.5", "\"1\"", "null", "[1]", "1e-3"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}

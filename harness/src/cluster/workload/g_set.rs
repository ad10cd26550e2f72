//! Maelstrom's g-set workload: clients add elements to a set that only grows, and read it.

use super::set_wire::{READ_OK, SetWire};
use super::terms::Terms;

/// How its sentences name what is asked.
pub const TERMS: Terms = Terms {
    one: "add",
    many: "adds",
    given: "added",
    done: "acknowledged",
    list: Some((READ_OK, "value")),
};

/// The names on the wire.
pub static WIRE: SetWire = SetWire {
    add: "add",
    added: "element",
    add_ok: "add_ok",
    shown: &["value"],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::envelope;
    use crate::cluster::sets::{SetReply, SetRequest, Shown};
    use crate::cluster::workload::{ReadReply, Reply, Unsaid};

    fn read(request: SetRequest, body: &str) -> Result<ReadReply, Unsaid> {
        let line = format!(r#"{{"src":"n0","dest":"c1","body":{body}}}"#);
        WIRE.read(request, &envelope::read(line.as_bytes()).unwrap(), 3)
    }

    #[test]
    fn elements_are_added_and_shown_under_its_own_names() {
        let rpc = WIRE.rpc(SetRequest::Add(2));
        assert_eq!(
            (rpc.kind, rpc.payload.to_string()),
            ("add", r#"{"element":2}"#.to_owned())
        );
        assert_eq!(WIRE.rpc(SetRequest::Read).payload.to_string(), "{}");
        let shows = |shown| {
            let reply = Reply::Set(SetReply::Shown(Box::new(shown)));
            Ok(ReadReply {
                reply,
                keys: &["value"],
            })
        };
        let mut two = Shown::of_none(3);
        two.add(2);
        let all = [
            (r#"{"type":"read_ok","value":[2]}"#, shows(two)),
            (r#"{"type":"read_ok","value":null}"#, shows(Shown::null(3))),
            (
                r#"{"type":"read_ok","value":2}"#,
                Err(Unsaid::NoArray("value")),
            ),
            (
                r#"{"type":"read_ok","messages":[2]}"#,
                Err(Unsaid::Lacks("value")),
            ),
            (r#"{"type":"add_ok"}"#, Err(Unsaid::OtherType)),
        ];
        for (body, says) in all {
            assert_eq!(read(SetRequest::Read, body), says, "{body}");
        }
        let added = read(SetRequest::Add(2), r#"{"type":"add_ok"}"#).unwrap();
        assert_eq!(added.reply, Reply::Set(SetReply::Added));
        let other = read(SetRequest::Add(2), r#"{"type":"broadcast_ok"}"#);
        assert_eq!(other, Err(Unsaid::OtherType));
    }
}

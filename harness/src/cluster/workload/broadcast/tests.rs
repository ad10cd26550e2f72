//! Requests and replies on the wire.

use crate::cluster::envelope;
use crate::cluster::envelope::Envelope;
use crate::cluster::history::{Outcome, Reason};
use crate::cluster::requests::*;
use crate::cluster::sets::{SetReply, SetRequest, Shown};
use crate::cluster::workload::kind::WorkloadKind;
use crate::cluster::workload::{Reply, Request};
use crate::message::rule::Rule;

fn answer(body: &str) -> Envelope {
    let line = format!(r#"{{"src":"n0","dest":"c1","body":{body}}}"#);
    envelope::read(line.as_bytes()).unwrap()
}

fn read(answer: &Envelope, values: usize) -> (Outcome, Option<Rule>) {
    let request = Request::Set(SetRequest::Read);
    answered(WorkloadKind::Broadcast, &request, answer, values)
}

#[test]
fn a_request_is_a_line() {
    let rpc = WorkloadKind::Broadcast.rpc(&Request::Set(SetRequest::Add(5)));
    let sent = line(3, "n0", 7, rpc.kind, rpc.payload);
    let text = r#"{"src":"c3","dest":"n0","body":{"type":"broadcast","message":5,"msg_id":7}}"#;
    assert_eq!(String::from_utf8(sent).unwrap(), text);
}

#[test]
fn a_read_shows_values_doubles_and_phantoms() {
    let answer = answer(r#"{"type":"read_ok","messages":[2,0,2,2.0,3,"1",-1,1e99,null]}"#);
    let (outcome, broken) = read(&answer, 3);
    let Outcome::Ok(Reply::Set(SetReply::Shown(shown))) = outcome else {
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
    let (Outcome::Ok(Reply::Set(SetReply::Shown(null))), None) = read(&null, 3) else {
        panic!();
    };
    let (Outcome::Ok(Reply::Set(SetReply::Shown(empty))), None) = read(&empty, 3) else {
        panic!();
    };
    assert!(null.is_null && !empty.is_null);
    let is_null = false;
    assert_eq!(Shown { is_null, ..*null }, *empty);
}

#[test]
fn answers_are_told_apart() {
    let error = |code: &str| Reason::Error {
        code: code.to_owned(),
        text: "x".to_owned(),
    };
    let (broadcast, read) = (
        &Request::Set(SetRequest::Add(0)),
        &Request::Set(SetRequest::Read),
    );
    for (request, body, outcome, breaks) in [
        (
            broadcast,
            r#"{"type":"broadcast_ok","msg_id":1,"in_reply_to":2}"#,
            Outcome::Ok(Reply::Set(SetReply::Added)),
            false,
        ),
        (
            broadcast,
            r#"{"type":"broadcast_ok","msg_id":null,"in_reply_to":2}"#,
            Outcome::Ok(Reply::Set(SetReply::Added)),
            false,
        ),
        (
            broadcast,
            r#"{"type":"broadcast_ok","msg_id":"1","in_reply_to":2}"#,
            Outcome::Ok(Reply::Set(SetReply::Added)),
            true,
        ),
        (
            broadcast,
            r#"{"type":"broadcast_ok","extra":1}"#,
            Outcome::Ok(Reply::Set(SetReply::Added)),
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
        let (found, broken) = answered(WorkloadKind::Broadcast, request, &answer(body), 1);
        assert_eq!((found, broken.is_some()), (outcome, breaks), "{body}");
    }
}

#[test]
fn a_phantom_is_kept_only_so_far() {
    let long = format!(
        r#"{{"type":"read_ok","messages":["{}"]}}"#,
        "ä".repeat(1000)
    );
    let (Outcome::Ok(Reply::Set(SetReply::Shown(shown))), None) = read(&answer(&long), 1) else {
        panic!();
    };
    assert!(shown.phantoms[0].len() < 110);
    assert!(shown.phantoms[0].ends_with('…'));
    let many = vec!["\"x\""; 2000].join(",");
    let many = format!(r#"{{"type":"read_ok","messages":[{many}]}}"#);
    let (Outcome::Ok(Reply::Set(SetReply::Shown(shown))), None) = read(&answer(&many), 1) else {
        panic!();
    };
    assert_eq!(shown.phantoms.len(), 1000);
}

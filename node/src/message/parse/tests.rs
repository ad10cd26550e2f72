//! What lines say, one table for each way they can be read.

use super::*;

fn line(body: &str) -> Vec<u8> {
    format!(r#"{{"id":3,"src":"c1","dest":"n1","body":{body}}}"#).into_bytes()
}

fn body(body: &str) -> Body {
    parse(&line(body))
        .unwrap_or_else(|error| panic!("{body}: {error}"))
        .body
}

fn check_request(text: &str, expected: &Request) {
    let Body::Request { request, .. } = body(text) else {
        panic!("{text} is no request");
    };
    assert_eq!(&request, expected, "{text}");
}

fn check_malformed(text: &str, expected: &str) {
    let Body::Request {
        request: Request::Malformed { error, .. },
        ..
    } = body(text)
    else {
        panic!("{text} is not malformed");
    };
    assert_eq!(error.to_string(), expected, "{text}");
}

fn check_no_message(line: &[u8], expected: &str) {
    let error = parse(line).expect_err("this is no message");
    let said = error.to_string();
    assert!(
        said.starts_with(expected),
        "{}: {said}",
        line.escape_ascii()
    );
}

fn names(names: &[&str]) -> Vec<NodeId> {
    names.iter().copied().map(NodeId::from).collect()
}

#[test]
fn requests_are_read_by_type() {
    let init = Init {
        node_id: NodeId::from("n1"),
        node_ids: names(&["n1", "n2"]),
    };
    check_request(
        r#"{"type":"init","node_id":"n1","node_ids":["n1","n2"]}"#,
        &Request::Init(init),
    );
    let topology = Topology::from([
        (NodeId::from("n1"), names(&["n2"])),
        (NodeId::from("n2"), vec![]),
    ]);
    check_request(
        r#"{"type":"topology","topology":{"n2":[],"n1":["n2"]}}"#,
        &Request::Topology(topology),
    );
    check_request(r#"{"more":[{}],"type":"read"}"#, &Request::Read);
    check_request(r#"{"type":"tree_info"}"#, &Request::TreeInfo);
    check_request(r#"{"type":"check_acks"}"#, &Request::CheckAcks);
    check_request(r#"{"type":"failure_stats"}"#, &Request::FailureStats);
    check_request(
        r#"{"type":"Read"}"#,
        &Request::Unknown {
            kind: "Read".to_owned(),
        },
    );
}

#[test]
fn what_nodes_say_among_themselves_is_read() {
    let prefix = Prefix::parse("3f").unwrap();
    let (count, sum) = (2, 255);
    let batch = Batch {
        messages: vec![
            Value::from_json("1").unwrap(),
            Value::from_json("[2]").unwrap(),
        ],
        route: Route::Direct,
        acks: vec![3, 4],
    };
    check_request(
        r#"{"type":"batch","messages":[1,[2]],"direct":true,"acks":[3,4]}"#,
        &Request::Batch(batch),
    );
    check_request(r#"{"type":"batch"}"#, &Request::Batch(Batch::default()));
    check_request(
        r#"{"type":"gossip","ranges":[["3f",2,"ff"]]}"#,
        &Request::Gossip {
            ranges: vec![Summary { prefix, count, sum }],
        },
    );
    check_request(
        r#"{"type":"gossip_have","prefix":"3f","hashes":["00ff"]}"#,
        &Request::GossipHave {
            prefix,
            hashes: vec![255],
        },
    );
    check_request(
        r#"{"type":"gossip_want","hashes":[]}"#,
        &Request::GossipWant { hashes: vec![] },
    );
}

#[test]
fn what_nodes_say_among_themselves_may_be_malformed() {
    for (body, expected) in [
        (
            r#"{"type":"batch","messages":1}"#,
            "body.messages must be an array, found 1",
        ),
        (
            r#"{"type":"batch","messages":["\ud800"]}"#,
            "body.messages is no JSON value: unexpected end of hex escape",
        ),
        (
            r#"{"type":"batch","acks":[-1]}"#,
            "body.acks must be an array of integers, found [-1]",
        ),
        (
            r#"{"type":"batch","repair":1}"#,
            "body.repair must be a boolean, found 1",
        ),
        (r#"{"type":"gossip"}"#, "body.ranges is missing"),
        (
            r#"{"type":"gossip","ranges":[["g",1,"0"]]}"#,
            r#"body.ranges must be an array of [prefix, count, sum], found [["g",1,"0"]]"#,
        ),
        (
            r#"{"type":"gossip","ranges":[["",-1,"0"]]}"#,
            r#"body.ranges must be an array of [prefix, count, sum], found [["",-1,"0"]]"#,
        ),
        (
            r#"{"type":"gossip_have","prefix":"0123456789abcdef0","hashes":[]}"#,
            r#"body.prefix must be up to 16 hexadecimal digits, found "0123456789abcdef0""#,
        ),
        (
            r#"{"type":"gossip_want","hashes":["x"]}"#,
            r#"body.hashes must be an array of hexadecimal numbers, found ["x"]"#,
        ),
    ] {
        check_malformed(body, expected);
    }
}

#[test]
fn null_is_a_value_and_nothing_is_none() {
    let broadcast = |json, route| Request::Broadcast {
        message: Value::from_json(json).unwrap(),
        route,
    };
    check_request(
        r#"{"type":"broadcast","message":null}"#,
        &broadcast("null", Route::Tree),
    );
    check_request(
        r#"{"type":"broadcast","message":1,"direct":true}"#,
        &broadcast("1", Route::Direct),
    );
    check_request(
        r#"{"type":"broadcast","message":1,"direct":false}"#,
        &broadcast("1", Route::Tree),
    );
    check_request(
        r#"{"type":"broadcast","message":1,"direct":true,"repair":true}"#,
        &broadcast("1", Route::Repair),
    );
    check_malformed(r#"{"type":"broadcast"}"#, "body.message is missing");
}

#[test]
fn a_malformed_request_says_where_and_what() {
    check_malformed(
        r#"{"type":"init","node_ids":[]}"#,
        "body.node_id is missing",
    );
    check_malformed(
        r#"{"type":"init","node_id":1,"node_ids":[]}"#,
        "body.node_id must be a string, found 1",
    );
    check_malformed(
        r#"{"type":"init","node_id":"n1","node_ids":["n1",2]}"#,
        r#"body.node_ids must be an array of strings, found ["n1",2]"#,
    );
    check_malformed(r#"{"type":"topology"}"#, "body.topology is missing");
    check_malformed(
        r#"{"type":"topology","topology":{"n1":"n2"}}"#,
        r#"body.topology must be an object of arrays of strings, found {"n1":"n2"}"#,
    );
    check_malformed(
        r#"{"type":"broadcast","message":1,"direct":null}"#,
        "body.direct must be a boolean, found null",
    );
    check_malformed(
        r#"{"type":"broadcast","message":"\ud800"}"#,
        "body.message is no JSON value: unexpected end of hex escape",
    );
    check_malformed(
        &format!(
            r#"{{"type":"broadcast","message":{}{}}}"#,
            "[".repeat(10_000),
            "]".repeat(10_000)
        ),
        "body.message is nested deeper than 128 levels",
    );
}

#[test]
fn ids_are_integers_of_any_size() {
    for id in ["0", "-7", "123456789012345678901234567890"] {
        let Body::Request { msg_id, .. } = body(&format!(r#"{{"type":"read","msg_id":{id}}}"#))
        else {
            panic!("a read is a request");
        };
        assert_eq!(msg_id.map(|msg_id| msg_id.to_string()), Some(id.to_owned()));
    }
    for none in [
        r#"{"type":"read"}"#,
        r#"{"type":"read","msg_id":null,"in_reply_to":null}"#,
    ] {
        assert_eq!(
            body(none),
            Body::Request {
                msg_id: None,
                request: Request::Read
            }
        );
    }
    for odd in ["1.5", "1.0", "1e3", r#""1""#, "true", "[]", "{}"] {
        let line = line(&format!(r#"{{"type":"read","msg_id":{odd}}}"#));
        check_no_message(
            &line,
            &format!("body.msg_id must be an integer, found {odd}"),
        );
    }
}

#[test]
fn a_reply_is_never_a_request() {
    assert_eq!(
        body(r#"{"type":"broadcast_ack","in_reply_to":5}"#),
        Body::BroadcastAck { in_reply_to: 5 }
    );
    for other in [
        r#"{"type":"broadcast_ack"}"#,
        r#"{"type":"broadcast_ack","in_reply_to":null}"#,
        r#"{"type":"broadcast_ack","in_reply_to":-5}"#,
        r#"{"type":"broadcast_ack","in_reply_to":"5"}"#,
        r#"{"type":"broadcast_ack","in_reply_to":99999999999999999999}"#,
        r#"{"type":"read","msg_id":1,"in_reply_to":5}"#,
        r#"{"type":"read","msg_id":1,"in_reply_to":"odd"}"#,
        r#"{"type":"broadcast_ok","msg_id":1}"#,
        r#"{"type":"whatever_ok","msg_id":1}"#,
        r#"{"type":"error","msg_id":1,"code":11}"#,
    ] {
        assert_eq!(body(other), Body::OtherReply, "{other}");
    }
}

#[test]
fn only_an_error_10_says_that_a_type_is_not_known() {
    for (body, expected) in [
        (
            r#""type":"error","code":10,"in_reply_to":1"#,
            Body::NotSupported,
        ),
        (
            r#""type":"error","code": 10 ,"text":"no""#,
            Body::NotSupported,
        ),
        (
            r#""type":"error","code":11,"in_reply_to":1"#,
            Body::OtherReply,
        ),
        (
            r#""type":"error","code":"10","in_reply_to":1"#,
            Body::OtherReply,
        ),
        (r#""type":"error","in_reply_to":1"#, Body::OtherReply),
        (
            r#""type":"read_ok","code":10,"in_reply_to":1"#,
            Body::OtherReply,
        ),
    ] {
        let line = format!(r#"{{"src":"n2","dest":"n1","body":{{{body}}}}}"#);
        assert_eq!(parse(line.as_bytes()).unwrap().body, expected, "{line}");
    }
}

#[test]
fn a_line_that_is_no_message_says_why() {
    check_no_message(b"", "no JSON object: EOF while parsing");
    check_no_message(b"hello", "no JSON object: expected value");
    check_no_message(b"\xff\xfe", "not UTF-8 after byte 0");
    check_no_message(b"[]", "no JSON object: invalid type: sequence");
    check_no_message(
        br#"["c1","n1",{"type":"read"}]"#,
        "no JSON object: invalid type: sequence",
    );
    check_no_message(b"7", "no JSON object: invalid type");
    check_no_message(b"{} {}", "no JSON object: trailing characters");
    check_no_message(b"{\"src\":\"\0\"}", "no JSON object: control character");
    check_no_message("[".repeat(10_000).as_bytes(), "no JSON object: ");
    check_no_message(br#"{"src":"c1","dest":"n1"}"#, "body is missing");
    check_no_message(br#"{"dest":"n1","body":{"type":"read"}}"#, "src is missing");
    check_no_message(br#"{"src":"c1","body":{"type":"read"}}"#, "dest is missing");
    check_no_message(
        br#"{"src":5,"dest":"n1","body":{"type":"read"}}"#,
        "src must be a string, found 5",
    );
    check_no_message(
        br#"{"src":"\ud800","dest":"n1","body":{"type":"read"}}"#,
        "src must be a string",
    );
    check_no_message(
        &line(r#"["read",1]"#),
        r#"body must be an object, found ["read",1]"#,
    );
    check_no_message(&line("null"), "body must be an object, found null");
    check_no_message(&line("{}"), "body.type is missing");
    check_no_message(
        &line(r#"{"type":5}"#),
        "body.type must be a string, found 5",
    );
}

#[test]
fn an_excerpt_is_one_short_line() {
    assert_eq!(excerpt(b"ab\"c\\", 9), "ab\"c\\");
    assert_eq!(excerpt(b"a\x1b[31m\n\xff", 90), "a\\u{1b}[31m\\n\u{fffd}");
    assert_eq!(excerpt("äöüß".as_bytes(), 3), "äöü…");
    assert_eq!(excerpt(&[b'x'; 1000], 5), "xxxxx…");
    assert_eq!(excerpt("ä".repeat(5).as_bytes(), 5), "äääää");
}

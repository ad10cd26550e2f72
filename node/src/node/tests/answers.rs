//! What is answered, forwarded and refused while nothing fails.

use super::*;

#[test]
fn a_clients_value_is_answered_then_forwarded_in_listed_order() {
    let mut bench = Bench::new();
    let body = r#"{"type":"broadcast","message":42,"msg_id":5,"direct":true}"#;
    bench.check(
        "c1",
        body,
        &[
            r#"to c1 {"type": "broadcast_ok", "in_reply_to": 5, "msg_id": 0}"#,
            r#"to n2 {"type": "broadcast", "message": 42, "msg_id": 1}"#,
            r#"to n0 {"type": "broadcast", "message": 42, "msg_id": 2}"#,
        ],
    );
    let again = r#"{"type":"broadcast","message":42.0,"msg_id":6}"#;
    bench.check(
        "c1",
        again,
        &[r#"to c1 {"type": "broadcast_ok", "in_reply_to": 6, "msg_id": 3}"#],
    );
    bench.check(
        "c1",
        r#"{"type":"read","msg_id":7}"#,
        &[r#"to c1 {"type": "read_ok", "messages": [42], "in_reply_to": 7, "msg_id": 4}"#],
    );
}

#[test]
fn a_nodes_value_is_acknowledged_always_and_never_sent_back() {
    let mut bench = Bench::new();
    let body = r#"{"type":"broadcast","message":1,"msg_id":5}"#;
    bench.check(
        "n2",
        body,
        &[
            r#"to n2 {"type": "broadcast_ack", "in_reply_to": 5, "msg_id": 0}"#,
            r#"to n0 {"type": "broadcast", "message": 1, "msg_id": 1}"#,
        ],
    );
    bench.check(
        "n0",
        body,
        &[r#"to n0 {"type": "broadcast_ack", "in_reply_to": 5, "msg_id": 2}"#],
    );
    let direct = r#"{"type":"broadcast","message":2,"direct":true,"msg_id":6}"#;
    bench.check(
        "n3",
        direct,
        &[r#"to n3 {"type": "broadcast_ack", "in_reply_to": 6, "msg_id": 3}"#],
    );
    bench.check(
        "n77",
        direct,
        &[r#"to n77 {"type": "broadcast_ack", "in_reply_to": 6, "msg_id": 4}"#],
    );
    bench.check(
        "n0",
        r#"{"type":"broadcast","message":3}"#,
        &[r#"to n2 {"type": "broadcast", "message": 3, "msg_id": 5}"#],
    );
    bench.check("c1", r#"{"type":"tree_info","msg_id":7}"#, &[
        r#"to c1 {"type": "tree_info_ok", "neighbors": ["n2", "n0"], "message_count": 3, "in_reply_to": 7, "msg_id": 6}"#,
    ]);
}

#[test]
fn what_is_refused_is_told_why() {
    let mut bench = Bench::new();
    bench.check("c1", r#"{"type":"init","node_id":"n5","node_ids":[],"msg_id":1}"#, &[
        r#"to c1 {"type": "error", "code": 22, "text": "already initialised as n1", "in_reply_to": 1, "msg_id": 0}"#,
    ]);
    bench.check("c1", r#"{"type":"fo\"o","msg_id":2}"#, &[
        r#"to c1 {"type": "error", "code": 10, "text": "unknown request type \"fo\\\"o\"", "in_reply_to": 2, "msg_id": 1}"#,
    ]);
    bench.check("c1", r#"{"type":"broadcast","msg_id":3}"#, &[
        r#"to c1 {"type": "error", "code": 12, "text": "broadcast: body.message is missing", "in_reply_to": 3, "msg_id": 2}"#,
    ]);
    bench.check("c1", r#"{"type":"broadcast"}"#, &[]);
    bench.check("n2", r#"{"type":"error","code":10,"msg_id":9}"#, &[]);
    bench.check("n2", r#"{"type":"read","in_reply_to":0,"msg_id":9}"#, &[]);
    bench.check(
        "c1",
        r#"{"type":"read","msg_id":4}"#,
        &[r#"to c1 {"type": "read_ok", "messages": [], "in_reply_to": 4, "msg_id": 3}"#],
    );
}

#[test]
fn a_node_is_known_by_its_membership_or_its_name() {
    let init = Init {
        node_id: NodeId::from("n1"),
        node_ids: vec![NodeId::from("worker"), NodeId::from("worker")],
    };
    let node = new_node(init, &silent());
    let mut bench = Bench {
        node,
        milliseconds: 0,
    };
    bench.check(
        "c0",
        r#"{"type":"topology","topology":{"worker":["n1"]}}"#,
        &[],
    );
    bench.check(
        "worker",
        r#"{"type":"broadcast","message":1,"msg_id":5}"#,
        &[r#"to worker {"type": "broadcast_ack", "in_reply_to": 5, "msg_id": 0}"#],
    );
    bench.check(
        "n7",
        r#"{"type":"broadcast","message":2,"msg_id":5}"#,
        &[
            r#"to n7 {"type": "broadcast_ack", "in_reply_to": 5, "msg_id": 1}"#,
            r#"to worker {"type": "broadcast", "message": 2, "msg_id": 2}"#,
        ],
    );
}

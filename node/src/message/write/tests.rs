//! What each message looks like as a line.

use super::super::ErrorCode;
use super::*;
use crate::gossip::Prefix;
use crate::values::{Snapshot, Values};

fn check(payload: Payload, in_reply_to: Option<&str>, expected_body: &str) {
    let message = Outgoing {
        src: NodeId::from("n1"),
        dest: NodeId::from("c\"1"),
        payload,
        in_reply_to: in_reply_to.map(MsgId::from),
        msg_id: 7,
    };
    let expected = format!(r#"{{"src": "n1", "dest": "c\"1", "body": {expected_body}}}"#);
    assert_eq!(message.to_string(), expected);
    let json: serde_json::Value = serde_json::from_str(&expected).unwrap();
    assert!(json.is_object());
}

fn value(text: &str) -> Value {
    Value::from_json(text).unwrap()
}

fn snapshot(texts: &[&str]) -> Snapshot {
    let mut values = Values::default();
    for text in texts {
        values.insert(&value(text));
    }
    values.snapshot()
}

#[test]
fn a_batch_mentions_only_what_is_there() {
    let batch = |messages: &[&str], route, acks: &[u64]| Payload::Batch {
        messages: messages.iter().map(|text| value(text)).collect(),
        route,
        acks: acks.iter().copied().map(MsgId::from).collect(),
    };
    check(
        batch(&["1", "[2]"], Route::Direct, &[]),
        None,
        r#"{"type": "batch", "messages": [1, [2]], "direct": true, "msg_id": 7}"#,
    );
    check(
        batch(&["1"], Route::Tree, &[3, 4]),
        None,
        r#"{"type": "batch", "messages": [1], "acks": [3, 4], "msg_id": 7}"#,
    );
}

#[test]
fn ranges_and_hashes_are_written_in_hexadecimal() {
    let prefix = Prefix::parse("3f").unwrap();
    let (count, sum) = (2, 10);
    let ranges = vec![Summary { prefix, count, sum }];
    check(
        Payload::Gossip { ranges },
        None,
        r#"{"type": "gossip", "ranges": [["3f", 2, "000000000000000a"]], "msg_id": 7}"#,
    );
    let hashes = vec![u64::MAX];
    check(
        Payload::GossipHave { prefix, hashes },
        None,
        r#"{"type": "gossip_have", "prefix": "3f", "hashes": ["ffffffffffffffff"], "msg_id": 7}"#,
    );
    check(
        Payload::GossipWant { hashes: vec![1] },
        None,
        r#"{"type": "gossip_want", "hashes": ["0000000000000001"], "msg_id": 7}"#,
    );
}

#[test]
fn keys_stand_as_in_the_samples() {
    check(
        Payload::InitOk,
        Some("1"),
        r#"{"type": "init_ok", "in_reply_to": 1, "msg_id": 7}"#,
    );
    check(
        Payload::BroadcastAck,
        Some("-123456789012345678901234567890"),
        r#"{"type": "broadcast_ack", "in_reply_to": -123456789012345678901234567890, "msg_id": 7}"#,
    );
    check(
        Payload::ReadOk {
            messages: snapshot(&["1.0", r#"{"b":1, "a":2}"#]),
        },
        Some("4"),
        r#"{"type": "read_ok", "messages": [1.0, {"b":1, "a":2}], "in_reply_to": 4, "msg_id": 7}"#,
    );
    check(
        Payload::TreeInfoOk {
            neighbors: vec![NodeId::from("n0")],
            message_count: 2,
        },
        Some("4"),
        r#"{"type": "tree_info_ok", "neighbors": ["n0"], "message_count": 2, "in_reply_to": 4, "msg_id": 7}"#,
    );
    check(
        Payload::CheckAcksOk {
            pending: 2,
            timed_out: 1,
            direct_sent: 3,
        },
        Some("1"),
        r#"{"type": "check_acks_ok", "pending": 2, "timed_out": 1, "direct_sent": 3, "in_reply_to": 1, "msg_id": 7}"#,
    );
    check(
        Payload::FailureStatsOk {
            total_failures: 1,
            direct_deliveries: 3,
        },
        Some("2"),
        r#"{"type": "failure_stats_ok", "total_failures": 1, "direct_deliveries": 3, "in_reply_to": 2, "msg_id": 7}"#,
    );
    check(
        Payload::Error {
            code: ErrorCode::NotSupported,
            text: "no \"x\"\n".to_owned(),
        },
        Some("2"),
        r#"{"type": "error", "code": 10, "text": "no \"x\"\n", "in_reply_to": 2, "msg_id": 7}"#,
    );
}

#[test]
fn a_broadcast_says_how_it_goes() {
    let broadcast = |route| Payload::Broadcast {
        message: value("null"),
        route,
    };
    check(
        broadcast(Route::Tree),
        None,
        r#"{"type": "broadcast", "message": null, "msg_id": 7}"#,
    );
    check(
        broadcast(Route::Direct),
        None,
        r#"{"type": "broadcast", "message": null, "direct": true, "msg_id": 7}"#,
    );
    check(
        broadcast(Route::Repair),
        None,
        r#"{"type": "broadcast", "message": null, "direct": true, "repair": true, "msg_id": 7}"#,
    );
}

//! Peers that know nothing but plain broadcasts, and strangers that speak as nodes do.

use super::*;

/// n2 has let two values time out, then the batch that repeated them.
fn two_values_and_a_batch_without_an_ack() -> Bench {
    let mut bench = Bench::new();
    for (value, forward) in [(1, 0), (2, 1)] {
        let body = format!(r#"{{"type":"broadcast","message":{value}}}"#);
        let forward =
            format!(r#"to n2 {{"type": "broadcast", "message": {value}, "msg_id": {forward}}}"#);
        bench.check("n0", &body, &[&forward]);
    }
    bench.node.tick(Duration::from_millis(500));
    for (node, msg_id) in [("n3", 3), ("n9", 4), ("n3", 6), ("n9", 7)] {
        let body = format!(r#"{{"type":"broadcast_ack","in_reply_to":{msg_id}}}"#);
        bench.check(node, &body, &[]);
    }
    bench.milliseconds = 1500;
    bench.check_tick(&[
        r#"to n2 {"type": "batch", "messages": [1, 2], "direct": true, "repair": true, "msg_id": 8}"#,
    ]);
    bench
}

const REPEATED_PLAINLY: [&str; 2] = [
    r#"to n2 {"type": "broadcast", "message": 1, "direct": true, "repair": true, "msg_id": 9}"#,
    r#"to n2 {"type": "broadcast", "message": 2, "direct": true, "repair": true, "msg_id": 10}"#,
];

#[test]
fn a_peer_that_does_not_know_batches_gets_plain_broadcasts_at_once_and_from_then_on() {
    let mut bench = two_values_and_a_batch_without_an_ack();
    let error = r#"{"type":"error","code":10,"text":"what?","in_reply_to":8,"msg_id":1}"#;
    bench.check("n2", error, &REPEATED_PLAINLY);
    bench.check("n2", error, &[]);
    bench.check("n2", r#"{"type":"broadcast_ack","in_reply_to":9}"#, &[]);
    bench.check("n2", r#"{"type":"broadcast_ack","in_reply_to":10}"#, &[]);
    assert_eq!(bench.node.next_deadline(), None);
}

#[test]
fn a_peer_that_ignores_a_batch_gets_plain_broadcasts_the_next_time() {
    let mut bench = two_values_and_a_batch_without_an_ack();
    bench.milliseconds = 3500;
    bench.check_tick(&REPEATED_PLAINLY);
}

#[test]
fn a_peer_that_has_spoken_of_batches_gets_them_again() {
    let mut bench = two_values_and_a_batch_without_an_ack();
    bench.check("n2", r#"{"type":"gossip_want","hashes":[]}"#, &[
        r#"to n2 {"type": "batch", "messages": [1, 2], "direct": true, "repair": true, "msg_id": 9}"#,
    ]);
}

#[test]
fn nobody_is_told_of_hashes_who_does_not_know_what_they_are() {
    let settings = Settings::default();
    let mut bench = Bench::with(&settings);
    for node in ["n0", "n2", "n3"] {
        bench.check(node, r#"{"type":"error","code":10,"in_reply_to":8}"#, &[]);
    }
    for round in 0..5 {
        let output = bench.node.tick(Duration::from_secs(8 + 5 * round));
        let told: Vec<_> = output
            .messages
            .iter()
            .map(|message| &message.dest)
            .collect();
        assert_eq!(told, [&NodeId::from("n9")]);
    }
}

#[test]
fn what_is_between_nodes_is_refused_to_clients() {
    let mut bench = Bench::new();
    for (body, msg_id) in [
        (r#"{"type":"batch","messages":[1],"msg_id":5}"#, 0),
        (r#"{"type":"gossip","ranges":[["",1,"1"]],"msg_id":5}"#, 1),
        (
            r#"{"type":"gossip_have","prefix":"","hashes":["1"],"msg_id":5}"#,
            2,
        ),
        (r#"{"type":"gossip_want","hashes":["1"],"msg_id":5}"#, 3),
    ] {
        let error = format!(
            r#"to c1 {{"type": "error", "code": 10, "text": "this is between the nodes of a cluster", "in_reply_to": 5, "msg_id": {msg_id}}}"#
        );
        bench.check("c1", body, &[&error]);
    }
    bench.check("n77", r#"{"type":"gossip","ranges":[["",1,"1"]]}"#, &[]);
    assert_eq!(bench.node.values.len(), 0);
}

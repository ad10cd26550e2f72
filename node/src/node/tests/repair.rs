//! What is sent again, and upon whose word.

use super::*;

#[test]
fn what_is_not_acknowledged_is_sent_again_in_one_message() {
    let mut bench = Bench::new();
    for value in 1..=2 {
        let forward = format!(
            r#"to n2 {{"type": "broadcast", "message": {value}, "msg_id": {}}}"#,
            value - 1
        );
        let body = format!(r#"{{"type":"broadcast","message":{value}}}"#);
        bench.check("n0", &body, &[&forward]);
    }
    bench.milliseconds = 500;
    bench.check_tick(&[
        r#"to n2 {"type": "broadcast", "message": 1, "direct": true, "msg_id": 2}"#,
        r#"to n3 {"type": "broadcast", "message": 1, "direct": true, "msg_id": 3}"#,
        r#"to n9 {"type": "broadcast", "message": 1, "direct": true, "msg_id": 4}"#,
        r#"to n2 {"type": "broadcast", "message": 2, "direct": true, "msg_id": 5}"#,
        r#"to n3 {"type": "broadcast", "message": 2, "direct": true, "msg_id": 6}"#,
        r#"to n9 {"type": "broadcast", "message": 2, "direct": true, "msg_id": 7}"#,
    ]);
    bench.check("n3", r#"{"type":"broadcast_ack","in_reply_to":3}"#, &[]);
    bench.check("n9", r#"{"type":"broadcast_ack","in_reply_to":4}"#, &[]);
    bench.check("n9", r#"{"type":"broadcast_ack","in_reply_to":7}"#, &[]);
    bench.milliseconds = 1499;
    bench.check_tick(&[]);
    bench.milliseconds = 1500;
    bench.check_tick(&[
        r#"to n2 {"type": "batch", "messages": [1, 2], "direct": true, "repair": true, "msg_id": 8}"#,
        r#"to n3 {"type": "broadcast", "message": 2, "direct": true, "repair": true, "msg_id": 9}"#,
    ]);
    bench.check("n2", r#"{"type":"broadcast_ack","in_reply_to":8}"#, &[]);
    bench.check("n3", r#"{"type":"broadcast_ack","in_reply_to":6}"#, &[]);
    assert_eq!(bench.node.next_deadline(), None);
}

#[test]
fn a_word_from_a_silent_neighbor_brings_it_what_it_lacks_at_once() {
    let mut bench = Bench::new();
    let forward = r#"to n2 {"type": "broadcast", "message": 1, "msg_id": 0}"#;
    bench.check("n0", r#"{"type":"broadcast","message":1}"#, &[forward]);
    bench.milliseconds = 500;
    bench.node.tick(Duration::from_millis(500));
    bench.milliseconds = 600;
    bench.check("n3", r#"{"type":"read"}"#, &[]);
    let word = r#"{"type":"broadcast","message":1,"msg_id":7}"#;
    bench.check(
        "n2",
        word,
        &[
            r#"to n2 {"type": "broadcast_ack", "in_reply_to": 7, "msg_id": 4}"#,
            r#"to n2 {"type": "broadcast", "message": 1, "direct": true, "repair": true, "msg_id": 5}"#,
        ],
    );
    bench.check("n2", r#"{"type":"read"}"#, &[]);
}

#[test]
fn a_peer_that_missed_much_gets_it_in_bounded_messages_each_upon_the_ack_of_the_last() {
    let mut bench = Bench::new();
    let long = "x".repeat(50_000);
    for value in 0..4 {
        let body = format!(r#"{{"type":"broadcast","message":"{value}{long}"}}"#);
        let message = format!(r#"{{"src":"n0","dest":"n1","body":{body}}}"#);
        let message = parse(message.as_bytes()).unwrap();
        bench.node.handle(Moment::at(Duration::ZERO), message);
    }
    bench.node.tick(Duration::from_millis(500));
    let mut msg_id = 16;
    let mut output = bench.node.tick(Duration::from_millis(1500));
    output
        .messages
        .retain(|message| message.dest == NodeId::from("n2"));
    for value in 0..4 {
        let shown = show(&output);
        assert_eq!(shown.len(), 1, "value {value}");
        assert!(shown[0].len() < 70_000 && shown[0].contains(&format!("\"{value}x")));
        let id = output.messages[0].msg_id;
        assert!(id >= msg_id);
        msg_id = id;
        let ack = format!(
            r#"{{"src":"n2","dest":"n1","body":{{"type":"broadcast_ack","in_reply_to":{id}}}}}"#
        );
        let now = Duration::from_millis(1600);
        output = bench
            .node
            .handle(Moment::at(now), parse(ack.as_bytes()).unwrap());
    }
    assert_eq!(show(&output), [""; 0]);
}

#[test]
fn a_value_that_overtook_itself_is_still_passed_on_when_it_comes_along_the_tree() {
    let mut bench = Bench::new();
    let repair = r#"{"type":"broadcast","message":1,"direct":true,"repair":true}"#;
    let tree = r#"{"type":"broadcast","message":1}"#;
    bench.check("n3", repair, &[]);
    let forward = r#"to n0 {"type": "broadcast", "message": 1, "msg_id": 0}"#;
    bench.check("n2", tree, &[forward]);
    bench.check("n2", tree, &[]);
    bench.check("n3", repair, &[]);
    bench.check("n2", tree, &[]);
}

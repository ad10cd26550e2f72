//! One node, said to what others say: each table row is a body that comes in
//! and all that goes out because of it.

use super::*;
use crate::message::parse;

const ACK_TIMEOUT: Duration = Duration::from_millis(500);

fn silent() -> Settings {
    Settings {
        gossip_interval: Duration::ZERO,
        ..Settings::default()
    }
}

fn new_node(init: Init, settings: &Settings) -> Node {
    Node::new(Duration::ZERO, init, settings, Outbox::default())
}

/// A node, and a clock that stands still until told otherwise.
struct Bench {
    node: Node,
    milliseconds: u64,
}

impl Bench {
    /// n1 with neighbors n2 and n0; behind n2 lies n3, and n9 is nowhere.
    fn new() -> Self {
        Self::with(&silent())
    }

    fn with(settings: &Settings) -> Self {
        let names = |names: &[&str]| names.iter().copied().map(NodeId::from).collect();
        let init = Init {
            node_id: NodeId::from("n1"),
            node_ids: names(&["n0", "n1", "n2", "n3", "n9"]),
        };
        let node = new_node(init, settings);
        let mut bench = Self {
            node,
            milliseconds: 0,
        };
        let topology = r#"{"type":"topology","topology":{"n1":["n2","n0"],"n2":["n3"]}}"#;
        bench.check("c0", topology, &[]);
        bench
    }

    fn check(&mut self, src: &str, body: &str, expected: &[&str]) {
        let line = format!(r#"{{"src":"{src}","dest":"n1","body":{body}}}"#);
        let message = parse(line.as_bytes()).unwrap();
        let now = Duration::from_millis(self.milliseconds);
        let output = self.node.handle(Moment::at(now), message);
        assert_eq!(show(&output), expected, "{line}");
    }

    fn check_tick(&mut self, expected: &[&str]) {
        let output = self.node.tick(Duration::from_millis(self.milliseconds));
        assert_eq!(show(&output), expected, "tick");
    }
}

/// `to n2 {"type": …}` for each message.
fn show(output: &Output) -> Vec<String> {
    let prefix = |dest: &NodeId| format!(r#"{{"src": "n1", "dest": "{dest}", "body": "#);
    let show = |line: String, dest: &NodeId| {
        let body = line
            .strip_prefix(&prefix(dest))
            .and_then(|rest| rest.strip_suffix('}'));
        format!("to {dest} {}", body.expect("n1 is the sender"))
    };
    output
        .messages
        .iter()
        .map(|message| show(message.to_string(), &message.dest))
        .collect()
}

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
fn two_forwards_and_a_subtree_of_three_are_the_sample_of_the_task() {
    let mut bench = Bench::new();
    let edges = r#"{"type":"topology","topology":{"n1":["n0","n2"],"n2":["n3","n9"]}}"#;
    bench.check("c1", edges, &[]);
    bench.check(
        "n0",
        r#"{"type":"broadcast","message":7}"#,
        &[r#"to n2 {"type": "broadcast", "message": 7, "msg_id": 0}"#],
    );
    bench.milliseconds = 300;
    bench.check(
        "n2",
        r#"{"type":"broadcast","message":8}"#,
        &[r#"to n0 {"type": "broadcast", "message": 8, "msg_id": 1}"#],
    );
    bench.milliseconds = 500;
    bench.check("c1", r#"{"type":"check_acks","msg_id":1}"#, &[
        r#"to n2 {"type": "broadcast", "message": 7, "direct": true, "msg_id": 2}"#,
        r#"to n3 {"type": "broadcast", "message": 7, "direct": true, "msg_id": 3}"#,
        r#"to n9 {"type": "broadcast", "message": 7, "direct": true, "msg_id": 4}"#,
        r#"to c1 {"type": "check_acks_ok", "pending": 2, "timed_out": 1, "direct_sent": 3, "in_reply_to": 1, "msg_id": 5}"#,
    ]);
    bench.check("c1", r#"{"type":"failure_stats","msg_id":2}"#, &[
        r#"to c1 {"type": "failure_stats_ok", "total_failures": 1, "direct_deliveries": 3, "in_reply_to": 2, "msg_id": 6}"#,
    ]);
}

#[test]
fn a_fallback_uses_the_tree_of_its_time() {
    let mut bench = Bench::new();
    bench.check(
        "n0",
        r#"{"type":"broadcast","message":1}"#,
        &[r#"to n2 {"type": "broadcast", "message": 1, "msg_id": 0}"#],
    );
    let edges = r#"{"type":"topology","topology":{"n1":["n0","n3"],"n3":["n2","n9"]}}"#;
    bench.check("c1", edges, &[]);
    bench.milliseconds = 499;
    bench.check_tick(&[]);
    bench.milliseconds = 500;
    bench
        .check_tick(&[r#"to n2 {"type": "broadcast", "message": 1, "direct": true, "msg_id": 1}"#]);
    let again = Duration::from_millis(1500);
    assert_eq!(bench.node.next_deadline(), Some(again));
}

#[test]
fn a_fallback_is_logged_with_the_failed_neighbor() {
    let mut bench = Bench::new();
    bench.check(
        "n0",
        r#"{"type":"broadcast","message":1}"#,
        &[r#"to n2 {"type": "broadcast", "message": 1, "msg_id": 0}"#],
    );
    let notices = bench.node.tick(ACK_TIMEOUT).notices;
    let said: Vec<_> = notices.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["no ack for 1 from n2 in time, direct deliveries: 3"]);
}

#[test]
fn a_busy_node_judges_by_the_time_of_arrival() {
    let mut bench = Bench::new();
    let at = Duration::from_millis;
    let mut handle = |arrived, now, src: &str, body: &str| {
        let line = format!(r#"{{"src":"{src}","dest":"n1","body":{body}}}"#);
        let moment = Moment {
            arrived: at(arrived),
            now: at(now),
        };
        show(&bench.node.handle(moment, parse(line.as_bytes()).unwrap()))
    };
    handle(0, 2000, "n0", r#"{"type":"broadcast","message":1}"#);
    let late = handle(1000, 2000, "c1", r#"{"type":"check_acks","msg_id":1}"#);
    assert!(
        late[0].contains(r#""pending": 1, "timed_out": 0"#),
        "sent at 2000: {late:?}"
    );
    handle(
        2499,
        9000,
        "n2",
        r#"{"type":"broadcast_ack","in_reply_to":0}"#,
    );
    let acknowledged = handle(8000, 9000, "c1", r#"{"type":"check_acks","msg_id":2}"#);
    assert!(
        acknowledged[0].contains(r#""pending": 0, "timed_out": 0"#),
        "{acknowledged:?}"
    );
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

#[test]
fn direct_deliveries_leave_before_the_report_also_where_values_wait_for_others() {
    let settings = Settings {
        flush_interval: Duration::from_secs(10),
        ..silent()
    };
    let mut bench = Bench::with(&settings);
    let forward = r#"to n2 {"type": "broadcast", "message": 1, "msg_id": 0}"#;
    bench.check("n0", r#"{"type":"broadcast","message":1}"#, &[forward]);
    bench.milliseconds = 500;
    bench.check("c1", r#"{"type":"check_acks","msg_id":1}"#, &[
        r#"to n2 {"type": "broadcast", "message": 1, "direct": true, "msg_id": 1}"#,
        r#"to n3 {"type": "broadcast", "message": 1, "direct": true, "msg_id": 2}"#,
        r#"to n9 {"type": "broadcast", "message": 1, "direct": true, "msg_id": 3}"#,
        r#"to c1 {"type": "check_acks_ok", "pending": 1, "timed_out": 1, "direct_sent": 3, "in_reply_to": 1, "msg_id": 4}"#,
    ]);
}

/// Two values time out at n2, the second of them 300 ms later.
fn two_time_out(bench: &mut Bench) {
    for (milliseconds, value) in [(0, 1), (300, 2)] {
        bench.milliseconds = milliseconds;
        let forward = format!(
            r#"to n2 {{"type": "broadcast", "message": {value}, "msg_id": {}}}"#,
            value - 1
        );
        let body = format!(r#"{{"type":"broadcast","message":{value}}}"#);
        bench.check("n0", &body, &[&forward]);
    }
    for milliseconds in [500, 800, 999] {
        bench.milliseconds = milliseconds;
        bench.check_tick(&[]);
    }
}

#[test]
fn what_goes_around_a_failed_neighbor_waits_a_timeout_for_others_that_do() {
    let mut bench = Bench::with(&Settings {
        flush_interval: Duration::from_millis(150),
        ..silent()
    });
    two_time_out(&mut bench);
    bench.milliseconds = 1000;
    bench.check_tick(&[
        r#"to n2 {"type": "batch", "messages": [1, 2], "direct": true, "msg_id": 2}"#,
        r#"to n3 {"type": "batch", "messages": [1, 2], "direct": true, "msg_id": 3}"#,
        r#"to n9 {"type": "batch", "messages": [1, 2], "direct": true, "msg_id": 4}"#,
    ]);
}

#[test]
fn who_speaks_gets_at_once_what_waited_to_go_around_and_only_once() {
    let mut bench = Bench::with(&Settings {
        flush_interval: Duration::from_millis(150),
        ..silent()
    });
    two_time_out(&mut bench);
    bench.check(
        "n2",
        r#"{"type":"broadcast_ack","in_reply_to":77}"#,
        &[r#"to n2 {"type": "batch", "messages": [1, 2], "direct": true, "repair": true, "msg_id": 2}"#],
    );
    bench.milliseconds = 1000;
    bench.check_tick(&[
        r#"to n3 {"type": "batch", "messages": [1, 2], "direct": true, "msg_id": 3}"#,
        r#"to n9 {"type": "batch", "messages": [1, 2], "direct": true, "msg_id": 4}"#,
    ]);
}

/// Whom a node tells what it has, of its own accord, within so many milliseconds; `n9` says a word
/// before each time.
fn told(bench: &mut Bench, milliseconds: u64, n9_lives: bool) -> Vec<String> {
    let mut told = Vec::new();
    let end = bench.milliseconds + milliseconds;
    while bench.milliseconds < end {
        bench.milliseconds += 250;
        let now = Duration::from_millis(bench.milliseconds);
        let output = show(&bench.node.tick(now));
        let whom = output.iter().filter_map(|line| line.get(3..5));
        told.extend(whom.map(str::to_owned));
        if n9_lives {
            let word =
                br#"{"src":"n9","dest":"n1","body":{"type":"broadcast_ack","in_reply_to":77}}"#;
            bench.node.handle(Moment::at(now), parse(word).unwrap());
        }
    }
    told
}

fn gossiping(seed: u64) -> Bench {
    Bench::with(&Settings {
        gossip_interval: Duration::from_secs(5),
        seed,
        ..Settings::default()
    })
}

#[test]
fn who_has_just_spoken_hears_first_and_often_and_nobody_else_twice_before_all_others() {
    for seed in 0..20 {
        let told = told(&mut gossiping(seed), 35_000, true);
        assert_eq!(told[0], "n9", "seed {seed}: {told:?}");
        let to_n9 = told.iter().filter(|peer| *peer == "n9").count();
        assert!((4..=5).contains(&to_n9), "seed {seed}: {told:?}");
        let mut others: Vec<_> = told.iter().filter(|peer| *peer != "n9").collect();
        let count = others.len();
        others.sort();
        others.dedup();
        assert!(count <= 3 && others.len() == count, "seed {seed}: {told:?}");
    }
}

#[test]
fn who_learns_what_it_had_missed_compares_again_soon() {
    let mut bench = gossiping(1);
    assert_eq!(told(&mut bench, 3000, false), [""; 0]);
    let repair = r#"{"type":"broadcast","message":7,"repair":true,"msg_id":1}"#;
    bench.check(
        "n2",
        repair,
        &[r#"to n2 {"type": "broadcast_ack", "in_reply_to": 1, "msg_id": 0}"#],
    );
    assert_eq!(told(&mut bench, 1000, false), [""; 0]);
    assert_eq!(
        told(&mut bench, 500, false).len(),
        1,
        "after a quarter of an interval"
    );
    bench.check(
        "n2",
        repair,
        &[r#"to n2 {"type": "broadcast_ack", "in_reply_to": 1, "msg_id": 2}"#],
    );
    assert_eq!(
        told(&mut bench, 4500, false),
        [""; 0],
        "that was nothing new"
    );
    assert_eq!(told(&mut bench, 750, false).len(), 1);
}

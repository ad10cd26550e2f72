//! What goes around a neighbor that was silent for a timeout, when, and what is told of it.

use super::*;

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

#[test]
fn what_has_arrived_late_after_all_does_not_go_around_to_where_it_is() {
    let mut bench = Bench::with(&Settings {
        flush_interval: Duration::from_millis(150),
        ..silent()
    });
    two_time_out(&mut bench);
    // One message acknowledges both forwards.
    let acks = r#"{"type":"batch","acks":[0,1]}"#;
    bench.check("n2", acks, &[]);
    bench.milliseconds = 1000;
    bench.check_tick(&[
        r#"to n3 {"type": "batch", "messages": [1, 2], "direct": true, "msg_id": 2}"#,
        r#"to n9 {"type": "batch", "messages": [1, 2], "direct": true, "msg_id": 3}"#,
    ]);
}

#[test]
fn who_says_meanwhile_that_batches_mean_nothing_to_it_gets_plain_messages() {
    let mut bench = Bench::with(&Settings {
        flush_interval: Duration::from_millis(150),
        ..silent()
    });
    two_time_out(&mut bench);
    let refusal = r#"{"type":"error","code":10,"text":"what?","in_reply_to":77}"#;
    bench.check("n9", refusal, &[]);
    bench.milliseconds = 1000;
    bench.check_tick(&[
        r#"to n2 {"type": "batch", "messages": [1, 2], "direct": true, "msg_id": 2}"#,
        r#"to n3 {"type": "batch", "messages": [1, 2], "direct": true, "msg_id": 3}"#,
        r#"to n9 {"type": "broadcast", "message": 1, "direct": true, "msg_id": 4}"#,
        r#"to n9 {"type": "broadcast", "message": 2, "direct": true, "msg_id": 5}"#,
    ]);
}

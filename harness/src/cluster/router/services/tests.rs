//! When and whether services and nodes reach each other.

use serde_json::json;

use super::*;
use crate::cluster::router::{Delivery, Heard};
use crate::cluster::settings::{Settings, names};
use crate::message::rule::Rule;
use crate::net::fault::{Cut, Fault};

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Two nodes that have answered `init`, and services; each way takes 10 ms.
fn router() -> Router {
    let settings = Settings {
        nodes: names(2),
        latency: at(10),
        loss: 1.0,
        duplicate: 1.0,
        ..Settings::default()
    };
    Router::new(&settings, 1).with_services(1)
}

fn ask(router: &mut Router, now: u64, body: &Value) {
    let line = json!({"src": "n0", "dest": "lin-kv", "body": body}).to_string();
    assert_eq!(router.hear(at(now), 0, line.as_bytes()), Heard::Sent);
}

fn write(router: &mut Router, now: u64, value: &Value) {
    let body = json!({"type": "write", "msg_id": 1, "key": "k", "value": value});
    ask(router, now, &body);
}

/// What nodes got by a time: which node, and the body.
fn got(router: &mut Router, now: u64) -> Vec<(usize, Value)> {
    // Whoever runs a test wakes whenever a message has come.
    (0..=now).for_each(|now| router.settle(at(now)));
    let read = |Delivery { node, bytes }| {
        let message: Value = serde_json::from_slice(&bytes).unwrap();
        assert!(message["id"].is_u64());
        (node, message["body"].clone())
    };
    router.take_deliveries().into_iter().map(read).collect()
}

/// From whom to whom messages went, when they were sent and settled, and what became of them.
fn ends(router: &mut Router) -> Vec<(Party, Party, u128, u128, Fate)> {
    let carried = router.take_carried().into_iter();
    let end = |carried: Carried| {
        let (sent, settled) = (carried.sent.as_millis(), carried.settled.as_millis());
        (
            carried.source,
            carried.destination,
            sent,
            settled,
            carried.fate,
        )
    };
    carried.map(end).collect()
}

#[test]
fn a_service_is_reached_as_late_as_a_node_and_never_lost_doubled_or_cut_off() {
    let mut router = router();
    let alone = Fault::Cut(Cut::Split(vec![vec![0], vec![1]]));
    router.begin(1, &alone);
    write(&mut router, 0, &json!(7));
    assert_eq!(got(&mut router, 10), []);
    assert_eq!(got(&mut router, 19), []);
    let reply = json!({"type": "write_ok", "in_reply_to": 1});
    assert_eq!(got(&mut router, 20), [(0, reply)]);
    let (node, service) = (Party::Node(0), Party::Service(ServiceKind::LinKv));
    let ways = [
        (node, service, 0, 10, Fate::Delivered),
        (service, node, 10, 20, Fate::Delivered),
    ];
    assert_eq!(ends(&mut router), ways);
}

#[test]
fn a_reply_reaches_a_node_that_has_not_answered_init() {
    let mut router = router();
    router.starts(0);
    write(&mut router, 0, &json!(7));
    router.settle(at(10));
    assert_eq!(got(&mut router, 20).len(), 1);
}

#[test]
fn a_reply_to_an_earlier_life_is_dropped_and_what_was_written_stays() {
    for starts in [5, 15, 25] {
        let mut router = router();
        let restart = Fault::Restart(0);
        write(&mut router, 0, &json!(7));
        router.settle(at(2));
        router.begin(1, &restart);
        assert_eq!(got(&mut router, starts), []);
        router.end(1);
        router.starts(0);
        router.answered_init(0);
        assert_eq!(got(&mut router, 30), [], "{starts}");
        let fates = ends(&mut router).into_iter().map(|(.., fate)| fate);
        assert!(fates.eq([Fate::Delivered, Fate::Dead(Some(1))]), "{starts}");
        ask(
            &mut router,
            40,
            &json!({"type": "read", "msg_id": 1, "key": "k"}),
        );
        let reply = json!({"type": "read_ok", "value": 7, "in_reply_to": 1});
        assert_eq!(got(&mut router, 60), [(0, reply)]);
    }
}

#[test]
fn a_reply_waits_for_a_paused_node() {
    let mut router = router();
    write(&mut router, 0, &json!(7));
    router.settle(at(10));
    router.begin(1, &Fault::Pause(0));
    router.settle(at(20));
    assert_eq!(ends(&mut router).len(), 1);
    router.end(1);
    assert_eq!(ends(&mut router).len(), 1);
}

#[test]
fn replies_that_nobody_reads_take_no_more_memory_than_they_may() {
    let mut router = router();
    let big = Value::from("x".repeat(60_000));
    write(&mut router, 0, &big);
    got(&mut router, 20);
    router.take_carried();
    let read = json!({"type": "read", "msg_id": 1, "key": "k"});
    (0..1000).for_each(|_| ask(&mut router, 30, &read));
    let replies = got(&mut router, 40);
    assert_eq!(replies, []);
    let under_way = router.nodes.first().unwrap().replies;
    assert!(under_way < 17 * 1024 * 1024, "{under_way}");
    let replies = got(&mut router, 50).into_iter();
    let (read, refused): (Vec<_>, Vec<_>) = replies.partition(|(_, body)| body["code"].is_null());
    assert_eq!(
        read.len(),
        279,
        "16 MiB of them; the next one has no room in the pipe"
    );
    assert!(refused.iter().all(|(_, body)| body["code"] == 11));
    router.take_carried();
    let place = router.nodes.first().unwrap();
    assert_eq!((place.replies, place.under_way), (0, 0));
}

#[test]
fn where_there_are_no_services_their_names_are_unknown() {
    let settings = Settings::default();
    let line = br#"{"src":"n0","dest":"seq-kv","body":{"type":"read"}}"#;
    let heard = Router::new(&settings, 1).hear(at(1), 0, line);
    let unknown = matches!(heard, Heard::Breach(Rule::UnknownDestination { .. }));
    assert!(unknown, "{heard:?}");
    // A node may have the name of a service.
    let settings = Settings {
        nodes: vec!["n0".to_owned(), "seq-kv".to_owned()],
        ..settings
    };
    let mut router = Router::new(&settings, 1).with_services(1);
    assert_eq!(router.hear(at(1), 0, line), Heard::Sent);
    router.settle(at(1));
    assert_eq!(router.take_carried()[0].destination, Party::Node(1));
}

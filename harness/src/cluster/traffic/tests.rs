//! Messages of each type and fate, counted.

use std::time::Duration;

use super::*;
use crate::cluster::purpose::NAME_LENGTH_MAX;

fn carried(id: u64, kind: &str, body: &str, fate: Fate) -> Carried {
    Carried {
        id,
        fate,
        line: format!(r#"{{"src": "n0", "dest": "n1", "body": {{"type": "{kind}"{body}}}}}"#)
            .into(),
        ..Carried::delivered(Duration::ZERO, Party::Node(0), Party::Node(1), kind)
    }
}

fn event(what: What) -> Event {
    let time = Duration::ZERO;
    Event { time, what }
}

#[test]
fn each_type_has_its_purpose() {
    for (kind, body, purpose) in [
        ("broadcast", r#", "message": 1"#, Purpose::Forward),
        (
            "broadcast",
            r#", "message": 1, "direct": true"#,
            Purpose::Direct,
        ),
        (
            "broadcast",
            r#", "message": 1, "direct": true, "repair": true"#,
            Purpose::Repair,
        ),
        (
            "broadcast",
            r#", "message": 1, "direct": false"#,
            Purpose::Forward,
        ),
        (
            "broadcast",
            r#", "message": "\"direct\": true""#,
            Purpose::Forward,
        ),
        (
            "broadcast",
            r#", "message": 1, "direct": 1"#,
            Purpose::Forward,
        ),
        ("broadcast_ack", "", Purpose::Ack),
        ("broadcast_ok", "", Purpose::Ack),
        ("batch", r#", "acks": [1]"#, Purpose::Ack),
        (
            "batch",
            r#", "messages": [1], "acks": [1]"#,
            Purpose::Forward,
        ),
        (
            "batch",
            r#", "messages": [1], "direct": true"#,
            Purpose::Direct,
        ),
        (
            "batch",
            r#", "messages": [1], "direct": true, "repair": true"#,
            Purpose::Repair,
        ),
        ("batch", r#", "values": [1]"#, Purpose::Forward),
        ("gossip_have", "", Purpose::Other("gossip_have".to_owned())),
    ] {
        let mut traffic = Traffic::default();
        traffic.carried(&carried(0, kind, body, Fate::Delivered));
        let all: Vec<_> = traffic.purposes().iter().collect();
        assert_eq!(all, [(&purpose, &1)], "{kind}{body}");
    }
}

#[test]
fn copies_count_as_ends_and_not_as_messages() {
    let mut traffic = Traffic::default();
    for (id, fate) in [
        (1, Fate::Delivered),
        (0, Fate::Cut(1)),
        (1, Fate::Lost),
        (3, Fate::Dead(None)),
        (0, Fate::UnderWay),
        (2, Fate::NoRoom),
        (3, Fate::Delivered),
    ] {
        traffic.carried(&carried(id, "x", "", fate));
    }
    assert_eq!((traffic.distinct(), traffic.copies()), (4, 3));
    let fates = Fates {
        delivered: 2,
        lost: 1,
        cut: 1,
        dead: 1,
        no_room: 1,
        under_way: 1,
    };
    assert_eq!(traffic.fates(), fates);
}

#[test]
fn those_of_clients_are_no_messages_between_nodes() {
    let mut traffic = Traffic::default();
    for id in 0..10 {
        let mut message = carried(id, "x", "", Fate::Dead(Some(1)));
        message.source = Party::Client(1);
        traffic.carried(&message);
    }
    assert_eq!(traffic.distinct(), 0);
    assert_eq!(traffic.fates(), Fates::default());
    assert_eq!(traffic.effect(1).dropped, 10);
    assert!(traffic.seen.ahead.is_empty());
}

#[test]
fn each_fault_has_what_it_did() {
    let mut traffic = Traffic::default();
    let began = |number, fault| event(What::FaultBegan { number, fault });
    traffic.event(&began(1, Fault::Pause(1)));
    traffic.event(&began(2, Fault::Pause(0)));
    traffic.carried(&carried(0, "x", "", Fate::Delivered));
    traffic.carried(&carried(1, "x", "", Fate::NoRoom));
    traffic.carried(&carried(2, "x", "", Fate::Cut(3)));
    traffic.event(&event(What::FaultEnded { number: 1 }));
    traffic.carried(&carried(3, "x", "", Fate::Delivered));
    traffic.carried(&carried(4, "x", "", Fate::Dead(Some(4))));
    let effects: Vec<_> = (1..5).map(|fault| traffic.effect(fault)).collect();
    let effect = |dropped, waited| Effect { dropped, waited };
    let expected = [effect(0, 2), effect(0, 0), effect(1, 0), effect(1, 0)];
    assert_eq!(effects, expected);
}

#[test]
fn what_came_in_a_pause_waited_though_its_way_ended_after_it() {
    let mut traffic = Traffic::default();
    let at = Duration::from_millis;
    let event = |time, what| Event {
        time: at(time),
        what,
    };
    let fault = Fault::Pause(1);
    traffic.event(&event(100, What::FaultBegan { number: 1, fault }));
    traffic.event(&event(200, What::FaultEnded { number: 1 }));
    for (id, due, settled) in [(0, 50, 50), (1, 150, 201), (2, 99, 202), (3, 210, 211)] {
        traffic.carried(&Carried {
            due: at(due),
            settled: at(settled),
            ..carried(id, "x", "", Fate::Delivered)
        });
    }
    assert_eq!(traffic.effect(1).waited, 2);
}

#[test]
fn names_without_end_fill_no_memory() {
    let mut traffic = Traffic::default();
    for id in 0..1000 {
        let name = format!("{id}{}", "x".repeat(1000));
        traffic.carried(&carried(id, &name, "", Fate::Delivered));
    }
    assert_eq!(traffic.purposes().len(), NAMES_MAX + 1);
    assert_eq!(traffic.purposes().get(&Purpose::Rest), Some(&960));
    let longest = traffic.purposes().keys().map(|purpose| match purpose {
        Purpose::Other(name) => name.len(),
        _ => 0,
    });
    assert_eq!(longest.max(), Some(NAME_LENGTH_MAX));
}

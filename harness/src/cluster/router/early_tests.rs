//! What comes to a node before it has answered `init`.

use super::*;
use crate::cluster::settings::names;
use crate::net::fault::Fault;

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A cluster of three in which only n0 has answered `init`.
fn starting() -> Router {
    let settings = Settings {
        nodes: names(3),
        ..Settings::default()
    };
    let mut router = Router::new(&settings, 1);
    (0..3).for_each(|node| router.starts(node));
    router.answered_init(0);
    router
}

fn say(router: &mut Router, now: Duration, to: &str) {
    let line = format!(r#"{{"src":"n0","dest":"{to}","body":{{"type":"gossip"}}}}"#);
    assert_eq!(router.hear(now, 0, line.as_bytes()), Heard::Sent);
    router.settle(now);
}

/// What nodes got, and what became of messages between nodes and when.
fn came(router: &mut Router) -> (Vec<usize>, Vec<(Fate, Duration)>) {
    let got = router.take_deliveries().into_iter();
    let carried = router.take_carried().into_iter();
    let carried = carried.filter(Carried::is_between_nodes);
    (
        got.map(|delivery| delivery.node).collect(),
        carried
            .map(|carried| (carried.fate, carried.settled))
            .collect(),
    )
}

#[test]
fn a_message_before_the_first_init_ok_waits_for_it() {
    let mut router = starting();
    say(&mut router, at(1), "n1");
    say(&mut router, at(2), "n0");
    assert_eq!(came(&mut router), (vec![0], vec![(Fate::Delivered, at(2))]));
    router.settle(at(500));
    router.answered_init(2);
    router.settle(at(500));
    assert_eq!(came(&mut router), (vec![], vec![]));
    router.answered_init(1);
    router.settle(at(600));
    assert_eq!(
        came(&mut router),
        (vec![1], vec![(Fate::Delivered, at(600))])
    );
}

#[test]
fn the_harness_itself_reaches_a_node_that_starts() {
    let mut router = starting();
    let line = br#"{"src":"c0","dest":"n1","body":{"type":"init"}}"#.to_vec();
    let asked = Asked {
        kind: "init",
        value: None,
        line,
    };
    router.ask(at(1), 0, 1, asked);
    assert_eq!(came(&mut router).0, [1]);
}

#[test]
fn a_message_before_the_init_ok_of_a_restart_is_dropped_by_that_restart() {
    let mut router = starting();
    router.answered_init(1);
    router.begin(4, &Fault::Restart(1));
    router.end(4);
    router.starts(1);
    say(&mut router, at(1), "n1");
    let dropped = (Fate::Dead(Some(4)), at(1));
    assert_eq!(came(&mut router), (vec![], vec![dropped]));
    router.answered_init(1);
    say(&mut router, at(2), "n1");
    assert_eq!(came(&mut router), (vec![1], vec![(Fate::Delivered, at(2))]));
}

#[test]
fn what_is_held_back_is_bounded_and_each_message_has_its_end() {
    let mut router = starting();
    let padding = "x".repeat(ROOM / 2);
    let line = format!(r#"{{"src":"n0","dest":"n1","body":{{"type":"gossip","x":"{padding}"}}}}"#);
    for now in [1, 2] {
        router.hear(at(now), 0, line.as_bytes());
        router.settle(at(now));
    }
    assert_eq!(came(&mut router), (vec![], vec![(Fate::NoRoom, at(2))]));
    router.died(1, None);
    router.settle(at(3));
    assert_eq!(came(&mut router), (vec![], vec![(Fate::Dead(None), at(3))]));
    say(&mut router, at(4), "n2");
    router.finish(at(5));
    assert_eq!(came(&mut router), (vec![], vec![(Fate::UnderWay, at(5))]));
}

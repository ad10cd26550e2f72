//! When a message has reached its node.

use super::*;
use crate::cluster::settings::names;
use crate::net::fault::Cut;
use crate::net::fault::Fault;

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn router() -> Router {
    let settings = Settings {
        nodes: names(2),
        clients: 2,
        ..Settings::default()
    };
    Router::new(&settings, 1)
}

/// Node 0 writes a message to node 1; how many bytes it has there.
fn send(router: &mut Router, now: u64) -> usize {
    let line = br#"{"src":"n0","dest":"n1","body":{"type":"x"}}"#;
    assert_eq!(router.hear(at(now), 0, line), Heard::Sent);
    router.settle(at(now));
    let delivered = router.take_deliveries();
    delivered.iter().map(|delivery| delivery.bytes.len()).sum()
}

/// What has come to its end: the number of each message, when in milliseconds, and how.
fn ends(router: &mut Router) -> Vec<(u64, u128, Fate)> {
    let carried = router.take_carried().into_iter();
    carried
        .map(|carried| (carried.id, carried.settled.as_millis(), carried.fate))
        .collect()
}

#[test]
fn what_comes_to_a_paused_node_reaches_it_when_it_goes_on() {
    let mut router = router();
    router.begin(1, &Fault::Pause(1));
    assert!(
        send(&mut router, 10) > 0,
        "its bytes are written all the same"
    );
    router.ask(
        at(20),
        1,
        1,
        Asked {
            kind: "read",
            value: None,
            line: b"{}".to_vec(),
        },
    );
    router.end(7);
    assert_eq!(ends(&mut router), []);
    router.end(1);
    let ends = ends(&mut router).into_iter();
    let ids: Vec<_> = ends.map(|(id, _, fate)| (id, fate)).collect();
    assert_eq!(ids, [(0, Fate::Delivered), (1, Fate::Delivered)]);
    send(&mut router, 30);
    assert_eq!(self::ends(&mut router), [(2, 30, Fate::Delivered)]);
}

#[test]
fn a_cut_drops_messages_until_it_ends() {
    let mut router = router();
    let cut = |from, to| Fault::Cut(Cut::OneWay(vec![from], vec![to]));
    router.begin(1, &cut(0, 1));
    router.begin(2, &cut(1, 0));
    assert_eq!(send(&mut router, 10), 0);
    router.end(2);
    assert_eq!(send(&mut router, 20), 0);
    router.end(1);
    assert!(send(&mut router, 30) > 0);
    let fates = ends(&mut router).into_iter().map(|(_, _, fate)| fate);
    let fates: Vec<_> = fates.collect();
    assert_eq!(fates, [Fate::Cut(1), Fate::Cut(1), Fate::Delivered]);
}

#[test]
fn what_does_not_fit_into_a_pipe_reaches_its_node_once_there_is_room() {
    let mut router = router();
    let length = send(&mut router, 10);
    assert_eq!(ends(&mut router), [(0, 10, Fate::Delivered)]);
    router.unsent(at(11), 1, 1);
    send(&mut router, 12);
    send(&mut router, 13);
    router.unsent(at(20), 1, length + 1);
    assert_eq!(ends(&mut router), []);
    router.unsent(at(30), 1, length);
    assert_eq!(ends(&mut router), [(1, 30, Fate::Delivered)]);
    router.unsent(at(40), 1, 0);
    assert_eq!(ends(&mut router), [(2, 40, Fate::Delivered)]);
    send(&mut router, 41);
    assert_eq!(ends(&mut router), [(3, 41, Fate::Delivered)]);
}

#[test]
fn a_node_that_dies_or_reads_nothing_to_the_end_never_got_what_waited() {
    for (by, dead) in [(Some(2), Fate::Dead(Some(2))), (None, Fate::Dead(None))] {
        let mut router = router();
        router.begin(1, &Fault::Pause(1));
        send(&mut router, 10);
        router.died(1, by);
        assert_eq!(ends(&mut router), [(0, 10, dead)]);
        // The pause went with the process.
        router.lives(1);
        send(&mut router, 20);
        assert_eq!(ends(&mut router), [(1, 20, Fate::Delivered)]);
    }
    let mut router = router();
    router.unsent(at(5), 1, 100);
    send(&mut router, 10);
    router.finish(at(30));
    assert_eq!(ends(&mut router), [(0, 10, Fate::NoRoom)]);
}

#[test]
fn so_many_messages_wait_and_no_more() {
    let mut router = router();
    router.begin(1, &Fault::Pause(1));
    for _ in 0..WAITING_MAX {
        send(&mut router, 10);
    }
    assert_eq!(ends(&mut router), []);
    assert_eq!(send(&mut router, 11), 0);
    let full = u64::try_from(WAITING_MAX).unwrap();
    assert_eq!(ends(&mut router), [(full, 11, Fate::NoRoom)]);
}

#[test]
fn only_the_name_that_a_client_has_reaches_it() {
    let mut router = router();
    let mut hear = |dest: &str| {
        let line = format!(r#"{{"src":"n0","dest":"{dest}","body":{{"type":"x"}}}}"#);
        router.hear(at(1), 0, line.as_bytes())
    };
    assert!(matches!(hear("c1"), Heard::ForClient(1, _)));
    for nobody in ["c01", "c+1", "c", "C1", "c1 ", "c3"] {
        let heard = hear(nobody);
        assert!(
            matches!(heard, Heard::Breach(Rule::UnknownDestination { .. })),
            "{nobody}: {heard:?}"
        );
    }
}

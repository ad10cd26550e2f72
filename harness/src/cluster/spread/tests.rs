//! Values on their way, message by message.

use super::*;
use crate::cluster::history::{Invocation, Phase};
use crate::cluster::sets::{SetReply, SetRequest};
use crate::cluster::workload::{Reply, Request};

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn happens(spread: &mut Spread, time: u64, what: What) {
    let time = at(time);
    spread.event(&Event { time, what });
}

fn broadcast(spread: &mut Spread, time: u64, node: usize, value: usize) {
    let asked = Invocation {
        operation: value,
        client: 1,
        node,
        request: Request::Set(SetRequest::Add(value)),
        phase: Phase::Load,
    };
    happens(spread, time, What::Invoked(asked));
    carry(
        spread,
        Party::Client(1),
        node,
        value,
        (time, time),
        Fate::Delivered,
    );
    let outcome = Outcome::Ok(Reply::Set(SetReply::Added));
    let operation = value;
    happens(spread, time, What::Completed { operation, outcome });
}

fn carry(
    spread: &mut Spread,
    source: Party,
    node: usize,
    value: usize,
    (sent, settled): (u64, u64),
    fate: Fate,
) {
    spread.carried(&Carried {
        id: sent,
        sent: at(sent),
        fate,
        values: vec![value],
        ..Carried::delivered(at(settled), source, Party::Node(node), "broadcast")
    });
}

fn send(spread: &mut Spread, sent: u64, from: usize, to: usize, fate: Fate) {
    carry(spread, Party::Node(from), to, 7, (sent, sent + 10), fate);
}

#[test]
fn the_first_arrival_counts_and_the_last_attempt() {
    let mut spread = Spread::new(3);
    broadcast(&mut spread, 100, 0, 7);
    send(&mut spread, 100, 0, 1, Fate::Delivered);
    send(&mut spread, 110, 1, 2, Fate::Cut(1));
    assert_eq!(spread.holders(7), [0, 1]);
    assert_eq!(spread.time(7), None);
    send(&mut spread, 200, 0, 2, Fate::Delivered);
    send(&mut spread, 210, 1, 2, Fate::Lost);
    let from = Party::Node(0);
    assert_eq!(
        spread.arrival(7, 2),
        Some(FirstArrival {
            due: at(210),
            time: at(210),
            from
        })
    );
    let last = spread.attempt(7, 2).unwrap();
    assert_eq!((last.sent, last.fate), (at(210), Fate::Lost));
    assert_eq!(spread.time(7), Some(at(110)));
    assert_eq!(spread.times(), [at(110)]);
}

#[test]
fn a_node_that_acknowledges_a_value_has_it_whatever_is_known_of_messages() {
    let mut spread = Spread::new(2);
    let asked = Invocation {
        operation: 0,
        client: 3,
        node: 1,
        request: Request::Set(SetRequest::Add(7)),
        phase: Phase::Load,
    };
    happens(&mut spread, 10, What::Invoked(asked));
    assert!(spread.holders(7).is_empty());
    let (operation, outcome) = (0, Outcome::Ok(Reply::Set(SetReply::Added)));
    happens(&mut spread, 20, What::Completed { operation, outcome });
    let arrival = spread.arrival(7, 1).unwrap();
    assert_eq!((arrival.time, arrival.from), (at(20), Party::Client(3)));
    let fault = Fault::Kill(1);
    happens(&mut spread, 30, What::FaultBegan { number: 1, fault });
    assert_eq!(spread.gone(7).map(|death| death.node), Some(1));
}

#[test]
fn the_last_attempt_is_the_one_sent_last_whichever_ends_last() {
    let mut spread = Spread::new(2);
    broadcast(&mut spread, 0, 0, 7);
    let from = Party::Node(0);
    carry(&mut spread, from, 1, 7, (20, 25), Fate::Cut(1));
    carry(&mut spread, from, 1, 7, (10, 90), Fate::Lost);
    assert_eq!(spread.attempt(7, 1).unwrap().fate, Fate::Cut(1));
}

#[test]
fn a_killed_node_holds_nothing_and_no_longer_counts() {
    let mut spread = Spread::new(2);
    broadcast(&mut spread, 0, 0, 7);
    broadcast(&mut spread, 0, 0, 8);
    send(&mut spread, 10, 0, 1, Fate::Delivered);
    let fault = Fault::Kill(0);
    happens(&mut spread, 50, What::FaultBegan { number: 3, fault });
    assert!(!spread.is_alive(0) && spread.is_alive(1));
    assert_eq!(spread.taken(3), 2);
    assert_eq!((spread.holders(7), spread.gone(7)), (vec![1], None));
    let death = Death {
        node: 0,
        by: Some(3),
        time: at(50),
    };
    assert_eq!((spread.holders(8), spread.gone(8)), (vec![], Some(death)));
    assert_eq!(spread.time(7), Some(at(20)));
    assert_eq!(spread.time(8), None);
}

#[test]
fn a_message_that_was_under_way_brings_a_value_back() {
    let mut spread = Spread::new(2);
    broadcast(&mut spread, 0, 0, 7);
    let (node, exit, stderr) = (0, crate::process::exit::Exit::Status(1), String::new());
    happens(&mut spread, 15, What::Crashed { node, exit, stderr });
    assert_eq!(spread.gone(7).unwrap().by, None);
    send(&mut spread, 10, 0, 1, Fate::Delivered);
    assert_eq!((spread.holders(7), spread.gone(7)), (vec![1], None));
}

#[test]
fn a_restarted_node_begins_anew() {
    let mut spread = Spread::new(2);
    broadcast(&mut spread, 0, 0, 7);
    send(&mut spread, 10, 0, 1, Fate::Delivered);
    let fault = Fault::Restart(1);
    happens(&mut spread, 50, What::FaultBegan { number: 1, fault });
    assert!(spread.held_before(7, 1) && !spread.held_before(7, 0));
    // It came to the dead, at the moment of its death.
    send(&mut spread, 40, 0, 1, Fate::Delivered);
    assert_eq!(spread.arrival(7, 1), None);
    happens(&mut spread, 60, What::FaultEnded { number: 1 });
    assert!(spread.is_alive(1));
    assert_eq!(spread.time(7), None);
    send(&mut spread, 70, 0, 1, Fate::Delivered);
    assert_eq!(spread.arrival(7, 1).unwrap().time, at(80));
}

#[test]
fn what_cannot_be_is_ignored() {
    let mut spread = Spread::new(1);
    broadcast(&mut spread, 0, 9, 7);
    carry(
        &mut spread,
        Party::Node(5),
        0,
        1 << 60,
        (1, 1),
        Fate::Delivered,
    );
    carry(&mut spread, Party::Client(5), 9, 7, (1, 1), Fate::Delivered);
    for fault in [Fault::Kill(9), Fault::Restart(9), Fault::Pause(9)] {
        happens(&mut spread, 1, What::FaultBegan { number: 1, fault });
    }
    happens(&mut spread, 1, What::FaultEnded { number: 1 });
    happens(&mut spread, 1, What::Recovered { node: 9 });
    assert!(!spread.is_alive(9) && spread.is_alive(0));
    assert_eq!(spread.arrival(7, 9), None);
    assert!(spread.holders(1 << 60).is_empty());
    let mut nobody = Spread::new(0);
    broadcast(&mut nobody, 0, 0, 7);
    assert_eq!(nobody.time(7), None, "nobody is no everywhere");
}

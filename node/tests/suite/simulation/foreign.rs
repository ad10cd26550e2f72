//! A cluster in which one node is of another kind: it knows broadcasts and acks, and either refuses
//! everything else or says nothing about it.

use std::time::Duration;

use harness::net::network::{Distribution, Network};
use node::message::{Body, Incoming, Payload, Request};
use node::settings::Settings;

use super::cluster::{Cluster, Setup};
use super::figures::broadcast;
use super::plan::{Shape, neighbors};

/// How it takes what it doesn't know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// It answers with error 10.
    Refuses,
    /// It doesn't answer.
    Ignores,
}

/// Whether only nodes of our kind know such a message.
pub fn is_foreign(message: &Incoming) -> bool {
    let Body::Request { request, .. } = &message.body else {
        return false;
    };
    matches!(
        request,
        Request::Batch(_)
            | Request::Gossip { .. }
            | Request::GossipHave { .. }
            | Request::GossipWant { .. }
    )
}

fn check(manners: Manners) {
    const VALUES: u64 = 300;
    const FOREIGNER: usize = 3;
    let at = Duration::from_millis;
    let mut network = Network::new(1);
    network.slow(at(20), Distribution::Exponential);
    network.lose(0.2);
    let setup = Setup {
        settings: Settings::default(),
        without: None,
        neighbors: neighbors(Shape::Line, 4),
        lines: true,
    };
    let mut cluster = Cluster::new(setup, network);
    cluster.foreigner = Some((FOREIGNER, manners));
    cluster.keeps_journal = true;
    cluster.network.cut(vec![(2, FOREIGNER)]);
    for value in 0..VALUES {
        cluster.run_until(at(20 * value));
        broadcast(&mut cluster, 0, value);
    }
    cluster.run_until(at(10_000));
    cluster.network.mend_all();
    cluster.run_until(at(100_000));
    for node in 0..4 {
        let mut values = cluster.read(node).unwrap();
        values.sort_unstable();
        assert!(values.into_iter().eq(0..VALUES), "n{node}, {manners:?}");
    }
    if manners == Manners::Refuses {
        let end = at(50_000);
        let late = cluster.journal.iter().filter(|(time, _)| *time > end);
        let gossip = late.filter(|(_, message)| {
            message.dest.to_string() == "n3" && matches!(message.payload, Payload::Gossip { .. })
        });
        assert_eq!(gossip.count(), 0, "it has said that it doesn't want that");
    }
}

#[test]
fn a_node_of_another_kind_gets_all_values_if_it_refuses_what_it_does_not_know() {
    check(Manners::Refuses);
}

#[test]
fn a_node_of_another_kind_gets_all_values_if_it_ignores_what_it_does_not_know() {
    check(Manners::Ignores);
}

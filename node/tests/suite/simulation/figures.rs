//! What it costs: messages in a healthy tree, and the public challenges 3d and 3e at once.

use std::collections::HashMap;
use std::time::Duration;

use fastrand::Rng;
use harness::net::network::{Distribution, Network};
use node::message::{Payload, Request, Route};
use node::settings::Settings;
use node::value::Value;

use super::cluster::{Cluster, Setup};
use super::plan::{Shape, neighbors};

const NODES: usize = 25;

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn cluster(shape: Shape, latency: Duration, settings: Settings) -> Cluster {
    let mut network = Network::new(1);
    network.slow(latency, Distribution::Constant);
    let setup = Setup {
        settings,
        without: None,
        neighbors: neighbors(shape, NODES),
        lines: false,
    };
    let mut cluster = Cluster::new(setup, network);
    cluster.keeps_journal = true;
    cluster
}

pub fn broadcast(cluster: &mut Cluster, node: usize, value: u64) {
    let message = Value::from_json(&value.to_string()).unwrap();
    cluster.tell(
        node,
        value,
        Request::Broadcast {
            message,
            route: Route::Tree,
        },
    );
}

fn count(cluster: &Cluster, is_one: fn(&Payload) -> bool) -> usize {
    let journal = cluster.journal.iter();
    journal
        .filter(|(_, message)| is_one(&message.payload))
        .count()
}

#[test]
fn a_value_costs_24_forwards_and_24_acks_in_a_tree_of_25_and_silence_one_message_in_an_interval() {
    let settings = Settings::default();
    let interval = settings.gossip_interval;
    let quiet = interval.saturating_sub(at(1));
    let mut cluster = cluster(Shape::Tree(4), at(10), settings);
    for value in 0..50 {
        cluster.run_until(at(50 * value));
        broadcast(&mut cluster, usize::try_from(value).unwrap() % NODES, value);
    }
    cluster.run_until(quiet);
    assert_eq!(
        count(&cluster, |payload| matches!(
            payload,
            Payload::Broadcast {
                route: Route::Tree,
                ..
            }
        )),
        50 * 24
    );
    assert_eq!(
        count(&cluster, |payload| matches!(payload, Payload::BroadcastAck)),
        50 * 24
    );
    assert_eq!(
        cluster.journal.len(),
        50 * 48,
        "nothing but forwards and acks"
    );
    for number in 1..=20 {
        cluster.sent.fill(0);
        cluster.run_until(quiet + number * interval);
        assert!(
            cluster.sent.iter().all(|sent| *sent <= 1),
            "{:?}",
            cluster.sent
        );
    }
    assert_eq!(
        count(&cluster, |payload| matches!(
            payload,
            Payload::Gossip { .. }
        )),
        cluster.journal.len() - 50 * 48
    );
}

/// Gossip Glomers 3d and 3e: 25 nodes, 100 operations a second for 20 s, latency 100 ms.
#[test]
fn one_setting_solves_challenges_3d_and_3e() {
    let settings = Settings {
        flush_interval: at(150),
        ..Settings::default()
    };
    let mut cluster = cluster(Shape::Total, at(100), settings);
    let mut random = Rng::with_seed(1);
    let (mut now, mut operations, mut asked) = (Duration::ZERO, 0_usize, HashMap::new());
    while now < at(20_000) {
        now += at(10).mul_f64(2.0 * random.f64());
        cluster.run_until(now);
        let node = random.usize(..NODES);
        if random.bool() {
            cluster.read(node);
        } else {
            let value = operations as u64;
            asked.insert(value, now);
            broadcast(&mut cluster, node, value);
        }
        operations += 1;
    }
    let sent = cluster.journal.len();
    cluster.run_until(now + at(2000));
    let mut times: Vec<_> = asked
        .iter()
        .map(|(value, asked)| last_arrival(&cluster, *value).saturating_sub(*asked))
        .collect();
    times.sort();
    let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
    let count = |number: usize| f64::from(u32::try_from(number).unwrap());
    let cost = count(sent) / count(operations);
    println!("{operations} operations, {sent} messages: {cost:.2} each");
    println!("time to the last node: median {median:?}, longest {longest:?}");
    assert!(cost <= 5.0, "{cost} messages an operation");
    assert!(
        median < at(400) && longest < at(600),
        "{median:?}, {longest:?}"
    );
    assert!(
        cluster.confirmed.len() == asked.len(),
        "each client was answered"
    );
}

/// When the last of all nodes got a value.
fn last_arrival(cluster: &Cluster, value: u64) -> Duration {
    let times: Vec<_> = (0..NODES)
        .filter_map(|node| cluster.seen.get(&(node, value)))
        .collect();
    assert_eq!(times.len(), NODES - 1, "{value} is everywhere");
    **times.iter().max().unwrap()
}

/// A node that was restarted gets everything back, in messages of bounded size.
#[test]
fn ten_thousand_values_come_back_soon_and_no_message_is_long() {
    const VALUES: u64 = 10_000;
    let mut network = Network::new(1);
    network.slow(at(10), Distribution::Constant);
    let settings = Settings::default();
    // A node says its first word after one interval and a half at most.
    let first_word = settings.gossip_interval.mul_f64(1.5);
    let setup = Setup {
        settings,
        without: None,
        neighbors: neighbors(Shape::Line, 3),
        lines: false,
    };
    let mut cluster = Cluster::new(setup, network);
    for value in 0..VALUES {
        broadcast(&mut cluster, 0, value);
    }
    cluster.run_until(at(1000));
    cluster.keeps_journal = true;
    cluster.start(1);
    cluster.run_until(at(1000) + first_word + at(500));
    let mut values = cluster.read(1).unwrap();
    values.sort_unstable();
    assert!(values.into_iter().eq(0..VALUES));
    let lengths = cluster
        .journal
        .iter()
        .map(|(_, message)| message.to_string().len());
    assert!(lengths.max().unwrap() < 100_000);
    let sent = cluster.journal.len();
    assert!(sent < 40, "{sent} messages");
}

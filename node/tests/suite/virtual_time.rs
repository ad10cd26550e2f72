//! Whole clusters of real nodes in virtual time: no clock, no sleep, no chance.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that finds something else than it expects may panic"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use node::lifecycle::Lifecycle;
use node::message::parse;
use node::node::Moment;
use node::outbox::Output;
use node::settings::Settings;
use serde_json::{Value, json};

/// The line n0 — n1 — n2 — n3 — n4, and maybe nodes that it doesn't reach.
struct Cluster {
    now: Duration,
    nodes: BTreeMap<String, Lifecycle>,
    dead: BTreeSet<String>,
    /// How long a message to this node is under way, if not 10 ms.
    latency: BTreeMap<String, Duration>,
    /// By time of arrival, then by the order of sending.
    under_way: BTreeMap<(Duration, usize), String>,
    /// All that was sent from node to node.
    sent: Vec<Value>,
}

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

impl Cluster {
    fn new(size: usize, topology: &Value) -> Self {
        let names: Vec<_> = (0..size).map(|number| format!("n{number}")).collect();
        let settings = Settings {
            gossip_interval: Duration::ZERO,
            ..Settings::default()
        };
        let newcomer = |name: &String| (name.clone(), Lifecycle::new(settings.clone()));
        let mut cluster = Self {
            now: Duration::ZERO,
            nodes: names.iter().map(newcomer).collect(),
            dead: BTreeSet::new(),
            latency: BTreeMap::new(),
            under_way: BTreeMap::new(),
            sent: Vec::new(),
        };
        for name in &names {
            cluster.ask(
                name,
                json!({"type": "init", "node_id": name, "node_ids": names}),
            );
            cluster.ask(name, json!({"type": "topology", "topology": topology}));
        }
        cluster
    }

    fn line(size: usize) -> Self {
        Self::new(
            size,
            &json!({"n0": ["n1"], "n1": ["n0", "n2"], "n2": ["n3"], "n3": ["n4"]}),
        )
    }

    fn kill(&mut self, name: &str) {
        self.dead.insert(name.to_owned());
    }

    fn slow_down(&mut self, name: &str, latency: Duration) {
        self.latency.insert(name.to_owned(), latency);
    }

    /// A client asks and is answered within no time.
    fn ask(&mut self, name: &str, mut body: Value) -> Value {
        body["msg_id"] = json!(1);
        let line = json!({"src": "c1", "dest": name, "body": body}).to_string();
        self.deliver(&line).expect("a request is answered")
    }

    fn broadcast(&mut self, name: &str, value: u64) {
        let reply = self.ask(name, json!({"type": "broadcast", "message": value}));
        assert_eq!(reply["type"], "broadcast_ok");
    }

    /// Lets everything happen that happens until then.
    fn run_until(&mut self, end: Duration) {
        while let Some(next) = self.next_time().filter(|next| *next <= end) {
            self.now = next;
            if let Some(((due, _), _)) = self.under_way.first_key_value()
                && *due == next
            {
                let (_, line) = self.under_way.pop_first().unwrap();
                self.deliver(&line);
            } else {
                self.tick();
            }
        }
        self.now = end;
    }

    fn next_time(&self) -> Option<Duration> {
        let arrivals = self.under_way.keys().map(|(due, _)| *due).take(1);
        let alive = self
            .nodes
            .iter()
            .filter(|(name, _)| !self.dead.contains(*name));
        arrivals
            .chain(alive.filter_map(|(_, node)| node.next_deadline()))
            .min()
    }

    fn tick(&mut self) {
        for name in self.nodes.keys().cloned().collect::<Vec<_>>() {
            if !self.dead.contains(&name) {
                let output = self.nodes.get_mut(&name).unwrap().tick(self.now);
                self.send(&output);
            }
        }
    }

    /// Hands a line to its node; returns what that says to the client.
    fn deliver(&mut self, line: &str) -> Option<Value> {
        let message = parse(line.as_bytes()).unwrap();
        let dest = message.dest.to_string();
        if self.dead.contains(&dest) {
            return None;
        }
        let output = self
            .nodes
            .get_mut(&dest)
            .unwrap()
            .handle(Moment::at(self.now), message);
        self.send(&output)
    }

    fn send(&mut self, output: &Output) -> Option<Value> {
        let mut reply = None;
        for message in &output.messages {
            let line = message.to_string();
            let json: Value = serde_json::from_str(&line).unwrap();
            let dest = message.dest.to_string();
            if dest == "c1" {
                reply = Some(json["body"].clone());
                continue;
            }
            let latency = self.latency.get(&dest).copied().unwrap_or(at(10));
            self.under_way
                .insert((self.now + latency, self.sent.len()), line);
            self.sent.push(json);
        }
        reply
    }

    fn check_values(&mut self, expected: &[(&str, &[u64])]) {
        for (name, values) in expected {
            let reply = self.ask(name, json!({"type": "read"}));
            assert_eq!(reply["messages"], json!(values), "{name} at {:?}", self.now);
        }
    }

    fn check_acks(&mut self, name: &str, pending: u64, timed_out: u64, direct_sent: u64) {
        let reply = self.ask(name, json!({"type": "check_acks"}));
        let counts =
            ["pending", "timed_out", "direct_sent"].map(|count| reply[count].as_u64().unwrap());
        assert_eq!(
            counts,
            [pending, timed_out, direct_sent],
            "{name} at {:?}",
            self.now
        );
    }

    fn check_stats(&mut self, name: &str, total_failures: u64, direct_deliveries: u64) {
        let reply = self.ask(name, json!({"type": "failure_stats"}));
        let counts =
            ["total_failures", "direct_deliveries"].map(|count| reply[count].as_u64().unwrap());
        assert_eq!(
            counts,
            [total_failures, direct_deliveries],
            "{name} at {:?}",
            self.now
        );
    }

    /// How many broadcasts went from `src` to `dest`.
    fn count(&self, src: &str, dest: &str) -> usize {
        let is_one = |message: &&Value| {
            message["src"] == src
                && message["dest"] == dest
                && message["body"]["type"] == "broadcast"
        };
        self.sent.iter().filter(is_one).count()
    }
}

#[test]
fn in_a_healthy_tree_a_value_costs_one_forward_and_one_ack_for_each_node() {
    let mut cluster = Cluster::line(5);
    cluster.broadcast("n3", 7);
    cluster.run_until(at(5000));
    for name in ["n0", "n1", "n2", "n3", "n4"] {
        cluster.check_values(&[(name, &[7])]);
        cluster.check_acks(name, 0, 0, 0);
        cluster.check_stats(name, 0, 0);
    }
    assert_eq!(cluster.sent.len(), 4 + 4);
}

#[test]
fn every_live_node_behind_a_dead_one_gets_the_value_at_the_deadline() {
    let mut cluster = Cluster::line(5);
    cluster.kill("n2");
    cluster.broadcast("n1", 7);
    cluster.check_acks("n1", 2, 0, 0);
    cluster.run_until(at(499));
    cluster.check_values(&[("n0", &[7]), ("n1", &[7]), ("n3", &[]), ("n4", &[])]);
    cluster.check_acks("n1", 1, 0, 0);
    cluster.check_stats("n1", 0, 0);
    cluster.run_until(at(500));
    cluster.check_stats("n1", 1, 3);
    cluster.check_acks("n1", 1, 1, 3);
    cluster.check_acks("n1", 0, 0, 0);
    cluster.run_until(at(510));
    cluster.check_values(&[("n0", &[7]), ("n1", &[7]), ("n3", &[7]), ("n4", &[7])]);
    cluster.run_until(at(5000));
    cluster.check_stats("n1", 1, 3);
    assert_eq!(
        cluster.count("n3", "n4"),
        0,
        "a direct delivery goes no further"
    );
}

#[test]
fn a_value_comes_from_both_sides_of_a_dead_node() {
    let mut cluster = Cluster::line(5);
    cluster.kill("n2");
    cluster.broadcast("n4", 1);
    cluster.broadcast("n0", 2);
    cluster.run_until(at(2000));
    cluster.check_values(&[
        ("n0", &[2, 1]),
        ("n1", &[2, 1]),
        ("n3", &[1, 2]),
        ("n4", &[1, 2]),
    ]);
    cluster.check_acks("n3", 1, 1, 3);
    cluster.check_acks("n1", 1, 1, 3);
}

#[test]
fn it_makes_no_difference_who_notices_a_timeout() {
    let totals = |timer_runs: bool| {
        let mut cluster = Cluster::line(5);
        cluster.kill("n2");
        cluster.broadcast("n1", 7);
        cluster.run_until(at(499));
        if timer_runs {
            cluster.run_until(at(600));
        }
        cluster.now = at(600);
        cluster.check_acks("n1", 1, 1, 3);
        cluster.check_stats("n1", 1, 3);
        cluster.run_until(at(1000));
        cluster.check_values(&[("n3", &[7]), ("n4", &[7])]);
        cluster.sent
    };
    assert_eq!(totals(true), totals(false));
}

#[test]
fn a_node_that_was_only_slow_gets_the_value_once_and_its_late_ack_counts() {
    let mut cluster = Cluster::line(5);
    cluster.slow_down("n2", at(600));
    cluster.broadcast("n1", 7);
    cluster.run_until(at(605));
    cluster.check_values(&[("n2", &[7]), ("n3", &[7]), ("n4", &[7])]);
    cluster.run_until(at(5000));
    cluster.check_acks("n1", 0, 1, 3);
    cluster.check_stats("n1", 1, 3);
    for name in ["n0", "n1", "n2", "n3", "n4"] {
        cluster.check_values(&[(name, &[7])]);
    }
}

#[test]
fn an_ack_at_the_deadline_is_late_and_one_before_is_not() {
    for (latency, timed_out, direct_sent) in [(489, 0, 0), (490, 1, 3)] {
        let mut cluster = Cluster::line(5);
        cluster.slow_down("n2", at(latency));
        cluster.broadcast("n1", 7);
        cluster.run_until(at(500));
        cluster.check_acks("n1", 0, timed_out, direct_sent);
    }
}

#[test]
fn a_node_in_an_unknown_place_gets_the_value_directly() {
    let mut cluster = Cluster::line(6);
    cluster.kill("n2");
    cluster.broadcast("n1", 7);
    cluster.run_until(at(1000));
    cluster.check_values(&[("n5", &[7])]);
    cluster.check_acks("n1", 1, 1, 4);
}

#[test]
fn a_value_goes_directly_to_a_node_only_once() {
    let mut cluster = Cluster::new(4, &json!({"n0": ["n1", "n2"]}));
    cluster.kill("n1");
    cluster.kill("n2");
    cluster.broadcast("n0", 7);
    cluster.run_until(at(1000));
    assert_eq!(cluster.count("n0", "n3"), 1, "n3 may lie behind either");
    cluster.check_acks("n0", 2, 2, 3);
    cluster.broadcast("n0", 8);
    cluster.broadcast("n0", 7);
    cluster.run_until(at(2000));
    assert_eq!(cluster.count("n0", "n3"), 2);
    cluster.check_acks("n0", 2, 2, 3);
    cluster.check_stats("n0", 4, 6);
}

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

mod answers;
mod antientropy;
mod dialects;
mod fallback;
mod repair;

//! How the nodes of a case's cluster get to know who they are: each is told by `init`, then whom it
//! is next to by `topology`. Pure.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cluster::engine;
use crate::cluster::envelope::Envelope;
use crate::cluster::requests;
use crate::cluster::router::Asked;
use crate::cluster::rule::Rule;
use crate::cluster::settings::Settings;

/// What the nodes are told, and which of them still have to answer.
#[derive(Debug)]
pub struct SetUp {
    nodes: Vec<String>,
    neighbors: Value,
    asked: u64,
    waiting: BTreeMap<usize, Waiting>,
}

/// What a node has to answer.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    request: &'static str,
    msg_id: u64,
}

/// What an answer leads to.
#[derive(Debug)]
pub enum Next {
    /// Nothing.
    Nothing,
    /// This is asked next.
    Ask(Asked),
    /// The node is of no use.
    Refused(Rule),
}

impl SetUp {
    /// Nobody is told anything yet.
    pub fn new(settings: &Settings) -> Self {
        Self {
            nodes: settings.nodes.clone(),
            neighbors: engine::neighbors(settings),
            asked: 0,
            waiting: BTreeMap::new(),
        }
    }

    /// What a node that was started is asked first.
    pub fn begin(&mut self, node: usize) -> Asked {
        let payload = json!({"node_id": self.nodes.get(node), "node_ids": self.nodes});
        self.ask(node, "init", payload)
    }

    fn ask(&mut self, node: usize, request: &'static str, payload: Value) -> Asked {
        self.asked += 1;
        let msg_id = self.asked;
        self.waiting.insert(node, Waiting { request, msg_id });
        let name = self.nodes.get(node).map_or("", String::as_str);
        Asked {
            kind: request,
            value: None,
            line: requests::line(0, name, msg_id, request, payload),
        }
    }

    /// A node wrote to the harness.
    pub fn heard(&mut self, node: usize, answer: &Envelope) -> Next {
        let waiting = self.waiting.get(&node).copied();
        let Some(Waiting { request, msg_id }) = waiting else {
            return Next::Nothing;
        };
        if answer.in_reply_to() != Some(msg_id) {
            let unlinked = requests::unlinked(request, msg_id, answer);
            return unlinked.map_or(Next::Nothing, |answer| refused(request, answer));
        }
        self.waiting.remove(&node);
        match (request, answer.kind.as_str()) {
            ("init", "init_ok") => {
                let payload = json!({"topology": self.neighbors});
                Next::Ask(self.ask(node, "topology", payload))
            }
            ("topology", "topology_ok") => Next::Nothing,
            _ => refused(request, requests::refusal(request, answer)),
        }
    }

    /// Whether all know who they are.
    pub fn is_done(&self) -> bool {
        self.waiting.is_empty()
    }

    /// A node that has not answered, and the rule that it breaks thereby.
    pub fn overdue(&self) -> Option<(usize, Rule)> {
        let (node, Waiting { request, .. }) = self.waiting.first_key_value()?;
        let (request, answer) = (*request, None);
        Some((*node, Rule::NotSetUp { request, answer }))
    }
}

fn refused(request: &'static str, answer: String) -> Next {
    let answer = Some(answer);
    Next::Refused(Rule::NotSetUp { request, answer })
}

//! The set-up of a case's cluster: each node gets `init` with its name, then `topology` with its neighbors,
//! unless the case has `--topology none`. Pure.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cluster::envelope::Envelope;
use crate::cluster::requests;
use crate::cluster::router::Asked;
use crate::cluster::settings::Settings;
use crate::message::reply::SetUpAnswer;
use crate::message::rule::Rule;

/// What the nodes are told, and which of them still have to answer.
#[derive(Debug)]
pub struct SetUp {
    nodes: Vec<String>,
    /// `None`: nobody is told of neighbors.
    neighbors: Option<Value>,
    asked: u64,
    waiting: BTreeMap<usize, Waiting>,
    /// By node, an answer without a line break.
    unended: BTreeMap<usize, Vec<u8>>,
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
    Nothing,
    Ask(Asked),
    /// The node is of no use.
    Refused(Rule),
}

impl SetUp {
    /// Nobody is told anything yet. `has_topology`: whether nodes are told of their neighbors.
    pub fn new(settings: &Settings, has_topology: bool) -> Self {
        Self {
            nodes: settings.nodes.clone(),
            neighbors: has_topology.then(|| settings.neighbors()),
            asked: 0,
            waiting: BTreeMap::new(),
            unended: BTreeMap::new(),
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
            ("init", "init_ok") => match self.neighbors.clone() {
                Some(neighbors) => {
                    let payload = json!({"topology": neighbors});
                    Next::Ask(self.ask(node, "topology", payload))
                }
                None => Next::Nothing,
            },
            ("topology", "topology_ok") => Next::Nothing,
            _ => refused(request, requests::refusal(answer)),
        }
    }

    /// Whether all know who they are.
    pub fn is_done(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether a node has still to answer `init`.
    pub fn awaits_init_ok(&self, node: usize) -> bool {
        let waiting = self.waiting.get(&node);
        waiting.is_some_and(|waiting| waiting.request == "init")
    }

    /// Whether a node still has to answer.
    pub fn waits_for(&self, node: usize) -> bool {
        self.waiting.contains_key(&node)
    }

    /// What nodes have written by now of lines that they haven't ended.
    pub fn unended<'line>(&mut self, lines: impl Iterator<Item = (usize, &'line [u8])>) {
        let asked = lines.filter(|(node, _)| self.waiting.contains_key(node));
        let whole = asked.filter(|(_, line)| requests::is_unended_answer(line));
        self.unended = whole.map(|(node, line)| (node, line.to_vec())).collect();
    }

    /// A node that has not answered, the rule that it breaks thereby, and what it wrote all the same.
    pub fn overdue(&self) -> Option<(usize, Rule, &[u8])> {
        let (node, Waiting { request, .. }) = self.waiting.first_key_value()?;
        let unended = self.unended.get(node).map_or(&b""[..], Vec::as_slice);
        let request = *request;
        let answer = requests::is_unended_answer(unended).then_some(SetUpAnswer::Unended);
        Some((*node, Rule::NotSetUp { request, answer }, unended))
    }
}

fn refused(request: &'static str, answer: SetUpAnswer) -> Next {
    let answer = Some(answer);
    Next::Refused(Rule::NotSetUp { request, answer })
}

//! What has been done to a cluster by some line of its case, so that nothing is asked of it that can't
//! be or that means nothing. Pure: it follows the file, no run.

use serde_json::Value;

use super::act::Act;
use super::cluster::Cluster;
use super::syntax::{self, Problem, Refusal};
use crate::message;

/// The cluster of a case, as the lines so far have left it.
#[derive(Debug)]
pub struct NodeFates {
    cluster: Cluster,
    nodes: Vec<NodeState>,
    cuts: usize,
    loss: f64,
    duplicate: f64,
}

/// How a node fares, and since which line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NodeState {
    Well,
    Paused(usize),
    Dead(usize),
}

impl NodeFates {
    pub fn new(cluster: Cluster) -> Self {
        Self {
            nodes: vec![NodeState::Well; cluster.nodes.len()],
            cluster,
            cuts: 0,
            loss: 0.0,
            duplicate: 0.0,
        }
    }

    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Something is done on a line.
    ///
    /// # Errors
    /// Why it would change nothing.
    pub fn act(&mut self, line: usize, verb: &'static str, act: &Act) -> Result<(), Problem> {
        let vain = match act {
            Act::Kill(node) => self.becomes(*node, NodeState::Dead(line), |fate| {
                !matches!(fate, NodeState::Dead(_))
            }),
            Act::Pause(node) => self.becomes(*node, NodeState::Paused(line), |fate| {
                fate == NodeState::Well
            }),
            Act::Resume(node) => self.becomes(*node, NodeState::Well, |fate| {
                matches!(fate, NodeState::Paused(_))
            }),
            Act::Restart(node) => self.becomes(*node, NodeState::Well, |_| true),
            Act::Cut(_) => {
                self.cuts += 1;
                None
            }
            Act::Lose(probability) => changed(&mut self.loss, *probability),
            Act::Duplicate(probability) => changed(&mut self.duplicate, *probability),
            Act::Heal => self.heal(),
        };
        match vain {
            None => Ok(()),
            Some(reason) => Err(Problem::InVain { verb, reason }),
        }
    }

    /// Changes a node's fate; why not, if it can't be changed so.
    fn becomes(
        &mut self,
        node: usize,
        new: NodeState,
        may: impl Fn(NodeState) -> bool,
    ) -> Option<String> {
        let name = self.cluster.name(node).to_owned();
        let fate = self.nodes.get_mut(node)?;
        if !may(*fate) {
            return Some(match fate {
                NodeState::Well => format!("{name} is running"),
                NodeState::Paused(line) => format!("{name} stands still since line {line}"),
                NodeState::Dead(line) => format!("{name} is dead since line {line}"),
            });
        }
        *fate = new;
        None
    }

    fn heal(&mut self) -> Option<String> {
        let paused = |fate: &&mut NodeState| matches!(fate, NodeState::Paused(_));
        let mut healed = self.cuts > 0 || self.loss > 0.0 || self.duplicate > 0.0;
        for fate in self.nodes.iter_mut().filter(paused) {
            *fate = NodeState::Well;
            healed = true;
        }
        (self.cuts, self.loss, self.duplicate) = (0, 0.0, 0.0);
        (!healed).then(|| "nothing is wrong that it could heal".to_owned())
    }

    /// A line is sent; `message`: what it says, if it is JSON.
    ///
    /// # Errors
    /// Why it can't be.
    pub fn send(&self, line: &str, message: Option<&Value>) -> Result<(), Refusal> {
        let names = message
            .and_then(|message| Some((message::source(message)?, message::destination(message)?)));
        let Some((source, destination)) = names else {
            return Err((1, Problem::NoEnvelope));
        };
        let at = |name| syntax::column(line, name);
        if message::client(source).is_none_or(|number| number == 0) {
            let found = source.to_owned();
            return Err((at(source), Problem::NoClient { found }));
        }
        let Some(node) = self.cluster.number(destination) else {
            return Err((at(destination), self.cluster.unknown(destination)));
        };
        match self.nodes.get(node) {
            Some(NodeState::Dead(killed)) => {
                let (node, killed) = (destination.to_owned(), *killed);
                Err((at(destination), Problem::DeadNode { node, killed }))
            }
            _ => Ok(()),
        }
    }

    /// Why it can't be waited for what this message is answered, if so.
    pub fn unanswerable(&self, message: &Value) -> Option<String> {
        if message::msg_id(message).is_none() {
            return Some("the message after it has no msg_id, so nobody answers it".to_owned());
        }
        let node = self.cluster.number(message::destination(message)?)?;
        match self.nodes.get(node)? {
            NodeState::Paused(line) => {
                let name = self.cluster.name(node);
                Some(format!(
                    "{name} stands still since line {line}, so it answers nothing"
                ))
            }
            NodeState::Well | NodeState::Dead(_) => None,
        }
    }
}

fn changed(value: &mut f64, new: f64) -> Option<String> {
    // What was written is compared, not what was reckoned.
    if value.to_bits() == new.to_bits() {
        return Some(format!("it is {new} already"));
    }
    *value = new;
    None
}

//! Golden cases with a cluster: what `@cluster` says of its nodes and of the network between them.
//! Pure; what is done to it between two messages is [`super::act`].

use std::collections::BTreeSet;
use std::time::Duration;

use super::nearest::nearest;
use super::syntax::{Problem, Refusal, SyntaxWord};
use crate::message;
use crate::net::network::Distribution;
use crate::net::topology::Topology;

/// The nodes of a case and the network between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Where it stands in the `.in`.
    pub line: usize,
    /// The names of the nodes.
    pub nodes: Vec<String>,
    /// What they are told of their neighbors; `None`: they get no `topology` message.
    pub topology: Option<Topology>,
    /// The mean time that a message between nodes is under way.
    pub latency: Duration,
    pub distribution: Distribution,
    pub seed: u64,
}

impl Cluster {
    /// Reads the argument of an `@cluster` on this line; `column`: where one would stand.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: usize, column: usize, words: &[SyntaxWord<'_>]) -> Result<Self, Refusal> {
        let mut cluster = Self {
            line,
            nodes: Vec::new(),
            topology: Some(Topology::Grid),
            latency: Duration::ZERO,
            distribution: Distribution::Constant,
            seed: 0,
        };
        let (mut seen, mut named) = (BTreeSet::new(), BTreeSet::new());
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if !word.text.starts_with("--") {
                cluster.add(word)?;
                if !named.insert(word.text) {
                    return Err(word.refused("cluster", "each node once"));
                }
                continue;
            }
            if !seen.insert(word.text) {
                return Err(word.refused("cluster", "each option once"));
            }
            cluster.option(word, words.next())?;
        }
        if cluster.nodes.is_empty() {
            let wants = "names of nodes, as in `n0 n1 n2 --topology line`";
            let word = SyntaxWord { column, text: "" };
            return Err(word.refused("cluster", wants));
        }
        Ok(cluster)
    }

    fn add(&mut self, word: &SyntaxWord<'_>) -> Result<(), Refusal> {
        if word.text.contains(',') {
            let wants = "names of nodes with spaces between them, as in `n0 n1 n2`";
            return Err(word.refused("cluster", wants));
        }
        if !word.text.starts_with(char::is_alphanumeric) || message::client(word.text).is_some() {
            let wants = "names of nodes, as in `n0` (`c1` is a client's)";
            return Err(word.refused("cluster", wants));
        }
        self.nodes.push(word.text.to_owned());
        Ok(())
    }

    fn option(
        &mut self,
        option: &SyntaxWord<'_>,
        value: Option<&SyntaxWord<'_>>,
    ) -> Result<(), Refusal> {
        const OPTIONS: [&str; 4] = ["--topology", "--latency", "--latency-dist", "--seed"];
        let end = option.column + option.text.chars().count() + 1;
        let nothing = SyntaxWord {
            column: end,
            text: "",
        };
        let value = value.unwrap_or(&nothing);
        let bad = |verb, wants| value.refused(verb, wants);
        match option.text {
            "--topology" => {
                let wants = "`grid`, `line`, `tree`, `tree2`, `tree3`, `tree4`, `total` or `none`";
                let topology = match value.text {
                    "none" => Some(None),
                    name => name.parse().ok().map(Some),
                };
                self.topology = topology.ok_or_else(|| bad("cluster --topology", wants))?;
            }
            "--latency" => {
                let milliseconds = value.text.parse().ok().map(Duration::from_millis);
                let wants = "milliseconds, as in `10`";
                self.latency = milliseconds.ok_or_else(|| bad("cluster --latency", wants))?;
            }
            "--latency-dist" => {
                let wants = "`constant`, `uniform` or `exponential`";
                let found = distribution(value.text);
                self.distribution = found.ok_or_else(|| bad("cluster --latency-dist", wants))?;
            }
            "--seed" => {
                let seed = value.text.parse().ok();
                self.seed = seed.ok_or_else(|| bad("cluster --seed", "a number, as in `7`"))?;
            }
            unknown => {
                let problem = Problem::UnknownOption {
                    option: unknown.to_owned(),
                    nearest: nearest(OPTIONS, unknown),
                };
                return Err((option.column, problem));
            }
        }
        Ok(())
    }

    /// The number of the node with this name.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.nodes.iter().position(|known| known == name)
    }

    /// The name of a node.
    pub fn name(&self, node: usize) -> &str {
        self.nodes.get(node).map_or("", String::as_str)
    }

    /// The node that a word names.
    pub(super) fn node(&self, word: &SyntaxWord<'_>) -> Result<usize, Refusal> {
        self.number(word.text)
            .ok_or_else(|| (word.column, self.unknown(word.text)))
    }

    /// That no node has this name.
    pub fn unknown(&self, name: &str) -> Problem {
        Problem::UnknownNode {
            name: name.to_owned(),
            nearest: nearest(self.nodes.iter().map(String::as_str), name).to_owned(),
        }
    }
}

fn distribution(name: &str) -> Option<Distribution> {
    match name {
        "constant" => Some(Distribution::Constant),
        "uniform" => Some(Distribution::Uniform),
        "exponential" => Some(Distribution::Exponential),
        _ => None,
    }
}

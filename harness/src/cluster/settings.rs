//! What a test of a cluster is: its nodes, its load, its network, its faults and its budgets.
//!
//! Two runs with the same settings have the same load, the same fault schedule, and draw the same
//! latencies and losses. Where they come from (the command line, a stored run) is known elsewhere.

use std::num::NonZeroUsize;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::workload::kind::WorkloadKind;
use crate::encoding::{nanoseconds, quantiles};
use crate::net::fault::FaultKind;
use crate::net::network::Distribution;
use crate::net::topology::Topology;
use crate::txn::model::Model;

/// How long a client waits for a reply, unless said: as in Maelstrom.
pub const CLIENT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a node may take to answer `init`, unless said: as in Maelstrom.
pub const INIT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long nodes may take to exit once their stdin is closed, unless said.
pub const EXIT_TIMEOUT: Duration = Duration::from_millis(200);

/// What transactions must keep, unless said: as in Maelstrom.
pub const MODELS: [Model; 1] = [Model::StrictSerializable];

/// How long the checkers of a run may take, unless said.
pub const CHECK_LIMIT: Duration = Duration::from_secs(60);

/// Everything that decides how a run goes, but for the nodes themselves and the machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub workload: WorkloadKind,
    /// The names of the nodes.
    pub nodes: Vec<String>,
    /// How many clients there are; client i talks to node i mod n, one request at a time.
    pub clients: usize,
    /// How long the load lasts; set-up, recovery and judging not counted.
    #[serde(with = "nanoseconds")]
    pub time_limit: Duration,
    /// Requests a second, of all clients together.
    pub rate: f64,
    /// The mean time that a message between nodes is under way.
    #[serde(with = "nanoseconds")]
    pub latency: Duration,
    pub distribution: Distribution,
    /// How probable it is that a message between nodes gets lost, 0 to 1.
    pub loss: f64,
    /// How probable it is that one arrives twice, 0 to 1.
    pub duplicate: f64,
    /// What the nodes are told of their neighbors.
    pub topology: Topology,
    pub nemesis: Vec<FaultKind>,
    /// From one change of a kind of faults (it begins, it ends) to the next.
    #[serde(with = "nanoseconds")]
    pub nemesis_interval: Duration,
    /// How long the nodes may take, once all is healed, until each holds every value.
    #[serde(with = "nanoseconds")]
    pub recovery: Duration,
    /// How long a client waits for a reply.
    #[serde(with = "nanoseconds")]
    pub client_timeout: Duration,
    /// How long a node may take to answer `init`, and as long again for each request of the set-up
    /// that follows it.
    #[serde(with = "nanoseconds")]
    pub init_timeout: Duration,
    /// How long nodes may take to exit once their stdin is closed, before they are killed.
    #[serde(with = "nanoseconds")]
    pub exit_timeout: Duration,
    /// Whether a value may go down with the nodes that held it.
    pub durable: bool,
    /// What the run must keep within to be valid.
    pub budgets: Budgets,
    /// Which keys clients use, where requests have keys.
    #[serde(default, skip_serializing_if = "KeyChoice::is_usual")]
    pub keys: KeyChoice,
    /// How many operations a transaction has at most.
    #[serde(default = "txn_length", skip_serializing_if = "is_txn_length")]
    pub txn_length_max: NonZeroUsize,
    /// How it is judged.
    #[serde(default, skip_serializing_if = "Judging::is_usual")]
    pub judging: Judging,
    /// Fixes what is left to chance.
    pub seed: u64,
}

/// What a run must keep within to be valid.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Budgets {
    /// How many of the requests must succeed, 0 to 1: of those to nodes that no fault had stopped.
    pub availability: Option<f64>,
    /// Messages between nodes per request, at most.
    pub messages_per_operation: Option<f64>,
    /// Quantiles (0 to 1) of the stable latencies, each with its most.
    #[serde(with = "quantiles")]
    pub latency: Vec<(f64, Duration)>,
}

/// Which keys clients use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChoice {
    /// How many at a time.
    pub count: NonZeroUsize,
    /// How often each is written to until another one takes its place.
    pub writes_max: NonZeroUsize,
}

impl KeyChoice {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for KeyChoice {
    fn default() -> Self {
        let [count, writes_max] =
            [10, 16].map(|number| NonZeroUsize::new(number).unwrap_or(NonZeroUsize::MIN));
        Self { count, writes_max }
    }
}

/// How many operations a transaction has at most, unless said: as in Maelstrom.
fn txn_length() -> NonZeroUsize {
    NonZeroUsize::new(4).unwrap_or(NonZeroUsize::MIN)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_txn_length(length: &NonZeroUsize) -> bool {
    *length == txn_length()
}

/// How a run is judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judging {
    /// How long its checkers may take together.
    #[serde(with = "nanoseconds")]
    pub check_limit: Duration,
    /// Whether error 22 to a CAS says only that nothing was done, as Maelstrom takes it, and not that the value
    /// is another one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cas_conflicts: bool,
    /// What transactions must keep; empty stands for [`MODELS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<Model>,
    /// Whether nodes must agree on what transactions wrote once all is healed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub converges: bool,
}

impl Judging {
    pub fn models(&self) -> &[Model] {
        if self.models.is_empty() {
            &MODELS
        } else {
            &self.models
        }
    }

    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Judging {
    fn default() -> Self {
        Self {
            check_limit: CHECK_LIMIT,
            cas_conflicts: false,
            models: Vec::new(),
            converges: false,
        }
    }
}

impl Default for Settings {
    /// Maelstrom's defaults: five nodes in a grid, five requests a second for a minute.
    fn default() -> Self {
        Self {
            workload: WorkloadKind::default(),
            nodes: names(5),
            clients: 5,
            time_limit: Duration::from_secs(60),
            rate: 5.0,
            latency: Duration::ZERO,
            distribution: Distribution::Constant,
            loss: 0.0,
            duplicate: 0.0,
            topology: Topology::Grid,
            nemesis: Vec::new(),
            nemesis_interval: Duration::from_secs(10),
            recovery: Duration::from_secs(10),
            client_timeout: CLIENT_TIMEOUT,
            init_timeout: INIT_TIMEOUT,
            exit_timeout: EXIT_TIMEOUT,
            durable: false,
            budgets: Budgets::default(),
            keys: KeyChoice::default(),
            txn_length_max: txn_length(),
            judging: Judging::default(),
            seed: 0,
        }
    }
}

impl Settings {
    /// The defaults, with so many nodes.
    pub fn of_nodes(count: usize) -> Self {
        Self {
            nodes: names(count),
            ..Self::default()
        }
    }

    /// The neighbors of each node by its name, as nodes are told of them.
    pub fn neighbors(&self) -> Value {
        let all = self.topology.neighbors(self.nodes.len()).into_iter();
        let names = all.map(|neighbors| {
            let names = neighbors
                .into_iter()
                .filter_map(|node| self.nodes.get(node));
            names.map(String::as_str).collect::<Value>()
        });
        Value::Object(self.nodes.iter().cloned().zip(names).collect())
    }
}

/// The names of `count` nodes: n0, n1, …
pub fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("n{number}")).collect()
}

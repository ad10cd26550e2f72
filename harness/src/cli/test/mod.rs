//! The arguments of `harness test`, Maelstrom's own and ours, and the settings that they make.
//!
//! A profile is a set of defaults: any other argument beats it. `values` parses single values,
//! `limits` refuses tests that are too large.

pub mod limits;
mod profile;
pub(super) mod values;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use limits::TooLarge;
pub use profile::Profile;
use values::{
    Concurrency, Models, parse_availability, parse_budget, parse_concurrency, parse_exit_timeout,
    parse_milliseconds, parse_models, parse_name, parse_probability, parse_quantile, parse_rate,
    parse_recovery, parse_seconds, topologies,
};

use super::{parse_count, parse_jobs, parse_keys, parse_nodes, parse_runs};
use crate::cluster::settings::{self, Budgets, Judging, KeyChoice, Settings};
use crate::cluster::workload::kind::WorkloadKind;
use crate::net::fault::FaultKind;
use crate::net::network::Distribution;
use crate::net::topology::Topology;

/// How to test a cluster.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Profiles are the challenges of Gossip Glomers: 1 (echo, 1 node, 10 s); 2 (unique-ids, 3 nodes, 1000 requests a second, partitions, all of which must succeed, 30 s); broadcast: 3a (1 node), 3b (5 nodes), 3c (5 nodes, \
partitions): 10 requests a second; 3d, 3e: 25 nodes, 100 requests a second, latency 100 ms, at most 30 \
messages per operation and latencies of 400 ms (median) and 600 ms (maximum), or 20, 1 s and 2 s; all for \
20 s; 4 (g-counter, whose sum nodes keep in seq-kv, 3 nodes, 100 requests a second, partitions, 20 s); \
kafka, 1000 requests a second of two clients for each node, 20 s: 5a (1 node), 5b and 5c (2 nodes); transactions, 1000 a second of two clients for each node, 20 s: 6a (1 node, read-uncommitted, all must succeed), 6b (2 nodes, read-uncommitted; then again with --availability total --nemesis partition), 6c (2 nodes, read-committed, partitions, all must succeed). With --nemesis or --loss a profile's latencies are no budget: what is cut off arrives late.

Words: ack to last node: the time from a value's acknowledgement until it has come to the last live node. \
Stable latency: the time from its acknowledgement until every later read shows it, as Maelstrom measures it; \
a value whose stable latency is not 0 is stale, one that the last reads don't show is lost.

Exit status: 0 valid; 1 not valid; 2 it could not be run, or could not be judged, as \
the machine was too busy or the check took longer than --check-limit; \
130 interrupted."
)]
pub struct TestArguments {
    /// The requests that clients send [default: broadcast]
    #[arg(short, long, value_enum, value_name = "NAME")]
    pub workload: Option<Workload>,

    /// The node: a file, never looked up in $PATH [default, inside the harness's own repository: the
    /// `node` built beside the harness]
    #[arg(long, value_name = "PATH")]
    pub bin: Option<PathBuf>,

    /// Nodes, rate, time limit, latency, nemesis and budgets in one word
    #[arg(long, value_enum, value_name = "NAME")]
    pub profile: Option<Profile>,

    /// How many nodes: n0, n1, …, at most 1000 [default: 5]
    #[arg(long, value_name = "N", value_parser = parse_nodes, conflicts_with = "nodes")]
    pub node_count: Option<NonZeroUsize>,

    /// The names of the nodes, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = parse_name)]
    pub nodes: Vec<String>,

    /// How long clients ask, in seconds; set-up, recovery and judging not counted [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, allow_hyphen_values = true)]
    pub time_limit: Option<Duration>,

    /// Requests a second, of all clients together [default: 5]
    #[arg(long, value_name = "PER SECOND", value_parser = parse_rate, allow_hyphen_values = true)]
    pub rate: Option<f64>,

    /// How many clients, as in 10, or 2n for two a node; each asks one thing at a time [default: 1n; lin-kv: 2n]
    #[arg(long, value_name = "N", value_parser = parse_concurrency, allow_hyphen_values = true)]
    pub concurrency: Option<Concurrency>,

    /// How long a message between nodes takes, in milliseconds: the mean [default: 0]
    #[arg(long, value_name = "MS", value_parser = parse_milliseconds, allow_hyphen_values = true)]
    pub latency: Option<Duration>,

    /// Distribution of the latency
    #[arg(long, value_enum, value_name = "NAME", default_value_t = LatencyDistribution::Constant)]
    pub latency_dist: LatencyDistribution,

    /// Probability that a message between nodes is lost, 0 to 1
    #[arg(long, value_name = "P", value_parser = parse_probability, default_value = "0", allow_hyphen_values = true)]
    pub loss: f64,

    /// Probability that a message between nodes arrives twice, 0 to 1
    #[arg(long, value_name = "P", value_parser = parse_probability, default_value = "0", allow_hyphen_values = true)]
    pub duplicate: f64,

    /// The neighbors that each node is told: grid, line, tree (= tree2), tree3, tree4, total
    #[arg(long, value_name = "NAME", value_parser = topologies(), default_value = "grid")]
    pub topology: Topology,

    /// The faults, separated by commas: partition, kill, pause, restart
    #[arg(long, value_enum, value_name = "FAULTS", value_delimiter = ',')]
    pub nemesis: Vec<Nemesis>,

    /// From the beginning of a fault to its end, and from there to the next, in seconds [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, allow_hyphen_values = true)]
    pub nemesis_interval: Option<Duration>,

    /// How long nodes may take, once all is healed, until each holds every value: at most 10 seconds
    #[arg(long, value_name = "SECONDS", value_parser = parse_recovery, default_value = "10", allow_hyphen_values = true)]
    pub recovery: Duration,

    /// How long a client waits for a reply, in seconds [default: 5; lin-kv: ten times the latency, at least 1]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, allow_hyphen_values = true)]
    pub client_timeout: Option<Duration>,

    /// How long a node may take to answer init, in seconds, and as long again to answer topology
    /// [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, allow_hyphen_values = true)]
    pub init_timeout: Option<Duration>,

    /// How long nodes may take to exit once their stdin is closed, in seconds; then they are killed
    /// [default: 0.2]
    #[arg(long, value_name = "SECONDS", value_parser = parse_exit_timeout, allow_hyphen_values = true)]
    pub exit_timeout: Option<Duration>,

    /// Make the run invalid, too, when all nodes that held a value were killed or restarted
    #[arg(long)]
    pub durable: bool,

    /// How many requests must succeed: total, or a fraction; those to nodes that a fault had stopped
    /// don't count
    #[arg(long, value_name = "FRACTION", value_parser = parse_availability, allow_hyphen_values = true)]
    pub availability: Option<f64>,

    /// How many messages between nodes there may be per request
    #[arg(long, value_name = "X", value_parser = parse_budget, allow_hyphen_values = true)]
    pub max_msgs_per_op: Option<f64>,

    /// How long a value may take until every read shows it, in milliseconds, as in P50=400,P100=600
    #[arg(long, value_name = "P=MS", value_delimiter = ',', value_parser = parse_quantile)]
    pub max_latency: Vec<(f64, Duration)>,

    /// How many keys clients use at a time: of kafka and transactions [default: 10]
    #[arg(long, value_name = "N", value_parser = parse_keys)]
    pub key_count: Option<NonZeroUsize>,

    /// How often a key is written to until another one takes its place: of kafka and
    /// transactions [default: 16]
    #[arg(long, value_name = "N", value_parser = parse_count)]
    pub max_writes_per_key: Option<NonZeroUsize>,

    /// How many operations a transaction has at most [default: 4]
    #[arg(long, value_name = "N", value_parser = parse_count)]
    pub max_txn_length: Option<NonZeroUsize>,

    /// How the run is judged
    #[command(flatten)]
    pub judging: JudgingArguments,

    /// Seed of the load, latencies, losses and faults [default: random, printed]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// How often to run it, each time with the next seed
    #[arg(long, value_name = "N", value_parser = parse_runs, default_value = "1")]
    pub test_count: NonZeroUsize,

    /// How many runs at once [default: one for four cores]
    #[arg(long, value_name = "N", value_parser = parse_jobs)]
    pub jobs: Option<NonZeroUsize>,

    /// The folder for the files of the run [default: store/TIME-SEED]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Write JSON lines to a file: one for each run, with what its results.json says
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Write a JUnit report to a file: a test case for each run
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Show each invalid run in full, also those whose cause was shown
    #[arg(long, short, conflicts_with = "quiet")]
    pub verbose: bool,

    /// Show only the first line of what is wrong with each run, and the last line
    #[arg(long, short)]
    pub quiet: bool,

    /// What to show while it runs
    #[command(flatten)]
    pub log: Log,

    /// The node's arguments
    #[arg(last = true, value_name = "NODE ARGS")]
    pub node_args: Vec<OsString>,
}

/// How a run is judged, also when its files are judged again.
#[derive(Debug, Clone, Args)]
pub struct JudgingArguments {
    /// How long the check of a run may take, in seconds; then it says how far it came, and the run could not be
    /// judged [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, allow_hyphen_values = true)]
    pub check_limit: Option<Duration>,

    /// Of lin-kv: error 22 to a cas says only that nothing was done, as Maelstrom takes it, and not that the value
    /// is another one
    #[arg(long)]
    pub cas_conflicts: bool,

    /// The consistency models that transactions must keep, with commas between them [default:
    /// strict-serializable]
    #[arg(long, value_name = "MODELS", value_parser = parse_models)]
    pub consistency_models: Option<Models>,
}

impl JudgingArguments {
    /// How a run is judged that would be judged so.
    pub fn over(&self, base: &Judging) -> Judging {
        Judging {
            check_limit: self.check_limit.unwrap_or(base.check_limit),
            cas_conflicts: self.cas_conflicts || base.cas_conflicts,
            models: match &self.consistency_models {
                Some(Models(models)) => models.clone(),
                None => base.models.clone(),
            },
            converges: base.converges,
        }
    }
}

/// What to show while a test runs.
#[derive(Debug, Clone, Copy, Args)]
pub struct Log {
    /// Show what nodes write to stderr
    #[arg(long)]
    pub log_stderr: bool,

    /// Show each message when it is sent
    #[arg(long)]
    pub log_net_send: bool,

    /// Show each message when it arrives
    #[arg(long)]
    pub log_net_recv: bool,
}

/// What clients ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// Broadcast values, and read all of them
    Broadcast,
    /// Send a text, and want it back
    Echo,
    /// Add to a number that only grows, and read it
    GCounter,
    /// Add elements to a set, and read all of them
    GSet,
    /// Send messages to logs, and poll them
    Kafka,
    /// Read, write, and compare and set the values of keys
    LinKv,
    /// Add to a number, and read it
    PnCounter,
    /// Run transactions that append to lists and read them
    TxnListAppend,
    /// Run transactions that write registers and read them
    TxnRwRegister,
    /// Want ids, no two of them the same
    UniqueIds,
}

/// How latencies spread around their mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LatencyDistribution {
    /// Always the mean
    Constant,
    /// Anything from nothing to twice the mean
    Uniform,
    /// Mostly short, rarely very long
    Exponential,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Nemesis {
    /// Some nodes can't reach others for a while
    Partition,
    /// A node is killed and stays dead
    Kill,
    /// A node stands still for a while
    Pause,
    /// A node is killed, and started again after a while
    Restart,
}

/// Why arguments make no test.
#[derive(Debug, Clone, PartialEq)]
pub enum BadTest {
    /// Two nodes have one name.
    SameName(String),
    /// So many clients can't be divided into groups of this size.
    OddGroup {
        /// How many clients.
        clients: usize,
        /// How many are in a group.
        group: usize,
    },
    /// There is too much of something.
    TooLarge(TooLarge),
}

impl TestArguments {
    /// The test that the arguments ask for.
    ///
    /// # Errors
    /// Where they contradict each other.
    pub fn settings(&self, seed: u64) -> Result<Settings, BadTest> {
        let base = self
            .profile
            .map_or_else(Settings::default, Profile::settings);
        // A challenge's clients are so many for each node.
        let per_node = base.clients / base.nodes.len().max(1);
        let nodes = self.node_names(base.nodes);
        let mut names: Vec<_> = nodes.iter().collect();
        names.sort();
        if let Some([name, _]) = names
            .windows(2)
            .find(|pair| matches!(pair, [a, b] if a == b))
        {
            return Err(BadTest::SameName((*name).clone()));
        }
        let latency = self.budget_latencies(base.budgets.latency);
        let mut nemesis = base.nemesis;
        nemesis.extend(self.nemesis.iter().copied().map(FaultKind::from));
        nemesis.sort();
        nemesis.dedup();
        let workload = self.workload.map_or(base.workload, WorkloadKind::from);
        let latency_mean = self.latency.unwrap_or(base.latency);
        let settings = Settings {
            workload,
            clients: self.clients(workload, nodes.len(), per_node)?,
            nodes,
            time_limit: self.time_limit.unwrap_or(base.time_limit),
            rate: self.rate.unwrap_or(base.rate),
            latency: latency_mean,
            distribution: self.latency_dist.into(),
            loss: self.loss,
            duplicate: self.duplicate,
            topology: self.topology,
            nemesis,
            nemesis_interval: self.nemesis_interval.unwrap_or(base.nemesis_interval),
            recovery: self.recovery,
            client_timeout: self
                .client_timeout
                .unwrap_or_else(|| workload.client_timeout(latency_mean)),
            init_timeout: self.init_timeout.unwrap_or(base.init_timeout),
            exit_timeout: self.exit_timeout.unwrap_or(base.exit_timeout),
            durable: self.durable,
            budgets: Budgets {
                availability: self.availability.or(base.budgets.availability),
                messages_per_operation: self
                    .max_msgs_per_op
                    .or(base.budgets.messages_per_operation),
                latency,
            },
            keys: KeyChoice {
                count: self.key_count.unwrap_or(base.keys.count),
                writes_max: self.max_writes_per_key.unwrap_or(base.keys.writes_max),
            },
            txn_length_max: self.max_txn_length.unwrap_or(base.txn_length_max),
            judging: self.judging.over(&base.judging),
            seed,
        };
        limits::check(&settings).map_err(BadTest::TooLarge)?;
        Ok(settings)
    }

    /// How many clients there are. `per_node`: how many a node has unless that is said, or the workload wants
    /// more.
    fn clients(
        &self,
        workload: WorkloadKind,
        nodes: usize,
        per_node: usize,
    ) -> Result<usize, BadTest> {
        let group = workload.clients_together(nodes);
        let clients = match self.concurrency {
            None => group.max(per_node.saturating_mul(nodes)),
            Some(Concurrency::Clients(count)) => count,
            Some(Concurrency::PerNode(count)) => count.saturating_mul(nodes),
        };
        let is_whole = workload != WorkloadKind::LinKv || clients.is_multiple_of(group);
        is_whole
            .then_some(clients)
            .ok_or(BadTest::OddGroup { clients, group })
    }

    fn node_names(&self, base: Vec<String>) -> Vec<String> {
        match self.node_count {
            Some(count) => settings::names(count.get()),
            None if self.nodes.is_empty() => base,
            None => self.nodes.clone(),
        }
    }

    /// A challenge's latencies are those of a network in which nothing goes wrong: where something
    /// does, only those count that the user says.
    fn budget_latencies(&self, base: Vec<(f64, Duration)>) -> Vec<(f64, Duration)> {
        let is_healthy = self.nemesis.is_empty() && self.loss <= 0.0;
        if self.max_latency.is_empty() && !is_healthy {
            Vec::new()
        } else if self.max_latency.is_empty() {
            base
        } else {
            self.max_latency.clone()
        }
    }
}

impl From<Workload> for WorkloadKind {
    fn from(workload: Workload) -> Self {
        match workload {
            Workload::Broadcast => Self::Broadcast,
            Workload::Echo => Self::Echo,
            Workload::GCounter => Self::GCounter,
            Workload::GSet => Self::GSet,
            Workload::Kafka => Self::Kafka,
            Workload::LinKv => Self::LinKv,
            Workload::PnCounter => Self::PnCounter,
            Workload::TxnListAppend => Self::TxnListAppend,
            Workload::TxnRwRegister => Self::TxnRwRegister,
            Workload::UniqueIds => Self::UniqueIds,
        }
    }
}

impl From<LatencyDistribution> for Distribution {
    fn from(distribution: LatencyDistribution) -> Self {
        match distribution {
            LatencyDistribution::Constant => Self::Constant,
            LatencyDistribution::Uniform => Self::Uniform,
            LatencyDistribution::Exponential => Self::Exponential,
        }
    }
}

impl From<Nemesis> for FaultKind {
    fn from(nemesis: Nemesis) -> Self {
        match nemesis {
            Nemesis::Partition => Self::Partition,
            Nemesis::Kill => Self::Kill,
            Nemesis::Pause => Self::Pause,
            Nemesis::Restart => Self::Restart,
        }
    }
}

#[cfg(test)]
mod tests;

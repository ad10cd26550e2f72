//! The arguments of `harness test`: Maelstrom's own, and ours; what they make of a test.
//!
//! A profile is a set of defaults: whatever else is said beats it.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::parse_count;
use crate::cluster::network::Distribution;
use crate::cluster::settings::{self, Budgets, FaultKind, Settings};
use crate::cluster::topology::Topology;

/// How to test a cluster.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Profiles are the challenges of Gossip Glomers: 3a (1 node), 3b (5 nodes), 3c (5 nodes, \
partitions): 10 requests a second; 3d, 3e: 25 nodes, 100 requests a second, latency 100 ms, at most 30 \
messages per operation and latencies of 400 ms (median) and 600 ms (maximum), or 20, 1 s and 2 s; all for \
20 s. With --nemesis or --loss a profile's latencies are no budget: what is cut off arrives late.

Exit status: 0 valid; 1 not valid; 2 it could not be run; 130 interrupted."
)]
pub struct TestArguments {
    /// What clients ask
    #[arg(short, long, value_enum, value_name = "NAME", default_value_t = Workload::Broadcast)]
    pub workload: Workload,

    /// The node: a file, never looked up in $PATH [default: the `node` built beside the harness]
    #[arg(long, value_name = "PATH")]
    pub bin: Option<PathBuf>,

    /// Nodes, rate, time limit, latency, nemesis and budgets in one word
    #[arg(long, value_enum, value_name = "NAME")]
    pub profile: Option<Profile>,

    /// How many nodes: n0, n1, … [default: 5]
    #[arg(long, value_name = "N", value_parser = parse_count, conflicts_with = "nodes")]
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

    /// How many clients, as in 10, or 2n for two a node; each asks one thing at a time [default: 1n]
    #[arg(long, value_name = "N", value_parser = parse_concurrency, allow_hyphen_values = true)]
    pub concurrency: Option<Concurrency>,

    /// How long a message between nodes takes, in milliseconds: the mean [default: 0]
    #[arg(long, value_name = "MS", value_parser = parse_milliseconds, allow_hyphen_values = true)]
    pub latency: Option<Duration>,

    /// How these times spread
    #[arg(long, value_enum, value_name = "NAME", default_value_t = LatencyDistribution::Constant)]
    pub latency_dist: LatencyDistribution,

    /// How probable it is that a message between nodes gets lost, 0 to 1
    #[arg(long, value_name = "P", value_parser = parse_probability, default_value = "0", allow_hyphen_values = true)]
    pub loss: f64,

    /// How probable it is that a message between nodes arrives twice, 0 to 1
    #[arg(long, value_name = "P", value_parser = parse_probability, default_value = "0", allow_hyphen_values = true)]
    pub duplicate: f64,

    /// What nodes are told of their neighbors: grid, line, tree (= tree2), tree3, tree4, total
    #[arg(long, value_name = "NAME", value_parser = parse_topology, default_value = "grid")]
    pub topology: Topology,

    /// What goes wrong, separated by commas: partition, kill, pause, restart
    #[arg(long, value_enum, value_name = "FAULTS", value_delimiter = ',')]
    pub nemesis: Vec<Nemesis>,

    /// From the beginning of a fault to its end, and from there to the next, in seconds [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, allow_hyphen_values = true)]
    pub nemesis_interval: Option<Duration>,

    /// How long nodes may take, once all is healed, until each holds every value: at most 10 seconds
    #[arg(long, value_name = "SECONDS", value_parser = parse_recovery, default_value = "10", allow_hyphen_values = true)]
    pub recovery: Duration,

    /// A value that went down with all nodes that held it makes the run invalid, too
    #[arg(long)]
    pub durable: bool,

    /// How many requests must succeed: total, or a fraction; those to nodes that a fault had stopped
    /// don't count
    #[arg(long, value_name = "FRACTION", value_parser = parse_availability, allow_hyphen_values = true)]
    pub availability: Option<f64>,

    /// How many messages between nodes there may be per request
    #[arg(long, value_name = "X", value_parser = parse_rate, allow_hyphen_values = true)]
    pub max_msgs_per_op: Option<f64>,

    /// How long a value may take until every read shows it, in milliseconds, as in P50=400,P100=600
    #[arg(long, value_name = "P=MS", value_delimiter = ',', value_parser = parse_quantile)]
    pub max_latency: Vec<(f64, Duration)>,

    /// What is left to chance: load, latencies, losses and faults [default: another each time]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// How often to run it, each time with the next seed
    #[arg(long, value_name = "N", value_parser = parse_count, default_value = "1")]
    pub test_count: NonZeroUsize,

    /// How many runs at once [default: one for four cores]
    #[arg(long, value_name = "N", value_parser = parse_count)]
    pub jobs: Option<NonZeroUsize>,

    /// Where to keep what happened [default: store/TIME-SEED]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// What to show while it runs
    #[command(flatten)]
    pub log: Log,

    /// The node's arguments
    #[arg(last = true, value_name = "NODE ARGS")]
    pub node_args: Vec<String>,
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
    /// Broadcast values, and read all that there are
    Broadcast,
}

/// A challenge of Gossip Glomers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Single-node broadcast
    #[value(name = "3a")]
    SingleNode,
    /// Multi-node broadcast
    #[value(name = "3b")]
    MultiNode,
    /// Fault-tolerant broadcast
    #[value(name = "3c")]
    FaultTolerant,
    /// Efficient broadcast, part one
    #[value(name = "3d")]
    EfficientOne,
    /// Efficient broadcast, part two
    #[value(name = "3e")]
    EfficientTwo,
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

/// How many clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concurrency {
    /// So many.
    Clients(usize),
    /// So many for each node.
    PerNode(usize),
}

/// Why arguments make no test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadTest {
    /// Two nodes have one name.
    SameName(String),
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
        Ok(Settings {
            clients: match self.concurrency.unwrap_or(Concurrency::PerNode(1)) {
                Concurrency::Clients(count) => count,
                Concurrency::PerNode(count) => count.saturating_mul(nodes.len()),
            },
            nodes,
            time_limit: self.time_limit.unwrap_or(base.time_limit),
            rate: self.rate.unwrap_or(base.rate),
            latency: self.latency.unwrap_or(base.latency),
            distribution: self.latency_dist.into(),
            loss: self.loss,
            duplicate: self.duplicate,
            topology: self.topology,
            nemesis,
            nemesis_interval: self.nemesis_interval.unwrap_or(base.nemesis_interval),
            recovery: self.recovery,
            durable: self.durable,
            budgets: Budgets {
                availability: self.availability.or(base.budgets.availability),
                messages_per_operation: self
                    .max_msgs_per_op
                    .or(base.budgets.messages_per_operation),
                latency,
            },
            seed,
        })
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

impl Profile {
    /// What it stands for.
    fn settings(self) -> Settings {
        let (nodes, rate) = match self {
            Self::SingleNode => (1, 10.0),
            Self::MultiNode | Self::FaultTolerant => (5, 10.0),
            Self::EfficientOne | Self::EfficientTwo => (25, 100.0),
        };
        let milliseconds = Duration::from_millis;
        let (messages, latency) = match self {
            Self::SingleNode | Self::MultiNode | Self::FaultTolerant => (None, Vec::new()),
            Self::EfficientOne => (
                Some(30.0),
                vec![(0.5, milliseconds(400)), (1.0, milliseconds(600))],
            ),
            Self::EfficientTwo => (
                Some(20.0),
                vec![(0.5, milliseconds(1000)), (1.0, milliseconds(2000))],
            ),
        };
        let is_slow = messages.is_some();
        let partitions = (self == Self::FaultTolerant).then_some(FaultKind::Partition);
        Settings {
            nodes: settings::names(nodes),
            rate,
            time_limit: Duration::from_secs(20),
            latency: if is_slow {
                milliseconds(100)
            } else {
                Duration::ZERO
            },
            nemesis: partitions.into_iter().collect(),
            budgets: Budgets {
                availability: None,
                messages_per_operation: messages,
                latency,
            },
            ..Settings::default()
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

fn parse_number(text: &str) -> Option<f64> {
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

fn parse_rate(text: &str) -> Result<f64, String> {
    let number = parse_number(text).filter(|number| *number > 0.0);
    number.ok_or_else(|| "it must be a number above 0".to_owned())
}

fn parse_probability(text: &str) -> Result<f64, String> {
    let number = parse_number(text).filter(|number| *number <= 1.0);
    number.ok_or_else(|| "it must be a number from 0 to 1".to_owned())
}

fn parse_availability(text: &str) -> Result<f64, String> {
    if text == "total" {
        return Ok(1.0);
    }
    parse_probability(text).map_err(|_| "it must be `total` or a number from 0 to 1".to_owned())
}

/// Longer than anybody waits.
const SECONDS_MAX: f64 = 1e6;

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = parse_number(text).filter(|seconds| *seconds > 0.0 && *seconds <= SECONDS_MAX);
    let duration = seconds.map(Duration::from_secs_f64);
    duration.ok_or_else(|| "it must be a number of seconds above 0, as in 20 or 0.5".to_owned())
}

fn parse_recovery(text: &str) -> Result<Duration, String> {
    let seconds = parse_number(text).filter(|seconds| *seconds <= 10.0);
    let duration = seconds.map(Duration::from_secs_f64);
    duration.ok_or_else(|| "it must be a number of seconds from 0 to 10".to_owned())
}

fn parse_milliseconds(text: &str) -> Result<Duration, String> {
    let seconds = parse_number(text).map(|number| number / 1000.0);
    let duration = seconds
        .filter(|seconds| *seconds <= SECONDS_MAX)
        .map(Duration::from_secs_f64);
    duration.ok_or_else(|| "it must be a number of milliseconds, as in 100".to_owned())
}

fn parse_concurrency(text: &str) -> Result<Concurrency, String> {
    let (number, per_node) = match text.strip_suffix('n') {
        Some(number) => (number, true),
        None => (text, false),
    };
    match parse_count(number) {
        Ok(count) if per_node => Ok(Concurrency::PerNode(count.get())),
        Ok(count) => Ok(Concurrency::Clients(count.get())),
        Err(_) => Err("it must be a number from 1 up, or one with an n, as in 2n".to_owned()),
    }
}

fn parse_topology(text: &str) -> Result<Topology, String> {
    let known = text.parse::<Topology>();
    known.map_err(|_| format!("it must be one of {}", Topology::NAMES.join(", ")))
}

fn parse_quantile(text: &str) -> Result<(f64, Duration), String> {
    let parsed = text.split_once('=').and_then(|(quantile, most)| {
        let percent = quantile.trim().strip_prefix(['P', 'p'])?;
        let percent = parse_number(percent).filter(|percent| *percent <= 100.0)?;
        Some((percent / 100.0, parse_milliseconds(most.trim()).ok()?))
    });
    parsed.ok_or_else(|| "it must be a quantile and milliseconds, as in P50=400".to_owned())
}

fn parse_name(text: &str) -> Result<String, String> {
    let client = text
        .strip_prefix('c')
        .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    if text.is_empty() || client {
        return Err("a node has a name, and not that of a client (c1)".to_owned());
    }
    if text.contains(['/', '\\', '\0']) || text.starts_with('.') {
        return Err("a node's log is a file of its name, so it can't be a path".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        test: TestArguments,
    }

    fn settings(line: &str) -> Settings {
        let words = std::iter::once("test").chain(line.split_whitespace());
        Line::try_parse_from(words)
            .unwrap()
            .test
            .settings(7)
            .unwrap()
    }

    #[test]
    fn without_a_word_it_is_maelstroms_default() {
        let default = Settings {
            seed: 7,
            ..Settings::default()
        };
        assert_eq!(settings(""), default);
        assert_eq!(
            settings("-w broadcast --node-count 5 --time-limit 60 --rate 5"),
            default
        );
    }

    #[test]
    fn maelstroms_flags_mean_what_they_mean_there() {
        let test = settings(
            "-w broadcast --nodes a,b,n --time-limit 2.5 --rate 100 --concurrency 4n --latency 100 \
             --latency-dist exponential --topology tree4 --nemesis partition,kill \
             --nemesis-interval 3 --availability total",
        );
        assert_eq!(test.nodes, ["a", "b", "n"]);
        assert_eq!(test.clients, 12);
        assert_eq!(test.time_limit, Duration::from_millis(2500));
        assert_eq!(test.latency, Duration::from_millis(100));
        assert_eq!(test.distribution, Distribution::Exponential);
        assert_eq!(test.topology, Topology::Tree(4));
        assert_eq!(test.nemesis, [FaultKind::Partition, FaultKind::Kill]);
        assert_eq!(test.nemesis_interval, Duration::from_secs(3));
        assert_eq!(test.budgets.availability, Some(1.0));
        assert_eq!(settings("--concurrency 3").clients, 3);
    }

    #[test]
    fn a_profile_is_a_challenge_and_what_is_said_beats_it() {
        for (profile, nodes, rate, latency, budget) in [
            ("3a", 1, 10.0, 0, None),
            ("3b", 5, 10.0, 0, None),
            ("3c", 5, 10.0, 0, None),
            ("3d", 25, 100.0, 100, Some((30.0, 400, 600))),
            ("3e", 25, 100.0, 100, Some((20.0, 1000, 2000))),
        ] {
            let test = settings(&format!("--profile {profile}"));
            assert_eq!(
                (test.nodes.len(), test.clients, test.rate),
                (nodes, nodes, rate)
            );
            assert_eq!(test.time_limit, Duration::from_secs(20));
            assert_eq!(test.latency, Duration::from_millis(latency));
            assert_eq!(test.nemesis.len(), usize::from(profile == "3c"));
            let milliseconds = Duration::from_millis;
            let budgets = budget.map(|(messages, median, maximum)| Budgets {
                availability: None,
                messages_per_operation: Some(messages),
                latency: vec![(0.5, milliseconds(median)), (1.0, milliseconds(maximum))],
            });
            assert_eq!(test.budgets, budgets.unwrap_or_default());
        }
        for faults in ["--nemesis kill", "--loss 0.1"] {
            let test = settings(&format!("--profile 3d {faults}"));
            assert_eq!(test.budgets.messages_per_operation, Some(30.0));
            assert_eq!(test.budgets.latency, [], "what is cut off arrives late");
        }
        let test = settings("--profile 3d --node-count 3 --max-latency P99=5 --nemesis kill");
        assert_eq!(test.nodes.len(), 3);
        assert_eq!(test.budgets.latency, [(0.99, Duration::from_millis(5))]);
        assert_eq!(test.nemesis, [FaultKind::Kill]);
        let both = settings("--profile 3c --nemesis kill,partition").nemesis;
        assert_eq!(both, [FaultKind::Partition, FaultKind::Kill]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            "--time-limit 0",
            "--time-limit -1",
            "--time-limit x",
            "--time-limit 1e300",
            "--rate 0",
            "--rate nan",
            "--loss 1.5",
            "--loss -0.1",
            "--availability 2",
            "--concurrency 0",
            "--concurrency n",
            "--topology ring",
            "--nemesis crash",
            "--recovery 11",
            "--max-latency 50=400",
            "--max-latency P101=4",
            "--nodes c1",
            "--nodes a/b",
            "--nodes ..",
            "--node-count 0",
            "--node-count 2 --nodes a",
            "--latency -1",
            "-w echo",
            "--profile 3f",
            "--test-count 0",
            "--seed -1",
        ] {
            let words = std::iter::once("test").chain(line.split_whitespace());
            assert!(Line::try_parse_from(words).is_err(), "{line}");
        }
        let same = Line::try_parse_from(["test", "--nodes", "a,b,a"]).unwrap();
        assert_eq!(
            same.test.settings(0),
            Err(BadTest::SameName("a".to_owned()))
        );
    }
}

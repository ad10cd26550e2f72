//! How large a test may be. A larger one could take more time, memory and disk than its user expects.

use std::fmt;

use crate::cluster::settings::Settings;
use crate::net::topology::Topology;

/// How many nodes there are at most.
pub const NODES_MAX: usize = 1000;

/// The same where each is told of all as its neighbors: what they are told grows with the cube.
pub const NODES_TOTAL_MAX: usize = 250;

/// How many clients there are at most.
pub const CLIENTS_MAX: usize = 10_000;

/// How many requests a load may have: `--rate` times `--time-limit`.
pub const REQUESTS_MAX: f64 = 100_000.0;

/// How many faults there may be: the number of their kinds times `--time-limit`, over twice the
/// `--nemesis-interval`.
pub const FAULTS_MAX: f64 = 1000.0;

/// Why a test is too large.
#[derive(Debug, Clone, PartialEq)]
pub enum TooLarge {
    /// Too many nodes.
    Nodes(usize),
    /// Too many nodes for a total topology.
    NodesInTotal(usize),
    /// Too many clients.
    Clients(usize),
    /// Too many requests.
    Requests(f64),
    /// Too many faults.
    Faults(f64),
}

/// Whether a test is of a size that can be run and judged.
///
/// # Errors
/// What there is too much of.
pub fn check(settings: &Settings) -> Result<(), TooLarge> {
    let nodes = settings.nodes.len();
    let seconds = settings.time_limit.as_secs_f64();
    let requests = settings.rate * seconds;
    let kinds = u32::try_from(settings.nemesis.len()).unwrap_or(u32::MAX);
    let faults = f64::from(kinds) * seconds / (2.0 * settings.nemesis_interval.as_secs_f64());
    let is_total = settings.topology == Topology::Total;
    if nodes > NODES_MAX {
        Err(TooLarge::Nodes(nodes))
    } else if is_total && nodes > NODES_TOTAL_MAX {
        Err(TooLarge::NodesInTotal(nodes))
    } else if settings.clients > CLIENTS_MAX {
        Err(TooLarge::Clients(settings.clients))
    } else if requests > REQUESTS_MAX {
        Err(TooLarge::Requests(requests))
    } else if faults > FAULTS_MAX {
        Err(TooLarge::Faults(faults))
    } else {
        Ok(())
    }
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nodes(count) => write!(
                f,
                "{count} nodes are too many: at most {NODES_MAX} can be tested at once"
            ),
            Self::NodesInTotal(count) => write!(
                f,
                "{count} nodes are too many for --topology total: at most {NODES_TOTAL_MAX} can be \
                 told of all others as their neighbors"
            ),
            Self::Clients(count) => write!(
                f,
                "{count} clients are too many: --concurrency may come to {CLIENTS_MAX}"
            ),
            Self::Requests(count) => write!(
                f,
                "--rate and --time-limit make {count:.0} requests; at most {REQUESTS_MAX} can be \
                 recorded and judged"
            ),
            Self::Faults(count) => write!(
                f,
                "--nemesis-interval makes {count:.0} faults in --time-limit; at most {FAULTS_MAX} can \
                 be recorded and judged"
            ),
        }
    }
}

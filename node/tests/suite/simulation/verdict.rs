//! Runs a plan and says whether the node has kept its promise.
//!
//! The promise: under any sequence of crashes, restarts, partitions, loss, delay, reordering and
//! duplication, every value that a live node holds reaches every node that stays connected to it,
//! exactly once in `read_ok`. First faults, then a time in which everything is healed; what is
//! promised has to hold at its end.

use std::collections::HashSet;
use std::time::Duration;

use harness::net::network::Network;
use node::message::{Request, Route};
use node::settings::Settings;
use node::value::Value;

use super::ablation::Safeguard;
use super::cluster::{Cluster, Setup};
use super::plan::{self, Mode, Plan, Step};

/// How long after the last fault everything must be everywhere without anti-entropy.
const RECOVERY: Duration = Duration::from_secs(60);

/// After how many spells of three gossip intervals there must have been a silent one.
const SPELLS: u32 = 8;

struct Run<'a> {
    plan: &'a Plan,
    cluster: Cluster,
    /// What each node has shown: it may only grow, until a restart.
    shown: Vec<Vec<u64>>,
}

/// Runs `plan` with nodes that are as `settings` say, or that lack a safeguard; tells what went
/// wrong.
pub fn check(plan: &Plan, settings: Settings, without: Option<Safeguard>) -> Result<(), String> {
    let mut network = Network::new(plan.seed);
    network.slow(plan.latency, plan.distribution);
    network.lose(plan.loss);
    network.duplicate(plan.duplicate);
    let setup = Setup {
        settings,
        without,
        neighbors: plan::neighbors(plan.shape, plan.nodes),
        lines: plan.seed.is_multiple_of(32),
    };
    let cluster = Cluster::new(setup, network);
    let shown = vec![Vec::new(); plan.nodes];
    let mut run = Run {
        plan,
        cluster,
        shown,
    };
    run.take_steps()?;
    run.cluster.network.heal();
    run.converge()?;
    run.fall_silent()
}

impl Run<'_> {
    fn take_steps(&mut self) -> Result<(), String> {
        for (time, step) in &self.plan.steps {
            self.cluster.run_until(*time);
            match step {
                Step::Broadcast {
                    node,
                    value,
                    decimal,
                } => self.broadcast(*node, *value, *decimal),
                Step::Cut(links) => drop(self.cluster.network.cut(links.clone())),
                Step::Mend => self.cluster.network.mend_all(),
                Step::Crash(node) => self.cluster.crash(*node),
                Step::Restart(node) => {
                    self.shown[*node].clear();
                    self.cluster.start(*node);
                }
            }
            self.look()?;
        }
        Ok(())
    }

    fn broadcast(&mut self, node: usize, value: u64, decimal: bool) {
        let text = if decimal {
            format!("{value}.0")
        } else {
            value.to_string()
        };
        let message = Value::from_json(&text).expect("a number is a value");
        let request = Request::Broadcast {
            message,
            route: Route::Tree,
        };
        self.cluster.tell(node, value, request);
    }

    /// Nothing that a node has shown vanishes or moves, and nothing comes twice.
    fn look(&mut self) -> Result<(), String> {
        for node in 0..self.cluster.len() {
            let Some(values) = self.cluster.read(node) else {
                continue;
            };
            if !values.starts_with(&self.shown[node]) {
                return Err(format!(
                    "n{node} had shown {:?}, now {values:?}",
                    self.shown[node]
                ));
            }
            if values.iter().collect::<HashSet<_>>().len() < values.len() {
                return Err(format!("n{node} shows a value twice: {values:?}"));
            }
            self.shown[node] = values;
        }
        Ok(())
    }

    fn converge(&mut self) -> Result<(), String> {
        let pause = Duration::from_secs(1);
        let gossip = self.plan.gossip_interval * u32::try_from(2 * self.plan.nodes + 2).unwrap();
        let end = self.cluster.now + RECOVERY + gossip;
        loop {
            self.look()?;
            let missing = self.missing();
            match missing {
                None => return Ok(()),
                Some(missing) if self.cluster.now >= end => return Err(missing),
                Some(_) => self.cluster.run_until(self.cluster.now + pause),
            }
        }
    }

    /// What some live node lacks: what another one holds, and (unless several things at once may
    /// have gone wrong) what was acknowledged to a client.
    fn missing(&self) -> Option<String> {
        let alive = || (0..self.cluster.len()).filter(|node| self.cluster.is_alive(*node));
        let mut due: HashSet<&u64> = alive().flat_map(|node| &self.shown[node]).collect();
        if self.plan.mode != Mode::Everything && alive().next().is_some() {
            due.extend(&self.cluster.confirmed);
        }
        let lacks = |node: &usize| self.shown[*node].len() < due.len();
        alive().find(lacks).map(|node| {
            let mut due: Vec<_> = due.iter().collect();
            due.sort_unstable();
            format!(
                "n{node} has {:?} and lacks some of {due:?}",
                self.shown[node]
            )
        })
    }

    /// When all is said, a node says no more than one thing in a gossip interval (to those that
    /// live; it may still call for the dead).
    fn fall_silent(&mut self) -> Result<(), String> {
        let (spell, allowed) = match self.plan.gossip_interval {
            Duration::ZERO => (Duration::from_secs(15), 0),
            interval => (3 * interval, 3),
        };
        for _ in 0..SPELLS {
            self.cluster.sent.fill(0);
            self.cluster.run_until(self.cluster.now + spell);
            if self.cluster.sent.iter().all(|sent| *sent <= allowed) {
                return self.look();
            }
        }
        Err(format!(
            "no silence: {:?} messages in {spell:?}",
            self.cluster.sent
        ))
    }
}

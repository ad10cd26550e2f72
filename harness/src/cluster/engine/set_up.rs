//! Nodes are started, told who they are and who their neighbors are; or they fail at that.

use std::time::Duration;

use serde_json::{Value, json};

use super::pending::Purpose;
use super::{Action, Engine, Life, STARTS_AT_ONCE};
use crate::cluster::history::{Phase, What};
use crate::cluster::rule::Rule;
use crate::cluster::settings::Settings;

impl Engine {
    /// Starts nodes, a few at a time, so that one which is up is heard while others start.
    pub(super) fn set_up(&mut self, now: Duration) {
        let unborn = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, life)| **life == Life::Unborn);
        let unborn: Vec<_> = unborn.map(|(node, _)| node).take(STARTS_AT_ONCE).collect();
        for node in unborn {
            self.start(now, node);
        }
        if self.nodes.contains(&Life::Unborn) {
            return;
        }
        if self.nodes.contains(&Life::Dead) {
            self.finish(now);
        } else if !self.nodes.contains(&Life::Starting) {
            self.load_began = now;
            self.enter(now, Phase::Load);
        }
    }

    /// Starts a node and tells it who it is. What was to be sent before it died is sent first, to
    /// nobody.
    pub(super) fn start(&mut self, now: Duration, node: usize) {
        self.take_deliveries();
        self.actions.push_back(Action::Start(node));
        self.live(node, Life::Starting);
        self.router.lives(node);
        let name = self.recording.settings.nodes.get(node);
        let payload = json!({"node_id": name, "node_ids": self.recording.settings.nodes});
        self.ask(now, node, 0, Purpose::Init, payload);
    }

    pub(super) fn is_up(&mut self, now: Duration, node: usize) {
        self.live(node, Life::Up);
        if self.phase > Phase::SetUp {
            self.happened(now, What::Recovered { node });
        }
    }

    pub(super) fn not_set_up(
        &mut self,
        now: Duration,
        node: usize,
        request: &'static str,
        answer: Option<String>,
    ) {
        self.broke(now, node, Rule::NotSetUp { request, answer }, b"");
        self.router.died(node, None);
        self.actions.push_back(Action::Kill(node));
        self.die(now, node);
    }
}

/// The topology, as nodes are told of it.
pub fn neighbors(settings: &Settings) -> Value {
    let all = settings.topology.neighbors(settings.nodes.len());
    let names = |neighbors: Vec<usize>| {
        let names = neighbors
            .into_iter()
            .filter_map(|node| settings.nodes.get(node));
        names.map(String::as_str).collect::<Value>()
    };
    let all = settings
        .nodes
        .iter()
        .cloned()
        .zip(all.into_iter().map(names));
    Value::Object(all.collect())
}

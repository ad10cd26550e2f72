//! Nodes are started, told who they are and who their neighbors are; or they fail at that.

use std::time::Duration;

use serde_json::json;

use super::pending::{Pending, RequestPurpose};
use super::{Engine, Life, ProcessAction, SECOND_CHANCE, STARTS_AT_ONCE, kept};
use crate::cluster::envelope::Envelope;
use crate::cluster::history::{Phase, What};
use crate::cluster::requests;
use crate::cluster::workload::Rpc;
use crate::message::reply::SetUpAnswer;
use crate::message::rule::Rule;

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
        let waits = self.nodes.contains(&Life::Starting);
        let failed = self.nodes.contains(&Life::Dead);
        if failed && (!waits || self.hopeless_at().is_some_and(|end| end <= now)) {
            self.finish(now);
        } else if !failed && !waits {
            self.load_began = now;
            self.enter(now, Phase::Load);
        }
    }

    /// When a set-up in which a node failed ends, whatever the others do.
    pub(super) fn hopeless_at(&self) -> Option<Duration> {
        Some(self.failed?.saturating_add(SECOND_CHANCE))
    }

    /// A node that broke a rule in the set-up is not waited for much longer: it has spoilt the test,
    /// and what it wrote may have been its answer.
    pub(super) fn hurry(&mut self, now: Duration, node: usize) {
        if self.phase == Phase::SetUp && self.life(node) == Life::Starting {
            let until = now.saturating_add(SECOND_CHANCE);
            self.pending.hurry(node, until);
        }
    }

    /// A node that is being set up has written this of a line that it hasn't ended. Where only the line
    /// break is missing it is not waited for long: most who forget that forget it always.
    pub fn unended(&mut self, now: Duration, node: usize, line: &[u8]) {
        let is_new = self.unended.get(node).is_some_and(Vec::is_empty);
        let is_starting = self.life(node) == Life::Starting && !self.pending.is_hurried(node);
        if is_new && is_starting && requests::is_unended_answer(line) {
            self.hurry(now, node);
            if let Some(unended) = self.unended.get_mut(node) {
                unended.extend_from_slice(kept(line));
            }
        }
    }

    /// A node has ended its line.
    pub(super) fn ended(&mut self, now: Duration, node: usize) {
        let unended = self.unended.get_mut(node);
        if let Some(unended) = unended.filter(|unended| !unended.is_empty()) {
            unended.clear();
            let until = now.saturating_add(self.recording.settings.init_timeout);
            self.pending.relax(node, until);
        }
    }

    pub(super) fn remember_first(&mut self, node: usize, line: &[u8]) {
        let first = self.first_lines.get_mut(node);
        if let Some(first) = first.filter(|first| first.is_empty()) {
            first.extend_from_slice(kept(line));
        }
    }

    /// A node that is not ready wrote to the harness.
    pub(super) fn introduced(
        &mut self,
        now: Duration,
        node: usize,
        answer: &Envelope,
        line: &[u8],
    ) {
        let Some((msg_id, purpose)) = self.pending.to(node) else {
            return;
        };
        if answer.in_reply_to() == Some(msg_id) {
            self.answered(now, node, msg_id, answer, line);
        } else if let Some(answer) = requests::unlinked(purpose.kind(), msg_id, answer) {
            self.pending.answered(node, msg_id);
            self.not_set_up(now, node, purpose.kind(), Some(answer), line);
        }
    }

    /// Starts a node and tells it who it is. What was to be sent before it died is sent first, to
    /// nobody.
    pub(super) fn start(&mut self, now: Duration, node: usize) {
        self.take_deliveries();
        self.actions.push_back(ProcessAction::Start(node));
        self.live(node, Life::Starting);
        if let Some(unended) = self.unended.get_mut(node) {
            unended.clear();
        }
        self.router.starts(node);
        let name = self.recording.settings.nodes.get(node);
        let payload = json!({"node_id": name, "node_ids": self.recording.settings.nodes});
        self.ask(now, node, 0, RequestPurpose::Init, payload);
    }

    /// Asks a node what the workload wants before any client asks; then it is up.
    pub(super) fn introduce(&mut self, now: Duration, node: usize, place: usize) {
        let Some(Rpc { kind, payload }) = self.introductions.get(place).cloned() else {
            self.is_up(now, node);
            return;
        };
        let purpose = RequestPurpose::Introduction { place, kind };
        self.ask(now, node, 0, purpose, payload);
    }

    fn is_up(&mut self, now: Duration, node: usize) {
        self.live(node, Life::Up);
        if self.phase > Phase::SetUp {
            self.happened(now, What::Recovered { node });
        }
    }

    /// Nobody waits any longer for a node's answer. A line of its own is shown, if there is one that
    /// was not yet.
    pub(super) fn silent(&mut self, now: Duration, pending: &Pending) {
        let (node, request) = (pending.node, pending.purpose.kind());
        self.tell_silence(now, pending);
        let unended = self.unended.get_mut(node);
        let unended = unended.map(std::mem::take).unwrap_or_default();
        if requests::is_unended_answer(&unended) {
            self.not_set_up(now, node, request, Some(SetUpAnswer::Unended), &unended);
            return;
        }
        if pending.hurried {
            self.not_set_up(now, node, request, Some(SetUpAnswer::NothingElse), b"");
            return;
        }
        let first = self.first_lines.get_mut(node);
        let first = first.map(std::mem::take).unwrap_or_default();
        self.not_set_up(now, node, request, None, &first);
    }

    pub(super) fn not_set_up(
        &mut self,
        now: Duration,
        node: usize,
        request: &'static str,
        answer: Option<SetUpAnswer>,
        line: &[u8],
    ) {
        self.broke(now, node, Rule::NotSetUp { request, answer }, line);
        self.router.died(node, None);
        self.actions.push_back(ProcessAction::Kill(node));
        self.die(now, node);
    }
}

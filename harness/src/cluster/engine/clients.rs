//! Clients ask, and are answered or not.

use std::time::Duration;

use serde_json::Value;

use super::pending::{Asking, Pending, RequestPurpose};
use super::{Engine, Life};
use crate::cluster::envelope::Envelope;
use crate::cluster::history::{Invocation, Outcome, Phase, Reason, What};
use crate::cluster::requests;
use crate::cluster::router::Asked;
use crate::cluster::workload::Request;
use crate::message::reply::ReplyFault;
use crate::message::rule::Rule;

impl Engine {
    pub(super) fn load(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.load_began);
        self.end_faults(now, |ends| ends <= passed);
        while let Some((number, strike)) = self.strikes.pop_front() {
            if strike.begins > passed {
                self.strikes.push_front((number, strike));
                break;
            }
            self.strike(now, number, strike);
        }
        while self.load.next().at <= passed.min(self.recording.settings.time_limit) {
            let Some(client) = self.free_client(self.load.next().client) else {
                break;
            };
            let request = self.load.take(client);
            self.invoke(now, client, request);
        }
        let dead = self.nodes.iter().all(|life| *life == Life::Dead);
        let for_ever = self.lasting.values().all(|strike| strike.ends.is_none());
        if passed >= self.recording.settings.time_limit || (dead && for_ever) {
            self.heal(now);
        }
    }

    pub(super) fn load_deadline(&self) -> Duration {
        let strike = self.strikes.front().map(|(_, strike)| strike.begins);
        let ends = self.lasting.values().filter_map(|strike| strike.ends).min();
        // Where all clients are busy, an answer or a timeout comes first.
        let due = self.load.next();
        let request = self.free_client(due.client).map(|_| due.at);
        let times = [strike, ends, request].into_iter().flatten();
        let next = times.fold(self.recording.settings.time_limit, Duration::min);
        self.load_began.saturating_add(next)
    }

    /// A client that waits for nothing: this one, or the next such one after it.
    pub(super) fn free_client(&self, first: usize) -> Option<usize> {
        let clients = self.recording.settings.clients;
        let after = (first..=clients).chain(1..first);
        let mut clients = after.take(clients);
        clients.find(|client| self.busy.get(*client) == Some(&false))
    }

    pub(super) fn invoke(&mut self, now: Duration, client: usize, request: Request) {
        if let Some(value) = request.value() {
            self.values = value + 1;
            self.router.values_below(self.values);
        }
        // Client 1 is the first; the harness, client 0, asks whom it likes.
        let node = (client - 1) % self.nodes.len();
        self.operate(now, client, node, request);
    }

    pub(super) fn operate(&mut self, now: Duration, client: usize, node: usize, request: Request) {
        let operation = self.operations;
        self.operations += 1;
        let rpc = self.recording.settings.workload.rpc(&request);
        self.happened(
            now,
            What::Invoked(Invocation {
                operation,
                client,
                node,
                request: request.clone(),
                phase: self.phase,
            }),
        );
        let asking = Asking {
            operation,
            client,
            request,
            kind: rpc.kind,
        };
        if !asking.request.is_sent() {
            let outcome = Outcome::Unknown(Reason::ClientCrashed);
            self.complete(now, node, &asking, outcome);
            return;
        }
        if self.life(node) != Life::Up {
            let outcome = Outcome::Failed(Reason::NodeDead);
            self.complete(now, node, &asking, outcome);
            return;
        }
        if let Some(busy) = self.busy.get_mut(client).filter(|_| client > 0) {
            *busy = true;
        }
        self.ask(
            now,
            node,
            client,
            RequestPurpose::Operation(asking),
            rpc.payload,
        );
    }

    /// Sends a request and waits for its answer.
    pub(super) fn ask(
        &mut self,
        now: Duration,
        node: usize,
        client: usize,
        purpose: RequestPurpose,
        payload: Value,
    ) {
        self.asked += 1;
        let timeout = match purpose {
            RequestPurpose::Operation(_) => self.recording.settings.client_timeout,
            RequestPurpose::Init | RequestPurpose::Introduction { .. } => {
                self.recording.settings.init_timeout
            }
        };
        if let Some(first) = self.first_lines.get_mut(node) {
            first.clear();
        }
        let until = now.saturating_add(timeout);
        let name = self
            .recording
            .settings
            .nodes
            .get(node)
            .map_or("", String::as_str);
        let asked = Asked {
            kind: purpose.kind(),
            value: purpose.value(),
            line: requests::line(client, name, self.asked, purpose.kind(), payload),
        };
        self.router.ask(now, client, node, asked);
        let pending = Pending {
            node,
            asked: now,
            until,
            hurried: false,
            purpose,
        };
        self.pending.insert(self.asked, pending);
    }

    /// An answer reached a client, which may be another one than asked: that one waits on.
    pub(super) fn reached(
        &mut self,
        now: Duration,
        node: usize,
        (client, to): (usize, u64),
        answer: &Envelope,
        line: &[u8],
    ) {
        match self.pending.asker(node, to) {
            Some(asker) if asker != client => {
                let fault = ReplyFault::OtherClient {
                    reply: answer.kind.clone(),
                    client,
                    asker,
                };
                self.broke(now, node, Rule::BadReply(fault), line);
                self.hurry(now, node);
            }
            Some(_) => self.answered(now, node, to, answer, line),
            None => self.answered_late(now, node, (client, to), answer),
        }
    }

    /// What came too late is nobody's answer, but it tells what happened.
    fn answered_late(
        &mut self,
        now: Duration,
        node: usize,
        (client, to): (usize, u64),
        answer: &Envelope,
    ) {
        let asked = self.given_up.get(&to);
        if asked.is_none_or(|(asked, asking)| *asked != node || asking.client != client) {
            return;
        }
        let Some((_, asking)) = self.given_up.remove(&to) else {
            return;
        };
        let workload = self.recording.settings.workload;
        let (outcome, _) = requests::answered(workload, &asking.request, answer, self.values);
        let operation = asking.operation;
        match outcome {
            Outcome::Ok(_) | Outcome::Failed(Reason::Error { .. }) => {
                self.happened(now, What::Late { operation, outcome });
            }
            Outcome::Failed(_) | Outcome::Unknown(_) => {}
        }
    }

    pub(super) fn answered(
        &mut self,
        now: Duration,
        node: usize,
        to: u64,
        answer: &Envelope,
        line: &[u8],
    ) {
        // What answers nothing, or too late, or for another node, is nobody's answer.
        let Some(pending) = self.pending.answered(node, to) else {
            return;
        };
        match pending.purpose {
            RequestPurpose::Init if answer.kind == "init_ok" => {
                self.router.answered_init(node);
                self.introduce(now, node, 0);
            }
            RequestPurpose::Introduction { place, kind }
                if answer.kind.strip_suffix("_ok") == Some(kind) =>
            {
                self.introduce(now, node, place + 1);
            }
            RequestPurpose::Init | RequestPurpose::Introduction { .. } => {
                let request = pending.purpose.kind();
                let answer = requests::refusal(answer);
                self.not_set_up(now, node, request, Some(answer), line);
                return;
            }
            RequestPurpose::Operation(asking) => {
                let workload = self.recording.settings.workload;
                let (outcome, broken) =
                    requests::answered(workload, &asking.request, answer, self.values);
                if let Some(rule) = broken {
                    self.broke(now, node, rule, line);
                }
                self.complete(now, node, &asking, outcome);
                return;
            }
        }
        if let Some(rule) = requests::irregular(answer, &[]) {
            self.broke(now, node, rule, line);
        }
    }

    pub(super) fn complete(
        &mut self,
        now: Duration,
        node: usize,
        asking: &Asking,
        outcome: Outcome,
    ) {
        if let Some(busy) = self.busy.get_mut(asking.client) {
            *busy = false;
        }
        let is_healed = self.phase >= Phase::Recovery;
        let asker = (asking.client, node);
        self.settling
            .ended(asker, &asking.request, &outcome, is_healed);
        if asking.client == 0 {
            self.settling.poll_ended(now, node);
        }
        // What its client asks next because of it.
        let follows = match self.phase {
            Phase::Load if asking.client > 0 => {
                let request = &asking.request;
                self.load.ended(asking.client, request, &outcome)
            }
            Phase::Load | Phase::SetUp | Phase::Recovery | Phase::FinalReads | Phase::End => None,
        };
        let operation = asking.operation;
        self.happened(now, What::Completed { operation, outcome });
        if let Some(request) = follows {
            self.invoke(now, asking.client, request);
        }
    }

    pub(super) fn give_up(&mut self, now: Duration, pending: Pending, reason: Reason) {
        if let RequestPurpose::Operation(asking) = pending.purpose {
            let outcome = requests::ended(&asking.request, reason);
            self.complete(now, pending.node, &asking, outcome);
        }
    }

    pub(super) fn time_out(&mut self, now: Duration) {
        while let Some((msg_id, pending)) = self.pending.timed_out(now) {
            match &pending.purpose {
                RequestPurpose::Operation(asking) => {
                    self.given_up.insert(msg_id, (pending.node, asking.clone()));
                    self.tell_silence(now, &pending);
                    self.give_up(now, pending, Reason::TimedOut);
                }
                RequestPurpose::Init | RequestPurpose::Introduction { .. } => {
                    match self.more_time(now, &pending) {
                        Some(until) => self.pending.insert(msg_id, Pending { until, ..pending }),
                        None => self.silent(now, &pending),
                    }
                }
            }
        }
        self.examined.clear();
    }

    pub(super) fn end_pending(&mut self, now: Duration) {
        for pending in self.pending.take_all() {
            self.give_up(now, pending, Reason::RunEnded);
        }
    }
}

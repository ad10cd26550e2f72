//! A test of a cluster, from the first `init` to the last `read`.
//!
//! Sans-IO, and it judges nothing: it is told what nodes wrote, that one exited, that the user has
//! had enough, and what time it is; it answers with what to do to the processes, and says what
//! happened. The load, the faults and the network have rooms of their own; here stands what comes
//! after what.

mod faults;
mod pending;
mod recovery;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use pending::{Asking, Pending, Purpose, Table};
use recovery::Recovery;

use super::envelope::Envelope;
use super::history::{Breach, Event, Invocation, Outcome, Phase, Reason, Request, Rule, What};
use super::journal::Carried;
use super::nemesis::{self, Strike};
use super::recording::Recording;
use super::requests;
use super::router::{Asked, Heard, Router};
use super::settings::Settings;
use super::workload::Workload;
use crate::transcript::Exit;

/// How long a client waits for an answer.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a node may take to answer `init`, and as long for `topology`.
pub const SET_UP_TIMEOUT: Duration = Duration::from_secs(10);

/// How many nodes are started before the others are listened to again.
const STARTS_AT_ONCE: usize = 10;

/// How much of a line that breaks a rule is kept, in bytes.
const LINE_MAX: usize = 1000;

/// What to do to a process.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Start it.
    Start(usize),
    /// Write this to its stdin.
    Send(usize, Vec<u8>),
    /// Kill it, with its children.
    Kill(usize),
    /// Let it stand still.
    Pause(usize),
    /// Let it go on.
    Resume(usize),
}

/// How a node fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    /// Not started yet.
    Unborn,
    /// Started, but not ready: it has not answered `init` and `topology` yet.
    Starting,
    /// It serves clients.
    Up,
    /// It runs no more.
    Dead,
}

/// A test under way.
#[derive(Debug)]
pub struct Engine {
    recording: Recording,
    neighbors: Value,
    router: Router,
    workload: Workload,
    /// What will strike, with its number.
    strikes: VecDeque<(usize, Strike)>,
    /// What lasts.
    lasting: BTreeMap<usize, Strike>,
    nodes: Vec<Life>,
    /// Which clients wait for an answer; the first is the harness, which never does.
    busy: Vec<bool>,
    pending: Table,
    asked: u64,
    operations: usize,
    /// How many values were broadcast.
    values: usize,
    recovery: Recovery,
    phase: Phase,
    phase_began: Duration,
    load_began: Duration,
    is_begun: bool,
    actions: VecDeque<Action>,
    /// When the last thing happened that was recorded.
    recorded: Duration,
    /// How many of the events were shown.
    events_shown: usize,
    carried: Vec<Carried>,
}

impl Engine {
    /// A test that hasn't begun.
    pub fn new(settings: Settings) -> Self {
        let mut random = Rng::with_seed(settings.seed);
        let (network, load, faults) = (random.u64(..), random.u64(..), random.u64(..));
        let strikes = nemesis::plan(&settings, faults);
        Self {
            neighbors: neighbors(&settings),
            router: Router::new(&settings, network),
            workload: Workload::new(load, settings.rate, settings.clients),
            strikes: (1..).zip(strikes).collect(),
            lasting: BTreeMap::new(),
            nodes: vec![Life::Unborn; settings.nodes.len()],
            busy: vec![false; settings.clients + 1],
            pending: Table::default(),
            asked: 0,
            operations: 0,
            values: 0,
            recovery: Recovery::new(settings.nodes.len()),
            phase: Phase::SetUp,
            phase_began: Duration::ZERO,
            load_began: Duration::ZERO,
            is_begun: false,
            actions: VecDeque::new(),
            recorded: Duration::ZERO,
            events_shown: 0,
            carried: Vec::new(),
            recording: Recording::new(settings),
        }
    }

    /// Does what is due by `now`; to be called after everything that it was told, and at
    /// [`Engine::deadline`].
    pub fn advance(&mut self, now: Duration) {
        if !self.is_begun {
            self.begin(now);
        }
        self.router.settle(now);
        self.time_out(now);
        if self.phase == Phase::SetUp {
            self.set_up(now);
        }
        if self.phase == Phase::Load {
            self.load(now);
        }
        if self.phase == Phase::Recovery {
            self.recover(now);
        }
        if self.phase == Phase::FinalReads && self.pending.is_empty() {
            self.finish(now);
        }
        self.router.settle(now);
        self.take_deliveries();
    }

    /// What to do to a process now; to be asked until there is nothing.
    pub fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When to go on at the latest.
    pub fn deadline(&self) -> Option<Duration> {
        let arrival = self.router.next_arrival();
        let timeout = self.pending.next_timeout();
        let phase = match self.phase {
            Phase::Load => Some(self.load_deadline()),
            Phase::Recovery => Some(self.recovery_deadline()),
            Phase::SetUp if self.nodes.contains(&Life::Unborn) => Some(Duration::ZERO),
            Phase::SetUp | Phase::FinalReads | Phase::End => None,
        };
        [arrival, timeout, phase].into_iter().flatten().min()
    }

    /// In which part of the test we are.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// What happened since this was last asked.
    pub fn new_events(&mut self) -> &[Event] {
        let shown = self.events_shown;
        self.events_shown = self.recording.events.len();
        self.recording.events.get(shown..).unwrap_or_default()
    }

    /// The messages whose way has ended since this was last asked.
    pub fn take_carried(&mut self) -> Vec<Carried> {
        self.record_carried();
        std::mem::take(&mut self.carried)
    }

    /// All that happened.
    pub fn into_recording(self) -> Recording {
        self.recording
    }

    /// Whether more of a node's output is wanted now.
    pub fn listens_to(&self, node: usize) -> bool {
        self.router.listens_to(node)
    }

    /// So many bytes wait to be taken by a node.
    pub fn unread(&mut self, node: usize, bytes: usize) {
        self.router.unread(node, bytes);
    }

    /// A node wrote a line (without its line break).
    pub fn heard(&mut self, now: Duration, node: usize, line: &[u8]) {
        match self.router.hear(now, node, line) {
            Heard::Sent => {}
            Heard::Breach(rule) => self.broke(now, node, rule, line),
            Heard::ForClient(_, answer) => {
                if let Some(msg_id) = answer.in_reply_to() {
                    self.answered(now, node, msg_id, &answer, line);
                }
            }
        }
    }

    /// A node exited by itself.
    pub fn exited(&mut self, now: Duration, node: usize, exit: Exit, stderr: String) {
        if self.life(node) == Life::Dead || self.phase == Phase::End {
            return;
        }
        self.happened(now, What::Crashed { node, exit, stderr });
        self.router.died(node, None);
        self.die(now, node);
    }

    /// A node wrote more than anybody can want. It is ended.
    pub fn flooded(&mut self, now: Duration, node: usize, bytes: u64) {
        self.broke(now, node, Rule::Flood { bytes }, b"");
        self.router.died(node, None);
        self.actions.push_back(Action::Kill(node));
        self.die(now, node);
    }

    /// The user has had enough: what is under way comes to its end in good order, and a recovery
    /// isn't waited for any longer.
    pub fn interrupt(&mut self, now: Duration) {
        match self.phase {
            Phase::SetUp | Phase::FinalReads => self.finish(now),
            Phase::Load => self.heal(now),
            Phase::Recovery => self.ask_finally(now),
            Phase::End => {}
        }
    }

    fn begin(&mut self, now: Duration) {
        self.is_begun = true;
        self.enter(now, Phase::SetUp);
    }

    fn enter(&mut self, now: Duration, phase: Phase) {
        self.phase = phase;
        self.phase_began = now;
        self.happened(now, What::Began(phase));
    }

    fn happened(&mut self, now: Duration, what: What) {
        self.record_carried();
        let time = self.stamp(now);
        self.recording.event(Event { time, what });
    }

    fn record_carried(&mut self) {
        for mut carried in self.router.take_carried() {
            carried.settled = self.stamp(carried.settled);
            self.recording.carried(&carried);
            self.carried.push(carried);
        }
    }

    /// No two things happen at one time: so what was first is known from the times alone.
    fn stamp(&mut self, now: Duration) -> Duration {
        self.recorded = now.max(self.recorded + Duration::from_nanos(1));
        self.recorded
    }

    fn broke(&mut self, now: Duration, node: usize, rule: Rule, line: &[u8]) {
        let line = line.get(..LINE_MAX).unwrap_or(line).to_vec();
        self.happened(now, What::Broke(Breach { node, rule, line }));
    }

    fn life(&self, node: usize) -> Life {
        self.nodes.get(node).copied().unwrap_or(Life::Dead)
    }

    fn live(&mut self, node: usize, life: Life) {
        if let Some(place) = self.nodes.get_mut(node) {
            *place = life;
        }
    }

    fn up(&self) -> Vec<usize> {
        let all = self.nodes.iter().enumerate();
        let up = all.filter(|(_, life)| **life == Life::Up);
        up.map(|(node, _)| node).collect()
    }

    /// Starts a node and tells it who it is. What was to be sent before it died is sent first, to
    /// nobody.
    fn start(&mut self, now: Duration, node: usize) {
        self.take_deliveries();
        self.actions.push_back(Action::Start(node));
        self.live(node, Life::Starting);
        self.router.lives(node);
        let name = self.recording.settings.nodes.get(node);
        let payload = json!({"node_id": name, "node_ids": self.recording.settings.nodes});
        self.ask(now, node, 0, Purpose::Init, payload);
    }

    /// Sends a request and waits for its answer.
    fn ask(&mut self, now: Duration, node: usize, client: usize, purpose: Purpose, payload: Value) {
        self.asked += 1;
        let timeout = match purpose {
            Purpose::Operation(_) => REQUEST_TIMEOUT,
            Purpose::Init | Purpose::Topology => SET_UP_TIMEOUT,
        };
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
            until,
            purpose,
        };
        self.pending.insert(self.asked, pending);
    }

    fn answered(&mut self, now: Duration, node: usize, to: u64, answer: &Envelope, line: &[u8]) {
        // What answers nothing, or too late, or for another node, is nobody's answer.
        let Some(pending) = self.pending.answered(node, to) else {
            return;
        };
        match pending.purpose {
            Purpose::Init if answer.kind == "init_ok" => {
                let payload = json!({"topology": self.neighbors});
                self.ask(now, node, 0, Purpose::Topology, payload);
            }
            Purpose::Topology if answer.kind == "topology_ok" => self.is_up(now, node),
            Purpose::Init | Purpose::Topology => {
                let said = String::from_utf8_lossy(line.get(..LINE_MAX).unwrap_or(line));
                self.not_set_up(now, node, pending.purpose.kind(), Some(said.into_owned()));
                return;
            }
            Purpose::Operation(asking) => {
                let (outcome, broken) = asking.request.answered(answer, self.values);
                if let Some(rule) = broken {
                    self.broke(now, node, rule, line);
                }
                self.complete(now, node, asking, outcome);
                return;
            }
        }
        if let Some(rule) = requests::surplus(answer, &[]) {
            self.broke(now, node, rule, line);
        }
    }

    fn is_up(&mut self, now: Duration, node: usize) {
        self.live(node, Life::Up);
        if self.phase > Phase::SetUp {
            self.happened(now, What::Recovered { node });
        }
    }

    fn not_set_up(
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

    fn complete(&mut self, now: Duration, node: usize, asking: Asking, outcome: Outcome) {
        if let Some(busy) = self.busy.get_mut(asking.client) {
            *busy = false;
        }
        match (&outcome, asking.request) {
            (Outcome::Acknowledged, Request::Broadcast(value)) => self.recovery.acknowledged(value),
            (outcome, Request::Read) if self.phase >= Phase::Recovery => {
                let shown = match outcome {
                    Outcome::Shown(shown) => Some(shown.values.clone()),
                    _ => None,
                };
                self.recovery.answered(now, node, shown);
            }
            _ => {}
        }
        let operation = asking.operation;
        self.happened(now, What::Completed { operation, outcome });
    }

    /// A node is dead: nobody answers what it was asked.
    fn die(&mut self, now: Duration, node: usize) {
        self.live(node, Life::Dead);
        for pending in self.pending.take_to(node) {
            self.give_up(now, pending, Reason::NodeDied);
        }
    }

    fn give_up(&mut self, now: Duration, pending: Pending, reason: Reason) {
        if let Purpose::Operation(asking) = pending.purpose {
            let outcome = asking.request.ended(reason);
            self.complete(now, pending.node, asking, outcome);
        }
    }

    fn time_out(&mut self, now: Duration) {
        while let Some(pending) = self.pending.timed_out(now) {
            match pending.purpose {
                Purpose::Operation(_) => self.give_up(now, pending, Reason::TimedOut),
                purpose => self.not_set_up(now, pending.node, purpose.kind(), None),
            }
        }
    }

    /// Starts nodes, a few at a time, so that one which is up is heard while others start.
    fn set_up(&mut self, now: Duration) {
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

    fn load(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.load_began);
        self.end_faults(now, |ends| ends <= passed);
        while let Some((number, strike)) = self.strikes.pop_front() {
            if strike.begins > passed {
                self.strikes.push_front((number, strike));
                break;
            }
            self.strike(now, number, strike);
        }
        while self.workload.next().at <= passed.min(self.recording.settings.time_limit) {
            let due = self.workload.next();
            let Some(client) = self.free_client(due.client) else {
                break;
            };
            self.workload.advance();
            self.invoke(now, client, due.request);
        }
        let dead = self.nodes.iter().all(|life| *life == Life::Dead);
        let for_ever = self.lasting.values().all(|strike| strike.ends.is_none());
        if passed >= self.recording.settings.time_limit || (dead && for_ever) {
            self.heal(now);
        }
    }

    fn load_deadline(&self) -> Duration {
        let strike = self.strikes.front().map(|(_, strike)| strike.begins);
        let ends = self.lasting.values().filter_map(|strike| strike.ends).min();
        // Where all clients are busy, an answer or a timeout comes first.
        let due = self.workload.next();
        let request = self.free_client(due.client).map(|_| due.at);
        let times = [strike, ends, request].into_iter().flatten();
        let next = times.fold(self.recording.settings.time_limit, Duration::min);
        self.load_began.saturating_add(next)
    }

    /// A client that waits for nothing: this one, or the next such one after it.
    fn free_client(&self, first: usize) -> Option<usize> {
        let clients = self.recording.settings.clients;
        let after = (first..=clients).chain(1..first);
        let mut clients = after.take(clients);
        clients.find(|client| self.busy.get(*client) == Some(&false))
    }

    fn invoke(&mut self, now: Duration, client: usize, request: Request) {
        if let Request::Broadcast(value) = request {
            self.values = value + 1;
            self.router.values_below(self.values);
        }
        // Client 1 is the first; the harness, client 0, asks whom it likes.
        let node = (client - 1) % self.nodes.len();
        self.operate(now, client, node, request);
    }

    fn operate(&mut self, now: Duration, client: usize, node: usize, request: Request) {
        let operation = self.operations;
        self.operations += 1;
        self.happened(
            now,
            What::Invoked(Invocation {
                operation,
                client,
                node,
                request,
                phase: self.phase,
            }),
        );
        let asking = Asking {
            operation,
            client,
            request,
        };
        if self.life(node) != Life::Up {
            let outcome = Outcome::Failed(Reason::NodeDead);
            self.complete(now, node, asking, outcome);
            return;
        }
        if let Some(busy) = self.busy.get_mut(client).filter(|_| client > 0) {
            *busy = true;
        }
        self.ask(
            now,
            node,
            client,
            Purpose::Operation(asking),
            request.payload(),
        );
    }

    fn recover(&mut self, now: Duration) {
        let over = now
            >= self
                .phase_began
                .saturating_add(self.recording.settings.recovery);
        let waits = self.nodes.contains(&Life::Starting) || self.busy.contains(&true);
        let lacking = self.lacking();
        if over || (!waits && lacking.is_empty()) {
            self.ask_finally(now);
            return;
        }
        for node in lacking {
            if self.recovery.next(node).is_some_and(|next| next <= now) {
                self.recovery.asked(node);
                self.operate(now, 0, node, Request::Read);
            }
        }
    }

    fn recovery_deadline(&self) -> Duration {
        let end = self
            .phase_began
            .saturating_add(self.recording.settings.recovery);
        let next = self
            .lacking()
            .into_iter()
            .filter_map(|node| self.recovery.next(node));
        next.fold(end, Duration::min)
    }

    /// The nodes that have not shown yet that they have everything.
    fn lacking(&self) -> Vec<usize> {
        let spread = &self.recording.spread;
        let mut up = self.up();
        up.retain(|node| !self.recovery.has_all(*node, spread));
        up
    }

    /// Asks every live node what it holds in the end. What is still under way has run out of time.
    fn ask_finally(&mut self, now: Duration) {
        self.end_pending(now);
        self.enter(now, Phase::FinalReads);
        for node in self.up() {
            self.operate(now, 0, node, Request::Read);
        }
    }

    fn end_pending(&mut self, now: Duration) {
        for pending in self.pending.take_all() {
            self.give_up(now, pending, Reason::RunEnded);
        }
    }

    fn finish(&mut self, now: Duration) {
        self.end_pending(now);
        self.router.finish(now);
        self.enter(now, Phase::End);
    }

    fn take_deliveries(&mut self) {
        let deliveries = self.router.take_deliveries().into_iter();
        let sends = deliveries.map(|delivery| Action::Send(delivery.node, delivery.bytes));
        self.actions.extend(sends);
    }
}

/// The topology, as nodes are told of it.
fn neighbors(settings: &Settings) -> Value {
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

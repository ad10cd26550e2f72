//! A test of a cluster, from the first `init` to the last `read`.
//!
//! Sans-IO, and it judges nothing: it is told what nodes wrote, that one exited, that the user has
//! had enough, and what time it is; it answers with what to do to the processes, and says what
//! happened. The load, the faults and the network have rooms of their own; here stands what comes
//! after what.

mod clients;
mod ending;
mod faults;
mod machine;
mod pending;
mod set_up;
mod silence;
#[cfg(test)]
pub(super) mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use fastrand::Rng;
pub use machine::Share;
use pending::{Asking, Table};
pub use silence::Examined;

use super::history::{Breach, Event, Phase, Reason, What};
use super::journal::Carried;
use super::load::Load;
use super::nemesis::{self, Strike};
use super::recording::Recording;
use super::requests;
use super::rest::Kept;
use super::router::{Heard, Router};
use super::settings::Settings;
use super::workload::Rpc;
use super::workload::settling::Settling;
use crate::message::rule::Rule;
use crate::process::exit::Exit;

/// How long nodes may still take in the set-up once it is known to be of no use: one that wrote what
/// is no message to answer all the same, the others of one that failed to show how they fare.
pub const SECOND_CHANCE: Duration = Duration::from_secs(2);

/// How many nodes are started before the others are listened to again.
const STARTS_AT_ONCE: usize = 10;

/// How many breaches of a node are told one by one. What it does from then on is told in the end, as one
/// breach with how often.
const BREACHES_MAX: usize = 1000;

/// How much of a line that breaks a rule is kept, in bytes.
pub const LINE_MAX: usize = 1000;

/// What to do to a process.
#[derive(Debug, PartialEq, Eq)]
pub enum ProcessAction {
    Start(usize),
    /// Write this to its stdin.
    Send(usize, Vec<u8>),
    /// Kill it, with its children.
    Kill(usize),
    Pause(usize),
    Resume(usize),
}

/// How a node fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    /// Not started yet.
    Unborn,
    /// Started, but not ready: it has not answered the requests of the set-up yet.
    Starting,
    Up,
    Dead,
}

/// How often a node has broken rules.
#[derive(Debug, Clone, Default)]
struct Broken {
    told: usize,
    /// The first breach that was one too many to be told by itself, with how many came from then on.
    surplus: Option<Breach>,
}

/// A test under way.
#[derive(Debug)]
pub struct Engine {
    /// By node.
    broken: Vec<Broken>,
    recording: Recording,
    /// What each node is asked once it has answered `init`.
    introductions: Vec<Rpc>,
    router: Router,
    load: Load,
    /// What will strike, with its number.
    strikes: VecDeque<(usize, Strike)>,
    lasting: BTreeMap<usize, Strike>,
    nodes: Vec<Life>,
    /// By node, what it wrote first since it was last asked something in its set-up; empty: nothing.
    first_lines: Vec<Vec<u8>>,
    /// By node, the message that it wrote in its set-up without a line break; empty: none.
    unended: Vec<Vec<u8>>,
    /// By node, what was seen of it when its time was over; taken when that is told.
    examined: BTreeMap<usize, Examined>,
    /// The nodes whose silence in the load was told.
    told_silent: BTreeSet<usize>,
    machine: machine::MachineWatch,
    /// When the first node failed in the set-up.
    failed: Option<Duration>,
    /// Which clients wait for an answer; the first is the harness, which never does.
    busy: Vec<bool>,
    pending: Table,
    /// The operations that nobody waits for any longer, by their `msg_id`: of which node, and what.
    given_up: BTreeMap<u64, (usize, Asking)>,
    asked: u64,
    operations: usize,
    /// How many values were given.
    values: usize,
    settling: Settling,
    phase: Phase,
    /// When nodes have had the time that they may take once all is healed; `None` before that and after it.
    recovery_ends: Option<Duration>,
    load_began: Duration,
    is_begun: bool,
    actions: VecDeque<ProcessAction>,
    /// When the last thing happened that was recorded.
    recorded: Duration,
    /// How many of the events were shown.
    events_shown: usize,
    carried: Vec<(Carried, Kept)>,
}

impl Engine {
    /// A test that hasn't begun.
    pub fn new(settings: Settings) -> Self {
        let mut random = Rng::with_seed(settings.seed);
        let (network, load, faults) = (random.u64(..), random.u64(..), random.u64(..));
        let services = random.u64(..);
        let strikes = nemesis::plan(&settings, faults);
        Self {
            broken: vec![Broken::default(); settings.nodes.len()],
            router: Router::new(&settings, network).with_services(services),
            load: Load::new(&settings, load),
            introductions: settings.workload.introductions(&settings),
            strikes: (1..).zip(strikes).collect(),
            lasting: BTreeMap::new(),
            nodes: vec![Life::Unborn; settings.nodes.len()],
            first_lines: vec![Vec::new(); settings.nodes.len()],
            unended: vec![Vec::new(); settings.nodes.len()],
            examined: BTreeMap::new(),
            told_silent: BTreeSet::new(),
            machine: machine::MachineWatch::new(),
            failed: None,
            busy: vec![false; settings.clients + 1],
            pending: Table::default(),
            given_up: BTreeMap::new(),
            asked: 0,
            operations: 0,
            values: 0,
            settling: Settling::new(settings.workload, settings.nodes.len()),
            phase: Phase::SetUp,
            recovery_ends: None,
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
        if self.phase == Phase::FinalReads {
            self.read_finally(now);
        }
        self.router.settle(now);
        self.take_deliveries();
    }

    /// What to do to a process now; to be asked until there is nothing.
    pub fn next_action(&mut self) -> Option<ProcessAction> {
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
            Phase::SetUp => self.hopeless_at(),
            Phase::FinalReads => self.final_reads_deadline(),
            Phase::End => None,
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

    /// The messages whose way has ended since this was last asked, each with what is to be written down of
    /// it.
    pub fn take_carried(&mut self) -> Vec<(Carried, Kept)> {
        self.record_carried();
        std::mem::take(&mut self.carried)
    }

    pub fn into_recording(self) -> Recording {
        self.recording
    }

    /// Whether more of a node's output is wanted now.
    pub fn listens_to(&self, node: usize) -> bool {
        self.router.listens_to(node)
    }

    /// So many bytes did not fit into a node's pipe.
    pub fn unsent(&mut self, now: Duration, node: usize, bytes: usize) {
        self.router.unsent(now, node, bytes);
    }

    /// A node wrote a line (without its line break).
    pub fn heard(&mut self, now: Duration, node: usize, line: &[u8]) {
        // What a node that is being ended still wrote belongs to no run.
        if self.phase == Phase::End {
            return;
        }
        let is_starting = self.life(node) == Life::Starting;
        if is_starting {
            self.ended(now, node);
            self.remember_first(node, line);
        }
        match self.router.hear(now, node, line) {
            Heard::Sent => {}
            Heard::Breach(rule) => {
                self.broke(now, node, rule, line);
                self.hurry(now, node);
            }
            Heard::ForClient(0, answer) if is_starting => self.introduced(now, node, &answer, line),
            Heard::ForClient(client, answer) => {
                if let Some(fault) = requests::answers_nothing(&answer, self.asked) {
                    self.broke(now, node, Rule::BadReply(fault), line);
                } else if let Some(msg_id) = answer.in_reply_to() {
                    self.reached(now, node, (client, msg_id), &answer, line);
                }
            }
        }
    }

    /// A node exited by itself.
    pub fn exited(&mut self, now: Duration, node: usize, exit: Exit, stderr: String) {
        if self.life(node) == Life::Dead || self.phase == Phase::End {
            return;
        }
        self.crashed_in_set_up(now, node);
        self.happened(now, What::Crashed { node, exit, stderr });
        self.router.died(node, None);
        self.die(now, node);
    }

    /// A node wrote more than anybody can want. It is ended.
    pub fn flooded(&mut self, now: Duration, node: usize, bytes: u64) {
        if self.life(node) == Life::Dead || self.phase == Phase::End {
            return;
        }
        self.broke(now, node, Rule::Flood { bytes }, b"");
        self.router.died(node, None);
        self.actions.push_back(ProcessAction::Kill(node));
        self.die(now, node);
    }

    /// The user has had enough: what is under way comes to its end in good order, and a recovery
    /// isn't waited for any longer.
    pub fn interrupt(&mut self, now: Duration) {
        match self.phase {
            Phase::SetUp | Phase::FinalReads => self.finish(now),
            Phase::Load => self.heal(now),
            Phase::Recovery => {
                self.recovery_ends = None;
                self.ask_finally(now);
            }
            Phase::End => {}
        }
    }

    fn begin(&mut self, now: Duration) {
        self.is_begun = true;
        self.enter(now, Phase::SetUp);
    }

    fn enter(&mut self, now: Duration, phase: Phase) {
        self.phase = phase;
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
            let kept = self.recording.carried(&carried);
            self.carried.push((carried, kept));
        }
    }

    /// No two things happen at one time: so what was first is known from the times alone.
    fn stamp(&mut self, now: Duration) -> Duration {
        self.recorded = now.max(self.recorded + Duration::from_nanos(1));
        self.recorded
    }

    fn broke(&mut self, now: Duration, node: usize, rule: Rule, line: &[u8]) {
        let Some(broken) = self.broken.get_mut(node) else {
            return;
        };
        broken.told += 1;
        if let Some(surplus) = &mut broken.surplus {
            surplus.times += 1;
            return;
        }
        let breach = Breach {
            node,
            rule: rule.shortened(),
            line: kept(line).to_vec(),
            times: 1,
        };
        if broken.told > BREACHES_MAX {
            broken.surplus = Some(breach);
        } else {
            self.happened(now, What::Broke(Box::new(breach)));
        }
    }

    /// Tells the breaches that were one too many.
    fn tell_surplus(&mut self, now: Duration) {
        let surplus = self.broken.iter_mut().map(|broken| broken.surplus.take());
        for breach in surplus.collect::<Vec<_>>().into_iter().flatten() {
            self.happened(now, What::Broke(Box::new(breach)));
        }
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

    /// A node is dead: nobody answers what it was asked.
    fn die(&mut self, now: Duration, node: usize) {
        self.live(node, Life::Dead);
        self.failed = self.failed.or(Some(now));
        for pending in self.pending.take_to(node) {
            self.give_up(now, pending, Reason::NodeDied);
        }
    }

    fn finish(&mut self, now: Duration) {
        self.end_pending(now);
        self.router.finish(now);
        self.tell_surplus(now);
        self.sum_up_machine(now);
        self.enter(now, Phase::End);
    }

    fn take_deliveries(&mut self) {
        let deliveries = self.router.take_deliveries().into_iter();
        let sends = deliveries.map(|delivery| ProcessAction::Send(delivery.node, delivery.bytes));
        self.actions.extend(sends);
    }
}

/// As much of a line as is kept of one that breaks a rule.
fn kept(line: &[u8]) -> &[u8] {
    line.get(..LINE_MAX).unwrap_or(line)
}

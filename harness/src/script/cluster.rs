//! What to do next with a case's cluster: the case against what its nodes said so far. The sister of
//! [`super::Script`], for several nodes whose messages are carried among themselves.
//!
//! Sans-IO: it is told what nodes wrote, that one exited, and what time it is, and answers with what to
//! do to the processes. Each step waits for what the ones before it were promised. It judges nothing.

mod faults;

use std::collections::VecDeque;
use std::time::Duration;

use super::Manner;
use super::eventually::{EventualHeard, EventualSteps};
use super::owed::Awaited;
use super::pace::Pace;
use super::set_up::{Next, SetUp};
use super::told::Told;
use crate::case::allowed;
use crate::case::background::Background;
use crate::case::cluster::Cluster;
use crate::case::mode::MatchMode;
use crate::case::{Case, ExpectedLine, InputMessage, Step};
use crate::cluster::engine::ProcessAction;
use crate::cluster::router::{self, Router};
use crate::cluster::settings::Settings;
use crate::matching::difference::Rules;
use crate::message;
use crate::message::rule::Rule;
use crate::net::topology::Topology;
use crate::peers::Peers;
use crate::process::exit::Exit;
use crate::transcript::{Ending, Mishap};

/// How much of a line that breaks a rule is kept, in bytes.
const LINE_MAX: usize = 1000;

/// The state of one run.
#[derive(Debug)]
pub struct ClusterScript<'case> {
    cluster: &'case Cluster,
    steps: &'case [Step],
    next: usize,
    router: Router,
    set_up: SetUp,
    peers: Peers<'case>,
    pace: Pace,
    eventually: EventualSteps<'case>,
    fates: Vec<NodeFate>,
    cuts: usize,
    timeout: Duration,
    output_max: usize,
    wanted: WantedReply,
    background: &'case Background,
    /// How many lines have reached clients that aren't background messages.
    compared: usize,
    now: Duration,
    is_begun: bool,
    actions: VecDeque<ProcessAction>,
    told: Told,
    ending: Option<Ending>,
}

/// What there has to be before the case is done.
#[derive(Debug, Clone, Copy)]
enum WantedReply {
    Lines(usize),
    /// The answers that are promised.
    Answers,
    /// Nothing: nobody has said what to expect.
    Nothing,
}

/// How a node fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NodeFate {
    Well,
    Paused,
    Dead,
}

impl<'case> ClusterScript<'case> {
    /// The run of a case with this cluster. `output_max`: how much may reach its clients, in bytes.
    pub fn new(
        case: &'case Case,
        cluster: &'case Cluster,
        rules: &'case Rules,
        manner: Manner,
        output_max: usize,
    ) -> Self {
        let expected = case.expected.as_deref();
        let lines = expected.unwrap_or_default();
        let settings = settings(cluster, clients(case, lines));
        Self {
            cluster,
            steps: &case.steps,
            next: 0,
            router: Router::allowing(&settings, cluster.seed, allowed::of(&case.steps, lines))
                .with_services(cluster.seed),
            set_up: SetUp::new(&settings, cluster.topology.is_some()),
            peers: Peers::of(&case.steps, lines, rules),
            pace: Pace::of(case, cluster, manner),
            eventually: EventualSteps::of(&case.steps, &case.requests, lines, rules),
            fates: vec![NodeFate::Well; cluster.nodes.len()],
            cuts: 0,
            timeout: manner.timeout,
            output_max,
            wanted: match (expected, manner.mode, manner.awaited) {
                (None, _, _) | (_, _, Awaited::EveryReply) => WantedReply::Nothing,
                (Some(_), MatchMode::Contains, _) => WantedReply::Answers,
                (Some(lines), _, _) => WantedReply::Lines(lines.len()),
            },
            background: &rules.background,
            compared: 0,
            now: Duration::ZERO,
            is_begun: false,
            actions: VecDeque::new(),
            told: Told::default(),
            ending: None,
        }
    }

    /// Does what is due by `now`; to be called after everything that it was told, and at
    /// [`ClusterScript::deadline`].
    pub fn advance(&mut self, now: Duration) {
        self.now = now;
        if !self.is_begun {
            self.is_begun = true;
            for node in 0..self.fates.len() {
                self.start(node);
            }
        }
        self.router.settle(now);
        self.go_on();
        self.router.settle(now);
        self.take_deliveries();
        // A case has no history: nobody asks what became of messages, and kept they would only grow.
        self.router.take_carried();
    }

    /// What to do to a process now; to be asked until there is nothing.
    pub fn next_action(&mut self) -> Option<ProcessAction> {
        self.actions.pop_front()
    }

    /// How the run ended, if it has.
    pub fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// When to go on at the latest.
    pub fn deadline(&self) -> Duration {
        let arrival = self.router.next_arrival();
        let held_back = self.held_back_until();
        let asking = self.eventually.deadline();
        [arrival, Some(held_back), asking]
            .into_iter()
            .flatten()
            .chain(self.pace.deadlines())
            .filter(|deadline| *deadline > self.now)
            .fold(self.timeout, Duration::min)
    }

    /// The node that still has to take what was sent to it before the case goes on.
    pub fn awaits_delivery(&self) -> Option<usize> {
        self.pace.untaken()
    }

    /// It has taken it, or takes no more.
    pub fn delivered(&mut self) {
        self.pace.taken();
    }

    /// Whether more of a node's output is wanted now.
    pub fn listens_to(&self, node: usize) -> bool {
        self.router.listens_to(node)
    }

    /// So many bytes wait to be taken by a node.
    pub fn unread(&mut self, node: usize, bytes: usize) {
        self.router.unread(node, bytes);
    }

    /// What nodes have written by now of lines that they haven't ended.
    pub fn unended<'line>(&mut self, lines: impl Iterator<Item = (usize, &'line [u8])>) {
        self.set_up.unended(lines);
    }

    /// A node wrote a line (without its line break).
    pub fn heard(&mut self, now: Duration, node: usize, line: &[u8]) {
        match self.router.hear(now, node, line) {
            router::Heard::Sent => {}
            router::Heard::Breach(rule) => {
                self.broke(node, rule, line);
                if self.set_up.waits_for(node) {
                    // What it wrote may have been its answer, and the case fails anyway.
                    self.ending.get_or_insert(Ending::Failed);
                }
            }
            router::Heard::ForClient(0, answer) => {
                match self.set_up.heard(node, &answer) {
                    Next::Nothing => {}
                    Next::Ask(asked) => self.router.ask(now, 0, node, asked),
                    Next::Refused(rule) => self.fail(node, rule, line),
                }
                if !self.set_up.awaits_init_ok(node) {
                    self.router.answered_init(node);
                }
            }
            router::Heard::ForClient(..) => match self.eventually.hear(now, line) {
                EventualHeard::Other => self.tell(line),
                EventualHeard::Dropped => {}
                EventualHeard::Counts(line) => self.tell(&line),
            },
        }
    }

    /// A node that is ended had written this; a line that was cut short thereby is no fault of its.
    pub fn heard_last(&mut self, now: Duration, node: usize, line: &[u8]) {
        if crate::json::read(line).is_ok() {
            self.heard(now, node, line);
        }
    }

    /// A node exited by itself. That is of no interest once the case is over.
    pub fn exited(&mut self, node: usize, exit: Exit, stderr: &[u8]) {
        if self.ending.is_none() {
            self.told.mishap(Mishap::Crashed {
                node: self.cluster.name(node).to_owned(),
                exit,
                stderr: stderr.to_vec(),
            });
            self.ending = Some(Ending::Failed);
        }
    }

    /// A node wrote more than anybody can want.
    pub fn flooded(&mut self, node: usize, bytes: u64) {
        self.fail(node, Rule::Flood { bytes }, b"");
    }

    pub fn finish(self) -> Told {
        Told {
            names: self.peers.names(),
            is_done: self.next >= self.steps.len(),
            sent_line: self.pace.sent_line(),
            ..self.told
        }
    }

    fn go_on(&mut self) {
        if self.ending.is_none() && self.now >= self.timeout {
            self.time_out();
        }
        if self.eventually.is_overdue(self.now) {
            self.give_up();
        }
        if let Some((node, line)) = self.eventually.next(self.now) {
            self.router.tell(node, &line);
        }
        while self.ending.is_none() && self.may_step() && self.step() {
            self.next += 1;
            self.pace.stepped(self.now);
        }
    }

    /// Asks no more, and takes the last answer for what it is.
    fn give_up(&mut self) {
        if let Some((in_vain, last)) = self.eventually.give_up(self.now) {
            self.told.asked_in_vain.push(in_vain);
            if let Some(line) = last {
                self.tell(&line);
            }
        }
    }

    fn time_out(&mut self) {
        self.give_up();
        if let Some((node, rule, line)) = self.set_up.overdue() {
            let line = line.to_vec();
            self.broke(node, rule, &line);
        }
        self.ending = Some(Ending::TimedOut);
    }

    /// Whether what came before has been dealt with.
    fn may_step(&mut self) -> bool {
        if !self.set_up.is_done() || self.eventually.is_under_way() {
            return false;
        }
        if !self.pace.waits(self.steps.get(self.next)) {
            return true;
        }
        let fates = &self.fates;
        let answers = |node: usize| fates.get(node) == Some(&NodeFate::Well);
        self.pace.is_settled(self.now, answers)
    }

    /// Does the next step; `false`: it can't be done yet.
    fn step(&mut self) -> bool {
        match self.steps.get(self.next) {
            Some(Step::Send { .. }) => self.send(),
            Some(Step::Act { act, .. }) => {
                self.act(act);
                true
            }
            Some(Step::Sleep { duration, .. }) => self.pace.slept(self.now, *duration),
            None => {
                if self.is_complete() {
                    self.end();
                }
                false
            }
        }
    }

    fn is_complete(&self) -> bool {
        match self.wanted {
            WantedReply::Lines(count) => self.compared >= count,
            WantedReply::Answers => self.pace.has_all_answers(),
            WantedReply::Nothing => true,
        }
    }

    /// The case is done. Who stands still can't be told so.
    fn end(&mut self) {
        self.ending = Some(Ending::Done);
        for node in 0..self.fates.len() {
            if self.fate(node) == NodeFate::Paused {
                self.kill(node);
            }
        }
    }

    fn send(&mut self) -> bool {
        let steps = self.steps;
        let Some(Step::Send {
            line,
            bytes,
            names,
            within,
        }) = steps.get(self.next)
        else {
            return false;
        };
        let Some(bytes) = self.peers.fill_in(bytes, names) else {
            if self.now >= self.held_back_until() {
                self.told.in_vain = Some(self.peers.held_back(*line, names));
                self.next = steps.len();
            }
            return false;
        };
        let Some(node) = self.pace.receiver(*line) else {
            return true;
        };
        self.router.tell(node, &bytes);
        let is_well = self.fate(node) == NodeFate::Well;
        self.pace.sent(*line, is_well.then_some(node));
        if let Some(within) = within {
            self.eventually
                .begin(self.now, (*line, node), *within, &bytes);
        }
        true
    }

    fn held_back_until(&self) -> Duration {
        let since = self.pace.stepped_at();
        since.saturating_add(self.timeout / 2)
    }

    fn take_deliveries(&mut self) {
        let deliveries = self.router.take_deliveries().into_iter();
        let sends = deliveries.map(|delivery| ProcessAction::Send(delivery.node, delivery.bytes));
        self.actions.extend(sends);
    }

    /// A line has reached a client.
    fn tell(&mut self, line: &[u8]) {
        self.told.line(line);
        if !self.background.has_line(line) {
            self.compared += 1;
            self.pace.told(line);
            self.peers.heard(self.told.lines, line);
            self.eventually.told(self.told.lines, line);
        }
        let output_max = self.output_max;
        if self.told.output.exceeds(output_max) {
            self.told.output.truncate(output_max);
            self.ending = Some(Ending::Flooded { output_max });
        }
    }

    /// A node broke a rule, and there is no use in going on.
    fn fail(&mut self, node: usize, rule: Rule, line: &[u8]) {
        self.broke(node, rule, line);
        self.ending.get_or_insert(Ending::Failed);
    }

    fn broke(&mut self, node: usize, rule: Rule, line: &[u8]) {
        self.told.mishap(Mishap::Broke {
            node: self.cluster.name(node).to_owned(),
            rule,
            line: line.get(..LINE_MAX).unwrap_or(line).to_vec(),
        });
    }
}

/// What the network of a case's cluster is like, for so many clients.
fn settings(cluster: &Cluster, clients: usize) -> Settings {
    Settings {
        nodes: cluster.nodes.clone(),
        clients,
        latency: cluster.latency,
        distribution: cluster.distribution,
        topology: cluster.topology.unwrap_or(Topology::Grid),
        seed: cluster.seed,
        ..Settings::default()
    }
}

/// The highest number of a client in the case.
fn clients(case: &Case, expected: &[ExpectedLine]) -> usize {
    let senders = case.requests.iter().map(InputMessage::source);
    let shown = expected.iter().filter_map(ExpectedLine::json);
    let receivers = shown.filter_map(message::destination);
    let numbers = senders.chain(receivers).filter_map(message::client);
    numbers.max().unwrap_or_default()
}

#[cfg(test)]
mod tests;

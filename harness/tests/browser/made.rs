//! A made-up run: values flood a ring of nodes, a cut, a pause and a restart are in their way, what
//! they dropped is repaired later, but for one value that one node never gets.

use std::collections::BTreeMap;
use std::time::Duration;

use fixedbitset::FixedBitSet;
use harness::cluster::history::{Event, Invocation, Outcome, Phase, Reason, What};
use harness::cluster::journal::{Carried, Fate, Party};
use harness::cluster::judged::Judged;
use harness::cluster::limit::Limit;
use harness::cluster::recording::Recording;
use harness::cluster::sets::{SetReply, SetRequest, Shown};
use harness::cluster::settings::{Settings, names};
use harness::cluster::workload::{Reply, Request};
use harness::net::fault::FaultKind;
use harness::net::fault::{Cut, Fault};
use harness::report::html::{Report, render};

/// What a run is made of. Its times are in microseconds.
pub struct Made {
    pub settings: Settings,
    things: Vec<(u64, Thing)>,
    operations: usize,
    ids: u64,
    /// By value, by node: when it came there.
    held: BTreeMap<usize, BTreeMap<usize, u64>>,
    random: fastrand::Rng,
}

enum Thing {
    Event(What),
    Message(Carried),
}

/// A run as it is judged and shown.
pub struct Run {
    pub judged: Judged,
    pub messages: Vec<Carried>,
    pub command: String,
}

/// The value that gets lost, and the node that lacks it.
pub const LOST: (usize, usize) = (17, 3);

pub fn at(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

impl Made {
    /// So many values in a run that takes this many seconds.
    pub fn of(nodes: usize, values: usize, seconds: u64) -> Self {
        let settings = Settings {
            nodes: names(nodes),
            clients: nodes,
            time_limit: Duration::from_secs(seconds),
            rate: 10.0,
            latency: Duration::from_millis(30),
            nemesis: vec![FaultKind::Partition, FaultKind::Pause, FaultKind::Restart],
            seed: 42,
            ..Settings::default()
        };
        let mut made = Self {
            settings,
            things: Vec::new(),
            operations: 0,
            ids: 0,
            held: BTreeMap::new(),
            random: fastrand::Rng::with_seed(7),
        };
        made.event(0, What::Began(Phase::SetUp));
        made.event(400_000, What::Began(Phase::Load));
        made.faults(seconds * 1_000_000);
        let step = (seconds * 1_000_000 - 400_000) / values as u64;
        for value in 0..values {
            made.value(400_000 + step * value as u64, value);
            if value % 2 == 1 {
                made.read(
                    400_000 + step * value as u64 + step / 2,
                    value % nodes,
                    Phase::Load,
                );
            }
        }
        made.end(seconds * 1_000_000);
        made
    }

    /// One without faults, and with nothing wrong.
    pub fn calm() -> Self {
        let mut made = Self::of(3, 12, 5);
        made.settings.nemesis.clear();
        made.things.retain(|(_, thing)| {
            !matches!(
                thing,
                Thing::Event(
                    What::FaultBegan { .. } | What::FaultEnded { .. } | What::Recovered { .. }
                )
            )
        });
        made
    }

    fn faults(&mut self, length: u64) {
        let split = vec![
            vec![0, 3],
            (1..self.settings.nodes.len()).filter(|n| *n != 3).collect(),
        ];
        let faults = [
            (1, Fault::Cut(Cut::Split(split)), 20, 40),
            (2, Fault::Pause(2), 50, 62),
            (3, Fault::Restart(1), 70, 78),
        ];
        for (number, fault, from, to) in faults {
            let node = fault.node();
            let restart = matches!(fault, Fault::Restart(_));
            self.event(length / 100 * from, What::FaultBegan { number, fault });
            self.event(length / 100 * to, What::FaultEnded { number });
            if let (Some(node), true) = (node, restart) {
                self.event(length / 100 * to + 60_000, What::Recovered { node });
            }
        }
    }

    fn event(&mut self, time: u64, what: What) {
        self.things.push((time, Thing::Event(what)));
    }

    fn invoke(&mut self, time: u64, node: usize, request: Request, phase: Phase) -> usize {
        let operation = self.operations;
        self.operations += 1;
        let client = if phase == Phase::Load { node + 1 } else { 0 };
        let asked = Invocation {
            operation,
            client,
            node,
            request,
            phase,
        };
        self.event(time, What::Invoked(asked));
        operation
    }

    /// A value is broadcast, floods the ring both ways, and is acknowledged hop by hop.
    fn value(&mut self, time: u64, value: usize) {
        let nodes = self.settings.nodes.len();
        let origin = if value == LOST.0 {
            0
        } else {
            self.random.usize(..nodes)
        };
        let operation = self.invoke(
            time,
            origin,
            Request::Set(SetRequest::Add(value)),
            Phase::Load,
        );
        let took = 200 + self.random.u64(..3_000);
        if self.is_dead(time, origin) {
            let failed = Outcome::Failed(Reason::NodeDead);
            self.event(
                time + 100,
                What::Completed {
                    operation,
                    outcome: failed,
                },
            );
            return;
        }
        self.message(
            time,
            time,
            Party::Client(origin + 1),
            Party::Node(origin),
            "broadcast",
            &[value],
            false,
        );
        if value % 29 == 11 {
            let unknown = Outcome::Unknown(Reason::TimedOut);
            self.event(
                time + 500_000,
                What::Completed {
                    operation,
                    outcome: unknown,
                },
            );
        } else {
            self.event(
                time + took,
                What::Completed {
                    operation,
                    outcome: Outcome::Ok(Reply::Set(SetReply::Added)),
                },
            );
        }
        self.held.entry(value).or_default().insert(origin, time);
        let mut edge = vec![(origin, time)];
        while let Some((node, since)) = edge.pop() {
            for next in [(node + 1) % nodes, (node + nodes - 1) % nodes] {
                edge.extend(self.forward(since + 200, node, next, value));
            }
        }
    }

    fn forward(&mut self, sent: u64, from: usize, to: usize, value: usize) -> Option<(usize, u64)> {
        if from == to || self.held[&value].contains_key(&to) {
            return None;
        }
        let arrives = sent + 20_000 + self.random.u64(..25_000);
        let (one, other) = (Party::Node(from), Party::Node(to));
        let is_lost = (value, to) == LOST;
        if is_lost || self.is_cut(arrives, from, to) || self.is_dead(arrives, to) {
            self.message(sent, arrives, one, other, "broadcast", &[value], false);
            if is_lost {
                return None;
            }
            let again = self.length() / 100 * 80 + self.random.u64(..200_000);
            let repaired = again + 30_000;
            self.message(again, repaired, one, other, "batch", &[value], true);
            self.held.get_mut(&value).unwrap().insert(to, repaired);
            return Some((to, repaired));
        }
        self.message(sent, arrives, one, other, "broadcast", &[value], false);
        self.message(
            arrives + 150,
            arrives + 30_150,
            other,
            one,
            "broadcast_ack",
            &[],
            false,
        );
        self.held.get_mut(&value).unwrap().insert(to, arrives);
        Some((to, arrives))
    }

    fn length(&self) -> u64 {
        self.settings.time_limit.as_micros() as u64
    }

    fn is_cut(&self, time: u64, from: usize, to: usize) -> bool {
        let side = |node| node == 0 || node == 3;
        let hundredth = self.length() / 100;
        side(from) != side(to) && (hundredth * 20..hundredth * 40).contains(&time)
    }

    fn is_dead(&self, time: u64, node: usize) -> bool {
        let hundredth = self.length() / 100;
        node == 1 && (hundredth * 70..hundredth * 78 + 60_000).contains(&time)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a message has as many properties"
    )]
    fn message(
        &mut self,
        sent: u64,
        settled: u64,
        source: Party,
        destination: Party,
        kind: &str,
        values: &[usize],
        repair: bool,
    ) {
        let fate = match (source, destination) {
            (Party::Node(from), Party::Node(to)) if self.is_cut(settled, from, to) => Fate::Cut(1),
            (Party::Node(_), Party::Node(to)) if self.is_dead(settled, to) => Fate::Dead(Some(3)),
            (Party::Node(_), Party::Node(to)) if values == [LOST.0] && to == LOST.1 => Fate::Lost,
            _ => Fate::Delivered,
        };
        let name = |party| match party {
            Party::Node(node) => format!("n{node}"),
            Party::Client(client) => format!("c{client}"),
            Party::Service(service) => service.name().to_owned(),
        };
        let more = if repair { ",\"repair\":true" } else { "" };
        let line = format!(
            "{{\"src\":\"{}\",\"dest\":\"{}\",\"body\":{{\"type\":\"{kind}\",\"msg_id\":{},\"messages\":{values:?}{more}}}}}",
            name(source),
            name(destination),
            self.ids
        );
        let carried = Carried {
            id: self.ids,
            sent: at(sent),
            due: at(settled),
            settled: at(settled),
            source,
            destination,
            fate,
            kind: kind.to_owned(),
            values: values.to_vec(),
            served: None,
            line: line.into_bytes(),
        };
        self.ids += 1;
        self.things.push((settled, Thing::Message(carried)));
    }

    fn read(&mut self, time: u64, node: usize, phase: Phase) {
        let operation = self.invoke(time, node, Request::Set(SetRequest::Read), phase);
        if self.is_dead(time, node) {
            let outcome = Outcome::Failed(Reason::TimedOut);
            self.event(time + 900_000, What::Completed { operation, outcome });
            return;
        }
        let mut values = FixedBitSet::new();
        for (value, nodes) in &self.held {
            if nodes.get(&node).is_some_and(|since| *since <= time) {
                values.grow_and_insert(*value);
            }
        }
        let outcome = Outcome::Ok(Reply::Set(SetReply::Shown(Box::new(Shown {
            values,
            ..Shown::default()
        }))));
        let took = 150 + self.random.u64(..9_000);
        self.event(time + took, What::Completed { operation, outcome });
    }

    fn end(&mut self, length: u64) {
        self.event(length, What::Began(Phase::Recovery));
        self.event(length + 900_000, What::Began(Phase::FinalReads));
        for node in 0..self.settings.nodes.len() {
            self.read(length + 900_000, node, Phase::FinalReads);
        }
        self.event(length + 920_000, What::Began(Phase::End));
    }

    /// One more event.
    pub fn and(mut self, time: u64, what: What) -> Self {
        self.event(time, what);
        self
    }

    /// The run as it is judged and shown; each message as `change` makes it.
    pub fn judged(mut self, change: impl Fn(&mut Carried)) -> Run {
        let mut recording = Recording::new(self.settings);
        let mut messages = Vec::new();
        self.things.sort_by_key(|(time, _)| *time);
        for (time, thing) in self.things {
            match thing {
                Thing::Event(what) => recording.event(Event {
                    time: at(time),
                    what,
                }),
                Thing::Message(mut carried) => {
                    change(&mut carried);
                    recording.carried(&carried);
                    messages.push(carried);
                }
            }
        }
        Run {
            judged: Judged::of(recording, Limit::NONE),
            messages,
            command: "harness test -w broadcast --bin ./node --node-count 5 --time-limit 20 --rate 10 --nemesis partition,pause,restart --seed 42".to_owned(),
        }
    }
}

impl Run {
    pub fn page(&self) -> String {
        let report = Report {
            judged: &self.judged,
            command: &self.command,
        };
        render(&report, &self.messages)
    }
}

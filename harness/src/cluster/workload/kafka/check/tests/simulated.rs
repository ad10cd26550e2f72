//! Clients of logs that are right: one copy of each, behind two nodes. Requests take effect at any time
//! between their beginning and their end, some are refused, and some get no answer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fastrand::Rng;

use crate::cluster::history::{Event, Invocation, Outcome, Phase, Reason, What};
use crate::cluster::recording::Recording;
use crate::cluster::settings::{Settings, names};
use crate::cluster::workload::kafka::{
    KafkaMessage, KafkaReply, KafkaRequest, LogKey, Messages, Offsets,
};
use crate::cluster::workload::kind::WorkloadKind;
use crate::cluster::workload::{Reply, Request};

const CLIENTS: usize = 4;
const NODES: usize = 2;
const STEPS: usize = 400;

/// A request with its times, in milliseconds, and its end.
#[derive(Debug, Clone)]
pub struct Asked {
    pub client: usize,
    pub node: usize,
    pub request: KafkaRequest,
    pub phase: Phase,
    pub invoked: u64,
    pub ended: u64,
    pub end: Outcome,
}

impl Asked {
    pub fn reply(&self) -> Option<&KafkaReply> {
        match &self.end {
            Outcome::Ok(Reply::Kafka(reply)) => Some(reply),
            _ => None,
        }
    }

    pub fn reply_mut(&mut self) -> Option<&mut KafkaReply> {
        match &mut self.end {
            Outcome::Ok(Reply::Kafka(reply)) => Some(reply),
            _ => None,
        }
    }
}

/// What a client waits for.
struct Open {
    request: KafkaRequest,
    invoked: u64,
    reply: Option<KafkaReply>,
}

/// Logs and their clients.
pub struct Simulation {
    random: Rng,
    time: u64,
    logs: BTreeMap<LogKey, Vec<(i64, KafkaMessage)>>,
    committed: Offsets,
    message: i64,
    /// By client, from where it polls.
    offsets: Vec<Offsets>,
    /// By client, what it commits next.
    due: Vec<Option<Offsets>>,
    open: Vec<Option<Open>>,
    done: Vec<Asked>,
}

pub fn key(number: usize) -> LogKey {
    number.to_string().into()
}

impl Simulation {
    pub fn new(seed: u64) -> Self {
        Self {
            random: Rng::with_seed(seed),
            time: 0,
            logs: BTreeMap::new(),
            committed: Offsets::new(),
            message: 0,
            offsets: vec![Offsets::new(); CLIENTS],
            due: vec![None; CLIENTS],
            open: (0..CLIENTS).map(|_| None).collect(),
            done: Vec::new(),
        }
    }

    /// The requests of a run, in the order of their ends.
    pub fn run(mut self) -> Vec<Asked> {
        for _ in 0..STEPS {
            let client = self.random.usize(0..CLIENTS);
            self.step(client);
        }
        for client in 0..CLIENTS {
            while self.open[client].is_some() {
                self.step(client);
            }
        }
        self.finish();
        self.done
    }

    /// A client asks, is served, or is answered.
    fn step(&mut self, client: usize) {
        self.time += 1;
        let Some(mut open) = self.open[client].take() else {
            let request = self.ask(client);
            self.open[client] = Some(Open {
                request,
                invoked: self.time,
                reply: None,
            });
            return;
        };
        if open.reply.is_none() && self.random.u8(0..40) > 0 {
            open.reply = Some(self.serve(&open.request));
            self.open[client] = Some(open);
            return;
        }
        let unknown = || Outcome::Unknown(Reason::TimedOut);
        let end = match open.reply.take() {
            Some(_) if self.random.u8(0..40) == 0 => unknown(),
            Some(_) if open.request == KafkaRequest::Crash => unknown(),
            Some(reply) => Outcome::Ok(Reply::Kafka(reply)),
            None if self.random.bool() => unknown(),
            None => Outcome::Failed(Reason::NodeDead),
        };
        self.hear(client, &open.request, &end);
        self.end(client + 1, client % NODES, Phase::Load, open, end);
    }

    fn ask(&mut self, client: usize) -> KafkaRequest {
        if let Some(offsets) = self.due[client].take() {
            return KafkaRequest::Commit(offsets);
        }
        match self.random.u8(0..20) {
            0 => KafkaRequest::Crash,
            1..4 => KafkaRequest::Assign((0..4).filter(|_| self.random.bool()).map(key).collect()),
            4..12 => KafkaRequest::Poll(Some(self.offsets[client].clone())),
            _ => {
                self.message += 1;
                KafkaRequest::Send {
                    key: key(self.random.usize(0..4)),
                    message: KafkaMessage::Number(self.message),
                }
            }
        }
    }

    fn serve(&mut self, request: &KafkaRequest) -> KafkaReply {
        match request {
            KafkaRequest::Send { key, message } => {
                let log = self.logs.entry(key.clone()).or_default();
                let gap = self.random.i64(2..6);
                let offset = log.last().map_or(0, |(last, _)| *last) + gap;
                log.push((offset, message.clone()));
                KafkaReply::Sent(Some(offset))
            }
            KafkaRequest::Poll(from) => {
                let most = self.random.usize(1..9);
                let from = from.iter().flatten();
                let shown = from.filter_map(|(key, from)| {
                    let log = self.logs.get(key)?.iter();
                    let rest = log.filter(|(offset, _)| offset >= from);
                    Some((key.clone(), rest.take(most).cloned().collect()))
                });
                KafkaReply::Polled(shown.collect())
            }
            KafkaRequest::Commit(offsets) => {
                self.committed.extend(offsets.clone());
                KafkaReply::Committed
            }
            KafkaRequest::Assign(keys) => {
                let committed = keys.iter().filter_map(|key| {
                    let offset = self.committed.get(key)?;
                    Some((key.clone(), *offset))
                });
                KafkaReply::Assigned(Some(committed.collect()))
            }
            KafkaRequest::Crash | KafkaRequest::Several { .. } => KafkaReply::Committed,
        }
    }

    fn hear(&mut self, client: usize, request: &KafkaRequest, end: &Outcome) {
        let offsets = &mut self.offsets[client];
        match (request, end) {
            (_, Outcome::Unknown(_)) => offsets.clear(),
            (
                KafkaRequest::Assign(keys),
                Outcome::Ok(Reply::Kafka(KafkaReply::Assigned(listed))),
            ) => {
                let held = keys.iter().map(|key| {
                    let listed = listed.iter().flatten().find(|(other, _)| *other == key);
                    let listed = listed.map_or(0, |(_, offset)| *offset);
                    (key.clone(), offsets.get(key).copied().unwrap_or(listed))
                });
                *offsets = held.collect();
            }
            (KafkaRequest::Poll(_), Outcome::Ok(Reply::Kafka(KafkaReply::Polled(shown)))) => {
                let last = last(shown);
                offsets.extend(last.iter().map(|(key, last)| (key.clone(), last + 1)));
                self.due[client] = (!last.is_empty()).then_some(last);
            }
            _ => {}
        }
    }

    fn end(&mut self, client: usize, node: usize, phase: Phase, open: Open, end: Outcome) {
        self.done.push(Asked {
            client,
            node,
            phase,
            request: open.request,
            invoked: open.invoked,
            ended: self.time,
            end,
        });
    }

    /// The harness asks each node for what was committed, and for all messages.
    fn finish(&mut self) {
        let keys: Vec<_> = (0..4).map(key).collect();
        for node in 0..NODES {
            let assign = KafkaRequest::Assign(keys.clone());
            let mut asked = vec![assign];
            let mut all: Messages = self.logs.clone();
            all.retain(|_, list| !list.is_empty());
            let from: Offsets = keys.iter().map(|key| (key.clone(), 0)).collect();
            asked.push(KafkaRequest::Poll(Some(from)));
            for request in asked {
                self.time += 2;
                let reply = match &request {
                    KafkaRequest::Poll(_) => KafkaReply::Polled(all.clone()),
                    other => self.serve(other),
                };
                let invoked = self.time - 1;
                let end = Outcome::Ok(Reply::Kafka(reply));
                let open = Open {
                    request,
                    invoked,
                    reply: None,
                };
                self.end(0, node, Phase::FinalReads, open, end);
            }
        }
    }
}

/// The last offset of each list.
fn last(shown: &Messages) -> Offsets {
    let last = shown.iter().filter_map(|(key, list)| {
        let (offset, _) = list.last()?;
        Some((key.clone(), *offset))
    });
    last.collect()
}

/// These requests as a run, or as a history that anything wrote: there each client is a node.
pub fn recording(operations: &[Asked], is_bare: bool) -> Recording {
    let mut events = Vec::new();
    let mut operations: Vec<_> = operations.iter().collect();
    operations.sort_by_key(|asked| asked.invoked);
    for (number, asked) in operations.into_iter().enumerate() {
        let place = if asked.client == 0 {
            CLIENTS + asked.node
        } else {
            asked.client - 1
        };
        let invoked = What::Invoked(Invocation {
            operation: number,
            client: if is_bare { place + 1 } else { asked.client },
            node: if is_bare { place } else { asked.node },
            request: Request::Kafka(asked.request.clone()),
            phase: asked.phase,
        });
        events.push((asked.invoked, invoked));
        let outcome = asked.end.clone();
        let ended = What::Completed {
            operation: number,
            outcome,
        };
        events.push((asked.ended, ended));
    }
    events.sort_by_key(|(time, _)| *time);
    let is_load = |(_, what): &(u64, What)| matches!(what, What::Invoked(asked) if asked.phase == Phase::Load);
    assert!(events.iter().any(is_load));
    let events = events.into_iter().map(|(time, what)| Event {
        time: Duration::from_millis(time),
        what,
    });
    let settings = Settings {
        workload: WorkloadKind::Kafka,
        nodes: names(if is_bare { CLIENTS + NODES } else { NODES }),
        clients: CLIENTS,
        ..Settings::default()
    };
    if is_bare {
        return Recording::of_operations(settings, events.collect());
    }
    let mut recording = Recording::new(settings);
    events.for_each(|event| recording.event(event));
    recording
}

/// A client polls twice, and its first commit is refused.
pub fn refused_commit() -> Vec<Asked> {
    let mut time = 0;
    let mut asked = |(client, node), request, reply: Option<KafkaReply>, phase| {
        time += 2;
        Asked {
            client,
            node,
            request,
            phase,
            invoked: time - 1,
            ended: time,
            end: reply.map_or(Outcome::Failed(Reason::NodeDead), |reply| {
                Outcome::Ok(Reply::Kafka(reply))
            }),
        }
    };
    let mut all = Vec::new();
    let from = |offset| Some(Offsets::from([(key(0), offset)]));
    let shown = |numbers: std::ops::Range<i64>| {
        let list = numbers.map(|number| (number, KafkaMessage::Number(number)));
        Some(KafkaReply::Polled([(key(0), list.collect())].into()))
    };
    for number in 0..3 {
        let message = KafkaMessage::Number(number);
        let request = KafkaRequest::Send {
            key: key(0),
            message,
        };
        let reply = Some(KafkaReply::Sent(Some(number)));
        all.push(asked((2, 0), request, reply, Phase::Load));
    }
    let assign = KafkaRequest::Assign(vec![key(0)]);
    let listed = Some(KafkaReply::Assigned(Some(Offsets::new())));
    all.push(asked((1, 0), assign, listed, Phase::Load));
    for (begin, end, committed) in [
        (0, 1, Some(KafkaReply::Committed)),
        (1, 2, None),
        (2, 3, Some(KafkaReply::Committed)),
    ] {
        let poll = KafkaRequest::Poll(from(begin));
        all.push(asked((1, 0), poll, shown(begin..end), Phase::Load));
        let commit = KafkaRequest::Commit([(key(0), begin)].into());
        all.push(asked((1, 0), commit, committed, Phase::Load));
    }
    for node in 0..NODES {
        let poll = KafkaRequest::Poll(from(0));
        all.push(asked((0, node), poll, shown(0..3), Phase::FinalReads));
        let assign = KafkaRequest::Assign(vec![key(0)]);
        let listed = KafkaReply::Assigned(from(2));
        all.push(asked((0, node), assign, Some(listed), Phase::FinalReads));
    }
    all
}

/// The keys that were ever sent to.
pub fn keys_of(operations: &[Asked]) -> BTreeSet<LogKey> {
    let keys = operations.iter().filter_map(|asked| match &asked.request {
        KafkaRequest::Send { key, .. } => Some(key.clone()),
        _ => None,
    });
    keys.collect()
}

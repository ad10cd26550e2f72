//! A made-up node, right or wrong in one way. Time and other nodes are told to it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::{Value, json};

use super::log_node::{LogNode, LogWay};
use super::raft_node::{Disk, RaftFault, RaftNode};
use super::service_node::{Design, ServiceNode};
use super::store_node::{StoreFault, StoreNode};
use super::txn_node::{TxnDesign, TxnNode};

/// How a made-up node is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Way {
    Right,
    NeverForwards,
    ForwardsToOne,
    NeverRetries,
    NoDedup,
    Forgets,
    AcksAndDrops,
    /// It refuses each third value.
    Refuses,
    /// It refuses them, and keeps them.
    RefusesAndKeeps,
    KeepsNothing,
    ReceivesNothing,
    Invents,
    ShowsTwice,
    StopsAfterTen,
    Crashes,
    WrongSource,
    /// It forwards with this at the start of the envelope.
    Envelope(&'static str),
    WrongClient,
    /// It answers clients with a string as `in_reply_to`.
    QuotesLinks,
    Garbage,
    SilentAtInit,
    /// It answers `init` with this, in which NAME and ID stand for its name and the `msg_id`.
    Introduces(&'static str),
    /// It answers `init` up to so many ticks later than it gets it, and then greets everybody.
    StartsSlowly(usize),
    /// The line break of what it answers to `init` comes so many seconds later.
    EndsLate(u64),
    /// It answers each request up to nine ticks later than it gets it, so some get their answer sooner
    /// than others before them.
    AnswersLate,
    /// It sends back texts with a 7 in capitals.
    Shouts,
    /// Its ids have no name in them.
    NamelessIds,
    /// Its ids begin anew with each of its lives.
    IdsBeginAnew,
    /// It keeps what it knows in a service.
    Asks(Design),
    Keeps(LogWay),
    /// It passes requests to keys on to a service.
    Stores(StoreFault),
    /// It keeps keys in a replicated log.
    Replicates(RaftFault),
    Transacts(TxnDesign),
    /// Its ids are not unique, for this reason.
    Ids(WrongIds),
    /// Its sum is not right, for this reason.
    Sums(WrongSum),
}

/// Why ids are not unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum WrongIds {
    Null,
    /// They begin anew after the ninth.
    BeginAnew,
    /// They are the time, which all nodes share.
    Time,
    /// Name and number are put together without anything between them: n1 and 11, n11 and 1.
    Concatenated,
    /// Each is what is left of a hash in so few bits that two are soon one.
    FewBits,
    /// Great numbers went through a double.
    Rounded,
    /// What is asked at one time gets one id.
    OneForAll,
    /// Each tenth is one that the node next to it has given.
    Borrowed,
}

/// Why a sum is not right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum WrongSum {
    /// What others tell is added, each time that they tell it.
    AddsWhatIsTold,
    /// Of two sums the greater one counts, and what both nodes added is lost.
    TakesGreater,
    /// What others tell takes the place of what it knew of itself.
    Overwrites,
    /// What it was asked itself is all that it shows.
    ShowsOwn,
    /// What is negative counts as positive.
    LosesSign,
    /// Each add counts as one.
    CountsAdds,
    /// What was added last is not shown.
    ShowsOneLess,
    /// It shows nothing in the first twenty seconds.
    StartsLate,
}

/// A node that floods: it forwards what is new to all neighbors, again and again until they say that
/// they have it.
pub(super) struct FakeNode {
    pub(super) way: Way,
    pub(super) name: String,
    pub(super) neighbors: Vec<String>,
    pub(super) seen: Vec<Value>,
    pub(super) owed: BTreeSet<(String, u64)>,
    pub(super) said: Vec<String>,
    pub(super) broadcasts: usize,
    /// What it says only in so many ticks: its answer to `init` and what follows it.
    late: Vec<String>,
    ticks: usize,
    /// Answers, each with the ticks until it says it.
    slow: Vec<(usize, String)>,
    answers: usize,
    ids: usize,
    /// Which of its lives this is.
    pub(super) life: usize,
    /// Whether it tells all others, as nobody tells it its neighbors.
    pub(super) tells_all: bool,
    /// Whether it is a counter.
    pub(super) counts: bool,
    /// By node, how often it added, and what in all.
    added: BTreeMap<String, (u64, i64)>,
    told: u64,
    /// The node that it is instead, if it is none that floods.
    instead: Option<OtherNode>,
}

/// A node of another kind.
enum OtherNode {
    Service(ServiceNode),
    Logs(LogNode),
    Store(StoreNode),
    Raft(Box<RaftNode>),
    Transactions(Box<TxnNode>),
}

impl OtherNode {
    fn new(way: Way, disk: &Rc<RefCell<Disk>>) -> Option<Self> {
        match way {
            Way::Asks(design) => Some(Self::Service(ServiceNode::new(design))),
            Way::Keeps(way) => Some(Self::Logs(LogNode::new(way))),
            Way::Transacts(design) => Some(Self::Transactions(Box::new(TxnNode::new(design)))),
            Way::Stores(fault) => Some(Self::Store(StoreNode::new(fault))),
            Way::Replicates(fault) => {
                let node = RaftNode::new(fault, Rc::clone(disk));
                Some(Self::Raft(Box::new(node)))
            }
            _ => None,
        }
    }

    fn hear(&mut self, message: &Value, life: usize) -> Vec<String> {
        match self {
            Self::Service(node) => node.hear(message),
            Self::Logs(node) => {
                node.life = life;
                node.hear(message)
            }
            Self::Store(node) => node.hear(message),
            Self::Raft(node) => node.hear(message),
            Self::Transactions(node) => node.hear(message),
        }
    }

    fn tick(&mut self) -> Vec<String> {
        match self {
            Self::Service(_) => Vec::new(),
            Self::Logs(node) => node.tick(),
            Self::Store(node) => node.tick(),
            Self::Raft(node) => node.tick(),
            Self::Transactions(node) => node.tick(),
        }
    }
}

impl FakeNode {
    /// `disk`: what a node of its number has there, whichever of its lives this is.
    pub(super) fn new(way: Way, disk: &Rc<RefCell<Disk>>) -> Self {
        Self {
            way,
            name: String::new(),
            neighbors: Vec::new(),
            seen: Vec::new(),
            owed: BTreeSet::new(),
            said: Vec::new(),
            broadcasts: 0,
            late: Vec::new(),
            ticks: 0,
            slow: Vec::new(),
            answers: 0,
            ids: 0,
            life: 0,
            tells_all: false,
            counts: false,
            added: BTreeMap::new(),
            told: 0,
            instead: OtherNode::new(way, disk),
        }
    }

    fn say(&mut self, dest: &str, body: &Value) {
        let src = match self.way {
            Way::WrongSource if body["type"] == "forward" => "n99",
            _ => &self.name,
        };
        let dest = match self.way {
            Way::WrongClient if dest.starts_with('c') && !self.neighbors.is_empty() => "c1",
            _ => dest,
        };
        let mut message = json!({"src": src, "dest": dest, "body": body});
        if self.way == Way::QuotesLinks && dest.starts_with('c') && dest != "c0" {
            let link = &mut message["body"]["in_reply_to"];
            *link = link.to_string().into();
        }
        let mut line = message.to_string();
        if let Way::Envelope(start) = self.way
            && body["type"] == "forward"
        {
            line = line.replacen('{', start, 1);
        }
        if self.way == Way::AnswersLate
            && matches!(
                body["type"].as_str(),
                Some("read_ok" | "broadcast_ok" | "add_ok" | "echo_ok" | "generate_ok")
            )
        {
            self.answers += 1;
            self.slow.push((self.answers * 7 % 10, line));
            return;
        }
        self.said.push(line);
    }

    /// A client gives it a value.
    fn given(&mut self, client: &str, mut reply: Value, value: &Value) {
        self.broadcasts += 1;
        let is_third = self.broadcasts.is_multiple_of(3);
        if is_third && matches!(self.way, Way::Refuses | Way::RefusesAndKeeps) {
            reply["type"] = "error".into();
            reply["code"] = 11.into();
        }
        self.say(client, &reply);
        if !is_third || !matches!(self.way, Way::AcksAndDrops | Way::Refuses) {
            self.take(value, "");
        }
    }

    pub(super) fn hear(&mut self, line: &[u8]) {
        let message: Value = serde_json::from_slice(line).unwrap();
        if let Some(instead) = &mut self.instead {
            self.said.extend(instead.hear(&message, self.life));
            return;
        }
        let (source, body) = (message["src"].as_str().unwrap(), &message["body"]);
        let reply = |kind: &str| json!({"type": kind, "in_reply_to": body["msg_id"]});
        // No right node expects anything before it has answered `init`.
        let is_ready = !self.name.is_empty() && self.late.is_empty();
        assert!(is_ready || body["type"] == "init", "too early: {message}");
        match body["type"].as_str().unwrap() {
            "init" if self.way == Way::SilentAtInit => {}
            "init" if matches!(self.way, Way::Introduces(_)) => {
                let Way::Introduces(line) = self.way else {
                    return;
                };
                let name = body["node_id"].as_str().unwrap();
                let line = line.replace("NAME", name);
                self.said
                    .push(line.replace("ID", &body["msg_id"].to_string()));
            }
            "init" => {
                self.name = body["node_id"].as_str().unwrap().to_owned();
                self.say(source, &reply("init_ok"));
                if self.tells_all {
                    let names = body["node_ids"].as_array().unwrap().iter();
                    let names = names.map(|name| name.as_str().unwrap().to_owned());
                    self.neighbors = names.filter(|name| *name != self.name).collect();
                }
                if let Way::StartsSlowly(ticks) = self.way {
                    for other in body["node_ids"].as_array().unwrap() {
                        self.say(other.as_str().unwrap(), &json!({"type": "hello"}));
                    }
                    self.late = std::mem::take(&mut self.said);
                    self.ticks = ticks;
                }
            }
            "topology" => {
                let neighbors = body["topology"][&self.name].as_array().unwrap();
                let names = neighbors
                    .iter()
                    .map(|name| name.as_str().unwrap().to_owned());
                self.neighbors = names.collect();
                self.say(source, &reply("topology_ok"));
            }
            "add" if self.counts => {
                self.broadcasts += 1;
                let delta = body["delta"].as_i64().unwrap();
                let delta = match self.way {
                    Way::Sums(WrongSum::LosesSign) => delta.abs(),
                    Way::Sums(WrongSum::CountsAdds) => 1,
                    Way::AcksAndDrops if self.broadcasts.is_multiple_of(3) => 0,
                    Way::NoDedup if self.broadcasts.is_multiple_of(3) => 2 * delta,
                    _ => delta,
                };
                let (times, sum) = self.added.entry(self.name.clone()).or_default();
                (*times, *sum) = (*times + 1, *sum + delta);
                self.say(source, &reply("add_ok"));
            }
            "merge" => {
                let added = serde_json::from_value(body["added"].clone()).unwrap();
                let added: BTreeMap<String, (u64, i64)> = added;
                self.merge(added);
            }
            kind @ ("broadcast" | "add") => {
                let key = if kind == "add" { "element" } else { "message" };
                self.given(source, reply(&format!("{kind}_ok")), &body[key]);
            }
            "forward" => {
                let values = body["values"].as_array().unwrap().clone();
                self.say(source, &json!({"type": "got", "values": values}));
                if self.way == Way::ReceivesNothing && self.name == "n3" {
                    return;
                }
                for value in values {
                    self.take(&value, source);
                }
            }
            "got" => {
                for value in body["values"].as_array().unwrap() {
                    let value = value.as_u64().unwrap();
                    self.owed.remove(&(source.to_owned(), value));
                }
            }
            // What it wrote to itself, and a greeting.
            "init_ok" | "hello" => {}
            "read" => self.read(source, reply("read_ok")),
            "generate" => self.generate(source, reply("generate_ok")),
            "echo" => self.echo(source, &body["echo"], reply("echo_ok")),
            other => panic!("{other}"),
        }
    }

    fn merge(&mut self, added: BTreeMap<String, (u64, i64)>) {
        let own = self.name.clone();
        match self.way {
            Way::Sums(WrongSum::AddsWhatIsTold) => {
                let (_, ours) = self.added.entry(own).or_default();
                *ours += added.values().map(|(_, sum)| sum).sum::<i64>();
            }
            Way::Sums(WrongSum::TakesGreater) => {
                let theirs = added.into_values().max_by_key(|(_, sum)| *sum);
                let ours = self.added.entry(own).or_default();
                *ours = theirs.unwrap_or_default().max(*ours);
            }
            Way::Sums(WrongSum::Overwrites) => self.added.extend(added),
            Way::Sums(WrongSum::ShowsOwn) => {}
            _ => {
                for (name, theirs) in added {
                    let ours = self.added.entry(name).or_default();
                    *ours = theirs.max(*ours);
                }
            }
        }
    }

    fn generate(&mut self, source: &str, mut reply: Value) {
        self.ids += 1;
        reply["id"] = match self.way {
            Way::NamelessIds => self.ids.into(),
            Way::Ids(reason) => self.wrong_id(reason),
            Way::IdsBeginAnew => json!([self.name, self.ids]),
            _ => json!([self.name, self.life, self.ids]),
        };
        self.say(source, &reply);
    }

    fn wrong_id(&self, reason: WrongIds) -> Value {
        let (name, number) = (&self.name, self.ids as u64);
        let node: u64 = name.trim_start_matches('n').parse().unwrap();
        match reason {
            WrongIds::Null => Value::Null,
            WrongIds::BeginAnew => json!([name, number % 9]),
            WrongIds::Time => json!(self.told),
            WrongIds::Concatenated => format!("{node}{number}").into(),
            WrongIds::FewBits => {
                json!((number * 1_000 + node).wrapping_mul(0x9E37_79B9) >> 7 & 0x1F)
            }
            WrongIds::Rounded => {
                // What a double holds of it.
                json!(((node << 56) + number) >> 8 << 8)
            }
            WrongIds::OneForAll => json!([name, self.told]),
            WrongIds::Borrowed if number.is_multiple_of(10) && node > 0 => {
                json!([node - 1, number - 1])
            }
            WrongIds::Borrowed => json!([node, number]),
        }
    }

    fn echo(&mut self, source: &str, echo: &Value, mut reply: Value) {
        let text = echo.as_str().unwrap();
        reply["echo"] = if self.way == Way::Shouts && text.contains('7') {
            text.to_uppercase().into()
        } else {
            text.into()
        };
        self.say(source, &reply);
    }

    fn read(&mut self, source: &str, mut reply: Value) {
        if self.counts {
            let sum: i64 = self.added.values().map(|(_, sum)| sum).sum();
            let more = match self.way {
                Way::Invents => 1000,
                Way::Sums(WrongSum::ShowsOneLess) => -1,
                Way::Sums(WrongSum::StartsLate) if self.told < 200 => -sum,
                _ => 0,
            };
            reply["value"] = (sum + more).into();
            self.say(source, &reply);
            return;
        }
        let mut messages = self.seen.clone();
        match self.way {
            Way::Invents if messages.len() > 3 => messages.push(json!(123_456)),
            Way::ShowsTwice if messages.len() > 3 => messages.push(messages[0].clone()),
            Way::Garbage if messages.len() > 3 => self.said.push("DEBUG: read".to_owned()),
            _ => {}
        }
        let key = if self.tells_all { "value" } else { "messages" };
        reply[key] = messages.into();
        self.say(source, &reply);
    }

    fn take(&mut self, value: &Value, from: &str) {
        let is_new = !self.seen.contains(value);
        if self.way == Way::KeepsNothing && self.name == "n3" {
            return;
        }
        if is_new || self.way == Way::NoDedup {
            self.seen.push(value.clone());
        }
        if !is_new {
            return;
        }
        let others = self.neighbors.iter().filter(|name| *name != from);
        let mut others: Vec<_> = others.cloned().collect();
        match self.way {
            Way::NeverForwards => others.clear(),
            Way::ForwardsToOne => others.truncate(1),
            Way::StopsAfterTen if self.seen.len() > 10 => others.clear(),
            _ => {}
        }
        for other in others {
            self.owed.insert((other.clone(), value.as_u64().unwrap()));
            self.say(&other, &json!({"type": "forward", "values": [value]}));
        }
    }

    pub(super) fn tick(&mut self) {
        if let Some(instead) = &mut self.instead {
            self.said.extend(instead.tick());
            return;
        }
        match self.ticks {
            0 => self.said.append(&mut self.late),
            _ => self.ticks -= 1,
        }
        let due = self.slow.extract_if(.., |(ticks, _)| *ticks == 0);
        self.said.extend(due.map(|(_, line)| line));
        self.slow.iter_mut().for_each(|(ticks, _)| *ticks -= 1);
        self.told += 1;
        if self.counts {
            let tells = self.way != Way::NeverForwards && self.told.is_multiple_of(3);
            for other in self.neighbors.clone().iter().filter(|_| tells) {
                self.say(other, &json!({"type": "merge", "added": self.added}));
            }
            return;
        }
        if self.way == Way::NeverRetries {
            return;
        }
        for other in self.neighbors.clone() {
            let owed = self.owed.iter().filter(|(name, _)| *name == other);
            let values: Vec<_> = owed.map(|(_, value)| *value).collect();
            if !values.is_empty() {
                self.say(&other, &json!({"type": "forward", "values": values}));
            }
        }
    }
}

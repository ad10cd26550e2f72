//! A made-up node that keeps logs: alone in memory, with an owner for each key, or in `lin-kv`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Where logs are kept, and what is wrong with that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum LogWay {
    /// Each node by itself; alone it is right.
    Memory,
    /// Each key by one node, to which the others pass requests on.
    Owner,
    /// Each message under a key of its own in `lin-kv`, set by `cas`.
    LinKv,
    /// The same, but commits in memory.
    CommitsInMemory,
    /// In memory of each node, and wrong.
    Wrong(WrongLog),
}

/// What is wrong with a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum WrongLog {
    /// Each third message gets the offset of the one before.
    OffsetTwice,
    /// Each fifth message is acknowledged and lost.
    Loses,
    /// Each fifth message is refused and kept.
    KeepsRefused,
    /// Each message is kept twice.
    KeepsTwice,
    Falls,
    /// Each fourth message gets an offset below the first.
    FillsGaps,
    Negative,
    Fractions,
    /// Polls show messages in the wrong order.
    Reverses,
    /// Polls leave out the first message where there are several.
    SkipsFirst,
    /// Polls leave out the second message of three.
    SkipsInside,
    /// Polls show a message before the offset asked for.
    GoesBack,
    /// Polls never show the last message.
    HidesLast,
    /// Polls show one message more.
    Invents,
    ShowsAll,
    /// Polls show under each key what another one has.
    MixesKeys,
    /// Commits are acknowledged and forgotten.
    ForgetsCommits,
    /// Commits are listed higher than they were made.
    ListsMore,
}

/// How many messages of a key a poll shows at most.
const SHOWN_MAX: usize = 5;

/// A request that waits for its parts.
struct Gathering {
    source: String,
    msg_id: Value,
    /// The type of the reply, and under which key it has what its parts came to.
    kind: &'static str,
    field: Option<&'static str>,
    left: usize,
    all: Map<String, Value>,
}

/// What a reply of `lin-kv` is for.
enum ServicePart {
    Slot(u64, String, i64, Value),
    Entry(u64, String, i64, Vec<Value>),
    Committed(u64),
    Listed(u64, String),
}

/// The node.
pub(super) struct LogNode {
    way: LogWay,
    /// Which of its lives this is.
    pub(super) life: usize,
    name: String,
    nodes: Vec<String>,
    logs: BTreeMap<String, Vec<(i64, Value)>>,
    commits: BTreeMap<String, i64>,
    asked: u64,
    gathering: BTreeMap<u64, Gathering>,
    asks: BTreeMap<u64, ServicePart>,
    /// What was passed on and not answered yet: to whom, and for which request.
    passed: BTreeMap<String, (String, Value, u64)>,
    /// What it answered to what was passed on to it.
    answered: BTreeMap<String, Value>,
    sends: i64,
    said: Vec<String>,
}

impl LogNode {
    pub(super) fn new(way: LogWay) -> Self {
        Self {
            way,
            life: 0,
            name: String::new(),
            nodes: Vec::new(),
            logs: BTreeMap::new(),
            commits: BTreeMap::new(),
            asked: 0,
            gathering: BTreeMap::new(),
            asks: BTreeMap::new(),
            passed: BTreeMap::new(),
            answered: BTreeMap::new(),
            sends: 0,
            said: Vec::new(),
        }
    }

    /// What it says to a message.
    pub(super) fn hear(&mut self, message: &Value) -> Vec<String> {
        let body = &message["body"];
        let source = message["src"].as_str().unwrap();
        let gathering = |kind, field| Gathering {
            source: source.to_owned(),
            msg_id: body["msg_id"].clone(),
            kind,
            field,
            left: 0,
            all: Map::new(),
        };
        match body["type"].as_str().unwrap() {
            "init" => {
                self.name = body["node_id"].as_str().unwrap().to_owned();
                self.nodes = serde_json::from_value(body["node_ids"].clone()).unwrap();
                self.finish(gathering("init_ok", None));
            }
            "send" => self.begin(gathering("send_ok", Some("offset")), body),
            "poll" => self.begin(gathering("poll_ok", Some("msgs")), body),
            "commit_offsets" => self.begin(gathering("commit_offsets_ok", None), body),
            "list_committed_offsets" => {
                self.begin(
                    gathering("list_committed_offsets_ok", Some("offsets")),
                    body,
                );
            }
            "pass" => self.passed_on(source, body),
            "passed" => {
                let id = body["id"].as_str().unwrap();
                if let Some((_, _, number)) = self.passed.remove(id) {
                    self.part(number, body["reply"].as_object().unwrap().clone());
                }
            }
            _ => self.service_replied(body),
        }
        std::mem::take(&mut self.said)
    }

    /// What it says after a while: what was passed on and not answered, again.
    pub(super) fn tick(&mut self) -> Vec<String> {
        for (id, (owner, body, _)) in self.passed.clone() {
            self.say(&owner, &json!({"type": "pass", "id": id, "request": body}));
        }
        std::mem::take(&mut self.said)
    }

    fn is_in_service(&self) -> bool {
        matches!(self.way, LogWay::LinKv | LogWay::CommitsInMemory)
    }

    /// The parts of a request, each of one key.
    fn parts(body: &Value) -> Vec<(String, Value)> {
        let kind = &body["type"];
        if let Some(key) = body["key"].as_str() {
            return vec![(key.to_owned(), body.clone())];
        }
        if let Some(keys) = body["keys"].as_array() {
            let parts = keys.iter().map(|key| {
                let key = key.as_str().unwrap().to_owned();
                (key, json!({"type": kind}))
            });
            return parts.collect();
        }
        let parts = body["offsets"].as_object().unwrap().iter();
        parts
            .map(|(key, at)| (key.clone(), json!({"type": kind, "offset": at})))
            .collect()
    }

    fn begin(&mut self, mut gathering: Gathering, body: &Value) {
        let parts = Self::parts(body);
        gathering.left = parts.len();
        if parts.is_empty() {
            return self.finish(gathering);
        }
        self.asked += 1;
        let number = self.asked;
        self.gathering.insert(number, gathering);
        for (key, part) in parts {
            let in_service = match part["type"].as_str().unwrap() {
                "send" | "poll" => self.is_in_service(),
                _ => self.way == LogWay::LinKv,
            };
            if in_service {
                self.ask_for(number, key, &part);
                continue;
            }
            let hash: usize = key.bytes().map(usize::from).sum();
            let owner = self.nodes[hash % self.nodes.len()].clone();
            if self.way == LogWay::Owner && owner != self.name {
                let id = format!("{}-{}-{number}-{key}", self.name, self.life);
                let part = json!({"key": key, "part": part});
                self.passed
                    .insert(id.clone(), (owner.clone(), part.clone(), number));
                self.say(&owner, &json!({"type": "pass", "id": id, "request": part}));
            } else {
                let reply = self.serve(&key, &part);
                self.part(number, reply);
            }
        }
    }

    /// Another node passed a part on; what was answered before is answered again.
    fn passed_on(&mut self, source: &str, body: &Value) {
        let id = body["id"].as_str().unwrap().to_owned();
        if !self.answered.contains_key(&id) {
            let request = &body["request"];
            let reply = self.serve(request["key"].as_str().unwrap(), &request["part"]);
            self.answered.insert(id.clone(), reply.into());
        }
        let reply = self.answered[&id].clone();
        self.say(source, &json!({"type": "passed", "id": id, "reply": reply}));
    }

    /// What a part came to: by key.
    fn serve(&mut self, key: &str, part: &Value) -> Map<String, Value> {
        let came_to = match part["type"].as_str().unwrap() {
            "send" => self.append(key, &part["msg"]),
            "poll" => self.show(key, part["offset"].as_i64().unwrap()),
            "commit_offsets" => {
                if self.way != LogWay::Wrong(WrongLog::ForgetsCommits) {
                    self.commits
                        .insert(key.to_owned(), part["offset"].as_i64().unwrap());
                }
                Value::Null
            }
            _ => match self.commits.get(key) {
                Some(at) if self.way == LogWay::Wrong(WrongLog::ListsMore) => json!(at + 100),
                Some(at) => json!(at),
                None => return Map::new(),
            },
        };
        let mut all = Map::new();
        all.insert(key.to_owned(), came_to);
        if self.way == LogWay::Wrong(WrongLog::ShowsAll) && part["type"] == "poll" {
            for key in self.logs.keys() {
                all.entry(key.clone()).or_insert(self.show(key, 0));
            }
        }
        all
    }

    fn append(&mut self, key: &str, message: &Value) -> Value {
        let LogWay::Wrong(wrong) = self.way else {
            let log = self.logs.entry(key.to_owned()).or_default();
            let offset = log.last().map_or(0, |(last, _)| last + 1);
            log.push((offset, message.clone()));
            return json!(offset);
        };
        self.sends += 1;
        let is_each = |number| self.sends % number == 0;
        let log = self.logs.entry(key.to_owned()).or_default();
        let next = log.last().map_or(10, |(last, _)| last + 10);
        let offset = match wrong {
            WrongLog::OffsetTwice if is_each(3) && !log.is_empty() => next - 10,
            WrongLog::FillsGaps if is_each(4) && !log.is_empty() => log[0].0 - 1,
            WrongLog::Falls => 10_000 - self.sends,
            WrongLog::Negative => next - 1_000_000,
            _ => next,
        };
        if wrong == WrongLog::Fractions {
            return json!(0.5);
        }
        if wrong == WrongLog::Loses && is_each(5) {
            return json!(offset);
        }
        log.push((offset, message.clone()));
        log.sort_by_key(|(offset, _)| *offset);
        if wrong == WrongLog::KeepsTwice {
            log.push((offset + 5, message.clone()));
        }
        if wrong == WrongLog::KeepsRefused && is_each(5) {
            return json!({"type": "error", "code": 11, "text": "not now"});
        }
        json!(offset)
    }

    fn show(&self, key: &str, from: i64) -> Value {
        let LogWay::Wrong(wrong) = self.way else {
            return self.messages(key, from);
        };
        let (key, from) = match wrong {
            WrongLog::GoesBack => (key, from - 10),
            WrongLog::MixesKeys => (self.logs.keys().next().map_or(key, |key| key), from),
            _ => (key, from),
        };
        let mut shown = self.messages(key, from).as_array().unwrap().clone();
        match wrong {
            WrongLog::Reverses => shown.reverse(),
            WrongLog::SkipsFirst if shown.len() > 1 => drop(shown.remove(0)),
            WrongLog::SkipsInside if shown.len() > 2 => drop(shown.remove(1)),
            WrongLog::HidesLast => {
                let log = self.logs.get(key);
                let last = log.and_then(|log| log.last());
                shown.retain(|pair| last.is_none_or(|(last, _)| pair[0] != *last));
            }
            WrongLog::Invents => shown.push(json!([from + 1_000_000, 77_777])),
            _ => {}
        }
        shown.into()
    }

    fn messages(&self, key: &str, from: i64) -> Value {
        let log = self.logs.get(key).into_iter().flatten();
        let rest = log.filter(|(offset, _)| *offset >= from).take(SHOWN_MAX);
        rest.map(|(offset, message)| json!([offset, message]))
            .collect()
    }

    /// A part of a request came to this.
    fn part(&mut self, number: u64, came_to: Map<String, Value>) {
        let Some(gathering) = self.gathering.get_mut(&number) else {
            return;
        };
        gathering.all.extend(came_to);
        gathering.left -= 1;
        if gathering.left == 0 {
            let gathering = self.gathering.remove(&number).unwrap();
            self.finish(gathering);
        }
    }

    fn finish(&mut self, mut gathering: Gathering) {
        let mut body = json!({"type": gathering.kind});
        match gathering.field {
            // A send has one part.
            Some("offset") => {
                let offset = std::mem::take(&mut gathering.all)
                    .into_iter()
                    .next()
                    .unwrap()
                    .1;
                if offset.is_object() {
                    body = offset;
                } else {
                    body["offset"] = offset;
                }
            }
            Some(field) => body[field] = gathering.all.into(),
            None => {}
        }
        body["in_reply_to"] = gathering.msg_id;
        self.say(&gathering.source, &body);
    }

    fn slot(&mut self, number: u64, key: String, offset: i64, message: Value) {
        let cas = json!({"type": "cas", "key": format!("{key}/{offset}"), "from": null,
                         "to": message, "create_if_not_exists": true});
        self.ask(cas, ServicePart::Slot(number, key, offset, message));
    }

    fn entry(&mut self, number: u64, key: String, offset: i64, list: Vec<Value>) {
        let read = json!({"type": "read", "key": format!("{key}/{offset}")});
        self.ask(read, ServicePart::Entry(number, key, offset, list));
    }

    fn ask_for(&mut self, number: u64, key: String, part: &Value) {
        let committed = format!("committed/{key}");
        match part["type"].as_str().unwrap() {
            "send" => self.slot(number, key, 0, part["msg"].clone()),
            "poll" => self.entry(number, key, part["offset"].as_i64().unwrap(), Vec::new()),
            "commit_offsets" => {
                let write = json!({"type": "write", "key": committed, "value": part["offset"]});
                self.ask(write, ServicePart::Committed(number));
            }
            _ => {
                let read = json!({"type": "read", "key": committed});
                self.ask(read, ServicePart::Listed(number, key));
            }
        }
    }

    fn ask(&mut self, mut body: Value, part: ServicePart) {
        self.asked += 1;
        body["msg_id"] = self.asked.into();
        self.asks.insert(self.asked, part);
        self.say("lin-kv", &body);
    }

    fn service_replied(&mut self, body: &Value) {
        let number = body["in_reply_to"].as_u64().unwrap();
        let is_ok = body["type"] != "error";
        let by_key = |key, value| Map::from_iter([(key, value)]);
        match self.asks.remove(&number).expect("a reply to nothing") {
            ServicePart::Slot(number, key, offset, _) if is_ok => {
                self.part(number, by_key(key, json!(offset)));
            }
            ServicePart::Slot(number, key, offset, message) => {
                self.slot(number, key, offset + 1, message);
            }
            ServicePart::Entry(number, key, offset, mut list) if is_ok => {
                list.push(json!([offset, body["value"]]));
                if list.len() < SHOWN_MAX {
                    self.entry(number, key, offset + 1, list);
                } else {
                    self.part(number, by_key(key, list.into()));
                }
            }
            ServicePart::Entry(number, key, _, list) => {
                self.part(number, by_key(key, list.into()));
            }
            ServicePart::Listed(number, key) if is_ok => {
                self.part(number, by_key(key, body["value"].clone()));
            }
            ServicePart::Listed(number, _) | ServicePart::Committed(number) => {
                self.part(number, Map::new());
            }
        }
    }

    fn say(&mut self, dest: &str, body: &Value) {
        let message = json!({"src": self.name, "dest": dest, "body": body});
        self.said.push(message.to_string());
    }
}

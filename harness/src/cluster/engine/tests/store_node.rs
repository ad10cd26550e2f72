//! A made-up node that passes what it is asked on to `lin-kv`, right or wrong in one way.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// How it is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum StoreFault {
    None,
    /// It asks `seq-kv` instead.
    AsksSeqKv,
    /// Each tenth read shows null.
    ShowsNull,
    /// Each tenth read gets error 20.
    LosesKey,
    /// Each tenth read shows what nobody wrote.
    Invents,
    /// Each third cas that could be done gets error 22, and is not.
    RefusesMatching,
    /// Each third cas that was done gets error 22 all the same.
    DoesRefused,
    MixesKeys,
    /// It reads, compares and writes one after the other.
    ComparesFirst,
    /// A cas writes whatever the value is.
    NeverCompares,
    /// It acknowledges a write, and writes it later.
    WritesLater,
    /// It acknowledges each fifth write, and drops it.
    DropsWrites,
    /// It answers reads from what it has seen of the value itself.
    Caches,
}

pub(in crate::cluster) const STORE_FAULTS: [StoreFault; 12] = [
    StoreFault::AsksSeqKv,
    StoreFault::ShowsNull,
    StoreFault::LosesKey,
    StoreFault::Invents,
    StoreFault::RefusesMatching,
    StoreFault::DoesRefused,
    StoreFault::MixesKeys,
    StoreFault::ComparesFirst,
    StoreFault::NeverCompares,
    StoreFault::WritesLater,
    StoreFault::DropsWrites,
    StoreFault::Caches,
];

/// A request of a client.
#[derive(Debug, Clone)]
struct ClientRequest {
    source: String,
    body: Value,
    /// Whether it is not to be done, and refused if it could be.
    is_refused: bool,
}

/// The node.
pub(super) struct StoreNode {
    fault: StoreFault,
    name: String,
    asked: u64,
    waiting: BTreeMap<u64, ClientRequest>,
    /// How many requests of each type there were.
    counts: BTreeMap<String, u64>,
    cache: BTreeMap<String, Value>,
    later: Vec<Value>,
    said: Vec<String>,
}

impl StoreNode {
    pub(super) fn new(fault: StoreFault) -> Self {
        Self {
            fault,
            name: String::new(),
            asked: 0,
            waiting: BTreeMap::new(),
            counts: BTreeMap::new(),
            cache: BTreeMap::new(),
            later: Vec::new(),
            said: Vec::new(),
        }
    }

    /// What it says to a message.
    pub(super) fn hear(&mut self, message: &Value) -> Vec<String> {
        let body = message["body"].clone();
        let source = message["src"].as_str().unwrap().to_owned();
        match body["type"].as_str().unwrap() {
            "init" => {
                self.name = body["node_id"].as_str().unwrap().to_owned();
                let init = ClientRequest {
                    source,
                    body,
                    is_refused: false,
                };
                self.reply(&init, json!({"type": "init_ok"}));
            }
            "read" | "write" | "cas" => self.request(ClientRequest {
                source,
                body,
                is_refused: false,
            }),
            _ => self.replied(&body),
        }
        std::mem::take(&mut self.said)
    }

    /// What it says when some time has passed.
    pub(super) fn tick(&mut self) -> Vec<String> {
        for body in std::mem::take(&mut self.later) {
            self.asked += 1;
            self.send(body);
        }
        std::mem::take(&mut self.said)
    }

    /// Whether this is one of so many of its type.
    fn is_each(&mut self, number: u64, kind: &str) -> bool {
        let count = self.counts.entry(kind.to_owned()).or_default();
        *count += 1;
        count.is_multiple_of(number)
    }

    fn request(&mut self, mut request: ClientRequest) {
        let mut body = request.body.clone();
        if self.fault == StoreFault::MixesKeys {
            body["key"] = 0.into();
        }
        let key = body["key"].to_string();
        match (self.fault, body["type"].as_str().unwrap()) {
            (StoreFault::WritesLater, "write") => {
                self.later.push(body);
                self.reply(&request, json!({"type": "write_ok"}));
            }
            (StoreFault::DropsWrites, "write") if self.is_each(5, "write") => {
                self.reply(&request, json!({"type": "write_ok"}));
            }
            (StoreFault::Caches, "read") if self.cache.contains_key(&key) => {
                let value = &self.cache[&key];
                let shown = json!({"type": "read_ok", "value": value});
                self.reply(&request, shown);
            }
            (StoreFault::ComparesFirst, "cas") => {
                self.pass_on(json!({"type": "read", "key": body["key"]}), request);
            }
            (StoreFault::NeverCompares, "cas") => {
                let write = json!({"type": "write", "key": body["key"], "value": body["to"]});
                self.pass_on(write, request);
            }
            (StoreFault::RefusesMatching, "cas") if self.is_each(3, "cas") => {
                body["to"] = body["from"].clone();
                request.is_refused = true;
                self.pass_on(body, request);
            }
            _ => self.pass_on(body, request),
        }
    }

    fn replied(&mut self, body: &Value) {
        let number = body["in_reply_to"].as_u64().unwrap();
        let Some(request) = self.waiting.remove(&number) else {
            return;
        };
        let kind = body["type"].as_str().unwrap().to_owned();
        let asked = request.body.clone();
        let asked_for = asked["type"].as_str().unwrap();
        self.remember(&asked, body);
        let refused = json!({"type": "error", "code": 22, "text": "no"});
        match (self.fault, asked_for, kind.as_str()) {
            (StoreFault::ShowsNull, "read", "read_ok") if self.is_each(10, "shown") => {
                self.reply(&request, json!({"type": "read_ok", "value": null}));
            }
            (StoreFault::LosesKey, "read", "read_ok") if self.is_each(10, "shown") => {
                self.reply(&request, json!({"type": "error", "code": 20, "text": "no"}));
            }
            (StoreFault::Invents, "read", "read_ok") if self.is_each(10, "shown") => {
                self.reply(&request, json!({"type": "read_ok", "value": 77}));
            }
            (_, "cas", "cas_ok") if request.is_refused => self.reply(&request, refused),
            (StoreFault::DoesRefused, "cas", "cas_ok") if self.is_each(3, "done") => {
                self.reply(&request, refused);
            }
            (StoreFault::ComparesFirst, "cas", "read_ok") if body["value"] == asked["from"] => {
                let write = json!({"type": "write", "key": asked["key"], "value": asked["to"]});
                self.pass_on(write, request);
            }
            (StoreFault::ComparesFirst, "cas", "read_ok") => self.reply(&request, refused),
            (StoreFault::ComparesFirst | StoreFault::NeverCompares, "cas", "write_ok") => {
                self.reply(&request, json!({"type": "cas_ok"}));
            }
            _ => {
                let mut reply = body.clone();
                reply.as_object_mut().unwrap().remove("in_reply_to");
                self.reply(&request, reply);
            }
        }
    }

    fn remember(&mut self, asked: &Value, reply: &Value) {
        let value = match reply["type"].as_str().unwrap() {
            "read_ok" => &reply["value"],
            "write_ok" => &asked["value"],
            "cas_ok" => &asked["to"],
            _ => return,
        };
        self.cache.insert(asked["key"].to_string(), value.clone());
    }

    fn pass_on(&mut self, body: Value, request: ClientRequest) {
        self.asked += 1;
        self.waiting.insert(self.asked, request);
        self.send(body);
    }

    fn send(&mut self, mut body: Value) {
        body["msg_id"] = self.asked.into();
        let service = match self.fault {
            StoreFault::AsksSeqKv => "seq-kv",
            _ => "lin-kv",
        };
        let message = json!({"src": self.name, "dest": service, "body": body});
        self.said.push(message.to_string());
    }

    fn reply(&mut self, request: &ClientRequest, mut body: Value) {
        body["in_reply_to"] = request.body["msg_id"].clone();
        let message = json!({"src": self.name, "dest": request.source, "body": body});
        self.said.push(message.to_string());
    }
}

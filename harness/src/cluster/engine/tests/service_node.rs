//! A made-up node that keeps what it knows in a service.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What a node keeps in which service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Design {
    /// A counter as one key of `seq-kv`, which all set by `cas`.
    OneKey,
    /// The same in `lin-kv`; the key is made before `init` is answered.
    OneLinKey,
    /// A counter with a key for each node in `seq-kv`; a read sums all up.
    KeyPerNode,
    /// Ids from `lin-tso`.
    Timestamps,
    /// As `OneKey`, but what it has read it takes for the sum until it is asked to add itself.
    Remembers,
    /// A set as one key of `seq-kv`, which all set by `cas`.
    SetKey,
    /// The same, but what it has read it takes for the set until it is asked to add itself.
    SetRemembers,
    /// It asks `seq-kv` what that does not know, and then answers as `OneKey`.
    AsksForMore,
    /// As `OneKey`, but it writes the sum that it read, and what it adds, without `cas`.
    Overwrites,
    /// As `OneKey`, but it takes a refused `cas` for one that was done.
    TakesRefusals,
}

/// Whom a node answers, and what.
#[derive(Debug, Clone)]
struct Asker {
    source: String,
    msg_id: Value,
}

/// What a reply of a service is for.
#[derive(Debug, Clone)]
enum Step {
    /// The current value, to add this to it.
    Before(Asker, i64),
    Added(Asker, i64),
    /// The keys that are left to be read, and the sum of those that were.
    Sum(Asker, Vec<String>, i64),
    Timestamp(Asker),
    /// The answer to `init` waits for it.
    Init(Asker),
    Nothing,
}

/// The node.
pub(super) struct ServiceNode {
    design: Design,
    name: String,
    nodes: Vec<String>,
    asked: u64,
    waiting: BTreeMap<u64, Step>,
    remembered: Option<Value>,
    said: Vec<String>,
}

impl ServiceNode {
    pub(super) fn new(design: Design) -> Self {
        Self {
            design,
            name: String::new(),
            nodes: Vec::new(),
            asked: 0,
            waiting: BTreeMap::new(),
            remembered: None,
            said: Vec::new(),
        }
    }

    /// What it says to a message.
    pub(super) fn hear(&mut self, message: &Value) -> Vec<String> {
        let body = &message["body"];
        let asker = Asker {
            source: message["src"].as_str().unwrap().to_owned(),
            msg_id: body["msg_id"].clone(),
        };
        match body["type"].as_str().unwrap() {
            "init" => self.init(asker, body),
            "add" => {
                self.remembered = None;
                let key = if self.is_set() { "element" } else { "delta" };
                match body[key].as_i64().unwrap() {
                    0 if !self.is_set() => self.reply(&asker, json!({"type": "add_ok"})),
                    delta => self.add(asker, delta),
                }
            }
            "read" => match self.remembered.clone() {
                Some(sum) => self.reply(&asker, json!({"type": "read_ok", "value": sum})),
                None => self.sum(asker, self.keys(), 0),
            },
            "generate" => self.ask("lin-tso", json!({"type": "ts"}), Step::Timestamp(asker)),
            _ => self.replied(body),
        }
        std::mem::take(&mut self.said)
    }

    fn init(&mut self, asker: Asker, body: &Value) {
        self.name = body["node_id"].as_str().unwrap().to_owned();
        let names = body["node_ids"].as_array().unwrap().iter();
        self.nodes = names
            .map(|name| name.as_str().unwrap().to_owned())
            .collect();
        if self.design == Design::AsksForMore {
            self.ask(
                self.service(),
                json!({"type": "delete", "key": "old"}),
                Step::Nothing,
            );
        }
        if self.design == Design::OneLinKey {
            let cas = json!({"type": "cas", "key": "sum", "from": 0, "to": 0,
                             "create_if_not_exists": true});
            self.ask(self.service(), cas, Step::Init(asker));
        } else {
            self.reply(&asker, json!({"type": "init_ok"}));
        }
    }

    fn is_set(&self) -> bool {
        matches!(self.design, Design::SetKey | Design::SetRemembers)
    }

    fn service(&self) -> &'static str {
        match self.design {
            Design::OneLinKey => "lin-kv",
            _ => "seq-kv",
        }
    }

    /// The key that it adds to.
    fn key(&self) -> String {
        match self.design {
            Design::KeyPerNode => self.name.clone(),
            _ => "sum".to_owned(),
        }
    }

    /// The keys that make up the sum.
    fn keys(&self) -> Vec<String> {
        match self.design {
            Design::KeyPerNode => self.nodes.clone(),
            _ => vec!["sum".to_owned()],
        }
    }

    fn add(&mut self, asker: Asker, delta: i64) {
        let read = json!({"type": "read", "key": self.key()});
        self.ask(self.service(), read, Step::Before(asker, delta));
    }

    fn sum(&mut self, asker: Asker, mut keys: Vec<String>, sum: i64) {
        let Some(key) = keys.pop() else {
            return self.show(&asker, &sum.into());
        };
        let read = json!({"type": "read", "key": key});
        self.ask(self.service(), read, Step::Sum(asker, keys, sum));
    }

    fn show(&mut self, asker: &Asker, value: &Value) {
        if matches!(self.design, Design::Remembers | Design::SetRemembers) {
            self.remembered = Some(value.clone());
        }
        self.reply(asker, json!({"type": "read_ok", "value": value}));
    }

    fn replied(&mut self, body: &Value) {
        let number = body["in_reply_to"].as_u64().unwrap();
        let step = self.waiting.remove(&number).expect("a reply to nothing");
        // A key that is missing counts as 0.
        let value = body["value"].as_i64().unwrap_or_default();
        match step {
            Step::Before(asker, element) if self.is_set() => {
                let from = body.get("value").cloned().unwrap_or(json!([]));
                let mut to = from.clone();
                to.as_array_mut().unwrap().push(element.into());
                let cas = json!({"type": "cas", "key": self.key(), "from": from, "to": to,
                                 "create_if_not_exists": true});
                self.ask(self.service(), cas, Step::Added(asker, element));
            }
            Step::Sum(asker, ..) if self.is_set() => {
                let nothing = json!([]);
                self.show(&asker, body.get("value").unwrap_or(&nothing));
            }
            Step::Before(asker, delta) if self.design == Design::Overwrites => {
                let write = json!({"type": "write", "key": self.key(), "value": value + delta});
                self.ask(self.service(), write, Step::Added(asker, delta));
            }
            Step::Before(asker, delta) => {
                let cas = json!({"type": "cas", "key": self.key(), "from": value,
                                 "to": value + delta, "create_if_not_exists": true});
                self.ask(self.service(), cas, Step::Added(asker, delta));
            }
            Step::Added(asker, delta) => match body["type"].as_str().unwrap() {
                "cas_ok" | "write_ok" => self.reply(&asker, json!({"type": "add_ok"})),
                _ if self.design == Design::TakesRefusals => {
                    self.reply(&asker, json!({"type": "add_ok"}));
                }
                _ => self.add(asker, delta),
            },
            Step::Sum(asker, keys, sum) => self.sum(asker, keys, sum + value),
            Step::Timestamp(asker) => {
                self.reply(&asker, json!({"type": "generate_ok", "id": body["ts"]}));
            }
            Step::Init(asker) => self.reply(&asker, json!({"type": "init_ok"})),
            Step::Nothing => assert_eq!(body["code"], 10),
        }
    }

    fn ask(&mut self, service: &str, mut body: Value, step: Step) {
        self.asked += 1;
        body["msg_id"] = self.asked.into();
        self.waiting.insert(self.asked, step);
        self.say(service, &body);
    }

    fn reply(&mut self, asker: &Asker, mut body: Value) {
        body["in_reply_to"] = asker.msg_id.clone();
        self.say(&asker.source, &body);
    }

    fn say(&mut self, dest: &str, body: &Value) {
        let message = json!({"src": self.name, "dest": dest, "body": body});
        self.said.push(message.to_string());
    }
}

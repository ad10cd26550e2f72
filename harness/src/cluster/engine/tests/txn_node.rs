//! A made-up node that runs transactions, right or wrong in one way.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// How a node runs transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum TxnDesign {
    /// All keys are one value of `lin-kv`, which is replaced by `cas`; who comes too late aborts.
    OneValue,
    /// One after the other, each node for itself.
    Alone,
    /// The same, and writes are told to the others until they have them; the latest wins.
    Gossip,
    NeverTells,
    /// Gossip that says everything once, whether it arrives or not.
    TellsOnce,
    /// Gossip that keeps what came last, whenever it was written.
    KeepsWhatCameLast,
    /// Gossip of transactions that run two at a time, an operation of each by turns.
    Interleaves,
    KeepsAborted,
    /// Of two writes of a key the next reader sees the first.
    ShowsIntermediate,
    /// As `OneValue`, but it writes without a look at what others wrote meanwhile.
    WritesBlindly,
    /// As `OneValue`, but only keys that it writes must not have changed.
    ChecksWrites,
    /// As `OneValue`, but what only reads is answered from what it saw last.
    ReadsCache,
    /// A transaction reads what was before it.
    MissesOwnWrites,
    /// The last operation is missing in its replies, if there are several.
    LeavesOut,
    /// What it wrote reads otherwise in its reply.
    ChangesWrites,
    /// Some reads show what nobody wrote.
    Invents,
    /// Some values are appended twice.
    AppendsTwice,
    /// Appends of one transaction stand in the opposite order.
    AppendsBackwards,
    /// Some reads show that a key does not exist.
    ShowsNothing,
}

/// The keys of an object are those of the workload, as JSON.
type State = Map<String, Value>;

#[derive(Debug, Clone)]
struct Asker {
    source: String,
    msg_id: Value,
    txn: Value,
}

/// What a reply of `lin-kv` is for.
enum Step {
    /// What was there at the beginning.
    Read(Asker),
    /// What is there in the end, to be replaced; and what was at the beginning.
    Again(Asker, State),
    /// Whether it was replaced, and what to answer then.
    Replaced(Asker, Value),
}

/// The node.
pub(super) struct TxnNode {
    design: TxnDesign,
    name: String,
    others: Vec<String>,
    asked: u64,
    waiting: BTreeMap<u64, Step>,
    state: State,
    /// By key, when it was written and by whom.
    stamps: BTreeMap<String, (u64, String)>,
    clock: u64,
    /// By key, a first value that was replaced at once.
    intermediate: State,
    /// What others have not said yet that they have.
    owed: BTreeMap<(String, String), (u64, String)>,
    transactions: usize,
    /// A transaction that waits for another one, to be run beside it.
    held: Option<Asker>,
    said: Vec<String>,
}

impl TxnNode {
    pub(super) fn new(design: TxnDesign) -> Self {
        Self {
            design,
            name: String::new(),
            others: Vec::new(),
            asked: 0,
            waiting: BTreeMap::new(),
            state: State::new(),
            stamps: BTreeMap::new(),
            clock: 0,
            intermediate: State::new(),
            owed: BTreeMap::new(),
            transactions: 0,
            held: None,
            said: Vec::new(),
        }
    }

    /// What it says to a message.
    pub(super) fn hear(&mut self, message: &Value) -> Vec<String> {
        let body = &message["body"];
        let asker = Asker {
            source: message["src"].as_str().unwrap().to_owned(),
            msg_id: body["msg_id"].clone(),
            txn: body["txn"].clone(),
        };
        match body["type"].as_str().unwrap() {
            "init" => {
                self.name = body["node_id"].as_str().unwrap().to_owned();
                let names = body["node_ids"].as_array().unwrap().iter();
                let names = names.map(|name| name.as_str().unwrap().to_owned());
                self.others = names.filter(|name| *name != self.name).collect();
                self.reply(&asker, json!({"type": "init_ok"}));
            }
            "txn" => self.begin(asker),
            "tell" => self.told(&asker, body),
            "got" => {
                let key = body["key"].as_str().unwrap().to_owned();
                let stamp = serde_json::from_value(body["stamp"].clone()).unwrap();
                let owed = (asker.source, key);
                if self.owed.get(&owed) == Some(&stamp) {
                    self.owed.remove(&owed);
                }
            }
            _ => self.replied(body),
        }
        std::mem::take(&mut self.said)
    }

    fn is_local(&self) -> bool {
        use TxnDesign::{ChecksWrites, OneValue, ReadsCache, WritesBlindly};
        !matches!(
            self.design,
            OneValue | WritesBlindly | ChecksWrites | ReadsCache
        )
    }

    fn begin(&mut self, asker: Asker) {
        self.transactions += 1;
        let operations = asker.txn.as_array().unwrap();
        let only_reads = operations.iter().all(|operation| operation[0] == "r");
        if self.design == TxnDesign::Interleaves {
            match self.held.take() {
                Some(other) => self.by_turns(&[other, asker]),
                None => self.held = Some(asker),
            }
        } else if self.is_local() {
            self.at_once(&asker);
        } else if only_reads && self.design == TxnDesign::ReadsCache {
            let (done, _) = self.run(&asker.txn, &self.state);
            self.committed(&asker, &done);
        } else {
            self.ask(json!({"type": "read", "key": "all"}), Step::Read(asker));
        }
    }

    /// Runs a transaction by itself.
    fn at_once(&mut self, asker: &Asker) {
        let (done, written) = self.run(&asker.txn, &self.state);
        let is_fifth = self.transactions.is_multiple_of(5);
        self.intermediate.clear();
        for operation in asker.txn.as_array().unwrap() {
            let key = operation[1].to_string();
            if operation[0] == "w" && operation[2] != written[&key] {
                self.intermediate.insert(key, operation[2].clone());
            }
        }
        for (key, value) in written {
            self.write(key, value);
        }
        if self.design == TxnDesign::KeepsAborted && is_fifth {
            self.reply(
                asker,
                json!({"type": "error", "code": 30, "text": "aborted"}),
            );
        } else {
            self.committed(asker, &done);
        }
    }

    fn write(&mut self, key: String, value: Value) {
        self.clock += 1;
        self.stamps
            .insert(key.clone(), (self.clock, self.name.clone()));
        self.tell(&key);
        self.state.insert(key, value);
    }

    /// Runs an operation of each transaction, then the next of each.
    fn by_turns(&mut self, askers: &[Asker]) {
        let mut all: Vec<_> = askers.iter().map(|asker| asker.txn.clone()).collect();
        let longest = all.iter().map(|txn| txn.as_array().unwrap().len()).max();
        for at in 0..longest.unwrap() {
            for operation in all.iter_mut().filter_map(|txn| txn.get_mut(at)) {
                let key = operation[1].to_string();
                if operation[0] == "r" {
                    operation[2] = self.state.get(&key).cloned().unwrap_or_default();
                } else {
                    self.write(key, operation[2].clone());
                }
            }
        }
        for (asker, done) in askers.iter().zip(all) {
            self.committed(asker, &done);
        }
    }

    /// What a transaction does to this state: its operations with what it read, and what it wrote.
    fn run(&self, txn: &Value, state: &State) -> (Value, State) {
        let mut written = State::new();
        let mut done = txn.clone();
        let is_seventh = self.transactions.is_multiple_of(7);
        for operation in done.as_array_mut().unwrap() {
            let key = operation[1].to_string();
            let own = written.get(&key);
            let own = own.filter(|_| self.design != TxnDesign::MissesOwnWrites);
            let shown = own.or_else(|| state.get(&key)).cloned();
            let shown = shown.unwrap_or(Value::Null);
            match operation[0].as_str().unwrap() {
                "r" => {
                    operation[2] = match self.design {
                        TxnDesign::ShowsIntermediate => {
                            self.intermediate.get(&key).cloned().unwrap_or(shown)
                        }
                        TxnDesign::Invents if is_seventh && !shown.is_null() => json!(9_999),
                        TxnDesign::ShowsNothing if is_seventh => Value::Null,
                        _ => shown,
                    };
                }
                "w" => {
                    written.insert(key, operation[2].clone());
                }
                _ => {
                    let before = written.get(&key).or_else(|| state.get(&key));
                    let mut list = before.cloned().unwrap_or(json!([]));
                    let values = list.as_array_mut().unwrap();
                    let is_own = written.contains_key(&key);
                    if is_own && self.design == TxnDesign::AppendsBackwards {
                        values.insert(values.len() - 1, operation[2].clone());
                    } else {
                        values.push(operation[2].clone());
                    }
                    if self.design == TxnDesign::AppendsTwice && is_seventh {
                        values.push(operation[2].clone());
                    }
                    written.insert(key, list);
                }
            }
        }
        (done, written)
    }

    fn committed(&mut self, asker: &Asker, done: &Value) {
        let mut done = done.clone();
        let operations = done.as_array_mut().unwrap();
        match self.design {
            TxnDesign::LeavesOut if operations.len() > 1 => drop(operations.pop()),
            TxnDesign::ChangesWrites => {
                for operation in operations.iter_mut().filter(|one| one[0] != "r") {
                    operation[2] = json!(operation[2].as_i64().unwrap() + 500);
                }
            }
            _ => {}
        }
        self.reply(asker, json!({"type": "txn_ok", "txn": done}));
    }

    /// `lin-kv` replied.
    fn replied(&mut self, body: &Value) {
        let number = body["in_reply_to"].as_u64().unwrap();
        let step = self.waiting.remove(&number).expect("a reply to nothing");
        let value = || body["value"].as_object().cloned().unwrap_or_default();
        match step {
            Step::Read(asker) if self.design == TxnDesign::ChecksWrites => {
                let read = json!({"type": "read", "key": "all"});
                self.ask(read, Step::Again(asker, value()));
            }
            Step::Read(asker) => self.replace(asker, &value(), &value()),
            Step::Again(asker, before) => self.replace(asker, &before, &value()),
            Step::Replaced(asker, done) => match body["type"].as_str().unwrap() {
                "error" => {
                    let error = json!({"type": "error", "code": 30, "text": "conflict"});
                    self.reply(&asker, error);
                }
                _ => self.committed(&asker, &done),
            },
        }
    }

    /// Puts what a transaction writes, that ran on one state, into another one.
    fn replace(&mut self, asker: Asker, before: &State, now: &State) {
        let (done, written) = self.run(&asker.txn, before);
        self.state = now.clone();
        if written.is_empty() {
            return self.committed(&asker, &done);
        }
        if written.keys().any(|key| before.get(key) != now.get(key)) {
            let error = json!({"type": "error", "code": 30, "text": "conflict"});
            return self.reply(&asker, error);
        }
        let mut to = now.clone();
        to.extend(written);
        let request = if self.design == TxnDesign::WritesBlindly {
            json!({"type": "write", "key": "all", "value": to})
        } else {
            json!({"type": "cas", "key": "all", "from": now, "to": to, "create_if_not_exists": true})
        };
        self.ask(request, Step::Replaced(asker, done));
    }

    /// Others are to get what was written.
    fn tell(&mut self, key: &str) {
        if !matches!(self.design, TxnDesign::Alone | TxnDesign::NeverTells) {
            let stamp = self.stamps[key].clone();
            for other in self.others.clone() {
                self.owed.insert((other, key.to_owned()), stamp.clone());
            }
        }
    }

    /// Another node tells what was written there.
    fn told(&mut self, from: &Asker, body: &Value) {
        let key = body["key"].as_str().unwrap().to_owned();
        let stamp: (u64, String) = serde_json::from_value(body["stamp"].clone()).unwrap();
        self.clock = self.clock.max(stamp.0);
        let got = json!({"type": "got", "key": key, "stamp": stamp});
        let is_new = self.stamps.get(&key).is_none_or(|known| *known < stamp);
        if is_new || self.design == TxnDesign::KeepsWhatCameLast {
            self.state.insert(key.clone(), body["value"].clone());
            self.stamps.insert(key, stamp);
        }
        self.say(&from.source, got);
    }

    /// Tells what it still owes.
    pub(super) fn tick(&mut self) -> Vec<String> {
        if let Some(held) = self.held.take() {
            self.by_turns(&[held]);
        }
        for ((other, key), stamp) in self.owed.clone() {
            let value = &self.state[&key];
            let stamp = self.stamps.get(&key).unwrap_or(&stamp).clone();
            let tell = json!({"type": "tell", "key": key, "value": value, "stamp": stamp});
            self.owed.insert((other.clone(), key), stamp);
            self.say(&other, tell);
        }
        if self.design == TxnDesign::TellsOnce {
            self.owed.clear();
        }
        std::mem::take(&mut self.said)
    }

    fn ask(&mut self, mut body: Value, step: Step) {
        self.asked += 1;
        body["msg_id"] = self.asked.into();
        self.waiting.insert(self.asked, step);
        self.say("lin-kv", body);
    }

    fn reply(&mut self, asker: &Asker, mut body: Value) {
        body["in_reply_to"] = asker.msg_id.clone();
        self.say(&asker.source.clone(), body);
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "what is said is made where it is said"
    )]
    fn say(&mut self, dest: &str, body: Value) {
        let message = json!({"src": self.name, "dest": dest, "body": body});
        self.said.push(message.to_string());
    }
}

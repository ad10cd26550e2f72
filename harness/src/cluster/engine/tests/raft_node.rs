//! A made-up node that keeps values in a replicated log, as Raft has it, right or wrong in one way. What it
//! must not forget stands on a disk that outlives it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use fastrand::Rng;
use serde_json::{Value, json};

/// How it is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum RaftFault {
    None,
    /// Each node answers reads from its own copy.
    AnyoneReads,
    /// The leader answers reads without asking the others whether it still is one.
    LeaderReads,
    /// The leader acknowledges a write before a majority has it.
    AcknowledgesEarly,
    /// The first node leads alone, and its disk forgets everything.
    ForgetsAll,
    /// The first node leads alone, and its disk forgets the last entries.
    ForgetsLast,
    /// What arrives twice is done twice.
    DoesTwice,
    /// It votes for anybody, however little that one has.
    VotesForAnybody,
}

pub(in crate::cluster) const RAFT_FAULTS: [RaftFault; 7] = [
    RaftFault::AnyoneReads,
    RaftFault::LeaderReads,
    RaftFault::AcknowledgesEarly,
    RaftFault::ForgetsAll,
    RaftFault::ForgetsLast,
    RaftFault::DoesTwice,
    RaftFault::VotesForAnybody,
];

/// What a node must not forget.
#[derive(Debug, Default)]
pub(super) struct Disk {
    term: u64,
    vote: Option<String>,
    log: Vec<LogEntry>,
    /// How often the node was started.
    lives: u64,
}

#[derive(Debug, Clone)]
struct LogEntry {
    term: u64,
    /// Of its request, which may come several times; empty if it does nothing.
    id: String,
    request: Value,
}

#[derive(Debug, PartialEq)]
enum Role {
    Follower,
    Candidate(BTreeSet<String>),
    Leader,
}

/// The node.
pub(super) struct RaftNode {
    fault: RaftFault,
    disk: Rc<RefCell<Disk>>,
    name: String,
    others: Vec<String>,
    random: Rng,
    role: Role,
    leader: Option<String>,
    /// Ticks until it wants to be the leader.
    patience: u64,
    /// Of each other node, as the leader knows it: how many entries it is to get next, and has.
    next: BTreeMap<String, usize>,
    matched: BTreeMap<String, usize>,
    committed: usize,
    applied: usize,
    store: BTreeMap<String, Value>,
    done: BTreeSet<String>,
    /// By the id of a request, the client that waits for it here, and the number of its request.
    clients: BTreeMap<String, (String, Value)>,
    /// By id, the node that passed it on to this one, the leader.
    origins: BTreeMap<String, String>,
    asked: u64,
    said: Vec<String>,
}

impl RaftNode {
    pub(super) fn new(fault: RaftFault, disk: Rc<RefCell<Disk>>) -> Self {
        {
            let mut disk = disk.borrow_mut();
            disk.lives += 1;
            match fault {
                RaftFault::ForgetsAll => disk.log.clear(),
                RaftFault::ForgetsLast => {
                    let length = disk.log.len();
                    disk.log.truncate(length - length.min(4));
                }
                _ => {}
            }
        }
        Self {
            fault,
            disk,
            name: String::new(),
            others: Vec::new(),
            random: Rng::with_seed(0),
            role: Role::Follower,
            leader: None,
            patience: 1,
            next: BTreeMap::new(),
            matched: BTreeMap::new(),
            committed: 0,
            applied: 0,
            store: BTreeMap::new(),
            done: BTreeSet::new(),
            clients: BTreeMap::new(),
            origins: BTreeMap::new(),
            asked: 0,
            said: Vec::new(),
        }
    }

    /// What it says to a message.
    pub(super) fn hear(&mut self, message: &Value) -> Vec<String> {
        let source = message["src"].as_str().unwrap();
        let body = &message["body"];
        self.step_down_before(source, body);
        match body["type"].as_str().unwrap() {
            "init" => self.init(source, body),
            "read" | "write" | "cas" => self.request(source, body),
            "vote" => self.asked_to_vote(source, body),
            "voted" => self.voted(source, body),
            "append" => self.append(source, body),
            "appended" => self.appended(source, body),
            "forward" => self.propose(body["id"].as_str().unwrap(), &body["request"], source),
            "answer" => self.answer(body["id"].as_str().unwrap(), &body["reply"]),
            other => panic!("{other}"),
        }
        std::mem::take(&mut self.said)
    }

    /// What it says when some time has passed.
    pub(super) fn tick(&mut self) -> Vec<String> {
        if self.name.is_empty() {
            return Vec::new();
        }
        if self.role == Role::Leader {
            self.replicate();
        } else {
            self.patience = self.patience.saturating_sub(1);
            let may_lead = !self.leads_alone() || self.name == "n0";
            if self.patience == 0 && may_lead {
                self.run_for_leader();
            }
        }
        std::mem::take(&mut self.said)
    }

    fn init(&mut self, source: &str, body: &Value) {
        self.name = body["node_id"].as_str().unwrap().to_owned();
        let names = body["node_ids"].as_array().unwrap().iter();
        let names = names.map(|name| name.as_str().unwrap().to_owned());
        self.others = names.filter(|name| *name != self.name).collect();
        let number: u64 = self.name.trim_start_matches('n').parse().unwrap();
        self.random = Rng::with_seed(number * 100 + self.disk.borrow().lives);
        // The first one begins early, so that there is a leader soon.
        self.patience = if number == 0 {
            1
        } else {
            self.random.u64(5..=10)
        };
        self.say(
            source,
            &json!({"type": "init_ok", "in_reply_to": body["msg_id"]}),
        );
    }

    fn term(&self) -> u64 {
        self.disk.borrow().term
    }

    fn leads_alone(&self) -> bool {
        matches!(self.fault, RaftFault::ForgetsAll | RaftFault::ForgetsLast)
    }

    fn majority(&self) -> usize {
        if self.leads_alone() {
            1
        } else {
            self.others.len().div_ceil(2) + 1
        }
    }

    /// Whoever hears of a later term is no leader of an earlier one.
    fn step_down_before(&mut self, source: &str, body: &Value) {
        let Some(term) = body["term"].as_u64().filter(|term| *term > self.term()) else {
            return;
        };
        let is_leader = body["type"] == "append";
        let mut disk = self.disk.borrow_mut();
        (disk.term, disk.vote) = (term, None);
        self.role = Role::Follower;
        self.leader = is_leader.then(|| source.to_owned());
        self.origins.clear();
    }

    fn run_for_leader(&mut self) {
        self.patience = self.random.u64(5..=10);
        self.leader = None;
        let (last_index, last_term) = self.last();
        let term = {
            let mut disk = self.disk.borrow_mut();
            disk.term += 1;
            disk.vote = Some(self.name.clone());
            disk.term
        };
        self.role = Role::Candidate(BTreeSet::from([self.name.clone()]));
        let vote =
            json!({"type": "vote", "term": term, "last_index": last_index, "last_term": last_term});
        for other in self.others.clone() {
            self.say(&other, &vote);
        }
        self.lead_if_elected();
    }

    /// How many entries there are, and the term of the last one.
    fn last(&self) -> (usize, u64) {
        let disk = self.disk.borrow();
        (
            disk.log.len(),
            disk.log.last().map_or(0, |entry| entry.term),
        )
    }

    fn asked_to_vote(&mut self, source: &str, body: &Value) {
        let (index, term) = self.last();
        let theirs = (
            body["last_term"].as_u64().unwrap(),
            body["last_index"].as_u64().unwrap(),
        );
        let has_all = theirs >= (term, index as u64) || self.fault == RaftFault::VotesForAnybody;
        let is_now = body["term"].as_u64() == Some(self.term());
        let granted = {
            let mut disk = self.disk.borrow_mut();
            let is_free = disk.vote.as_deref().is_none_or(|vote| vote == source);
            let granted = has_all && is_now && is_free;
            if granted {
                disk.vote = Some(source.to_owned());
            }
            granted
        };
        if granted {
            self.patience = self.random.u64(5..=10);
        }
        let voted = json!({"type": "voted", "term": self.term(), "granted": granted});
        self.say(source, &voted);
    }

    fn voted(&mut self, source: &str, body: &Value) {
        let is_for = body["granted"] == true && body["term"].as_u64() == Some(self.term());
        if let Role::Candidate(votes) = &mut self.role
            && is_for
        {
            votes.insert(source.to_owned());
            self.lead_if_elected();
        }
    }

    fn lead_if_elected(&mut self) {
        let Role::Candidate(votes) = &self.role else {
            return;
        };
        if votes.len() < self.majority() {
            return;
        }
        self.role = Role::Leader;
        self.leader = Some(self.name.clone());
        let (length, _) = self.last();
        self.next = self
            .others
            .iter()
            .map(|other| (other.clone(), length))
            .collect();
        self.matched = self.others.iter().map(|other| (other.clone(), 0)).collect();
        // Only with an entry of its own term a leader knows that earlier ones are committed.
        self.log(String::new(), Value::Null);
        self.replicate();
        self.commit();
    }

    fn log(&mut self, id: String, request: Value) {
        let mut disk = self.disk.borrow_mut();
        let term = disk.term;
        disk.log.push(LogEntry { term, id, request });
    }

    /// Sends each other node what it lacks.
    fn replicate(&mut self) {
        for other in self.others.clone() {
            let from = self.next[&other];
            let append = {
                let disk = self.disk.borrow();
                let before = from.checked_sub(1).map_or(0, |last| disk.log[last].term);
                let entries = disk.log[from..].iter();
                let entries: Vec<_> = entries
                    .map(|entry| json!([entry.term, entry.id, entry.request]))
                    .collect();
                json!({"type": "append", "term": disk.term, "from": from, "before": before,
                       "entries": entries, "committed": self.committed})
            };
            self.say(&other, &append);
        }
    }

    fn append(&mut self, source: &str, body: &Value) {
        let term = body["term"].as_u64().unwrap();
        if term < self.term() {
            let refused =
                json!({"type": "appended", "term": self.term(), "ok": false, "length": 0});
            self.say(source, &refused);
            return;
        }
        self.role = Role::Follower;
        self.leader = Some(source.to_owned());
        self.patience = self.random.u64(5..=10);
        let from = usize::try_from(body["from"].as_u64().unwrap()).unwrap();
        let entries = body["entries"].as_array().unwrap();
        let (ok, length) = self.take(from, body["before"].as_u64().unwrap(), entries);
        if ok {
            let committed = usize::try_from(body["committed"].as_u64().unwrap()).unwrap();
            self.committed = self.committed.max(committed.min(length));
            self.apply();
        }
        let appended = json!({"type": "appended", "term": term, "ok": ok, "length": length});
        self.say(source, &appended);
    }

    /// Takes entries that follow one of this term; says whether they do, and up to where they are here.
    fn take(&mut self, from: usize, before: u64, entries: &[Value]) -> (bool, usize) {
        let mut disk = self.disk.borrow_mut();
        let follows = match from.checked_sub(1) {
            None => true,
            Some(last) => disk.log.get(last).is_some_and(|entry| entry.term == before),
        };
        if !follows {
            return (false, disk.log.len().min(from.saturating_sub(1)));
        }
        for (place, entry) in (from..).zip(entries) {
            let term = entry[0].as_u64().unwrap();
            if disk.log.get(place).is_some_and(|here| here.term == term) {
                continue;
            }
            disk.log.truncate(place);
            disk.log.push(LogEntry {
                term,
                id: entry[1].as_str().unwrap().to_owned(),
                request: entry[2].clone(),
            });
        }
        (true, from + entries.len())
    }

    fn appended(&mut self, source: &str, body: &Value) {
        if self.role != Role::Leader || body["term"].as_u64() != Some(self.term()) {
            return;
        }
        let length = usize::try_from(body["length"].as_u64().unwrap()).unwrap();
        if body["ok"] == true {
            let matched = self.matched.get_mut(source).unwrap();
            *matched = length.max(*matched);
            let matched = *matched;
            self.next.insert(source.to_owned(), matched);
            self.commit();
        } else {
            let matched = self.matched[source];
            self.next.insert(source.to_owned(), length.max(matched));
        }
    }

    /// What a majority has, up to an entry of this term, is committed.
    fn commit(&mut self) {
        let (length, _) = self.last();
        let mut lengths: Vec<_> = self.matched.values().copied().chain([length]).collect();
        lengths.sort_unstable_by(|one, other| other.cmp(one));
        let most = lengths[self.majority() - 1];
        let is_own = {
            let disk = self.disk.borrow();
            most > self.committed && disk.log[most - 1].term == disk.term
        };
        if is_own {
            self.committed = most;
            self.apply();
        }
    }

    fn apply(&mut self) {
        while self.applied < self.committed {
            let entry = self.disk.borrow().log[self.applied].clone();
            self.applied += 1;
            let is_new = self.done.insert(entry.id.clone()) || self.fault == RaftFault::DoesTwice;
            if entry.id.is_empty() || !is_new {
                continue;
            }
            let reply = self.execute(&entry.request);
            if let Some(origin) = self.origins.remove(&entry.id) {
                let answer = json!({"type": "answer", "id": entry.id, "reply": reply});
                if origin == self.name {
                    self.answer(&entry.id, &reply);
                } else {
                    self.say(&origin, &answer);
                }
            }
        }
    }

    fn execute(&mut self, request: &Value) -> Value {
        let key = request["key"].to_string();
        let current = self.store.get(&key);
        match (request["type"].as_str().unwrap(), current) {
            ("write", _) => {
                self.store.insert(key, request["value"].clone());
                json!({"type": "write_ok"})
            }
            (_, None) => json!({"type": "error", "code": 20, "text": "no such key"}),
            ("read", Some(value)) => json!({"type": "read_ok", "value": value}),
            (_, Some(value)) if *value == request["from"] => {
                self.store.insert(key, request["to"].clone());
                json!({"type": "cas_ok"})
            }
            (_, Some(_)) => json!({"type": "error", "code": 22, "text": "another value"}),
        }
    }

    fn request(&mut self, source: &str, body: &Value) {
        self.asked += 1;
        let id = format!("{}-{}-{}", self.name, self.disk.borrow().lives, self.asked);
        let is_read = body["type"] == "read";
        self.clients
            .insert(id.clone(), (source.to_owned(), body["msg_id"].clone()));
        let is_leader = self.role == Role::Leader;
        let is_early = match self.fault {
            RaftFault::AnyoneReads => is_read,
            RaftFault::LeaderReads => is_read && is_leader,
            _ => false,
        };
        if is_early {
            let reply = self.execute(body);
            self.answer(&id, &reply);
            return;
        }
        match self.leader.clone() {
            Some(leader) if leader == self.name => self.propose(&id, body, &leader),
            Some(leader) => {
                let forward = json!({"type": "forward", "id": id, "request": body});
                self.say(&leader, &forward);
            }
            // Nothing was done.
            None => self.answer(
                &id,
                &json!({"type": "error", "code": 11, "text": "no leader"}),
            ),
        }
    }

    /// The leader puts a request into the log.
    fn propose(&mut self, id: &str, request: &Value, origin: &str) {
        if self.role != Role::Leader {
            return;
        }
        self.origins.insert(id.to_owned(), origin.to_owned());
        self.log(id.to_owned(), request.clone());
        if self.fault == RaftFault::AcknowledgesEarly && request["type"] == "write" {
            let reply = json!({"type": "write_ok"});
            if origin == self.name {
                self.answer(id, &reply);
            } else {
                self.say(origin, &json!({"type": "answer", "id": id, "reply": reply}));
            }
        }
        self.replicate();
        self.commit();
    }

    fn answer(&mut self, id: &str, reply: &Value) {
        if let Some((client, msg_id)) = self.clients.remove(id) {
            let mut reply = reply.clone();
            reply["in_reply_to"] = msg_id;
            self.say(&client, &reply);
        }
    }

    fn say(&mut self, dest: &str, body: &Value) {
        let message = json!({"src": self.name, "dest": dest, "body": body});
        self.said.push(message.to_string());
    }
}

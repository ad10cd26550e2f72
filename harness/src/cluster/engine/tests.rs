//! Whole tests in virtual time: made-up nodes, right ones and wrong ones, and what the checker says.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use super::*;
use crate::cluster::checker;
use crate::cluster::checker::finding::{Finding, Verdict};
use crate::cluster::fault::Fault;
use crate::cluster::history::Invocation;
use crate::cluster::network::Distribution;
use crate::cluster::set_full::{SetFull, Validity};
use crate::cluster::settings::{FaultKind, names};
use crate::cluster::topology::Topology;

/// How a made-up node is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Right,
    NeverForwards,
    ForwardsToOne,
    NeverRetries,
    NoDedup,
    Forgets,
    AcksAndDrops,
    KeepsNothing,
    ReceivesNothing,
    Invents,
    ShowsTwice,
    StopsAfterTen,
    Crashes,
    WrongSource,
    Garbage,
    SilentAtInit,
}

/// How often a node looks what it still owes, in milliseconds.
const TICK: u64 = 100;

/// A node that floods: it forwards what is new to all neighbors, again and again until they say that
/// they have it.
struct FakeNode {
    way: Way,
    name: String,
    neighbors: Vec<String>,
    seen: Vec<Value>,
    owed: BTreeSet<(String, u64)>,
    said: Vec<String>,
    broadcasts: usize,
}

impl FakeNode {
    fn new(way: Way) -> Self {
        Self {
            way,
            name: String::new(),
            neighbors: Vec::new(),
            seen: Vec::new(),
            owed: BTreeSet::new(),
            said: Vec::new(),
            broadcasts: 0,
        }
    }

    fn say(&mut self, dest: &str, body: &Value) {
        let src = match self.way {
            Way::WrongSource if body["type"] == "forward" => "n99",
            _ => &self.name,
        };
        let message = json!({"src": src, "dest": dest, "body": body});
        self.said.push(message.to_string());
    }

    fn hear(&mut self, line: &[u8]) {
        let message: Value = serde_json::from_slice(line).unwrap();
        let (source, body) = (message["src"].as_str().unwrap(), &message["body"]);
        let reply = |kind: &str| json!({"type": kind, "in_reply_to": body["msg_id"]});
        match body["type"].as_str().unwrap() {
            "init" if self.way == Way::SilentAtInit => {}
            "init" => {
                self.name = body["node_id"].as_str().unwrap().to_owned();
                self.say(source, &reply("init_ok"));
            }
            "topology" => {
                let neighbors = body["topology"][&self.name].as_array().unwrap();
                let names = neighbors
                    .iter()
                    .map(|name| name.as_str().unwrap().to_owned());
                self.neighbors = names.collect();
                self.say(source, &reply("topology_ok"));
            }
            "broadcast" => {
                self.broadcasts += 1;
                self.say(source, &reply("broadcast_ok"));
                let drops = self.way == Way::AcksAndDrops && self.broadcasts.is_multiple_of(3);
                if !drops {
                    self.take(&body["message"], "");
                }
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
            "read" => self.read(source, reply("read_ok")),
            other => panic!("{other}"),
        }
    }

    fn read(&mut self, source: &str, mut reply: Value) {
        let mut messages = self.seen.clone();
        match self.way {
            Way::Invents if messages.len() > 3 => messages.push(json!(123_456)),
            Way::ShowsTwice if messages.len() > 3 => messages.push(messages[0].clone()),
            Way::Garbage if messages.len() > 3 => self.said.push("DEBUG: read".to_owned()),
            _ => {}
        }
        reply["messages"] = messages.into();
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

    fn tick(&mut self) {
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

/// What a restarted node gets from the others, if they are right: everything.
fn tell_again(nodes: &mut BTreeMap<usize, FakeNode>, restarted: &str) {
    for node in nodes.values_mut() {
        if node.way == Way::Forgets || !node.neighbors.iter().any(|name| name == restarted) {
            continue;
        }
        for value in node.seen.clone() {
            node.owed
                .insert((restarted.to_owned(), value.as_u64().unwrap()));
        }
    }
}

/// Runs a test in virtual time, to its end.
fn run(settings: Settings, way: Way) -> Recording {
    let mut engine = Engine::new(settings);
    let mut nodes: BTreeMap<usize, FakeNode> = BTreeMap::new();
    let mut paused: BTreeMap<usize, Vec<Vec<u8>>> = BTreeMap::new();
    let mut started = BTreeSet::new();
    let mut now = Duration::ZERO;
    let mut next_tick = Duration::from_millis(TICK);
    loop {
        engine.advance(now);
        while let Some(action) = engine.next_action() {
            match action {
                Action::Start(node) => {
                    nodes.insert(node, FakeNode::new(way));
                    if !started.insert(node) {
                        tell_again(&mut nodes, &format!("n{node}"));
                    }
                }
                Action::Send(node, bytes) => match paused.get_mut(&node) {
                    Some(waiting) => waiting.push(bytes),
                    None => nodes.get_mut(&node).unwrap().hear(&bytes),
                },
                Action::Kill(node) => drop(nodes.remove(&node)),
                Action::Pause(node) => drop(paused.insert(node, Vec::new())),
                Action::Resume(node) => {
                    for line in paused.remove(&node).unwrap() {
                        nodes.get_mut(&node).unwrap().hear(&line);
                    }
                }
            }
        }
        if engine.phase() == Phase::End {
            return engine.into_recording();
        }
        let crashed = nodes.get(&1).is_some_and(|node| node.broadcasts > 0);
        if way == Way::Crashes && crashed {
            nodes.remove(&1);
            engine.exited(now, 1, Exit::Status(1), "oh no".to_owned());
        }
        let mut said = Vec::new();
        for (number, node) in &mut nodes {
            said.extend(node.said.drain(..).map(|line| (*number, line)));
        }
        for (number, line) in &said {
            engine.heard(now, *number, line.as_bytes());
        }
        if !said.is_empty() {
            continue;
        }
        let deadline = engine.deadline().unwrap_or(Duration::MAX);
        now = deadline.min(next_tick).max(now);
        if now >= next_tick {
            next_tick += Duration::from_millis(TICK);
            let awake = nodes
                .iter_mut()
                .filter(|(number, _)| !paused.contains_key(number));
            awake.for_each(|(_, node)| node.tick());
        }
    }
}

fn judge(recording: &Recording) -> (Verdict, SetFull) {
    let set_full = SetFull::of(&recording.events);
    (
        checker::judge(recording, &set_full.stable_latencies),
        set_full,
    )
}

fn settings(seed: u64) -> Settings {
    Settings {
        time_limit: Duration::from_secs(5),
        rate: 10.0,
        nemesis_interval: Duration::from_secs(1),
        recovery: Duration::from_secs(3),
        seed,
        ..Settings::default()
    }
}

/// Settings of all sorts.
fn any_settings(seed: u64) -> Settings {
    let mut random = Rng::with_seed(seed);
    let nodes = random.usize(2..8);
    let shapes = [
        Topology::Grid,
        Topology::Line,
        Topology::Tree(3),
        Topology::Total,
    ];
    let spreads = [
        Distribution::Constant,
        Distribution::Uniform,
        Distribution::Exponential,
    ];
    let kinds = FaultKind::ALL
        .into_iter()
        .filter(|kind| *kind != FaultKind::Kill);
    let mut nemesis: Vec<_> = kinds.filter(|_| random.bool()).collect();
    let topology = random.choice(shapes).unwrap();
    if topology == Topology::Total && random.bool() {
        // Only where all are neighbors does everybody reach everybody without the dead.
        nemesis.push(FaultKind::Kill);
    }
    Settings {
        nodes: names(nodes),
        clients: random.usize(1..2 * nodes),
        topology,
        latency: Duration::from_millis(random.u64(0..50)),
        distribution: random.choice(spreads).unwrap(),
        loss: if random.bool() { 0.2 } else { 0.0 },
        duplicate: if random.bool() { 0.2 } else { 0.0 },
        nemesis,
        ..settings(seed)
    }
}

#[test]
fn right_nodes_never_fail() {
    let mut faults = BTreeMap::new();
    for seed in 0..200 {
        let recording = run(any_settings(seed), Way::Right);
        let (verdict, _) = judge(&recording);
        assert!(verdict.is_valid(), "seed {seed}: {:#?}", verdict.findings);
        for figure in &verdict.figures.faults {
            *faults.entry(figure.span.fault.kind()).or_insert(0) += 1;
        }
    }
    let enough = FaultKind::ALL
        .iter()
        .all(|kind| faults.get(kind).is_some_and(|count| *count > 20));
    assert!(enough, "{faults:?}");
}

#[test]
fn wrong_nodes_always_fail_with_the_fault_named() {
    use FaultKind::{Partition, Restart};
    type Named = fn(&Finding) -> bool;
    let lost: Named = |finding| matches!(finding, Finding::Lost { .. });
    let catalogue: [(Way, &[FaultKind], Named); 14] = [
        (Way::NeverForwards, &[], lost),
        (Way::ForwardsToOne, &[], lost),
        (Way::NeverRetries, &[Partition], lost),
        (Way::NoDedup, &[Partition], |f| {
            matches!(f, Finding::Duplicate { .. })
        }),
        (Way::Forgets, &[Restart], lost),
        (Way::AcksAndDrops, &[], lost),
        (Way::KeepsNothing, &[], |f| {
            matches!(f, Finding::Lost { node: 3, .. })
        }),
        (Way::ReceivesNothing, &[], |f| {
            matches!(f, Finding::Lost { node: 3, .. })
        }),
        (Way::Invents, &[], |f| matches!(f, Finding::Phantom { .. })),
        (Way::ShowsTwice, &[], |f| {
            matches!(f, Finding::Duplicate { .. })
        }),
        (Way::StopsAfterTen, &[], lost),
        (Way::Crashes, &[], |f| {
            matches!(f, Finding::Crashed { node: 1, .. })
        }),
        (
            Way::WrongSource,
            &[],
            |f| matches!(f, Finding::Broke { breach, .. } if matches!(breach.rule, Rule::ForeignSource { .. })),
        ),
        (
            Way::Garbage,
            &[],
            |f| matches!(f, Finding::Broke { breach, .. } if matches!(breach.rule, Rule::NotJson { .. })),
        ),
    ];
    for (way, nemesis, is_named) in catalogue {
        for seed in 0..10 {
            let nemesis = nemesis.to_vec();
            // A duplicated forward is what a node without dedup keeps twice.
            let duplicate = if way == Way::NoDedup { 0.3 } else { 0.0 };
            let settings = Settings {
                duplicate,
                nemesis,
                ..settings(seed)
            };
            let (verdict, _) = judge(&run(settings, way));
            let named = verdict.findings.iter().any(is_named);
            assert!(named, "{way:?}, seed {seed}: {:#?}", verdict.findings);
        }
    }
}

#[test]
fn maelstroms_rule_passes_a_node_that_received_nothing_and_ours_does_not() {
    let runs = (0..20).map(|seed| judge(&run(settings(seed), Way::ReceivesNothing)));
    let (ours, theirs): (Vec<_>, Vec<_>) = runs.unzip();
    assert!(ours.iter().all(|verdict| !verdict.is_valid()));
    // Its rule asks what the latest read shows; only with luck is that the read of this node.
    let passed = theirs
        .iter()
        .filter(|set_full| set_full.valid == Validity::Valid)
        .count();
    assert!(passed > 10, "{passed} of 20");
}

#[test]
fn a_seed_repeats_a_run_to_the_nanosecond() {
    for seed in 0..5 {
        let (one, two) = (
            run(any_settings(seed), Way::Right),
            run(any_settings(seed), Way::Right),
        );
        assert_eq!(one.events, two.events);
        assert_ne!(one.events, run(any_settings(seed + 100), Way::Right).events);
    }
}

#[test]
fn a_run_ends_as_soon_as_the_answer_is_known() {
    let recording = run(settings(1), Way::Right);
    let last = recording.events.last().unwrap();
    assert_eq!(last.what, What::Began(Phase::End));
    assert!(last.time < Duration::from_millis(5_010), "{:?}", last.time);
    let hopeless = run(settings(1), Way::NeverForwards);
    let last = hopeless.events.last().unwrap().time;
    assert!(
        last >= Duration::from_secs(8) && last < Duration::from_millis(8_100),
        "{last:?}"
    );
}

#[test]
fn what_happened_has_its_own_time_each() {
    let recording = run(any_settings(3), Way::Right);
    let times: Vec<_> = recording.events.iter().map(|event| event.time).collect();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn nodes_that_are_silent_at_init_end_the_run_in_time() {
    let recording = run(settings(1), Way::SilentAtInit);
    let broke = recording.events.iter().filter(|event| {
        let What::Broke(breach) = &event.what else {
            return false;
        };
        breach.rule
            == Rule::NotSetUp {
                request: "init",
                answer: None,
            }
    });
    assert_eq!(broke.count(), 5);
    let last = recording.events.last().unwrap();
    assert_eq!(last.what, What::Began(Phase::End));
    assert_eq!(last.time.as_secs(), 10);
    assert!(!judge(&recording).0.is_valid());
}

#[test]
fn killed_nodes_stay_dead_and_the_others_have_everything() {
    let nemesis = vec![FaultKind::Kill];
    let total = Settings {
        nemesis,
        topology: Topology::Total,
        ..settings(4)
    };
    let recording = run(total, Way::Right);
    let killed: Vec<_> = recording
        .events
        .iter()
        .filter_map(|event| match &event.what {
            What::FaultBegan {
                fault: Fault::Kill(node),
                ..
            } => Some(*node),
            _ => None,
        })
        .collect();
    assert_eq!(killed.len(), 1);
    let final_reads = recording
        .events
        .iter()
        .filter_map(|event| match &event.what {
            What::Invoked(Invocation {
                phase: Phase::FinalReads,
                node,
                ..
            }) => Some(*node),
            _ => None,
        });
    let asked: Vec<_> = final_reads.collect();
    assert_eq!(asked.len(), 4);
    assert!(!asked.contains(&killed[0]));
    assert!(judge(&recording).0.is_valid());
}

#[test]
fn an_interrupt_ends_the_load_and_what_there_is_is_judged() {
    let mut engine = Engine::new(settings(1));
    engine.advance(Duration::ZERO);
    engine.interrupt(Duration::ZERO);
    engine.advance(Duration::ZERO);
    assert_eq!(engine.phase(), Phase::End, "nothing was set up yet");
}

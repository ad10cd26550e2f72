//! Whole runs without a process or a clock: what is to be done is done to made-up nodes at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::fake_node::{FakeNode, Way};
use crate::cluster::engine::{Engine, ProcessAction};
use crate::cluster::history::{Event, Phase};
use crate::cluster::journal::Carried;
use crate::cluster::recording::Recording;
use crate::cluster::rest::Kept;
use crate::cluster::settings::Settings;
use crate::cluster::workload::kind::WorkloadKind;
use crate::process::exit::Exit;

/// How often a node looks what it still owes, in milliseconds.
const TICK: u64 = 100;

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

/// Keeps back the first line of each node, and gives it back when it is ended.
fn end_late(
    said: &mut Vec<(usize, String)>,
    unended: &mut BTreeMap<usize, (Duration, String)>,
    now: Duration,
    after: Duration,
) {
    said.retain(|(node, line)| {
        let is_later = unended.contains_key(node);
        unended
            .entry(*node)
            .or_insert_with(|| (now + after, line.clone()));
        is_later
    });
    for (node, (ends, line)) in unended {
        if *ends <= now && !line.is_empty() {
            said.push((*node, std::mem::take(line)));
        }
    }
}

/// Runs a test in virtual time, to its end.
pub(super) fn run(settings: Settings, way: Way) -> Recording {
    run_watched(settings, way, &mut |_, _| ())
}

/// Somebody who is shown what happens, as in a run with processes.
pub(in crate::cluster) type Watch<'a> = dyn FnMut(&[Event], &[(Carried, Kept)]) + 'a;

/// The same; whoever watches is shown what happens.
pub(in crate::cluster) fn run_watched(
    settings: Settings,
    way: Way,
    watch: &mut Watch<'_>,
) -> Recording {
    use WorkloadKind::{GCounter, GSet, PnCounter};
    let counts = matches!(settings.workload, GCounter | PnCounter);
    let tells_all = counts || settings.workload == GSet;
    let mut engine = Engine::new(settings);
    let mut nodes: BTreeMap<usize, FakeNode> = BTreeMap::new();
    let mut paused: BTreeMap<usize, Vec<Vec<u8>>> = BTreeMap::new();
    let mut disks = BTreeMap::new();
    let mut started = BTreeSet::new();
    let mut lives: BTreeMap<usize, usize> = BTreeMap::new();
    let mut unended: BTreeMap<usize, (Duration, String)> = BTreeMap::new();
    let mut now = Duration::ZERO;
    let mut next_tick = Duration::from_millis(TICK);
    loop {
        engine.advance(now);
        while let Some(action) = engine.next_action() {
            match action {
                ProcessAction::Start(node) => {
                    let way = match way {
                        Way::StartsSlowly(ticks) => Way::StartsSlowly(node * ticks),
                        way => way,
                    };
                    let life = lives.entry(node).or_default();
                    *life += 1;
                    let mut new = FakeNode::new(way, disks.entry(node).or_default());
                    new.life = *life;
                    (new.tells_all, new.counts) = (tells_all, counts);
                    nodes.insert(node, new);
                    if !started.insert(node) {
                        tell_again(&mut nodes, &format!("n{node}"));
                    }
                }
                ProcessAction::Send(node, bytes) => match paused.get_mut(&node) {
                    Some(waiting) => waiting.push(bytes),
                    None => nodes.get_mut(&node).unwrap().hear(&bytes),
                },
                ProcessAction::Kill(node) => drop(nodes.remove(&node)),
                ProcessAction::Pause(node) => drop(paused.insert(node, Vec::new())),
                ProcessAction::Resume(node) => {
                    for line in paused.remove(&node).unwrap() {
                        nodes.get_mut(&node).unwrap().hear(&line);
                    }
                }
            }
        }
        let events = engine.new_events().to_vec();
        watch(&events, &engine.take_carried());
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
        if let Way::EndsLate(seconds) = way {
            end_late(&mut said, &mut unended, now, Duration::from_secs(seconds));
            for (number, (ends, line)) in &unended {
                if *ends > now {
                    engine.unended(now, *number, line.as_bytes());
                }
            }
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

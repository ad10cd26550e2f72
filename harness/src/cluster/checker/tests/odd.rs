//! Histories that cannot be, as from a file that somebody edited: anything at any time.

use fastrand::Rng;

use super::*;
use crate::cluster::journal::Party;
use crate::cluster::names::Names;
use crate::cluster::sets::{SetReply, SetRequest};
use crate::cluster::workload::{Reply, Request};
use crate::report::cluster::{warnings, words};

/// More than there are, now and then far more.
fn number(random: &mut Rng) -> usize {
    if random.u8(..) == 0 {
        usize::MAX
    } else {
        random.usize(..6)
    }
}

fn fault(random: &mut Rng) -> Fault {
    let node = number(random);
    match random.u8(..6) {
        0 => Fault::Kill(node),
        1 => Fault::Pause(node),
        2 => Fault::Restart(node),
        3 => Fault::Cut(Cut::Split(vec![vec![node], vec![]])),
        4 => Fault::Cut(Cut::Ring(vec![node])),
        _ => Fault::Cut(Cut::OneWay(vec![node], vec![number(random)])),
    }
}

fn outcome(random: &mut Rng) -> Outcome {
    let mut shown = shown(&[random.usize(..6), random.usize(..900)]);
    shown.twice = vec![number(random)];
    shown.phantoms = vec![String::new()];
    match random.u8(..4) {
        0 => Outcome::Ok(Reply::Set(SetReply::Added)),
        1 => Outcome::Ok(Reply::Set(SetReply::Shown(Box::new(shown)))),
        2 => Outcome::Failed(Reason::NodeDead),
        _ => Outcome::Unknown(Reason::RunEnded),
    }
}

fn anything(made: Made, random: &mut Rng) -> Made {
    let time = random.u64(..1000);
    let (node, other, value) = (number(random), number(random), number(random));
    let fates = [
        Fate::Delivered,
        Fate::Lost,
        Fate::Cut(other),
        Fate::Dead(Some(node)),
    ];
    let fate = fates[random.usize(..4)];
    let phase = [Phase::Load, Phase::FinalReads][random.usize(..2)];
    let source = [Party::Node(other), Party::Client(other)][random.usize(..2)];
    match random.u8(..8) {
        0 => made.fault(time, number(random), fault(random)),
        1 => made.fault_ends(time, number(random)),
        2 => made.ask(time, node, Request::Set(SetRequest::Add(value)), phase),
        3 => made.ask(time, node, Request::Set(SetRequest::Read), phase),
        4 => made.answer(time, number(random), outcome(random)),
        5 => made.message(source, Party::Node(node), value, (time, other as u64), fate),
        6 => made.event(time, What::Recovered { node }),
        _ => made.broadcast(time, node, value),
    }
}

#[test]
fn whatever_the_history_there_is_a_verdict_and_words_for_it() {
    let mut said = 0;
    for seed in 0..2000 {
        let mut random = Rng::with_seed(seed);
        let mut made = Made::of(random.usize(..5));
        for _ in 0..random.usize(..40) {
            made = anything(made, &mut random);
        }
        let verdict = made.judge();
        assert_eq!(verdict, made.judge(), "seed {seed}");
        let names = Names::new(&made.recording.settings, &verdict.figures.faults);
        for finding in &verdict.findings {
            assert!(!words::finding(finding, &names).concat().is_empty());
            said += 1;
        }
        for warning in &verdict.warnings {
            assert!(!warnings::warning(warning, &names).is_empty());
        }
    }
    assert!(said > 2000, "{said}");
}

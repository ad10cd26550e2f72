//! Each rule with runs that break it and runs that almost do.

use super::figures::Figures;
use super::finding::*;
use crate::cluster::history::{Breach, Outcome, Phase, Reason, What};
use crate::cluster::journal::Fate;
use crate::cluster::sets::finding::Values;
use crate::cluster::sets::latency;
use crate::cluster::sets::{SetReply, SetRequest};
use crate::cluster::workload::{Reply, Request};
use crate::message::rule::Rule;
use crate::net::fault::FaultKind;
use crate::net::fault::{Cut, Fault};
use crate::process::exit::Exit;

mod busy;
mod lost;
pub(in crate::cluster) mod made;
mod odd;
mod order;
mod reads;

use made::{Made, at, shown};

/// A run of three nodes in which 7 and 8 got everywhere, but for its end.
fn good() -> Made {
    let mut made = Made::of(3).broadcast(100, 0, 7).broadcast(150, 1, 8);
    for (from, value) in [(0, 7), (1, 8)] {
        for to in (0..3).filter(|to| *to != from) {
            made = made.send(200, from, to, value, Fate::Delivered);
        }
    }
    made
}

const BOTH: Option<&[usize]> = Some(&[7, 8]);
const ALL: [Option<&[usize]>; 3] = [BOTH, BOTH, BOTH];

#[track_caller]
fn check(made: &Made, findings: &[Finding]) {
    assert_eq!(made.judge().findings, findings);
}

#[track_caller]
fn check_warnings(made: &Made, warnings: &[Warning]) {
    let verdict = made.judge();
    assert_eq!(verdict.findings, []);
    assert_eq!(verdict.warnings, warnings);
}

fn values(values: &[usize]) -> Values {
    values.iter().copied().collect()
}

#[test]
fn a_good_run_is_valid_and_measured() {
    let made = good().read(500, 2, shown(&[7, 8])).ends(&ALL);
    let verdict = made.judge();
    assert!(verdict.is_valid() && verdict.warnings.is_empty());
    let figures = verdict.figures;
    let set = figures.set().unwrap();
    assert_eq!((figures.operations, set.acknowledged), (6, 2));
    assert_eq!((figures.ok, figures.counted, figures.messages), (3, 3, 4));
    assert_eq!(set.spread, [at(60), at(110)]);
    assert_eq!(figures.availability(), Some(1.0));
}

#[test]
fn a_run_that_checked_nothing_is_invalid() {
    let nothing = |requests| {
        Finding::Unchecked(Unchecked::NothingAcknowledged {
            requests,
            first: None,
            silence: None,
        })
    };
    let nothing_read = Finding::Unchecked(Unchecked::NothingRead);
    check(&Made::of(3), &[nothing(0), nothing_read.clone()]);
    check(&Made::of(0), &[nothing(0), nothing_read.clone()]);
    check(&good(), std::slice::from_ref(&nothing_read));
    let unanswered = Made::of(1).offer(1, 0, 7).ends(&[Some(&[7])]);
    check(&unanswered, &[nothing(1)]);
    let killed = |made: Made, node| made.fault(900, node, Fault::Kill(node));
    let all_dead = killed(killed(killed(good(), 0), 1), 2);
    check(&all_dead, &[nothing_read]);
}

#[test]
fn a_run_that_did_not_begin_says_why_first_and_misses_no_faults() {
    let began = |time, phase, made: Made| made.event(time, What::Began(phase));
    let crashed = What::Crashed {
        node: 0,
        exit: Exit::Status(3),
        stderr: String::new(),
    };
    let made = Made::of(2).set(|settings| {
        settings.nemesis = vec![FaultKind::Pause];
        settings.loss = 0.5;
    });
    let made = began(0, Phase::SetUp, made).event(10, crashed);
    let verdict = began(11, Phase::End, made).judge();
    assert!(matches!(
        verdict.findings[0],
        Finding::Crashed { node: 0, .. }
    ));
    assert_eq!(verdict.warnings, []);
}

#[test]
fn crashes_and_breaches_are_told_once_each() {
    let exit = Exit::Signal(11);
    let stderr = "boom".to_owned();
    let crashed = What::Crashed {
        node: 2,
        exit,
        stderr: stderr.clone(),
    };
    let breach = |node, line: &str| {
        Box::new(Breach {
            times: 1,
            node,
            rule: Rule::Lacks { field: "body" },
            line: line.into(),
        })
    };
    let made = good()
        .event(300, What::Broke(breach(1, "{}")))
        .event(400, crashed)
        .event(500, What::Broke(breach(1, "[]")))
        .event(600, What::Broke(breach(0, "1")))
        .event(700, What::Broke(breach(9, "1")));
    let crash = Finding::Crashed {
        node: 2,
        others: Vec::new(),
        time: at(400),
        exit,
        stderr,
        owed: None,
    };
    let broke = Finding::Broke {
        breach: *breach(1, "{}"),
        others: vec![0],
        time: at(300),
        count: 3,
        silence: None,
    };
    let expected = [crash, broke];
    check(&made.ends(&[BOTH, BOTH, None]), &expected);
}

#[test]
fn availability_counts_what_no_fault_had_stopped() {
    let judge = |made: Made, budget| {
        let made = made.set(|settings| settings.budgets.availability = Some(budget));
        let verdict = made.ends(&ALL).judge();
        let Figures { ok, counted, .. } = verdict.figures;
        (ok, counted, verdict.findings)
    };
    let failed = || good().refused(500, 2, Reason::TimedOut);
    let first = Some((2, at(500), Some(Reason::TimedOut)));
    let unavailable = |budget| Finding::Unavailable {
        ok: 2,
        counted: 3,
        budget,
        first: first.clone(),
    };
    assert_eq!(judge(failed(), 1.0), (2, 3, vec![unavailable(1.0)]));
    assert_eq!(judge(failed(), 2.0 / 3.0), (2, 3, vec![]));
    assert_eq!(judge(failed(), 0.67).2.len(), 1);
    assert_eq!(judge(failed(), f64::NAN).2.len(), 1);
    let excused: [fn(Made) -> Made; 4] = [
        |made| made.fault(450, 1, Fault::Pause(2)),
        |made| made.fault(450, 1, Fault::Pause(2)).fault_ends(505, 1),
        |made| made.fault(450, 1, Fault::Restart(2)).fault_ends(460, 1),
        |made| made.fault(450, 1, Fault::Kill(2)).fault_ends(460, 1),
    ];
    for (number, fault) in excused.into_iter().enumerate() {
        let (ok, counted, _) = judge(fault(good()).refused(500, 2, Reason::NodeDied), 1.0);
        assert_eq!((ok, counted), (2, 2), "{number}");
    }
    let overtaken = good()
        .ask(500, 2, Request::Set(SetRequest::Read), Phase::Load)
        .fault(505, 1, Fault::Kill(2))
        .answer(505, 2, Outcome::Failed(Reason::NodeDied));
    assert_eq!(judge(overtaken, 1.0).1, 2);
    for blamed in [
        good().fault(450, 1, Fault::Pause(1)),
        good().fault(450, 1, Fault::Pause(2)).fault_ends(500, 1),
        good().restart(450, 500, 1, 2),
        good().fault(450, 1, Fault::Cut(Cut::OneWay(vec![0], vec![2]))),
    ] {
        assert_eq!(judge(blamed.refused(500, 2, Reason::TimedOut), 1.0).1, 3);
    }
    assert_eq!(judge(good().refused(500, 2, Reason::RunEnded), 1.0).2, []);
    assert_eq!(
        judge(
            good().ask(500, 2, Request::Set(SetRequest::Read), Phase::Load),
            1.0
        )
        .2,
        []
    );
    for (made, cut_short) in [
        (good(), 0),
        (failed(), 0),
        (good().refused(500, 2, Reason::RunEnded), 1),
        (
            good().ask(500, 2, Request::Set(SetRequest::Read), Phase::Load),
            1,
        ),
    ] {
        assert_eq!(made.ends(&ALL).judge().figures.cut_short, cut_short);
    }
}

#[test]
fn budgets_are_kept_to_the_last_message_and_millisecond() {
    let run = |budget| {
        let made = good().ends(&ALL);
        made.set(|settings| settings.budgets.messages_per_operation = Some(budget))
    };
    check(&run(0.8), &[]);
    let finding = Finding::TooManyMessages {
        messages: 4,
        service_messages: 0,
        operations: 5,
        budget: 0.79,
    };
    check(&run(0.79), &[finding]);
    let latency = |quantile, most| {
        let made = good().ends(&ALL);
        let made = made.set(|settings| settings.budgets.latency = vec![(quantile, at(most))]);
        let (budgets, events) = (&made.recording.settings.budgets, &made.recording.events);
        latency::judge(budgets, events, &[10, 20, 30, 40]).findings
    };
    for (quantile, is) in [
        (0.0, 10),
        (0.25, 20),
        (0.49, 20),
        (0.5, 30),
        (0.99, 40),
        (1.0, 40),
    ] {
        assert_eq!(latency(quantile, is), []);
        let slow = Finding::TooSlow {
            quantile,
            latency: at(is),
            budget: at(is - 1),
        };
        assert_eq!(latency(quantile, is - 1), [slow]);
    }
    assert_eq!(
        crate::cluster::sets::set_full::quantile(&[5], f64::NAN),
        Some(5)
    );
    assert_eq!(
        crate::cluster::sets::set_full::quantile(&[5], -1.0),
        Some(5)
    );
}

#[test]
fn a_budget_that_nothing_can_be_held_against_is_not_kept() {
    // Nothing was read, so nothing is stable.
    let made = good().set(|settings| {
        settings.budgets.latency = vec![(0.5, at(1)), (1.0, at(1))];
    });
    let nothing = [Unchecked::NothingRead, Unchecked::NoLatencies];
    check(&made, &nothing.map(Finding::Unchecked));
    let made = Made::of(0).set(|settings| {
        settings.budgets.availability = Some(0.0);
        settings.budgets.messages_per_operation = Some(1.0);
    });
    let findings = made.judge().findings;
    for unchecked in [Unchecked::NoAvailability, Unchecked::NoOperations] {
        assert!(findings.contains(&Finding::Unchecked(unchecked)));
    }
}

#[test]
fn faults_that_did_nothing_proved_nothing() {
    let cut = || Fault::Cut(Cut::Split(vec![vec![0], vec![1, 2]]));
    let idle = |kind, faults| Warning::IdleKind { kind, faults };
    let asked = good().ends(&ALL);
    let asked =
        asked.set(|settings| settings.nemesis = vec![FaultKind::Pause, FaultKind::Partition]);
    check_warnings(
        &asked,
        &[idle(FaultKind::Partition, 0), idle(FaultKind::Pause, 0)],
    );
    let one = good().fault(300, 1, cut()).fault_ends(400, 1);
    check_warnings(&one.ends(&ALL), &[idle(FaultKind::Partition, 1)]);
    let struck = || good().fault(300, 1, cut()).send(310, 0, 1, 7, Fate::Cut(1));
    check_warnings(&struck().fault_ends(400, 1).ends(&ALL), &[]);
    let two = struck().fault(500, 2, cut()).fault_ends(600, 2).ends(&ALL);
    let warnings = two.judge().warnings;
    assert!(
        matches!(&warnings[..], [Warning::IdleFault(fault)] if fault.span.number == 2),
        "{warnings:?}"
    );
}

#[test]
fn a_run_with_nothing_but_rings_isolated_nobody() {
    let ring = |number| Fault::Cut(Cut::Ring(vec![0, 1, 2, number]));
    let struck = || {
        good()
            .fault(300, 1, ring(3))
            .send(310, 0, 1, 7, Fate::Cut(1))
    };
    let only = |cuts: &[usize]| Warning::OnlyRings {
        cuts: cuts.to_vec(),
    };
    check_warnings(&struck().fault_ends(400, 1).ends(&ALL), &[only(&[1])]);
    let two = struck()
        .fault(500, 2, ring(3))
        .send(510, 1, 2, 7, Fate::Cut(2));
    check_warnings(&two.ends(&ALL), &[only(&[1, 2])]);
    let split = Fault::Cut(Cut::Split(vec![vec![0], vec![1, 2]]));
    let split = struck()
        .fault(500, 2, split)
        .send(510, 0, 2, 7, Fate::Cut(2));
    check_warnings(&split.ends(&ALL), &[]);
    let idle = good().fault(300, 1, ring(3)).fault_ends(400, 1).ends(&ALL);
    let (kind, faults) = (FaultKind::Partition, 1);
    check_warnings(&idle, &[Warning::IdleKind { kind, faults }]);
    check_warnings(
        &good()
            .fault(300, 1, Fault::Pause(1))
            .send(310, 0, 1, 7, Fate::Delivered)
            .ends(&ALL),
        &[],
    );
}

#[test]
fn a_pause_did_something_if_something_waited_and_a_kill_if_something_went_down() {
    let warnings = |made: Made| made.ends(&[BOTH, BOTH, None]).judge().warnings.len();
    let pause = || good().fault(300, 1, Fault::Pause(2));
    assert_eq!(warnings(pause().fault_ends(400, 1)), 1);
    assert_eq!(warnings(pause().send(310, 0, 2, 7, Fate::Delivered)), 0);
    assert_eq!(warnings(pause().refused(310, 2, Reason::TimedOut)), 0);
    assert_eq!(warnings(good().fault(300, 1, Fault::Kill(2))), 0);
    let empty = || {
        Made::of(3)
            .broadcast(100, 0, 7)
            .fault(300, 1, Fault::Kill(2))
    };
    assert_eq!(warnings(empty()), 1);
    assert_eq!(warnings(empty().send(310, 0, 2, 7, Fate::Dead(Some(1)))), 0);
    assert_eq!(warnings(empty().refused(310, 2, Reason::NodeDead)), 0);
}

#[test]
fn loss_and_duplication_that_never_happened_are_told() {
    let lossy = |made: Made| {
        made.ends(&ALL).set(|settings| {
            settings.loss = 0.1;
            settings.duplicate = 0.1;
        })
    };
    let both = [Warning::NothingLost, Warning::NothingDuplicated];
    check_warnings(&lossy(good()), &both);
    let one = lossy(good().send(300, 0, 1, 7, Fate::Lost));
    check_warnings(&one, &[Warning::NothingDuplicated]);
    let alone = Made::of(1).broadcast(1, 0, 7).ends(&[Some(&[7])]);
    check_warnings(&alone.set(|settings| settings.loss = 0.1), &[]);
}

#[test]
fn a_history_that_cannot_be_is_judged_all_the_same() {
    let acknowledged = || Outcome::Ok(Reply::Set(SetReply::Added));
    let read = || {
        Outcome::Ok(Reply::Set(SetReply::Shown(Box::new(shown(&[
            7,
            8,
            1 << 12,
        ])))))
    };
    let made = good()
        .answer(300, 99, acknowledged())
        .answer(300, 0, read())
        .ask(
            300,
            9,
            Request::Set(SetRequest::Add(usize::MAX)),
            Phase::Load,
        )
        .answer(300, 2, acknowledged())
        .ask(310, 9, Request::Set(SetRequest::Read), Phase::FinalReads)
        .answer(310, 3, read())
        .read_in(320, 1, Phase::SetUp, shown(&[]))
        .fault(330, 0, Fault::Kill(77))
        .fault(330, 0, Fault::Pause(77))
        .fault_ends(331, 5)
        .event(340, What::Recovered { node: 50 })
        .event(340, What::Began(Phase::End))
        .send(5, 44, 55, 7, Fate::Cut(1000))
        .ends(&ALL);
    check(&made, &[]);
    // A request whose number another had.
    let mut made = made;
    let last = made.recording.events.len() - 2;
    let mut again = made.recording.events[last].clone();
    if let What::Invoked(asked) = &mut again.what {
        asked.request = Request::Set(SetRequest::Add(5));
    }
    let operations = made.judge().figures.operations;
    made.recording.event(again);
    assert_eq!(made.judge().figures.operations, operations);
}

//! A run of sixteen times as many faults, breaches, nodes or values takes about sixteen times as long to
//! plan, to carry, to judge and to draw, whatever went wrong in it.

use std::time::Duration;

use harness::cluster::history::{Breach, Event, Invocation, Outcome, Phase, Reason, What};
use harness::cluster::judged::Judged;
use harness::cluster::limit::Limit;
use harness::cluster::nemesis;
use harness::cluster::recording::Recording;
use harness::cluster::router::Router;
use harness::cluster::settings::{Settings, names};
use harness::message::rule::Rule;
use harness::net::fault::FaultKind;
use harness::net::fault::{Cut, Fault};
use harness::process::exit::Exit;
use harness::report::cluster::{results, summary};
use harness::report::html::{self, Report};

use super::growth::{is_even, size};
use harness::cluster::sets::{SetReply, SetRequest, Shown};
use harness::cluster::workload::{Reply, Request};

/// A run among so many nodes in which this happens, a nanosecond each.
fn run(nodes: usize, what: impl IntoIterator<Item = What>) -> Recording {
    let mut recording = Recording::new(Settings {
        nodes: names(nodes),
        clients: nodes,
        ..Settings::default()
    });
    let load = [What::Began(Phase::SetUp), What::Began(Phase::Load)];
    let all = load
        .into_iter()
        .chain(what)
        .chain([What::Began(Phase::End)]);
    for (time, what) in (1..).zip(all) {
        let time = Duration::from_nanos(time);
        recording.event(Event { time, what });
    }
    recording
}

/// Judges a run and tells all of it.
fn judge(recording: &Recording) {
    let judged = Judged::of(recording.clone(), Limit::NONE);
    let _ = summary::complaints(&judged, std::path::Path::new("out"));
    let _ = summary::figures(&judged);
    let _ = results::results(&judged, "again").to_string();
    let report = Report {
        judged: &judged,
        command: "again",
    };
    let _ = html::render(&report, &[]);
}

fn is_judged_evenly(name: &str, count: usize, make: impl Fn(usize) -> Recording) {
    is_even(name, count / 3, make, judge);
}

fn breach(node: usize, rule: Rule) -> What {
    let line = b"oh no".to_vec();
    let times = 1;
    What::Broke(Box::new(Breach {
        node,
        rule,
        line,
        times,
    }))
}

fn asked(operation: usize, node: usize, request: Request, phase: Phase) -> What {
    What::Invoked(Invocation {
        operation,
        client: node + 1,
        node,
        request,
        phase,
    })
}

fn ended(operation: usize, outcome: Outcome) -> What {
    What::Completed { operation, outcome }
}

#[test]
fn breaches_and_crashes_are_judged_evenly() {
    is_judged_evenly("breaches, each of a kind of its own", size(), |n| {
        let source = |n| format!("someone {n}");
        let all = (0..n).map(|n| breach(n % 3, Rule::ForeignSource { source: source(n) }));
        run(3, all)
    });
    is_judged_evenly("breaches of one kind, by many", size() / 5, |n| {
        let reason = "expected value".to_owned();
        let all = (0..n).map(move |n| {
            let reason = reason.clone();
            breach(n, Rule::NotJson { reason })
        });
        run(n, all)
    });
    is_judged_evenly("crashes", size() / 2, |n| {
        let crash = |n| What::Crashed {
            node: n % 3,
            exit: Exit::Status(1),
            stderr: format!("panic: {n}\n"),
        };
        run(3, (0..n).map(crash))
    });
}

#[test]
fn faults_are_judged_evenly() {
    for (name, fault) in [
        ("pauses", Fault::Pause(1)),
        ("restarts", Fault::Restart(1)),
        ("kills", Fault::Kill(1)),
        ("cuts", Fault::Cut(Cut::Split(vec![vec![0], vec![1, 2]]))),
    ] {
        is_judged_evenly(name, size() / 4, |n| {
            let each = |n: usize| {
                let (number, fault) = (n + 1, fault.clone());
                [
                    What::FaultBegan { number, fault },
                    asked(n, 1, Request::Set(SetRequest::Add(n)), Phase::Load),
                    ended(n, Outcome::Unknown(Reason::TimedOut)),
                    What::FaultEnded { number },
                    What::Recovered { node: 1 },
                ]
            };
            run(3, (0..n).flat_map(each))
        });
    }
}

/// Each value is acknowledged by node 0; the last reads show something of them.
fn reads(values: usize, nodes: usize, shown: impl Fn(usize) -> Shown) -> Recording {
    let each = |value| {
        let request = Request::Set(SetRequest::Add(value));
        [
            asked(value, 0, request, Phase::Load),
            ended(value, Outcome::Ok(Reply::Set(SetReply::Added))),
        ]
    };
    let broadcasts = (0..values).flat_map(each);
    let read = |node: usize| {
        [
            asked(
                values + node,
                node,
                Request::Set(SetRequest::Read),
                Phase::FinalReads,
            ),
            ended(
                values + node,
                Outcome::Ok(Reply::Set(SetReply::Shown(Box::new(shown(node))))),
            ),
        ]
    };
    run(nodes, broadcasts.chain((0..nodes).flat_map(read)))
}

#[test]
fn values_and_reads_are_judged_evenly() {
    is_judged_evenly("values that all lack", size(), |n| {
        reads(n, 3, |_| Shown::default())
    });
    is_judged_evenly("nodes that lack all", size() / 5, |n| {
        reads(3, n, |_| Shown::default())
    });
    is_judged_evenly("values as strings", size() / 2, |n| {
        let phantoms = (0..n).map(|value| format!("\"{value}\""));
        let phantoms: Vec<_> = phantoms.collect();
        reads(n, 3, |_| Shown {
            phantoms: phantoms.clone(),
            ..Shown::default()
        })
    });
    is_judged_evenly("nodes that do not answer", size() / 5, |n| {
        let ask = |node| {
            asked(
                node,
                node,
                Request::Set(SetRequest::Read),
                Phase::FinalReads,
            )
        };
        run(n, (0..n).map(ask))
    });
}

#[test]
fn faults_are_planned_evenly() {
    let test = |faults: usize| Settings {
        nodes: names(9),
        nemesis: FaultKind::ALL.to_vec(),
        time_limit: Duration::from_secs(faults as u64),
        nemesis_interval: Duration::from_secs(1),
        ..Settings::default()
    };
    is_even("faults", size() * 2, test, |settings| {
        let planned = nemesis::plan(settings, 1).len() as u64;
        assert!(planned > settings.time_limit.as_secs());
    });
}

#[test]
fn messages_are_carried_evenly_through_many_cuts() {
    is_even(
        "cuts",
        size(),
        |n| n,
        |n| {
            let settings = Settings::default();
            let mut router = Router::new(&settings, 1);
            for number in 1..=*n {
                router.begin(number, &Fault::Cut(Cut::OneWay(vec![0], vec![1])));
                let line = br#"{"src":"n2","dest":"n1","body":{"type":"x"}}"#;
                router.hear(Duration::ZERO, 2, line);
                let line = br#"{"src":"n0","dest":"n1","body":{"type":"x"}}"#;
                router.hear(Duration::ZERO, 0, line);
                router.settle(Duration::ZERO);
            }
            for number in 1..=*n {
                router.end(number);
            }
            assert_eq!(router.take_carried().len(), 2 * n);
        },
    );
}

//! Whole tests in virtual time: made-up nodes, right ones and wrong ones, and what the checker says.

pub(in crate::cluster) mod fake_node;
mod log_node;
mod logs;
mod profile_tests;
mod raft_node;
pub(in crate::cluster) mod registers;
pub(in crate::cluster) mod service_node;
pub(in crate::cluster) mod services;
mod set_up;
pub(in crate::cluster) mod store_node;
mod transactions;
pub(in crate::cluster) mod txn_node;
mod txn_profile_tests;
pub(in crate::cluster) mod virtual_time;
mod wrong_simple;

use std::time::Duration;

use fake_node::Way;
use fastrand::Rng;
use virtual_time::run;

use super::*;
use crate::cluster::checker;
use crate::cluster::checker::finding::{Finding, Unchecked, Verdict};
use crate::cluster::history::Invocation;
use crate::cluster::limit::Limit;
use crate::cluster::sets::finding::SetFinding;
use crate::cluster::sets::set_full::{SetFull, Validity};
use crate::cluster::settings::names;
use crate::cluster::workload::counter::finding::CounterFinding;
use crate::cluster::workload::findings::WorkloadFinding;
use crate::cluster::workload::kind::WorkloadKind;
use crate::net::fault::Fault;
use crate::net::fault::FaultKind;
use crate::net::network::Distribution;
use crate::net::topology::Topology;

fn judge(recording: &Recording) -> (Verdict, SetFull) {
    (
        checker::judge(recording, Limit::NONE),
        SetFull::of(&recording.events),
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

pub(in crate::cluster) fn any_settings(seed: u64) -> Settings {
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

/// How many seeds a node is run with; `ENGINE_SEEDS` says another number.
fn seeds(default: u64) -> u64 {
    let said = std::env::var("ENGINE_SEEDS").ok();
    said.map_or(default, |number| number.parse().unwrap())
}

/// Whether nothing came about in a run: a short load may ask nothing, and faults may keep all from being
/// answered. Not with the seeds that are always run.
fn proves_nothing(seed: u64, verdict: &Verdict) -> bool {
    let is_it = |finding: &Finding| {
        matches!(
            finding,
            Finding::Unchecked(Unchecked::NothingAcknowledged { .. } | Unchecked::NothingRead)
        )
    };
    seed >= 24 && !verdict.findings.is_empty() && verdict.findings.iter().all(is_it)
}

#[test]
fn right_nodes_never_fail() {
    let mut faults = BTreeMap::new();
    for seed in 0..seeds(24) {
        let way = match seed % 8 {
            3 | 7 => Way::AnswersLate,
            5 => Way::Refuses,
            _ => Way::Right,
        };
        // A set is judged as a broadcast is.
        if seed.is_multiple_of(4) || way == Way::AnswersLate {
            let (verdict, _) = judge(&run(any_set_settings(seed), way));
            let is_right = verdict.is_valid() || proves_nothing(seed, &verdict);
            assert!(is_right, "seed {seed}: {:#?}", verdict.findings);
        }
        let recording = run(any_settings(seed), way);
        let (verdict, _) = judge(&recording);
        let is_right = verdict.is_valid() || proves_nothing(seed, &verdict);
        assert!(is_right, "seed {seed}: {:#?}", verdict.findings);
        for figure in &verdict.figures.faults {
            *faults.entry(figure.span.fault.kind()).or_insert(0) += 1;
        }
    }
    let enough = FaultKind::ALL
        .iter()
        .all(|kind| faults.get(kind).is_some_and(|count| *count > 2));
    assert!(enough, "{faults:?}");
}

#[test]
fn right_sets_whose_answers_come_when_clients_have_given_up_never_fail() {
    let mut late = 0;
    for seed in 0..seeds(8) {
        let settings = Settings {
            client_timeout: Duration::from_millis(500),
            ..any_set_settings(seed)
        };
        let recording = run(settings, Way::AnswersLate);
        let is_late = |event: &&Event| matches!(event.what, What::Late { .. });
        late += recording.events.iter().filter(is_late).count();
        let (verdict, _) = judge(&recording);
        // The answers to final reads may come too late, too: what they would have shown nobody asks.
        let is_wrong = |finding: &Finding| matches!(finding, Finding::Workload(_));
        let is_wrong = verdict.findings.iter().any(is_wrong);
        assert!(!is_wrong, "seed {seed}: {:#?}", verdict.findings);
    }
    assert!(late > 50, "{late}");
}

/// Settings of all sorts for nodes that hold a set.
pub(in crate::cluster) fn any_set_settings(seed: u64) -> Settings {
    Settings {
        workload: WorkloadKind::GSet,
        ..any_settings(seed)
    }
}

/// Settings of all sorts for nodes that count, which forget what they counted with their lives.
pub(in crate::cluster) fn any_counter_settings(seed: u64) -> Settings {
    let mut settings = any_settings(seed);
    let survives = |kind: &FaultKind| *kind != FaultKind::Restart;
    settings.nemesis.retain(survives);
    settings.workload = match seed % 2 {
        0 => WorkloadKind::GCounter,
        _ => WorkloadKind::PnCounter,
    };
    settings
}

#[test]
fn counters_that_are_right_never_fail_and_others_are_told() {
    for seed in 0..seeds(6) {
        for way in [Way::Right, Way::AnswersLate] {
            let (verdict, _) = judge(&run(any_counter_settings(seed), way));
            if proves_nothing(seed, &verdict) {
                continue;
            }
            assert!(
                verdict.is_valid(),
                "seed {seed}, {way:?}: {:#?}",
                verdict.findings
            );
            assert_eq!(verdict.figures.replies.unwrap().maelstrom(), "valid");
        }
        for way in [
            Way::AcksAndDrops,
            Way::NoDedup,
            Way::NeverForwards,
            Way::Invents,
        ]
        .into_iter()
        .filter(|_| seed < seeds(2))
        {
            let settings = Settings {
                rate: 30.0,
                // What is lost of a number that only grows is not made up for by chance.
                workload: match seed {
                    0..2 => any_counter_settings(seed).workload,
                    _ => WorkloadKind::GCounter,
                },
                ..settings(seed)
            };
            let (verdict, _) = judge(&run(settings, way));
            let is_named = |finding: &Finding| {
                let Finding::Workload(WorkloadFinding::Counter(finding)) = finding else {
                    return false;
                };
                match way {
                    Way::Invents => matches!(finding, CounterFinding::Impossible { .. }),
                    _ => matches!(finding, CounterFinding::WrongTotal { .. }),
                }
            };
            let named = verdict.findings.iter().any(is_named);
            assert!(named, "seed {seed}, {way:?}: {:#?}", verdict.findings);
        }
    }
}

/// Settings of all sorts for nodes that echo.
pub(in crate::cluster) fn any_echo_settings(seed: u64) -> Settings {
    Settings {
        workload: WorkloadKind::Echo,
        ..any_settings(seed)
    }
}

/// Settings of all sorts for nodes that give ids.
pub(in crate::cluster) fn any_id_settings(seed: u64) -> Settings {
    Settings {
        workload: WorkloadKind::UniqueIds,
        ..any_settings(seed)
    }
}

#[test]
fn ids_that_are_unique_never_fail_and_others_are_told() {
    let mut began_anew = 0;
    for seed in 0..seeds(8) {
        for way in [Way::Right, Way::AnswersLate] {
            let (verdict, _) = judge(&run(any_id_settings(seed), way));
            assert!(verdict.is_valid(), "seed {seed}: {:#?}", verdict.findings);
        }
        let duplicate = |settings, way| {
            let (verdict, _) = judge(&run(settings, way));
            match verdict.findings.into_iter().next() {
                Some(Finding::Workload(WorkloadFinding::Id(duplicate))) => Some(duplicate),
                None => None,
                other => panic!("seed {seed}: {other:#?}"),
            }
        };
        let mut settings = any_id_settings(seed);
        settings.clients = settings.nodes.len();
        let nameless = duplicate(settings, Way::NamelessIds).unwrap();
        assert!(nameless.first.time < nameless.second.time && nameless.times >= 2);
        let settings = Settings {
            nemesis: vec![FaultKind::Restart],
            ..any_id_settings(seed)
        };
        if let Some(again) = duplicate(settings, Way::IdsBeginAnew) {
            assert_eq!(again.first.node, again.second.node);
            began_anew += 1;
        }
    }
    assert!(began_anew > 3, "{began_anew}");
}

#[test]
fn right_echoes_never_fail_and_a_wrong_one_is_told() {
    for seed in 0..seeds(6) {
        for way in [Way::Right, Way::AnswersLate] {
            let (verdict, _) = judge(&run(any_echo_settings(seed), way));
            assert!(verdict.is_valid(), "seed {seed}: {:#?}", verdict.findings);
        }
        let (verdict, _) = judge(&run(any_echo_settings(seed), Way::Shouts));
        let [Finding::Workload(WorkloadFinding::Echo(wrong))] = &verdict.findings[..] else {
            panic!("seed {seed}: {:#?}", verdict.findings);
        };
        assert_eq!(Some(wrong.sent.to_uppercase().as_str()), wrong.got.as_str());
        let figures = verdict.figures.replies.unwrap();
        assert_eq!(figures.maelstrom(), "not valid");
        assert_eq!(figures.results()["echoes"]["wrong"], wrong.count);
    }
}

fn bad_reply(finding: &Finding) -> bool {
    matches!(finding, Finding::Broke { breach, .. } if matches!(breach.rule, Rule::BadReply(_)))
}

#[test]
fn wrong_nodes_always_fail_with_the_fault_named() {
    use FaultKind::{Partition, Restart};
    type Named = fn(&Finding) -> bool;
    let malformed: Named = |finding| matches!(finding, Finding::Broke { breach, .. } if matches!(breach.rule, Rule::Malformed(_)));
    let lost: Named = |finding| {
        matches!(
            finding,
            Finding::Workload(WorkloadFinding::Set(SetFinding::Lost { .. }))
        )
    };
    let catalogue: [(Way, &[FaultKind], Named); 20] = [
        (Way::NeverForwards, &[], lost),
        (Way::ForwardsToOne, &[], lost),
        (Way::NeverRetries, &[Partition], lost),
        (Way::NoDedup, &[Partition], |f| {
            matches!(
                f,
                Finding::Workload(WorkloadFinding::Set(SetFinding::Duplicate { .. }))
            )
        }),
        (Way::Forgets, &[Restart], lost),
        (Way::AcksAndDrops, &[], lost),
        (Way::RefusesAndKeeps, &[], |f| {
            matches!(
                f,
                Finding::Workload(WorkloadFinding::Set(SetFinding::Refused { .. }))
            )
        }),
        (
            Way::KeepsNothing,
            &[],
            |f| matches!(f, Finding::Workload(WorkloadFinding::Set(SetFinding::Lost { nodes, .. })) if *nodes == [3]),
        ),
        (
            Way::ReceivesNothing,
            &[],
            |f| matches!(f, Finding::Workload(WorkloadFinding::Set(SetFinding::Lost { nodes, .. })) if *nodes == [3]),
        ),
        (Way::Invents, &[], |f| {
            matches!(
                f,
                Finding::Workload(WorkloadFinding::Set(SetFinding::Phantom { .. }))
            )
        }),
        (Way::ShowsTwice, &[], |f| {
            matches!(
                f,
                Finding::Workload(WorkloadFinding::Set(SetFinding::Duplicate { .. }))
            )
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
        (Way::Envelope("{\"src\":\"n0\","), &[], malformed),
        (Way::Envelope("{\"more\":0,"), &[], malformed),
        (Way::Envelope("{\"id\":null,"), &[], malformed),
        (Way::WrongClient, &[], bad_reply),
        (Way::QuotesLinks, &[], bad_reply),
        (
            Way::Garbage,
            &[],
            |f| matches!(f, Finding::Broke { breach, .. } if matches!(breach.rule, Rule::NotJson { .. })),
        ),
    ];
    for (way, nemesis, is_named) in catalogue {
        for seed in 0..seeds(2) {
            let nemesis = nemesis.to_vec();
            // A duplicated forward is what a node without dedup keeps twice.
            let duplicate = if way == Way::NoDedup { 0.3 } else { 0.0 };
            let both = [WorkloadKind::Broadcast, WorkloadKind::GSet];
            // A set is judged as a broadcast is.
            let both = both.into_iter().take(if seed < 2 { 2 } else { 1 });
            for workload in both {
                // A node that nobody asks does not crash.
                let rate = if way == Way::Crashes { 30.0 } else { 10.0 };
                let settings = Settings {
                    workload,
                    rate,
                    duplicate,
                    nemesis: nemesis.clone(),
                    ..settings(seed)
                };
                let (verdict, _) = judge(&run(settings, way));
                let named = verdict.findings.iter().any(is_named);
                assert!(
                    named,
                    "{workload:?}, {way:?}, seed {seed}: {:#?}",
                    verdict.findings
                );
            }
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
fn clients_and_nodes_have_the_time_that_the_settings_say() {
    let short = Settings {
        nodes: names(1),
        client_timeout: Duration::from_millis(300),
        init_timeout: Duration::from_millis(400),
        ..settings(1)
    };
    let ended = run(short.clone(), Way::SilentAtInit);
    let last = ended.events.last().unwrap().time;
    assert!(last >= Duration::from_millis(400) && last < Duration::from_millis(410));
    let mut engine = Engine::new(short);
    engine.advance(Duration::ZERO);
    for (kind, id) in [("init_ok", 1), ("topology_ok", 2)] {
        let line =
            format!(r#"{{"src":"n0","dest":"c0","body":{{"type":"{kind}","in_reply_to":{id}}}}}"#);
        engine.heard(Duration::ZERO, 0, line.as_bytes());
        engine.advance(Duration::ZERO);
    }
    assert_eq!(engine.phase(), Phase::Load);
    let mut now = Duration::ZERO;
    while engine.pending.is_empty() {
        now = engine.deadline().unwrap();
        engine.advance(now);
    }
    let timeout = engine.pending.next_timeout();
    assert_eq!(timeout, Some(now + Duration::from_millis(300)));
}

#[test]
fn nothing_but_init_reaches_a_node_before_its_init_ok() {
    for seed in 0..8 {
        let slow = Settings {
            nemesis: vec![FaultKind::Restart],
            latency: Duration::from_millis(seed * 10),
            ..settings(seed)
        };
        // A node that gets anything earlier panics.
        let recording = run(slow, Way::StartsSlowly(1));
        let (verdict, _) = judge(&recording);
        let broke = |finding: &&Finding| matches!(finding, Finding::Broke { .. });
        assert_eq!(verdict.findings.iter().find(broke), None, "seed {seed}");
        assert!(recording.traffic.fates().delivered >= 25, "seed {seed}");
    }
}

#[test]
fn an_interrupt_before_anything_is_set_up_ends_the_run_at_once() {
    let mut engine = Engine::new(settings(1));
    engine.advance(Duration::ZERO);
    engine.interrupt(Duration::ZERO);
    engine.advance(Duration::ZERO);
    assert_eq!(engine.phase(), Phase::End);
}

#[test]
fn breaches_without_end_are_counted_and_take_no_room() {
    let mut engine = Engine::new(settings(1));
    engine.advance(Duration::ZERO);
    for number in 0..5 * BREACHES_MAX {
        let destination = "x".repeat(2_000);
        let line = format!(
            r#"{{"src":"n{}","dest":"{destination}","body":{{"type":"x"}}}}"#,
            number % 2
        );
        engine.heard(Duration::from_millis(1), number % 2, line.as_bytes());
    }
    engine.interrupt(Duration::from_millis(2));
    let recording = engine.into_recording();
    let broken = recording
        .events
        .iter()
        .filter_map(|event| match &event.what {
            What::Broke(breach) => Some(breach),
            _ => None,
        });
    let broken: Vec<_> = broken.collect();
    assert_eq!(broken.len(), 2 * BREACHES_MAX + 2);
    let all: usize = broken.iter().map(|breach| breach.times).sum();
    assert_eq!(all, 5 * BREACHES_MAX);
    let (verdict, _) = judge(&recording);
    let Some(Finding::Broke { count, breach, .. }) = verdict.findings.first() else {
        panic!("{:?}", verdict.findings);
    };
    assert_eq!(*count, all);
    assert!(
        matches!(&breach.rule, Rule::UnknownDestination { destination } if destination.len() == 1000)
    );
}

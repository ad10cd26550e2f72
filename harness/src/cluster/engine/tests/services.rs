//! Nodes that keep what they know in services, and what the checker says of them.

use super::service_node::Design;
use super::*;
use crate::cluster::checker::finding::Warning;
use crate::cluster::sets::finding::Why;
use crate::service::kind::ServiceKind;

fn run_design(settings: Settings, design: Design) -> Recording {
    run(settings, Way::Asks(design))
}

/// Settings of all sorts for counters whose sum outlives them.
pub(in crate::cluster) fn any_service_settings(seed: u64) -> Settings {
    let workload = match seed % 2 {
        0 => WorkloadKind::GCounter,
        _ => WorkloadKind::PnCounter,
    };
    let mut settings = any_settings(seed);
    // Whether neighbors reach each other does not matter.
    if seed.is_multiple_of(3) {
        settings.nemesis.push(FaultKind::Kill);
    }
    Settings {
        workload,
        durable: true,
        ..settings
    }
}

#[test]
fn right_nodes_that_use_services_never_fail() {
    let mut faults = BTreeMap::new();
    // With 105 a node shows the right sum in the recovery by chance, and another one when it is read finally.
    for seed in (0..seeds(5)).chain([105]) {
        for design in [
            Design::OneKey,
            Design::OneLinKey,
            Design::KeyPerNode,
            Design::Timestamps,
        ] {
            let mut settings = any_service_settings(seed);
            if design == Design::Timestamps {
                settings.workload = WorkloadKind::UniqueIds;
            }
            let recording = run_design(settings, design);
            let (verdict, _) = judge(&recording);
            let told = || format!("seed {seed}, {design:?}: {:#?}", verdict.findings);
            assert!(verdict.is_valid(), "{}", told());
            assert!(verdict.figures.service_messages > 0);
            assert_eq!(verdict.figures.messages, 0);
            for figure in &verdict.figures.faults {
                *faults.entry(figure.span.fault.kind()).or_insert(0) += 1;
            }
        }
    }
    let enough = FaultKind::ALL
        .iter()
        .all(|kind| faults.get(kind).is_some_and(|count| *count > 5));
    assert!(enough, "{faults:?}");
}

/// What a node remembers may be the newest state by chance: then it shows what is right.
fn most(wrong: u64, runs: u64) -> bool {
    wrong * 10 >= runs * 9
}

#[test]
fn wrong_total_of_a_stale_answer_names_the_state() {
    let (mut wrong, mut stale) = (0, 0);
    for seed in 0..seeds(4) {
        let settings = Settings {
            workload: WorkloadKind::GCounter,
            rate: 30.0,
            latency: Duration::from_millis(10),
            ..settings(seed)
        };
        let (verdict, _) = judge(&run_design(settings, Design::Remembers));
        wrong += u64::from(!verdict.is_valid());
        for finding in &verdict.findings {
            let Finding::Workload(WorkloadFinding::Counter(CounterFinding::WrongTotal {
                nodes,
                stale: answer,
                ..
            })) = finding
            else {
                panic!("seed {seed}: {finding:#?}");
            };
            // What was new when it was read may be old by now.
            if let Some(answer) = answer {
                assert!(nodes.contains(&answer.node) && answer.served.lag() > 0);
                assert_eq!(answer.service, ServiceKind::SeqKv);
                stale += 1;
            }
        }
    }
    assert!(
        most(wrong, seeds(4)) && stale > seeds(4),
        "{wrong}, {stale}"
    );
}

#[test]
fn lost_element_of_a_stale_answer_names_the_state() {
    let (mut wrong, mut stale) = (0, 0);
    for seed in 0..seeds(3) {
        let settings = |latency| Settings {
            workload: WorkloadKind::GSet,
            latency: Duration::from_millis(latency),
            ..settings(seed)
        };
        let (verdict, _) = judge(&run_design(settings(0), Design::SetKey));
        assert!(verdict.is_valid(), "seed {seed}: {:#?}", verdict.findings);
        let (verdict, _) = judge(&run_design(settings(10), Design::SetRemembers));
        wrong += u64::from(!verdict.is_valid());
        for finding in &verdict.findings {
            let Finding::Workload(WorkloadFinding::Set(SetFinding::Lost { why, nodes, .. })) =
                finding
            else {
                panic!("seed {seed}: {finding:#?}");
            };
            if let Why::Stale(answer) = why {
                assert!(nodes.contains(&answer.node) && answer.served.lag() > 0);
                stale += 1;
            }
        }
    }
    assert!(most(wrong, seeds(3)) && stale > 0, "{wrong}, {stale}");
}

#[test]
fn unknown_request_to_a_service_is_answered_and_warned_of() {
    let settings = any_service_settings(0);
    let (verdict, _) = judge(&run_design(settings, Design::AsksForMore));
    assert!(verdict.is_valid(), "{:#?}", verdict.findings);
    let unknown = verdict.warnings.iter().find_map(|warning| match warning {
        Warning::UnknownRequest { example, others } => Some((example, others)),
        _ => None,
    });
    let (example, others) = unknown.unwrap();
    assert_eq!((example.node, &*example.kind), (0, "delete"));
    assert!(!others.is_empty() && !others.contains(&0));
}

#[test]
fn lost_adds_come_with_what_the_service_tells_of_them() {
    let is_shared = |warning: &Warning| matches!(warning, Warning::SharedKey(key) if key.key == r#""sum""# && key.nodes.len() > 1);
    let is_refused =
        |warning: &Warning| matches!(warning, Warning::ServiceErrors(errors) if errors.code == 22);
    let mut wrong = [0; 2];
    for seed in 0..seeds(2) {
        let settings = Settings {
            workload: WorkloadKind::GCounter,
            rate: 30.0,
            latency: Duration::from_millis(10),
            // Each answer may come from the past: in 3 s, twelve in a row once did.
            recovery: Duration::from_secs(10),
            ..any_service_settings(seed)
        };
        let judged = |design| judge(&run_design(settings.clone(), design)).0;
        for (wrong, (design, refused)) in wrong
            .iter_mut()
            .zip([(Design::Overwrites, false), (Design::TakesRefusals, true)])
        {
            let verdict = judged(design);
            if verdict.is_valid() {
                // By chance nobody came between.
                continue;
            }
            *wrong += 1;
            let told = |is_told: &dyn Fn(&Warning) -> bool| verdict.warnings.iter().any(is_told);
            let is_told = told(&is_refused) == refused && (refused || told(&is_shared));
            assert!(is_told, "seed {seed}: {design:?} {:#?}", verdict.warnings);
        }
        let verdict = judged(Design::OneKey);
        assert!(verdict.is_valid(), "seed {seed}: {:#?}", verdict.findings);
        assert!(!verdict.warnings.iter().any(is_refused), "seed {seed}");
    }
    assert!(wrong.iter().all(|wrong| 2 * wrong >= seeds(2)), "{wrong:?}");
}

//! Counters made by hand, right and wrong; and many at random of which the truth is known.

use std::time::Duration;

use proptest::prelude::*;

use super::finding::{CounterFinding, CounterWarning, Total};
use super::{CounterReply, CounterRequest};
use crate::cluster::checker::finding::{Finding, Unchecked, Verdict, Warning};
use crate::cluster::checker::tests::made::Made;
use crate::cluster::history::{Outcome, Phase, Reason, What};
use crate::cluster::names::Names;
use crate::cluster::service_use::StaleAnswer;
use crate::cluster::workload::findings::{WorkloadFinding, WorkloadWarning};
use crate::cluster::workload::kind::WorkloadKind;
use crate::cluster::workload::{Reply, Request};
use crate::net::fault::Fault;
use crate::service::kind::ServiceKind;
use crate::service::served::ServedState;

fn counter(nodes: usize, workload: WorkloadKind) -> Made {
    Made::of(nodes).set(|settings| settings.workload = workload)
}

/// An add with its end, a millisecond later; its number is that of those before it.
fn add(made: Made, time: u64, delta: i64, number: usize, end: Outcome) -> Made {
    let request = Request::Counter(CounterRequest::Add(delta));
    made.ask(time, 0, request, Phase::Load)
        .answer(time + 1, number, end)
}

fn added() -> Outcome {
    Outcome::Ok(Reply::Counter(CounterReply::Added))
}

fn unknown() -> Outcome {
    Outcome::Unknown(Reason::TimedOut)
}

fn refused() -> Outcome {
    Outcome::Failed(Reason::NodeDead)
}

/// A read with its end, a millisecond later.
fn read(made: Made, time: u64, node: usize, phase: Phase, number: usize, sum: i64) -> Made {
    let request = Request::Counter(CounterRequest::Read);
    let end = Outcome::Ok(Reply::Counter(CounterReply::Sum(sum)));
    made.ask(time, node, request, phase)
        .answer(time + 1, number, end)
}

fn findings(made: &Made) -> Vec<CounterFinding> {
    let all = made.judge().findings.into_iter();
    let of_counter = all.map(|finding| match finding {
        Finding::Workload(WorkloadFinding::Counter(finding)) => finding,
        other => panic!("{other:?}"),
    });
    of_counter.collect()
}

/// 3 and 4 were added, -2 perhaps, 5 not.
fn adds() -> Made {
    let made = counter(2, WorkloadKind::PnCounter);
    let made = add(made, 100, 3, 0, added());
    let made = add(made, 200, 4, 1, added());
    let made = add(made, 300, -2, 2, unknown());
    add(made, 400, 5, 3, refused())
}

/// These adds, and what two nodes show in the end.
fn ends(first: i64, second: i64) -> Made {
    let made = read(adds(), 1000, 0, Phase::FinalReads, 4, first);
    read(made, 1000, 1, Phase::FinalReads, 5, second)
}

#[test]
fn what_was_acknowledged_counts_once_and_the_unknown_perhaps() {
    assert_eq!(findings(&ends(7, 7)), []);
    assert_eq!(findings(&ends(5, 5)), []);
    let shown = || vec![(5, vec![1]), (7, vec![0])];
    let disagree = CounterFinding::Disagree {
        shown: shown(),
        stale: None,
    };
    assert_eq!(findings(&ends(7, 5)), [disagree]);
    // Where they had agreed, what was not answered may have come about between the two final reads.
    let agreed = |made: Made, sum| {
        let made = read(made, 900, 0, Phase::Recovery, 4, 7);
        let made = read(made, 900, 1, Phase::Recovery, 5, sum);
        let made = read(made, 1000, 0, Phase::FinalReads, 6, 7);
        read(made, 1000, 1, Phase::FinalReads, 7, 5)
    };
    let made = agreed(adds(), 7);
    assert_eq!(findings(&made), []);
    let differ = WorkloadWarning::Counter(CounterWarning::MayConverge { shown: shown() });
    assert_eq!(made.judge().warnings, [Warning::Workload(differ)]);
    assert_eq!(findings(&agreed(adds(), 5)).len(), 1);
    let wrong = |nodes: &[usize], shown| CounterFinding::WrongTotal {
        nodes: nodes.to_vec(),
        shown,
        time: Duration::from_millis(1001),
        total: Total {
            sum: 7,
            adds: 2,
            unknown: 1,
            unknown_bounds: (-2, 0),
        },
        stale: None,
    };
    assert_eq!(findings(&ends(7, 4)), [wrong(&[1], 4)]);
    // 6 is no sum of any choice, too.
    let found = findings(&ends(6, 6));
    assert_eq!(found[0], wrong(&[0, 1], 6));
    let Some(CounterFinding::Impossible { bounds, reads, .. }) = found.get(1) else {
        panic!("{found:?}");
    };
    assert_eq!((*bounds, *reads), ((-2, 7), 2));
}

#[test]
fn a_total_that_was_read_in_the_past_is_told_with_the_state() {
    let stale = StaleAnswer {
        service: ServiceKind::SeqKv,
        node: 1,
        time: Duration::from_secs(1),
        served: ServedState {
            state: 41,
            newest: 44,
        },
    };
    let says = "; n1 read state 41 of 44 of seq-kv at 1.000 s: it may answer from the past; only a write that \
                changes something brings a client to the newest state";
    let made = counter(2, WorkloadKind::PnCounter);
    let names = Names::new(&made.recording.settings, &[]);
    for (found, words) in [
        (
            CounterFinding::WrongTotal {
                nodes: vec![1],
                shown: 4,
                time: Duration::from_millis(1001),
                total: Total {
                    sum: 7,
                    adds: 2,
                    unknown: 0,
                    unknown_bounds: (0, 0),
                },
                stale: Some(stale),
            },
            "wrong total: n1 shows 4 in the end (read at 1.001 s), but the 2 acknowledged adds sum to 7",
        ),
        (
            CounterFinding::Disagree {
                shown: vec![(5, vec![1]), (7, vec![0])],
                stale: Some(stale),
            },
            "not converged: in the end n1 shows 5, n0 shows 7",
        ),
    ] {
        assert_eq!(found.words(&names), format!("{words}{says}"));
    }
}

#[test]
fn a_read_may_lag_behind_and_never_be_ahead() {
    let begun = || add(counter(1, WorkloadKind::GCounter), 100, 3, 0, added());
    let ended = |made| read(made, 5000, 0, Phase::FinalReads, 3, 7);
    let late = |time, sum| {
        let made = read(begun(), 200, 0, Phase::Load, 1, sum);
        ended(add(made, time, 4, 2, added()))
    };
    assert_eq!(findings(&late(300, 0)), []);
    assert_eq!(findings(&late(300, 3)), []);
    for sum in [-1, 1, 4, 7] {
        assert_eq!(findings(&late(300, sum)).len(), 1, "{sum}");
    }
    // An add that is under way when the read ends may be in it.
    let request = Request::Counter(CounterRequest::Read);
    let made = begun().ask(200, 0, request, Phase::Load);
    let made = add(made, 300, 4, 2, added());
    let end = Outcome::Ok(Reply::Counter(CounterReply::Sum(7)));
    let made = made.answer(400, 1, end);
    assert_eq!(findings(&read(made, 5000, 0, Phase::FinalReads, 3, 7)), []);
}

#[test]
fn an_add_acknowledged_since_final_reads_were_asked_for_need_not_be_in_them() {
    let run = |shown| {
        let made = add(counter(1, WorkloadKind::GCounter), 100, 3, 0, added());
        let request = Request::Counter(CounterRequest::Add(4));
        let made = made.ask(200, 0, request, Phase::Load);
        let made = read(made, 300, 0, Phase::FinalReads, 2, shown);
        findings(&made.answer(400, 1, added()))
    };
    assert_eq!(run(3), []);
    assert_eq!(run(7), []);
    for wrong in [0, 4, 5] {
        assert_eq!(run(wrong).len(), 1 + usize::from(wrong == 5), "{wrong}");
    }
}

#[test]
fn what_a_killed_node_acknowledged_may_have_gone_with_it() {
    let run = |fault, durable, first, second| {
        let made = counter(3, WorkloadKind::GCounter).set(|settings| settings.durable = durable);
        let made = add(made, 100, 3, 0, added());
        let made = made.fault(150, 1, fault);
        let made = read(made, 300, 1, Phase::FinalReads, 1, first);
        findings(&read(made, 300, 2, Phase::FinalReads, 2, second))
    };
    assert_eq!(run(Fault::Kill(0), false, 0, 0), []);
    assert_eq!(run(Fault::Kill(0), false, 3, 3), []);
    assert_eq!(run(Fault::Restart(0), false, 0, 0), []);
    let disagree = CounterFinding::Disagree {
        shown: vec![(0, vec![2]), (3, vec![1])],
        stale: None,
    };
    assert_eq!(run(Fault::Kill(0), false, 3, 0), [disagree]);
    assert_eq!(run(Fault::Kill(0), true, 0, 0).len(), 1);
    let made = add(counter(2, WorkloadKind::GCounter), 100, 3, 0, added());
    let made = made.fault(150, 1, Fault::Kill(1));
    let made = read(made, 300, 0, Phase::FinalReads, 1, 0);
    assert_eq!(findings(&made).len(), 1, "it was another node");
}

#[test]
fn sums_on_the_way_may_be_greater_than_any_counter() {
    let most = i64::MAX;
    let run = |end: fn() -> Outcome, shown| {
        let mut made = add(counter(1, WorkloadKind::PnCounter), 100, 0, 0, added());
        for (number, delta) in [(1, most), (2, most), (3, -most)] {
            made = add(made, 200, delta, number, end());
        }
        findings(&read(made, 300, 0, Phase::FinalReads, 4, shown))
    };
    assert_eq!(run(added, most), []);
    assert_eq!(run(added, 0).len(), 1);
    assert_eq!(run(unknown, -most), []);
}

#[test]
fn a_counter_that_goes_back_is_warned_of_where_it_only_grows() {
    let run = |workload| {
        let made = add(counter(1, workload), 100, 3, 0, added());
        let made = read(made, 200, 0, Phase::Load, 1, 3);
        let made = read(made, 300, 0, Phase::Load, 2, 0);
        read(made, 5000, 0, Phase::FinalReads, 3, 3).judge()
    };
    let grows = run(WorkloadKind::GCounter);
    assert!(grows.is_valid() && grows.warnings.len() == 1, "{grows:?}");
    assert_eq!(run(WorkloadKind::PnCounter).warnings, []);
}

#[test]
fn what_nobody_answered_proves_nothing() {
    let made = counter(1, WorkloadKind::GCounter);
    let nothing = made.judge().findings;
    let is = |what: &Finding| match what {
        Finding::Unchecked(Unchecked::NothingAcknowledged { requests, .. }) => *requests == 0,
        Finding::Unchecked(Unchecked::NothingRead) => true,
        _ => false,
    };
    assert!(nothing.len() == 2 && nothing.iter().all(is), "{nothing:?}");
}

#[test]
fn more_sums_than_are_told_apart_are_said() {
    // Each sum of these is another one; the wrong total lies between the least and the greatest.
    let run = |adds: u32, end: fn() -> Outcome| {
        let mut made = add(counter(1, WorkloadKind::PnCounter), 100, 0, 0, added());
        for number in 0..adds {
            made = add(made, 200, 4i64.pow(number), 1 + number as usize, end());
        }
        read(made, 300, 0, Phase::FinalReads, 1 + adds as usize, 2).judge()
    };
    let kinds = |verdict: &Verdict| verdict.findings.len();
    assert_eq!(kinds(&run(5, unknown)), 2);
    let verdict = run(20, unknown);
    let warned = |in_the_end| {
        let reads = 1;
        let sums = CounterWarning::TooManySums { reads, in_the_end };
        vec![Warning::Workload(WorkloadWarning::Counter(sums))]
    };
    assert_eq!((verdict.findings, verdict.warnings), (vec![], warned(true)));
    // What was acknowledged is one sum, however many there could be.
    let verdict = run(20, added);
    assert_eq!((kinds(&verdict), verdict.warnings), (1, warned(false)));
}

proptest! {
    #[test]
    fn runs_of_a_right_counter_pass_and_a_wrong_end_never_does(
        adds in prop::collection::vec((-5i64..5, 0..4u8, any::<bool>()), 1..30),
        shift in -200i64..200,
    ) {
        // Of an add: what it adds; how it ends (0 and 1: acknowledged); whether an unknown one came about.
        let mut made = counter(1, WorkloadKind::PnCounter);
        let (mut number, mut time, mut sum, mut acknowledged) = (0, 100, 0, 0);
        let mut possible = std::collections::BTreeSet::from([0]);
        for (delta, how, came_about) in adds {
            let (end, counts) = match how {
                0 | 1 => (added(), true),
                2 => (unknown(), came_about),
                _ => (refused(), false),
            };
            match how {
                0 | 1 => acknowledged += 1,
                2 => possible = possible.iter().flat_map(|sum| [*sum, sum + delta]).collect(),
                _ => {}
            }
            if how < 2 {
                possible = possible.iter().map(|sum| sum + delta).collect();
            }
            made = add(made, time, delta, number, end);
            sum += if counts { delta } else { 0 };
            made = read(made, time + 5, 0, Phase::Load, number + 1, sum);
            (number, time) = (number + 2, time + 10);
        }
        prop_assume!(acknowledged > 0);
        let end = |made, sum| findings(&read(made, 100_000, 0, Phase::FinalReads, number, sum));
        let wrong = sum + shift;
        prop_assert_eq!(end(made.clone(), sum), []);
        prop_assert_eq!(end(made, wrong).is_empty(), possible.contains(&wrong));
    }
}

#[test]
fn what_is_acknowledged_late_counts_if_it_came_before_the_recovery() {
    // Add 2, of -2, was not answered in time.
    let late = |time: u64, first: i64, second: i64| {
        let late = What::Late {
            operation: 2,
            outcome: added(),
        };
        let made = if time < 500 {
            adds()
                .event(time, late)
                .event(500, What::Began(Phase::Recovery))
        } else {
            adds()
                .event(500, What::Began(Phase::Recovery))
                .event(time, late)
        };
        let made = read(made, 1000, 0, Phase::FinalReads, 4, first);
        findings(&read(made, 1000, 1, Phase::FinalReads, 5, second))
    };
    assert_eq!(late(450, 5, 5), []);
    let [CounterFinding::WrongTotal { shown, .. }] = late(450, 7, 7)[..] else {
        panic!("it had all of the recovery");
    };
    assert_eq!(shown, 7);
    for sum in [5, 7] {
        assert_eq!(late(999, sum, sum), [], "{sum}");
    }
}

#[test]
fn what_is_acknowledged_in_the_recovery_counts_if_there_was_time_left() {
    // Asked finally at 1.7 s, once all had shown the same, or when the time was over.
    let ends = |recovery: u64, sum: i64| {
        let limit = Duration::from_millis(recovery);
        let made = adds().set(|settings| settings.recovery = limit);
        let made = made.event(500, What::Began(Phase::Recovery));
        let made = add(made, 1600, 10, 4, added());
        let made = read(made, 1700, 0, Phase::FinalReads, 5, sum);
        findings(&read(made, 1700, 1, Phase::FinalReads, 6, sum))
    };
    assert_eq!(ends(3000, 17), []);
    assert!(matches!(
        ends(3000, 7)[..],
        [CounterFinding::WrongTotal { .. }]
    ));
    assert_eq!(ends(1200, 17), []);
    assert_eq!(ends(1200, 7), [], "100 ms are no recovery");
}

//! Counters made by hand, right and wrong; and many at random of which the truth is known.

use std::time::Duration;

use proptest::prelude::*;

use super::finding::{CounterFinding, Total};
use super::{CounterReply, CounterRequest};
use crate::cluster::checker::finding::{Finding, Unchecked};
use crate::cluster::checker::tests::made::Made;
use crate::cluster::history::{Outcome, Phase, Reason};
use crate::cluster::workload::findings::WorkloadFinding;
use crate::cluster::workload::kind::WorkloadKind;
use crate::cluster::workload::{Reply, Request};

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

/// 3 and 4 were added, -2 perhaps, 5 not; what two nodes show in the end.
fn ends(first: i64, second: i64) -> Made {
    let made = counter(2, WorkloadKind::PnCounter);
    let made = add(made, 100, 3, 0, added());
    let made = add(made, 200, 4, 1, added());
    let made = add(made, 300, -2, 2, unknown());
    let made = add(made, 400, 5, 3, refused());
    let made = read(made, 1000, 0, Phase::FinalReads, 4, first);
    read(made, 1000, 1, Phase::FinalReads, 5, second)
}

#[test]
fn what_was_acknowledged_counts_once_and_the_unknown_perhaps() {
    assert_eq!(findings(&ends(7, 7)), []);
    assert_eq!(findings(&ends(5, 5)), []);
    let disagree = CounterFinding::Disagree {
        shown: vec![(5, vec![1]), (7, vec![0])],
    };
    assert_eq!(findings(&ends(7, 5)), [disagree]);
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

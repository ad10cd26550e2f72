//! What reads show, and whether they are answered.

use super::*;
use crate::cluster::sets::finding::{NotAdded, SetFinding, SetWarning};
use crate::cluster::sets::{SetReply, SetRequest, Shown};
use crate::cluster::workload::findings::{WorkloadFinding, WorkloadWarning};
use crate::cluster::workload::{Reply, Request};

#[test]
fn what_a_node_showed_it_shows_again() {
    let vanished = |node, gone: &[usize], shown, asked| {
        Finding::Workload(WorkloadFinding::Set(SetFinding::Vanished {
            node,
            values: values(gone),
            shown: at(shown),
            asked: at(asked),
        }))
    };
    let twice = |second, node| {
        let first = good().read(300, 2, shown(&[7, 8]));
        first.read(second, node, shown(&[8])).ends(&ALL)
    };
    check(&twice(400, 2), &[vanished(2, &[7], 310, 400)]);
    // Another node may be behind.
    check(&twice(400, 1), &[]);
    // At the same time, the order of the history counts.
    check(&twice(310, 2), &[vanished(2, &[7], 310, 310)]);
    let made = good().read(300, 2, shown(&[7]));
    let made = made.read(350, 2, shown(&[7, 8])).read(400, 2, shown(&[]));
    let made = made.read(450, 2, shown(&[])).read(500, 2, shown(&[7]));
    check(&made.ends(&ALL), &[vanished(2, &[7, 8], 360, 400)]);
}

#[test]
fn reads_that_overlap_may_differ() {
    let made = good()
        .ask(300, 2, Request::Set(SetRequest::Read), Phase::Load)
        .read(300, 2, shown(&[7, 8]))
        .answer(
            400,
            2,
            Outcome::Ok(Reply::Set(SetReply::Shown(Box::new(shown(&[]))))),
        );
    check(&made.ends(&ALL), &[]);
}

#[test]
fn a_restarted_node_may_have_to_learn_again_and_a_paused_one_not() {
    let run = |made: Made| made.read(700, 2, shown(&[])).ends(&ALL).judge().findings;
    let before = || good().read(300, 2, shown(&[7]));
    assert_eq!(run(before().restart(400, 600, 1, 2)), []);
    assert_eq!(run(before().restart(400, 600, 1, 1)).len(), 1);
    let paused = before().fault(400, 1, Fault::Pause(2)).fault_ends(600, 1);
    assert_eq!(run(paused).len(), 1);
    // What it shows in its new life it shows again.
    let again = before().restart(400, 600, 1, 2).read(650, 2, shown(&[7]));
    assert_eq!(run(again).len(), 1);
    // What it showed before excuses nothing now.
    let other = before().restart(400, 600, 1, 2).read(650, 2, shown(&[8]));
    let found = run(other);
    assert!(
        matches!(&found[..], [Finding::Workload(WorkloadFinding::Set(SetFinding::Vanished { values, .. }))] if values.named == [8]),
        "{found:?}"
    );
    // A read that was asked for in another life owes nothing to this one.
    let made = before()
        .ask(390, 2, Request::Set(SetRequest::Read), Phase::Load)
        .restart(400, 600, 1, 2)
        .answer(
            601,
            3,
            Outcome::Ok(Reply::Set(SetReply::Shown(Box::new(shown(&[8, 7]))))),
        );
    assert_eq!(run(made), []);
}

#[test]
fn nobody_shows_what_nobody_broadcast_or_twice() {
    let mut odd = shown(&[7, 8]);
    odd.phantoms = vec!["99".to_owned(), "\"x\"".to_owned(), "99".to_owned()];
    odd.twice = vec![8, 7];
    let made = good().read(300, 1, odd.clone()).read(400, 1, odd);
    let phantom = Finding::Workload(WorkloadFinding::Set(SetFinding::Phantom {
        node: 1,
        others: Vec::new(),
        as_strings: false,
        shown: vec!["99".to_owned(), "\"x\"".to_owned()],
        count: 2,
        read: at(310),
        reads: 2,
    }));
    let duplicate = Finding::Workload(WorkloadFinding::Set(SetFinding::Duplicate {
        node: 1,
        values: values(&[7, 8]),
        read: at(310),
        reads: 2,
    }));
    check(&made.ends(&ALL), &[phantom, duplicate]);
}

#[test]
fn a_value_that_never_left_its_client_is_a_phantom_and_a_refused_one_is_told() {
    let offered = |outcome| {
        let offered = good().ask(250, 0, Request::Set(SetRequest::Add(9)), Phase::Load);
        let failed = offered.answer(250, 2, outcome);
        let read = failed.read(300, 1, shown(&[9]));
        read.ends(&[BOTH, Some(&[7, 8, 9]), BOTH]).judge().findings
    };
    let error = |code: &str| Reason::Error {
        code: code.to_owned(),
        text: String::new(),
    };
    assert_eq!(offered(Outcome::Unknown(Reason::TimedOut)), []);
    assert_eq!(offered(Outcome::Failed(error("13"))), []);
    assert_eq!(offered(Outcome::Failed(error("1000"))), []);
    let refused = |code: &str| {
        Finding::Workload(WorkloadFinding::Set(SetFinding::Refused {
            node: 1,
            others: Vec::new(),
            values: values(&[9]),
            refusal: NotAdded {
                node: 0,
                time: at(250),
                code: code.to_owned(),
            },
            read: at(310),
            reads: 2,
        }))
    };
    assert_eq!(offered(Outcome::Failed(error("11"))), [refused("11")]);
    // A history of others need not tell the code.
    assert_eq!(offered(Outcome::Failed(error(""))), [refused("")]);
    let found = offered(Outcome::Failed(Reason::NodeDead));
    assert!(
        matches!(
            &found[..],
            [Finding::Workload(WorkloadFinding::Set(
                SetFinding::Phantom { node: 1, .. }
            ))]
        ),
        "{found:?}"
    );
}

#[test]
fn a_read_that_is_answered_late_is_looked_at() {
    let late = |values: &[usize], asked| {
        let made = good().read(300, 2, shown(&[7]));
        let request = Request::Set(SetRequest::Read);
        let made = made.ask(asked, 2, request, Phase::Load);
        let made = made.answer(5400, 3, Outcome::Failed(Reason::TimedOut));
        let outcome = Outcome::Ok(Reply::Set(SetReply::Shown(Box::new(shown(values)))));
        let operation = 3;
        let made = made.event(6000, What::Late { operation, outcome });
        made.read(7000, 2, shown(&[7])).ends(&ALL).judge().findings
    };
    assert_eq!(late(&[7], 400), []);
    let found = |findings: &[Finding]| match findings {
        [Finding::Workload(WorkloadFinding::Set(SetFinding::Vanished { shown, asked, .. }))] => {
            (*shown, *asked)
        }
        other => panic!("{other:#?}"),
    };
    // It lacks what was shown before it was asked for; one later lacks what it shows.
    assert_eq!(found(&late(&[], 400)), (at(310), at(400)));
    assert_eq!(found(&late(&[7, 8], 400)), (at(6000), at(7000)));
}

#[test]
fn every_live_node_answers_in_the_end_and_a_dead_one_need_not() {
    let two = [BOTH, BOTH, None];
    let unanswered = |asked: Option<u64>, reason| Finding::Unanswered {
        node: 2,
        others: Vec::new(),
        asked: asked.map(at),
        reason,
        silence: None,
    };
    check(&good().ends(&two), &[unanswered(None, None)]);
    let before = good().read_in(9000, 2, Phase::Recovery, shown(&[7, 8]));
    check(&before.ends(&two), &[unanswered(None, None)]);
    let asked = || {
        good()
            .ends(&two)
            .ask(10_000, 2, Request::Set(SetRequest::Read), Phase::FinalReads)
    };
    check(&asked(), &[unanswered(Some(10_000), None)]);
    let late = asked().answer(15_000, 4, Outcome::Failed(Reason::TimedOut));
    check(&late, &[unanswered(Some(10_000), Some(Reason::TimedOut))]);
    let answered = asked().answer(
        10_001,
        4,
        Outcome::Ok(Reply::Set(SetReply::Shown(Box::new(shown(&[7, 8]))))),
    );
    check(&answered, &[]);
    check(&good().fault(900, 1, Fault::Kill(2)).ends(&two), &[]);
    let paused = good().fault(900, 1, Fault::Pause(2)).ends(&two);
    check(&paused, &[unanswered(None, None)]);
}

#[test]
fn a_value_that_is_shown_as_a_string_is_wrong_but_not_lost() {
    let ends = |phantoms: [&str; 2], values: &[usize]| {
        let shown = Shown {
            phantoms: phantoms.map(str::to_owned).to_vec(),
            ..shown(values)
        };
        let made = good().ends(&[None, None, BOTH]);
        let made = made.read_in(10_000, 0, Phase::FinalReads, shown.clone());
        made.read_in(10_100, 1, Phase::FinalReads, shown)
            .judge()
            .findings
    };
    let strings = ["\"7\"", "\"8\""];
    let phantom = Finding::Workload(WorkloadFinding::Set(SetFinding::Phantom {
        node: 0,
        others: vec![1],
        as_strings: true,
        shown: strings.map(str::to_owned).to_vec(),
        count: 2,
        read: at(10_010),
        reads: 2,
    }));
    assert_eq!(ends(strings, &[]), [phantom]);
    // 8 is nowhere in these, and 9 was never broadcast.
    let found = ends(["\"7\"", "\"9\""], &[]);
    let lost = found
        .iter()
        .filter(|finding| matches!(finding, Finding::Workload(WorkloadFinding::Set(SetFinding::Lost { values, .. })) if values.named == [8]));
    assert_eq!(lost.count(), 2, "{found:?}");
    let phantoms = found.iter().filter(|finding| {
        matches!(
            finding,
            Finding::Workload(WorkloadFinding::Set(SetFinding::Phantom {
                as_strings: false,
                ..
            }))
        )
    });
    assert_eq!(phantoms.count(), 2, "{found:?}");
}

#[test]
fn null_for_an_empty_list_is_one_warning_and_no_finding() {
    let null = || Shown {
        is_null: true,
        ..shown(&[])
    };
    let made = Made::of(3)
        .read(90, 2, null())
        .read(100, 1, shown(&[]))
        .read(110, 0, null())
        .broadcast(1000, 0, 0)
        .read_in(2000, 2, Phase::Recovery, null());
    let verdict = made.ends(&[Some(&[0]), Some(&[0]), Some(&[0])]).judge();
    let warning = Warning::Workload(WorkloadWarning::Set(SetWarning::NullList {
        node: 2,
        others: vec![0],
        reply: "read_ok",
        key: "messages",
        time: at(100),
        count: 3,
    }));
    assert!(verdict.is_valid(), "{:#?}", verdict.findings);
    let nulls = |warning: &&Warning| {
        matches!(
            warning,
            Warning::Workload(WorkloadWarning::Set(SetWarning::NullList { .. }))
        )
    };
    let found: Vec<_> = verdict.warnings.iter().filter(nulls).collect();
    assert_eq!(found, [&warning]);
}

//! Values that are missing, gone, or never promised.

use super::*;
use crate::cluster::journal::{Carried, Party};
use crate::cluster::sets::finding::{Acknowledged, Gone, SetFinding, SetWarning, Why};
use crate::cluster::sets::{SetReply, SetRequest};
use crate::cluster::spread::{Attempt, Death};
use crate::cluster::workload::findings::{WorkloadFinding, WorkloadWarning};
use crate::cluster::workload::{Reply, Request};

const SEVEN: Option<&[usize]> = Some(&[7]);
const NONE: Option<&[usize]> = Some(&[]);

fn lost(node: usize, why: Why) -> Finding {
    Finding::Workload(WorkloadFinding::Set(SetFinding::Lost {
        nodes: vec![node],
        values: values(&[7]),
        acknowledged: Acknowledged {
            node: 0,
            time: at(100),
        },
        why,
        also: Vec::new(),
    }))
}

fn never(shown_by: &[usize]) -> Why {
    Why::NeverSent {
        shown_by: shown_by.into(),
    }
}

/// Node 0 got 7 from its client and does not show it, and so these lack it, too.
fn not_kept(also: &[usize]) -> Finding {
    let why = Why::NotShown {
        from: Party::Client(1),
        at: at(100),
        pause: None,
    };
    match lost(0, why) {
        Finding::Workload(WorkloadFinding::Set(SetFinding::Lost {
            nodes,
            values,
            acknowledged,
            why,
            ..
        })) => Finding::Workload(WorkloadFinding::Set(SetFinding::Lost {
            nodes,
            values,
            acknowledged,
            why,
            also: also.to_vec(),
        })),
        other => other,
    }
}

#[test]
fn what_was_acknowledged_late_is_kept_too() {
    let run = |late: u64, recovered: u64, ends: &[Option<&[usize]>]| {
        let made = Made::of(2).broadcast(50, 0, 8).offer(60, 0, 7);
        let made = made.answer(5060, 1, Outcome::Unknown(Reason::TimedOut));
        let outcome = Outcome::Ok(Reply::Set(SetReply::Added));
        let operation = 1;
        let mut both = [
            (late, What::Late { operation, outcome }),
            (recovered, What::Began(Phase::Recovery)),
        ];
        both.sort_by_key(|(time, _)| *time);
        let made = both
            .into_iter()
            .fold(made, |made, (time, what)| made.event(time, what));
        made.ends(ends).judge()
    };
    let lacks = |verdict: &Verdict| match &verdict.findings[..] {
        [
            Finding::Workload(WorkloadFinding::Set(SetFinding::Lost {
                nodes,
                acknowledged,
                ..
            })),
        ] => (nodes.clone(), acknowledged.time),
        other => panic!("{other:#?}"),
    };
    let (all, eight): (Option<&[usize]>, Option<&[usize]>) = (Some(&[7, 8]), Some(&[8]));
    assert!(run(6000, 6001, &[all, all]).is_valid());
    assert_eq!(lacks(&run(6000, 6001, &[all, eight])), (vec![1], at(6000)));
    // Nobody waits in the recovery for what is acknowledged then and late; but who acknowledged it has it.
    assert!(run(6001, 6000, &[all, eight]).is_valid());
    assert_eq!(lacks(&run(6001, 6000, &[eight, all])), (vec![0], at(6001)));
}

fn dropped(id: u64, from: usize, sent: u64, fate: Fate, pause: Option<usize>) -> Why {
    let attempt = Attempt {
        id,
        from: Party::Node(from),
        sent: at(sent),
        settled: at(sent + 10),
        fate,
    };
    Why::Dropped { attempt, pause }
}

/// Two nodes, the first of which has acknowledged 7.
fn begun() -> Made {
    Made::of(2).broadcast(100, 0, 7)
}

/// Whether the end of the second node, without 7, has this reason.
#[track_caller]
fn check_why(made: Made, why: Why) {
    check(&made.ends(&[SEVEN, NONE]), &[lost(1, why)]);
}

#[test]
fn the_last_message_that_failed_is_named() {
    for fate in [
        Fate::Lost,
        Fate::Cut(2),
        Fate::Dead(None),
        Fate::NoRoom,
        Fate::UnderWay,
    ] {
        let made = begun()
            .send(200, 0, 1, 7, Fate::Lost)
            .send(300, 0, 1, 7, fate);
        check_why(made, dropped(2, 0, 300, fate, None));
    }
    // It was started again, and had not been set up.
    let restarted = begun().fault(250, 1, Fault::Restart(1)).fault_ends(260, 1);
    let made = restarted.send(300, 0, 1, 7, Fate::NoRoom);
    check_why(made, dropped(1, 0, 300, Fate::NoRoom, None));
    let paused = begun().fault(250, 1, Fault::Pause(1));
    let made = paused.send(300, 0, 1, 7, Fate::NoRoom).fault_ends(400, 1);
    check_why(made, dropped(1, 0, 300, Fate::NoRoom, Some(1)));
}

#[test]
fn what_came_and_is_not_shown_is_the_nodes_fault() {
    let came = begun()
        .send(300, 0, 1, 7, Fate::Delivered)
        .send(400, 0, 1, 7, Fate::Lost);
    check_why(
        came,
        Why::NotShown {
            from: Party::Node(0),
            at: at(310),
            pause: None,
        },
    );
    // It came while the node stood still, and that is what tells it from the others.
    let paused = begun().fault(250, 1, Fault::Pause(1));
    let made = paused
        .send(300, 0, 1, 7, Fate::Delivered)
        .fault_ends(400, 1);
    check_why(
        made,
        Why::NotShown {
            from: Party::Node(0),
            at: at(310),
            pause: Some(1),
        },
    );
    let late = |sent| begun().send(sent, 0, 1, 7, Fate::Delivered);
    let too_late = Why::TooLate {
        from: Party::Node(0),
        at: at(10_000),
        asked: at(10_000),
    };
    check_why(late(9990), too_late);
    check_why(
        late(9989),
        Why::NotShown {
            from: Party::Node(0),
            at: at(9999),
            pause: None,
        },
    );
}

#[test]
fn who_acknowledged_a_value_has_it() {
    let itself = Why::NotShown {
        from: Party::Client(1),
        at: at(100),
        pause: None,
    };
    let spread = || begun().send(300, 0, 1, 7, Fate::Delivered);
    check(&spread().ends(&[NONE, SEVEN]), &[lost(0, itself.clone())]);
    // Also if its client's message is not known.
    let request = Request::Set(SetRequest::Add(7));
    let made = Made::of(1).ask(50, 0, request.clone(), Phase::Load);
    let made = made
        .answer(100, 0, Outcome::Ok(Reply::Set(SetReply::Added)))
        .ends(&[NONE]);
    check(&made, &[lost(0, itself.clone())]);
    // A restart before that is no excuse.
    let made = Made::of(1)
        .restart(10, 20, 1, 0)
        .ask(50, 0, request, Phase::Load);
    let made = made
        .answer(100, 0, Outcome::Ok(Reply::Set(SetReply::Added)))
        .ends(&[NONE]);
    check(&made, &[lost(0, itself)]);
}

#[test]
fn who_was_sent_nothing_is_told_who_had_it() {
    check_why(begun(), never(&[0]));
    let elsewhere = Made::of(3)
        .broadcast(100, 0, 7)
        .send(200, 0, 1, 7, Fate::Delivered);
    let everywhere_else = elsewhere.ends(&[SEVEN, SEVEN, NONE]);
    check(&everywhere_else, &[lost(2, never(&[0, 1]))]);
}

#[test]
fn who_was_restarted_needs_it_again() {
    let death = |node| Death {
        node,
        by: Some(1),
        time: at(400),
    };
    let had_it = || begun().send(300, 0, 1, 7, Fate::Delivered);
    let restarted = || had_it().restart(400, 500, 1, 1);
    check_why(restarted(), Why::Forgotten(death(1)));
    // A copy that was dropped before is not what it lacks.
    let copy = begun()
        .send(290, 0, 1, 7, Fate::Delivered)
        .send(300, 0, 1, 7, Fate::Lost);
    check_why(copy.restart(400, 500, 1, 1), Why::Forgotten(death(1)));
    let tried = restarted().send(600, 0, 1, 7, Fate::Cut(2));
    check_why(tried, dropped(2, 0, 600, Fate::Cut(2), None));
    let again = restarted().send(600, 0, 1, 7, Fate::Delivered);
    check_why(
        again,
        Why::NotShown {
            from: Party::Node(0),
            at: at(610),
            pause: None,
        },
    );
    let itself = had_it().restart(400, 500, 1, 0).ends(&[NONE, SEVEN]);
    check(&itself, &[lost(0, Why::Forgotten(death(0)))]);
    // It came at the very moment of the end.
    let killed = begun().fault(400, 1, Fault::Restart(1));
    let at_once = killed
        .send(390, 0, 1, 7, Fate::Delivered)
        .fault_ends(500, 1);
    check_why(at_once, Why::Forgotten(death(1)));
    // Who never had it was not made to forget it.
    let never_had = begun().restart(400, 500, 1, 1);
    check_why(never_had, never(&[0]));
}

#[test]
fn a_dead_node_lacks_nothing() {
    check(
        &begun().fault(300, 1, Fault::Kill(1)).ends(&[SEVEN, None]),
        &[],
    );
    check(
        &begun().send(200, 0, 1, 7, Fate::Lost).ends(&[SEVEN, SEVEN]),
        &[],
    );
}

#[test]
fn only_what_was_acknowledged_before_a_read_is_due_in_it() {
    let open = |values_: &[usize], shown, missing| {
        Warning::Workload(WorkloadWarning::Set(SetWarning::Partial {
            values: values(values_),
            shown,
            missing,
        }))
    };
    let offered = || Made::of(2).broadcast(50, 0, 6).offer(100, 0, 7);
    let six: Option<&[usize]> = Some(&[6]);
    let both: Option<&[usize]> = Some(&[6, 7]);
    let spread = || offered().send(110, 0, 1, 6, Fate::Delivered);
    check_warnings(&spread().ends(&[six, six]), &[]);
    check_warnings(&spread().ends(&[both, both]), &[]);
    let partial = open(&[7], vec![0], vec![1]);
    check_warnings(&spread().ends(&[both, six]), std::slice::from_ref(&partial));
    let late =
        spread()
            .ends(&[both, six])
            .answer(10_000, 1, Outcome::Ok(Reply::Set(SetReply::Added)));
    check_warnings(&late, std::slice::from_ref(&partial));
    let timed_out = spread().answer(5100, 1, Outcome::Unknown(Reason::TimedOut));
    check_warnings(&timed_out.ends(&[both, six]), &[partial]);
    let in_time = spread()
        .answer(10_000, 1, Outcome::Ok(Reply::Set(SetReply::Added)))
        .ends(&[both, six]);
    assert_eq!(in_time.judge().findings.len(), 1);
}

#[test]
fn earlier_reads_decide_nothing_and_the_last_final_read_does() {
    let spread = || begun().send(200, 0, 1, 7, Fate::Delivered);
    for phase in [Phase::Load, Phase::Recovery] {
        let made = spread().read_in(300, 1, phase, shown(&[]));
        check(&made.ends(&[SEVEN, SEVEN]), &[]);
    }
    let twice = spread().ends(&[SEVEN, NONE]);
    check(
        &twice.read_in(10_050, 1, Phase::FinalReads, shown(&[7])),
        &[],
    );
}

#[test]
fn what_went_down_with_its_holders_is_gone() {
    let ended = |by, time| Gone {
        values: values(&[7]),
        acknowledged: Acknowledged {
            node: 0,
            time: at(100),
        },
        death: Death {
            node: 0,
            by,
            time: at(time),
        },
    };
    let tried = || begun().send(200, 0, 1, 7, Fate::Cut(9));
    let other = |made: Made| made.broadcast(150, 1, 8);
    let eight: Option<&[usize]> = Some(&[8]);
    let killed = || {
        other(tried())
            .fault(300, 1, Fault::Kill(0))
            .ends(&[None, eight])
    };
    check_warnings(
        &killed(),
        &[Warning::Workload(WorkloadWarning::Set(SetWarning::Gone(
            ended(Some(1), 300),
        )))],
    );
    let durable = killed().set(|settings| settings.durable = true);
    check(
        &durable,
        &[Finding::Workload(WorkloadFinding::Set(SetFinding::Gone(
            ended(Some(1), 300),
        )))],
    );
    let restarted = tried().restart(300, 400, 1, 0).ends(&[NONE, NONE]);
    check_warnings(
        &restarted,
        &[Warning::Workload(WorkloadWarning::Set(SetWarning::Gone(
            ended(Some(1), 300),
        )))],
    );
    let crashed = What::Crashed {
        node: 0,
        exit: Exit::Status(1),
        stderr: String::new(),
    };
    let crashed = tried().event(300, crashed).ends(&[None, NONE]).judge();
    assert!(matches!(crashed.findings[..], [Finding::Crashed { .. }]));
    assert_eq!(
        crashed.warnings,
        [Warning::Workload(WorkloadWarning::Set(SetWarning::Gone(
            ended(None, 300)
        )))]
    );
}

#[test]
fn what_got_through_to_a_survivor_is_lost() {
    let came = |sent| {
        let killed = begun().fault(300, 1, Fault::Kill(0));
        killed
            .send(sent, 0, 1, 7, Fate::Delivered)
            .ends(&[None, NONE])
    };
    let not_shown = Why::NotShown {
        from: Party::Node(0),
        at: at(305),
        pause: None,
    };
    check(&came(295), &[lost(1, not_shown)]);
    // A node that keeps its values over a restart, and so has others that lack it.
    let kept = begun().restart(300, 400, 1, 0).ends(&[SEVEN, NONE]);
    check(&kept, &[lost(1, never(&[0]))]);
    // A pause ends no life.
    let paused = begun().fault(300, 1, Fault::Pause(0)).fault_ends(400, 1);
    check(&paused.ends(&[NONE, NONE]), &[not_kept(&[1])]);
}

#[test]
fn both_holders_went_down() {
    let made = Made::of(3)
        .broadcast(100, 0, 7)
        .send(200, 0, 1, 7, Fate::Delivered)
        .restart(300, 350, 1, 0)
        .fault(400, 2, Fault::Kill(1))
        .ends(&[NONE, None, NONE]);
    let verdict = made.judge();
    assert_eq!(verdict.findings, []);
    let last = Death {
        node: 1,
        by: Some(2),
        time: at(400),
    };
    assert!(
        matches!(&verdict.warnings[..], [Warning::Workload(WorkloadWarning::Set(SetWarning::Gone(gone)))] if gone.death == last)
    );
}

#[test]
fn many_values_with_one_reason_are_one_finding() {
    let mut made = Made::of(2);
    for value in (0..500).rev() {
        made = made.broadcast(100, 0, value);
        let fate = if value < 400 {
            Fate::Cut(1)
        } else {
            Fate::Cut(2)
        };
        made = made.send(200, 0, 1, value, fate);
    }
    let all: Vec<_> = (0..500).collect();
    let findings = made.ends(&[Some(&all), NONE]).judge().findings;
    let [first, second] = &findings[..] else {
        panic!("{findings:?}");
    };
    for (finding, named, count) in [(first, 0..5, 400), (second, 400..405, 100)] {
        let Finding::Workload(WorkloadFinding::Set(SetFinding::Lost {
            nodes,
            values,
            why: Why::Dropped { attempt, .. },
            ..
        })) = finding
        else {
            panic!("{finding:?}");
        };
        assert_eq!(*nodes, [1]);
        // Of each message of 500, made from the last to the first, two were carried.
        let message = u64::try_from(2 * (499 - named.start) + 1).unwrap();
        assert_eq!(attempt.id, message);
        assert_eq!(
            (values.named.clone(), values.count),
            (named.collect(), count)
        );
    }
}

#[test]
fn what_its_first_node_does_not_show_is_that_nodes_fault() {
    let made = || Made::of(4).broadcast(100, 0, 7);
    check(&made().ends(&[NONE; 4]), &[not_kept(&[1, 2, 3])]);
    // It sent it on all the same: who got it is blamed besides, after it.
    let sent = made().send(200, 0, 2, 7, Fate::Delivered);
    let not_shown = |node| Why::NotShown {
        from: Party::Node(node),
        at: at(210),
        pause: None,
    };
    let both = [not_kept(&[1, 3]), lost(2, not_shown(0))];
    check(&sent.ends(&[NONE; 4]), &both);
    // Somebody shows it: that others lack it has another reason.
    let sent = made().send(200, 0, 2, 7, Fate::Delivered);
    let mut unsent = lost(1, never(&[2]));
    if let Finding::Workload(WorkloadFinding::Set(SetFinding::Lost { nodes, .. })) = &mut unsent {
        nodes.push(3);
    }
    check(
        &sent.ends(&[NONE, NONE, SEVEN, NONE]),
        &[not_kept(&[]), unsent],
    );
    // Nobody knows whether it would show it: it did not answer.
    let silent = made()
        .ask(10_000, 0, Request::Set(SetRequest::Read), Phase::FinalReads)
        .ends(&[None, NONE, NONE, NONE])
        .judge();
    assert!(
        matches!(
            &silent.findings[..],
            [Finding::Workload(WorkloadFinding::Set(SetFinding::Lost { nodes, why: Why::NeverSent { shown_by }, .. })), Finding::Unanswered { node: 0, .. }]
                if *nodes == [1, 2, 3] && shown_by.is_empty()
        ),
        "{silent:?}"
    );
}

#[test]
fn who_had_a_value_showed_it() {
    // It came to node 1, which never showed it; node 0 did once, and was killed.
    let made = Made::of(3)
        .broadcast(100, 0, 7)
        .send(200, 0, 1, 7, Fate::Delivered)
        .read(300, 0, shown(&[7]))
        .fault(400, 1, Fault::Kill(0))
        .ends(&[None, NONE, NONE]);
    let not_shown = Why::NotShown {
        from: Party::Node(0),
        at: at(210),
        pause: None,
    };
    check(&made, &[lost(1, not_shown), lost(2, never(&[0]))]);
}

#[test]
fn nodes_that_lack_the_same_for_the_same_reason_are_told_together() {
    let cut = |made: Made, to| {
        made.send(200, 0, to, 7, Fate::Cut(1))
            .send(200, 0, to, 8, Fate::Cut(1))
    };
    let made = Made::of(4).broadcast(100, 0, 7).broadcast(100, 0, 8);
    let made = cut(cut(made, 1), 3).send(200, 0, 2, 7, Fate::Cut(1));
    let made = made.send(200, 0, 2, 8, Fate::Delivered);
    let (both, eight): (Option<&[usize]>, Option<&[usize]>) = (Some(&[7, 8]), Some(&[8]));
    let findings = made.ends(&[both, NONE, eight, NONE]).judge().findings;
    let told: Vec<_> = findings
        .iter()
        .map(|finding| match finding {
            Finding::Workload(WorkloadFinding::Set(SetFinding::Lost { nodes, values, .. })) => {
                (nodes.clone(), values.named.clone())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [(vec![1, 3], vec![7, 8]), (vec![2], vec![7])]);
}

#[test]
fn what_waited_while_its_node_stood_still_is_told_so() {
    let paused = begun().fault(250, 1, Fault::Pause(1)).fault_ends(400, 1);
    let mut carried = paused;
    carried.recording.carried(&Carried {
        id: 1,
        due: at(300),
        settled: at(401),
        values: vec![7],
        ..Carried::delivered(at(290), Party::Node(0), Party::Node(1), "broadcast")
    });
    check_why(
        carried,
        Why::NotShown {
            from: Party::Node(0),
            at: at(401),
            pause: Some(1),
        },
    );
}

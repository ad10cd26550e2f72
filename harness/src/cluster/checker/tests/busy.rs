//! What a busy machine excuses, and what it doesn't.

use super::*;
use crate::cluster::history::Delayed;

/// From when to when somebody had to wait, and for how long.
type Wait = (u64, u64, u64);

fn delayed(made: Made, waits: &[Wait]) -> Made {
    waits.iter().fold(made, |made, (since, to, by)| {
        let (since, by, who) = (at(*since), at(*by), Delayed::Node);
        made.event(*to, What::Delayed { since, by, who })
    })
}

/// A read of the load that is asked at 500 ms and not answered by 5,500 ms.
fn unanswered() -> Made {
    let read = Request::Set(SetRequest::Read);
    good().ask(500, 2, read, Phase::Load)
}

fn timed_out(made: Made) -> Made {
    made.answer(5500, 2, Outcome::Failed(Reason::TimedOut))
}

fn late(made: Made, time: u64) -> Made {
    let outcome = Outcome::Ok(Reply::Set(SetReply::Shown(Box::new(shown(&[7, 8])))));
    made.event(
        time,
        What::Late {
            operation: 2,
            outcome,
        },
    )
}

fn judged(made: Made) -> (usize, Vec<Unjudged>) {
    let made = made.set(|settings| settings.budgets.availability = Some(1.0));
    let verdict = made.ends(&ALL).judge();
    (verdict.findings.len(), verdict.unjudged)
}

#[test]
fn a_reply_that_came_late_for_the_machines_sake_leaves_availability_open() {
    let excuse = Unjudged::Unavailable {
        ok: 2,
        late: 1,
        counted: 3,
        budget: 1.0,
    };
    let enough = late(timed_out(delayed(unanswered(), &[(600, 1200, 300)])), 5800);
    assert_eq!(judged(enough), (0, vec![excuse]));
    let too_late = late(timed_out(delayed(unanswered(), &[(600, 1200, 299)])), 5800);
    assert_eq!(
        judged(too_late),
        (1, vec![]),
        "it took more than 5 s of peace"
    );
    let before = late(
        timed_out(delayed(good(), &[(200, 490, 290)]).ask(
            500,
            2,
            Request::Set(SetRequest::Read),
            Phase::Load,
        )),
        5800,
    );
    assert_eq!(judged(before), (1, vec![]), "another time");
    let silent = timed_out(delayed(unanswered(), &[(600, 5000, 4400)]));
    assert_eq!(
        judged(silent.clone()),
        (1, vec![]),
        "it had more than 5 s until the end"
    );
    let one_more = late(silent, 9900).refused(9500, 1, Reason::NodeDied);
    assert_eq!(judged(one_more), (1, vec![]), "of two one is excused");
}

#[test]
fn an_error_that_came_late_excuses_nothing() {
    let refused = Outcome::Failed(Reason::Error {
        code: "11".to_owned(),
        text: String::new(),
    });
    let made = timed_out(delayed(unanswered(), &[(600, 1200, 300)]));
    let made = made.event(
        5700,
        What::Late {
            operation: 2,
            outcome: refused,
        },
    );
    assert_eq!(judged(made), (1, vec![]));
}

#[test]
fn a_final_read_that_had_less_than_its_time_is_left_open() {
    let ends = |waits: &[Wait], nodes: &[usize]| {
        let shows: Vec<_> = (0..3)
            .map(|node| if nodes.contains(&node) { None } else { BOTH })
            .collect();
        let read = Request::Set(SetRequest::Read);
        let mut made = good().ends(&shows);
        let first = 2 + 3 - nodes.len();
        for node in nodes {
            made = made.ask(10_100, *node, read.clone(), Phase::FinalReads);
        }
        made = delayed(made, waits);
        for operation in first..first + nodes.len() {
            made = made.answer(15_100, operation, Outcome::Failed(Reason::TimedOut));
        }
        let verdict = made.judge();
        (verdict.findings.len(), verdict.unjudged)
    };
    let excuse = |node, others: &[usize], had| Unjudged::Unanswered {
        node,
        others: others.to_vec(),
        asked: at(10_100),
        had: at(had),
        timeout: at(5000),
    };
    assert_eq!(
        ends(&[(11_000, 12_000, 600)], &[2]),
        (0, vec![excuse(2, &[], 4400)])
    );
    assert_eq!(ends(&[(11_000, 12_000, 400)], &[2]), (1, vec![]));
    assert_eq!(ends(&[(9000, 10_050, 1000)], &[2]), (1, vec![]));
    assert_eq!(
        ends(&[(11_000, 12_000, 600)], &[1, 2]),
        (0, vec![excuse(1, &[2], 4400)])
    );
    // Nobody read in the end: that is known of the machine, too.
    assert_eq!(
        ends(&[(11_000, 14_000, 3000)], &[0, 1, 2]),
        (0, vec![excuse(0, &[1, 2], 2000)])
    );
}

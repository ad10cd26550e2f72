//! Causes come first, and of each kind one before any repeats.

use super::*;
use crate::cluster::checker::finding::Storm;
use crate::cluster::checker::story::FaultSpan;
use crate::cluster::journal::{Carried, Party};
use crate::cluster::resends::Resent;
use crate::cluster::sets::SetRequest;
use crate::cluster::sets::finding::SetFinding;
use crate::cluster::workload::Request;
use crate::cluster::workload::findings::WorkloadFinding;
use crate::message::reply::ReplyFault;

const NONE: Option<&[usize]> = Some(&[]);

/// So many messages between two nodes, one each millisecond from 2 s on.
fn busy(mut made: Made, (from, to): (usize, usize), messages: u64, fate: Fate) -> Made {
    for number in 0..messages {
        made = made.send(2000 + number, from, to, 7, fate);
    }
    made
}

/// What a run is told in the end, each by the name of its kind.
fn told(made: &Made) -> Vec<String> {
    let findings = made.judge().findings;
    let name = |finding: &Finding| {
        let words = format!("{finding:?}");
        let words = words.trim_start_matches("Workload(Set(");
        let end = words.find([' ', '(', '{']).unwrap_or(words.len());
        words[..end].to_owned()
    };
    findings.iter().map(name).collect()
}

fn storm(made: &Made) -> Option<(usize, usize, u64, usize)> {
    let verdict = made.judge();
    let found = verdict.warnings.iter().find_map(|warning| match warning {
        Warning::Storm(storm) => Some(*storm),
        _ => None,
    });
    found.map(|Storm { thickest, links }| (thickest.from, thickest.to, thickest.messages, links))
}

#[test]
fn a_storm_alone_fails_no_run() {
    let made = busy(good().ends(&ALL), (1, 2), 3000, Fate::Delivered);
    check(&made, &[]);
    // One more went this way in a good run.
    assert_eq!(storm(&made), Some((1, 2, 3001, 1)));
    let made = busy(made, (0, 2), 600, Fate::NoRoom);
    assert_eq!(storm(&made), Some((1, 2, 3001, 2)));
}

#[test]
fn few_messages_and_dropped_ones_and_rare_ones_are_no_storm() {
    let ends = || good().ends(&ALL);
    assert_eq!(storm(&busy(ends(), (1, 2), 400, Fate::Delivered)), None);
    // What a cut drops a right node sends again, as often as it likes.
    for fate in [Fate::Cut(1), Fate::Lost, Fate::Dead(None)] {
        assert_eq!(storm(&busy(ends(), (1, 2), 3000, fate)), None);
    }
    let mut rare = ends();
    for number in 0..600 {
        rare = rare.send(100 * number, 1, 2, 7, Fate::Delivered);
    }
    assert_eq!(storm(&rare), None);
    // Ten for each of many requests are needed.
    let mut asked = ends();
    for number in 0..200 {
        asked = asked.read(1000 + number, 0, shown(&[7, 8]));
    }
    assert_eq!(storm(&busy(asked, (1, 2), 2000, Fate::Delivered)), None);
}

#[test]
fn of_a_run_that_failed_breaches_come_first_and_then_the_storm() {
    let silent = busy(good(), (1, 2), 3000, Fate::Delivered)
        .ends(&[BOTH, BOTH, None])
        .ask(10_000, 2, Request::Set(SetRequest::Read), Phase::FinalReads);
    assert_eq!(told(&silent), ["Storm", "Unanswered"]);
    let crashed = What::Crashed {
        node: 0,
        exit: Exit::Signal(9),
        stderr: String::new(),
    };
    let broke = |rule| {
        What::Broke(Box::new(Breach {
            times: 1,
            node: 1,
            rule,
            line: Vec::new(),
        }))
    };
    let lacks = |field| broke(Rule::Lacks { field });
    let fault = ReplyFault::NoInteger {
        reply: String::new(),
    };
    let made = silent
        .event(11_000, lacks("src"))
        .event(11_000, lacks("dest"))
        .event(11_000, broke(Rule::BadReply(fault)))
        .event(11_000, crashed);
    let order = ["Crashed", "Broke", "Broke", "Storm", "Unanswered", "Broke"];
    assert_eq!(told(&made), order);
}

#[test]
fn one_of_each_kind_comes_before_repeats() {
    // Each node lacks another value, for another reason; one vanished, one is shown twice.
    let mut made = Made::of(4);
    for value in 0..4 {
        made = made.broadcast(100, 3, value);
    }
    for node in 0..3 {
        made = made.send(200, 3, node, node, Fate::Cut(1));
        for value in (0..4).filter(|value| *value != node) {
            made = made.send(200, 3, node, value, Fate::Delivered);
        }
    }
    let mut twice = shown(&[1, 2, 3]);
    twice.twice = vec![2];
    let made = made.read(300, 0, twice).read(400, 0, shown(&[1, 2]));
    let made = made.ends(&[
        Some(&[1, 2, 3]),
        Some(&[0, 2, 3]),
        Some(&[0, 1, 3]),
        Some(&[0, 1, 2]),
    ]);
    // The first Lost is that of 3, which its own node does not show.
    let order = ["Lost", "Vanished", "Duplicate", "Lost", "Lost", "Lost"];
    assert_eq!(told(&made), order);
    let findings = made.judge().findings;
    let nodes: Vec<_> = findings
        .iter()
        .filter_map(|finding| match finding {
            Finding::Workload(WorkloadFinding::Set(SetFinding::Lost { nodes, .. })) => {
                Some(nodes[0])
            }
            _ => None,
        })
        .collect();
    assert_eq!(nodes, [3, 0, 1, 2]);
}

#[test]
fn of_many_idle_faults_no_other_warning_is_hidden() {
    let cut = || Fault::Cut(Cut::Split(vec![vec![0], vec![1, 2]]));
    let mut made = good()
        .set(|settings| settings.loss = 0.5)
        .fault(300, 1, cut());
    made = made.send(310, 0, 1, 7, Fate::Cut(1)).fault_ends(400, 1);
    for number in 2..20 {
        made = made.fault(500, number, cut()).fault_ends(500, number);
    }
    let warnings = made.ends(&ALL).judge().warnings;
    assert_eq!(warnings[0], Warning::NothingLost);
    let number = |warning: &Warning| match warning {
        Warning::IdleFault(figure) => {
            let FaultSpan { number, .. } = figure.span;
            number
        }
        _ => 0,
    };
    let numbers: Vec<_> = warnings[1..].iter().map(number).collect();
    assert_eq!(numbers, (2..20).collect::<Vec<_>>());
}

#[test]
fn what_is_sent_for_ever_is_warned_of() {
    let resent = |again: u64| {
        let mut made = good();
        let mut id = 1000;
        let mut says = |made: &mut Made, from, to, time: u64, body: &str, values: &[usize]| {
            id += 1;
            let kind = if values.is_empty() {
                "broadcast_ok"
            } else {
                "broadcast"
            };
            let (from, to) = (Party::Node(from), Party::Node(to));
            made.recording.carried(&Carried {
                id,
                sent: at(time),
                values: values.to_vec(),
                line: format!(r#"{{"body":{{"type":"x",{body}}}}}"#).into(),
                ..Carried::delivered(at(time + 1), from, to, kind)
            });
        };
        for number in 0..=again {
            let time = 300 + 100 * number;
            let message = format!(r#""message":7,"msg_id":{number}"#);
            says(&mut made, 0, 1, time, &message, &[7]);
            let reply = format!(r#""in_reply_to":{number}"#);
            says(&mut made, 1, 0, time + 10, &reply, &[]);
        }
        made.ends(&ALL).judge()
    };
    assert_eq!(resent(9).warnings, []);
    let verdict = resent(10);
    assert_eq!(verdict.findings, []);
    let example = Resent {
        from: 0,
        to: 1,
        value: 7,
        acknowledged: at(311),
        times: 10,
        all: 10,
    };
    assert_eq!(verdict.warnings, [Warning::Resent { example, pairs: 1 }]);
}

#[test]
fn a_run_that_checked_nothing_is_told_after_what_the_nodes_did() {
    let broke = What::Broke(Box::new(Breach {
        times: 1,
        node: 1,
        rule: Rule::Flood { bytes: 1 },
        line: Vec::new(),
    }));
    let made = Made::of(3).event(100, broke).ends(&[NONE, NONE, NONE]);
    assert_eq!(told(&made), ["Broke", "Unchecked"]);
}

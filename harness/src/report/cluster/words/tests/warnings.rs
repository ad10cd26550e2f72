//! What a warning and a fault are called.

use super::*;
use crate::cluster::checker::finding::Warning;
use crate::cluster::resends::Resent;
use crate::cluster::second_replies::{SecondReply, WrittenReply};
use crate::cluster::service_clues::{ServiceErrors, WrittenKey};
use crate::cluster::service_use::UnknownRequest;
use crate::cluster::sets::finding::SetWarning;
use crate::cluster::workload::findings::WorkloadWarning;
use crate::net::fault::FaultKind;
use crate::report::cluster::warnings;
use crate::service::kind::ServiceKind;

fn twice() -> SecondReply {
    let written = |kind: &str, client, sent| WrittenReply {
        kind: kind.to_owned(),
        client,
        sent: at(sent),
    };
    SecondReply {
        number: 7,
        first: written("error", 1, 1000),
        second: written("read_ok\u{7}", 2, 2000),
    }
}

fn resent(all: u64, pairs: usize) -> Warning {
    let example = Resent {
        from: 0,
        to: 1,
        value: 7,
        acknowledged: at(1204),
        times: 214,
        all,
    };
    Warning::Resent { example, pairs }
}

#[test]
fn warnings_say_what_was_not_proved() {
    let (settings, figures) = (Settings::of_nodes(5), figures());
    let names = Names::new(&settings, &figures);
    let idle = |kind, faults| Warning::IdleKind { kind, faults };
    let values = [17, 18].into_iter().collect();
    for (warning, words) in [
        (
            idle(FaultKind::Kill, 0),
            "no kill happened (the first comes one --nemesis-interval after the start, and only where two nodes \
             are up): \
             this run proved nothing about kills",
        ),
        (
            idle(FaultKind::Partition, 1),
            "the only partition dropped no message: this run proved nothing about partitions",
        ),
        (
            idle(FaultKind::Pause, 3),
            "none of 3 pauses kept a message waiting: this run proved nothing about pauses",
        ),
        (
            Warning::IdleFault(figures[0].clone()),
            "restart #1 n3, 4.000 s – 9.100 s took no value and dropped no message: it proved nothing",
        ),
        (
            resent(214, 1),
            "resent: n0 sent n1 the value 7 again 214 times after n1 had acknowledged it at 1.204 s: \
             do the retries stop at the acknowledgement?",
        ),
        (
            resent(5113, 6),
            "resent: n0 sent n1 the value 7 again 214 times after n1 had acknowledged it at 1.204 s, \
             and other values 4,899 times (as 5 other pairs of nodes did): \
             do the retries stop at the acknowledgement?",
        ),
        (
            Warning::OnlyRings { cuts: vec![5] },
            "the only partition (cut #5) was a ring, in which every node could still reach a majority: \
             no node was isolated (--test-count 4 tries every shape)",
        ),
        (
            Warning::OnlyRings { cuts: vec![5, 6] },
            "all 2 partitions were rings, in which every node could still reach a majority: \
             no node was isolated (--test-count 4 tries every shape)",
        ),
        (
            Warning::Workload(WorkloadWarning::Set(SetWarning::Partial {
                values,
                shown: vec![0, 1],
                missing: vec![2],
            })),
            "unknown: 2 values (17, 18) not acknowledged in time; \
             of these, value 17 is shown by n0 and n1, and not by n2",
        ),
        (
            Warning::Workload(WorkloadWarning::Set(SetWarning::NullList {
                node: 1,
                others: vec![2],
                reply: "read_ok",
                key: "messages",
                time: at(301),
                count: 3,
            })),
            "n1 and n2 gave null for an empty list in 3 read_ok replies, first at 0.301 s: write \
             \"messages\": [] (Go: make the slice before it is marshalled)",
        ),
        (
            Warning::AnsweredTwice {
                node: 1,
                others: Vec::new(),
                example: twice(),
            },
            "n1 answered a request more than once: n1's read_ok\\u{7} to c2 at 2.000 s answers \
             msg_id 7, as its error to c1 at 1.000 s did",
        ),
        (
            Warning::NothingLost,
            "no message was lost, in spite of --loss",
        ),
    ] {
        assert_eq!(warnings::warning(&warning, &names), words);
    }
    let one = Settings::of_nodes(1);
    let one = Names::new(&one, &[]);
    assert_eq!(
        warnings::warning(&idle(FaultKind::Partition, 0), &one),
        "no partition happened (a single node is spared): this run proved nothing about partitions"
    );
}

#[test]
fn warnings_say_what_services_answered() {
    let settings = Settings::of_nodes(3);
    let names = Names::new(&settings, &[]);
    for (warning, words) in [
        (
            Warning::UnknownRequest {
                example: UnknownRequest {
                    service: ServiceKind::LinTso,
                    node: 1,
                    kind: "now\u{7}".to_owned(),
                    sent: at(301),
                    times: 3,
                },
                others: vec![2],
            },
            "n1 and n2 sent lin-tso a request of type now\\u{7} at 0.301 s (the first of 3 such requests), \
             which lin-tso does not know: it knows ts, and answered error 10. Maelstrom's would never answer",
        ),
        (
            Warning::ServiceErrors(ServiceErrors {
                service: ServiceKind::SeqKv,
                code: 22,
                nodes: vec![1, 2],
                times: 1157,
            }),
            "seq-kv answered 1,157 requests of n1 and n2 with error 22 (precondition-failed); each such cas \
             changed nothing: the node has to read again and try again",
        ),
        (
            Warning::ServiceErrors(ServiceErrors {
                service: ServiceKind::LinKv,
                code: -7,
                nodes: vec![1],
                times: 1,
            }),
            "lin-kv answered 1 request of n1 with error -7",
        ),
        (
            Warning::SharedKey(WrittenKey {
                service: ServiceKind::SeqKv,
                key: "\"sum\u{7}\"".to_owned(),
                nodes: vec![0, 1],
                times: 12,
            }),
            "n0 and n1 wrote the key \"sum\\u{7}\" of seq-kv with write, 12 times: that undoes what another node \
             has written since this one read it; cas does not",
        ),
    ] {
        assert_eq!(warnings::warning(&warning, &names), words);
    }
}

#[test]
fn each_fault_says_what_it_did() {
    let (settings, figures) = (Settings::of_nodes(5), figures());
    let names = Names::new(&settings, &figures);
    let all: Vec<_> = figures
        .iter()
        .map(|figure| warnings::fault(figure, &names))
        .collect();
    assert_eq!(
        all,
        [
            "restart #1 n3, 4.000 s – 9.100 s: 31 messages dropped, 1 value taken from it",
            "cut #2 n0 n3 | n1 n2 n4, 4.000 s – 9.100 s: 31 messages dropped",
            "pause #3 n3, 4.000 s – 9.100 s: 1 message waited",
            "kill #4 n0, from 4.000 s on: 31 messages dropped, 1 value taken from it",
            "cut #5 ring n0 n2 n1, 4.000 s – 9.100 s: 31 messages dropped",
            "cut #6 n0 -> n1 n2, 4.000 s – 9.100 s: 31 messages dropped",
        ]
    );
    let without_values = FaultFigure {
        taken: 0,
        ..figures[0].clone()
    };
    assert_eq!(
        warnings::fault(&without_values, &names),
        "restart #1 n3, 4.000 s – 9.100 s: 31 messages dropped"
    );
}

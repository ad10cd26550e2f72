//! What each finding is called.

use super::*;
use crate::cluster::checker::fault_figure::FaultFigure;
use crate::cluster::checker::story::FaultSpan;
use crate::cluster::history::Breach;
use crate::cluster::journal::{Fate, Party};
use crate::cluster::sets::finding::{Acknowledged, Gone, SetFinding, Values, Why};
use crate::cluster::settings::Settings;
use crate::cluster::spread::{Attempt, Death};
use crate::cluster::traffic::{Effect, Stream};
use crate::cluster::workload::counter::finding::CounterFinding;
use crate::cluster::workload::findings::WorkloadFinding;
use crate::message::malformed::Malformed;
use crate::message::reply::{ReplyFault, SetUpAnswer};
use crate::message::rule::Rule;
use crate::net::fault::{Cut, Fault};
use crate::process::exit::Exit;

mod warnings;

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn figure(number: usize, fault: Fault) -> FaultFigure {
    let (began, ended) = (at(4000), (number != 4).then_some(at(9100)));
    FaultFigure {
        span: FaultSpan {
            number,
            fault,
            began,
            ended,
        },
        effect: Effect {
            dropped: 31,
            waited: 1,
        },
        taken: 1,
        requests: 0,
    }
}

fn figures() -> Vec<FaultFigure> {
    vec![
        figure(1, Fault::Restart(3)),
        figure(2, Fault::Cut(Cut::Split(vec![vec![0, 3], vec![1, 2, 4]]))),
        figure(3, Fault::Pause(3)),
        figure(4, Fault::Kill(0)),
        figure(5, Fault::Cut(Cut::Ring(vec![0, 2, 1]))),
        figure(6, Fault::Cut(Cut::OneWay(vec![0], vec![1, 2]))),
    ]
}

#[track_caller]
fn check(what: &Finding, expected: &str) {
    let (settings, figures) = (Settings::of_nodes(5), figures());
    let words = finding(what, &Names::new(&settings, &figures)).join("\n");
    assert_eq!(words, expected);
}

fn lost(count: usize, why: Why) -> Finding {
    lost_on(&[3], count, why, &[])
}

fn lost_on(nodes: &[usize], count: usize, why: Why, also: &[usize]) -> Finding {
    Finding::Workload(WorkloadFinding::Set(SetFinding::Lost {
        nodes: nodes.to_vec(),
        also: also.to_vec(),
        values: (17..17 + count).collect(),
        acknowledged: Acknowledged {
            node: 0,
            time: at(3204),
        },
        why,
    }))
}

fn attempt(fate: Fate, pause: Option<usize>) -> Why {
    let attempt = Attempt {
        id: 1,
        from: Party::Node(1),
        sent: at(3411),
        settled: at(3500),
        fate,
    };
    Why::Dropped { attempt, pause }
}

#[test]
fn a_lost_value_names_the_message_that_cost_it() {
    let one = "lost: n3 lacks 17, acknowledged by n0 at 3.204 s; last attempt n1→n3 at 3.411 s, ";
    for (fate, pause, end) in [
        (Fate::Cut(2), None, "dropped by cut #2"),
        (Fate::Lost, None, "lost by --loss"),
        (
            Fate::Dead(Some(1)),
            None,
            "dropped, as n3 was down (restart #1)",
        ),
        (Fate::Dead(None), None, "dropped, as n3 had crashed"),
        (
            Fate::NoRoom,
            None,
            "dropped, as n3 had not read the messages before it",
        ),
        (
            Fate::NoRoom,
            Some(3),
            "dropped, as n3 had not read the messages before it (pause #3)",
        ),
        (Fate::UnderWay, None, "still under way when the run ended"),
        (Fate::Cut(77), None, "dropped by fault #77"),
    ] {
        check(&lost(1, attempt(fate, pause)), &format!("{one}{end}"));
    }
}

#[test]
fn a_lost_value_has_a_reason() {
    let death = Death {
        node: 3,
        by: Some(1),
        time: at(5000),
    };
    let crash = Death { by: None, ..death };
    let (from, at) = (Party::Node(1), at(3500));
    for (why, reason) in [
        (
            Why::NotShown {
                from,
                at,
                pause: None,
            },
            "it reached n3 at 3.500 s from n1, and n3 does not show it",
        ),
        (
            Why::NotShown {
                from,
                at,
                pause: Some(3),
            },
            "it reached n3 at 3.500 s from n1, after it had waited while n3 stood still (pause #3), \
             and n3 does not show it",
        ),
        (
            Why::TooLate {
                from,
                at,
                asked: self::at(3400),
            },
            "it reached n3 from n1 only at 3.500 s, when n3 had been asked at 3.400 s",
        ),
        (
            Why::Forgotten(death),
            "it had reached n3 before restart #1 at 5.000 s, and no node sent it again",
        ),
        (
            Why::Forgotten(crash),
            "it had reached n3 before it crashed at 5.000 s, and no node sent it again",
        ),
        (
            Why::NeverSent {
                shown_by: [].into(),
            },
            "no node ever sent it to n3",
        ),
        (
            Why::NeverSent {
                shown_by: [0, 1, 9].into(),
            },
            "n0, n1 and node 9 had it, and no node ever sent it to n3",
        ),
    ] {
        let expected = format!("lost: n3 lacks 17, acknowledged by n0 at 3.204 s; {reason}");
        check(&lost(1, why), &expected);
    }
}

#[test]
fn of_many_values_the_first_are_named() {
    let why = || Why::NeverSent {
        shown_by: [0].into(),
    };
    let end = "; of these, value 17 was acknowledged by n0 at 3.204 s; \
               n0 had it, and no node ever sent it to n3";
    check(
        &lost(2, why()),
        &format!("lost: n3 lacks 2 values (17, 18){end}"),
    );
    let many = format!("lost: n3 lacks 500 values (17, 18, 19, 20, 21, …){end}");
    check(&lost(500, why()), &many);
}

#[test]
fn a_value_that_its_first_node_does_not_show_is_told_of_that_node() {
    let not_kept = |pause| Why::NotShown {
        from: Party::Client(2),
        at: at(3200),
        pause,
    };
    let check = |count, pause, also: &[usize], words: &str| {
        check(&lost_on(&[0], count, not_kept(pause), also), words);
    };
    let one =
        "lost: n0 got 17 from its client and does not show it (acknowledged by n0 at 3.204 s)";
    check(1, None, &[], one);
    check(
        1,
        None,
        &[1, 2, 3, 4],
        &format!("{one}; lacking on all others"),
    );
    check(1, None, &[1, 3], &format!("{one}; lacking on n1 and n3"));
    check(
        1,
        Some(3),
        &[],
        "lost: n0 got 17 from its client, after it had stood still (pause #3), and does not show it \
         (acknowledged by n0 at 3.204 s)",
    );
    check(
        2,
        None,
        &[1],
        "lost: n0 got 2 values (17, 18) from its clients and does not show them \
         (of these, value 17 was acknowledged by n0 at 3.204 s); lacking on n1",
    );
}

#[test]
fn many_nodes_are_not_named_one_by_one() {
    let settings = Settings::of_nodes(25);
    let names = Names::new(&settings, &[]);
    let lost = |lacking: &[usize], shown_by: &[usize]| {
        let shown_by = shown_by.into();
        let words = finding(
            &lost_on(lacking, 1, Why::NeverSent { shown_by }, &[]),
            &names,
        );
        let words = words
            .join("\n")
            .replace(", acknowledged by n0 at 3.204 s", "");
        words.replace("no node ever sent it to", "not to")
    };
    let all = |but: &[usize]| {
        (0..25)
            .filter(|node| !but.contains(node))
            .collect::<Vec<_>>()
    };
    for (lacking, shown_by, words) in [
        (
            vec![3],
            all(&[3]),
            "n3 lacks 17; all others had it, and not to n3",
        ),
        (
            all(&[3]),
            vec![3],
            "all nodes but n3 lack 17; n3 had it, and not to n0",
        ),
        (all(&[]), vec![], "all nodes lack 17; not to n0"),
        (
            vec![1, 2],
            all(&[1, 2]),
            "n1 and n2 lack 17; all others had it, and not to n1",
        ),
        (
            vec![1, 2],
            all(&[1, 2, 3]),
            "n1 and n2 lack 17; n0, n4, n5 and 19 others had it, and not to n1",
        ),
        (
            vec![1, 2, 3, 4, 5],
            vec![0],
            "n1, n2, n3 and 2 others lack 17; n0 had it, and not to n1",
        ),
        (
            vec![1, 2, 3, 4],
            vec![0],
            "n1, n2, n3 and n4 lack 17; n0 had it, and not to n1",
        ),
    ] {
        assert_eq!(lost(&lacking, &shown_by), format!("lost: {words}"));
    }
    let two = Settings::of_nodes(2);
    let names = Names::new(&two, &[]);
    assert_eq!(names.others(&[1], &[0]), "n1", "one is named");
    assert_eq!(names.subject(&[1]), "n1");
}

#[test]
fn a_storm_says_who_sent_whom_how_much() {
    let storm = |links| {
        Finding::Storm(Storm {
            thickest: Stream {
                from: 0,
                to: 1,
                messages: 23_264,
                dropped: 0,
                first: at(1000),
                last: at(24_264),
            },
            links,
        })
    };
    let end = "is each message forwarded again and again?";
    let start = "storm: n0 sent n1 23,264 messages, 1,000 a second";
    check(&storm(1), &format!("{start}: {end}"));
    check(&storm(2), &format!("{start} (as on 1 other link): {end}"));
    check(&storm(9), &format!("{start} (as on 8 other links): {end}"));
}

#[test]
fn what_went_down_names_its_last_holder() {
    let gone = |by| {
        Finding::Workload(WorkloadFinding::Set(SetFinding::Gone(Gone {
            values: [17].into_iter().collect(),
            acknowledged: Acknowledged {
                node: 0,
                time: at(3204),
            },
            death: Death {
                node: 0,
                by,
                time: at(4000),
            },
        })))
    };
    let start = "gone with its holders: 17, acknowledged by n0 at 3.204 s; \
                 the last node to hold it was n0, ended by";
    check(&gone(Some(4)), &format!("{start} kill #4 at 4.000 s"));
    check(&gone(None), &format!("{start} its own crash at 4.000 s"));
}

#[test]
fn what_a_node_showed_is_told_and_acts_on_nothing() {
    let values: Values = [17].into_iter().collect();
    let (node, read) = (3, at(3204));
    check(
        &Finding::Workload(WorkloadFinding::Set(SetFinding::Vanished {
            node,
            values: values.clone(),
            shown: read,
            asked: at(4000),
        })),
        "vanished: n3 showed 17 in a read answered at 3.204 s, and not in one asked for at 4.000 s",
    );
    check(
        &Finding::Workload(WorkloadFinding::Set(SetFinding::Duplicate {
            node,
            values,
            read,
            reads: 2,
        })),
        "duplicate: n3 showed 17 more than once in 2 reads, the first answered at 3.204 s",
    );
    let shown = vec!["99".to_owned(), "\"\u{1b}[2J\"".to_owned()];
    check(
        &Finding::Workload(WorkloadFinding::Set(SetFinding::Phantom {
            node,
            others: Vec::new(),
            as_strings: false,
            shown,
            count: 3,
            read,
            reads: 1,
        })),
        "phantom: n3 showed 99, \"\\u{1b}[2J\", …, which no client had broadcast, \
         in a read answered at 3.204 s",
    );
}

#[test]
fn values_as_strings_are_told_as_such() {
    check(
        &Finding::Workload(WorkloadFinding::Set(SetFinding::Phantom {
            node: 3,
            others: vec![0, 1],
            as_strings: true,
            shown: vec!["\"17\"".to_owned()],
            count: 2,
            read: at(3204),
            reads: 2,
        })),
        "phantom: n3 and 2 others showed \"17\", …, which no client had broadcast (but as numbers, not \
         as strings), in 2 reads, the first answered at 3.204 s",
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table: one row for each breach")]
fn conduct_is_told_with_what_the_node_wrote() {
    let stderr = "1\n2\n3\n4\n5\n6\u{1b}".to_owned();
    check(
        &Finding::Crashed {
            node: 3,
            others: Vec::new(),
            time: at(3204),
            exit: Exit::Status(1),
            stderr,
            owed: None,
        },
        "crash: n3 exited with status 1 at 3.204 s, though the harness had not killed it\n\
         2\n3\n4\n5\n6\\u{1b}\nstderr of n3: nodes/n3.log",
    );
    let broke = |rule, line: &[u8], count| {
        let breach = Breach {
            times: 1,
            node: 3,
            rule,
            line: line.to_vec(),
        };
        Finding::Broke {
            breach,
            others: Vec::new(),
            time: at(3204),
            count,
            silence: None,
        }
    };
    let start = "protocol: n3 at 3.204 s";
    let odd = || "\u{7}x".to_owned();
    for (rule, words) in [
        (
            Rule::Lacks { field: "body.type" },
            "wrote a message without body.type",
        ),
        (
            Rule::Malformed(Malformed::RepeatedKey {
                key: odd(),
                offset: 99,
            }),
            "wrote a message with the key \"\\u0007x\" twice in one object: write each key once (a JSON \
             reader takes one of the two and ignores the other)",
        ),
        (
            Rule::Malformed(Malformed::UnknownKey { key: odd() }),
            "wrote a message with the key \"\\u0007x\" beside src, dest and body: Maelstrom refuses it; put \
             it into the body",
        ),
        (
            Rule::Malformed(Malformed::BadId { found: odd() }),
            "wrote a message with the id \\u{7}x beside src, dest and body: Maelstrom takes only an \
             integer there; leave it out",
        ),
        (
            Rule::ForeignSource { source: odd() },
            "wrote a message with src \\u{7}x, which is not its own name",
        ),
        (
            Rule::UnknownDestination { destination: odd() },
            "wrote to \\u{7}x, which is no node, client or service of this cluster",
        ),
        (
            Rule::UnknownDestination {
                destination: "SeqKV".to_owned(),
            },
            "wrote to SeqKV, which is no node, client or service of this cluster: the service is called seq-kv",
        ),
        (
            Rule::BadReply(ReplyFault::NoInteger { reply: odd() }),
            "wrote a bad reply: `\\u{7}x` with a `msg_id` that is no integer",
        ),
        (
            Rule::NotSetUp {
                request: "init",
                answer: Some(SetUpAnswer::OtherType { reply: odd() }),
            },
            "answered init with `\\u{7}x`, not `init_ok`",
        ),
        (
            Rule::Flood { bytes: 9 },
            "wrote without end, and was stopped after 9 bytes",
        ),
    ] {
        check(&broke(rule.clone(), b"", 1), &format!("{start} {words}"));
        check(
            &broke(rule, b"{\xff\x1b", 3),
            &format!("{start} {words} (3 times)\n{{\\xff\\u{{1b}}"),
        );
    }
    let log = "wrote a line that is no JSON: is it a log line? Logs go to stderr";
    check(
        &broke(Rule::NotJson { reason: odd() }, b"a\x1b", 2),
        &format!("{start} {log} (2 times)\na\\u{{1b}}"),
    );
    // Of a line that was cut nobody knows how it goes on.
    let cut = [b"{\"a\":\"", "x".repeat(1000).as_bytes()].concat();
    check(
        &broke(Rule::NotJson { reason: odd() }, &cut[..1000], 1),
        &format!(
            "{start} wrote a line that is no JSON: \\u{{7}}x\n{{\"a\":\"{}…",
            "x".repeat(113)
        ),
    );
    let silent = |line| {
        let (request, answer) = ("init", None);
        broke(Rule::NotSetUp { request, answer }, line, 1)
    };
    check(
        &silent(b""),
        &format!("{start} did not answer init in time; does it flush its stdout?"),
    );
    check(
        &silent(b"{}"),
        &format!("{start} did not answer init in time; its output begins with\n{{}}"),
    );
}

#[test]
fn what_many_nodes_did_is_told_once() {
    let time = at(3204);
    let crash = |others| Finding::Crashed {
        node: 3,
        others,
        time,
        exit: Exit::Status(2),
        stderr: "boom".to_owned(),
        owed: None,
    };
    check(
        &crash(vec![]),
        "crash: n3 exited with status 2 at 3.204 s, though the harness had not killed it\nboom\n\
         stderr of n3: nodes/n3.log",
    );
    check(
        &crash(vec![0]),
        "crash: n3 and n0 exited with status 2 from 3.204 s on, though the harness had not killed \
         them\nboom\nstderr of n3: nodes/n3.log",
    );
    let not_found = |stderr: &str| Finding::Crashed {
        node: 3,
        others: Vec::new(),
        time,
        exit: Exit::Status(127),
        stderr: stderr.to_owned(),
        owed: None,
    };
    check(
        &not_found("sh: 1: pyton: not found"),
        "crash: n3 exited with status 127 at 3.204 s, though the harness had not killed it (a shell or \
         env says so when it can't find a command)\nsh: 1: pyton: not found\nstderr of n3: nodes/n3.log",
    );
    check(
        &not_found("env: 'python3\\r': No such file or directory"),
        "crash: n3 exited with status 127 at 3.204 s, though the harness had not killed it (a shell or \
         env says so when it can't find a command) (does the script have Windows line ends?)\n\
         env: 'python3\\r': No such file or directory\nstderr of n3: nodes/n3.log",
    );
    let reason = Some(Reason::Error {
        code: "11".to_owned(),
        text: "later".to_owned(),
    });
    let (asked, others) = (Some(at(9000)), vec![0, 1, 2]);
    check(
        &Finding::Unanswered {
            node: 3,
            others,
            asked,
            reason: reason.clone(),
            silence: None,
        },
        "unavailable: n3 and 3 others answered the final read at 9.000 s with error 11 \
         (temporarily-unavailable): later",
    );
    let nothing = |requests| {
        Finding::Unchecked(Unchecked::NothingAcknowledged {
            requests,
            first: reason.clone().map(|reason| (3, reason)),
            silence: None,
        })
    };
    let why =
        "the first was sent to n3: it answered with error 11 (temporarily-unavailable): later";
    check(
        &nothing(12),
        &format!("nothing to check: none of 12 broadcasts was acknowledged; {why}"),
    );
}

#[test]
fn an_impossible_sum_is_told_with_what_is_possible() {
    let impossible = |bounds| {
        let finding = CounterFinding::Impossible {
            node: 3,
            others: Vec::new(),
            shown: 4,
            time: at(9000),
            bounds,
            reads: 1,
        };
        Finding::Workload(WorkloadFinding::Counter(finding))
    };
    for (bounds, why) in [
        ((0, 0), "the adds sent by then sum to 0"),
        (
            (-1, 3),
            "the adds sent by then sum to -1 at least and 3 at most",
        ),
        ((0, 9), "no choice of the adds sent by then sums to that"),
    ] {
        let says = "impossible sum: n3 showed 4 in a read answered at 9.000 s, but ";
        check(&impossible(bounds), &format!("{says}{why}"));
    }
}

#[test]
fn limits_are_told_with_what_they_are() {
    let unanswered = |asked, reason| Finding::Unanswered {
        node: 3,
        others: Vec::new(),
        asked,
        reason,
        silence: None,
    };
    check(
        &unanswered(None, None),
        "unavailable: n3 was not asked for a final read",
    );
    check(
        &unanswered(Some(at(9000)), Some(Reason::TimedOut)),
        "unavailable: n3 did not answer the final read at 9.000 s: no answer in time",
    );
    check(
        &unanswered(Some(at(9000)), Some(Reason::Malformed)),
        "unavailable: n3 answered the final read at 9.000 s with a malformed reply",
    );
    let error = Reason::Error {
        code: "11".to_owned(),
        text: "\u{7}".to_owned(),
    };
    check(
        &Finding::Unavailable {
            ok: 20,
            counted: 21,
            budget: 1.0,
            first: Some((3, at(9000), Some(error))),
        },
        "unavailable: 20 of 21 requests succeeded, fewer than 100% of them; \
         the first that failed was asked of n3 at 9.000 s: it answered with error 11 (temporarily-unavailable): \\u{7}",
    );
    check(
        &Finding::TooManyMessages {
            messages: 7040,
            service_messages: 0,
            operations: 200,
            budget: 30.0,
        },
        "too many messages: 7040 between nodes for 200 requests are 35.20 for each, more than 30",
    );
    check(
        &Finding::TooManyMessages {
            messages: 7040,
            service_messages: 960,
            operations: 200,
            budget: 30.0,
        },
        "too many messages: 7040 between nodes and 960 to and from services for 200 requests are 40.00 for \
         each, more than 30",
    );
    check(
        &Finding::TooSlow {
            quantile: 0.5,
            latency: at(512),
            budget: at(400),
        },
        "too slow: the median latency is 512 ms, more than 400 ms",
    );
    check(
        &Finding::TooSlow {
            quantile: 0.95,
            latency: at(512),
            budget: at(400),
        },
        "too slow: 95% of the latencies reach 512 ms, more than 400 ms",
    );
    check(
        &Finding::Unchecked(Unchecked::NothingAcknowledged {
            requests: 12,
            first: None,
            silence: None,
        }),
        "nothing to check: none of 12 broadcasts was acknowledged",
    );
}

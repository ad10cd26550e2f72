//! Logs that are right, made at random, and each way of making them wrong.

mod mutations;
mod simulated;

use std::time::Duration;

use mutations::MUTATIONS;
use simulated::{Asked, Simulation};

use crate::cluster::checker;
use crate::cluster::checker::finding::{Finding, Verdict, Warning};
use crate::cluster::format::bare;
use crate::cluster::history::{Event, Outcome, Reason, What};
use crate::cluster::limit::Limit;
use crate::cluster::names::Names;
use crate::cluster::workload::Reply;
use crate::cluster::workload::figures::WorkloadFigures;
use crate::cluster::workload::findings::{WorkloadFinding, WorkloadWarning};
use crate::cluster::workload::kafka::{KafkaMessage, KafkaReply, KafkaRequest, Offsets, stored};
use crate::cluster::workload::kind::WorkloadKind;

/// The names of what is wrong; anything that is no finding of logs fails.
fn names(verdict: &Verdict) -> Vec<&'static str> {
    let names = verdict.findings.iter().map(|finding| match finding {
        Finding::Workload(WorkloadFinding::Kafka(finding)) => finding.name(),
        other => panic!("{other:?}"),
    });
    names.collect()
}

fn judge(operations: &[Asked], is_bare: bool) -> Verdict {
    checker::judge(&simulated::recording(operations, is_bare), Limit::NONE)
}

fn right_logs_are_valid(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let operations = Simulation::new(seed).run();
        for is_bare in [false, true] {
            let verdict = judge(&operations, is_bare);
            assert_eq!(names(&verdict), [""; 0], "seed {seed}, bare: {is_bare}");
            assert_eq!(verdict.unjudged, []);
        }
    }
}

/// A mutation that finds nothing to change leaves a seed out; each must change some.
fn mutations_are_found(seeds: std::ops::Range<u64>) {
    for (name, mutation) in MUTATIONS {
        let mut changed = 0;
        for seed in seeds.clone() {
            let mut operations = Simulation::new(seed).run();
            if mutation.apply(&mut operations).is_none() {
                continue;
            }
            changed += 1;
            let verdict = judge(&operations, false);
            assert!(
                names(&verdict).contains(name),
                "seed {seed}, {name}: {:?}",
                names(&verdict)
            );
        }
        assert!(changed > 0, "{name} changed nothing");
    }
}

#[test]
fn right_logs_are_valid_and_each_mutation_is_found_by_name() {
    right_logs_are_valid(0..15);
    mutations_are_found(0..4);
}

#[test]
#[ignore = "half a minute in debug: make fuzz runs it"]
fn many_right_logs_are_valid_and_each_mutation_is_found_by_name() {
    right_logs_are_valid(0..3_000);
    mutations_are_found(0..300);
}

#[test]
fn a_poll_whose_commit_is_refused_counts_though_maelstrom_drops_it() {
    let operations = simulated::refused_commit();
    let verdict = judge(&operations, false);
    assert_eq!(names(&verdict), [""; 0]);
    let names = Names::default();
    let warnings = verdict.warnings.iter().map(|warning| match warning {
        Warning::Workload(WorkloadWarning::Kafka(warning)) => warning.words(&names),
        other => panic!("{other:?}"),
    });
    let says = "commits were not acknowledged, and Maelstrom takes a poll whose commit is refused for \
                none: its rule finds poll-skip, where nothing is wrong";
    assert_eq!(warnings.collect::<Vec<_>>(), [says]);
}

/// A client that finds no offset goes on from 0, as where 0 was committed.
#[test]
fn nothing_is_lost_where_no_offset_is_listed_after_offset_0_was_committed() {
    for (committed, found) in [(0, &[][..]), (1, &["lost-commit"])] {
        let mut operations = simulated::refused_commit();
        for asked in &mut operations {
            if let KafkaRequest::Commit(offsets) = &mut asked.request {
                offsets.insert(simulated::key(0), committed);
            }
            if let Some(KafkaReply::Assigned(listed)) = asked.reply_mut() {
                *listed = Some(Offsets::new());
            }
        }
        assert_eq!(names(&judge(&operations, false)), found);
    }
}

/// The first message is acknowledged at 2 ms, and a poll asks for it at 9 ms.
#[test]
fn realtime_lag_of_a_client_that_was_shown_nothing_begins_with_the_first_message() {
    let lag = |committed: &[i64], shown: &[i64]| {
        let mut operations = simulated::refused_commit();
        let key = simulated::key(0);
        let listed = committed.iter().map(|offset| (key.clone(), *offset));
        *operations[3].reply_mut().unwrap() = KafkaReply::Assigned(Some(listed.collect()));
        let list = shown.iter();
        let list = list.map(|number| (*number, KafkaMessage::Number(*number)));
        let messages = [(key.clone(), list.collect())].into();
        *operations[4].reply_mut().unwrap() = KafkaReply::Polled(messages);
        operations.truncate(5);
        match judge(&operations, false).figures.replies {
            Some(WorkloadFigures::Kafka(figures)) => figures.lag.map(|lag| lag.lag.as_millis()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(lag(&[], &[]), Some(7));
    assert_eq!(lag(&[2], &[]), Some(7), "whatever was committed before");
    assert_eq!(
        lag(&[], &[0, 1]),
        Some(3),
        "the third one is there since 6 ms"
    );
    assert_eq!(lag(&[2], &[2]), None);
}

#[test]
fn requests_and_replies_are_stored_and_read_as_they_are() {
    for asked in Simulation::new(1).run() {
        let request = asked.request.clone();
        let again = stored::request(request.function(), &request.stored_value()).unwrap();
        assert_eq!(again, request);
        if let Some(reply) = asked.reply() {
            let value = reply.stored(&request).value;
            let value = value.unwrap_or_else(|| request.stored_value());
            assert_eq!(request.stored_reply(&value).unwrap(), *reply);
        }
    }
}

/// What is wrong with a history in which message 1 is sent, and a poll shows this.
fn polled(offset: &str, shown: &str) -> Result<Vec<&'static str>, String> {
    let lines = [
        r#"{"process":0,"type":"invoke","f":"send","value":[["send",7,1]]}"#.to_owned(),
        format!(r#"{{"process":0,"type":"ok","f":"send","value":[["send",7,{offset}]]}}"#),
        r#"{"process":1,"type":"invoke","f":"poll","value":[["poll"]]}"#.to_owned(),
        format!(r#"{{"process":1,"type":"ok","f":"poll","value":[["poll",{{"7":{shown}}}]]}}"#),
    ];
    let text = lines.join("\n");
    let recording = bare::read(WorkloadKind::Kafka, text.as_bytes());
    let recording = recording.map_err(|error| error.to_string())?;
    Ok(names(&checker::judge(&recording, Limit::NONE)))
}

#[test]
fn huge_offsets_take_no_room_and_what_is_no_offset_is_refused() {
    let huge = i64::MAX;
    let right = polled(&format!("[{huge},1]"), &format!("[[{huge},1]]"));
    assert_eq!(right, Ok(vec![]));
    let far = polled("[-9223372036854775808,1]", &format!("[[{huge},1]]"));
    assert_eq!(far, Ok(vec!["duplicate"]));
    assert_eq!(polled("1", "[[3,1]]"), Ok(vec![]), "no offset is told");
    assert_eq!(polled("[null,1]", "null"), Ok(vec!["unseen"]));
    for (offset, shown) in [
        ("[1.5,1]", "[]"),
        ("[9223372036854775808,1]", "[]"),
        ("[\"1\",1]", "[]"),
        ("[1,2]", "[]"),
        ("[1,1]", "[[1.5,1]]"),
        ("[1,1]", "[[1]]"),
        ("[1,1]", "[1]"),
        ("[1,1]", "{}"),
    ] {
        let refused = polled(offset, shown).unwrap_err();
        assert!(refused.contains("`value`: should be [\""), "{refused}");
    }
}

#[test]
fn a_message_is_the_same_in_whichever_order_its_keys_stand() {
    let text = [
        r#"{"process":0,"type":"invoke","f":"send","value":[["send",7,{"b":[{"d":1,"c":2}],"a":2}]]}"#,
        r#"{"process":0,"type":"ok","f":"send","value":[["send",7,[0,{"b":[{"d":1,"c":2}],"a":2}]]]}"#,
        r#"{"process":1,"type":"invoke","f":"poll","value":[["poll"]]}"#,
        r#"{"process":1,"type":"ok","f":"poll","value":[["poll",{"7":[[0,{"a":2,"b":[{"c":2,"d":1}]}]]}]]}"#,
    ]
    .join("\n");
    let recording = bare::read(WorkloadKind::Kafka, text.as_bytes()).unwrap();
    assert_eq!(names(&checker::judge(&recording, Limit::NONE)), [""; 0]);
}

#[test]
fn several_sends_and_polls_at_once_are_judged_one_by_one() {
    let text = [
        r#"{"process":0,"type":"invoke","f":"txn","value":[["send",7,1],["send",7,2],["poll"]]}"#,
        r#"{"process":0,"type":"ok","f":"txn","value":[["send",7,[2,1]],["send",7,[1,2]],["poll",{"7":[[1,2]]}]]}"#,
        r#"{"process":1,"type":"invoke","f":"poll","value":[["poll"],["poll"]]}"#,
        r#"{"process":1,"type":"ok","f":"poll","value":[["poll",{"7":[[1,2],[2,1]]}],["poll"]]}"#,
    ]
    .join("\n");
    let recording = bare::read(WorkloadKind::Kafka, text.as_bytes()).unwrap();
    let verdict = checker::judge(&recording, Limit::NONE);
    let found = ["int-nonmonotonic-send", "precommitted-read"];
    assert_eq!(names(&verdict), found);
}

/// What is wrong with a history of lines as in `1 ok txn [["send",7,[0,1]],["poll",{}]]`; a line that ends with a
/// mark belongs to the final phase.
fn of_lines(lines: &[&str]) -> Vec<&'static str> {
    let line = |line: &&str| {
        let mark = if line.ends_with('!') {
            r#","final":true"#
        } else {
            ""
        };
        let mut parts = line.trim_end_matches('!').splitn(4, ' ');
        let mut next = || parts.next().unwrap();
        let (process, kind, function, value) = (next(), next(), next(), next());
        format!(r#"{{"process":{process},"type":"{kind}","f":"{function}","value":{value}{mark}}}"#)
    };
    let text: Vec<_> = lines.iter().map(line).collect();
    let recording = bare::read(WorkloadKind::Kafka, text.join("\n").as_bytes()).unwrap();
    names(&checker::judge(&recording, Limit::NONE))
}

#[test]
fn transactions_that_polled_each_others_messages_are_circular() {
    let circle = |second: &str| {
        let second = format!(r#"1 ok txn [["send",8,[0,2]],["poll",{second}]]"#);
        of_lines(&[
            r#"0 invoke txn [["send",7,1],["poll"]]"#,
            r#"1 invoke txn [["send",8,2],["poll"]]"#,
            r#"0 ok txn [["send",7,[0,1]],["poll",{"8":[[0,2]]}]]"#,
            &second,
            r#"2 invoke poll [["poll"]]"#,
            r#"2 ok poll [["poll",{"7":[[0,1]]}]]"#,
        ])
    };
    assert_eq!(circle("{}"), [""; 0], "the second one committed first");
    assert_eq!(circle(r#"{"7":[[0,1]]}"#), ["G1c"]);
}

#[test]
fn poll_of_what_a_transaction_sent_that_polled_a_later_message_is_too_early() {
    let chain = |third: [&str; 2]| {
        let mut lines = vec![
            r#"1 invoke txn [["poll"],["send",8,2]]"#,
            r#"2 invoke poll [["poll"]]"#,
            r#"2 ok poll [["poll",{"8":[[0,2]]}]]"#,
            r#"0 invoke send [["send",7,1]]"#,
            r#"0 ok send [["send",7,[0,1]]]"#,
            r#"1 ok txn [["poll",{"7":[[0,1]]}],["send",8,[0,2]]]"#,
        ];
        lines.splice(1..1, third);
        of_lines(&lines)
    };
    let other = [r#"3 invoke poll [["poll"]]"#, r#"3 ok poll [["poll",{}]]"#];
    assert_eq!(chain(other), ["G1c-realtime"]);
    // Nothing is too early where it was asked for before that poll ended.
    let right = of_lines(&[
        r#"1 invoke txn [["poll"],["send",8,2]]"#,
        r#"0 invoke send [["send",7,1]]"#,
        r#"2 invoke poll [["poll"]]"#,
        r#"2 ok poll [["poll",{"8":[[0,2]]}]]"#,
        r#"0 ok send [["send",7,[0,1]]]"#,
        r#"1 ok txn [["poll",{"7":[[0,1]]}],["send",8,[0,2]]]"#,
    ]);
    assert_eq!(right, [""; 0]);
}

#[test]
fn process_that_is_told_in_the_end_that_there_is_no_more_has_seen_all() {
    let sent = [
        r#"0 invoke send [["send",7,1]]"#,
        r#"0 ok send [["send",7,[0,1]]]"#,
        r#"0 invoke send [["send",7,2]]"#,
        r#"0 ok send [["send",7,[1,2]]]"#,
        r#"1 invoke poll [["poll",{"7":0}]]!"#,
        r#"1 ok poll [["poll",{"7":[[0,1],[1,2]]}]]!"#,
    ];
    let ends = |last: &[&str]| of_lines(&[&sent, last].concat());
    let one = [
        r#"2 invoke poll [["poll"]]!"#,
        r#"2 ok poll [["poll",{"7":[[0,1]]}]]!"#,
    ];
    let no_more = [
        r#"2 invoke poll [["poll"]]!"#,
        r#"2 ok poll [["poll",{}]]!"#,
    ];
    assert_eq!(ends(&one), [""; 0], "it may have been cut short");
    assert_eq!(ends(&[one, no_more].concat()), ["unseen-on-node"]);
    assert_eq!(ends(&no_more), [""; 0], "it may poll from anywhere");
    let assigned = [r#"2 invoke assign ["8"]"#, r#"2 ok assign ["8"]"#];
    assert_eq!(
        ends(&[one, assigned, no_more].concat()),
        [""; 0],
        "another log"
    );
    let from = |from: &str| {
        let asked = format!(r#"2 invoke poll [["poll",{{"7":{from}}}]]!"#);
        ends(&[&asked, no_more[1]])
    };
    assert_eq!(from("1"), ["unseen-on-node"]);
    assert_eq!(from("2"), [""; 0]);
    let before = [&no_more[..], &sent].concat();
    assert_eq!(of_lines(&before), [""; 0], "it was asked before");
}

/// A message is acknowledged when its client has given up, and no poll shows it.
#[test]
fn what_is_acknowledged_late_may_be_missing_in_the_end() {
    let mut operations = simulated::refused_commit();
    let mut late = operations[0].clone();
    late.request = KafkaRequest::Send {
        key: simulated::key(0),
        message: KafkaMessage::Number(9),
    };
    late.end = Outcome::Unknown(Reason::TimedOut);
    operations.insert(0, late);
    let mut recording = simulated::recording(&operations, false);
    let operation = 0;
    let outcome = Outcome::Ok(Reply::Kafka(KafkaReply::Sent(Some(7))));
    let time = recording.duration() + Duration::from_millis(1);
    recording.event(Event {
        time,
        what: What::Late { operation, outcome },
    });
    let verdict = checker::judge(&recording, Limit::NONE);
    assert_eq!(names(&verdict), [""; 0]);
}

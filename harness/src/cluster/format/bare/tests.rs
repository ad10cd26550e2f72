//! Histories of others: what is read, how it is judged, and what is refused where.

use super::*;
use crate::cluster::checker::finding::Judgement;
use crate::cluster::judged::Judged;
use crate::cluster::limit::Limit;

fn valid(workload: WorkloadKind, text: &str) -> bool {
    let recording = read(workload, text.as_bytes()).unwrap();
    if let Some(by_lines) = by_lines(workload, text) {
        assert_eq!(by_lines.events, recording.events);
        assert_eq!(by_lines.settings, recording.settings);
    }
    Judged::of(recording, Limit::NONE).verdict.is_valid()
}

fn by_lines(workload: WorkloadKind, text: &str) -> Option<Recording> {
    let mut lines = text.split_inclusive('\n');
    let next = |line: &mut Vec<u8>| {
        line.extend(lines.next().unwrap_or_default().as_bytes());
        Ok::<_, ()>(())
    };
    read_lines(workload, next).unwrap()
}

/// A set with one element added, and what the last read shows.
fn set(shown: &str) -> String {
    format!(
        r#"{{"process":0,"type":"invoke","f":"add","value":7}}
{{"process":0,"type":"ok","f":"add","value":7}}
{{"process":"nemesis","type":"info","f":"start","value":null}}

{{"process":1,"type":"invoke","f":"read","value":null,"final":true}}
{{"process":1,"type":"ok","f":"read","value":{shown},"final":true}}
"#
    )
}

#[test]
fn a_set_needs_no_times_nor_indices_and_any_integers() {
    assert!(valid(WorkloadKind::GSet, &set("[7]")));
    let marked = format!("\u{feff}{}", set("[7]").replace("final", "final?"));
    assert!(valid(WorkloadKind::GSet, &marked));
    for wrong in [
        "[]", "[7,7]", "[7,3]", "[7,8]", r#"["7"]"#, "[7,null]", "null",
    ] {
        assert!(!valid(WorkloadKind::GSet, &set(wrong)), "{wrong}");
    }
    let recording = read(WorkloadKind::GSet, set("[7]").as_bytes()).unwrap();
    assert_eq!(recording.settings.nodes, ["process 0", "process 1"]);
    let times: Vec<_> = recording.events.iter().map(|event| event.time).collect();
    assert_eq!(times, [1, 2, 3, 4].map(Duration::from_millis));
}

#[test]
fn lines_are_read_one_by_one_unless_something_is_wrong_with_them() {
    let good = set("[7]");
    assert!(by_lines(WorkloadKind::GSet, &good).is_some());
    assert!(by_lines(WorkloadKind::GSet, good.trim_end()).is_some());
    let cut = good.trim_end().trim_end_matches('}');
    let turned: Vec<_> = BY_PROCESS.lines().rev().collect();
    for text in ["", "\n", cut, &good.replace("read", "write")] {
        assert!(by_lines(WorkloadKind::GSet, text).is_none(), "{text}");
    }
    assert!(by_lines(WorkloadKind::LinKv, &turned.join("\n")).is_none());
    let mut left = 3;
    let next = |line: &mut Vec<u8>| {
        left -= 1;
        line.extend_from_slice(b"{}\n");
        if left == 0 { Err("gone") } else { Ok(()) }
    };
    assert_eq!(read_lines(WorkloadKind::GSet, next).unwrap_err(), "gone");
}

#[test]
fn counters_ids_and_echoes_are_judged_as_in_a_run() {
    let counter = |sum: i64| {
        format!(
            r#"{{"index":0,"time":10,"process":0,"type":"invoke","f":"add","value":3}}
{{"index":1,"time":10,"process":0,"type":"info","f":"add","value":3,"error":"timeout"}}
{{"index":2,"time":20,"process":4,"type":"invoke","f":"read","value":null,"final":true}}
{{"index":3,"time":30,"process":4,"type":"ok","f":"read","value":{sum},"final":true}}
"#
        )
    };
    let verdicts = [0, 1, 3, 4].map(|sum| valid(WorkloadKind::GCounter, &counter(sum)));
    assert_eq!(verdicts, [true, false, true, false]);
    let ids = |one: &str, other: &str| {
        [(0, one), (1, other)]
            .map(|(process, id)| {
                format!(
                    r#"{{"process":{process},"type":"invoke","f":"generate"}}
{{"process":{process},"type":"ok","f":"generate","value":{id}}}
"#
                )
            })
            .concat()
    };
    assert!(valid(WorkloadKind::UniqueIds, &ids("1", "\"1\"")));
    assert!(!valid(WorkloadKind::UniqueIds, &ids("[1]", "[1]")));
    let echo = |back: &str| {
        format!(
            r#"{{"process":0,"type":"invoke","f":"echo","value":"a"}}
{{"process":0,"type":"ok","f":"echo","value":{back}}}
"#
        )
    };
    assert!(valid(WorkloadKind::Echo, &echo("\"a\"")));
    assert!(!valid(WorkloadKind::Echo, &echo("\"b\"")));
}

#[test]
fn what_is_no_history_is_refused_with_its_line_and_why() {
    let add = r#"{"process":0,"type":"invoke","f":"add","value":7}"#;
    let ok = r#"{"process":0,"type":"ok","f":"add","value":7}"#;
    for (lines, says) in [
        (&["x"][..], "line 1: expected an object"),
        (&[add, r#"{"process":1"#], "line 2"),
        (
            &[add, add],
            "line 2: process 0 still waits for an earlier answer",
        ),
        (&[ok], "line 1: process 0 waits for no answer"),
        (&[add, ok, ok], "line 3: process 0 waits for no answer"),
        (
            &[add, r#"{"process":1.0,"type":"invoke","f":"read"}"#],
            "line 2: `process`: no whole number of at most 64 bits",
        ),
        (
            &[r#"{"process":18446744073709551616,"type":"invoke","f":"read"}"#],
            "line 1: `process`: no whole number of at most 64 bits",
        ),
        (
            &[r#"{"process":0,"type":"invoke","f":"cas","value":7}"#],
            "line 1: `f`: g-set has no request \"cas\"",
        ),
        (
            &[r#"{"process":0,"type":"invoke","f":"add","value":"x"}"#],
            "line 1: `value`: should be an element, an integer from 0, is \"x\"",
        ),
        (
            &[r#"{"process":0,"type":"invoke","f":"add","value":99999999999}"#],
            "line 1: `value`: more than 16777216",
        ),
        (
            &[add, r#"{"process":0,"type":"done","f":"add","value":7}"#],
            "line 2: `type`: \"done\" is none of invoke, ok, fail and info",
        ),
        (
            &[add, r#"{"process":0,"type":"ok","f":"read","value":[]}"#],
            "line 2: it contradicts the rest",
        ),
    ] {
        let text = lines.join("\n") + "\n";
        let error = read(WorkloadKind::GSet, text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(says), "{says}: {error}");
    }
}

#[test]
fn a_value_of_another_form_is_told_with_what_it_should_be() {
    let read_of = |shown: &str| set(shown).replace(r#","final":true"#, "");
    for (workload, shown, says) in [
        (WorkloadKind::GSet, "2", "should be a list, is 2"),
        (
            WorkloadKind::GCounter,
            "[7]",
            "should be an integer, is [7]",
        ),
        (
            WorkloadKind::PnCounter,
            "7.5",
            "should be an integer, is 7.5",
        ),
    ] {
        let error = read(workload, read_of(shown).as_bytes()).unwrap_err();
        let says = format!("line 6: `value`: {says}");
        assert!(error.to_string().contains(&says), "{says}: {error}");
    }
    // As on the wire.
    assert!(valid(WorkloadKind::GCounter, &set("7.0")));
    assert!(!valid(WorkloadKind::GCounter, &set("8.0")));
}

#[test]
fn nothing_at_all_is_no_valid_history() {
    let unanswered = r#"{"process":0,"type":"invoke","f":"txn","value":[["append","x",1]]}"#;
    for (workload, text) in [
        (WorkloadKind::GSet, ""),
        (WorkloadKind::UniqueIds, "\n"),
        (WorkloadKind::TxnListAppend, unanswered),
    ] {
        let recording = read(workload, text.as_bytes()).unwrap();
        let judged = Judged::of(recording, Limit::NONE);
        assert_eq!(judged.verdict.judgement(), Judgement::Unjudged, "{text}");
    }
    assert!(
        valid(WorkloadKind::LinKv, ""),
        "no request contradicts another"
    );
    let other = r#"{"process":"c0","type":"invoke","f":"read","key":1}"#;
    let error = read(WorkloadKind::LinKv, other.as_bytes()).unwrap_err();
    assert!(
        error.to_string().starts_with("line 1: `process`"),
        "{error}"
    );
}

#[test]
fn an_error_keeps_its_code() {
    let text = r#"{"process":0,"type":"invoke","f":"generate"}
{"process":0,"type":"fail","f":"generate","error":[11,"later"]}
"#;
    let recording = read(WorkloadKind::UniqueIds, text.as_bytes()).unwrap();
    let What::Completed { outcome, .. } = &recording.events[1].what else {
        panic!();
    };
    let reason = Reason::Error {
        code: "11".to_owned(),
        text: "later".to_owned(),
    };
    assert_eq!(*outcome, Outcome::Failed(reason));
}

fn line(process: usize, kind: &str, f: &str, value: impl std::fmt::Display) -> String {
    let end = if f == "read" { r#","final":true"# } else { "" };
    format!(r#"{{"process":{process},"type":"{kind}","f":"{f}","value":{value}{end}}}"#) + "\n"
}

#[test]
fn what_nobody_read_in_the_end_is_not_valid() {
    let add = line(0, "invoke", "add", 3) + &line(0, "ok", "add", 3);
    let end = line(0, "invoke", "read", "null") + &line(0, "ok", "read", "[3]");
    let read = end.replace(",\"final\":true", "");
    for (text, is_valid) in [
        (add.clone(), false),
        (format!("{add}{read}"), false),
        (format!("{add}{read}{end}"), true),
    ] {
        assert_eq!(valid(WorkloadKind::GSet, &text), is_valid, "{text}");
        let text = text.replace("[3]", "3");
        assert_eq!(valid(WorkloadKind::GCounter, &text), is_valid, "{text}");
    }
}

#[test]
fn a_process_whose_final_read_failed_is_told_unless_a_new_one_stands_for_it() {
    let add = line(0, "invoke", "add", 3) + &line(0, "ok", "add", 3);
    let end = |process, kind| {
        line(process, "invoke", "read", "null") + &line(process, kind, "read", "[3]")
    };
    let (asked, answered) = (
        line(1, "invoke", "read", "null"),
        line(1, "info", "read", "null"),
    );
    for (reads, is_valid) in [
        (end(0, "ok") + &end(1, "ok"), true),
        (end(0, "ok") + &end(1, "info"), false),
        (end(0, "ok") + &end(1, "fail"), false),
        (end(1, "fail") + &end(0, "ok"), false),
        (end(0, "ok") + &asked, false),
        // It was asked again; or its client goes on as another process, and not as one that was there before.
        (end(1, "fail") + &end(1, "ok"), true),
        (end(1, "info") + &end(6, "ok"), true),
        (asked + &end(6, "ok") + &answered, false),
    ] {
        let text = format!("{add}{reads}");
        assert_eq!(valid(WorkloadKind::GSet, &text), is_valid, "{text}");
        let text = text.replace("[3]", "3");
        assert_eq!(valid(WorkloadKind::GCounter, &text), is_valid, "{text}");
    }
    // A transaction may be aborted.
    let aborted = r#"{"process":0,"type":"invoke","f":"txn","value":[["w",1,1]]}
{"process":0,"type":"ok","f":"txn","value":[["w",1,1]]}
{"process":1,"type":"invoke","f":"txn","value":[["r",1,null]],"final":true}
{"process":1,"type":"fail","f":"txn","value":[["r",1,null]],"final":true}
{"process":0,"type":"invoke","f":"txn","value":[["r",1,null]],"final":true}
{"process":0,"type":"ok","f":"txn","value":[["r",1,1]],"final":true}
"#;
    assert!(valid(WorkloadKind::TxnRwRegister, aborted));
}

#[test]
fn an_element_that_was_refused_is_not_shown() {
    let text = |end: &str, shown: &str| {
        format!(
            r#"{{"process":0,"type":"invoke","f":"add","value":3}}
{{"process":0,"type":"ok","f":"add","value":3}}
{{"process":0,"type":"invoke","f":"add","value":4}}
{{"process":0,{end}}}
{{"process":1,"type":"invoke","f":"read","final":true}}
{{"process":1,"type":"ok","f":"read","value":{shown},"final":true}}
"#
        )
    };
    let late = r#""type":"info","f":"add"}
{"process":0,"type":"late","f":"add","operation":1,"error":[11,"busy"]"#;
    for (end, may_be_shown) in [
        (r#""type":"fail","f":"add""#, false),
        (r#""type":"fail","f":"add","error":[11,"busy"]"#, false),
        (r#""type":"fail","f":"add","error":[13,"crash"]"#, true),
        (r#""type":"info","f":"add","error":[11,"busy"]"#, true),
        (late, false),
    ] {
        assert!(valid(WorkloadKind::GSet, &text(end, "[3]")), "{end}");
        assert_eq!(
            valid(WorkloadKind::GSet, &text(end, "[3,4]")),
            may_be_shown,
            "{end}"
        );
    }
}

#[test]
fn a_value_that_is_added_again_is_judged_by_the_request_that_succeeded() {
    let add = |ends: [&str; 2]| {
        let one = |end| line(0, "invoke", "add", 3) + &line(0, end, "add", 3);
        ends.map(one).concat()
    };
    let shown = |value| line(1, "invoke", "read", "null") + &line(1, "ok", "read", value);
    for ends in [["fail", "ok"], ["ok", "fail"], ["info", "ok"], ["ok", "ok"]] {
        let adds = add(ends);
        assert!(
            valid(WorkloadKind::GSet, &(adds.clone() + &shown("[3]"))),
            "{adds}"
        );
        assert!(
            !valid(WorkloadKind::GSet, &(adds.clone() + &shown("[]"))),
            "{adds}"
        );
    }
    let once = line(2, "invoke", "add", 4) + &line(2, "ok", "add", 4);
    for ends in [["fail", "info"], ["info", "fail"]] {
        let adds = once.clone() + &add(ends);
        for value in ["[3,4]", "[4]"] {
            assert!(
                valid(WorkloadKind::GSet, &(adds.clone() + &shown(value))),
                "{adds}"
            );
        }
    }
    assert!(!valid(
        WorkloadKind::GSet,
        &(once + &add(["fail", "fail"]) + &shown("[3,4]"))
    ));
}

#[test]
fn a_late_reply_of_a_set_tells_what_happened() {
    let text = |late: &str, shown: &str, last: &str| {
        format!(
            r#"{{"process":0,"type":"invoke","f":"add","value":3}}
{{"process":0,"type":"ok","f":"add","value":3}}
{{"process":0,"type":"invoke","f":"add","value":4}}
{{"process":0,"type":"info","f":"add","value":4}}
{{"process":1,"type":"invoke","f":"read"}}
{{"process":1,"type":"info","f":"read"}}
{late}{{"process":1,"type":"late","f":"read","value":{shown},"operation":2}}
{{"process":1,"type":"invoke","f":"read","final":true}}
{{"process":1,"type":"ok","f":"read","value":{last},"final":true}}
"#
        )
    };
    let added = r#"{"process":0,"type":"late","f":"add","operation":1}
"#;
    let is_valid = |late, shown, last| valid(WorkloadKind::GSet, &text(late, shown, last));
    assert!(is_valid("", "[]", "[3]") && is_valid(added, "[]", "[3,4]"));
    assert!(!is_valid(added, "[]", "[3]"), "4 was acknowledged");
    assert!(!is_valid("", "[3,5]", "[3]"), "5 is a phantom");
    assert!(!is_valid("", "[3,3]", "[3]"), "3 is shown twice");
}

#[test]
fn a_final_read_that_an_add_overlaps_may_be_before_it() {
    let read =
        |process, sum| line(process, "invoke", "read", "null") + &line(process, "ok", "read", sum);
    let add = |kind| line(0, kind, "add", 5);
    let text = |first, last| add("invoke") + &read(1, first) + &add("ok") + &read(2, last);
    assert!(valid(WorkloadKind::GCounter, &text(0, 5)));
    assert!(!valid(WorkloadKind::GCounter, &text(4, 5)));
}

#[test]
fn reads_take_the_room_of_what_they_show() {
    let mut text = line(0, "invoke", "add", VALUE_MAX);
    for shown in ["[]", "null"] {
        text += &line(1, "invoke", "read", "null");
        text += &line(1, "ok", "read", shown);
    }
    let recording = read(WorkloadKind::GSet, text.as_bytes()).unwrap();
    let room = recording.events.iter().map(|event| match &event.what {
        What::Completed {
            outcome: Outcome::Ok(Reply::Set(SetReply::Shown(shown))),
            ..
        } => shown.values.len(),
        _ => 0,
    });
    assert_eq!(room.sum::<usize>(), 0);
}

#[test]
fn what_would_take_too_much_to_judge_is_refused() {
    let reads = "too many reads where values are so great";
    let ends = "too many processes with final reads where there are so many values";
    let text = line(0, "invoke", "add", 7) + &line(1, "invoke", "read", "null");
    let text = text + &line(1, "ok", "read", "[7]");
    for (size, says) in [
        (SetSize::default(), None),
        (
            SetSize {
                bits_shown: BITS_SHOWN_MAX,
                ..SetSize::default()
            },
            Some(reads),
        ),
        (
            SetSize {
                bits_compared: BITS_COMPARED_MAX,
                ..SetSize::default()
            },
            Some(reads),
        ),
        (
            SetSize {
                values: LOOKS_MAX,
                ..SetSize::default()
            },
            Some(ends),
        ),
    ] {
        let mut reader = Reader {
            workload: WorkloadKind::GSet,
            size,
            ..Reader::default()
        };
        let error = Lines::of(text.as_bytes()).find_map(|line| reader.line(line).err());
        let says = says.map(|says| format!("line 3: {says}"));
        assert_eq!(error.map(|error| error.to_string()), says);
    }
}

/// Lines that stand by process: a read that came between two writes.
const BY_PROCESS: &str = r#"{"process":0,"type":"invoke","f":"write","key":"x","value":1,"time":1,"index":0}
{"process":0,"type":"ok","f":"write","key":"x","value":1,"time":1000,"index":1}
{"process":0,"type":"invoke","f":"write","key":"x","value":2,"time":4000,"index":4}
{"process":0,"type":"ok","f":"write","key":"x","value":2,"time":5000,"index":5}
{"process":1,"type":"invoke","f":"read","key":"x","time":2000,"index":2}
{"process":1,"type":"ok","f":"read","key":"x","value":1,"time":3000,"index":3}
"#;

#[test]
fn what_happened_is_in_the_order_of_indices_or_of_times() {
    let without = |key: &str| {
        let lines = BY_PROCESS.lines();
        let lines = lines.map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            line.as_object_mut().unwrap().remove(key);
            line.to_string() + "\n"
        });
        lines.collect::<String>()
    };
    assert!(valid(WorkloadKind::LinKv, BY_PROCESS));
    for key in ["time", "index"] {
        assert!(valid(WorkloadKind::LinKv, &without(key)), "{key}");
    }
    let stale = BY_PROCESS.replace(r#""time":2000,"index":2"#, r#""time":6000,"index":6"#);
    let stale = stale.replace(r#""time":3000,"index":3"#, r#""time":7000,"index":7"#);
    assert!(!valid(WorkloadKind::LinKv, &stale));
    // A clock that goes back over the end of a request tells nothing.
    let clock = without("index").replace(r#""time":3000,"#, r#""time":1500,"#);
    let clock = clock.replace(r#","time":3000"#, r#","time":1500"#);
    assert!(clock.contains("1500"));
    assert!(!valid(WorkloadKind::LinKv, &clock), "as the lines stand");
    let mut backwards: Vec<_> = BY_PROCESS.lines().collect();
    backwards.reverse();
    assert!(valid(WorkloadKind::LinKv, &backwards.join("\n")));
}

#[test]
fn a_late_reply_tells_what_happened() {
    let ids = |late: &str| {
        format!(
            r#"{{"process":0,"type":"invoke","f":"generate"}}
{{"process":0,"type":"info","f":"generate","error":"timed-out"}}
{{"process":1,"type":"invoke","f":"generate"}}
{{"process":0,"type":"late","f":"generate","value":{late},"operation":0}}
{{"process":1,"type":"ok","f":"generate","value":5}}
"#
        )
    };
    assert!(valid(WorkloadKind::UniqueIds, &ids("4")));
    assert!(!valid(WorkloadKind::UniqueIds, &ids("5")));
    let counter = |late: &str, sum: i64| {
        format!(
            r#"{{"process":0,"type":"invoke","f":"add","value":3}}
{{"process":1,"type":"invoke","f":"add","value":1}}
{{"process":1,"type":"ok","f":"add","value":1}}
{{"process":0,"type":"info","f":"add","value":3,"error":"timed-out"}}
{late}{{"process":4,"type":"invoke","f":"read","final":true}}
{{"process":4,"type":"ok","f":"read","value":{sum},"final":true}}
"#
        )
    };
    let line = |end: &str| {
        format!(
            r#"{{"process":0,"type":"late","f":"add","value":3,"operation":0{end}}}
"#
        )
    };
    let refused = line(r#","error":[11,"busy"]"#);
    let verdicts =
        |late: &str| [1, 4].map(|sum| valid(WorkloadKind::GCounter, &counter(late, sum)));
    assert_eq!(verdicts(""), [true, true]);
    assert_eq!(verdicts(&line("")), [false, true], "it was acknowledged");
    assert_eq!(verdicts(&refused), [true, false], "it did not happen");
    let twice = counter(&(line("") + &line("")), 4);
    let other = ids("4").replace(r#""operation":0"#, r#""operation":1"#);
    for (workload, text) in [
        (WorkloadKind::GCounter, twice),
        (WorkloadKind::UniqueIds, other),
    ] {
        let error = read(workload, text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("`operation`"), "{error}");
    }
}

#[test]
fn a_late_reply_to_a_write_ends_it() {
    let history = |late: &str, read: u64| {
        format!(
            r#"{{"process":0,"type":"invoke","f":"write","key":1,"value":3}}
{{"process":0,"type":"ok","f":"write","key":1,"value":3}}
{{"process":1,"type":"invoke","f":"write","key":1,"value":5}}
{{"process":1,"type":"info","f":"write","key":1,"value":5,"error":"timed-out"}}
{late}{{"process":2,"type":"invoke","f":"read","key":1}}
{{"process":2,"type":"ok","f":"read","key":1,"value":{read}}}
"#
        )
    };
    let line = |end: &str| {
        let start = r#"{"process":1,"type":"late","f":"write","key":1,"value":5,"operation":1"#;
        format!("{start}{end}}}\n")
    };
    let verdicts = |late: &str| [3, 5].map(|read| valid(WorkloadKind::LinKv, &history(late, read)));
    assert_eq!(verdicts(""), [true, true]);
    assert_eq!(verdicts(&line("")), [false, true], "it took effect by then");
    let refused = line(r#","error":[11,"busy"]"#);
    assert_eq!(verdicts(&refused), [true, false], "it did not happen");
}

#[test]
fn keys_are_registers_of_their_own_and_values_are_told_apart_as_json() {
    let history = |key: &str, read: &str| {
        format!(
            r#"{{"process":0,"type":"invoke","f":"write","key":{{"a":1,"b":2}},"value":1}}
{{"process":0,"type":"ok","f":"write","key":{{"a":1,"b":2}},"value":1}}
{{"process":2,"type":"invoke","f":"read","key":{key}}}
{{"process":2,"type":"ok","f":"read","key":{key},"value":{read}}}
"#
        )
    };
    let verdict = |key, read| valid(WorkloadKind::LinKv, &history(key, read));
    let same = r#"{"b":2,"a":1}"#;
    assert!(verdict(same, "1"));
    for read in ["1.0", r#""1""#, "null", "[1]"] {
        assert!(!verdict(same, read), "{read}");
    }
    assert!(verdict(r#"{"b":2.0,"a":1}"#, "null"), "another key");
}

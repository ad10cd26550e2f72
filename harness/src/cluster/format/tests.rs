//! What the files look like, and what is said of those that can't be read.

use std::time::Duration;

use super::history::{HistoryWriter, write_settings};
use super::*;
use crate::cluster::history::{Breach, Event, Invocation, Outcome, Phase, Reason, What};
use crate::cluster::journal::{Carried, Fate, Party};
use crate::cluster::rest::RestLine;
use crate::cluster::sets::{SetReply, SetRequest, Shown};
use crate::cluster::settings::{Settings, names};
use crate::cluster::workload::{Reply, Request};
use crate::message::rule::Rule;
use crate::net::fault::{Cut, Fault, FaultKind};

pub(super) fn history(settings: &Settings, events: &[Event]) -> Vec<u8> {
    let mut out = Vec::new();
    write_settings(settings, &mut out);
    let mut writer = HistoryWriter::new(settings);
    for event in events {
        writer.write(event, &mut out);
    }
    out
}

pub(super) fn read_history(text: &[u8]) -> Result<(Settings, Vec<Event>), FormatError> {
    let (settings, events) = history::read(text)?;
    Ok((settings, events.collect::<Result<_, _>>()?))
}

fn at(nanoseconds: u64, what: What) -> Event {
    let time = Duration::from_nanos(nanoseconds);
    Event { time, what }
}

fn invocation(operation: usize, request: Request) -> What {
    What::Invoked(Invocation {
        operation,
        client: 2,
        node: 1,
        request,
        phase: Phase::Load,
    })
}

#[test]
fn a_history_is_written_in_the_words_of_the_field() {
    let settings = Settings {
        nodes: names(3),
        nemesis: vec![FaultKind::Partition],
        seed: 7,
        ..Settings::default()
    };
    let shown = Shown {
        values: [0].into_iter().collect(),
        twice: vec![0],
        phantoms: vec!["\"x\"".to_owned()],
        is_null: false,
    };
    let breach = Breach {
        times: 1,
        node: 2,
        rule: Rule::NotJson {
            reason: "expected value".to_owned(),
        },
        line: b"a\xff".to_vec(),
    };
    let end = |operation, outcome| What::Completed { operation, outcome };
    let events = [
        at(0, What::Began(Phase::Load)),
        at(
            3_204_118_000,
            invocation(0, Request::Set(SetRequest::Add(0))),
        ),
        at(
            3_204_118_001,
            end(0, Outcome::Ok(Reply::Set(SetReply::Added))),
        ),
        at(4_000_000_000, invocation(1, Request::Set(SetRequest::Read))),
        at(
            4_000_000_000,
            end(1, Outcome::Ok(Reply::Set(SetReply::Shown(Box::new(shown))))),
        ),
        at(
            4_100_000_000,
            invocation(2, Request::Set(SetRequest::Add(1))),
        ),
        at(9_100_000_000, end(2, Outcome::Unknown(Reason::TimedOut))),
        at(
            9_200_000_000,
            What::FaultBegan {
                number: 2,
                fault: Fault::Cut(Cut::Split(vec![vec![0], vec![1, 2]])),
            },
        ),
        at(9_300_000_000, What::Broke(Box::new(breach))),
    ];
    let text = history(&settings, &events);
    let expected = r#"
{"type":"test","workload":"broadcast","nodes":["n0","n1","n2"],"clients":5,"time_limit":60000000000,"rate":5.0,"latency":0,"distribution":"constant","loss":0.0,"duplicate":0.0,"topology":"grid","nemesis":["partition"],"nemesis_interval":10000000000,"recovery":10000000000,"client_timeout":5000000000,"init_timeout":10000000000,"exit_timeout":200000000,"durable":false,"budgets":{"availability":null,"messages_per_operation":null,"latency":[]},"seed":7}
{"index":0,"time":0,"type":"phase","phase":"load"}
{"index":1,"time":3204118000,"process":2,"type":"invoke","f":"broadcast","value":0,"node":1}
{"index":2,"time":3204118001,"process":2,"type":"ok","f":"broadcast","value":0,"node":1}
{"index":3,"time":4000000000,"process":2,"type":"invoke","f":"read","value":null,"node":1}
{"index":4,"time":4000000000,"process":2,"type":"ok","f":"read","value":[0,0],"node":1,"phantoms":["\"x\""]}
{"index":5,"time":4100000000,"process":2,"type":"invoke","f":"broadcast","value":1,"node":1}
{"index":6,"time":9100000000,"process":2,"type":"info","f":"broadcast","value":1,"node":1,"error":"timed-out"}
{"index":7,"time":9200000000,"type":"fault","number":2,"fault":{"cut":{"split":[[0],[1,2]]}}}
{"index":8,"time":9300000000,"type":"breach","node":2,"rule":"not-json","reason":"expected value","line":[97,255],"times":1}
"#;
    assert_eq!(
        String::from_utf8(text.clone()).unwrap(),
        expected.trim_start()
    );
    assert_eq!(read_history(&text), Ok((settings, events.to_vec())));
}

fn carried(line: &[u8]) -> Carried {
    let sent = Duration::from_micros(3_204_118);
    Carried {
        id: 12,
        due: Duration::from_micros(3_304_118),
        settled: Duration::from_micros(3_304_119),
        fate: Fate::Cut(2),
        values: vec![17],
        line: line.to_vec(),
        ..Carried::delivered(sent, Party::Node(0), Party::Client(3), "broadcast")
    }
}

#[test]
fn a_message_stands_as_its_sender_wrote_it() {
    let start = r#"{"id":12,"sent":3204118000,"due":3304118000,"settled":3304119000,"src":{"node":0},"dest":{"client":3},"fate":{"cut":2},"type":"broadcast","values":[17],"message":"#;
    for (line, end) in [
        (
            &br#"{"a": 1.0e+2,"a":"\u00e9"}"#[..],
            r#"{"a": 1.0e+2,"a":"\u00e9"}"#,
        ),
        (
            br#"{"$serde_json::private::Number":"x"}"#,
            r#"{"$serde_json::private::Number":"x"}"#,
        ),
        (br#" {"a":1}"#, r#"" {\"a\":1}""#),
        (b"{\"a\":\n1}", r#""{\"a\":\n1}""#),
        (b"null", r#""null""#),
        (b"{} {}", r#""{} {}""#),
        (b"", r#""""#),
        (b"{\xff", "[123,255]"),
    ] {
        let mut out = Vec::new();
        messages::write(&carried(line), &mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, format!("{start}{end}}}\n"));
        let read: Vec<_> = messages::read(text.as_bytes(), 1).collect();
        assert_eq!(read, [Ok(carried(line))]);
    }
}

#[test]
fn a_message_of_a_node_that_the_settings_do_not_name_is_refused() {
    let refused = |line| FormatError::Contradicts {
        line,
        what: Contradiction::NoSuchNode(0),
    };
    let (mut whole, mut rest) = (Vec::new(), Vec::new());
    messages::write(&carried(b"{}"), &mut whole);
    messages::write_rest(&RestLine::Attempt(carried(b"")), &mut rest);
    let read: Vec<_> = messages::read(&whole, 0).collect();
    assert_eq!(read, [Err(refused(1))]);
    let read: Vec<_> = messages::read_rest(&rest, 4, 0).collect();
    assert_eq!(read, [Err(refused(5))]);
}

#[test]
fn a_line_that_was_cut_off_anywhere_is_told_apart_from_a_wrong_one() {
    let asked = at(1, invocation(0, Request::Set(SetRequest::Add(0))));
    let events = [at(0, What::Began(Phase::Load)), asked];
    let text = history(&Settings::default(), &events);
    let first = text.iter().position(|byte| *byte == b'\n').unwrap();
    for end in 0..first {
        assert_eq!(
            read_history(&text[..end]).unwrap_err(),
            FormatError::CutOff { line: 1 }
        );
    }
    for end in first + 2..text.len() - 1 {
        let (_, events) = history::read(&text[..end]).unwrap();
        let line = text[..end].split(|byte| *byte == b'\n').count();
        let is_cut_off = Some(Err(FormatError::CutOff { line }));
        let is_at_line_end = text[..end].ends_with(b"\n") || text[end] == b'\n';
        assert!(is_at_line_end || events.last() == is_cut_off, "{end}");
    }
    // Only the line break is missing: nothing is lost.
    assert_eq!(read_history(&text[..text.len() - 1]).unwrap().1, events);
    let mut out = Vec::new();
    messages::write(&carried("{\"größe\":[1.5,true]}".as_bytes()), &mut out);
    for end in 1..out.len() - 1 {
        let read: Vec<_> = messages::read(&out[..end], 1).collect();
        assert_eq!(read, [Err(FormatError::CutOff { line: 1 })], "{end}");
    }
}

/// A history up to line 3: two nodes, of which the first is asked what it holds.
const BEFORE: &str = r#"
{"index":0,"time":0,"type":"phase","phase":"load","unknown":{"key":1}}
{"index":1,"time":1,"process":1,"type":"invoke","f":"read","value":null,"node":0}
"#;

/// The good line 4, and what is said where a part of it is replaced.
const END: &str = r#"{"index":2,"time":2,"process":1,"type":"ok","f":"read","value":[],"node":0}"#;
const ENDS: &str = r#"
"index":2 | "index":3 | contradicts the rest: index 3 is not the next number
"value":[] | "value":[-1] | `value`: should be a list of elements, integers from 0, is [-1]
"value":[] | "value":[1e99] | `value`: should be a list of elements
"value":[] | "value":[16777216] | it shows 16777216 before anybody gave it
"read" | "write" | operation 0 is another request
"process":1,"type":"ok","f":"read" | "process":2,"type":"invoke","f":"write" | `f`: the workload has no such request
"read" | "broadcast" | operation 0 is another request
"node":0 | "node":1 | operation 0 is another request
"process":1 | "process":2 | its process has no request without an end
"process":1 | "process":"c1" | invalid type: string
"process":1, | | missing field `process`
"ok" | "info" | missing field `error`
"ok" | "info","error":"bored" | `error`: unknown variant `bored`
"ok" | "info","error":[1] | `error`: invalid length 1
"ok" | "ok","final":true | it belongs to another part of the run
"ok" | "invoke" | process 1 still waits for an earlier answer
"process":1,"type":"ok" | "process":2,"type":"invoke" | there is no such process, or it asks another node
"process":1,"type":"ok" | "process":0,"type":"invoke" | there is no such process, or it asks another node
"process":1,"type":"ok" | "process":5,"type":"invoke" | there is no such process, or it asks another node
"process":1,"type":"ok" | "process":3,"type":"invoke" | it belongs to another part of the run
"process":1,"type":"ok","f":"read","value":[],"node":0 | "process":2,"type":"invoke","f":"broadcast","value":16777216,"node":1 | value 16777216 is not the next number
"process":1,"type":"ok","f":"read" | "process":2,"type":"invoke","f":"broadcast" | `value`: should be an element, an integer from 0, is []
"#;

/// Other lines 4, and what is said of them.
const OTHERS: &str = r#"
 | expected an object
{"index":2, | EOF while parsing a value at column 11
[1] | expected an object
{"index":2} | missing field `type` at column 11
{"index":2,"time":0,"type":"fault-end","number":"1"} | invalid type: string "1", expected usize
{"index":2,"time":-1,"type":"fault-end","number":1} | invalid number
{"index":2,"time":0,"type":"party"} | unknown variant `party`, expected one of
{"index":2,"time":0,"type":"phase"} | missing field `phase`
{"index":2,"time":0,"type":"recovered","node":7} | contradicts the rest: the settings name no node 7
{"index":2,"time":0,"type":"fault","number":1,"fault":{"cut":{"ring":[0,2]}}} | the settings name no node 2
{"index":2,"time":0,"type":"breach","node":0,"rule":"lacks","field":"soul","line":"","times":1} | unknown variant `soul`
{"index":2,"time":0,"type":"breach","node":0,"rule":"flood","bytes":1,"times":1} | missing field `line`
"#;

#[test]
fn what_is_wrong_has_a_line_and_a_reason() {
    let settings = Settings {
        nodes: names(2),
        clients: 2,
        ..Settings::default()
    };
    let first = String::from_utf8(history(&settings, &[])).unwrap();
    let before = first.trim_end().to_owned() + BEFORE;
    assert!(read_history((before.clone() + END).as_bytes()).is_ok());
    for row in ENDS.trim().lines() {
        let [from, to, reason] = columns(row);
        let line = END.replace(from, to);
        assert_ne!(line, END);
        says(&format!("{before}{line}\n"), 4, reason);
    }
    for row in OTHERS.trim_matches('\n').lines() {
        let [line, reason] = columns(row);
        says(&format!("{before}{line}\n"), 4, reason);
    }
    says(&first.replace("grid", "ring"), 1, "a topology is one of");
    says(
        &first.replace("test", "party"),
        1,
        "unknown variant `party`",
    );
}

fn columns<const COUNT: usize>(row: &str) -> [&str; COUNT] {
    let columns: Vec<_> = row.split('|').map(str::trim).collect();
    columns.try_into().unwrap()
}

/// Asserts what is wrong with a history.
#[track_caller]
fn says(history: &str, line: usize, reason: &str) {
    let error = read_history(history.as_bytes()).unwrap_err().to_string();
    let is_there = error.starts_with(&format!("line {line}: "));
    assert!(is_there && error.contains(reason), "no {reason:?}: {error}");
}

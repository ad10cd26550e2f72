//! What the files look like, and what is said of those that can't be read.

use std::time::Duration;

use super::history_writer::HistoryWriter;
use super::*;
use crate::cluster::history::{
    Breach, Event, Invocation, Outcome, Phase, Reason, Request, Shown, What,
};
use crate::cluster::journal::{Carried, Fate};
use crate::cluster::settings::{Settings, names};
use crate::message::rule::Rule;
use crate::net::fault::FaultKind;
use crate::net::fault::{Cut, Fault};

pub(super) fn history(settings: &Settings, events: &[Event]) -> Vec<u8> {
    let mut out = Vec::new();
    settings::write(settings, &mut out);
    let mut writer = HistoryWriter::new(Names::of(&settings.nodes));
    for event in events {
        writer.write(event, &mut out);
    }
    out
}

pub(super) fn read_history(text: &[u8]) -> Result<(Settings, Vec<Event>), FormatError> {
    let (settings, events) = history_reader::read(text)?;
    Ok((settings, events.collect::<Result<_, _>>()?))
}

fn at(nanoseconds: u64, what: What) -> Event {
    let time = Duration::from_nanos(nanoseconds);
    Event { time, what }
}

fn invocation(operation: usize, request: Request) -> What {
    What::Invoked(Invocation {
        operation,
        client: 3,
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
        values: [1, 2, 9].into_iter().collect(),
        twice: vec![2],
        phantoms: vec!["\"x\"".to_owned()],
        is_null: false,
    };
    let breach = Breach {
        times: 1,
        node: 2,
        rule: Rule::NotJson {
            reason: "expected value".to_owned(),
        },
        line: b"a\\\xff".to_vec(),
    };
    let end = |operation, outcome| What::Completed { operation, outcome };
    let events = [
        at(0, What::Began(Phase::Load)),
        at(3_204_118_000, invocation(17, Request::Broadcast(9))),
        at(3_204_118_001, end(17, Outcome::Acknowledged)),
        at(4_000_000_000, invocation(18, Request::Read)),
        at(4_000_000_000, end(18, Outcome::Shown(shown))),
        at(4_100_000_000, invocation(19, Request::Broadcast(10))),
        at(9_100_000_000, end(19, Outcome::Unknown(Reason::TimedOut))),
        at(
            9_200_000_000,
            What::FaultBegan {
                number: 2,
                fault: Fault::Cut(Cut::Split(vec![vec![0], vec![1, 2]])),
            },
        ),
        at(9_300_000_000, What::Broke(breach)),
    ];
    let text = history(&settings, &events);
    let expected = r#"
{"type":"test","nodes":["n0","n1","n2"],"clients":5,"time_limit":60.000000000,"rate":5.0,"latency":0.000000000,"latency_dist":"constant","loss":0.0,"duplicate":0.0,"topology":"grid","nemesis":["partition"],"nemesis_interval":10.000000000,"recovery":10.000000000,"client_timeout":5.000000000,"init_timeout":10.000000000,"exit_timeout":0.200000000,"durable":false,"seed":7}
{"time":0.000000000,"type":"phase","phase":"load"}
{"time":3.204118000,"type":"invoke","operation":17,"process":"c3","node":"n1","f":"broadcast","value":9,"phase":"load"}
{"time":3.204118001,"type":"ok","operation":17,"process":"c3","node":"n1","f":"broadcast","value":9}
{"time":4.000000000,"type":"invoke","operation":18,"process":"c3","node":"n1","f":"read","phase":"load"}
{"time":4.000000000,"type":"ok","operation":18,"process":"c3","node":"n1","f":"read","value":[1,2,9,2],"phantoms":["\"x\""]}
{"time":4.100000000,"type":"invoke","operation":19,"process":"c3","node":"n1","f":"broadcast","value":10,"phase":"load"}
{"time":9.100000000,"type":"info","operation":19,"process":"c3","node":"n1","f":"broadcast","value":10,"error":"timed-out"}
{"time":9.200000000,"type":"fault","number":2,"fault":"cut","parts":[["n0"],["n1","n2"]]}
{"time":9.300000000,"type":"breach","node":"n2","rule":"not-json","reason":"expected value","escaped":"a\\\\\\xff"}
"#;
    assert_eq!(
        String::from_utf8(text.clone()).unwrap(),
        expected.trim_start()
    );
    assert_eq!(read_history(&text), Ok((settings, events.to_vec())));
}

fn carried(line: &[u8]) -> Carried {
    Carried {
        id: 12,
        sent: Duration::from_micros(3_204_118),
        due: Duration::from_micros(3_304_118),
        settled: Duration::from_micros(3_304_119),
        source: Party::Node(0),
        destination: Party::Client(3),
        fate: Fate::Cut(2),
        kind: "broadcast".to_owned(),
        values: vec![17],
        line: line.to_vec(),
    }
}

#[test]
fn a_message_stands_as_its_sender_wrote_it() {
    let start = r#"{"id":12,"sent":3.204118000,"due":3.304118000,"settled":3.304119000,"src":"n0","dest":"c3","fate":"cut","fault":2,"type":"broadcast","values":[17],"#;
    let names = Names::of(&names(1));
    for (line, end) in [
        (
            &br#"{"a": 1.0e+2,"a":"\u00e9"}"#[..],
            r#""message":{"a": 1.0e+2,"a":"\u00e9"}}"#,
        ),
        (
            br#"{"$serde_json::private::Number":"x"}"#,
            r#""message":{"$serde_json::private::Number":"x"}}"#,
        ),
        (br#" {"a":1}"#, r#""line":" {\"a\":1}"}"#),
        (b"{\"a\":\n1}", r#""line":"{\"a\":\n1}"}"#),
        (b"null", r#""line":"null"}"#),
        (b"{} {}", r#""line":"{} {}"}"#),
        (b"", r#""line":""}"#),
        (b"{\"a\":\"\xff\"}", r#""escaped":"{\"a\":\"\\xff\"}"}"#),
    ] {
        let mut out = Vec::new();
        messages::write(&carried(line), &names, &mut out);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, format!("{start}{end}\n"));
        let read: Vec<_> = messages::read(text.as_bytes(), &names).collect();
        assert_eq!(read, [Ok(carried(line))]);
    }
}

#[test]
fn a_line_that_was_cut_off_anywhere_is_told_apart_from_a_wrong_one() {
    let event = at(0, invocation(1, Request::Broadcast(5)));
    let text = history(&Settings::default(), std::slice::from_ref(&event));
    let first = text.iter().position(|byte| *byte == b'\n').unwrap();
    for end in 0..first {
        assert_eq!(
            read_history(&text[..end]).unwrap_err(),
            FormatError::CutOff { line: 1 }
        );
    }
    for end in first + 2..text.len() - 1 {
        let (_, events) = history_reader::read(&text[..end]).unwrap();
        let events: Vec<_> = events.collect();
        assert_eq!(events, [Err(FormatError::CutOff { line: 2 })], "{end}");
    }
    // Only the line break is missing: nothing is lost.
    assert_eq!(read_history(&text[..text.len() - 1]).unwrap().1, [event]);
    let names = Names::of(&names(1));
    let mut out = Vec::new();
    messages::write(
        &carried("{\"größe\":[1.5,true]}".as_bytes()),
        &names,
        &mut out,
    );
    for end in 1..out.len() - 1 {
        let read: Vec<_> = messages::read(&out[..end], &names).collect();
        assert_eq!(read, [Err(FormatError::CutOff { line: 1 })], "{end}");
    }
}

#[test]
fn what_is_wrong_has_a_line_and_a_reason() {
    let first = history(
        &Settings {
            nodes: names(2),
            ..Settings::default()
        },
        &[],
    );
    let first = String::from_utf8(first).unwrap();
    for (line, reason) in [
        ("", "expected an object"),
        ("{\"time\":0,", "EOF while parsing a value at column 10"),
        ("[1]", "expected an object"),
        ("{\"time\":0}", "missing field `type` at column 10"),
        (
            r#"{"time":0,"type":"phase","number":"1"}"#,
            r#"invalid type: string "1", expected usize at column 37"#,
        ),
        (r#"{"time":-1,"type":"phase"}"#, "`time` can't be -1"),
        (r#"{"time":0,"type":"party"}"#, "`type` can't be party"),
        (r#"{"time":0,"type":"phase"}"#, "`phase` is missing"),
        (
            r#"{"time":0,"type":"recovered","node":"n7"}"#,
            "`node` can't be n7",
        ),
        (
            r#"{"time":0,"type":"ok","operation":1,"f":"read","value":[-1]}"#,
            "`value` can't be [-1]",
        ),
        (
            r#"{"time":0,"type":"ok","operation":1,"f":"read","value":[1e99]}"#,
            "`value` can't be [1e99]",
        ),
        (
            r#"{"time":0,"type":"ok","operation":1,"f":"read","value":[16777216]}"#,
            "`value` can't be [16777216]",
        ),
        (
            r#"{"time":0,"type":"ok","operation":1,"f":"read","value":[],"room":99999999}"#,
            "`room` can't be 99999999",
        ),
        (
            r#"{"time":0,"type":"ok","operation":1,"f":"write"}"#,
            "`f` can't be write",
        ),
        (
            r#"{"time":0,"type":"info","operation":1,"error":"bored"}"#,
            "`error` can't be bored",
        ),
        (
            r#"{"time":0,"type":"invoke","operation":1,"process":"c+1","node":"n0","f":"read","phase":"load"}"#,
            "`process` can't be c+1",
        ),
        (
            r#"{"time":0,"type":"fault","number":1,"fault":"cut","ring":["n0","x"]}"#,
            "`ring` can't be x",
        ),
        (
            r#"{"time":0,"type":"breach","node":"n0","rule":"lacks","field":"soul","line":""}"#,
            "`field` can't be soul",
        ),
        (
            r#"{"time":0,"type":"breach","node":"n0","rule":"flood","bytes":1}"#,
            "`line` is missing",
        ),
    ] {
        // A line before it counts, and one after it is read all the same.
        let end = r#"{"time":0,"type":"phase","phase":"end","unknown":{"key":1}}"#;
        let text = format!("{first}{end}\n{line}\n{end}\n");
        let (_, events) = history_reader::read(text.as_bytes()).unwrap();
        let events: Vec<_> = events.collect();
        let error = events[1].as_ref().unwrap_err();
        assert_eq!(error.to_string(), format!("line 3: {reason}"), "{line}");
        assert!(events[0].is_ok() && events[2].is_ok() && events.len() == 3);
    }
    let wrong = first.replace("grid", "ring");
    let error = read_history(wrong.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "line 1: `topology` can't be ring");
}

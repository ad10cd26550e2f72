//! A conversation sixteen times as long takes about sixteen times as long to judge, whatever went
//! wrong in it.

use harness::case::mode::MatchMode;
use harness::case::{Case, CaseFiles, ExpectedLine, expected, input};
use harness::judge::Trial;
use harness::matching::bindings::KnownIds;
use harness::matching::difference::Rules;
use harness::transcript::Transcript;

use super::growth::{is_even, size};
use super::matcher::MODES;

/// A case, what its `.expected` says, and what a node wrote.
type Run = (Case, Vec<ExpectedLine>, Transcript);

/// A line of a conversation, by its number.
type Line = fn(usize) -> String;

/// What is sent, what is expected, and how a node's lines are spelt.
const CONVERSATIONS: [(&str, [Line; 3]); 7] = [
    ("equal messages", [|_| "{\"a\":1}".into(); 3]),
    ("texts", [|_| "a word".into(); 3]),
    (
        "messages",
        [
            request,
            |i| reply(i, &i.to_string(), i),
            |i| reply(i, &i.to_string(), i + 7),
        ],
    ),
    (
        "bodies",
        [
            |i| format!("{{\"type\":\"x\",\"msg_id\":{i}}}"),
            |i| format!("{{\"type\":\"x_ok\",\"msg_id\":{i},\"in_reply_to\":{i}}}"),
            |i| format!("{{\"type\":\"x_ok\",\"msg_id\":{i},\"in_reply_to\":{i}}}"),
        ],
    ),
    (
        "wild ones",
        [
            request,
            |i| reply(i, "\"<any>\"", i),
            |i| reply(i, &i.to_string(), i + 7),
        ],
    ),
    (
        "numbered ones",
        [
            request,
            |i| forward("\"<any>\"", i),
            |i| forward(&i.to_string(), i + 7),
        ],
    ),
    (
        "open ones",
        [
            request,
            |_| "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":\"<object>\"}".into(),
            |i| reply(i, &i.to_string(), i + 7),
        ],
    ),
];

fn request(id: usize) -> String {
    format!("{{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{{\"type\":\"x\",\"msg_id\":{id}}}}}")
}

fn reply(to: usize, value: &str, id: usize) -> String {
    format!(
        "{{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{{\"type\":\"x_ok\",\"v\":{value},\
         \"in_reply_to\":{to},\"msg_id\":{id}}}}}"
    )
}

/// Messages that differ in nothing but their numbers.
fn forward(value: &str, id: usize) -> String {
    format!(
        "{{\"src\":\"n1\",\"dest\":\"n2\",\"body\":{{\"type\":\"y\",\"v\":{value},\
         \"msg_id\":{id}}}}}"
    )
}

/// What befalls what a node writes.
type Fate = fn(&mut Vec<String>);

/// All kinds of it.
const FATES: [(&str, Fate); 6] = [
    ("as expected", |_| {}),
    ("backwards", |lines| lines.reverse()),
    ("the last one wrong", |lines| {
        *lines.last_mut().unwrap() = reply(0, "\"wrong\"", 0);
    }),
    ("all wrong", |lines| {
        for line in lines {
            *line = line.replace('n', "N").replace('a', "A");
        }
    }),
    ("half of it", |lines| lines.truncate(lines.len() / 2)),
    ("twice", |lines| lines.extend(lines.clone())),
];

fn run(count: usize, spelt: [Line; 3], fate: Fate) -> Run {
    let all = |line: Line| (0..count).map(line).collect::<Vec<_>>();
    let [sent, expected, mut written] = spelt.map(all);
    fate(&mut written);
    let input = input::parse(sent.join("\n").as_bytes()).unwrap();
    let expected = expected::parse(expected.join("\n").as_bytes()).unwrap();
    let files = CaseFiles::new("case.in".into());
    let case = Case::new(
        files,
        input,
        None,
        harness::case::settings::CaseSettings::default(),
    );
    (case, expected, Transcript::clean(written.join("\n") + "\n"))
}

fn judge(mode: MatchMode, (case, expected, transcript): &Run) {
    let rules = Rules {
        known: KnownIds::of(&case.requests, expected),
        ..Rules::default()
    };
    let trial = Trial {
        case,
        expected,
        mode,
        rules: &rules,
    };
    let _ = trial.judge(transcript);
}

fn are_judged_evenly(conversation: (&str, [Line; 3]), modes: &[MatchMode]) {
    let (kind, spelt) = conversation;
    for (fate, befall) in FATES {
        for mode in modes {
            is_even(
                &format!("{kind}, {fate}, {mode:?}"),
                size() / 4,
                |count| run(count, spelt, befall),
                |run| judge(*mode, run),
            );
        }
    }
}

#[test]
fn equal_messages_are_judged_evenly() {
    are_judged_evenly(CONVERSATIONS[0], &[MatchMode::Unordered]);
}

#[test]
#[ignore = "`make fuzz` runs it: it takes a while"]
fn all_kinds_of_messages_are_judged_evenly() {
    for conversation in CONVERSATIONS {
        are_judged_evenly(conversation, &MODES);
    }
}

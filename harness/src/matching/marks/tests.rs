//! Lines with what differs in them in angle brackets.

use super::*;
use crate::case::expected;
use crate::matching::actual;
use crate::matching::bindings::Bindings;
use crate::matching::compare;
use crate::matching::difference::Rules;

fn shown(line: &MarkedLine) -> String {
    let span = |span: &Span| {
        if span.differs {
            format!("<{}>", span.text)
        } else {
            span.text.clone()
        }
    };
    line.0.iter().map(span).collect()
}

fn check(expected_text: &str, actual_text: &str, left: &str, right: &str) {
    let expected = expected::parse(expected_text.as_bytes()).unwrap();
    let actual = actual::lines(actual_text.as_bytes(), 1).lines;
    let mut bindings = Bindings::default();
    let rules = Rules::default();
    let differences = compare::lines(&expected[0], &actual[0], &rules, &mut bindings);
    let marked = mark(&expected[0], &actual[0], &differences);
    assert_eq!(
        (shown(&marked.0).as_str(), shown(&marked.1).as_str()),
        (left, right)
    );
}

#[test]
fn only_what_differs_in_meaning_is_marked() {
    check(
        r#"{"src": "n1", "body": {"type": "read_ok", "messages": [1, 2, 3], "msg_id": 4}}"#,
        r#"{"body":{"msg_id":9,"messages":[1,3],"type":"read_ok"},"src":"n1"}"#,
        r#"{"src":"n1","body":{"type":"read_ok","messages":[1,<2>,3],"msg_id":4}}"#,
        r#"{"src":"n1","body":{"type":"read_ok","messages":[1,3],"msg_id":9}}"#,
    );
    check(
        r#"{"a":1,"b":1}"#,
        r#"{"b":1.0,"a":2}"#,
        r#"{"a":<1>,"b":1}"#,
        r#"{"a":<2>,"b":1.0}"#,
    );
    check(
        r#"{"a":1,"b":2}"#,
        r#"{"b":2,"c":3}"#,
        r#"{<"a":1>,"b":2}"#,
        r#"{"b":2,<"c":3>}"#,
    );
    check(
        r#"[{"a":1},[2]]"#,
        r#"[{"a":5},[2]]"#,
        r#"[{"a":<1>},[2]]"#,
        r#"[{"a":<5>},[2]]"#,
    );
}

#[test]
fn text_and_strings_are_marked_by_words() {
    check(
        "one two three",
        "one 2 three",
        "one <two> three",
        "one <2> three",
    );
    check(
        r#"{"text":"key not found"}"#,
        r#"{"text":"key was found"}"#,
        r#"{"text":"key <not> found"}"#,
        r#"{"text":"key <was> found"}"#,
    );
}

#[test]
fn an_id_is_marked_only_where_it_clashes() {
    check(
        r#"{"msg_id":1,"v":1}"#,
        r#"{"msg_id":7,"v":2}"#,
        r#"{"msg_id":1,"v":<1>}"#,
        r#"{"msg_id":7,"v":<2>}"#,
    );
    check(
        r#"{"msg_id":1}"#,
        r#"{"msg_id":"1"}"#,
        r#"{"msg_id":<1>}"#,
        r#"{"msg_id":<"1">}"#,
    );
    check(
        r#"{"in_reply_to":1}"#,
        r#"{"in_reply_to":2}"#,
        r#"{"in_reply_to":<1>}"#,
        r#"{"in_reply_to":<2>}"#,
    );
    check(
        r#"{"v":1}"#,
        r#"{"v":2,"msg_id":7}"#,
        r#"{"v":<1>}"#,
        r#"{"v":<2>,"msg_id":7}"#,
    );
}

//! What passes and what doesn't: every match mode, every placeholder, every way to compare ids,
//! each with both sides.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use harness::case::mode::{MatchMode, MsgIdMode};
use harness::case::{InputMessage, expected};
use harness::matching::actual;
use harness::matching::bindings::{Bindings, KnownIds};
use harness::matching::difference::Rules;
use harness::matching::{Agreement, Mismatch, agree};

use MatchMode::{Contains, Exact, Prefix, Unordered};

fn compare(mode: MatchMode, msg_id: MsgIdMode, expected: &str, actual: &str) -> Agreement {
    let expected = expected::parse(expected.as_bytes()).unwrap();
    let request = InputMessage {
        line: 1,
        message: serde_json::from_str(r#"{"src":"c1","dest":"n1","body":{"type":"x","msg_id":1}}"#)
            .unwrap(),
    };
    let rules = Rules {
        msg_id,
        known: KnownIds::of(&[request], &expected),
        ..Rules::default()
    };
    let actual = actual::lines(actual.as_bytes(), usize::MAX).lines;
    agree(mode, &expected, &actual, &rules, Bindings::default())
}

#[track_caller]
fn check(mode: MatchMode, msg_id: MsgIdMode, expected: &str, actual: &str, passes: bool) {
    let found = compare(mode, msg_id, expected, actual).mismatch;
    assert_eq!(
        found.is_none(),
        passes,
        "{mode:?}, {msg_id:?}: {expected}\nagainst\n{actual}\n{found:?}"
    );
}

#[test]
fn what_serde_json_would_take_for_something_else_never_matches() {
    let expected = r#"{"src":"n1","dest":"c1","body":{"type":"x","v":[1]}}"#;
    for actual in [
        r#"{"src":"n1","dest":"c1","body":{"type":"x","v":[{"$serde_json::private::Number":"1"}]}}"#,
        r#"{"src":"n1","dest":"c1","body":{"type":"x","v":{"$serde_json::private::RawValue":"[1]"}}}"#,
        r#"{"src":"n1","dest":"c1","body":{"\u0024serde_json::private::RawValue":"{\"type\":\"x\",\"v\":[1]}"}}"#,
    ] {
        for mode in [Exact, Unordered, Prefix, Contains] {
            check(mode, MsgIdMode::Renamed, expected, actual, false);
        }
    }
}

#[test]
fn ids_are_integers_however_they_are_spelt() {
    let message =
        |id: &str| format!(r#"{{"src":"n1","dest":"c1","body":{{"type":"x","msg_id":{id}}}}}"#);
    let two = |one: &str, other: &str| format!("{}\n{}\n", message(one), message(other));
    check(
        Exact,
        MsgIdMode::Renamed,
        &two("1", "2"),
        &two("0.0", "1.0"),
        true,
    );
    check(
        Exact,
        MsgIdMode::Renamed,
        &two("1", "2"),
        &two("0", "-0"),
        false,
    );
    check(
        Exact,
        MsgIdMode::Renamed,
        &two("1", "2"),
        &two("1.5", "2.5"),
        false,
    );
    check(
        Exact,
        MsgIdMode::Renamed,
        &two("1", "2"),
        &two("\"1\"", "\"2\""),
        false,
    );
}

/// A value in a body, and whether the pattern matches it.
#[track_caller]
fn check_values(pattern: &str, matching: &[&str], others: &[&str]) {
    let message =
        |value: &str| format!(r#"{{"src":"n1","dest":"c1","body":{{"type":"x","v":{value}}}}}"#);
    for (values, passes) in [(matching, true), (others, false)] {
        for value in values {
            for mode in [Exact, Unordered, Prefix, Contains] {
                check(
                    mode,
                    MsgIdMode::Renamed,
                    &message(pattern),
                    &message(value),
                    passes,
                );
            }
        }
    }
}

/// A body a line with each of the values, which are parted by spaces; `_` is a space in a value.
fn lines(values: &str) -> String {
    let line = |value: &str| format!("{{\"type\":\"x\",\"v\":{}}}\n", value.replace('_', " "));
    values.split_whitespace().map(line).collect()
}

#[test]
fn each_mode_passes_what_it_should_and_nothing_else() {
    let table = [
        (Exact, "1 2 3", true),
        (Exact, "1 3 2", false),
        (Exact, "1 2", false),
        (Exact, "1 2 3 4", false),
        (Exact, "0 1 2 3", false),
        (Unordered, "1 2 3", true),
        (Unordered, "3 1 2", true),
        (Unordered, "1 2", false),
        (Unordered, "1 2 3 3", false),
        (Unordered, "1 1 3", false),
        (Prefix, "1 2 3", true),
        (Prefix, "1 2 3 9 9", true),
        (Prefix, "1 2", false),
        (Prefix, "0 1 2 3", false),
        (Prefix, "1 3 2", false),
        (Contains, "1 2 3", true),
        (Contains, "0 1 0 2 2 3 9", true),
        (Contains, "1 3 2", false),
        (Contains, "1 2", false),
    ];
    for (mode, actual, passes) in table {
        check(
            mode,
            MsgIdMode::Renamed,
            &lines("1 2 3"),
            &lines(actual),
            passes,
        );
    }
}

#[test]
fn each_placeholder_matches_what_it_says_and_nothing_else() {
    check_values("\"<any>\"", &["null", "1", "\"x\"", "[1]", "{}"], &[]);
    check_values(
        "\"<string>\"",
        &["\"\"", "\"x\""],
        &["1", "null", "[\"x\"]"],
    );
    check_values("\"<bool>\"", &["true", "false"], &["0", "\"true\"", "null"]);
    check_values("\"<array>\"", &["[]", "[1]"], &["{}", "\"[]\""]);
    check_values("\"<object>\"", &["{}", "{\"a\":1}"], &["[]", "null"]);
    check_values(
        "\"<int>\"",
        &["0", "-7", "1.0", "123456789012345678901234567890"],
        &["1.5", "\"1\"", "null"],
    );
    check_values(
        "\"<int 1..>\"",
        &["1", "99999999999999999999"],
        &["0", "-1", "1.5"],
    );
    check_values("\"<int ..5>\"", &["5", "-1e30"], &["6", "5.5"]);
    check_values("\"<int 1..3>\"", &["1", "2", "3", "3.0"], &["0", "4"]);
    check_values("\"<number>\"", &["0", "1.5", "1e400"], &["\"1\"", "true"]);
    check_values(
        "\"<number 0..0.01>\"",
        &["0", "0.01", "1e-2", "0.005"],
        &["-0.001", "0.010000000000000000001"],
    );
    check_values(
        r#""<re:^n1-\\d+$>""#,
        &["\"n1-0\"", "\"n1-42\""],
        &["\"n1-\"", "\"xn1-1\"", "1"],
    );
    check_values("\"<re:b>\"", &["\"abc\""], &["\"ac\""]);
    check_values(
        r#"["<unordered>",1,2]"#,
        &["[1,2]", "[2,1]", "[2.0,1]"],
        &["[1]", "[1,2,2]", "[1,1]", "[]", "1"],
    );
    check_values(r#"["<unordered>"]"#, &["[]"], &["[1]"]);
    check_values(
        r#"["<unordered>","<any>","<int>",2]"#,
        &["[2,3,\"x\"]", "[\"x\",2,3]"],
        &["[2,\"x\",\"y\"]"],
    );
    check_values(
        r#"{"a":1,"<...>":"<any>"}"#,
        &["{\"a\":1}", "{\"b\":2,\"a\":1}"],
        &["{}", "{\"a\":2}"],
    );
    check_values(
        r#"{"<...>":"<int>"}"#,
        &["{}", "{\"b\":2}"],
        &["{\"b\":\"x\"}"],
    );
    check_values("\"<=any>\"", &["\"<any>\""], &["\"any\"", "1"]);
    check_values("\"<x\"", &["\"<x\""], &["\"x\""]);
}

#[test]
fn a_name_is_one_value_wherever_it_stands() {
    check_values(
        r#"["<any:a>","<any:a>"]"#,
        &["[1,1.0]", "[{\"x\":1},{\"x\":1}]"],
        &["[1,2]"],
    );
    check_values(r#"["<any:a>","<any:b>"]"#, &["[1,1]", "[1,2]"], &[]);
    check_values(
        r#"["<id:a>","<id:a>"]"#,
        &["[7,7]"],
        &["[7,8]", "[\"7\",\"7\"]", "[1.5,1.5]"],
    );
    let expected = "{\"type\":\"x\",\"v\":\"<any:a>\"}\n{\"type\":\"y\",\"v\":\"<any:a>\"}\n";
    let actual =
        |x: u8, y: u8| format!("{{\"type\":\"x\",\"v\":{x}}}\n{{\"type\":\"y\",\"v\":{y}}}\n");
    for mode in [Exact, Unordered, Prefix, Contains] {
        check(mode, MsgIdMode::Renamed, expected, &actual(4, 4), true);
        check(mode, MsgIdMode::Renamed, expected, &actual(4, 5), false);
    }
}

/// Two messages of a node, and an answer of another to the second.
fn conversation(first: &str, second: &str, answer: &str) -> String {
    format!(
        r#"{{"src":"n1","dest":"n2","body":{{"type":"x","msg_id":{first}}}}}
{{"src":"n1","dest":"n2","body":{{"type":"y","msg_id":{second}}}}}
{{"src":"n2","dest":"n1","body":{{"type":"z","in_reply_to":{answer}}}}}
"#
    )
}

#[test]
fn ids_are_compared_as_the_case_asks_in_every_mode() {
    use MsgIdMode::{Ignored, Renamed};
    let table = [
        // expected, actual, renamed, exact, ignored
        (("1", "2", "2"), ("1", "2", "2"), true, true, true),
        (("1", "2", "2"), ("8", "5", "5"), true, false, true),
        (("1", "2", "2"), ("2", "1", "1"), true, false, true),
        (("1", "2", "2"), ("8", "5", "8"), false, false, true),
        (("1", "2", "2"), ("8", "8", "8"), false, false, true),
        (
            ("\"<id:a>\"", "\"<id:b>\"", "\"<id:b>\""),
            ("8", "5", "5"),
            true,
            true,
            true,
        ),
        (
            ("\"<id:a>\"", "\"<id:b>\"", "\"<id:b>\""),
            ("8", "5", "8"),
            false,
            false,
            true,
        ),
        (
            ("\"<id:a>\"", "\"<id:b>\"", "\"<id:b>\""),
            ("8", "8", "8"),
            false,
            true,
            true,
        ),
        (
            ("\"<int>\"", "\"<any>\"", "\"<int>\""),
            ("8", "5", "3"),
            true,
            true,
            true,
        ),
    ];
    for (expected, actual, renamed, exact, ignored) in table {
        let expected = conversation(expected.0, expected.1, expected.2);
        let actual = conversation(actual.0, actual.1, actual.2);
        for mode in [Exact, Unordered, Prefix, Contains] {
            check(mode, Renamed, &expected, &actual, renamed);
            check(mode, MsgIdMode::Exact, &expected, &actual, exact);
            check(mode, Ignored, &expected, &actual, ignored);
        }
    }
}

#[test]
fn an_answer_to_the_input_is_compared_by_its_number_in_every_mode() {
    let reply =
        |id: u8| format!(r#"{{"src":"n1","dest":"c1","body":{{"type":"x","in_reply_to":{id}}}}}"#);
    for mode in [Exact, Unordered, Prefix, Contains] {
        for msg_id in [MsgIdMode::Renamed, MsgIdMode::Exact, MsgIdMode::Ignored] {
            check(mode, msg_id, &reply(1), &reply(1), true);
            check(mode, msg_id, &reply(1), &reply(2), false);
        }
    }
}

#[test]
fn a_wildcard_takes_nobodys_message_if_there_is_another_way() {
    let expected = lines("\"<any>\" \"<int>\" \"<int_5..>\" 7");
    check(
        Unordered,
        MsgIdMode::Renamed,
        &expected,
        &lines("7 6 5 \"x\""),
        true,
    );
    check(
        Unordered,
        MsgIdMode::Renamed,
        &expected,
        &lines("7 8 1 2"),
        true,
    );
    check(
        Unordered,
        MsgIdMode::Renamed,
        &expected,
        &lines("7 1 2 3"),
        false,
    );
}

#[test]
fn contains_goes_back_where_a_name_was_bound_too_early() {
    let expected = "{\"type\":\"x\",\"v\":\"<any:a>\"}\n{\"type\":\"y\",\"v\":\"<any:a>\"}\n";
    let actual = "{\"type\":\"x\",\"v\":1}\n{\"type\":\"x\",\"v\":2}\n{\"type\":\"y\",\"v\":2}\n";
    check(Contains, MsgIdMode::Renamed, expected, actual, true);
    check(
        Contains,
        MsgIdMode::Renamed,
        expected,
        &actual.replace("\"y\",\"v\":2", "\"y\",\"v\":3"),
        false,
    );
}

#[test]
fn unordered_names_share_their_values_whatever_the_order() {
    let line = |kind: &str, v: &str| format!("{{\"type\":\"{kind}\",\"v\":{v}}}\n");
    let expected: String = ["a", "b", "c"]
        .iter()
        .flat_map(|name| {
            [
                line("x", &format!("\"<any:{name}>\"")),
                line("y", &format!("\"<any:{name}>\"")),
            ]
        })
        .collect();
    let actual = |xs: [u8; 3], ys: [u8; 3]| {
        let xs: String = xs.iter().map(|v| line("x", &v.to_string())).collect();
        let ys: String = ys.iter().map(|v| line("y", &v.to_string())).collect();
        ys + &xs
    };
    check(
        Unordered,
        MsgIdMode::Renamed,
        &expected,
        &actual([1, 2, 3], [3, 1, 2]),
        true,
    );
    check(
        Unordered,
        MsgIdMode::Renamed,
        &expected,
        &actual([1, 2, 2], [2, 1, 2]),
        true,
    );
    check(
        Unordered,
        MsgIdMode::Renamed,
        &expected,
        &actual([1, 2, 3], [3, 1, 1]),
        false,
    );
}

#[test]
fn thousands_of_messages_of_one_shape_are_paired() {
    let message = |id: usize, v: &str| {
        format!(
            "{{\"src\":\"n1\",\"dest\":\"n2\",\"body\":{{\"type\":\"x\",\"v\":{v},\"w\":{id},\"msg_id\":{id}}}}}\n"
        )
    };
    let wild = |id: usize| message(id, "\"<any>\"");
    let open = |_: usize| {
        message(0, "\"<int 0..>\"")
            .replace("\"w\":0", "\"w\":\"<int>\"")
            .replace("\"msg_id\":0", "\"msg_id\":\"<int>\"")
    };
    let fixed = |id: usize| message(id, &id.to_string());
    let actual: String = (0..2000).rev().map(fixed).collect();
    for (name, expected) in [
        ("fixed", (0..2000).map(fixed).collect::<String>()),
        ("wild", (0..2000).map(wild).collect()),
        ("open", (0..2000).map(open).collect()),
    ] {
        let found = compare(Unordered, MsgIdMode::Renamed, &expected, &actual).mismatch;
        assert_eq!(found, None, "{name}");
    }
}

#[test]
fn what_is_wrong_is_named_in_every_mode() {
    let show = |mode, expected: &str, actual: &str| match compare(
        mode,
        MsgIdMode::Renamed,
        &lines(expected),
        &lines(actual),
    )
    .mismatch
    {
        None => "same".to_owned(),
        Some(Mismatch::Differs {
            expected,
            actual,
            differences,
        }) => {
            format!(
                "{expected} differs from {actual} at {}",
                differences[0].path
            )
        }
        Some(Mismatch::Missing { expected }) => format!("{expected} missing"),
        Some(Mismatch::Unexpected { expected, actual }) => {
            format!("{actual} unexpected at {expected}")
        }
        Some(Mismatch::Late {
            expected, came_as, ..
        }) => format!("{expected} came as {came_as}"),
    };
    assert_eq!(show(Unordered, "1 2 3", "3 1"), "1 missing");
    assert_eq!(show(Unordered, "1 2 3", "3 1 9"), "1 differs from 2 at v");
    assert_eq!(show(Unordered, "1 2", "2 1 9"), "2 unexpected at 2");
    assert_eq!(show(Prefix, "1 2", "1 3 4"), "1 differs from 1 at v");
    assert_eq!(show(Contains, "1 2 3", "1 9 3"), "1 differs from 1 at v");
    assert_eq!(show(Contains, "1 2 3", "1 2"), "2 missing");
}

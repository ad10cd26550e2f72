//! Anything can be held against anything, and what is no pattern matches itself.

use harness::case::mode::{MatchMode, MsgIdMode};
use harness::case::{ExpectedLine, expected, input};
use harness::matching::actual::{self, ActualLine};
use harness::matching::bindings::{Bindings, KnownIds};
use harness::matching::difference::Rules;
use harness::matching::{Agreement, agree};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::samples::{EXPECTED, INPUT};
use super::texts::text;

pub const MODES: [MatchMode; 4] = [
    MatchMode::Exact,
    MatchMode::Prefix,
    MatchMode::Contains,
    MatchMode::Unordered,
];

const IDS: [MsgIdMode; 3] = [MsgIdMode::Renamed, MsgIdMode::Exact, MsgIdMode::Ignored];

fn held(
    mode: MatchMode,
    ids: MsgIdMode,
    expected: &[ExpectedLine],
    actual: &[ActualLine],
) -> Agreement {
    let known = KnownIds::of(&[], expected);
    let rules = Rules {
        msg_id: ids,
        known,
        ..Rules::default()
    };
    agree(mode, expected, actual, &rules, Bindings::default())
}

/// A number that few programs read as it stands.
fn number() -> impl Strategy<Value = Value> {
    let texts = [
        "0",
        "-0",
        "-0.0",
        "1e400",
        "1E+400",
        "10e399",
        "-1e-400",
        "1e99999999999999999999",
        "0.1",
        "18446744073709551616",
        "-9223372036854775809",
        "123456789012345678901234567890.0",
    ];
    select(texts.to_vec()).prop_map(|text| serde_json::from_str(text).unwrap())
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        "[a-c\u{0}\u{feff}é<]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 30, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-c]", inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Messages and values that are none. An odd id belongs to its line alone: two messages of one
/// sender with one id match nothing.
fn output() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        3 => (value(), any::<bool>()).prop_map(|(value, replies)| {
            let mut body = json!({"type": "t", "v": value});
            if replies {
                body["in_reply_to"] = json!(1);
            }
            json!({"src": "n1", "dest": "c1", "body": body}).to_string()
        }),
        1 => value().prop_map(|value| value.to_string()),
        1 => "[a-z]{1,9}( [a-z]{1,9}){0,2}",
    ];
    vec(line, 0..8).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(super::config())]

    #[test]
    fn anything_can_be_held_against_anything(
        expected in text(EXPECTED),
        other in text(EXPECTED),
        input in text(INPUT),
    ) {
        let Ok(expected) = expected::parse(&expected) else {
            return Ok(());
        };
        let requests = input::parse(&input).map(|input| input.requests).unwrap_or_default();
        let actual = actual::lines(&other, usize::MAX).lines;
        for mode in MODES {
            for msg_id in IDS {
                let known = KnownIds::of(&requests, &expected);
                let rules = Rules { msg_id, known, ..Rules::default() };
                let _ = agree(mode, &expected, &actual, &rules, Bindings::default());
            }
        }
    }

    #[test]
    fn what_was_written_matches_itself(output in output()) {
        let expected = expected::parse(output.as_bytes());
        let Ok(expected) = expected else {
            return Ok(());
        };
        let actual = actual::lines(output.as_bytes(), usize::MAX).lines;
        for mode in MODES {
            for ids in IDS {
                let agreement = held(mode, ids, &expected, &actual);
                prop_assert!(agreement.mismatch.is_none(), "{mode:?} {ids:?}: {:?}", agreement.mismatch);
            }
        }
    }
}

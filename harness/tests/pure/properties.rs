//! What holds for every exchange of messages, whatever they say.
//!
//! A failing seed is printed; `PROPTEST_CASES=100000` looks longer.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on fails"
)]

use harness::case::expected;
use harness::case::mode::{MatchMode, MsgIdMode};
use harness::json;
use harness::matching::actual;
use harness::matching::agree;
use harness::matching::bindings::{Bindings, KnownIds};
use harness::matching::difference::Rules;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Whether the written messages pass for the expected ones.
fn passes(mode: MatchMode, expected: &[Value], actual: &[Value]) -> bool {
    let text = |messages: &[Value]| {
        let lines: Vec<_> = messages.iter().map(Value::to_string).collect();
        lines.join("\n")
    };
    let expected = expected::parse(text(expected).as_bytes()).unwrap();
    let actual = actual::lines(text(actual).as_bytes(), usize::MAX).lines;
    let known = KnownIds::of(&[], &expected);
    let rules = Rules {
        msg_id: MsgIdMode::Renamed,
        known,
        ..Rules::default()
    };
    agree(mode, &expected, &actual, &rules, Bindings::default())
        .mismatch
        .is_none()
}

/// Any JSON value that isn't too large, and is no placeholder.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..3).prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map("[a-c]", inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// What one of two nodes says: numbered by its place, and perhaps an answer to an earlier message
/// of the other.
fn exchange() -> impl Strategy<Value = Vec<Value>> {
    vec(
        (
            any::<bool>(),
            value(),
            any::<prop::sample::Index>(),
            any::<bool>(),
        ),
        1..8,
    )
    .prop_map(|sketches| {
        let sender = |first: bool| if first { "n1" } else { "n2" };
        let mut messages: Vec<Value> = Vec::new();
        for (id, (first, payload, earlier, replies)) in sketches.into_iter().enumerate() {
            let mut body = json!({"type": "say", "v": payload, "msg_id": id});
            let others: Vec<_> = messages
                .iter()
                .filter(|other| other["src"] == sender(!first))
                .collect();
            if replies && !others.is_empty() {
                body["in_reply_to"] = earlier.get(&others)["body"]["msg_id"].clone();
            }
            messages.push(json!({"src": sender(first), "dest": sender(!first), "body": body}));
        }
        messages
    })
}

/// The messages with other ids, each sender's by `ids`, one-to-one.
fn renamed(messages: &[Value], ids: &[u32]) -> Vec<Value> {
    let mut messages = messages.to_vec();
    for message in &mut messages {
        for field in ["msg_id", "in_reply_to"] {
            if let Some(id) = message["body"].get(field).and_then(Value::as_u64) {
                message["body"][field] = json!(ids[usize::try_from(id).unwrap()]);
            }
        }
    }
    messages
}

/// The messages with the keys of all objects in the opposite order.
fn reordered(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .rev()
                .map(|(key, value)| (key.clone(), reordered(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Value::Array(elements) => elements.iter().map(reordered).collect(),
        scalar => scalar.clone(),
    }
}

fn ids() -> impl Strategy<Value = Vec<u32>> {
    btree_set(any::<u32>(), 8)
        .prop_map(|ids| ids.into_iter().collect::<Vec<_>>())
        .prop_shuffle()
}

/// One change of meaning.
#[derive(Debug, Clone)]
enum Change {
    Drop,
    Double,
    Swap,
    Payload(Value),
    Add,
    Remove,
    Id,
    Reply,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::Drop),
        Just(Change::Double),
        Just(Change::Swap),
        value().prop_map(Change::Payload),
        Just(Change::Add),
        Just(Change::Remove),
        Just(Change::Id),
        Just(Change::Reply),
    ]
}

/// The messages with that change at a place; `None` if it would change nothing there.
fn changed(messages: &[Value], change: Change, at: usize) -> Option<Vec<Value>> {
    let mut all = messages.to_vec();
    let next = (at + 1) % all.len();
    let body = &mut all[at]["body"];
    match change {
        Change::Drop => _ = all.remove(at),
        Change::Double => all.insert(at, all[at].clone()),
        Change::Swap => {
            all.swap(at, next);
            // Two that say the same to the same one may change places, and so may their ids.
            let plain = |message: &Value| (message["src"].clone(), message["body"]["v"].clone());
            if plain(&messages[at]) == plain(&messages[next]) {
                return None;
            }
        }
        Change::Payload(value) if json::same(&body["v"], &value) => return None,
        Change::Payload(value) => body["v"] = value,
        Change::Add => body["more"] = json!(1),
        Change::Remove => _ = body.as_object_mut()?.shift_remove("v"),
        Change::Id if next == at || messages[at]["src"] != messages[next]["src"] => return None,
        Change::Id => body["msg_id"] = messages[next]["body"]["msg_id"].clone(),
        Change::Reply => {
            let id = body.get("in_reply_to")?.as_u64()?;
            body["in_reply_to"] = json!(id + 100);
        }
    }
    Some(all)
}

proptest! {
    #[test]
    fn renaming_ids_by_any_bijection_changes_no_verdict(
        expected in exchange(),
        other in exchange(),
        ids in ids(),
    ) {
        for mode in [MatchMode::Exact, MatchMode::Prefix, MatchMode::Contains, MatchMode::Unordered] {
            prop_assert!(passes(mode, &expected, &renamed(&expected, &ids)), "{mode:?}");
            let verdict = passes(mode, &expected, &other);
            prop_assert_eq!(passes(mode, &expected, &renamed(&other, &ids)), verdict, "{:?}", mode);
        }
    }

    #[test]
    fn key_order_changes_no_verdict(expected in exchange()) {
        let actual: Vec<_> = expected.iter().map(reordered).collect();
        prop_assert!(passes(MatchMode::Exact, &expected, &actual));
    }

    #[test]
    fn any_single_change_of_meaning_fails(
        expected in exchange(),
        change in change(),
        place in any::<prop::sample::Index>(),
        ids in ids(),
    ) {
        let at = place.index(expected.len());
        if let Some(actual) = changed(&expected, change, at) {
            prop_assert!(!passes(MatchMode::Exact, &expected, &actual));
            prop_assert!(!passes(MatchMode::Exact, &expected, &renamed_or_same(&actual, &ids)));
        }
    }

    #[test]
    fn any_order_passes_where_order_does_not_count(expected in exchange(), seed in any::<u64>()) {
        let mut actual = expected.clone();
        let count = u64::try_from(actual.len()).unwrap();
        for step in 0..count {
            let other = (seed >> (step * 8)) % count;
            actual.swap(usize::try_from(step).unwrap(), usize::try_from(other).unwrap());
        }
        prop_assert!(passes(MatchMode::Unordered, &expected, &actual));
    }
}

/// As [`renamed`], but ids that no message has stay.
fn renamed_or_same(messages: &[Value], ids: &[u32]) -> Vec<Value> {
    let wide: Vec<u32> = ids.iter().copied().chain(8..).take(200).collect();
    renamed(messages, &wide)
}

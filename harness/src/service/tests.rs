//! Every reply with its code and text, and what each store promises.

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::{Value, json};

use super::*;

/// Asks a service, as node `from`; the body of its reply.
fn ask(services: &mut Services, service: ServiceKind, from: &str, body: &Value) -> Value {
    let kind = body["type"].as_str().unwrap();
    let answer = services.handle(service, from, kind, body.as_object().unwrap());
    let msg_id = body.get("msg_id").unwrap_or(&Value::Null);
    let line = answer.reply.line(service, from, msg_id);
    let message: Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(message["src"], service.name());
    assert_eq!(message["dest"], from);
    assert_eq!(message["body"]["type"], answer.reply.kind());
    message["body"].clone()
}

/// One request after the other, in JSON, each with what the reply has beside `in_reply_to`.
fn check(service: ServiceKind, requests: &[(&str, &str)]) {
    let mut services = Services::new(1);
    for (number, (request, expected)) in requests.iter().enumerate() {
        let mut request: Value = serde_json::from_str(request).unwrap();
        let mut expected: Value = serde_json::from_str(expected).unwrap();
        request["msg_id"] = number.into();
        expected["in_reply_to"] = number.into();
        let reply = ask(&mut services, service, "n0", &request);
        assert_eq!(reply, expected, "{} {request}", service.name());
    }
}

#[test]
fn stores_reply_as_maelstroms_do() {
    let requests = [
        (
            r#"{"type":"read","key":"k"}"#,
            r#"{"type":"error","code":20,"text":"key does not exist"}"#,
        ),
        (
            r#"{"type":"cas","key":"k","from":1,"to":2}"#,
            r#"{"type":"error","code":20,"text":"key does not exist"}"#,
        ),
        (
            r#"{"type":"cas","key":"k","from":9,"to":"a","create_if_not_exists":true}"#,
            r#"{"type":"cas_ok"}"#,
        ),
        (
            r#"{"type":"read","key":"k"}"#,
            r#"{"type":"read_ok","value":"a"}"#,
        ),
        (
            r#"{"type":"cas","key":"k","from":"a","to":{"b":[1.50,null]}}"#,
            r#"{"type":"cas_ok"}"#,
        ),
        (
            r#"{"type":"cas","key":"k","from":"a","to":3}"#,
            r#"{"type":"error","code":22,"text":"current value {:b [1.50 nil]} is not \"a\""}"#,
        ),
        (
            r#"{"type":"cas","key":"k","to":3}"#,
            r#"{"type":"error","code":22,"text":"current value {:b [1.50 nil]} is not nil"}"#,
        ),
        // Nothing but the type and the key counts: a key that is missing is null.
        (r#"{"type":"write","value":7}"#, r#"{"type":"write_ok"}"#),
        (
            r#"{"type":"read","key":null}"#,
            r#"{"type":"read_ok","value":7}"#,
        ),
        (r#"{"type":"write","key":"v"}"#, r#"{"type":"write_ok"}"#),
        (
            r#"{"type":"read","key":"v"}"#,
            r#"{"type":"read_ok","value":null}"#,
        ),
    ];
    check(ServiceKind::LinKv, &requests);
    // One client sees each of its writes at once.
    check(ServiceKind::SeqKv, &requests);
}

#[test]
fn lww_kv_creates_no_key_by_cas_and_prints_texts_without_quotes() {
    let missing = r#"{"type":"error","code":20,"text":"key does not exist"}"#;
    let cas = r#"{"type":"cas","key":"k","from":1,"to":2,"create_if_not_exists":true}"#;
    check(ServiceKind::LwwKv, &[(cas, missing)]);
    let mut services = Services::new(1);
    let body = json!({"type": "cas", "key": "k", "from": "a b", "to": 2});
    let reply = (0..100).find_map(|_| {
        let write = json!({"type": "write", "key": "k", "value": "x"});
        ask(&mut services, ServiceKind::LwwKv, "n0", &write);
        let reply = ask(&mut services, ServiceKind::LwwKv, "n0", &body);
        (reply["code"] == 22).then_some(reply)
    });
    assert_eq!(reply.unwrap()["text"], "current value \"x\" is not a b");
}

#[test]
fn timestamps_begin_at_zero_and_grow_by_one() {
    check(
        ServiceKind::LinTso,
        &[
            (r#"{"type":"ts"}"#, r#"{"type":"ts_ok","ts":0}"#),
            (r#"{"type":"ts"}"#, r#"{"type":"ts_ok","ts":1}"#),
            (
                r#"{"type":"read","key":1}"#,
                r#"{"type":"error","code":10,"text":"lin-tso has no request of type read"}"#,
            ),
            (r#"{"type":"ts"}"#, r#"{"type":"ts_ok","ts":2}"#),
        ],
    );
}

#[test]
fn unknown_request_gets_error_10() {
    for service in [ServiceKind::LinKv, ServiceKind::SeqKv, ServiceKind::LwwKv] {
        let text = format!("{} has no request of type ts", service.name());
        let error = json!({"type": "error", "code": 10, "text": text}).to_string();
        check(service, &[(r#"{"type":"ts"}"#, &error)]);
    }
}

#[test]
fn a_service_knows_the_requests_that_it_is_said_to_know() {
    for service in ServiceKind::ALL {
        for kind in ["read", "write", "cas", "ts", "delete", "read_ok", ""] {
            let mut services = Services::new(1);
            let reply = services.handle(service, "n0", kind, &Map::new()).reply;
            let is_known = !matches!(reply, ServiceReply::UnknownType(_));
            let is_said = service.requests().contains(&kind);
            assert_eq!(is_known, is_said, "{service:?} {kind}");
        }
    }
}

#[test]
fn request_without_msg_id_is_answered_as_maelstrom_answers_it() {
    let mut services = Services::new(1);
    let body = json!({"type": "write", "key": 1, "value": 1});
    let reply = ask(&mut services, ServiceKind::LinKv, "n0", &body);
    assert_eq!(reply, json!({"type": "write_ok", "in_reply_to": null}));
}

#[test]
fn keys_and_values_are_compared_by_structure() {
    let mut services = Services::new(1);
    let mut ask = |body: Value| ask(&mut services, ServiceKind::LinKv, "n0", &body);
    let keys = ["1", "1.0", r#""1""#, "[1]", r#"{"a":1,"b":2}"#, "null"];
    let keys = keys.map(|key| serde_json::from_str::<Value>(key).unwrap());
    for (number, key) in keys.iter().enumerate() {
        ask(json!({"type": "write", "key": key, "value": number}));
    }
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(ask(json!({"type": "read", "key": key}))["value"], number);
    }
    let turned: Value = serde_json::from_str(r#"{"b":2,"a":1}"#).unwrap();
    assert_eq!(ask(json!({"type": "read", "key": turned}))["value"], 4);
    ask(json!({"type": "write", "key": "k", "value": turned}));
    for (from, code) in [(&keys[4], None), (&keys[0], Some(22))] {
        let reply = ask(json!({"type": "cas", "key": "k", "from": from, "to": turned}));
        assert_eq!(reply.get("code").and_then(Value::as_u64), code, "{from}");
    }
}

/// A request at random, of few keys and values.
fn any_request(random: &mut Rng) -> Value {
    let (key, value, other) = (random.u8(..3), random.u8(..3), random.u8(..3));
    match random.u8(..4) {
        0 => json!({"type": "write", "key": key, "value": value}),
        1 => json!({"type": "cas", "key": key, "from": other, "to": value}),
        2 => json!({"type": "cas", "key": key, "from": other, "to": value,
                    "create_if_not_exists": true}),
        _ => json!({"type": "read", "key": key}),
    }
}

#[test]
fn lin_kv_is_one_map() {
    for seed in 0..100 {
        let (mut random, mut services) = (Rng::with_seed(seed), Services::new(seed));
        let mut model: BTreeMap<String, Value> = BTreeMap::new();
        for _ in 0..20 {
            let body = any_request(&mut random);
            let from = ["n0", "n1"][random.usize(..2)];
            let key = body["key"].to_string();
            let current = model.get(&key).cloned();
            let (kind, code) = match (body["type"].as_str().unwrap(), &current) {
                ("write", _) => ("write_ok", None),
                ("cas", None) if body.get("create_if_not_exists").is_some() => ("cas_ok", None),
                ("cas", Some(current)) if *current == body["from"] => ("cas_ok", None),
                ("cas", Some(_)) => ("error", Some(22)),
                (_, None) => ("error", Some(20)),
                (_, Some(_)) => ("read_ok", None),
            };
            match kind {
                "write_ok" => _ = model.insert(key, body["value"].clone()),
                "cas_ok" => _ = model.insert(key, body["to"].clone()),
                _ => {}
            }
            let reply = ask(&mut services, ServiceKind::LinKv, from, &body);
            let is = (&reply["type"], reply.get("code").and_then(Value::as_u64));
            assert_eq!(is, (&kind.into(), code), "seed {seed}: {body}");
            if kind == "read_ok" {
                assert_eq!(reply["value"], current.unwrap(), "seed {seed}: {body}");
            }
        }
    }
}

#[test]
fn lww_kv_may_lose_writes_and_converges_once_there_are_none() {
    let mut lost = 0;
    for seed in 0..60 {
        let (mut random, mut services) = (Rng::with_seed(seed), Services::new(seed));
        let mut ask = |body: &Value| ask(&mut services, ServiceKind::LwwKv, "n0", body);
        for _ in 0..20 {
            ask(&any_request(&mut random));
        }
        ask(&json!({"type": "write", "key": "last", "value": 1}));
        ask(&json!({"type": "write", "key": "last", "value": 2}));
        let read = |key: Value| json!({"type": "read", "key": key});
        // Each has the chance of one in four to bring everything from one replica to the other, and as good a
        // one for the way back.
        for _ in 0..100 {
            ask(&read(json!("other")));
        }
        for key in [json!(0), json!(1), json!(2), json!("last")] {
            let without_number = ask(&read(key.clone()));
            for _ in 0..10 {
                assert_eq!(
                    ask(&read(key.clone())),
                    without_number,
                    "seed {seed}: {key}"
                );
            }
        }
        lost += u64::from(ask(&read(json!("last")))["value"] == 1);
    }
    assert!(lost > 10, "{lost} of 200 later writes went under");
}

#[test]
fn a_seed_repeats_what_services_choose() {
    let run = |seed| {
        let (mut random, mut services) = (Rng::with_seed(1), Services::new(seed));
        let mut replies = Vec::new();
        for _ in 0..200 {
            let service = [ServiceKind::SeqKv, ServiceKind::LwwKv][random.usize(..2)];
            let from = ["n0", "n1"][random.usize(..2)];
            replies.push(ask(&mut services, service, from, &any_request(&mut random)));
        }
        replies
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn stores_are_full_at_some_time_and_go_on() {
    for service in [ServiceKind::LinKv, ServiceKind::SeqKv, ServiceKind::LwwKv] {
        let mut services = Services::new(1);
        let big = Value::from("x".repeat(8 * 1024));
        let write = |key: &str, value: &Value| {
            let body = json!({"type": "write", "key": key, "value": value});
            (body.as_object().unwrap().clone(), "write")
        };
        let mut put = |key: &str, value: &Value| {
            let (body, kind) = write(key, value);
            let answer = services.handle(service, "n0", kind, &body);
            let line = answer.reply.line(service, "n0", &Value::Null);
            let reply: Value = serde_json::from_slice(&line).unwrap();
            reply["body"]["code"].as_u64()
        };
        // The same key again and again takes no more room than once.
        for _ in 0..12 {
            assert_eq!(put("k", &big), None, "{service:?}");
        }
        let codes: Vec<_> = (0..20).map(|key| put(&key.to_string(), &big)).collect();
        assert_eq!(codes[..5], [None; 5], "{service:?}");
        assert_eq!(codes[16..], [Some(14); 4], "{service:?}");
        assert_eq!(
            put("k", &json!(1)),
            None,
            "{service:?}: what is there may shrink"
        );
    }
}

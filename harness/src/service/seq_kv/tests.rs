//! `seq-kv` is sequentially consistent, and as stale as Maelstrom's.

use serde_json::{Value, json};

use super::*;
use crate::service::reply::ServiceReply;

fn request(body: &Value) -> KvRequest {
    let kind = body["type"].as_str().unwrap();
    KvRequest::read(kind, body.as_object().unwrap()).unwrap()
}

fn write(key: &str, value: u64) -> KvRequest {
    request(&json!({"type": "write", "key": key, "value": value}))
}

fn read(key: &str) -> KvRequest {
    request(&json!({"type": "read", "key": key}))
}

/// A reply, as far as it differs from others.
fn shown(reply: &ServiceReply) -> (&'static str, String) {
    let what = match reply {
        ServiceReply::Value(value) => value.get().to_owned(),
        ServiceReply::Mismatch { current, .. } => current.to_string(),
        ServiceReply::Full => panic!("full"),
        _ => String::new(),
    };
    (reply.kind(), what)
}

/// A request at random, of few keys and values.
fn any_request(random: &mut Rng) -> KvRequest {
    let (key, from, to) = (random.u8(..3), random.u8(..3), random.u8(..3));
    request(&match random.u8(..5) {
        0 => json!({"type": "write", "key": key, "value": to}),
        1 => json!({"type": "cas", "key": key, "from": from, "to": to}),
        2 => json!({"type": "cas", "key": key, "from": from, "to": to,
                    "create_if_not_exists": true}),
        _ => json!({"type": "read", "key": key}),
    })
}

/// How many histories are tried: more by `make fuzz`.
fn histories() -> u64 {
    let seeds = std::env::var("ENGINE_SEEDS").ok();
    seeds.map_or(500, |seeds| seeds.parse::<u64>().unwrap() * 100)
}

#[test]
fn replies_come_from_one_sequence_of_states_and_no_client_goes_back_in_it() {
    let mut changes = 0;
    for seed in 0..histories() {
        let (mut random, mut store) = (Rng::with_seed(seed), SeqKv::new(seed));
        // All states that there ever were.
        let mut states: Vec<BTreeMap<String, StoredValue>> = vec![BTreeMap::new()];
        let mut seen = [0; 3];
        for step in 0..60 {
            // One client asks rarely: it lags behind by more states than are kept.
            let client = [0, 0, 0, 0, 0, 0, 0, 1, 1, 2][random.usize(..10)];
            let request = any_request(&mut random);
            let (reply, served) = store.handle(&format!("n{client}"), &request);
            let what = || format!("seed {seed}, step {step}: {request:?}");
            let newest = u64::try_from(states.len() - 1).unwrap();
            let is_change = served.newest > newest;
            // A change is executed on the newest state, and seen by whoever made it.
            let base = if is_change { newest } else { served.state };
            let on = &states[usize::try_from(base).unwrap()];
            let applied = request.operation.apply(on.get(&request.key));
            assert_eq!(shown(&reply), shown(&applied.reply), "{}", what());
            if is_change {
                assert_eq!((served.state, served.newest), (newest + 1, newest + 1));
                let mut next = states[usize::try_from(newest).unwrap()].clone();
                next.extend(applied.written.map(|value| (request.key.clone(), value)));
                states.push(next);
            } else {
                let current = on.get(&request.key);
                let same = |new: &StoredValue| is_same(current.unwrap(), new);
                assert!(applied.written.as_ref().is_none_or(same), "{}", what());
            }
            assert!(served.state >= seen[client], "{}", what());
            assert!(served.state + STATES > served.newest, "{}", what());
            seen[client] = served.state;
        }
        assert!(store.changes.len() < 32, "seed {seed}");
        changes += store.newest;
    }
    assert!(changes > 10 * histories(), "{changes}");
}

#[test]
fn old_states_are_kept_as_changes() {
    let mut store = SeqKv::new(1);
    for number in 0..10_000 {
        store.handle("n0", &write(&format!("k{}", number % 100), number));
    }
    let versions: usize = store.keys.values().map(VecDeque::len).sum();
    assert_eq!((versions, store.changes.len()), (131, 31));
    let sizes = store.keys.iter().flat_map(|(key, versions)| {
        let sizes = versions.iter().map(|version| size(key, &version.value));
        sizes.collect::<Vec<_>>()
    });
    assert_eq!(sizes.sum::<usize>(), store.bytes + store.past_bytes);
}

#[test]
fn what_changes_nothing_may_be_answered_from_the_past_and_what_changes_something_never() {
    let mut stale = 0;
    for seed in 0..200 {
        let mut store = SeqKv::new(seed);
        for number in 0..9 {
            store.handle("n0", &write("k", number));
        }
        let same = request(&json!({"type": "cas", "key": "k", "from": 3, "to": 3}));
        let (_, served) = store.handle("n1", &same);
        stale += u64::from(served.lag() > 0);
        let (reply, served) = store.handle("n1", &write("unique", seed));
        assert_eq!((reply.kind(), served.lag()), ("write_ok", 0));
        let (reply, _) = store.handle("n1", &read("k"));
        assert_eq!(shown(&reply), ("read_ok", "8".to_owned()));
    }
    assert!(stale > 150, "{stale}");
}

#[test]
fn a_client_that_reads_on_comes_to_the_newest_state_as_soon_as_in_maelstrom() {
    for (lag, mean) in [(1, 2.0), (8, 3.7), (31, 5.0)] {
        let mut reads = 0;
        for seed in 0..1000 {
            let mut store = SeqKv::new(seed);
            for number in 0..lag {
                store.handle("n0", &write("k", number));
            }
            let last = (lag - 1).to_string();
            loop {
                reads += 1;
                if shown(&store.handle("n1", &read("k")).0).1 == last {
                    break;
                }
            }
        }
        let found = f64::from(reads) / 1000.0;
        assert!((found - mean).abs() < 0.25, "lag {lag}: {found} reads");
    }
}

//! What is written is read back as it was, whatever it is.

use std::time::Duration;

use fixedbitset::FixedBitSet;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::history_reader::{FIELDS, REQUESTS, SET_UP_REQUESTS, VALUE_MAX};
use super::history_writer::{DELAYED, PHASES, REASONS};
use super::tests::{history, read_history};
use super::*;
use crate::cluster::history::{
    Breach, Event, Invocation, Machine, Outcome, Reason, Request, Shown, Silence, What, Work,
};
use crate::cluster::journal::{Carried, Fate};
use crate::cluster::settings::{Budgets, Settings};
use crate::message::malformed::Malformed;
use crate::message::rule::Rule;
use crate::net::fault::FaultKind;
use crate::net::fault::{Cut, Fault};
use crate::net::network::Distribution;
use crate::net::topology::Topology;
use crate::process::exit::Exit;

fn time() -> impl Strategy<Value = Duration> {
    let seconds = prop_oneof![0u64..100, any::<u64>()];
    (seconds, 0u32..1_000_000_000).prop_map(|(seconds, rest)| Duration::new(seconds, rest))
}

fn float() -> impl Strategy<Value = f64> {
    use prop::num::f64::{NORMAL, SUBNORMAL, ZERO};
    prop_oneof![0.0..1.0, NORMAL | SUBNORMAL | ZERO]
}

/// Any text, chiefly such as could be mistaken for something else.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,8}",
        any::<String>(),
        "[\\\\x\"{}\n\u{0}-\u{1f}0-9a-f]{0,8}",
        Just("$serde_json::private::Number".to_owned()),
    ]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        text().prop_map(String::into_bytes),
        vec(any::<u8>(), 0..20),
        vec(prop::sample::select(&b"{}\"\\x: \n\xff\xc3"[..]), 0..12),
        (text(), any::<i64>()).prop_map(|(key, value)| {
            let key = serde_json::to_string(&key).unwrap();
            format!("{{{key}: {value}e1 }}").into_bytes()
        }),
    ]
}

/// Names that no client has.
fn node_names() -> impl Strategy<Value = Vec<String>> {
    let is_fine = |name: &String| client_called("", name).is_err();
    let name = prop_oneof!["n[0-9]{1,2}", "c[0-9]{0,2}x", text()].prop_filter("a client", is_fine);
    let names = btree_set(name, 1..8).prop_map(|names| names.into_iter().collect::<Vec<_>>());
    names.prop_shuffle()
}

fn one_of<T: Clone + fmt::Debug + 'static>(all: &[(&str, T)]) -> impl Strategy<Value = T> {
    let all: Vec<_> = all.iter().map(|(_, one)| one.clone()).collect();
    prop::sample::select(all)
}

fn budgets() -> impl Strategy<Value = Budgets> {
    let latency = vec((float(), time()), 0..3);
    (option::of(float()), option::of(float()), latency).prop_map(
        |(availability, messages_per_operation, latency)| Budgets {
            availability,
            messages_per_operation,
            latency,
        },
    )
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let shape = (
        node_names(),
        any::<usize>(),
        prop::sample::select(Topology::NAMES.to_vec()),
        vec(prop::sample::select(FaultKind::ALL.to_vec()), 0..5),
    );
    let spans = (time(), time(), time(), time());
    let timeouts = (time(), time(), time());
    let shares = (float(), float(), float());
    let distribution = prop::sample::select(Distribution::ALL.to_vec());
    let rest = (distribution, any::<bool>(), budgets(), any::<u64>());
    (shape, spans, timeouts, shares, rest).prop_map(|(shape, spans, timeouts, shares, rest)| {
        Settings {
            nodes: shape.0,
            clients: shape.1,
            topology: shape.2.parse().unwrap(),
            nemesis: shape.3,
            time_limit: spans.0,
            latency: spans.1,
            nemesis_interval: spans.2,
            recovery: spans.3,
            client_timeout: timeouts.0,
            init_timeout: timeouts.1,
            exit_timeout: timeouts.2,
            rate: shares.0,
            loss: shares.1,
            duplicate: shares.2,
            distribution: rest.0,
            durable: rest.1,
            budgets: rest.2,
            seed: rest.3,
        }
    })
}

fn shown() -> impl Strategy<Value = Shown> {
    let values = btree_set(prop_oneof![0usize..80, 0usize..2000], 0..30);
    let twice = vec(any::<prop::sample::Index>(), 0..4);
    let odd = (vec(text(), 0..3), any::<bool>());
    (values, twice, odd, 0usize..100).prop_map(|(known, twice, (phantoms, is_null), more)| {
        let known: Vec<_> = known.into_iter().collect();
        let mut values: FixedBitSet = known.iter().copied().collect();
        values.grow(values.len() + more % 3 * more);
        let twice = twice.iter().filter(|_| !known.is_empty());
        let twice = twice.map(|index| *index.get(&known)).collect();
        Shown {
            values,
            twice,
            phantoms,
            is_null,
        }
    })
}

fn reason() -> impl Strategy<Value = Reason> {
    let answered = (text(), text()).prop_map(|(code, text)| Reason::Error { code, text });
    prop_oneof![one_of(&REASONS), answered]
}

fn fault(nodes: usize) -> impl Strategy<Value = Fault> {
    let some = move || vec(0..nodes, 0..4);
    prop_oneof![
        vec(some(), 0..4).prop_map(|parts| Fault::Cut(Cut::Split(parts))),
        some().prop_map(|ring| Fault::Cut(Cut::Ring(ring))),
        (some(), some()).prop_map(|(from, to)| Fault::Cut(Cut::OneWay(from, to))),
        (0..nodes).prop_map(Fault::Kill),
        (0..nodes).prop_map(Fault::Pause),
        (0..nodes).prop_map(Fault::Restart),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let requests = prop::sample::select(SET_UP_REQUESTS.to_vec());
    prop_oneof![
        text().prop_map(|reason| Rule::NotJson { reason }),
        prop::sample::select(FIELDS.to_vec()).prop_map(|field| Rule::Lacks { field }),
        (text(), any::<usize>())
            .prop_map(|(key, offset)| Rule::Malformed(Malformed::RepeatedKey { key, offset })),
        text().prop_map(|key| Rule::Malformed(Malformed::UnknownKey { key })),
        text().prop_map(|found| Rule::Malformed(Malformed::BadId { found })),
        text().prop_map(|source| Rule::ForeignSource { source }),
        text().prop_map(|destination| Rule::UnknownDestination { destination }),
        text().prop_map(|problem| Rule::BadReply { problem }),
        (requests, option::of(text()))
            .prop_map(|(request, answer)| Rule::NotSetUp { request, answer }),
        any::<u64>().prop_map(|bytes| Rule::Flood { bytes }),
    ]
}

fn incident(nodes: usize) -> impl Strategy<Value = What> {
    let exit = prop_oneof![
        any::<i32>().prop_map(Exit::Status),
        any::<i32>().prop_map(Exit::Signal)
    ];
    prop_oneof![
        one_of(&PHASES).prop_map(What::Began),
        (any::<usize>(), fault(nodes))
            .prop_map(|(number, fault)| What::FaultBegan { number, fault }),
        any::<usize>().prop_map(|number| What::FaultEnded { number }),
        (0..nodes).prop_map(|node| What::Recovered { node }),
        (0..nodes, exit, text()).prop_map(|(node, exit, stderr)| What::Crashed {
            node,
            exit,
            stderr
        }),
        (0..nodes, rule(), bytes(), 0usize..9).prop_map(|(node, rule, line, times)| What::Broke(
            Breach {
                node,
                rule,
                line,
                times,
            }
        )),
        // On the heap: all of them together are too much for the stack of a test.
        silence(nodes).boxed(),
        busy().boxed(),
    ]
    .boxed()
}

fn silence(nodes: usize) -> impl Strategy<Value = What> {
    let times = (time(), time(), time());
    let work = (times, any::<bool>(), any::<usize>());
    let work = work.prop_map(|((elapsed, cpu, waited), has_read, cores)| Work {
        elapsed,
        cpu,
        waited,
        has_read,
        cores,
    });
    let request = prop::sample::select(REQUESTS.to_vec());
    (0..nodes, request, text(), option::of(work)).prop_map(|(node, request, stderr, work)| {
        What::Silent(Silence {
            node,
            request,
            stderr,
            work,
        })
    })
}

fn busy() -> impl Strategy<Value = What> {
    let delayed = (time(), time(), one_of(&DELAYED)).prop_map(|(since, by, who)| What::Delayed {
        since,
        by,
        who,
    });
    let times = (time(), time(), time(), time());
    let machine = (any::<usize>(), any::<u64>(), times).prop_map(
        |(cores, timers, (late_max, late_p99, cpu, waited))| {
            What::Machine(Machine {
                cores,
                timers,
                late_max,
                late_p99,
                cpu,
                waited,
            })
        },
    );
    prop_oneof![delayed, machine]
}

/// A request and its end, either of which may be missing.
fn operation(nodes: usize) -> impl Strategy<Value = Vec<What>> {
    let failed = || {
        prop_oneof![
            reason().prop_map(Outcome::Failed),
            reason().prop_map(Outcome::Unknown)
        ]
    };
    let request_and_end = prop_oneof![
        (
            0..VALUE_MAX,
            prop_oneof![Just(Outcome::Acknowledged), failed()]
        )
            .prop_map(|(value, outcome)| (Request::Broadcast(value), outcome)),
        prop_oneof![shown().prop_map(Outcome::Shown), failed()]
            .prop_map(|outcome| (Request::Read, outcome)),
    ];
    let who = (any::<usize>(), any::<usize>(), 0..nodes, one_of(&PHASES));
    (who, request_and_end, 0..3).prop_map(|(who, (request, outcome), missing)| {
        let (operation, client, node, phase) = who;
        let begin = What::Invoked(Invocation {
            operation,
            client,
            node,
            request,
            phase,
        });
        let end = What::Completed { operation, outcome };
        match missing {
            0 => vec![end],
            1 => vec![begin],
            _ => vec![begin, end],
        }
    })
}

fn events(nodes: usize) -> impl Strategy<Value = Vec<Event>> {
    let some = prop_oneof![
        operation(nodes),
        incident(nodes).prop_map(|what| vec![what])
    ];
    let all = vec((time(), some), 0..8);
    all.prop_map(|all| {
        let events = all
            .into_iter()
            .flat_map(|(time, some)| some.into_iter().map(move |what| Event { time, what }));
        events.collect()
    })
}

fn any_carried(nodes: usize) -> impl Strategy<Value = Carried> {
    let party = || {
        prop_oneof![
            (0..nodes).prop_map(Party::Node),
            any::<usize>().prop_map(Party::Client)
        ]
    };
    let fate = prop_oneof![
        Just(Fate::Delivered),
        Just(Fate::Lost),
        any::<usize>().prop_map(Fate::Cut),
        option::of(any::<usize>()).prop_map(Fate::Dead),
        Just(Fate::NoRoom),
        Just(Fate::UnderWay),
    ];
    let times = (time(), time(), time());
    let content = (text(), vec(any::<usize>(), 0..4), bytes());
    (any::<u64>(), times, party(), party(), fate, content).prop_map(
        |(id, (sent, due, settled), source, destination, fate, (kind, values, line))| Carried {
            id,
            sent,
            due,
            settled,
            source,
            destination,
            fate,
            kind,
            values,
            line,
        },
    )
}

proptest! {
    #[test]
    fn a_history_comes_back(
        (settings, events) in any_settings().prop_flat_map(|settings| {
            let events = events(settings.nodes.len());
            (Just(settings), events)
        }),
    ) {
        let text = history(&settings, &events);
        prop_assert_eq!(read_history(&text), Ok((settings, events)));
    }

    #[test]
    fn messages_come_back(
        (nodes, carried) in node_names().prop_flat_map(|nodes| {
            let carried = vec(any_carried(nodes.len()), 0..5);
            (Just(nodes), carried)
        }),
    ) {
        let names = Names::of(&nodes);
        let mut text = Vec::new();
        for one in &carried {
            messages::write(one, &names, &mut text);
        }
        let read: Result<Vec<_>, _> = messages::read(&text, &names).collect();
        prop_assert_eq!(read, Ok(carried));
    }

    #[test]
    fn nothing_that_stands_in_a_file_makes_it_panic(lines in vec((bytes(), any::<bool>()), 0..4)) {
        let mut text = history(&Settings::default(), &[]);
        for (line, is_event) in lines {
            text.extend(if is_event { &br#"{"time":1,"type":"ok","operation":1,"f":"read","value":["#[..] } else { b"" });
            text.extend(line);
            text.push(b'\n');
        }
        let _ = read_history(&text);
        let _ = messages::read(&text, &Names::default()).count();
    }
}

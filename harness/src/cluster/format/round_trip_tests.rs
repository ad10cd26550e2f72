//! What is written is read back as it was, whatever it is.

use std::num::NonZeroUsize;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::tests::{history, read_history};
use super::*;
use crate::cluster::history::{
    Breach, Delayed, Event, Invocation, Machine, Outcome, Phase, Reason, Silence, What, Work,
};
use crate::cluster::journal::{Carried, Fate, Party};
use crate::cluster::sets::{SetReply, SetRequest, Shown};
use crate::cluster::settings::{Budgets, Judging, KeyChoice, Settings};
use crate::cluster::workload::kind::WorkloadKind;
use crate::cluster::workload::{Reply, Request};
use crate::message::malformed::Malformed;
use crate::message::reply::{ReplyFault, ReplyTo, SetUpAnswer};
use crate::message::rule::{FIELDS, Rule, SET_UP_REQUESTS};
use crate::net::fault::{Cut, Fault, FaultKind};
use crate::net::network::Distribution;
use crate::net::topology::Topology;
use crate::process::exit::Exit;
use crate::service::kind::ServiceKind;
use crate::service::served::ServedState;
use crate::txn::model::Model;

const PHASES: [Phase; 5] = [
    Phase::SetUp,
    Phase::Load,
    Phase::Recovery,
    Phase::FinalReads,
    Phase::End,
];

fn time() -> impl Strategy<Value = Duration> {
    prop_oneof![0..100_000_000_000u64, any::<u64>()].prop_map(Duration::from_nanos)
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

fn one_of<T: Clone + fmt::Debug + 'static>(all: &[T]) -> impl Strategy<Value = T> + use<T> {
    prop::sample::select(all.to_vec())
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
        vec(text(), 1..8),
        any::<usize>(),
        one_of(&Topology::NAMES),
        vec(one_of(&FaultKind::ALL), 0..5),
    );
    let spans = (time(), time(), time(), time());
    let timeouts = (time(), time(), time(), time());
    let shares = (float(), float(), float());
    let distribution = one_of(&Distribution::ALL);
    let keys = (1..usize::MAX).prop_map(|count| NonZeroUsize::new(count).unwrap());
    let rest = (distribution, any::<bool>(), budgets(), any::<u64>(), keys);
    (shape, spans, timeouts, shares, rest).prop_map(|(shape, spans, timeouts, shares, rest)| {
        Settings {
            workload: WorkloadKind::Broadcast,
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
            keys: KeyChoice {
                count: rest.4,
                ..KeyChoice::default()
            },
            judging: Judging {
                check_limit: timeouts.3,
                cas_conflicts: rest.1,
                models: Model::all().skip(20).collect(),
                converges: rest.1,
            },
            txn_length_max: rest.4,
            seed: rest.3,
        }
    })
}

/// What a read shows where 0 was broadcast.
fn shown() -> impl Strategy<Value = Shown> {
    (option::of(0..3), vec(text(), 0..3)).prop_map(|(times, phantoms)| {
        let mut shown = Shown::of_none(1);
        shown.is_null = times.is_none();
        shown.phantoms = phantoms;
        (0..times.unwrap_or_default()).for_each(|_| shown.add(0));
        shown
    })
}

fn reason() -> impl Strategy<Value = Reason> {
    let answered = (text(), text()).prop_map(|(code, text)| Reason::Error { code, text });
    let code = any::<i64>().prop_map(|code| code.to_string());
    let error = (code, text()).prop_map(|(code, text)| Reason::Error { code, text });
    let words = [
        Reason::NodeDead,
        Reason::NodeDied,
        Reason::TimedOut,
        Reason::RunEnded,
        Reason::Malformed,
    ];
    prop_oneof![one_of(&words), answered, error]
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

fn reply_fault() -> BoxedStrategy<ReplyFault> {
    let number = any::<usize>;
    prop_oneof![
        (text(), text()).prop_map(|(request, reply)| ReplyFault::OtherType { request, reply }),
        (text(), text()).prop_map(|(reply, key)| ReplyFault::Lacks { reply, key }),
        (text(), text()).prop_map(|(reply, key)| ReplyFault::NoArray { reply, key }),
        (text(), text()).prop_map(|(reply, key)| ReplyFault::KeyNoInteger { reply, key }),
        (text(), text()).prop_map(|(reply, key)| ReplyFault::ExtraKey { reply, key }),
        (text(), text(), text()).prop_map(|(reply, key, form)| ReplyFault::KeyOtherForm {
            reply,
            key,
            form
        }),
        text().prop_map(|reply| ReplyFault::NoInteger { reply }),
        text().prop_map(|reply| {
            let link = ReplyTo::Missing;
            ReplyFault::Unlinked { reply, link }
        }),
        (text(), number(), number()).prop_map(|(reply, client, asker)| ReplyFault::OtherClient {
            reply,
            client,
            asker
        }),
    ]
    .boxed()
}

fn set_up_answer() -> BoxedStrategy<SetUpAnswer> {
    let link = one_of(&[ReplyTo::Missing, ReplyTo::String, ReplyTo::Other]);
    prop_oneof![
        (text(), text()).prop_map(|(code, text)| SetUpAnswer::Error { code, text }),
        text().prop_map(|reply| SetUpAnswer::OtherType { reply }),
        Just(SetUpAnswer::Unended),
        (text(), link).prop_map(|(reply, link)| SetUpAnswer::Unlinked { reply, link }),
        Just(SetUpAnswer::NothingElse),
    ]
    .boxed()
}

fn rule() -> BoxedStrategy<Rule> {
    let requests = one_of(&SET_UP_REQUESTS);
    prop_oneof![
        text().prop_map(|reason| Rule::NotJson { reason }),
        one_of(&FIELDS).prop_map(|field| Rule::Lacks { field }),
        (text(), any::<usize>())
            .prop_map(|(key, offset)| Rule::Malformed(Malformed::RepeatedKey { key, offset })),
        text().prop_map(|key| Rule::Malformed(Malformed::UnknownKey { key })),
        text().prop_map(|found| Rule::Malformed(Malformed::BadId { found })),
        text().prop_map(|source| Rule::ForeignSource { source }),
        text().prop_map(|destination| Rule::UnknownDestination { destination }),
        reply_fault().prop_map(Rule::BadReply),
        (requests, option::of(set_up_answer()))
            .prop_map(|(request, answer)| Rule::NotSetUp { request, answer }),
        any::<u64>().prop_map(|bytes| Rule::Flood { bytes }),
    ]
    .boxed()
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
            Box::new(Breach {
                node,
                rule,
                line,
                times,
            })
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
    let request = text().prop_map(Into::into);
    (0..nodes, request, text(), option::of(work)).prop_map(|(node, request, stderr, work)| {
        What::Silent(Box::new(Silence {
            node,
            request,
            stderr,
            work,
        }))
    })
}

fn busy() -> impl Strategy<Value = What> {
    let delayed = (time(), time(), one_of(&[Delayed::Harness, Delayed::Node]))
        .prop_map(|(since, by, who)| What::Delayed { since, by, who });
    let times = (time(), time(), time(), time());
    let machine = (any::<usize>(), any::<u64>(), times).prop_map(
        |(cores, timers, (late_max, late_p99, cpu, waited))| {
            What::Machine(Box::new(Machine {
                cores,
                timers,
                late_max,
                late_p99,
                cpu,
                waited,
            }))
        },
    );
    prop_oneof![delayed, machine]
}

/// A broadcast and a read, with a word of somebody's in whatever may have one; then anything else.
fn events(nodes: usize) -> impl Strategy<Value = Vec<Event>> {
    let failed = || {
        prop_oneof![
            reason().prop_map(Outcome::Failed),
            reason().prop_map(Outcome::Unknown)
        ]
    };
    let read = prop_oneof![
        shown().prop_map(|shown| Outcome::Ok(Reply::Set(SetReply::Shown(Box::new(shown))))),
        failed()
    ];
    let outcomes = [failed().boxed(), read.boxed()];
    let incidents = vec(incident(nodes), 0..5);
    (outcomes, incidents, time()).prop_map(|(outcomes, incidents, time)| {
        let requests = [
            Request::Set(SetRequest::Add(0)),
            Request::Set(SetRequest::Read),
        ]
        .into_iter();
        let asked = requests.zip(outcomes).zip(0..);
        let asked = asked.flat_map(|((request, outcome), operation)| {
            let invocation = Invocation {
                operation,
                client: 1,
                node: 0,
                request,
                phase: Phase::Load,
            };
            [
                What::Invoked(invocation),
                What::Completed { operation, outcome },
            ]
        });
        let all = std::iter::once(What::Began(Phase::Load))
            .chain(asked)
            .chain(incidents);
        all.map(|what| Event { time, what }).collect()
    })
}

fn any_carried(nodes: usize) -> impl Strategy<Value = Carried> {
    let party = || {
        prop_oneof![
            (0..nodes).prop_map(Party::Node),
            any::<usize>().prop_map(Party::Client),
            prop::sample::select(&ServiceKind::ALL[..]).prop_map(Party::Service),
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
    let served = (any::<u64>(), any::<u64>());
    let served = served.prop_map(|(state, newest)| ServedState { state, newest });
    let content = (
        text(),
        vec(any::<usize>(), 0..4),
        option::of(served),
        bytes(),
    );
    (any::<u64>(), times, party(), party(), fate, content).prop_map(
        |(id, (sent, due, settled), source, destination, fate, (kind, values, served, line))| {
            Carried {
                id,
                sent,
                due,
                settled,
                source,
                destination,
                fate,
                kind,
                values,
                served,
                line,
            }
        },
    )
}

proptest! {
    #[test]
    fn a_history_comes_back(
        (settings, events) in any_settings().prop_flat_map(|settings| {
            let nodes = settings.nodes.len();
            // Each node has a client, and the harness has numbers for all of them.
            let clients = nodes..usize::MAX - nodes;
            (clients, events(nodes)).prop_map(move |(clients, events)| {
                (Settings { clients, ..settings.clone() }, events)
            })
        }),
    ) {
        let text = history(&settings, &events);
        prop_assert_eq!(read_history(&text), Ok((settings, events)));
    }

    #[test]
    fn messages_come_back(
        (nodes, carried) in (1usize..8)
            .prop_flat_map(|nodes| (Just(nodes), vec(any_carried(nodes), 0..5))),
    ) {
        let mut text = Vec::new();
        for one in &carried {
            messages::write(one, &mut text);
        }
        let read: Result<Vec<_>, _> = messages::read(&text, nodes).collect();
        prop_assert_eq!(read, Ok(carried));
    }

    #[test]
    fn nothing_that_stands_in_a_file_makes_it_panic(lines in vec((bytes(), any::<bool>()), 0..4)) {
        let mut text = history(&Settings::default(), &[]);
        for (line, is_event) in lines {
            text.extend(if is_event { &br#"{"index":0,"time":1,"type":"fault","number":["#[..] } else { b"" });
            text.extend(line);
            text.push(b'\n');
        }
        let _ = read_history(&text);
        let _ = messages::read(&text, 1).count();
    }
}

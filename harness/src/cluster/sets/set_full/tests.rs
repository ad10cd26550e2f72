//! Histories worked out by hand, and any history against the rule's own words.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::cluster::history::Reason;
use crate::cluster::sets::{SetReply, SetRequest, Shown};
use crate::cluster::workload::{Reply, Request};

/// What happens, in words, each `MILLISECONDS WHAT`: `add 1` and then `ack 1`, `fail 1` or
/// `unsure 1`; `read A` (`ask A` in the recovery) and then `A 1 2` or `fail A`.
fn history(text: &str) -> Vec<Event> {
    let events = text.split('|').map(|words| {
        let words: Vec<_> = words.split_whitespace().collect();
        let milliseconds: f64 = words[0].parse().unwrap();
        Event {
            time: Duration::from_secs_f64(milliseconds / 1000.0),
            what: what(words[1], &words[2..]),
        }
    });
    events.collect()
}

fn what(verb: &str, names: &[&str]) -> What {
    let values = || names.iter().map(|name| name.parse().unwrap());
    match verb {
        "add" => invoked(
            names[0],
            Request::Set(SetRequest::Add(values().next_back().unwrap())),
        ),
        "read" => invoked(names[0], Request::Set(SetRequest::Read)),
        "ask" => match invoked(names[0], Request::Set(SetRequest::Read)) {
            What::Invoked(invocation) => What::Invoked(Invocation {
                phase: Phase::Recovery,
                ..invocation
            }),
            other => other,
        },
        "ack" => ended(
            operation(names[0]),
            Outcome::Ok(Reply::Set(SetReply::Added)),
        ),
        "fail" => ended(operation(names[0]), Outcome::Failed(Reason::NodeDead)),
        "unsure" => ended(operation(names[0]), Outcome::Unknown(Reason::TimedOut)),
        read => {
            let mut seen = BTreeSet::new();
            let twice = values().filter(|value| !seen.insert(*value)).collect();
            let values = values().collect();
            let phantoms = Vec::new();
            let shown = Shown {
                values,
                twice,
                phantoms,
                is_null: false,
            };
            ended(
                operation(read),
                Outcome::Ok(Reply::Set(SetReply::Shown(Box::new(shown)))),
            )
        }
    }
}

/// Values have the operations up to 9, reads, by their letter, those from 65.
fn operation(name: &str) -> usize {
    let letter = || usize::from(name.as_bytes()[0]);
    name.parse().unwrap_or_else(|_| letter())
}

fn invoked(name: &str, request: Request) -> What {
    What::Invoked(Invocation {
        operation: operation(name),
        client: 1,
        node: 0,
        request,
        phase: Phase::Load,
    })
}

fn ended(operation: usize, outcome: Outcome) -> What {
    What::Completed { operation, outcome }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let verdict = SetFull::of(&history(text));
    let mut words = vec![format!("{:?}", verdict.valid).to_lowercase()];
    for (name, list) in [
        ("stable for", format!("{:?}", verdict.stable_latencies)),
        ("lost for", format!("{:?}", verdict.lost_latencies)),
        ("stale", format!("{:?}", verdict.stale)),
        ("lost", format!("{:?}", verdict.lost)),
        ("never read", format!("{:?}", verdict.never_read)),
    ] {
        words.extend((list != "[]").then(|| format!("{name} {list}")));
    }
    assert_eq!(words.join(", "), expected, "{text}");
    assert_eq!(verdict.stable_count, verdict.stable_latencies.len());
    let outcomes = verdict.stable_count + verdict.lost.len() + verdict.never_read.len();
    assert_eq!(verdict.attempt_count, outcomes);
}

#[test]
fn a_value_is_stable_once_no_later_read_lacks_it() {
    check("0 add 1|5 ack 1|6 read A|7 A 1", "valid, stable for [0]");
    // Nobody acknowledged it, but it was there.
    for end in ["fail", "unsure"] {
        check(
            &format!("0 add 1|5 {end} 1|6 read A|7 A 1|9.9 read B|10 B|11 read C|12 C 1"),
            "valid, stable for [2], stale [1]",
        );
    }
    // Known from the end of the first read that showed it, though that began before the ack.
    check(
        "0 add 1|1 read A|3 A 1|5 ack 1|7 read B|8 B|9 read C|9 C 1",
        "valid, stable for [4], stale [1]",
    );
    // A read that began before it was known makes it neither stale nor lost.
    check(
        "0 add 1|1 read A|2 ack 1|3 A|4 read B|5 B 1",
        "valid, stable for [0]",
    );
    // Milliseconds are cut, not rounded.
    check(
        "0 add 1|0 ack 1|0.9 read A|2 A|3 read B|4 B 1",
        "valid, stable for [0]",
    );
    check(
        "0 add 1|0 ack 1|1 read A|2 A|3 read B|4 B 1",
        "valid, stable for [1], stale [1]",
    );
}

#[test]
fn a_value_is_lost_when_the_latest_reads_lack_it() {
    check(
        "0 add 1|5 ack 1|6 read A|7 A",
        "invalid, lost for [0], lost [1]",
    );
    check(
        "0 add 1|5 ack 1|8 read A|9 A 1|10 read B|11 B",
        "invalid, lost for [3], lost [1]",
    );
    // Which read began last counts, not which ended last.
    check(
        "0 add 1|5 ack 1|8 read A|9 read B|10 B|11 A 1",
        "invalid, lost for [3], lost [1]",
    );
    // Lost and found again.
    check(
        "0 add 1|5 ack 1|6 read A|7 A 1|8 read B|9 B|10 read C|11 C 1",
        "valid, stable for [3], stale [1]",
    );
    // One is lost, the other isn't.
    check(
        "0 add 1|1 add 2|2 ack 2|3 ack 1|6 read A|7 A 2",
        "invalid, stable for [0], lost for [0], lost [1]",
    );
}

#[test]
fn of_a_value_that_no_read_saw_nothing_is_known() {
    check("0 add 1|5 ack 1", "unknown, never read [1]");
    check("0 add 1|5 fail 1|6 read A|7 A", "unknown, never read [1]");
    check("0 add 1|5 unsure 1|6 read A|7 A", "unknown, never read [1]");
    // The only read began before the ack.
    check("0 add 1|3 read A|5 ack 1|6 A", "unknown, never read [1]");
    check(
        "0 add 1|5 ack 1|6 read A|7 fail A",
        "unknown, never read [1]",
    );
    check("0 add 1|5 ack 1|6 ask A|7 A 1", "unknown, never read [1]");
    check("0 add 1", "unknown, never read [1]");
    check("0 read A|1 A", "unknown");
}

#[test]
fn a_read_that_ended_before_the_broadcast_says_nothing_of_it() {
    // B began after A, but ended before the value was there.
    check(
        "0 read A|1 read B|2 B|3 add 1|4 A 1|5 ack 1",
        "valid, stable for [0]",
    );
    check(
        "0 read A|1 read B|2 A|3 add 1|4 B 1|5 ack 1",
        "valid, stable for [0]",
    );
}

#[test]
fn at_the_same_time_the_order_of_the_events_decides() {
    check(
        "0 add 1|5 ack 1|5 read A|5 read B|5 A|5 B 1",
        "valid, stable for [0]",
    );
    check(
        "0 add 1|5 ack 1|5 read A|5 read B|5 A 1|5 B",
        "invalid, lost for [0], lost [1]",
    );
    check("5 add 1|5 read A|5 ack 1|5 A", "unknown, never read [1]");
}

#[test]
fn what_a_read_shows_twice_is_no_duplicate_for_maelstrom() {
    check(
        "0 add 1|1 add 2|2 read A|3 A 2 1 2|4 read B|5 B 1 2",
        "valid, stable for [0, 0]",
    );
    check("0 add 1|2 ask A|3 A 1 1", "unknown, never read [1]");
}

#[test]
fn quantiles_are_by_index() {
    let hundred: Vec<u64> = (0..100).collect();
    for (latencies, expected) in [
        (&[][..], [None; 5]),
        (&[7], [Some(7); 5]),
        (&[7, 9], [Some(7), Some(9), Some(9), Some(9), Some(9)]),
        (&hundred, [Some(0), Some(50), Some(95), Some(99), Some(99)]),
    ] {
        let points = QUANTILES.map(|q| quantile(latencies, q));
        assert_eq!(points, expected, "{latencies:?}");
    }
}

/// One value by the rule's own words: each read in the order of its end, as Jepsen does it.
fn by_the_words(events: &[Event], value: usize) -> Element {
    let mut open = BTreeMap::new();
    let mut element: Option<Element> = None;
    for (place, event) in events.iter().enumerate() {
        match &event.what {
            What::Invoked(invocation) => {
                open.insert(invocation.operation, place);
                if invocation.request == Request::Set(SetRequest::Add(value)) {
                    element = Some(Element::default());
                }
            }
            What::Completed { operation, outcome } => {
                let Some(element) = &mut element else {
                    continue;
                };
                let invoked = open[operation];
                match outcome {
                    Outcome::Ok(Reply::Set(SetReply::Added)) if *operation == value => {
                        element.known.get_or_insert(place);
                    }
                    Outcome::Ok(Reply::Set(SetReply::Shown(shown)))
                        if shown.values.contains(value) =>
                    {
                        element.known.get_or_insert(place);
                        element.last_present = element.last_present.max(Some(invoked));
                    }
                    Outcome::Ok(Reply::Set(SetReply::Shown(_))) => {
                        element.last_absent = element.last_absent.max(Some(invoked));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    element.unwrap()
}

/// Begins and ends of adds and reads in any order; each number is what is done next.
fn any_history() -> impl Strategy<Value = Vec<Event>> {
    let steps = prop::collection::vec((0usize..40, any::<u16>(), 0u64..3), 1..80);
    steps.prop_map(|steps| {
        let (mut time, mut begun) = (0, BTreeMap::new());
        let mut events = Vec::new();
        for (number, bits, wait) in steps {
            time += wait;
            // Every second number is a value, whichever came first; the others are reads.
            let is_value = number % 2 == 0 && number < 32;
            let request = if is_value {
                Request::Set(SetRequest::Add(number / 2))
            } else {
                Request::Set(SetRequest::Read)
            };
            let operation = if is_value { number / 2 } else { 100 + number };
            let added: FixedBitSet = begun.keys().copied().filter(|key| *key < 100).collect();
            let what = match begun.get(&operation) {
                None => What::Invoked(Invocation {
                    operation,
                    client: 1,
                    node: 0,
                    request,
                    phase: Phase::Load,
                }),
                Some(true) => continue,
                Some(false) if is_value && bits % 3 == 0 => {
                    ended(operation, Outcome::Failed(Reason::NodeDead))
                }
                Some(false) if is_value => {
                    ended(operation, Outcome::Ok(Reply::Set(SetReply::Added)))
                }
                Some(false) => {
                    let values = added
                        .ones()
                        .filter(|value| bits >> value & 1 == 1)
                        .collect();
                    ended(
                        operation,
                        Outcome::Ok(Reply::Set(SetReply::Shown(Box::new(Shown {
                            values,
                            ..Shown::default()
                        })))),
                    )
                }
            };
            begun
                .entry(operation)
                .and_modify(|ended| *ended = true)
                .or_insert(false);
            events.push(Event {
                time: Duration::from_millis(time),
                what,
            });
        }
        events
    })
}

proptest! {
    #[test]
    fn all_at_once_is_as_one_by_one(events in any_history()) {
        let mut watch = SetWatch::default();
        for (place, event) in events.iter().enumerate() {
            watch.see(place, &event.what);
        }
        watch.find_last_reads();
        for (value, element) in &watch.elements {
            prop_assert_eq!(element, &by_the_words(&events, *value), "{}", value);
        }
    }
}

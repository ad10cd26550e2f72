//! What nodes asked of services, as far as a person should know of it: requests that no service knows, and
//! answers from the past.
//!
//! Every event and every message is passed to it once, in the order of time. Of each node the last answers
//! are kept, and of each service one example for a node. Nothing is judged here.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::history::{Event, What};
use super::journal::{Carried, Fate, Party};
use crate::net::fault::Fault;
use crate::service::kind::ServiceKind;
use crate::service::served::ServedState;

/// How many answers of services are kept of each node.
const ANSWERS_MAX: usize = 256;

/// How much is kept of a type's name, in characters.
const LENGTH_MAX: usize = 60;

/// A reply that came from an older state than the newest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaleAnswer {
    pub service: ServiceKind,
    pub node: usize,
    pub time: Duration,
    pub served: ServedState,
}

/// Requests of a type that the service does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRequest {
    pub service: ServiceKind,
    pub node: usize,
    /// The type of the first one.
    pub kind: String,
    pub sent: Duration,
    /// How many such requests there were.
    pub times: u64,
}

/// What nodes asked of services.
#[derive(Debug, Clone, Default)]
pub struct ServiceUse {
    /// By node, its last answers that have a state, in the order in which they reached it in its life.
    answers: BTreeMap<usize, VecDeque<StaleAnswer>>,
    unknown: BTreeMap<(usize, ServiceKind), UnknownRequest>,
}

impl ServiceUse {
    /// Takes note of what happened: a node that begins anew has no answers.
    pub fn event(&mut self, event: &Event) {
        if let What::FaultBegan { fault, .. } = &event.what
            && let Fault::Restart(node) | Fault::Kill(node) = fault
        {
            self.answers.remove(node);
        }
    }

    /// Takes note of a message whose way has ended.
    pub fn carried(&mut self, carried: &Carried) {
        match (carried.source, carried.destination) {
            (Party::Node(node), Party::Service(service)) => self.asked(node, service, carried),
            (Party::Service(service), Party::Node(node)) => {
                if let (Some(served), Fate::Delivered) = (carried.served, carried.fate) {
                    let answers = self.answers.entry(node).or_default();
                    let surplus = (answers.len() + 1).saturating_sub(ANSWERS_MAX);
                    answers.drain(..surplus);
                    answers.push_back(StaleAnswer {
                        service,
                        node,
                        time: carried.settled,
                        served,
                    });
                }
            }
            (Party::Node(_) | Party::Client(_) | Party::Service(_), _) => {}
        }
    }

    fn asked(&mut self, node: usize, service: ServiceKind, carried: &Carried) {
        if service.requests().contains(&carried.kind.as_str()) {
            return;
        }
        let unknown = self.unknown.entry((node, service));
        let unknown = unknown.or_insert_with(|| UnknownRequest {
            service,
            node,
            kind: carried.kind.chars().take(LENGTH_MAX).collect(),
            sent: carried.sent,
            times: 0,
        });
        unknown.times += 1;
    }

    /// The stalest answer that a node got while a client waited for it; where it got none, the last one
    /// before, if that was stale.
    pub fn stale(&self, node: usize, asked: Duration, ended: Duration) -> Option<StaleAnswer> {
        let answers = self.answers.get(&node)?.iter();
        let mut before = answers.rev().skip_while(|answer| answer.time > ended);
        let last = before.next()?;
        let others = before.take_while(|answer| answer.time >= asked);
        // Of equally stale ones the last.
        let stalest = others.fold(last, |stalest, answer| {
            if answer.served.lag() > stalest.served.lag() {
                answer
            } else {
                stalest
            }
        });
        (stalest.served.lag() > 0).then_some(*stalest)
    }

    /// The requests that no service knows, in the order of nodes.
    pub fn unknown(&self) -> impl Iterator<Item = &UnknownRequest> {
        self.unknown.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn carried(time: u64, from: Party, to: Party, kind: &str) -> Carried {
        Carried {
            id: time,
            ..Carried::delivered(at(time), from, to, kind)
        }
    }

    /// Node 1 gets answers at these times, from these states of these.
    fn answers(all: &[(u64, u64, u64)]) -> ServiceUse {
        let mut services = ServiceUse::default();
        for (time, state, newest) in all {
            let (service, node) = (Party::Service(ServiceKind::SeqKv), Party::Node(1));
            services.carried(&Carried {
                served: Some(ServedState {
                    state: *state,
                    newest: *newest,
                }),
                ..carried(*time, service, node, "read_ok")
            });
        }
        services
    }

    #[test]
    fn of_answers_during_a_read_the_stalest_counts_and_else_the_last_before() {
        let services = answers(&[(10, 1, 9), (20, 5, 9), (30, 8, 9), (40, 9, 9)]);
        let stale = |asked, ended| {
            let stale = services.stale(1, at(asked), at(ended));
            stale.map(|answer| (answer.time.as_millis(), answer.served.lag()))
        };
        assert_eq!(stale(15, 45), Some((20, 4)));
        assert_eq!(stale(22, 35), Some((30, 1)));
        assert_eq!(stale(12, 15), Some((10, 8)));
        assert_eq!(stale(41, 45), None, "the last one before was fresh");
        assert_eq!(stale(0, 5), None);
        assert_eq!(services.stale(0, at(0), at(99)), None);
    }

    #[test]
    fn a_node_that_begins_anew_has_no_answers_and_only_so_many_are_kept() {
        let mut services = answers(&[(10, 1, 9)]);
        let fault = Fault::Restart(1);
        services.event(&Event {
            time: at(20),
            what: What::FaultBegan { number: 1, fault },
        });
        assert_eq!(services.stale(1, at(0), at(99)), None);
        let many: Vec<_> = (0..1000).map(|time| (time, 0, 1)).collect();
        assert_eq!(answers(&many).answers[&1].len(), ANSWERS_MAX);
    }

    #[test]
    fn requests_that_a_service_does_not_know_are_counted() {
        let mut services = ServiceUse::default();
        let mut ask = |time, service, kind| {
            let to = Party::Service(service);
            services.carried(&carried(time, Party::Node(0), to, kind));
        };
        for service in [ServiceKind::SeqKv, ServiceKind::LinKv, ServiceKind::LwwKv] {
            for kind in ["read", "write", "cas"] {
                ask(1, service, kind);
            }
        }
        ask(1, ServiceKind::LinTso, "ts");
        ask(2, ServiceKind::SeqKv, "ts");
        ask(3, ServiceKind::SeqKv, "delete");
        let unknown: Vec<_> = services.unknown().cloned().collect();
        let expected = UnknownRequest {
            service: ServiceKind::SeqKv,
            node: 0,
            kind: "ts".to_owned(),
            sent: at(2),
            times: 2,
        };
        assert_eq!(unknown, [expected]);
    }
}

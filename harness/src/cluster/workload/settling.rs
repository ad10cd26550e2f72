//! What nodes are asked once all is healed, until they have everything.

use std::time::Duration;

use super::counter::CounterRequest;
use super::counter::settle::CounterSettling;
use super::kafka::settle::KafkaSettling;
use super::kind::WorkloadKind;
use super::polls::Polls;
use super::txn::settle::TxnSettling;
use super::{Reply, Request};
use crate::cluster::history::{Outcome, Phase};
use crate::cluster::sets::recovery::Recovery;
use crate::cluster::sets::{SetReply, SetRequest};
use crate::cluster::spread::Spread;
use crate::txn::ObjectKind;

/// How far the nodes are.
#[derive(Debug)]
pub struct Settling {
    polls: Polls,
    state: SettlingState,
}

/// What nodes can lack.
#[derive(Debug)]
enum SettlingState {
    Set(Recovery),
    /// The sum that all show.
    Counter(CounterSettling),
    /// Messages of logs, and what was committed.
    Kafka(KafkaSettling),
    /// The values of keys that transactions wrote.
    Txn(TxnSettling),
    Nothing,
}

impl Settling {
    /// So many nodes, of which nothing is known.
    pub fn new(workload: WorkloadKind, nodes: usize) -> Self {
        let state = match workload {
            WorkloadKind::Broadcast | WorkloadKind::GSet => {
                SettlingState::Set(Recovery::new(nodes))
            }
            WorkloadKind::GCounter | WorkloadKind::PnCounter => {
                SettlingState::Counter(CounterSettling::new(nodes))
            }
            WorkloadKind::Kafka => SettlingState::Kafka(KafkaSettling::new(nodes)),
            WorkloadKind::TxnListAppend => {
                SettlingState::Txn(TxnSettling::new(nodes, ObjectKind::List))
            }
            WorkloadKind::TxnRwRegister => {
                SettlingState::Txn(TxnSettling::new(nodes, ObjectKind::Register))
            }
            WorkloadKind::Echo | WorkloadKind::LinKv | WorkloadKind::UniqueIds => {
                SettlingState::Nothing
            }
        };
        Self {
            polls: Polls::new(nodes),
            state,
        }
    }

    /// A request of a client to a node ended. `is_healed`: whether faults and load are over.
    pub fn ended(
        &mut self,
        (client, node): (usize, usize),
        request: &Request,
        outcome: &Outcome,
        is_healed: bool,
    ) {
        match (&mut self.state, request, outcome) {
            (
                SettlingState::Set(recovery),
                Request::Set(SetRequest::Add(value)),
                Outcome::Ok(Reply::Set(SetReply::Added)),
            ) => recovery.acknowledged(*value),
            (SettlingState::Set(recovery), _, Outcome::Ok(Reply::Set(SetReply::Shown(shown))))
                if is_healed =>
            {
                recovery.showed(node, &shown.values);
            }
            (
                SettlingState::Counter(counter),
                Request::Counter(request),
                Outcome::Ok(Reply::Counter(reply)),
            ) => counter.replied(node, *request, *reply, is_healed),
            (SettlingState::Counter(counter), Request::Counter(request), Outcome::Unknown(_)) => {
                counter.unknown(*request);
            }
            (SettlingState::Kafka(kafka), Request::Kafka(request), outcome) => {
                // What a client polls begins where it left off.
                if client > 0 {
                    kafka.ended(request, outcome);
                } else if let Outcome::Ok(Reply::Kafka(reply)) = outcome
                    && kafka.replied(node, reply)
                {
                    self.polls.progressed(node);
                }
            }
            (SettlingState::Txn(txn), Request::Txn(request), outcome) => {
                txn.ended(request);
                if let (0, Outcome::Ok(Reply::Txn(reply))) = (client, outcome)
                    && txn.showed(node, reply)
                {
                    self.polls.progressed(node);
                }
            }
            (
                SettlingState::Set(_)
                | SettlingState::Counter(_)
                | SettlingState::Kafka(_)
                | SettlingState::Txn(_)
                | SettlingState::Nothing,
                _,
                _,
            ) => {}
        }
    }

    /// What a node is asked next in this part of the run.
    pub fn request(&self, node: usize, phase: Phase) -> Option<Request> {
        match &self.state {
            SettlingState::Set(_) => Some(Request::Set(SetRequest::Read)),
            SettlingState::Counter(_) => Some(Request::Counter(CounterRequest::Read)),
            SettlingState::Kafka(kafka) if phase == Phase::FinalReads => {
                Some(Request::Kafka(kafka.last()))
            }
            SettlingState::Kafka(kafka) => Some(Request::Kafka(kafka.request(node))),
            SettlingState::Txn(txn) if phase == Phase::FinalReads => Some(Request::Txn(txn.last())),
            SettlingState::Txn(txn) => Some(Request::Txn(txn.request(node))),
            SettlingState::Nothing => None,
        }
    }

    /// A node was asked to settle.
    pub fn asked(&mut self, node: usize) {
        self.polls.asked(node);
    }

    /// That request ended, well or not.
    pub fn poll_ended(&mut self, now: Duration, node: usize) {
        self.polls.ended(now, node);
    }

    /// Whether a node has all that it has to.
    pub fn has_all(&self, node: usize, spread: &Spread) -> bool {
        match &self.state {
            SettlingState::Set(recovery) => recovery.has_all(node, spread),
            SettlingState::Counter(counter) => counter.has_all(node),
            SettlingState::Kafka(kafka) => kafka.has_all(node),
            SettlingState::Txn(txn) => txn.has_all(node),
            SettlingState::Nothing => true,
        }
    }

    /// Whether a node may show what is right, though it is not there yet: a sum that goes up and down, of parts
    /// of different age.
    pub fn may_be_right_by_chance(&self) -> bool {
        match self.state {
            SettlingState::Counter(_) => true,
            SettlingState::Set(_)
            | SettlingState::Kafka(_)
            | SettlingState::Txn(_)
            | SettlingState::Nothing => false,
        }
    }

    /// When a node is to be asked again; `None` while it has not answered.
    pub fn next(&self, node: usize) -> Option<Duration> {
        self.polls.next(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::workload::counter::CounterReply;

    #[test]
    fn only_what_a_node_shows_once_all_is_healed_counts() {
        let shown = Reply::Set(SetReply::Shown(Box::default()));
        let sum = Reply::Counter(CounterReply::Sum(0));
        for (workload, request, reply) in [
            (WorkloadKind::GSet, Request::Set(SetRequest::Read), shown),
            (
                WorkloadKind::PnCounter,
                Request::Counter(CounterRequest::Read),
                sum,
            ),
        ] {
            let mut settling = Settling::new(workload, 1);
            let read = Outcome::Ok(reply);
            settling.ended((0, 0), &request, &read, false);
            assert!(!settling.has_all(0, &Spread::new(1)), "{workload:?}");
            settling.ended((0, 0), &request, &read, true);
            assert!(settling.has_all(0, &Spread::new(1)), "{workload:?}");
        }
    }
}

//! What clients ask in the load, one request after the other.

use fastrand::Rng;

use super::Request;
use super::kafka::generator::KafkaGenerator;
use super::kind::WorkloadKind;
use super::lin_kv::generator::LinKvGenerator;
use super::set_wire::SetWire;
use super::txn::generator::TxnGenerator;
use super::{counter, echo};
use crate::cluster::history::Outcome;
use crate::cluster::settings::Settings;
use crate::txn::ObjectKind;

/// Where the requests of a load come from.
#[derive(Debug)]
pub enum Generator {
    /// To a set, of which so many values were given.
    Set(usize),
    /// To a counter; `true` if it only grows.
    Counter(bool),
    Echo,
    Id,
    Kafka(KafkaGenerator),
    /// To a store of keys.
    LinKv(LinKvGenerator),
    Txn(TxnGenerator),
}

impl Generator {
    pub fn new(settings: &Settings) -> Self {
        match settings.workload {
            WorkloadKind::Broadcast | WorkloadKind::GSet => Self::Set(0),
            WorkloadKind::GCounter => Self::Counter(true),
            WorkloadKind::PnCounter => Self::Counter(false),
            WorkloadKind::Echo => Self::Echo,
            WorkloadKind::UniqueIds => Self::Id,
            WorkloadKind::Kafka => Self::Kafka(KafkaGenerator::new(settings)),
            WorkloadKind::LinKv => Self::LinKv(LinKvGenerator::new(settings)),
            WorkloadKind::TxnListAppend => Self::Txn(TxnGenerator::new(settings, ObjectKind::List)),
            WorkloadKind::TxnRwRegister => {
                Self::Txn(TxnGenerator::new(settings, ObjectKind::Register))
            }
        }
    }

    /// What this client asks next.
    pub fn next(&mut self, random: &mut Rng, client: usize) -> Request {
        match self {
            Self::Set(values) => {
                let request = Request::Set(SetWire::next(random, *values));
                *values += usize::from(request.value().is_some());
                request
            }
            Self::Counter(only_grows) => Request::Counter(counter::next(random, *only_grows)),
            Self::Echo => Request::Echo(echo::next(random)),
            Self::Id => Request::Id,
            Self::Kafka(logs) => Request::Kafka(logs.next(random, client)),
            Self::LinKv(keys) => Request::LinKv(Box::new(keys.next(random, client))),
            Self::Txn(transactions) => Request::Txn(transactions.next(random)),
        }
    }

    /// A client's request ended: what it asks at once.
    pub fn ended(
        &mut self,
        client: usize,
        request: &Request,
        outcome: &Outcome,
    ) -> Option<Request> {
        match (self, request) {
            (Self::LinKv(keys), _) => keys.ended(client, outcome),
            (Self::Kafka(logs), Request::Kafka(request)) => {
                return logs.ended(client, request, outcome).map(Request::Kafka);
            }
            (
                Self::Set(_)
                | Self::Counter(_)
                | Self::Echo
                | Self::Id
                | Self::Kafka(_)
                | Self::Txn(_),
                _,
            ) => {}
        }
        None
    }
}

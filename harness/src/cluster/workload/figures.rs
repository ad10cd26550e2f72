//! What was measured of the replies, of whichever workload, and how it is told.

use serde_json::{Map, Value};

use super::counter::finding::CounterFigures;
use super::echo::finding::EchoFigures;
use super::kafka::figures::KafkaFigures;
use super::lin_kv::figures::LinKvFigures;
use super::terms::Terms;
use super::txn::figures::TxnFigures;
use super::unique_ids::finding::IdFigures;
use crate::cluster::sets::figures::SetFigures;
use crate::cluster::sets::words;

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkloadFigures {
    /// Of a set of values.
    Set(SetFigures),
    Counter(CounterFigures),
    Echo(EchoFigures),
    Id(IdFigures),
    Kafka(KafkaFigures),
    LinKv(LinKvFigures),
    Txn(TxnFigures),
}

impl WorkloadFigures {
    /// Those of a set, if it was one.
    pub fn set(&self) -> Option<&SetFigures> {
        match self {
            Self::Set(set) => Some(set),
            Self::Counter(_)
            | Self::Echo(_)
            | Self::Id(_)
            | Self::Kafka(_)
            | Self::LinKv(_)
            | Self::Txn(_) => None,
        }
    }

    /// What became of the requests, beside their number.
    pub fn requests(&self, terms: Terms) -> String {
        match self {
            Self::Set(set) => words::acknowledged(set, terms),
            Self::Counter(counter) => counter.requests(),
            Self::Echo(echo) => echo.requests(),
            Self::Id(ids) => ids.requests(),
            Self::Kafka(kafka) => kafka.requests(),
            Self::LinKv(keys) => keys.requests(),
            Self::Txn(txn) => txn.requests(),
        }
    }

    /// The rows of a summary: what each is called, and what it says.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Set(set) => words::rows(set),
            Self::Counter(counter) => counter.rows(),
            Self::Echo(echo) => echo.rows(),
            Self::Id(ids) => ids.rows(),
            Self::Kafka(kafka) => kafka.rows(),
            Self::LinKv(keys) => keys.rows(),
            Self::Txn(txn) => txn.rows(),
        }
    }

    /// What Maelstrom's own rule says, in a word.
    pub fn maelstrom(&self) -> &'static str {
        match self {
            Self::Set(set) => words::validity(set.set_full.valid),
            Self::Counter(counter) => counter.maelstrom(),
            Self::Echo(echo) => echo.maelstrom(),
            Self::Id(ids) => ids.maelstrom(),
            Self::Kafka(kafka) => kafka.maelstrom(),
            Self::LinKv(keys) => keys.maelstrom(),
            Self::Txn(txn) => txn.maelstrom(),
        }
    }

    pub fn results(&self) -> Map<String, Value> {
        match self {
            Self::Set(set) => set.results(),
            Self::Counter(counter) => counter.results(),
            Self::Echo(echo) => echo.results(),
            Self::Id(ids) => ids.results(),
            Self::Kafka(kafka) => kafka.results(),
            Self::LinKv(keys) => keys.results(),
            Self::Txn(txn) => txn.results(),
        }
    }
}

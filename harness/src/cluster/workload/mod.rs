//! What clients ask of nodes: a room for each workload, and here the door to all of them. What is asked
//! first of each node, what clients ask then, how a request and its reply stand on the wire and in a
//! stored history. [`settling`] knows what is asked once all is healed, [`judge`] what makes a run wrong,
//! [`findings`] what that is called.
//!
//! Whoever carries, records or stores requests knows none of them: only this folder does. Pure.

pub mod broadcast;
pub mod counter;
pub mod echo;
pub mod example;
pub mod figures;
pub mod findings;
pub mod g_set;
pub mod generator;
pub mod judge;
pub mod kafka;
pub mod kept;
pub mod key_pool;
pub mod kind;
pub mod lin_kv;
pub mod polls;
pub mod recovery_time;
pub mod replies;
pub mod set_wire;
pub mod settling;
pub mod terms;
pub mod txn;
pub mod unique_ids;

use std::time::Duration;

use fixedbitset::FixedBitSet;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::envelope::Envelope;
use super::journal::Carried;
use super::purpose::Purpose;
use super::sets::{SetReply, SetRequest, Shown};
use super::settings::{CLIENT_TIMEOUT, Settings};
use crate::phrases::fit;
use crate::txn::ObjectKind;
use counter::{CounterReply, CounterRequest};
use echo::{EchoReply, EchoRequest};
use kafka::{KafkaReply, KafkaRequest};
use kind::WorkloadKind;
use lin_kv::{LinKvReply, LinKvRequest, RegisterWish};
use set_wire::SetWire;
use terms::Terms;
use txn::{TxnReply, TxnRequest};
use unique_ids::UniqueId;

/// A request of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// To a set of values.
    Set(SetRequest),
    Counter(CounterRequest),
    Echo(EchoRequest),
    Id,
    Kafka(KafkaRequest),
    /// To a store of keys.
    LinKv(Box<LinKvRequest>),
    Txn(TxnRequest),
}

/// What a node replied to a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Of a set of values.
    Set(SetReply),
    Counter(CounterReply),
    Echo(EchoReply),
    Id(UniqueId),
    Kafka(KafkaReply),
    /// Of a store of keys.
    LinKv(LinKvReply),
    Txn(TxnReply),
}

/// A request on the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct Rpc {
    pub kind: &'static str,
    /// What stands in its body beside type and number.
    pub payload: Value,
}

/// What a reply says, if it says what was asked.
#[derive(Debug, PartialEq)]
pub struct ReadReply {
    pub reply: Reply,
    /// The keys that replies of its type have beside the usual ones.
    pub keys: &'static [&'static str],
}

/// Why a reply does not say what was asked.
#[derive(Debug, PartialEq)]
pub enum Unsaid {
    OtherType,
    Lacks(&'static str),
    /// This key of it is no array.
    NoArray(&'static str),
    /// This key of it is no integer of at most 64 bits.
    NoInteger(&'static str),
    /// This key of it is something else than this.
    OtherForm(&'static str, &'static str),
}

/// How wide a value of another form is told.
const FORM_WIDTH_MAX: usize = 60;

/// Why what stands in a stored history is no request or no reply.
#[derive(Debug)]
pub enum BadStored {
    /// The workload has no such request.
    UnknownFunction,
    /// Its value is not of the right form.
    Value(serde_json::Error),
    /// It shows a value that nobody had given by then.
    ShownTooEarly(usize),
}

impl BadStored {
    /// What it should be, and what it is.
    fn other_form(should_be: &str, value: &Value) -> Self {
        let is = fit::short(&value.to_string(), FORM_WIDTH_MAX);
        Self::Value(serde_json::Error::custom(format_args!(
            "should be {should_be}, is {is}"
        )))
    }

    /// The same of its text.
    fn other_text(should_be: &str, value: &RawValue) -> Self {
        let value = serde_json::from_str(value.get()).unwrap_or_default();
        Self::other_form(should_be, &value)
    }
}

/// A value of a stored history, which should be of this form.
fn parsed<'v, T: Deserialize<'v>>(value: &'v RawValue, should_be: &str) -> Result<T, BadStored> {
    let parsed = serde_json::from_str(value.get());
    parsed.map_err(|_| BadStored::other_text(should_be, value))
}

impl From<serde_json::Error> for BadStored {
    fn from(error: serde_json::Error) -> Self {
        Self::Value(error)
    }
}

/// What a reply has in a stored history.
#[derive(Debug, Default)]
pub struct StoredReply {
    /// Its value; `None`: that of the request.
    pub value: Option<Box<RawValue>>,
    /// What a read showed that nobody had given.
    pub phantoms: Vec<String>,
}

impl WorkloadKind {
    /// How its sentences name what is asked.
    pub fn terms(self) -> Terms {
        match self {
            Self::Broadcast => broadcast::TERMS,
            Self::Echo => echo::TERMS,
            Self::GCounter | Self::PnCounter => counter::TERMS,
            Self::GSet => g_set::TERMS,
            Self::Kafka => kafka::TERMS,
            Self::LinKv => lin_kv::TERMS,
            Self::TxnListAppend | Self::TxnRwRegister => txn::TERMS,
            Self::UniqueIds => unique_ids::TERMS,
        }
    }

    /// How many clients there are unless the user says; of them one more group or several may ask.
    pub fn clients_together(self, nodes: usize) -> usize {
        match self {
            Self::LinKv => lin_kv::generator::group_size(nodes),
            Self::Broadcast
            | Self::Echo
            | Self::GCounter
            | Self::GSet
            | Self::Kafka
            | Self::PnCounter
            | Self::TxnListAppend
            | Self::TxnRwRegister
            | Self::UniqueIds => nodes,
        }
    }

    /// How long a client waits unless the user says, where messages take so long on average.
    pub fn client_timeout(self, latency: Duration) -> Duration {
        match self {
            Self::LinKv => lin_kv::client_timeout(latency),
            Self::Broadcast
            | Self::Echo
            | Self::GCounter
            | Self::GSet
            | Self::Kafka
            | Self::PnCounter
            | Self::TxnListAppend
            | Self::TxnRwRegister
            | Self::UniqueIds => CLIENT_TIMEOUT,
        }
    }

    /// What each node is asked once it has answered `init`, before any client asks.
    pub fn introductions(self, settings: &Settings) -> Vec<Rpc> {
        match self {
            Self::Broadcast => vec![broadcast::introduction(settings)],
            Self::Echo
            | Self::GCounter
            | Self::GSet
            | Self::Kafka
            | Self::LinKv
            | Self::PnCounter
            | Self::TxnListAppend
            | Self::TxnRwRegister
            | Self::UniqueIds => Vec::new(),
        }
    }

    /// The names of requests to a set; no other workload has any.
    fn set_wire(self) -> &'static SetWire {
        match self {
            Self::GSet => &g_set::WIRE,
            Self::Broadcast
            | Self::Echo
            | Self::GCounter
            | Self::Kafka
            | Self::LinKv
            | Self::PnCounter
            | Self::TxnListAppend
            | Self::TxnRwRegister
            | Self::UniqueIds => &broadcast::WIRE,
        }
    }

    /// The type of a request on the wire.
    pub fn request_type(self, request: &Request) -> &'static str {
        match request {
            Request::Set(request) => self.set_wire().request_type(*request),
            Request::Counter(request) => counter::request_type(*request),
            Request::Echo(_) => echo::request_type(),
            Request::Id => unique_ids::request_type(),
            Request::Kafka(request) => kafka::wire::request_type(request),
            Request::LinKv(request) => lin_kv::request_type(request),
            Request::Txn(_) => txn::request_type(),
        }
    }

    /// What a request is called in a stored history: its `f`.
    pub fn function(self, request: &Request) -> &'static str {
        match request {
            Request::Set(_)
            | Request::Counter(_)
            | Request::Echo(_)
            | Request::Id
            | Request::LinKv(_)
            | Request::Txn(_) => self.request_type(request),
            Request::Kafka(request) => request.function(),
        }
    }

    /// A request on the wire.
    pub fn rpc(self, request: &Request) -> Rpc {
        match request {
            Request::Set(request) => self.set_wire().rpc(*request),
            Request::Counter(request) => counter::rpc(*request),
            Request::Echo(request) => echo::rpc(request),
            Request::Id => unique_ids::rpc(),
            Request::Kafka(request) => kafka::wire::rpc(request),
            Request::LinKv(request) => lin_kv::rpc(request),
            Request::Txn(request) => txn::rpc(request),
        }
    }

    /// What a reply to a request says, where so many values were given so far.
    ///
    /// # Errors
    /// Why it does not say what was asked.
    pub fn read(
        self,
        request: &Request,
        answer: &Envelope,
        values: usize,
    ) -> Result<ReadReply, Unsaid> {
        match request {
            Request::Set(request) => self.set_wire().read(*request, answer, values),
            Request::Counter(request) => counter::read(*request, answer),
            Request::Echo(request) => echo::read(request, answer),
            Request::Id => unique_ids::read(answer),
            Request::Kafka(request) => kafka::wire::read(request, answer),
            Request::LinKv(request) => lin_kv::read(request, answer),
            Request::Txn(request) => txn::read(request, answer),
        }
    }

    /// What a message between nodes is for.
    pub fn purpose(self, carried: &Carried) -> Purpose {
        match self {
            Self::Broadcast => broadcast::purpose::of(carried),
            Self::Echo
            | Self::GCounter
            | Self::GSet
            | Self::Kafka
            | Self::LinKv
            | Self::PnCounter
            | Self::TxnListAppend
            | Self::TxnRwRegister
            | Self::UniqueIds => Purpose::of_type(&carried.kind),
        }
    }

    /// The request that stands in a stored history as this `f`, this key (`null` if it has none) and this value.
    ///
    /// # Errors
    /// Why it is none.
    pub fn stored(
        self,
        function: &str,
        key: &RawValue,
        value: &RawValue,
    ) -> Result<Request, BadStored> {
        match self {
            Self::Broadcast | Self::GSet => {
                self.set_wire().stored(function, value).map(Request::Set)
            }
            Self::Echo => echo::stored(function, value).map(Request::Echo),
            Self::GCounter | Self::PnCounter => {
                counter::stored(function, value).map(Request::Counter)
            }
            Self::Kafka => kafka::stored::request(function, value).map(Request::Kafka),
            Self::LinKv => {
                let request = lin_kv::stored(function, key, value)?;
                Ok(Request::LinKv(Box::new(request)))
            }
            Self::TxnListAppend => txn::stored(ObjectKind::List, function, value).map(Request::Txn),
            Self::TxnRwRegister => {
                txn::stored(ObjectKind::Register, function, value).map(Request::Txn)
            }
            Self::UniqueIds => unique_ids::stored(function).map(|()| Request::Id),
        }
    }
}

impl Request {
    /// The value that it gives to the cluster, if it is one that is followed on its way.
    pub fn value(&self) -> Option<usize> {
        match self {
            Self::Set(SetRequest::Add(value)) => Some(*value),
            Self::Set(SetRequest::Read)
            | Self::Counter(_)
            | Self::Echo(_)
            | Self::Id
            | Self::Kafka(_)
            | Self::LinKv(_)
            | Self::Txn(_) => None,
        }
    }

    /// Whether nothing has happened where no reply came.
    pub fn is_read(&self) -> bool {
        match self {
            Self::Set(request) => *request == SetRequest::Read,
            Self::Counter(request) => *request == CounterRequest::Read,
            // As Maelstrom has it.
            Self::Kafka(request) => matches!(request, KafkaRequest::Assign(_)),
            Self::LinKv(request) => request.wish == RegisterWish::Read,
            Self::Echo(_) | Self::Id | Self::Txn(_) => false,
        }
    }

    /// The key that it is about, in a stored history.
    pub fn stored_key(&self) -> Option<Box<RawValue>> {
        match self {
            Self::Set(_)
            | Self::Counter(_)
            | Self::Echo(_)
            | Self::Id
            | Self::Kafka(_)
            | Self::Txn(_) => None,
            Self::LinKv(request) => Some(request.stored_key()),
        }
    }

    /// Whether a node ever gets it; else it is something that a client does by itself.
    pub fn is_sent(&self) -> bool {
        *self != Self::Kafka(KafkaRequest::Crash)
    }

    /// Its value in a stored history.
    pub fn stored_value(&self) -> Box<RawValue> {
        match self {
            Self::Set(SetRequest::Add(value)) => raw(value),
            Self::Set(SetRequest::Read) | Self::Id => raw(&()),
            Self::Counter(request) => request.stored_value(),
            Self::Echo(EchoRequest(text)) => raw(text),
            Self::Kafka(request) => request.stored_value(),
            Self::LinKv(request) => request.stored_value(),
            Self::Txn(request) => request.stored_value(),
        }
    }

    /// The reply to it that stands so in a stored history, where so many values were given so far.
    ///
    /// # Errors
    /// Why it is none.
    pub fn stored_reply(
        &self,
        value: &RawValue,
        phantoms: Vec<String>,
        values: usize,
    ) -> Result<Reply, BadStored> {
        match self {
            Self::Set(SetRequest::Add(_)) => Ok(Reply::Set(SetReply::Added)),
            Self::Set(SetRequest::Read) => {
                let list = parsed(value, "a list of elements, integers from 0")?;
                let shown = Shown::read_stored(list, phantoms, values);
                let shown = shown.map_err(BadStored::ShownTooEarly)?;
                Ok(Reply::Set(SetReply::Shown(Box::new(shown))))
            }
            Self::Counter(request) => request.stored_reply(value).map(Reply::Counter),
            Self::Echo(request) => echo::stored_reply(request, value).map(Reply::Echo),
            Self::Id => unique_ids::stored_reply(value).map(Reply::Id),
            Self::Kafka(request) => request.stored_reply(value).map(Reply::Kafka),
            Self::LinKv(request) => request.stored_reply(value).map(Reply::LinKv),
            Self::Txn(request) => request.stored_reply(value).map(Reply::Txn),
        }
    }
}

impl Request {
    /// The reply to it that stands so in a history that anything wrote, where these values were given so
    /// far.
    ///
    /// # Errors
    /// Why it is none.
    pub fn bare_reply(&self, value: &RawValue, given: &FixedBitSet) -> Result<Reply, BadStored> {
        match self {
            Self::Set(SetRequest::Read) => {
                let shown = match value.get() {
                    list if list.starts_with('[') => {
                        Shown::of_given(&serde_json::from_str::<Vec<_>>(list)?, given)?
                    }
                    "null" => Shown::null(0),
                    other => {
                        let other = serde_json::from_str(other)?;
                        return Err(BadStored::other_form("a list", &other));
                    }
                };
                Ok(Reply::Set(SetReply::Shown(Box::new(shown))))
            }
            Self::Set(SetRequest::Add(_))
            | Self::Counter(_)
            | Self::Echo(_)
            | Self::Id
            | Self::Kafka(_)
            | Self::LinKv(_)
            | Self::Txn(_) => self.stored_reply(value, Vec::new(), given.len()),
        }
    }
}

impl Reply {
    /// How it stands in a stored history; `asked`: the request to which it is one.
    pub fn stored(&self, asked: &Request) -> StoredReply {
        match self {
            Self::Set(SetReply::Added) => StoredReply::default(),
            Self::Set(SetReply::Shown(shown)) => StoredReply {
                value: Some(raw(&shown.stored())),
                phantoms: shown.phantoms.clone(),
            },
            Self::Counter(reply) => reply.stored(),
            Self::Echo(reply) => reply.stored(),
            Self::Id(id) => id.stored(),
            Self::Kafka(reply) => match asked {
                Request::Kafka(asked) => reply.stored(asked),
                Request::Set(_)
                | Request::Counter(_)
                | Request::Echo(_)
                | Request::Id
                | Request::LinKv(_)
                | Request::Txn(_) => StoredReply::default(),
            },
            Self::LinKv(reply) => reply.stored(),
            Self::Txn(reply) => reply.stored(),
        }
    }
}

/// Any value as JSON; those that are written here never refuse.
fn raw(value: &impl Serialize) -> Box<RawValue> {
    to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

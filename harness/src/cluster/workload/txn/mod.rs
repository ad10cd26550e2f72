//! Maelstrom's workloads txn-list-append and txn-rw-register: each request is a transaction, which reads and
//! writes several objects at once. They differ in what objects hold. What makes a history wrong is known to
//! [`crate::txn`].

pub mod check;
pub mod convergence;
pub mod figures;
pub mod finding;
pub mod generator;
pub mod notation;
pub mod settle;
pub mod words;

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::terms::Terms;
use super::{BadStored, ReadReply, Reply, Rpc, StoredReply, Unsaid, parsed, raw};
use crate::cluster::envelope::Envelope;
use crate::txn::atom::Atom;
use crate::txn::{Access, MicroOperation, ObjectKind, Observed};

/// The type of a request, and the key of its operations.
const TXN: &str = "txn";
const READ: &str = "r";

/// What its operations are.
const FORM: &str = "list of operations like [\"r\", key, value]";

/// How its sentences name what is asked.
pub const TERMS: Terms = Terms {
    one: "transaction",
    many: "transactions",
    given: "written",
    done: "committed",
    list: None,
};

/// A transaction. It is cloned wherever a request is kept, so its operations are shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TxnRequest {
    /// What it reads and writes, in this order.
    pub operations: Arc<[MicroOperation]>,
    pub objects: ObjectKind,
}

/// A transaction as a node says that it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TxnReply {
    /// What it read and wrote, in this order.
    pub operations: Vec<MicroOperation>,
    pub objects: ObjectKind,
}

/// How a write is called.
fn write_name(objects: ObjectKind) -> &'static str {
    match objects {
        ObjectKind::List => "append",
        ObjectKind::Register => "w",
    }
}

/// The type of a request.
pub fn request_type() -> &'static str {
    TXN
}

/// A request on the wire.
pub fn rpc(request: &TxnRequest) -> Rpc {
    let operations = request.operations.iter();
    let operations = operations.map(|operation| triple(operation, request.objects).to_value());
    Rpc {
        kind: TXN,
        payload: json!({TXN: operations.collect::<Value>()}),
    }
}

/// What a reply says.
///
/// # Errors
/// Why it does not say what was asked.
pub fn read(request: &TxnRequest, answer: &Envelope) -> Result<ReadReply, Unsaid> {
    if answer.kind != "txn_ok" {
        return Err(Unsaid::OtherType);
    }
    let said = answer.body.get(TXN).ok_or(Unsaid::Lacks(TXN))?;
    let all = said.as_array().ok_or(Unsaid::NoArray(TXN))?.iter();
    let all = all.map(|one| operation(one, request.objects));
    let operations = all.collect::<Option<_>>();
    let reply = TxnReply {
        operations: operations.ok_or(Unsaid::OtherForm(TXN, FORM))?,
        objects: request.objects,
    };
    Ok(ReadReply {
        reply: Reply::Txn(reply),
        keys: &[TXN],
    })
}

/// An operation as it stands in a reply; `None`: it is none.
fn operation(value: &Value, objects: ObjectKind) -> Option<MicroOperation> {
    let [function, key, value] = value.as_array()?.as_slice() else {
        return None;
    };
    let access = match (function.as_str()?, value, objects) {
        (READ, Value::Null, _) => Access::Read(Observed::Nothing),
        (READ, Value::Array(list), ObjectKind::List) => {
            Access::Read(Observed::List(list.iter().map(Atom::of).collect()))
        }
        (READ, _, ObjectKind::List) => return None,
        (READ, value, ObjectKind::Register) => Access::Read(Observed::One(Atom::of(value))),
        // Who reads `null` reads that there is nothing.
        (name, value, _) if name == write_name(objects) && !value.is_null() => {
            Access::Write(Atom::of(value))
        }
        _ => return None,
    };
    let key = Atom::of(key);
    Some(MicroOperation { key, access })
}

/// An operation as it stands in JSON.
#[derive(Serialize)]
struct Triple<'a>(&'static str, &'a Atom, Third<'a>);

/// The third part of an operation.
#[derive(Serialize)]
#[serde(untagged)]
enum Third<'a> {
    Nothing,
    One(&'a Atom),
    List(&'a [Atom]),
}

fn triple(operation: &MicroOperation, objects: ObjectKind) -> Triple<'_> {
    let (name, value) = match &operation.access {
        Access::Read(Observed::Nothing) => (READ, Third::Nothing),
        Access::Read(Observed::One(value)) => (READ, Third::One(value)),
        Access::Read(Observed::List(list)) => (READ, Third::List(list)),
        Access::Write(value) => (write_name(objects), Third::One(value)),
    };
    Triple(name, &operation.key, value)
}

impl Triple<'_> {
    fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// The request with this `f` and this value in a stored history.
///
/// # Errors
/// Why it is none.
pub fn stored(
    objects: ObjectKind,
    function: &str,
    value: &RawValue,
) -> Result<TxnRequest, BadStored> {
    if function != TXN {
        return Err(BadStored::UnknownFunction);
    }
    let mut operations = stored_operations(objects, value)?;
    for operation in &mut operations {
        if let Access::Read(observed) = &mut operation.access {
            *observed = Observed::Nothing;
        }
    }
    let operations = operations.into();
    Ok(TxnRequest {
        operations,
        objects,
    })
}

fn stored_operations(
    objects: ObjectKind,
    value: &RawValue,
) -> Result<Vec<MicroOperation>, BadStored> {
    let all: Vec<(&str, &RawValue, &RawValue)> = match serde_json::from_str(value.get()) {
        Ok(all) => all,
        Err(_) => return Err(no_operations(objects, value)),
    };
    let all = all.into_iter().map(|(function, key, shown)| {
        let key = Atom::of_text(key)?;
        let access = if function == write_name(objects) && shown.get() != "null" {
            Access::Write(Atom::of_text(shown)?)
        } else if function != READ {
            return Err(no_operations(objects, value));
        } else {
            Access::Read(observed(objects, shown)?)
        };
        Ok(MicroOperation { key, access })
    });
    all.collect()
}

fn observed(objects: ObjectKind, shown: &RawValue) -> Result<Observed, BadStored> {
    if shown.get() == "null" {
        return Ok(Observed::Nothing);
    }
    match objects {
        ObjectKind::Register => Ok(Observed::One(Atom::of_text(shown)?)),
        ObjectKind::List => {
            let list: Vec<&RawValue> = parsed(shown, "a list as what a read shows")?;
            let list = list.into_iter().map(Atom::of_text);
            Ok(Observed::List(list.collect::<Result<_, _>>()?))
        }
    }
}

fn no_operations(objects: ObjectKind, value: &RawValue) -> BadStored {
    let should_be = match objects {
        ObjectKind::List => r#"a list of ["r", key, list or null] and ["append", key, value]"#,
        ObjectKind::Register => r#"a list of ["r", key, value or null] and ["w", key, value]"#,
    };
    BadStored::other_text(should_be, value)
}

impl TxnRequest {
    /// Its value in a stored history.
    pub fn stored_value(&self) -> Box<RawValue> {
        stored_value(&self.operations, self.objects)
    }

    /// The reply that stands so in a stored history.
    ///
    /// # Errors
    /// Why it is none.
    pub fn stored_reply(&self, value: &RawValue) -> Result<TxnReply, BadStored> {
        Ok(TxnReply {
            operations: stored_operations(self.objects, value)?,
            objects: self.objects,
        })
    }

    /// Whether a reply says of each operation that was asked what came of it, and of no other.
    pub fn fits(&self, reply: &TxnReply) -> bool {
        let fits = |(asked, done): (&MicroOperation, &MicroOperation)| {
            let access = match (&asked.access, &done.access) {
                (Access::Read(_), Access::Read(_)) => true,
                (Access::Write(asked), Access::Write(done)) => asked == done,
                (Access::Read(_), Access::Write(_)) | (Access::Write(_), Access::Read(_)) => false,
            };
            access && asked.key == done.key
        };
        let (asked, done) = (&self.operations, &reply.operations);
        asked.len() == done.len() && asked.iter().zip(done).all(fits)
    }
}

fn stored_value(operations: &[MicroOperation], objects: ObjectKind) -> Box<RawValue> {
    let all = operations.iter().map(|one| triple(one, objects));
    raw(&all.collect::<Vec<_>>())
}

impl TxnReply {
    /// How it stands in a stored history.
    pub fn stored(&self) -> StoredReply {
        StoredReply {
            value: Some(stored_value(&self.operations, self.objects)),
            ..StoredReply::default()
        }
    }
}

//! How requests to a set stand on the wire and in a stored history: workloads differ in the names.

use fastrand::Rng;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{BadStored, ReadReply, Reply, Rpc, Unsaid, parsed};
use crate::cluster::envelope::Envelope;
use crate::cluster::sets::{SetReply, SetRequest, Shown};

const READ: &str = "read";

/// The reply to a read.
pub const READ_OK: &str = "read_ok";

/// The names of a workload.
#[derive(Debug)]
pub struct SetWire {
    /// The type of a request to add a value.
    pub add: &'static str,
    /// The key of the value in it.
    pub added: &'static str,
    /// The type of the reply.
    pub add_ok: &'static str,
    /// The key of what a read shows, alone in a list.
    pub shown: &'static [&'static str; 1],
}

impl SetWire {
    /// Half of all requests add a value that nobody added before (0, 1, 2, …), half read.
    pub fn next(random: &mut Rng, values: usize) -> SetRequest {
        if random.bool() {
            SetRequest::Add(values)
        } else {
            SetRequest::Read
        }
    }

    /// The type of a request.
    pub fn request_type(&self, request: SetRequest) -> &'static str {
        match request {
            SetRequest::Add(_) => self.add,
            SetRequest::Read => READ,
        }
    }

    /// A request on the wire.
    pub fn rpc(&self, request: SetRequest) -> Rpc {
        let mut payload = Map::new();
        if let SetRequest::Add(value) = request {
            payload.insert(self.added.to_owned(), value.into());
        }
        Rpc {
            kind: self.request_type(request),
            payload: Value::Object(payload),
        }
    }

    /// What a reply says, where so many values were added so far.
    ///
    /// # Errors
    /// Why it does not say what was asked.
    pub fn read(
        &'static self,
        request: SetRequest,
        answer: &Envelope,
        values: usize,
    ) -> Result<ReadReply, Unsaid> {
        let [shown] = *self.shown;
        let (reply, keys) = match request {
            SetRequest::Add(_) if answer.kind == self.add_ok => (SetReply::Added, &[][..]),
            SetRequest::Read if answer.kind == READ_OK => {
                let shown = match answer.body.get(shown) {
                    Some(Value::Array(list)) => Shown::of(list, values),
                    // Maelstrom takes it, and several languages write their empty list so.
                    Some(Value::Null) => Shown::null(values),
                    Some(_) => return Err(Unsaid::NoArray(shown)),
                    None => return Err(Unsaid::Lacks(shown)),
                };
                (SetReply::Shown(Box::new(shown)), &self.shown[..])
            }
            SetRequest::Add(_) | SetRequest::Read => return Err(Unsaid::OtherType),
        };
        let reply = Reply::Set(reply);
        Ok(ReadReply { reply, keys })
    }

    /// The request with this `f` and this value in a stored history.
    ///
    /// # Errors
    /// Why it is none.
    pub fn stored(&self, function: &str, value: &RawValue) -> Result<SetRequest, BadStored> {
        match function {
            READ => Ok(SetRequest::Read),
            add if add == self.add => {
                let element = parsed(value, "an element, an integer from 0")?;
                Ok(SetRequest::Add(element))
            }
            _ => Err(BadStored::UnknownFunction),
        }
    }
}

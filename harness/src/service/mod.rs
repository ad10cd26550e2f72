//! Maelstrom's services, which nodes may ask as they ask each other: a room for each, and here the door to
//! all of them. Where they choose, a seed repeats it. They know no time and no network: whoever carries
//! messages decides when a request comes to them. Pure.

mod edn;
pub mod kind;
mod limits;
mod lin_kv;
mod lin_tso;
mod lww_kv;
pub mod reply;
mod request;
mod seq_kv;
pub mod served;
mod value;

use fastrand::Rng;
use kind::ServiceKind;
use lin_kv::LinKv;
use lin_tso::LinTso;
use lww_kv::LwwKv;
use reply::ServiceReply;
use request::KvRequest;
use seq_kv::SeqKv;
use serde_json::{Map, Value};
use served::ServedState;

/// All services. What they hold outlives their clients.
#[derive(Debug)]
pub struct Services {
    lin_kv: LinKv,
    seq_kv: SeqKv,
    lww_kv: LwwKv,
    lin_tso: LinTso,
}

/// What a service answered.
#[derive(Debug, Clone)]
pub struct ServiceAnswer {
    pub reply: ServiceReply,
    /// Where that came from, if the service has more than one state.
    pub served: Option<ServedState>,
}

impl Services {
    pub fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        Self {
            lin_kv: LinKv::default(),
            seq_kv: SeqKv::new(random.u64(..)),
            lww_kv: LwwKv::new(random.u64(..)),
            lin_tso: LinTso::default(),
        }
    }

    /// Does what a request asks: of which service, who asks, and its type and body.
    pub fn handle(
        &mut self,
        service: ServiceKind,
        from: &str,
        kind: &str,
        body: &Map<String, Value>,
    ) -> ServiceAnswer {
        let request = KvRequest::read(kind, body);
        let (reply, served) = match (service, request) {
            (ServiceKind::LinTso, _) => (self.lin_tso.handle(kind), None),
            (_, None) => (ServiceReply::UnknownType(kind.to_owned()), None),
            (ServiceKind::LinKv, Some(request)) => (self.lin_kv.handle(&request), None),
            (ServiceKind::LwwKv, Some(request)) => (self.lww_kv.handle(&request), None),
            (ServiceKind::SeqKv, Some(request)) => {
                let (reply, served) = self.seq_kv.handle(from, &request);
                (reply, Some(served))
            }
        };
        ServiceAnswer { reply, served }
    }
}

#[cfg(test)]
mod tests;

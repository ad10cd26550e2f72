//! Messages to services and back: late as any other, and never lost, doubled or cut off.
//!
//! A reply reaches a node before its `init_ok`, if that is what it waits for. One that was asked for in an
//! earlier life of the node does not reach it: whoever waited for it is dead.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{Parcel, Router};
use crate::cluster::envelope::{self, Envelope};
use crate::cluster::journal::{Carried, Fate, Party};
use crate::net::network::Arrival;
use crate::service::kind::ServiceKind;
use crate::service::reply::ServiceReply;
use crate::service::{ServiceAnswer, Services};

/// How many bytes of replies may be on their way to a node, or wait for it, before it is refused more.
const REPLIES_MAX: usize = 16 * 1024 * 1024;

impl Router {
    /// From now on nodes may ask services.
    #[must_use]
    pub fn with_services(self, seed: u64) -> Self {
        Self {
            services: Some(Services::new(seed)),
            ..self
        }
    }

    pub(super) fn ask_service(
        &mut self,
        now: Duration,
        from: usize,
        service: ServiceKind,
        envelope: Envelope,
        line: &[u8],
    ) {
        let parcel = Parcel {
            id: self.number(),
            kind: envelope.kind,
            values: Vec::new(),
            line: line.to_vec(),
            has_id: envelope.has_id,
            served: None,
            deaths: self.deaths(from),
        };
        let to = self.number_of(service);
        self.network.send_safely(now, from, to, Arc::new(parcel));
        if let Some(place) = self.nodes.get_mut(from) {
            place.under_way += line.len();
        }
    }

    /// A request has come to a service, which answers at once.
    pub(super) fn serve(
        &mut self,
        now: Duration,
        service: ServiceKind,
        arrival: &Arrival<Arc<Parcel>>,
    ) {
        self.arrived(now, Fate::Delivered, arrival);
        let id = self.number();
        let asked = &arrival.message;
        let Ok(request) = envelope::read_allowing(&self.allowed, &asked.line) else {
            return;
        };
        let (Some(services), Some(place)) = (&mut self.services, self.nodes.get_mut(arrival.from))
        else {
            return;
        };
        let answer = if place.replies >= REPLIES_MAX {
            ServiceAnswer {
                reply: ServiceReply::Busy,
                served: None,
            }
        } else {
            services.handle(service, &request.source, &request.kind, &request.body)
        };
        let msg_id = request.body.get("msg_id").unwrap_or(&Value::Null);
        let line = answer.reply.line(service, &request.source, msg_id);
        place.replies += line.len();
        let parcel = Parcel {
            id,
            kind: answer.reply.kind().to_owned(),
            values: Vec::new(),
            line,
            has_id: false,
            served: answer.served,
            deaths: asked.deaths,
        };
        self.network
            .send_safely(now, arrival.to, arrival.from, Arc::new(parcel));
    }

    /// Whether a reply of a service reaches its node; if not, why.
    pub(super) fn admit_reply(&self, arrival: &Arrival<Arc<Parcel>>) -> Fate {
        let (to, parcel) = (arrival.to, &arrival.message);
        let place = self.nodes.get(to);
        let later = place.filter(|place| place.deaths != parcel.deaths);
        let died = later.and_then(|place| place.last_death);
        died.unwrap_or_else(|| self.admit(to, parcel.line.len()))
    }

    /// Whether a message to a node comes from a service.
    pub(super) fn is_of_service(&self, arrival: &Arrival<Arc<Parcel>>) -> bool {
        matches!(self.party_of(arrival.from), Party::Service(_))
    }

    /// Whose number that is in the network.
    pub(super) fn party_of(&self, number: usize) -> Party {
        let of_services = number.checked_sub(self.names.len());
        let service = of_services.and_then(|place| ServiceKind::ALL.get(place));
        service.map_or(Party::Node(number), |service| Party::Service(*service))
    }

    fn number_of(&self, service: ServiceKind) -> usize {
        let before = ServiceKind::ALL.iter();
        self.names.len() + before.take_while(|other| **other != service).count()
    }

    pub(super) fn deaths(&self, node: usize) -> usize {
        self.nodes.get(node).map_or(0, |place| place.deaths)
    }

    /// These replies are in nobody's memory any more.
    pub(super) fn forget_replies(&mut self, carried: &[Carried]) {
        for reply in carried {
            if let (Party::Service(_), Party::Node(node)) = (reply.source, reply.destination)
                && let Some(place) = self.nodes.get_mut(node)
            {
                place.replies = place.replies.saturating_sub(reply.line.len());
            }
        }
    }
}

#[cfg(test)]
mod tests;

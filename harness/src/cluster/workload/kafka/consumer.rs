//! What a client of logs remembers: from which offset it polls each key that it is assigned, as Maelstrom's
//! clients do.

use super::offsets::{last, raise};
use super::{KafkaReply, KafkaRequest, Offsets};
use crate::cluster::history::Outcome;
use crate::cluster::workload::Reply;

/// A client.
#[derive(Debug, Clone, Default)]
pub struct Consumer {
    /// By key, the next offset to ask for.
    offsets: Offsets,
}

impl Consumer {
    pub fn poll(&self) -> KafkaRequest {
        KafkaRequest::Poll(Some(self.offsets.clone()))
    }

    /// A request of it ended. After a poll it commits what it was shown.
    pub fn ended(&mut self, request: &KafkaRequest, outcome: &Outcome) -> Option<KafkaRequest> {
        let reply = match outcome {
            Outcome::Ok(Reply::Kafka(reply)) => reply,
            // It starts anew as another client.
            Outcome::Unknown(_) => {
                self.offsets.clear();
                return None;
            }
            Outcome::Ok(_) | Outcome::Failed(_) => return None,
        };
        match (request, reply) {
            (KafkaRequest::Assign(keys), KafkaReply::Assigned(committed)) => {
                let committed = committed.as_ref();
                let from = keys.iter().map(|key| {
                    let held = self.offsets.get(key);
                    let from = held.or_else(|| committed?.get(key));
                    (key.clone(), from.copied().unwrap_or_default())
                });
                self.offsets = from.collect();
                None
            }
            (_, KafkaReply::Polled(messages)) => {
                let last = last(messages);
                for (key, offset) in &last {
                    raise(&mut self.offsets, key, offset.saturating_add(1));
                }
                (!last.is_empty()).then_some(KafkaRequest::Commit(last))
            }
            _ => None,
        }
    }
}

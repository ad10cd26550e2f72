//! `lin-tso`: timestamps 0, 1, 2, …

use super::reply::ServiceReply;

/// A linearizable source of timestamps.
#[derive(Debug, Default)]
pub struct LinTso {
    next: u64,
}

impl LinTso {
    /// Does what a request of this type asks.
    pub fn handle(&mut self, kind: &str) -> ServiceReply {
        if kind != "ts" {
            return ServiceReply::UnknownType(kind.to_owned());
        }
        let timestamp = self.next;
        self.next += 1;
        ServiceReply::Timestamp(timestamp)
    }
}

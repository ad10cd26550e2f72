//! `lin-kv`: requests take effect at once, in the order in which they come.

use std::collections::BTreeMap;

use super::limits::STORED_MAX;
use super::reply::ServiceReply;
use super::request::KvRequest;
use super::value::{StoredValue, size};

/// A linearizable key-value store.
#[derive(Debug, Default)]
pub struct LinKv {
    keys: BTreeMap<String, StoredValue>,
    bytes: usize,
}

impl LinKv {
    /// Does what a request asks.
    pub fn handle(&mut self, request: &KvRequest) -> ServiceReply {
        let current = self.keys.get(&request.key);
        let applied = request.operation.apply(current);
        let Some(value) = applied.written else {
            return applied.reply;
        };
        let freed = current.map_or(0, |current| size(&request.key, current));
        let bytes = self.bytes - freed + size(&request.key, &value);
        if bytes > STORED_MAX {
            return ServiceReply::Full;
        }
        self.bytes = bytes;
        self.keys.insert(request.key.clone(), value);
        applied.reply
    }
}

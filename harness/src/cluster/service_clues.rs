//! What the traffic with services tells of a node that went wrong: which errors they answered, and which keys
//! several nodes wrote without looking.
//!
//! Every message is passed to it once. Of many keys only the first are looked at. Neither makes a run invalid:
//! a right node meets errors and tries again, and may have made sure that no other one writes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::journal::{Carried, Fate, Party};
use crate::service::kind::ServiceKind;

/// A missing key is nothing to tell of unless at least this part of all replies says so: a node that begins meets it.
const MISSING_KEYS_MIN: u64 = 10;

/// The code of that error.
const KEY_DOES_NOT_EXIST: i64 = 20;

/// How many keys are looked at, and how much is kept of each, in characters of its JSON.
const KEYS_MAX: usize = 1000;
const KEY_LENGTH_MAX: usize = 60;

/// Errors with one code that a service answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceErrors {
    pub service: ServiceKind,
    pub code: i64,
    /// Who got one, in order.
    pub nodes: Vec<usize>,
    pub times: u64,
}

/// A key that nodes changed with `write`, which takes no account of what another one wrote meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenKey {
    pub service: ServiceKind,
    /// The key, as JSON.
    pub key: String,
    /// Who wrote it, in order.
    pub nodes: Vec<usize>,
    pub times: u64,
}

/// What there is to tell.
#[derive(Debug, Clone, Default)]
pub struct ServiceClues {
    /// How many replies each service gave.
    replies: BTreeMap<ServiceKind, u64>,
    errors: BTreeMap<(ServiceKind, i64), ServiceErrors>,
    written: BTreeMap<(ServiceKind, String), WrittenKey>,
}

/// What is read of a message.
#[derive(Debug, Deserialize)]
struct ServiceMessage {
    body: ServiceBody,
}

#[derive(Debug, Deserialize)]
struct ServiceBody {
    code: Option<i64>,
    key: Option<Value>,
}

impl ServiceClues {
    /// Takes note of a message whose way has ended.
    pub fn carried(&mut self, carried: &Carried) {
        if carried.fate != Fate::Delivered {
            return;
        }
        match (carried.source, carried.destination, carried.kind.as_str()) {
            (Party::Service(service), Party::Node(node), kind) => {
                *self.replies.entry(service).or_default() += 1;
                let error = (kind == "error").then(|| body(carried)).flatten();
                if let Some(code) = error.and_then(|body| body.code) {
                    self.refused(service, code, node);
                }
            }
            (Party::Node(node), Party::Service(service), "write") => {
                if let Some(key) = body(carried).and_then(|body| body.key) {
                    self.wrote(service, &key, node);
                }
            }
            (Party::Node(_) | Party::Client(_) | Party::Service(_), _, _) => {}
        }
    }

    fn refused(&mut self, service: ServiceKind, code: i64, node: usize) {
        let errors = self.errors.entry((service, code));
        let errors = errors.or_insert_with(|| ServiceErrors {
            service,
            code,
            nodes: Vec::new(),
            times: 0,
        });
        add(&mut errors.nodes, node);
        errors.times += 1;
    }

    fn wrote(&mut self, service: ServiceKind, key: &Value, node: usize) {
        let key: String = key.to_string().chars().take(KEY_LENGTH_MAX).collect();
        let place = (service, key);
        if self.written.len() >= KEYS_MAX && !self.written.contains_key(&place) {
            return;
        }
        let key = place.1.clone();
        let written = self.written.entry(place).or_insert_with(|| WrittenKey {
            service,
            key,
            nodes: Vec::new(),
            times: 0,
        });
        add(&mut written.nodes, node);
        written.times += 1;
    }

    /// The errors that are worth telling, the most frequent ones first.
    pub fn errors(&self) -> Vec<&ServiceErrors> {
        let all = |service| self.replies.get(&service).copied().unwrap_or_default();
        let is_worth = |errors: &&ServiceErrors| {
            errors.code != KEY_DOES_NOT_EXIST
                || errors.times * MISSING_KEYS_MIN >= all(errors.service)
        };
        let mut errors: Vec<_> = self.errors.values().filter(is_worth).collect();
        errors.sort_by_key(|errors| std::cmp::Reverse(errors.times));
        errors
    }

    /// Of the keys that several nodes wrote, the one that was written most often.
    pub fn shared_key(&self) -> Option<&WrittenKey> {
        let shared = self.written.values().filter(|key| key.nodes.len() > 1);
        shared.max_by_key(|key| key.times)
    }
}

fn add(nodes: &mut Vec<usize>, node: usize) {
    if let Err(place) = nodes.binary_search(&node) {
        nodes.insert(place, node);
    }
}

fn body(carried: &Carried) -> Option<ServiceBody> {
    let message: ServiceMessage = serde_json::from_slice(&carried.line).ok()?;
    Some(message.body)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SEQ_KV: ServiceKind = ServiceKind::SeqKv;

    fn message(from: Party, to: Party, kind: &str, body: &str) -> Carried {
        Carried {
            line: format!(r#"{{"body":{{{body}}}}}"#).into_bytes(),
            ..Carried::delivered(Duration::ZERO, from, to, kind)
        }
    }

    #[test]
    fn errors_are_counted_by_service_and_code_and_the_most_frequent_come_first() {
        let mut clues = ServiceClues::default();
        for (node, code) in [(0, 20), (1, 22), (0, 22), (1, 22)] {
            let (from, to) = (Party::Service(SEQ_KV), Party::Node(node));
            clues.carried(&message(from, to, "error", &format!(r#""code":{code}"#)));
        }
        let ok = message(Party::Service(SEQ_KV), Party::Node(0), "cas_ok", "");
        let from_a_node = message(Party::Node(0), Party::Node(1), "error", r#""code":22"#);
        let bad = message(
            Party::Service(SEQ_KV),
            Party::Node(0),
            "error",
            r#""code":{}"#,
        );
        for other in [ok, from_a_node, bad] {
            clues.carried(&other);
        }
        let errors = |code, nodes: &[usize], times| ServiceErrors {
            service: SEQ_KV,
            code,
            nodes: nodes.to_vec(),
            times,
        };
        assert_eq!(
            clues.errors(),
            [&errors(22, &[0, 1], 3), &errors(20, &[0], 1)]
        );
        let ok = message(Party::Service(SEQ_KV), Party::Node(0), "read_ok", "");
        for _ in 0..5 {
            clues.carried(&ok);
        }
        assert_eq!(clues.errors(), [&errors(22, &[0, 1], 3)], "1 of 11");
    }

    #[test]
    fn the_key_that_several_nodes_write_is_told() {
        let mut clues = ServiceClues::default();
        let mut write = |node, kind, key: &str, fate| {
            let (from, to) = (Party::Node(node), Party::Service(SEQ_KV));
            let body = format!(r#""key":{key}"#);
            let message = message(from, to, kind, &body);
            clues.carried(&Carried { fate, ..message });
        };
        for node in 0..3 {
            write(node, "write", &format!(r#""n{node}""#), Fate::Delivered);
            write(node, "cas", r#""counter""#, Fate::Delivered);
        }
        write(0, "write", "7", Fate::Delivered);
        write(1, "write", "7", Fate::Lost);
        assert_eq!(clues.shared_key(), None);
        let mut write = |node| {
            let (from, to) = (Party::Node(node), Party::Service(SEQ_KV));
            clues.carried(&message(from, to, "write", r#""key":7"#));
        };
        write(2);
        write(0);
        let shared = clues.shared_key().cloned();
        let expected = WrittenKey {
            service: SEQ_KV,
            key: "7".to_owned(),
            nodes: vec![0, 2],
            times: 3,
        };
        assert_eq!(shared, Some(expected));
    }

    #[test]
    fn only_so_many_keys_are_kept() {
        let mut clues = ServiceClues::default();
        for key in 0..2 * KEYS_MAX {
            let (from, to) = (Party::Node(0), Party::Service(SEQ_KV));
            clues.carried(&message(from, to, "write", &format!(r#""key":{key}"#)));
        }
        assert_eq!(clues.written.len(), KEYS_MAX);
    }
}

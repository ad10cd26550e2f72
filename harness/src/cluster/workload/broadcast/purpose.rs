//! What our own node's messages between nodes are for, as their types tell.

use memchr::memmem;
use serde::Deserialize;

use crate::cluster::journal::Carried;
use crate::cluster::purpose::Purpose;

/// What a message between nodes is for, by its type.
pub fn of(carried: &Carried) -> Purpose {
    match carried.kind.as_str() {
        "broadcast_ack" | "broadcast_ok" => Purpose::Ack,
        "batch" if has(&carried.line, b"\"acks\"") && !has(&carried.line, b"\"messages\"") => {
            Purpose::Ack
        }
        "broadcast" | "batch" => route(&carried.line),
        name => Purpose::of_type(name),
    }
}

#[derive(Deserialize)]
struct RoutedMessage {
    body: Route,
}

#[derive(Deserialize)]
struct Route {
    #[serde(default)]
    direct: bool,
    #[serde(default)]
    repair: bool,
}

/// A line is read only if it has the words at all.
fn route(line: &[u8]) -> Purpose {
    if !has(line, b"\"direct\"") && !has(line, b"\"repair\"") {
        return Purpose::Forward;
    }
    match serde_json::from_slice::<RoutedMessage>(line).map(|message| message.body) {
        Ok(Route { repair: true, .. }) => Purpose::Repair,
        Ok(Route { direct: true, .. }) => Purpose::Direct,
        _ => Purpose::Forward,
    }
}

fn has(line: &[u8], word: &[u8]) -> bool {
    memmem::find(line, word).is_some()
}

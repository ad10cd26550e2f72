//! What a message between nodes is for, as its type tells: our node's types have a meaning here, those of
//! others are counted under their own names.

use memchr::memmem;
use serde::{Deserialize, Serialize};

use super::journal::Carried;

/// How much of a type's name is kept, in characters.
pub const NAME_LENGTH_MAX: usize = 60;

/// What a message between nodes is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Values on their usual way: a `broadcast`, or a `batch` with values.
    Forward,
    /// That values arrived: a `broadcast_ack`, a `broadcast_ok`, or a `batch` with nothing else.
    Ack,
    /// Values straight to their node, marked `"direct": true`.
    Direct,
    /// Values that somebody missed, marked `"repair": true`.
    Repair,
    /// A type that has no meaning here, by its name.
    Other(String),
    /// One type too many.
    Rest,
}

/// What a message between nodes is for, by its type.
pub fn of(carried: &Carried) -> Purpose {
    match carried.kind.as_str() {
        "broadcast_ack" | "broadcast_ok" => Purpose::Ack,
        "batch" if has(&carried.line, b"\"acks\"") && !has(&carried.line, b"\"messages\"") => {
            Purpose::Ack
        }
        "broadcast" | "batch" => route(&carried.line),
        name => Purpose::Other(name.chars().take(NAME_LENGTH_MAX).collect()),
    }
}

#[derive(Deserialize)]
struct Envelope {
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
    match serde_json::from_slice::<Envelope>(line).map(|message| message.body) {
        Ok(Route { repair: true, .. }) => Purpose::Repair,
        Ok(Route { direct: true, .. }) => Purpose::Direct,
        _ => Purpose::Forward,
    }
}

fn has(line: &[u8], word: &[u8]) -> bool {
    memmem::find(line, word).is_some()
}

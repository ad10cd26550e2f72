//! Maelstrom's broadcast workload: nodes are told their neighbors, clients broadcast values and read.

pub mod purpose;

use serde_json::json;

use super::Rpc;
use super::set_wire::{READ_OK, SetWire};
use super::terms::Terms;
use crate::cluster::settings::Settings;

/// How its sentences name what is asked.
pub const TERMS: Terms = Terms {
    one: "broadcast",
    many: "broadcasts",
    given: "broadcast",
    done: "acknowledged",
    list: Some((READ_OK, "messages")),
};

/// The names on the wire.
pub static WIRE: SetWire = SetWire {
    add: "broadcast",
    added: "message",
    add_ok: "broadcast_ok",
    shown: &["messages"],
};

/// Each node is told the neighbors of all.
pub fn introduction(settings: &Settings) -> Rpc {
    Rpc {
        kind: "topology",
        payload: json!({"topology": settings.neighbors()}),
    }
}

#[cfg(test)]
mod tests;

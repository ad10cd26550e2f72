//! Example requests by their type, for a new case.

use super::echo::{self, EchoRequest};
use super::{Rpc, broadcast};
use crate::cluster::sets::SetRequest;
use crate::cluster::settings::Settings;
use crate::net::topology::Topology;

/// The request of this type to nodes with these names, with `value` as its value; `None` for a type that is
/// not listed here.
pub fn of_type(kind: &str, value: usize, nodes: &[String]) -> Option<Rpc> {
    let settings = Settings {
        nodes: nodes.to_vec(),
        topology: Topology::Line,
        ..Settings::default()
    };
    let examples = [
        broadcast::introduction(&settings),
        broadcast::WIRE.rpc(SetRequest::Add(value)),
        echo::rpc(&EchoRequest(format!("Please echo {value}"))),
    ];
    examples.into_iter().find(|rpc| rpc.kind == kind)
}

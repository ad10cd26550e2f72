//! Names: a sender that isn't the node, a receiver that nobody is.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Diagnosis, Evidence, messages, shown};
use crate::case::InputMessage;
use crate::message;

pub fn foreign_source(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let nodes = match evidence.cluster {
        Some(cluster) => cluster.nodes.iter().map(String::as_str).collect(),
        None => node_ids(evidence.requests),
    };
    let shown: BTreeSet<_> = shown(evidence).filter_map(message::source).collect();
    let foreign =
        |source: &str| !nodes.is_empty() && !nodes.contains(source) && !shown.contains(source);
    messages(evidence).find_map(|(line, message)| {
        let source = message::source(message).filter(|source| foreign(source))?;
        Some(Diagnosis::ForeignSource {
            line,
            source: source.to_owned(),
            nodes: nodes.iter().map(|node| (*node).to_owned()).collect(),
        })
    })
}

/// The node's ids: what `init` said, else to whom the messages went.
fn node_ids(requests: &[InputMessage]) -> BTreeSet<&str> {
    let inits = requests.iter().filter(|request| request.kind() == "init");
    let named: BTreeSet<_> = inits
        .filter_map(|request| message::body(&request.message)?.get("node_id")?.as_str())
        .collect();
    if !named.is_empty() {
        return named;
    }
    let sent = requests.iter().map(|request| &request.message);
    sent.filter_map(message::destination).collect()
}

pub fn unknown_destination(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let mut known = BTreeSet::new();
    for request in evidence.requests {
        known.extend(message::source(&request.message));
        known.extend(message::destination(&request.message));
        collect_names(&request.message, &mut known);
    }
    known.extend(shown(evidence).filter_map(message::destination));
    messages(evidence).find_map(|(line, message)| {
        let destination = message::destination(message)?;
        let is_known = known.contains(destination) || evidence.services.plays(destination);
        (!is_known).then(|| Diagnosis::UnknownDestination {
            line,
            destination: destination.to_owned(),
        })
    })
}

/// The nodes that an `init` or a `topology` announces.
fn collect_names<'a>(message: &'a Value, known: &mut BTreeSet<&'a str>) {
    let Some(body) = message::body(message) else {
        return;
    };
    let ids = body.get("node_ids").and_then(Value::as_array);
    known.extend(ids.into_iter().flatten().filter_map(Value::as_str));
    let topology = body.get("topology").and_then(Value::as_object);
    for (node, neighbors) in topology.into_iter().flatten() {
        known.insert(node);
        let neighbors = neighbors.as_array().into_iter().flatten();
        known.extend(neighbors.filter_map(Value::as_str));
    }
}

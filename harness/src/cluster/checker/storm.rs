//! Message storms: far more messages from one node to another than spreading values needs.
//!
//! No rule forbids them, so a storm fails no run. In a run that is not valid it may be the cause.

use super::figures::Figures;
use super::finding::Storm;
use crate::cluster::traffic::{Stream, Traffic};

/// Fewer messages from one node to another are no storm.
const MESSAGES_MIN: u64 = 500;

/// Nor are fewer for each request: a node that forwards a value, and again while it isn't acknowledged,
/// needs some.
const PER_REQUEST_MIN: u64 = 10;

/// Nor are fewer a second: so often a node may well tell another all that it has, though clients ask
/// little.
const RATE_MIN: u64 = 50;

/// The thickest stream of messages that are a storm, if there is one.
pub fn find(traffic: &Traffic, figures: &Figures) -> Option<Storm> {
    let requests = u64::try_from(figures.operations).unwrap_or(u64::MAX);
    let needed = MESSAGES_MIN.max(requests.saturating_mul(PER_REQUEST_MIN));
    let storms = traffic.streams().filter(|stream| {
        // What the network dropped is sent again by right nodes, too.
        arrived(stream) >= needed && stream.rate() >= RATE_MIN
    });
    let storms: Vec<_> = storms.collect();
    let thickest = storms.iter().max_by_key(|stream| arrived(stream))?;
    Some(Storm {
        thickest: *thickest,
        links: storms.len(),
    })
}

fn arrived(stream: &Stream) -> u64 {
    stream.messages.saturating_sub(stream.dropped)
}

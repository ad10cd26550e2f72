//! What was measured of a set, valid or not.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::set_full::{self, QUANTILES, SetFull, Validity};

/// What was measured of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct SetFigures {
    /// The values that were acknowledged.
    pub acknowledged: usize,
    /// From the acknowledgement to the last node, for each value that got there, shortest first.
    pub spread: Vec<Duration>,
    pub set_full: SetFull,
}

impl SetFigures {
    /// The times from the acknowledgement to the last node, in milliseconds, shortest first.
    pub fn spread_in_milliseconds(&self) -> Vec<u64> {
        let times = self.spread.iter().map(Duration::as_millis);
        times
            .map(|time| u64::try_from(time).unwrap_or(u64::MAX))
            .collect()
    }

    pub fn results(&self) -> Map<String, Value> {
        let spread = quantiles(&self.spread_in_milliseconds());
        let all = [
            ("acknowledged", self.acknowledged.into()),
            ("ack_to_last_node_ms", spread),
            ("maelstrom", maelstrom(&self.set_full)),
        ];
        all.into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }
}

/// Maelstrom's figures, under its names.
fn maelstrom(set_full: &SetFull) -> Value {
    let valid = match set_full.valid {
        Validity::Valid => json!(true),
        Validity::Unknown => json!("unknown"),
        Validity::Invalid => json!(false),
    };
    json!({
        "valid?": valid,
        "attempt-count": set_full.attempt_count,
        "stable-count": set_full.stable_count,
        "lost-count": set_full.lost.len(),
        "lost": set_full.lost,
        "never-read-count": set_full.never_read.len(),
        "never-read": set_full.never_read,
        "stale-count": set_full.stale.len(),
        "stale": set_full.stale,
        // What it says whatever a node shows: see `set_full`.
        "duplicated-count": 0,
        "duplicated": {},
        "stable-latencies": quantiles(&set_full.stable_latencies),
        "lost-latencies": quantiles(&set_full.lost_latencies),
    })
}

fn quantiles(sorted: &[u64]) -> Value {
    let all = QUANTILES.into_iter();
    let known = all.filter_map(|q| Some((q.to_string(), set_full::quantile(sorted, q)?.into())));
    Value::Object(known.collect())
}

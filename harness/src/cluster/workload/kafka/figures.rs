//! What is measured of logs, and how it is told.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::LogKey;
use super::finding::Witness;
use crate::cluster::names::{count, grouped};

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct KafkaFigures {
    /// How many sends were acknowledged.
    pub sent: usize,
    /// To how many logs.
    pub keys: usize,
    /// How many polls were answered.
    pub polls: usize,
    /// How many messages they showed.
    pub polled: usize,
    /// How far a poll was behind at most.
    pub lag: Option<RealtimeLag>,
    /// The anomalies that Maelstrom finds, and how often.
    pub maelstrom: Vec<(&'static str, usize)>,
    /// Whether a message was polled that nobody sent: Maelstrom then can't tell.
    pub is_phantom: bool,
}

/// A poll that lacked what was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealtimeLag {
    /// How long before it was asked for that was there.
    pub lag: Duration,
    /// In which log.
    pub key: LogKey,
    /// The reply.
    pub witness: Witness,
}

impl KafkaFigures {
    /// What Maelstrom's own rule says, in a word.
    pub fn maelstrom(&self) -> &'static str {
        if self.is_phantom {
            "unknown"
        } else if self.maelstrom.is_empty() {
            "valid"
        } else {
            "not valid"
        }
    }

    /// What became of the requests, after their number.
    pub fn requests(&self) -> String {
        let sends = count(self.sent, "send", "sends");
        format!(", {sends} acknowledged")
    }

    /// The rows of a summary.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let shown = format!(
            "{} of {}, polled {} times in {}",
            grouped(self.sent as u64),
            count(self.keys, "key", "keys"),
            grouped(self.polled as u64),
            count(self.polls, "poll", "polls"),
        );
        let lag = self.lag.as_ref().map(|lag| {
            let seconds = lag.lag.as_secs_f64();
            format!("{seconds:.3} s at most (key {:?})", &*lag.key)
        });
        let says = self.maelstrom();
        let why: Vec<_> = self.maelstrom.iter().map(|(name, _)| *name).collect();
        let says = match (self.is_phantom, why.is_empty()) {
            (true, _) => format!("{says}: a poll showed a message that nobody had sent"),
            (false, true) => says.to_owned(),
            (false, false) => format!("{says}: {}", why.join(", ")),
        };
        let mut rows = vec![("messages", shown)];
        rows.extend(lag.map(|lag| ("realtime lag", lag)));
        rows.push(("Maelstrom's rule", says));
        rows
    }

    /// For programs; Maelstrom's figures under its names.
    pub fn results(&self) -> Map<String, Value> {
        let kafka = json!({
            "acknowledged": self.sent,
            "keys": self.keys,
            "polls": self.polls,
            "polled": self.polled,
        });
        let valid = match (self.is_phantom, self.maelstrom.is_empty()) {
            (true, _) => Value::from("unknown"),
            (false, is_valid) => is_valid.into(),
        };
        let mut maelstrom = Map::from_iter([("valid?".to_owned(), valid)]);
        let lag = self.lag.as_ref().map(|lag| {
            json!({"time": lag.witness.time.as_secs_f64(), "process": lag.witness.client,
                   "key": &*lag.key, "lag": lag.lag.as_secs_f64()})
        });
        maelstrom.insert("worst-realtime-lag".to_owned(), lag.unwrap_or_default());
        for (name, times) in &self.maelstrom {
            maelstrom.insert((*name).to_owned(), json!({ "count": times }));
        }
        let all = [("kafka", kafka), ("maelstrom", maelstrom.into())];
        all.into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }
}

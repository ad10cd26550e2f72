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
    pub keys: usize,
    /// How many polls were answered.
    pub polls: usize,
    /// How many messages they showed.
    pub polled: usize,
    /// How long sends and polls of the load took.
    pub latencies: Vec<RequestLatency>,
    /// How far a poll was behind at most.
    pub lag: Option<RealtimeLag>,
    /// The anomalies that Maelstrom finds, and how often.
    pub maelstrom: Vec<(&'static str, usize)>,
    /// Whether a message was polled that nobody sent: Maelstrom then can't tell.
    pub is_phantom: bool,
}

/// How long the requests of a kind took that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLatency {
    pub function: &'static str,
    /// Half of them at most.
    pub median: Duration,
    /// 99% of them at most.
    pub p99: Duration,
    /// All of them at most.
    pub max: Duration,
}

impl RequestLatency {
    /// That of these requests; of none there is none.
    pub fn of(function: &'static str, mut all: Vec<Duration>) -> Option<Self> {
        all.sort_unstable();
        let at = |part: usize| {
            all.get((all.len() * part / 100).min(all.len().checked_sub(1)?))
                .copied()
        };
        Some(Self {
            function,
            median: at(50)?,
            p99: at(99)?,
            max: at(100)?,
        })
    }

    fn words(&self) -> String {
        let [median, p99, max] =
            [self.median, self.p99, self.max].map(|time| time.as_secs_f64() * 1000.0);
        format!(
            "{} {median:.1} ms (99%: {p99:.1}, longest: {max:.1})",
            self.function
        )
    }
}

/// A poll that lacked what was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealtimeLag {
    /// How long before it was asked for that was there.
    pub lag: Duration,
    /// In which log.
    pub key: LogKey,
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
            "{} of {}, shown {} times in {}",
            count(self.sent, "message", "messages"),
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
        let mut rows = vec![("logs", shown)];
        if !self.latencies.is_empty() {
            let latencies: Vec<_> = self.latencies.iter().map(RequestLatency::words).collect();
            rows.push(("median latency", latencies.join(", ")));
        }
        rows.extend(lag.map(|lag| ("realtime lag", lag)));
        rows.push(("Maelstrom's rule", says));
        rows
    }

    /// For programs; Maelstrom's figures under its names.
    pub fn results(&self) -> Map<String, Value> {
        let seconds = |time: Duration| time.as_secs_f64();
        let latencies = self.latencies.iter().map(|latency| {
            let of_it = json!({"0.5": seconds(latency.median), "0.99": seconds(latency.p99),
                               "1": seconds(latency.max)});
            (latency.function.to_owned(), of_it)
        });
        let latencies: Map<_, _> = latencies.collect();
        let kafka = json!({
            "acknowledged": self.sent,
            "keys": self.keys,
            "polls": self.polls,
            "polled": self.polled,
            "latencies": latencies,
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

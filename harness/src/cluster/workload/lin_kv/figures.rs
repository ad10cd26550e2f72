//! What was measured of the keys, and how it is told.

use serde_json::{Map, Value, json};

use crate::cluster::names::{count, grouped};

/// What was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinKvFigures {
    /// How many requests the keys had.
    pub sizes: KeySizes,
    /// How many keys are not linearizable.
    pub not_linearizable: usize,
    /// What Maelstrom's rule says: `None` if that is not known.
    pub maelstrom: Option<bool>,
}

/// How many requests there were for each key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeySizes {
    /// How many keys there are.
    pub keys: usize,
    /// How many requests in all.
    pub requests: usize,
    /// For the key that was asked for most often.
    pub largest: usize,
}

impl KeySizes {
    /// By the requests for each key.
    pub fn of(requests: impl Iterator<Item = usize>) -> Self {
        let add = |sizes: Self, requests: usize| Self {
            keys: sizes.keys + 1,
            requests: sizes.requests + requests,
            largest: sizes.largest.max(requests),
        };
        requests.fold(Self::default(), add)
    }
}

impl LinKvFigures {
    /// What Maelstrom's own rule says, in a word.
    pub fn maelstrom(&self) -> &'static str {
        match self.maelstrom {
            Some(true) => "valid",
            Some(false) => "not valid",
            None => "unknown",
        }
    }

    /// What became of the requests, after their number.
    pub fn requests(&self) -> String {
        format!(" for {}", count(self.sizes.keys, "key", "keys"))
    }

    /// The rows of a summary.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let KeySizes {
            keys,
            requests,
            largest,
        } = self.sizes;
        let mean = requests.checked_div(keys).unwrap_or_default();
        let sizes = format!(
            "{}, {} requests each on average, {} at most",
            grouped(keys as u64),
            grouped(mean as u64),
            grouped(largest as u64)
        );
        vec![
            ("keys", sizes),
            ("Maelstrom's rule", self.maelstrom().to_owned()),
        ]
    }

    /// For programs; Maelstrom's figures under its names.
    pub fn results(&self) -> Map<String, Value> {
        let KeySizes {
            keys,
            requests,
            largest,
        } = self.sizes;
        let sizes = json!({
            "keys": keys,
            "requests": requests,
            "largest": largest,
            "not_linearizable": self.not_linearizable,
        });
        let valid = self.maelstrom.map_or_else(|| "unknown".into(), Value::from);
        let maelstrom = json!({"valid?": valid});
        let all = [("lin_kv", sizes), ("maelstrom", maelstrom)];
        all.into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }
}

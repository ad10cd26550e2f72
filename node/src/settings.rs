//! What a node is told before it starts, by flags or by a test.

use std::time::Duration;

/// How a node goes about its work.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a neighbor may take to acknowledge a value.
    pub ack_timeout: Duration,
    /// How long before a node compares what it has with another one, again and again; zero: it
    /// never does.
    pub gossip_interval: Duration,
    /// How long values and acks wait for others that go to the same peer; zero: not at all.
    pub flush_interval: Duration,
    /// What is left to chance follows from this.
    pub seed: u64,
}

impl Default for Settings {
    /// As the flags have it when they are not given.
    fn default() -> Self {
        Self {
            ack_timeout: Duration::from_millis(500),
            gossip_interval: Duration::from_secs(3),
            flush_interval: Duration::ZERO,
            seed: 0,
        }
    }
}

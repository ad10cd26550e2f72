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
    /// What the node does without; nothing, but in tests that want to see whether they notice.
    pub without: Option<Safeguard>,
}

/// Something that keeps a node from losing values or repeating them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safeguard {
    /// What is not acknowledged is sent again.
    Retry,
    /// What a neighbor doesn't acknowledge goes around it.
    Fallback,
    /// A value is stored once.
    Dedup,
    /// Everything is acknowledged, also what is known already.
    AckAlways,
    /// Nodes compare what they have.
    AntiEntropy,
}

impl Settings {
    /// Whether the node has this safeguard.
    pub fn has(&self, safeguard: Safeguard) -> bool {
        match safeguard {
            Safeguard::AntiEntropy => !self.gossip_interval.is_zero(),
            _ => self.without != Some(safeguard),
        }
    }
}

impl Default for Settings {
    /// As the flags have it when they are not given.
    fn default() -> Self {
        Self {
            ack_timeout: Duration::from_millis(500),
            gossip_interval: Duration::from_secs(5),
            flush_interval: Duration::ZERO,
            seed: 0,
            without: None,
        }
    }
}

//! How sentences name what clients ask.

/// The words of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// A request that gives something to the cluster, as in `add`.
    pub one: &'static str,
    pub many: &'static str,
    /// What clients have done with what they gave, as in `which no client had added`.
    pub given: &'static str,
    /// What a node has done that replied to one of them well, as in `was acknowledged`.
    pub done: &'static str,
    /// A reply with a list in it, and the key of that.
    pub list: Option<(&'static str, &'static str)>,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            one: "request",
            many: "requests",
            given: "sent",
            done: "answered",
            list: None,
        }
    }
}

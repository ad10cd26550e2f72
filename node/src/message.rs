//! The wire: what can be said in Maelstrom's protocol and in the course's.
//!
//! Types only; [`parse`](parse()) makes the incoming ones from a line, and
//! `Display` makes a line of the outgoing ones. Together with the JSON of
//! [`crate::value`] this is all that knows of serde.
//!
//! Source: Maelstrom's `doc/protocol.md` and `doc/workloads.md`.

mod parse;
mod write;

use std::collections::BTreeMap;
use std::fmt;

use smol_str::{SmolStr, format_smolstr};

use crate::gossip::{Prefix, Summary};
use crate::value::Value;
use crate::values::Snapshot;
pub use parse::{FieldError, LineError, excerpt, parse};

/// The name of a node (`n0`, `n1`, …) or of a client (`c0`, `c1`, …).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(SmolStr);

/// The `msg_id` of somebody's request: an integer, its digits as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsgId(SmolStr);

/// Who the neighbors of each node are, as the `topology` request says it.
pub type Topology = BTreeMap<NodeId, Vec<NodeId>>;

/// A message that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    pub src: NodeId,
    /// Whom it was sent to.
    pub dest: NodeId,
    pub body: Body,
}

/// What an incoming message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Somebody wants something, and an answer if there is a `msg_id`.
    Request {
        /// What the answer refers to.
        msg_id: Option<MsgId>,
        request: Request,
    },
    /// The receiver of a broadcast has got it.
    BroadcastAck {
        /// The `msg_id` we gave to that broadcast.
        in_reply_to: u64,
    },
    /// The sender doesn't know a type of message that we have sent: it is no node of our kind.
    NotSupported,
    /// Any other reply; nothing of ours waits for it.
    OtherReply,
}

/// What can be asked of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    Init(Init),
    Topology(Topology),
    /// Take a value, and pass it on if that is its way.
    Broadcast {
        message: Value,
        route: Route,
    },
    /// Several broadcasts and acks of a node, in one message.
    Batch(Batch),
    Gossip {
        ranges: Vec<Summary>,
    },
    /// Compare what there is in a range.
    GossipHave {
        prefix: Prefix,
        /// The hashes of all that the sender has in it.
        hashes: Vec<u64>,
    },
    GossipWant {
        hashes: Vec<u64>,
    },
    Read,
    /// Tell the own place in the tree.
    TreeInfo,
    /// Look for timeouts and report on the time since the last report.
    CheckAcks,
    /// Tell the totals since the start.
    FailureStats,
    /// A type that no node knows.
    Unknown {
        /// The `type` it has.
        kind: String,
    },
    /// A known type whose payload is not what it should be.
    Malformed {
        /// The `type` it has.
        kind: String,
        /// What is wrong with it.
        error: FieldError,
    },
}

/// How a value gets from node to node, and so whether its receiver passes it on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// Along the tree, from neighbor to neighbor.
    #[default]
    Tree,
    /// Around a failed node: its sender sees to everybody behind that.
    Direct,
    /// Whatever has happened: it may have overtaken itself on the tree. Its receiver passes it on
    /// only if it still comes along the tree.
    Repair,
}

/// What a node has for another, together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Values, each as if it came in a `broadcast`; one ack is for all of them.
    pub messages: Vec<Value>,
    pub route: Route,
    /// The `msg_id`s of messages that are acknowledged.
    pub acks: Vec<u64>,
}

/// The payload of `init`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Init {
    /// The name of the node that is addressed.
    pub node_id: NodeId,
    /// The names of all nodes.
    pub node_ids: Vec<NodeId>,
}

/// A message that goes out; `to_string()` is its line, without a line break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub src: NodeId,
    pub dest: NodeId,
    pub payload: Payload,
    /// Which request it answers, if any.
    pub in_reply_to: Option<MsgId>,
    /// Its number: no other message of this node has it.
    pub msg_id: u64,
}

/// What a node can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A value for another node.
    Broadcast {
        message: Value,
        route: Route,
    },
    /// Several values, or acks, or both, for another node.
    Batch {
        messages: Vec<Value>,
        route: Route,
        acks: Vec<MsgId>,
    },
    /// What the node has, for another one to compare.
    Gossip {
        /// By range.
        ranges: Vec<Summary>,
    },
    /// All that the node has in a range.
    GossipHave {
        prefix: Prefix,
        /// The hashes of the values.
        hashes: Vec<u64>,
    },
    /// What the node lacks and another one has.
    GossipWant {
        /// The hashes of the values.
        hashes: Vec<u64>,
    },
    InitOk,
    TopologyOk,
    /// A client's value is taken.
    BroadcastOk,
    /// A node's value is taken.
    BroadcastAck,
    /// All values, in the order in which they were first seen.
    ReadOk {
        messages: Snapshot,
    },
    /// The own place in the tree.
    TreeInfoOk {
        /// The neighbors in the tree, in the order of forwarding.
        neighbors: Vec<NodeId>,
        /// How many values there are.
        message_count: usize,
    },
    /// What happened since the last `check_acks`, or the start.
    CheckAcksOk {
        /// Forwards without an ack: still waiting, or timed out.
        pending: usize,
        timed_out: u64,
        /// Direct deliveries that were sent.
        direct_sent: u64,
    },
    /// What happened since the start.
    FailureStatsOk {
        total_failures: u64,
        /// Direct deliveries that were sent.
        direct_deliveries: u64,
    },
    Error {
        /// The kind of refusal, for programs.
        code: ErrorCode,
        /// What is wrong, for people.
        text: String,
    },
}

/// Those of Maelstrom's error codes that a node uses; all of them definite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The type of the request is unknown.
    NotSupported = 10,
    /// The node has not been initialised yet, or has no room left.
    TemporarilyUnavailable = 11,
    /// The request is not what its type asks for.
    MalformedRequest = 12,
    /// The node has been initialised before.
    PreconditionFailed = 22,
}

impl NodeId {
    /// Whether Maelstrom would give this name to a node: `n` and a number.
    pub fn is_node_name(&self) -> bool {
        let number = self.0.strip_prefix('n').unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    }
}

impl From<&str> for NodeId {
    fn from(name: &str) -> Self {
        Self(SmolStr::new(name))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Route {
    fn new(direct: bool, repair: bool) -> Self {
        match (direct, repair) {
            (_, true) => Self::Repair,
            (true, false) => Self::Direct,
            (false, false) => Self::Tree,
        }
    }
}

impl From<&str> for MsgId {
    /// `digits` are those of an integer.
    fn from(digits: &str) -> Self {
        Self(SmolStr::new(digits))
    }
}

impl From<u64> for MsgId {
    fn from(number: u64) -> Self {
        Self(format_smolstr!("{number}"))
    }
}

impl fmt::Display for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::NodeId;

    #[test]
    fn nodes_are_told_from_clients_by_name() {
        let names = [
            "n0", "n12", "n", "c1", "n1x", "N1", "", "nn1", "lin-kv", "n٣",
        ];
        let nodes: Vec<_> = names
            .into_iter()
            .filter(|name| NodeId::from(*name).is_node_name())
            .collect();
        assert_eq!(nodes, ["n0", "n12"]);
    }
}

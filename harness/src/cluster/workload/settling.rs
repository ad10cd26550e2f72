//! What nodes are asked once all is healed, until they have everything.

use std::time::Duration;

use super::kind::WorkloadKind;
use super::{Reply, Request};
use crate::cluster::sets::recovery::Recovery;
use crate::cluster::sets::{SetReply, SetRequest};
use crate::cluster::spread::Spread;

/// How far the nodes are.
#[derive(Debug)]
pub enum Settling {
    /// Each is asked until it shows all that was added.
    Set(Recovery),
    /// Nothing is asked.
    Nothing,
}

impl Settling {
    /// So many nodes, of which nothing is known.
    pub fn new(workload: WorkloadKind, nodes: usize) -> Self {
        match workload {
            WorkloadKind::Broadcast | WorkloadKind::GSet => Self::Set(Recovery::new(nodes)),
            WorkloadKind::Echo | WorkloadKind::UniqueIds => Self::Nothing,
        }
    }

    /// A node replied. `is_healed`: whether faults and load are over.
    pub fn replied(&mut self, node: usize, request: &Request, reply: &Reply, is_healed: bool) {
        match (self, request, reply) {
            (
                Self::Set(recovery),
                Request::Set(SetRequest::Add(value)),
                Reply::Set(SetReply::Added),
            ) => recovery.acknowledged(*value),
            (Self::Set(recovery), _, Reply::Set(SetReply::Shown(shown))) if is_healed => {
                recovery.showed(node, &shown.values);
            }
            (Self::Set(_) | Self::Nothing, _, _) => {}
        }
    }

    /// A node was asked to settle.
    pub fn asked(&mut self, node: usize) {
        match self {
            Self::Set(recovery) => recovery.asked(node),
            Self::Nothing => {}
        }
    }

    /// That request ended, well or not.
    pub fn ended(&mut self, now: Duration, node: usize) {
        match self {
            Self::Set(recovery) => recovery.ended(now, node),
            Self::Nothing => {}
        }
    }

    /// Whether a node has all that it has to.
    pub fn has_all(&self, node: usize, spread: &Spread) -> bool {
        match self {
            Self::Set(recovery) => recovery.has_all(node, spread),
            Self::Nothing => true,
        }
    }

    /// When a node is to be asked again; `None` while it has not answered.
    pub fn next(&self, node: usize) -> Option<Duration> {
        match self {
            Self::Set(recovery) => recovery.next(node),
            Self::Nothing => None,
        }
    }
}

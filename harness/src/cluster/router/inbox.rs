//! A node as whoever carries messages to it knows it: whether it runs and reads, and what waits for it.

use std::collections::VecDeque;

use crate::cluster::journal::{Carried, Fate};

/// What is known of a node.
#[derive(Debug, Clone, Default)]
pub(super) struct NodeInbox {
    /// What becomes of messages to it, if it is dead.
    pub(super) dead: Option<Fate>,
    /// The pause in which it stands still.
    pub(super) paused: Option<usize>,
    /// How many bytes wait for it.
    pub(super) unread: usize,
    /// Whether its pipe took no more when that was last looked at.
    pub(super) is_full: bool,
    /// How many bytes were queued for it in this life of its.
    pub(super) queued: usize,
    /// The messages that it can't have read yet, each with how many bytes were queued up to its end.
    pub(super) waiting: VecDeque<(usize, Carried)>,
    /// What becomes of messages from nodes to it, while it has not answered `init`.
    pub(super) early: Option<Early>,
    /// How many bytes are held back for it.
    pub(super) held: usize,
    /// How many bytes of its messages are under way.
    pub(super) under_way: usize,
    /// How often it has died, and what became then of what was to come.
    pub(super) deaths: usize,
    pub(super) last_death: Option<Fate>,
    /// How many bytes of replies of services are on their way to it, or wait for it.
    pub(super) replies: usize,
}

/// What becomes of a message to a node that has not answered `init`: no right node expects one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Early {
    /// It waits, as the node was never there before.
    HeldBack,
    /// It is dropped, as by the fault that ended the node's life before.
    Dropped(Fate),
}

impl NodeInbox {
    /// Whether the node can have read the first message that waits for it.
    pub(super) fn can_read_next(&self) -> bool {
        let taken = self.queued.saturating_sub(self.unread);
        let is_in_pipe = |(end, _): &(usize, Carried)| !self.is_full || *end <= taken;
        self.paused.is_none() && self.waiting.front().is_some_and(is_in_pipe)
    }

    /// A process that is started has a pipe of its own, with nothing in it.
    pub(super) fn forget_pipe(&mut self) {
        self.unread = 0;
        self.queued = 0;
        self.is_full = false;
        self.paused = None;
    }
}

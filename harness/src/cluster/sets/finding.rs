//! What can be wrong with what reads of a set show, with its evidence. Values only: [`super::words`] says
//! it.
//!
//! Many values with the same fate at the same node are one finding, with the first few of them and
//! one explanation, that of the first.

use std::sync::Arc;
use std::time::Duration;

use crate::cluster::journal::{Fate, Party};
use crate::cluster::service_use::StaleAnswer;
use crate::cluster::spread::{Attempt, Death};

/// How many of many values are named.
pub const NAMED_MAX: usize = 5;

/// Something that makes a run invalid.
#[derive(Debug, Clone, PartialEq)]
pub enum SetFinding {
    /// Acknowledged values are missing in the end from nodes that live.
    Lost {
        /// From which ones, for the same reason.
        nodes: Vec<usize>,
        values: Values,
        /// Of the first of them: how it was acknowledged.
        acknowledged: Acknowledged,
        /// Of the first of them, at the first node: why it is missing.
        why: Why,
        /// If that is the node that a client gave them to: who else lacks them, as no node shows them
        /// and nobody sent them there.
        also: Vec<usize>,
    },
    /// No live node has them, and none ought to: with `durable` that is no excuse.
    Gone(Gone),
    /// A node had shown values, and later, in the same life, did not.
    Vanished {
        node: usize,
        values: Values,
        /// Of the first of them: when the last read that showed it before ended.
        shown: Duration,
        /// When the read that did not show it was asked for.
        asked: Duration,
    },
    /// A node showed what nobody had added.
    Phantom {
        node: usize,
        /// Who else did, where all are strings.
        others: Vec<usize>,
        /// Whether all of it are values that were added, as strings.
        as_strings: bool,
        /// The first few, as JSON.
        shown: Vec<String>,
        count: usize,
        /// When the first read that showed one ended.
        read: Duration,
        /// In how many reads.
        reads: usize,
    },
    /// A node showed values that it or another one had refused, or refused later, as not added for certain.
    Refused {
        /// The first node that did.
        node: usize,
        others: Vec<usize>,
        values: Values,
        /// How the first of them was refused.
        refusal: NotAdded,
        /// When the first such read ended.
        read: Duration,
        /// In how many reads.
        reads: usize,
    },
    /// A node showed values more than once in one read.
    Duplicate {
        node: usize,
        values: Values,
        /// When the first such read ended.
        read: Duration,
        /// In how many reads.
        reads: usize,
    },
}

/// Something one should know of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum SetWarning {
    /// Values went down with the nodes that held them.
    Gone(Gone),
    /// Values were not acknowledged in time, and some live nodes show them and others do not.
    Partial {
        values: Values,
        /// Of the first of them: who shows it.
        shown: Vec<usize>,
        missing: Vec<usize>,
    },
    /// Nodes replied with `null` for an empty list.
    NullList {
        /// The first node that did.
        node: usize,
        others: Vec<usize>,
        /// The type of the reply.
        reply: &'static str,
        /// The key of the list.
        key: &'static str,
        /// When the first of these replies came.
        time: Duration,
        count: usize,
    },
}

/// Some values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values {
    /// The first few.
    pub named: Vec<usize>,
    pub count: usize,
}

impl SetFinding {
    /// Its place among the findings of a set, and among those of its kind that of its cause.
    pub fn rank(&self) -> (u8, u8) {
        match self {
            Self::Lost { why, .. } => (0, cause(why)),
            Self::Gone(_) => (1, 0),
            Self::Vanished { .. } => (2, 0),
            Self::Phantom { .. } => (3, 0),
            Self::Refused { .. } => (4, 0),
            Self::Duplicate { .. } => (5, 0),
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Lost { .. } => "lost",
            Self::Gone(_) => "gone",
            Self::Vanished { .. } => "vanished",
            Self::Phantom { .. } => "phantom",
            Self::Refused { .. } => "refused",
            Self::Duplicate { .. } => "duplicate",
        }
    }

    /// The values that it is about, if it names them.
    pub fn values(&self) -> Option<&Values> {
        match self {
            Self::Lost { values, .. }
            | Self::Gone(Gone { values, .. })
            | Self::Vanished { values, .. }
            | Self::Refused { values, .. }
            | Self::Duplicate { values, .. } => Some(values),
            Self::Phantom { .. } => None,
        }
    }

    /// The moment that it is about, if it names one and no values.
    pub fn time(&self) -> Option<Duration> {
        match self {
            Self::Phantom { read, .. } => Some(*read),
            Self::Lost { .. }
            | Self::Gone(_)
            | Self::Vanished { .. }
            | Self::Refused { .. }
            | Self::Duplicate { .. } => None,
        }
    }
}

impl SetWarning {
    /// Its place among the warnings of a set.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Gone(_) => 0,
            Self::Partial { .. } => 1,
            Self::NullList { .. } => 2,
        }
    }

    /// The values that it is about, and what is wrong with them in a word.
    pub fn values(&self) -> Option<(&'static str, &Values)> {
        match self {
            Self::Gone(Gone { values, .. }) => Some(("gone", values)),
            Self::Partial { values, .. } => Some(("partial", values)),
            Self::NullList { .. } => None,
        }
    }
}

/// The node that a client gave the value to comes first: what it does not show, no other can have.
pub fn cause(why: &Why) -> u8 {
    match why {
        Why::NotShown {
            from: Party::Client(_),
            ..
        } => 0,
        Why::NotShown {
            from: Party::Node(_) | Party::Service(_),
            ..
        } => 1,
        Why::TooLate { .. } => 2,
        Why::Dropped { attempt, .. } => match attempt.fate {
            Fate::Cut(_) => 3,
            Fate::Lost => 4,
            Fate::Dead(_) => 5,
            Fate::NoRoom => 6,
            Fate::Delivered | Fate::UnderWay => 7,
        },
        Why::Forgotten(_) => 8,
        Why::Stale(_) => 9,
        Why::NeverSent { .. } => 10,
        Why::Unknown => 11,
    }
}

impl Values {
    /// One more; smaller ones are to come first.
    pub fn add(&mut self, value: usize) {
        if self.named.len() < NAMED_MAX {
            self.named.push(value);
        }
        self.count += 1;
    }
}

impl FromIterator<usize> for Values {
    fn from_iter<I: IntoIterator<Item = usize>>(values: I) -> Self {
        let mut all = Self::default();
        values.into_iter().for_each(|value| all.add(value));
        all
    }
}

/// That a value was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged {
    /// By which node.
    pub node: usize,
    pub time: Duration,
}

/// That a value was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAdded {
    /// By which node.
    pub node: usize,
    pub time: Duration,
    /// The code of the error; empty where none is told.
    pub code: String,
}

/// Why a node lacks a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It got it, from a client (then it acknowledged it itself, or should have) or a node, and
    /// does not show it.
    NotShown {
        /// From whom.
        from: Party,
        at: Duration,
        /// The pause in which that waited for the node to go on.
        pause: Option<usize>,
    },
    /// It got it only when it had been asked already.
    TooLate {
        /// From whom.
        from: Party,
        at: Duration,
        asked: Duration,
    },
    /// The message sent last with it never arrived.
    Dropped {
        attempt: Attempt,
        /// The pause in which the node stood still when the message was dropped.
        pause: Option<usize>,
    },
    /// It had got it, its life ended, and no node sent it again.
    Forgotten(Death),
    /// What it showed came from an older state of a service than the newest one.
    Stale(StaleAnswer),
    Unknown,
    /// Nobody sent it a message with it.
    NeverSent {
        /// Those who showed it in a read.
        shown_by: Arc<[usize]>,
    },
}

/// Values that went down with the nodes that held them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    pub values: Values,
    /// Of the first of them: how it was acknowledged.
    pub acknowledged: Acknowledged,
    /// The end of the last node that held them.
    pub death: Death,
}

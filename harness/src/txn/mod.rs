//! Histories of transactions, and which consistency models they break: Elle's analysis. Each transaction
//! reads and writes objects; from the values that reads show follows the order of an object's versions, from
//! that which transaction must have come before which. A cycle of such dependencies is an anomaly, and
//! each consistency model forbids some.
//!
//! [`list`] and [`register`] find the version orders and what a single read shows to be wrong,
//! [`dependencies`] and [`order`] make the graph, [`cycles`] searches it, [`model`] says who forbids what.
//! Where a transaction comes from, and how an anomaly is told, is known elsewhere. Pure.
//!
//! Sources: Adya, Weak Consistency (1999); Alvaro & Kingsbury, Elle (VLDB 2020).

pub mod analysis;
pub mod anomaly;
pub mod atom;
pub mod components;
pub mod cycles;
pub mod dependencies;
pub mod effort;
pub mod graph;
pub mod internal;
pub mod interning;
pub mod list;
pub mod model;
pub mod order;
pub mod register;
pub mod search;
pub mod versions;

use atom::Atom;

#[cfg(test)]
mod tests;

/// What objects hold, and so how they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// A list, to which values are appended.
    List,
    /// A register, which is overwritten.
    Register,
}

/// What a transaction does to one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MicroOperation {
    pub key: Atom,
    pub access: Access,
}

/// A read or a write of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// A read, and what it showed; nothing in a request.
    Read(Observed),
    /// A value that is appended or written.
    Write(Atom),
}

/// What a read showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// `null`: the object does not exist.
    Nothing,
    /// The value of a register.
    One(Atom),
    /// The values of a list.
    List(Vec<Atom>),
}

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Committed,
    Unknown,
    /// It certainly did not happen.
    Aborted,
}

/// A transaction.
#[derive(Debug, Clone)]
pub struct Transaction<'a> {
    /// The session: its transactions come one after the other. `None`: its place there is not known.
    pub session: Option<usize>,
    /// The place of its request among all events.
    pub invoked: usize,
    /// The place of its reply, if it is known to have ended.
    pub completed: Option<usize>,
    pub ended: Ended,
    /// What it did: as the reply has it, if it committed, else as the request has it.
    pub operations: &'a [MicroOperation],
    /// What was asked, where the reply says something else.
    pub asked: Option<&'a [MicroOperation]>,
}

impl Observed {
    /// The values of a list; `null` is an empty one.
    pub fn list(&self) -> &[Atom] {
        match self {
            Self::Nothing => &[],
            Self::One(value) => std::slice::from_ref(value),
            Self::List(values) => values,
        }
    }
}

impl Transaction<'_> {
    pub fn is_committed(&self) -> bool {
        self.ended == Ended::Committed
    }
}

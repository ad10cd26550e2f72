//! Anomalies: what they are called, and the evidence of each. Transactions are numbers: their places in the
//! history that was analyzed.

use std::collections::BTreeMap;

use super::atom::Atom;

/// What an anomaly is, by Elle's names; those that Elle doesn't look for have names of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnomalyKind {
    /// The reply has other operations than the request.
    WrongReply,
    /// A read shows a value that no client wrote.
    GarbageRead,
    /// A read shows a value of a transaction that began after the read had ended.
    EarlyRead,
    /// A read of a list shows what its own transaction appends later.
    FutureRead,
    /// A read of a register shows what its own transaction writes later.
    FutureRegisterRead,
    /// A read contradicts an earlier write of its own transaction.
    OwnWrite,
    /// A read contradicts an earlier read of its own transaction.
    ChangedRead,
    /// A list shows what one transaction appended in another order.
    ReorderedAppends,
    /// A list shows an element twice.
    DuplicateElements,
    /// Of two lists that were read none is the beginning of the other.
    IncompatibleOrder,
    /// Each of some values of a register was written after the next.
    CyclicVersions,
    /// A read shows a value of an aborted transaction.
    G1a,
    /// A read shows a value that its own transaction replaced.
    G1b,
    /// A committed transaction wrote on top of an aborted one.
    DirtyUpdate,
    /// Two transactions read one version of an object, and both replaced it.
    LostUpdate,
    Cycle(CycleKind, Extra),
}

/// A cycle by the dependencies on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CycleKind {
    /// Only writes after writes.
    G0,
    /// Writes after writes and reads of writes.
    G1c,
    /// One read of what was then replaced.
    GSingle,
    /// Several reads of what was then replaced, none of them next to another.
    GNonadjacent,
    /// Several, some of them next to each other.
    G2,
}

/// Which order counts beside that of reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extra {
    /// None.
    None,
    Process,
    Realtime,
}

/// Anomalies of one kind: an example, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    pub kind: AnomalyKind,
    /// The first; of cycles the shortest.
    pub evidence: AnomalyEvidence,
    /// How many were found. Of cycles, in how many tangles of transactions.
    pub count: usize,
}

/// What shows an anomaly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnomalyEvidence {
    /// A reply that does not fit its request.
    Reply { reader: usize },
    /// A read of one value.
    Read {
        reader: usize,
        /// The transaction that wrote, if any did.
        writer: Option<usize>,
        key: Atom,
        value: Atom,
    },
    /// A read that contradicts its own transaction.
    Internal {
        reader: usize,
        key: Atom,
        /// What it had to show.
        expected: Vec<Atom>,
        found: Vec<Atom>,
    },
    /// Two reads that contradict each other.
    Reads {
        key: Atom,
        readers: [usize; 2],
        lists: [Vec<Atom>; 2],
    },
    /// Two transactions that wrote an object.
    Writes {
        key: Atom,
        writers: [usize; 2],
        values: [Atom; 2],
        /// What both had read; `None`: the object did not exist.
        read: Option<Atom>,
    },
    /// Values of which each was written after the next, the first after the last.
    Values {
        key: Atom,
        /// The values, and the transaction that wrote each after it had read the one before.
        values: Vec<(Atom, usize)>,
    },
    /// Transactions of which each must have come before the next, the last before the first.
    Cycle(Vec<CycleLink>),
}

/// Why one transaction must have come before another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CycleLink {
    /// The transaction that came first.
    pub from: usize,
    pub to: usize,
    pub why: LinkReason,
}

/// Why one transaction must have come before another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkReason {
    /// The second wrote the version after that of the first: ww.
    Replaced {
        key: Atom,
        /// What the first wrote.
        before: Atom,
        after: Atom,
    },
    /// The second read what the first wrote: wr.
    Observed { key: Atom, value: Atom },
    /// The first did not read what the second wrote: rw.
    Missed {
        key: Atom,
        /// What the first read; `None`: the object did not exist.
        read: Option<Atom>,
        /// What the second wrote on top of that.
        after: Atom,
    },
    /// They are of one session.
    Process,
    /// The first had ended when the second began.
    Realtime,
}

/// The anomalies that were found, one of each kind.
#[derive(Debug, Default)]
pub struct Anomalies(BTreeMap<AnomalyKind, Anomaly>);

impl Anomalies {
    /// One more was found; its evidence is asked for if it is the first of its kind.
    pub fn add(&mut self, kind: AnomalyKind, evidence: impl FnOnce() -> Option<AnomalyEvidence>) {
        if let Some(known) = self.0.get_mut(&kind) {
            known.count += 1;
        } else if let Some(evidence) = evidence() {
            let count = 1;
            let anomaly = Anomaly {
                kind,
                evidence,
                count,
            };
            self.0.insert(kind, anomaly);
        }
    }

    /// Whether one of this kind was found.
    pub fn has(&self, kind: AnomalyKind) -> bool {
        self.0.contains_key(&kind)
    }

    /// Another cycle was found; the shortest is kept.
    pub fn cycle(&mut self, kind: CycleKind, extra: Extra, links: Vec<CycleLink>) {
        let evidence = AnomalyEvidence::Cycle(links);
        let kind = AnomalyKind::Cycle(kind, extra);
        let size = |evidence: &AnomalyEvidence| evidence.transactions().len();
        match self.0.get_mut(&kind) {
            Some(known) if size(&known.evidence) > size(&evidence) => known.evidence = evidence,
            Some(_) => {}
            None => self.add(kind, || Some(evidence)),
        }
    }

    /// All of them, the worst first.
    pub fn into_sorted(self) -> Vec<Anomaly> {
        self.0.into_values().collect()
    }
}

impl CycleKind {
    /// From the worst to the mildest.
    pub const ALL: [Self; 5] = [
        Self::G0,
        Self::G1c,
        Self::GSingle,
        Self::GNonadjacent,
        Self::G2,
    ];

    /// How a cycle of this kind is called.
    fn name(self, extra: Extra) -> &'static str {
        let names = match self {
            Self::G0 => ["G0", "G0-process", "G0-realtime"],
            Self::G1c => ["G1c", "G1c-process", "G1c-realtime"],
            Self::GSingle => [
                "G-single-item",
                "G-single-item-process",
                "G-single-item-realtime",
            ],
            Self::GNonadjacent => [
                "G-nonadjacent-item",
                "G-nonadjacent-item-process",
                "G-nonadjacent-item-realtime",
            ],
            Self::G2 => ["G2-item", "G2-item-process", "G2-item-realtime"],
        };
        let [plain, process, realtime] = names;
        match extra {
            Extra::None => plain,
            Extra::Process => process,
            Extra::Realtime => realtime,
        }
    }
}

impl AnomalyKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::WrongReply => "wrong-reply",
            Self::GarbageRead => "garbage-read",
            Self::EarlyRead => "early-read",
            Self::FutureRead | Self::FutureRegisterRead => "future-read",
            Self::OwnWrite | Self::ChangedRead => "internal",
            Self::ReorderedAppends => "reordered-appends",
            Self::DuplicateElements => "duplicate-elements",
            Self::IncompatibleOrder => "incompatible-order",
            Self::CyclicVersions => "cyclic-versions",
            Self::G1a => "G1a",
            Self::G1b => "G1b",
            Self::DirtyUpdate => "dirty-update",
            Self::LostUpdate => "lost-update",
            Self::Cycle(kind, extra) => kind.name(extra),
        }
    }
}

impl LinkReason {
    /// The kind of the dependency, as papers call it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Replaced { .. } => "ww",
            Self::Observed { .. } => "wr",
            Self::Missed { .. } => "rw",
            Self::Process => "process",
            Self::Realtime => "realtime",
        }
    }
}

impl AnomalyEvidence {
    /// The transactions that it names, in the order in which a sentence does.
    pub fn transactions(&self) -> Vec<usize> {
        match self {
            Self::Reply { reader } | Self::Internal { reader, .. } => vec![*reader],
            Self::Read { reader, writer, .. } => {
                let mut all = vec![*reader];
                all.extend(writer.filter(|writer| writer != reader));
                all
            }
            Self::Reads { readers, .. } => {
                let mut all = readers.to_vec();
                all.dedup();
                all
            }
            Self::Writes { writers, .. } => writers.to_vec(),
            Self::Values { values, .. } => values.iter().map(|(_, writer)| *writer).collect(),
            Self::Cycle(links) => links.iter().map(|link| link.from).collect(),
        }
    }
}

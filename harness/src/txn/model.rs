//! Consistency models: their names, which anomalies each forbids, and which model implies which.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::anomaly::{AnomalyKind, CycleKind, Extra};

/// A consistency model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    ReadUncommitted,
    ReadCommitted,
    MonotonicView,
    MonotonicAtomicView,
    ReadAtomic,
    Causal,
    Prefix,
    CursorStability,
    ConsistentView,
    ForwardConsistentView,
    UpdateSerializable,
    RepeatableRead,
    UpdateAtomic,
    ParallelSnapshotIsolation,
    SnapshotIsolation,
    Serializable,
    StrongSessionReadUncommitted,
    StrongSessionReadCommitted,
    StrongSessionSnapshotIsolation,
    StrongSessionSerializable,
    StrongReadUncommitted,
    StrongReadCommitted,
    StrongSnapshotIsolation,
    StrictSerializable,
}

use Model as M;

/// Each model with its names, the usual one first; the weaker ones come first.
const NAMES: [(Model, &[&str]); 24] = [
    (M::ReadUncommitted, &["read-uncommitted", "PL-1"]),
    (M::ReadCommitted, &["read-committed", "PL-2"]),
    (M::MonotonicView, &["monotonic-view", "PL-2L"]),
    (M::MonotonicAtomicView, &["monotonic-atomic-view"]),
    (M::ReadAtomic, &["read-atomic"]),
    (M::Causal, &["causal"]),
    (M::Prefix, &["prefix"]),
    (M::CursorStability, &["cursor-stability", "PL-CS"]),
    (M::ConsistentView, &["consistent-view", "PL-2+"]),
    (
        M::ForwardConsistentView,
        &["forward-consistent-view", "PL-FCV"],
    ),
    (M::UpdateSerializable, &["update-serializable", "PL-3U"]),
    (M::RepeatableRead, &["repeatable-read", "PL-2.99"]),
    (M::UpdateAtomic, &["update-atomic"]),
    (
        M::ParallelSnapshotIsolation,
        &["parallel-snapshot-isolation", "PSI"],
    ),
    (M::SnapshotIsolation, &["snapshot-isolation", "PL-SI"]),
    (M::Serializable, &["serializable", "PL-3"]),
    (
        M::StrongSessionReadUncommitted,
        &["strong-session-read-uncommitted", "strong-session-PL-1"],
    ),
    (
        M::StrongSessionReadCommitted,
        &["strong-session-read-committed", "strong-session-PL-2"],
    ),
    (
        M::StrongSessionSnapshotIsolation,
        &["strong-session-snapshot-isolation", "strong-session-PL-SI"],
    ),
    (
        M::StrongSessionSerializable,
        &["strong-session-serializable", "strong-session-PL-3"],
    ),
    (
        M::StrongReadUncommitted,
        &["strong-read-uncommitted", "strong-PL-1"],
    ),
    (
        M::StrongReadCommitted,
        &["strong-read-committed", "strong-PL-2"],
    ),
    (
        M::StrongSnapshotIsolation,
        &["strong-snapshot-isolation", "strong-PL-SI"],
    ),
    (
        M::StrictSerializable,
        &["strict-serializable", "strong-serializable", "PL-SS"],
    ),
];

impl Model {
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(model, _)| *model)
    }

    pub fn name(self) -> &'static str {
        let found = NAMES.iter().find(|(model, _)| *model == self);
        found.and_then(|(_, names)| names.first()).unwrap_or(&"")
    }

    /// The model with this name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        let is_it = |known: &&str| known.eq_ignore_ascii_case(name);
        let found = NAMES.iter().find(|(_, names)| names.iter().any(is_it));
        found.map(|(model, _)| *model)
    }

    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().flat_map(|(_, names)| names.iter().copied())
    }

    /// The next weaker models: whatever keeps this one keeps them.
    fn weaker(self) -> &'static [Self] {
        match self {
            M::StrictSerializable => &[M::StrongSessionSerializable, M::StrongSnapshotIsolation],
            M::StrongSnapshotIsolation => {
                &[M::StrongSessionSnapshotIsolation, M::StrongReadCommitted]
            }
            M::StrongReadCommitted => &[M::StrongSessionReadCommitted, M::StrongReadUncommitted],
            M::StrongReadUncommitted => &[M::StrongSessionReadUncommitted],
            M::StrongSessionSerializable => &[M::Serializable, M::StrongSessionSnapshotIsolation],
            M::StrongSessionSnapshotIsolation => {
                &[M::SnapshotIsolation, M::StrongSessionReadCommitted]
            }
            M::StrongSessionReadCommitted => &[M::ReadCommitted, M::StrongSessionReadUncommitted],
            M::StrongSessionReadUncommitted | M::ReadCommitted => &[M::ReadUncommitted],
            M::Serializable => &[
                M::RepeatableRead,
                M::SnapshotIsolation,
                M::UpdateSerializable,
            ],
            M::SnapshotIsolation => &[
                M::ParallelSnapshotIsolation,
                M::Prefix,
                M::ForwardConsistentView,
            ],
            M::ParallelSnapshotIsolation => &[M::UpdateAtomic, M::Causal],
            M::RepeatableRead => &[M::CursorStability, M::MonotonicAtomicView],
            M::UpdateSerializable => &[M::ForwardConsistentView],
            M::ForwardConsistentView => &[M::ConsistentView],
            M::ConsistentView => &[M::CursorStability, M::MonotonicView],
            M::UpdateAtomic | M::Causal => &[M::ReadAtomic],
            M::Prefix => &[M::Causal],
            M::ReadAtomic => &[M::MonotonicAtomicView],
            M::CursorStability | M::MonotonicView | M::MonotonicAtomicView => &[M::ReadCommitted],
            M::ReadUncommitted => &[],
        }
    }

    /// Whether whatever keeps this model keeps that one, too.
    pub fn implies(self, weaker: Self) -> bool {
        self == weaker || self.weaker().iter().any(|next| next.implies(weaker))
    }

    /// Whether the real-time order counts, that of each session, or none.
    pub fn extra(self) -> Extra {
        if self.implies(M::StrongReadUncommitted) {
            Extra::Realtime
        } else if self.implies(M::StrongSessionReadUncommitted) {
            Extra::Process
        } else {
            Extra::None
        }
    }

    /// Whether an anomaly breaks it, by Elle's rules.
    pub fn forbids(self, anomaly: AnomalyKind) -> bool {
        NAMES
            .iter()
            .any(|(model, _)| self.implies(*model) && model.forbids_first(anomaly))
    }

    /// Whether this anomaly is forbidden here, and maybe by no weaker model.
    fn forbids_first(self, anomaly: AnomalyKind) -> bool {
        use AnomalyKind as A;
        match anomaly {
            A::DuplicateElements | A::CyclicVersions => self == M::ReadUncommitted,
            A::G1a | A::G1b | A::IncompatibleOrder | A::DirtyUpdate | A::FutureRead => {
                self == M::ReadCommitted
            }
            A::OwnWrite | A::ChangedRead => self == M::ReadAtomic,
            A::LostUpdate => matches!(self, M::CursorStability | M::UpdateAtomic),
            A::Cycle(kind, extra) => self.forbids_cycle(kind, extra),
            // Maelstrom doesn't look for these.
            A::GarbageRead
            | A::EarlyRead
            | A::WrongReply
            | A::ReorderedAppends
            | A::FutureRegisterRead => false,
        }
    }

    fn forbids_cycle(self, kind: CycleKind, extra: Extra) -> bool {
        use CycleKind as C;
        let plain: &[Self] = match kind {
            C::G0 => &[M::ReadUncommitted],
            C::G1c => &[M::ReadCommitted],
            C::GSingle => &[M::ConsistentView, M::RepeatableRead],
            C::GNonadjacent => &[M::SnapshotIsolation, M::RepeatableRead],
            C::G2 => &[M::RepeatableRead],
        };
        match extra {
            Extra::None => plain.contains(&self),
            Extra::Process => match kind {
                C::G0 => self == M::StrongSessionReadUncommitted,
                C::G1c => self == M::StrongSessionReadCommitted,
                C::GSingle | C::GNonadjacent => self == M::StrongSessionSnapshotIsolation,
                C::G2 => self == M::StrongSessionSerializable,
            },
            Extra::Realtime => match kind {
                C::G0 => self == M::StrongReadUncommitted,
                C::G1c => self == M::StrongReadCommitted,
                C::GSingle | C::GNonadjacent => self == M::StrongSnapshotIsolation,
                C::G2 => self == M::StrictSerializable,
            },
        }
    }

    /// Whether an anomaly breaks it, by our stricter rules: what no node can do that is right at this level,
    /// though Maelstrom passes it.
    pub fn forbids_strictly(self, anomaly: AnomalyKind) -> bool {
        use AnomalyKind as A;
        match anomaly {
            A::GarbageRead
            | A::EarlyRead
            | A::WrongReply
            | A::ReorderedAppends
            | A::FutureRead
            | A::FutureRegisterRead => true,
            // In Adya's model a transaction sees its own last write at every level; read-uncommitted is only
            // warned of.
            A::OwnWrite => self.implies(M::ReadCommitted),
            A::ChangedRead => self.implies(M::ReadAtomic) || self.implies(M::RepeatableRead),
            A::G1a
            | A::G1b
            | A::DirtyUpdate
            | A::LostUpdate
            | A::DuplicateElements
            | A::IncompatibleOrder
            | A::CyclicVersions
            | A::Cycle(..) => self.forbids(anomaly),
        }
    }
}

/// What anomalies rule out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuledOut {
    /// The weakest models that don't hold: Elle's `not`.
    pub not: Vec<Model>,
    /// Those that imply one of these: Elle's `also-not`.
    pub also_not: Vec<Model>,
}

impl RuledOut {
    /// By these anomalies.
    pub fn by(anomalies: &BTreeSet<AnomalyKind>) -> Self {
        let is_out = |model: &Model| anomalies.iter().any(|kind| model.forbids_strictly(*kind));
        let out: Vec<_> = Model::all().filter(is_out).collect();
        let is_weakest = |model: &Model| {
            !out.iter()
                .any(|other| other != model && model.implies(*other))
        };
        let (not, also_not) = out.iter().copied().partition(is_weakest);
        Self { not, also_not }
    }
}

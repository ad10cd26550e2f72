//! Whether each key behaves as one register: key by key, as keys have nothing to do with each other, on all
//! cores.
//!
//! What is found does not depend on which key is done first. All keys are searched with little memory; those that
//! need more are searched again one after the other, if no key is known to be wrong by then: a wrong one does not
//! wait for those that take long.

use super::evidence::{self, ErrorReading, KeyHistory, KeyRequests};
use super::explain;
use super::figures::{KeySizes, LinKvFigures};
use super::finding::NotLinearizable;
use crate::cluster::checker::finding::{Finding, Unjudged};
use crate::cluster::checker::story::Story;
use crate::cluster::limit::Limit;
use crate::cluster::recording::Recording;
use crate::cluster::workload::figures::WorkloadFigures;
use crate::cluster::workload::findings::WorkloadFinding;
use crate::cluster::workload::replies::{RepliesJudged, nothing};
use crate::linear::{self, ABSENT, Bound, Linearization};

/// How much memory the search in the history of one key may take while those of others go on, in bytes.
const MEMORY_AT_ONCE: usize = 32 << 20;

/// How much it may take alone.
const MEMORY_MAX: usize = 300 << 20;

/// How keys are judged.
struct KeyJudge<'l> {
    reading: ErrorReading,
    is_bare: bool,
    limit: Limit<'l>,
}

/// What is known of a key.
struct JudgedKey {
    /// How many operations say something of its value.
    operations: usize,
    /// Whether any of them certainly took effect.
    has_answer: bool,
    strict: Linearization,
    found: Option<NotLinearizable>,
    /// What Maelstrom's rule says, if that could be told.
    maelstrom: Option<bool>,
}

pub fn judge(recording: &Recording, story: &Story<'_>, limit: Limit<'_>) -> RepliesJudged {
    let keys = evidence::keys(story);
    let judge = KeyJudge {
        reading: if recording.settings.judging.cas_conflicts {
            ErrorReading::CasConflicts
        } else {
            ErrorReading::Strict
        },
        is_bare: recording.is_bare,
        limit,
    };
    let mut judged = judge.all(&keys);
    let unjudged = gave_up(&judged);
    let maelstrom = maelstrom(&judged);
    let found = judged.iter_mut().filter_map(|key| key.found.take());
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(NotLinearizable::time);
    let asked = story.operations.iter();
    // That a key is not there yet is an answer, too.
    let is_idle = !judged.iter().any(|key| key.has_answer) && !recording.is_bare;
    let figures = LinKvFigures {
        sizes: KeySizes::of(keys.iter().map(|key| key.requests.len())),
        not_linearizable: found.len(),
        maelstrom,
    };
    let found = found
        .into_iter()
        .map(|found| WorkloadFinding::LinKv(Box::new(found)));
    RepliesJudged {
        nothing: is_idle.then(|| nothing(story, asked)).into_iter().collect(),
        findings: found.map(Finding::Workload).collect(),
        unjudged: unjudged.into_iter().collect(),
        figures: Some(WorkloadFigures::LinKv(figures)),
        ..RepliesJudged::default()
    }
}

impl KeyJudge<'_> {
    fn all(&self, keys: &[KeyRequests<'_, '_>]) -> Vec<JudgedKey> {
        let with_little = |key: &KeyRequests<'_, '_>| self.key(key, MEMORY_AT_ONCE);
        let mut all = self.limit.map(keys, with_little);
        let mut is_wrong = all.iter().any(|judged| judged.found.is_some());
        for (key, judged) in keys.iter().zip(&mut all) {
            if is_wrong || self.limit.is_over() {
                break;
            }
            if judged.is_open() {
                *judged = self.key(key, MEMORY_MAX);
                is_wrong = judged.found.is_some();
            }
        }
        all
    }

    fn key(&self, requests: &KeyRequests<'_, '_>, memory: usize) -> JudgedKey {
        let bound = Bound {
            is_over: &|| self.limit.is_over(),
            memory,
            steps: None,
        };
        let search = |reading| search(&requests.read(reading), bound);
        let history = requests.read(self.reading);
        let strict = linear::check(&history.operations, &[ABSENT], bound);
        let found = match &strict {
            Linearization::Impossible(contradicted) => {
                explain::explain(&history, contradicted, self.is_bare, bound)
            }
            Linearization::Found(_) | Linearization::GaveUp { .. } => None,
        };
        let found = found.map(|found| NotLinearizable {
            is_conflict: self.reading == ErrorReading::Strict
                && search(ErrorReading::CasConflicts) == Some(true),
            ..found
        });
        JudgedKey {
            operations: history.operations.len(),
            has_answer: history.operations.iter().any(|one| one.is_certain),
            // It lets pass whatever is right here.
            maelstrom: match strict {
                Linearization::Found(_) => Some(true),
                Linearization::Impossible(_) | Linearization::GaveUp { .. } => {
                    search(ErrorReading::Maelstrom)
                }
            },
            strict,
            found,
        }
    }
}

/// Whether a history is linearizable, if that could be told.
fn search(history: &KeyHistory<'_>, bound: Bound<'_>) -> Option<bool> {
    match linear::check(&history.operations, &[ABSENT], bound) {
        Linearization::Found(_) => Some(true),
        Linearization::Impossible(_) => Some(false),
        Linearization::GaveUp { .. } => None,
    }
}

impl JudgedKey {
    fn is_open(&self) -> bool {
        matches!(self.strict, Linearization::GaveUp { .. })
    }

    /// How many of its operations were judged.
    fn passed(&self) -> usize {
        match self.strict {
            Linearization::GaveUp { passed, .. } => passed,
            Linearization::Found(_) | Linearization::Impossible(_) => self.operations,
        }
    }
}

/// Where searches reached their bound: how many operations were judged in all.
fn gave_up(judged: &[JudgedKey]) -> Option<Unjudged> {
    let is_open = judged.iter().any(JudgedKey::is_open);
    is_open.then(|| Unjudged::GaveUp {
        judged: judged.iter().map(JudgedKey::passed).sum(),
        of: judged.iter().map(|key| key.operations).sum(),
    })
}

/// What Maelstrom's rule says of all keys. `None` if it can't be told.
fn maelstrom(judged: &[JudgedKey]) -> Option<bool> {
    let mut all = judged.iter().map(|key| key.maelstrom);
    if all.any(|says| says == Some(false)) {
        return Some(false);
    }
    let is_told = judged.iter().all(|key| key.maelstrom.is_some());
    is_told.then_some(true)
}

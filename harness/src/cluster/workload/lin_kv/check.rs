//! Whether each key behaves as one register: key by key, as keys have nothing to do with each other.

use super::evidence::{self, ErrorReading, KeyHistory};
use super::explain;
use super::figures::{KeySizes, LinKvFigures};
use super::finding::NotLinearizable;
use crate::cluster::checker::finding::{Finding, Unjudged};
use crate::cluster::checker::story::{Operation, Story};
use crate::cluster::limit::Limit;
use crate::cluster::recording::Recording;
use crate::cluster::workload::figures::WorkloadFigures;
use crate::cluster::workload::findings::WorkloadFinding;
use crate::cluster::workload::replies::{RepliesJudged, nothing};
use crate::linear::{self, ABSENT, Bound, Linearization};

/// How much memory the search in the history of one key may take, in bytes.
const MEMORY_MAX: usize = 300 << 20;

/// Judges all keys.
pub fn judge(recording: &Recording, story: &Story<'_>, limit: Limit<'_>) -> RepliesJudged {
    let is_over = || limit.is_over();
    let bound = Bound {
        is_over: &is_over,
        memory: MEMORY_MAX,
        steps: None,
    };
    let reading = if recording.settings.judging.cas_conflicts {
        ErrorReading::CasConflicts
    } else {
        ErrorReading::Strict
    };
    let keys = evidence::keys(story, reading);
    let judged: Vec<_> = keys.iter().map(|key| search(key, bound)).collect();
    let conflicts = conflicts(story, reading, &judged, bound);
    let mut found: Vec<_> = (keys.iter().zip(&judged).zip(&conflicts))
        .filter_map(|((key, judged), is_conflict)| match judged {
            Linearization::Impossible(contradicted) => {
                let found = explain::explain(key, contradicted, recording.is_bare, bound)?;
                Some(NotLinearizable {
                    is_conflict: *is_conflict,
                    ..found
                })
            }
            Linearization::Found(_) | Linearization::GaveUp { .. } => None,
        })
        .collect();
    found.sort_by_key(NotLinearizable::time);
    let unjudged = gave_up(&keys, &judged);
    let asked = story.operations.iter();
    let is_idle = !story.operations.iter().any(Operation::is_ok) && !recording.is_bare;
    let figures = LinKvFigures {
        sizes: KeySizes::of(keys.iter().map(|key| key.asked)),
        not_linearizable: found.len(),
        maelstrom: maelstrom(story, &judged, bound),
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

fn search(key: &KeyHistory<'_>, bound: Bound<'_>) -> Linearization {
    linear::check(&key.operations, &[ABSENT], bound)
}

/// Of each key whether nothing is wrong with it but what error 22 says of the value.
fn conflicts(
    story: &Story<'_>,
    reading: ErrorReading,
    judged: &[Linearization],
    bound: Bound<'_>,
) -> Vec<bool> {
    let is_wrong = |judged: &Linearization| matches!(judged, Linearization::Impossible(_));
    if reading != ErrorReading::Strict || !judged.iter().any(is_wrong) {
        return vec![false; judged.len()];
    }
    let keys = evidence::keys(story, ErrorReading::CasConflicts);
    let pairs = keys.iter().zip(judged);
    let is_right = |key| matches!(search(key, bound), Linearization::Found(_));
    pairs
        .map(|(key, judged)| is_wrong(judged) && is_right(key))
        .collect()
}

/// Where searches reached their bound: how many operations were judged in all.
fn gave_up(keys: &[KeyHistory<'_>], judged: &[Linearization]) -> Option<Unjudged> {
    let count = |(key, judged): (&KeyHistory<'_>, &Linearization)| match judged {
        Linearization::GaveUp { passed, .. } => *passed,
        Linearization::Found(_) | Linearization::Impossible(_) => key.operations.len(),
    };
    let gave_up = |judged: &Linearization| matches!(judged, Linearization::GaveUp { .. });
    judged.iter().any(gave_up).then(|| Unjudged::GaveUp {
        judged: keys.iter().zip(judged).map(count).sum(),
        of: keys.iter().map(|key| key.operations.len()).sum(),
    })
}

/// What Maelstrom's rule says: it lets pass whatever is right here. `None` if it can't be told.
fn maelstrom(story: &Story<'_>, judged: &[Linearization], bound: Bound<'_>) -> Option<bool> {
    let keys = evidence::keys(story, ErrorReading::Maelstrom);
    let mut says = Some(true);
    for (key, strict) in keys.iter().zip(judged) {
        if matches!(strict, Linearization::Found(_)) {
            continue;
        }
        match search(key, bound) {
            Linearization::Found(_) => {}
            Linearization::Impossible(_) => return Some(false),
            Linearization::GaveUp { .. } => says = None,
        }
    }
    says
}

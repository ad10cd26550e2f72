//! What a workload's check says of a run.

use super::figures::WorkloadFigures;
use crate::cluster::checker::finding::{Finding, Unchecked, Unjudged, Warning};
use crate::cluster::checker::story::{Operation, Story};

/// What the replies of a run show.
#[derive(Debug, Default)]
pub struct RepliesJudged {
    /// Why there is nothing to judge.
    pub nothing: Vec<Finding>,
    /// What makes the run invalid.
    pub findings: Vec<Finding>,
    /// What could not be judged.
    pub unjudged: Vec<Unjudged>,
    /// What one should know of it.
    pub warnings: Vec<Warning>,
    /// What was measured.
    pub figures: Option<WorkloadFigures>,
}

/// Where no request succeeded, nothing is proved.
pub fn nothing(story: &Story<'_>) -> Finding {
    let first = story.operations.first();
    let reason = |first: &Operation<'_>| Some((first.asked.node, first.reason()?.clone()));
    let silence = first.and_then(|first| story.silences.get(&first.asked.node));
    Finding::Unchecked(Unchecked::NothingAcknowledged {
        requests: story.operations.len(),
        first: first.and_then(reason),
        silence: silence.map(|silence| (*silence).clone()),
    })
}

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
    pub figures: Option<WorkloadFigures>,
}

/// Where none of these requests succeeded, nothing is proved.
pub fn nothing<'s, 'a: 's>(
    story: &'s Story<'a>,
    requests: impl Iterator<Item = &'s Operation<'a>>,
) -> Finding {
    let requests: Vec<_> = requests.collect();
    let first = requests.first();
    let reason = |first: &&Operation<'_>| Some((first.asked.node, first.reason()?.clone()));
    let silence = first.and_then(|first| story.silences.get(&first.asked.node));
    Finding::Unchecked(Unchecked::NothingAcknowledged {
        requests: requests.len(),
        first: first.and_then(reason),
        silence: silence.map(|silence| (*silence).clone()),
    })
}

//! What makes a run of each workload wrong.

use super::echo;
use super::figures::WorkloadFigures;
use super::kind::WorkloadKind;
use crate::cluster::checker::finding::{Finding, Unjudged, Warning};
use crate::cluster::checker::story::Story;
use crate::cluster::recording::Recording;
use crate::cluster::sets;

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

/// Judges the replies of a run.
pub fn judge(recording: &Recording, story: &Story<'_>) -> RepliesJudged {
    match recording.settings.workload {
        WorkloadKind::Broadcast => sets::judge::judge(recording, story),
        WorkloadKind::Echo => echo::check::judge(story),
    }
}

//! What is counted of the cases of one node while they come.

use crate::folders::FolderTotals;
use crate::outcome::{CaseOutcome, Slowest, Tally};
use crate::report::again::{Again, TestedNode};
use crate::report::matrix::CauseCount;

/// What is counted of one node.
pub struct NodeReport {
    pub node: TestedNode,
    pub again: Again,
    pub tally: Tally,
    pub slowest: Slowest,
    pub folders: FolderTotals,
    pub causes: CauseCount,
}

impl NodeReport {
    pub fn new(node: &TestedNode, again: Again, slowest_max: usize) -> Self {
        Self {
            node: node.clone(),
            again,
            tally: Tally::default(),
            slowest: Slowest::new(slowest_max),
            folders: FolderTotals::new(slowest_max),
            causes: CauseCount::default(),
        }
    }

    pub fn add(&mut self, outcome: &CaseOutcome) {
        self.tally.add(&outcome.result);
        self.tally.add_notes(&outcome.notes);
        self.slowest.add(outcome);
        self.folders.add(outcome);
        if self.node.name.is_some() {
            self.causes.add(outcome);
        }
    }
}

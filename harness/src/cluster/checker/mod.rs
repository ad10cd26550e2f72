//! Whether a run was valid, judged strictly: from its history, its messages and its final reads.
//!
//! A room for each property that holds whatever clients ask; what replies show is judged by the workload.
//! This file asks them all, and collects what was measured. Nothing is put into words here.

pub mod budgets;
pub mod busy;
pub mod conduct;
pub mod fault_figure;
pub mod faults;
pub mod figures;
pub mod finding;
pub mod order;
pub mod storm;
pub mod story;
pub mod unanswered;

use busy::BusyMachine;
use figures::Figures;
use finding::{Finding, Unchecked, Unjudged, Verdict, Warning};
use story::{Operation, Story};

use super::history::{self, Phase, What};
use super::limit::Limit;
use super::recording::Recording;
use super::workload;
use super::workload::figures::WorkloadFigures;

#[cfg(test)]
pub(in crate::cluster) mod tests;

pub fn judge(recording: &Recording, limit: Limit<'_>) -> Verdict {
    let nodes = recording.settings.nodes.len();
    let story = Story::new(&recording.events, nodes);
    let replies = workload::judge::judge(recording, &story, limit);
    let figures = measure(recording, &story, replies.figures);
    let mut findings = Vec::new();
    // What a node did wrong is why there may be nothing to judge.
    let conduct = conduct::judge(recording);
    let mut unjudged = conduct.unjudged;
    findings.extend(conduct.findings);
    // If it is only that nodes could not start on this machine, that has been said.
    if !findings.is_empty() || unjudged.is_empty() {
        if is_not_ready(recording) {
            findings.push(Finding::Unchecked(Unchecked::NotReady));
        } else {
            // What anything wrote may be about refusals; a run in which nothing came about proves nothing,
            // and where nobody read in the end nobody knows what was lost.
            let says_something = recording.is_bare && story.operations.iter().any(Operation::is_ok);
            let nothing_read = Finding::Unchecked(Unchecked::NothingRead);
            let nothing = replies.nothing.into_iter();
            let nothing = nothing.filter(|why| !says_something || *why == nothing_read);
            for why in nothing {
                // Nobody says that what anything wrote is a whole run.
                if let (Finding::Unchecked(why), true) = (&why, recording.is_bare) {
                    unjudged.push(Unjudged::NothingToCheck(why.clone()));
                } else {
                    findings.push(why);
                }
            }
        }
    }
    findings.extend(replies.findings);
    if figures.set().is_none() && !recording.settings.budgets.latency.is_empty() {
        findings.push(Finding::Unchecked(Unchecked::NoLatencies));
    }
    unjudged.extend(replies.unjudged);
    let busy = BusyMachine::of(recording);
    unjudged.extend(busy.excuse(&story, &mut findings));
    let budgets = budgets::judge(&recording.settings.budgets, &story, &figures, &busy);
    findings.extend(budgets.findings);
    unjudged.extend(budgets.unjudged);
    let mut warnings = replies.warnings;
    if let Some(storm) = storm::find(&recording.traffic, &figures) {
        // By itself it makes no run invalid: a node may send what it likes as often as it likes.
        if findings.is_empty() {
            warnings.push(Warning::Storm(storm));
        } else {
            findings.push(Finding::Storm(storm));
        }
    }
    warnings.extend(conduct::warn_of_resends(&recording.resends));
    warnings.extend(conduct::warn_of_second_replies(&recording.second_replies));
    warnings.extend(conduct::warn_of_unknown_requests(&recording.service_use));
    if !findings.is_empty() {
        warnings.extend(conduct::clues(&recording.service_clues));
    }
    warnings.extend(faults::judge(recording, &figures));
    let left_out = recording.rest.messages();
    warnings.extend((left_out > 0).then_some(Warning::LeftOut(left_out)));
    Verdict {
        findings: order::findings(findings),
        unjudged,
        warnings: order::warnings(warnings),
        figures,
    }
}

fn measure(recording: &Recording, story: &Story<'_>, replies: Option<WorkloadFigures>) -> Figures {
    let (ok, counted) = budgets::availability(story);
    let operations = story.operations.iter();
    let counts = |phase| matches!(phase, Phase::Load | Phase::FinalReads);
    let asked = operations
        .filter(|operation| counts(operation.asked.phase) && operation.asked.request.is_sent());
    Figures {
        operations: asked.count(),
        counted,
        cut_short: budgets::cut_short(story),
        ok,
        messages: recording.traffic.distinct(),
        service_messages: recording.traffic.services().values().sum(),
        replies,
        faults: faults::measure(recording, story),
        machine: recording.events.iter().find_map(|event| {
            let What::Machine(machine) = &event.what else {
                return None;
            };
            Some(**machine)
        }),
    }
}

/// Whether the load never began.
fn is_not_ready(recording: &Recording) -> bool {
    let began = |phase| history::began(&recording.events, phase).is_some();
    began(Phase::SetUp) && !began(Phase::Load)
}

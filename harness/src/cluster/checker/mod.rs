//! Whether a run was valid, judged strictly: from its history, its messages and its final reads.
//!
//! A room for each property; this file asks them all, and collects what was measured. What Maelstrom's
//! own rule says stands beside it, elsewhere. Nothing is put into words here.

pub mod budgets;
pub mod conduct;
pub mod contents;
pub mod faults;
pub mod figures;
pub mod finding;
pub mod latency;
pub mod lost;
pub mod nulls;
pub mod order;
pub mod storm;
pub mod story;
pub mod unanswered;
pub mod vanished;

use figures::Figures;
use finding::{Finding, Unchecked, Verdict, Warning};
use story::{Operation, Story};

use super::history::{Phase, What};
use super::recording::Recording;

#[cfg(test)]
mod made;
#[cfg(test)]
mod tests;

/// Judges a run. Of its latencies it is told: the time that each stable value took, in
/// milliseconds, shortest first, as Maelstrom's rule measures it.
pub fn judge(recording: &Recording, stable: &[u64]) -> Verdict {
    let nodes = recording.settings.nodes.len();
    let story = Story::new(&recording.events, nodes);
    let figures = measure(recording, &story);
    let lost = lost::judge(recording, &story);
    let mut findings = Vec::new();
    // What a node did wrong is why there may be nothing to judge.
    let conduct = conduct::judge(recording);
    let mut unjudged = conduct.unjudged;
    findings.extend(conduct.findings);
    let nothing = nothing_to_judge(recording, &story, &figures);
    // If it is only that nodes could not start on this machine, that has been said.
    if !findings.is_empty() || unjudged.is_empty() {
        findings.extend(nothing);
    }
    findings.extend(lost.findings);
    findings.extend(vanished::judge(&story));
    findings.extend(contents::judge(&story));
    findings.extend(unanswered::judge(recording, &story));
    let budgets = &recording.settings.budgets;
    let kept = budgets::judge(budgets, &story, &figures, stable);
    findings.extend(kept);
    let slow = latency::judge(budgets, &recording.events, stable);
    findings.extend(slow.findings);
    unjudged.extend(slow.unjudged);
    let mut warnings = lost.warnings;
    if let Some(storm) = storm::find(&recording.traffic, &figures) {
        // By itself it makes no run invalid: a node may send what it likes as often as it likes.
        if findings.is_empty() {
            warnings.push(Warning::Storm(storm));
        } else {
            findings.push(Finding::Storm(storm));
        }
    }
    warnings.extend(conduct::warn_of_resends(&recording.resends));
    warnings.extend(nulls::judge(&story));
    warnings.extend(conduct::warn(&recording.numbering));
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

fn measure(recording: &Recording, story: &Story<'_>) -> Figures {
    let (ok, counted) = budgets::availability(story);
    let operations = story.operations.iter();
    let counts = |phase| matches!(phase, Phase::Load | Phase::FinalReads);
    let asked = operations.filter(|operation| counts(operation.asked.phase));
    let broadcasts = story.broadcasts();
    let acknowledged = broadcasts.values().filter_map(Operation::acknowledged);
    Figures {
        operations: asked.count(),
        counted,
        cut_short: budgets::cut_short(story),
        ok,
        acknowledged: acknowledged.count(),
        messages: recording.traffic.distinct(),
        spread: recording.spread.times(),
        faults: faults::measure(recording, story),
        machine: recording.events.iter().find_map(|event| {
            let What::Machine(machine) = event.what else {
                return None;
            };
            Some(machine)
        }),
    }
}

/// A run in which nothing was acknowledged, or nobody told what it holds, lost nothing; that proves
/// nothing.
fn nothing_to_judge(recording: &Recording, story: &Story<'_>, figures: &Figures) -> Vec<Finding> {
    let began = |phase| {
        let mut events = recording.events.iter();
        events.any(|event| event.what == What::Began(phase))
    };
    if began(Phase::SetUp) && !began(Phase::Load) {
        return vec![Finding::Unchecked(Unchecked::NotReady)];
    }
    let mut findings = Vec::new();
    if figures.acknowledged == 0 {
        let broadcasts = story.broadcasts();
        let mut by_time: Vec<_> = broadcasts.values().collect();
        by_time.sort_by_key(|broadcast| broadcast.invoked);
        let why =
            |broadcast: &&Operation<'_>| Some((broadcast.asked.node, broadcast.reason()?.clone()));
        let first = by_time.first().and_then(why);
        let silence = first
            .as_ref()
            .and_then(|(node, _)| story.silences.get(node));
        findings.push(Unchecked::NothingAcknowledged {
            broadcasts: broadcasts.len(),
            silence: silence.map(|silence| (*silence).clone()),
            first,
        });
    }
    if story.final_reads().is_empty() {
        findings.push(Unchecked::NothingRead);
    }
    findings.into_iter().map(Finding::Unchecked).collect()
}

//! Whether the replies of a set are right, judged strictly; and what was measured of it. What Maelstrom's
//! own rule says stands beside it.

use super::figures::SetFigures;
use super::reads::{Added, acknowledged, added, final_reads};
use super::set_full::SetFull;
use super::{contents, latency, lost, nulls, vanished};
use crate::cluster::checker::finding::{Finding, Unchecked, Warning};
use crate::cluster::checker::story::{Operation, Story};
use crate::cluster::checker::unanswered;
use crate::cluster::recording::Recording;
use crate::cluster::workload::figures::WorkloadFigures;
use crate::cluster::workload::findings::{WorkloadFinding, WorkloadWarning};
use crate::cluster::workload::replies::RepliesJudged;

/// Judges what was added and read.
pub fn judge(recording: &Recording, story: &Story<'_>) -> RepliesJudged {
    let set_full = SetFull::of(&recording.events);
    let added = added(story);
    let lost = lost::judge(recording, story, &added);
    // Where nobody knows of restarts, a node may have begun anew.
    let vanished = if recording.is_bare {
        Vec::new()
    } else {
        vanished::judge(story)
    };
    let wrong = vanished.into_iter().chain(contents::judge(story, &added));
    let wrong = lost.findings.into_iter().chain(wrong);
    let wrong = wrong.map(|finding| Finding::Workload(WorkloadFinding::Set(finding)));
    let answered = final_reads(story).into_keys().collect();
    let unanswered = unanswered::judge(recording, story, &answered);
    let budgets = &recording.settings.budgets;
    let slow = latency::judge(budgets, &recording.events, &set_full.stable_latencies);
    let odd = lost
        .warnings
        .into_iter()
        .chain(nulls::judge(recording, story));
    RepliesJudged {
        nothing: nothing(story, &added),
        findings: wrong.chain(unanswered).chain(slow.findings).collect(),
        unjudged: slow.unjudged,
        warnings: odd
            .map(|warning| Warning::Workload(WorkloadWarning::Set(warning)))
            .collect(),
        figures: Some(WorkloadFigures::Set(SetFigures {
            acknowledged: added
                .values()
                .filter_map(|operation| acknowledged(operation))
                .count(),
            spread: recording.spread.times(),
            set_full,
        })),
    }
}

/// A run in which nothing was acknowledged, or nobody told what it holds, lost nothing; that proves
/// nothing.
fn nothing(story: &Story<'_>, added: &Added<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !added.values().any(|operation| operation.is_ok()) {
        let mut by_time: Vec<_> = added.values().copied().collect();
        by_time.sort_by_key(|operation| operation.invoked);
        let why =
            |operation: &&Operation<'_>| Some((operation.asked.node, operation.reason()?.clone()));
        let first = by_time.first().and_then(why);
        let silence = first
            .as_ref()
            .and_then(|(node, _)| story.silences.get(node));
        findings.push(Unchecked::NothingAcknowledged {
            requests: added.len(),
            silence: silence.map(|silence| (*silence).clone()),
            first,
        });
    }
    if final_reads(story).is_empty() {
        findings.push(Unchecked::NothingRead);
    }
    findings.into_iter().map(Finding::Unchecked).collect()
}

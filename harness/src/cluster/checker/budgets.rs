//! The budgets of a run: availability, and messages per request. Those of latencies
//! are judged where latencies are.

use super::busy::BusyMachine;
use super::figures::{Figures, ratio};
use super::finding::{Finding, Unchecked, Unjudged};
use super::story::{Operation, Story};
use crate::cluster::history::{Phase, Reason};
use crate::cluster::settings::Budgets;

/// What came of the budgets.
#[derive(Debug, Default)]
pub struct BudgetsJudged {
    /// What is out of bounds.
    pub findings: Vec<Finding>,
    /// What may be so for the machine's sake.
    pub unjudged: Vec<Unjudged>,
}

/// Holds the figures against the budgets. One that nothing can be held against is out of bounds, too.
pub fn judge(
    budgets: &Budgets,
    story: &Story<'_>,
    figures: &Figures,
    busy: &BusyMachine,
) -> BudgetsJudged {
    let mut judged = BudgetsJudged::default();
    if let Some(budget) = budgets.availability {
        let unavailable = unavailable(budget, story, figures);
        match unavailable
            .as_ref()
            .and_then(|_| made_unavailable(budget, story, figures, busy))
        {
            Some(excuse) => judged.unjudged.push(excuse),
            None => judged.findings.extend(unavailable),
        }
    }
    if let Some(budget) = budgets.messages_per_operation {
        judged.findings.extend(too_many_messages(budget, figures));
    }
    judged
}

/// How many requests succeeded, and of how many that count: those of the load, but for those to
/// nodes that a fault had stopped or stopped before the end, and those that the run cut short.
pub fn availability(story: &Story<'_>) -> (usize, usize) {
    counted(story).fold((0, 0), |(ok, all), operation| {
        (ok + usize::from(operation.is_ok()), all + 1)
    })
}

/// How many requests of the load the run cut short.
pub fn cut_short(story: &Story<'_>) -> usize {
    let operations = story.operations.iter();
    let is_cut_short = |operation: &&Operation<'_>| {
        let is_open = operation.end.is_none() || operation.reason() == Some(&Reason::RunEnded);
        operation.asked.phase == Phase::Load && is_open
    };
    operations.filter(is_cut_short).count()
}

fn counted<'s>(story: &'s Story<'_>) -> impl Iterator<Item = &'s Operation<'s>> {
    let operations = story.operations.iter();
    operations.filter(|operation| counts(story, operation))
}

fn counts(story: &Story<'_>, operation: &Operation<'_>) -> bool {
    let Some((ended, _)) = operation.end else {
        return false;
    };
    let (node, invoked) = (operation.asked.node, operation.invoked.time);
    operation.asked.phase == Phase::Load
        && operation.asked.request.is_sent()
        && operation.reason() != Some(&Reason::RunEnded)
        && story.stop(node, invoked, ended.time).is_none()
}

fn unavailable(budget: f64, story: &Story<'_>, figures: &Figures) -> Option<Finding> {
    let Figures { ok, counted, .. } = *figures;
    if counted == 0 {
        return Some(Finding::Unchecked(Unchecked::NoAvailability));
    }
    // Written so that a budget that is no number is not kept.
    if ratio(ok, counted) >= budget {
        return None;
    }
    let first = self::counted(story).find(|operation| !operation.is_ok());
    let evidence = |failed: &Operation<'_>| {
        let reason = failed.reason().cloned();
        (failed.asked.node, failed.invoked.time, reason)
    };
    Some(Finding::Unavailable {
        ok,
        counted,
        budget,
        first: first.map(evidence),
    })
}

/// The budget may be missed for the machine's sake alone.
fn made_unavailable(
    budget: f64,
    story: &Story<'_>,
    figures: &Figures,
    busy: &BusyMachine,
) -> Option<Unjudged> {
    let Figures { ok, counted, .. } = *figures;
    let late = self::counted(story)
        .filter(|request| busy.made_late(request))
        .count();
    (late > 0 && ratio(ok + late, counted) >= budget).then_some(Unjudged::Unavailable {
        ok,
        late,
        counted,
        budget,
    })
}

fn too_many_messages(budget: f64, figures: &Figures) -> Option<Finding> {
    if figures.operations == 0 {
        return Some(Finding::Unchecked(Unchecked::NoOperations));
    }
    // Or nodes that tell each other everything through a service would need no messages.
    let within = figures.per_operation(figures.server_messages())? <= budget;
    (!within).then_some(Finding::TooManyMessages {
        messages: figures.messages,
        service_messages: figures.service_messages,
        operations: figures.operations,
        budget,
    })
}

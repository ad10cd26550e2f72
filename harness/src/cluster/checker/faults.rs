//! What the faults did. A test whose faults did nothing proved nothing.

use std::collections::BTreeMap;

use super::fault_figure::FaultFigure;
use super::figures::Figures;
use super::finding::Warning;
use super::story::{FaultSpan, Story};
use crate::cluster::history::{self, Phase};
use crate::cluster::recording::Recording;
use crate::net::fault::FaultKind;
use crate::net::fault::{Cut, Fault};

/// What each fault did, in the order of their numbers.
pub fn measure(recording: &Recording, story: &Story<'_>) -> Vec<FaultFigure> {
    let kept = kept_from_answers(story);
    let faults = story.faults.values();
    let figure = |span: &FaultSpan| FaultFigure {
        span: span.clone(),
        effect: recording.traffic.effect(span.number),
        taken: recording.spread.taken(span.number),
        requests: kept.get(&span.number).copied().unwrap_or_default(),
    };
    faults.map(figure).collect()
}

/// By fault, the requests without success that were made while it stopped their node, or that it
/// overtook.
fn kept_from_answers(story: &Story<'_>) -> BTreeMap<usize, usize> {
    let mut kept = BTreeMap::new();
    let operations = story.operations.iter();
    for operation in operations.filter(|one| one.asked.phase == Phase::Load && !one.is_ok()) {
        let first = operation.invoked.time;
        let last = operation.end.map_or(first, |(ended, _)| ended.time);
        if let Some(stop) = story.stop(operation.asked.node, first, last) {
            *kept.entry(stop.fault).or_default() += 1;
        }
    }
    kept
}

/// What was to happen and did not.
pub fn judge(recording: &Recording, figures: &Figures) -> Vec<Warning> {
    let settings = &recording.settings;
    let mut warnings = Vec::new();
    if ended_before_load(recording) {
        return warnings;
    }
    // Where nodes answer by themselves, there is nothing that a network could do to them.
    let nobody_talks = recording.traffic.distinct() == 0 && figures.set().is_none();
    let kinds = FaultKind::ALL.into_iter();
    for kind in kinds {
        let is_of_kind = |fault: &FaultFigure| fault.span.fault.kind() == kind;
        let happened = figures.faults.iter().any(is_of_kind);
        if !(nobody_talks && kind == FaultKind::Partition && happened) {
            let asked_for = settings.nemesis.contains(&kind);
            warnings.extend(idle(kind, asked_for, &figures.faults));
        }
    }
    warnings.extend(only_rings(&figures.faults));
    let nobody_to_talk_to = settings.nodes.len() < 2 || nobody_talks;
    if settings.loss > 0.0 && recording.traffic.fates().lost == 0 && !nobody_to_talk_to {
        warnings.push(Warning::NothingLost);
    }
    if settings.duplicate > 0.0 && recording.traffic.copies() == 0 && !nobody_to_talk_to {
        warnings.push(Warning::NothingDuplicated);
    }
    warnings
}

/// Whether the nodes were not even set up: then it goes without saying that no fault happened.
fn ended_before_load(recording: &Recording) -> bool {
    let began = |phase| history::began(&recording.events, phase).is_some();
    began(Phase::End) && !began(Phase::Load)
}

/// Through a ring a value may find its way though nobody sends it again. Of rings that dropped nothing
/// the idle fault tells.
fn only_rings(faults: &[FaultFigure]) -> Option<Warning> {
    let cuts = faults
        .iter()
        .filter(|fault| fault.span.fault.kind() == FaultKind::Partition);
    let cuts: Vec<_> = cuts.collect();
    let all_rings = cuts
        .iter()
        .all(|cut| matches!(cut.span.fault, Fault::Cut(Cut::Ring(_))));
    let is_idle = cuts.iter().all(|cut| cut.is_idle());
    (all_rings && !is_idle).then(|| Warning::OnlyRings {
        cuts: cuts.iter().map(|cut| cut.span.number).collect(),
    })
}

fn idle(kind: FaultKind, asked_for: bool, faults: &[FaultFigure]) -> Vec<Warning> {
    let of_kind = faults
        .iter()
        .filter(|fault| fault.span.fault.kind() == kind);
    let (idle, active): (Vec<_>, Vec<_>) = of_kind.partition(|fault| fault.is_idle());
    if !active.is_empty() {
        let each = idle.into_iter().cloned().map(Warning::IdleFault);
        return each.collect();
    }
    let faults = idle.len();
    if asked_for || faults > 0 {
        return vec![Warning::IdleKind { kind, faults }];
    }
    Vec::new()
}

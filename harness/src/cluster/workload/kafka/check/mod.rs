//! Whether logs are right: a file for each group of rules, which says why no right node fails by it. Names
//! of anomalies are Jepsen's, where it has them.
//!
//! What a node acknowledged may go down with it, unless nodes are to be durable: then what was before the
//! death of a node, and what was under way, is not compared with what came after it.

mod commits;
mod contents;
mod ends;
mod found;
mod lag;
mod logs;
mod maelstrom;
mod polls;
mod sends;
mod view;

#[cfg(test)]
mod tests;

use contents::Sends;
use found::FoundFaults;
use logs::Logs;
use view::{Deed, DeedFate, DeedKind, View};

use super::figures::KafkaFigures;
use super::finding::KafkaWarning;
use crate::cluster::checker::finding::{Finding, Warning};
use crate::cluster::checker::story::{Moment, Operation, Story};
use crate::cluster::history::{Event, Phase, What};
use crate::cluster::recording::Recording;
use crate::cluster::workload::Request;
use crate::cluster::workload::figures::WorkloadFigures;
use crate::cluster::workload::findings::{WorkloadFinding, WorkloadWarning};
use crate::cluster::workload::kafka::KafkaRequest;
use crate::cluster::workload::replies::{RepliesJudged, nothing};
use crate::net::fault::FaultKind;

/// Judges the requests to logs.
pub fn judge(recording: &Recording, story: &Story<'_>) -> RepliesJudged {
    let view = View::of(story, recording.is_bare, Operation::known);
    let sends = Sends::of(&view);
    let mut found = FoundFaults::default();
    let deaths = deaths(recording);
    for life in 0..=deaths.len() {
        let part = view.filtered(|deed| life_of(deed, &deaths) == Some(life));
        let logs = Logs::of(&part);
        contents::judge(&part, &logs, &sends, &mut found);
        polls::judge(&part, &logs, true, &mut found);
        sends::judge(&part, &logs, true, &mut found);
        if life == deaths.len() {
            // Who has offsets of an earlier life goes on from there, and all logs begin anew.
            let is_over = recording.is_bare || part.deeds.iter().any(is_final);
            if is_over || life == 0 {
                ends::judge(&part, &logs, is_over, &mut found);
            }
        }
    }
    commits::judge(&view, &mut found);
    let in_time = View::of(story, recording.is_bare, |operation| operation.end);
    let maelstrom = maelstrom::judge(&in_time, &sends);
    let (findings, mut warnings) = found.into_told();
    if maelstrom.is_only_by_refusal && findings.is_empty() {
        warnings.push(KafkaWarning::RefusedCommit {
            names: maelstrom.names(),
        });
    }
    let figures = measure(&view, maelstrom);
    let is_send = |one: &&Operation<'_>| {
        matches!(
            one.asked.request,
            Request::Kafka(KafkaRequest::Send { .. } | KafkaRequest::Several { .. })
        )
    };
    let mut sent = story.operations.iter().filter(is_send);
    let findings = findings.into_iter().map(WorkloadFinding::Kafka);
    let warnings = warnings.into_iter().map(WorkloadWarning::Kafka);
    RepliesJudged {
        nothing: if sent.clone().any(Operation::is_ok) {
            Vec::new()
        } else {
            vec![nothing(story, sent.by_ref())]
        },
        findings: findings.map(Finding::Workload).collect(),
        warnings: warnings.map(Warning::Workload).collect(),
        figures: Some(WorkloadFigures::Kafka(figures)),
        ..RepliesJudged::default()
    }
}

fn is_final(deed: &Deed<'_>) -> bool {
    deed.operation.asked.phase == Phase::FinalReads
}

/// When nodes died that may take messages with them.
fn deaths(recording: &Recording) -> Vec<Moment> {
    if recording.settings.durable {
        return Vec::new();
    }
    let events = recording.events.iter().enumerate();
    let deaths = events.filter(|(_, event)| match &event.what {
        What::FaultBegan { fault, .. } => match fault.kind() {
            FaultKind::Kill | FaultKind::Restart => true,
            FaultKind::Partition | FaultKind::Pause => false,
        },
        What::Crashed { .. } => true,
        What::Began(_)
        | What::Invoked(_)
        | What::Completed { .. }
        | What::Late { .. }
        | What::FaultEnded { .. }
        | What::Recovered { .. }
        | What::Silent(_)
        | What::Delayed { .. }
        | What::Machine(_)
        | What::Broke(_) => false,
    });
    let moment = |(place, event): (usize, &Event)| Moment {
        place,
        time: event.time,
    };
    deaths.map(moment).collect()
}

/// After how many deaths a deed was done; `None`: one was meanwhile.
fn life_of(deed: &Deed<'_>, deaths: &[Moment]) -> Option<usize> {
    let before = |moment: Moment| deaths.partition_point(|death| *death < moment);
    let life = before(deed.operation.invoked);
    let ended = deed.ended.map_or(deaths.len(), before);
    (life == ended).then_some(life)
}

fn measure(view: &View<'_>, maelstrom: maelstrom::MaelstromVerdict) -> KafkaFigures {
    let logs = Logs::of(view);
    let is_sent = |deed: &&Deed<'_>| {
        matches!(
            deed.done,
            DeedKind::Send {
                fate: DeedFate::Acknowledged(_),
                ..
            }
        )
    };
    let polls = view.deeds.iter().filter_map(|deed| match deed.done {
        DeedKind::Poll { messages, .. } => Some(messages.values().map(Vec::len).sum::<usize>()),
        DeedKind::Send { .. } | DeedKind::Commit { .. } | DeedKind::Assign { .. } => None,
    });
    let polls: Vec<_> = polls.collect();
    KafkaFigures {
        sent: view.deeds.iter().filter(is_sent).count(),
        keys: logs.iter().count(),
        polls: polls.len(),
        polled: polls.iter().sum(),
        lag: lag::longest(view, &logs),
        maelstrom: maelstrom.anomalies,
        is_phantom: maelstrom.is_phantom,
    }
}

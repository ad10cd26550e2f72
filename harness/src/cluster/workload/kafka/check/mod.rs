//! Whether logs are right: a file for each group of rules, which says why no right node fails by it. Names
//! of anomalies are Jepsen's, where it has them.

mod circles;
mod commits;
mod contents;
mod ends;
mod found;
mod lag;
mod lives;
mod logs;
mod maelstrom;
mod polls;
mod sends;
mod view;

#[cfg(test)]
mod tests;

use contents::Sends;
use ends::LogsEnd;
use found::FoundFaults;
use logs::Logs;
use view::{Deed, DeedFate, DeedKind, View};

use super::figures::{KafkaFigures, RequestLatency};
use super::finding::KafkaWarning;
use crate::cluster::checker::finding::{Finding, Unchecked, Warning};
use crate::cluster::checker::story::{Moment, Operation, Story};
use crate::cluster::checker::unanswered;
use crate::cluster::history::{Outcome, Phase};
use crate::cluster::recording::Recording;
use crate::cluster::workload::Request;
use crate::cluster::workload::figures::WorkloadFigures;
use crate::cluster::workload::findings::{WorkloadFinding, WorkloadWarning};
use crate::cluster::workload::kafka::KafkaRequest;
use crate::cluster::workload::replies::{RepliesJudged, nothing};

/// Judges the requests to logs.
pub fn judge(recording: &Recording, story: &Story<'_>) -> RepliesJudged {
    let view = View::of(story, recording.is_bare, Operation::known);
    let sends = Sends::of(&view);
    let deaths = lives::deaths(recording);
    let end = LogsEnd::of(recording, &view);
    let found = faults(&view, &sends, &deaths, &end);
    let in_time = View::of(story, recording.is_bare, |operation| operation.end);
    let maelstrom = maelstrom::judge(&in_time, &sends);
    let (mut findings, mut warnings) = found.into_told();
    if !deaths.is_empty() {
        let lost = findings.extract_if(.., |finding| finding.fault.is_lost_commit());
        warnings.extend(lost.map(KafkaWarning::LostCommit));
    }
    if maelstrom.is_only_by_refusal && findings.is_empty() {
        let names = maelstrom.names();
        warnings.push(KafkaWarning::RefusedCommit { names });
    }
    let findings = findings.into_iter().map(WorkloadFinding::Kafka);
    let unanswered = match &end {
        LogsEnd::Open | LogsEnd::Over => Vec::new(),
        LogsEnd::Nodes(nodes) => unanswered::judge(recording, story, nodes),
    };
    let warnings = warnings.into_iter().map(WorkloadWarning::Kafka);
    RepliesJudged {
        nothing: nothing_done(recording, story, &view),
        findings: findings.map(Finding::Workload).chain(unanswered).collect(),
        warnings: warnings.map(Warning::Workload).collect(),
        figures: Some(WorkloadFigures::Kafka(measure(&view, maelstrom))),
        ..RepliesJudged::default()
    }
}

/// What is wrong, in each life of the cluster by itself.
fn faults<'a>(view: &View<'a>, sends: &Sends<'a>, deaths: &[Moment], end: &LogsEnd) -> FoundFaults {
    let mut found = FoundFaults::default();
    for life in 0..=deaths.len() {
        let part = view.filtered(|deed| lives::life_of(deed, deaths) == Some(life));
        let logs = Logs::of(&part);
        contents::judge(&part, &logs, sends, &mut found);
        polls::judge(&part, &logs, true, &mut found);
        sends::judge(&part, &logs, true, &mut found);
        // Who has offsets of an earlier life goes on from there, and logs may begin anew.
        let is_whole = life == 0 || !matches!(end, LogsEnd::Open);
        if life == deaths.len() && is_whole {
            ends::judge(&part, &logs, end, &mut found);
        }
    }
    commits::judge(view, &mut found);
    circles::judge(view, sends, &mut found);
    found
}

/// Why there is nothing to judge.
fn nothing_done(recording: &Recording, story: &Story<'_>, view: &View<'_>) -> Vec<Finding> {
    let is_send = |one: &&Operation<'_>| {
        matches!(
            one.asked.request,
            Request::Kafka(KafkaRequest::Send { .. } | KafkaRequest::Several { .. })
        )
    };
    let sends = story.operations.iter().filter(is_send);
    let mut findings = Vec::new();
    if !sends.clone().any(Operation::is_ok) {
        findings.push(nothing(story, sends));
    }
    if !recording.is_bare && !view.deeds.iter().any(Deed::is_final) {
        findings.push(Finding::Unchecked(Unchecked::NothingRead));
    }
    findings
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
        latencies: latencies(view),
        lag: lag::longest(view, &logs),
        maelstrom: maelstrom.anomalies,
        is_phantom: maelstrom.is_phantom,
    }
}

/// How long sends and polls of the load took.
fn latencies(view: &View<'_>) -> Vec<RequestLatency> {
    let (mut sends, mut polls) = (Vec::new(), Vec::new());
    for deed in &view.deeds {
        let Some((ended, Outcome::Ok(_))) = deed.operation.end else {
            continue;
        };
        let took = ended.time.saturating_sub(deed.operation.invoked.time);
        match deed.done {
            _ if deed.operation.asked.phase != Phase::Load => {}
            DeedKind::Send { .. } => sends.push(took),
            DeedKind::Poll { .. } => polls.push(took),
            DeedKind::Commit { .. } | DeedKind::Assign { .. } => {}
        }
    }
    let all = [("send", sends), ("poll", polls)].into_iter();
    all.filter_map(|(function, all)| RequestLatency::of(function, all))
        .collect()
}

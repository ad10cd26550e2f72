//! What the script of the page draws from, as JSON within the page; its messages in `messages`.
//!
//! Times are microseconds since the start, nodes are numbers from 0, after them come the services that were
//! used, client i is −1 − i. Text is made safe here, and `<` is written as an escape, so that no text can end
//! the element it is in.

mod messages;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use maud::{Markup, PreEscaped};
use serde::Serialize;

use super::selection::MessageSelection;
use super::{Report, escape, figures, verdict};
use crate::cluster::checker::fault_figure::FaultFigure;
use crate::cluster::checker::story::Story;
use crate::cluster::history::{self, Breach, Event, Phase, What};
use crate::cluster::journal::Party;
use crate::cluster::names::Names;
use crate::cluster::sets::reads::{acknowledged, added};
use crate::cluster::workload::findings::Subject;
use crate::net::fault::{Cut, Fault};
use crate::report::cluster::{conduct, summary};
use crate::service::kind::ServiceKind;
use messages::{Groups, Kinds, MessageRow};

/// How many breaches and crashes are marked; a node may break rules without end.
const MARKS_MAX: usize = 500;

/// The values that something is wrong with.
pub fn problems(report: &Report<'_>) -> BTreeSet<usize> {
    wrong(report).into_keys().collect()
}

/// Those values, and what is.
fn wrong(report: &Report<'_>) -> BTreeMap<usize, &'static str> {
    let mut all = BTreeMap::new();
    let judged = &report.judged.verdict;
    let findings = judged.findings.iter().map(verdict::of_finding);
    let warnings = judged.warnings.iter().map(verdict::of_warning);
    for subject in findings.chain(warnings) {
        if let Subject::Values(word, values) = subject {
            for value in &values.named {
                all.entry(*value).or_insert(word);
            }
        }
    }
    all
}

#[derive(Serialize)]
struct Data {
    /// And services: whoever has a lane.
    nodes: Vec<String>,
    end: u64,
    load: [Option<u64>; 2],
    left_out: usize,
    groups: Vec<String>,
    kinds: Vec<String>,
    faults: Vec<FaultRow>,
    stops: Vec<StopRow>,
    marks: Vec<MarkRow>,
    values: Vec<ValueRow>,
    messages: Vec<MessageRow>,
}

#[derive(Serialize)]
struct FaultRow {
    number: usize,
    kind: &'static str,
    noun: &'static str,
    name: String,
    from: u64,
    to: u64,
    dropped: u64,
    waited: u64,
    /// The nodes that it strikes, in parts that can't reach each other.
    parts: Vec<Vec<usize>>,
}

/// A time in which a node is dead or stands still: which, from, to, whether it pauses, by which
/// fault (0: it crashed).
#[derive(Serialize)]
struct StopRow(usize, u64, u64, bool, usize);

/// That a node broke a rule or crashed: which, when, in words.
#[derive(Serialize)]
struct MarkRow(usize, u64, String);

/// A value: which, client, node, when it was asked for, acknowledged, everywhere (how long after the
/// ack), and what is wrong with it.
#[derive(Serialize)]
struct ValueRow(
    usize,
    i64,
    usize,
    u64,
    Option<u64>,
    Option<u64>,
    &'static str,
);

pub fn embed(report: &Report<'_>, story: &Story<'_>, selection: &MessageSelection<'_>) -> Markup {
    let groups = Groups::of(report);
    let lanes = Lanes::of(report);
    let mut kinds = Kinds::default();
    let kept = selection.kept.iter();
    let messages = kept.map(|message| messages::row(message, &lanes, &groups, &mut kinds));
    let messages = messages.collect();
    let faults = report.judged.verdict.figures.faults.iter();
    let data = Data {
        nodes: lanes.names(report),
        end: micros(report.end()),
        load: load(report),
        left_out: selection.left_out(),
        groups: groups.names,
        kinds: kinds.names,
        faults: faults.map(|fault| fault_row(report, fault)).collect(),
        stops: stops(report, story),
        marks: marks(report),
        values: values(report, story),
        messages,
    };
    PreEscaped(json(&data))
}

/// JSON with nothing in it that could be markup. What can't be written would be a bug; the page then
/// says that it has no data.
fn json(data: &impl Serialize) -> String {
    let json = serde_json::to_string(data).unwrap_or_default();
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// When the load began, and when it ended.
fn load(report: &Report<'_>) -> [Option<u64>; 2] {
    let began = |wanted| {
        let found = history::began(&report.judged.recording.events, wanted);
        found.map(|(_, event)| micros(event.time))
    };
    [began(Phase::Load), began(Phase::Recovery)]
}

fn fault_row(report: &Report<'_>, fault: &FaultFigure) -> FaultRow {
    let span = &fault.span;
    FaultRow {
        number: span.number,
        kind: span.fault.kind().name(),
        noun: span.fault.noun(),
        name: figures::fault_name(report, fault),
        from: micros(span.began),
        to: micros(span.ended.unwrap_or(report.end())),
        dropped: fault.effect.dropped,
        waited: fault.effect.waited,
        parts: match &span.fault {
            Fault::Cut(Cut::Split(parts)) => parts.clone(),
            Fault::Cut(Cut::Ring(ring)) => vec![ring.clone()],
            Fault::Cut(Cut::OneWay(from, to)) => vec![from.clone(), to.clone()],
            Fault::Kill(node) | Fault::Pause(node) | Fault::Restart(node) => vec![vec![*node]],
        },
    }
}

fn stops(report: &Report<'_>, story: &Story<'_>) -> Vec<StopRow> {
    let end = report.end();
    let stopped = story.stops.iter().map(|stop| {
        let until = stop.until.unwrap_or(end);
        StopRow(
            stop.node,
            micros(stop.from),
            micros(until),
            stop.pause,
            stop.fault,
        )
    });
    let events = report.judged.recording.events.iter();
    let crashed = events.filter_map(|event| {
        let What::Crashed { node, .. } = event.what else {
            return None;
        };
        Some(StopRow(node, micros(event.time), micros(end), false, 0))
    });
    stopped.chain(crashed).collect()
}

/// A breach in a sentence; the line that it is about is told elsewhere.
fn breach_words(breach: &Breach, event: &Event, names: &Names<'_>) -> String {
    let words = conduct::broke(breach, event.time, None, names);
    words.into_iter().next().unwrap_or_default()
}

/// The first of them.
fn marks(report: &Report<'_>) -> Vec<MarkRow> {
    let names = summary::names(report.judged);
    let events = report.judged.recording.events.iter();
    let mark = |event: &Event| {
        let (node, words) = match &event.what {
            What::Crashed { node, .. } => (*node, format!("{} crashed", names.node(*node))),
            What::Broke(breach) => (breach.node, breach_words(breach, event, &names)),
            What::Began(_)
            | What::Invoked(_)
            | What::Completed { .. }
            | What::Late { .. }
            | What::FaultBegan { .. }
            | What::FaultEnded { .. }
            | What::Recovered { .. }
            | What::Silent(_)
            | What::Delayed { .. }
            | What::Machine(_) => return None,
        };
        Some(MarkRow(node, micros(event.time), escape::text(&words)))
    };
    events.filter_map(mark).take(MARKS_MAX).collect()
}

fn values(report: &Report<'_>, story: &Story<'_>) -> Vec<ValueRow> {
    let wrong = wrong(report);
    let rows = added(story).into_iter().map(|(value, operation)| {
        let acknowledged = acknowledged(operation).map(|moment| micros(moment.time));
        ValueRow(
            value,
            client(operation.asked.client),
            operation.asked.node,
            micros(operation.invoked.time),
            acknowledged,
            report.judged.recording.spread.time(value).map(micros),
            wrong.get(&value).copied().unwrap_or(""),
        )
    });
    rows.collect()
}

/// Who has a lane: the nodes, then the services that they used.
struct Lanes {
    nodes: usize,
    services: Vec<ServiceKind>,
}

impl Lanes {
    fn of(report: &Report<'_>) -> Self {
        let recording = &report.judged.recording;
        Self {
            nodes: recording.settings.nodes.len(),
            services: recording.traffic.services().keys().copied().collect(),
        }
    }

    fn names(&self, report: &Report<'_>) -> Vec<String> {
        let nodes = (0..self.nodes).map(|node| report.node(node));
        let services = self
            .services
            .iter()
            .map(|service| service.name().to_owned());
        nodes.chain(services).collect()
    }

    fn number(&self, party: Party) -> i64 {
        let lane = match party {
            Party::Client(number) => return client(number),
            Party::Node(node) => node,
            Party::Service(service) => {
                let mut before = self.services.iter();
                let place = before.position(|other| *other == service);
                self.nodes + place.unwrap_or_default()
            }
        };
        i64::try_from(lane).unwrap_or(i64::MAX)
    }
}

fn client(number: usize) -> i64 {
    i64::try_from(number).map_or(i64::MIN, |number| -1 - number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_element() {
        let hostile = "</script><script>alert(1)</script><!--<script>\u{2028}&";
        let json = json(&hostile);
        assert!(!json.contains(['<', '>', '&', '\u{2028}']), "{json}");
        let back: String = serde_json::from_str(&json).unwrap();
        assert_eq!(back, hostile);
    }
}

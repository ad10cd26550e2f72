//! The summary of a run for a terminal: it fits on a screen, and findings come first.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::{silence, warnings, words};
use crate::cluster::checker::figures::Figures;
use crate::cluster::history::What;
use crate::cluster::judged::Judged;
use crate::cluster::names::{Names, count};
use crate::cluster::purpose::Purpose;
use crate::cluster::settings::Settings;
use crate::cluster::traffic::Traffic;
use crate::cluster::workload::figures::WorkloadFigures;
use crate::net::network::Distribution;
use crate::phrases::fit;

/// How many findings, warnings and faults are told; all of them stand in the files.
const TOLD_MAX: usize = 8;

/// What a run is, in a line: with how many nodes, for how long, under what.
pub fn test(settings: &Settings) -> String {
    let nodes = count(settings.nodes.len(), "node", "nodes");
    let topology = if settings.workload.introductions(settings).is_empty() {
        String::new()
    } else {
        format!(" in a {} topology", settings.topology.name())
    };
    let mut words = vec![
        nodes + &topology,
        format!(
            "{} at {} a second",
            seconds(settings.time_limit),
            count_of(settings.rate, "request", "requests"),
        ),
    ];
    let nodes = settings.nodes.len();
    let group = settings.workload.clients_together(nodes);
    if group != nodes {
        let clients = count(settings.clients, "client", "clients");
        words.push(format!("{clients} in groups of {group}"));
    }
    if !settings.latency.is_zero() {
        let spread = match settings.distribution {
            Distribution::Constant => String::new(),
            other @ (Distribution::Uniform | Distribution::Exponential) => {
                format!(" ({})", other.name())
            }
        };
        let latency = milliseconds(settings.latency);
        words.push(format!("latency {latency}{spread}"));
    }
    for (probability, what) in [(settings.loss, "loss"), (settings.duplicate, "duplicates")] {
        if probability > 0.0 {
            words.push(format!("{what} {probability}"));
        }
    }
    words.extend(settings.nemesis.iter().map(|kind| kind.name().to_owned()));
    words.push(format!("seed {}", settings.seed));
    format!("{}: {}", settings.workload.name(), words.join(", "))
}

/// What a history is that anything wrote.
pub fn history(judged: &Judged) -> String {
    let settings = &judged.recording.settings;
    let requests = judged.recording.events.iter();
    let requests = requests.filter(|event| matches!(event.what, What::Invoked(_)));
    let requests = count(requests.count(), "request", "requests");
    let processes = count(settings.nodes.len(), "process", "processes");
    format!("{}: {requests} of {processes}", settings.workload.name())
}

/// What is wrong with a run that is kept in this folder, and what one should know of it, as paragraphs.
pub fn complaints(judged: &Judged, folder: &Path) -> Vec<String> {
    let names = names(judged).in_folder(folder);
    let findings = judged.verdict.findings.iter().map(|finding| {
        let words = words::finding(finding, &names).join("\n    ");
        (words::label(finding), words)
    });
    let mut told = first(&findings.collect::<Vec<_>>(), "finding", "findings");
    let unjudged = judged.verdict.unjudged.iter();
    // There are no more than requests of the set-up, and budgets.
    told.extend(unjudged.map(|one| silence::unjudged(one, &names).join("\n    ")));
    let warned = judged.verdict.warnings.iter().map(|warning| {
        let words = format!("warning: {}", warnings::warning(warning, &names));
        (warnings::label(warning), words)
    });
    told.extend(first(&warned.collect::<Vec<_>>(), "warning", "warnings"));
    told
}

/// What a valid run did not prove, though it was to.
pub fn proved_nothing(judged: &Judged) -> Vec<String> {
    let names = names(judged);
    let warnings = judged.verdict.warnings.iter();
    let idle = warnings.filter(|warning| warning.proved_nothing());
    idle.map(|warning| format!("warning: {}", warnings::warning(warning, &names)))
        .collect()
}

/// The figures of a run, a line each.
pub fn figures(judged: &Judged) -> Vec<String> {
    let figures = &judged.verdict.figures;
    let traffic = &judged.recording.traffic;
    let mut lines = vec![row(
        "requests",
        &requests(figures, &judged.recording.settings),
    )];
    if !judged.recording.is_bare {
        lines.push(row("messages", &messages(figures, traffic)));
        let services = service_messages(figures, traffic);
        lines.extend(services.map(|services| row("services", &services)));
    }
    let replies = figures.replies.iter().flat_map(WorkloadFigures::rows);
    lines.extend(replies.map(|(name, text)| row(name, &text)));
    let nodes = judged.recording.settings.nodes.len();
    let machine = figures.machine.as_ref();
    let busy = machine.and_then(|machine| silence::machine(machine, nodes));
    lines.extend(busy.map(|busy| row("machine", &busy)));
    let names = names(judged);
    let faults = figures.faults.iter().map(|fault| {
        let noun = fault.span.fault.noun();
        (noun, row("fault", &warnings::fault(fault, &names)))
    });
    lines.extend(first(&faults.collect::<Vec<_>>(), "fault", "faults"));
    lines
}

/// How nodes and faults of a run are called.
pub fn names(judged: &Judged) -> Names<'_> {
    Names::new(&judged.recording.settings, &judged.verdict.figures.faults)
}

/// The first few of all; the others are counted, each kind by its label.
fn first(all: &[(&'static str, String)], one: &str, many: &str) -> Vec<String> {
    let (told, more) = all.split_at_checked(TOLD_MAX).unwrap_or((all, &[]));
    let mut lines: Vec<_> = told.iter().map(|(_, words)| words.clone()).collect();
    if !more.is_empty() {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for (label, _) in more {
            *kinds.entry(label).or_default() += 1;
        }
        let kinds: Vec<_> = kinds
            .iter()
            .map(|(label, count)| format!("{label}: {count}"))
            .collect();
        let more = count(more.len(), &format!("more {one}"), &format!("more {many}"));
        lines.push(format!("and {more} ({})", kinds.join(", ")));
    }
    lines
}

fn row(name: &str, text: &str) -> String {
    format!("  {name:<17} {text}")
}

/// How many requests there were, and what became of them.
pub fn requests(figures: &Figures, settings: &Settings) -> String {
    let stops = settings.nemesis.iter().any(|kind| kind.stops_nodes());
    let of = if stops {
        " of those to nodes that no fault had stopped"
    } else {
        ""
    };
    let availability = figures.availability();
    let availability = availability.map_or_else(String::new, |part| {
        format!(", {:.2}%{of} succeeded", 100.0 * part)
    });
    let cut_short = match figures.cut_short {
        0 => String::new(),
        cut_short => format!(", {cut_short} unanswered at the end"),
    };
    let replies = figures.replies.as_ref();
    let replies = replies.map_or_else(String::new, |replies| {
        replies.requests(settings.workload.terms())
    });
    format!("{}{replies}{availability}{cut_short}", figures.operations)
}

fn messages(figures: &Figures, traffic: &Traffic) -> String {
    let each = figures.messages_per_operation();
    let each = each.map_or_else(String::new, |each| format!(", {each:.2} per request"));
    let purposes = traffic.purposes().iter();
    let purposes = purposes.map(|(purpose, number)| format!("{number} {}", purpose_name(purpose)));
    let purposes: Vec<_> = purposes.collect();
    let split = if purposes.is_empty() {
        String::new()
    } else {
        format!(": {}", purposes.join(", "))
    };
    format!("{} between nodes{each}{split}", figures.messages)
}

/// How often nodes used services, if they did.
fn service_messages(figures: &Figures, traffic: &Traffic) -> Option<String> {
    let each = figures.service_messages_per_operation()?;
    let services = traffic.services().iter();
    let services = services.map(|(service, number)| format!("{number} {}", service.name()));
    let services = services.collect::<Vec<_>>().join(", ");
    let all = figures.service_messages;
    Some(format!(
        "{all} messages to and from services, {each:.2} per request: {services}"
    ))
}

/// What messages are for, in the plural.
pub fn purpose_name(purpose: &Purpose) -> String {
    match purpose {
        Purpose::Forward => "forwards".to_owned(),
        Purpose::Ack => "acks".to_owned(),
        Purpose::Direct => "direct".to_owned(),
        Purpose::Repair => "repair".to_owned(),
        Purpose::Other(kind) => fit::told(kind),
        Purpose::Rest => "of other types".to_owned(),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

fn milliseconds(duration: Duration) -> String {
    format!("{} ms", 1000.0 * duration.as_secs_f64())
}

fn count_of(number: f64, one: &str, many: &str) -> String {
    let is_one = (number - 1.0).abs() < f64::EPSILON;
    format!("{number} {}", if is_one { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_without_an_answer_at_the_end_are_told() {
        let figures = |cut_short| Figures {
            operations: 21,
            counted: 15,
            ok: 15,
            cut_short,
            ..Figures::default()
        };
        let says = "21, 100.00% succeeded";
        let settings = Settings::default();
        assert_eq!(requests(&figures(0), &settings), says);
        let says = format!("{says}, 6 unanswered at the end");
        assert_eq!(requests(&figures(6), &settings), says);
    }

    #[test]
    fn of_many_the_first_are_told_and_the_others_counted() {
        let labels = ["lost"; TOLD_MAX]
            .into_iter()
            .chain(["vanished", "lost", "lost"]);
        let all: Vec<_> = labels.map(|label| (label, "one".to_owned())).collect();
        let told = |count: usize| first(&all[..count], "finding", "findings");
        assert_eq!(told(TOLD_MAX).len(), TOLD_MAX);
        for (more, last) in [
            (1, "and 1 more finding (vanished: 1)"),
            (2, "and 2 more findings (lost: 1, vanished: 1)"),
            (3, "and 3 more findings (lost: 2, vanished: 1)"),
        ] {
            let told = told(TOLD_MAX + more);
            assert_eq!(told.len(), TOLD_MAX + 1);
            assert_eq!(told.last().map(String::as_str), Some(last));
        }
    }
}

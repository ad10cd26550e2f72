//! What was measured: messages, availability, latencies, and what each fault did.

use std::time::Duration;

use maud::{Markup, html};

use super::{Report, escape, units};
use crate::cluster::checker::fault_figure::FaultFigure;
use crate::cluster::checker::figures::ratio;
use crate::cluster::names::Names;
use crate::cluster::purpose::Purpose;
use crate::cluster::sets::figures::SetFigures;
use crate::cluster::sets::set_full::{QUANTILES, SetFull, quantile};
use crate::cluster::sets::words;
use crate::cluster::traffic::Fates;
use crate::cluster::workload::figures::WorkloadFigures;
use crate::report::cluster::{silence, summary};

pub fn section(report: &Report<'_>) -> Markup {
    html! {
        section aria-labelledby="figures" {
            h2 id="figures" { "Figures" }
            div.tables {
                (messages(report))
                (fates(report.judged.recording.traffic.fates(), report.judged.recording.traffic.copies()))
                @if let Some(set) = report.set() {
                    (latencies(set))
                    (maelstrom(&set.set_full))
                } @else {
                    (replies(report))
                }
            }
            (faults(report))
            (machine(report))
        }
    }
}

/// That the machine was busy, if it was.
fn machine(report: &Report<'_>) -> Markup {
    let nodes = report.judged.recording.settings.nodes.len();
    let machine = report.judged.verdict.figures.machine.as_ref();
    let busy = machine.and_then(|machine| silence::machine(machine, nodes));
    html! { @if let Some(busy) = busy { p.note { "The machine was " (busy) "." } } }
}

/// What a purpose is called.
pub fn purpose(purpose: &Purpose) -> String {
    match purpose {
        Purpose::Forward => "forward".to_owned(),
        Purpose::Ack => "ack".to_owned(),
        Purpose::Direct => "direct".to_owned(),
        Purpose::Repair => "repair".to_owned(),
        Purpose::Other(name) => escape::text(name),
        Purpose::Rest => "other types".to_owned(),
    }
}

fn messages(report: &Report<'_>) -> Markup {
    let operations = report.judged.verdict.figures.operations.max(1);
    let services = report.judged.recording.traffic.services();
    let row = |name: &str, count: u64| {
        let each = ratio(usize::try_from(count).unwrap_or(usize::MAX), operations);
        html! { tr { th scope="row" { (name) } td { (units::grouped(count)) } td { (format!("{each:.2}")) } } }
    };
    html! {
        table {
            caption { (if services.is_empty() { "Messages between nodes" } else { "Messages between nodes, and with services" }) }
            thead { tr { th scope="col" { "for" } th scope="col" { "messages" } th scope="col" { "per request" } } }
            tbody {
                @for (name, count) in report.judged.recording.traffic.purposes() { (row(&purpose(name), *count)) }
                @for (service, count) in services { (row(service.name(), *count)) }
            }
            tfoot { (row("all", report.judged.verdict.figures.server_messages())) }
        }
    }
}

fn fates(fates: Fates, copies: u64) -> Markup {
    let rows = [
        ("delivered", fates.delivered),
        ("lost by chance", fates.lost),
        ("dropped by a cut", fates.cut),
        ("came to a dead node", fates.dead),
        ("found no room", fates.no_room),
        ("under way in the end", fates.under_way),
        ("duplicates among them", copies),
    ];
    html! {
        table {
            caption { "What became of those between nodes" }
            tbody {
                @for (name, count) in rows {
                    @if count > 0 || name == "delivered" {
                        tr { th scope="row" { (name) } td { (units::grouped(count)) } }
                    }
                }
            }
        }
    }
}

fn latencies(set: &SetFigures) -> Markup {
    let spread = spread(set);
    let stable = &set.set_full.stable_latencies;
    html! {
        table {
            caption { "From ack to last node" }
            thead { tr {
                th scope="col" { "quantile" }
                th scope="col" { "ack to last node" }
                th scope="col" { "stable latency" }
            } }
            tbody {
                @for q in QUANTILES {
                    tr {
                        th scope="row" { (quantile_name(q)) }
                        td { (spread_at(&spread, q)) }
                        td { (stable_at(stable, q)) }
                    }
                }
            }
            tfoot { tr {
                th scope="row" { "values" }
                td { (units::grouped(spread.len() as u64)) }
                td { (units::grouped(stable.len() as u64)) }
            } }
        }
        p.note {
            "Ack to last node: until the value has come to the last live node. Stable latency: until every \
             later read shows it, as Maelstrom measures it; a value for which that takes any time is stale."
        }
    }
}

/// What was measured of the replies, where they show no values.
fn replies(report: &Report<'_>) -> Markup {
    let measured = &report.judged.verdict.figures;
    let rows = measured.replies.as_ref().map(WorkloadFigures::rows);
    html! {
        @if let Some(rows) = rows {
            table {
                caption { "Replies" }
                tbody {
                    tr { th scope="row" { "requests" } td { (summary::requests(measured, &report.judged.recording.settings)) } }
                    @for (name, says) in rows { tr { th scope="row" { (name) } td { (says) } } }
                }
            }
        }
    }
}

/// The times from the ack to the last node, in microseconds.
pub fn spread(set: &SetFigures) -> Vec<u64> {
    let times = set.spread.iter();
    let micros = times.map(|time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    micros.collect()
}

/// A quantile of such times.
pub fn spread_at(spread: &[u64], q: f64) -> String {
    let time = quantile(spread, q).map(Duration::from_micros);
    time.map_or("–".to_owned(), units::lasted)
}

/// A quantile of Maelstrom's stable latencies.
pub fn stable_at(stable: &[u64], q: f64) -> String {
    let time = quantile(stable, q).map(Duration::from_millis);
    time.map_or("–".to_owned(), units::lasted)
}

fn quantile_name(q: f64) -> String {
    match q {
        _ if q <= 0.0 => "least".to_owned(),
        _ if q >= 1.0 => "most".to_owned(),
        _ => format!("{:.0}\u{a0}%", q * 100.0),
    }
}

fn maelstrom(rule: &SetFull) -> Markup {
    let rows = [
        ("attempted", rule.attempt_count),
        ("stable", rule.stable_count),
        ("lost", rule.lost.len()),
        ("never read", rule.never_read.len()),
        ("stale", rule.stale.len()),
    ];
    html! {
        table {
            caption { "By Maelstrom’s rule: " (words::validity(rule.valid)) }
            tbody {
                @for (name, count) in rows {
                    tr { th scope="row" { (name) } td { (units::grouped(count as u64)) } }
                }
            }
        }
    }
}

fn faults(report: &Report<'_>) -> Markup {
    let faults = &report.judged.verdict.figures.faults;
    html! {
        @if !faults.is_empty() {
            div.wide { table.faults {
                caption { "What the faults did" }
                thead { tr {
                    th scope="col" { "fault" }
                    th scope="col" { "when" }
                    th scope="col" { "messages dropped" }
                    th scope="col" { "messages held up" }
                    th scope="col" { "requests failed" }
                    @if report.set().is_some() { th scope="col" { "values taken" } }
                } }
                tbody { @for fault in faults { (fault_row(report, fault)) } }
            } }
        }
    }
}

fn fault_row(report: &Report<'_>, fault: &FaultFigure) -> Markup {
    let counts = [
        fault.effect.dropped,
        fault.effect.waited,
        fault.requests as u64,
    ];
    let taken = report.set().map(|_| fault.taken as u64);
    html! {
        tr.idle[fault.is_idle()] {
            th scope="row" {
                span.key.(fault.span.fault.kind().name()) {}
                (fault_name(report, fault))
                @if fault.is_idle() { " " em { "did nothing" } }
            }
            td { (units::span(fault.span.began, fault.span.ended)) }
            @for count in counts.into_iter().chain(taken) { td { (units::grouped(count)) } }
        }
    }
}

/// A fault and what it strikes, as in `cut #2 n0 n3 | n1 n2 n4`.
pub fn fault_name(report: &Report<'_>, fault: &FaultFigure) -> String {
    // The names of faults stand in nobody's target.
    let names = Names::new(&report.judged.recording.settings, &[]);
    let target = names.target(&fault.span.fault);
    format!(
        "{} #{} {target}",
        fault.span.fault.noun(),
        fault.span.number
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::history::Machine;
    use crate::cluster::judged::Judged;
    use crate::cluster::limit::Limit;
    use crate::cluster::recording::Recording;
    use crate::cluster::settings::Settings;

    #[test]
    fn busy_machine_is_told() {
        let recording = Recording::of_operations(Settings::default(), Vec::new());
        let mut judged = Judged::of(recording, Limit::NONE);
        let mut told = |late_max| {
            judged.verdict.figures.machine = Some(Machine {
                late_max,
                cores: 2,
                timers: 0,
                late_p99: Duration::ZERO,
                cpu: Duration::ZERO,
                waited: Duration::ZERO,
            });
            let report = Report {
                judged: &judged,
                command: "",
            };
            section(&report)
                .into_string()
                .contains("The machine was busy: timers")
        };
        assert!(!told(Duration::ZERO));
        assert!(told(Duration::from_millis(50)));
    }
}

//! What came of a run, what is wrong with it, and how to repeat it: what a reader sees first.

use maud::{Markup, html};

use super::{Report, escape, figures, units};
use crate::cluster::checker::finding::{Finding, Gone, Values, Warning};
use crate::cluster::network::Distribution;
use crate::cluster::settings::{Budgets, Settings};

/// The verdict, each finding, each warning, the most telling figures, and the command.
pub fn section(report: &Report<'_>) -> Markup {
    html! {
        header.verdict.(report.verdict_word()) {
            p.kicker { (subject(report)) }
            h1 { @if report.verdict.is_valid() { "Valid" } @else { "Invalid" } }
            p.lead { (lead(report)) }
            @if !report.findings.is_empty() {
                ol.findings { @for (place, words) in report.findings.iter().enumerate() {
                    (finding(words, report.verdict.findings.get(place)))
                } }
            }
            @if !report.warnings.is_empty() {
                ul.warnings { @for (place, words) in report.warnings.iter().enumerate() {
                    (warning(words, report.verdict.warnings.get(place)))
                } }
            }
        }
        (headline(report))
        div.command {
            h2 { "Run it again" }
            pre { code { (escape::text(report.command)) } }
        }
    }
}

fn subject(report: &Report<'_>) -> String {
    let settings = &report.recording.settings;
    format!(
        "{} · {} · {} · {} requests/s for {} s · seed {}",
        escape::text(report.workload),
        units::count(settings.nodes.len(), "node"),
        settings.topology.name(),
        settings.rate,
        settings.time_limit.as_secs_f64(),
        settings.seed
    )
}

fn lead(report: &Report<'_>) -> String {
    let rule = figures::maelstrom_word(report.maelstrom.valid);
    let warnings = match report.warnings.len() {
        0 => String::new(),
        count => format!("{}; ", units::count(count, "warning")),
    };
    let findings = match report.findings.len() {
        0 => "Nothing is wrong".to_owned(),
        1 => "One thing is wrong".to_owned(),
        count => format!("{count} things are wrong"),
    };
    format!("{findings}; {warnings}by Maelstrom’s own rule: {rule}.")
}

fn finding(words: &str, finding: Option<&Finding>) -> Markup {
    let evidence = match finding {
        Some(Finding::Crashed { stderr, .. }) => lines(stderr.as_bytes()),
        Some(Finding::Broke { breach, .. }) => lines(&breach.line),
        _ => Vec::new(),
    };
    html! {
        li {
            (text(words))
            (buttons(finding.and_then(values_of_finding)))
            @if !evidence.is_empty() { pre { code { (evidence.join("\n")) } } }
        }
    }
}

fn warning(words: &str, warning: Option<&Warning>) -> Markup {
    html! { li { (text(words)) (buttons(warning.and_then(values_of_warning))) } }
}

/// Words may have several lines.
fn text(words: &str) -> Markup {
    html! { p { @for (place, line) in lines(words.as_bytes()).iter().enumerate() {
        @if place > 0 { br; }
        (line)
    } } }
}

/// What somebody wrote, line by line, each made safe.
fn lines(bytes: &[u8]) -> Vec<String> {
    let text = escape::utf8(bytes);
    text.lines().map(escape::text).collect()
}

/// A button for each value, by which its path is shown.
fn buttons(values: Option<&Values>) -> Markup {
    html! {
        @if let Some(values) = values {
            p.follow { "Follow " @for value in &values.named {
                button type="button" data-value=(value) { (value) }
            } }
        }
    }
}

/// The values that a finding is about.
pub fn values_of_finding(finding: &Finding) -> Option<&Values> {
    match finding {
        Finding::Lost { values, .. }
        | Finding::Vanished { values, .. }
        | Finding::Duplicate { values, .. }
        | Finding::Gone(Gone { values, .. }) => Some(values),
        _ => None,
    }
}

/// The values that a warning is about.
pub fn values_of_warning(warning: &Warning) -> Option<&Values> {
    match warning {
        Warning::Gone(Gone { values, .. }) | Warning::Partial { values, .. } => Some(values),
        _ => None,
    }
}

fn headline(report: &Report<'_>) -> Markup {
    let measured = &report.verdict.figures;
    let each = measured.messages_per_operation();
    let available = measured.availability();
    let spread = figures::spread(report);
    let stable = &report.maelstrom.stable_latencies;
    let figure = |name: &str, value: String, more: String| {
        html! { div { dt { (name) } dd { (value) } dd.more { (more) } } }
    };
    html! {
        dl.headline {
            (figure("messages per request", each.map_or("–".to_owned(), |each| format!("{each:.1}")),
                format!("{} for {}", units::grouped(measured.messages), units::count(measured.operations, "request"))))
            (figure("availability", available.map_or("–".to_owned(), units::percent),
                format!("{} of {}", units::grouped(measured.ok as u64), units::count(measured.counted, "request"))))
            (figure("median until everywhere", figures::spread_at(&spread, 0.5),
                format!("at most {}", figures::spread_at(&spread, 1.0))))
            (figure("stable latency, median", figures::stable_at(stable, 0.5),
                format!("at most {}, as Maelstrom measures", figures::stable_at(stable, 1.0))))
        }
    }
}

/// What the run was to be.
pub fn settings(report: &Report<'_>) -> Markup {
    html! {
        section aria-labelledby="settings" {
            h2 id="settings" { "Settings" }
            dl.settings {
                @for (name, value) in named(&report.recording.settings) {
                    div { dt { (name) } dd { (value) } }
                }
            }
        }
    }
}

fn named(settings: &Settings) -> Vec<(&'static str, String)> {
    let nodes: Vec<_> = settings
        .nodes
        .iter()
        .map(|name| escape::text(name))
        .collect();
    let kinds: Vec<_> = settings.nemesis.iter().map(|kind| kind.name()).collect();
    let seconds = |time: std::time::Duration| format!("{}\u{a0}s", time.as_secs_f64());
    let mut all = vec![
        ("seed", settings.seed.to_string()),
        ("nodes", nodes.join(" ")),
        ("topology", settings.topology.name()),
        ("clients", settings.clients.to_string()),
        ("rate", format!("{} requests/s", settings.rate)),
        ("time limit", seconds(settings.time_limit)),
        (
            "latency",
            format!(
                "{}, {}",
                units::lasted(settings.latency),
                distribution(settings.distribution)
            ),
        ),
        ("loss", units::percent(settings.loss)),
        ("duplicates", units::percent(settings.duplicate)),
        (
            "recovery",
            format!("at most {}", seconds(settings.recovery)),
        ),
    ];
    if kinds.is_empty() {
        all.push(("nemesis", "none".to_owned()));
    } else {
        let interval = seconds(settings.nemesis_interval);
        all.push(("nemesis", format!("{}, every {interval}", kinds.join(", "))));
    }
    if settings.durable {
        all.push(("durable", "yes".to_owned()));
    }
    all.extend(budgets(&settings.budgets));
    all
}

fn budgets(budgets: &Budgets) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if let Some(availability) = budgets.availability {
        all.push((
            "availability",
            format!("at least {}", units::percent(availability)),
        ));
    }
    if let Some(messages) = budgets.messages_per_operation {
        all.push(("messages per request", format!("at most {messages}")));
    }
    for (quantile, most) in &budgets.latency {
        let quantile = quantile * 100.0;
        all.push((
            "stable latency",
            format!("at {quantile}\u{a0}%, at most {}", units::lasted(*most)),
        ));
    }
    all
}

fn distribution(distribution: Distribution) -> &'static str {
    match distribution {
        Distribution::Constant => "constant",
        Distribution::Uniform => "uniform",
        Distribution::Exponential => "exponential",
    }
}

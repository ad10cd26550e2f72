//! What came of a run, what is wrong with it, and how to repeat it: what a reader sees first.

use std::time::Duration;

use maud::{Markup, html};

use super::{Report, escape, figures, lanes, transactions, units};
use crate::cluster::checker::finding::{Finding, Judgement, Unjudged, Warning};
use crate::cluster::settings::{Budgets, EXIT_TIMEOUT, INIT_TIMEOUT, Settings};
use crate::cluster::workload::findings::Subject;
use crate::report::cluster::{silence, summary, warnings, words};

/// The verdict, each finding, each warning, the most telling figures, and the command.
pub fn section(report: &Report<'_>) -> Markup {
    let verdict = &report.judged.verdict;
    html! {
        header.verdict.(report.verdict_class()) {
            p.kicker { (escape::text(&summary::test(&report.judged.recording.settings))) }
            h1 { (title(verdict.judgement())) }
            p.lead { (lead(report)) }
            @if !verdict.findings.is_empty() {
                ol.findings { @for one in &verdict.findings { (finding(report, one)) } }
            }
            @if !verdict.unjudged.is_empty() {
                ol.findings { @for one in &verdict.unjudged { (unjudged(report, one)) } }
            }
            @if !verdict.warnings.is_empty() {
                ul.warnings { @for one in &verdict.warnings { (warning(report, one)) } }
            }
        }
        (headline(report))
        div.command {
            h2 { "Run it again" }
            pre { code { (escape::text(report.command)) } }
        }
    }
}

/// The verdict in a word.
pub fn title(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Valid => "Valid",
        Judgement::Invalid => "Not valid",
        Judgement::Unjudged => "Could not be judged",
    }
}

fn unjudged(report: &Report<'_>, unjudged: &Unjudged) -> Markup {
    let words = silence::unjudged(unjudged, &summary::names(report.judged));
    let wrote: Vec<_> = words
        .iter()
        .skip(1)
        .map(|line| escape::text(line))
        .collect();
    html! {
        li {
            p { (escape::text(words.first().map_or("", String::as_str))) }
            @if !wrote.is_empty() { pre { code { (wrote.join("\n")) } } }
        }
    }
}

fn lead(report: &Report<'_>) -> String {
    let replies = report.judged.verdict.figures.replies.as_ref();
    let rule = replies.map_or_else(String::new, |replies| {
        format!("; by Maelstrom’s own rule: {}", replies.maelstrom())
    });
    let warnings = match report.judged.verdict.warnings.len() {
        0 => String::new(),
        count => format!("; {}", units::count(count, "warning")),
    };
    let findings = match report.judged.verdict.findings.len() {
        0 if !report.judged.verdict.unjudged.is_empty() => {
            "This run could not be judged".to_owned()
        }
        0 => "Nothing is wrong".to_owned(),
        1 => "One thing is wrong".to_owned(),
        count => format!("{count} things are wrong"),
    };
    format!("{findings}{warnings}{rule}.")
}

/// In a sentence; then what the node wrote, whole.
fn finding(report: &Report<'_>, finding: &Finding) -> Markup {
    let words = words::finding(finding, &summary::names(report.judged));
    let evidence = match finding {
        Finding::Crashed { stderr, .. } => lines(stderr.as_bytes()),
        Finding::Broke {
            silence: Some(silence),
            ..
        }
        | Finding::Unanswered {
            silence: Some(silence),
            ..
        } => lines(silence.stderr.as_bytes()),
        Finding::Broke { breach, .. } => lines(&breach.line),
        Finding::Unchecked(_)
        | Finding::Storm(_)
        | Finding::Workload(_)
        | Finding::Unanswered { .. }
        | Finding::Unavailable { .. }
        | Finding::TooManyMessages { .. }
        | Finding::TooSlow { .. } => Vec::new(),
    };
    html! {
        li {
            p { (escape::text(words.first().map_or("", String::as_str))) }
            (buttons(&of_finding(finding)))
            @if let Finding::Workload(what) = finding {
                @if let Some(key) = what.key() { (lanes::draw(key, &summary::names(report.judged))) }
                @if let Some(found) = what.anomaly() {
                    (transactions::draw(found, &summary::names(report.judged)))
                }
            }
            @if !evidence.is_empty() { pre { code { (evidence.join("\n")) } } }
        }
    }
}

fn warning(report: &Report<'_>, warning: &Warning) -> Markup {
    let words = warnings::warning(warning, &summary::names(report.judged));
    html! { li { p { (escape::text(&words)) } (buttons(&of_warning(warning))) } }
}

/// What somebody wrote, line by line, each made safe.
fn lines(bytes: &[u8]) -> Vec<String> {
    let text = escape::utf8(bytes);
    text.lines().map(escape::text).collect()
}

/// A button for each value, by which its path is shown, or for the moment in question.
fn buttons(subject: &Subject<'_>) -> Markup {
    html! {
        @match subject {
            Subject::Values(_, values) => p.follow { "Follow " @for value in &values.named {
                button type="button" data-value=(value) { (value) } " "
            } },
            Subject::Time(time) => p.follow {
                "Look at " button type="button" data-at=(time.as_micros()) { (units::seconds(*time)) }
            },
            Subject::Run => {},
        }
    }
}

/// What a finding is about.
pub fn of_finding(finding: &Finding) -> Subject<'_> {
    let time = match finding {
        Finding::Workload(what) => return what.subject(),
        Finding::Crashed { time, .. } | Finding::Broke { time, .. } => Some(*time),
        Finding::Unanswered { asked, .. } => *asked,
        Finding::Unavailable { first, .. } => first.as_ref().map(|(_, asked, _)| *asked),
        Finding::Unchecked(_)
        | Finding::Storm(_)
        | Finding::TooManyMessages { .. }
        | Finding::TooSlow { .. } => None,
    };
    time.map_or(Subject::Run, Subject::Time)
}

/// What a warning is about.
pub fn of_warning(warning: &Warning) -> Subject<'_> {
    match warning {
        Warning::Workload(what) => what.subject(),
        Warning::Storm(_)
        | Warning::Resent { .. }
        | Warning::IdleKind { .. }
        | Warning::IdleFault(_)
        | Warning::OnlyRings { .. }
        | Warning::AnsweredTwice { .. }
        | Warning::UnknownRequest { .. }
        | Warning::ServiceErrors(_)
        | Warning::SharedKey(_)
        | Warning::LeftOut(_)
        | Warning::NothingLost
        | Warning::NothingDuplicated => Subject::Run,
    }
}

fn headline(report: &Report<'_>) -> Markup {
    let measured = &report.judged.verdict.figures;
    let each = measured.messages_per_operation();
    let available = measured.availability();
    let figure = |name: &str, value: String, more: String| {
        html! { div { dt { (name) } dd { (value) } dd.more { (more) } } }
    };
    html! {
        dl.headline {
            (figure("messages per request", each.map_or("–".to_owned(), |each| format!("{each:.1}")),
                format!("{} for {}", units::grouped(measured.messages), units::count(measured.operations, "request"))))
            @if let Some(each) = measured.service_messages_per_operation() {
                (figure("with services, per request", format!("{each:.1}"),
                    format!("{} for {}", units::grouped(measured.service_messages), units::count(measured.operations, "request"))))
            }
            (figure("availability", available.map_or("–".to_owned(), units::percent),
                format!("{} of {}", units::grouped(measured.ok as u64), units::count(measured.counted, "request"))))
            @if let Some(set) = report.set() {
                @let spread = figures::spread(set);
                @let stable = &set.set_full.stable_latencies;
                (figure("ack to last node, median", figures::spread_at(&spread, 0.5),
                    format!("at most {}", figures::spread_at(&spread, 1.0))))
                (figure("stable latency, median", figures::stable_at(stable, 0.5),
                    format!("at most {}, as Maelstrom measures", figures::stable_at(stable, 1.0))))
            }
        }
    }
}

/// What the run was to be.
pub fn settings(report: &Report<'_>) -> Markup {
    html! {
        section aria-labelledby="settings" {
            h2 id="settings" { "Settings" }
            dl.settings {
                @for (name, value) in named(&report.judged.recording.settings) {
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
    let seconds = |time: Duration| format!("{}\u{a0}s", time.as_secs_f64());
    let mut all = vec![
        ("seed", settings.seed.to_string()),
        ("nodes", nodes.join(" ")),
    ];
    if !settings.workload.introductions(settings).is_empty() {
        all.push(("topology", settings.topology.name()));
    }
    all.extend([
        ("clients", settings.clients.to_string()),
        ("rate", format!("{} requests/s", settings.rate)),
        ("time limit", seconds(settings.time_limit)),
        (
            "latency",
            format!(
                "{}, {}",
                units::lasted(settings.latency),
                settings.distribution.name()
            ),
        ),
        ("loss", units::percent(settings.loss)),
        ("duplicates", units::percent(settings.duplicate)),
        (
            "recovery",
            format!("at most {}", seconds(settings.recovery)),
        ),
    ]);
    all.extend(timeouts(settings));
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

/// The timeouts that the user chose.
fn timeouts(settings: &Settings) -> impl Iterator<Item = (&'static str, String)> {
    let all = [
        (
            "client timeout",
            settings.client_timeout,
            settings.workload.client_timeout(settings.latency),
        ),
        ("init timeout", settings.init_timeout, INIT_TIMEOUT),
        ("exit timeout", settings.exit_timeout, EXIT_TIMEOUT),
    ];
    let chosen = all.into_iter().filter(|(_, time, default)| time != default);
    chosen.map(|(name, time, _)| (name, units::lasted(time)))
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

//! How a node misbehaved, in sentences, and after them what it wrote itself.

use std::time::Duration;

use super::names::{Names, time};
use crate::cluster::checker::finding::Finding;
use crate::cluster::history::Breach;
use crate::cluster::rule::Rule;
use crate::report::words::exited;
use crate::report::{escape, fit};

/// How much of what a node wrote is shown, in columns.
pub const WIDTH_MAX: usize = 120;

/// How many of the last lines of what a node wrote are shown.
const LINES_MAX: usize = 5;

/// A crash or a breach of the protocol; nothing of other findings.
pub fn words(finding: &Finding, names: &Names<'_>) -> Vec<String> {
    match finding {
        Finding::Crashed {
            node,
            time: when,
            exit,
            stderr,
        } => {
            let (node, how) = (names.node(*node), exited(*exit));
            let when = time(*when);
            let first =
                format!("crash: {node} {how} at {when}, though nothing had been done to it");
            with_lines(first, stderr)
        }
        Finding::Broke {
            breach,
            time,
            count,
        } => broke(breach, *time, *count, names),
        _ => Vec::new(),
    }
}

/// A breach of the protocol, the first of `count`.
pub fn broke(breach: &Breach, when: Duration, count: usize, names: &Names<'_>) -> Vec<String> {
    let times = match count {
        1 => String::new(),
        count => format!(" ({count} times)"),
    };
    let (node, rule) = (names.node(breach.node), rule(&breach.rule));
    let first = format!("protocol: {node} at {} {rule}{times}", time(when));
    let line = escape::utf8(&breach.line);
    with_lines(first, &line)
}

/// A breach, as what stands after the node's name.
pub fn rule(rule: &Rule) -> String {
    let short = |text: &str| fit::short(text, WIDTH_MAX);
    match rule {
        Rule::NotJson { reason } => format!("wrote a line that is no JSON: {}", short(reason)),
        Rule::Lacks { field } => format!("wrote a message without {field}"),
        Rule::ForeignSource { source } => {
            format!(
                "wrote a message with another's name, {}, as src",
                short(source)
            )
        }
        Rule::UnknownDestination { destination } => {
            format!("wrote to {}, whom nobody announced", short(destination))
        }
        Rule::BadReply { problem } => format!("wrote a bad reply: {}", short(problem)),
        Rule::NotSetUp {
            request,
            answer: None,
        } => format!("did not answer {request} in time; does it flush what it writes?"),
        Rule::NotSetUp {
            request,
            answer: Some(answer),
        } => format!("answered {request} with {}", short(answer)),
        Rule::Flood { bytes } => format!("wrote without end; after {bytes} bytes it was enough"),
    }
}

/// A sentence, and the last lines of what a node wrote.
fn with_lines(first: String, text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().collect();
    let skipped = lines.len().saturating_sub(LINES_MAX);
    let shown = lines.iter().skip(skipped);
    let shown = shown.map(|line| fit::short(line, WIDTH_MAX));
    std::iter::once(first).chain(shown).collect()
}

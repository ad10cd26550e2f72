//! A run of cases as one page that works offline: each failure as a terminal shows it, and the names of the
//! others.
//!
//! No script runs in it, and nothing loads or leaves. What nodes and users wrote is escaped twice, as on the
//! page of a cluster.

use std::time::Duration;

use maud::{Markup, html};

use super::document::document;
use super::{escape, units};
use crate::escape::file_name;
use crate::outcome::{CaseOutcome, ExitCode, RunEnd, Tally};
use crate::phrases::fit;
use crate::report::again::{Again, TestedNode};
use crate::report::matrix::NodeTotal;
use crate::report::terminal::{Terminal, Verbosity};
use crate::report::{gist, shell, summary, words};

const STYLE: &str = concat!(
    include_str!("page/style.css"),
    include_str!("page/cases.css")
);

const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// How many failures are shown; of the others there is the number.
const FAILURES_MAX: usize = 1000;

/// How wide text is, in characters.
const WIDTH: usize = 116;

/// How many names of other cases are listed.
const NAMES_MAX: usize = 10_000;

/// A page as it grows.
#[derive(Debug)]
pub struct CasesPage {
    again: Again,
    node: TestedNode,
    failures: Vec<ShownCase>,
    others: Vec<String>,
    others_count: usize,
    /// Whether one of several nodes was not run.
    lacks_node: bool,
}

/// A case that failed.
#[derive(Debug)]
struct ShownCase {
    /// The name of its node, one of several; else empty.
    node: String,
    name: String,
    title: String,
    sentence: String,
    /// What a terminal shows of it, with its colors.
    text: String,
}

impl CasesPage {
    /// One without cases, of a run with this node.
    pub fn new(again: Again, node: TestedNode) -> Self {
        Self {
            again,
            node,
            failures: Vec::new(),
            others: Vec::new(),
            others_count: 0,
            lacks_node: false,
        }
    }

    /// The cases that come are those of this node, one of several.
    pub fn node(&mut self, node: TestedNode, again: Again) {
        (self.node, self.again) = (node, again);
    }

    /// That node was not run.
    pub fn node_not_run(&mut self, reason: &str) {
        self.lacks_node = true;
        let name = name_of(&self.node);
        self.failures.push(ShownCase {
            node: name.clone(),
            name,
            title: String::new(),
            sentence: reason.to_owned(),
            text: reason.to_owned(),
        });
    }

    pub fn outcome(&mut self, outcome: &CaseOutcome) {
        let node = self.node.name.as_deref().map(|node| fit::told(node) + ": ");
        let name = node.unwrap_or_default() + &file_name(&outcome.files.input);
        if !outcome.result.is_failure() {
            self.others_count += 1;
            if self.others.len() < NAMES_MAX {
                self.others.push(name);
            }
        } else if self.failures.len() < FAILURES_MAX {
            let mut terminal = Terminal::new(Some(WIDTH), Verbosity::All, self.again.clone());
            terminal.outcome(outcome);
            let text = escape::said(&terminal.take(), true);
            self.failures.push(ShownCase {
                node: name_of(&self.node),
                name,
                title: fit::told(&outcome.title),
                sentence: gist::sentences(outcome)
                    .into_iter()
                    .next()
                    .unwrap_or_default(),
                // The headline stands above it.
                text: text
                    .split_once('\n')
                    .map_or_else(String::new, |(_, rest)| rest.to_owned()),
            });
        }
    }

    /// The whole page of a run that came to this.
    ///
    /// `nodes`: all that had their turn, if there are several.
    pub fn page(
        &self,
        nodes: &[NodeTotal],
        tally: Tally,
        end: RunEnd,
        duration: Duration,
    ) -> String {
        let body = html! {
            main {
                (self.verdict(nodes, tally, end, duration))
                @for (number, failure) in (1..).zip(&self.failures) { (shown(number, failure)) }
                (self.rest(tally))
            }
        };
        document(POLICY, STYLE, &summary::tally(tally), &body)
    }

    fn verdict(
        &self,
        nodes: &[NodeTotal],
        tally: Tally,
        end: RunEnd,
        duration: Duration,
    ) -> Markup {
        let (class, word) = match (tally.failed + usize::from(self.lacks_node), end) {
            (0, RunEnd::Interrupted) => ("unjudged", "interrupted"),
            (0, RunEnd::Complete | RunEnd::EnoughFailures { .. }) => ("valid", "passed"),
            (1.., _) => ("invalid", "failed"),
        };
        // One of several stands in the name of each of its cases.
        let node = Some(&self.node).filter(|node| node.name.is_none());
        let program = node.and_then(|node| node.bin.as_deref()).map(file_name);
        let args = node.and_then(|node| node.args.as_ref());
        let args = args.map(|args| shell::quoted(args));
        let nobody = match node {
            Some(_) => "a node for each case",
            None => "several nodes",
        };
        html! {
            section.verdict.(class) {
                p.kicker {
                    (program.unwrap_or_else(|| nobody.to_owned()))
                    @if let Some(args) = args { " " (escape::text(&args)) }
                }
                h1 { (word) }
                p.lead { (summary::tally(tally)) ", in " (units::seconds(duration)) }
                @if let Some(end) = words::run_end(end) { p { (end) } }
                @if !nodes.is_empty() { (self.table(nodes)) }
                @if self.failures.len() > 1 {
                    ol.findings {
                        @for (number, failure) in (1..).zip(&self.failures) {
                            li {
                                a href={ "#case-" (number) } { (failure.name) }
                                " " (escape::text(&failure.sentence))
                            }
                        }
                    }
                }
            }
        }
    }

    /// A row for each node; the names of those that failed lead to their first failure.
    fn table(&self, nodes: &[NodeTotal]) -> Markup {
        let failed = |name: &str| {
            let is_of = |failure: &ShownCase| failure.node == name;
            self.failures.iter().position(is_of).map(|index| index + 1)
        };
        html! {
            div.wide {
                table.nodes {
                    thead {
                        tr {
                            th { "node" } th { "passed" } th { "failed" } th { "of these not run" }
                            th.cause { "commonest cause" }
                        }
                    }
                    tbody { @for node in nodes { (row(node, failed(&name_of(&node.node)))) } }
                }
            }
        }
    }

    fn rest(&self, tally: Tally) -> Markup {
        let more = tally.failed.saturating_sub(self.failures.len());
        html! {
            @if more > 0 { p.note { (more) " more failed; their report is on the terminal" } }
            @if self.others_count > 0 {
                h2 { "The other cases" }
                ul.names { @for name in &self.others { li { (name) } } }
                @if self.others_count > self.others.len() {
                    p.note { "and " (self.others_count - self.others.len()) " more" }
                }
            }
        }
    }
}

fn name_of(node: &TestedNode) -> String {
    node.name.as_deref().map(fit::told).unwrap_or_default()
}

/// `failure`: the number of its first one.
fn row(node: &NodeTotal, failure: Option<usize>) -> Markup {
    let (name, tally) = (name_of(&node.node), node.tally());
    let class = if node.exit() == ExitCode::Passed {
        "green"
    } else {
        "red"
    };
    html! {
        tr {
            th.(class) {
                @match failure {
                    Some(number) => a href={ "#case-" (number) } { (name) },
                    None => (name),
                }
            }
            @if node.was_run() {
                td { (tally.passed) } td { (tally.failed) } td { (tally.not_run) }
            } @else {
                td {} td {} td {}
            }
            td.cause { (escape::text(&node.remark())) }
        }
    }
}

fn shown(number: usize, failure: &ShownCase) -> Markup {
    html! {
        section.case id={ "case-" (number) } {
            h2 { (failure.name) }
            @if !failure.title.is_empty() { p.title { (failure.title) } }
            pre { (colored(&failure.text)) }
        }
    }
}

/// Text with the colors of a terminal.
fn colored(text: &str) -> Markup {
    let (mut classes, mut parts) = (Vec::new(), Vec::new());
    for (number, part) in text.split('\u{1b}').enumerate() {
        let code = part.strip_prefix('[').and_then(|rest| rest.split_once('m'));
        let Some((code, rest)) = code.filter(|_| number > 0) else {
            parts.push((classes.join(" "), part));
            continue;
        };
        match code {
            "0" => classes.clear(),
            "1" => classes.push("bold"),
            "2" => classes.push("dim"),
            "4" => classes.push("underlined"),
            "31" => classes.push("red"),
            "32" => classes.push("green"),
            "33" => classes.push("yellow"),
            _ => {}
        }
        parts.push((classes.join(" "), rest));
    }
    html! {
        @for (classes, part) in parts {
            @if classes.is_empty() { (part) } @else { span class=(classes) { (part) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_of_the_terminal_become_classes_and_markup_stays_text() {
        let text = "a\u{1b}[1m\u{1b}[31m<b>\u{1b}[0m & \u{1b}[2mc\u{1b}[0m";
        assert_eq!(
            colored(text).into_string(),
            "a<span class=\"bold\"></span><span class=\"bold red\">&lt;b&gt;</span> &amp; \
             <span class=\"dim\">c</span>"
        );
        assert_eq!(colored("\u{1b}[1x").into_string(), "[1x");
    }
}

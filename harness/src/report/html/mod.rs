//! A run of a cluster as one page that works offline: what is wrong first, then figures, charts, and the
//! messages as a diagram that can be searched.
//!
//! The page of a run of cases is in [`cases`]; `document` is what both have around them.
//!
//! [`verdict`] and [`figures`] are its text, [`latency`] and [`rate`] its charts (on a [`chart`],
//! with the ticks of [`scale`]), [`diagram`] the frame in which the script of the page draws, from
//! what [`data`] embeds: the messages that a [`selection`] kept. Style and script are files of their
//! own. Whatever nodes or users wrote is escaped twice: nothing in it acts ([`super::escape`]), and
//! nothing in it is markup. Should something get through all the same, the page's policy lets no
//! script run but ours, and nothing load or leave. Nothing is judged here; what is wrong is told in
//! the words of [`super::cluster`].

pub mod cases;
pub mod chart;
pub mod data;
pub mod diagram;
mod document;
pub mod figures;
pub mod lanes;
pub mod latency;
pub mod rate;
pub mod scale;
pub mod selection;
pub mod transactions;
pub mod units;
pub mod verdict;

use std::time::Duration;

use maud::{Markup, PreEscaped, html};

use super::escape;
use crate::cluster::checker::finding::Judgement;
use crate::cluster::checker::story::Story;
use crate::cluster::journal::Carried;
use crate::cluster::judged::Judged;
use crate::cluster::sets::figures::SetFigures;
use document::document;
use selection::MessageSelection;

const STYLE: &str = concat!(
    include_str!("page/style.css"),
    include_str!("page/diagram.css")
);

/// One function in strict mode, so that its files share names with each other and with nobody else.
const SCRIPT: &str = concat!(
    "\"use strict\";(() => {\n",
    include_str!("page/data.js"),
    include_str!("page/view.js"),
    include_str!("page/draw.js"),
    include_str!("page/arrows.js"),
    include_str!("page/words.js"),
    include_str!("page/panel.js"),
    include_str!("page/controls.js"),
    include_str!("page/hands.js"),
    include_str!("page/start.js"),
    "})();\n"
);

/// Nothing loads or leaves, and no script runs but the one with this hash; a test keeps it right.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
     base-uri 'none'; form-action 'none'; \
     script-src 'sha256-mX3ZPb6JnU4A+FCFCrG6wwBbqjWwIdrp0ZhASowRs4c='";

/// What a page is about.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What happened, and whether that was right.
    pub judged: &'a Judged,
    /// What repeats the run, to be copied into a shell.
    pub command: &'a str,
}

impl Report<'_> {
    /// What a node is called, safe to show.
    fn node(&self, number: usize) -> String {
        let name = self.judged.recording.settings.nodes.get(number);
        name.map_or_else(|| "?".to_owned(), |name| escape::text(name))
    }

    /// When the last thing happened; at least a millisecond, so that there is something to draw.
    fn end(&self) -> Duration {
        let last = self.judged.recording.events.last().map(|event| event.time);
        last.unwrap_or_default().max(Duration::from_millis(1))
    }

    /// What was asked of the nodes.
    fn workload(&self) -> &'static str {
        self.judged.recording.settings.workload.name()
    }

    /// What was measured of a set, if it was one.
    fn set(&self) -> Option<&SetFigures> {
        self.judged.verdict.figures.set()
    }

    fn verdict_class(&self) -> &'static str {
        match self.judged.verdict.judgement() {
            Judgement::Valid => "valid",
            Judgement::Invalid => "invalid",
            Judgement::Unjudged => "unjudged",
        }
    }
}

/// The page of a run. Of its messages it keeps no more than a browser can stand.
pub fn render(report: &Report<'_>, messages: &[Carried]) -> String {
    let mut selection = MessageSelection::of(messages, &data::problems(report), report.end());
    let rest = report.judged.recording.rest.messages();
    selection.total += usize::try_from(rest).unwrap_or(usize::MAX);
    let nodes = report.judged.recording.settings.nodes.len();
    let story = Story::new(&report.judged.recording.events, nodes);
    let body = html! {
        main {
            (verdict::section(report))
            (figures::section(report))
            (charts(report, &story))
            (diagram::section(&selection, rest, report.set().is_some()))
            (verdict::settings(report))
        }
        script type="application/json" id="run" { (data::embed(report, &story, &selection)) }
        script { (PreEscaped(SCRIPT)) }
    };
    document(POLICY, STYLE, &title(report), &body)
}

fn title(report: &Report<'_>) -> String {
    let settings = &report.judged.recording.settings;
    format!(
        "{} – {}, {}, seed {}",
        verdict::title(report.judged.verdict.judgement()).to_lowercase(),
        report.workload(),
        units::count(settings.nodes.len(), "node"),
        settings.seed
    )
}

fn charts(report: &Report<'_>, story: &Story<'_>) -> Markup {
    html! {
        section aria-labelledby="over-time" {
            h2 id="over-time" { "Over time" }
            (latency::chart(report, story))
            (rate::chart(report, story))
        }
    }
}

//! The frame of a chart over time: axes, the faults shaded behind what is drawn, each with its name.
//!
//! What is drawn stands in an SVG that is stretched to the room there is, 1000 wide and 100 high;
//! lines and dots keep their thickness. Text stands beside it, in HTML, so that it is as large on a
//! telephone as on a wide screen.

use std::time::Duration;

use maud::{Markup, html};

use super::Report;
use super::scale::{Linear, Tick};
use crate::cluster::checker::fault_figure::FaultFigure;
use crate::cluster::history::{Phase, What};
use crate::net::fault::FaultKind;

/// The width of the drawing in its own measure.
pub const WIDTH: f64 = 1000.0;

/// How high a fault's name is, as a multiple of its letters.
const NAME_HEIGHT: f64 = 1.3;

/// What a chart is made of.
#[derive(Debug, Clone)]
pub struct Chart {
    pub title: &'static str,
    /// What stands on the axis on the left, with its unit.
    pub unit: String,
    /// The ticks of that axis.
    pub ticks: Vec<Tick>,
    /// What each sort of marks means.
    pub legend: Vec<Key>,
    pub marks: Markup,
    /// What it shows in a sentence, for those who can't see it.
    pub summary: String,
}

/// A sort of marks.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its class in the style.
    pub class: &'static str,
    pub means: String,
}

/// The axis of time, in seconds.
pub fn times(report: &Report<'_>) -> Linear {
    Linear::exact(report.end().as_secs_f64(), 6.0)
}

/// The chart on its axes.
pub fn draw(report: &Report<'_>, chart: &Chart) -> Markup {
    let times = times(report);
    html! {
        figure.chart {
            figcaption {
                h3 { (chart.title) }
                ul.legend {
                    @for key in &chart.legend {
                        li { span.key.(key.class) {} (key.means) }
                    }
                }
            }
            div.plot style={ "margin-top:" (rows(report)) "em" } {
                svg viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-label=(chart.summary) {
                    (bands(report, times))
                    @for tick in &chart.ticks {
                        path.grid d={ "M0 " (upside_down(tick.at)) "H1000" } {}
                    }
                    (phases(report, times))
                    (chart.marks)
                }
                @for tick in &chart.ticks {
                    span.y style={ "bottom:" (percent(tick.at)) } { (tick.label) }
                }
                @for tick in times.ticks() {
                    span.x style={ "left:" (percent(tick.at)) } { (tick.label) }
                }
                span.unit.of-y { (chart.unit) }
                span.unit.of-x { "s since the start" }
                (names(report, times))
            }
        }
    }
}

/// From the top, as SVG counts.
pub fn upside_down(at: f64) -> String {
    short(100.0 - at)
}

/// A number with as many digits as a pixel is worth.
pub fn short(number: f64) -> String {
    format!("{number:.2}")
}

fn percent(at: f64) -> String {
    format!("{at:.2}%")
}

fn bands(report: &Report<'_>, times: Linear) -> Markup {
    html! {
        @for fault in &report.judged.verdict.figures.faults {
            @let (from, to) = extent(fault, report.end(), times);
            rect.band.(class(fault)) x=(short(from * 10.0)) y="0"
                width=(short((to - from).max(0.2) * 10.0)) height="100" {
                title { (super::figures::fault_name(report, fault)) }
            }
        }
    }
}

/// The names of the faults above their bands, one row for each kind.
fn names(report: &Report<'_>, times: Linear) -> Markup {
    let kinds: Vec<_> = kinds(report).collect();
    html! {
        @for fault in &report.judged.verdict.figures.faults {
            @let (from, to) = extent(fault, report.end(), times);
            span.fault.(class(fault)) style={
                "left:" (percent(from)) ";bottom:calc(100% + " (short(row(&kinds, fault))) "em);max-width:max(6.5em," (percent(to - from)) ")"
            } {
                (fault.span.fault.noun()) " #" (fault.span.number)
            }
        }
    }
}

/// How far above the drawing the name of a fault stands.
fn row(kinds: &[FaultKind], fault: &FaultFigure) -> f64 {
    let kind = fault.span.fault.kind();
    let below = kinds.iter().filter(|other| **other < kind);
    below.map(|_| NAME_HEIGHT).sum::<f64>() + 0.2
}

/// How much room the names need, and the unit beside them.
fn rows(report: &Report<'_>) -> String {
    let names = kinds(report).map(|_| NAME_HEIGHT).sum::<f64>();
    short(names.max(NAME_HEIGHT) + 1.2)
}

fn kinds(report: &Report<'_>) -> impl Iterator<Item = FaultKind> {
    let faults = &report.judged.verdict.figures.faults;
    let occurs = |kind: &FaultKind| {
        let mut kinds = faults.iter().map(|fault| fault.span.fault.kind());
        kinds.any(|other| other == *kind)
    };
    FaultKind::ALL.into_iter().filter(occurs)
}

fn extent(fault: &FaultFigure, end: Duration, times: Linear) -> (f64, f64) {
    let until = fault.span.ended.unwrap_or(end);
    let at = |time: Duration| times.at(time.as_secs_f64());
    (at(fault.span.began), at(until))
}

fn class(fault: &FaultFigure) -> &'static str {
    fault.span.fault.kind().name()
}

/// Where the load began and where it ended.
fn phases(report: &Report<'_>, times: Linear) -> Markup {
    let began = report.judged.recording.events.iter();
    let began = began.filter_map(|event| {
        let What::Began(phase @ (Phase::Load | Phase::Recovery)) = event.what else {
            return None;
        };
        Some((event.time, phase))
    });
    html! {
        @for (time, phase) in began {
            path.phase d={ "M" (short(times.at(time.as_secs_f64()) * 10.0)) " 0V100" } {
                title { @if phase == Phase::Load { "the load begins" } @else { "the load ends, all is healed" } }
            }
        }
    }
}

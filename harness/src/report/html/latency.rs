//! How long each request took, by when it was sent and how it ended.

use std::collections::BTreeSet;
use std::fmt::Write;

use maud::{Markup, html};

use super::Report;
use super::chart::{self, Chart, Key};
use super::scale::{Linear, Logarithmic};
use super::units;
use crate::cluster::checker::story::{Operation, Story};
use crate::cluster::history::{Outcome, Phase};

/// How a request ended, in Jepsen's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestEnd {
    Ok,
    Info,
    /// It certainly did not happen.
    Fail,
}

impl RequestEnd {
    /// All of them, the best first.
    pub const ALL: [Self; 3] = [Self::Ok, Self::Info, Self::Fail];

    /// How a request ended; of one without an end nothing is known.
    pub fn of(operation: &Operation<'_>) -> Self {
        match operation.end {
            Some((_, Outcome::Ok(_))) => Self::Ok,
            Some((_, Outcome::Failed(_))) => Self::Fail,
            Some((_, Outcome::Unknown(_))) | None => Self::Info,
        }
    }

    /// Its word, which is its class in the style, too.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Fail => "fail",
        }
    }

    /// What is told of it in a legend.
    pub fn means(self, count: usize) -> String {
        let count = units::grouped(count as u64);
        match self {
            Self::Ok => format!("ok ({count})"),
            Self::Info => format!("info: of unknown fate ({count})"),
            Self::Fail => format!("fail ({count})"),
        }
    }
}

/// The requests that count: those of the load, and the final reads.
pub fn requests<'s>(story: &'s Story<'_>) -> impl Iterator<Item = &'s Operation<'s>> {
    let all = story.operations.iter();
    all.filter(|operation| matches!(operation.asked.phase, Phase::Load | Phase::FinalReads))
}

/// How many of these requests ended in each way.
pub fn legend<'s>(requests: impl Iterator<Item = &'s Operation<'s>>) -> Vec<Key> {
    let mut counts = RequestEnd::ALL.map(|end| (end, 0));
    for operation in requests {
        let end = RequestEnd::of(operation);
        for (_, count) in counts.iter_mut().filter(|(other, _)| *other == end) {
            *count += 1;
        }
    }
    let some = counts
        .into_iter()
        .filter(|(end, count)| *end == RequestEnd::Ok || *count > 0);
    let keys = some.map(|(end, count)| Key {
        class: end.word(),
        means: end.means(count),
    });
    keys.collect()
}

pub fn chart(report: &Report<'_>, story: &Story<'_>) -> Markup {
    let points: Vec<_> = requests(story).filter_map(point).collect();
    // What failed at once, as its node was dead, would only make the axis longer.
    let took = points.iter().map(|point| point.latency);
    let took: Vec<_> = took.filter(|latency| *latency > 0.0).collect();
    let least = took.iter().copied().fold(f64::INFINITY, f64::min);
    let most = took.iter().copied().fold(0.0, f64::max);
    let axis = Logarithmic::over(least.min(most), most);
    let drawing = Chart {
        title: "Latency of requests",
        unit: "ms".to_owned(),
        ticks: axis.ticks(),
        legend: legend(requests(story)),
        marks: marks(&points, chart::times(report), axis),
        summary: format!(
            "{} by when they were sent; latencies from {least:.2} to {most:.0} ms",
            units::count(points.len(), "request")
        ),
    };
    chart::draw(report, &drawing)
}

/// A request as a point.
#[derive(Debug, Clone, Copy)]
struct Point {
    /// In seconds.
    sent: f64,
    /// In milliseconds.
    latency: f64,
    end: RequestEnd,
}

fn point(operation: &Operation<'_>) -> Option<Point> {
    let (ended, _) = operation.end?;
    let latency = ended.time.saturating_sub(operation.invoked.time);
    Some(Point {
        sent: operation.invoked.time.as_secs_f64(),
        latency: latency.as_secs_f64() * 1000.0,
        end: RequestEnd::of(operation),
    })
}

/// The dots of each end are one path, the worst in front. An open dot is a dot with another on it.
fn marks(points: &[Point], times: Linear, axis: Logarithmic) -> Markup {
    html! {
        @for end in RequestEnd::ALL {
            @let dots = dots(points, end, times, axis);
            path.dots.(end.word()) d=(dots) {}
            @if end == RequestEnd::Info { path.dots.hole d=(dots) {} }
        }
    }
}

/// Each a line of no length with round ends; no two in the same place.
fn dots(points: &[Point], end: RequestEnd, times: Linear, axis: Logarithmic) -> String {
    let of_end = points.iter().filter(|point| point.end == end);
    let places: BTreeSet<_> = of_end
        .map(|point| {
            let across = chart::short(times.at(point.sent) / 100.0 * chart::WIDTH);
            (across, chart::upside_down(axis.at(point.latency)))
        })
        .collect();
    let mut path = String::new();
    for (across, down) in places {
        // Writing to a string doesn't fail.
        let _ = write!(path, "M{across} {down}h.01");
    }
    path
}

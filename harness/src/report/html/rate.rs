//! How many requests were sent in each moment, and how they ended.

use maud::{Markup, html};

use super::Report;
use super::chart::{self, Chart};
use super::latency::{RequestEnd, legend};
use super::scale::Linear;
use super::units;
use crate::cluster::checker::story::{Operation, Story};
use crate::cluster::history::Phase;

/// Into how many moments a run is divided: fewer if little happens in each.
const MOMENTS_MIN: u8 = 16;
const MOMENTS_MAX: u8 = 80;

/// How many requests a moment has on average, at least.
const EACH_MIN: usize = 3;

/// By end, in the order of [`RequestEnd::ALL`]: how many.
type Counts = [f64; 3];

/// The chart. The final reads, all at once, are no part of the load and would dwarf it.
pub fn chart(report: &Report<'_>, story: &Story<'_>) -> Markup {
    let all = story.operations.iter();
    let requests: Vec<_> = all
        .filter(|operation| operation.asked.phase == Phase::Load)
        .collect();
    let moments = u8::try_from(requests.len() / EACH_MIN).unwrap_or(MOMENTS_MAX);
    let moments = moments.clamp(MOMENTS_MIN, MOMENTS_MAX);
    let length = report.end().as_secs_f64() / f64::from(moments);
    let counts = counts(&requests, length, moments);
    let sums = counts.iter().map(|counts| counts.iter().sum::<f64>());
    let most = sums.fold(0.0, f64::max) / length;
    let axis = Linear::rounded(most, 4.0);
    let drawing = Chart {
        title: "Rate of requests",
        unit: "requests/s".to_owned(),
        ticks: axis.ticks(),
        legend: legend(requests.iter().copied()),
        marks: bars(&counts, moments, |count| axis.at(count / length)),
        summary: format!(
            "{} of the load by when they were sent; at most {most:.0} a second",
            units::count(requests.len(), "request")
        ),
    };
    chart::draw(report, &drawing)
}

fn counts(requests: &[&Operation<'_>], length: f64, moments: u8) -> Vec<Counts> {
    let mut counts = vec![Counts::default(); usize::from(moments)];
    for operation in requests {
        let moment = moment(operation.invoked.time.as_secs_f64() / length, moments);
        let end = RequestEnd::ALL
            .iter()
            .position(|end| *end == RequestEnd::of(operation));
        let place = counts.get_mut(moment).zip(end);
        if let Some(count) = place.and_then(|(counts, end)| counts.get_mut(end)) {
            *count += 1.0;
        }
    }
    counts
}

fn moment(number: f64, moments: u8) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast from a float saturates, and the last moment caps it"
    )]
    let moment = number as usize;
    moment.min(usize::from(moments - 1))
}

/// Bars on bars: what succeeded at the bottom. `at`: how high so many of a moment are.
fn bars(counts: &[Counts], moments: u8, at: impl Fn(f64) -> f64) -> Markup {
    let width = chart::WIDTH / f64::from(moments);
    html! {
        @for (end, kind) in RequestEnd::ALL.into_iter().enumerate() {
            path.bars.(kind.word()) d={
                @for (moment, counts) in (0..moments).zip(counts) {
                    @let below: f64 = counts.iter().take(end).sum();
                    @let count = counts.get(end).copied().unwrap_or(0.0);
                    @if count > 0.0 {
                        (bar(f64::from(moment) * width, width * 0.86, at(below), at(below + count)))
                    }
                }
            } {}
        }
    }
}

fn bar(left: f64, width: f64, bottom: f64, top: f64) -> String {
    let (low, high) = (chart::upside_down(bottom), chart::upside_down(top));
    let (left, width) = (chart::short(left), chart::short(width));
    format!("M{left} {low}V{high}h{width}V{low}z")
}

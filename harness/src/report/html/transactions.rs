//! The transactions of an anomaly on an axis of time, a lane each; below them what each of them did, and why it
//! must have come before the next.

use maud::{Markup, html};

use super::{escape, units};
use crate::cluster::names::Names;
use crate::cluster::workload::txn::finding::{AnomalyFinding, Member};
use crate::cluster::workload::txn::notation::operations;

/// What is not known to have ended lasts until the end of the axis, which is that much longer.
const OPEN_PART: f64 = 0.1;

/// The axis of time.
struct Axis {
    from: f64,
    length: f64,
}

pub fn draw(found: &AnomalyFinding, names: &Names<'_>) -> Markup {
    let members = found.told();
    let axis = Axis::of(members);
    let reasons = found.reasons();
    let first = members.iter().map(|member| member.invoked).min();
    html! {
        figure.lanes role="img" aria-label="the transactions of the anomaly over time" {
            @for (at, member) in members.iter().enumerate() {
                div.lane {
                    span.client { "T" (at + 1) " " (escape::text(&names.node(member.node))) }
                    div.track { (bar(found, member, &axis)) }
                }
            }
            @if let Some(first) = first {
                figcaption {
                    "From " (units::seconds(first)) " on, over " (format!("{:.1}", axis.length * 1000.0)) " ms."
                }
            }
            ul.helpers {
                @for (at, member) in members.iter().enumerate() {
                    li { "T" (at + 1) ": " (escape::text(&found.who(member, names))) }
                }
            }
            @if !reasons.is_empty() {
                ul.helpers { @for reason in &reasons { li { (escape::text(reason)) } } }
            }
        }
    }
}

impl Axis {
    fn of(members: &[Member]) -> Self {
        let times = members
            .iter()
            .flat_map(|member| [member.invoked, member.ended.unwrap_or(member.invoked)]);
        let times = times.map(|time| time.as_secs_f64());
        let from = times.clone().fold(f64::INFINITY, f64::min);
        let until = times.fold(0.0, f64::max);
        // An axis has a length, also where all is known of one moment.
        let length = (until - from).max(1e-6) * (1.0 + OPEN_PART);
        Self { from, length }
    }

    fn part(&self, time: f64) -> f64 {
        100.0 * (time - self.from) / self.length
    }
}

fn bar(found: &AnomalyFinding, member: &Member, axis: &Axis) -> Markup {
    let left = axis.part(member.invoked.as_secs_f64());
    let ended = member.ended.map(|ended| axis.part(ended.as_secs_f64()));
    let open = if ended.is_none() { " open" } else { "" };
    let width = ended.unwrap_or(100.0) - left;
    let did = operations(&member.operations, found.objects);
    html! {
        span class={ "bar contradicts" (open) } title=(escape::text(&did)) style={
            "left:" (format!("{left:.2}%")) ";width:" (format!("{width:.2}%"))
        } { (escape::text(&did)) }
    }
}

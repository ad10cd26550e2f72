//! The operations around a contradiction, in a lane for each client: when each was under way, where it takes
//! effect in the longest order that explains anything, and which one nothing explains.
//!
//! From step to step there is a call or a return; how long that took is told in words.

use maud::{Markup, html};

use super::escape;
use crate::cluster::names::Names;
use crate::cluster::workload::lin_kv::finding::{NearOperation, NearRole, NotLinearizable};
use crate::cluster::workload::lin_kv::words::label;

/// The diagram, and below it why what could have helped does not.
pub fn draw(found: &NotLinearizable, names: &Names<'_>) -> Markup {
    let steps = found.around.iter();
    let steps = steps
        .flat_map(|one| [one.from, one.until.unwrap_or_default()])
        .max();
    let steps = steps.unwrap_or_default() + 1;
    let mut lanes: Vec<(String, Vec<&NearOperation>)> = Vec::new();
    for one in &found.around {
        let lane = found.lane(&one.operation, names);
        // A client that gave up asks again: its two operations may overlap.
        let is_free = |(name, before): &&mut (String, Vec<&NearOperation>)| {
            let until = before.last().map_or(Some(0), |before| before.until);
            *name == lane && until.is_some_and(|until| until <= one.from)
        };
        match lanes.iter_mut().find(is_free) {
            Some((_, operations)) => operations.push(one),
            None => lanes.push((lane, vec![one])),
        }
    }
    let helpers = found
        .around
        .iter()
        .filter(|one| one.role == NearRole::CouldHelp);
    let helpers: Vec<_> = helpers.map(|one| found.near(one, names)).collect();
    html! {
        figure.lanes role="img" aria-label="the operations on the key around the contradiction, by client" {
            @for (lane, operations) in &lanes {
                div.lane {
                    span.client { (escape::text(lane)) }
                    div.track {
                        @for one in operations { (bar(found, one, steps, names)) }
                    }
                }
            }
            figcaption {
                "From left to right: calls and returns, a step each. Dots: an order that explains all results but "
                "the last one. Red: the result that nothing explains; framed: what contradicts it."
            }
            @if !helpers.is_empty() {
                ul.helpers { @for helper in &helpers { li { (escape::text(helper)) } } }
            }
        }
    }
}

fn bar(found: &NotLinearizable, one: &NearOperation, steps: usize, names: &Names<'_>) -> Markup {
    let role = match one.role {
        NearRole::Last => "last",
        NearRole::Contradicts => "contradicts",
        NearRole::CouldHelp => "helper",
        NearRole::Other => "other",
    };
    let open = if one.until.is_none() { " open" } else { "" };
    let until = one.until.unwrap_or(steps);
    let at = |step: f64| format!("{:.2}%", 100.0 * step / as_float(steps));
    let told = escape::text(&found.near(one, names));
    html! {
        span class={ "bar " (role) (open) } title=(told) style={
            "left:" (at(as_float(one.from))) ";width:" (at(as_float(until - one.from)))
        } { (escape::text(&label(&one.operation))) }
        @if let Some(point) = one.point {
            i.point style={ "left:" (at(point)) } {}
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are few steps")]
fn as_float(steps: usize) -> f64 {
    steps as f64
}

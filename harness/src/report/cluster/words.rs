//! The findings of a run in sentences: what is wrong, where, when and why. The first sentence of a finding
//! can stand alone; lines that a node wrote follow it.

use std::time::Duration;

use super::conduct;
use super::silence;
use super::unchecked::{error, unchecked, why_not};
use crate::cluster::checker::figures::ratio;
use crate::cluster::checker::finding::{Finding, Storm, Unchecked};
use crate::cluster::history::Reason;
use crate::cluster::names::{Names, count, grouped, percent, reaches, time};

/// What makes a run invalid.
pub fn finding(finding: &Finding, names: &Names<'_>) -> Vec<String> {
    let first = match finding {
        Finding::Unchecked(what) => format!("nothing to check: {}", unchecked(what, names)),
        Finding::Crashed {
            node,
            others,
            time,
            exit,
            stderr,
            owed,
        } => {
            return conduct::crashed(
                (*node, others),
                *time,
                (*exit, stderr),
                owed.as_deref(),
                names,
            );
        }
        Finding::Broke {
            breach,
            others,
            time,
            count,
            silence,
        } => return conduct::broken(breach, others, (*time, *count), silence.as_ref(), names),
        Finding::Storm(what) => storm(what, names),
        Finding::Workload(what) => {
            return [vec![what.words(names)], what.details(names)].concat();
        }
        Finding::Unanswered {
            node,
            others,
            asked,
            reason,
            ..
        } => unanswered((*node, others), *asked, reason.as_ref(), names),
        Finding::Unavailable {
            ok,
            counted,
            budget,
            first,
        } => unavailable((*ok, *counted), *budget, first.as_ref(), names),
        Finding::TooManyMessages {
            messages,
            service_messages,
            operations,
            budget,
        } => too_many_messages((*messages, *service_messages), *operations, *budget),
        Finding::TooSlow {
            quantile,
            latency,
            budget,
        } => {
            let (latency, budget) = (latency.as_millis(), budget.as_millis());
            let reach = reaches(*quantile);
            format!("too slow: {reach} {latency} ms, more than {budget} ms")
        }
    };
    let (Finding::Unchecked(Unchecked::NothingAcknowledged { silence, .. })
    | Finding::Unanswered { silence, .. }) = finding
    else {
        return vec![first];
    };
    match silence {
        Some(silence) => silence::with_stderr(first, silence, names),
        None => vec![first],
    }
}

/// What a finding is called where it is counted.
pub fn label(finding: &Finding) -> &'static str {
    match finding {
        Finding::Unchecked(_) => "nothing to check",
        Finding::Crashed { .. } => "crash",
        Finding::Broke { .. } => "protocol",
        Finding::Storm(_) => "storm",
        Finding::Workload(what) => what.label(),
        Finding::Unanswered { .. } | Finding::Unavailable { .. } => "unavailable",
        Finding::TooManyMessages { .. } => "too many messages",
        Finding::TooSlow { .. } => "too slow",
    }
}

pub fn storm(storm: &Storm, names: &Names<'_>) -> String {
    let stream = &storm.thickest;
    let (from, to) = (names.node(stream.from), names.node(stream.to));
    let (messages, rate) = (grouped(stream.messages), grouped(stream.rate()));
    let links = match storm.links.saturating_sub(1) {
        0 => String::new(),
        others => format!(" (as on {})", count(others, "other link", "other links")),
    };
    format!(
        "storm: {from} sent {to} {messages} messages, {rate} a second{links}: is each message \
         forwarded again and again?"
    )
}

fn unanswered(
    (node, others): (usize, &[usize]),
    asked: Option<Duration>,
    reason: Option<&Reason>,
    names: &Names<'_>,
) -> String {
    let who = names.and_others(node, others);
    let Some(asked) = asked.map(time) else {
        let were = if others.is_empty() { "was" } else { "were" };
        return format!("unavailable: {who} {were} not asked for a final read");
    };
    if let Some(Reason::Error { code, text }) = reason {
        let error = error(code, text);
        return format!("unavailable: {who} answered the final read at {asked} with {error}");
    }
    if let Some(Reason::Malformed) = reason {
        return format!(
            "unavailable: {who} answered the final read at {asked} with a malformed reply"
        );
    }
    let why = why_not(reason);
    format!("unavailable: {who} did not answer the final read at {asked}: {why}")
}

/// `first`: the node that the first request that failed was asked of, when that was, and why it failed.
fn unavailable(
    (ok, counted): (usize, usize),
    budget: f64,
    first: Option<&(usize, Duration, Option<Reason>)>,
    names: &Names<'_>,
) -> String {
    let first = first.map_or_else(String::new, |(node, asked, reason)| {
        let (node, asked) = (names.node(*node), time(*asked));
        let reason = why_not(reason.as_ref());
        format!("; the first that failed was asked of {node} at {asked}: {reason}")
    });
    let least = percent(budget);
    format!("unavailable: {ok} of {counted} requests succeeded, fewer than {least} of them{first}")
}

fn too_many_messages(
    (messages, service_messages): (u64, u64),
    operations: usize,
    budget: f64,
) -> String {
    let requests = count(operations, "request", "requests");
    let all = messages.saturating_add(service_messages);
    let each = ratio(usize::try_from(all).unwrap_or(usize::MAX), operations);
    let services = match service_messages {
        0 => String::new(),
        number => format!(" and {number} to and from services"),
    };
    format!(
        "too many messages: {messages} between nodes{services} for {requests} are {each:.2} for each, \
         more than {budget}"
    )
}

#[cfg(test)]
mod tests;

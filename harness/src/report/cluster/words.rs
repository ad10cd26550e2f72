//! The findings of a run in sentences: what is wrong, where, when and why. The first sentence of a finding
//! can stand alone; lines that a node wrote follow it.

use std::time::Duration;

use super::conduct::{self, WIDTH_MAX};
use super::names::{self, Names, count, grouped, percent, reaches, time};
use super::silence;
use crate::cluster::checker::figures::ratio;
use crate::cluster::checker::finding::{
    Acknowledged, Finding, Gone, Storm, Unchecked, Values, Why,
};
use crate::cluster::history::Reason;
use crate::cluster::journal::{Fate, Party};
use crate::cluster::requests;
use crate::cluster::spread::{Attempt, Death};
use crate::report::fit;

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
        } => return conduct::crashed((*node, others), *time, (*exit, stderr), *owed, names),
        Finding::Broke {
            breach,
            others,
            time,
            count,
            silence,
        } => return conduct::broken(breach, others, (*time, *count), silence.as_ref(), names),
        Finding::Storm(what) => storm(what, names),
        Finding::Lost {
            nodes,
            values,
            acknowledged,
            why,
            also,
        } => lost((nodes, also), values, *acknowledged, why, names),
        Finding::Gone(values) => gone(values, names),
        Finding::Vanished {
            node,
            values,
            shown,
            asked,
        } => format!(
            "vanished: {} showed {} in a read answered at {}, and not in one asked for at {}",
            names.node(*node),
            names::values(values),
            time(*shown),
            time(*asked)
        ),
        Finding::Phantom {
            node,
            others,
            as_strings,
            shown,
            count,
            read,
            reads,
        } => {
            let (who, in_reads) = (names.and_others(*node, others), in_reads(*read, *reads));
            phantom(&who, *as_strings, (shown, *count), &in_reads)
        }
        Finding::Duplicate {
            node,
            values,
            read,
            reads,
        } => {
            let (node, values) = (names.node(*node), names::values(values));
            let in_reads = in_reads(*read, *reads);
            format!("duplicate: {node} showed {values} more than once {in_reads}")
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
            operations,
            budget,
        } => too_many_messages(*messages, *operations, *budget),
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
        Finding::Lost { .. } => "lost",
        Finding::Gone(_) => "gone with its holders",
        Finding::Vanished { .. } => "vanished",
        Finding::Phantom { .. } => "phantom",
        Finding::Duplicate { .. } => "duplicate",
        Finding::Unanswered { .. } | Finding::Unavailable { .. } => "unavailable",
        Finding::TooManyMessages { .. } => "too many messages",
        Finding::TooSlow { .. } => "too slow",
    }
}

/// Messages that stormed.
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

fn unchecked(what: &Unchecked, names: &Names<'_>) -> String {
    match what {
        Unchecked::BrokenOff => "the run never came to its end, so it can't be judged".to_owned(),
        Unchecked::NotReady => {
            "the load never began, as not every node was ready for it".to_owned()
        }
        Unchecked::NothingAcknowledged { broadcasts: 0, .. } => {
            "no client broadcast anything".to_owned()
        }
        Unchecked::NothingAcknowledged {
            broadcasts, first, ..
        } => {
            let what = match broadcasts {
                1 => "the only broadcast was not acknowledged".to_owned(),
                _ => format!("none of {broadcasts} broadcasts was acknowledged"),
            };
            let first = first.as_ref().map_or_else(String::new, |(node, reason)| {
                let (node, why) = (names.node(*node), why_not(Some(reason)));
                format!("; the first was sent to {node}: {why}")
            });
            what + &first
        }
        Unchecked::NothingRead => "no node answered its final read".to_owned(),
        Unchecked::NoAvailability => "no request counts for the availability".to_owned(),
        Unchecked::NoOperations => "there was no request to count messages for".to_owned(),
        Unchecked::NoLatencies => "no value was stable, so there is no latency".to_owned(),
    }
}

/// What `nodes` lack for one reason, and where nobody sent it `also`.
fn lost(
    (nodes, also): (&[usize], &[usize]),
    values: &Values,
    acknowledged: Acknowledged,
    why: &Why,
    names: &Names<'_>,
) -> String {
    if let Why::NotShown {
        from: Party::Client(_),
        pause,
        ..
    } = why
    {
        return not_kept(nodes, values, acknowledged, *pause, also, names);
    }
    let by = promised(values, acknowledged, names);
    let (who, lack) = match nodes[..] {
        [node] => (names.node(node), "lacks"),
        _ => (names.subject(nodes), "lack"),
    };
    let why = self::why(nodes, why, names);
    format!("lost: {who} {lack} {}{by}; {why}", names::values(values))
}

/// What the node that a client gave it to does not show, wherever else it is lacking for that.
fn not_kept(
    nodes: &[usize],
    values: &Values,
    acknowledged: Acknowledged,
    pause: Option<usize>,
    also: &[usize],
    names: &Names<'_>,
) -> String {
    let (client, them) = match values.count {
        1 => ("its client", "it"),
        _ => ("its clients", "them"),
    };
    let still = pause.map_or_else(String::new, |number| {
        format!(", after it had stood still ({}),", names.fault(number))
    });
    let by = promised(values, acknowledged, names);
    let by = by.trim_start_matches([',', ';', ' ']);
    let lacking = match also {
        [] => String::new(),
        also => format!("; lacking on {}", names.others(also, nodes)),
    };
    format!(
        "lost: {} got {} from {client}{still} and does not show {them} ({by}){lacking}",
        names.subject(nodes),
        names::values(values)
    )
}

/// Who acknowledged a value, or the first of many.
fn promised(values: &Values, acknowledged: Acknowledged, names: &Names<'_>) -> String {
    let (by, when) = (names.node(acknowledged.node), time(acknowledged.time));
    match values.named.first() {
        Some(first) if values.count > 1 => {
            format!("; of these {first} was acknowledged by {by} at {when}")
        }
        _ => format!(", acknowledged by {by} at {when}"),
    }
}

/// Why the first of these nodes lacks the first of the values.
fn why(nodes: &[usize], why: &Why, names: &Names<'_>) -> String {
    let node = nodes.first().copied().unwrap_or_default();
    let name = names.node(node);
    match why {
        Why::NotShown { from, at, pause } => {
            let still = pause.map_or_else(String::new, |number| {
                let fault = names.fault(number);
                format!(", after it had waited while {name} stood still ({fault})")
            });
            let (from, at) = (names.party(*from), time(*at));
            format!("it reached {name} at {at} from {from}{still}, and {name} does not show it")
        }
        Why::TooLate { from, at, asked } => format!(
            "it reached {name} from {} only at {}, when {name} had been asked at {}",
            names.party(*from),
            time(*at),
            time(*asked)
        ),
        Why::Dropped { attempt, pause } => dropped(node, attempt, *pause, names),
        Why::Forgotten(death) => {
            let (end, when) = (end(*death, names), time(death.time));
            format!("it had reached {name} before {end} at {when}, and no node sent it again")
        }
        Why::NeverSent { shown_by } if shown_by.is_empty() => {
            format!("no node ever sent it to {name}")
        }
        Why::NeverSent { shown_by } => {
            let had = names.others(shown_by, nodes);
            format!("{had} had it, and no node ever sent it to {name}")
        }
    }
}

fn dropped(node: usize, attempt: &Attempt, pause: Option<usize>, names: &Names<'_>) -> String {
    let (from, name, when) = (
        names.party(attempt.from),
        names.node(node),
        time(attempt.sent),
    );
    let paused = pause.map_or_else(String::new, |number| format!(" ({})", names.fault(number)));
    let fate = match attempt.fate {
        Fate::Delivered => "delivered".to_owned(),
        Fate::Lost => "lost by --loss".to_owned(),
        Fate::Cut(number) => format!("dropped by {}", names.fault(number)),
        Fate::Dead(Some(number)) => {
            format!("dropped, as {name} was down ({})", names.fault(number))
        }
        Fate::Dead(None) => format!("dropped, as {name} had crashed"),
        Fate::NoRoom => {
            format!("dropped, as {name} had not read the messages before it{paused}")
        }
        Fate::UnderWay => "still under way when the run ended".to_owned(),
    };
    format!("last attempt {from}→{name} at {when}, {fate}")
}

fn end(death: Death, names: &Names<'_>) -> String {
    let by = death.by.map(|number| names.fault(number));
    by.unwrap_or_else(|| "it crashed".to_owned())
}

/// What went down with those who held it.
pub fn gone(gone: &Gone, names: &Names<'_>) -> String {
    let Gone {
        values,
        acknowledged,
        death,
    } = gone;
    let by = promised(values, *acknowledged, names);
    let ended = match death.by {
        Some(number) => format!("ended by {}", names.fault(number)),
        None => "ended by its own crash".to_owned(),
    };
    format!(
        "gone with its holders: {}{by}; the last node to hold it was {}, {ended} at {}",
        names::values(values),
        names.node(death.node),
        time(death.time)
    )
}

/// The first few of `count` values that nobody had broadcast.
fn phantom(
    who: &str,
    as_strings: bool,
    (shown, count): (&[String], usize),
    in_reads: &str,
) -> String {
    let more = if count > shown.len() { ", …" } else { "" };
    let shown = shown.iter().map(|json| fit::short(json, WIDTH_MAX));
    let shown = shown.collect::<Vec<_>>().join(", ");
    let but = if as_strings {
        " (but as numbers, not as strings)"
    } else {
        ""
    };
    format!("phantom: {who} showed {shown}{more}, which no client had broadcast{but}, {in_reads}")
}

fn in_reads(read: Duration, reads: usize) -> String {
    let first = time(read);
    match reads {
        1 => format!("in a read answered at {first}"),
        _ => format!("in {reads} reads, the first answered at {first}"),
    }
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

fn too_many_messages(messages: u64, operations: usize, budget: f64) -> String {
    let requests = count(operations, "request", "requests");
    let each = ratio(usize::try_from(messages).unwrap_or(usize::MAX), operations);
    format!(
        "too many messages: {messages} between nodes for {requests} are {each:.2} for each, \
         more than {budget}"
    )
}

/// An error that a node answered with, by all that is known of it.
fn error(code: &str, text: &str) -> String {
    let name = requests::error_name(code).map_or_else(String::new, |name| format!(" ({name})"));
    let text = match text {
        "" => String::new(),
        text => format!(": {}", fit::short(text, WIDTH_MAX)),
    };
    format!("error {}{name}{text}", fit::short(code, WIDTH_MAX))
}

fn why_not(reason: Option<&Reason>) -> String {
    match reason {
        None => "no answer".to_owned(),
        Some(Reason::Error { code, text }) => {
            format!("it answered with {}", error(code, text))
        }
        Some(Reason::NodeDead) => "it was dead".to_owned(),
        Some(Reason::NodeDied) => "it died before it answered".to_owned(),
        Some(Reason::TimedOut) => "no answer in time".to_owned(),
        Some(Reason::RunEnded) => "no answer before the run ended".to_owned(),
        Some(Reason::Malformed) => "its reply was malformed".to_owned(),
    }
}

#[cfg(test)]
mod tests;

//! What is wrong with what reads of a set show, in sentences: what, where, when and why.

use std::time::Duration;

use super::figures::SetFigures;
use super::finding::{Acknowledged, Gone, NotAdded, SetFinding, SetWarning, Values, Why};
use super::set_full::{self, QUANTILES, SetFull, Validity};
use crate::cluster::journal::{Fate, Party};
use crate::cluster::names::{self, Names, WIDTH_MAX, time};
use crate::cluster::spread::{Attempt, Death};
use crate::cluster::stale_words;
use crate::cluster::workload::terms::Terms;
use crate::phrases::fit;

/// What makes a run invalid.
pub fn finding(finding: &SetFinding, names: &Names<'_>) -> String {
    match finding {
        SetFinding::Lost {
            nodes,
            values,
            acknowledged,
            why,
            also,
        } => lost((nodes, also), values, *acknowledged, why, names),
        SetFinding::Gone(values) => gone(values, names),
        SetFinding::Vanished {
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
        SetFinding::Phantom {
            node,
            others,
            as_strings,
            shown,
            count,
            read,
            reads,
        } => {
            let (who, in_reads) = (names.and_others(*node, others), in_reads(*read, *reads));
            phantom(
                &who,
                names.terms().given,
                *as_strings,
                (shown, *count),
                &in_reads,
            )
        }
        SetFinding::Refused {
            node,
            others,
            values,
            refusal,
            read,
            reads,
        } => {
            let who = names.and_others(*node, others);
            let shown = format!("{} {}", names::values(values), in_reads(*read, *reads));
            format!(
                "refused: {who} showed {shown}, though {}",
                refused(values, refusal, names)
            )
        }
        SetFinding::Duplicate {
            node,
            values,
            read,
            reads,
        } => {
            let (node, values) = (names.node(*node), names::values(values));
            let in_reads = in_reads(*read, *reads);
            format!("duplicate: {node} showed {values} more than once {in_reads}")
        }
    }
}

/// What a finding is called where it is counted.
pub fn label(finding: &SetFinding) -> &'static str {
    match finding {
        SetFinding::Lost { .. } => "lost",
        SetFinding::Gone(_) => "gone with its holders",
        SetFinding::Vanished { .. } => "vanished",
        SetFinding::Phantom { .. } => "phantom",
        SetFinding::Refused { .. } => "refused",
        SetFinding::Duplicate { .. } => "duplicate",
    }
}

/// Who refused a value, or the first of many.
fn refused(values: &Values, refusal: &NotAdded, names: &Names<'_>) -> String {
    let (by, when) = (names.node(refusal.node), time(refusal.time));
    let what = match values.named.first() {
        Some(first) if values.count > 1 => first.to_string(),
        _ => "it".to_owned(),
    };
    if refusal.code.is_empty() {
        return format!("{by} refused {what} at {when}");
    }
    format!(
        "{by} refused {what} at {when} with error {}, which says that it was not and will not be {}",
        refusal.code,
        names.terms().given
    )
}

/// A warning in one sentence.
pub fn warning(warning: &SetWarning, names: &Names<'_>) -> String {
    match warning {
        SetWarning::Gone(values) => gone(values, names),
        SetWarning::Partial {
            values,
            shown,
            missing,
        } => partial(values, shown, missing, names),
        SetWarning::NullList {
            node,
            others,
            reply,
            key,
            time,
            count,
        } => format!(
            "{} gave null for an empty list in {}, first at {}: write \"{key}\": [] (Go: make the slice \
             before it is marshalled)",
            names.and_others(*node, others),
            match count {
                1 => format!("a {reply}"),
                count => format!("{count} {reply} replies"),
            },
            names::time(*time),
        ),
    }
}

/// What a warning is called where it is counted.
pub fn warning_label(warning: &SetWarning) -> &'static str {
    match warning {
        SetWarning::Gone(_) => "gone with its holders",
        SetWarning::Partial { .. } => "unknown",
        SetWarning::NullList { .. } => "null for a list",
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
    let why = why.map_or_else(String::new, |why| format!("; {why}"));
    format!("lost: {who} {lack} {}{by}{why}", names::values(values))
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
            format!("; of these, value {first} was acknowledged by {by} at {when}")
        }
        _ => format!(", acknowledged by {by} at {when}"),
    }
}

/// Why the first of these nodes lacks the first of the values.
fn why(nodes: &[usize], why: &Why, names: &Names<'_>) -> Option<String> {
    let node = nodes.first().copied().unwrap_or_default();
    let name = names.node(node);
    Some(match why {
        Why::Unknown => return None,
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
        Why::Stale(answer) => stale_words::stale(*answer, names),
        Why::NeverSent { shown_by } if shown_by.is_empty() => {
            format!("no node ever sent it to {name}")
        }
        Why::NeverSent { shown_by } => {
            let had = names.others(shown_by, nodes);
            format!("{had} had it, and no node ever sent it to {name}")
        }
    })
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

/// The first few of `count` values that nobody had added.
fn phantom(
    who: &str,
    given: &str,
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
    format!("phantom: {who} showed {shown}{more}, which no client had {given}{but}, {in_reads}")
}

fn in_reads(read: Duration, reads: usize) -> String {
    let first = time(read);
    match reads {
        1 => format!("in a read answered at {first}"),
        _ => format!("in {reads} reads, the first answered at {first}"),
    }
}

fn partial(values: &Values, shown: &[usize], missing: &[usize], names: &Names<'_>) -> String {
    let of_these = match values.named.first() {
        Some(first) if values.count > 1 => format!("of these, value {first} is shown"),
        _ => "it is shown".to_owned(),
    };
    format!(
        "unknown: {} not acknowledged in time; {of_these} by {}, and not by {}",
        names::values(values),
        names.subject(shown),
        names.others(missing, shown)
    )
}

/// How many values were acknowledged, after the number of requests.
pub fn acknowledged(set: &SetFigures, terms: Terms) -> String {
    let acknowledged = names::count(set.acknowledged, terms.one, terms.many);
    format!(", {acknowledged} acknowledged")
}

/// The rows of a summary.
pub fn rows(set: &SetFigures) -> Vec<(&'static str, String)> {
    let stable = quantiles(&set.set_full.stable_latencies);
    let stable = format!("{stable} (as Maelstrom measures it)");
    let mut rows = vec![
        ("stable latency", stable),
        ("Maelstrom's rule", maelstrom(&set.set_full)),
    ];
    // It is not known where no messages are.
    if !set.spread.is_empty() {
        let spread = quantiles(&set.spread_in_milliseconds());
        rows.insert(0, ("ack to last node", spread));
    }
    rows
}

/// What Maelstrom's own rule says, in a word.
pub fn validity(validity: Validity) -> &'static str {
    match validity {
        Validity::Valid => "valid",
        Validity::Unknown => "unknown",
        Validity::Invalid => "not valid",
    }
}

fn quantiles(sorted: &[u64]) -> String {
    let quantile = |q| set_full::quantile(sorted, q);
    let [_, half, most, nearly, all] = QUANTILES.map(quantile);
    match (half, most, nearly, all) {
        (Some(half), Some(most), Some(nearly), Some(all)) => {
            format!("median {half} ms, 95% {most} ms, 99% {nearly} ms, longest {all} ms")
        }
        _ => "no value to measure".to_owned(),
    }
}

fn maelstrom(set_full: &SetFull) -> String {
    let valid = match set_full.valid {
        Validity::Valid => "valid",
        Validity::Unknown => "unknown",
        Validity::Invalid => "not valid",
    };
    format!(
        "{valid}: {} stable, {} lost, {} never read, {} stale",
        set_full.stable_count,
        set_full.lost.len(),
        set_full.never_read.len(),
        set_full.stale.len(),
    )
}

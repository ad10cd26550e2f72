//! What went wrong in a cluster, in sentences: who did it, and what it was.

use std::time::Duration;

use super::words::{VALUE_WIDTH_MAX, duration, quoted};
use super::{escape, fit};
use crate::cluster::history::Rule;

/// A breach of the protocol by a node; `guess`: what a line that is no JSON may be, in words.
pub fn broke(node: &str, rule: &Rule, guess: Option<&str>) -> String {
    let node = escape::text(node);
    match rule {
        Rule::NotJson { reason } => {
            let reason = escape::text(reason);
            let guess = guess.map_or_else(|| format!("no JSON: {reason}"), str::to_owned);
            format!("a line of {node}'s stdout is {guess}")
        }
        Rule::Lacks { field } => format!("{node} wrote a message without {field}"),
        Rule::ForeignSource { source } => {
            format!("{node} wrote a message with \"src\": {}", quoted(source))
        }
        Rule::UnknownDestination { destination } => format!(
            "{node} wrote a message to {}, but nobody in this case has that name",
            quoted(destination)
        ),
        Rule::BadReply { problem } => format!("{node}: {}", escape::text(problem)),
        Rule::NotSetUp { request, answer } => match answer {
            None => format!("{node} did not answer {request}"),
            Some(answer) => {
                let answer = fit::text(answer, VALUE_WIDTH_MAX);
                format!("{node} answered {request} with {answer}")
            }
        },
        Rule::Flood { bytes } => format!(
            "{node} wrote {} MiB and was stopped: does it write without end?",
            bytes / (1024 * 1024)
        ),
    }
}

/// A request that never got the expected answer.
pub fn asked_in_vain(place: &str, within: Duration, times: usize) -> String {
    let within = duration(within);
    match times {
        1 => format!("the request on {place} was waited for for {within}, as its @eventually says"),
        _ => format!(
            "the request on {place} was asked {times} times in {within}, and never got the \
             expected reply; what is shown is the last one"
        ),
    }
}

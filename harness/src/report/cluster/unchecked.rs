//! What could not be checked, and why a request came to nothing, as parts of sentences.

use crate::cluster::checker::finding::Unchecked;
use crate::cluster::history::Reason;
use crate::cluster::names::{Names, WIDTH_MAX};
use crate::cluster::requests;
use crate::phrases::fit;

/// Why nothing could be checked.
pub fn unchecked(what: &Unchecked, names: &Names<'_>) -> String {
    match what {
        Unchecked::BrokenOff => "the run never came to its end, so it can't be judged".to_owned(),
        Unchecked::NotReady => {
            "the load never began, as not every node was ready for it".to_owned()
        }
        Unchecked::NothingAcknowledged { requests: 0, .. } => {
            format!("there was no {}", names.terms().one)
        }
        Unchecked::NothingAcknowledged {
            requests, first, ..
        } => {
            let terms = names.terms();
            let what = match requests {
                1 => format!("the only {} was not {}", terms.one, terms.done),
                _ => format!("none of {requests} {} was {}", terms.many, terms.done),
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

/// Why a request came to nothing.
pub fn why_not(reason: Option<&Reason>) -> String {
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
        Some(Reason::ClientCrashed) => "its client had crashed".to_owned(),
    }
}

/// An error that a node answered with, by all that is known of it.
pub fn error(code: &str, text: &str) -> String {
    let name = requests::error_name(code).map_or_else(String::new, |name| format!(" ({name})"));
    let text = match text {
        "" => String::new(),
        text => format!(": {}", fit::short(text, WIDTH_MAX)),
    };
    format!("error {}{name}{text}", fit::short(code, WIDTH_MAX))
}

//! What went wrong in a cluster, in sentences: who did it, and what it was.

use std::time::Duration;

use super::cluster::conduct;
use crate::message::rule::Rule;
use crate::phrases::duration;
use crate::phrases::fit;
use crate::transcript::{IdleFault, IdleKind, Place};

/// A breach of the protocol by a node, with this line; `guess`: what one that is no JSON may be, in
/// words.
pub fn broke(node: &str, rule: &Rule, line: &[u8], guess: Option<&str>) -> String {
    let node = fit::told(node);
    match guess {
        Some(guess) => format!("a line of {node}'s stdout is {guess}"),
        None => format!("{node} {}", conduct::rule(rule, line)),
    }
}

/// Something that was done to the nodes of a case and met nothing; `input`: the case's file.
pub fn idle(fault: &IdleFault, input: &str) -> String {
    let Place { line, text } = &fault.place;
    let nothing = match fault.kind {
        IdleKind::Cut => "dropped no message",
        IdleKind::Kill => "kept no message from the node",
        IdleKind::Pause => "kept no message waiting",
        IdleKind::Restart => "took nothing from the node, which had been told nothing yet",
        IdleKind::Loss => "lost no message",
        IdleKind::Duplication => "doubled no message",
    };
    let until = match &fault.until {
        Some(until) => format!(
            " before `{}` on line {}",
            fit::told(&until.text),
            until.line
        ),
        None if fault.kind == IdleKind::Restart => String::new(),
        None => " before the case ended".to_owned(),
    };
    let advice = match &fault.until {
        Some(until) => format!(
            "; an @sleep before line {} gives messages time to meet it",
            until.line
        ),
        None => String::new(),
    };
    let text = fit::told(text);
    format!("{input}:{line}: `{text}` {nothing}{until}, so this run shows nothing about it{advice}")
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

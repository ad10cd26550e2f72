//! What went wrong in a cluster, in sentences: who did it, and what it was.

use std::time::Duration;

use super::cluster::conduct;
use crate::message::rule::Rule;
use crate::phrases::duration;
use crate::phrases::fit;

/// A breach of the protocol by a node, with this line; `guess`: what one that is no JSON may be, in
/// words.
pub fn broke(node: &str, rule: &Rule, line: &[u8], guess: Option<&str>) -> String {
    let node = fit::told(node);
    match guess {
        Some(guess) => format!("a line of {node}'s stdout is {guess}"),
        None => format!("{node} {}", conduct::rule(rule, line)),
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

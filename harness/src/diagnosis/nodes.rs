//! What nodes of a cluster did that nobody may do, and what was asked of them again in vain.

use super::{Diagnosis, Evidence, ending, lines};
use crate::message::rule::Rule;
use crate::transcript::Mishap;

pub fn crashed(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let mut mishaps = evidence.transcript.mishaps.iter();
    mishaps.find_map(|mishap| match mishap {
        Mishap::Crashed { node, exit, stderr } => Some(Diagnosis::Crashed {
            node: node.clone(),
            exit: *exit,
            last_words: ending::last_words(stderr),
        }),
        Mishap::Broke { .. } => None,
    })
}

/// The first breach of the protocol; all are counted.
pub fn broke(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let mishaps = evidence.transcript.mishaps.iter();
    let mut breaches = mishaps.filter_map(|mishap| match mishap {
        Mishap::Broke { node, rule, line } => Some((node, rule, line)),
        Mishap::Crashed { .. } => None,
    });
    let (node, rule, line) = breaches.next()?;
    let guess = matches!(rule, Rule::NotJson { .. }).then(|| lines::guess_of(line));
    Some(Diagnosis::Broke {
        node: node.clone(),
        rule: rule.clone(),
        bytes: line.clone(),
        guess,
        count: 1 + breaches.count(),
    })
}

pub fn asked_in_vain(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let asked = evidence.transcript.asked_in_vain.first()?;
    Some(Diagnosis::AskedInVain {
        request: asked.line,
        within: asked.within,
        times: asked.times,
    })
}

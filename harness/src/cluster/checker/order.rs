//! In which order findings and warnings are told: by cause, and one of each kind before any repeats.
//!
//! A reader mends the first and runs again: so what a node did wrong by itself comes before what came
//! of it, and forty values that one cut cost hide nothing else.

use super::finding::{Finding, Unchecked, Warning};
use crate::message::rule::Rule;

/// The place of a kind among others, and within the kind that of a cause.
type Rank = (u8, u8);

/// Findings in the order in which they are told.
pub fn findings(all: Vec<Finding>) -> Vec<Finding> {
    one_of_each_first(all, finding)
}

/// Warnings in the order in which they are told.
pub fn warnings(all: Vec<Warning>) -> Vec<Warning> {
    one_of_each_first(all, |one| (warning(one), 0))
}

/// One of each kind, then one of each cause that is not among these, then all others; each by rank,
/// and of one rank in the order in which they came.
fn one_of_each_first<T>(mut all: Vec<T>, rank: impl Fn(&T) -> Rank) -> Vec<T> {
    all.sort_by_key(&rank);
    let (mut kinds, mut causes, mut repeats) = (Vec::new(), Vec::new(), Vec::new());
    let mut last = None;
    for one in all {
        let rank = rank(&one);
        match last.replace(rank) {
            Some(before) if before == rank => repeats.push(one),
            Some((kind, _)) if kind == rank.0 => causes.push(one),
            _ => kinds.push(one),
        }
    }
    kinds.extend(causes);
    kinds.extend(repeats);
    kinds
}

fn finding(finding: &Finding) -> Rank {
    match finding {
        Finding::Crashed { .. } => (0, 0),
        // Each rule is a kind: lines that are no JSON explain no reply to the wrong client.
        Finding::Broke { breach, .. } => (1 + rule(&breach.rule), 0),
        Finding::Storm(_) => (20, 0),
        Finding::Unchecked(what) => (21, unchecked(what)),
        Finding::Workload(what) => {
            let (kind, cause) = what.rank();
            (30 + kind, cause)
        }
        Finding::Unanswered { .. } => (50, 0),
        Finding::Unavailable { .. } => (51, 0),
        Finding::TooManyMessages { .. } => (52, 0),
        Finding::TooSlow { .. } => (53, 0),
    }
}

fn rule(rule: &Rule) -> u8 {
    match rule {
        Rule::NotJson { .. } => 0,
        Rule::Lacks { .. } => 1,
        Rule::Malformed(_) => 2,
        Rule::ForeignSource { .. } => 3,
        Rule::UnknownDestination { .. } => 4,
        Rule::BadReply(_) => 5,
        Rule::Flood { .. } => 6,
        // A node may not be ready as what it wrote broke another rule.
        Rule::NotSetUp { .. } => 7,
    }
}

fn unchecked(what: &Unchecked) -> u8 {
    match what {
        Unchecked::BrokenOff => 0,
        Unchecked::NotReady => 1,
        Unchecked::NothingAcknowledged { .. } => 2,
        Unchecked::NothingRead => 3,
        Unchecked::NoAvailability => 4,
        Unchecked::NoOperations => 5,
        Unchecked::NoLatencies => 6,
    }
}

fn warning(warning: &Warning) -> u8 {
    match warning {
        Warning::Storm(_) => 0,
        Warning::Resent { .. } => 1,
        Warning::Workload(what) => 10 + what.rank(),
        Warning::AnsweredTwice { .. } | Warning::UnknownRequest { .. } => 22,
        Warning::SharedKey(_) => 2,
        Warning::ServiceErrors(_) => 3,
        Warning::IdleKind { .. } => 23,
        Warning::OnlyRings { .. } => 24,
        Warning::NothingLost => 25,
        Warning::NothingDuplicated => 26,
        Warning::IdleFault(_) => 27,
        Warning::LeftOut(_) => 28,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_each_kind_comes_before_other_causes_and_those_before_repeats() {
        let ranks = vec![(2, 1), (1, 0), (2, 1), (1, 0), (2, 0), (3, 0), (2, 0)];
        let numbered: Vec<_> = ranks.into_iter().zip(0..).collect();
        let told = one_of_each_first(numbered, |(rank, _)| *rank);
        let order: Vec<_> = told.into_iter().map(|(_, number)| number).collect();
        // 1, 2 and 3; then the other cause of 2; then what repeats each.
        assert_eq!(order, [1, 4, 5, 0, 3, 6, 2]);
    }
}

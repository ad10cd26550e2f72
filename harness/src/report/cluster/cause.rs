//! Which runs failed for one cause: it is told once.

use std::collections::BTreeSet;

use super::{summary, words};
use crate::cluster::checker::finding::Finding;
use crate::cluster::judged::Judged;

/// What invalid runs have in common that have one cause: the same findings, and the first of them in the same
/// words, up to names and numbers, where it is about what a node wrote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunCause {
    /// What the findings are called.
    pub labels: Vec<&'static str>,
    words: String,
}

impl RunCause {
    pub fn of(judged: &Judged) -> Self {
        let findings = &judged.verdict.findings;
        let mut labels: Vec<_> = findings.iter().map(words::label).collect();
        let mut seen = BTreeSet::new();
        labels.retain(|label| seen.insert(*label));
        let wrote =
            |first: &&Finding| matches!(first, Finding::Crashed { .. } | Finding::Broke { .. });
        let first = findings.first().filter(wrote);
        let names = summary::names(judged);
        let words = first.map(|first| words::finding(first, &names).join("\n"));
        Self {
            labels,
            words: without_numbers(&words.unwrap_or_default()),
        }
    }
}

/// A text in which each number is the same.
fn without_numbers(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars() {
        if !letter.is_ascii_digit() {
            plain.push(letter);
        } else if !plain.ends_with('0') {
            plain.push('0');
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_not_told_apart() {
        let [one, other] = ["n1 exited at 3.51 s", "n12 exited at 0.2 s"].map(without_numbers);
        assert_eq!(one, other);
        assert_ne!(one, without_numbers("n1 exited at once"));
    }
}

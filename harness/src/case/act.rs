//! What the lines between two messages do to a case's cluster. Pure, and only what is written:
//! [`super::fates`] knows what makes sense when, and [`crate::script::cluster`] does it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::argument;
use super::cluster::Cluster;
use super::syntax::{Problem, Refusal, SyntaxWord};
use crate::net::fault::Cut;

/// The verbs that do something to a cluster.
pub const VERBS: [&str; 9] = [
    "kill",
    "restart",
    "pause",
    "resume",
    "cut",
    "heal",
    "loss",
    "duplicate",
    "eventually",
];

/// Something that is done to a cluster.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    Kill(usize),
    /// This node is killed, if it lives, and started again at once.
    Restart(usize),
    Pause(usize),
    Resume(usize),
    Cut(Cut),
    /// Everything is healed but death.
    Heal,
    /// From now on, messages between nodes get lost with this probability.
    Lose(f64),
    /// From now on, messages between nodes arrive twice with this probability.
    Duplicate(f64),
}

impl Act {
    /// Reads what one of [`VERBS`] does; `column`: where its argument would stand.
    ///
    /// # Errors
    /// What is wrong with its argument.
    pub fn parse(
        verb: &'static str,
        column: usize,
        words: &[SyntaxWord<'_>],
        cluster: &Cluster,
    ) -> Result<Self, Refusal> {
        let node = || {
            let word = only(verb, "the name of one node", column, words)?;
            cluster.node(&word)
        };
        let probability = || {
            let wants = "a probability, as in `0.1`";
            let word = only(verb, wants, column, words)?;
            let found = word.text.parse().ok().filter(|p| (0.0..=1.0).contains(p));
            found.ok_or_else(|| word.refused(verb, wants))
        };
        Ok(match verb {
            "kill" => Self::Kill(node()?),
            "restart" => Self::Restart(node()?),
            "pause" => Self::Pause(node()?),
            "resume" => Self::Resume(node()?),
            "loss" => Self::Lose(probability()?),
            "duplicate" => Self::Duplicate(probability()?),
            "cut" => Self::Cut(cut(column, words, cluster)?),
            _ => match words.first() {
                None => Self::Heal,
                Some(word) => return Err(word.refused(verb, "no argument: it heals everything")),
            },
        })
    }
}

/// How long an `@eventually` asks.
pub fn within(column: usize, words: &[SyntaxWord<'_>]) -> Result<Duration, Refusal> {
    let wants = "a time above zero, as in `3s`";
    let word = only("eventually", wants, column, words)?;
    argument::positive(word.text).ok_or_else(|| word.refused("eventually", wants))
}

fn only<'line>(
    verb: &'static str,
    wants: &'static str,
    column: usize,
    words: &[SyntaxWord<'line>],
) -> Result<SyntaxWord<'line>, Refusal> {
    match words {
        [word] => Ok(*word),
        [] => Err(SyntaxWord { column, text: "" }.refused(verb, wants)),
        [_, surplus, ..] => Err(surplus.refused(verb, wants)),
    }
}

/// Parts with `|` between them, or two of them with `->`.
fn cut(column: usize, words: &[SyntaxWord<'_>], cluster: &Cluster) -> Result<Cut, Refusal> {
    let wants = "nodes on both sides, as in `n0 n1 | n2` or `n0 -> n2`";
    let mut parts = vec![Vec::new()];
    let mut signs = BTreeSet::new();
    for word in words {
        if word.text == "|" || word.text == "->" {
            signs.insert(word.text);
            parts.push(Vec::new());
            continue;
        }
        let node = cluster.node(word)?;
        if parts.iter().flatten().any(|known| *known == node) {
            return Err(word.refused("cut", "each node once"));
        }
        if let Some(part) = parts.last_mut() {
            part.push(node);
        }
    }
    let one_way = signs.contains("->");
    let is_whole = signs.len() == 1 && parts.iter().all(|part| !part.is_empty());
    let mut parts = parts.into_iter();
    match (parts.next(), parts.next(), parts.len()) {
        (Some(from), Some(to), 0) if is_whole && one_way => Ok(Cut::OneWay(from, to)),
        (Some(first), Some(second), _) if is_whole && !one_way => {
            let all = [first, second].into_iter().chain(parts);
            Ok(Cut::Split(all.collect()))
        }
        _ => {
            let texts: Vec<_> = words.iter().map(|word| word.text).collect();
            let found = texts.join(" ");
            let verb = "cut";
            Err((column, Problem::BadArgument { verb, wants, found }))
        }
    }
}

//! What can be wrong with ids, with its evidence, and how it is told.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::UniqueId;
use crate::cluster::names::{Names, WIDTH_MAX, count, grouped, time};
use crate::phrases::fit;

/// That a node gave an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    pub node: usize,
    pub time: Duration,
}

/// An id that came again.
#[derive(Debug, Clone, PartialEq)]
pub struct DuplicateId {
    /// The earliest of those that came again.
    pub id: UniqueId,
    /// Who gave it first.
    pub first: Given,
    pub second: Given,
    /// How many replies had it.
    pub times: usize,
    /// How many ids came more than once.
    pub ids: usize,
}

/// Different ids that are one number to a program that takes numbers for doubles.
#[derive(Debug, Clone, PartialEq)]
pub struct SameDouble {
    /// An example: two of them.
    pub ids: [UniqueId; 2],
    /// How many such numbers there are.
    pub numbers: usize,
}

/// What was measured of ids.
#[derive(Debug, Clone, PartialEq)]
pub struct IdFigures {
    /// How many were asked for.
    pub attempted: usize,
    pub given: usize,
    /// Those that came more than once, as JSON, and how often; the first few.
    pub duplicated: Vec<(String, usize)>,
    /// How many came more than once.
    pub duplicated_count: usize,
}

impl DuplicateId {
    pub fn words(&self, names: &Names<'_>) -> String {
        let id = fit::short(&self.id.0.to_string(), WIDTH_MAX);
        let at = |given: Given| format!("at {}", time(given.time));
        let (first, second) = (self.first, self.second);
        let who = if first.node == second.node {
            let node = names.node(first.node);
            format!("{node} gave id {id} {} and again {}", at(first), at(second))
        } else {
            let [one, other] = [first.node, second.node].map(|node| names.node(node));
            format!(
                "{one} gave id {id} {}, and {other} the same {}",
                at(first),
                at(second)
            )
        };
        let times = match self.times {
            2 => String::new(),
            times => format!(" ({times} times in all)"),
        };
        let more = match self.ids.saturating_sub(1) {
            0 => String::new(),
            1 => "; one other id came more than once".to_owned(),
            more => format!("; {more} other ids came more than once"),
        };
        format!("duplicate id: {who}{times}{more}")
    }
}

impl SameDouble {
    pub fn words(&self) -> String {
        let [one, other] = &self.ids;
        let more = match self.numbers.saturating_sub(1) {
            0 => String::new(),
            1 => " (and so are two others)".to_owned(),
            more => format!(" (as in {more} other cases)"),
        };
        format!(
            "the ids {} and {} differ, but are one number as doubles{more}: a program that reads JSON \
             numbers as doubles (JavaScript; Go into an interface{{}}) takes them for duplicates",
            one.0, other.0
        )
    }
}

impl IdFigures {
    /// What Maelstrom's own rule says, in a word.
    pub fn maelstrom(&self) -> &'static str {
        if self.duplicated_count == 0 && self.given > 0 {
            "valid"
        } else {
            "not valid"
        }
    }

    /// What became of the requests, after their number.
    pub fn requests(&self) -> String {
        format!(", {} given", count(self.given, "id", "ids"))
    }

    /// The rows of a summary.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let counts = match (self.given, self.duplicated_count) {
            (0, 0) => "no id was given".to_owned(),
            (_, duplicated) => format!("{} duplicated", grouped(duplicated as u64)),
        };
        let says = format!("{}: {counts}", self.maelstrom());
        vec![("Maelstrom's rule", says)]
    }

    /// For programs; Maelstrom's figures under its names.
    pub fn results(&self) -> Map<String, Value> {
        let duplicated = self.duplicated.iter();
        let duplicated: Map<_, _> = duplicated
            .map(|(id, times)| (id.clone(), (*times).into()))
            .collect();
        let maelstrom = json!({
            "valid?": self.maelstrom() == "valid",
            "attempted-count": self.attempted,
            "acknowledged-count": self.given,
            "duplicated-count": self.duplicated_count,
            "duplicated": duplicated,
        });
        Map::from_iter([("maelstrom".to_owned(), maelstrom)])
    }
}

#[cfg(test)]
mod tests {
    use super::IdFigures;

    #[test]
    fn maelstroms_rule_says_why_it_is_broken() {
        let says = |given, duplicated_count| {
            let figures = IdFigures {
                attempted: 3,
                given,
                duplicated: Vec::new(),
                duplicated_count,
            };
            figures.rows()[0].1.clone()
        };
        assert_eq!(says(3, 0), "valid: 0 duplicated");
        assert_eq!(says(3, 1), "not valid: 1 duplicated");
        assert_eq!(says(0, 0), "not valid: no id was given");
    }
}

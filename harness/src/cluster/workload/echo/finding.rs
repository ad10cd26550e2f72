//! What can be wrong with echoes, with its evidence, and how it is told.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::cluster::names::{Names, WIDTH_MAX, count, time};
use crate::phrases::fit;

/// A node sent back something else than it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct WrongEcho {
    /// The first node that did.
    pub node: usize,
    pub others: Vec<usize>,
    /// What it was sent the first time.
    pub sent: String,
    pub got: Value,
    pub time: Duration,
    /// How often they did so.
    pub count: usize,
}

/// What was measured of echoes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EchoFigures {
    pub right: usize,
    pub wrong: usize,
    /// How many were refused for certain.
    pub refused: usize,
}

impl WrongEcho {
    pub fn words(&self, names: &Names<'_>) -> String {
        let who = names.and_others(self.node, &self.others);
        let [sent, got] = [Value::from(self.sent.as_str()), self.got.clone()]
            .map(|value| fit::short(&value.to_string(), WIDTH_MAX));
        let times = match self.count {
            1 => String::new(),
            count => format!(" ({count} times)"),
        };
        let since = if self.others.is_empty() && self.count == 1 {
            format!("at {}", time(self.time))
        } else {
            format!("from {} on", time(self.time))
        };
        format!("wrong echo: {who} replied with {got} to {sent} {since}{times}")
    }
}

impl EchoFigures {
    /// What Maelstrom's own rule says, in a word: a refusal is as wrong as a wrong echo, and something must
    /// be right.
    pub fn maelstrom(&self) -> &'static str {
        if self.wrong + self.refused == 0 && self.right > 0 {
            "valid"
        } else {
            "not valid"
        }
    }

    /// What became of the requests, after their number.
    pub fn requests(&self) -> String {
        format!(", {} right", count(self.right, "echo", "echoes"))
    }

    /// The rows of a summary.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let (wrong, refused) = (self.wrong, self.refused);
        let counts = if self.right + wrong + refused == 0 {
            "no echo came back".to_owned()
        } else {
            format!("{wrong} wrong, {refused} refused")
        };
        let says = format!("{}: {counts}", self.maelstrom());
        vec![("Maelstrom's rule", says)]
    }

    pub fn results(&self) -> Map<String, Value> {
        let echoes = json!({"right": self.right, "wrong": self.wrong, "refused": self.refused});
        let maelstrom = json!({"valid?": self.maelstrom() == "valid"});
        let all = [("echoes", echoes), ("maelstrom", maelstrom)];
        all.into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::EchoFigures;

    #[test]
    fn maelstroms_rule_says_why_it_is_broken() {
        let says = |(right, wrong, refused)| {
            let figures = EchoFigures {
                right,
                wrong,
                refused,
            };
            figures.rows()[0].1.clone()
        };
        assert_eq!(says((1, 0, 0)), "valid: 0 wrong, 0 refused");
        assert_eq!(says((1, 2, 3)), "not valid: 2 wrong, 3 refused");
        assert_eq!(says((0, 0, 0)), "not valid: no echo came back");
    }
}

//! What was measured of transactions.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::cluster::names::{count, grouped};
use crate::txn::analysis::Analysis;
use crate::txn::model::{Model, RuledOut};
use crate::txn::{Ended, Transaction};

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct TxnFigures {
    pub committed: usize,
    /// How many certainly did not happen.
    pub aborted: usize,
    /// Of how many it is not known.
    pub unknown: usize,
    /// How many objects there are.
    pub keys: usize,
    /// How many dependencies there are.
    pub edges: usize,
    /// The models that they were to keep.
    pub models: Vec<Model>,
    /// The anomalies that were found, allowed ones included, and how many of each.
    pub anomalies: Vec<(&'static str, usize)>,
    /// Those of them that none of these models forbids.
    pub allowed: Vec<&'static str>,
    /// The models that don't hold.
    pub ruled_out: RuledOut,
    /// Whether Elle finds nothing wrong, as far as that is known.
    pub elle: Option<bool>,
}

impl TxnFigures {
    /// Those of an analyzed history.
    ///
    /// `load`: the transactions of clients; `elle`: whether Elle finds nothing wrong with these.
    pub fn of(
        load: &[Transaction<'_>],
        analysis: &Analysis,
        models: &[Model],
        elle: Option<bool>,
    ) -> Self {
        let ended = |how| load.iter().filter(move |it| it.ended == how).count();
        let kinds: BTreeSet<_> = analysis.anomalies.iter().map(|it| it.kind).collect();
        let is_allowed = |kind| !models.iter().any(|model| model.forbids_strictly(kind));
        let found = analysis.anomalies.iter();
        let allowed = kinds.iter().filter(|kind| is_allowed(**kind));
        Self {
            committed: ended(Ended::Committed),
            aborted: ended(Ended::Aborted),
            unknown: ended(Ended::Unknown),
            keys: analysis.keys,
            edges: analysis.edges,
            models: models.to_vec(),
            anomalies: found.map(|it| (it.kind.name(), it.count)).collect(),
            allowed: allowed.map(|kind| kind.name()).collect(),
            ruled_out: RuledOut::by(&kinds),
            elle,
        }
    }

    /// What Maelstrom's own rule says, in a word; it can't judge what has no dependency.
    pub fn maelstrom(&self) -> &'static str {
        match (self.elle, self.committed) {
            (Some(false), _) => "not valid",
            (None, _) | (Some(true), 0) => "unknown",
            (Some(true), _) => "valid",
        }
    }

    /// What became of the requests, after their number.
    pub fn requests(&self) -> String {
        format!(", {} committed, {} aborted", self.committed, self.aborted)
    }

    /// The rows of a summary.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![("transactions", self.graph())];
        rows.push(("must hold", names(&self.models)));
        if !self.allowed.is_empty() {
            rows.push(("allowed there", self.allowed.join(", ")));
        }
        if !self.ruled_out.not.is_empty() {
            rows.push(("do not hold", names(&self.ruled_out.not)));
        }
        rows.push(("Maelstrom's rule", self.maelstrom().to_owned()));
        rows
    }

    fn graph(&self) -> String {
        let keys = count(self.keys, "key", "keys");
        let edges = grouped(self.edges as u64);
        let noun = if self.edges == 1 {
            "dependency"
        } else {
            "dependencies"
        };
        let unknown = grouped(self.unknown as u64);
        format!("{unknown} of unknown outcome; {keys}, {edges} {noun}")
    }

    /// For programs; Elle's figures under its names.
    pub fn results(&self) -> Map<String, Value> {
        let names = |models: &[Model]| models.iter().map(|model| model.name()).collect::<Value>();
        let anomalies = self.anomalies.iter();
        let counts: Map<_, _> = anomalies
            .map(|(name, count)| ((*name).to_owned(), (*count).into()))
            .collect();
        let maelstrom = match self.maelstrom() {
            "unknown" => Value::from("unknown"),
            word => (word == "valid").into(),
        };
        let results = [
            ("maelstrom", json!({"valid?": maelstrom})),
            ("consistency-models", names(&self.models)),
            ("anomalies", counts.into()),
            ("not", names(&self.ruled_out.not)),
            ("also-not", names(&self.ruled_out.also_not)),
            ("committed", self.committed.into()),
            ("aborted", self.aborted.into()),
            ("unknown", self.unknown.into()),
        ];
        let results = results.into_iter();
        results
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

fn names(models: &[Model]) -> String {
    let names: Vec<_> = models.iter().map(|model| model.name()).collect();
    names.join(", ")
}

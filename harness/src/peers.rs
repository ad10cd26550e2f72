//! The names that a case's `.in` uses and its `.expected` binds: what they stand for, as far as the
//! node has said it. So the harness, playing everybody else, answers what the node sends. Pure.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use crate::case::{ExpectedLine, Step, StepPlaceholder};
use crate::matching::actual;
use crate::matching::bindings::Bindings;
use crate::matching::compare;
use crate::matching::difference::Rules;
use crate::transcript::InVain;

/// The names of one run.
#[derive(Debug)]
pub struct Peers<'case> {
    rules: &'case Rules,
    /// The expected messages that bind a name and haven't come yet.
    awaited: Vec<&'case ExpectedLine>,
    used: BTreeSet<String>,
    bindings: Bindings,
}

impl<'case> Peers<'case> {
    /// Nobody has said anything yet.
    pub fn of(steps: &'case [Step], expected: &'case [ExpectedLine], rules: &'case Rules) -> Self {
        let names = steps.iter().filter_map(|step| match step {
            Step::Send { names, .. } => Some(names),
            Step::Sleep { .. } | Step::Act { .. } => None,
        });
        let used = names.flatten().map(|name| name.name.clone());
        Self::about(used.collect(), expected, rules)
    }

    /// The same for some names.
    pub fn about(
        used: BTreeSet<String>,
        expected: &'case [ExpectedLine],
        rules: &'case Rules,
    ) -> Self {
        let binds = |line: &&ExpectedLine| {
            let mut names = BTreeSet::new();
            line.collect_names(&mut names);
            names.iter().any(|name| used.contains(name))
        };
        Self {
            rules,
            awaited: expected.iter().filter(binds).collect(),
            used,
            bindings: Bindings::default(),
        }
    }

    /// Whether any name is still to be bound.
    pub fn are_awaited(&self) -> bool {
        !self.awaited.is_empty()
    }

    /// The node wrote a line: it may be one that binds a name.
    pub fn heard(&mut self, number: usize, line: &[u8]) {
        if !self.are_awaited() {
            return;
        }
        let line = actual::read(number, line);
        let is_it = |expected: &&ExpectedLine| {
            compare::matches(expected, &line, self.rules, &mut self.bindings)
        };
        if let Some(position) = self.awaited.iter().position(is_it) {
            self.awaited.remove(position);
        }
    }

    /// Whether a line is what is expected, given what is known, by these rules.
    pub fn agree(&self, expected: &ExpectedLine, line: &[u8], rules: &Rules) -> bool {
        let line = actual::read(0, line);
        compare::matches(expected, &line, rules, &mut self.bindings.clone())
    }

    /// A message with the values in place of its names; `None` while one isn't known.
    pub fn fill_in<'bytes>(
        &self,
        bytes: &'bytes [u8],
        names: &[StepPlaceholder],
    ) -> Option<Cow<'bytes, [u8]>> {
        if names.is_empty() {
            return Some(Cow::Borrowed(bytes));
        }
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        for name in names {
            let value = self.bindings.named(&name.name)?;
            text = text.replace(
                &Value::from(name.text.as_str()).to_string(),
                &value.to_string(),
            );
        }
        Some(Cow::Owned(text.into_bytes()))
    }

    /// That a line is held back to the end for one of these names, which stands for nothing yet.
    pub fn held_back(&self, line: usize, names: &[StepPlaceholder]) -> InVain {
        let unbound = names.iter().find(|name| !self.is_bound(&name.text));
        InVain {
            line,
            name: unbound.map(|name| name.text.clone()),
            came_late: false,
            rested: Duration::ZERO,
        }
    }

    /// Whether it is known what a placeholder stands for.
    pub fn is_bound(&self, text: &str) -> bool {
        let inner = text.trim_start_matches('<').trim_end_matches('>');
        let name = inner.split_once(':').map_or(inner, |(_, name)| name);
        self.bindings.named(name).is_some()
    }

    /// What the names that the `.in` uses stand for.
    pub fn names(&self) -> BTreeMap<String, Value> {
        let value = |name: &String| Some((name.clone(), self.bindings.named(name)?.clone()));
        self.used.iter().filter_map(value).collect()
    }
}

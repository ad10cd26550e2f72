//! Which values could match which patterns, found without holding each against each.
//!
//! Patterns that have their fixed scalars at the same places are one shape; for each shape the
//! values are sorted once by what they have there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::path::Path;
use crate::case::pattern::Pattern;
use crate::number;

/// Fixed scalars, each with its place.
type Fixed = BTreeMap<Path, String>;

/// For each of the left, those of the right that it could be paired with. Lefts that say the same
/// have one list: thousands of equal messages need no thousands of long lists.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    lists: Vec<Vec<usize>>,
    /// For each left, which list is its.
    list_of: Vec<usize>,
}

impl Candidates {
    /// Adds a list, and says which one it is.
    pub fn add_list(&mut self, list: Vec<usize>) -> usize {
        self.lists.push(list);
        self.lists.len() - 1
    }

    /// Adds a left with this list.
    pub fn add_left(&mut self, list: usize) {
        self.list_of.push(list);
    }

    /// How many lists there are.
    pub fn lists(&self) -> usize {
        self.lists.len()
    }

    /// How many lefts there are.
    pub fn lefts(&self) -> usize {
        self.list_of.len()
    }

    pub fn list(&self, list: usize) -> &[usize] {
        self.lists.get(list).map(Vec::as_slice).unwrap_or_default()
    }

    /// Which list is that of a left.
    pub fn list_of(&self, left: usize) -> Option<usize> {
        self.list_of.get(left).copied()
    }

    /// The candidates of a left.
    pub fn of(&self, left: usize) -> &[usize] {
        self.list_of(left)
            .map(|list| self.list(list))
            .unwrap_or_default()
    }
}

/// A pattern, and a text that it has in common only with those that match the same values.
#[derive(Debug, Clone)]
pub struct Spelt<'a> {
    pub pattern: &'a Pattern,
    pub text: String,
}

impl<'a> Spelt<'a> {
    /// A pattern of which every word counts.
    pub fn wholly(pattern: &'a Pattern) -> Self {
        let text = pattern.to_value().to_string();
        Self { pattern, text }
    }
}

/// For each pattern, those of the values that it matches when names are left aside. Places that
/// `is_open` names may hold anything.
pub fn find(
    patterns: &[Spelt<'_>],
    values: &[&Value],
    is_open: &dyn Fn(&Path) -> bool,
    matches: &mut dyn FnMut(usize, usize) -> bool,
) -> Candidates {
    let mut by_shape: BTreeMap<Vec<Path>, BTreeMap<Vec<String>, Vec<usize>>> = BTreeMap::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found = Candidates::default();
    for (left, Spelt { pattern, text }) in patterns.iter().enumerate() {
        let list = *known.entry(text).or_insert_with(|| {
            let mut fixed = Fixed::new();
            collect(pattern, &mut Path::default(), is_open, &mut fixed);
            let shape: Vec<_> = fixed.keys().cloned().collect();
            let sorted = by_shape
                .entry(shape)
                .or_insert_with_key(|shape| sort(shape, values));
            let key: Vec<_> = fixed.into_values().collect();
            let likely = sorted.get(&key).into_iter().flatten().copied();
            found.add_list(likely.filter(|right| matches(left, *right)).collect())
        });
        found.add_left(list);
    }
    found
}

fn collect(pattern: &Pattern, path: &mut Path, is_open: &dyn Fn(&Path) -> bool, fixed: &mut Fixed) {
    if is_open(path) {
        return;
    }
    match pattern {
        Pattern::Scalar(value) => _ = fixed.insert(path.clone(), key(value)),
        Pattern::Object { fields, .. } => {
            for (name, field) in fields {
                path.push_key(name);
                collect(field, path, is_open, fixed);
                path.pop();
            }
        }
        Pattern::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                path.push_index(index);
                collect(element, path, is_open, fixed);
                path.pop();
            }
        }
        Pattern::Unordered(_) | Pattern::Placeholder { .. } => {}
    }
}

/// The values by what they have at the places; those that have no scalar there are left out.
fn sort(shape: &[Path], values: &[&Value]) -> BTreeMap<Vec<String>, Vec<usize>> {
    let mut sorted: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
    for (right, value) in values.iter().enumerate() {
        let at = |path: &Path| {
            path.value_in(value)
                .filter(|value| is_scalar(value))
                .map(key)
        };
        if let Some(keys) = shape.iter().map(at).collect::<Option<Vec<_>>>() {
            sorted.entry(keys).or_default().push(right);
        }
    }
    sorted
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// The same text for the same scalar.
fn key(value: &Value) -> String {
    let digits = value.as_number().map(number::canonical);
    digits.unwrap_or_else(|| value.to_string())
}

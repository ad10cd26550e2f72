//! Which values could match which patterns, found without holding each against each.
//!
//! Patterns that have their fixed scalars at the same places are one shape; for each shape the
//! values are sorted once by what they have there.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::compare;
use super::path::Path;
use crate::case::pattern::Pattern;
use crate::number;

/// Fixed scalars, each with its place.
type Fixed = BTreeMap<Path, String>;

/// For each pattern, those of the values that it matches when names are left aside. Places that
/// `is_open` names may hold anything.
pub fn find(
    patterns: &[&Pattern],
    values: &[&Value],
    is_open: &dyn Fn(&Path) -> bool,
    matches: &mut dyn FnMut(usize, usize) -> bool,
) -> Vec<Vec<usize>> {
    let mut by_shape: BTreeMap<Vec<Path>, BTreeMap<Vec<String>, Vec<usize>>> = BTreeMap::new();
    let mut known: BTreeMap<String, Rc<Vec<usize>>> = BTreeMap::new();
    let mut found = Vec::with_capacity(patterns.len());
    for (left, pattern) in patterns.iter().enumerate() {
        let text = pattern.to_value().to_string();
        let list = known.entry(text).or_insert_with(|| {
            let mut fixed = Fixed::new();
            collect(pattern, &mut Path::default(), is_open, &mut fixed);
            let shape: Vec<_> = fixed.keys().cloned().collect();
            let sorted = by_shape
                .entry(shape)
                .or_insert_with_key(|shape| sort(shape, values));
            let key: Vec<_> = fixed.into_values().collect();
            let likely = sorted.get(&key).into_iter().flatten().copied();
            Rc::new(likely.filter(|right| matches(left, *right)).collect())
        });
        found.push(list.to_vec());
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
    match value {
        Value::Number(number) => number::canonical(number),
        other => other.to_string(),
    }
}

/// For each pattern, those of the values that it is like, wherever they stand.
pub fn alike(patterns: &[&Pattern], values: &[&Value]) -> Vec<Vec<usize>> {
    let mut matches = |left: usize, right: usize| match (patterns.get(left), values.get(right)) {
        (Some(pattern), Some(value)) => compare::is_like(pattern, value),
        _ => false,
    };
    find(patterns, values, &|_| false, &mut matches)
}

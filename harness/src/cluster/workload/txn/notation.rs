//! How keys, values and operations of transactions are written in sentences.

use crate::cluster::names::WIDTH_MAX;
use crate::phrases::fit;
use crate::txn::atom::Atom;
use crate::txn::{Access, MicroOperation, ObjectKind, Observed};

/// How many elements of a list are told: the last.
const ELEMENTS_MAX: usize = 8;

/// A version that was read: of a list it has the last element.
pub fn version(key: &Atom, value: Option<&Atom>, objects: ObjectKind) -> String {
    match (value, objects) {
        (Some(value), ObjectKind::List) => format!("key {key} up to {value}"),
        (Some(value), ObjectKind::Register) => format!("key {key} as {value}"),
        (None, _) => format!("key {key} as empty"),
    }
}

/// Operations, as in `r x = [1, 2], append y 3`.
pub fn operations(operations: &[MicroOperation], objects: ObjectKind) -> String {
    let told = operations.iter().map(|operation| {
        let key = &operation.key;
        match &operation.access {
            Access::Read(Observed::Nothing) => format!("r {key} = null"),
            Access::Read(Observed::One(value)) => format!("r {key} = {value}"),
            Access::Read(Observed::List(values)) => format!("r {key} = {}", list(values)),
            Access::Write(value) if objects == ObjectKind::List => format!("append {key} {value}"),
            Access::Write(value) => format!("w {key} {value}"),
        }
    });
    fit::short(&told.collect::<Vec<_>>().join(", "), WIDTH_MAX)
}

/// A list: of a long one the last elements.
pub fn list(values: &[Atom]) -> String {
    let skipped = values.len().saturating_sub(ELEMENTS_MAX);
    let told = values.iter().skip(skipped).map(ToString::to_string);
    let told = told.collect::<Vec<_>>().join(", ");
    match skipped {
        0 => format!("[{told}]"),
        _ => format!("[… {told}]"),
    }
}

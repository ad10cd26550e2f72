//! Why a case failed, as records.

use serde::Serialize;
use serde_json::Value;

use super::super::{causes, names};
use super::value;
use crate::case::CaseFiles;
use crate::diagnosis::Diagnosis;
use crate::escape::file_name;
use crate::excerpt::{Excerpt, Row};
use crate::matching::bindings::Binding;
use crate::matching::difference::{Difference, DifferenceKind};

/// Where the output parts from what was expected.
#[derive(Debug, Clone, Serialize)]
pub struct MismatchRecord {
    kind: &'static str,
    expected_line: usize,
    stdout_line: Option<usize>,
    came_on_line: Option<usize>,
    past_end: bool,
    differences: Vec<DifferenceRecord>,
    rows: Vec<RowRecord>,
    renamed: Vec<RenamedRecord>,
}

#[derive(Debug, Clone, Serialize)]
struct DifferenceRecord {
    kind: &'static str,
    path: String,
    expected: Option<Value>,
    actual: Option<Value>,
    bound: Option<BoundRecord>,
}

#[derive(Debug, Clone, Serialize)]
struct BoundRecord {
    expected: Value,
    actual: Value,
    line: usize,
}

#[derive(Debug, Clone, Serialize)]
struct RowRecord {
    side: &'static str,
    line: usize,
    text: String,
}

#[derive(Debug, Clone, Serialize)]
struct RenamedRecord {
    sender: String,
    expected: Value,
    actual: Value,
    line: usize,
}

/// A cause, and the lines that it speaks of.
#[derive(Debug, Clone, Serialize)]
pub struct DiagnosisRecord {
    kind: &'static str,
    fatal: bool,
    stdout_line: Option<usize>,
    input_line: Option<usize>,
    expected_line: Option<usize>,
    sentence: String,
}

impl MismatchRecord {
    /// The place and what stands around it.
    pub fn of(excerpt: &Excerpt) -> Self {
        let differences = excerpt.mismatch.differences();
        Self {
            kind: names::mismatch(&excerpt.mismatch),
            expected_line: excerpt.line,
            stdout_line: excerpt.actual_line,
            came_on_line: excerpt.came_on,
            past_end: excerpt.past_end,
            differences: differences.iter().map(DifferenceRecord::of).collect(),
            rows: excerpt.rows.iter().map(RowRecord::of).collect(),
            renamed: excerpt.renamed.iter().map(RenamedRecord::of).collect(),
        }
    }
}

impl DifferenceRecord {
    fn of(difference: &Difference) -> Self {
        let (expected, actual, bound) = values(&difference.kind);
        Self {
            kind: names::difference(&difference.kind),
            path: value::cut(&difference.path.to_string()),
            expected,
            actual,
            bound,
        }
    }
}

/// What was expected, what came, and what one of them belongs to already.
fn values(kind: &DifferenceKind) -> (Option<Value>, Option<Value>, Option<BoundRecord>) {
    let some = |known: &Value| Some(value::carried(known));
    match kind {
        DifferenceKind::Value { expected, actual } => (some(expected), some(actual), None),
        DifferenceKind::Missing { expected } => (some(expected), None, None),
        DifferenceKind::Unexpected { actual } => (None, some(actual), None),
        DifferenceKind::Id {
            expected,
            actual,
            bound,
        } => {
            let bound = BoundRecord {
                expected: value::id(&bound.expected),
                actual: value::id(&bound.actual),
                line: bound.line,
            };
            let (expected, actual) = (value::id(expected), value::id(actual));
            (Some(expected), Some(actual), Some(bound))
        }
        DifferenceKind::Name {
            expected,
            actual,
            bound,
        } => {
            let placeholder = Value::from(value::cut(expected));
            let bound = BoundRecord {
                expected: placeholder.clone(),
                actual: value::carried(&bound.value),
                line: bound.line,
            };
            (Some(placeholder), some(actual), Some(bound))
        }
        DifferenceKind::Text => (None, None, None),
    }
}

impl RowRecord {
    fn of(row: &Row) -> Self {
        let spans = row.line.0.iter();
        let text: String = spans.map(|span| span.text.as_str()).collect();
        Self {
            side: names::side(row.side),
            line: row.number,
            text: value::cut(&text),
        }
    }
}

impl RenamedRecord {
    fn of(binding: &Binding) -> Self {
        Self {
            sender: value::cut(&binding.sender),
            expected: value::id(&binding.expected),
            actual: value::id(&binding.actual),
            line: binding.line,
        }
    }
}

impl DiagnosisRecord {
    /// A cause in a case that has these files.
    pub fn of(diagnosis: &Diagnosis, files: &CaseFiles) -> Self {
        let (input, expected) = (file_name(&files.input), file_name(&files.expected()));
        let facts = diagnosis.facts();
        Self {
            kind: facts.kind.name,
            fatal: facts.kind.fatal,
            stdout_line: facts.stdout,
            input_line: facts.input,
            expected_line: facts.expected,
            sentence: causes::diagnosis(diagnosis, &input, &expected).sentence,
        }
    }
}
